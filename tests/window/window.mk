# The window under a display that only the tests see: keys and mouse by xdotool. What is not installed is skipped.

WINDOW_OUT := obj/tests/window
$(WINDOW_OUT)/guest: $(srcdir)/tests/window/guest.S
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)as --32 -o $@.o $<
	$(Q)ld -m elf_i386 -N -Ttext=0x100000 -e start --oformat binary -o $@ $@.o

CHECKS       += window
CHECK_window := $(srcdir)/tests/window/run $(builddir)/trap86 $(builddir)/$(WINDOW_OUT) $(HAVE_WINDOW)
CHECK_DEPS   += $(WINDOW_OUT)/guest
