# Mutants: one check of trap86 disabled at a time; a test must notice each.
.PHONY: mutants
mutants: all $(CHECK_DEPS)
	$(Q)$(srcdir)/tests/mutants/run --cc '$(CC) $(CFLAGS) $(LDFLAGS)' --cflags '$(CPPFLAGS) $(CFLAGS)' \
		--libs '$(CHECK_LIBS) $(ZYDIS_LIBS) $(LIBS)' --objects '$(MAIN) $(OBJECTS) $(FIRMWARE_OBJECTS)'
