# SeaBIOS, unmodified, on this board; and what is common to it and our BIOS: kernels through a BIOS, option ROMs.
SEABIOS_SRC := $(srcdir)/tests/seabios
SEABIOS_OUT := obj/tests/seabios

$(SEABIOS_OUT)/boot.bin: $(SEABIOS_SRC)/boot.S
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc -m32 -nostdlib -static -Wl,--oformat=binary,-Ttext=0x7c00,--build-id=none,-z,noexecstack -o $@ $<
$(SEABIOS_OUT)/option.bin: $(SEABIOS_SRC)/option.S
	@mkdir -p $(@D)
	$(Q)gcc -m32 -nostdlib -static -Wl,--oformat=binary,-Ttext=0,--build-id=none,-z,noexecstack -o $@ $<

CHECKS        += seabios
CHECK_seabios := $(SEABIOS_SRC)/run $(builddir)/trap86 $(builddir)/$(SEABIOS_OUT) $(builddir)/$(GUESTS_OUT)
CHECK_DEPS    += $(SEABIOS_OUT)/boot.bin $(SEABIOS_OUT)/option.bin
