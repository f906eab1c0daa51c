# The system BIOS: boot programs that call its services from every kind of medium, and what a boot costs.
BIOSTEST_SRC := $(srcdir)/tests/bios
BIOSTEST_OUT := obj/tests/bios

$(BIOSTEST_OUT)/%.bin: $(BIOSTEST_SRC)/%.S
	$(call say,AS,tests/bios/$*.S)
	@mkdir -p $(@D)
	$(Q)gcc -m32 -c -o $(@:.bin=.o) $<
	$(Q)ld -m elf_i386 -z noexecstack --no-warn-rwx-segments -N -Ttext=0x7C00 -e _start -o $(@:.bin=.elf) $(@:.bin=.o)
	$(Q)objcopy -O binary -j .text -j .data $(@:.bin=.elf) $@

CHECKS     += bios
CHECK_bios := $(BIOSTEST_SRC)/run $(builddir)/trap86 $(builddir)/$(BIOSTEST_OUT)
CHECK_DEPS += $(BIOSTEST_OUT)/services.bin $(BIOSTEST_OUT)/reboot.bin
