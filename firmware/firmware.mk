# The embedded guest (firmware/guest/): a multiboot kernel of our own, which ends up in the trap86 binary as the bytes from
# `embedded_guest` to `embedded_guest_end` (const unsigned char []). Included by the top Makefile with $(srcdir) and
# $(builddir) set; adds the object to FIRMWARE_OBJECTS. The guest's compiler and flags are its own: it is a 386 kernel
# whatever trap86 is built for. It needs no 32-bit C library.

GUEST_SRC    := $(srcdir)/firmware/guest
GUEST_OUT    := $(builddir)/firmware/guest
GUEST_CC     ?= gcc
GUEST_LD     ?= ld
GUEST_CFLAGS := -m32 -march=i386 -mno-sse -Os -std=gnu11 -Wall -Wextra -Wno-parentheses -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-fno-strict-aliasing -I$(srcdir)
GUEST_PARTS  := $(addprefix $(GUEST_OUT)/,start.o code16.o code32.o main.o probe.o machine.o console.o)
GUEST_SHARED := $(wildcard $(GUEST_SRC)/*.h) $(GUEST_SRC)/probes.def $(srcdir)/core/types.h $(srcdir)/firmware/firmware.mk

FIRMWARE_OBJECTS += $(builddir)/firmware/embedded_guest.o
CLEAN            += $(builddir)/firmware/embedded_guest.o $(GUEST_OUT)/*.o $(GUEST_OUT)/guest.elf

$(builddir)/firmware/embedded_guest.o: $(srcdir)/firmware/embedded_guest.S $(GUEST_OUT)/guest.elf
	$(call say,AS,firmware/embedded_guest.S)
	$(Q)$(CC) -DGUEST_IMAGE='"$(GUEST_OUT)/guest.elf"' -c -o $@ $<

$(GUEST_OUT)/guest.elf: $(GUEST_PARTS) $(GUEST_SRC)/guest.ld
	$(call say,LD,$@)
	$(Q)$(GUEST_LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments -s -T $(GUEST_SRC)/guest.ld -o $@ $(GUEST_PARTS)

$(GUEST_OUT)/%.o: $(GUEST_SRC)/%.c $(GUEST_SHARED)
	$(call say,CC,firmware/guest/$*.c)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_OUT)/%.o: $(GUEST_SRC)/%.S $(GUEST_SHARED)
	$(call say,AS,firmware/guest/$*.S)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<
