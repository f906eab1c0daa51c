# Recorded silicon: the player is part of make check; `make silicon` records again on this host.

SILICON_PLAYED := integer flow segment x87 x87-state
SILICON_GROUPS := $(SILICON_PLAYED) mxcsr        # LDMXCSR and STMXCSR: played once there is SSE
SILICON_DIR    := obj/tests/silicon
SILICON_CASES  := $(patsubst %,$(SILICON_DIR)/%.cases,$(SILICON_GROUPS))
SILICON_PLAYER := $(patsubst %,$(SILICON_DIR)/%.o,play adapter compare case_file)

# Memory and processor are all it needs of trap86.
$(SILICON_DIR)/play: $(SILICON_PLAYER) $(filter obj/core/% obj/memory/% obj/cpu/%,$(OBJECTS))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(SILICON_PLAYER:.o=.d)

$(SILICON_DIR)/%.cases: $(srcdir)/tests/silicon/%.cases.gz
	@mkdir -p $(@D)
	$(Q)gzip -dc $< > $@

CHECKS        += silicon
CHECK_silicon := $(builddir)/$(SILICON_DIR)/play $(SILICON_PLAYED:%=$(builddir)/$(SILICON_DIR)/%.cases)
CHECK_DEPS    += $(SILICON_DIR)/play $(SILICON_CASES)

# The recorder is a 32-bit program, linked low and alone, so that its memory is far from the cases'.
SILICON_RECORDER := $(addprefix $(srcdir)/tests/silicon/,record.c native.c build.c case_file.c cases_integer.c \
	cases_flow.c cases_segment.c cases_x87.c cases_x87_state.c)
$(SILICON_DIR)/record: $(SILICON_RECORDER) $(wildcard $(srcdir)/tests/silicon/*.h)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -O1 -Wall -Wextra -m32 -static -no-pie -fno-stack-protector -o $@ $(SILICON_RECORDER)

# silicon: record, run all again to see that the recording is repeatable, then replace the files of the tree.
.PHONY: silicon-verify
silicon: $(SILICON_DIR)/record
	$(Q)for group in $(SILICON_GROUPS); do $< $$group $(SILICON_DIR)/$$group.new || exit 1; done
	$(Q)$< verify $(SILICON_GROUPS:%=$(SILICON_DIR)/%.new)
	$(Q)for group in $(SILICON_GROUPS); do \
		gzip -9nc $(SILICON_DIR)/$$group.new > $(srcdir)/tests/silicon/$$group.cases.gz || exit 1; done
silicon-verify: $(SILICON_DIR)/record $(SILICON_CASES)
	$(Q)$< verify $(SILICON_CASES)
