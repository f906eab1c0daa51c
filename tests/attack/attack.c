/* The attack guest under every monitor, with a second machine beside it in the same process, both with the safety
 * invariants checked (cpu/invariants.h). Each pair runs in a process of its own: one that aborts, or does not come back, has
 * failed.
 *
 *   attack KERNEL EXPECTED [--record] [--first] [--only TEXT] [--every N]   TEXT: of "MONITOR/ATTACK", a part of it
 *
 * An attack's end and its line are the same under all monitors that do not leak, and what `expected` holds of compliant.
 * The other machine's hash is what it is alone. The last line is "N passed, N failed". */
#include "cpu/shadow.h"
#include "devices/invariants.h"
#include "devices/load.h"
#include "frontend/file.h"
#include "frontend/image.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RAM = 16 << 20, GUEST = RAM + VGA_DEFAULT_BYTES, SLICE = 100000, SLICES = 1200, ALONE = 1200, SECTORS = 256, SECONDS_MAX = 60, TEXT = 2048 };
/* Attacks that go on for ever are stopped after so many slices. */
enum { ENDLESS = 30 };

static const struct monitor_row_test { const char *name, *text; bool leaks; } monitors[] = {
    { "compliant", "compliant", false }, { "strict", "strict", false }, { "strict1", "strict,ring=1", false },
    { "always", "strict,trace=always", false }, { "patch", "patch", false }, { "hybrid", "hybrid", false },
    { "report", "report", false }, { "pentium", "pentium", true }, { "keep", "pentium,keep", true },
    { "ring1", "pentium,ring=1", true }, { "umip", "pentium,umip", true },
};
static const struct { const char *name; bool endless; } attacks[] = {
    { "physical", false }, { "linear", false }, { "monitor", false }, { "selectors", false }, { "ports", false }, { "map", false },
    { "strings", false }, { "dma", false }, { "user", false }, { "alignment", false }, { "movs", false }, { "tasks", false },
    { "execute", false }, { "descriptors", false }, { "msrs", false }, { "triple", false }, { "garbage", false },
    { "halt", false }, { "spin", true }, { "faults", true }, { "chain", false }, { "reset", false },
};

/* ---- one machine ---- */
struct ram_disk { struct disk disk; u8 bytes[SECTORS * 512]; };
struct guest {
    struct host     *host;
    struct machine  *machine;
    struct load      load;
    struct ram_disk  disk;
    char             text[TEXT];
    size_t           length;
    unsigned         slices;
    u64              hash[ALONE];
};

static bool disk_read(void *self, u64 sector, u32 count, void *bytes)
{
    struct ram_disk *d = self;
    if (sector > SECTORS || count > SECTORS - sector) abort();
    memcpy(bytes, d->bytes + sector * 512, (size_t)count * 512);
    return true;
}
static bool disk_write(void *self, u64 sector, u32 count, const void *bytes)
{
    struct ram_disk *d = self;
    if (sector > SECTORS || count > SECTORS - sector) abort();
    memcpy(d->bytes + sector * 512, bytes, (size_t)count * 512);
    return true;
}
static bool disk_flush(void *self) { return self != NULL; }

static void text_put(void *self, u8 byte)
{
    struct guest *g = self;
    if (g->length + 1 < TEXT && byte != '\r') g->text[g->length++] = (char)byte;
}
static bool boot(void *self, struct machine *m, struct error *why) { return load_kernel(self, m, why); }

static void die(const char *what)
{
    fprintf(stderr, "attack: %s\n", what);
    exit(2);
}

static struct guest *guest_new(struct host *host, struct blob kernel, const char *command, const char *monitor, u64 every)
{
    struct error why = { "" };
    struct guest *g = calloc(1, sizeof *g);
    if (!g) abort();
    g->host = host;
    g->load = (struct load){ .kernel = kernel, .command_line = command };
    for (u32 i = 0; i < sizeof g->disk.bytes; i++) g->disk.bytes[i] = (u8)(i * 7 + i / 512);
    g->disk.disk = (struct disk){ SECTORS, 512, false, disk_read, disk_write, disk_flush, &g->disk };
    struct machine_config config = {
        .ram_bytes = RAM, .vga_bytes = VGA_DEFAULT_BYTES, .model = cpu_model_find("max"), .engine = { ENGINE_TAIL, 32, 0 }, .serial_pace = 32,
        .no_reboot = true, .boot = boot, .boot_self = &g->load, .check_invariants = every,
    };
    if (!vmm_parse(&config.vmm, monitor, &why)) die(why.text);
    config.serial[0].present = true;
    config.serial[0].sink = (struct byte_sink){ text_put, g };
    config.drive[0] = (struct machine_drive){ IDE_DISK, &g->disk.disk };
    g->machine = machine_create(&config, host, &why);
    if (!g->machine) die(why.text);
    return g;
}

static void guest_free(struct guest *g)
{
    machine_destroy(g->machine);
    free(g);
}

static enum machine_stop guest_slice(struct guest *g)
{
    struct machine *m = g->machine;
    enum machine_stop stop = machine_run(m, m->clock.now + SLICE, UINT64_MAX, false);
    if (g->slices < ALONE) g->hash[g->slices] = stop;
    g->slices++;
    return stop;
}

/* ---- pairs ---- */
struct test { struct blob kernel; const char *monitor, *attack; bool endless; u64 every; };

static void victim_judge(const struct test *t, struct guest *victim)
{
    struct host host;
    host_init(&host, UINT64_MAX);
    struct guest *alone = guest_new(&host, t->kernel, "victim", t->monitor, t->every);
    while (alone->slices < victim->slices) guest_slice(alone);
    bool same = machine_hash(alone->machine) == machine_hash(victim->machine) && alone->length == victim->length &&
                memcmp(&alone->disk.bytes, &victim->disk.bytes, sizeof victim->disk.bytes) == 0;
    if (!same || victim->length) printf("the other machine noticed: %s; ", victim->text);
    guest_free(alone);
    host_destroy(&host);
}

/* In turn, a slice each; what is printed is the outcome. */
static void pair_run(const struct test *t)
{
    struct host host;
    struct breach breach;
    host_init(&host, 2 * GUEST);
    struct guest *attacker = guest_new(&host, t->kernel, t->attack, t->monitor, t->every);
    struct guest *victim = guest_new(&host, t->kernel, "victim", t->monitor, t->every);
    unsigned most = t->endless ? ENDLESS : SLICES;
    enum machine_stop stop = MACHINE_RUNS;
    while (stop <= MACHINE_INSNS && attacker->slices < most) {
        stop = guest_slice(attacker);
        if (attacker->slices % 8 == 1 && victim->slices < 12) guest_slice(victim);
    }
    machine_drain(attacker->machine);
    if (!machine_invariants_hold(attacker->machine, &breach) || !machine_invariants_hold(victim->machine, &breach) ||
        !shadow_invariants_hold(&attacker->machine->cpu, true, &breach))
        breach_abort(&breach);
    victim_judge(t, victim);
    for (char *c = attacker->text; *c; c++)
        if (*c == '\n') *c = ' ';
    printf("%sends %d", attacker->text, stop);
    guest_free(attacker);
    /* I6: RAM comes back, and the next owner finds nothing in it. */
    attacker = guest_new(&host, t->kernel, t->attack, t->monitor, t->every);
    guest_free(attacker);
    guest_free(victim);
    if (host.ram_used) printf("; RAM was not given back");
    host_destroy(&host);
}

/* ---- files ---- */
static void image_make(char *path, size_t bytes)
{
    int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0 || pwrite(fd, "first", 5, 0) != 5) die("no scratch file");
    close(fd);
}

static struct image *raw_open(const char *path, enum image_mode mode, struct host *host, const void *owner, struct error *why)
{
    const struct image_request request = { .path = path, .format = "raw", .mode = mode, .sector_size = 512 };
    return image_open(&request, host, owner, why);
}

/* Two machines ask for one disk; one of them writes. */
static void disk_shared_run(const struct test *t)
{
    static const enum image_mode modes[] = { IMAGE_WRITE, IMAGE_READ_ONLY, IMAGE_SNAPSHOT };
    char path[] = "/tmp/trap86-attack-XXXXXX";
    struct error why = { "" };
    struct host host;
    int a, b, refused = 0;
    (void)t;
    host_init(&host, GUEST);
    image_make(path, 65536);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 3; k++) {
            struct image *first = raw_open(path, modes[i], &host, &a, &why);
            struct image *second = raw_open(path, modes[k], &host, &b, &why);
            if (!host_exclusive(&host, &why)) printf("%s; ", why.text);
            if (!first || !image_owned(first, &a, &why) || image_owned(first, &b, &why)) printf("not its owner's; ");
            refused += !second;
            image_close(second);
            image_close(first);
        }
    unlink(path);
    host_destroy(&host);
    printf("refused %d of 9", refused);
}

/* Clusters of an overlay are memory that held something else before: only the file's bytes may show. */
static void overlay_run(const struct test *t)
{
    char path[] = "/tmp/trap86-attack-XXXXXX";
    struct error why = { "" };
    struct host host;
    u8 bytes[8192];
    unsigned foreign = 0;
    (void)t;
    host_init(&host, GUEST);
    image_make(path, 5000);
    for (unsigned turn = 0; turn < 3; turn++) {
        struct image *image = raw_open(path, IMAGE_SNAPSHOT, &host, &host, &why);
        struct disk *disk = image_disk(image);
        memset(bytes, 0xee, sizeof bytes);
        if (!disk->write(disk->self, 1, 1, bytes) || !disk->write(disk->self, 9, 1, bytes)) printf("not written; ");
        if (!disk->read(disk->self, 0, (u32)disk->sectors, bytes)) printf("not read; ");
        for (u64 i = 0; i < disk->sectors * 512; i++)
            foreign += bytes[i] != (i < 5 ? (u8)"first"[i] : i / 512 == 1 || (i / 512 == 9 && i < 5000) ? 0xee : 0);
        image_close(image);
    }
    unlink(path);
    host_destroy(&host);
    printf("%u bytes of others", foreign);
}

/* The budget holds for all machines together, and what one gives back another may have. */
static void budget_run(const struct test *t)
{
    struct error why = { "" };
    struct host host;
    int one, two;
    host_init(&host, 2 * GUEST - 1);
    struct guest *first = guest_new(&host, t->kernel, "victim", "compliant", 1);
    bool refused = !host_claim_ram(&host, GUEST, &two, &why) && host_claim_ram(&host, GUEST - 1, &two, &why) &&
                   !host_claim_ram(&host, 1, &one, &why) && host_conserves(&host, &why);
    guest_free(first);
    bool again = host_ram_of(&host, &two) == GUEST - 1 && host_claim_ram(&host, GUEST, &one, &why) && host_conserves(&host, &why);
    host_release_all(&host, &one);
    host_release_all(&host, &two);
    host_destroy(&host);
    printf("refused %d, granted again %d, left %llu", refused, again, (unsigned long long)host.ram_used);
}

/* ---- a process for each ---- */
struct outcome_text { char text[TEXT + 512]; };

static void child_run(const struct test *t, void (*run)(const struct test *), int out)
{
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    mallopt(M_PERTURB, 0x5a);                /* memory that is used again is not clean by chance */
    alarm(SECONDS_MAX);
    run(t);
    fflush(stdout);
    _exit(0);
}

static bool test_run(const struct test *t, void (*run)(const struct test *), struct outcome_text *outcome)
{
    int pipes[2], status;
    size_t length = 0;
    ssize_t got;
    fflush(stdout);
    if (pipe(pipes) < 0) die("no pipe");
    pid_t child = fork();
    if (child == 0) child_run(t, run, pipes[1]);
    close(pipes[1]);
    while ((got = read(pipes[0], outcome->text + length, sizeof outcome->text - 1 - length)) > 0) length += (size_t)got;
    outcome->text[length] = 0;
    outcome->text[strcspn(outcome->text, "\n")] = 0;
    close(pipes[0]);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        snprintf(outcome->text + strlen(outcome->text), 64, " (signal %d)", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The line `NAME: OUTCOME` of the file beside this one. */
static bool expected_find(const char *path, const char *name, char *text, size_t size)
{
    char line[TEXT];
    FILE *file = fopen(path, "r");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *rest = strstr(line, ": ");
        if (!rest) continue;
        *rest = 0;
        found = strcmp(line, name) == 0;
        if (found) snprintf(text, size, "%s", rest + 2);
    }
    if (file) fclose(file);
    return found;
}

struct options { const char *only, *expected; bool record, first; u64 every; unsigned passed, failed; };

static void judge(struct options *o, const char *name, const char *attack, bool good, bool compared,
                  const struct outcome_text *outcome)
{
    char wanted[TEXT] = "";
    if (o->record && strncmp(name, "compliant/", 10) == 0) printf("%s: %s\n", attack, outcome->text);
    if (good && compared && !o->record)
        good = expected_find(o->expected, attack, wanted, sizeof wanted) && strcmp(wanted, outcome->text) == 0;
    o->passed += good;
    o->failed += !good;
    if (!good) printf("FAIL %s: %s%s%s\n", name, outcome->text, *wanted ? "; expected " : "", wanted);
    if (!good && o->first) exit(1);
}

static bool wanted(const struct options *o, const char *name) { return !o->only || strstr(name, o->only); }

static void pairs_all(struct options *o, struct blob kernel)
{
    struct outcome_text outcome;
    char name[64];
    for (unsigned i = 0; i < ARRAY_LEN(monitors); i++)
        for (unsigned k = 0; k < ARRAY_LEN(attacks); k++) {
            struct test t = { kernel, monitors[i].text, attacks[k].name, attacks[k].endless, o->every };
            snprintf(name, sizeof name, "%s/%s", monitors[i].name, attacks[k].name);
            if (!wanted(o, name)) continue;
            bool good = test_run(&t, pair_run, &outcome);
            good = good && !strstr(outcome.text, "noticed") && !strstr(outcome.text, "given back");
            judge(o, name, attacks[k].name, good, !monitors[i].leaks, &outcome);
        }
}

static void others_all(struct options *o, struct blob kernel)
{
    static const struct { const char *name; void (*run)(const struct test *); } files[] = {
        { "disk-shared", disk_shared_run }, { "overlay", overlay_run }, { "budget", budget_run } };
    struct outcome_text outcome;
    char name[64];
    for (unsigned i = 0; i < ARRAY_LEN(files); i++) {
        struct test t = { .kernel = kernel, .every = 1 };
        snprintf(name, sizeof name, "compliant/%s", files[i].name);
        if (wanted(o, name)) judge(o, name, files[i].name, test_run(&t, files[i].run, &outcome), true, &outcome);
    }
}

int main(int argc, char **argv)
{
    struct options o = { .every = 61 };
    struct error why = { "" };
    struct blob kernel;
    if (argc < 3) die("usage: attack KERNEL EXPECTED [--record] [--first] [--only TEXT] [--every N]");
    o.expected = argv[2];
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--record") == 0) o.record = true;
        else if (strcmp(argv[i], "--first") == 0) o.first = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) o.only = argv[++i];
        else if (strcmp(argv[i], "--every") == 0 && i + 1 < argc) o.every = strtoull(argv[++i], NULL, 0);
        else die("unknown option");
    }
    if (!file_read(argv[1], "kernel", 1 << 24, &kernel, &why)) die(why.text);
    pairs_all(&o, kernel);
    others_all(&o, kernel);
    file_free(&kernel);
    if (!o.record) printf("%u passed, %u failed\n", o.passed, o.failed);
    return o.failed != 0;
}
