# The walk: every command of docs/popek-goldberg.md, with the output it quotes. `make walk-files` makes the guests for
# whoever walks it by hand.
WALK_SRC   := $(srcdir)/tests/walk
WALK_OUT   := obj/tests/walk
WALK_FILES := $(addprefix $(WALK_OUT)/,init.cpio pv attack)

$(WALK_OUT)/init.cpio: obj/tests/vmm/init $(WALK_SRC)/initrd
	@mkdir -p $(@D)
	$(Q)$(WALK_SRC)/initrd $< $@
$(WALK_OUT)/pv: obj/tests/pv/kernel
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(WALK_OUT)/attack: obj/tests/attack/kernel
	@mkdir -p $(@D)
	$(Q)cp $< $@

.PHONY: walk-files
walk-files: trap86 $(WALK_FILES)

CHECKS     += walk
CHECK_walk := $(WALK_SRC)/run $(builddir)/trap86 $(builddir)/$(WALK_OUT)
CHECK_DEPS += $(WALK_FILES)
CLEAN      += $(WALK_FILES)
