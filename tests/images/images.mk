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

$(IMAGES_OUT)/kernel: $(addprefix $(IMAGES_SRC)/,start.S kernel.c ops.h) $(srcdir)/core/types.h
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc -m32 -march=i386 -O2 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie -fno-stack-protector \
		-fno-asynchronous-unwind-tables -fcf-protection=none -Wno-int-to-pointer-cast -I$(srcdir) -nostdlib -static \
		-Wl,-n,-Ttext=0x100000,-e,start,--build-id=none,-z,noexecstack,--no-warn-rwx-segments -o $@ \
		$(IMAGES_SRC)/start.S $(IMAGES_SRC)/kernel.c
ifeq ($(HAVE_MULTILIB),yes)
CHECK_DEPS   += $(IMAGES_OUT)/kernel
endif
