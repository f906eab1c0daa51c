/* Innocuous instructions that are not hot enough for a handler of their own: routines.c, string.c. */
#ifndef CPU_ROUTINES_H
#define CPU_ROUTINES_H
#include "cpu/cpu.h"

routine_fn op_nop, op_daa, op_das, op_aaa, op_aas, op_aam, op_aad, op_salc, op_xlat, op_sahf, op_lahf, op_cbw, op_cwd,
    op_pusha, op_popa, op_push_m, op_pop_m, op_enter, op_leave, op_arpl, op_xchg, op_cmpxchg, op_cmpxchg8b, op_xadd, op_bswap16,
    op_movzx16, op_movsx16, op_mov16, op_imul_reg, op_imul_imm, op_mul, op_imul, op_div, op_idiv, op_shift_imm, op_shift_cl,
    op_shld, op_shrd, op_shld_cl, op_shrd_cl, op_bt, op_bts, op_btr, op_btc, op_bt_imm, op_bts_imm, op_btr_imm, op_btc_imm, op_bsf, op_bsr,
    op_movs, op_cmps, op_stos, op_lods, op_scas;
#endif
