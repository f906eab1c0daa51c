/* cpu/shadow*.c: exact counts of faults, traces and refills (vmm.md 5.1), the checker, and random guests that invalidate as
 * the manual asks, which must see what a bare machine shows. */
#include "cpu/access.h"
#include "cpu/monitor.h"
#include "cpu/shadow.h"
#include "tests/unit/cpu_fixture.h"
#include <check.h>
#include <string.h>

/* Physical addresses. The first table maps all of RAM one to one, the second the window. */
enum { DIRECTORY = 0x20000, IDENTITY = 0x21000, TABLE = 0x22000, OTHER_DIRECTORY = 0x30000, FRAMES = 0x80000 };
enum { WINDOW = 0x400000, PAGES = 64, RW = PTE_P | PTE_W | PTE_U, ROM_AT = 0x300000, MMIO_AT = 0x310000 };

struct setting { const char *text; };
static const struct setting variants[] = {
    { "compliant,paging=shadow,trace=always" }, { "compliant,paging=shadow,trace=always,roots=1" },
    { "compliant,paging=shadow,trace-k=3" }, { "compliant,paging=shadow,trace-max=1,roots=2" },
    { "compliant,paging=shadow,trace=never" }, { "compliant,paging=count,trace=always" }, { "compliant,paging=count" },
};

static const struct shadow_counters *counters(const struct fixture *f) { return &f->cpu.shadow->counters; }

static void checked(struct fixture *f)
{
    char why[200] = "";
    ck_assert_msg(!f->cpu.shadow || shadow_check(&f->cpu, why, sizeof why), "%s", why);
}

static void directory_set(struct fixture *f, u32 directory)
{
    poke(f, directory, 4, IDENTITY | RW);
    poke(f, directory + (WINDOW >> 22) * 4, 4, TABLE | RW);
}

/* Paging on, everything of the window present, no fault taken yet but what this needs itself. */
static struct fixture *paged(const char *vmm)
{
    struct error why;
    struct fixture *f = fixture_new("max");
    ck_assert(vmm_parse(&f->cpu.monitor->vmm.config, vmm, &why));
    ck_assert(shadow_create(&f->cpu, &why));
    fixture_protected(f, 0);
    for (u32 i = 0; i < 512; i++)
        poke(f, IDENTITY + i * 4, 4, i << 12 | RW);
    for (u32 i = 0; i < PAGES; i++)
        poke(f, TABLE + i * 4, 4, (FRAMES + i * PAGE_SIZE) | RW);
    directory_set(f, DIRECTORY);
    directory_set(f, OTHER_DIRECTORY);
    f->cpu.sys.cr0 |= CR0_PG | CR0_WP;
    f->cpu.sys.cr3 = DIRECTORY;
    cpu_mode_changed(&f->cpu);
    tlb_flush(&f->cpu, true);
    return f;
}

static bool get(struct fixture *f, u32 linear, u32 *value) { return lin_read(&f->cpu, linear, value, 4, AS_SUPERVISOR); }
static bool put(struct fixture *f, u32 linear, u32 value) { return lin_write(&f->cpu, linear, &value, 4, AS_SUPERVISOR); }
static void touch(struct fixture *f, u32 page)
{
    u32 value;
    ck_assert(get(f, WINDOW + page * PAGE_SIZE, &value));
}
static void cr3(struct fixture *f, u32 directory)
{
    f->cpu.sys.cr3 = directory;
    tlb_flush(&f->cpu, false);
}
static void end(struct fixture *f)
{
    checked(f);
    fixture_free(f);
}

START_TEST(premapped_pages_are_hidden_faults)
{
    struct fixture *f = paged(variants[_i].text);
    for (u32 round = 0; round < 3; round++) {
        for (u32 i = 0; i < PAGES; i++)
            touch(f, i);
        ck_assert_uint_eq(counters(f)->pf_hidden, PAGES);
        cr3(f, DIRECTORY);                         /* the TLB is empty, the shadow is not */
    }
    ck_assert_uint_eq(counters(f)->pf_true, 0);
    ck_assert_uint_eq(counters(f)->shadow_fill, PAGES);
    ck_assert_uint_eq(counters(f)->shadow_zap, 0);
    ck_assert_uint_eq(peek(f, TABLE, 4), FRAMES | RW | PTE_A);
    ck_assert_uint_eq(counters(f)->ad_update, PAGES + 1);
    end(f);
}
END_TEST

/* D is not set by the read, so the first write is a fault of its own. */
START_TEST(first_write_is_a_hidden_fault)
{
    struct fixture *f = paged(variants[_i].text);
    touch(f, 0);
    ck_assert_uint_eq(counters(f)->pf_hidden, 1);
    for (u32 round = 0; round < 3; round++)
        ck_assert(put(f, WINDOW, round));
    ck_assert_uint_eq(counters(f)->pf_hidden, 2);
    ck_assert_uint_eq(peek(f, TABLE, 4), FRAMES | RW | PTE_A | PTE_D);
    ck_assert_uint_eq(peek(f, FRAMES, 4), 2);
    end(f);
}
END_TEST

/* A and D that the guest takes back are set again at the next access. */
START_TEST(cleared_bits_come_back)
{
    struct fixture *f = paged(variants[_i].text);
    for (u32 round = 0; round < 4; round++) {
        ck_assert(put(f, WINDOW, round));
        touch(f, 1);
        ck_assert_uint_eq(peek(f, TABLE, 4), FRAMES | RW | PTE_A | PTE_D);
        ck_assert_uint_eq(peek(f, TABLE + 4, 4), (FRAMES + PAGE_SIZE) | RW | PTE_A);
        ck_assert_uint_eq(peek(f, DIRECTORY + (WINDOW >> 22) * 4, 4), TABLE | RW | PTE_A);
        /* Both of the page; D alone; A of the directory's entry alone. */
        u32 kept = round ? PTE_A : 0;
        poke(f, TABLE, 4, FRAMES | RW | kept | (round == 2 ? PTE_D : 0));
        poke(f, TABLE + 4, 4, (FRAMES + PAGE_SIZE) | RW | kept);
        poke(f, DIRECTORY + (WINDOW >> 22) * 4, 4, TABLE | RW | (round == 2 ? 0 : PTE_A));
        tlb_flush_page(&f->cpu, WINDOW);
        tlb_flush_page(&f->cpu, WINDOW + PAGE_SIZE);
    }
    end(f);
}
END_TEST

/* One entry rewritten k times through the identity map. */
START_TEST(rewritten_entries_are_trace_faults)
{
    const u32 times = 10;
    struct fixture *f = paged(variants[_i].text);
    const struct shadow *s = f->cpu.shadow;
    touch(f, 0);
    touch(f, 1);
    bool traced = s->frame[TABLE >> PAGE_SHIFT].ram_page;
    for (u32 k = 0; k < times; k++)
        ck_assert(put(f, TABLE + 4, (FRAMES + k * PAGE_SIZE) | RW));
    u64 expected = s->tracing == TRACE_ALWAYS ? times : traced ? MIN((u64)s->trace_k, (u64)times) : 0;
    ck_assert_uint_eq(counters(f)->pf_trace, expected);
    ck_assert_uint_eq(counters(f)->trace_write_emulated, expected);
    checked(f);
    u32 value;
    poke(f, FRAMES + (times - 1) * PAGE_SIZE, 4, 0x600d);
    tlb_flush_page(&f->cpu, WINDOW + PAGE_SIZE);
    ck_assert(get(f, WINDOW + PAGE_SIZE, &value));
    ck_assert_uint_eq(value, 0x600d);
    ck_assert_uint_eq(counters(f)->pf_true, 0);
    end(f);
}
END_TEST

/* The fast path writes to the frame already when it becomes a table. */
START_TEST(written_before_it_is_a_table)
{
    struct fixture *f = paged(variants[_i].text);
    const struct shadow *s = f->cpu.shadow;
    ck_assert(put(f, TABLE + 0x800, 0) && put(f, TABLE + 0x800, 0));
    ck_assert_uint_eq(f->cpu.tlb.tag[VIEW_KERNEL][tlb_slot(TABLE)].write, TABLE);
    touch(f, 0);
    checked(f);
    ck_assert(put(f, TABLE + 0x800, 0));
    ck_assert_uint_eq(counters(f)->pf_trace, s->frame[TABLE >> PAGE_SHIFT].ram_page ? 1 : 0);
    end(f);
}
END_TEST

/* A write that comes to a traced page first is emulated, not mapped. */
START_TEST(trace_faults_fill_nothing)
{
    struct fixture *f = paged("compliant,paging=shadow,trace=always");
    touch(f, 0);
    for (u32 k = 0; k < 5; k++)
        ck_assert(put(f, TABLE + 0x800, k));
    ck_assert_uint_eq(counters(f)->pf_trace, 5);
    ck_assert_uint_eq(counters(f)->pf_hidden, 1);
    end(f);
}
END_TEST

/* Two linear pages by one table entry: each has its own first write. */
START_TEST(aliases_of_one_entry)
{
    struct fixture *f = paged(variants[_i].text);
    const u32 alias = WINDOW + (1 << 22);
    u32 value;
    poke(f, DIRECTORY + (alias >> 22) * 4, 4, TABLE | RW);
    cr3(f, DIRECTORY);
    ck_assert(get(f, WINDOW, &value) && get(f, alias, &value));
    ck_assert_uint_eq(counters(f)->pf_hidden, 2);
    ck_assert(put(f, WINDOW, 1));
    ck_assert_uint_eq(counters(f)->pf_hidden, 3);
    cr3(f, DIRECTORY);
    ck_assert(get(f, alias, &value) && value == 1);
    ck_assert_uint_eq(counters(f)->pf_hidden, 3);
    ck_assert(put(f, alias, 2));
    ck_assert_uint_eq(counters(f)->pf_hidden, 4);
    end(f);
}
END_TEST

/* A directory entry gets more rights, for which no invalidation is due. */
START_TEST(directory_entry_gets_writable)
{
    struct fixture *f = paged(variants[_i].text);
    poke(f, DIRECTORY + (WINDOW >> 22) * 4, 4, TABLE | PTE_P | PTE_U);
    touch(f, 0);
    touch(f, 1);
    ck_assert(!put(f, WINDOW, 1));
    fault_is(f, FAULT, VEC_PF, PF_P | PF_W);
    poke(f, DIRECTORY + (WINDOW >> 22) * 4, 4, TABLE | RW);
    ck_assert(put(f, WINDOW, 1));
    checked(f);
    struct shadow_counters before = *counters(f);
    cr3(f, DIRECTORY);
    ck_assert(put(f, WINDOW, 1));
    ck_assert_uint_eq(counters(f)->shadow_zap, before.shadow_zap);
    ck_assert_uint_eq(counters(f)->pf_hidden, before.pf_hidden);
    end(f);
}
END_TEST

START_TEST(demand_paging)
{
    struct fixture *f = paged(variants[_i].text);
    u32 value;
    touch(f, 0);
    u64 hidden = counters(f)->pf_hidden;
    for (u32 i = 1; i < PAGES; i++)
        poke(f, TABLE + i * 4, 4, 0);              /* by DMA, say: no fault, whatever is traced */
    ck_assert_uint_eq(counters(f)->pf_trace, 0);
    for (u32 i = 1; i < PAGES; i++) {
        u32 linear = WINDOW + i * PAGE_SIZE + 0x10;
        ck_assert(!get(f, linear, &value));
        fault_is(f, FAULT, VEC_PF, 0);
        ck_assert_uint_eq(f->cpu.fault.cr2, linear);
        ck_assert(put(f, TABLE + i * 4, (FRAMES + i * PAGE_SIZE) | RW));
        ck_assert(get(f, linear, &value));
    }
    ck_assert_uint_eq(counters(f)->pf_true, PAGES - 1);
    ck_assert_uint_ge(counters(f)->pf_hidden - hidden, PAGES - 1);
    ck_assert_uint_le(counters(f)->pf_hidden - hidden, PAGES);          /* and the page that the tables are in */
    end(f);
}
END_TEST

/* As many address spaces as are kept: no refill; one more: each load is a miss. */
START_TEST(cached_roots_are_not_refilled)
{
    enum { ROOTS = 4, ROUNDS = 5 };
    struct fixture *f = paged(_i ? "compliant,paging=shadow,roots=4" : "compliant,paging=count,roots=4,trace=always");
    for (u32 spaces = ROOTS; spaces <= ROOTS + 1; spaces++) {
        for (u32 r = 0; r < spaces; r++)
            directory_set(f, OTHER_DIRECTORY + r * PAGE_SIZE);
        for (u32 r = 0; r < spaces; r++) {
            cr3(f, OTHER_DIRECTORY + r * PAGE_SIZE);
            touch(f, r);
        }
        struct shadow_counters before = *counters(f);
        for (u32 k = 0; k < ROUNDS * spaces; k++) {
            cr3(f, OTHER_DIRECTORY + k % spaces * PAGE_SIZE);
            touch(f, k % spaces);
        }
        u64 loads = ROUNDS * spaces, misses = spaces > ROOTS ? loads : 0;
        ck_assert_uint_eq(counters(f)->cr3_load - before.cr3_load, loads);
        ck_assert_uint_eq(counters(f)->cr3_root_miss - before.cr3_root_miss, misses);
        ck_assert_uint_eq(counters(f)->cr3_root_hit - before.cr3_root_hit, loads - misses);
        ck_assert_uint_eq(counters(f)->pf_hidden - before.pf_hidden, misses);
        checked(f);
    }
    end(f);
}
END_TEST

START_TEST(reading_tables_traps_nothing)
{
    struct fixture *f = paged(variants[_i].text);
    u32 value;
    touch(f, 0);
    ck_assert(get(f, TABLE, &value) && get(f, DIRECTORY, &value));
    struct shadow_counters before = *counters(f);
    for (u32 i = 0; i < 1024; i++)
        ck_assert(get(f, TABLE + i * 4, &value) && get(f, DIRECTORY + i * 4, &value));
    ck_assert_int_eq(memcmp(&before, counters(f), sizeof before), 0);
    end(f);
}
END_TEST

/* The directory is its own last table, as Windows has it. */
START_TEST(directory_that_maps_itself)
{
    struct fixture *f = paged(variants[_i].text);
    const u32 tables = 0xffc00000, entry = tables + (WINDOW >> 12) * 4, self = tables + 0x3ff000;
    u32 value;
    poke(f, DIRECTORY + 1023 * 4, 4, DIRECTORY | RW);
    touch(f, 0);
    ck_assert(get(f, entry, &value));
    ck_assert_uint_eq(value, FRAMES | RW | PTE_A);
    ck_assert(put(f, entry, (FRAMES + PAGE_SIZE) | RW));
    tlb_flush_page(&f->cpu, WINDOW);
    poke(f, FRAMES + PAGE_SIZE, 4, 0x5e1f);
    ck_assert(get(f, WINDOW, &value));
    ck_assert_uint_eq(value, 0x5e1f);
    checked(f);
    /* It takes the window's table away, and itself. */
    ck_assert(put(f, self + (WINDOW >> 22) * 4, 0) && put(f, self + 1023 * 4, 0));
    cr3(f, DIRECTORY);
    checked(f);
    ck_assert(!get(f, WINDOW, &value));
    fault_is(f, FAULT, VEC_PF, 0);
    ck_assert(!get(f, entry, &value));
    fault_is(f, FAULT, VEC_PF, 0);
    end(f);
}
END_TEST

START_TEST(table_reused_as_data_loses_its_trace)
{
    struct fixture *f = paged("compliant,paging=shadow,trace=always");
    const struct shadow *s = f->cpu.shadow;
    touch(f, 0);
    ck_assert(s->frame[TABLE >> PAGE_SHIFT].ram_page && f->memory.flags[TABLE >> PAGE_SHIFT] & PAGE_TRACED);
    ck_assert(put(f, DIRECTORY + (WINDOW >> 22) * 4, 0));
    ck_assert_uint_eq(counters(f)->trace_drop, 1);
    ck_assert(!(f->memory.flags[TABLE >> PAGE_SHIFT] & PAGE_TRACED));
    struct shadow_counters before = *counters(f);
    for (u32 i = 0; i < 100; i++)
        ck_assert(put(f, TABLE + i * 4, i));
    ck_assert_uint_eq(counters(f)->pf_trace, before.pf_trace);
    end(f);
}
END_TEST

/* Adaptive: writable again where it is mapped; the counts start anew with a new use. */
START_TEST(often_written_tables_are_traced_no_longer)
{
    struct fixture *f = paged("compliant,paging=shadow,trace-k=3");
    touch(f, 0);
    for (u32 k = 0; k < 3; k++)
        ck_assert(put(f, TABLE, (FRAMES + k * PAGE_SIZE) | RW));
    ck_assert(!(f->memory.flags[TABLE >> PAGE_SHIFT] & PAGE_TRACED));
    checked(f);
    struct shadow_counters before = *counters(f);
    touch(f, 5);
    ck_assert(put(f, TABLE + 20, (FRAMES + 6 * PAGE_SIZE) | RW));
    ck_assert_uint_eq(counters(f)->pf_trace, before.pf_trace);
    ck_assert_uint_eq(counters(f)->shadow_zap, before.shadow_zap);
    tlb_flush_page(&f->cpu, WINDOW + 5 * PAGE_SIZE);
    ck_assert_uint_eq(counters(f)->shadow_zap, before.shadow_zap + 1);
    touch(f, 5);
    touch(f, 7);
    poke(f, TABLE + 20, 4, FRAMES | RW);
    poke(f, TABLE + 28, 4, FRAMES | RW);
    cr3(f, DIRECTORY);
    ck_assert_uint_eq(counters(f)->shadow_zap, before.shadow_zap + 3);
    poke(f, DIRECTORY + (WINDOW >> 22) * 4, 4, 0);
    poke(f, DIRECTORY + (WINDOW >> 22) * 4, 4, TABLE | RW);
    touch(f, 5);
    ck_assert(f->memory.flags[TABLE >> PAGE_SHIFT] & PAGE_TRACED);
    end(f);
}
END_TEST

/* CR0.WP 0 in one table for both: the page is the kernel's to write or the user's to read. */
START_TEST(supervisor_writes_to_read_only_user_pages)
{
    struct fixture *f = paged("compliant,paging=shadow,trace=always");
    u32 value = 0;
    poke(f, TABLE, 4, FRAMES | PTE_P | PTE_U);
    ck_assert(!put(f, WINDOW, 1));
    fault_is(f, FAULT, VEC_PF, PF_P | PF_W);
    f->cpu.sys.cr0 &= ~(u32)CR0_WP;
    cpu_mode_changed(&f->cpu);
    for (u32 turn = 1; turn < 4; turn++) {
        ck_assert(put(f, WINDOW, turn) && put(f, WINDOW, turn));
        checked(f);
        ck_assert_uint_eq(counters(f)->wp_emul, turn);
        ck_assert(lin_read(&f->cpu, WINDOW, &value, 4, AS_USER));
        ck_assert_uint_eq(value, turn);
        checked(f);
        ck_assert(!lin_write(&f->cpu, WINDOW, &value, 4, AS_USER));
        fault_is(f, FAULT, VEC_PF, PF_P | PF_W | PF_U);
    }
    f->cpu.sys.cr0 |= CR0_WP;
    cpu_mode_changed(&f->cpu);
    ck_assert(!put(f, WINDOW, 1));
    fault_is(f, FAULT, VEC_PF, PF_P | PF_W);
    end(f);
}
END_TEST

START_TEST(large_pages_are_splintered)
{
    struct fixture *f = paged(variants[_i].text);
    const u32 at = 0x800000, pde = DIRECTORY + (at >> 22) * 4;
    u32 value;
    f->cpu.sys.cr4 |= CR4_PSE;
    poke(f, pde, 4, RW | PTE_PS);
    cr3(f, DIRECTORY);
    for (u32 i = 0; i < 8; i++)
        ck_assert(get(f, at + FRAMES + i * PAGE_SIZE, &value));
    ck_assert_uint_eq(counters(f)->splinter_4m, 1);
    ck_assert_uint_eq(counters(f)->pf_hidden, 8);
    ck_assert_uint_eq(peek(f, pde, 4), (u32)RW | PTE_PS | PTE_A);
    ck_assert(put(f, at + FRAMES, 7));
    ck_assert_uint_eq(peek(f, pde, 4), (u32)RW | PTE_PS | PTE_A | PTE_D);
    ck_assert_uint_eq(peek(f, FRAMES, 4), 7);
    checked(f);
    poke(f, pde, 4, RW | PTE_PS | PTE_A);
    tlb_flush_page(&f->cpu, at + FRAMES);
    ck_assert(put(f, at + FRAMES, 8));
    ck_assert_uint_eq(peek(f, pde, 4), (u32)RW | PTE_PS | PTE_A | PTE_D);
    poke(f, pde, 4, TABLE | RW);
    tlb_flush_page(&f->cpu, at);
    u64 splinters = counters(f)->splinter_4m;
    ck_assert(get(f, at + PAGE_SIZE, &value));
    ck_assert_uint_eq(counters(f)->splinter_4m, splinters);
    end(f);
}
END_TEST

static u32 device_read(void *self, u32 offset, unsigned width) { (void)width; return self ? *(u32 *)self : offset; }
static void device_write(void *self, u32 offset, u32 value, unsigned width) { (void)self, (void)offset, (void)value, (void)width; }
static const struct region_ops device = { device_read, device_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

/* Devices are never in the shadow; ROM is, but not for writing. */
START_TEST(devices_and_rom)
{
    struct fixture *f = paged(variants[_i].text);
    u32 value;
    memory_map_mmio(&f->memory, "device", MMIO_AT, PAGE_SIZE, &device, NULL, 1);
    memory_map_rom(&f->memory, "rom", ROM_AT, PAGE_SIZE, NULL, 1);
    poke(f, TABLE, 4, MMIO_AT | RW);
    poke(f, TABLE + 4, 4, ROM_AT | RW);
    for (u32 i = 0; i < 5; i++)
        ck_assert(get(f, WINDOW + i * 4, &value) && value == i * 4);
    ck_assert_uint_eq(counters(f)->pf_mmio, 5);
    ck_assert_uint_eq(counters(f)->pf_hidden, 0);
    ck_assert(put(f, WINDOW, 1));
    ck_assert_uint_eq(counters(f)->pf_mmio, 6);
    for (u32 i = 0; i < 5; i++)
        ck_assert(get(f, WINDOW + PAGE_SIZE + i * 4, &value) && value == 0xffffffff);
    ck_assert_uint_eq(counters(f)->pf_hidden, 1);
    ck_assert(put(f, WINDOW + PAGE_SIZE, 1));
    ck_assert_uint_eq(counters(f)->pf_mmio, 7);
    ck_assert(get(f, WINDOW + PAGE_SIZE, &value) && value == 0xffffffff);
    /* Tables in a device: nothing can be kept of what they say. */
    poke(f, DIRECTORY + (WINDOW >> 22) * 4, 4, MMIO_AT | RW);
    cr3(f, DIRECTORY);
    for (u32 i = 0; i < 3; i++)
        get(f, WINDOW + 0x7000, &value);
    cr3(f, MMIO_AT);
    for (u32 i = 0; i < 3; i++)
        get(f, WINDOW + 0x7000, &value);
    f->cpu.attention = 0;
    checked(f);
    u32 said = TABLE | RW;
    memory_map_mmio(&f->memory, "talker", MMIO_AT + PAGE_SIZE, PAGE_SIZE, &device, &said, 1);
    cr3(f, MMIO_AT + PAGE_SIZE);
    touch(f, 9);
    checked(f);
    /* A directory in ROM cannot get A: what is made from it is made anew with each load of CR3. */
    u32 rom[1024] = { IDENTITY | RW, TABLE | RW };
    memory_map_rom(&f->memory, "directory", ROM_AT + PAGE_SIZE, PAGE_SIZE, (u8 *)rom, 1);
    cr3(f, ROM_AT + PAGE_SIZE);
    for (u32 i = 2; i < 8; i++)
        touch(f, i);
    checked(f);
    cr3(f, ROM_AT + PAGE_SIZE);
    touch(f, 2);
    end(f);
}
END_TEST

/* A table that was not traced, and has changed, gets its trace when another root uses it: then what the first made of it
 * must go, for from now on it is held to be up to date. */
START_TEST(late_traces_compare_first)
{
    struct fixture *f = paged("compliant,paging=shadow,trace-max=2,trace-k=1");
    struct shadow *s = f->cpu.shadow;
    u32 value;
    poke(f, TABLE + 3 * 4, 4, IDENTITY | RW);
    ck_assert(get(f, FRAMES, &value));                         /* the identity's table gets the second trace */
    touch(f, 0);
    touch(f, 1);
    ck_assert(s->frame[DIRECTORY >> PAGE_SHIFT].ram_page && !s->frame[TABLE >> PAGE_SHIFT].ram_page);
    poke(f, TABLE + 4, 4, (FRAMES + 5 * PAGE_SIZE) | RW);      /* not noticed, and not invalidated */
    ck_assert(put(f, WINDOW + 3 * PAGE_SIZE + 511 * 4, 511 << 12 | RW));   /* its trace is free again */
    ck_assert_uint_eq(s->traced, 1);
    cr3(f, OTHER_DIRECTORY);
    s->frame[OTHER_DIRECTORY >> PAGE_SHIFT].writes = 1;        /* as if the guest had written there */
    trace_drop(s, OTHER_DIRECTORY >> PAGE_SHIFT);
    touch(f, 2);
    ck_assert(s->frame[TABLE >> PAGE_SHIFT].ram_page);
    end(f);
}
END_TEST

/* Two views: the user's shows nothing of the kernel's; what the monitor emulates fills neither. */
START_TEST(two_views)
{
    struct fixture *f = paged("strict,trace=always");
    struct cpu *cpu = &f->cpu;
    const struct shadow *s = cpu->shadow;
    u32 value;
    ck_assert_uint_eq(s->views, 2);
    touch(f, 0);
    ck_assert_uint_eq(counters(f)->shadow_fill, 0);        /* not on the chip: the monitor's own */
    ck_assert_uint_eq(cpu->tlb.tag[VIEW_KERNEL][tlb_slot(WINDOW)].read, NO_TAG);
    const struct system guest = cpu->sys;
    cpu->on_chip = true;
    cpu->guest = &guest;
    poke(f, TABLE + 4, 4, (FRAMES + PAGE_SIZE) | PTE_P | PTE_W);
    touch(f, 0);
    touch(f, 1);
    ck_assert_uint_eq(counters(f)->shadow_fill, 2);
    cpu->monitor->vmm.user_root = true;
    cpu_mode_changed(cpu);
    checked(f);
    ck_assert(lin_read(cpu, WINDOW, &value, 4, AS_CPL));
    ck_assert_uint_eq(counters(f)->shadow_fill, 3);
    ck_assert(!lin_read(cpu, WINDOW + PAGE_SIZE, &value, 4, AS_CPL));
    fault_is(f, FAULT, VEC_PF, PF_P | PF_U);
    ck_assert_uint_eq(counters(f)->pf_true, 1);
    ck_assert(lin_read(cpu, WINDOW + 2 * PAGE_SIZE, &value, 4, AS_SUPERVISOR));   /* with the user's root: no root of its own */
    ck_assert_uint_eq(counters(f)->shadow_fill, 3);
    checked(f);
    /* A write by the monitor is no fault, but the table is compared all the same. */
    cpu->on_chip = false;
    cpu->guest = &cpu->sys;
    cpu_mode_changed(cpu);
    u64 zaps = counters(f)->shadow_zap;
    ck_assert(put(f, TABLE, (FRAMES + 3 * PAGE_SIZE) | RW));
    ck_assert_uint_eq(counters(f)->pf_trace, 0);
    ck_assert_uint_eq(counters(f)->trace_write_emulated, 1);
    ck_assert_uint_eq(counters(f)->shadow_zap, zaps + 2);
    end(f);
}
END_TEST

/* A change of the map, or of the A20 gate, leaves nothing of the shadow. */
START_TEST(map_changes)
{
    struct fixture *f = paged(variants[_i].text);
    u32 value;
    poke(f, FRAMES, 4, 0xa);
    poke(f, FRAMES | 1 << 20, 4, 0xb);
    poke(f, TABLE, 4, FRAMES | 1 << 20 | RW);
    ck_assert(get(f, WINDOW, &value) && value == 0xb);
    memory_set_a20(&f->memory, false);
    checked(f);
    ck_assert(get(f, WINDOW, &value) && value == 0xa);
    memory_set_a20(&f->memory, true);
    checked(f);
    ck_assert(get(f, WINDOW, &value) && value == 0xb);
    memory_map_rom(&f->memory, "rom", TABLE, PAGE_SIZE, NULL, 1);
    checked(f);
    ck_assert(!(f->memory.flags[TABLE >> PAGE_SHIFT] & PAGE_TRACED));
    end(f);
}
END_TEST

/* A guest that uses up all of the monitor's tables: the oldest roots give theirs up, then the current one. */
START_TEST(tables_run_out)
{
    struct fixture *f = paged("compliant,paging=shadow");
    const struct shadow *s = f->cpu.shadow;
    u32 value;
    for (u32 r = 0; r < 6; r++) {
        u32 directory = OTHER_DIRECTORY + r * PAGE_SIZE;
        for (u32 i = 0; i < 1024; i++)
            poke(f, directory + i * 4, 4, TABLE | RW);
        cr3(f, directory);
        for (u32 i = 0; i < 1024; i++)
            ck_assert(get(f, i << 22, &value));
    }
    ck_assert_uint_eq(s->tables_high, SHADOW_TABLES);
    ck_assert_uint_gt(counters(f)->shadow_zap, 0);
    checked(f);
    cr3(f, DIRECTORY);
    tlb_restored(&f->cpu.tlb);
    ck_assert_uint_eq(s->traced, 1);                       /* the current directory */
    for (u32 page = 0; page < f->memory.ram_bytes >> PAGE_SHIFT; page++)
        ck_assert(page == DIRECTORY >> PAGE_SHIFT || !(f->memory.flags[page] & PAGE_TRACED));
    end(f);
    f = paged("compliant,paging=shadow");
    shadow_destroy(&f->cpu);
    for (u32 page = 0; page < f->memory.ram_bytes >> PAGE_SHIFT; page++)
        ck_assert(!(f->memory.flags[page] & PAGE_TRACED));
    fixture_free(f);
}
END_TEST

/* The checker must be able to fail. */
START_TEST(checker_sees_breaches)
{
    static const char *const what[] = {
        "08001000 has rights", "is dirty", "in the shadow, but not", "08001000 maps", "not the user's", "writable",
        "damaged", "counted", "not traced", "unseen", "can be read", "can be written"
    };
    struct fixture *f = paged("compliant,paging=shadow,trace=always");
    struct shadow *s = f->cpu.shadow;
    char why[200] = "";
    ck_assert(put(f, WINDOW, 1) && put(f, WINDOW + PAGE_SIZE, 1));
    u32 number = s->current->directory[0][WINDOW >> 22] >> PAGE_SHIFT;
    struct shadow_table *t = &s->table[number];
    checked(f);
    u8 *table = f->memory.ram + TABLE;
    u32 entry = peek(f, TABLE + 4, 4);
    switch (_i) {
    case 0: entry &= ~(u32)PTE_U, memcpy(table + 4, &entry, 4); break;
    case 1: entry &= ~(u32)PTE_D, memcpy(table + 4, &entry, 4); break;
    case 2: entry = 0, memcpy(table + 4, &entry, 4); break;
    case 3: memory_map_mmio(&f->memory, "x", FRAMES + PAGE_SIZE, PAGE_SIZE, &device, NULL, 1); ck_assert(get(f, WINDOW, &entry)); break;
    case 4: t->entry[1] &= ~(u32)SHADOW_GUEST_U; break;
    case 5: t->entry[1] ^= PTE_W; break;
    case 6: t->next[0] = t->next[1] = number * SHADOW_ENTRIES + 5; break;
    case 7: t->live[0] &= ~2u; break;
    case 8: s->frame[TABLE >> PAGE_SHIFT].ram_page = 0, f->memory.flags[TABLE >> PAGE_SHIFT] &= (u8)~PAGE_TRACED; break;
    case 9: f->memory.flags[TABLE >> PAGE_SHIFT] &= (u8)~PAGE_TRACED; break;
    case 10: f->cpu.tlb.tag[VIEW_USER][9].read = 0x9000; break;
    case 11: f->cpu.tlb.tag[VIEW_KERNEL][9].write = 0x9000; break;
    }
    bool good = shadow_check(&f->cpu, why, sizeof why);
    if (_i == 3)
        ck_assert_msg(good, "%s", why);
    else
        ck_assert_msg(!good && strstr(why, strchr(what[_i], ' ') && _i == 0 ? "has rights" : what[_i]), "%s", why);
    fixture_free(f);
}
END_TEST

/* ---- random guests ---- */
struct random { u64 state; };
static u32 next(struct random *r, u32 bound)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (u32)(r->state >> 33) % bound;
}

/* A table entry: mostly something present in the frames, sometimes a table or another odd thing. */
static u32 random_entry(struct random *r)
{
    u32 frame = next(r, 16) ? FRAMES + next(r, PAGES) * PAGE_SIZE
                            : (u32[]){ TABLE, DIRECTORY, ROM_AT, MMIO_AT, 0x7ffff000, OTHER_DIRECTORY }[next(r, 6)];
    return frame | (next(r, 8) ? PTE_P : 0) | (next(r, 3) ? PTE_W : 0) | (next(r, 4) ? PTE_U : 0) |
           (next(r, 4) ? 0 : PTE_G) | (next(r, 4) ? 0 : PTE_A) | (next(r, 6) ? 0 : PTE_D);
}

static u32 random_directory_entry(struct random *r)
{
    switch (next(r, 8)) {
    case 0:  return 0;
    case 1:  return PTE_PS | PTE_P | next(r, 8) | (next(r, 8) ? 0 : 0x2000);
    case 2:  return DIRECTORY | RW;
    case 3:  return MMIO_AT | RW;
    default: return TABLE | (next(r, 3) ? RW : next(r, 8));
    }
}

/* Where an access goes: the window, through whatever the directory has there, or other windows. */
static u32 random_linear(struct random *r)
{
    return (next(r, 5) << 22) + WINDOW + next(r, PAGES) * PAGE_SIZE + (next(r, 8) ? next(r, 1000) * 4 : 0xffe);
}

/* Whether the access was permitted, and what it read or why it was not. */
static u64 random_access(struct fixture *f, struct random *r)
{
    static const enum access_as kinds[] = { AS_SUPERVISOR, AS_USER, AS_CPL };
    u32 linear = random_linear(r), value = next(r, 0x10000) << 12 | RW;
    enum access_as as = kinds[next(r, 3)];
    bool write = next(r, 2);
    if (write && next(r, 4))
        value = random_entry(r);                   /* it may land in a table */
    bool good = write ? lin_write(&f->cpu, linear, &value, 4, as) : lin_read(&f->cpu, linear, &value, 4, as);
    f->cpu.attention = 0;
    return good ? value : (u64)1 << 63 | (u64)f->cpu.fault.error << 32 | f->cpu.fault.cr2;
}

/* A change of the guest's tables or mode, with all that the manual asks for. */
static void random_change(struct fixture *f, struct random *r)
{
    struct cpu *cpu = &f->cpu;
    u32 i = next(r, PAGES), directory = next(r, 2) ? DIRECTORY : OTHER_DIRECTORY;
    switch (next(r, 6)) {
    case 0:
        cpu->sys.cr0 ^= CR0_WP;
        cpu_mode_changed(cpu);
        break;
    case 1:
        cpu->sys.cr4 ^= next(r, 2) ? CR4_PSE : CR4_PGE;
        tlb_flush(cpu, true);
        break;
    case 2:
        cr3(f, directory);
        break;
    case 3:
        poke(f, directory + ((WINDOW >> 22) + next(r, 5)) * 4, 4, random_directory_entry(r));
        break;
    default:
        if (next(r, 2))                            /* one of P W U A D G */
            poke(f, TABLE + i * 4, 4, peek(f, TABLE + i * 4, 4) ^ (u32[]){ 1, 2, 4, 32, 64, 256 }[next(r, 6)]);
        else if (next(r, 2))
            poke(f, TABLE + i * 4, 4, random_entry(r));
        else
            put(f, TABLE + i * 4, random_entry(r));
        cpu->attention = 0;
    }
}

static struct fixture *random_guest(const char *vmm)
{
    struct fixture *f = paged(vmm);
    memory_map_rom(&f->memory, "rom", ROM_AT, PAGE_SIZE, NULL, 1);
    memory_map_mmio(&f->memory, "device", MMIO_AT, PAGE_SIZE, &device, NULL, 1);
    f->cpu.sys.cr4 |= CR4_PGE | CR4_PSE;
    tlb_flush(&f->cpu, true);
    return f;
}

static const u32 table_frames[] = { DIRECTORY, OTHER_DIRECTORY, TABLE };
enum { TABLE_WORDS = ARRAY_LEN(table_frames) * 1024 };

/* Whether an entry has changed by more than getting A and D, so that the manual asks for an invalidation. */
static bool tables_changed(const struct fixture *f, u32 before[TABLE_WORDS])
{
    bool changed = false;
    for (u32 i = 0; i < TABLE_WORDS; i++) {
        u32 now;
        memcpy(&now, f->memory.ram + table_frames[i / 1024] + i % 1024 * 4, 4);
        changed |= (now & ~(u32)(PTE_A | PTE_D)) != (before[i] & ~(u32)(PTE_A | PTE_D)) || (before[i] & ~now);
        before[i] = now;
    }
    return changed;
}

/* `sloppy` guests invalidate now and then: only counting is held to equality with them. */
static void random_run(struct fixture *bare, struct fixture *f, u64 seed, bool sloppy)
{
    struct random r = { seed * 0x9e3779b97f4a7c15 };
    const struct shadow *s = f->cpu.shadow;
    u32 before[TABLE_WORDS];
    tables_changed(bare, before);
    for (unsigned step = 0; step < 1500; step++) {
        bool change = next(&r, 8) == 0, flush = next(&r, 16) == 0;
        struct random a = r, b = r;
        if (change) {
            random_change(bare, &a);
            random_change(f, &b);
        } else {
            u64 x = random_access(bare, &a), y = random_access(f, &b);
            ck_assert_msg(x == y, "seed %llu, step %u: %llx instead of %llx", (unsigned long long)seed, step,
                          (unsigned long long)y, (unsigned long long)x);
        }
        r = a;
        if (flush || (tables_changed(bare, before) && !sloppy)) {
            tlb_flush(&bare->cpu, true);
            tlb_flush(&f->cpu, true);
        }
        if (step % 8 == 0)
            checked(f);
        char why[200] = "";
        ck_assert(s->tracing != TRACE_ADAPTIVE || s->traced <= s->trace_max);
        ck_assert_msg(shadow_check_some(&f->cpu, why, sizeof why), "seed %llu, step %u: %s", (unsigned long long)seed,
                      step, why);
    }
    checked(f);
    ck_assert(memcmp(bare->memory.ram, f->memory.ram, bare->memory.ram_bytes) == 0);
}

START_TEST(random_guests_see_a_bare_machine)
{
    for (u64 seed = 1; seed <= 25; seed++) {
        struct fixture *bare = random_guest("compliant"), *f = random_guest(variants[_i].text);
        random_run(bare, f, seed, f->cpu.shadow->counts && seed % 2);
        fixture_free(bare);
        fixture_free(f);
    }
}
END_TEST

Suite *shadow_suite(void)
{
    Suite *suite = suite_create("shadow");
    TCase *tc = tcase_create("shadow");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, premapped_pages_are_hidden_faults, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, first_write_is_a_hidden_fault, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, cleared_bits_come_back, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, rewritten_entries_are_trace_faults, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, written_before_it_is_a_table, 0, ARRAY_LEN(variants));
    tcase_add_test(tc, trace_faults_fill_nothing);
    tcase_add_loop_test(tc, aliases_of_one_entry, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, directory_entry_gets_writable, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, demand_paging, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, cached_roots_are_not_refilled, 0, 2);
    tcase_add_loop_test(tc, reading_tables_traps_nothing, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, directory_that_maps_itself, 0, ARRAY_LEN(variants));
    tcase_add_test(tc, table_reused_as_data_loses_its_trace);
    tcase_add_test(tc, often_written_tables_are_traced_no_longer);
    tcase_add_test(tc, supervisor_writes_to_read_only_user_pages);
    tcase_add_loop_test(tc, large_pages_are_splintered, 0, ARRAY_LEN(variants));
    tcase_add_loop_test(tc, devices_and_rom, 0, ARRAY_LEN(variants));
    tcase_add_test(tc, late_traces_compare_first);
    tcase_add_test(tc, two_views);
    tcase_add_loop_test(tc, map_changes, 0, ARRAY_LEN(variants));
    tcase_add_test(tc, tables_run_out);
    tcase_add_loop_test(tc, checker_sees_breaches, 0, 12);
    tcase_add_loop_test(tc, random_guests_see_a_bare_machine, 0, ARRAY_LEN(variants));
    suite_add_tcase(suite, tc);
    return suite;
}
