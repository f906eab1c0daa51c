# The system BIOS (firmware/bios/): a ROM of 128 KiB, in the trap86 binary from `bios_rom` to `bios_rom_end`, and its
# symbols, as an ELF file without contents, from `bios_symbols` to `bios_symbols_end`. C for two worlds: BIOS_32 is flat, run at power-on; BIOS_16 are
# the services. log.c is built for both.
BIOS_SRC    := $(srcdir)/firmware/bios
BIOS_OUT    := $(builddir)/firmware/bios
BIOS_16     := memory screen delay ata atapi disk disktables eltorito boot keyboard mouse system time serial floppy post16 log
BIOS_32     := post memory32 chips vectors pci fwcfg optionrom tables log
BIOS_ASM    := start entry blockmove pnp pcibios apm
BIOS_CFLAGS := -march=i386 -mno-sse -Os -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns -fno-strict-aliasing \
	-fomit-frame-pointer --param=min-pagesize=0 -I$(srcdir)
BIOS_PARTS  := $(BIOS_ASM:%=$(BIOS_OUT)/asm/%.o) $(BIOS_16:%=$(BIOS_OUT)/16/%.o) $(BIOS_OUT)/part32.o
BIOS_SHARED := $(wildcard $(BIOS_SRC)/*.h) $(srcdir)/core/types.h $(srcdir)/firmware/bios.mk

FIRMWARE_OBJECTS += $(BIOS_OUT)/bios_rom.o
CLEAN            += $(BIOS_OUT)/*.o $(BIOS_OUT)/*/*.o $(BIOS_OUT)/bios.elf $(BIOS_OUT)/bios.sym $(BIOS_OUT)/bios.bin

$(BIOS_OUT)/bios_rom.o: $(srcdir)/firmware/bios_rom.S $(BIOS_OUT)/bios.bin $(BIOS_OUT)/bios.sym
	$(call say,AS,firmware/bios_rom.S)
	$(Q)$(CC) -DBIOS_IMAGE='"$(BIOS_OUT)/bios.bin"' -DBIOS_SYMBOLS='"$(BIOS_OUT)/bios.sym"' -c -o $@ $<

# The same at the addresses where it runs, for its symbols.
$(BIOS_OUT)/bios.sym: $(BIOS_OUT)/bios.elf
	$(Q)objcopy --change-section-vma .data16=0xE8000 --change-section-vma .text16=0xF0000 \
		--change-section-vma .fixed=0xFE000 --only-keep-debug $< $@

$(BIOS_OUT)/bios.bin: $(BIOS_OUT)/bios.elf
	$(Q)objcopy -O binary --gap-fill 0xFF --pad-to 0x100000 $< $@

$(BIOS_OUT)/bios.elf: $(BIOS_PARTS) $(BIOS_SRC)/bios.ld
	$(call say,LD,$@)
	$(Q)$(EMBEDDED_LD) -m elf_i386 -z noexecstack --no-warn-rwx-segments --no-check-sections -T $(BIOS_SRC)/bios.ld \
		-o $@ $(BIOS_PARTS)

# Names of the two parts may be the same: of the flat one only its entry is global.
$(BIOS_OUT)/part32.o: $(BIOS_32:%=$(BIOS_OUT)/32/%.o)
	$(Q)$(EMBEDDED_LD) -m elf_i386 -r -o $@ $^
	$(Q)objcopy --keep-global-symbol=post $@

$(BIOS_OUT)/16/%.o: $(BIOS_SRC)/%.c $(BIOS_SHARED)
	$(call say,CC,firmware/bios/$*.c)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) -m16 -mregparm=3 $(BIOS_CFLAGS) -c -o $@ $<

$(BIOS_OUT)/32/%.o: $(BIOS_SRC)/%.c $(BIOS_SHARED)
	$(call say,CC,firmware/bios/$*.c)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) -m32 $(BIOS_CFLAGS) -c -o $@ $<

$(BIOS_OUT)/asm/%.o: $(BIOS_SRC)/%.S $(BIOS_SHARED)
	$(call say,AS,firmware/bios/$*.S)
	@mkdir -p $(@D)
	$(Q)$(EMBEDDED_CC) -m32 $(BIOS_CFLAGS) -c -o $@ $<
