/* The list of handlers: one enum for the decoder, one table per engine. The families are laid out so that a decoder can
 * compute a member: base + (size * FORMS_PER_SIZE + form). Bodies are in ops.c. */
#ifndef CPU_OPS_H
#define CPU_OPS_H
#include "cpu/cpu.h"

/* Memory forms: _b flat base + disp, _x flat base + index * scale + disp, _s any segment and address size. */
#define OPS_EA(X, n) X(n##_b) X(n##_x) X(n##_s)
#define OPS_FORMS(X, op, sz) \
    X(op##_rr##sz) X(op##_ri##sz) OPS_EA(X, op##_rm##sz) OPS_EA(X, op##_mr##sz) OPS_EA(X, op##_mi##sz)
#define OPS_SIZES(X, op) OPS_FORMS(X, op, 8) OPS_FORMS(X, op, 16) OPS_FORMS(X, op, 32)
enum form { FORM_RR, FORM_RI, FORM_RM, FORM_MR = FORM_RM + 3, FORM_MI = FORM_MR + 3, FORMS = FORM_MI + 3 };

#define OPS_UNARY_SIZE(X, op, sz) X(op##_r##sz) OPS_EA(X, op##_m##sz)
#define OPS_UNARY(X, op) OPS_UNARY_SIZE(X, op, 8) OPS_UNARY_SIZE(X, op, 16) OPS_UNARY_SIZE(X, op, 32)
enum { UNARY_FORMS = 4 };

#define OPS_EXTEND(X, op) X(op##_rr) OPS_EA(X, op##_rm)

#define CONDITIONS(X, pre) X(pre, o) X(pre, no) X(pre, b) X(pre, ae) X(pre, z) X(pre, nz) X(pre, be) X(pre, a) \
    X(pre, s) X(pre, ns) X(pre, p) X(pre, np) X(pre, l) X(pre, ge) X(pre, le) X(pre, g)
/* Conditions worth fusing (no O, P). */
#define FUSED_CONDITIONS(X, pre) X(pre, b) X(pre, ae) X(pre, z) X(pre, nz) X(pre, be) X(pre, a) \
    X(pre, s) X(pre, ns) X(pre, l) X(pre, ge) X(pre, le) X(pre, g)
enum { FUSED_CONDITION_COUNT = 12 };
/* Handlers that fuse with a Jcc behind them. */
#define FUSED_COMPARES(F) \
    F(cmp_rr8) F(cmp_ri8) F(cmp_rr16) F(cmp_ri16) F(cmp_rr32) F(cmp_ri32) F(cmp_rm8_b) F(cmp_rm8_x) F(cmp_rm32_b) F(cmp_rm32_x) \
    F(cmp_mi8_b) F(cmp_mi8_x) F(cmp_mi32_b) F(cmp_mi32_x) F(cmp_mr32_b) F(cmp_mr32_x) F(cmp_mi16_b) F(cmp_mi16_x) \
    F(cmp_mr8_b) F(cmp_mr8_x) F(cmp_mr16_b) F(cmp_mr16_x) F(cmp_rm16_b) F(cmp_rm16_x)
#define FUSED_RESULTS(F) \
    F(test_rr8) F(test_ri8) F(test_rr16) F(test_ri16) F(test_rr32) F(test_ri32) F(test_mi8_b) F(test_mi32_b) F(test_mi8_x) \
    F(and_ri32) F(and_rr32) F(and_ri8) F(sub_ri32) F(sub_rr32) F(add_ri32) F(or_rr32) F(dec_r32) F(inc_r32) F(dec_r8)

/* Handlers of two plain instructions in a row: every first with every second. A dispatch less, and in large code it is
 * dispatches that cost. The loop engine executes the first alone. */
#define PAIR_FIRST(P) \
    P(mov_rr32) P(mov_ri32) P(add_ri32) P(add_rr32) P(sub_ri32) P(sub_rr32) P(and_ri32) P(and_rr32) P(or_rr32) \
    P(xor_rr32) P(lea_b) P(lea_x) P(push_r32) P(pop_r32) P(mov_rm32_b) P(mov_rm32_x) P(mov_mr32_b) P(shr_ri32) \
    P(shl_ri32) P(movzx8_rm_b) P(inc_r32) P(zero_r32)
#define PAIR_SECOND(Q, a) \
    Q(a, mov_rr32) Q(a, mov_ri32) Q(a, add_ri32) Q(a, add_rr32) Q(a, sub_ri32) Q(a, sub_rr32) Q(a, and_ri32) \
    Q(a, and_rr32) Q(a, or_rr32) Q(a, xor_rr32) Q(a, lea_b) Q(a, lea_x) Q(a, push_r32) Q(a, pop_r32) \
    Q(a, mov_rm32_b) Q(a, mov_rm32_x) Q(a, mov_mr32_b) Q(a, shr_ri32) Q(a, shl_ri32) Q(a, movzx8_rm_b) \
    Q(a, inc_r32) Q(a, zero_r32) Q(a, ret) Q(a, call) Q(a, jmp)
enum pair_index {
    PAIR_NONE,
#define Q(a, b) PAIR_##b,
    PAIR_SECOND(Q, )
#undef Q
    PAIR_END,
    PAIR_SECONDS = PAIR_END - 1, PAIR_FIRSTS = PAIR_ret - 1
};

/* x87 with handlers: F(name) per routine fpu_do_name. Memory forms are flat (base + index * scale + disp). */
#define FPU_HOT_ARITH(F, op) F(op##_st0) F(op##_sti) F(op##_sti_pop) F(op##_m32) F(op##_m64) F(op##_i16) F(op##_i32)
#define FPU_HOT(F) \
    FPU_HOT_ARITH(F, add) FPU_HOT_ARITH(F, sub) FPU_HOT_ARITH(F, subr) FPU_HOT_ARITH(F, mul) FPU_HOT_ARITH(F, div) \
    FPU_HOT_ARITH(F, divr) F(fld_m32) F(fld_m64) F(fld_sti) F(fst_m32) F(fstp_m32) F(fst_m64) F(fstp_m64) F(fst_sti) \
    F(fstp_sti) F(fxch) F(fchs) F(fcomi) F(fcomip) F(fucomi) F(fucomip) F(fabs) F(sqrt) F(rint) F(scale) F(xtract) F(constant) \
    F(fld_m80) F(fstp_m80) F(fild_m16) F(fild_m32) F(fild_m64) F(fist_m16) F(fistp_m16) F(fist_m32) F(fistp_m32) \
    F(fistp_m64) F(fcom_sti) F(fcomp_sti) F(fcompp) F(fucom_sti) F(fucomp_sti) F(fucompp) F(fcom_m32) F(fcomp_m32) \
    F(fcom_m64) F(fcomp_m64) F(ftst) F(fldcw) F(fnstcw) F(fnstsw_ax)
#define OPS_ALL(X) \
    OPS_SIZES(X, add) OPS_SIZES(X, or) OPS_SIZES(X, adc) OPS_SIZES(X, sbb) OPS_SIZES(X, and) OPS_SIZES(X, sub) \
    OPS_SIZES(X, xor) OPS_SIZES(X, cmp) OPS_SIZES(X, test) OPS_SIZES(X, mov) \
    OPS_UNARY(X, inc) OPS_UNARY(X, dec) OPS_UNARY(X, not) OPS_UNARY(X, neg) \
    X(shl_ri32) X(shr_ri32) X(sar_ri32) X(rol_ri32) X(ror_ri32) X(shl_rc32) X(shr_rc32) X(sar_rc32) \
    X(shld_ri32) X(shrd_ri32) \
    OPS_EXTEND(X, movzx8) OPS_EXTEND(X, movzx16) OPS_EXTEND(X, movsx8) OPS_EXTEND(X, movsx16) \
    X(lea_b) X(lea_x) X(lea_s) \
    X(push_r32) X(push_i32) OPS_EA(X, push_m32) X(pop_r32) X(push_s) X(pop_s) X(leave_f) \
    X(xchg_rr32) X(bswap_r) X(cdq) X(cwde) X(nop) X(clc) X(stc) X(cmc) X(cld) X(std) \
    OPS_EXTEND(X, imul32) OPS_EXTEND(X, imul32i) X(mul_r32) X(imul_r32) X(div_r32) X(idiv_r32) X(bt_ri32) X(bt_rr32) \
    X(bts_rr32) X(btr_rr32) X(btc_rr32) X(bts_ri32) X(btr_ri32) X(btc_ri32) X(bsf_rr32) X(bsr_rr32) \
    X(rol_rc32) X(ror_rc32) X(shl_m32) X(shr_m32) X(sar_m32) X(mul_m32) X(imul_m32) X(div_m32) X(idiv_m32) \
    X(xchg_m8) X(xchg_m32) \
    X(zero_r32) \
    X(setcc) X(cmov_s) \
    X(jmp) X(jmp_s) X(call) X(call_s) X(ret) X(ret_s) X(ret_counted) X(jmp_r) X(jmp_m) X(call_r) X(call_m) X(jmp_rm_s) X(call_rm_s) \
    X(loop) X(jcc_seg) X(next) X(next_s) X(routine) X(sensitive) X(raise_ud) X(stale) X(watched)
/* Fused pairs: add_ri32+... and the plain conditions. */
enum op_number {
#define X(name) OP_##name,
    OPS_ALL(X)
#undef X
#define X(p, c) OP_##p##_##c,
    CONDITIONS(X, jcc)
    CONDITIONS(X, setr)
    CONDITIONS(X, cmovr)
#define F(name) FUSED_CONDITIONS(X, name##_j)
    FUSED_COMPARES(F)
    FUSED_RESULTS(F)
#undef F
#undef X
#define F(name) OP_fpu_##name,
    FPU_HOT(F)
#undef F
#define Q(a, b) OP_pair_##a##_##b,
#define P(a) PAIR_SECOND(Q, a)
    PAIR_FIRST(P)
#undef P
#undef Q
    OP_COUNT
};

extern op_fn *const ops_loop[OP_COUNT];
extern op_fn *const ops_tail[OP_COUNT];
/* The tail engine's table; the loop engine's where the compiler cannot promise tail calls. */
op_fn *const *ops_of_tail(void);

/* ---- what handlers share with the run loop: engine.c ---- */
/* The budget was not enough, or the branch is not linked or leaves the page. */
const struct insn *branch_slow(const struct insn *branch, struct cpu *cpu);
/* The same with EIP given (returns, indirect branches, segmented code). cost_after of `insn` is refunded first. */
const struct insn *branch_to(const struct insn *insn, struct cpu *cpu, u32 eip);
/* Ends the block after (leave) or before (fault_exit) an instruction; both return NULL. */
const struct insn *leave(const struct insn *insn, struct cpu *cpu);
const struct insn *fault_exit(const struct insn *insn, struct cpu *cpu);
/* A routine that did not simply complete. The next instruction to run, or NULL. */
const struct insn *routine_exit(const struct insn *insn, struct cpu *cpu, enum outcome outcome, u32 key_before);

/* Gives back what the block charged for the instructions behind this one. */
static inline void refund(struct cpu *cpu, const struct insn *insn)
{
    cpu->budget += ((s64)insn->cost_after << 32) - insn->count_after;
}
#define NOT_LINKED ((s64)1 << 61)
#endif
