/* The decoder. Reads insn.def; follows SDM vol. 2 chapter 2 and appendix A. What depends on mode depends only on the
 * block key, so that a block means the same whenever its key is the same. #UD, #NM of x87 (CR0.EM, TS, MP) and LOCK
 * legality are decided here; faults of fetching are the block builder's. */
#include "cpu/decode.h"
#include "cpu/block.h"
#include "cpu/dispatcher.h"
#include "cpu/fpu.h"
#include "cpu/ops.h"
#include "cpu/routines.h"
#include <string.h>

static const u16 costs[COST_CLASSES][5] = {
#define COST(name, a, b, c, d, e) { a, b, c, d, e },
#include "cpu/cost.def"
#undef COST
};
_Static_assert(COST_CLASSES <= 255, "rows hold a class in a byte");

unsigned cost_of(const struct cpu *cpu, unsigned cost_class) { return costs[cost_class][cpu->model->cost_column]; }

enum row_flag { LK = 1, RW = 2, WO = 4, MO = 16, A486 = 32, A686 = 128, FWAIT = 256, FX = 512 };
#define FEAT(f) ((u32)(f) << 12)

/* ---- encodings: what follows the opcode, and which operand is which ---- */
enum imm_kind { IMM_NONE, IMM_8, IMM_8S, IMM_V /* 2 or 4 by operand size */, IMM_16, IMM_16_8, IMM_FAR, IMM_REL8, IMM_RELV,
                IMM_MOFFS, IMM_ONE };
enum operand_form { F_NONE, F_MR, F_RM, F_MI, F_M };
enum { MODRM = 1, BYTE = 2, RM_BYTE = 4, RM_WORD = 8, IN_OPCODE = 16, ACC = 32, REG_NUMBER = 64, REG_FORM_ONLY = 128 };
struct encoding { u8 form, imm; u8 flags; };
#define ENCODINGS(X) \
    X(NONE, F_NONE, IMM_NONE, 0) \
    X(EbGb, F_MR, IMM_NONE, MODRM | BYTE)          X(EvGv, F_MR, IMM_NONE, MODRM) \
    X(GbEb, F_RM, IMM_NONE, MODRM | BYTE)          X(GvEv, F_RM, IMM_NONE, MODRM) \
    X(ALIb, F_MI, IMM_8, ACC | BYTE)               X(AXIz, F_MI, IMM_V, ACC) \
    X(AXIb, F_MI, IMM_8, ACC) \
    X(EbIb, F_MI, IMM_8, MODRM | BYTE)             X(EvIz, F_MI, IMM_V, MODRM) \
    X(EvIs, F_MI, IMM_8S, MODRM)                   X(EvIb, F_MI, IMM_8, MODRM) \
    X(Eb, F_M, IMM_NONE, MODRM | BYTE)             X(Ev, F_M, IMM_NONE, MODRM) \
    X(Eb1, F_MI, IMM_ONE, MODRM | BYTE)            X(Ev1, F_MI, IMM_ONE, MODRM) \
    X(EbCL, F_M, IMM_NONE, MODRM | BYTE)           X(EvCL, F_M, IMM_NONE, MODRM) \
    X(Ew, F_M, IMM_NONE, MODRM | RM_WORD) \
    X(EwGw, F_MR, IMM_NONE, MODRM | RM_WORD) \
    X(GvEb, F_RM, IMM_NONE, MODRM | RM_BYTE)       X(GvEw, F_RM, IMM_NONE, MODRM) \
    X(GvM, F_RM, IMM_NONE, MODRM)                  X(GvEvIz, F_RM, IMM_V, MODRM) \
    X(GvEvIs, F_RM, IMM_8S, MODRM)                 X(EvGvIb, F_MR, IMM_8, MODRM) \
    X(EvGvCL, F_MR, IMM_NONE, MODRM) \
    X(EvSw, F_MR, IMM_NONE, MODRM | REG_NUMBER)    X(SwEw, F_RM, IMM_NONE, MODRM | REG_NUMBER | RM_WORD) \
    X(RdCd, F_MR, IMM_NONE, MODRM | REG_NUMBER | REG_FORM_ONLY) \
    X(Zv, F_M, IMM_NONE, IN_OPCODE)                X(ZvAX, F_MR, IMM_NONE, IN_OPCODE) \
    X(ZbIb, F_MI, IMM_8, IN_OPCODE | BYTE)         X(ZvIv, F_MI, IMM_V, IN_OPCODE) \
    X(Ib, F_NONE, IMM_8, 0) X(Is, F_NONE, IMM_8S, 0) X(Iz, F_NONE, IMM_V, 0) X(Iw, F_NONE, IMM_16, 0) \
    X(IwIb, F_NONE, IMM_16_8, 0) X(Jb, F_NONE, IMM_REL8, 0) X(Jz, F_NONE, IMM_RELV, 0) X(Ap, F_NONE, IMM_FAR, 0) \
    X(ALOb, F_RM, IMM_MOFFS, BYTE)                 X(AXOv, F_RM, IMM_MOFFS, 0) \
    X(ObAL, F_MR, IMM_MOFFS, BYTE)                 X(OvAX, F_MR, IMM_MOFFS, 0) \
    X(Strb, F_NONE, IMM_NONE, BYTE)                X(Strv, F_NONE, IMM_NONE, 0) \
    X(Esc, F_M, IMM_NONE, MODRM) \
    X(SAME, F_M, IMM_NONE, 0) X(SAMEI, F_MI, IMM_V, 0) X(SAMEV, F_M, IMM_NONE, 0) X(SAMEW, F_M, IMM_NONE, 0)
enum encoding_id {
#define X(name, form, imm, flags) E_##name,
    ENCODINGS(X)
#undef X
};
static const struct encoding encodings[] = {
#define X(name, form, imm, flags) { form, imm, flags },
    ENCODINGS(X)
#undef X
};

/* ---- rows ---- */
struct emit;
typedef void emit_fn(struct emit *);
struct row {
    const char *name;
    emit_fn    *emit;
    union { routine_fn *routine; const struct sensitive *sensitive; };
    u32         flags;
    u16         argument;
    u8          encoding, cost;
};

/* What an emitter works with: the row, the normalised operands in out->insn, the mode. */
struct emit {
    const struct cpu *cpu;
    const struct row *row;
    struct decoded   *out;
    u32  key;
    u8   form;                 /* enum operand_form */
    u8   modrm, opcode;
    bool rep_prefix;
};

enum { GROUP_COUNT = 16 };
#define GROUP(n, reg) (512 + (n) * 8 + (reg))

static void emit_alu(struct emit *), emit_unary(struct emit *), emit_push(struct emit *), emit_pop(struct emit *),
    emit_imul(struct emit *), emit_jcc(struct emit *), emit_xchg(struct emit *), emit_lea(struct emit *), emit_simple(struct emit *),
    emit_ret(struct emit *), emit_fpu(struct emit *), emit_loop(struct emit *), emit_call(struct emit *), emit_jmp(struct emit *),
    emit_cmov(struct emit *), emit_setcc(struct emit *), emit_bt(struct emit *), emit_extend(struct emit *), emit_bswap(struct emit *),
    emit_shift(struct emit *), emit_muldiv(struct emit *), emit_shift_double(struct emit *), emit_bit_change(struct emit *),
    emit_bit_scan(struct emit *), emit_call_rm(struct emit *), emit_jmp_rm(struct emit *),
    emit_routine(struct emit *), emit_sensitive(struct emit *), emit_group(struct emit *);

static const struct row rows[GROUP(GROUP_COUNT, 0)] = {
#define I(code, text, enc, kind, arg, cst, flg) \
    [code] = { .name = text, .encoding = E_##enc, .emit = emit_##kind, .argument = arg, .cost = cst, .flags = flg },
#define R(code, text, enc, fn, cst, flg) \
    [code] = { .name = text, .encoding = E_##enc, .emit = emit_routine, .routine = fn, .cost = cst, .flags = flg },
#define S(code, enc, id, flg) \
    [code] = { .name = #id, .encoding = E_##enc, .emit = emit_sensitive, .sensitive = &sensitive_table[SENS_##id], .flags = flg },
#define G(code, enc, n) [code] = { .name = "group", .encoding = E_##enc, .emit = emit_group, .argument = n },
#include "cpu/insn.def"
#undef I
#undef R
#undef S
#undef G
};

static void raise_vector(struct emit *e, enum vector vector, bool error_code)
{
    struct insn *insn = &e->out->insn;
    insn->op = OP_raise_ud;
    insn->imm = vector;
    insn->disp = error_code ? 0 : 0xffffffff;
    e->out->last = true;
}
static void undefined(struct emit *e) { raise_vector(e, VEC_UD, false); }

/* Index of a memory form: _b, _x or _s. */
static unsigned ea_form(const struct emit *e)
{
    const struct insn *insn = &e->out->insn;
    /* Flat or not, code cannot be written: CS takes the checked form. */
    if (!(e->key & KEY_FLAT) || insn->seg > DS || insn->seg == CS || (insn->flags & INSN_ADDR16))
        return 2;
    return insn->index == REG_ZERO * 4 ? 0 : 1;
}
static unsigned size_index(const struct insn *insn) { return insn->size >> 1; }     /* 1, 2, 4 → 0, 1, 2 */
static bool is_memory(const struct emit *e) { return e->out->insn.flags & INSN_MEM; }
/* Flat code with a flat 32-bit stack. */
static bool flat32(const struct emit *e)
{
    return (e->key & (KEY_FLAT | KEY_STACK32 | KEY_CODE32)) == (KEY_FLAT | KEY_STACK32 | KEY_CODE32);
}

static void emit_alu(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    unsigned base = e->row->argument + size_index(insn) * FORMS;
    if (is_memory(e)) {
        unsigned form = e->form == F_RM ? FORM_RM : e->form == F_MR ? FORM_MR : FORM_MI;
        insn->op = (u16)(base + form + ea_form(e));
        return;
    }
    if (e->form == F_MI) {
        insn->reg = insn->rm;
        insn->op = (u16)(base + FORM_RI);
        return;
    }
    if (e->form == F_MR) {
        u8 destination = insn->rm;
        insn->rm = insn->reg;
        insn->reg = destination;
    }
    bool zeroes = insn->reg == insn->rm && insn->size == 4 && (e->row->argument == OP_xor_rr8 || e->row->argument == OP_sub_rr8);
    insn->op = zeroes ? OP_zero_r32 : (u16)(base + FORM_RR);
}

static void emit_unary(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    unsigned base = e->row->argument + size_index(insn) * UNARY_FORMS;
    insn->op = (u16)(is_memory(e) ? base + 1 + ea_form(e) : base);
}

static void emit_simple(struct emit *e) { e->out->insn.op = e->row->argument; }

static void emit_routine(struct emit *e)
{
    e->out->insn.op = OP_routine;
    e->out->insn.routine = e->row->routine;
    if ((e->row->flags & FWAIT) && (e->key & KEY_TS) && (e->key & KEY_MP))
        raise_vector(e, VEC_NM, false);
    if ((e->row->flags & FX) && (e->key & (KEY_TS | KEY_EM)))
        raise_vector(e, VEC_NM, false);
    /* A REP string instruction is an instruction boundary per element and ends its block. */
    if (e->rep_prefix && (e->row->encoding == E_Strb || e->row->encoding == E_Strv))
        e->out->last = e->out->repeats = true;
}

static void emit_sensitive(struct emit *e)
{
    const struct sensitive *row = e->row->sensitive;
    e->out->insn.op = OP_sensitive;
    e->out->insn.row = row;
    e->out->name = row->name;
    e->out->cost = sensitive_cost(row, e->cpu->model);
    e->out->last = row->after & END_BLOCK;
    e->out->repeats = e->rep_prefix && (row->id == SENS_ins || row->id == SENS_outs);
    if (!sensitive_exists(row, e->cpu->model))
        undefined(e);
    if ((e->row->flags & FX) && (e->key & (KEY_TS | KEY_EM)))
        raise_vector(e, VEC_NM, false);
}

static void use_routine(struct emit *e, routine_fn *routine)
{
    e->out->insn.op = OP_routine;
    e->out->insn.routine = routine;
}

static void emit_push(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    bool fast = flat32(e) && insn->size == 4;
    if (e->row->argument == 2 && is_memory(e)) {
        if (fast)
            insn->op = (u16)(OP_push_m32_b + ea_form(e));
        else
            use_routine(e, op_push_m);
        return;
    }
    insn->op = e->row->argument == 1 ? OP_push_i32 : OP_push_r32;
    if (!fast) {
        insn->op = OP_push_s;
        insn->index = e->row->argument == 1;
    }
}

static void emit_pop(struct emit *e)
{
    e->out->insn.op = flat32(e) && e->out->insn.size == 4 ? OP_pop_r32 : OP_pop_s;
}

static void emit_imul(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    if (insn->size != 4) {
        use_routine(e, e->row->argument ? op_imul_imm : op_imul_reg);
        return;
    }
    unsigned base = e->row->argument ? OP_imul32i_rr : OP_imul32_rr;
    insn->op = (u16)(is_memory(e) ? base + 1 + ea_form(e) : base);
}

static void emit_muldiv(struct emit *e)
{
    static const u16 hot[] = { OP_mul_r32, OP_imul_r32, OP_div_r32, OP_idiv_r32 };
    static routine_fn *const cold[] = { op_mul, op_imul, op_div, op_idiv };
    static const u8 mul_cost[] = { C_MUL8, C_MUL16, C_MUL32 }, div_cost[] = { C_DIV8, C_DIV16, C_DIV32 };
    struct insn *insn = &e->out->insn;
    e->out->cost = cost_of(e->cpu, (e->row->argument < 2 ? mul_cost : div_cost)[size_index(insn)]) +
                   (is_memory(e) ? cost_of(e->cpu, C_MEM) : 0);
    static const u16 hot_memory[] = { OP_mul_m32, OP_imul_m32, OP_div_m32, OP_idiv_m32 };
    if (insn->size == 4 && !is_memory(e))
        insn->op = hot[e->row->argument];
    else if (insn->size == 4 && ea_form(e) < 2)
        insn->op = hot_memory[e->row->argument];
    else
        use_routine(e, cold[e->row->argument]);
}

/* Group 2. The count is in imm (masked to 5 bits), or CL. */
static void emit_shift(struct emit *e)
{
    static const u16 hot[8] = { OP_rol_ri32, OP_ror_ri32, 0, 0, OP_shl_ri32, OP_shr_ri32, OP_shl_ri32, OP_sar_ri32 };
    static const u16 hot_memory[8] = { 0, 0, 0, 0, OP_shl_m32, OP_shr_m32, OP_shl_m32, OP_sar_m32 };
    static const u16 hot_cl[8] = { OP_rol_rc32, OP_ror_rc32, 0, 0, OP_shl_rc32, OP_shr_rc32, OP_shl_rc32, OP_sar_rc32 };
    struct insn *insn = &e->out->insn;
    unsigned number = e->row->argument;
    bool by_cl = e->form == F_M;
    insn->imm &= 31;
    if (by_cl && e->row->cost == C_SHIFT)
        e->out->cost += cost_of(e->cpu, C_SHIFT_CL) - cost_of(e->cpu, C_SHIFT);
    if (insn->size == 4 && !is_memory(e) && (by_cl ? hot_cl[number] : insn->imm ? hot[number] : 0)) {
        insn->op = by_cl ? hot_cl[number] : hot[number];
        return;
    }
    if (insn->size == 4 && is_memory(e) && ea_form(e) < 2 && !by_cl && insn->imm && hot_memory[number]) {
        insn->op = hot_memory[number];
        return;
    }
    insn->reg = (u8)number;
    use_routine(e, by_cl ? op_shift_cl : op_shift_imm);
}

static void emit_shift_double(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    insn->imm &= 31;
    if (insn->size == 4 && !is_memory(e) && insn->imm)
        insn->op = e->row->argument ? OP_shrd_ri32 : OP_shld_ri32;
    else
        use_routine(e, e->row->argument ? op_shrd : op_shld);
}

static void emit_bt(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    if (insn->size == 4 && !is_memory(e))
        insn->op = e->row->argument ? OP_bt_ri32 : OP_bt_rr32;
    else
        use_routine(e, e->row->argument ? op_bt_imm : op_bt);
}

/* BTS, BTR, BTC: the argument counts them, immediate forms from 3 on. */
static void emit_bit_change(struct emit *e)
{
    static const u16 hot[] = { OP_bts_rr32, OP_btr_rr32, OP_btc_rr32, OP_bts_ri32, OP_btr_ri32, OP_btc_ri32 };
    static routine_fn *const cold[] = { op_bts, op_btr, op_btc, op_bts_imm, op_btr_imm, op_btc_imm };
    struct insn *insn = &e->out->insn;
    if (insn->size == 4 && !is_memory(e))
        insn->op = hot[e->row->argument];
    else
        use_routine(e, cold[e->row->argument]);
}

static void emit_bit_scan(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    if (insn->size == 4 && !is_memory(e))
        insn->op = e->row->argument ? OP_bsr_rr32 : OP_bsf_rr32;
    else
        use_routine(e, e->row->argument ? op_bsr : op_bsf);
}

static void emit_extend(struct emit *e)
{
    static routine_fn *const narrow[] = { op_movzx16, op_movsx16 };
    struct insn *insn = &e->out->insn;
    if (insn->size == 4)
        insn->op = (u16)(is_memory(e) ? e->row->argument + 1 + ea_form(e) : e->row->argument);
    else if (e->row->argument == OP_movzx16_rr || e->row->argument == OP_movsx16_rr)
        use_routine(e, op_mov16);
    else
        use_routine(e, narrow[e->row->argument == OP_movsx8_rr]);
}

static void emit_lea(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    if (insn->size != 4 || (insn->flags & INSN_ADDR16))
        insn->op = OP_lea_s;
    else
        insn->op = insn->index == REG_ZERO * 4 ? OP_lea_b : OP_lea_x;
}

static void emit_xchg(struct emit *e)
{
    if (e->out->insn.size == 4 && !is_memory(e))
        e->out->insn.op = OP_xchg_rr32;
    else if (e->out->insn.size != 2 && is_memory(e) && ea_form(e) < 2)
        e->out->insn.op = e->out->insn.size == 4 ? OP_xchg_m32 : OP_xchg_m8;
    else
        use_routine(e, op_xchg);
}

static void emit_bswap(struct emit *e)
{
    if (e->out->insn.size == 4)
        e->out->insn.op = OP_bswap_r;
    else
        use_routine(e, op_bswap16);
}

static void emit_setcc(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    insn->imm = e->row->argument;
    insn->op = (u16)(is_memory(e) ? OP_setcc : OP_setr_o + e->row->argument);
}

static void emit_cmov(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    insn->imm = e->row->argument;
    insn->op = (u16)(is_memory(e) || insn->size != 4 ? OP_cmov_s : OP_cmovr_o + e->row->argument);
}

/* Near branches: insn->imm holds the displacement until the length is known; then target replaces the registers. */
static void emit_branch(struct emit *e, u16 flat, u16 segmented)
{
    struct insn *insn = &e->out->insn;
    u32 displacement = insn->imm;
    insn->target = (s32)(insn->page_offset + insn->len + displacement);
    insn->op = (e->key & KEY_FLAT) && insn->size == 4 ? flat : segmented;
    insn->charge = NOT_LINKED;
    insn->link = NULL;
}
static void emit_jcc(struct emit *e)
{
    emit_branch(e, (u16)(OP_jcc_o + e->row->argument), OP_jcc_seg);
    e->out->insn.index_cc = (u8)e->row->argument;
}
static void emit_jmp(struct emit *e)
{
    emit_branch(e, OP_jmp, OP_jmp_s);
    e->out->last = true;
}
static void emit_call(struct emit *e)
{
    emit_branch(e, flat32(e) ? OP_call : OP_call_s, OP_call_s);
    e->out->last = true;
}
static void emit_loop(struct emit *e)
{
    emit_branch(e, OP_loop, OP_loop);
    e->out->insn.index_cc = (u8)e->row->argument;
    e->out->insn.scale = (e->key & KEY_FLAT) && e->out->insn.size == 4;
}
static void emit_ret(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    insn->op = flat32(e) && insn->size == 4 ? OP_ret : OP_ret_s;
    if (!e->row->argument)
        insn->imm = 0;
    e->out->last = true;
}
/* Flat memory forms use _x, whose missing index is the zero register. */
static void emit_call_rm(struct emit *e)
{
    bool fast = flat32(e) && e->out->insn.size == 4 && (!is_memory(e) || ea_form(e) < 2);
    e->out->insn.op = !fast ? OP_call_rm_s : is_memory(e) ? OP_call_m : OP_call_r;
    e->out->last = true;
}
static void emit_jmp_rm(struct emit *e)
{
    bool fast = (e->key & KEY_FLAT) && e->out->insn.size == 4 && (!is_memory(e) || ea_form(e) < 2);
    e->out->insn.op = !fast ? OP_jmp_rm_s : is_memory(e) ? OP_jmp_m : OP_jmp_r;
    e->out->last = true;
}

static const struct { routine_fn *routine; u16 op; } fpu_hot[] = {
#define F(name) { fpu_do_##name, OP_fpu_##name },
    FPU_HOT(F)
#undef F
};

/* A handler for the routine, if there is one for these operands. */
static void fpu_hot_choose(struct emit *e)
{
    struct insn *insn = &e->out->insn;
    if (is_memory(e) && ea_form(e) == 2)
        return;
    for (unsigned k = 0; k < ARRAY_LEN(fpu_hot); k++)
        if (fpu_hot[k].routine == insn->routine)
            insn->op = fpu_hot[k].op;
}

static void emit_fpu(struct emit *e)
{
    struct fpu_decoded fpu;
    struct insn *insn = &e->out->insn;
    if (e->key & (KEY_EM | KEY_TS)) {
        raise_vector(e, VEC_NM, false);
        return;
    }
    if (!cpu_has(e->cpu, FEAT_FPU)) {
        use_routine(e, op_nop);
        return;
    }
    /* FCMOVcc, FCOMI and FUCOMI came with CMOV. */
    unsigned member = e->modrm >> 3 & 7;
    bool p6 = e->modrm >= 0xc0 && (((e->opcode == 0xda || e->opcode == 0xdb) && member < 4) ||
                                   ((e->opcode == 0xdb || e->opcode == 0xdf) && (member == 5 || member == 6)));
    if (!fpu_decode(e->opcode, e->modrm, &fpu) || (p6 && !cpu_has(e->cpu, FEAT_CMOV))) {
        undefined(e);
        return;
    }
    insn->imm = (u32)(e->opcode & 7) << 8 | e->modrm;      /* FOP */
    e->out->cost = cost_of(e->cpu, fpu.cost_class) + (is_memory(e) ? cost_of(e->cpu, C_MEM) : 0);
    use_routine(e, fpu.routine);
    fpu_hot_choose(e);
    if (is_memory(e) && (e->modrm >> 3 & 7) == 6 && (e->opcode == 0xd9 || e->opcode == 0xdd)) {
        insn->op = OP_sensitive;
        insn->row = &sensitive_table[e->opcode == 0xd9 ? SENS_fnstenv : SENS_fnsave];
        e->out->cost = sensitive_cost(insn->row, e->cpu->model);
    }
}

static void emit_group(struct emit *e) { undefined(e); }       /* replaced by its member before emission */

/* ---- reading ---- */
struct reader { const u8 *bytes; unsigned available, at; bool truncated; };

static u32 read_bytes(struct reader *r, unsigned count)
{
    u32 value = 0;
    if (r->at + count > r->available) {
        r->truncated = true;
        r->at = r->available;
        return 0;
    }
    memcpy(&value, r->bytes + r->at, count);
    r->at += count;
    return value;
}

static u8 register_offset(unsigned number, bool byte) { return (u8)(byte ? (number & 3) * 4 + (number >> 2) : number * 4); }

/* 16-bit addressing: BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX. */
static void modrm16(struct reader *r, struct insn *insn, unsigned mod, unsigned rm)
{
    static const u8 base[8] = { EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX };
    static const u8 index[8] = { ESI, EDI, ESI, EDI, REG_ZERO, REG_ZERO, REG_ZERO, REG_ZERO };
    bool direct = mod == 0 && rm == 6;
    insn->base = direct ? REG_ZERO * 4 : base[rm] * 4;
    insn->index = direct ? REG_ZERO * 4 : index[rm] * 4;
    insn->seg = !direct && base[rm] == EBP ? SS : DS;
    if (mod == 1)
        insn->disp = (u32)(s8)read_bytes(r, 1);
    else if (mod == 2 || direct)
        insn->disp = read_bytes(r, 2);
}

static void modrm32(struct reader *r, struct insn *insn, unsigned mod, unsigned rm)
{
    unsigned base = rm;
    if (rm == 4) {
        unsigned sib = read_bytes(r, 1), index = sib >> 3 & 7;
        base = sib & 7;
        if (index != 4) {
            insn->index = (u8)(index * 4);
            insn->scale = (u8)(sib >> 6);
        }
    }
    bool direct = mod == 0 && base == 5;
    insn->base = (u8)(direct ? REG_ZERO * 4 : base * 4);
    insn->seg = !direct && (base == ESP || base == EBP) ? SS : DS;
    if (mod == 1)
        insn->disp = (u32)(s8)read_bytes(r, 1);
    else if (mod == 2 || direct)
        insn->disp = read_bytes(r, 4);
}

static void read_immediate(struct reader *r, struct insn *insn, enum imm_kind kind)
{
    unsigned wide = insn->size == 4 ? 4 : insn->size == 1 ? 1 : 2;
    switch (kind) {
    case IMM_NONE: break;
    case IMM_8: insn->imm = read_bytes(r, 1); break;
    case IMM_8S:
    case IMM_REL8: insn->imm = (u32)(s8)read_bytes(r, 1); break;
    case IMM_V:
    case IMM_RELV: insn->imm = read_bytes(r, wide); break;
    case IMM_16: insn->imm = read_bytes(r, 2); break;
    case IMM_16_8: insn->imm = read_bytes(r, 2); insn->disp = read_bytes(r, 1); break;
    case IMM_FAR: insn->imm = read_bytes(r, wide); insn->disp = read_bytes(r, 2); break;
    case IMM_MOFFS: insn->disp = read_bytes(r, insn->flags & INSN_ADDR16 ? 2 : 4); break;
    case IMM_ONE: insn->imm = 1; break;
    }
    if (kind == IMM_RELV && wide == 2)
        insn->imm = (u32)(s16)insn->imm;
}

struct prefixes { u8 segment /* FF: none */, rep; bool lock, operand, address; };

/* Returns the opcode, 100h + second byte for 0F. */
static unsigned read_opcode(struct reader *r, struct prefixes *p)
{
    static const u8 segment_of[] = { [0x26] = ES + 1, [0x2e] = CS + 1, [0x36] = SS + 1, [0x3e] = DS + 1, [0x64] = FS + 1, [0x65] = GS + 1 };
    for (;;) {
        u8 byte = (u8)read_bytes(r, 1);
        if (r->truncated)
            return 0;
        if (byte < sizeof segment_of && segment_of[byte])
            p->segment = segment_of[byte] - 1;
        else if (byte == 0x66)
            p->operand = true;
        else if (byte == 0x67)
            p->address = true;
        else if (byte == 0xf0)
            p->lock = true;
        else if (byte == 0xf2 || byte == 0xf3)
            p->rep = byte;
        else
            return byte == 0x0f ? 0x100 + read_bytes(r, 1) : byte;
    }
}

static bool available_here(const struct cpu *cpu, const struct row *row)
{
    enum cpu_level need = row->flags & A686 ? CPU_P6 : row->flags & A486 ? CPU_486 : CPU_386;
    u32 feature = row->flags >> 12;
    return cpu->model->level >= need && (cpu->model->features & feature) == feature;
}

/* Rights of the ModRM form and of LOCK. */
static bool legal(const struct emit *e, const struct prefixes *p, const struct encoding *enc)
{
    bool memory = is_memory(e);
    if (!available_here(e->cpu, e->row) || ((e->row->flags & MO) && !memory))
        return false;
    if (p->lock && (!(e->row->flags & LK) || !memory || e->form == F_RM))
        return false;
    if ((enc->flags & REG_NUMBER) && e->row->encoding == E_SwEw && ((e->modrm >> 3 & 7) == CS || (e->modrm >> 3 & 7) > GS))
        return false;
    /* CR1, CR5 to CR7, and CR4 where there is none, do not exist at any privilege. */
    bool control = e->row->encoding == E_RdCd && !(e->opcode & 1) && !(e->opcode & 4);
    if (control && !(1u << (e->modrm >> 3 & 7) & (e->cpu->model->level >= CPU_P5 ? 0x1d : 0x0d)))
        return false;
    return !(e->row->encoding == E_EvSw && (e->modrm >> 3 & 7) > GS);
}

static void operands(struct emit *e, struct reader *r, const struct encoding *enc, unsigned opcode)
{
    struct insn *insn = &e->out->insn;
    bool byte = enc->flags & BYTE;
    if (enc->flags & MODRM) {
        unsigned mod = e->modrm >> 6, reg = e->modrm >> 3 & 7, rm = e->modrm & 7;
        insn->reg = register_offset(reg, byte && !(enc->flags & REG_NUMBER));
        if (mod == 3 || (enc->flags & REG_FORM_ONLY)) {
            insn->rm = register_offset(rm, byte || (enc->flags & RM_BYTE));
        } else {
            insn->flags |= INSN_MEM;
            if (insn->flags & INSN_ADDR16)
                modrm16(r, insn, mod, rm);
            else
                modrm32(r, insn, mod, rm);
        }
    } else if (enc->flags & IN_OPCODE) {
        insn->rm = register_offset(opcode & 7, byte);
    } else if (enc->imm == IMM_MOFFS) {
        insn->flags |= INSN_MEM;
    }
}

/* Operand size of the few rows that do not follow the prefix. */
static void adjust_size(struct emit *e, const struct encoding *enc)
{
    struct insn *insn = &e->out->insn;
    if ((enc->flags & RM_WORD) && e->row->encoding != E_SAMEV)
        insn->size = 2;
    if (e->row->encoding == E_RdCd)
        insn->size = 4;
    bool word_in_memory = e->row->encoding == E_EvSw || e->row->encoding == E_SAMEV || e->row->encoding == E_SAMEW;
    if (e->row->encoding == E_SAMEW || (word_in_memory && is_memory(e)))
        insn->size = 2;
}

void decode(const struct cpu *cpu, u32 key, const u8 *bytes, unsigned available, u16 offset, struct decoded *out)
{
    struct reader r = { bytes, MIN(available, INSN_MAX_BYTES), 0, false };
    struct prefixes p = { 0xff, 0, false, false, false };
    struct insn *insn = &out->insn;
    struct emit e = { .cpu = cpu, .out = out, .key = key };
    *out = (struct decoded){ .insn = { .base = REG_ZERO * 4, .index = REG_ZERO * 4, .seg = DS, .page_offset = offset } };

    unsigned opcode = read_opcode(&r, &p);
    bool wide = key & KEY_CODE32;
    insn->size = wide != p.operand ? 4 : 2;
    if (wide == p.address)
        insn->flags |= INSN_ADDR16;
    e.opcode = (u8)opcode;
    e.row = &rows[opcode];
    const struct encoding *enc = &encodings[e.row->encoding];
    if (enc->flags & MODRM) {
        e.modrm = (u8)read_bytes(&r, 1);
        if (e.row->emit == emit_group)
            e.row = &rows[GROUP(e.row->argument, e.modrm >> 3 & 7)];
    }
    if (enc->flags & BYTE)
        insn->size = 1;
    operands(&e, &r, enc, opcode);
    u8 member = e.row->encoding;
    e.form = member == E_SAMEI ? F_MI : enc->form;
    if (p.segment != 0xff)
        insn->seg = p.segment;
    if (e.row->emit)
        adjust_size(&e, enc);
    read_immediate(&r, insn, member == E_SAMEI ? IMM_V : (enum imm_kind)enc->imm);
    insn->len = (u8)r.at;
    if (r.truncated) {
        out->truncated = available < INSN_MAX_BYTES;
        insn->len = (u8)r.available;
        raise_vector(&e, VEC_GP, true);            /* longer than 15 bytes */
        out->cost = 1;
        out->name = "(long)";
        return;
    }
    if (p.rep)
        insn->flags |= p.rep == 0xf3 ? INSN_REP : INSN_REPNE;
    if (p.lock)
        insn->flags |= INSN_LOCK;
    e.rep_prefix = p.rep;
    if (!e.row->emit || !legal(&e, &p, enc)) {
        undefined(&e);
        out->cost = 1;
        out->name = "(bad)";
        return;
    }
    out->name = e.row->name;
    out->cost = cost_of(cpu, e.row->cost);
    if (is_memory(&e) && !(e.row->flags & (WO | MO)))
        out->cost += cost_of(cpu, e.row->flags & RW ? C_RMW : C_MEM);
    e.row->emit(&e);
}
