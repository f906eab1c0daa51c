# Guest tests: a kernel of our own whose checks are compared with what we hold right; `make peers` records Bochs again.

GUEST_SRC    := $(srcdir)/tests/guest
GUEST_DIR    := obj/tests/guest
GUEST_CC     ?= gcc
GUEST_LD     ?= ld
GUEST_CFLAGS := -m32 -march=i386 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-stack-protector \
	-fno-builtin -fno-asynchronous-unwind-tables
GUEST_OBJECTS := $(GUEST_DIR)/kernel.o $(patsubst $(GUEST_SRC)/%.S,$(GUEST_DIR)/%.o,$(sort $(wildcard $(GUEST_SRC)/*.S)))

$(GUEST_DIR)/%.o: $(GUEST_SRC)/%.S $(GUEST_SRC)/guest.h $(GUEST_SRC)/script.h
	$(call say,AS,tests/guest/$*.S)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -m32 -march=i686 -I$(srcdir) -c -o $@ $<

$(GUEST_DIR)/kernel.o: $(GUEST_SRC)/kernel.c $(GUEST_SRC)/guest.h
	$(call say,CC,tests/guest/kernel.c)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -I$(srcdir) -c -o $@ $<

$(GUEST_DIR)/kernel: $(GUEST_OBJECTS) $(GUEST_SRC)/kernel.ld
	$(call say,LD,$@)
	$(Q)$(GUEST_LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments -T $(GUEST_SRC)/kernel.ld -o $@ $(GUEST_OBJECTS)

CHECKS      += guest
CHECK_guest := $(GUEST_SRC)/run --kernel $(builddir)/$(GUEST_DIR)/kernel --trap86 $(builddir)/trap86
CHECK_DEPS  += $(GUEST_DIR)/kernel

peers: $(GUEST_DIR)/kernel
	$(Q)$(GUEST_SRC)/run --record --kernel $(GUEST_DIR)/kernel
