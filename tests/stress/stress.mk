# Random guests: in make check the seeds that found something and more; `make stress SEEDS=10000 [FIRST=1]` for more,
# best under sanitizers.

STRESS         := obj/tests/stress/stress
STRESS_OBJECTS := $(patsubst %,obj/tests/stress/%.o,stress guest code)
$(STRESS): $(STRESS_OBJECTS) $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(STRESS_OBJECTS:.o=.d)

CHECKS       += stress
CHECK_stress := $(builddir)/$(STRESS) 1 600 1207 2008 2017
CHECK_DEPS   += $(STRESS)

.PHONY: stress
FIRST ?= 1
SEEDS ?= 5000
stress: $(STRESS)
	$(Q)$(builddir)/$(STRESS) $(FIRST) $(SEEDS)
