# Mutants: one check of trap86 disabled at a time; a test must notice each. MUTANTS_RUN may name options of `run`.
# What it needs is made by the recipe, because the list of it is complete only when every makefile has been read.
.PHONY: mutants
mutants: all
	$(Q)$(MAKE) --no-print-directory $(CHECK_DEPS)
	$(Q)$(srcdir)/tests/mutants/run --cc '$(CC) $(CFLAGS) $(LDFLAGS)' --cflags '$(CPPFLAGS) $(CFLAGS)' \
		--libs '$(CHECK_LIBS) $(LIBS)' --objects '$(MAIN) $(OBJECTS) $(FIRMWARE_OBJECTS)' \
		--silicon '$(CHECK_silicon)' $(MUTANTS_RUN)
