# The console on a terminal, behind Ctrl-A c, in a pipe and at sockets.
CHECKS        += console
CHECK_console := $(srcdir)/tests/console/run $(builddir)/trap86 $(builddir)/obj/tests/gdb/kernel
