/* Snapshots in a run: -loadvm, --savevm, --savevm-at, the script's verbs (docs/snapshots.md). A record of the input tells
 * where a snapshot was saved or loaded, by a message to the source "snapshot", so that it can be replayed from there. */
#include "frontend/session_snapshot.h"
#include "frontend/snapshot.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- a bar on the terminal ---- */
struct bar { FILE *to; u64 shown; };

static u64 host_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static void bar_show(void *self, const char *what, u64 done, u64 total)
{
    enum { EVERY_MS = 100, WIDTH = 40 };
    struct bar *bar = self;
    u64 now = host_ms();
    if (now - bar->shown < EVERY_MS) return;
    bar->shown = now;
    static const char marks[WIDTH + 1] = "########################################";
    int full = (int)(done * WIDTH / total), percent = (int)(done * 100 / total);
    fprintf(bar->to, "\rtrap86: %s [%.*s%*s] %3d %%", what, full, marks, WIDTH - full, "", percent);
    fflush(bar->to);
}

/* Short work shows none. */
static struct snapshot_progress bar_begin(struct bar *bar, FILE *to)
{
    *bar = (struct bar){ to, host_ms() };
    return (struct snapshot_progress){ isatty(fileno(to)) ? bar_show : NULL, bar };
}

static void bar_end(const struct bar *bar, u64 begun)
{
    if (bar->shown != begun) fputs("\r\033[K", bar->to);
}

/* ---- the record ---- */
static void mark_deliver(void *self, const u8 *bytes, size_t length) { (void)self, (void)bytes, (void)length; }

static void mark_put(struct session *session, u64 id)
{
    input_post(&session->machine->input, session->snapshot_source, (const u8 *)&id, sizeof id);
}

void session_snapshot_listen(struct session *session)
{
    session->snapshot_source = input_source_add(&session->machine->input, "snapshot", mark_deliver, NULL);
    if (session->loaded) mark_put(session, session->loaded);
}

const char *session_snapshot_replay(const struct session *session, const char *record, struct error *why)
{
    char mark[64];
    if (!session->loaded) return record;
    int used = snprintf(mark, sizeof mark, "%llu snapshot ", (unsigned long long)session->machine->clock.now);
    for (const u8 *id = (const u8 *)&session->loaded; id < (const u8 *)(&session->loaded + 1); id++)
        used += snprintf(mark + used, sizeof mark - (size_t)used, "%02x", *id);
    strcpy(mark + used, "\n");
    for (const char *line = record; *line;) {
        const char *next = line + strcspn(line, "\n");
        next += *next != 0;
        if (strncmp(line, mark, strlen(mark)) == 0) return next;
        line = next;
    }
    error_set(why, "%s: this record does not go through the snapshot; replay one of the run that saved it, or of one from "
              "it on", session->options.replay);
    return NULL;
}

/* ---- saving and loading ---- */
static struct snapshot_machine parts_of(const struct session *session)
{
    return (struct snapshot_machine){ session->machine, session->image, &session->load };
}

bool session_snapshot_save(struct session *session, const char *path, struct error *why)
{
    struct snapshot_machine from = parts_of(session);
    struct bar bar;
    struct snapshot_progress progress = bar_begin(&bar, session->tell);
    u64 id, begun = bar.shown;
    bool good = snapshot_save(&from, path, &progress, &id, why);
    bar_end(&bar, begun);
    if (good) mark_put(session, id);
    return good;
}

static struct snapshot *open_told(struct session *session, const char *path, struct error *why)
{
    struct bar bar;
    struct snapshot_progress progress = bar_begin(&bar, session->tell);
    u64 begun = bar.shown;
    struct snapshot *snapshot = snapshot_open(path, session->host, &progress, why);
    bar_end(&bar, begun);
    return snapshot;
}

bool session_machine_create(struct session *session, struct machine_config *config, struct error *why)
{
    const char *path = session->options.loadvm;
    __typeof__(config->boot) boot = config->boot;
    struct snapshot *snapshot = session->snapshot ? NULL : path ? open_told(session, path, why) : NULL;
    const struct snapshot *from = session->snapshot ? session->snapshot : snapshot;
    bool touched, good = from || !path;
    if (from) config->boot = NULL;           /* the kernel is in the RAM that is loaded */
    session->machine = good ? machine_create(config, session->host, why) : NULL;
    if (session->machine && from) {
        struct snapshot_machine to = parts_of(session);
        session->machine->config.boot = boot;
        good = snapshot_load(from, &to, &touched, why);
        session->loaded = snapshot_id(from);
    }
    snapshot_close(snapshot);
    return good && session->machine;
}

bool session_snapshot_load(struct session *session, const char *path, struct error *why)
{
    struct snapshot_machine to = parts_of(session);
    const struct options *o = &session->options;
    bool touched;
    if (o->record || o->replay) return error_set(why, "a record holds no loading; leave --record and --replay out");
    struct snapshot *snapshot = open_told(session, path, why);
    bool good = snapshot && snapshot_load(snapshot, &to, &touched, why);
    session->reloaded = good;
    snapshot_close(snapshot);
    return good;
}

/* ---- --savevm ---- */
static bool save_due(const struct session *session) { return session->options.savevm && !session->saved; }

static bool save_now(struct session *session)
{
    struct error why;
    session->saved = true;
    if (session_snapshot_save(session, session->options.savevm, &why)) return true;
    fprintf(session->tell, "trap86: %s\n", why.text);
    session->save_failed = true;
    return false;
}

static u64 save_next(const void *self)
{
    const struct session *session = self;
    return save_due(session) ? session->options.savevm_at : UINT64_MAX;
}

static bool save_act(void *self)
{
    struct session *session = self;
    if (session->machine->clock.now < save_next(session) || save_now(session)) return true;
    session->end = END_SAVEVM;
    return false;
}

static const struct door_class save_door = { .next = save_next, .act = save_act };

void session_snapshot_door(struct session *session)
{
    if (session->options.savevm_at) session_door_add(session, &save_door, session);
}

bool session_snapshot_finish(struct session *session)
{
    if (save_due(session)) save_now(session);
    return !session->save_failed;
}

bool session_snapshot_agree(const struct options *o, struct error *why)
{
    bool charged = o->vmm_time && strcmp(o->vmm_time, "free") != 0;
    if (o->savevm_at && !o->savevm) return error_set(why, "--savevm-at needs --savevm FILE");
    if (charged && (o->savevm || o->loadvm))
        return error_set(why, "with --vmm-time=%s time depends on shadows that a snapshot does not hold; leave one out",
                         o->vmm_time);
    return true;
}
