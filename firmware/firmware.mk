# The embedded guest (firmware/guest/): a multiboot kernel of our own, which ends up in the trap86 binary as the bytes
# from `embedded_guest` to `embedded_guest_end` (const unsigned char []). Included by the top Makefile with $(srcdir)
# and $(builddir) set; adds the object to FIRMWARE_OBJECTS. The guest's compiler and flags are its own: a 386 kernel
# whatever trap86 is built for. It needs gcc, but no 32-bit C library.

EMBEDDED_SRC    := $(srcdir)/firmware/guest
EMBEDDED_OUT    := $(builddir)/firmware/guest
EMBEDDED_CC     ?= gcc
EMBEDDED_LD     ?= ld
EMBEDDED_CFLAGS := -m32 -march=i386 -mno-sse -Os -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-fno-strict-aliasing -I$(srcdir)
EMBEDDED_PARTS  := $(addprefix $(EMBEDDED_OUT)/,start.o code16.o code32.o main.o probe.o machine.o console.o \
	leak.o leak16.o leak32.o)
EMBEDDED_SHARED := $(wildcard $(EMBEDDED_SRC)/*.h) $(EMBEDDED_SRC)/probes.def $(EMBEDDED_SRC)/leak.def \
	$(srcdir)/core/types.h $(srcdir)/firmware/firmware.mk

FIRMWARE_OBJECTS += $(builddir)/firmware/embedded_guest.o
CLEAN            += $(builddir)/firmware/embedded_guest.o $(EMBEDDED_OUT)/*.o $(EMBEDDED_OUT)/guest.elf

$(builddir)/firmware/embedded_guest.o: $(srcdir)/firmware/embedded_guest.S $(EMBEDDED_OUT)/guest.elf
	$(call say,AS,firmware/embedded_guest.S)
	$(Q)$(CC) -DGUEST_IMAGE='"$(EMBEDDED_OUT)/guest.elf"' -c -o $@ $<

$(EMBEDDED_OUT)/guest.elf: $(EMBEDDED_PARTS) $(EMBEDDED_SRC)/guest.ld
	$(call say,LD,$@)
	$(Q)$(EMBEDDED_LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments -s \
		-T $(EMBEDDED_SRC)/guest.ld -o $@ $(EMBEDDED_PARTS)

$(EMBEDDED_OUT)/%.o: $(EMBEDDED_SRC)/%.c $(EMBEDDED_SHARED)
	$(call say,CC,firmware/guest/$*.c)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) $(EMBEDDED_CFLAGS) -c -o $@ $<

$(EMBEDDED_OUT)/%.o: $(EMBEDDED_SRC)/%.S $(EMBEDDED_SHARED)
	$(call say,AS,firmware/guest/$*.S)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) $(EMBEDDED_CFLAGS) -c -o $@ $<
