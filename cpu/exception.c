/* Exceptions and interrupts: raising, delivery in real mode, double faults and shutdown (SDM volume 3, chapters 6, 20).
 * The IDT's gates are in interrupt.c. */
#include "cpu/debug.h"
#include "cpu/dry.h"
#include "cpu/exception.h"
#include "cpu/segment.h"

static enum outcome raise(struct cpu *cpu, struct fault fault)
{
    cpu->fault = fault;
    cpu->attention |= ATTENTION_FAULT;
    return FAULT;
}

enum outcome cpu_raise(struct cpu *cpu, enum vector vector)
{
    return raise(cpu, (struct fault){ .vector = (u8)vector });
}

enum outcome cpu_raise_error(struct cpu *cpu, enum vector vector, u32 error)
{
    return raise(cpu, (struct fault){ .vector = (u8)vector, .has_error = true, .error = error });
}

enum outcome cpu_raise_page_fault(struct cpu *cpu, u32 linear, u32 error)
{
    return raise(cpu, (struct fault){ .vector = VEC_PF, .has_error = true, .error = error, .cr2 = linear });
}

/* Faults restart their instruction with RF set, so that its breakpoint does not fire again. Instruction breakpoints,
 * traps, aborts and everything not raised by an instruction save RF as it is (SDM volume 3, 17.3.1.1). */
static u32 flags_image(const struct cpu *cpu, const struct fault *fault)
{
    const u32 as_it_is = 1u << VEC_DB | 1u << VEC_DF | 1u << VEC_MC;
    bool restarts = fault->kind == FAULT_EXCEPTION && !(as_it_is >> fault->vector & 1);
    return eflags_get(cpu) | (restarts ? FLAG_RF : 0);
}

/* Calls a handler of the real-mode vector table at linear address `table`: real mode, and V86 mode under VME. */
static enum outcome vector_enter(struct cpu *cpu, u32 table, u8 vector, u32 flags, u32 clear)
{
    struct system *view = &cpu->sys;
    struct { u16 ip, cs; } entry;
    if (!lin_read(cpu, table + vector * 4u, &entry, sizeof entry, AS_SUPERVISOR))
        return FAULT;
    if (entry.ip > view->seg[CS].limit)
        return cpu_raise_error(cpu, VEC_GP, 0);
    u32 frame[3] = { cpu->eip, view->seg[CS].selector, flags };
    if (!frame_write(cpu, &view->seg[SS], &cpu->gpr[ESP], AS_CPL, frame, 3, 2, 0))
        return FAULT;
    view->eflags &= ~clear;
    if (view->eflags & FLAG_VM)
        segment_load_v86(&view->seg[CS], entry.cs);
    else
        segment_load_real(&view->seg[CS], entry.cs);
    cpu->eip = entry.ip;
    cpu_mode_changed(cpu);
    return JUMPED;
}

static enum outcome deliver_real(struct cpu *cpu, const struct fault *fault, u32 flags)
{
    if (fault->vector * 4u + 3 > cpu->sys.idtr.limit)
        return cpu_raise_error(cpu, VEC_GP, fault->vector * 8u + 2);
    return vector_enter(cpu, cpu->sys.idtr.base, fault->vector, flags, FLAG_IF | FLAG_TF | FLAG_AC | FLAG_RF);
}

static void log_event(const struct cpu *cpu, const struct fault *fault)
{
    const struct system *sys = &cpu->sys;
    bool page_fault = fault->vector == VEC_PF && fault->kind == FAULT_EXCEPTION;
    log_line(cpu->log, LOG_INT, "%6llu: v=%02x e=%04x i=%d cpl=%d IP=%04x:%08x pc=%08x SP=%04x:%08x %s=%08x\n",
             (unsigned long long)cpu->insns, fault->vector, fault->error, fault_software(fault), sys->cpl,
             sys->seg[CS].selector, cpu->eip, sys->seg[CS].base + cpu->eip, sys->seg[SS].selector, cpu->gpr[ESP],
             page_fault ? "CR2" : "EAX", page_fault ? fault->cr2 : cpu->gpr[EAX]);
}

/* One attempt: JUMPED, or FAULT if another exception arose instead. */
static enum outcome deliver(struct cpu *cpu, const struct fault *fault)
{
    u32 flags = flags_image(cpu, fault);
    if (LOG_ON(cpu->log, LOG_INT))
        log_event(cpu, fault);
    return cpu_real(cpu) ? deliver_real(cpu, fault, flags) : gate_deliver(cpu, fault, flags);
}

/* The same, where it makes no difference that a task entered through a gate may begin with a fault of its own. */
static bool deliver_wholly(struct cpu *cpu, const struct fault *fault)
{
    return deliver(cpu, fault) == JUMPED && !(cpu->attention & ATTENTION_FAULT);
}

/* What the processor notes before it calls the handler. */
static void note_event(struct cpu *cpu, const struct fault *fault)
{
    if (fault->kind == FAULT_NMI)
        cpu->nmi_blocked = true;
    if (fault->kind != FAULT_EXCEPTION && fault->kind != FAULT_TRAP)
        return;
    if (fault->vector == VEC_PF)
        cpu->sys.cr2 = fault->cr2;
    if (fault->vector == VEC_DB)
        cpu->sys.dr[7] &= ~(u32)DR7_GD;
}

enum severity { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

static enum severity severity_of(const struct fault *fault)
{
    const u32 contributory = 1u << VEC_DE | 1u << VEC_TS | 1u << VEC_NP | 1u << VEC_SS | 1u << VEC_GP;
    if (fault->kind != FAULT_EXCEPTION)
        return BENIGN;
    if (fault->vector == VEC_PF)
        return PAGE_FAULT;
    if (fault->vector == VEC_DF)
        return DOUBLE_FAULT;
    return fault->vector < 32 && (contributory >> fault->vector & 1) ? CONTRIBUTORY : BENIGN;
}

/* SDM volume 3, table 6-5: does `second`, raised while `first` was delivered, make a double fault (or, after one,
 * shutdown)? */
static bool faults_double(enum severity first, enum severity second)
{
    if (first == CONTRIBUTORY)
        return second == CONTRIBUTORY;
    return first >= PAGE_FAULT && second >= CONTRIBUTORY;
}

static void shutdown_note(struct cpu *cpu, unsigned position, const struct fault *fault)
{
    cpu->shutdown[position].fault = *fault;
    cpu->shutdown[position].cs = cpu->sys.seg[CS].selector;
    cpu->shutdown[position].eip = cpu->eip;
}

/* The first attempt failed. A fault that makes no double fault takes the place of the one before it. After a contributory
 * or page fault the next doubles or is a page fault, so the chain is short; but a #AC whose handler of level 3 has its
 * stack misaligned raises #AC for ever. A processor never gets out of that either: here it is a shutdown. */
static void deliver_escalated(struct cpu *cpu, struct fault first)
{
    enum { CHAIN_MAX = 8 };
    unsigned position = 0, attempts = 0;
    shutdown_note(cpu, 0, &first);
    do {
        struct fault second = cpu->fault;
        cpu->attention &= ~(u32)ATTENTION_FAULT;
        note_event(cpu, &second);
        if (++attempts > CHAIN_MAX) {
            shutdown_note(cpu, 1, &second);
            cpu->shutdowns = 2;
            cpu->attention |= ATTENTION_SHUTDOWN;
            return;
        }
        if (faults_double(severity_of(&first), severity_of(&second))) {
            shutdown_note(cpu, ++position, &second);
            if (first.vector == VEC_DF) {
                cpu->shutdowns = (u8)(position + 1);
                cpu->attention |= ATTENTION_SHUTDOWN;
                return;
            }
            second = (struct fault){ .vector = VEC_DF, .has_error = true };
        } else {
            shutdown_note(cpu, position = 0, &second);
        }
        first = second;
    } while (!deliver_wholly(cpu, &first));
}

void exception_deliver(struct cpu *cpu)
{
    struct fault fault = cpu->fault;
    if (unlikely(cpu->dry)) {
        cpu->dry->unknown = true;
        return;
    }
    cpu->attention &= ~(u32)ATTENTION_FAULT;
    note_event(cpu, &fault);
    if (unlikely(!deliver_wholly(cpu, &fault)))
        deliver_escalated(cpu, fault);
}

/* The VME redirection bitmap, 32 bytes below the I/O map of a 32-bit TSS; a clear bit keeps INT n in the V86 task. */
static enum outcome redirection_read(struct cpu *cpu, u8 vector, bool *redirected)
{
    const struct segment *tr = &cpu->sys.tr;
    u16 io_map;
    u8 bits;
    if (!(tr->attr & SYSTEM_32) || tr->limit < 103)
        return cpu_raise_error(cpu, VEC_GP, 0);
    if (!lin_read(cpu, tr->base + 102, &io_map, 2, AS_SUPERVISOR))
        return FAULT;
    u32 offset = io_map - 32u + (vector >> 3);
    if (offset > tr->limit)
        return cpu_raise_error(cpu, VEC_GP, 0);
    if (!lin_read(cpu, tr->base + offset, &bits, 1, AS_SUPERVISOR))
        return FAULT;
    *redirected = !(bits >> (vector & 7) & 1);
    return DONE;
}

/* INT n in a V86 task under VME: IOPL 3 keeps the real flags, less gives the virtual ones (SDM volume 3, 20.3.3). */
static enum outcome interrupt_redirect(struct cpu *cpu, u8 vector)
{
    u32 flags = eflags_get(cpu);
    if (cpu_iopl(cpu) == 3)
        return vector_enter(cpu, 0, vector, flags, FLAG_IF | FLAG_TF | FLAG_RF);
    flags = (flags & ~(u32)FLAG_IF) | FLAG_IOPL | (flags & FLAG_VIF ? FLAG_IF : 0);
    return vector_enter(cpu, 0, vector, flags, FLAG_VIF | FLAG_TF | FLAG_RF);
}

/* Returns with the interrupt delivered, or FAULT: then EIP is to be the instruction's again. */
static enum outcome interrupt_enter(struct cpu *cpu, u8 vector, enum fault_kind kind)
{
    struct fault fault = { .vector = vector, .kind = (u8)kind };
    if (kind == FAULT_SOFT_INT && cpu_v86(cpu)) {
        bool redirected = false;
        if ((cpu->sys.cr4 & CR4_VME) && redirection_read(cpu, vector, &redirected) == FAULT)
            return FAULT;
        if (redirected)
            return interrupt_redirect(cpu, vector);
        if (cpu_iopl(cpu) < 3)
            return cpu_raise_error(cpu, VEC_GP, 0);
    }
    return deliver(cpu, &fault);
}

enum outcome interrupt_software(struct cpu *cpu, const struct insn *insn, u8 vector, enum fault_kind kind)
{
    if (unlikely(cpu->on_chip))              /* the gates of the monitor's IDT are of level 0 */
        return cpu_raise_error(cpu, VEC_GP, vector * 8u + 2);
    cpu->eip = insn_next_eip(cpu, insn);
    enum outcome outcome = interrupt_enter(cpu, vector, kind);
    if (unlikely(outcome == FAULT))
        cpu->eip = insn_eip(cpu, insn);
    else if (unlikely(cpu->attention & ATTENTION_FAULT))
        exception_deliver(cpu);              /* the first of a task that a gate led to */
    return outcome;
}
