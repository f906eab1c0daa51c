# The matrix of leaks: what each probe of the embedded guest sees under each monitor. `make matrix-peer` asks Bochs whether
# the probes know a bare machine.

MATRIX_SRC   := $(srcdir)/tests/matrix
MATRIX_GUEST := $(builddir)/firmware/guest/guest.elf

CHECKS       += matrix
CHECK_matrix := $(MATRIX_SRC)/run $(builddir)/trap86

.PHONY: matrix-peer
matrix-peer: trap86
	$(Q)$(MATRIX_SRC)/run $(builddir)/trap86 --bochs $(MATRIX_GUEST)
