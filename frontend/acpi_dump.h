/* --dump-acpi: the tables a kernel would find, for tests. */
#ifndef FRONTEND_ACPI_DUMP_H
#define FRONTEND_ACPI_DUMP_H
#include "devices/machine.h"

/* Writes rsdp, rsdt, each table the RSDT names, dsdt and facs, and the F segment, as files NAME.dat of the folder.
 * false with *why: a table is not where it should be, or a file cannot be written. */
bool acpi_dump(struct machine *m, const char *folder, struct error *why);
#endif
