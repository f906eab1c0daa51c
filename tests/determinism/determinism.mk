# Determinism: a short guest in make check, twenty boots of Linux in make determinism (about ten minutes).

DETERMINISM := obj/tests/determinism/determinism
$(DETERMINISM): $(DETERMINISM).o $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(DETERMINISM).d

CHECKS            += determinism
CHECK_determinism := $(srcdir)/tests/determinism/run short $(builddir)/trap86 $(builddir)/$(DETERMINISM)
CHECK_DEPS        += $(DETERMINISM)

determinism: $(DETERMINISM)
	$(Q)$(srcdir)/tests/determinism/run long $(builddir)/trap86 $(builddir)/$(DETERMINISM)
