/* Tables that the board has for its firmware: ACPI, SMBIOS, MP; and how they get into memory.
 *
 * A table is a file in fw_cfg; pointers in it are offsets, checksums are 0. A script, also a file, says which files to
 * place where, which pointers to add addresses to and what to add up, in QEMU's format. SeaBIOS runs etc/table-loader
 * and makes the rest itself; our BIOS, and the board when it starts a kernel without one, run both scripts. */
#ifndef DEVICES_PC_TABLES_H
#define DEVICES_PC_TABLES_H
#include "devices/aml.h"
#include "devices/machine.h"

/* Interrupt lines that the PIIX3's links offer to PCI, and how a firmware of ours sets PIRQA# to PIRQD#. */
enum { PC_LINK_IRQS = 2 };
extern const u32 pc_link_irqs[PC_LINK_IRQS];
extern const u8 pc_pirq_lines[PCI_PIRQS];
/* What lines of the links are at the I/O APIC: level-triggered, active high (MADT's and the MP table's flags). */
enum { PC_ACTIVE_HIGH_LEVEL = 0x0D };
/* A processor before xAPIC shares one bus of ids with the I/O APIC: firmware gives it the one behind the processor's. */
enum { PC_IOAPIC_ID = 1 };

/* ---- scripts ---- */
#define PC_SCRIPT_ACPI  "etc/table-loader"
#define PC_SCRIPT_OTHER "etc/trap86/table-loader"
/* 128 bytes a command, little-endian, names padded with zeros. */
enum { SCRIPT_ALLOCATE = 1, SCRIPT_ADD_POINTER = 2, SCRIPT_ADD_CHECKSUM = 3 };
enum { SCRIPT_ZONE_HIGH = 1, SCRIPT_ZONE_F_SEGMENT = 2 };
enum { SCRIPT_BYTES = 128, SCRIPT_NAME = 56, SCRIPT_COMMANDS = 24 };
/* Offsets in a command. */
enum { SCRIPT_FILE = 4, SCRIPT_ALIGN = 60, SCRIPT_ZONE = 64, SCRIPT_SOURCE = 60, SCRIPT_OFFSET = 116, SCRIPT_SIZE = 120,
       SCRIPT_SUM_AT = 60, SCRIPT_SUM_START = 64, SCRIPT_SUM_LENGTH = 68 };

struct script { u8 bytes[SCRIPT_COMMANDS * SCRIPT_BYTES]; unsigned commands; };
void script_allocate(struct script *s, const char *file, u32 align, u8 zone);
/* The four bytes at `offset` of `file` hold an offset in `source`. */
void script_pointer(struct script *s, const char *file, u32 offset, const char *source);
void script_checksum(struct script *s, const char *file, u32 at, u32 start, u32 length);

/* ---- tables ---- */
/* Each puts its files into fw_cfg, and its commands into a script. */
bool pc_acpi_add(struct machine *m, struct script *s, struct error *why);
bool pc_smbios_add(struct machine *m, struct script *s, struct error *why);
bool pc_mptable_add(struct machine *m, struct script *s, struct error *why);
/* The definition block of the DSDT, without the table's header. */
void pc_dsdt(struct aml *aml, const struct machine *m);
/* All of them. */
bool pc_tables_add(struct machine *m, struct error *why);
/* What a firmware does with them: runs both scripts, into shadow RAM at F0000h, and makes that read-only. */
void pc_tables_place(struct machine *m);
#endif
