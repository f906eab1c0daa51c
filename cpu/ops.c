/* The hot operations, written once, compiled once per engine (engine_tail.c, engine_loop.c define the few macros that
 * differ). A handler gets its instruction and the CPU, and continues with the next.
 *
 * Tail engine: NEXT is a jump to the next handler; a memory access that is not a TLB hit is a MISS: the loop engine's
 * handler of the same instruction, which knows every slow case, executes it instead.
 * Loop engine: NEXT returns the next instruction; memory goes through access.c.
 *
 * GNU C here: builtins for overflow and likely(); musttail on clang. The macros cost readability and buy the speed that
 * docs/performance.md shows. */
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/fpu_fast.h"
#include "cpu/ops.h"

typedef u8  u8_t  __attribute__((may_alias));
typedef u16 u16_t __attribute__((aligned(1), may_alias));
typedef u32 u32_t __attribute__((aligned(1), may_alias));
typedef u64 u64_t __attribute__((aligned(1), may_alias));

#define NAME2(e, name) e##_##name
#define NAME1(e, name) NAME2(e, name)
#define NAME(name) NAME1(ENGINE_NAME, name)
#define HANDLER(name) static const struct insn *NAME(name)(const struct insn *i, struct cpu *cpu)

/* ---- memory operands: EA per form, then load, store or read-modify-write ---- */
#define EA_b (R32(cpu, i->base) + i->disp)
#define EA_x (R32(cpu, i->base) + (R32(cpu, i->index) << i->scale) + i->disp)
#define EA_s insn_ea(cpu, i)

#ifdef ENGINE_IS_TAIL
#define LINEAR_b(write, size) u32 lin_ = EA_b
#define LINEAR_x(write, size) u32 lin_ = EA_x
#define LINEAR_s(write, size) \
    u32 lin_ = EA_s; const struct segment *seg_ = &cpu->sys.seg[i->seg]; \
    if (unlikely(!range_holds(&seg_->range[write], lin_, size))) MISS; \
    lin_ += seg_->base
#define LOAD(T, v, K) T v; { LINEAR_##K(0, sizeof(T)); const u8 *p_ = tag_hit_read(cpu, lin_, sizeof(T)); \
    if (unlikely(!p_)) { MISS; } \
    v = *(const T##_t *)p_; }
#define STORE(T, v, K) { LINEAR_##K(1, sizeof(T)); u8 *p_ = tag_hit_write_any(cpu, lin_, sizeof(T)); \
    if (unlikely(!p_)) { MISS; } \
    *(T##_t *)p_ = (v); }
#define MODIFY(T, v, K) LINEAR_##K(1, sizeof(T)); u8 *p_ = tag_hit_write_any(cpu, lin_, sizeof(T)); \
    if (unlikely(!p_)) { MISS; } \
    T v = *(T##_t *)p_
#define MODIFIED(T, v) (*(T##_t *)p_ = (v))
/* Flat 32-bit stack. */
#define STACK_STORE(sp, v) { u8 *p_ = tag_hit_write_any(cpu, (sp), 4); if (unlikely(!p_)) { MISS; } *(u32_t *)p_ = (v); }
#define STACK_LOAD(v, sp) u32 v; { const u8 *p_ = tag_hit_read(cpu, (sp), 4); if (unlikely(!p_)) { MISS; } v = *(const u32_t *)p_; }
#define CHECKED_NEXT { if (unlikely(cpu->end_block)) return leave(i, cpu); NEXT; }
#else
#define LOAD(T, v, K) T v; { u32 value_; cpu->current = i; \
    if (!seg_read(cpu, i->seg, insn_ea(cpu, i), sizeof(T), &value_)) { return fault_exit(i, cpu); } \
    v = (T)value_; }
#define STORE(T, v, K) { cpu->current = i; \
    if (!seg_write(cpu, i->seg, insn_ea(cpu, i), sizeof(T), (v))) return fault_exit(i, cpu); }
#define MODIFY(T, v, K) u32 ea_ = insn_ea(cpu, i), value_; cpu->current = i; \
    if (!seg_probe_write(cpu, i->seg, ea_, sizeof(T)) || !seg_read(cpu, i->seg, ea_, sizeof(T), &value_)) \
        { return fault_exit(i, cpu); } \
    T v = (T)value_
#define MODIFIED(T, v) { if (!seg_write(cpu, i->seg, ea_, sizeof(T), (v))) return fault_exit(i, cpu); }
#define STACK_STORE(sp, v) { cpu->current = i; if (!seg_write(cpu, SS, (sp), 4, (v))) return fault_exit(i, cpu); }
#define STACK_LOAD(v, sp) u32 v; { cpu->current = i; if (!seg_read(cpu, SS, (sp), 4, &v)) return fault_exit(i, cpu); }
#define CHECKED_NEXT NEXT
#endif

/* ---- arithmetic: a op b -> r, with flags ---- */
#define SET(S, r_, aux_, cf_) (cpu->flags.result = (S)(r_), cpu->flags.aux = (u32)(S)(aux_), cpu->flags.cf = (cf_))
#define SIGN(S, x) ((S)(x) < 0)
#define OF_ADD(S, a, b, r) SIGN(S, ((a) ^ (r)) & ((b) ^ (r)))
#define OF_SUB(S, a, b, r) SIGN(S, ((a) ^ (b)) & ((a) ^ (r)))

#define DO_add(T, S) T r = (T)(a + b); u8 cf = r < a; u8 of = OF_ADD(S, a, b, r); SET(S, r, a ^ b, cf)
#define DO_adc(T, S) u8 c_ = cpu->flags.cf; T r = (T)(a + b + c_); u8 cf = r < a || (c_ && r == a); u8 of = OF_ADD(S, a, b, r); \
    SET(S, r, a ^ b, cf)
#define DO_sub(T, S) T r = (T)(a - b); u8 cf = a < b; u8 of = OF_SUB(S, a, b, r); SET(S, r, a ^ b, cf)
#define DO_sbb(T, S) u8 c_ = cpu->flags.cf; T r = (T)(a - b - c_); u8 cf = a < b || (c_ && a == b); u8 of = OF_SUB(S, a, b, r); \
    SET(S, r, a ^ b, cf)
#define DO_cmp(T, S) DO_sub(T, S)
#define DO_and(T, S) T r = a & b; const u8 cf = 0; const u8 of = 0; SET(S, r, r, cf)
#define DO_or(T, S)  T r = a | b; const u8 cf = 0; const u8 of = 0; SET(S, r, r, cf)
#define DO_xor(T, S) T r = a ^ b; const u8 cf = 0; const u8 of = 0; SET(S, r, r, cf)
#define DO_test(T, S) DO_and(T, S)
#define DO_mov(T, S) T r = b

#define USED (void)cf, (void)of
#define ALU_RW(op, T, S, sz) \
    HANDLER(op##_rr##sz) { T a = R##sz(cpu, i->reg), b = R##sz(cpu, i->rm); DO_##op(T, S); USED; R##sz(cpu, i->reg) = r; NEXT; } \
    HANDLER(op##_ri##sz) { T a = R##sz(cpu, i->reg), b = (T)i->imm; DO_##op(T, S); USED; R##sz(cpu, i->reg) = r; NEXT; } \
    ALU_RW_EA(op, T, S, sz, b) ALU_RW_EA(op, T, S, sz, x) ALU_RW_EA(op, T, S, sz, s)
#define ALU_RW_EA(op, T, S, sz, K) \
    HANDLER(op##_rm##sz##_##K) { LOAD(T, b, K); T a = R##sz(cpu, i->reg); DO_##op(T, S); USED; R##sz(cpu, i->reg) = r; NEXT; } \
    HANDLER(op##_mr##sz##_##K) { MODIFY(T, a, K); T b = R##sz(cpu, i->reg); DO_##op##_M(T, S); MODIFIED(T, r); FINISH_##op(S); NEXT; } \
    HANDLER(op##_mi##sz##_##K) { MODIFY(T, a, K); T b = (T)i->imm; DO_##op##_M(T, S); MODIFIED(T, r); FINISH_##op(S); NEXT; }
/* Read-modify-write: memory first, then flags, for the store may still refuse in the loop engine. */
#define DO_add_M(T, S) T r = (T)(a + b)
#define DO_adc_M(T, S) u8 c_ = cpu->flags.cf; T r = (T)(a + b + c_)
#define DO_sub_M(T, S) T r = (T)(a - b)
#define DO_sbb_M(T, S) u8 c_ = cpu->flags.cf; T r = (T)(a - b - c_)
#define DO_and_M(T, S) T r = a & b
#define DO_or_M(T, S)  T r = a | b
#define DO_xor_M(T, S) T r = a ^ b
#define FINISH_add(S) SET(S, r, a ^ b, r < a)
#define FINISH_adc(S) SET(S, r, a ^ b, r < a || (c_ && r == a))
#define FINISH_sub(S) SET(S, r, a ^ b, a < b)
#define FINISH_sbb(S) SET(S, r, a ^ b, a < b || (c_ && a == b))
#define FINISH_and(S) SET(S, r, r, 0)
#define FINISH_or(S)  SET(S, r, r, 0)
#define FINISH_xor(S) SET(S, r, r, 0)

#define ALU_RO(op, T, S, sz) \
    HANDLER(op##_rr##sz) { T a = R##sz(cpu, i->reg), b = R##sz(cpu, i->rm); DO_##op(T, S); USED; NEXT; } \
    HANDLER(op##_ri##sz) { T a = R##sz(cpu, i->reg), b = (T)i->imm; DO_##op(T, S); USED; NEXT; } \
    ALU_RO_EA(op, T, S, sz, b) ALU_RO_EA(op, T, S, sz, x) ALU_RO_EA(op, T, S, sz, s)
#define ALU_RO_EA(op, T, S, sz, K) \
    HANDLER(op##_rm##sz##_##K) { LOAD(T, b, K); T a = R##sz(cpu, i->reg); DO_##op(T, S); USED; NEXT; } \
    HANDLER(op##_mr##sz##_##K) { LOAD(T, a, K); T b = R##sz(cpu, i->reg); DO_##op(T, S); USED; NEXT; } \
    HANDLER(op##_mi##sz##_##K) { LOAD(T, a, K); T b = (T)i->imm; DO_##op(T, S); USED; NEXT; }

#define MOVES(T, sz) \
    HANDLER(mov_rr##sz) { R##sz(cpu, i->reg) = R##sz(cpu, i->rm); NEXT; } \
    HANDLER(mov_ri##sz) { R##sz(cpu, i->reg) = (T)i->imm; NEXT; } \
    MOVES_EA(T, sz, b) MOVES_EA(T, sz, x) MOVES_EA(T, sz, s)
#define MOVES_EA(T, sz, K) \
    HANDLER(mov_rm##sz##_##K) { LOAD(T, b, K); R##sz(cpu, i->reg) = b; NEXT; } \
    HANDLER(mov_mr##sz##_##K) { STORE(T, R##sz(cpu, i->reg), K); NEXT; } \
    HANDLER(mov_mi##sz##_##K) { STORE(T, (T)i->imm, K); NEXT; }

#define ALL_SIZES(M, op) M(op, u8, s8, 8) M(op, u16, s16, 16) M(op, u32, s32, 32)
ALL_SIZES(ALU_RW, add)
ALL_SIZES(ALU_RW, or)
ALL_SIZES(ALU_RW, adc)
ALL_SIZES(ALU_RW, sbb)
ALL_SIZES(ALU_RW, and)
ALL_SIZES(ALU_RW, sub)
ALL_SIZES(ALU_RW, xor)
ALL_SIZES(ALU_RO, cmp)
ALL_SIZES(ALU_RO, test)
MOVES(u8, 8)
MOVES(u16, 16)
MOVES(u32, 32)

/* XOR r,r and SUB r,r: a constant. */
HANDLER(zero_r32) { R32(cpu, i->reg) = 0; SET(s32, 0, 0, 0); NEXT; }

/* ---- unary ---- */
/* CF stays: the sign of aux makes up for what the carry would have been. */
#define FLAGS_inc(S) (cpu->flags.result = (S)r, cpu->flags.aux = (u32)(S)a ^ 1u ^ (u32)(cpu->flags.cf ^ (r == 0)) << 31)
#define FLAGS_dec(S) (cpu->flags.result = (S)r, cpu->flags.aux = (u32)(S)a ^ 1u ^ (u32)(cpu->flags.cf ^ (a == 0)) << 31)
#define FLAGS_neg(S) SET(S, r, a, a != 0)
#define FLAGS_not(S) ((void)0)
#define UN_inc(T) (T)(a + 1)
#define UN_dec(T) (T)(a - 1)
#define UN_neg(T) (T)(0 - a)
#define UN_not(T) (T)~a
#define UNARY(op, T, S, sz) \
    HANDLER(op##_r##sz) { T a = R##sz(cpu, i->rm), r = UN_##op(T); FLAGS_##op(S); R##sz(cpu, i->rm) = r; NEXT; } \
    UNARY_EA(op, T, S, sz, b) UNARY_EA(op, T, S, sz, x) UNARY_EA(op, T, S, sz, s)
#define UNARY_EA(op, T, S, sz, K) \
    HANDLER(op##_m##sz##_##K) { MODIFY(T, a, K); T r = UN_##op(T); MODIFIED(T, r); FLAGS_##op(S); NEXT; }
ALL_SIZES(UNARY, inc)
ALL_SIZES(UNARY, dec)
ALL_SIZES(UNARY, not)
ALL_SIZES(UNARY, neg)

/* ---- shifts of 32-bit registers; the count of an immediate form is 1 to 31 (the decoder sees to that) ---- */
#define SHIFT_FLAGS(cf_, of_) \
    { u8 c_ = (cf_); cpu->flags.result = (s32)r; cpu->flags.aux = r ^ (u32)(c_ ^ (of_)) << 31; cpu->flags.cf = c_; }
#define DO_shl { u32 r = a << n; SHIFT_FLAGS(a >> (32 - n) & 1, (r >> 31) ^ (a >> (32 - n) & 1)); R32(cpu, i->rm) = r; }
#define DO_shr { u32 r = a >> n; SHIFT_FLAGS(a >> (n - 1) & 1, n == 1 ? a >> 31 : 0); R32(cpu, i->rm) = r; }
#define DO_sar { u32 r = (u32)((s32)a >> n); SHIFT_FLAGS(a >> (n - 1) & 1, 0); R32(cpu, i->rm) = r; }
#define SHIFT(op) \
    HANDLER(op##_ri32) { u32 a = R32(cpu, i->rm); unsigned n = i->imm; DO_##op NEXT; } \
    HANDLER(op##_rc32) { u32 a = R32(cpu, i->rm); unsigned n = cpu->gpr[ECX] & 31; if (n) DO_##op NEXT; }
SHIFT(shl)
SHIFT(shr)
SHIFT(sar)
HANDLER(rol_ri32)
{
    u32 a = R32(cpu, i->rm), n = i->imm, r = a << n | a >> (32 - n);
    R32(cpu, i->rm) = r;
    flags_set_cf_of(&cpu->flags, r & 1, (r >> 31) ^ (r & 1));
    NEXT;
}
HANDLER(ror_ri32)
{
    u32 a = R32(cpu, i->rm), n = i->imm, r = a >> n | a << (32 - n);
    R32(cpu, i->rm) = r;
    flags_set_cf_of(&cpu->flags, r >> 31, (r >> 31) ^ (r >> 30 & 1));
    NEXT;
}
HANDLER(rol_rc32)
{
    u32 a = R32(cpu, i->rm), n = cpu->gpr[ECX] & 31, r = a << n | a >> (-n & 31);
    R32(cpu, i->rm) = r;
    if (n)
        flags_set_cf_of(&cpu->flags, r & 1, (r >> 31) ^ (r & 1));
    NEXT;
}
HANDLER(ror_rc32)
{
    u32 a = R32(cpu, i->rm), n = cpu->gpr[ECX] & 31, r = a >> n | a << (-n & 31);
    R32(cpu, i->rm) = r;
    if (n)
        flags_set_cf_of(&cpu->flags, r >> 31, (r >> 31) ^ (r >> 30 & 1));
    NEXT;
}
/* Flat memory by an immediate of 1 to 31. */
#define SHIFT_MEMORY(op, result, cf, of) \
    HANDLER(op##_m32) { MODIFY(u32, a, x); unsigned n = i->imm; u32 r = result; MODIFIED(u32, r); SHIFT_FLAGS(cf, of) NEXT; }
SHIFT_MEMORY(shl, a << n, a >> (32 - n) & 1, (r >> 31) ^ (a >> (32 - n) & 1))
SHIFT_MEMORY(shr, a >> n, a >> (n - 1) & 1, n == 1 ? a >> 31 : 0)
SHIFT_MEMORY(sar, (u32)((s32)a >> n), a >> (n - 1) & 1, 0)
HANDLER(shld_ri32)
{
    u32 a = R32(cpu, i->rm), n = i->imm, r = a << n | R32(cpu, i->reg) >> (32 - n);
    R32(cpu, i->rm) = r;
    SHIFT_FLAGS(a >> (32 - n) & 1, (a ^ r) >> 31);
    NEXT;
}
HANDLER(shrd_ri32)
{
    u32 a = R32(cpu, i->rm), n = i->imm, r = a >> n | R32(cpu, i->reg) << (32 - n);
    R32(cpu, i->rm) = r;
    SHIFT_FLAGS(a >> (n - 1) & 1, (a ^ r) >> 31);
    NEXT;
}

/* ---- moves with extension, LEA, exchange ---- */
#define EXTEND(name, T, S, sz) \
    HANDLER(name##_rr) { R32(cpu, i->reg) = (u32)(S)(T)R##sz(cpu, i->rm); NEXT; } \
    EXTEND_EA(name, T, S, b) EXTEND_EA(name, T, S, x) EXTEND_EA(name, T, S, s)
#define EXTEND_EA(name, T, S, K) HANDLER(name##_rm_##K) { LOAD(T, b, K); R32(cpu, i->reg) = (u32)(S)b; NEXT; }
EXTEND(movzx8, u8, u8, 8)
EXTEND(movzx16, u16, u16, 16)
EXTEND(movsx8, u8, s8, 8)
EXTEND(movsx16, u16, s16, 16)
HANDLER(lea_b) { R32(cpu, i->reg) = EA_b; NEXT; }
HANDLER(lea_x) { R32(cpu, i->reg) = EA_x; NEXT; }
HANDLER(lea_s)
{
    u32 ea = insn_ea(cpu, i);
    if (i->size == 4)
        R32(cpu, i->reg) = ea;
    else
        R16(cpu, i->reg) = (u16)ea;
    NEXT;
}
HANDLER(xchg_rr32) { u32 a = R32(cpu, i->reg); R32(cpu, i->reg) = R32(cpu, i->rm); R32(cpu, i->rm) = a; NEXT; }
HANDLER(bswap_r) { R32(cpu, i->rm) = __builtin_bswap32(R32(cpu, i->rm)); NEXT; }
#define XCHG_MEMORY(T, sz) \
    HANDLER(xchg_m##sz) { MODIFY(T, a, x); MODIFIED(T, R##sz(cpu, i->reg)); R##sz(cpu, i->reg) = a; NEXT; }
XCHG_MEMORY(u8, 8)
XCHG_MEMORY(u32, 32)
HANDLER(cdq)  { cpu->gpr[EDX] = (u32)((s32)cpu->gpr[EAX] >> 31); NEXT; }
HANDLER(cwde) { cpu->gpr[EAX] = (u32)(s16)cpu->gpr[EAX]; NEXT; }
HANDLER(nop)  { NEXT; }
HANDLER(clc)  { flags_set_cf(&cpu->flags, 0); NEXT; }
HANDLER(stc)  { flags_set_cf(&cpu->flags, 1); NEXT; }
HANDLER(cmc)  { flags_set_cf(&cpu->flags, !cpu->flags.cf); NEXT; }
HANDLER(cld)  { cpu->sys.eflags &= ~(u32)FLAG_DF; NEXT; }
HANDLER(std)  { cpu->sys.eflags |= FLAG_DF; NEXT; }

/* ---- multiply, divide ---- */
/* Undefined flags as P6 and later leave them: SF, ZF, PF of the low half, AF 0. */
#define IMUL(a, b, dest) { s64 p_ = (s64)(s32)(a) * (s32)(b); u8 o_ = p_ != (s32)p_; dest = (u32)p_; SET(s32, (u32)p_, (u32)p_, o_); }
HANDLER(imul32_rr) { IMUL(R32(cpu, i->reg), R32(cpu, i->rm), R32(cpu, i->reg)); NEXT; }
HANDLER(imul32i_rr) { IMUL(R32(cpu, i->rm), i->imm, R32(cpu, i->reg)); NEXT; }
#define IMUL_EA(K) \
    HANDLER(imul32_rm_##K) { LOAD(u32, b, K); IMUL(R32(cpu, i->reg), b, R32(cpu, i->reg)); NEXT; } \
    HANDLER(imul32i_rm_##K) { LOAD(u32, b, K); IMUL(b, i->imm, R32(cpu, i->reg)); NEXT; }
IMUL_EA(b)
IMUL_EA(x)
IMUL_EA(s)
#define MUL(b) { u64 p_ = (u64)cpu->gpr[EAX] * (b); cpu->gpr[EAX] = (u32)p_; cpu->gpr[EDX] = (u32)(p_ >> 32); \
    SET(s32, (u32)p_, (u32)p_, p_ >> 32 != 0); }
#define IMUL_WIDE(b) { s64 p_ = (s64)(s32)cpu->gpr[EAX] * (s32)(b); cpu->gpr[EAX] = (u32)p_; \
    cpu->gpr[EDX] = (u32)((u64)p_ >> 32); SET(s32, (u32)p_, (u32)p_, p_ != (s32)p_); }
#define DIVIDE_ERROR { cpu_raise(cpu, VEC_DE); return fault_exit(i, cpu); }
#define DIV(b_) { u32 d_ = (b_); u64 a_ = (u64)cpu->gpr[EDX] << 32 | cpu->gpr[EAX]; \
    if (unlikely(cpu->gpr[EDX] >= d_)) DIVIDE_ERROR \
    cpu->gpr[EAX] = (u32)(a_ / d_); cpu->gpr[EDX] = (u32)(a_ % d_); }
/* The most negative dividend over -1 traps on the host too: catch it before dividing. */
#define IDIV(b_) { s64 d_ = (s32)(b_), a_ = (s64)((u64)cpu->gpr[EDX] << 32 | cpu->gpr[EAX]); \
    if (unlikely(d_ == 0 || (d_ == -1 && a_ == INT64_MIN))) DIVIDE_ERROR \
    s64 q_ = a_ / d_; \
    if (unlikely(q_ != (s32)q_)) DIVIDE_ERROR \
    cpu->gpr[EAX] = (u32)q_; cpu->gpr[EDX] = (u32)(a_ - q_ * d_); }
#define WIDE(op, OPERATION) \
    HANDLER(op##_r32) { OPERATION(R32(cpu, i->rm)) NEXT; } \
    HANDLER(op##_m32) { LOAD(u32, b, x); OPERATION(b) NEXT; }
WIDE(mul, MUL)
WIDE(imul, IMUL_WIDE)
WIDE(div, DIV)
WIDE(idiv, IDIV)
HANDLER(bt_ri32) { flags_set_cf(&cpu->flags, R32(cpu, i->rm) >> (i->imm & 31) & 1); NEXT; }
HANDLER(bt_rr32) { flags_set_cf(&cpu->flags, R32(cpu, i->rm) >> (R32(cpu, i->reg) & 31) & 1); NEXT; }

#define BIT_CHANGE(op, expression) \
    HANDLER(op##_rr32) { u32 a = R32(cpu, i->rm), m = 1u << (R32(cpu, i->reg) & 31); flags_set_cf(&cpu->flags, a & m); \
                         R32(cpu, i->rm) = expression; NEXT; } \
    HANDLER(op##_ri32) { u32 a = R32(cpu, i->rm), m = 1u << (i->imm & 31); flags_set_cf(&cpu->flags, a & m); \
                         R32(cpu, i->rm) = expression; NEXT; }
BIT_CHANGE(bts, a | m)
BIT_CHANGE(btr, a & ~m)
BIT_CHANGE(btc, a ^ m)
/* Of 0 the destination stays; the undefined flags follow the source. */
HANDLER(bsf_rr32) { u32 b = R32(cpu, i->rm); if (b) R32(cpu, i->reg) = (u32)__builtin_ctz(b); SET(s32, b, b, 0); NEXT; }
HANDLER(bsr_rr32) { u32 b = R32(cpu, i->rm); if (b) R32(cpu, i->reg) = 31 ^ (u32)__builtin_clz(b); SET(s32, b, b, 0); NEXT; }

/* ---- stack; flat forms have a 32-bit flat SS ---- */
HANDLER(push_r32) { u32 v = R32(cpu, i->rm), sp = cpu->gpr[ESP] - 4; STACK_STORE(sp, v); cpu->gpr[ESP] = sp; NEXT; }
HANDLER(push_i32) { u32 sp = cpu->gpr[ESP] - 4; STACK_STORE(sp, i->imm); cpu->gpr[ESP] = sp; NEXT; }
#define PUSH_M(K) HANDLER(push_m32_##K) { LOAD(u32, v, K); u32 sp = cpu->gpr[ESP] - 4; STACK_STORE(sp, v); cpu->gpr[ESP] = sp; NEXT; }
PUSH_M(b)
PUSH_M(x)
PUSH_M(s)
HANDLER(pop_r32) { u32 sp = cpu->gpr[ESP]; STACK_LOAD(v, sp); cpu->gpr[ESP] = sp + 4; R32(cpu, i->rm) = v; NEXT; }
HANDLER(leave_f)
{
    u32 sp = cpu->gpr[EBP];
    STACK_LOAD(v, sp);
    cpu->gpr[ESP] = sp + 4;
    cpu->gpr[EBP] = v;
    NEXT;
}
/* Any stack, register or immediate (no rm: base is set) of 2 or 4 bytes. */
HANDLER(push_s)
{
    u32 value = i->index ? i->imm : i->size == 4 ? R32(cpu, i->rm) : R16(cpu, i->rm);
    cpu->current = i;
    if (!push(cpu, value, i->size))
        return fault_exit(i, cpu);
    CHECKED_NEXT;
}
HANDLER(pop_s)
{
    u32 value;
    cpu->current = i;
    if (!pop(cpu, &value, i->size))
        return fault_exit(i, cpu);
    if (i->size == 4)
        R32(cpu, i->rm) = value;
    else
        R16(cpu, i->rm) = (u16)value;
    CHECKED_NEXT;
}

/* ---- conditions ---- */
#define ZERO ((u32)cpu->flags.result == 0)
#define NEGATIVE (cpu->flags.result < 0)
#define PARITY (!__builtin_parity((u32)((u8)cpu->flags.result ^ (u8)(cpu->flags.result >> 32))))
#define IF_o  flags_of(&cpu->flags)
#define IF_no (!IF_o)
#define IF_b  (cpu->flags.cf)
#define IF_ae (!cpu->flags.cf)
#define IF_z  ZERO
#define IF_nz (!ZERO)
#define IF_be (cpu->flags.cf || ZERO)
#define IF_a  (!cpu->flags.cf && !ZERO)
#define IF_s  NEGATIVE
#define IF_ns (!NEGATIVE)
#define IF_p  PARITY
#define IF_np (!PARITY)
#define IF_l  (NEGATIVE != IF_o)
#define IF_ge (NEGATIVE == IF_o)
#define IF_le (ZERO || NEGATIVE != IF_o)
#define IF_g  (!ZERO && NEGATIVE == IF_o)

static bool NAME(condition)(const struct cpu *cpu, unsigned number)
{
    bool holds;
    switch (number >> 1) {
    case 0: holds = IF_o; break;
    case 1: holds = IF_b; break;
    case 2: holds = IF_z; break;
    case 3: holds = IF_be; break;
    case 4: holds = IF_s; break;
    case 5: holds = IF_p; break;
    case 6: holds = IF_l; break;
    default: holds = IF_le; break;
    }
    return holds != (number & 1);
}

/* ---- branches ---- */
#define JCC(p, c) HANDLER(p##_##c) { if (IF_##c) TAKEN(i); NEXT; }
#define SETCC(p, c) HANDLER(p##_##c) { R8(cpu, i->rm) = IF_##c; NEXT; }
#define CMOV(p, c) HANDLER(p##_##c) { if (IF_##c) R32(cpu, i->reg) = R32(cpu, i->rm); NEXT; }
CONDITIONS(JCC, jcc)
CONDITIONS(SETCC, setr)
CONDITIONS(CMOV, cmovr)
/* Memory forms; the condition is in disp's neighbour imm. */
HANDLER(setcc) { STORE(u8, NAME(condition)(cpu, i->imm), s); CHECKED_NEXT; }
HANDLER(cmov_s)
{
    u32 value;
    cpu->current = i;
    if (!rm_read(cpu, i, &value))
        return fault_exit(i, cpu);
    if (NAME(condition)(cpu, i->imm)) {
        if (i->size == 4)
            R32(cpu, i->reg) = value;
        else
            R16(cpu, i->reg) = (u16)value;
    }
    CHECKED_NEXT;
}
/* Segmented or 16-bit code: EIP is cut to the operand size and checked against the limit at the target. */
#define WITHIN_LIMIT(eip_) \
    if (unlikely((eip_) > cpu->sys.seg[CS].limit)) { \
        cpu_raise_error(cpu, VEC_GP, 0); \
        return fault_exit(i, cpu); \
    }
#define TARGET_S (i->size == 2 ? (cpu->eip_page + (u32)i->target) & 0xffff : cpu->eip_page + (u32)i->target)
HANDLER(jcc_seg)
{
    if (!NAME(condition)(cpu, i->index_cc))
        NEXT;
    WITHIN_LIMIT(TARGET_S);
    BRANCH_TO(i, TARGET_S);
}
HANDLER(jmp) { TAKEN(i); }
HANDLER(next) { TAKEN(i); }
HANDLER(jmp_s)
{
    WITHIN_LIMIT(TARGET_S);
    BRANCH_TO(i, TARGET_S);
}
HANDLER(next_s) { BRANCH_TO(i, cpu->eip_page + (u32)i->target); }
HANDLER(call)
{
    u32 sp = cpu->gpr[ESP] - 4;
    STACK_STORE(sp, cpu->eip_page + i->page_offset + i->len);
    cpu->gpr[ESP] = sp;
    TAKEN(i);
}
HANDLER(call_s)
{
    u32 next = insn_next_eip(cpu, i), eip = TARGET_S;
    cpu->current = i;
    WITHIN_LIMIT(eip);
    if (!push(cpu, next, i->size))
        return fault_exit(i, cpu);
    BRANCH_TO(i, eip);
}
HANDLER(ret)
{
    u32 sp = cpu->gpr[ESP];
    STACK_LOAD(eip, sp);
    cpu->gpr[ESP] = sp + 4 + i->imm;
    BRANCH_TO(i, eip);
}
#define RETURN_HANDLER(name, counted)                        \
    HANDLER(name)                                            \
    {                                                        \
        u32 eip, sp = stack_pointer(cpu);                    \
        cpu->current = i;                                    \
        if (!seg_read(cpu, SS, sp, i->size, &eip))           \
            return fault_exit(i, cpu);                       \
        WITHIN_LIMIT(eip);                                   \
        stack_pointer_set(cpu, sp + i->size + i->imm);       \
        if (counted) {                                       \
            cpu->blocks->returns++;                          \
            cpu->budget -= cpu->blocks->return_charge;       \
        }                                                    \
        BRANCH_TO(i, eip);                                   \
    }
RETURN_HANDLER(ret_s, false)
/* Either of them, while the near returns of the kernel are counted: see block.h. */
RETURN_HANDLER(ret_counted, true)
HANDLER(jmp_r) { BRANCH_TO(i, R32(cpu, i->rm)); }
HANDLER(jmp_m) { LOAD(u32, eip, x); BRANCH_TO(i, eip); }
HANDLER(call_r)
{
    u32 eip = R32(cpu, i->rm), sp = cpu->gpr[ESP] - 4;
    STACK_STORE(sp, cpu->eip_page + i->page_offset + i->len);
    cpu->gpr[ESP] = sp;
    BRANCH_TO(i, eip);
}
HANDLER(call_m)
{
    LOAD(u32, eip, x);
    u32 sp = cpu->gpr[ESP] - 4;
    STACK_STORE(sp, cpu->eip_page + i->page_offset + i->len);
    cpu->gpr[ESP] = sp;
    BRANCH_TO(i, eip);
}
HANDLER(jmp_rm_s)
{
    u32 eip;
    cpu->current = i;
    if (!rm_read(cpu, i, &eip))
        return fault_exit(i, cpu);
    WITHIN_LIMIT(eip);
    BRANCH_TO(i, eip);
}
HANDLER(call_rm_s)
{
    u32 eip, next = insn_next_eip(cpu, i);
    cpu->current = i;
    if (!rm_read(cpu, i, &eip))
        return fault_exit(i, cpu);
    WITHIN_LIMIT(eip);
    if (!push(cpu, next, i->size))
        return fault_exit(i, cpu);
    BRANCH_TO(i, eip);
}
/* LOOPNE, LOOPE, LOOP, JCXZ: which is in index_cc; the counter's width is the address size. */
HANDLER(loop)
{
    bool narrow = i->flags & INSN_ADDR16;
    u32 count = narrow ? cpu->gpr[ECX] & 0xffff : cpu->gpr[ECX];
    u32 left = narrow ? (count - 1) & 0xffff : count - 1;
    bool taken = i->index_cc == 3 ? count == 0 : left != 0 && (i->index_cc == 2 || (bool)i->index_cc == (bool)ZERO);
    if (taken)
        WITHIN_LIMIT(TARGET_S);
    if (i->index_cc != 3) {
        if (narrow)
            R16(cpu, ECX * 4) = (u16)left;
        else
            cpu->gpr[ECX] = left;
    }
    if (taken) {
        if (i->scale)
            TAKEN(i);
        BRANCH_TO(i, TARGET_S);
    }
    NEXT;
}

/* ---- everything else ---- */
HANDLER(routine)
{
    cpu->current = i;
    enum outcome outcome = i->routine(cpu, i);
    if (likely(outcome == DONE && !cpu->end_block))
        NEXT;
    const struct insn *next = routine_exit(i, cpu, outcome, cpu->key);
    GO(next);
}
HANDLER(sensitive)
{
    u32 key = cpu->key;
    cpu->current = i;
    enum outcome outcome = dispatch(cpu, i);
    if (likely(outcome == DONE && !cpu->end_block))
        NEXT;
    const struct insn *next = routine_exit(i, cpu, outcome, key);
    GO(next);
}
HANDLER(raise_ud)
{
    cpu_raise(cpu, (enum vector)i->imm);
    if (i->disp != 0xffffffff)
        cpu->fault.has_error = true, cpu->fault.error = 0;
    return fault_exit(i, cpu);
}
/* First handler of a dead block: undo its charge and look again. */
HANDLER(stale)
{
    const struct block *block = container_of(i, struct block, insn);
    cpu->budget += block->charge;
    cpu->eip = insn_eip(cpu, i);
    return NULL;
}
/* A debugger looks before the block's first instruction (stops_code.c). */
HANDLER(watched)
{
    cpu->attention |= ATTENTION_WATCHED;
    return ops_loop[OP_stale](i, cpu);
}

/* ---- x87: the plain case here, everything else by the routine, which is the loop engine's handler ---- */
#ifdef ENGINE_IS_TAIL
#define FPU_PLAIN(name, ...) \
    HANDLER(fpu_##name) { struct fpu *fpu = &cpu->fpu; if (unlikely(fpu_pending(fpu))) { MISS; } __VA_ARGS__; NEXT; }
#define FPU_NO_WAIT(name, ...) HANDLER(fpu_##name) { __VA_ARGS__; NEXT; }
#define FPU_TRY(fast) if (unlikely(!(fast))) { MISS; } fpu_note(cpu, i)
#define FPU_TRY_MEMORY(fast) if (unlikely(!(fast))) { MISS; } fpu_note_memory(cpu, i, ea)
#define FPU_LOAD(T) u32 ea = EA_x; LOAD(T, m, x)
#define FPU_STORE(T, fast, pops) \
    u32 ea = EA_x; u8 *p = tag_hit_write(cpu, ea, sizeof(T)); T m; u16 status; \
    if (unlikely(!p) || unlikely(!(fast))) { MISS; } \
    *(T##_t *)p = m; fpu_fast_store_done(fpu, status, pops); fpu_note_memory(cpu, i, ea)
#else
#define FPU_PLAIN(name, ...) HANDLER(fpu_##name) { return loop_routine(i, cpu); }
#define FPU_NO_WAIT(name, ...) FPU_PLAIN(name)
#endif
#define STI (i->rm >> 2)
#define FPU_ARITH(op) \
    FPU_PLAIN(op##_st0, FPU_TRY(fpu_fast_##op(fpu, 0, STI))) \
    FPU_PLAIN(op##_sti, FPU_TRY(fpu_fast_##op(fpu, STI, STI))) \
    FPU_PLAIN(op##_sti_pop, FPU_TRY(fpu_fast_##op(fpu, STI, STI)); fpu_pop(fpu)) \
    FPU_PLAIN(op##_m32, FPU_LOAD(u32); FPU_TRY_MEMORY(fpu_fast_##op##_m32(fpu, m))) \
    FPU_PLAIN(op##_m64, FPU_LOAD(u64); FPU_TRY_MEMORY(fpu_fast_##op##_m64(fpu, m))) \
    FPU_PLAIN(op##_i16, FPU_LOAD(u16); FPU_TRY_MEMORY(fpu_fast_##op##_wide(fpu, f80_from_s64((s16)m)))) \
    FPU_PLAIN(op##_i32, FPU_LOAD(u32); FPU_TRY_MEMORY(fpu_fast_##op##_wide(fpu, f80_from_s64((s32)m))))
FPU_ARITH_OPS(FPU_ARITH)
FPU_PLAIN(fld_m32, FPU_LOAD(u32); FPU_TRY_MEMORY(fpu_fast_fld_m32(fpu, m)))
FPU_PLAIN(fld_m64, FPU_LOAD(u64); FPU_TRY_MEMORY(fpu_fast_fld_m64(fpu, m)))
FPU_PLAIN(fld_sti, FPU_TRY(fpu_fast_fld_sti(fpu, STI)))
FPU_PLAIN(fst_m32,  FPU_STORE(u32, fpu_fast_fst_m32(fpu, &m, &status), false))
FPU_PLAIN(fstp_m32, FPU_STORE(u32, fpu_fast_fst_m32(fpu, &m, &status), true))
FPU_PLAIN(fst_m64,  FPU_STORE(u64, fpu_fast_fst_m64(fpu, &m, &status), false))
FPU_PLAIN(fstp_m64, FPU_STORE(u64, fpu_fast_fst_m64(fpu, &m, &status), true))
FPU_PLAIN(fst_sti,  FPU_TRY(fpu_fast_fst_sti(fpu, STI, false)))
FPU_PLAIN(fstp_sti, FPU_TRY(fpu_fast_fst_sti(fpu, STI, true)))
FPU_PLAIN(fxch, FPU_TRY(fpu_fast_fxch(fpu, STI)))
FPU_PLAIN(fchs, FPU_TRY(fpu_fast_fchs(fpu)))
FPU_PLAIN(fcomi,   FPU_TRY(fpu_fast_fcomi(cpu, STI, true, false)))
FPU_PLAIN(fcomip,  FPU_TRY(fpu_fast_fcomi(cpu, STI, true, true)))
FPU_PLAIN(fucomi,  FPU_TRY(fpu_fast_fcomi(cpu, STI, false, false)))
FPU_PLAIN(fucomip, FPU_TRY(fpu_fast_fcomi(cpu, STI, false, true)))
FPU_PLAIN(fabs, FPU_TRY(fpu_fast_fabs(fpu)))
FPU_PLAIN(sqrt, FPU_TRY(fpu_plain_sqrt(fpu)))
FPU_PLAIN(rint, FPU_TRY(fpu_fast_rint(fpu)))
FPU_PLAIN(scale, FPU_TRY(fpu_fast_scale(fpu)))
FPU_PLAIN(xtract, FPU_TRY(fpu_fast_xtract(fpu)))
FPU_PLAIN(constant, FPU_TRY(fpu_fast_constant(fpu, STI)))
FPU_PLAIN(fild_m16, FPU_LOAD(u16); FPU_TRY_MEMORY(fpu_fast_fild(fpu, (s16)m)))
FPU_PLAIN(fild_m32, FPU_LOAD(u32); FPU_TRY_MEMORY(fpu_fast_fild(fpu, (s32)m)))
FPU_PLAIN(fild_m64, FPU_LOAD(u64); FPU_TRY_MEMORY(fpu_fast_fild(fpu, (s64)m)))
FPU_PLAIN(fist_m16,  FPU_STORE(u16, fpu_fast_fist_m16(fpu, &m, &status), false))
FPU_PLAIN(fistp_m16, FPU_STORE(u16, fpu_fast_fist_m16(fpu, &m, &status), true))
FPU_PLAIN(fist_m32,  FPU_STORE(u32, fpu_fast_fist_m32(fpu, &m, &status), false))
FPU_PLAIN(fistp_m32, FPU_STORE(u32, fpu_fast_fist_m32(fpu, &m, &status), true))
FPU_PLAIN(fistp_m64, FPU_STORE(u64, fpu_fast_fist_m64(fpu, &m, &status), true))
FPU_PLAIN(fld_m80, u32 ea = EA_x; const u8 *p = tag_hit_read(cpu, ea, 10); if (unlikely(!p)) { MISS; }
    FPU_TRY_MEMORY(fpu_fast_push(fpu, f80_make(*(const u16_t *)(p + 8), *(const u64_t *)p))))
FPU_PLAIN(fstp_m80, u32 ea = EA_x; u8 *p = tag_hit_write(cpu, ea, 10);
    if (unlikely(!p) || unlikely(fpu_is_empty(fpu, 0))) { MISS; }
    struct f80 a = f80_get(fpu_st(fpu, 0)); *(u64_t *)p = a.significand; *(u16_t *)(p + 8) = a.exponent;
    fpu_fast_store_done(fpu, 0, true); fpu_note_memory(cpu, i, ea))
FPU_PLAIN(fcom_sti,   FPU_TRY(fpu_fast_fcom(fpu, STI, true, 0)))
FPU_PLAIN(fcomp_sti,  FPU_TRY(fpu_fast_fcom(fpu, STI, true, 1)))
FPU_PLAIN(fcompp,     FPU_TRY(fpu_fast_fcom(fpu, 1, true, 2)))
FPU_PLAIN(fucom_sti,  FPU_TRY(fpu_fast_fcom(fpu, STI, false, 0)))
FPU_PLAIN(fucomp_sti, FPU_TRY(fpu_fast_fcom(fpu, STI, false, 1)))
FPU_PLAIN(fucompp,    FPU_TRY(fpu_fast_fcom(fpu, 1, false, 2)))
FPU_PLAIN(fcom_m32,  FPU_LOAD(u32); FPU_TRY_MEMORY(fpu_fast_fcom_wide(fpu, f80_widen_m32(m), 0)))
FPU_PLAIN(fcomp_m32, FPU_LOAD(u32); FPU_TRY_MEMORY(fpu_fast_fcom_wide(fpu, f80_widen_m32(m), 1)))
FPU_PLAIN(fcom_m64,  FPU_LOAD(u64); FPU_TRY_MEMORY(fpu_fast_fcom_wide(fpu, f80_widen_m64(m), 0)))
FPU_PLAIN(fcomp_m64, FPU_LOAD(u64); FPU_TRY_MEMORY(fpu_fast_fcom_wide(fpu, f80_widen_m64(m), 1)))
FPU_PLAIN(ftst, FPU_TRY(fpu_fast_fcom_wide(fpu, f80_make(0, 0), 0)))
FPU_PLAIN(fldcw, LOAD(u16, m, x); if (unlikely(!fpu_fast_fldcw(fpu, m))) { MISS; })
FPU_NO_WAIT(fnstcw, STORE(u16, cpu->fpu.fcw, x))
FPU_NO_WAIT(fnstsw_ax, fpu_fast_fnstsw_ax(cpu))

/* ---- fused pairs: flags are set as by the first, the second is decided from the operands ---- */
#define CMP_b(S)  (a < b)
#define CMP_ae(S) (a >= b)
#define CMP_z(S)  (a == b)
#define CMP_nz(S) (a != b)
#define CMP_be(S) (a <= b)
#define CMP_a(S)  (a > b)
#define CMP_s(S)  SIGN(S, r)
#define CMP_ns(S) (!SIGN(S, r))
#define CMP_l(S)  ((S)a < (S)b)
#define CMP_ge(S) ((S)a >= (S)b)
#define CMP_le(S) ((S)a <= (S)b)
#define CMP_g(S)  ((S)a > (S)b)
#define RES_b(S)  cf
#define RES_ae(S) (!cf)
#define RES_z(S)  (r == 0)
#define RES_nz(S) (r != 0)
#define RES_be(S) (cf || r == 0)
#define RES_a(S)  (!cf && r != 0)
#define RES_s(S)  SIGN(S, r)
#define RES_ns(S) (!SIGN(S, r))
#define RES_l(S)  (SIGN(S, r) != of)
#define RES_ge(S) (SIGN(S, r) == of)
#define RES_le(S) (r == 0 || SIGN(S, r) != of)
#define RES_g(S)  (r != 0 && SIGN(S, r) == of)

#define A_R(sz, T) T a = R##sz(cpu, i->reg)
#define B_R(sz, T) T b = R##sz(cpu, i->rm)
#define B_I(T) T b = (T)i->imm

#define FUSED(name, c, S, GET, OPERATION, WRITE, COND) \
    HANDLER(name##_j_##c) { GET; OPERATION; USED; WRITE; if (COND##_##c(S)) TAKEN(i + 1); NEXT2; }
#define FUSED_ALL(name, S, GET, OPERATION, WRITE, COND) \
    FUSED(name, b, S, GET, OPERATION, WRITE, COND)  FUSED(name, ae, S, GET, OPERATION, WRITE, COND) \
    FUSED(name, z, S, GET, OPERATION, WRITE, COND)  FUSED(name, nz, S, GET, OPERATION, WRITE, COND) \
    FUSED(name, be, S, GET, OPERATION, WRITE, COND) FUSED(name, a, S, GET, OPERATION, WRITE, COND) \
    FUSED(name, s, S, GET, OPERATION, WRITE, COND)  FUSED(name, ns, S, GET, OPERATION, WRITE, COND) \
    FUSED(name, l, S, GET, OPERATION, WRITE, COND)  FUSED(name, ge, S, GET, OPERATION, WRITE, COND) \
    FUSED(name, le, S, GET, OPERATION, WRITE, COND) FUSED(name, g, S, GET, OPERATION, WRITE, COND)
#define NOTHING (void)r

FUSED_ALL(cmp_rr8,  s8,  A_R(8, u8);   B_R(8, u8),   DO_sub(u8, s8),   NOTHING, CMP)
FUSED_ALL(cmp_ri8,  s8,  A_R(8, u8);   B_I(u8),      DO_sub(u8, s8),   NOTHING, CMP)
FUSED_ALL(cmp_rr16, s16, A_R(16, u16); B_R(16, u16), DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_ri16, s16, A_R(16, u16); B_I(u16),     DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_rr32, s32, A_R(32, u32); B_R(32, u32), DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_ri32, s32, A_R(32, u32); B_I(u32),     DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_rm8_b,  s8,  LOAD(u8, b, b);  A_R(8, u8),   DO_sub(u8, s8),   NOTHING, CMP)
FUSED_ALL(cmp_rm8_x,  s8,  LOAD(u8, b, x);  A_R(8, u8),   DO_sub(u8, s8),   NOTHING, CMP)
FUSED_ALL(cmp_rm32_b, s32, LOAD(u32, b, b); A_R(32, u32), DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_rm32_x, s32, LOAD(u32, b, x); A_R(32, u32), DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_mi8_b,  s8,  LOAD(u8, a, b);  B_I(u8),      DO_sub(u8, s8),   NOTHING, CMP)
FUSED_ALL(cmp_mi8_x,  s8,  LOAD(u8, a, x);  B_I(u8),      DO_sub(u8, s8),   NOTHING, CMP)
FUSED_ALL(cmp_mi16_b, s16, LOAD(u16, a, b); B_I(u16),     DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_mi16_x, s16, LOAD(u16, a, x); B_I(u16),     DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_mi32_b, s32, LOAD(u32, a, b); B_I(u32),     DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_mi32_x, s32, LOAD(u32, a, x); B_I(u32),     DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_mr32_b, s32, LOAD(u32, a, b); u32 b = R32(cpu, i->reg), DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_mr32_x, s32, LOAD(u32, a, x); u32 b = R32(cpu, i->reg), DO_sub(u32, s32), NOTHING, CMP)
FUSED_ALL(cmp_mr8_b,  s8,  LOAD(u8, a, b);  u8 b = R8(cpu, i->reg), DO_sub(u8, s8), NOTHING, CMP)
FUSED_ALL(cmp_mr8_x,  s8,  LOAD(u8, a, x);  u8 b = R8(cpu, i->reg), DO_sub(u8, s8), NOTHING, CMP)
FUSED_ALL(cmp_mr16_b, s16, LOAD(u16, a, b); u16 b = R16(cpu, i->reg), DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_mr16_x, s16, LOAD(u16, a, x); u16 b = R16(cpu, i->reg), DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_rm16_b, s16, LOAD(u16, b, b); A_R(16, u16), DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(cmp_rm16_x, s16, LOAD(u16, b, x); A_R(16, u16), DO_sub(u16, s16), NOTHING, CMP)
FUSED_ALL(test_rr8,  s8,  A_R(8, u8);   B_R(8, u8),   DO_and(u8, s8),   NOTHING, RES)
FUSED_ALL(test_ri8,  s8,  A_R(8, u8);   B_I(u8),      DO_and(u8, s8),   NOTHING, RES)
FUSED_ALL(test_rr16, s16, A_R(16, u16); B_R(16, u16), DO_and(u16, s16), NOTHING, RES)
FUSED_ALL(test_ri16, s16, A_R(16, u16); B_I(u16),     DO_and(u16, s16), NOTHING, RES)
FUSED_ALL(test_rr32, s32, A_R(32, u32); B_R(32, u32), DO_and(u32, s32), NOTHING, RES)
FUSED_ALL(test_ri32, s32, A_R(32, u32); B_I(u32),     DO_and(u32, s32), NOTHING, RES)
FUSED_ALL(test_mi8_b,  s8,  LOAD(u8, a, b);  B_I(u8),  DO_and(u8, s8),   NOTHING, RES)
FUSED_ALL(test_mi8_x,  s8,  LOAD(u8, a, x);  B_I(u8),  DO_and(u8, s8),   NOTHING, RES)
FUSED_ALL(test_mi32_b, s32, LOAD(u32, a, b); B_I(u32), DO_and(u32, s32), NOTHING, RES)
FUSED_ALL(and_ri32, s32, A_R(32, u32); B_I(u32),     DO_and(u32, s32), R32(cpu, i->reg) = r, RES)
FUSED_ALL(and_rr32, s32, A_R(32, u32); B_R(32, u32), DO_and(u32, s32), R32(cpu, i->reg) = r, RES)
FUSED_ALL(and_ri8,  s8,  A_R(8, u8);   B_I(u8),      DO_and(u8, s8),   R8(cpu, i->reg) = r, RES)
FUSED_ALL(sub_ri32, s32, A_R(32, u32); B_I(u32),     DO_sub(u32, s32), R32(cpu, i->reg) = r, CMP)
FUSED_ALL(sub_rr32, s32, A_R(32, u32); B_R(32, u32), DO_sub(u32, s32), R32(cpu, i->reg) = r, CMP)
FUSED_ALL(add_ri32, s32, A_R(32, u32); B_I(u32),     DO_add(u32, s32), R32(cpu, i->reg) = r, RES)
FUSED_ALL(or_rr32,  s32, A_R(32, u32); B_R(32, u32), DO_or(u32, s32),  R32(cpu, i->reg) = r, RES)
#define STEP(op, T, S) T r = UN_##op(T); FLAGS_##op(S); u8 cf = cpu->flags.cf; u8 of = flags_of(&cpu->flags)
FUSED_ALL(dec_r32, s32, u32 a = R32(cpu, i->rm), STEP(dec, u32, s32), R32(cpu, i->rm) = r, RES)
FUSED_ALL(inc_r32, s32, u32 a = R32(cpu, i->rm), STEP(inc, u32, s32), R32(cpu, i->rm) = r, RES)
FUSED_ALL(dec_r8,  s8,  u8 a = R8(cpu, i->rm),   STEP(dec, u8, s8),   R8(cpu, i->rm) = r, RES)

/* ---- pairs ---- */
#ifdef ENGINE_IS_TAIL
#define BODY_ALU(op, second) { u32 a = R32(cpu, i->reg), b = second; DO_##op(u32, s32); USED; R32(cpu, i->reg) = r; }
#define BODY_add_ri32 BODY_ALU(add, i->imm)
#define BODY_add_rr32 BODY_ALU(add, R32(cpu, i->rm))
#define BODY_sub_ri32 BODY_ALU(sub, i->imm)
#define BODY_sub_rr32 BODY_ALU(sub, R32(cpu, i->rm))
#define BODY_and_ri32 BODY_ALU(and, i->imm)
#define BODY_and_rr32 BODY_ALU(and, R32(cpu, i->rm))
#define BODY_or_rr32  BODY_ALU(or, R32(cpu, i->rm))
#define BODY_xor_rr32 BODY_ALU(xor, R32(cpu, i->rm))
#define BODY_mov_rr32 R32(cpu, i->reg) = R32(cpu, i->rm);
#define BODY_mov_ri32 R32(cpu, i->reg) = i->imm;
#define BODY_lea_b    R32(cpu, i->reg) = EA_b;
#define BODY_lea_x    R32(cpu, i->reg) = EA_x;
#define BODY_push_r32 { u32 v = R32(cpu, i->rm), sp = cpu->gpr[ESP] - 4; STACK_STORE(sp, v); cpu->gpr[ESP] = sp; }
#define BODY_pop_r32  { u32 sp = cpu->gpr[ESP]; STACK_LOAD(v, sp); cpu->gpr[ESP] = sp + 4; R32(cpu, i->rm) = v; }
#define BODY_mov_rm32_b { LOAD(u32, b, b); R32(cpu, i->reg) = b; }
#define BODY_mov_rm32_x { LOAD(u32, b, x); R32(cpu, i->reg) = b; }
#define BODY_mov_mr32_b STORE(u32, R32(cpu, i->reg), b)
#define BODY_movzx8_rm_b { LOAD(u8, b, b); R32(cpu, i->reg) = b; }
#define BODY_shr_ri32 { u32 a = R32(cpu, i->rm); unsigned n = i->imm; DO_shr }
#define BODY_shl_ri32 { u32 a = R32(cpu, i->rm); unsigned n = i->imm; DO_shl }
#define BODY_inc_r32  { u32 a = R32(cpu, i->rm), r = UN_inc(u32); FLAGS_inc(s32); R32(cpu, i->rm) = r; }
#define BODY_zero_r32 { R32(cpu, i->reg) = 0; SET(s32, 0, 0, 0); }
#define BODY_jmp      { TAKEN(i); }
#define BODY_call \
    { u32 sp = cpu->gpr[ESP] - 4; STACK_STORE(sp, cpu->eip_page + i->page_offset + i->len); cpu->gpr[ESP] = sp; TAKEN(i); }
#define BODY_ret \
    { u32 sp = cpu->gpr[ESP]; STACK_LOAD(eip, sp); cpu->gpr[ESP] = sp + 4 + i->imm; BRANCH_TO(i, eip); }
#define Q(a, b) HANDLER(pair_##a##_##b) { BODY_##a i++; BODY_##b NEXT; }
#define P(a) PAIR_SECOND(Q, a)
PAIR_FIRST(P)
#undef P
#undef Q
#define PAIR_ENTRY(a, b) NAME(pair_##a##_##b)
#else
#define PAIR_ENTRY(a, b) NAME(a)
#endif

op_fn *const OPS_TABLE[OP_COUNT] = {
#define X(name) NAME(name),
    OPS_ALL(X)
#undef X
#define X(p, c) NAME(p##_##c),
    CONDITIONS(X, jcc)
    CONDITIONS(X, setr)
    CONDITIONS(X, cmovr)
#define F(name) FUSED_CONDITIONS(X, name##_j)
    FUSED_COMPARES(F)
    FUSED_RESULTS(F)
#undef F
#undef X
#define F(name) NAME(fpu_##name),
    FPU_HOT(F)
#undef F
#define Q(a, b) PAIR_ENTRY(a, b),
#define P(a) PAIR_SECOND(Q, a)
    PAIR_FIRST(P)
#undef P
#undef Q
};
