/* The runner: slices of the machine's time, its doors between them (door.h), and limits. Virtual time runs as fast as it
 * can, or at a pace (pace.h); while someone outside is waited for, an idle guest sleeps in real time. */
#define _GNU_SOURCE
#include "frontend/debugger.h"
#include "cpu/leaks.h"
#include "frontend/prompt.h"
#include "cpu/monitor.h"

/* What a guest gets under a monitor that may lead it astray, unless --max-cycles says otherwise: time, and leaks, for
 * one that reads a wrong flag in a loop has nothing more to tell. */
#define LEAKING_CYCLES 12000000000ull
#define LEAKING_LEAKS 100000ull
enum { SLICE = 1000000, NS_PER_SECOND = 1000000000, NAP_MAX_NS = 100000000, PACED_NS = 5000000 };

struct runner {
    struct session *session;
    struct machine *machine;
    u64             deadline;                /* host's clock; 0: none */
    u64             next_hash;               /* cycle; UINT64_MAX: none */
    u64             begun;                   /* cycle: not 0 where a snapshot was loaded */
};

/* ---- doors ---- */
/* False if the run is over. */
static bool doors_ask(struct runner *r, u64 wait_ns)
{
    struct session *session = r->session;
    struct waiter waiter;
    waiter_begin(&waiter, wait_ns);
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->watch) session->door[i].class->watch(session->door[i].self, &waiter);
    waiter_wait(&waiter);
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->answer && !session->door[i].class->answer(session->door[i].self, &waiter)) return false;
    return true;
}

/* Tells the machine whether someone may still send something, and says whether an idle guest should sleep. */
static bool doors_awaited(struct runner *r)
{
    const struct session *session = r->session;
    bool seen[DOOR_COMING + 1] = { false };
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->state) seen[session->door[i].class->state(session->door[i].self)] = true;
    r->machine->input_expected = seen[DOOR_OPEN] || seen[DOOR_AWAITED] || seen[DOOR_COMING];
    return seen[DOOR_AWAITED] && !seen[DOOR_COMING];
}

static u64 doors_next(const struct runner *r)
{
    const struct session *session = r->session;
    u64 next = UINT64_MAX;
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->next) next = MIN(next, session->door[i].class->next(session->door[i].self));
    return next;
}

static bool doors_act(struct runner *r)
{
    struct session *session = r->session;
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->act && !session->door[i].class->act(session->door[i].self)) return false;
    return true;
}

/* True if one keeps a run whose guest has come to its end. */
static bool doors_keep(struct runner *r, enum machine_stop stop)
{
    struct session *session = r->session;
    bool kept = false;
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->stopped) kept |= session->door[i].class->stopped(session->door[i].self, stop);
    return kept;
}

/* ---- limits ---- */
u64 session_leaks(const struct session *session)
{
    const struct monitor *monitor = session->machine->cpu.monitor;
    return monitor->leaks ? leaks_total(monitor->leaks, COLUMN_OWN) : 0;
}

/* A paravirtual guest may run for ever, as long as it leaks nothing. */
static u64 max_cycles(const struct runner *r)
{
    const struct options *o = &r->session->options;
    bool may_stray = o->vmm.leaks && (!o->vmm.pv || session_leaks(r->session) > 0);
    if (o->max_cycles || o->timeout_virtual) return o->max_cycles ? o->max_cycles : UINT64_MAX;
    return may_stray ? MAX(r->begun + LEAKING_CYCLES, r->machine->clock.now) : UINT64_MAX;
}

static u64 timeout_cycles(const struct runner *r)
{
    u64 seconds = r->session->options.timeout_virtual, hz = r->machine->clock.hz;
    return seconds && seconds < (UINT64_MAX - r->begun) / hz ? r->begun + seconds * hz : UINT64_MAX;
}

static u64 limit_cycles(const struct runner *r)
{
    return MIN(MIN(max_cycles(r), timeout_cycles(r)), MIN(r->next_hash, doors_next(r)));
}

static u64 limit_insns(const struct runner *r)
{
    return r->session->options.max_insns ? r->session->options.max_insns : UINT64_MAX;
}

static void hash_print(struct runner *r)
{
    u64 every = r->session->options.hash_every, now = r->machine->clock.now;
    for (; r->next_hash <= now; r->next_hash += every)
        fprintf(r->session->tell, "hash %llu %016llx\n", (unsigned long long)r->next_hash,
                (unsigned long long)machine_hash(r->machine));
}

static bool limits_allow(struct runner *r, enum machine_stop stop)
{
    const struct options *o = &r->session->options;
    if (o->hash_every) hash_print(r);
    if (stop == MACHINE_INSNS) r->session->end = END_INSNS;
    else if (r->machine->clock.now >= max_cycles(r)) r->session->end = END_CYCLES;
    else if (r->machine->clock.now >= timeout_cycles(r)) r->session->end = END_VIRTUAL_TIMEOUT;
    else if (o->vmm.leaks && !o->max_cycles && session_leaks(r->session) >= LEAKING_LEAKS) r->session->end = END_LEAKS;
    else if (r->deadline && host_clock_ns() >= r->deadline) r->session->end = END_TIMEOUT;
    else if ((r->session->signal = signal_caught())) r->session->end = END_SIGNAL;
    else return true;
    return false;
}

/* ---- the loop ---- */
/* At the start, and when a snapshot was loaded while the guest ran. */
static void time_begin(struct runner *r)
{
    u64 every = r->session->options.hash_every, now = r->machine->clock.now;
    r->begun = now;
    r->next_hash = every ? now - now % every + every : UINT64_MAX;
}

static void reload(struct runner *r)
{
    struct session *session = r->session;
    session->reloaded = false;
    time_begin(r);
    for (unsigned i = 0; i < session->doors; i++)
        if (session->door[i].class->reloaded) session->door[i].class->reloaded(session->door[i].self);
}

/* Idle and waited for, or paced: sleep until the next event is due or a byte comes, and let virtual time go on as far. */
static bool nap(struct runner *r)
{
    struct clock *clock = &r->machine->clock;
    struct pace *pace = &r->session->pace;
    u64 until = MIN(clock_next(clock), limit_cycles(r)), left = until - clock->now, begun = host_clock_ns();
    u64 most = pace_cycles_in(pace, NAP_MAX_NS);
    u64 wait = left >= most ? NAP_MAX_NS : muldiv(left, NAP_MAX_NS, most);
    if (pace->permille) wait = pace_until(pace, clock->now + MIN(left, most), clock->now, begun);
    if (!doors_ask(r, wait)) return false;
    if (r->session->paused) return true;
    u64 slept = pace_cycles_in(pace, host_clock_ns() - begun), due = pace_cycle(pace, host_clock_ns());
    if (pace->permille) slept = due > clock->now ? due - clock->now : 1;
    machine_idle_to(r->machine, clock->now + MIN(left, slept));
    return true;
}

/* The doors between two slices: until the host's clock has come to where the machine is. */
static bool doors_paced(struct runner *r)
{
    struct session *session = r->session;
    u64 now = r->machine->clock.now, ahead = pace_until(&session->pace, now, now, host_clock_ns());
    while (doors_ask(r, ahead)) {
        ahead = pace_until(&session->pace, now, now, host_clock_ns());
        if (session->paused || ahead == 0 || signal_caught()) return true;
    }
    return false;
}

/* While nobody is waited for, an idle guest may jump a whole event ahead. */
static u64 slice_end(const struct runner *r, enum machine_stop last)
{
    const struct clock *clock = &r->machine->clock;
    const struct pace *pace = &r->session->pace;
    u64 end = clock->now + SLICE, limit = limit_cycles(r);
    if (pace->permille) return MIN(MIN(end, clock->now + pace_cycles_in(pace, PACED_NS)), limit);
    u64 quiet = machine_quiet_until(r->machine);
    if (last == MACHINE_RUNS && quiet != UINT64_MAX) end = MAX(end, quiet);
    return MIN(end, limit);
}

/* A guest whose time stands still: nothing ends the run but its doors, a signal or the host's clock. */
static bool pause_wait(struct runner *r)
{
    u64 begun = host_clock_ns();
    if (!doors_ask(r, NAP_MAX_NS)) return false;
    if ((r->session->signal = signal_caught())) r->session->end = END_SIGNAL;
    if (r->deadline) r->deadline += host_clock_ns() - begun;
    return !r->session->signal;
}

/* What nobody wants to know of does not end it. */
static enum machine_stop slice(struct runner *r, enum machine_stop last, bool awaited)
{
    u64 end = slice_end(r, last), insns = limit_insns(r);
    enum machine_stop stop;
    do stop = machine_run(r->machine, end, insns, awaited);
    while (stop == MACHINE_BREAK && debugger_passes(r->session->debugger));
    return stop;
}

static bool failed(const struct session *session)
{
    enum session_end end = session->end;
    return end == END_FAIL_ON || end == END_UNMET || end == END_NO_PROGRESS || end == END_TIMEOUT || end == END_VIRTUAL_TIMEOUT;
}

/* Somebody keeps a run whose guest has come to its end, or to a point. */
static bool kept(struct runner *r, enum machine_stop stop)
{
    bool keeps = doors_keep(r, stop), failure = stop == MACHINE_SHUTDOWN || stop == MACHINE_DEAD;
    return (failure && prompt_keeps_failure(r->session)) || keeps;
}

static void loop(struct runner *r)
{
    struct session *session = r->session;
    enum machine_stop stop = MACHINE_RUNS;
    while (session->paused ? pause_wait(r) : doors_paced(r)) {
        if (session->paused) continue;
        bool awaited = doors_awaited(r) || session->pace.permille;
        stop = slice(r, stop, awaited);
        outputs_flush(session->outputs);
        if (stop > MACHINE_INSNS) {
            if (!kept(r, stop)) return;
            if (!session->resumed) session_pause(session, true);
            session->resumed = false;
            continue;
        }
        if (!limits_allow(r, stop) || !doors_act(r)) {
            if (!failed(session) || !prompt_keeps_failure(session)) return;
            session_pause(session, true);
            continue;
        }
        if (session->reloaded) reload(r);
        if (stop == MACHINE_IDLE && !session->paused && !nap(r)) return;
    }
}

int session_run(struct session *session)
{
    const struct options *o = &session->options;
    struct runner r = { .session = session, .machine = session->machine, .next_hash = UINT64_MAX };
    u64 begun = host_clock_ns();
    if (o->timeout) r.deadline = begun + o->timeout * NS_PER_SECOND;
    time_begin(&r);
    u32 speed = o->speed_given || !session->display_self ? o->speed : PACE_REAL;
    pace_set(&session->pace, speed, r.machine->clock.hz, r.machine->clock.now, host_clock_ns());
    sound_lose(session->sound, o->speed_given && speed != PACE_REAL);
    signals_catch();
    session_doors_open(session);
    loop(&r);
    session->verdict.host_ns = host_clock_ns() - begun;
    return session_finish(session);
}
