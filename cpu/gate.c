/* The gates of sensitive.def: may this be executed here? (SDM volume 3, 5.9 privileged instructions; volume 1, 18.5 I/O
 * protection; volume 3, 20.2.7 virtual-8086 mode.) A refusal raises the fault the chip raises. */
#include "cpu/dispatcher.h"

enum { TSS_IO_MAP = 102, TSS32_LIMIT = 103, TSS_TYPE_MASK = ATTR_S | 13 /* but busy */, TSS32_TYPE = 9 };

static bool refuse(struct cpu *cpu)
{
    cpu_raise_error(cpu, VEC_GP, 0);
    return false;
}

static bool gate_nobody_ud(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    (void)view, (void)insn;
    cpu_raise(cpu, VEC_UD);
    return false;
}

static bool gate_nobody_gp(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    (void)view, (void)insn;
    return refuse(cpu);
}

static bool gate_smm(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    return cpu->smm || gate_nobody_ud(cpu, view, insn);
}

static inline unsigned view_iopl(const struct system *view) { return view->eflags >> 12 & 3; }

static bool gate_vif(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    (void)insn;
    return view->cpl <= view_iopl(view) || (view->cpl == 3 && (view->cr4 & CR4_PVI)) || refuse(cpu);
}

static bool gate_vme(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    (void)insn;
    return view_iopl(view) == 3 || (view->cr4 & CR4_VME) || refuse(cpu);
}

static bool gate_vme16(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    return view_iopl(view) == 3 || ((view->cr4 & CR4_VME) && insn->size == 2) || refuse(cpu);
}

static bool gate_tsd(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    (void)insn;
    return !(view->cr4 & CR4_TSD) || refuse(cpu);
}

static bool gate_pce(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    (void)insn;
    return (view->cr4 & CR4_PCE) || refuse(cpu);
}

/* Only 32-bit TSSs have the map. The processor reads two bytes of it whatever the width: both must lie in the limit. */
static bool gate_iomap(struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    const struct segment *tr = &view->tr;
    u16 port = insn_port(cpu, insn), map, bits;

    if (!(view->eflags & FLAG_VM) && view->cpl <= view_iopl(view))
        return true;
    if (!(tr->attr & ATTR_P) || (tr->attr & TSS_TYPE_MASK) != TSS32_TYPE || tr->limit < TSS32_LIMIT)
        return refuse(cpu);
    if (!lin_read(cpu, tr->base + TSS_IO_MAP, &map, 2, AS_SUPERVISOR))
        return false;
    u32 at = map + (port >> 3);
    if (at + 1 > tr->limit)
        return refuse(cpu);
    if (!lin_read(cpu, tr->base + at, &bits, 2, AS_SUPERVISOR))
        return false;
    return !(bits >> (port & 7) & ((1u << insn->size) - 1)) || refuse(cpu);
}

bool gate_open(struct cpu *cpu, const struct system *view, enum sensitive_gate gate, const struct insn *insn)
{
    static bool (*const gates[GATE_COUNT])(struct cpu *, const struct system *, const struct insn *) = {
        [GATE_UD] = gate_nobody_ud, [GATE_GP] = gate_nobody_gp, [GATE_SMM] = gate_smm,
        [GATE_CPL0] = gate_nobody_gp,      /* reached only with CPL > 0 */
        [GATE_VIF] = gate_vif, [GATE_VME] = gate_vme, [GATE_VME16] = gate_vme16, [GATE_IOMAP] = gate_iomap,
        [GATE_TSD] = gate_tsd, [GATE_PCE] = gate_pce
    };
    return gates[gate](cpu, view, insn);
}
