/* Far RET and IRET: real mode, V86 mode (IOPL, VME), the same and outer levels, back to V86 mode, back to the previous
 * task (SDM volume 2, RET, IRET/IRETD). The order of checks is that of the manual's operation sections. */
#include "cpu/exception.h"
#include "cpu/transfer.h"
#include "cpu/task.h"

enum { POP_EIP, POP_CS, POP_EFLAGS, POP_ESP = 0, POP_SS };

/* EFLAGS bits that every IRET loads, and those that only the 32-bit form does. */
enum { FLAGS_ALWAYS = FLAGS_ARITH | FLAG_TF | FLAG_DF | FLAG_NT, FLAGS_WIDE = FLAG_RF | FLAG_AC | FLAG_ID };

/* What a return pops, and what it does besides. */
struct returning {
    u32  eip, eflags, eflags_mask;           /* mask 0: RET */
    u16  selector;
    u8   size;
    u32  frame;                              /* bytes of EIP, CS (and EFLAGS) */
    u32  release;                            /* bytes of parameters */
};

static u16 frame_selector(u32 value) { return (u16)value; }

/* Real and V86 mode. */
static enum outcome return_real(struct cpu *cpu, struct system *view, const struct returning *to)
{
    if (to->eip > view->seg[CS].limit)
        return cpu_raise_error(cpu, VEC_GP, 0);
    if (view->eflags & FLAG_VM)
        segment_load_v86(&view->seg[CS], to->selector);
    else
        segment_load_real(&view->seg[CS], to->selector);
    esp_merge(&cpu->gpr[ESP], &view->seg[SS], cpu->gpr[ESP] + to->frame + to->release);
    cpu->eip = to->eip;
    if (to->eflags_mask)
        eflags_set(cpu, to->eflags, to->eflags_mask);
    cpu_mode_changed(cpu);
    return JUMPED;
}

/* The code segment returned to. The selector's RPL becomes the CPL. */
static bool return_code_check(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *cs)
{
    if (!descriptor_need(cpu, view, selector, cs, VEC_GP, 0))
        return false;
    u16 attr = descriptor_attr(*cs);
    unsigned rpl = selector & SELECTOR_RPL, dpl = attr_dpl(attr);
    if (!attr_code(attr) || rpl < view->cpl || (attr & TYPE_CONFORMING ? dpl > rpl : dpl != rpl))
        return raise_selector(cpu, VEC_GP, selector, 0), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, 0), false;
    return true;
}

/* V86 mode or an outer level is entered: a virtual interrupt may be pending there. */
static enum outcome outer_entered(struct cpu *cpu)
{
    cpu_mode_changed(cpu);
    if (virtual_interrupt_due(cpu)) {
        cpu_raise_error(cpu, VEC_GP, 0);
        exception_deliver(cpu);
    }
    return JUMPED;
}

/* To a less privileged level: SS:ESP are above the frame and the parameters. */
static enum outcome return_outer(struct cpu *cpu, struct system *view, const struct returning *to,
                                 struct descriptor cs)
{
    unsigned cpl = to->selector & SELECTOR_RPL;
    u32 outer[2];
    struct descriptor ss;

    if (!frame_read(cpu, view, to->frame + to->release, outer, 2, to->size))
        return FAULT;
    u16 ss_selector = frame_selector(outer[POP_SS]);
    if (!stack_segment_check(cpu, view, ss_selector, cpl, &ss, VEC_GP, 0))
        return FAULT;
    if (to->eip > descriptor_limit(cs))
        return cpu_raise_error(cpu, VEC_GP, 0);
    if (!descriptor_accessed(cpu, view, to->selector, &cs) || !descriptor_accessed(cpu, view, ss_selector, &ss))
        return FAULT;
    segment_set(&view->seg[CS], to->selector, cs);
    segment_set(&view->seg[SS], ss_selector, ss);
    view->cpl = (u8)cpl;
    esp_merge(&cpu->gpr[ESP], &view->seg[SS], outer[POP_ESP] + to->release);
    segments_leave(view, cpl);
    cpu->eip = to->eip;
    if (to->eflags_mask)
        eflags_set(cpu, to->eflags, to->eflags_mask);
    return outer_entered(cpu);
}

static enum outcome return_protected(struct cpu *cpu, struct system *view, const struct returning *to)
{
    struct descriptor cs;
    if (!return_code_check(cpu, view, to->selector, &cs))
        return FAULT;
    if ((to->selector & SELECTOR_RPL) != view->cpl)
        return return_outer(cpu, view, to, cs);
    if (to->eip > descriptor_limit(cs))
        return cpu_raise_error(cpu, VEC_GP, 0);
    if (!descriptor_accessed(cpu, view, to->selector, &cs))
        return FAULT;
    segment_set(&view->seg[CS], to->selector, cs);
    esp_merge(&cpu->gpr[ESP], &view->seg[SS], cpu->gpr[ESP] + to->frame + to->release);
    cpu->eip = to->eip;
    if (to->eflags_mask)
        eflags_set(cpu, to->eflags, to->eflags_mask);
    cpu_mode_changed(cpu);
    return JUMPED;
}

enum outcome op_ret_far(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 popped[2];
    if (!frame_read(cpu, view, 0, popped, 2, insn->size))
        return FAULT;
    struct returning to = {
        .eip = popped[POP_EIP], .selector = frame_selector(popped[POP_CS]), .size = insn->size,
        .frame = insn->size * 2u, .release = insn->imm & 0xffff
    };
    if (!(view->cr0 & CR0_PE) || (view->eflags & FLAG_VM))
        return return_real(cpu, view, &to);
    LOG(cpu->log, LOG_PCALL, "far ret %04x:%08x from %04x:%08x cpl=%d\n", to.selector, to.eip, view->seg[CS].selector,
        insn_eip(cpu, insn), view->cpl);
    return return_protected(cpu, view, &to);
}

/* IRETD at CPL 0 with VM set in the popped image: nine words, the last six of them the V86 task's. */
static enum outcome iret_to_v86(struct cpu *cpu, struct system *view, const struct returning *to)
{
    enum { V86_ESP, V86_SS, V86_ES, V86_DS, V86_FS, V86_GS, V86_WORDS };
    u32 words[V86_WORDS];
    if (!frame_read(cpu, view, to->frame, words, V86_WORDS, 4))
        return FAULT;
    if (to->eip > 0xffff)
        return cpu_raise_error(cpu, VEC_GP, 0);
    segment_load_v86(&view->seg[CS], to->selector);
    segment_load_v86(&view->seg[SS], frame_selector(words[V86_SS]));
    segment_load_v86(&view->seg[ES], frame_selector(words[V86_ES]));
    segment_load_v86(&view->seg[DS], frame_selector(words[V86_DS]));
    segment_load_v86(&view->seg[FS], frame_selector(words[V86_FS]));
    segment_load_v86(&view->seg[GS], frame_selector(words[V86_GS]));
    cpu->gpr[ESP] = words[V86_ESP];
    cpu->eip = to->eip;
    view->cpl = 3;
    eflags_set(cpu, to->eflags, 0xffffffff);
    return outer_entered(cpu);
}

/* IRET with NT set: back to the task that the back link names. */
static enum outcome iret_task(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct task_request request = { .reason = TASK_RETURN, .eip = insn_next_eip(cpu, insn), .eflags = eflags_get(cpu) };
    if (!lin_read(cpu, view->tr.base, &request.selector, 2, AS_SUPERVISOR))
        return FAULT;
    if (request.selector & SELECTOR_TI)
        return raise_selector(cpu, VEC_TS, request.selector, 0);
    if (!descriptor_need(cpu, view, request.selector, &request.tss, VEC_TS, 0))
        return FAULT;
    u16 attr = descriptor_attr(request.tss);
    if (!attr_tss(attr) || !(attr & SYSTEM_BUSY))
        return raise_selector(cpu, VEC_TS, request.selector, 0);
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, request.selector, 0);
    if (task_switch(cpu, view, &request) == FAULT)
        return FAULT;
    if (cpu->attention & ATTENTION_FAULT)
        exception_deliver(cpu);
    return JUMPED;
}

/* V86 mode below IOPL 3: the 16-bit form works on VIF (the row's gate lets only that one in, and only under VME). */
static enum outcome iret_v86_virtual(struct cpu *cpu, struct system *view, const struct returning *to)
{
    if ((to->eflags & FLAG_TF) || ((to->eflags & FLAG_IF) && (view->eflags & FLAG_VIP)))
        return cpu_raise_error(cpu, VEC_GP, 0);
    struct returning virtual = *to;
    virtual.eflags = (to->eflags & ~(u32)FLAG_VIF) | (to->eflags & FLAG_IF ? FLAG_VIF : 0);
    virtual.eflags_mask = FLAGS_ALWAYS | FLAG_VIF;
    return return_real(cpu, view, &virtual);
}

/* Which flags the popped image changes when nothing forbids it but the level. */
static u32 iret_flags_mask(const struct system *view, unsigned size)
{
    u32 mask = FLAGS_ALWAYS | (size == 4 ? FLAGS_WIDE : 0);
    unsigned iopl = view->eflags >> 12 & 3;
    if (!(view->cr0 & CR0_PE))
        return mask | FLAG_IF | FLAG_IOPL;
    if (view->eflags & FLAG_VM)
        return mask | FLAG_IF;
    if (view->cpl <= iopl)
        mask |= FLAG_IF;
    if (view->cpl == 0)
        mask |= FLAG_IOPL | (size == 4 ? FLAG_VIF | FLAG_VIP : 0);
    return mask;
}

static enum outcome iret_popped(struct cpu *cpu, struct system *view, const struct returning *to)
{
    if (!(view->cr0 & CR0_PE))
        return return_real(cpu, view, to);
    if (view->eflags & FLAG_VM)
        return (view->eflags & FLAG_IOPL) == FLAG_IOPL ? return_real(cpu, view, to) : iret_v86_virtual(cpu, view, to);
    if (unlikely(to->size == 4 && (to->eflags & FLAG_VM) && view->cpl == 0))
        return iret_to_v86(cpu, view, to);
    return return_protected(cpu, view, to);
}

enum outcome op_iret(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 popped[3];
    enum outcome outcome;
    if (unlikely((view->eflags & (FLAG_NT | FLAG_VM)) == FLAG_NT && (view->cr0 & CR0_PE))) {
        outcome = iret_task(cpu, view, insn);
    } else {
        if (!frame_read(cpu, view, 0, popped, 3, insn->size))
            return FAULT;
        struct returning to = {
            .eip = popped[POP_EIP], .selector = frame_selector(popped[POP_CS]), .eflags = popped[POP_EFLAGS],
            .eflags_mask = iret_flags_mask(view, insn->size), .size = insn->size, .frame = insn->size * 3u
        };
        outcome = iret_popped(cpu, view, &to);
    }
    if (outcome == JUMPED)
        cpu->nmi_blocked = false;
    return outcome;
}
