/* Projection and absorption, and what a trap is under the monitors that are not compliant (vmm.h). Rules of the
 * de-privileged machine: docs/popek-goldberg.md; SDM volume 3, chapters 5 and 20; Robin and Irvine (2000). */
#include "cpu/exception.h"
#include "cpu/invariants.h"
#include "cpu/leaks.h"
#include "cpu/monitor.h"
#include "cpu/pv.h"
#include "cpu/segment.h"
#include <string.h>

/* What the guest changes without a trap, whatever its level: it is the same in both states. */
enum { FLAGS_SHARED = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_ID };
/* Off on the chip. TSD is the guest's, and the kernel's RDTSC traps with it. */
enum { CR4_MONITORS = CR4_VME | CR4_PVI | CR4_PCE };
/* Too short for an I/O map: every port is denied. */
enum { PHYSICAL_TSS_LIMIT = 0x5f, PHYSICAL_TSS_ATTR = ATTR_P | 11, PHYSICAL_LDT_ATTR = ATTR_P | SYSTEM_LDT,
       REAL_LIMIT = 0xffff };

static inline struct vmm *vmm_of(const struct cpu *cpu) { return &cpu->monitor->vmm; }
static bool system_real(const struct system *sys) { return !(sys->cr0 & CR0_PE); }
/* On the chip it is a V86 task. */
static bool runs_as_v86(const struct system *v) { return system_real(v) || (v->eflags & FLAG_VM); }

void vmm_event(struct cpu *cpu, enum vmm_event event, u32 linear, const struct insn *insn)
{
    struct vmm *vmm = vmm_of(cpu);
    vmm->event[event]++;
    if (unlikely(vmm->observer.event))
        vmm->observer.event(vmm->observer.self, event, linear, insn);
}

/* ---- what descriptors can express ---- */
static bool real_expressible(const struct system *v)
{
    for (unsigned i = 0; i < 6; i++) {
        const struct segment *s = &v->seg[i];
        if (s->base != (u32)s->selector << 4 || s->limit != REAL_LIMIT || (s->attr & ~ATTR_AVL) != ATTR_REAL)
            return false;
    }
    return true;
}

static bool protected_expressible(const struct system *v)
{
    u16 cs = v->seg[CS].attr, ss = v->seg[SS].attr;
    bool code = attr_code(cs) && (cs & ATTR_P) && (attr_conforming(cs) ? attr_dpl(cs) <= v->cpl : attr_dpl(cs) == v->cpl);
    return code && attr_writable(ss) && (ss & ATTR_P) && attr_dpl(ss) == v->cpl;
}

bool vmm_on_chip_under(const struct vmm_config *config, const struct system *v)
{
    if (config->projection == PROJECT_USER && (system_real(v) || v->cpl != 3))
        return false;
    if (v->eflags & FLAG_VM)
        return true;
    return system_real(v) ? real_expressible(v) : protected_expressible(v);
}

/* ---- project ---- */
static u16 attr_raised(u16 attr, unsigned ring)
{
    return (u16)((attr & ~ATTR_DPL) | MAX(attr_dpl(attr), ring) << 5);
}

static void segments_project(const struct vmm *vmm, const struct system *v, struct system *p)
{
    for (unsigned i = 0; i < 6; i++) {
        struct segment *s = &p->seg[i];
        if (runs_as_v86(v))
            s->attr = ATTR_V86;
        else if (s->attr & ATTR_S)
            s->attr = attr_raised(s->attr, vmm->config.ring);
    }
    if (runs_as_v86(v))
        return;
    p->seg[CS].selector = (u16)((v->seg[CS].selector & ~SELECTOR_RPL) | p->cpl);
    p->seg[SS].selector = (u16)((v->seg[SS].selector & ~SELECTOR_RPL) | p->cpl);
}

/* TS is merged: set if the guest wants it, or while the guest does not have the FPU. EM goes by way of TS, too. */
static u32 cr0_project(const struct vmm *vmm, u32 cr0)
{
    bool ts = (cr0 & (CR0_TS | CR0_EM)) || !vmm->fpu_owned;
    return (vmm->config.physical.cr0 & ~(u32)(CR0_TS | CR0_EM)) | (ts ? CR0_TS : 0);
}

static void project(const struct vmm *vmm, const struct system *v, struct system *p)
{
    const struct vmm_constants *physical = &vmm->config.physical;
    const bool v86 = runs_as_v86(v);
    *p = *v;
    p->cr0 = cr0_project(vmm, v->cr0);
    p->cr4 = v->cr4 & ~(u32)CR4_MONITORS;
    p->eflags = (v->eflags & FLAGS_SHARED) | FLAG_IF | (v86 ? FLAG_VM : 0);
    p->cpl = v86 ? 3 : (u8)MAX(v->cpl, vmm->config.ring);
    p->gdtr = physical->gdtr;
    p->idtr = physical->idtr;
    p->ldtr = (struct segment){ .selector = physical->ldtr, .attr = PHYSICAL_LDT_ATTR };
    p->tr = (struct segment){ .selector = physical->tr, .attr = PHYSICAL_TSS_ATTR, .limit = PHYSICAL_TSS_LIMIT };
    p->sysenter_cs = 0;
    p->tsc_offset = 0;
    segments_project(vmm, v, p);
}

void vmm_project(const struct cpu *cpu, const struct vmm_config *config, struct system *p)
{
    struct vmm vmm = { .config = *config, .fpu_owned = vmm_of(cpu)->fpu_owned };
    project(&vmm, cpu->guest, p);
}

/* ---- absorb ---- */
/* The x87 notes selectors as the chip shows them; nothing else of the guest's does. */
void vmm_fpu_translate(struct cpu *cpu, const struct system *from, const struct system *to)
{
    if (cpu->fpu.fcs == from->seg[CS].selector)
        cpu->fpu.fcs = to->seg[CS].selector;
    if (cpu->fpu.fds == from->seg[SS].selector)
        cpu->fpu.fds = to->seg[SS].selector;
    else if (cpu->fpu.fds == from->seg[CS].selector)
        cpu->fpu.fds = to->seg[CS].selector;
}

void vmm_absorbed(const struct cpu *cpu, struct system *v)
{
    const struct system *p = &cpu->sys;
    v->eflags = (v->eflags & ~(u32)FLAGS_SHARED) | (p->eflags & FLAGS_SHARED);
    v->dr[6] = p->dr[6];
    pv_absorb(cpu, v);
    /* A trap tells the monitor which level the guest is at: that of its own CS descriptor. */
    if (!runs_as_v86(v) && !attr_conforming(v->seg[CS].attr))
        v->cpl = (u8)attr_dpl(v->seg[CS].attr);
}

static u64 insns_now(const struct cpu *cpu) { return cpu->insns + (u32)cpu->budget; }

void vmm_enter(struct cpu *cpu)
{
    struct vmm *vmm = vmm_of(cpu);
    if (!cpu->on_chip) {
        pv_absorb(cpu, &cpu->sys);
        return;
    }
    vmm_absorbed(cpu, &vmm->virtual);
    vmm_fpu_translate(cpu, &cpu->sys, &vmm->virtual);
    cpu->sys = vmm->virtual;
    cpu->on_chip = false;
    cpu->guest = &cpu->sys;
    vmm->interpreted_since = insns_now(cpu);
    cpu_mode_changed(cpu);
}

void vmm_leave(struct cpu *cpu)
{
    struct vmm *vmm = vmm_of(cpu);
    if (vmm->config.projection == PROJECT_NONE || cpu->on_chip || cpu->smm ||
        !vmm_on_chip_under(&vmm->config, &cpu->sys))
        return;
    bool user = cpu->sys.cpl == 3;
    vmm->projections++;
    vmm->root_switches += vmm->user_root != user;
    vmm->interpreted += insns_now(cpu) - vmm->interpreted_since;
    vmm->user_root = user;
    vmm->virtual = cpu->sys;
    project(vmm, &vmm->virtual, &cpu->sys);
    cpu->on_chip = true;
    cpu->guest = &vmm->virtual;
    cpu->code_linear = NO_TAG;               /* what the monitor has executed may not be in the shadow */
    cpu_mode_changed(cpu);
}

/* Between runs cpu->sys shows the guest's state, but the monitor does not take the time to be a trap: the chip goes on
 * with what it had, so that where a run is cut makes no difference. */
void vmm_suspend(struct cpu *cpu)
{
    struct vmm *vmm = vmm_of(cpu);
    vmm->suspended = cpu->on_chip;
    if (!cpu->on_chip)
        return;
    vmm->chip = (struct vmm_chip){ .sys = cpu->sys, .virtual = vmm->virtual, .fcs = cpu->fpu.fcs, .fds = cpu->fpu.fds };
    vmm_enter(cpu);
    vmm->chip.shown = cpu->sys;
    vmm->chip.shown_fcs = cpu->fpu.fcs;
    vmm->chip.shown_fds = cpu->fpu.fds;
}

void vmm_resume(struct cpu *cpu)
{
    struct vmm *vmm = vmm_of(cpu);
    const struct vmm_chip *chip = &vmm->chip;
    if (!vmm->suspended || memcmp(&chip->shown, &cpu->sys, sizeof cpu->sys) != 0) {
        vmm_leave(cpu);                      /* the first run, or someone has changed the state */
        return;
    }
    vmm->suspended = false;
    vmm->virtual = chip->virtual;
    cpu->sys = chip->sys;
    if (cpu->fpu.fcs == chip->shown_fcs && cpu->fpu.fds == chip->shown_fds) {
        cpu->fpu.fcs = chip->fcs;
        cpu->fpu.fds = chip->fds;
    }
    cpu->on_chip = true;
    cpu->guest = &vmm->virtual;
    cpu_mode_changed(cpu);
}

/* ---- the chip's view ---- */
/* A monitor that answers for its guest's kernel has two shadow tables (`apart`) as it has two roots: what is raised for the
 * kernel would let the guest's programs in. */
bool vmm_keeps(const struct vmm_config *config, const struct system *guest)
{
    return config->keep || (guest->cpl == 3 && config->apart);
}

static void descriptor_shadow(const struct cpu *cpu, struct descriptor *d)
{
    const struct vmm_config *config = &vmm_of(cpu)->config;
    u16 attr = descriptor_attr(*d);
    if (!(attr & ATTR_S))
        *d = (struct descriptor){ 0, 0 };        /* gates, TSSs, LDTs: absent, so that their use traps */
    else if (!vmm_keeps(config, cpu->guest))
        d->high = (d->high & ~(u32)(ATTR_DPL << 8)) | (u32)(attr_raised(attr, config->ring) & ATTR_DPL) << 8;
}

/* The table as the guest wrote it. */
static enum outcome guest_descriptor(struct cpu *cpu, u16 selector, struct descriptor *d, bool *outside)
{
    const bool on_chip = cpu->on_chip;
    cpu->on_chip = false;
    enum outcome outcome = view_descriptor(cpu, cpu->guest, selector, d, outside);
    cpu->on_chip = on_chip;
    return outcome;
}

enum outcome vmm_descriptor_read(struct cpu *cpu, u16 selector, struct descriptor *d, bool *outside)
{
    enum outcome outcome = guest_descriptor(cpu, selector, d, outside);
    if (outcome == DONE)
        descriptor_shadow(cpu, d);
    return outcome;
}

/* The level that the guest's own descriptor gives a selector; the chip's copy may be raised. */
static unsigned guest_dpl(struct cpu *cpu, u16 selector, unsigned otherwise)
{
    struct descriptor d;
    bool outside;
    enum outcome outcome = guest_descriptor(cpu, selector, &d, &outside);
    if (outcome == FAULT && !outside)
        cpu->attention &= ~(u32)ATTENTION_FAULT;
    return outcome == DONE ? attr_dpl(descriptor_attr(d)) : otherwise;
}

bool vmm_descriptor_accessed(struct cpu *cpu, u16 selector)
{
    struct descriptor d;
    bool outside;
    cpu->on_chip = false;
    bool good = view_descriptor(cpu, cpu->guest, selector, &d, &outside) == DONE &&
                descriptor_accessed(cpu, cpu->guest, selector, &d);
    cpu->on_chip = true;
    return good;
}

/* A segment register that the chip loaded without the monitor: the same load, as the guest's tables have it. */
static void segment_follow(struct cpu *cpu, unsigned sreg)
{
    struct vmm *vmm = vmm_of(cpu);
    const struct segment *chip = &cpu->sys.seg[sreg];
    struct segment *v = &vmm->virtual.seg[sreg];
    if (system_real(&vmm->virtual)) {
        segment_load_real(v, chip->selector);
        return;
    }
    *v = *chip;
    if ((vmm->virtual.eflags & FLAG_VM) || selector_null(chip->selector))
        return;
    unsigned dpl = guest_dpl(cpu, chip->selector, attr_dpl(chip->attr));
    v->attr = (u16)((v->attr & ~ATTR_DPL) | dpl << 5);
    if (sreg == CS && !attr_conforming(v->attr))
        v->selector = (u16)((v->selector & ~SELECTOR_RPL) | dpl);
}

static bool segment_same(const struct segment *a, const struct segment *b)
{
    return a->selector == b->selector && a->attr == b->attr && a->base == b->base && a->limit == b->limit;
}

/* What an instruction changed on the chip behind the monitor's back. */
static void chip_follow(struct cpu *cpu, const struct system *before, const struct insn *insn)
{
    struct vmm *vmm = vmm_of(cpu);
    for (unsigned i = 0; i < 6; i++)
        if (!segment_same(&before->seg[i], &cpu->sys.seg[i]))
            segment_follow(cpu, i);
    if (likely(segment_same(&before->seg[CS], &cpu->sys.seg[CS])) || vmm->user_root || vmm->config.ring != 3)
        return;
    if (attr_dpl(vmm->virtual.seg[CS].attr) == 3 && !system_real(&vmm->virtual))
        leaks_breach(cpu, insn);
}

/* ---- traps ---- */
static enum vmm_event event_of(const struct cpu *cpu, const struct sensitive *row, const struct insn *insn)
{
    switch (row->id) {
    case SENS_hlt:       return EVENT_HALT;
    case SENS_rdtsc: case SENS_rdpmc: return EVENT_TIME_STAMP;
    case SENS_mov_to_cr: return (insn->reg >> 2 & 7) == 3 ? EVENT_CR3_LOAD : EVENT_PRIVILEGED;
    case SENS_int_n: case SENS_int3: case SENS_into: case SENS_sysenter:
        return cpu->guest->cpl == 3 ? EVENT_SYSTEM_CALL : EVENT_UNPRIVILEGED;
    }
    if (row->rule == RULE_3D)
        return EVENT_IO;
    return sensitive_unprivileged(row) ? EVENT_UNPRIVILEGED : EVENT_PRIVILEGED;
}

/* The monitor has the processor: the row's routine on the virtual state. */
static enum outcome trapped(struct cpu *cpu, const struct sensitive *row, const struct insn *insn)
{
    struct vmm *vmm = vmm_of(cpu);
    vmm_enter(cpu);
    if (!vmm->resumed) {
        cpu->monitor->row[row->id].trapped++;
        vmm_event(cpu, event_of(cpu, row, insn), cpu->sys.seg[CS].base + insn_eip(cpu, insn), insn);
    }
    if (vmm->config.report)
        leaks_counterfactual(cpu, row, insn);
    u32 key = cpu->key;
    enum outcome outcome = dispatch_execute(cpu, row, insn);
    vmm->fault_is_guests = outcome == FAULT;
    vmm->fpu_owned &= row->id != SENS_hlt;           /* who gives up the processor gives up the FPU */
    pv_settle(cpu);
    vmm_leave(cpu);
    cpu->end_block |= cpu->key != key && vmm->config.projection != PROJECT_NONE;
    return outcome;
}

/* An untrapped row: the chip does what a Pentium does. false: it faulted, which is a trap. */
static bool chip_executes(struct cpu *cpu, const struct sensitive *row, const struct insn *insn, enum outcome *outcome)
{
    const struct system before = cpu->sys;
    const u32 held = cpu->attention;
    leaks_compare(cpu, row, insn);
    *outcome = dispatch_execute(cpu, row, insn);
    if (*outcome != FAULT) {
        chip_follow(cpu, &before, insn);
        return true;
    }
    if (cpu->fault.vector == VEC_PF)
        return true;                             /* a true one: the shadow has seen to the others */
    cpu->monitor->row[row->id].refused--;
    cpu->attention = held;
    return false;
}

/* IRET with NT set finds a task register that is not the guest's. */
static bool chip_refuses(const struct cpu *cpu, const struct sensitive *row)
{
    return row->id == SENS_iret && (cpu->sys.eflags & (FLAG_NT | FLAG_VM)) == FLAG_NT;
}

static enum outcome on_chip(struct cpu *cpu, const struct sensitive *row, const struct insn *insn)
{
    struct vmm *vmm = vmm_of(cpu);
    enum outcome outcome;
    if (vmm->config.traps[vmm->user_root][row->id])
        return trapped(cpu, row, insn);
    if (!chip_refuses(cpu, row) && chip_executes(cpu, row, insn, &outcome))
        return outcome;
    outcome = trapped(cpu, row, insn);
    if (sensitive_unprivileged(row) && outcome != FAULT) {
        vmm->spurious[row->id]++;
        vmm_event(cpu, EVENT_SPURIOUS, cpu->guest->seg[CS].base + insn_eip(cpu, insn), insn);
    }
    return outcome;
}

enum outcome vmm_dispatch(struct cpu *cpu, const struct insn *insn)
{
    const struct sensitive *row = insn->row;
    struct monitor *monitor = cpu->monitor;
    vmm_of(cpu)->resumed = (insn->flags & (INSN_REP | INSN_REPNE)) && monitor_resumed(monitor, cpu, insn);
    if (vmm_of(cpu)->resumed)
        monitor->row[row->id].elements++;
    else
        monitor_count(monitor, cpu, cpu->guest, insn);
    enum outcome outcome = cpu->on_chip ? on_chip(cpu, row, insn) : trapped(cpu, row, insn);
    if (unlikely(monitor->invariants))
        invariants_exit(cpu);
    return outcome;
}

/* ---- exceptions and interrupts ---- */
static void exception_note(struct cpu *cpu)
{
    bool external = cpu->fault.kind == FAULT_EXTERNAL || cpu->fault.kind == FAULT_NMI;
    if (cpu->fault.vector == VEC_PF && cpu->fault.kind == FAULT_EXCEPTION) {
        if (!cpu->shadow)
            vmm_event(cpu, EVENT_PF_TRUE, cpu->sys.seg[CS].base + cpu->eip, NULL);
        return;
    }
    vmm_event(cpu, external ? EVENT_INTERRUPT : EVENT_EXCEPTION, cpu->sys.seg[CS].base + cpu->eip, NULL);
}

void vmm_exception_deliver(struct cpu *cpu)
{
    if (likely(!cpu->monitor->watched)) {
        exception_note(cpu);
        exception_deliver(cpu);
        return;
    }
    vmm_enter(cpu);
    vmm_of(cpu)->fault_is_guests = false;
    exception_note(cpu);
    exception_deliver(cpu);
    pv_settle(cpu);
    vmm_leave(cpu);
    if (unlikely(cpu->monitor->invariants))
        invariants_exit(cpu);
}

/* #NM and #AC depend on bits of CR0 that are not the guest's on the chip. */
bool vmm_fault_doubtful(const struct cpu *cpu)
{
    const struct fault *fault = &cpu->fault;
    return cpu->on_chip && !vmm_of(cpu)->fault_is_guests && fault->kind == FAULT_EXCEPTION &&
           (fault->vector == VEC_NM || fault->vector == VEC_AC);
}

void vmm_fault_interpret(struct cpu *cpu)
{
    vmm_event(cpu, EVENT_SPURIOUS, cpu->sys.seg[CS].base + cpu->eip, NULL);
    vmm_of(cpu)->fpu_owned |= cpu->fault.vector == VEC_NM;
    vmm_enter(cpu);
}

void vmm_reset(struct cpu *cpu)
{
    struct vmm *vmm = vmm_of(cpu);
    cpu->on_chip = false;
    cpu->guest = &cpu->sys;
    vmm->user_root = vmm->fpu_owned = vmm->suspended = vmm->fault_is_guests = false;
    cpu->monitor->pv = (struct pv){ .shared = false };
    vmm->interpreted_since = insns_now(cpu);
}
