/* A chip board with memory, a local APIC on it and, behind it, counters for what comes out. */
#ifndef TESTS_UNIT_APIC_BOARD_H
#define TESTS_UNIT_APIC_BOARD_H
#include "devices/ioapic.h"
#include "devices/lapic.h"
#include "tests/unit/chip_board.h"

enum { LAPIC_ID = 0x20, LAPIC_VERSION = 0x30, LAPIC_TPR = 0x80, LAPIC_APR = 0x90, LAPIC_PPR = 0xA0, LAPIC_EOI = 0xB0,
       LAPIC_LDR = 0xD0, LAPIC_DFR = 0xE0, LAPIC_SVR = 0xF0, LAPIC_ISR = 0x100, LAPIC_TMR = 0x180, LAPIC_IRR = 0x200,
       LAPIC_ESR = 0x280, LAPIC_ICR = 0x300, LAPIC_ICR_HIGH = 0x310, LAPIC_LVT = 0x320, LAPIC_LVT_LINT0 = 0x350,
       LAPIC_LVT_LINT1 = 0x360, LAPIC_LVT_ERROR = 0x370, LAPIC_INITIAL = 0x380, LAPIC_COUNT = 0x390, LAPIC_DIVIDE = 0x3E0 };
enum { EXTERNAL_VECTOR = 0x08, APIC_BOARD_HZ = 4000000, APIC_BUS_HZ = 1000000 /* a bus clock is four cycles */ };

struct apic_board {
    struct chip_board b;
    struct memory memory;
    struct lapic  lapic;
    struct probe  intr, nmi, smi, init;
    unsigned      externals, ends;
    u8            ended;             /* vector of the last end of interrupt told */
};

static inline int apic_board_external(void *self)
{
    ((struct apic_board *)self)->externals++;
    return EXTERNAL_VECTOR;
}
static inline void apic_board_eoi(void *self, u8 vector)
{
    struct apic_board *a = self;
    a->ends++;
    a->ended = vector;
}

static inline void apic_board_start(struct apic_board *a)
{
    struct error why;
    memset(a, 0, sizeof *a);
    chip_board_init(&a->b, APIC_BOARD_HZ);
    ck_assert(memory_init(&a->memory, 1 << 20, &why));
    a->b.board.memory = &a->memory;
    struct { struct line *line; struct probe *probe; } outputs[] = {
        { &a->lapic.intr, &a->intr }, { &a->lapic.nmi, &a->nmi }, { &a->lapic.smi, &a->smi }, { &a->lapic.init, &a->init }
    };
    for (unsigned i = 0; i < ARRAY_LEN(outputs); i++) {
        outputs[i].probe->board = &a->b;
        line_connect(outputs[i].line, probe_set, outputs[i].probe, 0);
    }
    a->lapic.bus_hz = APIC_BUS_HZ;
    a->lapic.p6 = true;
    a->lapic.external = apic_board_external;
    a->lapic.external_self = a;
    a->lapic.eoi = apic_board_eoi;
    a->lapic.eoi_self = a;
    chip_start(&a->b, &a->lapic.dev, &lapic_class, "lapic");
}
static inline void apic_board_end(struct apic_board *a) { memory_destroy(&a->memory); }

static inline u32 lapic_get(struct apic_board *a, u32 offset) { return memory_load(&a->memory, LAPIC_BASE + offset, 4); }
static inline void lapic_put(struct apic_board *a, u32 offset, u32 value)
{
    memory_store(&a->memory, LAPIC_BASE + offset, value, 4);
}
static inline void lapic_software_enable(struct apic_board *a) { lapic_put(a, LAPIC_SVR, 0x1FF); }
static inline void lapic_ipi(struct apic_board *a, u32 high, u32 low)
{
    lapic_put(a, LAPIC_ICR_HIGH, high);
    lapic_put(a, LAPIC_ICR, low);
}
static inline bool lapic_has(struct apic_board *a, u32 set, u8 vector)
{
    return lapic_get(a, set + (vector >> 5) * 16) >> (vector & 31) & 1;
}
#endif
