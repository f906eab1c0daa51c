# Shadow paging with whole guests: the embedded one, workloads of the benchmark's kernel, the guest kernel's paging checks.

SHADOW_DRIVER := obj/tests/shadow/guests
$(SHADOW_DRIVER): $(SHADOW_DRIVER).o $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(SHADOW_DRIVER).d

CHECKS       += shadow
CHECK_shadow := $(srcdir)/tests/shadow/run $(builddir)/$(SHADOW_DRIVER) $(builddir)/trap86 \
	$(builddir)/tests/bench/kernel $(builddir)/obj/tests/guest/kernel
CHECK_DEPS   += $(SHADOW_DRIVER) $(builddir)/tests/bench/kernel
