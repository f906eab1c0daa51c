# A kernel that plays through every sound chip, prints and reads a floppy; what is heard is measured.
SOUND_SRC   := $(srcdir)/tests/sound
SOUND_OUT   := obj/tests/sound
SOUND_FLAGS := -m32 -march=i386 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie -Wno-array-bounds \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-nostdlib -static -Wl,-T,$(SOUND_SRC)/kernel.ld,--build-id=none,-z,noexecstack,--no-warn-rwx-segments

$(SOUND_OUT)/kernel: $(SOUND_SRC)/start.S $(SOUND_SRC)/kernel.c $(SOUND_SRC)/kernel.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(SOUND_FLAGS) -o $@ $(SOUND_SRC)/start.S $(SOUND_SRC)/kernel.c

CHECKS      += sound
CHECK_sound := $(SOUND_SRC)/run $(builddir)/trap86 $(builddir)/$(SOUND_OUT)/kernel
CHECK_DEPS  += $(SOUND_OUT)/kernel
