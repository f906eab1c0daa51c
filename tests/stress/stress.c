/* Random guests, each run in several ways that must not differ: engines, block lengths, caches flushed at random, stops
 * at random cycles. No guest may crash, hang or corrupt the host; under sanitizers that is what this shows.
 *
 *   stress [FIRST [COUNT [SEED]...]]   seeds FIRST to FIRST + COUNT - 1, and these
 *   stress narrow SEED WAY [LEG]   where a way begins to differ from the first: the state's rows, cycle by cycle
 *
 * With STRESS_VERBOSE in the environment, a line per run. Between two legs of a run the world interferes: ports,
 * memory-mapped registers, serial bytes, DMA commands. The last
 * line is "N passed, M failed". */
#include "tests/stress/stress.h"
#include "cpu/monitor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEGS = 12, LEG_CYCLES = 40000, BOOTS_MAX = 3, SECONDS_MAX = 120 };
enum { DISK_SECTORS = 64, CD_SECTORS = 16 };

static const struct way { const char *name; enum engine engine; u8 cap; u16 flush; u16 stops; const char *vmm; } ways[] = {
    { "tail engine", ENGINE_TAIL, 32, 0, 0, NULL },
    { "loop engine", ENGINE_LOOP, 32, 0, 0, NULL },
    { "tail engine, blocks of 1", ENGINE_TAIL, 1, 0, 0, NULL },
    { "loop engine, blocks of 3, flushed", ENGINE_LOOP, 3, 7, 0, NULL },
    { "tail engine, flushed and stopped", ENGINE_TAIL, 32, 3, 5, NULL },
    /* With the guest's own page tables: a random guest does not invalidate what it should. */
    { "strict", ENGINE_TAIL, 32, 0, 0, "strict,paging=direct" },
    { "strict at ring 1, stopped", ENGINE_LOOP, 32, 0, 5, "strict,ring=1,paging=direct" },
    { "every hole cured", ENGINE_TAIL, 32, 0, 0, "pentium,keep,cure=all,paging=direct" },
    { "kernel interpreted", ENGINE_TAIL, 32, 0, 0, "hybrid,cure=all,paging=direct" },
    { "report", ENGINE_TAIL, 32, 0, 0, "report" },
};

/* Most guests run on the compliant machine, some under a monitor that leaks: they get lost, but all in the same way. */
static const char *monitor_of(u64 seed)
{
    static const char *const monitors[] = { "pentium", "pentium,ring=1", "pentium,keep,trace=always", "patch", "hybrid",
                                            "strict", "compliant,paging=shadow", "pv" };
    return seed % 3 ? "compliant" : monitors[seed / 3 % ARRAY_LEN(monitors)];
}

/* Ways with a monitor of their own are held against the compliant machine. */
static bool way_fits(u64 seed, const struct way *way) { return !way->vmm || seed % 3; }

u64 random_next(struct random *random)
{
    u64 z = random->state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/* ---- disks in memory, which trust nobody ---- */
struct ram_disk { struct disk disk; u8 bytes[DISK_SECTORS * 512]; };

static u8 *sectors_at(struct ram_disk *disk, u64 sector, u32 count)
{
    if (sector > disk->disk.sectors || count > disk->disk.sectors - sector) {
        fprintf(stderr, "stress: %u sectors at %llu are not on the disk\n", count, (unsigned long long)sector);
        abort();
    }
    return disk->bytes + sector * disk->disk.sector_size;
}

static bool disk_read(void *self, u64 sector, u32 count, void *bytes)
{
    struct ram_disk *disk = self;
    memcpy(bytes, sectors_at(disk, sector, count), (size_t)count * disk->disk.sector_size);
    return true;
}

static bool disk_write(void *self, u64 sector, u32 count, const void *bytes)
{
    struct ram_disk *disk = self;
    memcpy(sectors_at(disk, sector, count), bytes, (size_t)count * disk->disk.sector_size);
    return true;
}

static bool disk_flush(void *self) { return self != NULL; }

static void disk_init(struct ram_disk *disk, u64 sectors, u32 sector_size)
{
    disk->disk = (struct disk){ sectors, sector_size, sector_size == 2048, disk_read, disk_write, disk_flush, disk };
    for (u32 i = 0; i < sizeof disk->bytes; i++) disk->bytes[i] = (u8)(i * 13 + i / 512);
}

/* ---- one run ---- */
struct sample { u64 cycle, guest, monitor, counts, disk; enum machine_stop stop; };

struct run {
    u64             seed;
    const struct way *way;
    struct random   world, stops;
    struct host     host;
    struct ram_disk disk, cd;
    unsigned        boots;
    struct machine *m;
};

static bool boot(void *self, struct machine *m, struct error *why)
{
    struct run *run = self;
    if (run->boots++ == BOOTS_MAX) return error_set(why, "enough");
    guest_make(m, run->seed);
    return true;
}

static const struct cpu_model *model_of(u64 seed)
{
    unsigned models = 0;
    while (cpu_models[models].name) models++;
    return seed % 3 ? cpu_model_find("max") : &cpu_models[seed / 3 % models];
}

static struct run *run_new(u64 seed, const struct way *way)
{
    struct error why;
    struct run *run = calloc(1, sizeof *run);
    if (!run) abort();
    run->seed = seed;
    run->way = way;
    run->world.state = seed * 3 + 1;
    run->stops.state = seed ^ way->stops;
    host_init(&run->host, UINT64_MAX);
    disk_init(&run->disk, DISK_SECTORS, 512);
    disk_init(&run->cd, CD_SECTORS, 2048);
    struct machine_config config = {
        .ram_bytes = STRESS_RAM, .vga_bytes = VGA_MIN_BYTES, .model = model_of(seed), .engine = { way->engine, way->cap, way->flush },
        .serial_pace = 32, .exit_base = STRESS_EXIT_PORT, .exit_size = 2, .no_reboot = seed % 4, .boot = boot,
        .boot_self = run,
    };
    if (!vmm_parse(&config.vmm, way->vmm ? way->vmm : monitor_of(seed), &why)) {
        fprintf(stderr, "stress: %s\n", why.text);
        abort();
    }
    config.serial[0].present = config.serial[1].present = true;
    config.drive[0] = (struct machine_drive){ IDE_DISK, &run->disk.disk };
    config.drive[2] = (struct machine_drive){ IDE_CDROM, seed % 5 ? &run->cd.disk : NULL };
    run->m = machine_create(&config, &run->host, &why);
    if (!run->m) {
        fprintf(stderr, "stress: %s\n", why.text);
        abort();
    }
    return run;
}

static void run_free(struct run *run)
{
    machine_destroy(run->m);
    host_destroy(&run->host);
    free(run);
}

static u32 device_address(struct random *world)
{
    static const u32 base[] = { 0xA0000, 0xB8000, 0xC0000, 0xF0000, 0xFEC00000, 0xFEE00000, 0xFFFF0000, STRESS_RAM };
    return random_rarely(world, 4) ? (u32)random_next(world)
                                   : base[random_below(world, ARRAY_LEN(base))] + random_below(world, 0x8000);
}

/* Between two instructions, when no event is due. */
static void world_interferes(struct run *run)
{
    struct random *world = &run->world;
    struct machine *m = run->m;
    for (unsigned n = random_below(world, 8); n--;) {
        unsigned width = 1u << random_below(world, 3);
        u32 value = (u32)random_next(world);
        u8 bytes[16] = { (u8)value, (u8)(value >> 8), (u8)(value >> 16) };
        switch (random_below(world, 7)) {
        case 0: ports_write(&m->ports, guest_port(world), value >> (32 - 8 * width), width); break;
        case 1: ports_read(&m->ports, guest_port(world), width); break;
        case 2: ports_write(&m->ports, (u16)value, (u32)random_next(world), 1); break;
        case 3: memory_store(&m->memory, device_address(world), value >> (32 - 8 * width), width); break;
        case 4: memory_load(&m->memory, device_address(world), width); break;
        case 5: input_post(&m->input, value % m->input.sources, bytes, 1 + value % sizeof bytes); break;
        case 6: guest_ide_command(m, world); break;
        }
    }
}

static u64 counts_hash(const struct machine *m)
{
    u64 hash = 0;
    for (unsigned i = 0; i < SENS_COUNT; i++) {
        const struct monitor_row *row = &m->cpu.monitor->row[i];
        hash = hash_bytes(hash, row->executed, sizeof row->executed);
        hash = hash_bytes(hash, (u64[]){ row->refused, row->elements, row->first_cycle }, 3 * sizeof(u64));
    }
    return hash;
}

static struct sample sample_take(struct run *run, enum machine_stop stop)
{
    struct machine *m = run->m;
    return (struct sample){ m->clock.now, machine_hash(m), machine_monitor_hash(m), counts_hash(m),
                            hash_bytes(0, run->disk.bytes, sizeof run->disk.bytes), stop };
}

/* The next leg's end: the same for every way. */
static u64 leg_end(struct run *run) { return run->m->clock.now + 1 + random_below(&run->world, LEG_CYCLES); }

static enum machine_stop run_to(struct run *run, u64 cycle)
{
    enum machine_stop stop = MACHINE_RUNS;
    while (run->m->clock.now < cycle && stop <= MACHINE_INSNS) {
        u64 until = run->way->stops ? run->m->clock.now + 1 + random_below(&run->stops, 2000) : cycle;
        stop = machine_run(run->m, MIN(until, cycle), UINT64_MAX, false);
    }
    return stop;
}

static unsigned run_all(u64 seed, const struct way *way, struct sample sample[LEGS])
{
    struct run *run = run_new(seed, way);
    unsigned legs = 0;
    enum machine_stop stop = MACHINE_RUNS;
    while (legs < LEGS && stop <= MACHINE_INSNS) {
        stop = run_to(run, leg_end(run));
        sample[legs++] = sample_take(run, stop);
        if (stop <= MACHINE_INSNS) world_interferes(run);
    }
    if (getenv("STRESS_VERBOSE"))
        fprintf(stderr, "seed %llu: %u legs, %llu cycles, %llu instructions, stop %d\n", (unsigned long long)seed, legs,
                (unsigned long long)run->m->clock.now, (unsigned long long)run->m->cpu.insns, stop);
    run_free(run);
    return legs;
}

static bool samples_equal(const struct sample *a, const struct sample *b, const struct way *way)
{
    return a->cycle == b->cycle && a->guest == b->guest && (a->monitor == b->monitor || way->vmm) && a->counts == b->counts &&
           a->disk == b->disk && a->stop == b->stop;
}

static bool seed_play(u64 seed)
{
    struct sample first[LEGS], other[LEGS];
    alarm(SECONDS_MAX);
    unsigned legs = run_all(seed, &ways[0], first);
    for (unsigned way = 1; way < ARRAY_LEN(ways); way++) {
        if (!way_fits(seed, &ways[way])) continue;
        unsigned count = run_all(seed, &ways[way], other);
        for (unsigned i = 0; i < MIN(legs, count); i++) {
            const struct sample *a = &first[i], *b = &other[i];
            if (samples_equal(a, b, &ways[way])) continue;
            printf("FAIL seed %llu, way %u (%s), leg %u: cycle %llu %llu, guest %d, monitor %d, counts %d, disk %d, "
                   "stop %d %d\n", (unsigned long long)seed, way, ways[way].name, i, (unsigned long long)a->cycle,
                   (unsigned long long)b->cycle, a->guest != b->guest, a->monitor != b->monitor,
                   a->counts != b->counts, a->disk != b->disk, a->stop, b->stop);
            return false;
        }
        if (legs != count) {
            printf("FAIL seed %llu, way %u (%s): %u legs instead of %u\n", (unsigned long long)seed, way,
                   ways[way].name, count, legs);
            return false;
        }
    }
    return true;
}

/* ---- narrowing ---- */
static void row_differs(void *self, const char *path, u64 a, u64 b)
{
    printf("  %s%s = %llx, %llx\n", (const char *)self, path, (unsigned long long)a, (unsigned long long)b);
}

static void differences_print(struct run *a, struct run *b)
{
    struct component x = { .name = "monitor", .fields = monitor_fields, .self = a->m->cpu.monitor }, y = x;
    y.self = b->m->cpu.monitor;
    state_diff(&x, &y, row_differs, "");
    for (unsigned i = 0; i < a->m->components; i++)
        state_diff(&a->m->component[i], &b->m->component[i], row_differs, "");
    for (u32 at = 0; at < STRESS_RAM; at++)
        if (a->m->memory.ram[at] != b->m->memory.ram[at])
            printf("  ram %x = %x, %x\n", at, a->m->memory.ram[at], b->m->memory.ram[at]);
}

static void place_print(const struct machine *m)
{
    u32 linear = m->cpu.sys.seg[CS].base + m->cpu.eip, physical;
    printf("%llu %04x:%08x key %x cpl %u eflags %x cr0 %x:", (unsigned long long)m->clock.now,
           m->cpu.sys.seg[CS].selector, m->cpu.eip, m->cpu.key, m->cpu.sys.cpl, m->cpu.sys.eflags, m->cpu.sys.cr0);
    for (u32 i = 0; i < 15; i++)
        if (cpu_translate_peek(&m->cpu, linear + i, &physical))
            printf(" %02x", memory_load((struct memory *)&m->memory, physical, 1));
    printf("\n");
}

/* The machine of a way after some whole legs and up to a cycle of the next. */
static struct run *run_part(u64 seed, const struct way *way, u64 legs, u64 cycle, enum machine_stop *stop)
{
    struct run *run = run_new(seed, way);
    *stop = MACHINE_RUNS;
    for (u64 leg = 0; leg < legs && *stop <= MACHINE_INSNS; leg++) {
        *stop = run_to(run, leg_end(run));
        if (*stop <= MACHINE_INSNS) world_interferes(run);
    }
    u64 end = leg_end(run);
    if (*stop <= MACHINE_INSNS) *stop = run_to(run, MIN(cycle, end));
    return run;
}

static bool part_equal(u64 seed, const struct way *way, u64 leg, u64 cycle, bool print)
{
    enum machine_stop stop, other;
    struct run *a = run_part(seed, &ways[0], leg, cycle, &stop), *b = run_part(seed, way, leg, cycle, &other);
    struct sample x = sample_take(a, stop), y = sample_take(b, other);
    if (print) {
        place_print(a->m);
        place_print(b->m);
        differences_print(a, b);
    }
    run_free(a);
    run_free(b);
    return samples_equal(&x, &y, way);
}

static int narrow(u64 seed, const struct way *way, u64 leg)
{
    enum machine_stop stop;
    struct run *run = run_part(seed, &ways[0], leg, 0, &stop);
    u64 low = run->m->clock.now, high = low + LEG_CYCLES;
    run_free(run);
    if (part_equal(seed, way, leg, high, false)) {
        printf("no difference\n");
        return 0;
    }
    while (high - low > 1) {
        u64 middle = (low + high) / 2;
        if (part_equal(seed, way, leg, middle, false)) low = middle;
        else high = middle;
    }
    printf("equal at cycle %llu, different at %llu\n", (unsigned long long)low, (unsigned long long)high);
    part_equal(seed, way, leg, low, true);
    part_equal(seed, way, leg, high, true);
    return 1;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc >= 4 && strcmp(argv[1], "narrow") == 0)
        return narrow(strtoull(argv[2], NULL, 0), &ways[strtoull(argv[3], NULL, 0) % ARRAY_LEN(ways)],
                      argc > 4 ? strtoull(argv[4], NULL, 0) : 0);
    u64 first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    u64 passed = 0;
    for (u64 i = 0; i < count; i++) passed += seed_play(first + i);
    for (int i = 3; i < argc; i++, count++) passed += seed_play(strtoull(argv[i], NULL, 0));
    printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)(count - passed));
    return passed != count;
}
