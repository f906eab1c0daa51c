# --classify: a small sample and faults that it must see in `make check`; `make classify [SAMPLES=N]` for the whole.

CLASSIFIER         := obj/tests/classify/check
CLASSIFIER_OBJECTS := obj/tests/classify/check.o
CLASSIFIER_FAULTS  := op_lahf op_salc op_aam op_nop op_str gate_open
$(CLASSIFIER_OBJECTS): EXTRA_CFLAGS := $(if $(filter yes,$(HAVE_ZYDIS)),-DHAVE_ZYDIS)
$(CLASSIFIER): $(CLASSIFIER_OBJECTS) $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(CLASSIFIER_FAULTS:%=-Wl,--wrap=%) -o $@ $^ \
		$(LIBS)
-include $(CLASSIFIER_OBJECTS:.o=.d)

CHECKS         += classify
CHECK_classify := $(srcdir)/tests/classify/run $(builddir)/$(CLASSIFIER) $(builddir)/trap86
CHECK_DEPS     += $(CLASSIFIER)

.PHONY: classify
SAMPLES ?= 600
classify: trap86
	./trap86 --classify $(SAMPLES)
