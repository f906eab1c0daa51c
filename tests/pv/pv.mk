# The demonstration kernel of --vmm=pv: the same results as on a bare machine, no leaks, far fewer traps.
PV_SRC     := $(srcdir)/tests/pv
PV_OUT     := obj/tests/pv
PV_SOURCES := $(addprefix $(PV_SRC)/,start.S kernel.c ops.c pages.c tasks.c user.c hostile.c)
PV_FLAGS   := -m32 -march=i386 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-I$(srcdir) -nostdlib -static -Wl,-T,$(PV_SRC)/kernel.ld,--build-id=none,-z,noexecstack,--no-warn-rwx-segments

$(PV_OUT)/kernel: $(PV_SOURCES) $(PV_SRC)/kernel.h $(srcdir)/core/types.h $(PV_SRC)/kernel.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(PV_FLAGS) -o $@ $(PV_SOURCES)

CHECKS     += pv
CHECK_pv   := $(PV_SRC)/run $(builddir)/trap86 $(builddir)/$(PV_OUT)/kernel $(builddir)/$(DETERMINISM)
CHECK_DEPS += $(PV_OUT)/kernel $(DETERMINISM)
