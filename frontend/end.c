/* How a run ended: the exit status (docs/tour.md), the lines that tell of it, the verdict, the reports asked for. */
#include "frontend/session.h"
#include "cpu/efficiency.h"
#include "cpu/leaks.h"
#include "cpu/monitor.h"
#include "cpu/shadow.h"
#include "frontend/leaks_report.h"
#include "frontend/prompt.h"
#include "frontend/report.h"
#include "frontend/screenshot.h"
#include "frontend/nvram.h"
#include "frontend/session_snapshot.h"
#include "frontend/symbols.h"
#include <string.h>

enum { STATUS_LEAKED = 14, STATUS_NO_FILE = 2, STATUS_UNMET = 8 };

static const struct { const char *reason, *line; int status; } guest_ends[] = {
    [MACHINE_OFF]      = { "poweroff", NULL, 0 },
    [MACHINE_EXIT]     = { "debug-exit", NULL, -1 },
    [MACHINE_RESET]    = { "reset", NULL, 0 },
    [MACHINE_SHUTDOWN] = { "triple-fault", "triple fault: the processor shut down", 4 },
    [MACHINE_DEAD]     = { "dead", "the guest is dead: it halted or jumps to itself, and nothing can interrupt that", 6 },
};
static const struct { const char *reason, *line; int status; } our_ends[] = {
    [END_CYCLES]   = { "max-cycles", "--max-cycles is used up", 12 },
    [END_INSNS]    = { "max-insns", "--max-insns is used up", 12 },
    [END_TIMEOUT]  = { "timeout", "--timeout is over", 124 },
    [END_VIRTUAL_TIMEOUT] = { "virtual-timeout", "--timeout is over, in virtual time", 12 },
    [END_NO_PROGRESS] = { "no-progress", "nothing came from the guest for the time of --no-progress", 6 },
    [END_QUIT]     = { "quit", NULL, 0 },
    [END_SIGNAL]   = { "signal", "ended by a signal", -1 },
    [END_LEAKS]    = { "max-leaks", "a hundred thousand leaks are enough", 14 },
    [END_SCRIPT]   = { "script", NULL, -1 },
    [END_EXPECT]   = { "expect", NULL, 0 },
    [END_UNMET]    = { "unmet", NULL, 8 },
    [END_FAIL_ON]  = { "fail-on", NULL, 8 },
    [END_SAVEVM]   = { "savevm", NULL, STATUS_NO_FILE },
    [END_INTERNAL] = { "internal", "internal error: the machine stopped for no reason", 10 },
};

/* The monitor let something through, and the guest did not come to an end of its own. */
static bool went_astray(const struct session *session)
{
    enum session_end end = session->end;
    enum machine_stop stop = session->machine->stop;
    bool lost = end == END_CYCLES || end == END_INSNS || end == END_TIMEOUT || end == END_VIRTUAL_TIMEOUT ||
                end == END_NO_PROGRESS || end == END_LEAKS ||
                (end == END_GUEST && (stop == MACHINE_SHUTDOWN || stop == MACHINE_DEAD));
    return lost && session->options.vmm.leaks && session_leaks(session) > 0;
}

static int end_status(const struct session *session)
{
    if (went_astray(session)) return STATUS_LEAKED;
    if (session->end == END_SIGNAL) return 128 + session->signal;
    if (session->end == END_SCRIPT) return script_status(session->script) & 0xFF;
    if (session->end != END_GUEST) return our_ends[session->end].status;
    u32 value = session->machine->stop_value;
    if (session->machine->stop == MACHINE_EXIT) return (int)((session->options.exit_plain ? value : value << 1 | 1) & 0xFF);
    return guest_ends[session->machine->stop].status;
}

static void line_print(void *self, const char *text)
{
    fprintf(self, "trap86:   %s\n", text);
}

static void end_tell(const struct session *session, const struct verdict *v)
{
    if (!*v->message) return;
    fprintf(session->tell, "trap86: %s, at %04x:%08x%s%s after %llu instructions, %llu cycles\n", v->message, v->cs, v->eip,
            *v->symbol ? " " : "", v->symbol, (unsigned long long)v->icount, (unsigned long long)v->cycles);
    if (session->machine->stop == MACHINE_SHUTDOWN) machine_explain(session->machine, line_print, session->tell);
}

static void stats_line(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

static const char *end_reason(const struct session *session)
{
    if (session->end == END_GUEST) return guest_ends[session->machine->stop].reason;
    return our_ends[session->end].reason;
}

/* The first leaks by name: what to look at. */
static void astray_tell(const struct session *session)
{
    const struct monitor *monitor = session->machine->cpu.monitor;
    fprintf(session->tell, "trap86: the guest went astray under --vmm=%s, which let %llu sensitive instructions through:",
            monitor->vmm.config.text, (unsigned long long)session_leaks(session));
    for (unsigned id = 0; id < SENS_COUNT; id++)
        for (unsigned kind = 0; kind < LEAK_KIND_COUNT; kind++)
            if (monitor->leaks->count[COLUMN_OWN][id][kind])
                fprintf(session->tell, " %s (%c)", sensitive_id_name(id), leak_letters[kind]);
    fputs("; --leaks FILE tells where\n", session->tell);
}

static void monitor_tell(const struct session *session)
{
    const struct options *o = &session->options;
    char text[EFFICIENCY_BYTES];
    efficiency_text(&session->machine->cpu, text);
    fprintf(session->tell, "trap86: %s\n", text);
    if (went_astray(session)) astray_tell(session);
    if (!session->leaks) return;
    size_t length = strlen(o->leaks);
    bool json = length > 5 && strcmp(o->leaks + length - 5, ".json") == 0;
    leaks_report(session->leaks, session->machine, &session->load, end_reason(session), json);
}

/* The status that stands for success, if guest or script chose it, becomes 0; a guest that ended without it failed. */
static void success_judge(const struct session *session, struct verdict *v)
{
    bool guest = session->end == END_GUEST;
    bool chosen = session->end == END_SCRIPT || (guest && session->machine->stop == MACHINE_EXIT);
    if (!session->options.success) return;
    if (chosen && v->status == (int)session->options.success) {
        v->status = 0;
    } else if (guest && v->status == 0) {
        v->status = STATUS_UNMET;
        snprintf(v->message, sizeof v->message, "the guest ended without the status of --success");
    }
}

static void judge(struct session *session)
{
    const struct machine *m = session->machine;
    struct verdict *v = &session->verdict;
    const char *line = session->end == END_GUEST ? guest_ends[m->stop].line : our_ends[session->end].line;
    const char *failure = session->script ? script_failure(session->script) : "";
    v->reason = went_astray(session) ? "leaked" : end_reason(session);
    v->status = end_status(session);
    v->leaky = m->cpu.monitor->leaks;
    v->leaks = session_leaks(session);
    if (*failure && line) fprintf(session->tell, "trap86: %s\n", failure);
    snprintf(v->message, sizeof v->message, "%s", line ? line : failure);
    success_judge(session, v);
}

static void position_note(struct session *session)
{
    struct machine *m = session->machine;
    struct verdict *v = &session->verdict;
    v->name = options_name(&session->options);
    v->icount = m->cpu.insns;
    v->cycles = m->clock.now;
    v->cs = m->cpu.sys.seg[CS].selector;
    v->eip = m->cpu.eip;
    v->hash = session->options.verdict ? machine_hash(m) : 0;
    session_symbol(session, m->cpu.sys.seg[CS].base + m->cpu.eip, v->symbol, sizeof v->symbol);
}

/* False if a report that was asked for is not there. */
static bool reports_write(const struct session *session)
{
    const struct options *o = &session->options;
    const struct verdict *verdict = &session->verdict;
    const struct report report = { "trap86", NULL, &verdict, 1, true };
    struct error why;
    if (o->suite) return true;
    if ((!o->junit || report_junit(&report, o->junit, &why)) && (!o->tap || report_tap(&report, o->tap, &why))) return true;
    fprintf(session->tell, "trap86: %s\n", why.text);
    return false;
}

int session_finish(struct session *session)
{
    if (session->failed && session->end == END_QUIT) session->end = session->failure;
    struct machine *m = session->machine;
    struct verdict *v = &session->verdict;
    bool guest = session->end == END_GUEST;
    if (guest && m->stop <= MACHINE_BREAK) {
        session->end = END_INTERNAL;
        guest = false;
    }
    bool written = session_snapshot_finish(session);
    position_note(session);
    machine_drain(m);
    if (guest) session_script_finish(session);
    display_close(session);
    prompt_close(session->prompt);
    session->prompt = NULL;
    console_close(&session->console);
    judge(session);
    written &= session_screen_save(session);
    written &= nvram_save(session);
    if (!written && v->status == 0) v->status = STATUS_NO_FILE;
    outputs_flush(session->outputs);
    end_tell(session, v);
    monitor_tell(session);
    costs_end(session);
    if (session->options.trap_stats) monitor_stats_print(m->cpu.monitor, m->cpu.model, stats_line, session->tell);
    if (session->options.trap_stats && m->cpu.shadow) shadow_print(m->cpu.shadow, stats_line, session->tell);
    if (!reports_write(session) && v->status == 0) v->status = STATUS_NO_FILE;
    if (session->options.verdict) verdict_print(v, false, session->tell);
    return v->status;
}
