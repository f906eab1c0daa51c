/* The hardware task switch (SDM volume 3, chapter 7). Steps and their order are those of 7.3; what goes wrong once the
 * new registers are loaded is a fault of the new task (table 7-1, with the selector as error code).
 * A 16-bit TSS leaves the upper halves of the general registers undefined: here they become FFFFh.
 * The limit of the old TSS is not checked when it is saved to (the manual names no such check). */
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/task.h"
#include "cpu/dry.h"
#include <string.h>

enum { TASK_REGISTERS = 8, TRAP_AT = 0x64, LDT_AT32 = 0x60, LDT_AT16 = 0x2a };
enum { CR3_AT = 0x1c, SAVE_AT32 = 0x20, SAVE_SEGMENTS32 = 0x48, SAVE_BYTES32 = 0x40 };
enum { SAVE_AT16 = 0x0e, SAVE_BYTES16 = 28 };
enum { TSS_BYTES32 = 0x68, TSS_BYTES16 = 0x2c };

/* What a TSS holds of a task, in either size. */
struct task_image {
    u32 cr3, eip, eflags, gpr[TASK_REGISTERS];
    u16 selector[6], ldt;
    bool trap;
};

bool task_available(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *tss, unsigned ext)
{
    if (selector & SELECTOR_TI)
        return raise_selector(cpu, VEC_GP, selector, ext), false;
    if (!descriptor_need(cpu, view, selector, tss, VEC_GP, ext))
        return false;
    u16 attr = descriptor_attr(*tss);
    if (!attr_tss(attr) || (attr & SYSTEM_BUSY))
        return raise_selector(cpu, VEC_GP, selector, ext), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, ext), false;
    return true;
}

static u16 load16(const u8 *bytes) { u16 v; memcpy(&v, bytes, 2); return v; }
static u32 load32(const u8 *bytes) { u32 v; memcpy(&v, bytes, 4); return v; }

static void image_decode32(struct task_image *image, const u8 *tss)
{
    image->cr3 = load32(tss + CR3_AT);
    image->eip = load32(tss + SAVE_AT32);
    image->eflags = load32(tss + SAVE_AT32 + 4);
    memcpy(image->gpr, tss + SAVE_AT32 + 8, sizeof image->gpr);
    for (unsigned i = 0; i < 6; i++)
        image->selector[i] = load16(tss + SAVE_SEGMENTS32 + i * 4);
    image->ldt = load16(tss + LDT_AT32);
    image->trap = tss[TRAP_AT] & 1;
}

static void image_decode16(struct task_image *image, const u8 *tss)
{
    memset(image, 0, sizeof *image);
    image->eip = load16(tss + SAVE_AT16);
    image->eflags = load16(tss + SAVE_AT16 + 2);
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        image->gpr[i] = 0xffff0000 | load16(tss + SAVE_AT16 + 4 + i * 2);
    for (unsigned i = 0; i < 4; i++)
        image->selector[i] = load16(tss + SAVE_AT16 + 20 + i * 2);
    image->ldt = load16(tss + LDT_AT16);
}

/* Stores the outgoing task; the pages have been probed. */
static bool task_save(struct cpu *cpu, const struct system *view, u32 eip, u32 eflags)
{
    u32 base = view->tr.base;
    if (view->tr.attr & SYSTEM_32) {
        u32 words[2 + TASK_REGISTERS] = { eip, eflags };
        memcpy(words + 2, cpu->gpr, TASK_REGISTERS * 4);
        bool ok = lin_write(cpu, base + SAVE_AT32, words, sizeof words, AS_SUPERVISOR);
        for (unsigned i = 0; i < 6; i++)
            ok = ok && lin_write(cpu, base + SAVE_SEGMENTS32 + i * 4, &view->seg[i].selector, 2, AS_SUPERVISOR);
        return ok;
    }
    u16 words[2 + TASK_REGISTERS + 4] = { (u16)eip, (u16)eflags };
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        words[2 + i] = (u16)cpu->gpr[i];
    for (unsigned i = 0; i < 4; i++)
        words[2 + TASK_REGISTERS + i] = view->seg[i].selector;
    return lin_write(cpu, base + SAVE_AT16, words, sizeof words, AS_SUPERVISOR);
}

static bool descriptor_probe(struct cpu *cpu, const struct system *view, u16 selector)
{
    return lin_probe_write(cpu, view->gdtr.base + (selector & ~7u) + 5, 1, AS_SUPERVISOR);
}

/* Everything that may still fault in the old task: both TSSs and the busy bits are reachable. Reads the new TSS. */
static bool task_probe(struct cpu *cpu, const struct system *view, const struct task_request *request, u8 *tss,
                       u32 length)
{
    bool old32 = view->tr.attr & SYSTEM_32;
    bool nested = request->reason == TASK_CALL || request->reason == TASK_INTERRUPT;
    u32 base = descriptor_base(request->tss);
    u32 save_at = view->tr.base + (old32 ? SAVE_AT32 : SAVE_AT16), save_bytes = old32 ? SAVE_BYTES32 : SAVE_BYTES16;
    return lin_probe_write(cpu, save_at, save_bytes, AS_SUPERVISOR)
        && lin_read(cpu, base, tss, length, AS_SUPERVISOR)
        && (!nested || lin_probe_write(cpu, base, 2, AS_SUPERVISOR))
        && (nested || descriptor_probe(cpu, view, view->tr.selector))
        && (request->reason == TASK_RETURN || descriptor_probe(cpu, view, request->selector));
}

/* Clears or sets the busy bit in the GDT. A TR that the GDT no longer covers is left alone. */
static void busy_write(struct cpu *cpu, const struct system *view, u16 selector, bool busy)
{
    u32 linear = view->gdtr.base + (selector & ~7u) + 5;
    u8 access;
    if ((selector | 7u) > view->gdtr.limit || !lin_read(cpu, linear, &access, 1, AS_SUPERVISOR))
        return;
    access = busy ? access | SYSTEM_BUSY : access & ~SYSTEM_BUSY;
    lin_write(cpu, linear, &access, 1, AS_SUPERVISOR);
}

static bool ldt_load(struct cpu *cpu, struct system *view, u16 selector, unsigned ext)
{
    struct descriptor d;
    segment_set_null(&view->ldtr, selector);     /* so that a selector of an LDT lies outside */
    if (selector_null(selector))
        return true;
    if (!descriptor_need(cpu, view, selector, &d, VEC_TS, ext))
        return false;
    if ((descriptor_attr(d) & (ATTR_P | ATTR_S | ATTR_TYPE)) != (ATTR_P | SYSTEM_LDT))
        return raise_selector(cpu, VEC_TS, selector, ext), false;
    segment_set(&view->ldtr, selector, d);
    return true;
}

static bool code_load(struct cpu *cpu, struct system *view, u16 selector, unsigned ext)
{
    struct descriptor d;
    if (!descriptor_need(cpu, view, selector, &d, VEC_TS, ext))
        return false;
    u16 attr = descriptor_attr(d);
    unsigned dpl = attr_dpl(attr);
    if (!attr_code(attr) || (attr_conforming(attr) ? dpl > view->cpl : dpl != view->cpl))
        return raise_selector(cpu, VEC_TS, selector, ext), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, ext), false;
    if (!descriptor_accessed(cpu, view, selector, &d))
        return false;
    segment_set(&view->seg[CS], selector, d);
    return true;
}

/* Qualifies the selectors of the new task, which until then have no descriptors. Of two that are wrong the manual does
 * not say which one the error code names; as in Bochs the stack comes before the code. */
static bool segments_load(struct cpu *cpu, struct system *view, const struct task_image *image, unsigned ext)
{
    static const u8 data[] = { ES, DS, FS, GS };
    struct descriptor d;
    if (!ldt_load(cpu, view, image->ldt, ext))
        return false;
    if (view->eflags & FLAG_VM) {
        for (unsigned i = 0; i < 6; i++)
            segment_load_v86(&view->seg[i], image->selector[i]);
        return true;
    }
    u16 stack = image->selector[SS];
    if (!stack_segment_check(cpu, view, stack, view->cpl, &d, VEC_TS, ext) ||
        !descriptor_accessed(cpu, view, stack, &d))
        return false;
    segment_set(&view->seg[SS], stack, d);
    if (!code_load(cpu, view, image->selector[CS], ext))
        return false;
    for (unsigned i = 0; i < ARRAY_LEN(data); i++) {
        u16 selector = image->selector[data[i]];
        if (!data_segment_check(cpu, view, selector, &d, VEC_TS, ext))
            return false;
        segment_set_checked(&view->seg[data[i]], selector, d);
    }
    return true;
}

/* The registers of the new task; segments by selector only. */
static void registers_load(struct cpu *cpu, struct system *view, const struct task_image *image, bool is32)
{
    if (is32 && (view->cr0 & CR0_PG) && image->cr3 != view->cr3) {
        view->cr3 = image->cr3;
        tlb_flush(cpu, false);
    }
    cpu->eip = image->eip;
    eflags_set(cpu, image->eflags, 0xffffffff);
    memcpy(cpu->gpr, image->gpr, sizeof image->gpr);
    for (unsigned i = 0; i < 6; i++)
        segment_set_null(&view->seg[i], image->selector[i]);
    view->cpl = view->eflags & FLAG_VM ? 3 : image->selector[CS] & SELECTOR_RPL;
    view->cr0 |= CR0_TS;
    view->dr[7] &= ~(u32)DR7_LOCAL;
}

/* The new task is current: its own checks. Faults stay pending (ATTENTION_FAULT). */
static void task_qualify(struct cpu *cpu, struct system *view, const struct task_image *image,
                         const struct task_request *request, bool is32)
{
    if (!segments_load(cpu, view, image, request->ext))
        return;
    if (request->has_error) {
        enum access_as as = view->cpl == 3 ? AS_USER : AS_SUPERVISOR;
        if (!frame_write(cpu, &view->seg[SS], &cpu->gpr[ESP], as, &request->error, 1, is32 ? 4 : 2, request->ext))
            return;
    }
    if (cpu->eip > view->seg[CS].limit)
        cpu_raise_error(cpu, VEC_GP, request->ext);
    else if (virtual_interrupt_due(cpu))
        cpu_raise_error(cpu, VEC_GP, 0);
}

enum outcome task_switch(struct cpu *cpu, struct system *view, const struct task_request *request)
{
    u8 tss[TSS_BYTES32];
    struct task_image image;
    u16 old = view->tr.selector;
    struct descriptor d = request->tss;
    bool is32 = descriptor_attr(d) & SYSTEM_32;
    bool nested = request->reason == TASK_CALL || request->reason == TASK_INTERRUPT;
    u32 length = is32 ? TSS_BYTES32 : TSS_BYTES16, base = descriptor_base(d);

    if (unlikely(cpu->dry)) {
        cpu->dry->unknown = true;
        return FAULT;
    }
    if (descriptor_limit(d) < length - 1)
        return raise_selector(cpu, VEC_TS, request->selector, request->ext);
    if (!task_probe(cpu, view, request, tss, length))
        return FAULT;
    LOG(cpu->log, LOG_PCALL, "task switch %04x -> %04x\n", old, request->selector);

    if (!nested)
        busy_write(cpu, view, old, false);
    u32 eflags = request->reason == TASK_RETURN ? request->eflags & ~(u32)FLAG_NT : request->eflags;
    if (!task_save(cpu, view, request->eip, eflags) || !lin_read(cpu, base, tss, length, AS_SUPERVISOR))
        return FAULT;
    if (nested)
        lin_write(cpu, base, &old, 2, AS_SUPERVISOR);
    if (request->reason != TASK_RETURN)
        busy_write(cpu, view, request->selector, true);
    d.high |= SYSTEM_BUSY << 8;
    segment_set(&view->tr, request->selector, d);

    if (is32)
        image_decode32(&image, tss);
    else
        image_decode16(&image, tss);
    if (nested)
        image.eflags |= FLAG_NT;
    registers_load(cpu, view, &image, is32);
    cpu_mode_changed(cpu);                   /* page rights of what follows are those of the new CPL */
    task_qualify(cpu, view, &image, request, is32);
    if (image.trap && !(cpu->attention & ATTENTION_FAULT)) {
        cpu->debug_trap |= DR6_BT;
        cpu->attention |= ATTENTION_TRAP;
    }
    cpu_mode_changed(cpu);
    return JUMPED;
}
