# docs/asks.md: each command that shows an answer shows it.
CHECKS     += asks
CHECK_asks := $(srcdir)/tests/asks/run $(builddir)/trap86 $(builddir)/obj/tests/gdb/kernel $(srcdir)/docs/asks.md
