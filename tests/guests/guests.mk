# Whole guests: Debian's kernel and installer, memtest86+, multiboot kernels, disks. What is not installed is skipped.

GUESTS_SRC := $(srcdir)/tests/guests
GUESTS_OUT := obj/tests/guests
GUESTS_FLAGS := -m32 -march=i386 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -I$(srcdir) -nostdlib -static \
	-Wl,-n,-Ttext=0x100000,-e,start,--build-id=none,-z,noexecstack,--no-warn-rwx-segments
GUESTS_CODE := $(GUESTS_SRC)/multiboot.S $(GUESTS_SRC)/multiboot.c

$(GUESTS_OUT)/multiboot32: $(GUESTS_CODE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(GUESTS_FLAGS) -o $@ $(GUESTS_CODE)
$(GUESTS_OUT)/multiboot64: $(GUESTS_OUT)/multiboot32
	$(Q)objcopy -I elf32-i386 -O elf64-x86-64 $< $@
$(GUESTS_OUT)/kludge: $(GUESTS_CODE)
	$(Q)gcc $(GUESTS_FLAGS) -DKLUDGE -o $@.elf $(GUESTS_CODE)
	$(Q)objcopy -O binary $@.elf $@

CHECKS       += guests
CHECK_guests := $(GUESTS_SRC)/run $(builddir)/trap86 $(builddir)/$(GUESTS_OUT)
ifeq ($(HAVE_MULTILIB),yes)
CHECK_DEPS   += $(addprefix $(GUESTS_OUT)/,multiboot32 multiboot64 kludge)
endif
