/* The ACPI tables of this board (devices/pc_tables.h) after the Advanced Configuration and Power Interface Specification
 * 1.0b; MADT and HPET as later editions and Intel's HPET specification 1.0a have them. They are one file. */
#include "devices/load.h"
#include "devices/pc_tables.h"
#include <string.h>

#define FILE_TABLES "etc/acpi/tables"
#define FILE_RSDP   "etc/acpi/rsdp"

enum { AT_LENGTH = 4, AT_CHECKSUM = 9, RSDP_BYTES = 20, TABLES_MAX = 6 };

struct tables {
    struct aml     aml;                                /* the file: tables one behind the other */
    struct script *script;
    u32            listed[TABLES_MAX];                 /* offsets of those the RSDT names */
    unsigned       listed_count;
};

static u32 table_begin(struct tables *t, const char *signature, u8 revision)
{
    u32 at = t->aml.used;
    aml_put(&t->aml, signature, 4);
    aml_u32(&t->aml, 0);                               /* length */
    aml_u8(&t->aml, revision);
    aml_u8(&t->aml, 0);                                /* checksum */
    aml_put(&t->aml, "TRAP86" "TRAP86PC", 14);
    aml_u32(&t->aml, 1);
    aml_put(&t->aml, "TR86", 4);
    aml_u32(&t->aml, 1);
    return at;
}

static void table_end(struct tables *t, u32 at)
{
    put_le32(t->aml.bytes + at + AT_LENGTH, t->aml.used - at);
    script_checksum(t->script, FILE_TABLES, at + AT_CHECKSUM, at, t->aml.used - at);
}

static u32 listed_begin(struct tables *t, const char *signature, u8 revision)
{
    return t->listed[t->listed_count++] = table_begin(t, signature, revision);
}

static void pointer_here(struct tables *t, u32 offset)
{
    script_pointer(t->script, FILE_TABLES, t->aml.used, FILE_TABLES);
    aml_u32(&t->aml, offset);
}

static u32 facs(struct tables *t)
{
    enum { FACS_BYTES = 64 };
    u8 bytes[FACS_BYTES] = "FACS";
    u32 at = t->aml.used;
    put_le32(bytes + 4, FACS_BYTES);
    aml_put(&t->aml, bytes, sizeof bytes);
    return at;
}

static u32 dsdt(struct tables *t, const struct machine *m)
{
    u32 at = table_begin(t, "DSDT", 1);
    pc_dsdt(&t->aml, m);
    table_end(t, at);
    return at;
}

/* The registers' places are those that both BIOSes choose. C2 and C3 take longer than anyone would want. */
static void fadt(struct tables *t, u32 facs_at, u32 dsdt_at)
{
    enum { WBINVD = 1 << 0, PROC_C1 = 1 << 2, NO_SLEEP_BUTTON = 1 << 5, NO_RTC_WAKE = 1 << 6 };
    enum { DUAL_PIC = 0, NO_C2 = 101, NO_C3 = 1001, CENTURY = 0x32 };
    struct aml *a = &t->aml;
    u32 at = listed_begin(t, "FACP", 1);
    pointer_here(t, facs_at);
    pointer_here(t, dsdt_at);
    aml_u8(a, DUAL_PIC);
    aml_u8(a, 0);
    aml_u16(a, PM_SCI_IRQ);
    aml_u32(a, 0xB2);
    aml_u8(a, PM_ACPI_ENABLE);
    aml_u8(a, PM_ACPI_DISABLE);
    aml_u16(a, 0);
    aml_u32(a, PM_IO_BASE);                            /* PM1a event, PM1b event */
    aml_u32(a, 0);
    aml_u32(a, PM_IO_BASE + 4);                        /* PM1a control, PM1b control, PM2 control */
    aml_u32(a, 0);
    aml_u32(a, 0);
    aml_u32(a, PM_IO_BASE + 8);                        /* timer, GPE0, GPE1 */
    aml_u32(a, PM_IO_BASE + 12);
    aml_u32(a, 0);
    aml_put(a, (u8[]){ 4, 2, 0, 4, 4, 0, 0, 0 }, 8);   /* lengths of them: PM1 event and control, PM2, timer, GPE0 */
    aml_u16(a, NO_C2);
    aml_u16(a, NO_C3);
    aml_u32(a, 0);                                     /* flush size and stride */
    aml_put(a, (u8[]){ 0, 0, 0, 0, CENTURY, 0, 0, 0 }, 8);
    aml_u32(a, WBINVD | PROC_C1 | NO_SLEEP_BUTTON | NO_RTC_WAKE);
    table_end(t, at);
}

static void madt_override(struct aml *a, u8 line, u8 input, u16 flags)
{
    aml_put(a, (u8[]){ 2, 10, 0, line }, 4);
    aml_u32(a, input);
    aml_u16(a, flags);
}

/* PCI's lines arrive at the I/O APIC level-triggered and active high: the PIIX3 has inverted them. */
static void madt(struct tables *t)
{
    enum { HAS_8259 = 1 };
    struct aml *a = &t->aml;
    u32 at = listed_begin(t, "APIC", 1);
    aml_u32(a, LAPIC_BASE);
    aml_u32(a, HAS_8259);
    aml_put(a, (u8[]){ 0, 8, 0, 0, 1, 0, 0, 0 }, 8);   /* processor 0, APIC 0, enabled */
    aml_put(a, (u8[]){ 1, 12, PC_IOAPIC_ID, 0 }, 4);   /* I/O APIC */
    aml_u32(a, IOAPIC_BASE);
    aml_u32(a, 0);
    madt_override(a, 0, 2, 0);
    madt_override(a, PM_SCI_IRQ, PM_SCI_IRQ, PC_ACTIVE_HIGH_LEVEL);
    for (unsigned i = 0; i < PC_LINK_IRQS; i++)
        madt_override(a, (u8)pc_link_irqs[i], (u8)pc_link_irqs[i], PC_ACTIVE_HIGH_LEVEL);
    aml_put(a, (u8[]){ 4, 6, 0xFF, 0, 0, 1 }, 6);      /* NMI on every processor's LINT1 */
    table_end(t, at);
}

/* The capabilities as the timer's own register has them: revision 1, three comparators, legacy replacement, Intel's. */
static void hpet(struct tables *t)
{
    enum { CAPABILITIES = 0x8086A201, TICKS_MIN = 100, MEMORY = 0 };
    struct aml *a = &t->aml;
    u32 at = listed_begin(t, "HPET", 1);
    aml_u32(a, CAPABILITIES);
    aml_put(a, (u8[]){ MEMORY, 64, 0, 0 }, 4);
    aml_u64(a, HPET_BASE);
    aml_u8(a, 0);
    aml_u16(a, TICKS_MIN);
    aml_u8(a, 0);
    table_end(t, at);
}

static u32 rsdt(struct tables *t)
{
    u32 at = table_begin(t, "RSDT", 1);
    for (unsigned i = 0; i < t->listed_count; i++) pointer_here(t, t->listed[i]);
    table_end(t, at);
    return at;
}

static void rsdp(struct tables *t, u8 bytes[RSDP_BYTES], u32 rsdt_at)
{
    memcpy(bytes, "RSD PTR \0TRAP86\0", 16);
    put_le32(bytes + 16, rsdt_at);
    script_pointer(t->script, FILE_RSDP, 16, FILE_TABLES);
    script_checksum(t->script, FILE_RSDP, 8, 0, RSDP_BYTES);
}

bool pc_acpi_add(struct machine *m, struct script *script, struct error *why)
{
    u8 pointer[RSDP_BYTES];
    struct tables t = { .script = script };
    script_allocate(script, FILE_TABLES, 64, SCRIPT_ZONE_HIGH);
    script_allocate(script, FILE_RSDP, 16, SCRIPT_ZONE_F_SEGMENT);
    u32 facs_at = facs(&t), dsdt_at = dsdt(&t, m);
    fadt(&t, facs_at, dsdt_at);
    if (pc_has_apic(m)) madt(&t);
    if (pc_has_hpet(m)) hpet(&t);
    rsdp(&t, pointer, rsdt(&t));
    if (t.aml.full) return error_set(why, "the ACPI tables do not fit into %d bytes", AML_ROOM);
    return fw_cfg_add_file(&m->fw_cfg, FILE_TABLES, t.aml.bytes, t.aml.used, why)
        && fw_cfg_add_file(&m->fw_cfg, FILE_RSDP, pointer, sizeof pointer, why);
}
