/* The local APIC's registers as memory, and its state (devices/lapic.c has the rest and says what is modelled). */
#include "devices/lapic.h"

enum {
    REG_ID = 0x02, REG_VERSION = 0x03, REG_TPR = 0x08, REG_APR = 0x09, REG_PPR = 0x0A, REG_EOI = 0x0B,
    REG_REMOTE = 0x0C, REG_LDR = 0x0D, REG_DFR = 0x0E, REG_SVR = 0x0F, REG_ISR = 0x10, REG_TMR = 0x18, REG_IRR = 0x20,
    REG_ESR = 0x28, REG_ICR_LOW = 0x30, REG_ICR_HIGH = 0x31, REG_LVT_TIMER = 0x32, REG_LVT_COUNTER = 0x34,
    REG_LVT_LINT0 = 0x35, REG_LVT_LINT1 = 0x36, REG_LVT_ERROR = 0x37, REG_INITIAL = 0x38, REG_COUNT = 0x39,
    REG_DIVIDE = 0x3E
};
enum { ERROR_REGISTER = 1 << 7, VERSION_P5 = 0x00030010, VERSION_P6 = 0x00040011, NONE = -1 };
#define ID_BITS  0x0F000000u
#define LDR_BITS 0xFF000000u
#define DFR_ONES 0x0FFFFFFFu

static int lvt_of(const struct lapic *lapic, unsigned reg)
{
    switch (reg) {
    case REG_LVT_TIMER:   return LVT_TIMER;
    case REG_LVT_COUNTER: return lapic->p6 ? LVT_COUNTER : NONE;
    case REG_LVT_LINT0:   return LVT_LINT0;
    case REG_LVT_LINT1:   return LVT_LINT1;
    case REG_LVT_ERROR:   return LVT_ERROR;
    }
    return NONE;
}

static const u32 *set_word(const struct lapic *lapic, unsigned reg)
{
    const struct lapic_set *const sets[] = { &lapic->isr, &lapic->tmr, &lapic->irr };
    return reg >= REG_ISR && reg < REG_ESR ? &sets[(reg - REG_ISR) / 8]->word[reg % 8] : NULL;
}

static u32 register_read(struct lapic *lapic, unsigned reg)
{
    int lvt = lvt_of(lapic, reg);
    const u32 *word = set_word(lapic, reg);
    if (lvt != NONE) return lapic->lvt[lvt];
    if (word) return *word;
    switch (reg) {
    case REG_ID:       return lapic->id;
    case REG_VERSION:  return lapic->p6 ? VERSION_P6 : VERSION_P5;
    case REG_TPR:      return lapic->tpr;
    case REG_APR:      return lapic_arbitration_priority(lapic);
    case REG_PPR:      return lapic_processor_priority(lapic);
    case REG_EOI:      return 0;
    case REG_REMOTE:   return 0;
    case REG_LDR:      return lapic->ldr;
    case REG_DFR:      return lapic->dfr;
    case REG_SVR:      return lapic->svr;
    case REG_ESR:      return lapic->esr;
    case REG_ICR_LOW:  return lapic->icr[0];
    case REG_ICR_HIGH: return lapic->icr[1];
    case REG_INITIAL:  return lapic->timer.initial;
    case REG_COUNT:    return lapic_timer_count(lapic);
    case REG_DIVIDE:   return lapic->timer.divide;
    }
    lapic_error(lapic, ERROR_REGISTER);
    return 0;
}

/* What was noted since the last write can be read now. */
static void esr_write(struct lapic *lapic)
{
    lapic->esr = lapic->errors;
    lapic->errors = 0;
}

static void register_write(struct lapic *lapic, unsigned reg, u32 value)
{
    int lvt = lvt_of(lapic, reg);
    if (lvt != NONE) {
        lapic_lvt_write(lapic, (enum lapic_lvt)lvt, value);
        return;
    }
    switch (reg) {
    case REG_ID:       lapic->id = value & ID_BITS; return;
    case REG_TPR:      lapic->tpr = value & 0xFF; return;
    case REG_EOI:      lapic_end_of_interrupt(lapic); return;
    case REG_LDR:      lapic->ldr = value & LDR_BITS; return;
    case REG_DFR:      lapic->dfr = value | DFR_ONES; return;
    case REG_SVR:      lapic_svr_write(lapic, value); return;
    case REG_ESR:      esr_write(lapic); return;
    case REG_ICR_LOW:  lapic_icr_write(lapic, value); return;
    case REG_ICR_HIGH: lapic->icr[1] = value & LDR_BITS; return;
    case REG_INITIAL:  lapic_timer_set_initial(lapic, value); return;
    case REG_DIVIDE:   lapic_timer_set_divide(lapic, value); return;
    case REG_VERSION: case REG_APR: case REG_PPR: case REG_REMOTE: case REG_COUNT: return;    /* read-only */
    }
    if (!set_word(lapic, reg)) lapic_error(lapic, ERROR_REGISTER);
}

static u32 lapic_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    return offset & 0xC ? 0 : register_read(self, offset >> 4) >> 8 * (offset & 3);
}

static void lapic_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct lapic *lapic = self;
    if (width != WIDTH_32 || offset & 15) {
        LOG(lapic->dev.board->log, LOG_GUEST_ERRORS, "lapic: write of %u bytes at %03x", width, offset);
        return;
    }
    register_write(lapic, offset >> 4, value);
    lapic_update(lapic);
}

static const struct region_ops lapic_ops = { lapic_read, lapic_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

/* ---- life ---- */
static bool lapic_attach(struct device *dev, struct error *why)
{
    struct lapic *lapic = container_of(dev, struct lapic, dev);
    (void)why;
    lapic_timer_attach(lapic);
    lapic->base = LAPIC_BASE;
    lapic->enabled = true;
    lapic->region = memory_map_mmio(dev->board->memory, "lapic", LAPIC_BASE, LAPIC_BYTES, &lapic_ops, lapic,
                                    LAPIC_PRIORITY);
    return true;
}

/* Where the page is, APIC_BASE says. */
static void lapic_reset(struct device *dev, enum reset_kind kind)
{
    struct lapic *lapic = container_of(dev, struct lapic, dev);
    (void)kind;
    lapic->id = 0;
    lapic_init(lapic);
}

static void lapic_restored(struct device *dev)
{
    struct lapic *lapic = container_of(dev, struct lapic, dev);
    lapic_timer_restored(lapic);
    lapic->base &= ~(u64)(LAPIC_BYTES - 1);
    memory_region_set(dev->board->memory, lapic->region, (u32)lapic->base, lapic_visible(lapic));
}

static const struct field set_fields[] = {
    FIELD_ARRAY(struct lapic_set, word, "a bit per vector"),
    FIELD_END
};
static const struct field lapic_fields[] = {
    FIELD_NONE(struct lapic, dev, "wiring"),
    FIELD_NONE(struct lapic, bus_hz, "configuration"),
    FIELD_NONE(struct lapic, p6, "configuration"),
    FIELD_NONE(struct lapic, region, "map; follows base"),
    FIELD(struct lapic, base, "address of its page"),
    FIELD(struct lapic, enabled, "globally enabled"),
    FIELD(struct lapic, id, "ID"),
    FIELD(struct lapic, ldr, "logical destination"),
    FIELD(struct lapic, dfr, "destination format"),
    FIELD(struct lapic, tpr, "task priority"),
    FIELD(struct lapic, svr, "spurious interrupt vector, software enable"),
    FIELD_ARRAY(struct lapic, icr, "interrupt command"),
    FIELD_ARRAY(struct lapic, lvt, "local vector table: timer, counter, LINT0, LINT1, error"),
    FIELD(struct lapic, esr, "error status"),
    FIELD(struct lapic, errors, "errors since ESR was written"),
    FIELD_SUB(struct lapic, isr, set_fields, "in service"),
    FIELD_SUB(struct lapic, tmr, set_fields, "accepted as level-triggered"),
    FIELD_SUB(struct lapic, irr, set_fields, "requested"),
    FIELD_SUB(struct lapic, timer, lapic_timer_fields, "timer"),
    FIELD_ARRAY(struct lapic, pin, "levels of LINT0, LINT1"),
    FIELD(struct lapic, extint, "an ExtINT message waits"),
    FIELD(struct lapic, intr.level, "INTR"),
    FIELD_NONE(struct lapic, intr, "wiring"),
    FIELD_NONE(struct lapic, nmi, "pulses"),
    FIELD_NONE(struct lapic, smi, "pulses"),
    FIELD_NONE(struct lapic, init, "pulses"),
    FIELD_NONE(struct lapic, external, "wiring"),
    FIELD_NONE(struct lapic, external_self, "wiring"),
    FIELD_NONE(struct lapic, eoi, "wiring"),
    FIELD_NONE(struct lapic, eoi_self, "wiring"),
    FIELD_END
};

const struct device_class lapic_class = {
    .name = "lapic", .size = sizeof(struct lapic), .fields = lapic_fields,
    .attach = lapic_attach, .reset = lapic_reset, .restored = lapic_restored,
};
