# The cost profiles (*.profile, text) end up in the trap86 binary; frontend/costs.c finds them by name.
PROFILES := $(wildcard $(srcdir)/cpu/profiles/*.profile)
FIRMWARE_OBJECTS += obj/cpu/profiles/profiles.o
obj/cpu/profiles/profiles.o: $(srcdir)/cpu/profiles/profiles.S $(PROFILES)
	$(call say,AS,cpu/profiles/profiles.S)
	@mkdir -p $(@D)
	$(Q)$(CC) -Wa,-I$(srcdir) -c -o $@ $<
