/* The I/O APIC: registers, edges and levels, remote IRR, polarity, what goes on the bus; with a local APIC behind it. */
#include "tests/unit/apic_board.h"

enum { MASKED = 1 << 16, LEVEL = 1 << 15, REMOTE = 1 << 14, LOW = 1 << 13, LOGICAL = 1 << 11 };

/* The local APIC's board with an I/O APIC on it. */
struct fixture { struct apic_board a; struct ioapic ioapic; struct apic_message last; unsigned sent; bool deaf; };

static bool bus(void *self, const struct apic_message *message)
{
    struct fixture *f = self;
    f->last = *message;
    f->sent++;
    return !f->deaf && lapic_message(&f->a.lapic, message);
}

static void start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    apic_board_start(&f->a);
    f->a.lapic.eoi = ioapic_end_of_interrupt;
    f->a.lapic.eoi_self = &f->ioapic;
    f->ioapic.send = bus;
    f->ioapic.send_self = f;
    chip_start(&f->a.b, &f->ioapic.dev, &ioapic_class, "ioapic");
    lapic_software_enable(&f->a);
}
static void end(struct fixture *f) { apic_board_end(&f->a); }

static u32 get(struct fixture *f, u8 reg)
{
    memory_store(&f->a.memory, IOAPIC_BASE, reg, 4);
    return memory_load(&f->a.memory, IOAPIC_BASE + 0x10, 4);
}
static void put(struct fixture *f, u8 reg, u32 value)
{
    memory_store(&f->a.memory, IOAPIC_BASE, reg, 4);
    memory_store(&f->a.memory, IOAPIC_BASE + 0x10, value, 4);
}
static void entry(struct fixture *f, unsigned pin, u32 low) { put(f, (u8)(0x10 + 2 * pin), low); }
static void edge(struct fixture *f, int pin)
{
    ioapic_set_pin(&f->ioapic, pin, true);
    ioapic_set_pin(&f->ioapic, pin, false);
}
static void serve(struct fixture *f, u8 vector)
{
    ck_assert(f->a.intr.level);
    ck_assert_int_eq(lapic_acknowledge(&f->a.lapic), vector);
}
static void finish(struct fixture *f) { lapic_put(&f->a, LAPIC_EOI, 0); }

START_TEST(registers)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(get(&f, 1), 0x00170011);
    put(&f, 0, 0xFFFFFFFF);
    ck_assert_uint_eq(get(&f, 0), 0x0F000000);
    ck_assert_uint_eq(get(&f, 2), 0x0F000000);
    for (u8 pin = 0; pin < 24; pin++) ck_assert_uint_eq(get(&f, 0x10 + 2 * pin), MASKED);
    put(&f, 0x3F, 0xFFFFFFFF);
    put(&f, 0x3E, 0xFFFFFFFF);
    ck_assert_uint_eq(get(&f, 0x3F), 0xFF000000);
    ck_assert_uint_eq(get(&f, 0x3E), 0x1AFFF);
    put(&f, 0x40, 0x12345678);
    ck_assert_uint_eq(get(&f, 0x40), 0);
    ck_assert_uint_eq(get(&f, 0x0F), 0);
    ck_assert_uint_eq(memory_load(&f.a.memory, IOAPIC_BASE, 4), 0x0F);
    end(&f);
}
END_TEST

START_TEST(edges)
{
    struct fixture f;
    start(&f);
    edge(&f, 4);                                         /* masked: lost */
    entry(&f, 4, 0x44);
    ck_assert(!f.a.intr.level);
    ioapic_set_pin(&f.ioapic, 4, true);
    serve(&f, 0x44);
    ck_assert(!lapic_has(&f.a, LAPIC_TMR, 0x44));
    finish(&f);
    ck_assert(!f.a.intr.level);                          /* still high: no edge */
    entry(&f, 4, MASKED | 0x44);
    entry(&f, 4, 0x44);
    ck_assert(!f.a.intr.level);                          /* nor is a new entry one */
    ioapic_set_pin(&f.ioapic, 4, false);
    ioapic_set_pin(&f.ioapic, 4, true);
    serve(&f, 0x44);
    finish(&f);
    ck_assert_uint_eq(f.sent, 2);
    end(&f);
}
END_TEST

START_TEST(levels)
{
    struct fixture f;
    start(&f);
    ioapic_set_pin(&f.ioapic, 9, true);
    entry(&f, 9, LEVEL | 0x59);                          /* masked, a level is not lost */
    serve(&f, 0x59);
    ck_assert(lapic_has(&f.a, LAPIC_TMR, 0x59));
    ck_assert_uint_eq(get(&f, 0x22), LEVEL | REMOTE | 0x59);
    ioapic_set_pin(&f.ioapic, 9, false);
    ioapic_set_pin(&f.ioapic, 9, true);
    ck_assert_uint_eq(f.sent, 1);
    finish(&f);
    serve(&f, 0x59);                                     /* asserted still */
    ioapic_set_pin(&f.ioapic, 9, false);
    finish(&f);
    ck_assert(!f.a.intr.level);
    ck_assert_uint_eq(get(&f, 0x22), LEVEL | 0x59);
    /* The remote IRR of an entry that lost its end goes with a spell as edge-triggered. */
    ioapic_set_pin(&f.ioapic, 9, true);
    entry(&f, 9, MASKED | LEVEL | 0x59);
    ck_assert(get(&f, 0x22) & REMOTE);
    entry(&f, 9, MASKED | 0x59);
    ck_assert(!(get(&f, 0x22) & REMOTE));
    end(&f);
}
END_TEST

START_TEST(polarity)
{
    struct fixture f;
    start(&f);
    entry(&f, 16, MASKED | LOW | LEVEL | 0x60);
    ioapic_set_pin(&f.ioapic, 16, true);
    entry(&f, 16, LOW | LEVEL | 0x60);
    ck_assert(!f.a.intr.level);
    ioapic_set_pin(&f.ioapic, 16, false);
    serve(&f, 0x60);
    ioapic_set_pin(&f.ioapic, 16, true);
    finish(&f);
    ck_assert(!f.a.intr.level);
    end(&f);
}
END_TEST

START_TEST(messages)
{
    struct fixture f;
    start(&f);
    put(&f, 0x15, 0xA5000000);
    entry(&f, 2, LEVEL | LOGICAL | 0x177);
    ioapic_set_pin(&f.ioapic, 2, true);
    ck_assert_uint_eq(f.last.destination, 0xA5);
    ck_assert_uint_eq(f.last.vector, 0x77);
    ck_assert_uint_eq(f.last.mode, APIC_LOWEST);
    ck_assert(f.last.logical && f.last.level);
    ck_assert(!(get(&f, 0x14) & REMOTE));                /* nobody has this logical ID */
    /* It is tried again when something moves. */
    lapic_put(&f.a, LAPIC_LDR, 0x01000000);
    put(&f, 0x15, 0x01000000);
    serve(&f, 0x77);
    /* NMI, SMI, ExtINT: edges even if the entry says level. */
    static const u32 modes[] = { 0x400, 0x200, 0x700, 0x500 };
    for (unsigned i = 0; i < ARRAY_LEN(modes); i++) {
        unsigned before = f.sent;
        entry(&f, 5 + i, LEVEL | modes[i]);
        ck_assert_uint_eq(f.sent, before);
        ioapic_set_pin(&f.ioapic, 5 + (int)i, true);
        ck_assert_uint_eq(f.sent, before + 1);
        ck_assert(!f.last.level && !(get(&f, (u8)(0x10 + 2 * (5 + i))) & REMOTE));
    }
    ck_assert(f.a.nmi.rises == 1 && f.a.smi.rises == 1 && f.a.init.rises == 1 && f.a.lapic.extint);
    end(&f);
}
END_TEST

START_TEST(ends_for_all_entries_of_a_vector)
{
    struct fixture f;
    start(&f);
    entry(&f, 10, LEVEL | 0x59);
    entry(&f, 11, LEVEL | 0x59);
    ioapic_set_pin(&f.ioapic, 10, true);
    ioapic_set_pin(&f.ioapic, 11, true);
    serve(&f, 0x59);
    ioapic_set_pin(&f.ioapic, 10, false);
    finish(&f);
    ck_assert(!(get(&f, 0x24) & REMOTE) && (get(&f, 0x26) & REMOTE));
    serve(&f, 0x59);                                     /* for the other one */
    end(&f);
}
END_TEST

START_TEST(possible_or_not)
{
    struct fixture f;
    start(&f);
    ck_assert(!ioapic_interrupts_possible(&f.ioapic, false));
    entry(&f, 23, 0x30);
    ck_assert(ioapic_interrupts_possible(&f.ioapic, false) && !ioapic_interrupts_possible(&f.ioapic, true));
    entry(&f, 23, 0x430);
    ck_assert(ioapic_interrupts_possible(&f.ioapic, true));
    end(&f);
}
END_TEST

START_TEST(saved_and_loaded)
{
    static struct fixture f, g;
    start(&f);
    start(&g);
    entry(&f, 9, LEVEL | 0x59);
    ioapic_set_pin(&f.ioapic, 9, true);
    check_save_load(&f.ioapic.dev, &g.ioapic.dev);
    end(&f);
    end(&g);
}
END_TEST

START_TEST(hostile_writes)
{
    struct fixture f;
    u64 random = 3;
    start(&f);
    for (int i = 0; i < 200000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        u32 at = IOAPIC_BASE + (random >> 20 & 1 ? (random >> 52 & 0x10) : random >> 52);
        unsigned width = 1u << (random >> 18) % 3;
        if (random >> 17 & 3) memory_store(&f.a.memory, at, (u32)(random >> 24), width);
        else memory_load(&f.a.memory, at, width);
        ioapic_set_pin(&f.ioapic, (int)((random >> 44) % 24), random >> 60 & 1);
        if (f.a.intr.level && random >> 40 & 1) lapic_acknowledge(&f.a.lapic);
        if (random >> 41 & 1) finish(&f);
    }
    end(&f);
}
END_TEST

Suite *ioapic_suite(void)
{
    const TTest *const tests[] = {
        registers, edges, levels, polarity, messages, ends_for_all_entries_of_a_vector, possible_or_not, saved_and_loaded,
        hostile_writes
    };
    return suite_of("ioapic", tests, ARRAY_LEN(tests));
}
