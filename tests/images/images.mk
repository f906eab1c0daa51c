# Disk images: compared with QEMU's tools both ways, killed while they are written, full and shrinking files.

IMAGES_SRC := $(srcdir)/tests/images
IMAGES_OUT := obj/tests/images

$(IMAGES_OUT)/tool: $(IMAGES_OUT)/tool.o $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(IMAGES_OUT)/tool.d

CHECKS       += images
CHECK_images := $(IMAGES_SRC)/run $(builddir)/trap86 $(builddir)/$(IMAGES_OUT)
CHECK_DEPS   += $(IMAGES_OUT)/tool
