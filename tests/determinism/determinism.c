/* The same run in every way in which it must not matter: engines, block lengths, caches flushed at random, stops at
 * random cycles and instructions, a busy host, the state moved into another machine halfway. At equal cycles the hashes
 * of the guest and of the monitor are equal to those of the first way.
 *
 *   determinism NAME EVERY UNTIL [expect=FILE] [trap86's options]...
 *
 * EVERY and UNTIL are cycles: how often to take hashes, and when to end. FILE holds what trap86 --hash-every printed.
 * Each way runs in a process of its own, two at a time. The last line is "N passed, M failed". */
#define _GNU_SOURCE
#include "frontend/session.h"
#include "tests/unit/machine_move.h"
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAMPLES_MAX = 1 << 16, PROCESSES = 2, HOST_CORES = 2 };

static const struct way {
    const char *name;
    bool        loop;
    u8          cap;
    u32         flush, stops, insn_stops;     /* seeds; 0: never */
    bool        busy, moved;
} ways[] = {
    { .name = "tail engine, host idle", .cap = 32 },
    { .name = "tail engine, host busy", .cap = 32, .busy = true },
    { .name = "loop engine", .loop = true, .cap = 32 },
    { .name = "loop engine, host busy", .loop = true, .cap = 32, .busy = true },
    { .name = "tail engine, blocks of 1", .cap = 1 },
    { .name = "tail engine, blocks of 2", .cap = 2 },
    { .name = "loop engine, blocks of 1", .loop = true, .cap = 1 },
    { .name = "loop engine, blocks of 2", .loop = true, .cap = 2 },
    { .name = "tail engine, flushed at random", .cap = 32, .flush = 1 },
    { .name = "tail engine, flushed at random again", .cap = 32, .flush = 77777 },
    { .name = "loop engine, flushed at random", .loop = true, .cap = 32, .flush = 2 },
    { .name = "tail engine, stopped at random", .cap = 32, .stops = 1 },
    { .name = "tail engine, stopped at random again", .cap = 32, .stops = 4242 },
    { .name = "loop engine, stopped at random", .loop = true, .cap = 32, .stops = 3 },
    { .name = "tail engine, stopped after random instructions", .cap = 32, .insn_stops = 5 },
    { .name = "loop engine, stopped after random instructions", .loop = true, .cap = 32, .insn_stops = 6 },
    { .name = "tail engine, blocks of 2, flushed and stopped", .cap = 2, .flush = 9, .stops = 9, .insn_stops = 9 },
    { .name = "tail engine, moved to another machine", .cap = 32, .moved = true },
};

struct sample { u64 cycle, guest, monitor; };
struct samples { u32 count; bool ended; struct sample sample[SAMPLES_MAX]; };

struct task {
    const char *name, *expect;
    u64         every, until;
    int         argc;
    char      **argv;
};

static void fail(const char *what)
{
    fprintf(stderr, "determinism: %s\n", what);
    _exit(3);
}

/* ---- one way, in its own process ---- */
static struct session *open_session(const struct task *task, const struct way *way)
{
    struct host *host = calloc(1, sizeof *host);
    if (!host) abort();
    host_init(host, UINT64_MAX);
    struct session *session = session_new(host, stderr);
    struct error why = { "" };
    if (!options_parse(&session->options, task->argc, task->argv, &why)) fail(why.text);
    session->options.loop_engine = way->loop;
    session->options.block_cap = way->cap;
    session->options.flush_seed = way->flush;
    if (!session_open(session, &why)) fail(why.text);
    return session;
}

static u64 random_next(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* 1 to 2^24, small ones as likely as large ones. */
static u64 random_distance(u64 *state)
{
    u64 bits = random_next(state) >> 32 & 0xFF;
    return 1 + (random_next(state) >> 20 & (((u64)1 << bits % 25) - 1));
}

static enum machine_stop run_to(struct machine *m, u64 cycle, const struct way *way, u64 *cycles, u64 *insns)
{
    enum machine_stop stop = MACHINE_RUNS;
    while (m->clock.now < cycle && stop <= MACHINE_INSNS) {
        u64 until = way->stops ? m->clock.now + random_distance(cycles) : cycle;
        u64 limit = way->insn_stops ? m->cpu.insns + random_distance(insns) : UINT64_MAX;
        stop = machine_run(m, MIN(until, cycle), limit, false);
    }
    return stop;
}

static struct machine *move(const struct task *task, const struct way *way, struct machine *from)
{
    struct error why;
    struct machine *to = open_session(task, way)->machine;
    if (!machine_move(from, to, &why)) fail(why.text);
    return to;
}

static void sample_take(struct samples *samples, struct machine *m)
{
    if (samples->count == SAMPLES_MAX) fail("too many hashes; take them less often");
    samples->sample[samples->count] = (struct sample){ m->clock.now, machine_hash(m), machine_monitor_hash(m) };
    samples->count++;
}

static void run_way(const struct task *task, const struct way *way, struct samples *samples)
{
    struct machine *m = open_session(task, way)->machine;
    u64 cycles = way->stops * 0x9E3779B97F4A7C15, insns = way->insn_stops * 0xD1342543DE82EF95;
    enum machine_stop stop = MACHINE_RUNS;
    bool moved = !way->moved || m->input.replaying;           /* what is left of a record is not state */
    for (u64 next = task->every; next <= task->until && stop <= MACHINE_INSNS; next += task->every) {
        stop = run_to(m, next, way, &cycles, &insns);
        sample_take(samples, m);
        if (!moved && next >= task->until / 2) {
            m = move(task, way, m);
            moved = true;
        }
    }
    samples->ended = true;
}

/* ---- all of them ---- */
static void spin(void)
{
    for (volatile unsigned k = 0;; k++) {}
}

static pid_t child_start(const struct task *task, const struct way *way, struct samples *samples)
{
    pid_t pid = fork();
    if (pid) return pid;
    pid_t spinner[HOST_CORES];
    for (unsigned i = 0; way->busy && i < HOST_CORES; i++)
        if ((spinner[i] = fork()) == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            spin();
        }
    run_way(task, way, samples);
    for (unsigned i = 0; way->busy && i < HOST_CORES; i++) kill(spinner[i], SIGKILL);
    _exit(0);
}

static bool compare(const struct task *task, const struct way *way, const struct samples *a, const struct samples *b)
{
    for (u32 i = 0; i < MIN(a->count, b->count); i++) {
        const struct sample *x = &a->sample[i], *y = &b->sample[i];
        const char *what = x->cycle != y->cycle ? "cycle" : x->guest != y->guest ? "guest" : "monitor";
        if (memcmp(x, y, sizeof *x) == 0) continue;
        printf("FAIL %s, %s: %s differs at hash %u, cycle %llu (%llu)\n", task->name, way->name, what, i,
               (unsigned long long)x->cycle, (unsigned long long)y->cycle);
        return false;
    }
    if (b->ended && a->count == b->count) return true;
    printf("FAIL %s, %s: %u hashes instead of %u\n", task->name, way->name, b->count, a->count);
    return false;
}

/* Lines "hash CYCLE HASH" of a run of the binary, in which someone typed. */
static bool compare_file(const struct task *task, const struct samples *a)
{
    unsigned long long cycle, hash;
    char line[256];
    u32 i = 0, seen = 0;
    FILE *file = fopen(task->expect, "re");
    if (!file) return false;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "hash %llu %llx", &cycle, &hash) != 2) continue;
        while (i < a->count && a->sample[i].cycle < cycle) i++;
        if (i == a->count) break;
        /* The line names the cycle asked for, the sample the boundary at or after it. */
        if (cycle != (u64)(i + 1) * task->every || a->sample[i].guest != hash) {
            printf("FAIL %s, recorded run: differs at cycle %llu\n", task->name, cycle);
            fclose(file);
            return false;
        }
        seen++;
    }
    fclose(file);
    if (seen == 0) printf("FAIL %s, recorded run: no hash to compare with\n", task->name);
    return seen != 0;
}

static struct samples *samples_new(void)
{
    struct samples *samples = mmap(NULL, sizeof *samples, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (samples == MAP_FAILED) fail(strerror(errno));
    return samples;
}

static bool task_parse(struct task *task, int argc, char **argv)
{
    if (argc < 4) return false;
    *task = (struct task){ .name = argv[1], .every = strtoull(argv[2], NULL, 0), .until = strtoull(argv[3], NULL, 0) };
    int used = argc > 4 && strncmp(argv[4], "expect=", 7) == 0 ? 4 : 3;
    if (used == 4) task->expect = argv[4] + 7;
    task->argc = argc - used;
    task->argv = argv + used;                                 /* argv[0] is skipped by options_parse */
    return task->every && task->until >= task->every;
}

int main(int argc, char **argv)
{
    struct task task;
    struct samples *result[ARRAY_LEN(ways)];
    unsigned started = 0, running = 0, failed = 0, passed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!task_parse(&task, argc, argv)) fail("usage: determinism NAME EVERY UNTIL [expect=FILE] [OPTION]...");
    for (; started < ARRAY_LEN(ways); started++) {
        if (running == (started == 1 ? 1 : PROCESSES)) {
            wait(NULL);
            running--;
        }
        result[started] = samples_new();
        child_start(&task, &ways[started], result[started]);
        running++;
    }
    while (wait(NULL) > 0) {}
    for (unsigned i = 0; i < ARRAY_LEN(ways); i++)
        if (compare(&task, &ways[i], result[0], result[i]) && result[0]->count) passed++;
        else failed++;
    if (task.expect) {
        bool good = compare_file(&task, result[0]);
        passed += good;
        failed += !good;
    }
    printf("%s: %u hashes to cycle %llu\n", task.name, result[0]->count,
           (unsigned long long)(result[0]->count ? result[0]->sample[result[0]->count - 1].cycle : 0));
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
