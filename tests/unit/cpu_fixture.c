/* See cpu_fixture.h. */
#include "tests/unit/cpu_fixture.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

struct fixture *fixture_new(const char *model)
{
    struct error why;
    struct fixture *f = calloc(1, sizeof *f);
    clock_init(&f->clock, 1000000);
    ck_assert(memory_init(&f->memory, 2 << 20, &why));
    memory_map_ram(&f->memory, "ram", 0, 2 << 20, 0, 0);
    ports_init(&f->ports, &f->log);
    ck_assert(cpu_init(&f->cpu, cpu_model_find(model), &f->clock, &f->memory, &f->ports, &f->log, &why));
    cpu_reset(&f->cpu);
    return f;
}

void fixture_free(struct fixture *f)
{
    cpu_destroy(&f->cpu);
    memory_destroy(&f->memory);
    free(f);
}

u32 peek(struct fixture *f, u32 address, unsigned size)
{
    u32 value = 0;
    memory_read(&f->memory, address, &value, size);
    return value;
}

void poke(struct fixture *f, u32 address, unsigned size, u32 value)
{
    memory_write(&f->memory, address, &value, size);
}

void gdt_set(struct fixture *f, u16 selector, u32 base, u32 limit, u16 attr)
{
    u32 at = AT_GDT + (selector & ~7u);
    if (attr & ATTR_G)
        limit >>= 12;
    poke(f, at, 4, (limit & 0xffff) | base << 16);
    poke(f, at + 4, 4, (base >> 16 & 0xff) | (u32)attr << 8 | (limit & 0xf0000) | (base & 0xff000000));
}

static void gate_set(struct fixture *f, u32 at, u16 selector, u32 offset, u8 access, unsigned parameters)
{
    poke(f, at, 4, (offset & 0xffff) | (u32)selector << 16);
    poke(f, at + 4, 4, (offset & 0xffff0000) | (u32)access << 8 | parameters);
}

void gdt_gate(struct fixture *f, u16 selector, u16 target, u32 offset, u8 access, unsigned parameters)
{
    gate_set(f, AT_GDT + (selector & ~7u), target, offset, access, parameters);
}

void idt_gate(struct fixture *f, u8 vector, u16 selector, u32 offset, u8 access)
{
    gate_set(f, AT_IDT + vector * 8u, selector, offset, access, 0);
}

static void hidden_set(struct segment *segment, u16 selector, u32 base, u32 limit, u16 attr)
{
    *segment = (struct segment){ .selector = selector, .attr = attr, .base = base, .limit = limit };
    segment_refresh(segment);
}

static void tables_set(struct fixture *f)
{
    struct system *sys = &f->cpu.sys;
    sys->gdtr = (struct table_register){ AT_GDT, SEL_END - 1 };
    sys->idtr = (struct table_register){ AT_IDT, 0x7ff };
    gdt_set(f, SEL_CODE0, 0, 0xffffffff, FLAT32 | CODE_ER);
    gdt_set(f, SEL_DATA0, 0, 0xffffffff, FLAT32 | DATA_RW);
    gdt_set(f, SEL_CODE3, 0, 0xffffffff, FLAT32 | CODE_ER | AT_DPL3);
    gdt_set(f, SEL_DATA3, 0, 0xffffffff, FLAT32 | DATA_RW | AT_DPL3);
    gdt_set(f, SEL_CODE1, 0, 0xffffffff, FLAT32 | CODE_ER | AT_DPL1);
    gdt_set(f, SEL_DATA1, 0, 0xffffffff, FLAT32 | DATA_RW | AT_DPL1);
    gdt_set(f, SEL_CONFORMING0, 0, 0xffffffff, FLAT32 | CODE_ER | TYPE_CONFORMING);
    gdt_set(f, SEL_CODE16, 0, 0xffff, CODE_ER);
    gdt_set(f, SEL_DATA16, 0, 0xffff, DATA_RW);
    gdt_set(f, SEL_LDT, AT_LDT, 0x7f, 0x82);
    gdt_set(f, SEL_TSS, AT_TSS, 0x3ff, 0x8b);
    gdt_set(f, SEL_TSS2, AT_TSS2, 0x67, 0x89);
    gdt_set(f, SEL_TSS16, AT_TSS16, 0x2b, 0x81);
    hidden_set(&sys->tr, SEL_TSS, AT_TSS, 0x3ff, 0x8b);
    hidden_set(&sys->ldtr, SEL_LDT, AT_LDT, 0x7f, 0x82);
    poke(f, AT_TSS + 4, 4, AT_STACK0);
    poke(f, AT_TSS + 8, 2, SEL_DATA0);
    poke(f, AT_TSS + 12, 4, AT_STACK1);
    poke(f, AT_TSS + 16, 2, SEL_DATA1);
    poke(f, AT_TSS + 102, 2, 0x88);
}

void fixture_protected(struct fixture *f, unsigned cpl)
{
    static const u16 code[4] = { SEL_CODE0, SEL_CODE1, 0, SEL_CODE3 }, data[4] = { SEL_DATA0, SEL_DATA1, 0, SEL_DATA3 };
    struct system *sys = &f->cpu.sys;
    u16 dpl = (u16)(cpl << 5);
    tables_set(f);
    sys->cr0 |= CR0_PE;
    sys->eflags = 0;
    for (unsigned i = 0; i < 6; i++)
        hidden_set(&sys->seg[i], data[cpl], 0, 0xffffffff, FLAT32 | DATA_RW | dpl);
    hidden_set(&sys->seg[CS], code[cpl], 0, 0xffffffff, FLAT32 | CODE_ER | dpl);
    sys->cpl = (u8)cpl;
    f->cpu.gpr[ESP] = cpl == 0 ? AT_STACK0 : cpl == 1 ? AT_STACK1 : AT_STACK3;
    f->cpu.eip = AT_CODE;
    cpu_mode_changed(&f->cpu);
}

void fixture_v86(struct fixture *f, unsigned iopl)
{
    static const u16 selectors[6] = {
        [ES] = 0x2222, [CS] = 0x500, [SS] = 0x900, [DS] = 0x1111, [FS] = 0x3333, [GS] = 0x4444
    };
    fixture_protected(f, 3);
    for (unsigned i = 0; i < 6; i++)
        hidden_set(&f->cpu.sys.seg[i], selectors[i], selectors[i] * 16u, 0xffff, 0xf3);
    f->cpu.sys.eflags = FLAG_VM | iopl << 12 | FLAG_IF;
    f->cpu.gpr[ESP] = 0x800;
    f->cpu.eip = 0;
    cpu_mode_changed(&f->cpu);
}

struct insn *fixture_insn(struct fixture *f, unsigned size)
{
    f->cpu.eip_page = f->cpu.eip & PAGE_MASK;
    f->insn = (struct insn){ .len = 2, .size = (u8)size, .page_offset = f->cpu.eip & 0xfff, .seg = DS,
                             .base = REG_ZERO * 4, .index = REG_ZERO * 4 };
    return &f->insn;
}

void fixture_mark(struct fixture *f)
{
    f->before = f->cpu.sys;
    memcpy(f->gpr_before, f->cpu.gpr, sizeof f->gpr_before);
}

bool fixture_unchanged(const struct fixture *f)
{
    return memcmp(&f->before, &f->cpu.sys, sizeof f->before) == 0 &&
           memcmp(f->gpr_before, f->cpu.gpr, sizeof f->gpr_before) == 0;
}

void fault_is(struct fixture *f, enum outcome outcome, u8 vector, s32 error)
{
    ck_assert_int_eq(outcome, FAULT);
    ck_assert_uint_eq(f->cpu.fault.vector, vector);
    ck_assert_int_eq(f->cpu.fault.has_error ? (s32)f->cpu.fault.error : -1, error);
    ck_assert(f->cpu.attention & ATTENTION_FAULT);
    f->cpu.attention &= ~(u32)ATTENTION_FAULT;
}
