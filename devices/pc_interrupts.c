/* How interrupt requests reach the processor on this board:
 *
 *   request lines 0-15 ──┬── 8259 pair ── INTR ──┬── IMCR (PIC mode) ───────────── INTR ── processor
 *                        │                       ├── local APIC, LINT0 ── INTR ──────────────┘
 *                        └── I/O APIC, same pin ─┼── APIC bus ── local APIC
 *                            (line 0: pin 2)     └── I/O APIC, pin 0 (ExtINT)
 *
 * The NMI gate goes to LINT1, or straight to the processor.
 * The HPET has inputs 20-23, and in the legacy replacement route request lines 0 and 8 instead of their owners.
 * Inputs of the I/O APIC are active high, PCI's too: the PIIX3 has them routed and inverted for the ISA lines.
 * On processors without APIC only the first path is there. */
#include "cpu/monitor.h"
#include "devices/machine.h"
#include <string.h>

enum { TIMER_IRQ = 0, CASCADE_IRQ = 2, CLOCK_IRQ = 8, IOAPIC_8259 = 0, IOAPIC_TIMER = 2 };

bool pc_has_apic(const struct machine *m) { return m->config.model->features & FEAT_APIC; }

bool pc_has_hpet(const struct machine *m) { return pc_has_apic(m) && !m->config.no_hpet; }

/* Legacy replacement: the HPET has the lines of the 8254 and the clock. */
bool pc_irq_level(const struct machine *m, unsigned irq)
{
    return m->irq_drivers[irq] & ~(m->hpet.legacy.level ? m->irq_replaced[irq] : 0);
}

static void irq_propagate(struct machine *m, unsigned irq)
{
    bool level = pc_irq_level(m, irq);
    i8259_irq(&m->pic, (int)irq, level);
    if (pc_has_apic(m) && irq != CASCADE_IRQ)
        ioapic_set_pin(&m->ioapic, irq == TIMER_IRQ ? IOAPIC_TIMER : (int)irq, level);
}

static void legacy_set(void *self, int pin, bool level)
{
    (void)pin, (void)level;
    irq_propagate(self, TIMER_IRQ);
    irq_propagate(self, CLOCK_IRQ);
}

void pc_irq_drive(struct machine *m, unsigned irq, unsigned wire, bool level)
{
    u64 bit = (u64)1 << wire;
    m->irq_drivers[irq] = level ? m->irq_drivers[irq] | bit : m->irq_drivers[irq] & ~bit;
    irq_propagate(m, irq);
}

/* PIC mode: past the APICs. */
static bool intr_is_direct(const struct machine *m) { return !pc_has_apic(m) || !m->imcr.apic.level; }

bool pc_intr_level(const struct machine *m)
{
    return (intr_is_direct(m) && m->pic.intr.level) || (pc_has_apic(m) && m->lapic.intr.level);
}

/* The 8259's INTR, the local APIC's or the IMCR has changed. */
static void intr_update(void *self, int pin, bool level)
{
    struct machine *m = self;
    (void)pin, (void)level;
    if (pc_has_apic(m)) lapic_set_pin(&m->lapic, LAPIC_LINT0, !intr_is_direct(m) && m->pic.intr.level);
    cpu_set_intr(&m->cpu, 0, pc_intr_level(m));
}

static void lapic_intr(void *self, int pin, bool level)
{
    struct machine *m = self;
    (void)pin, (void)level;
    cpu_set_intr(&m->cpu, 0, pc_intr_level(m));
}

static void pic_intr(void *self, int pin, bool level)
{
    struct machine *m = self;
    intr_update(m, pin, level);
    if (pc_has_apic(m)) ioapic_set_pin(&m->ioapic, IOAPIC_8259, level);
}

static int pic_acknowledge(void *self) { return i8259_acknowledge(self); }

static int interrupt_acknowledge(void *self)
{
    struct machine *m = self;
    if (pc_has_apic(m) && (m->lapic.intr.level || !intr_is_direct(m))) return lapic_acknowledge(&m->lapic);
    return i8259_acknowledge(&m->pic);
}

static bool bus_send(void *self, const struct apic_message *message)
{
    struct machine *m = self;
    return lapic_message(&m->lapic, message);
}

/* APIC_BASE: where the local APIC's page is. */
static void apic_base_set(void *self, u64 value)
{
    struct machine *m = self;
    enum { ENABLE = 1 << 11 };
    if (!pc_has_apic(m)) return;
    lapic_set_base(&m->lapic, value, value & ENABLE);
    allocator_region(&m->cpu.monitor->allocator, m->lapic.region, (u32)m->lapic.base, lapic_visible(&m->lapic));
}

static void smiact_set(void *self, bool level)
{
    struct machine *m = self;
    i440fx_set_smm(&m->pmc, level);
}

static void init_set(void *self, int pin, bool level)
{
    struct machine *m = self;
    (void)pin;
    if (level) pc_init(m);
}

static void nmi_set(void *self, int pin, bool level)
{
    struct machine *m = self;
    (void)pin;
    if (pc_has_apic(m)) lapic_set_pin(&m->lapic, LAPIC_LINT1, level);
    else cpu_set_nmi(&m->cpu, 0, level);
}

void pc_init(struct machine *m)
{
    if (pc_has_apic(m)) lapic_init(&m->lapic);
    cpu_set_init(&m->cpu, 0, true);
}

void pc_interrupts_connect(struct machine *m)
{
    line_connect(&m->pic.intr, pic_intr, m, 0);
    line_connect(&m->lapic.intr, lapic_intr, m, 0);
    line_connect(&m->nmi.out, nmi_set, m, 0);
    line_connect(&m->rtc.nmi_mask, nmi_mask_set, &m->nmi, 0);
    line_connect(&m->lapic.nmi, cpu_set_nmi, &m->cpu, 0);
    line_connect(&m->pm.smi, cpu_set_smi, &m->cpu, 0);
    line_connect(&m->lapic.smi, cpu_set_smi, &m->cpu, 0);
    line_connect(&m->lapic.init, init_set, m, 0);
    line_connect(&m->hpet.legacy, legacy_set, m, 0);
    for (int i = 0; i < HPET_PINS; i++) line_connect(&m->hpet.pin[i], ioapic_set_pin, &m->ioapic, HPET_FIRST_PIN + i);
    line_connect(&m->imcr.apic, intr_update, m, 0);
    m->lapic.external = pic_acknowledge;
    m->lapic.external_self = &m->pic;
    m->lapic.eoi = ioapic_end_of_interrupt;
    m->lapic.eoi_self = &m->ioapic;
    m->ioapic.send = bus_send;
    m->ioapic.send_self = m;
    m->cpu.acknowledge = interrupt_acknowledge;
    m->cpu.acknowledge_self = m;
    m->cpu.apic_base = apic_base_set;
    m->cpu.apic_base_self = m;
    m->cpu.smiact = smiact_set;
    m->cpu.smiact_self = m;
}

/* With every input of the master masked, or neither chip ever initialized, only the CPU could change that. */
static bool pic_possible(const struct machine *m)
{
    const struct i8259_chip *master = &m->pic.chip[0];
    bool through = intr_is_direct(m) || lapic_passes_external(&m->lapic);
    return master->imr != 0xFF && master->icw_next == 0 && through;
}

bool pc_interrupts_possible(const struct machine *m)
{
    bool open = m->cpu.sys.eflags & FLAG_IF, apic = pc_has_apic(m);
    if (apic && m->lapic.enabled && ioapic_interrupts_possible(&m->ioapic, !open)) return true;
    return open && (pic_possible(m) || (apic && lapic_interrupts_possible(&m->lapic)));
}
