/* `info pic|apic|ioapic|irq|pci|devices|device|block|status|time` of the console: the chips as they are, without a register read. */
#include "frontend/info.h"
#include <string.h>

/* ---- interrupt controllers ---- */
void info_pic(struct session *session, const char *argument, FILE *out)
{
    (void)argument;
    for (int i = 1; i >= 0; i--) {
        const struct i8259_chip *chip = &session->machine->pic.chip[i];
        unsigned irr = chip->latch | (chip->lines & chip->elcr);
        fprintf(out, "pic%d: irr=%02x imr=%02x isr=%02x lines=%02x elcr=%02x base=%02x auto_eoi=%u rotate=%u special_mask=%u poll=%u%s\n", i, irr,
                chip->imr, chip->isr, chip->lines, chip->elcr, chip->base, chip->auto_eoi, chip->rotate_auto_eoi, chip->special_mask, chip->poll,
                chip->icw_next ? " (not initialized)" : "");
    }
}

static void set_print(const char *name, const struct lapic_set *set, FILE *out)
{
    fprintf(out, "%s", name);
    for (unsigned vector = 0; vector < 256; vector++)
        if (set->word[vector / 32] >> vector % 32 & 1) fprintf(out, " %02x", vector);
    fputc('\n', out);
}

void info_apic(struct session *session, const char *argument, FILE *out)
{
    static const char *const names[LVT_COUNT] = { "timer", "counter", "LINT0", "LINT1", "error" };
    const struct lapic *lapic = &session->machine->lapic;
    (void)argument;
    if (!cpu_has(&session->machine->cpu, FEAT_APIC)) {
        fputs("this processor has no APIC\n", out);
        return;
    }
    fprintf(out, "local APIC %s, base %08llx, ID %02x, SVR %08x, TPR %02x, LDR %08x, DFR %08x, ICR %08x%08x, ESR %02x\n",
            lapic->enabled ? "on" : "off", (unsigned long long)lapic->base, lapic->id >> 24, lapic->svr, lapic->tpr, lapic->ldr, lapic->dfr,
            lapic->icr[1], lapic->icr[0], lapic->esr);
    for (unsigned i = 0; i < LVT_COUNT; i++)
        fprintf(out, "LVT %-8s %08x vector %02x%s\n", names[i], lapic->lvt[i], lapic->lvt[i] & 0xff, lapic->lvt[i] >> 16 & 1 ? ", masked" : "");
    fprintf(out, "timer: divide %x, initial count %08x\n", lapic->timer.divide, lapic->timer.initial);
    set_print("IRR", &lapic->irr, out);
    set_print("ISR", &lapic->isr, out);
    set_print("TMR", &lapic->tmr, out);
}

void info_ioapic(struct session *session, const char *argument, FILE *out)
{
    static const char *const modes[] = { "fixed", "lowest", "SMI", "?", "NMI", "INIT", "?", "ExtINT" };
    const struct ioapic *ioapic = &session->machine->ioapic;
    (void)argument;
    if (!cpu_has(&session->machine->cpu, FEAT_APIC)) {
        fputs("this board has no I/O APIC\n", out);
        return;
    }
    fprintf(out, "I/O APIC ID %x, lines %06x\n", ioapic->id, ioapic->lines);
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        u32 low = ioapic->entry[i].low;
        fprintf(out, "pin %2u: vector %02x %s %s-active %s%s%s, to %s %02x\n", i, low & 0xff, modes[low >> 8 & 7], low >> 13 & 1 ? "low" : "high",
                low >> 15 & 1 ? "level" : "edge", low >> 14 & 1 ? ", waits for EOI" : "", low >> 16 & 1 ? ", masked" : "",
                low >> 11 & 1 ? "logical" : "physical", ioapic->entry[i].high >> 24);
    }
}

void info_irq(struct session *session, const char *argument, FILE *out)
{
    const struct machine *m = session->machine;
    (void)argument;
    for (unsigned irq = 0; irq < MACHINE_IRQS; irq++) {
        const struct i8259_chip *chip = &m->pic.chip[irq >> 3 & 1];
        fprintf(out, "irq %2u: %s", irq, m->irq_drivers[irq] ? "asserted" : "idle");
        if (irq < 16) fprintf(out, ", vector %02x of the 8259%s%s", chip->base + (irq & 7), chip->imr >> (irq & 7) & 1 ? ", masked" : "", chip->isr >> (irq & 7) & 1 ? ", in service" : "");
        fputc('\n', out);
    }
}

/* ---- PCI ---- */
static void bars_print(const struct pci_function *function, FILE *out)
{
    for (unsigned i = 0; i <= PCI_BARS; i++) {
        const struct pci_bar *bar = &function->bar[i];
        static const char *const kinds[] = { "", "I/O", "memory", "ROM" };
        unsigned at = i == PCI_ROM ? PCI_ROM_BAR : PCI_BAR0 + 4 * i;
        u32 base = get32(function->config + at) & ~(bar->size - 1);
        if (bar->kind == PCI_BAR_NONE) continue;
        bool io = bar->kind == PCI_BAR_IO;
        fprintf(out, "      BAR%u: %s at %08x [%08x], %s\n", i, kinds[bar->kind], base & (io ? ~3u : ~15u), base + bar->size - 1, bar->enabled ? "decoded" : "not decoded");
    }
}

void info_pci(struct session *session, const char *argument, FILE *out)
{
    const struct pci_bus *bus = &session->machine->pmc.bus;
    (void)argument;
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        const struct pci_function *function = bus->function[i];
        if (!function) continue;
        const u8 *c = function->config;
        fprintf(out, "  Bus 0, device %2u, function %u: %04x:%04x class %02x%02x%02x revision %02x command %04x status %04x", i >> 3, i & 7, get16(c),
                get16(c + 2), c[11], c[10], c[9], c[8], get16(c + 4), get16(c + 6));
        if (c[PCI_INTERRUPT_PIN]) fprintf(out, ", INT%c# line %u%s", 'A' + ((c[PCI_INTERRUPT_PIN] - 1) & 3), c[PCI_INTERRUPT_LINE], function->intx ? " asserted" : "");
        fputc('\n', out);
        bars_print(function, out);
    }
}

/* ---- chips by their state tables ---- */
void info_devices(struct session *session, const char *argument, FILE *out)
{
    const struct machine *m = session->machine;
    (void)argument;
    for (unsigned i = 0; i < m->components; i++) fprintf(out, "%s%s\n", m->component[i].name, i < m->guest_components ? "" : " (the monitor's)");
    fputs("info device NAME shows one\n", out);
}

static void line_print(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

void info_device(struct session *session, const char *argument, FILE *out)
{
    struct machine *m = session->machine;
    bool found = false;
    for (unsigned i = 0; i < m->components; i++)
        if (strcmp(m->component[i].name, argument) == 0) {
            state_dump(&m->component[i], line_print, out);
            found = true;
        }
    if (!found) fprintf(out, "there is no device '%.40s'; info devices lists them\n", argument);
}

/* ---- the run ---- */
void info_block(struct session *session, const char *argument, FILE *out)
{
    static const char *const names[OPTION_DRIVES] = { "hda", "hdb", "hdc", "hdd", "fda", "fdb" };
    (void)argument;
    for (unsigned i = 0; i < OPTION_DRIVES; i++) {
        const struct drive_option *drive = &session->options.drive[i];
        if (!drive->file && !drive->cdrom) continue;
        fprintf(out, "%s: %s%s%s%s\n", names[i], session->image[i] && drive->file ? drive->file : "[not inserted]", drive->cdrom ? " (CD)" : "",
                drive->snapshot || session->options.snapshot ? " (snapshot)" : "", drive->read_only ? " (read-only)" : "");
    }
}

void info_status(struct session *session, const char *argument, FILE *out)
{
    (void)argument;
    fprintf(out, "VM status: %s\n", session->paused ? session->failed ? "paused (failed)" : "paused" : "running");
}

void info_time(struct session *session, const char *argument, FILE *out)
{
    const struct machine *m = session->machine;
    u64 now = m->clock.now, hz = m->clock.hz;
    (void)argument;
    fprintf(out, "cycle %llu, instruction %llu, %llu.%06llu s of virtual time at %llu Hz\n", (unsigned long long)now, (unsigned long long)m->cpu.insns,
            (unsigned long long)(now / hz), (unsigned long long)(muldiv(now % hz, 1000000, hz)), (unsigned long long)hz);
}
