# The headless runner: expectations, watchdog, jitter, suites, reports.

HEADLESS_OUT := obj/tests/headless
$(HEADLESS_OUT)/race: $(srcdir)/tests/headless/race.S
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)as --32 -o $@.o $<
	$(Q)ld -m elf_i386 -N -Ttext=0x100000 -e start --oformat binary -o $@ $@.o

CHECKS         += headless
CHECK_headless := $(srcdir)/tests/headless/run $(builddir)/trap86 $(builddir)/$(HEADLESS_OUT)
CHECK_DEPS     += $(HEADLESS_OUT)/race
