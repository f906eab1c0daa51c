# The VGA BIOS as guests find it: registers of every mode, the behaviour of INT 10h.
VGACHECK_SRC    := $(srcdir)/tests/vgabios
VGACHECK_OUT    := obj/tests/vgabios
VGACHECK_PARTS  := $(sort $(wildcard $(VGACHECK_SRC)/check*.c))

$(VGACHECK_OUT)/registers.img: $(VGACHECK_SRC)/registers.c $(REALMODE_DEPS)
	$(call realmode_image,$<)
$(VGACHECK_OUT)/checks.img: $(VGACHECK_PARTS) $(VGACHECK_SRC)/checks.h $(REALMODE_DEPS)
	$(call realmode_image,$(VGACHECK_PARTS))

CHECKS        += vgabios
CHECK_vgabios := $(VGACHECK_SRC)/run $(builddir)/trap86 $(builddir)/firmware/vgabios/vgabios.bin $(builddir)/$(VGACHECK_OUT)
CHECK_DEPS    += $(VGACHECK_OUT)/registers.img $(VGACHECK_OUT)/checks.img
