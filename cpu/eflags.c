/* EFLAGS: the arithmetic bits from the lazy form and back (SDM volume 1, 3.4.3). */
#include "cpu/cpu.h"

enum { PARITY_FROM_HIGH = 32, NONZERO_BIT = 8 };

/* Bits that exist on this model; the others stay 0 whatever is written. */
static u32 eflags_existing(const struct cpu *cpu)
{
    u32 mask = FLAGS_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_VM;
    if (cpu_has(cpu, FEAT_AC))
        mask |= FLAG_AC;
    if (cpu_has(cpu, FEAT_VME))
        mask |= FLAG_VIF | FLAG_VIP;
    if (cpu_has(cpu, FEAT_CPUID))
        mask |= FLAG_ID;
    return mask;
}

static u32 flags_arithmetic(const struct flags *flags)
{
    u64 result = (u64)flags->result;
    u32 bits = flags->cf | (u32)flags_of(flags) << 11;
    bits |= __builtin_parity((u32)(result ^ result >> PARITY_FROM_HIGH) & 0xff) ? 0 : FLAG_PF;
    bits |= (flags->aux ^ (u32)result) & FLAG_AF;
    bits |= (u32)result == 0 ? FLAG_ZF : 0;
    bits |= flags->result < 0 ? FLAG_SF : 0;
    return bits;
}

u32 eflags_get(const struct cpu *cpu)
{
    return (cpu->sys.eflags & ~(u32)FLAGS_ARITH) | flags_arithmetic(&cpu->flags) | FLAG_1;
}

void eflags_set(struct cpu *cpu, u32 value, u32 mask)
{
    mask &= eflags_existing(cpu);
    u32 rest = mask & ~(u32)FLAGS_ARITH;
    cpu->sys.eflags = (cpu->sys.eflags & ~rest) | (value & rest);
    if (!(mask & FLAGS_ARITH))
        return;
    if ((mask & FLAGS_ARITH) != FLAGS_ARITH)
        value = (value & mask) | (flags_arithmetic(&cpu->flags) & ~mask);
    /* A result with bit 63 for SF, byte 4 for odd parity and byte 1 for "not zero" can show any combination. */
    u64 result = (u64)(value >> 7 & 1) << 63 | (u64)(~value >> 2 & 1) << PARITY_FROM_HIGH
               | (u64)(~value >> 6 & 1) << NONZERO_BIT;
    cpu->flags.result = (s64)result;
    cpu->flags.aux = value & FLAG_AF;
    flags_set_cf_of(&cpu->flags, value & 1, value >> 11 & 1);
}

void flags_logic(struct cpu *cpu, u32 result, unsigned size)
{
    s32 extended = size == 1 ? (s8)result : size == 2 ? (s16)result : (s32)result;
    cpu->flags = (struct flags){ .result = extended, .aux = (u32)extended };
}
