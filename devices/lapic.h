/* The local APIC of a Pentium or P6 family processor. The board feeds its pins and its bus, moves its page, and takes its
 * interrupt to the processor. */
#ifndef DEVICES_LAPIC_H
#define DEVICES_LAPIC_H
#include "devices/apic_bus.h"
#include "devices/device.h"

/* Pages of the processor's own hide whatever the board has there. */
enum { LAPIC_PRIORITY = 100, LAPIC_BYTES = 0x1000 };
#define LAPIC_BASE 0xFEE00000u

enum lapic_lvt { LVT_TIMER, LVT_COUNTER, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };
enum lapic_pin { LAPIC_LINT0, LAPIC_LINT1, LAPIC_PINS };
enum { LVT_PERIODIC = 1 << 17 };

/* One bit per vector. */
struct lapic_set { u32 word[8]; };

struct lapic_timer {
    u32          divide;             /* the divide configuration register */
    u32          initial;            /* initial count register */
    u32          count;              /* the count at bus clock `since`; 0: stopped */
    u64          since;
    struct event expiry;             /* armed while it would interrupt */
};

struct lapic {
    struct device      dev;
    u64                bus_hz;       /* clock of its timer; set before attach */
    bool               p6;           /* has a counter entry (Pentium Pro and later); set before attach */
    struct region     *region;
    u64                base;         /* of its page */
    bool               enabled;      /* by APIC_BASE: bit 11 */
    u32                id, ldr, dfr, tpr, svr, icr[2] /* low, high */;
    u32                lvt[LVT_COUNT];
    u32                esr, errors;  /* as last latched by a write; since then */
    struct lapic_set   isr, tmr, irr;
    struct lapic_timer timer;
    bool               pin[LAPIC_PINS];   /* levels */
    bool               extint;       /* the I/O APIC has sent an ExtINT */
    struct line        intr, nmi, smi, init;          /* to the processor; the last three are pulses */
    int              (*external)(void *self);         /* acknowledges the 8259; set before attach */
    void              *external_self;
    void             (*eoi)(void *self, u8 vector);   /* a level-triggered interrupt has ended; may be NULL */
    void              *eoi_self;
};
extern const struct device_class lapic_class;

/* APIC_BASE was written. Disabled, all registers are as after a reset; LINT0 is INTR then, LINT1 NMI. The board moves the
 * page, which is to be seen if lapic_visible. */
void lapic_set_base(struct lapic *lapic, u64 base, bool enabled);
bool lapic_visible(const struct lapic *lapic);
/* LINT0 and LINT1; for line_connect. */
void lapic_set_pin(void *lapic, int pin, bool level);
/* A message of the bus. false: it is not for this APIC, or not accepted. */
bool lapic_message(struct lapic *lapic, const struct apic_message *message);
/* The processor's interrupt acknowledge: a vector. When nothing is due any more, the spurious one. */
int  lapic_acknowledge(void *lapic);
/* As by INIT: all but the ID. */
void lapic_init(struct lapic *lapic);
/* Whether the output of the 8259 gets through to the processor, and whether anything else could come from here. */
bool lapic_passes_external(const struct lapic *lapic);
bool lapic_interrupts_possible(const struct lapic *lapic);

/* ---- for lapic_registers.c ---- */
u8   lapic_processor_priority(const struct lapic *lapic);
u8   lapic_arbitration_priority(const struct lapic *lapic);
/* Bits of ESR: noted, and told through the error entry. */
void lapic_error(struct lapic *lapic, u32 error);
void lapic_lvt_write(struct lapic *lapic, enum lapic_lvt which, u32 value);
void lapic_svr_write(struct lapic *lapic, u32 value);
void lapic_icr_write(struct lapic *lapic, u32 value);
void lapic_end_of_interrupt(struct lapic *lapic);
/* After any change: the INTR pin. */
void lapic_update(struct lapic *lapic);

/* ---- lapic_timer.c ---- */
extern const struct field lapic_timer_fields[];
u32  lapic_timer_count(const struct lapic *lapic);
void lapic_timer_set_initial(struct lapic *lapic, u32 count);
void lapic_timer_set_divide(struct lapic *lapic, u32 divide);
/* The timer's LVT entry changes to `entry`. */
void lapic_timer_set_entry(struct lapic *lapic, u32 entry);
void lapic_timer_attach(struct lapic *lapic);
void lapic_timer_reset(struct lapic *lapic);
void lapic_timer_restored(struct lapic *lapic);
/* The timer has run out: its LVT entry's interrupt. */
void lapic_timer_interrupt(struct lapic *lapic);
#endif
