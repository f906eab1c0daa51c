# The control socket, asked by a client of our own and by socat.
CHECKS    += qmp
CHECK_qmp := $(srcdir)/tests/qmp/run $(builddir)/trap86 $(srcdir)/docs/qmp.md
