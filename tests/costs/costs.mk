# --costs: nanobenchmark guests against the published table, and everything about reports, results, charts, bad input.
# `make costs` adds workloads in the spirit of the published macro benchmarks and prints ratios with residuals.
COSTS_SRC   := $(srcdir)/tests/costs
COSTS_OUT   := obj/tests/costs
COSTS_FLAGS := -m32 -march=i386 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -I$(srcdir) -nostdlib -static \
	-Wl,-T,$(srcdir)/tests/bench/kernel.ld,--build-id=none,-z,noexecstack,--no-warn-rwx-segments

$(COSTS_OUT)/kernel: $(COSTS_SRC)/start.S $(COSTS_SRC)/kernel.c $(srcdir)/core/types.h $(srcdir)/tests/bench/kernel.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(COSTS_FLAGS) -o $@ $(COSTS_SRC)/start.S $(COSTS_SRC)/kernel.c

CHECKS      += costs
CHECK_costs := $(COSTS_SRC)/run $(builddir)/trap86 $(builddir)/$(COSTS_OUT)
CHECK_DEPS  += $(COSTS_OUT)/kernel

.PHONY: costs
costs: trap86 bench-guests $(COSTS_OUT)/kernel
	$(COSTS_SRC)/macro $(builddir)/trap86 $(builddir)/$(COSTS_OUT) $(BENCH_OUT)
