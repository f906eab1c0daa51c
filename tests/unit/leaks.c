/* Leaks: each kind by a minimal snippet, with what is noted of it; the columns of `report`; dry runs, which leave no
 * trace. */
#include "tests/unit/monitored.h"
#include "cpu/efficiency.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTHING = LEAK_KIND_COUNT, SPURIOUS };
enum { AT_TARGET = AT_CODE + 0x100 };

struct snippet {
    const char *name, *vmm;
    u8 cpl, length, code[24];
    u8 row, kind;                          /* enum leak_kind, NOTHING, SPURIOUS */
    const char *what;
    u32 seen, bare;
};
/* EAX is what MOV to it made, ECX 8 (the guest's code segment), EDX 28h (its TSS), EBX 10h; the stack has a far return
 * to TARGET at ring 3. HLT follows each; at ring 3 that is #GP, whose handler halts. */
#define S(...) sizeof (u8[]){ __VA_ARGS__ }, { __VA_ARGS__ }
static const struct snippet snippets[] = {
    { "sgdt", "pentium", 0, S(0x0f, 1, 5, 0, 0x40, 0, 0), SENS_sgdt, LEAK_READ, "memory", 0x700047ff, 0x1000007f },
    { "sidt", "pentium", 0, S(0x0f, 1, 0x0d, 0, 0x40, 0, 0), SENS_sidt, LEAK_READ, "memory", 0x800007ff, 0x200007ff },
    { "sgdt, constants", "pentium,gdtr=0x12345678/0x9abc", 0, S(0x0f, 1, 5, 0, 0x40, 0, 0), SENS_sgdt, LEAK_READ,
      "memory", 0x56789abc, 0x1000007f },
    { "sldt", "pentium", 0, S(0x0f, 0, 0xc0), SENS_sldt, LEAK_READ, "eax", 0x4058, SEL_LDT },
    { "str", "pentium", 0, S(0x0f, 0, 0xc9), SENS_str, LEAK_READ, "ecx", 0x4000, SEL_TSS },
    { "smsw", "pentium", 0, S(0x0f, 1, 0xe0), SENS_smsw, LEAK_READ, "eax", 0x8005003b, 0x60000011 },
    { "smsw under umip", "pentium,umip", 0, S(0x0f, 1, 0xe0), SENS_smsw, NOTHING, NULL, 0, 0 },
    { "smsw, cured", "pentium,cure=smsw", 0, S(0x0f, 1, 0xe0), SENS_smsw, NOTHING, NULL, 0, 0 },
    { "smsw, ring 3", "pentium", 3, S(0x0f, 1, 0xe0), SENS_smsw, LEAK_READ, "eax", 0x8005003b, 0x60000011 },
    { "smsw, ring 3, patch", "patch", 3, S(0x0f, 1, 0xe0), SENS_smsw, LEAK_READ, "eax", 0x8005003b, 0x60000011 },
    { "smsw, patch", "patch", 0, S(0x0f, 1, 0xe0), SENS_smsw, NOTHING, NULL, 0, 0 },
    { "smsw, hybrid", "hybrid", 0, S(0x0f, 1, 0xe0), SENS_smsw, NOTHING, NULL, 0, 0 },
    { "pushf", "pentium", 0, S(0x9c), SENS_pushf, LEAK_READ, "memory", 0x202, 2 },
    { "pushf, ring 3", "hybrid", 3, S(0x9c), SENS_pushf, LEAK_READ, "memory", 0x202, 2 },
    { "popf, IF", "pentium", 0, S(0x68, 2, 2, 0, 0, 0x9d), SENS_popf, LEAK_SILENT, "if", 0, FLAG_IF },
    { "popf, IF and IOPL", "pentium", 0, S(0x68, 2, 0x32, 0, 0, 0x9d), SENS_popf, LEAK_SILENT, "if", 0, FLAG_IF },
    { "popf, IOPL", "pentium", 0, S(0x68, 2, 0x30, 0, 0, 0x9d), SENS_popf, LEAK_SILENT, "iopl", 0, FLAG_IOPL },
    { "popf, neither", "pentium", 0, S(0x6a, 0x46, 0x9d), SENS_popf, NOTHING, NULL, 0, 0 },
    { "popf, ring 3", "pentium", 3, S(0x68, 2, 0x32, 0, 0, 0x9d), SENS_popf, NOTHING, NULL, 0, 0 },
    { "push cs", "pentium", 0, S(0x0e), SENS_push_cs, LEAK_READ, "memory", 0x0b, 8 },
    { "push cs, ring 1", "pentium,ring=1", 0, S(0x0e), SENS_push_cs, LEAK_READ, "memory", 9, 8 },
    { "push cs, ring 3", "pentium", 3, S(0x0e), SENS_push_cs, NOTHING, NULL, 0, 0 },
    { "push ss", "pentium", 0, S(0x16), SENS_push_ss, LEAK_READ, "memory", 0x13, 0x10 },
    { "push ds", "pentium", 0, S(0x1e), SENS_push_ds, NOTHING, NULL, 0, 0 },
    { "mov eax,cs", "pentium", 0, S(0x8c, 0xc8), SENS_mov_from_sreg, LEAK_READ, "eax", 0x0b, 8 },
    { "mov eax,es", "pentium", 0, S(0x8c, 0xc0), SENS_mov_from_sreg, NOTHING, NULL, 0, 0 },
    { "lar", "pentium", 0, S(0x0f, 2, 0xc1), SENS_lar, LEAK_READ, "eax", 0x00cffb00, 0x00cf9b00 },
    { "lar, ring 1", "pentium,ring=1", 0, S(0x0f, 2, 0xc1), SENS_lar, LEAK_READ, "eax", 0x00cfbb00, 0x00cf9b00 },
    { "lar, keep", "pentium,keep", 0, S(0x0f, 2, 0xc1), SENS_lar, LEAK_WRONG, "zf", 0, FLAG_ZF },
    { "lar of a TSS", "pentium", 0, S(0x0f, 2, 0xc2), SENS_lar, LEAK_WRONG, "zf", 0, FLAG_ZF },
    { "lsl", "pentium", 0, S(0x0f, 3, 0xc1), SENS_lsl, NOTHING, NULL, 0, 0 },
    { "lsl, keep", "pentium,keep", 0, S(0x0f, 3, 0xc1), SENS_lsl, LEAK_WRONG, "zf", 0, FLAG_ZF },
    { "verr", "pentium", 0, S(0x0f, 0, 0xe1), SENS_verr, NOTHING, NULL, 0, 0 },
    { "verr, keep", "pentium,keep", 0, S(0x0f, 0, 0xe1), SENS_verr, LEAK_WRONG, "zf", 0, FLAG_ZF },
    { "verw, keep", "pentium,keep", 0, S(0x0f, 0, 0xeb), SENS_verw, LEAK_WRONG, "zf", 0, FLAG_ZF },
    { "lar at ring 3 of ring 0", "pentium", 3, S(0x0f, 2, 0xc1), SENS_lar, LEAK_WRONG, "zf", FLAG_ZF, 0 },
    { "lar at ring 3 of ring 0, patch", "patch", 3, S(0x0f, 2, 0xc1), SENS_lar, NOTHING, NULL, 0, 0 },
    { "retf to ring 3", "pentium", 0, S(0xcb), SENS_ret_far, LEAK_WRONG, "esp", AT_STACK0 - 8, AT_STACK3 },
    { "retf to ring 3, ring 1", "pentium,ring=1", 0, S(0xcb), SENS_ret_far, NOTHING, NULL, 0, 0 },
    { "iret to ring 3", "pentium", 0, S(0x83, 0xc4, 16, 0x6a, SEL_DATA3, 0x6a, 0x40, 0x6a, 2, 0x6a, SEL_CODE3, 0x68, 0,
                                        0x51, 0, 0, 0xcf), SENS_iret,
      LEAK_WRONG, "esp", AT_STACK0 - 8, 0x40 },
    { "iret to ring 0", "pentium", 0, S(0x9c, 0x6a, 8, 0x68, 0, 0x51, 0, 0, 0xcf), SENS_iret, SPURIOUS, NULL, 0, 0 },
    { "call far", "pentium", 0, S(0x9a, 0, 0x51, 0, 0, 8, 0), SENS_call_far_ptr, LEAK_READ, "memory", 0x0b, 8 },
    { "jmp far", "pentium", 0, S(0xea, 0, 0x51, 0, 0, 8, 0), SENS_jmp_far_ptr, NOTHING, NULL, 0, 0 },
    { "jmp far, keep", "pentium,keep", 0, S(0xea, 0, 0x51, 0, 0, 8, 0), SENS_jmp_far_ptr, SPURIOUS, NULL, 0, 0 },
    { "pop ss of level 3", "pentium", 0, S(0x6a, SEL_DATA3, 0x17), SENS_pop_ss, LEAK_MISSED, "fault", 0, VEC_GP },
    { "mov ss of level 3", "pentium", 0, S(0xb8, SEL_DATA3, 0, 0, 0, 0x8e, 0xd0), SENS_mov_to_sreg, LEAK_MISSED,
      "fault", 0, VEC_GP },
    { "pop ss of level 0", "pentium", 0, S(0x6a, SEL_DATA0, 0x17), SENS_pop_ss, SPURIOUS, NULL, 0, 0 },
    { "mov ds", "pentium", 0, S(0x8e, 0xdb), SENS_mov_to_sreg, NOTHING, NULL, 0, 0 },
    { "mov ds, keep", "pentium,keep", 0, S(0x8e, 0xdb), SENS_mov_to_sreg, SPURIOUS, NULL, 0, 0 },
    { "mov ds, ring 3", "pentium", 3, S(0x8e, 0xdb), SENS_mov_to_sreg, LEAK_MISSED, "fault", 0, VEC_GP },
    { "mov ds, ring 3, patch", "patch", 3, S(0x8e, 0xdb), SENS_mov_to_sreg, NOTHING, NULL, 0, 0 },
    { "int", "pentium", 0, S(0xcd, VEC_FINISH), SENS_int_n, SPURIOUS, NULL, 0, 0 },
    { "rdtsc", "pentium", 0, S(0x0f, 0x31), SENS_rdtsc, LEAK_READ, "edx", 0, 5 },
    { "cpuid", "pentium", 0, S(0x0f, 0xa2), SENS_cpuid, NOTHING, NULL, 0, 0 },
    { "fnstenv", "pentium", 0, S(0xd9, 0xe8, 0xd9, 0xe8, 0xd9, 0x35, 0, 0x40, 0, 0), SENS_fnstenv, LEAK_READ, "memory",
      0x01e8000b, 0x01e80008 },
    { "cli", "pentium", 0, S(0xfa), SENS_cli, NOTHING, NULL, 0, 0 },
};

static void snippet_begin(struct fixture *f, const struct snippet *s)
{
    fixture_protected(f, s->cpl);
    handlers_put(f);
    idt_gate(f, VEC_GP, SEL_CODE0, AT_CODE + 0x180, 0x8e);
    CODE(f, AT_CODE + 0x180, 0xf4);
    CODE(f, AT_TARGET, 0xf4);
    code_put(f, AT_CODE, s->code, s->length);
    CODE(f, AT_CODE + s->length, 0xf4);
    f->cpu.gpr[ECX] = SEL_CODE0;
    f->cpu.gpr[EDX] = SEL_TSS;
    f->cpu.gpr[EBX] = SEL_DATA0;
    f->cpu.sys.tsc_offset = (u64)5 << 32;
    f->cpu.gpr[ESP] -= 16;
    poke(f, f->cpu.gpr[ESP], 4, AT_TARGET);
    poke(f, f->cpu.gpr[ESP] + 4, 4, SEL_CODE3);
    poke(f, f->cpu.gpr[ESP] + 8, 4, AT_STACK3);
    poke(f, f->cpu.gpr[ESP] + 12, 4, SEL_DATA3);
}

static const struct leak *the_leak(const struct leaks *leaks, u8 row, u8 column)
{
    const struct leak *found = NULL;
    for (unsigned i = 0; i < LEAK_SLOTS; i++)
        if (leaks->slot[i].count && leaks->slot[i].row == row && leaks->slot[i].column == column &&
            leaks->slot[i].kind != LEAK_WALL) {
            ck_assert_ptr_null(found);
            found = &leaks->slot[i];
        }
    return found;
}

static void leak_is(const struct fixture *f, const struct snippet *s)
{
    const struct leak *leak = the_leak(f->cpu.monitor->leaks, s->row, COLUMN_OWN);
    if (s->kind >= LEAK_KIND_COUNT) {
        ck_assert_msg(!leak, "%s: leaks", s->name);
        return;
    }
    ck_assert_msg(leak, "%s: no leak", s->name);
    ck_assert_msg(leak->kind == s->kind && strcmp(leak->what, s->what) == 0, "%s: %s, %s", s->name,
                  leak_names[leak->kind], leak->what);
    ck_assert_msg(leak->seen == s->seen && leak->bare == s->bare, "%s: seen %x, bare %x", s->name, leak->seen,
                  leak->bare);
    ck_assert_uint_eq(leak->count, 1);
    ck_assert_uint_eq(f->cpu.monitor->leaks->count[COLUMN_OWN][s->row][s->kind], leak->count);
    ck_assert_uint_eq(leak->vcpl, s->cpl);
    ck_assert_uint_eq(leak->cs, s->cpl ? SEL_CODE3 : SEL_CODE0);
    ck_assert_uint_eq(leak->linear, leak->eip);
    ck_assert(leak->eip - AT_CODE < s->length);
}

START_TEST(each_kind)
{
    const struct snippet *s = &snippets[_i];
    struct fixture *f = monitored(s->vmm);
    snippet_begin(f, s);
    halt_reach(f);
    const struct monitor_row *row = &f->cpu.monitor->row[s->row];
    u64 executed = row->executed[MODE_PROTECTED * MONITOR_CPLS + s->cpl];
    leak_is(f, s);
    ck_assert_msg(executed == 1, "%s: executed %llu", s->name, (unsigned long long)executed);
    ck_assert_msg(f->cpu.monitor->vmm.spurious[s->row] == (s->kind == SPURIOUS), "%s: spurious", s->name);
    if (s->kind < LEAK_KIND_COUNT)
        ck_assert_uint_eq(row->trapped, 0);
    if (s->kind == SPURIOUS) {
        ck_assert_uint_eq(row->trapped, 1);
        ck_assert_uint_eq(row->refused, 0);
    }
    ck_assert_ptr_nonnull(leak_cures(&sensitive_table[s->row]));
    fixture_free(f);
}
END_TEST

/* What the chip showed is what the guest got. */
START_TEST(the_guest_gets_what_was_seen)
{
    const struct snippet *s = &snippets[_i];
    if (s->kind != LEAK_READ)
        return;
    struct fixture *f = monitored(s->vmm);
    snippet_begin(f, s);
    u32 esp = f->cpu.gpr[ESP];
    halt_reach(f);
    u32 got = 0;
    for (unsigned i = 0; i < 8; i++) {
        static const char *const names[8] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
        if (strcmp(s->what, names[i]) == 0)
            got = f->cpu.gpr[i];
    }
    if (strcmp(s->what, "memory") == 0)
        got = s->row == SENS_call_far_ptr || s->row == SENS_pushf || s->row == SENS_push_cs || s->row == SENS_push_ss
            ? peek(f, esp - 4, 4) : peek(f, s->row == SENS_fnstenv ? AT_RESULTS + 16 : AT_RESULTS, 4);
    if (s->cpl == 0 || s->row != SENS_pushf)
        ck_assert_msg(got == s->seen, "%s: got %x", s->name, got);
    fixture_free(f);
}
END_TEST

/* Columns of `report`: in each, what the monitor itself would have let through. */
START_TEST(report_predicts_each_monitor)
{
    const struct snippet *s = &snippets[_i];
    struct fixture *report = monitored("report");
    snippet_begin(report, s);
    halt_reach(report);
    const struct leaks *said = report->cpu.monitor->leaks;
    for (unsigned column = COLUMN_RAISE3; column < LEAK_COLUMN_COUNT; column++) {
        struct fixture *f = monitored(leak_columns[column]);
        snippet_begin(f, s);
        halt_reach(f);
        const struct leaks *real = f->cpu.monitor->leaks;
        for (unsigned kind = 0; kind < LEAK_WALL; kind++)
            ck_assert_msg(said->count[column][s->row][kind] == real->count[COLUMN_OWN][s->row][kind],
                          "%s: %s, %s", s->name, leak_columns[column], leak_names[kind]);
        const struct leak *a = the_leak(said, s->row, (u8)column), *b = the_leak(real, s->row, COLUMN_OWN);
        ck_assert(!a == !b);
        if (a)
            ck_assert_msg(a->seen == b->seen && a->bare == b->bare && strcmp(a->what, b->what) == 0 &&
                          a->eip == b->eip && a->first_cycle == b->first_cycle, "%s: %s", s->name,
                          leak_columns[column]);
        fixture_free(f);
    }
    ck_assert_uint_eq(leaks_total(said, COLUMN_OWN), 0);
    fixture_free(report);
}
END_TEST

/* ---- counting ---- */
START_TEST(counted_by_address_and_in_all)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    CODE(f, AT_CODE, 0xb9, 5, 0, 0, 0,                      /* mov ecx,5 */
         0x0e, 0x58, 0x0e, 0x58, 0x9c, 0x58,                /* l: push cs; pop eax; push cs; pop eax; pushf; pop eax */
         0x49, 0x75, 0xf7, 0xf4);                           /* dec ecx; jnz l; hlt */
    halt_reach(f);
    const struct leaks *leaks = f->cpu.monitor->leaks;
    unsigned slots = 0;
    ck_assert_uint_eq(leaks->count[COLUMN_OWN][SENS_push_cs][LEAK_READ], 10);
    ck_assert_uint_eq(leaks->count[COLUMN_OWN][SENS_pushf][LEAK_READ], 5);
    ck_assert_uint_eq(leaks_total(leaks, COLUMN_OWN), 15);
    for (unsigned i = 0; i < LEAK_SLOTS; i++)
        if (leaks->slot[i].count) {
            slots++;
            ck_assert_uint_eq(leaks->slot[i].count, 5);
            ck_assert_uint_eq(leaks->slot[i].row, leaks->slot[i].eip == AT_CODE + 9 ? SENS_pushf : SENS_push_cs);
            ck_assert_uint_gt(leaks->slot[i].first_cycle, 0);
        }
    ck_assert_uint_eq(slots, 3);
    ck_assert_uint_eq(leaks->lost, 0);
    fixture_free(f);
}
END_TEST

START_TEST(a_full_list_loses_addresses_not_counts)
{
    enum { SITES = 3 * LEAK_SLOTS / 2, FAR_CODE = 0x100000, FAR_STACK = 0x1f0000 };
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    for (u32 i = 0; i < SITES; i++)
        CODE(f, FAR_CODE + i, 0x0e);
    CODE(f, FAR_CODE + SITES, 0xf4);
    f->cpu.eip = FAR_CODE;
    f->cpu.gpr[ESP] = FAR_STACK;
    cpu_run(&f->cpu, 1000000, UINT64_MAX);
    ck_assert(f->cpu.attention & ATTENTION_HALTED);
    const struct leaks *leaks = f->cpu.monitor->leaks;
    u64 with_address = 0;
    for (unsigned i = 0; i < LEAK_SLOTS; i++)
        with_address += leaks->slot[i].count;
    ck_assert_uint_eq(leaks_total(leaks, COLUMN_OWN), SITES);
    ck_assert_uint_ge(leaks->lost, SITES - LEAK_SLOTS);
    ck_assert_uint_gt(with_address, LEAK_SLOTS / 2);
    ck_assert_uint_eq(with_address + leaks->lost, SITES);
    fixture_free(f);
}
END_TEST

/* I8: the chip goes to a segment of level 3 while the kernel's root is in use; only ring 3 lets it. */
START_TEST(a_breach_is_noted_once)
{
    static const struct { const char *vmm; u64 breaches; } cases[] = {
        { "pentium", 1 }, { "pentium,keep", 1 }, { "pentium,ring=1", 0 }, { "pentium,cure=ret_far", 0 }, { "patch", 0 }
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        static const struct snippet retf = { .code = { 0xcb }, .length = 1 };
        struct fixture *f = monitored(cases[i].vmm);
        snippet_begin(f, &retf);
        CODE(f, AT_TARGET, 0x90, 0x0e, 0x58, 0xf4);         /* nop; push cs; pop eax; hlt: #GP, handler halts */
        halt_reach(f);
        const struct leaks *leaks = f->cpu.monitor->leaks;
        ck_assert_msg(leaks->breaches == cases[i].breaches, "%s: %llu", cases[i].vmm,
                      (unsigned long long)leaks->breaches);
        ck_assert_uint_eq(leaks->count[COLUMN_OWN][SENS_ret_far][LEAK_WRONG], cases[i].breaches);
        ck_assert_uint_eq(leaks->count[COLUMN_OWN][SENS_ret_far][LEAK_WALL], cases[i].breaches);
        fixture_free(f);
    }
}
END_TEST

/* ---- dry runs ---- */
static bool runs_dry(const struct sensitive *row)
{
    return row->gate[MODE_PROTECTED] <= GATE_OWN || row->gate[MODE_PROTECTED] == GATE_TSD;
}

static u32 random_next(u64 *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (u32)(*seed >> 33);
}

/* All of RAM one to one, with another CR3 than the tasks have. */
static void paging_on(struct fixture *f)
{
    enum { DIRECTORY = 0x20000, TABLE = 0x21000, RWU = 7 };
    for (u32 i = 0; i < 512; i++)
        poke(f, TABLE + i * 4, 4, i << 12 | RWU);
    poke(f, DIRECTORY, 4, TABLE | RWU);
    f->cpu.sys.cr3 = DIRECTORY;
    f->cpu.sys.cr0 |= CR0_PG;
}

/* A selector of some descriptor, at every level. */
static u32 selector_random(u64 *seed)
{
    u32 chosen = random_next(seed) & 15;
    return (chosen > 11 ? SEL_FREE : chosen * 8) + (random_next(seed) & 3);
}

static void guest_random(struct fixture *f, unsigned mode, bool paged, u64 *seed)
{
    u32 value;
    f->cpu.sys.cr0 &= ~CR0_PG;
    if (mode < 2)
        fixture_protected(f, mode * 3);
    else if (mode == 2)
        fixture_v86(f, random_next(seed) & 3);
    else
        programs[7].begin(f);
    gdt_gate(f, SEL_GATE, SEL_CODE0, AT_TARGET, 0xec, 0);
    gdt_set(f, SEL_FREE, 0, 0xffffffff, FLAT32 | AT_DPL3 | (DATA_RW & ~TYPE_ACCESSED));
    gdt_set(f, SEL_TSS2, AT_TSS2, 0x67, random_next(seed) & 1 ? 0x8b : 0x89);   /* for IRET, and for CALL and JMP */
    poke(f, AT_TSS, 2, SEL_TSS2);
    if (paged && mode != 3)
        paging_on(f);
    for (unsigned i = 0; i < 8; i++)
        f->cpu.gpr[i] = i == ESP ? 0x700 + (random_next(seed) & 0xfc)
                      : random_next(seed) & 1 ? selector_random(seed) : random_next(seed) & 0x1ff;
    for (u32 at = 0x600; at < 0xa00; at += 4)                /* frames */
        poke(f, at, 4, random_next(seed) & 1 ? selector_random(seed) : random_next(seed));
    f->cpu.sys.eflags |= random_next(seed) & (FLAG_NT | FLAG_DF | FLAG_IF | FLAG_AC);
    cpu_mode_changed(&f->cpu);
    /* Tables and stack are in the TLB, for system and user, as they are in a guest that runs. */
    for (u32 at = 0; at < 0xb000; at += PAGE_SIZE)
        for (enum access_as as = AS_CPL; as <= AS_USER; as++)
            ck_assert(lin_read(&f->cpu, at, &value, 4, as) && lin_write(&f->cpu, at, &value, 4, as));
    f->clock.now = 1000;
    f->cpu.deadline = 5000;
    f->cpu.budget = (s64)100 << 32;
}

static void insn_random(struct fixture *f, const struct sensitive *row, u64 *seed)
{
    struct insn *insn = fixture_insn(f, random_next(seed) & 1 ? 4 : 2);
    insn->row = row;
    insn->reg = (u8)((random_next(seed) % 6) * 4);
    insn->rm = (u8)((random_next(seed) & 7) * 4);
    insn->imm = random_next(seed) & 0xff;
    /* Selectors, or addresses of operands. */
    static const u32 places[4] = { SEL_TSS2, SEL_FREE, 0x700, 0x728 };
    insn->disp = random_next(seed) & 1 ? places[random_next(seed) & 3] : (random_next(seed) & 15) * 8;
    if (random_next(seed) & 1 || row->id == SENS_sgdt || row->id == SENS_sidt || row->id == SENS_bound)
        insn->flags |= INSN_MEM;
}

/* All of the processor with its TLB, the monitor and memory are as before; half of the runs are on the chip's state. */
START_TEST(a_dry_run_leaves_no_trace)
{
    static const char *const vmm[] = { "pentium", "pentium,keep", "pentium,ring=1" };
    static struct dry_result result;
    static struct cpu before;
    static struct monitor monitor;
    struct fixture *f = monitored("pentium,paging=direct");
    u8 *ram = malloc(f->memory.ram_bytes);
    u64 seed = 42, done = 0, faults = 0, stores = 0, unknown = 0;
    for (unsigned id = 0; id < SENS_COUNT; id++)
        for (unsigned k = 0; runs_dry(&sensitive_table[id]) && k < 96; k++) {
            const struct sensitive *row = &sensitive_table[id];
            struct vmm_config config;
            struct error why;
            struct system sys;
            guest_random(f, k % 4, k & 8, &seed);
            insn_random(f, row, &seed);
            ck_assert(vmm_parse(&config, vmm[k % 3], &why));
            vmm_project(&f->cpu, &config, &sys);
            const struct system guest = f->cpu.sys;
            bool chip = k & 16;
            memcpy(ram, f->memory.ram, f->memory.ram_bytes);
            memcpy(&before, &f->cpu, sizeof before);
            monitor = *f->cpu.monitor;
            dry_execute(&f->cpu, row, &f->insn, chip ? &sys : &guest, chip ? &config : NULL, chip ? &guest : NULL,
                        &result);
            ck_assert_msg(memcmp(&before, &f->cpu, sizeof before) == 0, "%s: the processor", sensitive_id_name(id));
            ck_assert_msg(memcmp(&monitor, f->cpu.monitor, sizeof monitor) == 0, "%s: the monitor",
                          sensitive_id_name(id));
            ck_assert_msg(memcmp(ram, f->memory.ram, f->memory.ram_bytes) == 0, "%s: memory", sensitive_id_name(id));
            ck_assert_msg(f->clock.now == 1000, "%s: time", sensitive_id_name(id));
            unknown += result.run.unknown;
            faults += result.outcome == FAULT;
            done += result.outcome != FAULT;
            stores += result.run.stores;
        }
    ck_assert_uint_gt(faults, 300);
    ck_assert_uint_gt(done, 300);
    ck_assert_uint_gt(stores, 100);
    ck_assert_uint_gt(unknown, 2);                          /* task switches and exceptions */
    free(ram);
    fixture_free(f);
}
END_TEST

/* Beside real execution: a guest with dry runs at each step does what one without does. */
START_TEST(nobody_notices_that_leaks_are_looked_for)
{
    for (unsigned i = 0; i < PROGRAMS; i++) {
        struct fixture *with = monitored("pentium"), *without = monitored("pentium");
        struct leaks *leaks = without->cpu.monitor->leaks;
        without->cpu.monitor->leaks = NULL;
        program_begin(with, &programs[i]);
        program_begin(without, &programs[i]);
        program_run(with, &programs[i], 0);
        program_run(without, &programs[i], 0);
        guests_same(with, without, programs[i].name);
        ck_assert(leaks_total(leaks, COLUMN_OWN) == 0);
        without->cpu.monitor->leaks = leaks;
        fixture_free(with);
        fixture_free(without);
    }
}
END_TEST

/* ---- the efficiency line ---- */
START_TEST(the_share_of_undisturbed_instructions)
{
    struct fixture *f = monitored("pentium,paging=direct");
    char text[EFFICIENCY_BYTES];
    fixture_protected(f, 0);
    CODE(f, AT_CODE, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,              /* nop... */
         0x0e, 0x58, 0xfa, 0xf4);                                     /* push cs; pop eax; cli; hlt */
    halt_reach(f);
    efficiency_text(&f->cpu, text);
    ck_assert_msg(strstr(text, "100.0000 % of 7 innocuous"), "%s", text);            /* 10, of which 3 sensitive */
    ck_assert_msg(strstr(text, " privileged 200000.0"), "%s", text);                 /* cli, hlt */
    ck_assert_msg(!strstr(text, "unprivileged") && !strstr(text, "exceptions"), "%s", text);
    fixture_free(f);
    f = monitored("strict,paging=direct");
    fixture_protected(f, 0);
    handlers_put(f);
    CODE(f, AT_CODE, 0x0f, 0x0b, 0xe6, 0x80, 0x0e, 0x58, 0x90,
         0xf4);   /* ud2; out 80h,al; push cs; pop eax; nop; hlt */
    halt_reach(f);
    efficiency_text(&f->cpu, text);
    double once = 1e6 / (double)f->cpu.insns;
    char expected[4][40];
    snprintf(expected[0], sizeof expected[0], " exceptions %.1f", once);
    snprintf(expected[1], sizeof expected[1], " i/o %.1f", once);
    snprintf(expected[2], sizeof expected[2], " privileged %.1f", once);
    snprintf(expected[3], sizeof expected[3], " unprivileged %.1f",
             2 * once);          /* push cs; the handler's iret */
    for (unsigned i = 0; i < 4; i++)
        ck_assert_msg(strstr(text, expected[i]), "%s: %s", text, expected[i]);
    fixture_free(f);
}
END_TEST

Suite *leaks_suite(void)
{
    Suite *suite = suite_create("leaks");
    TCase *tests = tcase_create("leaks");
    tcase_add_loop_test(tests, each_kind, 0, ARRAY_LEN(snippets));
    tcase_add_loop_test(tests, the_guest_gets_what_was_seen, 0, ARRAY_LEN(snippets));
    tcase_add_loop_test(tests, report_predicts_each_monitor, 0, ARRAY_LEN(snippets));
    tcase_add_test(tests, counted_by_address_and_in_all);
    tcase_add_test(tests, a_full_list_loses_addresses_not_counts);
    tcase_add_test(tests, a_breach_is_noted_once);
    tcase_add_test(tests, a_dry_run_leaves_no_trace);
    tcase_add_test(tests, nobody_notices_that_leaks_are_looked_for);
    tcase_add_test(tests, the_share_of_undisturbed_instructions);
    suite_add_tcase(suite, tests);
    return suite;
}
