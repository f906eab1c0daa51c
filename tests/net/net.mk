# Networks from a guest's Linux to servers of the host's and to another guest; captures; records.

CHECKS    += net
CHECK_net := $(srcdir)/tests/net/run $(builddir)/trap86 $(builddir)/obj/tests/net
