# The option ROM that boots -kernel through a BIOS (firmware/kernelboot/); bytes `kernelboot_rom` of the binary.
KERNELBOOT_SRC := $(srcdir)/firmware/kernelboot
KERNELBOOT_OUT := $(builddir)/firmware/kernelboot

FIRMWARE_OBJECTS += $(KERNELBOOT_OUT)/image.o
CLEAN            += $(KERNELBOOT_OUT)/*.o $(KERNELBOOT_OUT)/kernelboot.bin

$(KERNELBOOT_OUT)/image.o: $(KERNELBOOT_SRC)/image.S $(KERNELBOOT_OUT)/kernelboot.bin
	$(call say,AS,firmware/kernelboot/image.S)
	$(Q)$(CC) -DKERNELBOOT_IMAGE='"$(KERNELBOOT_OUT)/kernelboot.bin"' -c -o $@ $<

# The bytes of the Plug and Play header (20h-3Fh) and of the whole ROM add up to multiples of 256: byte 29h and the last
# one see to it.
$(KERNELBOOT_OUT)/kernelboot.bin: $(KERNELBOOT_SRC)/kernelboot.S $(srcdir)/devices/load_kernelboot.h $(srcdir)/firmware/kernelboot.mk
	$(call say,AS,firmware/kernelboot/kernelboot.S)
	@mkdir -p $(@D)
	$(Q)gcc -m32 -march=i386 -I$(srcdir) -c -o $(@:.bin=.o) $<
	$(Q)ld -m elf_i386 -Ttext=0 --oformat binary -o $@ $(@:.bin=.o)
	$(Q)od -An -v -tu1 $@ | awk '{ for (i = 1; i <= NF; i++) { sum += $$i; if (n >= 32 && n < 64) pnp += $$i; n++ } } \
		END { p = (256 * n - pnp) % 256; printf "%o 41\n%o %d\n", p, (256 * n - sum - p) % 256, n - 1 }' | \
		while read byte at; do printf "\\$$byte" | dd of=$@ bs=1 seek=$$at conv=notrunc 2>/dev/null; done
