/* The descriptor tables, page tables and task state segments of the classifier's chip: something of every kind that an
 * instruction can refer to, at several privilege levels (SDM volume 3, chapters 3, 4, 5 and 7). */
#include "frontend/classify_parts.h"
#include <string.h>

enum { FLAT = 0xc000 /* D/B, G */, CODE_ER = 0x9b, CODE_E = 0x99, DATA_RW = 0x93, DATA_RO = 0x91, DATA_DOWN = 0x97,
       DPL1 = 0x20, DPL3 = 0x60, ABSENT_DATA = 0x13 };
enum { CALL_GATE16 = 0x84, CALL_GATE32 = 0x8c, TASK_GATE = 0x85, INTERRUPT32 = 0x8e, TRAP32 = 0x8f, TRAP16 = 0x87 };
enum { PTE_PRESENT_WRITABLE_USER = 7 };

struct table_row { u32 base, limit; u16 attr; u16 target; };      /* target: a gate's selector; base: its offset */

/* By selector / 8. Up to here and not further, if GDTR's limit is the short one: entry 15. */
static const struct table_row gdt[GDT_ENTRIES] = {
    [1]  = { 0, 0xfffff, FLAT | CODE_ER, 0 },
    [2]  = { 0, 0xfffff, FLAT | DATA_RW, 0 },
    [3]  = { 0, 0xfffff, FLAT | CODE_ER | DPL3, 0 },
    [4]  = { 0, 0xfffff, FLAT | DATA_RW | DPL3, 0 },
    [5]  = { AT_TSS, TSS_LIMIT, 0x8b, 0 },
    [6]  = { AT_LDT, 0x3f, 0x82, 0 },
    [7]  = { 0, 0xfffff, FLAT | CODE_ER | TYPE_CONFORMING, 0 },
    [8]  = { AT_CODE, 0xffff, CODE_ER, 0 },
    [9]  = { AT_DATA, 0xffff, DATA_RW | DPL3, 0 },
    [10] = { 0, 0xfffff, FLAT | CODE_ER | DPL1, 0 },
    [11] = { 0, 0xfffff, FLAT | DATA_RW | DPL1, 0 },
    [12] = { AT_TSS_NEXT, 0x67, 0x89, 0 },
    [13] = { AT_TSS_16, 0x2b, 0x81, 0 },
    [14] = { AT_CODE + CODE_OFFSET, 0, CALL_GATE32 | DPL3, 0x08 },
    [15] = { AT_CODE + CODE_OFFSET, 0, CALL_GATE32 | DPL3, 0x38 },
    [16] = { CODE_OFFSET, 0, CALL_GATE16 | DPL3, 0x40 },
    [17] = { AT_CODE + CODE_OFFSET, 0, CALL_GATE32, 0x08 },
    [18] = { 0, 0, TASK_GATE | DPL3, 0x60 },
    [19] = { AT_CODE, 0xffff, CODE_ER | DPL3, 0 },
    [20] = { AT_STACK, 0xffff, DATA_RW, 0 },
    [21] = { 0, 0xfffff, FLAT | DATA_RO | DPL3, 0 },
    [22] = { 0, 0xfffff, FLAT | CODE_E | DPL3, 0 },
    [23] = { 0, 0xfffff, FLAT | ABSENT_DATA | DPL3, 0 },
    [24] = { AT_TSS_LINKED, 0x67, 0x8b, 0 },
    [25] = { 0, 0xfffff, FLAT | CODE_ER | TYPE_CONFORMING | DPL3, 0 },
    [26] = { AT_CODE + CODE_OFFSET, 0, CALL_GATE32 | DPL1, 0x50 },
    [27] = { 0, 0x0ffff, FLAT | DATA_DOWN | DPL3, 0 },
    [28] = { AT_STACK, 0xffff, DATA_RW | DPL3, 0 },
    [29] = { AT_CODE, 0xffff, CODE_ER | DPL1, 0 },
    [30] = { AT_STACK, 0xffff, DATA_RW | DPL1, 0 },
    [31] = { 0, 0xfffff, FLAT | DATA_RW | DPL3, 0 },
};
static const struct table_row ldt[4] = {
    { 0, 0xfffff, FLAT | CODE_ER | DPL3, 0 }, { 0, 0xfffff, FLAT | DATA_RW | DPL3, 0 },
    { 0, 0xfffff, FLAT | DATA_RW, 0 },        { 0, 0xfffff, FLAT | CODE_ER, 0 },
};
/* Gates by vector, over and over. */
static const struct table_row idt[8] = {
    { AT_CODE + CODE_OFFSET, 0, INTERRUPT32 | DPL3, 0x08 }, { AT_CODE + CODE_OFFSET, 0, TRAP32 | DPL3, 0x08 },
    { AT_CODE + CODE_OFFSET, 0, INTERRUPT32, 0x08 },        { CODE_OFFSET, 0, TRAP16 | DPL3, 0x40 },
    { AT_CODE + CODE_OFFSET, 0, TRAP32 | DPL3, 0x38 },      { 0, 0, TASK_GATE | DPL3, 0x60 },
    { AT_CODE + CODE_OFFSET, 0, INTERRUPT32 | DPL1, 0x50 }, { AT_CODE + CODE_OFFSET, 0, INTERRUPT32 | DPL3, 0x50 },
};

static u64 descriptor_make(const struct table_row *row)
{
    u64 attr = row->attr;
    if (row->target)
        return (row->base & 0xffff) | (u64)row->target << 16 | attr << 40 | (u64)(row->base >> 16) << 48;
    return (row->limit & 0xffff) | (u64)(row->base & 0xffffff) << 16 | (attr & 0xff) << 40 |
           (u64)(row->limit >> 16 & 15) << 48 | (attr >> 12) << 52 | (u64)(row->base >> 24) << 56;
}

static void table_write(struct chip *chip, u32 at, const struct table_row *rows, unsigned period, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        u64 descriptor = descriptor_make(&rows[i % period]);
        chip_write(chip, at + i * 8, &descriptor, 8);
    }
}

/* Every page at its own address, for everyone. */
static void paging_write(struct chip *chip, u32 directory, u32 table)
{
    u32 entry = table | PTE_PRESENT_WRITABLE_USER;
    chip_write(chip, directory, &entry, 4);
    for (u32 page = 0; page < 1024; page++) {
        entry = page << PAGE_SHIFT | PTE_PRESENT_WRITABLE_USER;
        chip_write(chip, table + page * 4, &entry, 4);
    }
}

static void word_write(struct chip *chip, u32 at, u32 value) { chip_write(chip, at, &value, 4); }

/* A task of level 0. */
static void task_write(struct chip *chip, u32 at)
{
    static const u16 selectors[6] = { [ES] = 0x20, [CS] = 0x08, [SS] = 0x10, [DS] = 0x20, [FS] = 0, [GS] = 0 };
    word_write(chip, at + 0x1c, AT_DIRECTORY);
    word_write(chip, at + 0x20, AT_CODE + CODE_OFFSET);
    word_write(chip, at + 0x24, FLAG_1);
    word_write(chip, at + 0x38, AT_STACK + STACK_OFFSET);
    for (unsigned k = ES; k <= GS; k++)
        word_write(chip, at + 0x48 + k * 4, selectors[k]);
}

static void task16_write(struct chip *chip, u32 at)
{
    static const u16 image[22] = { [7] = CODE_OFFSET, [8] = FLAG_1, [13] = STACK_OFFSET, [17] = 0x48, [18] = 0x40,
                                   [19] = 0xa0, [20] = 0x48 };
    chip_write(chip, at, image, sizeof image);
}

void states_tables(struct chip *chip)
{
    table_write(chip, AT_GDT, gdt, GDT_ENTRIES, GDT_ENTRIES);
    table_write(chip, AT_GDT_COPY, gdt, GDT_ENTRIES, GDT_ENTRIES);
    table_write(chip, AT_LDT, ldt, ARRAY_LEN(ldt), 8);
    table_write(chip, AT_IDT, idt, ARRAY_LEN(idt), IDT_ENTRIES);
    table_write(chip, AT_IDT_COPY, idt, ARRAY_LEN(idt), IDT_ENTRIES);
    paging_write(chip, AT_DIRECTORY, AT_TABLE);
    paging_write(chip, AT_DIRECTORY_COPY, AT_TABLE_COPY);
    task_write(chip, AT_TSS_NEXT);
    task_write(chip, AT_TSS_LINKED);
    task16_write(chip, AT_TSS_16);
    word_write(chip, AT_TSS, 0xc0);
    word_write(chip, AT_TSS + 4, AT_STACK + STACK_OFFSET * 2);
    word_write(chip, AT_TSS + 8, 0x10);
    word_write(chip, AT_TSS + 12, AT_STACK + STACK_OFFSET * 3);
    word_write(chip, AT_TSS + 16, 0x59);
    word_write(chip, AT_TSS + 100, (u32)TSS_IO_MAP << 16);
}
