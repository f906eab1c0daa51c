/* Debug and test registers (SDM volume 3, 15.2; 386 and 486 manuals for the test registers).
 * Not modelled: what the test registers test. They hold what was written. */
#include "cpu/access.h"
#include "cpu/debug.h"
#include "cpu/interpreter.h"

/* DR4 and DR5 are DR6 and DR7 unless debug extensions are on. Any access while DR7.GD is set is a debug exception. */
static bool debug_register(struct cpu *cpu, struct system *view, const struct insn *insn, unsigned *number)
{
    *number = insn_number(insn) & 7;
    if (*number == 4 || *number == 5) {
        if (view->cr4 & CR4_DE)
            return cpu_raise(cpu, VEC_UD), false;
        *number += 2;
    }
    if (unlikely(view->dr[7] & DR7_GD))
        return debug_access_fault(cpu), false;
    return true;
}

enum outcome op_mov_from_dr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    unsigned number;
    if (!debug_register(cpu, view, insn, &number))
        return FAULT;
    R32(cpu, insn->rm) = view->dr[number];
    return DONE;
}

enum outcome op_mov_to_dr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    unsigned number;
    u32 value = R32(cpu, insn->rm);
    if (!debug_register(cpu, view, insn, &number))
        return FAULT;
    view->dr[number] = debug_register_value(number, value);
    tlb_drop_tags(cpu);                            /* pages that are watched now must leave the fast path */
    return END;
}

static u32 *test_register(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    unsigned number = insn_number(insn) & 7;
    unsigned first = cpu->model->level == CPU_386 ? 6 : 3;
    return cpu->model->level <= CPU_486 && number >= first ? &view->tr_test[number] : NULL;
}

enum outcome op_mov_from_tr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    const u32 *tr = test_register(cpu, view, insn);
    if (!tr)
        return cpu_raise(cpu, VEC_UD);
    R32(cpu, insn->rm) = *tr;
    return DONE;
}

enum outcome op_mov_to_tr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 *tr = test_register(cpu, view, insn);
    if (!tr)
        return cpu_raise(cpu, VEC_UD);
    *tr = R32(cpu, insn->rm);
    return DONE;
}
