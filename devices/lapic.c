/* The local APIC of the Pentium and the P6 family, after the Intel SDM volume 3, "Advanced Programmable Interrupt
 * Controller (APIC)" (1999: chapter 7), and the 82489DX data sheet 290446 for what the bus means.
 *
 * Registers are 32 bits wide, on 16-byte boundaries. Narrower or misaligned reads give the bytes there; such writes are
 * ignored, as are the twelve bytes between registers (the manual leaves both open). IDs have four bits.
 * Sending takes no time: the delivery status is idle when the write is over. A message that nobody accepts, as one to
 * other processors, is a send accept error.
 * While the APIC is software-disabled, as after a reset, LINT0 and LINT1 pass as INTR and NMI although their entries read
 * as masked: firmware and kernels that never touch the APIC find the board of before (the manual has a firmware unmask
 * LINT0 first). APIC_BASE can enable what it has disabled; a P6 needs a reset for that.
 * Not modelled: arbitration and the bus's checksum errors, remote read, focus processors (there is one), performance
 * counters' overflow (the entry holds what was written), the thermal entry, which came with the Pentium 4. */
#include "devices/lapic.h"

enum { SVR_ENABLE = 1 << 8, SVR_WRITABLE = 0x3FF, SVR_RESET = 0xFF, SVR_ONES = 0x0F /* of the vector */ };
enum { ERROR_SEND_ACCEPT = 1 << 2, ERROR_SEND_VECTOR = 1 << 5, ERROR_RECEIVE_VECTOR = 1 << 6 };
enum { ICR_WRITABLE = 0xCCFFF & ~ENTRY_STATUS, NONE = -1 };
enum { TO_FIELD, TO_SELF, TO_ALL, TO_OTHERS };
#define DFR_FLAT 0xFFFFFFFFu

/* What can be written in each entry of the local vector table; and its mask bit is set by a reset. */
static const u32 lvt_writable[LVT_COUNT] = {
    [LVT_TIMER]   = ENTRY_VECTOR | ENTRY_MASKED | LVT_PERIODIC,
    [LVT_COUNTER] = ENTRY_VECTOR | ENTRY_MODE | ENTRY_MASKED,
    [LVT_LINT0]   = ENTRY_VECTOR | ENTRY_MODE | ENTRY_LOW | ENTRY_LEVEL | ENTRY_MASKED,
    [LVT_LINT1]   = ENTRY_VECTOR | ENTRY_MODE | ENTRY_LOW | ENTRY_LEVEL | ENTRY_MASKED,
    [LVT_ERROR]   = ENTRY_VECTOR | ENTRY_MASKED,
};

/* ---- sets of vectors ---- */
static bool set_has(const struct lapic_set *set, u8 vector) { return set->word[vector >> 5] >> (vector & 31) & 1; }

static void set_put(struct lapic_set *set, u8 vector, bool member)
{
    u32 bit = 1u << (vector & 31), *word = &set->word[vector >> 5];
    *word = member ? *word | bit : *word & ~bit;
}

static int set_highest(const struct lapic_set *set)
{
    for (int i = ARRAY_LEN(set->word) - 1; i >= 0; i--)
        if (set->word[i]) return i * 32 + 31 - __builtin_clz(set->word[i]);
    return NONE;
}

/* ---- priorities ---- */
static bool software_enabled(const struct lapic *lapic) { return lapic->enabled && lapic->svr & SVR_ENABLE; }
static u8 set_class(const struct lapic_set *set) { return MAX(set_highest(set), 0) & 0xF0; }

u8 lapic_processor_priority(const struct lapic *lapic)
{
    u8 serving = set_class(&lapic->isr), task = (u8)lapic->tpr;
    return (task & 0xF0) >= serving ? task : serving;
}

/* With nobody to arbitrate against it is only a number: the greatest of the three. */
u8 lapic_arbitration_priority(const struct lapic *lapic)
{
    u8 requested = set_class(&lapic->irr), processor = lapic_processor_priority(lapic);
    return (processor & 0xF0) >= requested ? processor : requested;
}

/* The vector that would be acknowledged now, or NONE. */
static int winner(const struct lapic *lapic)
{
    int vector = set_highest(&lapic->irr);
    return lapic->enabled && vector != NONE && (vector & 0xF0) > (lapic_processor_priority(lapic) & 0xF0) ? vector : NONE;
}

/* ---- the local vector table and its pins ---- */
static const enum lapic_lvt pin_lvt[LAPIC_PINS] = { LVT_LINT0, LVT_LINT1 };

static bool pin_active(const struct lapic *lapic, enum lapic_pin pin)
{
    bool low = software_enabled(lapic) && lapic->lvt[pin_lvt[pin]] & ENTRY_LOW;
    return lapic->pin[pin] != low;
}

/* LINT0 is as a pin of a processor without APIC, or its entry says the same. */
bool lapic_passes_external(const struct lapic *lapic)
{
    u32 entry = lapic->lvt[LVT_LINT0];
    return !software_enabled(lapic) || (!(entry & ENTRY_MASKED) && entry_mode(entry) == APIC_EXTINT);
}

static bool external_due(const struct lapic *lapic)
{
    return lapic->extint || (pin_active(lapic, LAPIC_LINT0) && lapic_passes_external(lapic));
}

void lapic_update(struct lapic *lapic) { line_set(&lapic->intr, winner(lapic) != NONE || external_due(lapic)); }

static void pulse(struct line *line)
{
    line_set(line, true);
    line_set(line, false);
}

static void lvt_interrupt(struct lapic *lapic, enum lapic_lvt which);

/* An error is told once, until a write to ESR has latched it. */
void lapic_error(struct lapic *lapic, u32 error)
{
    bool news = error & ~lapic->errors;
    lapic->errors |= error;
    if (news) lvt_interrupt(lapic, LVT_ERROR);
}

/* false: such a vector cannot be. */
static bool fixed_accept(struct lapic *lapic, u8 vector, bool level)
{
    if (!apic_vector_legal(vector)) {
        lapic_error(lapic, ERROR_RECEIVE_VECTOR);
        return false;
    }
    set_put(&lapic->irr, vector, true);
    set_put(&lapic->tmr, vector, level);
    lapic_update(lapic);
    return true;
}

/* Something that happens once: a rising edge, an error, the timer's end. */
static void lvt_interrupt(struct lapic *lapic, enum lapic_lvt which)
{
    u32 entry = lapic->lvt[which];
    if (!software_enabled(lapic) || entry & ENTRY_MASKED) return;
    switch (entry_mode(entry)) {
    case APIC_FIXED: fixed_accept(lapic, entry & ENTRY_VECTOR, false); break;
    case APIC_SMI:   pulse(&lapic->smi); break;
    case APIC_NMI:   pulse(&lapic->nmi); break;
    case APIC_INIT:  pulse(&lapic->init); break;
    default:         break;
    }
}

void lapic_timer_interrupt(struct lapic *lapic) { lvt_interrupt(lapic, LVT_TIMER); }

/* A pin that asks for as long as it is active, once until the end of the interrupt. */
static void pin_level_ask(struct lapic *lapic, enum lapic_pin pin)
{
    u32 *entry = &lapic->lvt[pin_lvt[pin]];
    if (!software_enabled(lapic) || (*entry & (ENTRY_MODE | ENTRY_LEVEL | ENTRY_REMOTE_IRR | ENTRY_MASKED)) != ENTRY_LEVEL)
        return;
    if (pin_active(lapic, pin) && fixed_accept(lapic, *entry & ENTRY_VECTOR, true)) *entry |= ENTRY_REMOTE_IRR;
}

static bool pin_is_level(const struct lapic *lapic, enum lapic_pin pin)
{
    return (lapic->lvt[pin_lvt[pin]] & (ENTRY_MODE | ENTRY_LEVEL)) == ENTRY_LEVEL;
}

static void pin_rises(struct lapic *lapic, enum lapic_pin pin)
{
    if (pin == LAPIC_LINT1 && !software_enabled(lapic)) pulse(&lapic->nmi);
    else if (!pin_is_level(lapic, pin)) lvt_interrupt(lapic, pin_lvt[pin]);
}

void lapic_set_pin(void *self, int number, bool level)
{
    struct lapic *lapic = self;
    enum lapic_pin pin = (enum lapic_pin)number;
    bool before = pin_active(lapic, pin);
    lapic->pin[pin] = level;
    if (!before && pin_active(lapic, pin)) pin_rises(lapic, pin);
    pin_level_ask(lapic, pin);
    lapic_update(lapic);
}

void lapic_lvt_write(struct lapic *lapic, enum lapic_lvt which, u32 value)
{
    u32 writable = lvt_writable[which];
    u32 entry = (lapic->lvt[which] & ~writable) | (value & writable);
    if (!(entry & ENTRY_LEVEL)) entry &= ~(u32)ENTRY_REMOTE_IRR;
    if (!software_enabled(lapic)) entry |= ENTRY_MASKED;
    if (which == LVT_TIMER) lapic_timer_set_entry(lapic, entry);
    else lapic->lvt[which] = entry;
    for (int pin = 0; pin < LAPIC_PINS; pin++) pin_level_ask(lapic, (enum lapic_pin)pin);
}

void lapic_svr_write(struct lapic *lapic, u32 value)
{
    lapic->svr = (value & SVR_WRITABLE) | SVR_ONES;
    if (lapic->svr & SVR_ENABLE) return;
    for (unsigned i = 0; i < LVT_COUNT; i++) lapic_lvt_write(lapic, (enum lapic_lvt)i, lapic->lvt[i]);
}

/* ---- messages ---- */
static bool addressed(const struct lapic *lapic, u8 destination, bool logical)
{
    u8 set = (u8)(lapic->ldr >> 24);
    if (!logical) return (destination & 0xF) == 0xF || (destination & 0xF) == lapic->id >> 24;
    if (destination == 0xFF) return true;
    if (lapic->dfr == DFR_FLAT) return destination & set;
    return destination >> 4 == set >> 4 && destination & set & 0xF;
}

static bool accept(struct lapic *lapic, const struct apic_message *message)
{
    switch ((enum apic_mode)message->mode) {
    case APIC_FIXED: case APIC_LOWEST:
        return software_enabled(lapic) && fixed_accept(lapic, message->vector, message->level);
    case APIC_SMI:     pulse(&lapic->smi); return true;
    case APIC_NMI:     pulse(&lapic->nmi); return true;
    case APIC_INIT:    pulse(&lapic->init); return true;
    case APIC_STARTUP: return true;          /* ignored by a processor that runs */
    case APIC_EXTINT:
        lapic->extint = true;
        lapic_update(lapic);
        return true;
    case APIC_REMOTE_READ: break;
    }
    return false;
}

bool lapic_message(struct lapic *lapic, const struct apic_message *message)
{
    return lapic->enabled && addressed(lapic, message->destination, message->logical) && accept(lapic, message);
}

/* An INIT with the level bit clear (deassert) only synchronises arbitration IDs. */
static bool ipi_is_deassert(u32 icr) { return entry_mode(icr) == APIC_INIT && !(icr & 1 << 14) && icr & ENTRY_LEVEL; }

static bool ipi_sent(struct lapic *lapic, u32 icr)
{
    struct apic_message message = {
        .destination = (u8)(lapic->icr[1] >> 24), .vector = icr & ENTRY_VECTOR, .mode = (u8)entry_mode(icr),
        .logical = icr & ENTRY_LOGICAL, .level = false
    };
    unsigned shorthand = icr >> 18 & 3;
    switch (shorthand) {
    case TO_FIELD:  return lapic_message(lapic, &message);
    case TO_OTHERS: return false;
    case TO_SELF:   return message.mode == APIC_FIXED && accept(lapic, &message);
    default:        return accept(lapic, &message);
    }
}

void lapic_icr_write(struct lapic *lapic, u32 value)
{
    enum apic_mode mode = entry_mode(value);
    lapic->icr[0] = value & ICR_WRITABLE;
    if (ipi_is_deassert(value)) return;
    if (mode == APIC_REMOTE_READ || mode == APIC_EXTINT) return;       /* reserved */
    if ((mode == APIC_FIXED || mode == APIC_LOWEST) && !apic_vector_legal(value & ENTRY_VECTOR))
        lapic_error(lapic, ERROR_SEND_VECTOR);
    else if (!ipi_sent(lapic, value))
        lapic_error(lapic, ERROR_SEND_ACCEPT);
}

/* ---- service ---- */
int lapic_acknowledge(void *self)
{
    struct lapic *lapic = self;
    int vector = winner(lapic);
    if (vector != NONE) {
        set_put(&lapic->irr, (u8)vector, false);
        set_put(&lapic->isr, (u8)vector, true);
    } else if (external_due(lapic)) {
        lapic->extint = false;
        vector = lapic->external(lapic->external_self);
    } else {
        vector = lapic->svr & ENTRY_VECTOR;
    }
    lapic_update(lapic);
    return vector;
}

static void pins_end(struct lapic *lapic, u8 vector)
{
    for (int pin = 0; pin < LAPIC_PINS; pin++) {
        u32 *entry = &lapic->lvt[pin_lvt[pin]];
        if (!(*entry & ENTRY_REMOTE_IRR) || (*entry & ENTRY_VECTOR) != vector) continue;
        *entry &= ~(u32)ENTRY_REMOTE_IRR;
        pin_level_ask(lapic, (enum lapic_pin)pin);
    }
}

void lapic_end_of_interrupt(struct lapic *lapic)
{
    int vector = set_highest(&lapic->isr);
    if (vector == NONE) return;
    set_put(&lapic->isr, (u8)vector, false);
    if (set_has(&lapic->tmr, (u8)vector)) {
        pins_end(lapic, (u8)vector);
        if (lapic->eoi) lapic->eoi(lapic->eoi_self, (u8)vector);
    }
}

bool lapic_interrupts_possible(const struct lapic *lapic)
{
    return lapic->intr.level || lapic->timer.expiry.armed;
}

void lapic_init(struct lapic *lapic)
{
    lapic_timer_reset(lapic);
    lapic->ldr = lapic->tpr = lapic->esr = lapic->errors = lapic->icr[0] = lapic->icr[1] = 0;
    lapic->dfr = DFR_FLAT;
    lapic->svr = SVR_RESET;
    lapic->isr = lapic->tmr = lapic->irr = (struct lapic_set){ { 0 } };
    for (unsigned i = 0; i < LVT_COUNT; i++) lapic->lvt[i] = ENTRY_MASKED;
    lapic->extint = false;
    lapic_update(lapic);
}

void lapic_set_base(struct lapic *lapic, u64 base, bool enabled)
{
    bool changed = lapic->enabled != enabled;
    lapic->enabled = enabled;
    lapic->base = base & ~(u64)(LAPIC_BYTES - 1);
    if (changed) lapic_init(lapic);
}

/* A base beyond 4 GiB is where nothing here can reach. */
bool lapic_visible(const struct lapic *lapic) { return lapic->enabled && lapic->base <= UINT32_MAX; }
