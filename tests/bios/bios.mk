# The system BIOS: boot programs that call its services from every kind of medium, and what a boot costs.
BIOSTEST_SRC := $(srcdir)/tests/bios
BIOSTEST_OUT := obj/tests/bios

BIOSTEST_AT  := 0x7C00
BIOSTEST_ALL := services reboot media hardware protected bev

$(BIOSTEST_OUT)/bev.bin: BIOSTEST_AT := 0
$(BIOSTEST_OUT)/%.bin: $(BIOSTEST_SRC)/%.S $(BIOSTEST_SRC)/program.h
	$(call say,AS,tests/bios/$*.S)
	@mkdir -p $(@D)
	$(Q)gcc -m32 -I$(srcdir) -c -o $(@:.bin=.o) $<
	$(Q)ld -m elf_i386 -z noexecstack --no-warn-rwx-segments -N -Ttext=$(BIOSTEST_AT) -e _start -o $(@:.bin=.elf) $(@:.bin=.o)
	$(Q)objcopy -O binary -j .text -j .data $(@:.bin=.elf) $@

CHECKS     += bios
CHECK_bios := $(BIOSTEST_SRC)/run $(builddir)/trap86 $(builddir)/$(BIOSTEST_OUT)
CHECK_DEPS += $(BIOSTEST_ALL:%=$(BIOSTEST_OUT)/%.bin)
