# The VGA BIOS (firmware/vgabios/) and its fonts. The fonts are linked into the binary also by themselves, for a board
# that starts a kernel without firmware (fonts.h). awk makes them of a drawing.
VGABIOS_SRC := $(srcdir)/firmware/vgabios
VGABIOS_OUT := $(builddir)/firmware/vgabios
# Not in firmware/: what is made is no source.
VGABIOS_FONT := $(builddir)/obj/firmware/font.c

FIRMWARE_OBJECTS += $(VGABIOS_OUT)/font.o
CLEAN            += $(VGABIOS_FONT) $(VGABIOS_OUT)/*.o

$(VGABIOS_FONT): $(VGABIOS_SRC)/font.awk $(VGABIOS_SRC)/font.txt
	$(call say,AWK,firmware/vgabios/font.txt)
	@mkdir -p $(@D)
	$(Q)awk -f $(VGABIOS_SRC)/font.awk $(VGABIOS_SRC)/font.txt > $@

$(VGABIOS_OUT)/font.o: $(VGABIOS_FONT) $(VGABIOS_SRC)/fonts.h
	$(call say,CC,obj/firmware/font.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# ---- the ROM: 16-bit code by the host's gcc, sealed with its checksum ----
VGABIOS_CFLAGS := -m16 -march=i386 -mregparm=3 -Os -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-strict-aliasing \
	-fno-jump-tables -fno-tree-switch-conversion -fno-tree-loop-distribute-patterns -fomit-frame-pointer \
	-mpreferred-stack-boundary=2 -fno-builtin -Wno-array-bounds -I$(srcdir)
VGABIOS_PARTS  := $(addprefix $(VGABIOS_OUT)/rom/,entry.o int10.o parameters.o colours.o modes.o text.o graphics.o \
	palette.o fontload.o info.o state.o vbe.o pmi.o font.o)
VGABIOS_SHARED := $(wildcard $(VGABIOS_SRC)/*.h) $(srcdir)/core/types.h $(srcdir)/firmware/vgabios.mk

FIRMWARE_OBJECTS += $(VGABIOS_OUT)/image.o
CLEAN            += $(VGABIOS_OUT)/rom/*.o $(VGABIOS_OUT)/vgabios.elf $(VGABIOS_OUT)/vgabios.bin

$(VGABIOS_OUT)/image.o: $(VGABIOS_SRC)/image.S $(VGABIOS_OUT)/vgabios.bin
	$(call say,AS,firmware/vgabios/image.S)
	$(Q)$(CC) -DVGABIOS_IMAGE='"$(VGABIOS_OUT)/vgabios.bin"' -c -o $@ $<

# The bytes of an expansion ROM add up to a multiple of 256; the last one is there to see to it.
$(VGABIOS_OUT)/vgabios.bin: $(VGABIOS_OUT)/vgabios.elf
	$(call say,SEAL,firmware/vgabios/vgabios.bin)
	$(Q)objcopy -O binary -j .text $< $@
	$(Q)od -An -v -tu1 $@ | awk '{ for (i = 1; i <= NF; i++) { sum += $$i; last = $$i } n += NF } \
		END { printf "%o %d\n", (last + 256 * n - sum) % 256, n - 1 }' | { read byte at; \
		printf "\\$$byte" | dd of=$@ bs=1 seek=$$at conv=notrunc 2>/dev/null; }

$(VGABIOS_OUT)/vgabios.elf: $(VGABIOS_PARTS) $(VGABIOS_SRC)/vgabios.ld
	$(call say,LD,firmware/vgabios/vgabios.elf)
	$(Q)$(EMBEDDED_LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments -T $(VGABIOS_SRC)/vgabios.ld -o $@ $(VGABIOS_PARTS)

$(VGABIOS_OUT)/rom/font.o: $(VGABIOS_FONT) $(VGABIOS_SHARED)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) $(VGABIOS_CFLAGS) -c -o $@ $<

$(VGABIOS_OUT)/rom/%.o: $(VGABIOS_SRC)/%.c $(VGABIOS_SHARED)
	$(call say,CC,firmware/vgabios/$*.c)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) $(VGABIOS_CFLAGS) -c -o $@ $<

$(VGABIOS_OUT)/rom/%.o: $(VGABIOS_SRC)/%.S $(VGABIOS_SHARED)
	$(call say,AS,firmware/vgabios/$*.S)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) $(VGABIOS_CFLAGS) -c -o $@ $<
