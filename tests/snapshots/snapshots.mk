# Snapshots: saved, loaded and gone on from.

SNAPSHOTS_OUT := obj/tests/snapshots
$(SNAPSHOTS_OUT)/disk: $(srcdir)/tests/snapshots/disk.S
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)as --32 -o $@.o $<
	$(Q)ld -m elf_i386 -N -Ttext=0x7c00 -e start --oformat binary -o $@ $@.o

CHECKS          += snapshots
CHECK_snapshots := $(srcdir)/tests/snapshots/run $(builddir)/trap86 $(builddir)/$(SNAPSHOTS_OUT) $(builddir)/obj/tests/sound/kernel
CHECK_DEPS      += $(SNAPSHOTS_OUT)/disk
