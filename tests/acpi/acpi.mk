# ACPI, SMBIOS and MP tables: taken apart by iasl, and summed and read by a script of ours.
CHECKS     += acpi
CHECK_acpi := $(srcdir)/tests/acpi/run $(builddir)/trap86 $(builddir)/obj/tests/acpi
