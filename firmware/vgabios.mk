# The VGA BIOS (firmware/vgabios/) and its fonts. The fonts are linked into the binary also by themselves, for a board
# that starts a kernel without firmware (fonts.h). awk makes them of a drawing.
VGABIOS_SRC := $(srcdir)/firmware/vgabios
VGABIOS_OUT := $(builddir)/firmware/vgabios

FIRMWARE_OBJECTS += $(VGABIOS_OUT)/font.o
CLEAN            += $(VGABIOS_OUT)/font.c $(VGABIOS_OUT)/*.o

$(VGABIOS_OUT)/font.c: $(VGABIOS_SRC)/font.awk $(VGABIOS_SRC)/font.txt
	$(call say,AWK,firmware/vgabios/font.txt)
	@mkdir -p $(@D)
	$(Q)awk -f $(VGABIOS_SRC)/font.awk $(VGABIOS_SRC)/font.txt > $@

$(VGABIOS_OUT)/font.o: $(VGABIOS_OUT)/font.c $(VGABIOS_SRC)/fonts.h
	$(call say,CC,firmware/vgabios/font.c)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
