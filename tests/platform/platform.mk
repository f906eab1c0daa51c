# A kernel that uses APICs, timers and system management mode; and a ROM that comes back from INIT.
PLATFORM_SRC   := $(srcdir)/tests/platform
PLATFORM_OUT   := obj/tests/platform
PLATFORM_FLAGS := -m32 -march=i686 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-I$(srcdir) -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments

$(PLATFORM_OUT)/kernel: $(addprefix $(PLATFORM_SRC)/,start.S kernel.c kernel.ld) $(srcdir)/core/types.h
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(PLATFORM_FLAGS) -Wl,-T,$(PLATFORM_SRC)/kernel.ld -o $@ $(PLATFORM_SRC)/start.S $(PLATFORM_SRC)/kernel.c
$(PLATFORM_OUT)/rom: $(PLATFORM_SRC)/rom.S
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc -m32 -nostdlib -static -Wl,--build-id=none,-Ttext=0,-e,0,--oformat=binary -o $@ $<

CHECKS         += platform
CHECK_platform := $(PLATFORM_SRC)/run $(builddir)/trap86 $(builddir)/$(PLATFORM_OUT) $(builddir)/$(DETERMINISM)
CHECK_DEPS     += $(PLATFORM_OUT)/kernel $(PLATFORM_OUT)/rom $(DETERMINISM)
