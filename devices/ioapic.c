/* Intel 82093AA I/O APIC, data sheet 290566: 24 redirection entries behind IOREGSEL and IOWIN at FEC00000h.
 *
 * An edge on a masked input is lost, as the data sheet says; a level is not. Sending takes no time: the delivery status is
 * always idle. A level-triggered message that no APIC accepts is tried again with the next change of an input or entry or
 * end of an interrupt. Writing an entry as edge-triggered clears its remote IRR, which is how one of this version is reset.
 * SMI, NMI, INIT and ExtINT are edges whatever the entry says.
 * Not modelled: arbitration, relocation by the PIIX3's APICBASE register, access by anything but aligned dwords
 * (narrower writes set the rest of the register to 0). */
#include "devices/ioapic.h"

enum { IOREGSEL = 0x00, IOWIN = 0x10, BYTES = 0x1000, PRIORITY = 50 };
enum { REG_ID, REG_VERSION, REG_ARBITRATION, REG_ENTRIES = 0x10 };
enum { VERSION = (IOAPIC_PINS - 1) << 16 | 0x11 };
enum { LOW_WRITABLE = 0x1AFFF };
#define HIGH_WRITABLE 0xFF000000u

static bool level_triggered(const struct ioapic_entry *entry)
{
    return entry->low & ENTRY_LEVEL && entry_mode(entry->low) <= APIC_LOWEST;
}

static bool send(struct ioapic *ioapic, const struct ioapic_entry *entry)
{
    struct apic_message message = {
        .destination = (u8)(entry->high >> 24), .vector = entry->low & ENTRY_VECTOR,
        .mode = (u8)entry_mode(entry->low), .logical = entry->low & ENTRY_LOGICAL, .level = level_triggered(entry)
    };
    return ioapic->send(ioapic->send_self, &message);
}

static bool pin_active(const struct ioapic *ioapic, unsigned pin)
{
    return (ioapic->lines >> pin & 1) != !!(ioapic->entry[pin].low & ENTRY_LOW);
}

/* Looks at an input after it or its entry has changed. */
static void pin_serve(struct ioapic *ioapic, unsigned pin)
{
    struct ioapic_entry *entry = &ioapic->entry[pin];
    u32 bit = 1u << pin;
    bool active = pin_active(ioapic, pin), rises = active && !(ioapic->active & bit);
    ioapic->active = active ? ioapic->active | bit : ioapic->active & ~bit;
    if (entry->low & ENTRY_MASKED) return;
    if (!level_triggered(entry)) {
        if (rises) send(ioapic, entry);
    } else if (active && !(entry->low & ENTRY_REMOTE_IRR)) {
        /* Set first: the message may come back as an end of interrupt. */
        entry->low |= ENTRY_REMOTE_IRR;
        if (!send(ioapic, entry)) entry->low &= ~(u32)ENTRY_REMOTE_IRR;
    }
}

void ioapic_set_pin(void *self, int pin, bool level)
{
    struct ioapic *ioapic = self;
    u32 bit = 1u << pin;
    ioapic->lines = level ? ioapic->lines | bit : ioapic->lines & ~bit;
    pin_serve(ioapic, (unsigned)pin);
}

void ioapic_end_of_interrupt(void *self, u8 vector)
{
    struct ioapic *ioapic = self;
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        struct ioapic_entry *entry = &ioapic->entry[pin];
        if (!level_triggered(entry)) continue;
        if ((entry->low & ENTRY_VECTOR) == vector) entry->low &= ~(u32)ENTRY_REMOTE_IRR;
        pin_serve(ioapic, pin);
    }
}

bool ioapic_interrupts_possible(const struct ioapic *ioapic, bool nmi)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        enum apic_mode mode = entry_mode(ioapic->entry[pin].low);
        bool hard = mode == APIC_NMI || mode == APIC_SMI || mode == APIC_INIT;
        if (!(ioapic->entry[pin].low & ENTRY_MASKED) && (hard || !nmi)) return true;
    }
    return false;
}

/* ---- registers ---- */
static struct ioapic_entry *entry_selected(struct ioapic *ioapic)
{
    unsigned number = (ioapic->select - REG_ENTRIES) / 2u;
    return ioapic->select >= REG_ENTRIES && number < IOAPIC_PINS ? &ioapic->entry[number] : NULL;
}

static u32 window_read(struct ioapic *ioapic)
{
    const struct ioapic_entry *entry = entry_selected(ioapic);
    if (entry) return ioapic->select & 1 ? entry->high : entry->low;
    switch (ioapic->select) {
    case REG_ID:          return (u32)ioapic->id << 24;
    case REG_VERSION:     return VERSION;
    case REG_ARBITRATION: return (u32)ioapic->arbitration << 24;
    }
    return 0;
}

static void entry_write(struct ioapic *ioapic, struct ioapic_entry *entry, u32 value)
{
    if (ioapic->select & 1) {
        entry->high = value & HIGH_WRITABLE;
    } else {
        entry->low = (entry->low & ENTRY_REMOTE_IRR) | (value & LOW_WRITABLE);
        if (!level_triggered(entry)) entry->low &= ~(u32)ENTRY_REMOTE_IRR;
    }
    pin_serve(ioapic, (unsigned)(entry - ioapic->entry));
}

/* The arbitration ID follows the ID when that is written. */
static void window_write(struct ioapic *ioapic, u32 value)
{
    struct ioapic_entry *entry = entry_selected(ioapic);
    if (entry) entry_write(ioapic, entry, value);
    else if (ioapic->select == REG_ID) ioapic->id = ioapic->arbitration = value >> 24 & 15;
}

static u32 ioapic_read(void *self, u32 offset, unsigned width)
{
    struct ioapic *ioapic = self;
    (void)width;
    return offset == IOREGSEL ? ioapic->select : offset == IOWIN ? window_read(ioapic) : 0;
}

static void ioapic_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct ioapic *ioapic = self;
    (void)width;
    if (offset == IOREGSEL) ioapic->select = (u8)value;
    else if (offset == IOWIN) window_write(ioapic, value);
}

static const struct region_ops ioapic_ops = { ioapic_read, ioapic_write, WIDTH_32 };

/* ---- life ---- */
static bool ioapic_attach(struct device *dev, struct error *why)
{
    (void)why;
    memory_map_mmio(dev->board->memory, "ioapic", IOAPIC_BASE, BYTES, &ioapic_ops, dev, PRIORITY);
    return true;
}

static void ioapic_reset(struct device *dev, enum reset_kind kind)
{
    struct ioapic *ioapic = container_of(dev, struct ioapic, dev);
    (void)kind;
    ioapic->select = ioapic->id = ioapic->arbitration = 0;
    ioapic->active = ioapic->lines;
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        ioapic->entry[pin] = (struct ioapic_entry){ .low = ENTRY_MASKED };
}

static const struct field entry_fields[] = {
    FIELD(struct ioapic_entry, low,  "vector, mode, mask"),
    FIELD(struct ioapic_entry, high, "destination"),
    FIELD_END
};
static const struct field ioapic_fields[] = {
    FIELD_NONE(struct ioapic, dev, "wiring"),
    FIELD(struct ioapic, lines, "levels of the inputs"),
    FIELD(struct ioapic, active, "inputs last seen active"),
    FIELD(struct ioapic, select, "IOREGSEL"),
    FIELD(struct ioapic, id, "ID"),
    FIELD(struct ioapic, arbitration, "arbitration ID"),
    FIELD_EACH(struct ioapic, entry, entry_fields, "redirection table"),
    FIELD_NONE(struct ioapic, send, "wiring"),
    FIELD_NONE(struct ioapic, send_self, "wiring"),
    FIELD_END
};

const struct device_class ioapic_class = {
    .name = "ioapic", .size = sizeof(struct ioapic), .fields = ioapic_fields,
    .attach = ioapic_attach, .reset = ioapic_reset,
};
