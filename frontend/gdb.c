/* The gdb stub's door: where gdb comes in, and what it is told when the machine stops. */
#include "frontend/debugger.h"
#include "frontend/gdb_parts.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIGNAL_TRAP = 5, SIGNAL_ABORT = 6 };

/* ---- places ---- */
static bool place_open(struct gdb *gdb, const char *place, struct error *why)
{
    if (strcmp(place, "stdio") != 0) return place_listen(&gdb->place, "gdb", place, why);
    if (gdb->session->console_serial >= 0)
        return error_set(why, "-gdb stdio: a serial port has standard input already; add -serial none");
    gdb->in = STDIN_FILENO;
    gdb->out = gdb->session->out;
    return gdb->stdio = true;
}

/* ---- coming and going ---- */
static void peer_begin(struct gdb *gdb)
{
    const struct cpu *cpu = &gdb->session->machine->cpu;
    gdb->no_ack = gdb->physical = gdb->running = false;
    gdb->state = GDB_IDLE;
    gdb->reply[0] = 0;
    gdb->code16 = !(cpu->sys.seg[CS].attr & ATTR_DB);
    gdb_target_make(gdb);
    debugger_come(gdb->session->debugger, DEBUGGER_GDB);
    session_pause(gdb->session, true);
}

void gdb_peer_gone(struct gdb *gdb)
{
    if (gdb->in < 0) return;
    if (!gdb->stdio) close(gdb->in);
    gdb->in = gdb->out = -1;
    gdb_detach(gdb);
}

static void peer_accept(struct gdb *gdb)
{
    int fd = place_accept(&gdb->place);
    if (fd < 0) return;
    gdb->in = gdb->out = fd;
    peer_begin(gdb);
}

/* ---- the door ---- */
static void watch(void *self, struct waiter *waiter)
{
    struct gdb *gdb = self;
    gdb->listener_index = gdb->place.fd >= 0 && gdb->in < 0 ? waiter_add(waiter, gdb->place.fd, POLLIN) : -1;
    gdb->in_index = gdb->in >= 0 ? waiter_add(waiter, gdb->in, POLLIN) : -1;
}

static bool answer(void *self, const struct waiter *waiter)
{
    struct gdb *gdb = self;
    u8 bytes[4096];
    if (waiter_events(waiter, gdb->listener_index)) peer_accept(gdb);
    if (!waiter_events(waiter, gdb->in_index)) return true;
    ssize_t count = read(gdb->in, bytes, sizeof bytes);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) gdb_peer_gone(gdb);
    for (ssize_t i = 0; i < count && gdb->in >= 0; i++)
        if (!gdb_byte(gdb, bytes[i])) return false;
    return true;
}

/* A guest that came to its end is shown once as it is; when gdb lets it go on, the run is over. */
static bool stopped(void *self, enum machine_stop stop)
{
    struct gdb *gdb = self;
    char text[16];
    if (gdb->in < 0) return false;
    if (stop == MACHINE_BREAK || ((stop == MACHINE_SHUTDOWN || stop == MACHINE_DEAD) && !gdb->told)) {
        gdb->told = stop != MACHINE_BREAK;
        gdb_stop_reply(gdb, stop == MACHINE_BREAK ? SIGNAL_TRAP : SIGNAL_ABORT);
        return true;
    }
    snprintf(text, sizeof text, "W%02x", stop == MACHINE_EXIT ? gdb->session->machine->stop_value & 0xff : 0);
    gdb_send(gdb, text);
    return false;
}

static const struct door_class gdb_door = { .watch = watch, .answer = answer, .stopped = stopped };

bool gdb_open(struct session *session, struct error *why)
{
    struct gdb *gdb = session->gdb = calloc(1, sizeof *gdb);
    if (!gdb) return error_set(why, "no memory for -gdb: free some on the host");
    gdb->session = session;
    gdb->place.fd = gdb->in = gdb->out = -1;
    if (!place_open(gdb, session->options.gdb, why)) return false;
    session_door_add(session, &gdb_door, gdb);
    if (gdb->stdio) peer_begin(gdb);
    return true;
}

void gdb_close(struct gdb *gdb)
{
    if (!gdb) return;
    if (gdb->in >= 0 && !gdb->stdio) close(gdb->in);
    place_close(&gdb->place);
    free(gdb);
}

bool gdb_pc_set(struct gdb *gdb, const char *how)
{
    bool offset = strcmp(how, "offset") == 0;
    if (!offset && strcmp(how, "linear") != 0) return false;
    if (gdb) gdb->offset = offset;
    return true;
}
