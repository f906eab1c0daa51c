# Programs of the real-mode PC, each a bootable disk image: a boot sector and C compiled for 16 bits.
REALMODE_SRC   := $(srcdir)/tests/realmode
REALMODE_OUT   := obj/tests/realmode
REALMODE_FLAGS := -m16 -march=i386 -mregparm=3 -Os -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-strict-aliasing \
	-fno-tree-loop-distribute-patterns -mpreferred-stack-boundary=2 -Wno-array-bounds -I$(srcdir) -nostdlib -static \
	-Wl,-melf_i386,-T,$(REALMODE_SRC)/realmode.ld,--build-id=none,-z,noexecstack,--no-warn-rwx-segments
REALMODE_BASE  := $(REALMODE_SRC)/boot.S $(REALMODE_SRC)/runtime.c
REALMODE_DEPS  := $(REALMODE_BASE) $(REALMODE_SRC)/realmode.h $(REALMODE_SRC)/realmode.ld $(srcdir)/core/types.h

# $(call realmode_image,SOURCES): links them behind the boot sector, on a disk of the size of a floppy.
define realmode_image
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)gcc $(REALMODE_FLAGS) -o $@.elf $(REALMODE_BASE) $(1)
	$(Q)objcopy -O binary -j .text $@.elf $@
	$(Q)truncate -s 1440K $@
endef

REALMODE_PROGRAMS := $(addprefix $(REALMODE_OUT)/,browser.img v86.img unreal.img modex.img tour.img)
$(addprefix $(REALMODE_OUT)/,browser.img modex.img tour.img): $(REALMODE_OUT)/%.img: $(REALMODE_SRC)/%.c $(REALMODE_DEPS)
	$(call realmode_image,$<)
$(REALMODE_OUT)/unreal.img: $(REALMODE_SRC)/unreal.c $(REALMODE_SRC)/unreal_enter.S $(REALMODE_DEPS)
	$(call realmode_image,$(REALMODE_SRC)/unreal.c $(REALMODE_SRC)/unreal_enter.S)
$(REALMODE_OUT)/v86.img: $(REALMODE_SRC)/v86.c $(REALMODE_SRC)/v86_enter.S $(REALMODE_SRC)/v86_monitor.c \
		$(REALMODE_SRC)/v86.h $(REALMODE_DEPS)
	@mkdir -p $(@D)
	$(Q)gcc -m32 $(filter-out -m16 -Wl% -static -nostdlib -no-pie,$(REALMODE_FLAGS)) -c -o $@.monitor.o \
		$(REALMODE_SRC)/v86_monitor.c
	$(call realmode_image,$(REALMODE_SRC)/v86.c $(REALMODE_SRC)/v86_enter.S $@.monitor.o)

CHECKS         += realmode
CHECK_realmode := $(REALMODE_SRC)/run $(builddir)/trap86 $(builddir)/$(REALMODE_OUT)
CHECK_DEPS     += $(REALMODE_PROGRAMS)
