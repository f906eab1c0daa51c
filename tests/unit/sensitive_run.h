/* Runs sensitive instructions by their row, through the dispatcher, on the fixture `f`. */
#ifndef TESTS_SENSITIVE_RUN_H
#define TESTS_SENSITIVE_RUN_H
#include "cpu/dispatcher.h"
#include "tests/unit/cpu_fixture.h"

static struct fixture *f;
static struct system  *sys;

static inline void begin(const char *model)
{
    f = fixture_new(model);
    sys = &f->cpu.sys;
}

static inline void end(void)
{
    fixture_free(f);
}

static inline struct insn *row(enum sensitive_id id, unsigned size)
{
    struct insn *insn = fixture_insn(f, size);
    insn->row = &sensitive_table[id];
    return insn;
}

static inline enum outcome run(enum sensitive_id id, unsigned size)
{
    return dispatch(&f->cpu, row(id, size));
}

/* With a register operand in r/m and a number (or register) in reg. */
static inline enum outcome run_reg(enum sensitive_id id, unsigned size, unsigned reg, unsigned rm)
{
    struct insn *insn = row(id, size);
    insn->reg = (u8)(reg * 4);
    insn->rm = (u8)(rm * 4);
    return dispatch(&f->cpu, insn);
}

static inline enum outcome run_mem(enum sensitive_id id, unsigned size, unsigned reg, u32 address)
{
    struct insn *insn = row(id, size);
    insn->reg = (u8)(reg * 4);
    insn->flags |= INSN_MEM;
    insn->disp = address;
    return dispatch(&f->cpu, insn);
}
#endif
