/* Interrupts and exceptions of protected and virtual-8086 mode: interrupt, trap and task gates of 16 and 32 bits, stack
 * switches, frames (SDM volume 3, 6.10-6.14, 20.3; volume 2, INT n). Real mode and double faults: exception.c. */
#include "cpu/exception.h"
#include "cpu/task.h"

enum { GATE_TASK = 5, GATE_INTERRUPT16 = 6, GATE_TRAP16 = 7, GATE_INTERRUPT32 = 14, GATE_TRAP32 = 15 };
enum { GATE_IS_TRAP = 1, ERROR_IDT = 2 };

/* Fetches and checks the gate itself. */
static bool gate_fetch(struct cpu *cpu, const struct system *view, const struct fault *fault, struct descriptor *gate)
{
    const u32 types = 1u << GATE_TASK | 1u << GATE_INTERRUPT16 | 1u << GATE_TRAP16 | 1u << GATE_INTERRUPT32 |
                      1u << GATE_TRAP32;
    u32 index = fault->vector * 8u, error = index | ERROR_IDT;
    bool software = fault_software(fault);

    if (index + 7 > view->idtr.limit)
        return cpu_raise_error(cpu, VEC_GP, error | !software), false;
    if (!system_read(cpu, view->idtr.base + index, gate, sizeof *gate))
        return false;
    u16 attr = descriptor_attr(*gate);
    if (!(types >> (attr & (ATTR_S | ATTR_TYPE)) & 1) || (software && attr_dpl(attr) < view->cpl))
        return cpu_raise_error(cpu, VEC_GP, error | !software), false;
    if (!(attr & ATTR_P))
        return cpu_raise_error(cpu, VEC_NP, error | !software), false;
    return true;
}

/* Fetches and checks the handler's code segment. */
static bool handler_fetch(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *cs,
                          unsigned ext)
{
    if (!descriptor_need(cpu, view, selector, cs, VEC_GP, ext))
        return false;
    u16 attr = descriptor_attr(*cs);
    if (!attr_code(attr) || attr_dpl(attr) > view->cpl)
        return raise_selector(cpu, VEC_GP, selector, ext), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, ext), false;
    /* From a V86 task only a nonconforming segment of level 0 will do. */
    if ((view->eflags & FLAG_VM) && (attr_conforming(attr) || attr_dpl(attr) != 0))
        return raise_selector(cpu, VEC_GP, selector, ext), false;
    return true;
}

static enum outcome task_gate(struct cpu *cpu, struct system *view, const struct fault *fault, u32 flags, u16 selector)
{
    struct task_request request = {
        .reason = TASK_INTERRUPT, .selector = selector, .eip = cpu->eip, .eflags = flags,
        .ext = !fault_software(fault), .has_error = fault->has_error, .error = fault->error
    };
    if (!task_available(cpu, view, selector, &request.tss, request.ext))
        return FAULT;
    return task_switch(cpu, view, &request);
}

/* The frame, lowest address first. */
static unsigned frame_make(const struct cpu *cpu, const struct system *view, const struct fault *fault, u32 flags,
                           bool inner, u32 *frame)
{
    unsigned n = 0;
    if (fault->has_error)
        frame[n++] = fault->error;
    frame[n++] = cpu->eip;
    frame[n++] = view->seg[CS].selector;
    frame[n++] = flags;
    if (!inner)
        return n;
    frame[n++] = cpu->gpr[ESP];
    frame[n++] = view->seg[SS].selector;
    if (!(view->eflags & FLAG_VM))
        return n;
    frame[n++] = view->seg[ES].selector;
    frame[n++] = view->seg[DS].selector;
    frame[n++] = view->seg[FS].selector;
    frame[n++] = view->seg[GS].selector;
    return n;
}

/* Nothing can fault any more: the handler's context becomes current. */
static void handler_enter(struct cpu *cpu, struct system *view, u16 selector, struct descriptor cs, unsigned cpl,
                          u32 eip, bool trap_gate)
{
    if (unlikely(view->eflags & FLAG_VM)) {
        static const u8 data[] = { ES, DS, FS, GS };
        for (unsigned i = 0; i < ARRAY_LEN(data); i++)
            segment_set_null(&view->seg[data[i]], 0);
    }
    segment_set(&view->seg[CS], (u16)((selector & ~SELECTOR_RPL) | cpl), cs);
    view->cpl = (u8)cpl;
    view->eflags &= ~(u32)(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | (trap_gate ? 0 : FLAG_IF));
    cpu->eip = eip;
    cpu_mode_changed(cpu);
}

enum outcome gate_deliver(struct cpu *cpu, const struct fault *fault, u32 flags)
{
    struct system *view = &cpu->sys;
    struct descriptor gate, cs;
    struct stack stack;
    u32 frame[10];

    if (!gate_fetch(cpu, view, fault, &gate))
        return FAULT;
    unsigned type = descriptor_attr(gate) & ATTR_TYPE, ext = !fault_software(fault);
    if (unlikely(type == GATE_TASK))
        return task_gate(cpu, view, fault, flags, gate_selector(gate));
    if (!handler_fetch(cpu, view, gate_selector(gate), &cs, ext))
        return FAULT;

    u16 attr = descriptor_attr(cs);
    bool is32 = type & SYSTEM_32, inner = attr_dpl(attr) < view->cpl && !attr_conforming(attr);
    unsigned cpl = inner ? attr_dpl(attr) : view->cpl;
    u32 eip = gate_offset(gate, is32);
    if (inner && !stack_inner(cpu, view, cpl, &stack, ext))
        return FAULT;
    if (eip > descriptor_limit(cs))
        return cpu_raise_error(cpu, VEC_GP, ext);
    unsigned count = frame_make(cpu, view, fault, flags, inner, frame);
    if (inner) {
        if (!stack_push(cpu, view, &stack, frame, count, is32 ? 4 : 2, ext))
            return FAULT;
    } else {
        stack.esp = cpu->gpr[ESP];
        if (!frame_write(cpu, &view->seg[SS], &stack.esp, AS_CPL, frame, count, is32 ? 4 : 2, ext))
            return FAULT;
    }
    if (!descriptor_accessed(cpu, view, gate_selector(gate), &cs))
        return FAULT;
    if (inner)
        stack_enter(cpu, view, &stack);
    else
        cpu->gpr[ESP] = stack.esp;
    handler_enter(cpu, view, gate_selector(gate), cs, cpl, eip, type & GATE_IS_TRAP);
    return JUMPED;
}
