# The attack guest against every monitor, two machines in one process, with the safety invariants checked
# (cpu/invariants.h), and by the command line.
ATTACK_SRC    := $(srcdir)/tests/attack
ATTACK_DIR    := obj/tests/attack
ATTACK        := $(ATTACK_DIR)/attack
ATTACK_FLAGS  := -m32 -march=i686 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie -fno-builtin \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -mno-sse -mno-mmx -mno-80387 -nostdlib -static \
	-Wl,-T,$(ATTACK_SRC)/kernel.ld,--build-id=none,-z,noexecstack,--no-warn-rwx-segments

$(ATTACK_DIR)/kernel: $(ATTACK_SRC)/start.S $(ATTACK_SRC)/kernel.c $(ATTACK_SRC)/kernel.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(ATTACK_FLAGS) -o $@ $(ATTACK_SRC)/start.S $(ATTACK_SRC)/kernel.c

$(ATTACK): $(ATTACK_DIR)/attack.o $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(ATTACK_DIR)/attack.d

CHECKS       += attack
CHECK_attack := $(ATTACK_SRC)/run $(builddir)/$(ATTACK) $(builddir)/$(ATTACK_DIR)/kernel $(builddir)/trap86
CHECK_DEPS   += $(ATTACK) $(ATTACK_DIR)/kernel
