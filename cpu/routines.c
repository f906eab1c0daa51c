/* Innocuous integer instructions without a hot handler (SDM vol. 2). Each completes or raises; nothing is committed
 * before every operand is known to be good. Flags that the manual leaves undefined are set as P6 family parts set them. */
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/routines.h"

static u32 size_mask(unsigned size) { return size == 4 ? 0xffffffff : size == 2 ? 0xffff : 0xff; }
static s64 extend(u32 value, unsigned size)
{
    return size == 4 ? (s32)value : size == 2 ? (s16)value : (s8)value;
}
static u32 reg_read(const struct cpu *cpu, unsigned offset, unsigned size)
{
    return size == 4 ? R32(cpu, offset) : size == 2 ? R16(cpu, offset) : R8(cpu, offset);
}
static void reg_write(struct cpu *cpu, unsigned offset, unsigned size, u32 value)
{
    if (size == 4)
        R32(cpu, offset) = value;
    else if (size == 2)
        R16(cpu, offset) = (u16)value;
    else
        R8(cpu, offset) = (u8)value;
}
/* Flags of a sum or difference of two sources whose exclusive or is aux. */
static void flags_result(struct cpu *cpu, u32 result, unsigned size, u32 aux, bool cf)
{
    cpu->flags = (struct flags){ .result = extend(result, size), .aux = (u32)extend(aux, size), .cf = cf };
}
/* SF ZF PF of a result, the others as given. */
static void flags_compare(struct cpu *cpu, u32 a, u32 b, unsigned size)
{
    u32 mask = size_mask(size), r = (a - b) & mask;
    flags_result(cpu, r, size, a ^ b, (a & mask) < (b & mask));
}
/* r/m that will be written: checked for writing before it is read. */
static bool rm_modify(struct cpu *cpu, const struct insn *insn, u32 *value)
{
    if ((insn->flags & INSN_MEM) && !seg_probe_write(cpu, insn->seg, insn_ea(cpu, insn), insn->size))
        return false;
    return rm_read(cpu, insn, value);
}

enum outcome op_nop(struct cpu *cpu, const struct insn *insn)
{
    (void)cpu;
    (void)insn;
    return DONE;
}

/* ---- decimal ---- */
static enum outcome decimal_adjust(struct cpu *cpu, s32 sign)
{
    u32 flags = eflags_get(cpu), al = cpu->gpr[EAX] & 0xff, old = al;
    bool cf = false;
    if ((al & 15) > 9 || (flags & FLAG_AF)) {
        al += (u32)(6 * sign);
        cf = (flags & FLAG_CF) || al > 0xff;
        flags |= FLAG_AF;
    } else {
        flags &= ~(u32)FLAG_AF;
    }
    if (old > 0x99 || (flags & FLAG_CF)) {
        al += (u32)(0x60 * sign);
        cf = true;
    }
    R8(cpu, EAX) = (u8)al;
    flags_logic(cpu, al, 1);
    flags_set_cf(&cpu->flags, cf);
    cpu->flags.aux ^= flags & FLAG_AF;
    return DONE;
}
enum outcome op_daa(struct cpu *cpu, const struct insn *insn) { (void)insn; return decimal_adjust(cpu, 1); }
enum outcome op_das(struct cpu *cpu, const struct insn *insn) { (void)insn; return decimal_adjust(cpu, -1); }

static enum outcome ascii_adjust(struct cpu *cpu, u32 step)
{
    u32 flags = eflags_get(cpu), ax = cpu->gpr[EAX] & 0xffff;
    bool adjust = (ax & 15) > 9 || (flags & FLAG_AF);
    if (adjust)
        ax += step;
    R16(cpu, EAX) = (u16)(ax & 0xff0f);
    flags_logic(cpu, ax & 0x0f, 1);
    flags_set_cf(&cpu->flags, adjust);
    cpu->flags.aux ^= adjust ? FLAG_AF : 0;
    return DONE;
}
enum outcome op_aaa(struct cpu *cpu, const struct insn *insn) { (void)insn; return ascii_adjust(cpu, 0x106); }
enum outcome op_aas(struct cpu *cpu, const struct insn *insn) { (void)insn; return ascii_adjust(cpu, (u32)-0x106); }

enum outcome op_aam(struct cpu *cpu, const struct insn *insn)
{
    u32 base = insn->imm & 0xff, al = cpu->gpr[EAX] & 0xff;
    if (!base)
        return cpu_raise(cpu, VEC_DE);
    R16(cpu, EAX) = (u16)((al / base) << 8 | al % base);
    flags_logic(cpu, al % base, 1);
    return DONE;
}
enum outcome op_aad(struct cpu *cpu, const struct insn *insn)
{
    u32 al = (cpu->gpr[EAX] + (cpu->gpr[EAX] >> 8 & 0xff) * (insn->imm & 0xff)) & 0xff;
    R16(cpu, EAX) = (u16)al;
    flags_logic(cpu, al, 1);
    return DONE;
}

/* ---- moves ---- */
enum outcome op_salc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    R8(cpu, EAX) = cpu->flags.cf ? 0xff : 0;
    return DONE;
}
enum outcome op_xlat(struct cpu *cpu, const struct insn *insn)
{
    u32 value, ea = cpu->gpr[EBX] + (cpu->gpr[EAX] & 0xff);
    if (!seg_read(cpu, insn->seg, insn->flags & INSN_ADDR16 ? ea & 0xffff : ea, 1, &value))
        return FAULT;
    R8(cpu, EAX) = (u8)value;
    return DONE;
}
enum outcome op_sahf(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    eflags_set(cpu, cpu->gpr[EAX] >> 8 & 0xff, FLAGS_ARITH & ~FLAG_OF);
    return DONE;
}
enum outcome op_lahf(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    *((u8 *)&cpu->gpr[EAX] + 1) = (u8)eflags_get(cpu);
    return DONE;
}
enum outcome op_cbw(struct cpu *cpu, const struct insn *insn)
{
    if (insn->size == 4)
        cpu->gpr[EAX] = (u32)(s16)cpu->gpr[EAX];
    else
        R16(cpu, EAX) = (u16)(s8)cpu->gpr[EAX];
    return DONE;
}
enum outcome op_cwd(struct cpu *cpu, const struct insn *insn)
{
    if (insn->size == 4)
        cpu->gpr[EDX] = (u32)((s32)cpu->gpr[EAX] >> 31);
    else
        R16(cpu, EDX * 4) = (u16)((s16)cpu->gpr[EAX] >> 15);
    return DONE;
}
static enum outcome extend16(struct cpu *cpu, const struct insn *insn, bool sign)
{
    u32 value;
    if (insn->flags & INSN_MEM) {
        if (!seg_read(cpu, insn->seg, insn_ea(cpu, insn), 1, &value))
            return FAULT;
    } else {
        value = R8(cpu, insn->rm);
    }
    R16(cpu, insn->reg) = sign ? (u16)(s8)value : (u16)value;
    return DONE;
}
enum outcome op_movzx16(struct cpu *cpu, const struct insn *insn) { return extend16(cpu, insn, false); }
enum outcome op_movsx16(struct cpu *cpu, const struct insn *insn) { return extend16(cpu, insn, true); }
/* MOVZX/MOVSX r16, r/m16: a move. */
enum outcome op_mov16(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    R16(cpu, insn->reg) = (u16)value;
    return DONE;
}
enum outcome op_xchg(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!rm_modify(cpu, insn, &value) || !rm_write(cpu, insn, reg_read(cpu, insn->reg, insn->size)))
        return FAULT;
    reg_write(cpu, insn->reg, insn->size, value);
    return DONE;
}
/* BSWAP r16 is undefined; parts clear the register's low half. */
enum outcome op_bswap16(struct cpu *cpu, const struct insn *insn)
{
    R16(cpu, insn->rm) = 0;
    return DONE;
}
enum outcome op_cmpxchg(struct cpu *cpu, const struct insn *insn)
{
    u32 value, accumulator = reg_read(cpu, EAX, insn->size);
    if (!rm_modify(cpu, insn, &value))
        return FAULT;
    bool equal = value == accumulator;
    /* Memory is written in either case; in a register form only the one that changes. */
    if ((equal || (insn->flags & INSN_MEM)) &&
        !rm_write(cpu, insn, equal ? reg_read(cpu, insn->reg, insn->size) : value))
        return FAULT;
    flags_compare(cpu, accumulator, value, insn->size);
    if (!equal)
        reg_write(cpu, EAX, insn->size, value);
    return DONE;
}
enum outcome op_cmpxchg8b(struct cpu *cpu, const struct insn *insn)
{
    u32 memory[2], ea = insn_ea(cpu, insn);
    if (!seg_probe_write(cpu, insn->seg, ea, 8) || !seg_read_bytes(cpu, insn->seg, ea, memory, 8))
        return FAULT;
    bool equal = memory[0] == cpu->gpr[EAX] && memory[1] == cpu->gpr[EDX];
    u32 replacement[2] = { cpu->gpr[EBX], cpu->gpr[ECX] };
    if (!seg_write_bytes(cpu, insn->seg, ea, equal ? replacement : memory, 8))
        return FAULT;
    eflags_set(cpu, equal ? FLAG_ZF : 0, FLAG_ZF);
    if (!equal) {
        cpu->gpr[EAX] = memory[0];
        cpu->gpr[EDX] = memory[1];
    }
    return DONE;
}
enum outcome op_xadd(struct cpu *cpu, const struct insn *insn)
{
    u32 a, b = reg_read(cpu, insn->reg, insn->size), mask = size_mask(insn->size);
    if (!rm_modify(cpu, insn, &a))
        return FAULT;
    u32 r = (a + b) & mask;
    if ((insn->flags & INSN_MEM) && !rm_write(cpu, insn, r))
        return FAULT;
    reg_write(cpu, insn->reg, insn->size, a);
    if (!(insn->flags & INSN_MEM))
        rm_write(cpu, insn, r);
    flags_result(cpu, r, insn->size, a ^ b, r < (a & mask));
    return DONE;
}
/* RPL of the destination selector is raised to that of the source. Not in real or V86 mode. */
enum outcome op_arpl(struct cpu *cpu, const struct insn *insn)
{
    u32 value, rpl = R16(cpu, insn->reg) & 3;
    if (!cpu_protected(cpu))
        return cpu_raise(cpu, VEC_UD);
    if (!rm_modify(cpu, insn, &value))
        return FAULT;
    bool raised = (value & 3) < rpl;
    if (raised && !rm_write(cpu, insn, (value & ~3u) | rpl))
        return FAULT;
    eflags_set(cpu, raised ? FLAG_ZF : 0, FLAG_ZF);
    return DONE;
}

/* ---- stack ---- */
/* PUSHA: eight values below SP, EDI lowest; the frame is checked whole. */
enum outcome op_pusha(struct cpu *cpu, const struct insn *insn)
{
    u32 sp = stack_pointer(cpu), mask = cpu_stack32(cpu) ? 0xffffffff : 0xffff;
    u8 *frame = (cpu->key & KEY_FLAT) && mask == 0xffffffff && insn->size == 4 ? lin_host(cpu, sp - 32, 32, true) : NULL;
    if (likely(frame)) {
        for (unsigned k = 0; k < 8; k++)
            host_store(frame + 4 * (7 - k), 4, cpu->gpr[k]);
        cpu->gpr[ESP] = sp - 32;
        return DONE;
    }
    for (unsigned k = 1; k <= 8; k++)
        if (!seg_probe_write(cpu, SS, (sp - k * insn->size) & mask, insn->size))
            return FAULT;
    for (unsigned k = 0; k < 8; k++)
        if (!seg_write(cpu, SS, (sp - (k + 1) * insn->size) & mask, insn->size, cpu->gpr[k]))
            return FAULT;
    stack_pointer_set(cpu, sp - 8 * insn->size);
    return DONE;
}
enum outcome op_popa(struct cpu *cpu, const struct insn *insn)
{
    u32 sp = stack_pointer(cpu), mask = cpu_stack32(cpu) ? 0xffffffff : 0xffff, value[8];
    const u8 *frame = (cpu->key & KEY_FLAT) && mask == 0xffffffff && insn->size == 4 ? lin_host(cpu, sp, 32, false) : NULL;
    if (likely(frame)) {
        for (unsigned k = 0; k < 8; k++)
            if (k != ESP)
                cpu->gpr[k] = host_load(frame + 4 * (7 - k), 4);
        cpu->gpr[ESP] = sp + 32;
        return DONE;
    }
    for (unsigned k = 0; k < 8; k++)
        if (!seg_read(cpu, SS, (sp + k * insn->size) & mask, insn->size, &value[k]))
            return FAULT;
    stack_pointer_set(cpu, sp + 8 * insn->size);
    for (unsigned k = 0; k < 8; k++)
        if (7 - k != ESP)
            reg_write(cpu, (7 - k) * 4, insn->size, value[k]);
    return DONE;
}
enum outcome op_push_m(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    return rm_read(cpu, insn, &value) && push(cpu, value, insn->size) ? DONE : FAULT;
}
/* POP r/m: the address is formed with ESP already moved; ESP goes back if the store faults. */
enum outcome op_pop_m(struct cpu *cpu, const struct insn *insn)
{
    u32 value, esp = cpu->gpr[ESP];
    if (!pop(cpu, &value, insn->size))
        return FAULT;
    if (rm_write(cpu, insn, value))
        return DONE;
    cpu->gpr[ESP] = esp;
    return FAULT;
}
/* ENTER imm16, imm8. Parts store as they go: what is pushed before a fault stays in memory, below the stack pointer. The
 * last check is that the new stack top is writable. */
enum outcome op_enter(struct cpu *cpu, const struct insn *insn)
{
    unsigned level = insn->disp & 31, size = insn->size;
    u32 mask = cpu_stack32(cpu) ? 0xffffffff : 0xffff, sp = stack_pointer(cpu), bp = cpu->gpr[EBP] & mask;
    u32 frame = (sp - size) & mask, top = (frame - level * size - (insn->imm & 0xffff)) & mask, value;
    u32 pointer = (cpu->gpr[ESP] & ~mask) | frame;
    if (!seg_write(cpu, SS, frame, size, cpu->gpr[EBP]))
        return FAULT;
    for (unsigned k = 1; k < level; k++)
        if (!seg_read(cpu, SS, (bp - k * size) & mask, size, &value) ||
            !seg_write(cpu, SS, (frame - k * size) & mask, size, value))
            return FAULT;
    if (level && !seg_write(cpu, SS, (frame - level * size) & mask, size, pointer))
        return FAULT;
    if (!seg_probe_write(cpu, SS, top, 1))
        return FAULT;
    reg_write(cpu, EBP * 4, size, pointer);
    stack_pointer_set(cpu, top);
    return DONE;
}
enum outcome op_leave(struct cpu *cpu, const struct insn *insn)
{
    u32 value, mask = cpu_stack32(cpu) ? 0xffffffff : 0xffff, sp = cpu->gpr[EBP] & mask;
    if (!seg_read(cpu, SS, sp, insn->size, &value))
        return FAULT;
    stack_pointer_set(cpu, sp + insn->size);
    reg_write(cpu, EBP * 4, insn->size, value);
    return DONE;
}

/* ---- multiply, divide ---- */
static enum outcome imul_two(struct cpu *cpu, const struct insn *insn, s64 a, s64 b)
{
    s64 product = a * b;
    bool overflow = product != extend((u32)product, insn->size);
    reg_write(cpu, insn->reg, insn->size, (u32)product);
    flags_logic(cpu, (u32)product, insn->size);
    flags_set_cf_of(&cpu->flags, overflow, overflow);
    return DONE;
}
enum outcome op_imul_reg(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    return imul_two(cpu, insn, extend(reg_read(cpu, insn->reg, insn->size), insn->size), extend(value, insn->size));
}
enum outcome op_imul_imm(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    return imul_two(cpu, insn, extend(value, insn->size), extend(insn->imm, insn->size));
}
/* AX, DX:AX or EDX:EAX as one number and back. */
static u64 double_read(const struct cpu *cpu, unsigned size)
{
    if (size == 1)
        return cpu->gpr[EAX] & 0xffff;
    return size == 2 ? (cpu->gpr[EDX] & 0xffff) << 16 | (cpu->gpr[EAX] & 0xffff) : (u64)cpu->gpr[EDX] << 32 | cpu->gpr[EAX];
}
static void double_write(struct cpu *cpu, unsigned size, u32 high, u32 low)
{
    if (size == 1) {
        R16(cpu, EAX) = (u16)((high & 0xff) << 8 | (low & 0xff));
        return;
    }
    reg_write(cpu, EAX, size, low);
    reg_write(cpu, EDX * 4, size, high);
}
static enum outcome multiply(struct cpu *cpu, const struct insn *insn, bool is_signed)
{
    u32 value, a = reg_read(cpu, EAX, insn->size);
    unsigned size = insn->size;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    u64 product = is_signed ? (u64)(extend(a, size) * extend(value, size)) : (u64)a * value;
    u32 low = (u32)product & size_mask(size), high = (u32)(product >> size * 8) & size_mask(size);
    bool overflow = is_signed ? (s64)product != extend(low, size) : high != 0;
    double_write(cpu, size, high, low);
    flags_logic(cpu, low, size);
    flags_set_cf_of(&cpu->flags, overflow, overflow);
    return DONE;
}
enum outcome op_mul(struct cpu *cpu, const struct insn *insn)  { return multiply(cpu, insn, false); }
enum outcome op_imul(struct cpu *cpu, const struct insn *insn) { return multiply(cpu, insn, true); }
enum outcome op_div(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    u64 a = double_read(cpu, insn->size);
    if (!value || a / value > size_mask(insn->size))
        return cpu_raise(cpu, VEC_DE);
    double_write(cpu, insn->size, (u32)(a % value), (u32)(a / value));
    return DONE;
}
enum outcome op_idiv(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    unsigned size = insn->size;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    u64 raw = double_read(cpu, size);
    s64 a = size == 1 ? (s16)raw : size == 2 ? (s32)raw : (s64)raw, b = extend(value, size);
    if (!b || (b == -1 && a == INT64_MIN) || a / b != extend((u32)(a / b), size))
        return cpu_raise(cpu, VEC_DE);
    double_write(cpu, size, (u32)(a % b), (u32)(a / b));
    return DONE;
}

/* ---- shifts: insn->reg is ModRM.reg (ROL ROR RCL RCR SHL SHR SAL SAR) ---- */
static void flag_cf_of(struct cpu *cpu, bool cf, bool of)
{
    flags_set_cf_of(&cpu->flags, cf, of);
}
static u32 rotate(struct cpu *cpu, u32 a, unsigned bits, unsigned count, bool left)
{
    u32 mask = size_mask(bits / 8), n = count % bits;
    if (!left)
        n = (bits - n) % bits;
    u32 r = n ? (a << n | a >> (bits - n)) & mask : a;
    bool top = r >> (bits - 1) & 1;
    if (left)
        flag_cf_of(cpu, r & 1, top ^ (r & 1));
    else
        flag_cf_of(cpu, top, top ^ (r >> (bits - 2) & 1));
    return r;
}
/* Through carry: a number of bits + 1 bits. */
static u32 rotate_carry(struct cpu *cpu, u32 a, unsigned bits, unsigned count, bool left)
{
    u64 whole = (u64)cpu->flags.cf << bits | a, mask = ((u64)2 << bits) - 1;
    unsigned n = count % (bits + 1);
    if (!n) {
        bool top = a >> (bits - 1) & 1;
        flag_cf_of(cpu, cpu->flags.cf, left ? top ^ cpu->flags.cf : top ^ (a >> (bits - 2) & 1));
        return a;
    }
    if (!left)
        n = bits + 1 - n;
    whole = (whole << n | whole >> (bits + 1 - n)) & mask;
    u32 r = (u32)whole & size_mask(bits / 8);
    bool cf = whole >> bits & 1, top = r >> (bits - 1) & 1;
    flag_cf_of(cpu, cf, left ? top ^ cf : top ^ (r >> (bits - 2) & 1));
    return r;
}
static u32 shift_left(struct cpu *cpu, u32 a, unsigned size, unsigned count)
{
    unsigned bits = size * 8;
    u64 wide = (u64)a << count;
    u32 r = (u32)wide & size_mask(size);
    bool cf = wide >> bits & 1;
    flags_logic(cpu, r, size);
    flag_cf_of(cpu, cf, (r >> (bits - 1) & 1) ^ cf);
    return r;
}
static u32 shift_right(struct cpu *cpu, u32 a, unsigned size, unsigned count, bool arithmetic)
{
    s64 wide = arithmetic ? extend(a, size) : (s64)a;
    u32 r = (u32)(wide >> count) & size_mask(size);
    flags_logic(cpu, r, size);
    flag_cf_of(cpu, wide >> (count - 1) & 1, !arithmetic && count == 1 && (a >> (size * 8 - 1) & 1));
    return r;
}
static enum outcome shift(struct cpu *cpu, const struct insn *insn, unsigned count)
{
    u32 a, r;
    unsigned bits = insn->size * 8;
    if (!rm_modify(cpu, insn, &a))
        return FAULT;
    if (!count)
        return DONE;
    struct flags before = cpu->flags;
    switch (insn->reg) {
    case 0: r = rotate(cpu, a, bits, count, true); break;
    case 1: r = rotate(cpu, a, bits, count, false); break;
    case 2: r = rotate_carry(cpu, a, bits, count, true); break;
    case 3: r = rotate_carry(cpu, a, bits, count, false); break;
    case 5: r = shift_right(cpu, a, insn->size, count, false); break;
    case 7: r = shift_right(cpu, a, insn->size, count, true); break;
    default: r = shift_left(cpu, a, insn->size, count); break;
    }
    if (rm_write(cpu, insn, r))
        return DONE;
    cpu->flags = before;
    return FAULT;
}
enum outcome op_shift_imm(struct cpu *cpu, const struct insn *insn) { return shift(cpu, insn, insn->imm & 31); }
enum outcome op_shift_cl(struct cpu *cpu, const struct insn *insn)  { return shift(cpu, insn, cpu->gpr[ECX] & 31); }

/* SHLD, SHRD. A count above the operand size (16-bit forms) is undefined; P6 parts shift the pair dest:src:dest. */
static enum outcome shift_double(struct cpu *cpu, const struct insn *insn, unsigned count, bool left)
{
    u32 a, b = reg_read(cpu, insn->reg, insn->size), r;
    unsigned bits = insn->size * 8;
    if (!rm_modify(cpu, insn, &a))
        return FAULT;
    if (!count)
        return DONE;
    bool cf;
    if (left) {
        u64 wide = bits == 32 ? (u64)a << 32 | b : (u64)a << 32 | (u64)b << 16 | a;
        cf = count <= bits ? wide >> (bits == 32 ? 64 - count : 48 - count) & 1 : b >> (2 * bits - count) & 1;
        r = (u32)(wide << count >> 32) & size_mask(insn->size);
    } else {
        u64 wide = bits == 32 ? (u64)b << 32 | a : (u64)a << 32 | (u64)b << 16 | a;
        cf = wide >> (count - 1) & 1;
        r = (u32)(wide >> count) & size_mask(insn->size);
    }
    if (!rm_write(cpu, insn, r))
        return FAULT;
    flags_logic(cpu, r, insn->size);
    flag_cf_of(cpu, cf, (a ^ r) >> (bits - 1) & 1);
    return DONE;
}
enum outcome op_shld(struct cpu *cpu, const struct insn *insn)    { return shift_double(cpu, insn, insn->imm & 31, true); }
enum outcome op_shrd(struct cpu *cpu, const struct insn *insn)    { return shift_double(cpu, insn, insn->imm & 31, false); }
enum outcome op_shld_cl(struct cpu *cpu, const struct insn *insn) { return shift_double(cpu, insn, cpu->gpr[ECX] & 31, true); }
enum outcome op_shrd_cl(struct cpu *cpu, const struct insn *insn) { return shift_double(cpu, insn, cpu->gpr[ECX] & 31, false); }

/* ---- bits ---- */
enum bit_verb { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };
static enum outcome bit_do(struct cpu *cpu, const struct insn *insn, s32 number, bool string, enum bit_verb verb)
{
    unsigned bits = insn->size * 8, bit = (u32)number & (bits - 1);
    struct insn at = *insn;
    u32 value;
    /* A register bit number addresses a string of bits around the operand. */
    if (string && (insn->flags & INSN_MEM))
        at.disp += (u32)((number - (s32)bit) / 8);
    if (!(verb == BIT_TEST ? rm_read(cpu, &at, &value) : rm_modify(cpu, &at, &value)))
        return FAULT;
    u32 mask = 1u << bit;
    u32 r = verb == BIT_SET ? value | mask : verb == BIT_RESET ? value & ~mask : value ^ mask;
    if (verb != BIT_TEST && !rm_write(cpu, &at, r))
        return FAULT;
    flags_set_cf(&cpu->flags, value >> bit & 1);
    return DONE;
}
static enum outcome bit_by_register(struct cpu *cpu, const struct insn *insn, enum bit_verb verb)
{
    return bit_do(cpu, insn, (s32)extend(reg_read(cpu, insn->reg, insn->size), insn->size), true, verb);
}
enum outcome op_bt(struct cpu *cpu, const struct insn *insn)  { return bit_by_register(cpu, insn, BIT_TEST); }
enum outcome op_bts(struct cpu *cpu, const struct insn *insn) { return bit_by_register(cpu, insn, BIT_SET); }
enum outcome op_btr(struct cpu *cpu, const struct insn *insn) { return bit_by_register(cpu, insn, BIT_RESET); }
enum outcome op_btc(struct cpu *cpu, const struct insn *insn) { return bit_by_register(cpu, insn, BIT_COMPLEMENT); }
enum outcome op_bt_imm(struct cpu *cpu, const struct insn *insn)  { return bit_do(cpu, insn, (s32)insn->imm, false, BIT_TEST); }
enum outcome op_bts_imm(struct cpu *cpu, const struct insn *insn) { return bit_do(cpu, insn, (s32)insn->imm, false, BIT_SET); }
enum outcome op_btr_imm(struct cpu *cpu, const struct insn *insn) { return bit_do(cpu, insn, (s32)insn->imm, false, BIT_RESET); }
enum outcome op_btc_imm(struct cpu *cpu, const struct insn *insn) { return bit_do(cpu, insn, (s32)insn->imm, false, BIT_COMPLEMENT); }

/* BSF, BSR: of 0 the destination stays (as parts do), ZF is set. */
static enum outcome bit_scan(struct cpu *cpu, const struct insn *insn, bool forward)
{
    u32 value;
    if (!rm_read(cpu, insn, &value))
        return FAULT;
    if (value)
        reg_write(cpu, insn->reg, insn->size, (u32)(forward ? __builtin_ctz(value) : 31 - __builtin_clz(value)));
    flags_logic(cpu, value, insn->size);          /* ZF; the others are undefined */
    return DONE;
}
enum outcome op_bsf(struct cpu *cpu, const struct insn *insn) { return bit_scan(cpu, insn, true); }
enum outcome op_bsr(struct cpu *cpu, const struct insn *insn) { return bit_scan(cpu, insn, false); }
