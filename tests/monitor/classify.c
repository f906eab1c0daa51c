/* No sensitive instruction is executed anywhere but through the dispatcher. The proof does not use trap86's decoder or
 * tables: guests are stepped one instruction at a time, each one's bytes are read before it is executed, decoded with
 * Zydis and looked up in a list written by hand (list.c), and the sums are compared with the dispatcher's counters, row
 * by row. An attempt that faults counts once; a REP INS or OUTS once however often it is resumed. The same guest
 * un-stepped must end in the same state with the same counts. The guests are trap86's own, whole, and a slice of
 * Debian's kernel: INSNS instructions after SKIP cycles. The last line is "N passed, M failed".
 *
 *   classify [INSNS [SKIP]] */
#include "tests/monitor/list.h"
#include "cpu/monitor.h"
#include "devices/load.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUSPENDED_MAX = 8 };

struct guest {
    const char *name;
    u64         ram_bytes, skip;           /* cycles that are run before stepping begins */
    u64         insns;                     /* to step, at most */
    struct load load;
};

struct count {
    u64 row[SENS_COUNT], innocuous, undefined, unknown;
    struct { u32 linear, count; } suspended[SUSPENDED_MAX];
    unsigned next;
};

extern const unsigned char embedded_guest[], embedded_guest_end[];

static unsigned passed, failed;
static void expect(bool good, const char *guest, const char *what)
{
    if (!good) printf("FAIL %s: %s\n", guest, what);
    passed += good;
    failed += !good;
}

static bool boot(void *self, struct machine *m, struct error *why) { return load_kernel(self, m, why); }

static struct machine *machine_make(struct guest *guest, struct host *host)
{
    struct error why;
    struct machine_config config = {
        .ram_bytes = guest->ram_bytes, .model = cpu_model_find("max"), .engine = { ENGINE_TAIL, 32, 0 },
        .serial_pace = 32,
        .no_reboot = true, .boot = boot, .boot_self = &guest->load,
    };
    config.serial[0].present = true;
    struct machine *m = machine_create(&config, host, &why);
    if (m) return m;
    printf("%s: %s\n", guest->name, why.text);
    exit(1);
}

/* ---- one instruction ---- */
struct fetched { u8 bytes[16]; unsigned length; u32 linear; ZydisDecodedInstruction insn; bool decoded; };

static void fetch(struct machine *m, struct fetched *f)
{
    struct cpu *cpu = &m->cpu;
    ZydisDecoder decoder;
    u32 physical;
    bool wide = cpu->sys.seg[CS].attr & ATTR_DB;
    *f = (struct fetched){ .linear = cpu->sys.seg[CS].base + cpu->eip };
    for (; f->length < 15; f->length++) {
        if (!cpu_translate_peek(cpu, f->linear + f->length, &physical)) break;
        u32 room = PAGE_SIZE - (physical & ~PAGE_MASK);
        unsigned n = MIN(room, 15 - f->length);
        memory_read(&m->memory, physical, f->bytes + f->length, n);
        f->length += n - 1;
    }
    ZydisDecoderInit(&decoder, wide ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16,
                     wide ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
    /* What later processors made of prefixes that these ignore. */
    static const ZydisDecoderMode later[] = { ZYDIS_DECODER_MODE_TZCNT, ZYDIS_DECODER_MODE_LZCNT,
        ZYDIS_DECODER_MODE_MPX,
                                              ZYDIS_DECODER_MODE_CET, ZYDIS_DECODER_MODE_WBNOINVD,
                                              ZYDIS_DECODER_MODE_CLDEMOTE };
    for (unsigned k = 0; k < ARRAY_LEN(later); k++) ZydisDecoderEnableMode(&decoder, later[k], ZYAN_FALSE);
    f->decoded = ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, f->bytes, f->length, &f->insn));
}

static bool repeats(const struct fetched *f)
{
    return f->decoded && (f->insn.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE));
}

static bool resumed(struct count *count, const struct fetched *f, u32 left)
{
    for (unsigned k = 0; k < SUSPENDED_MAX; k++)
        if (count->suspended[k].linear == f->linear && count->suspended[k].count == left) {
            count->suspended[k].linear = count->suspended[k].count = 0;
            return true;
        }
    return false;
}

static void unknown_print(const struct machine *m, const struct fetched *f, const char *why)
{
    printf("  %s at %04x:%08x, cycle %" PRIu64 ":", why, m->cpu.sys.seg[CS].selector, m->cpu.eip, m->clock.now);
    for (unsigned k = 0; k < f->length; k++) printf(" %02x", f->bytes[k]);
    printf("\n");
}

static u32 counter(const struct cpu *cpu, const struct fetched *f)
{
    return f->insn.address_width == 16 ? cpu->gpr[ECX] & 0xffff : cpu->gpr[ECX];
}

static void step(struct machine *m, struct count *count)
{
    struct cpu *cpu = &m->cpu;
    struct fetched f;
    fetch(m, &f);
    u64 begun = cpu->insns;
    u32 left = counter(cpu, &f), eip = cpu->eip, cr0 = cpu->sys.cr0;
    cpu->fault = (struct fault){ 0 };
    cpu_step(cpu);
    bool suspended = cpu->insns == begun && cpu->eip == eip && repeats(&f) && counter(cpu, &f) != left;
    if (cpu->insns == begun && !suspended) return;            /* an interrupt, a trap, or a fetch that faulted */
    int row = f.length ? list_classify(&f.insn, f.decoded, f.bytes) : LIST_UNKNOWN;
    bool raised_ud = cpu->fault.vector == VEC_UD && cpu->fault.kind == FAULT_EXCEPTION;
    /* Availability is decided before the door (design.md 1). */
    bool x87_state = row == SENS_fnstenv || row == SENS_fnsave || row == SENS_fxsave;
    if (x87_state && (cr0 & (CR0_EM | CR0_TS))) row = LIST_INNOCUOUS;
    if (row == LIST_UNKNOWN && raised_ud) row = LIST_UNDEFINED;       /* of a later processor */
    if (row >= 0) {
        bool string = row == SENS_ins || row == SENS_outs;
        if (!string || !repeats(&f) || !resumed(count, &f, left)) count->row[row]++;
        if (string && suspended) {
            count->suspended[count->next].linear = f.linear;
            count->suspended[count->next].count = counter(cpu, &f);
            count->next = (count->next + 1) % SUSPENDED_MAX;
        }
    } else if (row == LIST_INNOCUOUS) {
        count->innocuous++;
    } else if (row == LIST_UNDEFINED && raised_ud) {
        count->undefined++;
    } else if (count->unknown++ < 5) {
        unknown_print(m, &f, row == LIST_UNDEFINED ? "executed, though undefined" : "unknown");
    }
}

/* Events and requests are the board's, as in machine_run: asked to run no further than now, it sees to them. */
static enum machine_stop run_stepped(struct machine *m, u64 insns, struct count *count)
{
    u64 end = m->cpu.insns + insns;
    for (;;) {
        enum machine_stop stop = machine_run(m, 0, UINT64_MAX, false);
        if (stop > MACHINE_INSNS || m->cpu.insns >= end) return stop;
        bool wakes = ((m->cpu.attention & ATTENTION_INTR) && (m->cpu.sys.eflags & FLAG_IF)) || m->cpu.nmi_pending;
        if ((m->cpu.attention & ATTENTION_HALTED) && !wakes) stop = machine_run(m, clock_next(&m->clock), UINT64_MAX,
            false);
        else step(m, count);
        if (stop > MACHINE_INSNS) return stop;
    }
}

/* ---- comparison ---- */
static u64 executed(const struct machine *m, unsigned row)
{
    u64 sum = 0;
    for (unsigned k = 0; k < MODES * MONITOR_CPLS; k++) sum += m->cpu.monitor->row[row].executed[k];
    return sum;
}

static void guest_play(struct guest *guest)
{
    struct host host;
    struct count *count = calloc(1, sizeof *count);
    u64 before[SENS_COUNT], sum = 0;
    bool rows_equal = true;
    host_init(&host, UINT64_MAX);
    struct machine *stepped = machine_make(guest, &host), *whole = machine_make(guest, &host);
    machine_run(stepped, guest->skip, UINT64_MAX, false);
    for (unsigned row = 0; row < SENS_COUNT; row++) before[row] = executed(stepped, row);
    u64 first = stepped->cpu.insns;
    enum machine_stop stop = run_stepped(stepped, guest->insns, count);

    for (unsigned row = 0; row < SENS_COUNT; row++) {
        u64 dispatched = executed(stepped, row) - before[row];
        sum += count->row[row];
        if (dispatched == count->row[row]) continue;
        printf("  %-14s %" PRIu64 " executed, %" PRIu64 " through the dispatcher\n", sensitive_table[row].name,
               count->row[row], dispatched);
        rows_equal = false;
    }
    printf("%s: %" PRIu64 " instructions stepped, %" PRIu64 " sensitive, %" PRIu64 " innocuous, %" PRIu64
           " undefined, %" PRIu64 " unknown, stop %d\n", guest->name, stepped->cpu.insns - first, sum, count->innocuous,
           count->undefined, count->unknown, stop);
    expect(rows_equal, guest->name, "the dispatcher's counts are not those of the list");
    expect(count->unknown == 0, guest->name, "instructions that are on neither list");
    expect(sum > 0 && count->innocuous > 0, guest->name, "nothing was executed");

    machine_run(whole, stepped->clock.now, UINT64_MAX, false);
    bool same = true;
    for (unsigned row = 0; row < SENS_COUNT; row++)
        same &= memcmp(&stepped->cpu.monitor->row[row].executed, &whole->cpu.monitor->row[row].executed,
                       sizeof whole->cpu.monitor->row[row].executed) == 0;
    expect(same, guest->name, "un-stepped, the dispatcher counts otherwise");
    whole->cpu.fault = stepped->cpu.fault;                    /* what `step` cleared */
    expect(whole->clock.now == stepped->clock.now && machine_hash(whole) == machine_hash(stepped), guest->name,
           "un-stepped, the guest ends in another state");
    machine_destroy(stepped);
    machine_destroy(whole);
    host_destroy(&host);
    free(count);
}

static struct blob file_read_whole(const char *path)
{
    struct blob blob = { NULL, 0 };
    FILE *file = fopen(path, "rb");
    if (!file) return blob;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        u8 *bytes = size > 0 ? malloc((size_t)size) : NULL;
        rewind(file);
        if (bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size) blob = (struct blob){ bytes, (size_t)size };
    }
    fclose(file);
    return blob;
}

int main(int argc, char **argv)
{
    static const char linux_path[] = "/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/linux";
    u64 most = argc > 1 ? strtoull(argv[1], NULL, 0) : 2000000;
    u64 skip = argc > 2 ? strtoull(argv[2], NULL, 0) : 2700000000;
    struct guest own = { .name = "embedded guest", .ram_bytes = 32 << 20, .insns = UINT64_MAX / 2 };
    own.load.kernel = (struct blob){ embedded_guest, (size_t)(embedded_guest_end - embedded_guest) };
    own.load.command_line = "";
    struct guest debian = { .name = "Debian's kernel", .ram_bytes = 64 << 20, .skip = skip, .insns = most };
    debian.load.kernel = file_read_whole(linux_path);
    debian.load.command_line = "console=ttyS0";
    setvbuf(stdout, NULL, _IOLBF, 0);
    guest_play(&own);
    if (debian.load.kernel.length) guest_play(&debian);
    else printf("Debian's kernel: skipped, debian-installer-12-netboot-i386 is not installed\n");
    free((void *)debian.load.kernel.bytes);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
