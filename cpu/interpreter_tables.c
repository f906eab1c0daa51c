/* Descriptor table registers, and the instructions that ask about descriptors (SDM volume 2 under each name; volume 3,
 * 2.4, 4.10). SGDT and SIDT store all 32 bits of the base even with 16-bit operands, as silicon since the 386 does. */
#include "cpu/allocator.h"
#include "cpu/interpreter.h"
#include "cpu/segment.h"

enum { TABLE_BYTES = 6, BASE_16BIT_OPERAND = 0xffffff };
enum { LAR_TYPES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12,
       LSL_TYPES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11 };
#define LAR_BITS 0x00ffff00u

static enum outcome table_store(struct cpu *cpu, const struct table_register *table, const struct insn *insn)
{
    u8 bytes[TABLE_BYTES] = { (u8)table->limit, (u8)(table->limit >> 8), (u8)table->base, (u8)(table->base >> 8),
                              (u8)(table->base >> 16), (u8)(table->base >> 24) };
    return seg_write_bytes(cpu, insn->seg, insn_ea(cpu, insn), bytes, sizeof bytes) ? DONE : FAULT;
}

static enum outcome table_load(struct cpu *cpu, struct table_register *table, const struct insn *insn, const char *name)
{
    u8 bytes[TABLE_BYTES];
    if (!seg_read_bytes(cpu, insn->seg, insn_ea(cpu, insn), bytes, sizeof bytes))
        return FAULT;
    u32 base = bytes[2] | bytes[3] << 8 | bytes[4] << 16 | (u32)bytes[5] << 24;
    u16 limit = (u16)(bytes[0] | bytes[1] << 8);
    struct table_register value = { insn->size == 2 ? base & BASE_16BIT_OPERAND : base, limit };
    allocator_table(cpu, table, value, name);
    return DONE;
}

enum outcome op_sgdt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return table_store(cpu, &view->gdtr, insn);
}

enum outcome op_sidt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return table_store(cpu, &view->idtr, insn);
}

enum outcome op_lgdt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return table_load(cpu, &view->gdtr, insn, "gdtr");
}

enum outcome op_lidt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return table_load(cpu, &view->idtr, insn, "idtr");
}

enum outcome op_sldt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return operand_write16(cpu, insn, view->ldtr.selector) ? DONE : FAULT;
}

enum outcome op_str(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    return operand_write16(cpu, insn, view->tr.selector) ? DONE : FAULT;
}

/* A system descriptor from the GDT, of one of the types in the mask, present. */
static bool system_descriptor(struct cpu *cpu, const struct system *view, u16 selector, u32 types, struct descriptor *d)
{
    if (selector & SELECTOR_TI)
        return raise_selector(cpu, VEC_GP, selector, 0), false;
    if (!descriptor_need(cpu, view, selector, d, VEC_GP, 0))
        return false;
    u16 attr = descriptor_attr(*d);
    if ((attr & ATTR_S) || !(types >> attr_system_type(attr) & 1))
        return raise_selector(cpu, VEC_GP, selector, 0), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, 0), false;
    return true;
}

enum outcome op_lldt(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct segment ldtr = view->ldtr;
    struct descriptor d;
    u32 selector;

    if (!operand_read16(cpu, insn, &selector))
        return FAULT;
    if (selector_null((u16)selector)) {
        segment_set_null(&ldtr, (u16)selector);
    } else {
        if (!system_descriptor(cpu, view, (u16)selector, 1 << SYSTEM_LDT, &d))
            return FAULT;
        segment_set(&ldtr, (u16)selector, d);
    }
    allocator_system_segment(cpu, &view->ldtr, ldtr, "ldtr");
    return DONE;
}

enum outcome op_ltr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    const u32 available = 1 << SYSTEM_TSS16 | 1 << (SYSTEM_TSS16 | SYSTEM_32);
    struct segment tr;
    struct descriptor d;
    u32 selector;

    if (!operand_read16(cpu, insn, &selector) || !system_descriptor(cpu, view, (u16)selector, available, &d))
        return FAULT;
    d.high |= SYSTEM_BUSY << 8;
    if (!descriptor_write_access(cpu, view, (u16)selector, (u8)(d.high >> 8)))
        return FAULT;
    segment_set(&tr, (u16)selector, d);
    allocator_system_segment(cpu, &view->tr, tr, "tr");
    return DONE;
}

static enum outcome zf_is(struct cpu *cpu, bool zf)
{
    eflags_set(cpu, zf ? FLAG_ZF : 0, FLAG_ZF);
    return DONE;
}

/* The descriptor of the selector in r/m. *seen: it exists and the current and requested privilege may see it. */
static bool descriptor_seen(struct cpu *cpu, const struct system *view, const struct insn *insn, struct descriptor *d,
                            bool *seen)
{
    u32 selector;
    bool outside;

    if (!operand_read16(cpu, insn, &selector))
        return false;
    *seen = false;
    if (view_descriptor(cpu, view, (u16)selector, d, &outside) != DONE)
        return outside;
    u16 attr = descriptor_attr(*d);
    *seen = attr_conforming(attr) || MAX((unsigned)view->cpl, selector & SELECTOR_RPL) <= attr_dpl(attr);
    return true;
}

static bool type_is(u16 attr, u32 system_types)
{
    return (attr & ATTR_S) || (system_types >> attr_system_type(attr) & 1);
}

static void register_write(struct cpu *cpu, const struct insn *insn, u32 value)
{
    if (insn->size == 4)
        R32(cpu, insn->reg) = value;
    else
        R16(cpu, insn->reg) = (u16)value;
}

enum outcome op_lar(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct descriptor d;
    bool seen;
    if (!descriptor_seen(cpu, view, insn, &d, &seen))
        return FAULT;
    if (!seen || !type_is(descriptor_attr(d), LAR_TYPES))
        return zf_is(cpu, false);
    register_write(cpu, insn, d.high & LAR_BITS);
    return zf_is(cpu, true);
}

enum outcome op_lsl(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct descriptor d;
    bool seen;
    if (!descriptor_seen(cpu, view, insn, &d, &seen))
        return FAULT;
    if (!seen || !type_is(descriptor_attr(d), LSL_TYPES))
        return zf_is(cpu, false);
    register_write(cpu, insn, descriptor_limit(d));
    return zf_is(cpu, true);
}

enum outcome op_verr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct descriptor d;
    bool seen;
    if (!descriptor_seen(cpu, view, insn, &d, &seen))
        return FAULT;
    return zf_is(cpu, seen && attr_readable(descriptor_attr(d)));
}

enum outcome op_verw(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct descriptor d;
    bool seen;
    if (!descriptor_seen(cpu, view, insn, &d, &seen))
        return FAULT;
    return zf_is(cpu, seen && attr_writable(descriptor_attr(d)));
}
