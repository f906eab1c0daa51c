/* The chips under fuzzing (tests/fuzz/chips.h): the board, ports, memory, time, what comes from outside. An input is a byte
 * that says how the board is to be found, then operations, each a byte and its parameters. What must not happen: anything
 * a sanitizer sees, a host that is asked for what it has not, events without end, and a saved state that goes on otherwise
 * than the machine did. */
#include "tests/fuzz/chips.h"
#include <stdio.h>
#include <string.h>

enum { OPERATIONS_MAX = 400, EVENTS_MAX = 2000000, ROM_BYTES = 64 << 10 };
static const u8 rom[ROM_BYTES];

/* ---- the outside ---- */
static void heard(void *self, const void *bytes, size_t length)
{
    struct fuzz *f = self;
    f->heard = hash_bytes(f->heard, bytes, length);
}

static void frames_put(void *self, const s16 *frames, unsigned count) { heard(self, frames, count * 2 * sizeof *frames); }
static void byte_put(void *self, u8 byte) { heard(self, &byte, 1); }
static void packet_put(void *self, const u8 *frame, size_t length) { heard(self, frame, length); }

/* Media that remember nothing, so that a machine can go back: sectors follow from their numbers, and some are bad. */
static bool sectors_good(const struct disk *disk, u64 sector, u32 count, unsigned period)
{
    if (count == 0 || sector >= disk->sectors || count > disk->sectors - sector) __builtin_trap();
    return sector / period == (sector + count) / period;
}

static bool medium_read(void *self, u64 sector, u32 count, void *bytes)
{
    const struct disk *disk = self;
    memset(bytes, (int)(sector + 1), (size_t)count * disk->sector_size);
    return sectors_good(disk, sector, count, 97);
}

static bool medium_write(void *self, u64 sector, u32 count, const void *bytes)
{
    const struct disk *disk = self;
    u64 hash = hash_bytes(sector, bytes, (size_t)count * disk->sector_size);
    return sectors_good(disk, sector, count, 89) && hash;
}

static bool medium_flush(void *self) { return ((const struct disk *)self)->sectors % 2 == 0; }

#define MEDIUM(number, sector_count, bytes, locked) [number] = { .sectors = sector_count, .sector_size = bytes, \
    .read_only = locked, .read = medium_read, .write = medium_write, .flush = medium_flush, .self = &media[number] }
enum { DISK, DISK_LOCKED, CD, CD_SMALL, FLOPPY, FLOPPY_LARGE, FLOPPY_LOCKED, FLOPPY_OLD, MEDIA };
static struct disk media[MEDIA] = {
    MEDIUM(DISK, 300001, 512, false), MEDIUM(DISK_LOCKED, 5000, 512, true), MEDIUM(CD, 350000, 2048, true),
    MEDIUM(CD_SMALL, 3, 2048, true), MEDIUM(FLOPPY, 2880, 512, false), MEDIUM(FLOPPY_LARGE, 5760, 512, false),
    MEDIUM(FLOPPY_LOCKED, 1999, 512, true), MEDIUM(FLOPPY_OLD, 720, 512, false),
};

/* ---- the input ---- */
u32 take_address(struct fuzz *f)
{
    static const u32 bases[] = {
        0x10000, 0x20000, 0x8000, FUZZ_RAM - 64, 0x9FFC0, 0xA0000, 0xB8000, 0xFFFC0, LAPIC_BASE, IOAPIC_BASE, HPET_BASE,
        0xFFFFFFC0, (u32)MACHINE_RAM_MAX,
    };
    u8 choice = take8(f);
    if (choice >= 0xF0) return take32(f);
    return bases[choice < 0xC0 ? choice % 3 : choice % ARRAY_LEN(bases)] + take16(f);
}

unsigned take_width(struct fuzz *f) { return 1u << take8(f) % 3; }

/* ---- plain operations ---- */
/* A port that somebody has claimed, or any. */
static u16 take_port(struct fuzz *f)
{
    const struct ports *ports = &f->m->ports;
    u8 choice = take8(f);
    if (choice == 0xFF) return take16(f);
    const struct port_claim *claim = &ports->claim[choice % ports->claims];
    return (u16)(claim->base + take8(f) % MAX(1u, claim->count));
}

static void port_write(struct fuzz *f)
{
    u16 port = take_port(f);
    unsigned width = take_width(f);
    ports_write(&f->m->ports, port, take32(f), width);
}

static void port_write_byte(struct fuzz *f)
{
    u16 port = take_port(f);
    out8(f, port, take8(f));
}

static void port_read(struct fuzz *f)
{
    u16 port = take_port(f);
    ports_read(&f->m->ports, port, take_width(f));
}

static void port_burst(struct fuzz *f)
{
    u16 port = take_port(f);
    unsigned width = take_width(f), choice = take8(f), count = choice & 15;
    for (unsigned i = 0; i < count; i++) {
        if (choice & 16) ports_read(&f->m->ports, port, width);
        else ports_write(&f->m->ports, port, take8(f), width);
    }
}

/* Registers behind an index register. */
static void indexed_access(struct fuzz *f)
{
    static const u16 pairs[][2] = {
        { 0x70, 0x71 }, { 0x3C4, 0x3C5 }, { 0x3CE, 0x3CF }, { 0x3D4, 0x3D5 }, { 0x3B4, 0x3B5 }, { 0x3C0, 0x3C0 },
        { 0x224, 0x225 }, { 0x388, 0x389 }, { 0x38A, 0x38B }, { 0x22, 0x23 }, { 0x43, 0x40 }, { 0x43, 0x41 }, { 0x43, 0x42 },
        { 0x3C8, 0x3C9 }, { 0x3C7, 0x3C9 },
    };
    const u16 *pair = pairs[take8(f) % ARRAY_LEN(pairs)];
    u8 how = take8(f), writes = how >> 3 & 3, reads = how >> 5;
    for (unsigned i = how & 7; i; i--) {
        out8(f, pair[0], take8(f));
        for (unsigned k = 0; k < writes; k++) out8(f, pair[1], take8(f));
        for (unsigned k = 0; k < reads; k++) in8(f, pair[1]);
    }
}

/* Of a chip's region, or anywhere. */
static u32 take_register(struct fuzz *f)
{
    unsigned choice = take8(f), steps = choice & 63;
    const struct region *region = f->m->memory.regions;
    if (choice & 64) return take_address(f);
    for (const struct region *next = region; next && steps; next = next->next)
        if (next->enabled && next->kind == REGION_MMIO) region = next, steps--;
    return region ? region->base + take32(f) % (u32)region->size : 0;
}

static void memory_access(struct fuzz *f)
{
    u32 address = take_register(f);
    unsigned choice = take8(f);
    if (choice & 1) memory_store(&f->m->memory, address, take32(f), 1u << choice / 2 % 3);
    else memory_load(&f->m->memory, address, 1u << choice / 2 % 3);
}

static void memory_put(struct fuzz *f)
{
    u8 bytes[64];
    u32 address = take_address(f), length = take8(f) % sizeof bytes;
    for (u32 i = 0; i < length; i++) bytes[i] = take8(f);
    memory_write(&f->m->memory, address, bytes, length);
}

static void wait(struct fuzz *f)
{
    u64 exponent = take8(f) % 24, factor = 1 + take8(f);
    time_pass(f, factor << exponent);
}

void time_pass(struct fuzz *f, u64 ns)
{
    struct clock *clock = &f->m->clock;
    u64 cycles = MIN(cycles_of_ns(clock, ns), f->left), until = clock_now(clock) + cycles;
    f->left -= cycles;
    for (unsigned events = 0; clock_next(clock) <= until; events++) {
        if (events > EVENTS_MAX) __builtin_trap();
        clock->now = MAX(clock->now, clock_next(clock));
        clock_fire(clock);
    }
    clock->now = MAX(clock->now, until);
}

/* Long enough for an update cycle of the clock and for the keyboard to repeat. */
static void sleep(struct fuzz *f)
{
    enum { SLEEP_NS = 1100000000 };
    if (f->sleeps++) return;
    f->left += cycles_of_ns(&f->m->clock, SLEEP_NS);
    time_pass(f, SLEEP_NS);
}

/* ---- what comes from outside ---- */
static void input_send(struct fuzz *f)
{
    u8 bytes[256];
    unsigned source = take8(f) % f->m->input.sources, length = take8(f);
    for (unsigned i = 0; i < length; i++) bytes[i] = take8(f);
    input_post(&f->m->input, source, bytes, length);
}

/* A frame that somebody could take: IP version 4 or 6 with TCP or UDP, with or without a VLAN tag, of any length. */
static void frame_send(struct fuzz *f)
{
    u8 frame[NET_FRAME_MAX] = { 0 };
    struct net_link *link = pc_nic(f->m, take8(f) % 3);
    u8 kind = take8(f), *at = frame + 12;
    u16 length = take8(f) & 1 ? take16(f) % sizeof frame : take8(f);
    if (kind & 1) memset(frame, 0xFF, NET_MAC);
    else memcpy(frame, (const u8[]){ 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, NET_MAC);
    if (kind & 2) frame[0] |= 1;
    if (kind & 4) memcpy(at, (const u8[]){ 0x81, 0, 0, 1 }, 4), at += 4;
    memcpy(at, kind & 8 ? (const u8[]){ 0x86, 0xDD, 0x60 } : (const u8[]){ 8, 0, 0x45 }, 3);
    at[2 + 9] = at[2 + 6] = kind & 16 ? 17 : 6;
    take_changes(f, frame, 128, 31);
    if (net_ready(link) || kind & 0x80) input_post(&f->m->input, link->source, frame, length);
}

static void medium_change(struct fuzz *f)
{
    static struct disk *const cds[] = { NULL, &media[CD], &media[CD_SMALL] };
    static struct disk *const floppies[] = { NULL, &media[FLOPPY], &media[FLOPPY_LARGE], &media[FLOPPY_LOCKED],
                                             &media[FLOPPY_OLD], &media[CD], &media[DISK] };
    u8 choice = take8(f);
    if (choice & 1) i82077_change_medium(&f->m->floppy, choice >> 1 & 3, floppies[take8(f) % ARRAY_LEN(floppies)]);
    else ide_change_medium(&f->m->ide, 1, choice >> 1 & 1, cds[take8(f) % ARRAY_LEN(cds)]);
}

/* ---- the processor's pins ---- */
static void processor(struct fuzz *f)
{
    struct cpu *cpu = &f->m->cpu;
    u8 choice = take8(f);
    pc_interrupts_possible(f->m);
    if (choice < 0xA0 && pc_intr_level(f->m)) cpu->acknowledge(cpu->acknowledge_self);
    else if (choice < 0xC0) out8(f, choice & 1 ? 0xA0 : 0x20, 0x20);
    else if (choice < 0xD0) cpu->smiact(cpu->smiact_self, choice & 1);
    else if (choice < 0xE0) cpu->apic_base(cpu->apic_base_self, (take_address(f) & PAGE_MASK) | (choice & 1) << 11);
    else cpu->ferr(cpu->ferr_self, choice & 1);
}

static void reset(struct fuzz *f)
{
    struct error why;
    machine_reset(f->m, take8(f) & 1 ? RESET_COLD : RESET_WARM, &why);
}

static void picture(struct fuzz *f)
{
    static char text[1 << 16];
    if (f->pictures++ >= 3) return;
    vga_render(&f->m->vga, &f->screen);
    vga_text(&f->m->vga, text, 1 + take16(f) % sizeof text);
}

static void pci_write(struct fuzz *f)
{
    static const u8 offsets[] = { PCI_COMMAND, PCI_BAR0, PCI_BAR0 + 4, PCI_BAR0 + 8, PCI_ROM_BAR, 0x40, 0x59, 0x72, 0x90,
        0x20 };
    u8 function = take8(f), offset = take8(f);
    u8 device = function < 0xF0 ? (const u8[]){ 0x00, 0x08, 0x09, 0x0B, 0x10, 0x18, 0x20, 0x28 }[function % 8] : function;
    offset = offset < 0xC0 ? offsets[offset % ARRAY_LEN(offsets)] : offset * 4;
    out32(f, 0xCF8, 1u << 31 | (u32)device << 8 | (offset & 0xFC));
    unsigned width = take_width(f);
    ports_write(&f->m->ports, (u16)(0xCFC + (offset & 3 & ~(width - 1))), take32(f), width);
}

static void firmware(struct fuzz *f) { pc_firmware_state(f->m); }

/* What the machine does between two instructions. */
static void requests_carry_out(struct fuzz *f)
{
    struct error why;
    clock_fire(&f->m->clock);
    if (!f->m->power_asked) return;
    f->m->power_asked = false;
    if (f->m->power_what == POWER_RESET) machine_reset(f->m, RESET_WARM, &why);
}

static fuzz_operation *const operations[] = {
    port_write, port_write_byte, port_read, port_burst, indexed_access, memory_access, memory_put, wait, sleep, input_send,
    frame_send,
    medium_change, processor, reset, picture, pci_write, firmware, state_round_trip, state_mutate,
};

static void operation(struct fuzz *f)
{
    u8 choice = take8(f);
    if (choice >= 0x60) fuzz_commands[choice % fuzz_command_count](f);
    else operations[choice % ARRAY_LEN(operations)](f);
    requests_carry_out(f);
}

/* ---- a board ---- */
static struct machine *board_make(struct fuzz *f)
{
    struct error why = { "" };
    struct net_peer peer = { .send = packet_put, .self = f };
    struct machine_config config = {
        .ram_bytes = FUZZ_RAM, .vga_bytes = VGA_MIN_BYTES, .model = cpu_model_find("max"), .engine = { ENGINE_LOOP, 32, 0 },
        .bios = { rom, sizeof rom }, .vgabios = { rom, PAGE_SIZE }, .serial_pace = 32,
        .drive = { { IDE_DISK, &media[DISK] }, { IDE_DISK, &media[DISK_LOCKED] }, { IDE_CDROM, &media[CD] },
                   { IDE_CDROM, NULL } },
        .floppy = { { true, &media[FLOPPY] }, { true, &media[FLOPPY_LARGE] } },
        .nic = { { NIC_E1000, { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, 0, 0, true, peer, { rom, PAGE_SIZE } },
                 { NIC_NE2000_PCI, { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, 0, 0, true, peer, { 0 } },
                 { NIC_NE2000_ISA, { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, 0x300, 10, true, peer, { 0 } } },
        .audio = { frames_put, f }, .speaker_heard = true, .sb16 = true, .ac97 = true,
        .console = { { 0xE9, { byte_put, f } }, { 0x402, { byte_put, f } } }, .consoles = 2,
        .exit_base = 0x501, .exit_size = 2,
    };
    struct byte_sink sink = { byte_put, f };
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) config.serial[i].present = true, config.serial[i].sink = sink;
    for (unsigned i = 0; i < MACHINE_PARALLELS; i++) config.parallel[i].present = true, config.parallel[i].sink = sink;
    f->m = machine_create(&config, &f->host, &why);
    if (!f->m) fprintf(stderr, "%s\n", why.text), __builtin_trap();
    return f->m;
}

/* Always true: there is nothing to be refused. */
static bool input_play(const u8 *data, size_t size)
{
    struct fuzz f = { .at = data, .end = data + size };
    host_init(&f.host, (u64)64 << 20);
    board_make(&f);
    f.left = cycles_of_ns(&f.m->clock, FUZZ_TIME_MS * 1000000);
    if (take8(&f) & 1) firmware(&f);
    for (unsigned i = 0; f.at < f.end && i < OPERATIONS_MAX; i++) operation(&f);
    screen_free(&f.screen);
    machine_destroy(f.m);
    host_destroy(&f.host);
    return true;
}

#include "tests/fuzz/play.h"
