/* The headless runner: slices of the machine's time, the world's input between them, limits, and the end told in a line
 * or as a verdict. Virtual time runs as fast as it can; while someone at a terminal or an open pipe is waited for, an
 * idle guest sleeps in real time. */
#define _GNU_SOURCE
#include "frontend/session.h"
#include "cpu/efficiency.h"
#include "cpu/leaks.h"
#include "cpu/monitor.h"
#include "frontend/leaks_report.h"
#include "frontend/media.h"
#include "frontend/png.h"
#include "cpu/shadow.h"
#include "frontend/symbols.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What a guest gets under a monitor that may lead it astray, unless --max-cycles says otherwise: time, and leaks, for
 * one that reads a wrong flag in a loop has nothing more to tell. */
#define LEAKING_CYCLES 12000000000ull
#define LEAKING_LEAKS 100000ull
enum { STATUS_LEAKED = 14, STATUS_NO_SCREEN = 2 };
enum { SCREEN_TEXT_MAX = 1 << 16 };
enum { SLICE = 1000000, NS_PER_SECOND = 1000000000, NAP_MAX_NS = 100000000 };

struct runner {
    struct session *session;
    struct machine *machine;
    u64             started, deadline;       /* host's clock; deadline 0: none */
    u64             next_hash;               /* cycle; UINT64_MAX: none */
    int             signal;
};

static u64 host_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * NS_PER_SECOND + (u64)now.tv_nsec;
}

/* ---- input ---- */
static struct ns16550 *console_uart(const struct runner *r)
{
    int index = r->session->console_serial;
    return index < 0 ? NULL : &r->machine->serial[index];
}

/* Gives the guest as much of what was read as its serial port takes. */
static void input_give(struct runner *r)
{
    struct ns16550 *uart = console_uart(r);
    u8 bytes[INPUT_BYTES];
    if (!uart || r->session->console.count == 0) return;
    unsigned count = console_take(&r->session->console, bytes, (unsigned)MIN(uart_room(uart), sizeof bytes));
    if (count) input_post(&r->machine->input, uart->source, bytes, count);
}

/* Nothing is on its way to the guest, but something may still come. */
static bool input_awaited(const struct runner *r)
{
    const struct ns16550 *uart = console_uart(r);
    const struct console *console = &r->session->console;
    if (r->session->net && net_awaited(r->session->net)) return console->count == 0;
    return console->open && console->count == 0 && uart && uart->queue_count == 0 && uart->rx_count == 0;
}

static bool input_poll(struct runner *r, u64 wait_ns)
{
    struct session *session = r->session;
    struct waiter waiter;
    waiter_begin(&waiter, wait_ns);
    console_watch(&session->console, &waiter);
    if (session->net) net_watch(session->net, &waiter);
    waiter_wait(&waiter);
    if (session->net) net_answer(session->net, &waiter);
    if (console_answer(&session->console, &waiter) == CONSOLE_QUIT) {
        session->end = END_QUIT;
        return false;
    }
    r->machine->input_expected = session->console.open || session->console.count > 0
        || (session->net && net_open(session->net))
        || (r->session->script && script_next(r->session->script, r->machine) != UINT64_MAX);
    return true;
}

/* ---- limits ---- */
static u64 leaks_found(const struct runner *r)
{
    const struct monitor *monitor = r->machine->cpu.monitor;
    return monitor->leaks ? leaks_total(monitor->leaks, COLUMN_OWN) : 0;
}

/* A paravirtual guest may run for ever, as long as it leaks nothing. */
static u64 max_cycles(const struct runner *r)
{
    const struct options *o = &r->session->options;
    bool may_stray = o->vmm.leaks && (!o->vmm.pv || leaks_found(r) > 0);
    if (o->max_cycles) return o->max_cycles;
    return may_stray ? MAX(LEAKING_CYCLES, r->machine->clock.now) : UINT64_MAX;
}

static u64 limit_cycles(const struct runner *r)
{
    u64 script = r->session->script ? script_next(r->session->script, r->machine) : UINT64_MAX;
    return MIN(MIN(max_cycles(r), r->next_hash), script);
}

static u64 limit_insns(const struct runner *r)
{
    return r->session->options.max_insns ? r->session->options.max_insns : UINT64_MAX;
}

static void hash_print(struct runner *r)
{
    u64 every = r->session->options.hash_every, now = r->machine->clock.now;
    for (; r->next_hash <= now; r->next_hash += every)
        fprintf(stderr, "hash %llu %016llx\n", (unsigned long long)r->next_hash,
                (unsigned long long)machine_hash(r->machine));
}

static bool limits_allow(struct runner *r, enum machine_stop stop)
{
    const struct options *o = &r->session->options;
    if (o->hash_every) hash_print(r);
    if (stop == MACHINE_INSNS) r->session->end = END_INSNS;
    else if (r->machine->clock.now >= max_cycles(r)) r->session->end = END_CYCLES;
    else if (o->vmm.leaks && !o->max_cycles && leaks_found(r) >= LEAKING_LEAKS) r->session->end = END_LEAKS;
    else if (r->deadline && host_ns() >= r->deadline) r->session->end = END_TIMEOUT;
    else if ((r->signal = signal_caught())) r->session->end = END_SIGNAL;
    else return true;
    return false;
}

/* ---- the script ---- */
static bool script_screenshot(void *self, const char *path, struct error *why)
{
    struct session *session = self;
    struct machine *m = session->machine;
    if (!m->config.vga_bytes) return error_set(why, "no screenshot '%s': there is no display adapter", path);
    vga_render(&m->vga, &session->screen);
    return png_write(path, &session->screen, why);
}

static bool script_insert(void *self, const char *drive, const char *path, struct error *why)
{
    return media_change(self, drive, path, why);
}

/* `go_on` is script_step or script_finish. False if the run is over. */
static bool script_do(struct runner *r, __typeof__(script_step) *go_on)
{
    struct session *session = r->session;
    const struct script_host host = { script_screenshot, script_insert, session };
    if (!session->script) return true;
    enum script_state state = go_on(session->script, r->machine, &host);
    if (state == SCRIPT_FAILED) session->end = END_UNMET;
    if (state == SCRIPT_QUIT) session->end = END_SCRIPT;
    return state != SCRIPT_FAILED && state != SCRIPT_QUIT;
}

/* ---- the loop ---- */
/* Idle and waited for: sleep until the next event is due or a byte comes, and let virtual time go on as far. */
static bool nap(struct runner *r)
{
    struct clock *clock = &r->machine->clock;
    u64 until = MIN(clock_next(clock), limit_cycles(r)), left = until - clock->now, begun = host_ns();
    u64 most = muldiv(NAP_MAX_NS, clock->hz, NS_PER_SECOND);
    u64 wait = left >= most ? NAP_MAX_NS : muldiv(left, NS_PER_SECOND, clock->hz);
    if (!input_poll(r, wait)) return false;
    u64 slept = muldiv(host_ns() - begun, clock->hz, NS_PER_SECOND);
    machine_idle_to(r->machine, clock->now + MIN(left, MAX(slept, 1)));
    return true;
}

/* While nobody is waited for, an idle guest may jump a whole event ahead. */
static u64 slice_end(const struct runner *r, enum machine_stop last)
{
    const struct clock *clock = &r->machine->clock;
    u64 end = clock->now + SLICE, limit = limit_cycles(r);
    u32 attention = r->machine->cpu.attention & (ATTENTION_HALTED | ATTENTION_INTR | ATTENTION_NMI);
    if (last == MACHINE_RUNS && attention == ATTENTION_HALTED && clock_next(clock) != UINT64_MAX)
        end = MAX(end, clock_next(clock));
    return MIN(end, limit);
}

static void loop(struct runner *r)
{
    struct session *session = r->session;
    enum machine_stop stop = MACHINE_RUNS;
    while (input_poll(r, 0)) {
        input_give(r);
        stop = machine_run(r->machine, slice_end(r, stop), limit_insns(r), input_awaited(r));
        outputs_flush(session->outputs);
        if (stop > MACHINE_INSNS || !limits_allow(r, stop) || !script_do(r, script_step)) return;
        if (stop == MACHINE_IDLE && !nap(r)) return;
    }
}

/* ---- the end ---- */
static const struct { const char *reason, *line; int status; } guest_ends[] = {
    [MACHINE_OFF]      = { "poweroff", NULL, 0 },
    [MACHINE_EXIT]     = { "debug-exit", NULL, -1 },
    [MACHINE_RESET]    = { "reset", NULL, 0 },
    [MACHINE_SHUTDOWN] = { "triple-fault", "triple fault: the processor shut down", 4 },
    [MACHINE_DEAD]     = { "dead", "the guest is dead: it halted, and nothing can wake it", 6 },
};
static const struct { const char *reason, *line; int status; } our_ends[] = {
    [END_CYCLES]   = { "max-cycles", "--max-cycles is used up", 12 },
    [END_INSNS]    = { "max-insns", "--max-insns is used up", 12 },
    [END_TIMEOUT]  = { "timeout", "--timeout is over", 124 },
    [END_QUIT]     = { "quit", NULL, 0 },
    [END_SIGNAL]   = { "signal", "ended by a signal", -1 },
    [END_LEAKS]    = { "max-leaks", "a hundred thousand leaks are enough", 14 },
    [END_SCRIPT]   = { "script", NULL, -1 },
    [END_UNMET]    = { "unmet", "the script's expectation was not met", 8 },
    [END_INTERNAL] = { "internal", "internal error: the machine stopped for no reason", 10 },
};

/* The monitor let something through, and the guest did not come to an end of its own. */
static bool went_astray(const struct runner *r)
{
    enum session_end end = r->session->end;
    enum machine_stop stop = r->machine->stop;
    bool lost = end == END_CYCLES || end == END_INSNS || end == END_TIMEOUT || end == END_LEAKS ||
                (end == END_GUEST && (stop == MACHINE_SHUTDOWN || stop == MACHINE_DEAD));
    return lost && r->session->options.vmm.leaks && leaks_found(r) > 0;
}

static int end_status(const struct runner *r)
{
    if (went_astray(r)) return STATUS_LEAKED;
    if (r->session->end == END_SIGNAL) return 128 + r->signal;
    if (r->session->end == END_SCRIPT) return script_status(r->session->script) & 0xFF;
    if (r->session->end != END_GUEST) return our_ends[r->session->end].status;
    if (r->machine->stop == MACHINE_EXIT) return (int)((r->machine->stop_value << 1 | 1) & 0xFF);
    return guest_ends[r->machine->stop].status;
}

static void line_print(void *self, const char *text)
{
    fprintf(self, "trap86:   %s\n", text);
}

static void end_tell(const struct runner *r, const char *line, const char *symbol)
{
    const struct cpu *cpu = &r->machine->cpu;
    if (!line) return;
    fprintf(stderr, "trap86: %s, at %04x:%08x%s%s after %llu instructions, %llu cycles\n", line,
            cpu->sys.seg[CS].selector, cpu->eip, *symbol ? " " : "", symbol, (unsigned long long)cpu->insns,
            (unsigned long long)r->machine->clock.now);
    if (r->machine->stop == MACHINE_SHUTDOWN) machine_explain(r->machine, line_print, stderr);
}

/* Symbols come from the guest's file: only what needs no quoting goes into the JSON. */
static void json_symbol(const char *symbol)
{
    if (!*symbol) {
        fputs("null", stderr);
        return;
    }
    fputc('"', stderr);
    for (; *symbol; symbol++)
        fputc(*symbol < 0x20 || *symbol > 0x7E || *symbol == '"' || *symbol == '\\' ? '?' : *symbol, stderr);
    fputc('"', stderr);
}

static void verdict_print(const struct runner *r, const char *reason, int status, const char *symbol, u64 hash)
{
    const struct cpu *cpu = &r->machine->cpu;
    fprintf(stderr, "{\"reason\":\"%s\",\"status\":%d,\"instructions\":%llu,\"cycles\":%llu,", reason, status,
            (unsigned long long)cpu->insns, (unsigned long long)r->machine->clock.now);
    fprintf(stderr, "\"cs\":\"%04x\",\"eip\":\"%08x\",\"symbol\":", cpu->sys.seg[CS].selector, cpu->eip);
    json_symbol(symbol);
    if (r->machine->cpu.monitor->leaks) fprintf(stderr, ",\"leaks\":%llu", (unsigned long long)leaks_found(r));
    fprintf(stderr, ",\"hash\":\"%016llx\"}\n", (unsigned long long)hash);
}

static void stats_line(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

static const char *end_reason(const struct runner *r)
{
    if (r->session->end == END_GUEST) return guest_ends[r->machine->stop].reason;
    return our_ends[r->session->end].reason;
}

/* The first leaks by name: what to look at. */
static void astray_tell(const struct runner *r)
{
    const struct monitor *monitor = r->machine->cpu.monitor;
    fprintf(stderr, "trap86: the guest went astray under --vmm=%s, which let %llu sensitive instructions through:",
            monitor->vmm.config.text, (unsigned long long)leaks_found(r));
    for (unsigned id = 0; id < SENS_COUNT; id++)
        for (unsigned kind = 0; kind < LEAK_KIND_COUNT; kind++)
            if (monitor->leaks->count[COLUMN_OWN][id][kind])
                fprintf(stderr, " %s (%c)", sensitive_id_name(id), leak_letters[kind]);
    fputs("; --leaks FILE tells where\n", stderr);
}

static void monitor_tell(const struct runner *r)
{
    const struct options *o = &r->session->options;
    char text[EFFICIENCY_BYTES];
    efficiency_text(&r->machine->cpu, text);
    fprintf(stderr, "trap86: %s\n", text);
    if (went_astray(r)) astray_tell(r);
    if (!r->session->leaks) return;
    size_t length = strlen(o->leaks);
    bool json = length > 5 && strcmp(o->leaks + length - 5, ".json") == 0;
    leaks_report(r->session->leaks, r->machine, &r->session->load, end_reason(r), json);
}

static bool screen_text_write(const struct machine *m, const char *path, struct error *why)
{
    char text[SCREEN_TEXT_MAX];
    FILE *file;
    size_t length = m->config.vga_bytes ? vga_text(&m->vga, text, sizeof text) : 0;
    if (!file_open(&file, path, "we", "screen text", why)) return false;
    bool good = fwrite(text, 1, length, file) == length;
    good = fclose(file) == 0 && good;
    return good || error_set(why, "screen text '%s' cannot be written", path);
}

/* False if a file that was asked for is not there. */
static bool screen_save(struct session *session)
{
    const struct options *o = &session->options;
    struct error why;
    bool good = !o->screenshot || script_screenshot(session, o->screenshot, &why);
    good = good && (!o->screen_text || screen_text_write(session->machine, o->screen_text, &why));
    if (!good) fprintf(stderr, "trap86: %s\n", why.text);
    return good;
}

/* A name for where the guest is: in our BIOS, whose ROM also answers below 4 GiB, or else in its kernel. */
static void symbol_of(const struct session *session, u32 address, char *text, size_t size)
{
    enum { ROM = 0xE0000, ROM_END = 0x100000 };
    u32 low = address >= (u32)(ROM - ROM_END) ? address + ROM_END : address;
    bool rom = low >= ROM && low < ROM_END && session->bios_symbols.length;
    if (!rom || !symbol_find(&session->bios_symbols, low, text, size))
        symbol_find(&session->load.kernel, address, text, size);
}

static int finish(struct runner *r)
{
    struct session *session = r->session;
    struct machine *m = r->machine;
    bool guest = session->end == END_GUEST;
    if (guest && m->stop <= MACHINE_INSNS) {
        session->end = END_INTERNAL;
        guest = false;
    }
    char symbol[128] = "";
    u64 hash = session->options.verdict ? machine_hash(m) : 0;
    symbol_of(session, m->cpu.sys.seg[CS].base + m->cpu.eip, symbol, sizeof symbol);
    machine_drain(m);
    if (guest) script_do(r, script_finish);
    int status = end_status(r);
    if (!screen_save(session) && status == 0) status = STATUS_NO_SCREEN;
    outputs_flush(session->outputs);
    console_close(&session->console);
    if (session->end == END_UNMET) fprintf(stderr, "trap86: script %s\n", script_failure(session->script));
    end_tell(r, session->end == END_GUEST ? guest_ends[m->stop].line : our_ends[session->end].line, symbol);
    monitor_tell(r);
    costs_end(session);
    if (session->options.trap_stats) monitor_stats_print(m->cpu.monitor, m->cpu.model, stats_line, stderr);
    if (session->options.trap_stats && m->cpu.shadow) shadow_print(m->cpu.shadow, stats_line, stderr);
    if (session->options.verdict)
        verdict_print(r, went_astray(r) ? "leaked" : end_reason(r), status, symbol, hash);
    return status;
}

int session_run(struct session *session)
{
    const struct options *o = &session->options;
    struct runner r = {
        .session = session, .machine = session->machine, .started = host_ns(), .next_hash = UINT64_MAX
    };
    bool keys = session->console_serial >= 0
        && (o->serials == 0 || strcmp(o->serial[session->console_serial], "mon:stdio") == 0);
    if (o->timeout) r.deadline = r.started + o->timeout * NS_PER_SECOND;
    if (o->hash_every) r.next_hash = o->hash_every;
    signals_catch();
    if (session->console_serial >= 0 && !o->replay) console_open(&session->console, keys);
    loop(&r);
    return finish(&r);
}
