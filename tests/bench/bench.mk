# The benchmark: builds its bare-metal kernel and the native program, then times them (make bench).
# Included by the top Makefile with $(srcdir) and $(builddir) set, which also makes `bench` depend on the trap86 binary.
# BENCH_ARGS goes to tests/bench/run.
# The guest's compiler and flags are its own: what is measured must not depend on how trap86 is built.

BENCH_SRC := $(srcdir)/tests/bench
BENCH_OUT := $(builddir)/tests/bench
BENCH_CC ?= gcc
BENCH_LD ?= ld
BENCH_ARGS ?=
BENCH_CFLAGS := -m32 -march=i686 -mtune=generic -mno-sse -mfpmath=387 -O2 -std=gnu11 -Wall -Wextra -ffreestanding \
	-fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-tree-loop-distribute-patterns -fno-math-errno -I$(srcdir)
BENCH_LDFLAGS := -m elf_i386 -z noexecstack

BENCH_COMPUTE := $(addprefix $(BENCH_OUT)/,compute.o compute_mix.o compute_loops.o compute_memory.o compute_x87.o \
	bigcode.o)
BENCH_SYSTEM := $(addprefix $(BENCH_OUT)/,start.o kernel.o system_paging.o system_io.o system_video.o)
BENCH_HEADERS := $(BENCH_SRC)/guest.h $(BENCH_SRC)/kernel.h $(srcdir)/core/types.h

.PHONY: bench bench-guests
bench: bench-guests
	$(BENCH_SRC)/run --build $(BENCH_OUT) --trap86 $(builddir)/trap86 $(BENCH_ARGS)

bench-guests: $(BENCH_OUT)/kernel $(BENCH_OUT)/native

$(BENCH_OUT)/bigcode.c: $(BENCH_SRC)/bigcode
	@mkdir -p $(@D)
	$(BENCH_SRC)/bigcode > $@.tmp && mv $@.tmp $@

$(BENCH_OUT)/bigcode.o: $(BENCH_OUT)/bigcode.c $(BENCH_HEADERS)
	$(BENCH_CC) $(BENCH_CFLAGS) -c $< -o $@

$(BENCH_OUT)/%.o: $(BENCH_SRC)/%.c $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(BENCH_CC) $(BENCH_CFLAGS) -c $< -o $@

$(BENCH_OUT)/%.o: $(BENCH_SRC)/%.S $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(BENCH_CC) $(BENCH_CFLAGS) -c $< -o $@

$(BENCH_OUT)/kernel: $(BENCH_SYSTEM) $(BENCH_COMPUTE) $(BENCH_SRC)/kernel.ld
	$(BENCH_LD) $(BENCH_LDFLAGS) -T $(BENCH_SRC)/kernel.ld -o $@ $(BENCH_SYSTEM) $(BENCH_COMPUTE)

$(BENCH_OUT)/native: $(BENCH_OUT)/native.o $(BENCH_COMPUTE)
	$(BENCH_LD) $(BENCH_LDFLAGS) -o $@ $^

# What the debugger's hooks cost while nobody debugs, against a build without them.
.PHONY: bench-hooks
bench-hooks: bench-guests trap86
	@mkdir -p obj/bench-hooks
	cd obj/bench-hooks && CC="$(CC)" CFLAGS=-DTRAP86_NO_STOPS $(abspath $(srcdir))/configure > configure.log
	$(MAKE) -C obj/bench-hooks trap86
	$(BENCH_SRC)/hooks $(BENCH_OUT)/kernel ./trap86 obj/bench-hooks/trap86

# Drawing the screen (vga_render), without a guest.
.PHONY: bench-screen
bench-screen: obj/tests/bench/screen
	obj/tests/bench/screen

obj/tests/bench/screen: obj/tests/bench/screen.o $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include obj/tests/bench/screen.d
