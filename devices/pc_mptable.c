/* The tables of the MultiProcessor Specification 1.4 (Intel 242016), for systems that find their I/O APIC by them: one
 * processor, the ISA lines, and PCI's interrupts as a firmware of ours routes them. */
#include "cpu/model.h"
#include "devices/load.h"
#include "devices/pc_tables.h"
#include <string.h>

#define FILE_POINTER "etc/trap86/mp-pointer"
#define FILE_TABLE   "etc/trap86/mp-table"

enum { HEADER_BYTES = 44, POINTER_BYTES = 16 };
enum { ENTRY_PROCESSOR, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_INTERRUPT, ENTRY_LOCAL };
enum { BUS_PCI, BUS_ISA };
enum { KIND_INT, KIND_NMI, KIND_SMI, KIND_EXTINT };
enum { CONFORMS, SLOTS = 32, IRQ_CASCADE = 2, TIMER_INPUT = 2, ALL_APICS = 0xFF };

struct mp { struct aml out; u16 entries; };

static void entry(struct mp *mp, const u8 *bytes, u32 length)
{
    aml_put(&mp->out, bytes, length);
    mp->entries++;
}

static void processor(struct mp *mp, const struct cpu_model *model)
{
    enum { APIC_VERSION = 0x11, ENABLED_AND_BOOT = 3 };
    u8 bytes[20] = { ENTRY_PROCESSOR, 0, APIC_VERSION, ENABLED_AND_BOOT };
    u32 cpuid[4];
    cpu_model_cpuid(model, 1, cpuid);
    put_le32(bytes + 4, cpuid[0]);
    put_le32(bytes + 8, cpuid[3]);
    entry(mp, bytes, sizeof bytes);
}

static void bus(struct mp *mp, u8 id, const char *name)
{
    u8 bytes[8] = { ENTRY_BUS, id };
    memcpy(bytes + 2, name, 6);
    entry(mp, bytes, sizeof bytes);
}

static void ioapic(struct mp *mp)
{
    enum { IOAPIC_VERSION = 0x11, USABLE = 1 };
    u8 bytes[8] = { ENTRY_IOAPIC, PC_IOAPIC_ID, IOAPIC_VERSION, USABLE };
    put_le32(bytes + 4, IOAPIC_BASE);
    entry(mp, bytes, sizeof bytes);
}

static void interrupt(struct mp *mp, u8 what, u8 kind, u8 flags, u8 source_bus, u8 source, u8 apic, u8 input)
{
    entry(mp, (u8[]){ what, kind, flags, 0, source_bus, source, apic, input }, 8);
}

static bool line_is_pci(unsigned line)
{
    for (unsigned i = 0; i < PC_LINK_IRQS; i++)
        if (pc_link_irqs[i] == line) return true;
    return false;
}

static void interrupts(struct mp *mp)
{
    interrupt(mp, ENTRY_INTERRUPT, KIND_EXTINT, CONFORMS, BUS_ISA, 0, PC_IOAPIC_ID, 0);
    for (u8 line = 0; line < MACHINE_IRQS; line++) {
        if (line == IRQ_CASCADE || line_is_pci(line)) continue;
        u8 flags = line == PM_SCI_IRQ ? PC_ACTIVE_HIGH_LEVEL : CONFORMS;
        interrupt(mp, ENTRY_INTERRUPT, KIND_INT, flags, BUS_ISA, line, PC_IOAPIC_ID, line ? line : TIMER_INPUT);
    }
    for (unsigned slot = 1; slot < SLOTS; slot++)
        for (unsigned pin = 0; pin < PCI_PIRQS; pin++)
            interrupt(mp, ENTRY_INTERRUPT, KIND_INT, PC_ACTIVE_HIGH_LEVEL, BUS_PCI, (u8)(slot << 2 | pin), PC_IOAPIC_ID,
                      pc_pirq_lines[(slot + pin + PCI_PIRQS - 1) % PCI_PIRQS]);
    interrupt(mp, ENTRY_LOCAL, KIND_EXTINT, CONFORMS, BUS_ISA, 0, ALL_APICS, 0);
    interrupt(mp, ENTRY_LOCAL, KIND_NMI, CONFORMS, BUS_ISA, 0, ALL_APICS, 1);
}

static void table(struct mp *mp, const struct machine *m)
{
    u8 header[HEADER_BYTES] = "PCMP";
    header[6] = 4;                                     /* revision 1.4 */
    memcpy(header + 8, "TRAP86  TRAP86 PC   ", 20);
    put_le32(header + 36, LAPIC_BASE);
    aml_put(&mp->out, header, sizeof header);
    processor(mp, m->config.model);
    bus(mp, BUS_PCI, "PCI   ");
    bus(mp, BUS_ISA, "ISA   ");
    ioapic(mp);
    interrupts(mp);
    put_le16(mp->out.bytes + 4, (u16)mp->out.used);
    put_le16(mp->out.bytes + 34, mp->entries);
}

bool pc_mptable_add(struct machine *m, struct script *s, struct error *why)
{
    static const u8 floating[POINTER_BYTES] = { '_', 'M', 'P', '_', 0, 0, 0, 0, 1, 4, 0, 0, 0x80 };    /* IMCR is there */
    struct mp mp = { .entries = 0 };
    table(&mp, m);
    script_allocate(s, FILE_TABLE, 16, SCRIPT_ZONE_F_SEGMENT);
    script_allocate(s, FILE_POINTER, 16, SCRIPT_ZONE_F_SEGMENT);
    script_pointer(s, FILE_POINTER, 4, FILE_TABLE);
    script_checksum(s, FILE_TABLE, 7, 0, mp.out.used);
    script_checksum(s, FILE_POINTER, 10, 0, POINTER_BYTES);
    return fw_cfg_add_file(&m->fw_cfg, FILE_TABLE, mp.out.bytes, mp.out.used, why)
        && fw_cfg_add_file(&m->fw_cfg, FILE_POINTER, floating, sizeof floating, why);
}
