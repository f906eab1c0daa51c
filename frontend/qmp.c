/* The control socket's door (qmp.h): clients, messages, events. Messages are taken whole before they are parsed: a client
 * may send anything. */
#include "frontend/qmp_parts.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITE_MS = 2000, TICK_NS = 10000000 };

static void peer_gone(struct qmp *qmp)
{
    if (qmp->in > STDIN_FILENO) close(qmp->in);
    qmp->in = qmp->out = -1;
    qmp_wait_forget(qmp);
}

/* ---- out ---- */
/* A client that does not read is dropped: the guest must not wait for it. */
static void text_write(struct qmp *qmp, const char *text, size_t length)
{
    while (length && qmp->out >= 0) {
        ssize_t done = write(qmp->out, text, length);
        struct pollfd room = { .fd = qmp->out, .events = POLLOUT };
        if (done < 0 && (errno == EINTR || (errno == EAGAIN && poll(&room, 1, WRITE_MS) > 0))) continue;
        if (done <= 0) {
            fprintf(qmp->session->tell, "trap86: -qmp: the client does not read, and is dropped\n");
            peer_gone(qmp);
            return;
        }
        text += done;
        length -= (size_t)done;
    }
}

void qmp_send(struct qmp *qmp, cJSON *message)
{
    char *text = cJSON_PrintUnformatted(message);
    cJSON_Delete(message);
    if (!text) return;
    text_write(qmp, text, strlen(text));
    text_write(qmp, "\r\n", 2);
    cJSON_free(text);
}

/* Time is the guest's: the same run tells the same. */
void qmp_event(struct qmp *qmp, const char *name, cJSON *data)
{
    const struct clock *clock = &qmp->session->machine->clock;
    cJSON *event = cJSON_CreateObject(), *stamp = cJSON_AddObjectToObject(event, "timestamp");
    cJSON_AddNumberToObject(stamp, "seconds", (double)(clock->now / clock->hz));
    cJSON_AddNumberToObject(stamp, "microseconds", (double)muldiv(clock->now % clock->hz, 1000000, clock->hz));
    cJSON_AddStringToObject(event, "event", name);
    if (data) cJSON_AddItemToObject(event, "data", data);
    if (qmp->negotiated && qmp->out >= 0) qmp_send(qmp, event);
    else cJSON_Delete(event);
}

static void reply(struct qmp *qmp, const cJSON *id, const char *name, cJSON *value)
{
    cJSON *message = cJSON_CreateObject();
    cJSON_AddItemToObject(message, name, value);
    if (id) cJSON_AddItemToObject(message, "id", cJSON_Duplicate(id, 1));
    qmp_send(qmp, message);
}

void qmp_answer(struct qmp *qmp, const cJSON *id, cJSON *result) { reply(qmp, id, "return", result ? result : cJSON_CreateObject()); }

void qmp_refuse(struct qmp *qmp, const cJSON *id, const char *class, const char *text)
{
    cJSON *error = cJSON_CreateObject();
    cJSON_AddStringToObject(error, "class", class);
    cJSON_AddStringToObject(error, "desc", text);
    reply(qmp, id, "error", error);
}

/* ---- in ---- */
static void message_deal(struct qmp *qmp)
{
    cJSON *message = cJSON_ParseWithLength(qmp->message, qmp->length);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id"), *name = cJSON_GetObjectItemCaseSensitive(message, "execute");
    const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(message, "arguments");
    if (!cJSON_IsObject(message)) qmp_refuse(qmp, NULL, "GenericError", "Invalid JSON syntax");
    else if (!cJSON_IsString(name)) qmp_refuse(qmp, id, "GenericError", "QMP input lacks member 'execute'");
    else if (arguments && !cJSON_IsObject(arguments)) qmp_refuse(qmp, id, "GenericError", "QMP input member 'arguments' must be an object");
    else if (!qmp->negotiated && strcmp(name->valuestring, "qmp_capabilities") != 0)
        qmp_refuse(qmp, id, "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'");
    else qmp_command(qmp, name->valuestring, arguments, id);
    cJSON_Delete(message);
}

/* A message ends with the bracket that closes its first. */
static bool byte_ends(struct qmp *qmp, char byte)
{
    if (qmp->in_string) {
        qmp->in_string = byte != '"' || qmp->escaped;
        qmp->escaped = byte == '\\' && !qmp->escaped;
        return !qmp->in_string && qmp->depth == 0;
    }
    qmp->in_string = byte == '"';
    qmp->escaped = false;
    if (byte == '{' || byte == '[') qmp->depth++;
    else if (byte == '}' || byte == ']') return qmp->depth <= 1;
    else return qmp->depth == 0 && !qmp->in_string;
    return false;
}

static void message_begin(struct qmp *qmp)
{
    qmp->length = qmp->depth = 0;
    qmp->in_string = qmp->escaped = false;
}

static void byte_take(struct qmp *qmp, char byte)
{
    if (qmp->length == 0 && strchr(" \t\r\n", byte)) return;
    if (qmp->length == sizeof qmp->message) {
        qmp_refuse(qmp, NULL, "GenericError", "the message is too long");
        peer_gone(qmp);
        return;
    }
    qmp->message[qmp->length++] = byte;
    bool ends = byte_ends(qmp, byte);
    if (!ends && (byte == '}' || byte == ']') && !qmp->in_string) qmp->depth--;
    if (!ends) return;
    message_deal(qmp);
    message_begin(qmp);
}

static void greet(struct qmp *qmp)
{
    cJSON *greeting = cJSON_CreateObject(), *inner = cJSON_AddObjectToObject(greeting, "QMP");
    cJSON *version = cJSON_AddObjectToObject(inner, "version"), *triple = cJSON_AddObjectToObject(version, "qemu");
    cJSON_AddNumberToObject(triple, "micro", 0);
    cJSON_AddNumberToObject(triple, "minor", 0);
    cJSON_AddNumberToObject(triple, "major", 7);
    cJSON_AddStringToObject(version, "package", "trap86");
    cJSON_AddArrayToObject(inner, "capabilities");
    qmp->negotiated = false;
    message_begin(qmp);
    qmp_send(qmp, greeting);
}

/* ---- the door ---- */
static void watch(void *self, struct waiter *waiter)
{
    struct qmp *qmp = self;
    bool listens = qmp->place.fd >= 0 && qmp->in < 0;
    qmp->listener_index = listens ? waiter_add(waiter, qmp->place.fd, POLLIN) : -1;
    qmp->in_index = qmp->in >= 0 ? waiter_add(waiter, qmp->in, POLLIN) : -1;
}

static bool answer(void *self, const struct waiter *waiter)
{
    struct qmp *qmp = self;
    char bytes[4096];
    if (qmp->was_paused != qmp->session->paused) qmp_event(qmp, qmp->session->paused ? "STOP" : "RESUME", NULL);
    qmp->was_paused = qmp->session->paused;
    if (waiter_events(waiter, qmp->listener_index) && (qmp->in = qmp->out = place_accept(&qmp->place)) >= 0) greet(qmp);
    qmp_wait_look(qmp);
    if (!waiter_events(waiter, qmp->in_index)) return true;
    ssize_t count = read(qmp->in, bytes, sizeof bytes);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) peer_gone(qmp);
    for (ssize_t i = 0; i < count && qmp->in >= 0; i++) byte_take(qmp, bytes[i]);
    if (qmp->was_paused != qmp->session->paused) qmp_event(qmp, qmp->session->paused ? "STOP" : "RESUME", NULL);
    qmp->was_paused = qmp->session->paused;
    if (qmp->quits) qmp->session->end = END_QUIT;
    return !qmp->quits;
}

static enum door_state state(const void *self)
{
    const struct qmp *qmp = self;
    return qmp->in >= 0 ? DOOR_OPEN : DOOR_CLOSED;
}

/* While somebody waits, it is looked ten milliseconds of the guest's time apart, so that what is met does not depend on
 * the host. */
static u64 next(const void *self)
{
    const struct qmp *qmp = self;
    const struct clock *clock = &qmp->session->machine->clock;
    u64 tick = cycles_of_ns(clock, TICK_NS), at = clock->now - clock->now % tick + tick;
    if (!qmp->wait.on) return UINT64_MAX;
    return qmp->wait.cycles > clock->now ? MIN(at, qmp->wait.cycles) : at;
}

static bool act(void *self)
{
    qmp_wait_look(self);
    return true;
}

static const struct door_class qmp_door = { .state = state, .watch = watch, .answer = answer, .next = next, .act = act };

bool qmp_open(struct session *session, struct error *why)
{
    const char *place = session->options.qmp;
    struct qmp *qmp = session->qmp = calloc(1, sizeof *qmp);
    if (!qmp) return error_set(why, "no memory for -qmp: free some on the host");
    qmp->session = session;
    qmp->place.fd = qmp->in = qmp->out = -1;
    qmp->was_paused = session->options.stopped;
    session_door_add(session, &qmp_door, qmp);
    if (strcmp(place, "stdio") != 0) return place_listen(&qmp->place, "qmp", place, why);
    if (session->console_serial >= 0) return error_set(why, "-qmp stdio: a serial port has standard input already; add -serial none");
    qmp->in = STDIN_FILENO;
    qmp->out = session->out;
    greet(qmp);
    return true;
}

/* Why the run ended, in QEMU's words. */
static void end_tell(struct qmp *qmp)
{
    const struct session *session = qmp->session;
    bool guest = session->end == END_GUEST, reset = guest && session->machine->stop == MACHINE_RESET;
    bool panicked = guest && session->machine->stop == MACHINE_SHUTDOWN;
    cJSON *data;
    if (panicked) {
        data = cJSON_CreateObject();
        cJSON_AddStringToObject(data, "action", "poweroff");
        qmp_event(qmp, "GUEST_PANICKED", data);
    }
    data = cJSON_CreateObject();
    cJSON_AddBoolToObject(data, "guest", guest);
    cJSON_AddStringToObject(data, "reason", reset ? "guest-reset" : panicked ? "guest-panic" : guest ? "guest-shutdown" : qmp->quits ? "host-qmp-quit" : "host-signal");
    qmp_event(qmp, "SHUTDOWN", data);
}

void qmp_close(struct qmp *qmp)
{
    if (!qmp) return;
    if (qmp->session->machine && qmp->out >= 0) end_tell(qmp);
    peer_gone(qmp);
    place_close(&qmp->place);
    free(qmp);
}
