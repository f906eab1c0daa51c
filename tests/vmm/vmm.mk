# Monitors against each other: equal results where they must be, and how far Linux gets with each hole left open.
# `make linux-leaks` records that table anew.

VMM_SRC   := $(srcdir)/tests/vmm
VMM_OUT   := $(builddir)/obj/tests/vmm
VMM_EQUAL := obj/tests/vmm/equal
VMM_INIT  := obj/tests/vmm/init

$(VMM_EQUAL): $(VMM_EQUAL).o $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(VMM_EQUAL).d

# The only process of the Linux guests: 32-bit code for any host with gcc, without a C library.
$(VMM_INIT): $(VMM_SRC)/init.c
	$(call say,CC,$(@F))
	@mkdir -p $(@D)
	$(Q)gcc -m32 -march=i386 -O1 -nostdlib -static -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector \
		-Wl,--build-id=none -o $@ $<

CHECKS     += vmm
# Sanitizers would make half an hour of the Linux guests.
CHECK_vmm  := $(VMM_SRC)/run $(builddir)/trap86 $(VMM_OUT) $(if $(filter yes,$(SANITIZERS)),--short)
CHECK_DEPS += $(VMM_EQUAL) $(VMM_INIT) obj/tests/guest/kernel
CLEAN      += $(VMM_INIT)

.PHONY: linux-leaks
linux-leaks: trap86 $(VMM_EQUAL) $(VMM_INIT) obj/tests/guest/kernel
	$(Q)$(VMM_SRC)/run $(builddir)/trap86 $(VMM_OUT) --record
