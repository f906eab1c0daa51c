# The gdb stub, asked by Debian's gdb, and by a client that does not keep to the protocol.
GDB_SRC := $(srcdir)/tests/gdb
GDB_DIR := obj/tests/gdb

$(GDB_DIR)/kernel: $(GDB_SRC)/kernel.c
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) -m32 -march=i386 -g -O1 -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-stack-protector -nostdlib -static \
		-Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments,-N,-estart,--section-start=.multiboot=0x100000,-Ttext=0x100010 -o $@ $<

CHECKS     += gdb
CHECK_gdb  := $(GDB_SRC)/run $(builddir)/trap86 $(builddir)/$(GDB_DIR)/kernel
CHECK_DEPS += $(GDB_DIR)/kernel
