/* Whole guests under shadow paging: at equal cycles the guest's hash is that of direct paging, the shadow's invariants
 * hold, and what is counted depends neither on the engine nor on whether the shadow is used or only kept beside.
 *
 *   guests NAME EVERY UNTIL [trap86's options]...
 *
 * EVERY and UNTIL are cycles: how often to look, and when to end. The last line is "N passed, M failed". */
#include "cpu/monitor.h"
#include "cpu/shadow.h"
#include "frontend/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 4096, ALWAYS, ADAPTIVE, NEVER, TRACINGS };

static const struct way {
    const char *vmm;
    int         counted;                   /* ways of one tracing count alike; 0: there is no shadow */
    bool        loop;
    u32         cap, flush;
} ways[] = {
    { "compliant", 0, false, 32, 0 },
    { "compliant,paging=shadow,trace=always", ALWAYS, false, 32, 0 },
    { "compliant,paging=count,trace=always", ALWAYS, false, 32, 0 },
    { "compliant,paging=shadow,trace=always", ALWAYS, true, 1, 7 },
    { "compliant,paging=shadow", ADAPTIVE, false, 32, 0 },
    { "compliant,paging=count", ADAPTIVE, true, 2, 3 },
    { "compliant,paging=shadow,trace=never", NEVER, false, 32, 0 },
    { "compliant,paging=shadow,trace=never", NEVER, false, 1, 1 },
};

struct run { u32 samples; u64 hash[SAMPLES]; struct shadow_counters counters; };

struct task { const char *name; u64 every, until; int argc; char **argv; };

static unsigned passed, failed;

static void check(bool good, const struct task *task, const struct way *way, const char *what)
{
    passed += good;
    failed += !good;
    if (!good)
        printf("FAIL %s, --vmm=%s, %s engine, blocks of %u: %s\n", task->name, way->vmm, way->loop ? "loop" : "tail",
               way->cap, what);
}

static void fail(const char *what)
{
    printf("FAIL %s\n0 passed, 1 failed\n", what);
    exit(1);
}

static void session_make(struct session *session, const struct task *task, const struct way *way)
{
    struct error why = { "" };
    if (!options_parse(&session->options, task->argc, task->argv, &why) ||
        !vmm_parse(&session->options.vmm, way->vmm, &why))
        fail(why.text);
    session->options.loop_engine = way->loop;
    session->options.block_cap = way->cap;
    session->options.flush_seed = way->flush;
    if (!session_open(session, &why))
        fail(why.text);
}

static void run_way(struct run *run, const struct task *task, const struct way *way)
{
    struct host host;
    host_init(&host, UINT64_MAX);
    struct session *session = session_new(&host, stderr);
    char why[200] = "";
    bool good = true;
    session_make(session, task, way);
    struct machine *m = session->machine;
    enum machine_stop stop = MACHINE_RUNS;
    for (u64 at = task->every; at <= task->until && stop <= MACHINE_INSNS && run->samples < SAMPLES; at += task->every) {
        while (m->clock.now < at && stop <= MACHINE_INSNS)
            stop = machine_run(m, at, UINT64_MAX, false);
        run->hash[run->samples++] = machine_hash(m);
        good = good && (!m->cpu.shadow || shadow_check(&m->cpu, why, sizeof why));
    }
    check(good, task, way, why);
    if (m->cpu.shadow)
        run->counters = m->cpu.shadow->counters;
    session_close(session);
    free(session);
}

static void compare(const struct task *task, const struct run *runs, unsigned i)
{
    char what[120];
    u32 k = 0;
    while (k < runs[0].samples && k < runs[i].samples && runs[0].hash[k] == runs[i].hash[k])
        k++;
    snprintf(what, sizeof what, "differs from direct paging before cycle %llu", (unsigned long long)(k + 1) * task->every);
    check(runs[0].samples > 1 && k == runs[0].samples && k == runs[i].samples, task, &ways[i], what);
    for (unsigned first = 1; first < i; first++)
        if (ways[first].counted == ways[i].counted) {
            check(memcmp(&runs[first].counters, &runs[i].counters, sizeof runs[i].counters) == 0, task, &ways[i],
                  "counts otherwise than the first of its tracing");
            return;
        }
    check(runs[i].counters.pf_hidden > 0 && runs[i].counters.shadow_fill == runs[i].counters.pf_hidden, task, &ways[i],
          "made not one entry for each hidden fault");
}

int main(int argc, char **argv)
{
    static struct run runs[ARRAY_LEN(ways)];
    if (argc < 4)
        fail("usage: guests NAME EVERY UNTIL [OPTION]...");
    struct task task = { argv[1], strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0), argc - 3, argv + 3 };
    for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
        run_way(&runs[i], &task, &ways[i]);
        if (i)
            compare(&task, runs, i);
    }
    const struct shadow_counters *c = &runs[1].counters;
    printf("%s: %u hashes; trace=always: %llu true, %llu hidden, %llu trace, %llu device faults\n", task.name,
           runs[0].samples, (unsigned long long)c->pf_true, (unsigned long long)c->pf_hidden,
           (unsigned long long)c->pf_trace, (unsigned long long)c->pf_mmio);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
