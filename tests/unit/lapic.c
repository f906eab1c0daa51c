/* The local APIC: reset state, priorities, interrupt commands, LVT and pins, errors, timer to the cycle, its page. */
#include "tests/unit/apic_board.h"

enum { SELF = 1 << 18, ALL = 2 << 18, OTHERS = 3 << 18, LOGICAL = 1 << 11 };
enum { BUS_CYCLES = APIC_BOARD_HZ / APIC_BUS_HZ, MASKED = 1 << 16, PERIODIC = 1 << 17 };

START_TEST(after_reset)
{
    struct apic_board a;
    apic_board_start(&a);
    static const struct { u32 offset, value; } expected[] = {
        { LAPIC_ID, 0 }, { LAPIC_VERSION, 0x00040011 }, { LAPIC_TPR, 0 }, { LAPIC_PPR, 0 }, { LAPIC_LDR, 0 },
        { LAPIC_DFR, 0xFFFFFFFF }, { LAPIC_SVR, 0xFF }, { LAPIC_ESR, 0 }, { LAPIC_ICR, 0 }, { LAPIC_LVT, MASKED },
        { 0x340, MASKED }, { LAPIC_LVT_LINT0, MASKED }, { LAPIC_LVT_LINT1, MASKED }, { LAPIC_LVT_ERROR, MASKED },
        { LAPIC_INITIAL, 0 }, { LAPIC_COUNT, 0 }, { LAPIC_DIVIDE, 0 }, { LAPIC_IRR, 0 }, { LAPIC_ISR, 0 }, { LAPIC_TMR, 0 }
    };
    for (unsigned i = 0; i < ARRAY_LEN(expected); i++)
        ck_assert_msg(lapic_get(&a, expected[i].offset) == expected[i].value, "%x is %x", expected[i].offset,
                      lapic_get(&a, expected[i].offset));
    /* Entries stay masked while it is software-disabled, and become so with it. */
    lapic_put(&a, LAPIC_LVT_LINT0, 0x700);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LVT_LINT0), MASKED | 0x700);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_LVT_LINT0, 0x700);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LVT_LINT0), 0x700);
    lapic_put(&a, LAPIC_SVR, 0xFF);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LVT_LINT0), MASKED | 0x700);
    apic_board_end(&a);
}
END_TEST

START_TEST(pentium_has_fewer_entries)
{
    struct apic_board a;
    apic_board_start(&a);
    a.lapic.p6 = false;
    ck_assert_uint_eq(lapic_get(&a, LAPIC_VERSION), 0x00030010);
    ck_assert_uint_eq(lapic_get(&a, 0x340), 0);
    lapic_put(&a, LAPIC_ESR, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ESR), 0x80);
    apic_board_end(&a);
}
END_TEST

START_TEST(only_aligned_dwords_write)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_put(&a, LAPIC_LDR, 0x12345678);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LDR), 0x12000000);
    ck_assert_uint_eq(memory_load(&a.memory, LAPIC_BASE + LAPIC_LDR + 3, 1), 0x12);
    ck_assert_uint_eq(memory_load(&a.memory, LAPIC_BASE + LAPIC_LDR + 2, 2), 0x1200);
    memory_store(&a.memory, LAPIC_BASE + LAPIC_LDR + 3, 0xFF, 1);
    memory_store(&a.memory, LAPIC_BASE + LAPIC_LDR + 2, 0xFFFF, 2);
    memory_store(&a.memory, LAPIC_BASE + LAPIC_LDR + 4, 0xFFFFFFFF, 4);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LDR), 0x12000000);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LDR + 4), 0);
    apic_board_end(&a);
}
END_TEST

/* Class by class: what is more urgent than what is served and what the task may be disturbed by. */
START_TEST(priorities)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_TPR, 0x45);
    lapic_ipi(&a, 0, SELF | 0x41);
    ck_assert(!a.intr.level);                            /* same class as the task */
    ck_assert(lapic_has(&a, LAPIC_IRR, 0x41));
    ck_assert_uint_eq(lapic_get(&a, LAPIC_PPR), 0x45);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_APR), 0x45);
    lapic_ipi(&a, 0, SELF | 0x73);
    ck_assert(a.intr.level);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_APR), 0x70);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x73);
    ck_assert(!a.intr.level && lapic_has(&a, LAPIC_ISR, 0x73) && !lapic_has(&a, LAPIC_IRR, 0x73));
    ck_assert_uint_eq(lapic_get(&a, LAPIC_PPR), 0x70);
    lapic_ipi(&a, 0, SELF | 0x7F);
    ck_assert(!a.intr.level);                            /* higher number, same class */
    lapic_ipi(&a, 0, SELF | 0x80);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x80);
    lapic_put(&a, LAPIC_EOI, 0);                         /* ends 80 */
    ck_assert(!lapic_has(&a, LAPIC_ISR, 0x80) && lapic_has(&a, LAPIC_ISR, 0x73) && !a.intr.level);
    lapic_put(&a, LAPIC_EOI, 0);                         /* ends 73 */
    ck_assert(a.intr.level);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x7F);
    lapic_put(&a, LAPIC_EOI, 0);
    lapic_put(&a, LAPIC_TPR, 0x30);
    ck_assert(a.intr.level);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x41);
    lapic_put(&a, LAPIC_EOI, 0);
    lapic_put(&a, LAPIC_EOI, 0);                         /* one too many changes nothing */
    ck_assert_uint_eq(a.ends, 0);                        /* all were edges */
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0xFF);
    ck_assert(!lapic_has(&a, LAPIC_ISR, 0xFF));          /* spurious: nothing to end */
    apic_board_end(&a);
}
END_TEST

START_TEST(spurious_vector_is_programmed)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_put(&a, LAPIC_SVR, 0x350);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_SVR), 0x35F);  /* the P6 has ones there */
    lapic_ipi(&a, 0, SELF | 0x41);
    lapic_put(&a, LAPIC_TPR, 0xF0);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x5F);
    lapic_put(&a, LAPIC_TPR, 0);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x41);
    apic_board_end(&a);
}
END_TEST

START_TEST(interrupt_commands)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    static const struct { u32 high, low; u8 vector; bool arrives; } commands[] = {
        { 0, 0x50, 0x50, true }, { 0x01000000, 0x51, 0x51, false }, { 0xFF000000, 0x52, 0x52, true },
        { 0x0F000000, 0x53, 0x53, true }, { 0, ALL | 0x54, 0x54, true }, { 0, OTHERS | 0x55, 0x55, false },
        { 0, SELF | 0x56, 0x56, true }, { 0, 0x157, 0x57, true /* lowest priority */ },
        { 0x02000000, LOGICAL | 0x58, 0x58, true }, { 0x01000000, LOGICAL | 0x59, 0x59, false },
        { 0, SELF | 0x15A, 0x5A, false /* to oneself only fixed */ }, { 0, 0x35B, 0x5B, false /* reserved */ }
    };
    lapic_put(&a, LAPIC_LDR, 0x02000000);
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
        lapic_ipi(&a, commands[i].high, commands[i].low);
        ck_assert_msg(lapic_has(&a, LAPIC_IRR, commands[i].vector) == commands[i].arrives, "command %u", i);
        ck_assert(!(lapic_get(&a, LAPIC_ICR) & 1 << 12));
        lapic_put(&a, LAPIC_ESR, 0);
        bool accepted = commands[i].arrives || i == ARRAY_LEN(commands) - 1;
        ck_assert_msg(!(lapic_get(&a, LAPIC_ESR) & 4) == accepted, "command %u: ESR %x", i, lapic_get(&a, LAPIC_ESR));
    }
    lapic_ipi(&a, 0, 0x400);
    lapic_ipi(&a, 0, 0x200);
    lapic_ipi(&a, 0, 0x4500);
    lapic_ipi(&a, 0, ALL | 0x8500);                      /* deassert */
    lapic_ipi(&a, 0, 0x4612);                            /* startup: it runs already */
    lapic_ipi(&a, 0, SELF | 0x400);
    ck_assert(a.nmi.rises == 1 && a.smi.rises == 1 && a.init.rises == 1 && a.nmi.falls == 1);
    apic_board_end(&a);
}
END_TEST

START_TEST(cluster_model)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_DFR, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_DFR), 0x0FFFFFFF);
    lapic_put(&a, LAPIC_LDR, 0x34000000);
    static const struct { u8 destination; bool arrives; } sets[] = {
        { 0x34, true }, { 0x3F, true }, { 0x38, false }, { 0x24, false }, { 0x30, false }, { 0xFF, true }
    };
    for (unsigned i = 0; i < ARRAY_LEN(sets); i++) {
        lapic_ipi(&a, (u32)sets[i].destination << 24, LOGICAL | (0x60 + i));
        ck_assert_msg(lapic_has(&a, LAPIC_IRR, (u8)(0x60 + i)) == sets[i].arrives, "%02x", sets[i].destination);
    }
    apic_board_end(&a);
}
END_TEST

/* Errors gather until ESR is written, and interrupt once. */
START_TEST(errors)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_LVT_ERROR, 0xFE);
    lapic_ipi(&a, 0, SELF | 0x0F);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ESR), 0);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0xFE);
    lapic_put(&a, LAPIC_EOI, 0);
    lapic_ipi(&a, 0, SELF | 0x0F);
    ck_assert(!a.intr.level);
    ck_assert_uint_eq(lapic_get(&a, 0x3F0), 0);          /* no such register */
    ck_assert(a.intr.level);
    lapic_put(&a, LAPIC_ESR, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ESR), 0xA0);
    lapic_put(&a, LAPIC_ESR, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ESR), 0);
    /* An error entry with an illegal vector is an error that cannot be told. */
    lapic_put(&a, LAPIC_LVT_ERROR, 0x0E);
    lapic_ipi(&a, 0, OTHERS | 0x40);
    lapic_put(&a, LAPIC_ESR, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ESR), 0x44);
    lapic_put(&a, LAPIC_ISR, 0xFFFFFFFF);                /* read-only is not absent */
    lapic_put(&a, LAPIC_COUNT, 5);
    lapic_put(&a, LAPIC_ESR, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ESR), 0);
    apic_board_end(&a);
}
END_TEST

START_TEST(pins_without_apic)
{
    struct apic_board a;
    apic_board_start(&a);
    for (int round = 0; round < 2; round++) {            /* software-disabled, then globally */
        lapic_set_pin(&a.lapic, LAPIC_LINT0, true);
        ck_assert(a.intr.level && lapic_passes_external(&a.lapic));
        ck_assert_int_eq(lapic_acknowledge(&a.lapic), EXTERNAL_VECTOR);
        lapic_set_pin(&a.lapic, LAPIC_LINT0, false);
        ck_assert(!a.intr.level);
        lapic_set_pin(&a.lapic, LAPIC_LINT1, true);
        lapic_set_pin(&a.lapic, LAPIC_LINT1, false);
        ck_assert_uint_eq(a.nmi.rises, (unsigned)round + 1);
        lapic_set_base(&a.lapic, LAPIC_BASE, false);
        ck_assert(!lapic_visible(&a.lapic));
    }
    apic_board_end(&a);
}
END_TEST

START_TEST(pins_by_their_entries)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_set_pin(&a.lapic, LAPIC_LINT0, true);
    ck_assert(!a.intr.level && !lapic_passes_external(&a.lapic));
    lapic_put(&a, LAPIC_LVT_LINT0, 0x700);
    ck_assert(a.intr.level);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), EXTERNAL_VECTOR);
    lapic_set_pin(&a.lapic, LAPIC_LINT0, false);
    lapic_put(&a, LAPIC_LVT_LINT0, 0x2700);              /* active low */
    ck_assert(a.intr.level);
    /* Fixed, edge. */
    lapic_put(&a, LAPIC_LVT_LINT0, 0x61);
    lapic_set_pin(&a.lapic, LAPIC_LINT0, true);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x61);
    lapic_put(&a, LAPIC_EOI, 0);
    ck_assert(!a.intr.level);
    lapic_set_pin(&a.lapic, LAPIC_LINT0, false);
    /* Fixed, level: again after each end while the pin is active. */
    lapic_put(&a, LAPIC_LVT_LINT0, 0x8062);
    lapic_set_pin(&a.lapic, LAPIC_LINT0, true);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LVT_LINT0), 0xC062);
    ck_assert(lapic_has(&a, LAPIC_TMR, 0x62));
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x62);
    ck_assert(!a.intr.level);
    lapic_put(&a, LAPIC_EOI, 0);
    ck_assert(a.intr.level && a.ends == 1 && a.ended == 0x62);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x62);
    lapic_set_pin(&a.lapic, LAPIC_LINT0, false);
    lapic_put(&a, LAPIC_EOI, 0);
    ck_assert(!a.intr.level);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_LVT_LINT0), 0x8062);
    /* NMI and SMI. */
    lapic_put(&a, LAPIC_LVT_LINT1, 0x400);
    lapic_set_pin(&a.lapic, LAPIC_LINT1, true);
    lapic_set_pin(&a.lapic, LAPIC_LINT1, false);
    lapic_put(&a, LAPIC_LVT_LINT1, 0x200);
    lapic_set_pin(&a.lapic, LAPIC_LINT1, true);
    ck_assert(a.nmi.rises == 1 && a.smi.rises == 1);
    apic_board_end(&a);
}
END_TEST

/* A message that asks for the 8259, which comes after what the APIC has of its own. */
START_TEST(external_by_message)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    ck_assert(lapic_message(&a.lapic, &(struct apic_message){ .mode = APIC_EXTINT }));
    lapic_ipi(&a, 0, SELF | 0x41);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x41);
    ck_assert(a.intr.level);
    ck_assert_int_eq(lapic_acknowledge(&a.lapic), EXTERNAL_VECTOR);
    ck_assert(!a.intr.level && a.externals == 1);
    ck_assert(!lapic_message(&a.lapic, &(struct apic_message){ .destination = 3, .vector = 0x50 }));
    lapic_put(&a, LAPIC_SVR, 0xFF);
    ck_assert(!lapic_message(&a.lapic, &(struct apic_message){ .vector = 0x50 }));
    ck_assert(lapic_message(&a.lapic, &(struct apic_message){ .mode = APIC_NMI }));
    apic_board_end(&a);
}
END_TEST

START_TEST(timer_one_shot)
{
    struct apic_board a;
    static const struct { u8 code; unsigned divider; } dividers[] = {
        { 0x0, 2 }, { 0x1, 4 }, { 0x2, 8 }, { 0x3, 16 }, { 0x8, 32 }, { 0x9, 64 }, { 0xA, 128 }, { 0xB, 1 }
    };
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_LVT, 0x40);
    for (unsigned i = 0; i < ARRAY_LEN(dividers); i++) {
        u64 step = (u64)dividers[i].divider * BUS_CYCLES, start = clock_now(&a.b.clock);
        lapic_put(&a, LAPIC_DIVIDE, dividers[i].code);
        lapic_put(&a, LAPIC_INITIAL, 10);
        ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 10);
        run_to(&a.b, start + 3 * step - 1);
        ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 8);
        run_to(&a.b, start + 3 * step);
        ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 7);
        run_to(&a.b, start + 100 * step);
        ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 0);
        ck_assert_uint_eq(a.intr.rises, i + 1);
        ck_assert_uint_eq(a.intr.risen_at, start + 10 * step);
        ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x40);
        lapic_put(&a, LAPIC_EOI, 0);
    }
    apic_board_end(&a);
}
END_TEST

START_TEST(timer_periodic)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_DIVIDE, 0xB);
    lapic_put(&a, LAPIC_LVT, PERIODIC | 0x40);
    lapic_put(&a, LAPIC_INITIAL, 1000);
    u64 start = clock_now(&a.b.clock);
    for (unsigned i = 1; i <= 5; i++) {
        run_to(&a.b, start + (u64)i * 1000 * BUS_CYCLES);
        ck_assert_uint_eq(a.intr.rises, i);
        ck_assert_uint_eq(a.intr.risen_at, start + (u64)i * 1000 * BUS_CYCLES);
        ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 1000);
        ck_assert_int_eq(lapic_acknowledge(&a.lapic), 0x40);
        lapic_put(&a, LAPIC_EOI, 0);
    }
    /* Masked it goes on in silence, and needs no event. */
    lapic_put(&a, LAPIC_LVT, MASKED | PERIODIC | 0x40);
    ck_assert(!a.lapic.timer.expiry.armed && !lapic_interrupts_possible(&a.lapic));
    run_to(&a.b, start + 7250 * BUS_CYCLES);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 750);
    lapic_put(&a, LAPIC_LVT, PERIODIC | 0x40);
    run_to(&a.b, start + 8000 * BUS_CYCLES);
    ck_assert_uint_eq(a.intr.risen_at, start + 8000 * BUS_CYCLES);
    /* The divider changes in the middle of a period: what is left takes twice as long. */
    run_to(&a.b, start + 8400 * BUS_CYCLES);
    lapic_acknowledge(&a.lapic);
    lapic_put(&a, LAPIC_EOI, 0);
    lapic_put(&a, LAPIC_DIVIDE, 0);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_COUNT), 600);
    run_to(&a.b, start + 9600 * BUS_CYCLES);
    ck_assert_uint_eq(a.intr.risen_at, start + 9600 * BUS_CYCLES);
    /* A write in the middle of a step does not lengthen it. */
    lapic_acknowledge(&a.lapic);
    lapic_put(&a, LAPIC_EOI, 0);
    lapic_put(&a, LAPIC_DIVIDE, 0xA);
    lapic_put(&a, LAPIC_INITIAL, 10);
    u64 again = clock_now(&a.b.clock);
    run_to(&a.b, again + 200 * BUS_CYCLES);
    lapic_put(&a, LAPIC_LVT, PERIODIC | 0x40);
    run_to(&a.b, again + 1280 * BUS_CYCLES);
    ck_assert_uint_eq(a.intr.risen_at, again + 1280 * BUS_CYCLES);
    /* An initial count of 0 stops it. */
    lapic_put(&a, LAPIC_INITIAL, 0);
    ck_assert(!a.lapic.timer.expiry.armed);
    apic_board_end(&a);
}
END_TEST

/* Periods shorter than an instruction are one interrupt, not a hang. */
START_TEST(timer_too_fast)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_DIVIDE, 0xB);
    lapic_put(&a, LAPIC_LVT, PERIODIC | 0x40);
    lapic_put(&a, LAPIC_INITIAL, 1);
    a.b.clock.now += 1000000;
    clock_fire(&a.b.clock);
    ck_assert_uint_eq(a.intr.rises, 1);
    ck_assert_uint_gt(clock_next(&a.b.clock), clock_now(&a.b.clock));
    apic_board_end(&a);
}
END_TEST

START_TEST(saved_and_loaded)
{
    static struct apic_board a, other;
    apic_board_start(&a);
    apic_board_start(&other);
    lapic_software_enable(&a);
    lapic_put(&a, LAPIC_LVT, PERIODIC | 0x40);
    lapic_put(&a, LAPIC_INITIAL, 77);
    lapic_ipi(&a, 0, SELF | 0x41);
    check_save_load(&a.lapic.dev, &other.lapic.dev);
    ck_assert(other.lapic.timer.expiry.armed);
    other.lapic.base = 0x12345678;
    other.lapic.timer.since = UINT64_MAX;
    lapic_class.restored(&other.lapic.dev);
    ck_assert_uint_eq(memory_load(&other.memory, 0x12345000 + LAPIC_VERSION, 4), 0x00040011);
    ck_assert_uint_eq(lapic_get(&other, LAPIC_VERSION), 0xFFFFFFFF);
    run_to(&other.b, 100000);
    apic_board_end(&a);
    apic_board_end(&other);
}
END_TEST

/* INIT keeps the ID, RESET does not. */
START_TEST(init_and_reset)
{
    struct apic_board a;
    apic_board_start(&a);
    lapic_put(&a, LAPIC_ID, 0x5A000000);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ID), 0x0A000000);
    lapic_software_enable(&a);
    lapic_ipi(&a, 0x0A000000, 0x55);
    ck_assert(a.intr.level);
    lapic_init(&a.lapic);
    ck_assert(!a.intr.level && lapic_get(&a, LAPIC_SVR) == 0xFF && lapic_get(&a, LAPIC_ID) == 0x0A000000);
    lapic_class.reset(&a.lapic.dev, RESET_WARM);
    ck_assert_uint_eq(lapic_get(&a, LAPIC_ID), 0);
    apic_board_end(&a);
}
END_TEST

START_TEST(hostile_writes)
{
    struct apic_board a;
    u64 random = 7;
    apic_board_start(&a);
    for (int i = 0; i < 200000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        u32 offset = (random >> 52) & (random >> 20 & 1 ? 0xFF0 : 0xFFF);
        unsigned width = 1u << (random >> 18) % 3;
        if (random >> 17 & 1) memory_store(&a.memory, LAPIC_BASE + offset, (u32)(random >> 21), width);
        else memory_load(&a.memory, LAPIC_BASE + offset, width);
        if (a.intr.level && random >> 40 & 1) lapic_acknowledge(&a.lapic);
        if (!(random >> 41 & 7)) lapic_set_pin(&a.lapic, random >> 44 & 1, random >> 45 & 1);
        if (!(random >> 41 & 15)) a.b.clock.now += random >> 46 & 0xFFF;
        clock_fire(&a.b.clock);
    }
    apic_board_end(&a);
}
END_TEST

Suite *lapic_suite(void)
{
    const TTest *const tests[] = {
        after_reset, pentium_has_fewer_entries, only_aligned_dwords_write, priorities, spurious_vector_is_programmed,
        interrupt_commands, cluster_model, errors, pins_without_apic, pins_by_their_entries, external_by_message,
        timer_one_shot, timer_periodic, timer_too_fast, saved_and_loaded, init_and_reset, hostile_writes
    };
    return suite_of("lapic", tests, ARRAY_LEN(tests));
}
