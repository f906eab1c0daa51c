/* From options to a machine: files read, images opened, outputs and the terminal attached (frontend/session.h). */
#include "frontend/session.h"
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/gdb.h"
#include "frontend/prompt.h"
#include "frontend/qmp.h"
#include "frontend/media.h"
#include "frontend/nvram.h"
#include "frontend/session_snapshot.h"
#include "frontend/software.h"
#include "frontend/symbols.h"
#include "frontend/watchdog.h"
#include "cpu/monitor.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERIAL_PACE = 32, RECORD_MAX = 1 << 30 };

/* firmware/ supplies it. */
extern const u8 font_8x16[256][16] __attribute__((weak));

/* ---- outputs and input ---- */
static bool serial_configure(struct session *session, unsigned index, const char *name, struct machine_config *config,
                             struct error *why)
{
    bool stdio = strcmp(name, "stdio") == 0, monitor = strcmp(name, "mon:stdio") == 0;
    if (!output_open(&session->outputs, session->out, name, &config->serial[index].sink, session->host, session, why))
        return false;
    config->serial[index].present = strcmp(name, "none") != 0;
    if (!stdio && !monitor) return true;
    if (display_takes_terminal(&session->options))
        return error_set(why, "-display curses needs the terminal; give the serial port file:FILE or null");
    if (session->console_serial >= 0)
        return error_set(why, "standard input can feed one serial port only; give the other one file:FILE or null");
    session->console_serial = (int)index;
    return true;
}

static bool outputs_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    session->console_serial = -1;
    const char *usual = display_takes_terminal(o) || (o->monitor && strcmp(o->monitor, "stdio") == 0) ? "null" : "mon:stdio";
    if (o->serials == 0 && !serial_configure(session, 0, usual, config, why)) return false;
    for (unsigned i = 0; i < o->serials; i++)
        if (!serial_configure(session, i, o->serial[i], config, why)) return false;
    for (unsigned i = 0; i < o->parallels; i++) {
        config->parallel[i].present = strcmp(o->parallel[i], "none") != 0;
        if (!output_open(&session->outputs, session->out, o->parallel[i], &config->parallel[i].sink, session->host, session,
                         why))
            return false;
    }
    for (unsigned i = 0; i < o->consoles; i++, config->consoles++) {
        config->console[i].port = o->console[i].port;
        if (!output_open(&session->outputs, session->out, o->console[i].sink, &config->console[i].sink, session->host,
                         session, why))
            return false;
    }
    return true;
}

static void line_write(void *self, const char *line)
{
    fputs(line, self);
}

static void line_write_whole(void *self, const char *line)
{
    fprintf(self, "%s\n", line);
}

static bool logs_open(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    if (!file_open(&session->log, o->log_file, "we", "log", why)
        || !file_open(&session->record, o->record, "we", "record", why)
        || !file_open(&session->trace, o->trap_trace, "we", "trap trace", why)
        || !file_open(&session->leaks, o->leaks, "we", "leak report", why))
        return false;
    config->log = (struct log){ o->log_mask, line_write, session->log ? session->log : session->tell };
    return true;
}

static bool replay_start(struct session *session, struct error *why)
{
    const char *path = session->options.replay;
    if (!path) return true;
    /* A run in which nothing came in has an empty record. */
    FILE *file = fopen(path, "re");
    bool empty = file && fgetc(file) == EOF && !ferror(file);
    if (file) fclose(file);
    if (empty) return input_replay(&session->machine->input, "", why);
    char *text = file_read_text(path, "record", RECORD_MAX, why);
    const char *rest = text ? session_snapshot_replay(session, text, why) : NULL;
    bool good = rest && input_replay(&session->machine->input, rest, why);
    free(text);
    return good;
}

/* Invariant I5 (cpu/invariants.h). */
static bool files_owned(void *self, struct error *why)
{
    struct session *session = self;
    for (unsigned i = 0; i < OPTION_DRIVES; i++)
        if (session->image[i] && !image_owned(session->image[i], session, why)) return false;
    return true;
}

static bool sound_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const struct audio_options *o = &session->options.audio;
    config->speaker_heard = o->card[AUDIO_SPEAKER].present;
    config->sb16 = o->card[AUDIO_SB16].present;
    config->ac97 = o->card[AUDIO_AC97].present;
    config->adlib = o->card[AUDIO_ADLIB].present;
    session->sound = sound_open(o, &config->audio, why);
    return session->sound || !why->text[0];
}

struct session *session_new(struct host *host, FILE *tell)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) abort();
    session->host = host;
    session->out = STDOUT_FILENO;
    session->tell = tell;
    return session;
}

/* What must not come is listened for from the start, wherever it stands on the command line. */
static bool script_make(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    if (!o->script && !o->steps) return true;
    struct script *script = session->script = script_new();
    for (unsigned i = 0; i < o->steps; i++)
        if (o->step[i].fails && !script_add(script, o->step[i].verb, o->step[i].argument, why)) return false;
    if (o->script && !script_read(script, o->script, why)) return false;
    for (unsigned i = 0; i < o->steps; i++)
        if (!o->step[i].fails && !script_add(script, o->step[i].verb, o->step[i].argument, why)) return false;
    if (!o->script && (o->timeout || o->timeout_virtual || o->max_cycles || o->max_insns)) script_be_patient(script);
    return true;
}

/* What the command line wants of the debugger before the first instruction. */
static bool debugger_begin(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    if (o->magic_break) console_command(session, "break-magic", session->tell);
    return !o->debug_script || commands_source(session, o->debug_script, session->tell, why);
}

bool session_open(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    struct machine_config config = {
        .ram_bytes = o->ram_bytes, .vga_bytes = o->vga_bytes, .vga_font = &font_8x16[0][0], .model = cpu_model_find(o->cpu), .serial_pace = SERIAL_PACE,
        .engine = { o->loop_engine ? ENGINE_LOOP : ENGINE_TAIL, (unsigned)o->block_cap, o->flush_seed },
        .exit_base = o->exit_base, .exit_size = o->exit_size, .vmm = o->vmm, .rtc_seconds = o->rtc_seconds, .no_reboot = o->no_reboot, .no_hpet = o->no_hpet, .jitter = o->jitter,
        .reset_on_shutdown = o->reset_on_shutdown && !o->on_failure,
        .pc_testdev = o->pc_testdev, .pci_testdev = o->pci_testdev,
        .boot_order = o->boot_order, .boot_once = o->boot_once, .boot_wait = o->boot_wait, .boot_menu = o->boot_menu,
        .check_invariants = o->check_invariants, .files_owned = files_owned, .files_self = session,
    };
    costs_configure(o, &config.vmm);
    if (!script_make(session, why)) return false;
    if (!software_configure(session, &config, why)) return false;
    if (!nvram_configure(session, &config, why)) return false;
    if (!media_configure(session, &config, why)) return false;
    if (!outputs_configure(session, &config, why) || !logs_open(session, &config, why)) return false;
    session->net = net_configure(&o->net, &config, why);
    if (o->net.nics && !session->net) return false;
    if (!sound_configure(session, &config, why)) return false;
    if (session->script || o->no_progress || o->qmp) session->ears = ears_open(&config);
    if (session->script) script_listen(session->script, session->ears);
    if (!session_machine_create(session, &config, why) || !costs_begin(session, why)) return false;
    if (session->net && !net_start(session->net, session->machine, session->host, session, o->replay, why)) return false;
    if (session->record) {
        session->machine->input.record = line_write;
        session->machine->input.record_self = session->record;
    }
    if (session->trace) {
        monitor_trace_to(session->machine->cpu.monitor, line_write_whole, session->trace);
    }
    media_listen(session);
    session_snapshot_listen(session);
    if (!session_symbols_open(session, why)) return false;
    session->debugger = debugger_new(session);
    if (o->gdb && !gdb_open(session, why)) return false;
    if (!prompt_open(session, why) || (o->qmp && !qmp_open(session, why))) return false;
    if (o->stopped && !o->gdb && !session->prompt && !session->qmp) return error_set(why, "-S: nobody could let the guest run; add -s, -gdb, -monitor or -qmp");
    session->paused |= o->stopped;
    return replay_start(session, why) && display_open(session, why) && debugger_begin(session, why);
}

static void file_close(const struct session *session, FILE *file, const char *what)
{
    if (file && fclose(file)) fprintf(session->tell, "trap86: %s: %s\n", what, strerror(errno));
}

void session_close(struct session *session)
{
    display_close(session);
    qmp_close(session->qmp);
    prompt_close(session->prompt);
    console_close(&session->console);
    gdb_close(session->gdb);
    debugger_free(session->debugger);
    session_symbols_close(session);
    costs_destroy(session->costs);
    net_close(session->net);
    machine_destroy(session->machine);
    sound_close(session->sound);
    script_close(session->script);
    ears_close(session->ears);
    watchdog_free(session->watchdog);
    for (unsigned i = 0; i < OPTION_DRIVES; i++) image_close(session->image[i]);
    software_free(session);
    file_free(&session->nvram);
    screen_free(&session->screen);
    outputs_close(session->outputs);
    file_close(session, session->log, "log");
    file_close(session, session->record, "record");
    file_close(session, session->trace, "trap trace");
    file_close(session, session->costs_out, "costs-out");
    file_close(session, session->costs_chart, "costs-chart");
    file_close(session, session->leaks, "leak report");
    host_release_all(session->host, session);
}
