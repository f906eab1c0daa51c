/* PUSHF, POPF, CLI, STI in all modes, with the virtual interrupt flag of VME and PVI (SDM volume 3, 16.3 and 20.4;
 * volume 2 under each name). The gates have been passed: where IOPL forbids IF, VIF stands for it. */
#include "cpu/interpreter.h"

enum { IMAGE_IOPL3 = 3 << 12, FLAGS_USER = FLAGS_ARITH | FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID,
       FLAGS_WORD = 0xffff };

static inline unsigned view_iopl(const struct system *view) { return view->eflags >> 12 & 3; }

/* Virtual-8086 mode with IOPL < 3: only VME lets one come here. */
static inline bool vme_active(const struct system *view)
{
    return unlikely(view->eflags & FLAG_VM) && view_iopl(view) < 3;
}

enum outcome op_pushf(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 image = eflags_get(cpu) & ~(u32)(FLAG_VM | FLAG_RF);
    if (vme_active(view))
        image = (image & ~(u32)FLAG_IF) | (view->eflags & FLAG_VIF ? FLAG_IF : 0) | IMAGE_IOPL3;
    return push(cpu, image, insn->size) ? DONE : FAULT;
}

/* VME: IF of the image goes to VIF; an interrupt that waits for it (VIP) or a trap flag is the monitor's business. */
static bool popf_vme(struct cpu *cpu, const struct system *view, u32 image)
{
    if ((image & FLAG_TF) || ((image & FLAG_IF) && (view->eflags & FLAG_VIP)))
        return cpu_raise_error(cpu, VEC_GP, 0), false;
    eflags_set(cpu, image & FLAG_IF ? FLAG_VIF : 0, FLAG_VIF);
    eflags_set(cpu, image, FLAGS_USER & FLAGS_WORD);
    return true;
}

static u32 popf_mask(const struct system *view)
{
    u32 mask = FLAGS_USER;
    if (view->cpl <= view_iopl(view))
        mask |= FLAG_IF;
    if (view->cpl == 0)
        mask |= FLAG_IOPL;
    return mask;
}

enum outcome op_popf(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 image, esp = cpu->gpr[ESP], before = view->eflags;
    if (!pop(cpu, &image, insn->size))
        return FAULT;
    if (vme_active(view)) {
        if (!popf_vme(cpu, view, image)) {
            cpu->gpr[ESP] = esp;
            return FAULT;
        }
    } else {
        eflags_set(cpu, image, popf_mask(view) & (insn->size == 2 ? (u32)FLAGS_WORD : ~0u));
    }
    bool opened = cpu->intr_level && (view->eflags & ~before & FLAG_IF);
    return opened || ((before ^ view->eflags) & (FLAG_TF | FLAG_AC)) ? END : DONE;
}

/* IF, or where only the virtual one may be touched, VIF. */
static inline bool interrupt_flag_is_ours(const struct system *view)
{
    return view->cpl <= view_iopl(view);
}

enum outcome op_cli(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)cpu, (void)insn;
    view->eflags &= ~(u32)(interrupt_flag_is_ours(view) ? FLAG_IF : FLAG_VIF);
    return DONE;
}

/* An event may fall due right behind STI even if no interrupt waits now: setting IF always throws the shadow. */
enum outcome op_sti(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)insn;
    if (!interrupt_flag_is_ours(view)) {
        if (view->eflags & FLAG_VIP)
            return cpu_raise_error(cpu, VEC_GP, 0);
        view->eflags |= FLAG_VIF;
        return DONE;
    }
    if (view->eflags & FLAG_IF)
        return DONE;
    view->eflags |= FLAG_IF;
    return END;
}
