/* Far CALL and JMP: direct, through call gates with stack switch and parameters, and to tasks (SDM volume 2, CALL, JMP;
 * volume 3, 5.8). The software interrupts and BOUND are here too; far RET and IRET are in return.c. */
#include "cpu/transfer.h"
#include "cpu/pv.h"
#include "cpu/task.h"

enum { GATE_PARAMETERS = 31 };

/* Where a transfer goes, as the instruction says. */
struct target { u32 offset; u16 selector; bool call; };

/* Commits a transfer to the level that is now current, the return address being on the stack already. */
static enum outcome code_enter(struct cpu *cpu, struct system *view, u16 selector, struct descriptor cs, u32 eip)
{
    segment_set(&view->seg[CS], (u16)((selector & ~SELECTOR_RPL) | view->cpl), cs);
    cpu->eip = eip;
    cpu_mode_changed(cpu);
    return JUMPED;
}

/* Pushes CS:EIP for a CALL on the current stack. */
static bool return_push(struct cpu *cpu, const struct system *view, const struct insn *insn, unsigned size)
{
    u32 frame[2] = { insn_next_eip(cpu, insn), view->seg[CS].selector };
    return frame_write(cpu, &view->seg[SS], &cpu->gpr[ESP], AS_CPL, frame, 2, size, 0);
}

/* Real and V86 mode. */
static enum outcome far_real(struct cpu *cpu, struct system *view, const struct insn *insn, const struct target *target)
{
    if (target->offset > view->seg[CS].limit)
        return cpu_raise_error(cpu, VEC_GP, 0);
    if (target->call && !return_push(cpu, view, insn, insn->size))
        return FAULT;
    if (view->eflags & FLAG_VM)
        segment_load_v86(&view->seg[CS], target->selector);
    else
        segment_load_real(&view->seg[CS], target->selector);
    cpu->eip = target->offset;
    cpu_mode_changed(cpu);
    return JUMPED;
}

/* A code segment on the current level: the end of direct transfers and of gates that change none. `size` is that of
 * the pushes. */
static enum outcome far_same_level(struct cpu *cpu, struct system *view, const struct insn *insn,
                                   const struct target *target, u16 selector, struct descriptor d, u32 eip,
                                   unsigned size)
{
    u32 esp = cpu->gpr[ESP];
    if (target->call && !return_push(cpu, view, insn, size))
        return FAULT;
    /* Recorded silicon and Bochs have stored the return address when the limit refuses; ESP has not moved. */
    bool beyond = eip > descriptor_limit(d);
    if (beyond || !descriptor_accessed(cpu, view, selector, &d)) {
        cpu->gpr[ESP] = esp;
        return beyond ? cpu_raise_error(cpu, VEC_GP, 0) : FAULT;
    }
    return code_enter(cpu, view, selector, d, eip);
}

static enum outcome far_direct(struct cpu *cpu, struct system *view, const struct insn *insn,
                               const struct target *target, struct descriptor d)
{
    u16 selector = target->selector, attr = descriptor_attr(d);
    unsigned dpl = attr_dpl(attr), rpl = selector & SELECTOR_RPL;
    bool allowed = attr & TYPE_CONFORMING ? dpl <= view->cpl : dpl == view->cpl && rpl <= view->cpl;
    if (!allowed)
        return raise_selector(cpu, VEC_GP, selector, 0);
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, 0);
    return far_same_level(cpu, view, insn, target, selector, d, target->offset, insn->size);
}

/* CALL through a gate to a more privileged level: new stack from the TSS, parameters copied from the old one. */
static enum outcome far_inner_level(struct cpu *cpu, struct system *view, const struct insn *insn,
                                    struct descriptor gate, struct descriptor d, bool is32)
{
    u32 frame[4 + GATE_PARAMETERS];
    unsigned parameters = gate.high & GATE_PARAMETERS, size = is32 ? 4 : 2;
    unsigned cpl = attr_dpl(descriptor_attr(d));
    u32 eip = gate_offset(gate, is32);
    struct stack stack;

    if (!stack_inner(cpu, view, cpl, &stack, 0))
        return FAULT;
    if (eip > descriptor_limit(d))
        return cpu_raise_error(cpu, VEC_GP, 0);
    frame[0] = insn_next_eip(cpu, insn);
    frame[1] = view->seg[CS].selector;
    if (parameters && !frame_read(cpu, view, 0, frame + 2, parameters, size))
        return FAULT;
    frame[2 + parameters] = cpu->gpr[ESP];
    frame[3 + parameters] = view->seg[SS].selector;
    if (!stack_push(cpu, view, &stack, frame, 4 + parameters, size, 0) ||
        !descriptor_accessed(cpu, view, gate_selector(gate), &d))
        return FAULT;
    stack_enter(cpu, view, &stack);
    view->cpl = (u8)cpl;
    return code_enter(cpu, view, gate_selector(gate), d, eip);
}

static enum outcome far_call_gate(struct cpu *cpu, struct system *view, const struct insn *insn,
                                  const struct target *target, struct descriptor gate)
{
    u16 selector = gate_selector(gate);
    bool is32 = descriptor_attr(gate) & SYSTEM_32;
    struct descriptor d;

    if (!descriptor_need(cpu, view, selector, &d, VEC_GP, 0))
        return FAULT;
    u16 attr = descriptor_attr(d);
    unsigned dpl = attr_dpl(attr);
    bool inner = !attr_conforming(attr) && dpl < view->cpl;
    if (!attr_code(attr) || dpl > view->cpl || (inner && !target->call))
        return raise_selector(cpu, VEC_GP, selector, 0);
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, 0);
    if (inner)
        return far_inner_level(cpu, view, insn, gate, d, is32);
    return far_same_level(cpu, view, insn, target, selector, d, gate_offset(gate, is32), is32 ? 4 : 2);
}

static enum outcome far_task(struct cpu *cpu, struct system *view, const struct insn *insn, const struct target *target,
                             u16 selector)
{
    struct task_request request = {
        .reason = target->call ? TASK_CALL : TASK_JUMP, .selector = selector,
        .eip = insn_next_eip(cpu, insn), .eflags = eflags_get(cpu)
    };
    if (!task_available(cpu, view, selector, &request.tss, 0) || task_switch(cpu, view, &request) == FAULT)
        return FAULT;
    if (cpu->attention & ATTENTION_FAULT)
        exception_deliver(cpu);
    return JUMPED;
}

/* A system descriptor: call gate, task gate or TSS. */
static enum outcome far_system(struct cpu *cpu, struct system *view, const struct insn *insn,
                               const struct target *target, struct descriptor d)
{
    u16 attr = descriptor_attr(d), selector = target->selector;
    unsigned type = attr_system_type(attr), level = MAX(view->cpl, selector & SELECTOR_RPL);
    bool call_gate = (type & ~(unsigned)SYSTEM_32) == SYSTEM_CALL_GATE16;

    if ((!call_gate && type != SYSTEM_TASK_GATE && !attr_tss(attr)) || attr_dpl(attr) < level)
        return raise_selector(cpu, VEC_GP, selector, 0);
    if (attr_tss(attr))
        return far_task(cpu, view, insn, target, selector);
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, 0);
    if (call_gate)
        return far_call_gate(cpu, view, insn, target, d);
    return far_task(cpu, view, insn, target, gate_selector(d));
}

static enum outcome far_transfer(struct cpu *cpu, struct system *view, const struct insn *insn, struct target target)
{
    struct descriptor d;
    if (insn->size == 2)
        target.offset &= 0xffff;
    if (!(view->cr0 & CR0_PE) || (view->eflags & FLAG_VM))
        return far_real(cpu, view, insn, &target);
    LOG(cpu->log, LOG_PCALL, "far %s %04x:%08x from %04x:%08x cpl=%d\n", target.call ? "call" : "jmp", target.selector,
        target.offset, view->seg[CS].selector, insn_eip(cpu, insn), view->cpl);
    if (!descriptor_need(cpu, view, target.selector, &d, VEC_GP, 0))
        return FAULT;
    u16 attr = descriptor_attr(d);
    if (likely(attr_code(attr)))
        return far_direct(cpu, view, insn, &target, d);
    if (attr & ATTR_S)
        return raise_selector(cpu, VEC_GP, target.selector, 0);
    return far_system(cpu, view, insn, &target, d);
}

static enum outcome far_ptr(struct cpu *cpu, struct system *view, const struct insn *insn, bool call)
{
    return far_transfer(cpu, view, insn, (struct target){ insn->imm, (u16)insn->disp, call });
}

static enum outcome far_mem(struct cpu *cpu, struct system *view, const struct insn *insn, bool call)
{
    u8 bytes[6];
    struct target target = { .call = call };
    if (!seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), bytes, insn->size + 2u))
        return FAULT;
    __builtin_memcpy(&target.offset, bytes, insn->size);
    __builtin_memcpy(&target.selector, bytes + insn->size, 2);
    return far_transfer(cpu, view, insn, target);
}

enum outcome op_call_far_ptr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return far_ptr(cpu, view, insn, true);
}

enum outcome op_call_far_mem(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return far_mem(cpu, view, insn, true);
}

enum outcome op_jmp_far_ptr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return far_ptr(cpu, view, insn, false);
}

enum outcome op_jmp_far_mem(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return far_mem(cpu, view, insn, false);
}

enum outcome op_int_n(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    if (unlikely(pv_called(cpu, view, insn)))
        return pv_hypercall(cpu, view, insn);
    return interrupt_software(cpu, insn, (u8)insn->imm, FAULT_SOFT_INT);
}

enum outcome op_int3(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return interrupt_software(cpu, insn, VEC_BP, FAULT_TRAP);
}

enum outcome op_into(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return flags_of(&cpu->flags) ? interrupt_software(cpu, insn, VEC_OF, FAULT_TRAP) : DONE;
}

enum outcome op_icebp(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return interrupt_software(cpu, insn, VEC_DB, FAULT_ICEBP);
}

enum outcome op_bound(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    s32 bounds[2], index = (s32)R32(cpu, insn->reg);
    s16 narrow[2];
    (void)view;
    if (insn->size == 4) {
        if (!seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), bounds, sizeof bounds))
            return FAULT;
    } else {
        if (!seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), narrow, sizeof narrow))
            return FAULT;
        bounds[0] = narrow[0];
        bounds[1] = narrow[1];
        index = (s16)R16(cpu, insn->reg);
    }
    return index < bounds[0] || index > bounds[1] ? cpu_raise(cpu, VEC_BR) : DONE;
}
