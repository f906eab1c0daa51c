/* The packets of gdb's remote protocol (gdb manual, appendix E), by a table of their first letters or words. */
#include "frontend/command.h"
#include "frontend/debugger.h"
#include "frontend/gdb_parts.h"
#include "frontend/peek.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNAL_INT = 2, SIGNAL_TRAP = 5, MEMORY_MAX = GDB_PACKET / 2 - 8 };
#define UNMAPPED "E14"
#define WRONG "E01"

static struct cpu *cpu_of(const struct gdb *gdb) { return &gdb->session->machine->cpu; }

/* Whether the machine goes on being asked about is of no concern to most packets. */
typedef bool packet_fn(struct gdb *gdb, const char *rest, unsigned length);
struct packet { const char *name; packet_fn *act; };

static bool say(struct gdb *gdb, const char *text)
{
    gdb_send(gdb, text);
    return true;
}

/* ---- stopping and going on ---- */
void gdb_stop_reply(struct gdb *gdb, unsigned signal)
{
    static const char *const watch[] = { [STOP_WRITE] = "watch", [STOP_READ] = "rwatch", [STOP_ACCESS] = "awatch" };
    const struct debugger *debugger = gdb->session->debugger;
    const struct stop_reason *hit = &debugger->stops.hit;
    bool own = hit->point >= 0 && debugger->point[hit->point].owner == DEBUGGER_GDB;
    char text[64], why[32] = "";
    if (own && hit->kind >= STOP_WRITE && hit->kind <= STOP_ACCESS) {
        u32 at = debugger->stops.point[hit->point].address;
        snprintf(why, sizeof why, "%s:%x;", watch[hit->kind], MAX(at, hit->address));
    } else if (own && hit->kind == STOP_EXECUTE) {
        snprintf(why, sizeof why, "%s:;", debugger->stops.point[hit->point].count ? "hwbreak" : "swbreak");
    }
    snprintf(text, sizeof text, "T%02xthread:1;%s", signal, why);
    gdb->running = false;
    gdb_send(gdb, text);
}

void gdb_interrupt(struct gdb *gdb)
{
    session_pause(gdb->session, true);
    if (gdb->running) gdb_stop_reply(gdb, SIGNAL_INT);
}

static void go_on(struct gdb *gdb, u64 insns, u32 from, u32 to)
{
    gdb->running = true;
    debugger_step(gdb->session->debugger, insns, from, to);
}

static bool question(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    gdb_interrupt(gdb);
    gdb_stop_reply(gdb, SIGNAL_TRAP);
    return true;
}

static bool go(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    go_on(gdb, 0, 0, 0);
    return true;
}

static bool step(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    go_on(gdb, 1, 0, 0);
    return true;
}

/* vCont;action[:thread]...: the first action is the one processor's. */
static bool v_cont(struct gdb *gdb, const char *rest, unsigned length)
{
    u64 from = 0, to = 0;
    (void)length;
    const char *text = rest + 2;
    if (rest[0] != ';') return say(gdb, WRONG);
    if (rest[1] == 'c' || rest[1] == 'C') go_on(gdb, 0, 0, 0);
    else if (rest[1] == 's' || rest[1] == 'S') go_on(gdb, 1, 0, 0);
    else if (rest[1] == 'r' && gdb_number(&text, &from) && *text++ == ',' && gdb_number(&text, &to))
        go_on(gdb, 1, (u32)from, (u32)to);
    else return say(gdb, WRONG);
    return true;
}

void gdb_detach(struct gdb *gdb)
{
    gdb->running = false;
    debugger_leave(gdb->session->debugger, DEBUGGER_GDB);
    session_pause(gdb->session, false);
}

static bool detach(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    gdb_send(gdb, "OK");
    gdb_peer_gone(gdb);
    return true;
}

static bool kill_run(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)length;
    if (*rest == ';') gdb_send(gdb, "OK");             /* vKill is answered, k is not */
    gdb->session->end = END_QUIT;
    return false;
}

/* ---- registers ---- */
static bool registers(struct gdb *gdb, const char *rest, unsigned length)
{
    char text[GDB_PACKET] = "";
    (void)rest, (void)length;
    gdb_registers_read(gdb, text);
    return say(gdb, text);
}

static bool registers_set(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)length;
    return say(gdb, gdb_registers_write(gdb, rest) ? "OK" : WRONG);
}

static bool one_register(struct gdb *gdb, const char *rest, unsigned length)
{
    char text[64];
    u64 number;
    (void)length;
    bool good = gdb_number(&rest, &number) && number < UINT32_MAX && gdb_register_read(gdb, (unsigned)number, text);
    return say(gdb, good ? text : WRONG);
}

static bool one_register_set(struct gdb *gdb, const char *rest, unsigned length)
{
    u64 number;
    (void)length;
    bool good = gdb_number(&rest, &number) && number < UINT32_MAX && *rest++ == '=' &&
                gdb_register_write(gdb, (unsigned)number, rest);
    return say(gdb, good ? "OK" : WRONG);
}

/* ---- memory ---- */
/* "ADDR,LENGTH", with what follows. */
static bool span(const char **text, u32 *address, u32 *length)
{
    u64 a, n;
    if (!gdb_number(text, &a) || *(*text)++ != ',' || !gdb_number(text, &n) || a > UINT32_MAX || n > MEMORY_MAX) return false;
    *address = (u32)a;
    *length = (u32)n;
    return true;
}

/* As many bytes as there are; none is an error. */
static bool memory_get(struct gdb *gdb, const char *rest, unsigned length)
{
    u8 bytes[MEMORY_MAX];
    u32 address, count;
    (void)length;
    if (!span(&rest, &address, &count)) return say(gdb, WRONG);
    u32 have = peek_bytes(gdb->session->machine, gdb->physical, address, bytes, count);
    if (count && !have) return say(gdb, UNMAPPED);
    gdb_send_hex(gdb, "", bytes, have);
    return true;
}

static bool memory_put(struct gdb *gdb, u32 address, const u8 *bytes, u32 count)
{
    return say(gdb, poke_bytes(gdb->session->machine, gdb->physical, address, bytes, count) ? "OK" : UNMAPPED);
}

static bool memory_set(struct gdb *gdb, const char *rest, unsigned length)
{
    u8 bytes[MEMORY_MAX];
    u32 address, count;
    (void)length;
    if (!span(&rest, &address, &count) || *rest++ != ':' || !gdb_bytes(rest, bytes, count)) return say(gdb, WRONG);
    return memory_put(gdb, address, bytes, count);
}

static bool memory_set_binary(struct gdb *gdb, const char *rest, unsigned length)
{
    const char *end = rest + length;
    u32 address, count;
    if (!span(&rest, &address, &count) || *rest++ != ':' || end < rest || (size_t)(end - rest) != count)
        return say(gdb, WRONG);
    return memory_put(gdb, address, (const u8 *)rest, count);
}

/* ---- points ---- */
/* "KIND,ADDR,LENGTH": 0 and 1 are breakpoints, 2 to 4 watchpoints. point->count tells 0 from 1. */
static bool point_read(const char *text, struct stop_point *point)
{
    static const enum stop_kind kinds[] = { STOP_EXECUTE, STOP_EXECUTE, STOP_WRITE, STOP_READ, STOP_ACCESS };
    u32 address, length;
    unsigned kind = (unsigned)(*text - '0');
    if (kind >= ARRAY_LEN(kinds) || text[1] != ',') return false;
    text += 2;
    if (!span(&text, &address, &length)) return false;
    *point = (struct stop_point){ .kind = kinds[kind], .address = address, .length = MAX(length, 1u), .count = kind == 1 };
    return true;
}

static int point_find(const struct gdb *gdb, const struct stop_point *point)
{
    for (int i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *p = &gdb->session->debugger->stops.point[i];
        if (gdb->session->debugger->point[i].owner == DEBUGGER_GDB && p->kind == point->kind && p->address == point->address && p->length == point->length && p->count == point->count)
            return i;
    }
    return -1;
}

static bool point_add(struct gdb *gdb, const char *rest, unsigned length)
{
    struct stop_point point;
    (void)length;
    if (!point_read(rest, &point)) return say(gdb, "");
    bool good = point_find(gdb, &point) >= 0 || debugger_add(gdb->session->debugger, DEBUGGER_GDB, &point) >= 0;
    return say(gdb, good ? "OK" : WRONG);
}

static bool point_remove(struct gdb *gdb, const char *rest, unsigned length)
{
    struct stop_point point;
    (void)length;
    if (!point_read(rest, &point)) return say(gdb, "");
    int number = point_find(gdb, &point);
    if (number >= 0) debugger_remove(gdb->session->debugger, (unsigned)number);
    return say(gdb, "OK");
}

/* ---- questions ---- */
static bool supported(struct gdb *gdb, const char *rest, unsigned length)
{
    char text[320];
    (void)rest, (void)length;
    snprintf(text, sizeof text, "PacketSize=%x;qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+;swbreak+;"
             "hwbreak+;vContSupported+;QStartNoAckMode+;QPassSignals+", GDB_PACKET);
    return say(gdb, text);
}

static bool no_ack(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    gdb_send(gdb, "OK");
    return gdb->no_ack = true;
}

/* A part of a text: "OFFSET,LENGTH" in hex. */
static bool transfer(struct gdb *gdb, const char *text, const char *rest)
{
    char part[GDB_PACKET];
    u64 offset, length;
    if (*rest++ != ':' || !gdb_number(&rest, &offset) || *rest++ != ',' || !gdb_number(&rest, &length)) return say(gdb, WRONG);
    size_t whole = strlen(text);
    size_t from = offset < whole ? (size_t)offset : whole, count = MIN(whole - from, MIN(length, (u64)GDB_PACKET - 8));
    snprintf(part, sizeof part, "%c%.*s", from + count < whole ? 'm' : 'l', (int)count, text + from);
    return say(gdb, part);
}

static bool features(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)length;
    return strncmp(rest, "target.xml", 10) == 0 ? transfer(gdb, gdb->target, rest + 10) : say(gdb, "E00");
}

/* All of memory is RAM to gdb, so that it asks the stub, and sets software breakpoints, everywhere. */
static bool memory_map(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)length;
    return transfer(gdb, "<?xml version=\"1.0\"?><!DOCTYPE memory-map SYSTEM \"gdb-memory-map.dtd\"><memory-map>"
                         "<memory type=\"ram\" start=\"0x0\" length=\"0x100000000\"/></memory-map>", rest);
}

static bool threads(struct gdb *gdb, const char *rest, unsigned length)
{
    char text[160];
    (void)length;
    snprintf(text, sizeof text, "<?xml version=\"1.0\"?><threads><thread id=\"1\" core=\"0\" name=\"CPU 0 (%s)\"/></threads>",
             cpu_of(gdb)->model->name);
    return transfer(gdb, text, rest);
}

static bool monitor(struct gdb *gdb, const char *rest, unsigned length)
{
    char line[MEMORY_MAX], *text = NULL;
    size_t count = MIN(strlen(rest) / 2, sizeof line - 1), size = 0;
    (void)length;
    if (!gdb_bytes(rest, (u8 *)line, count)) return say(gdb, WRONG);
    line[count] = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) return say(gdb, WRONG);
    bool goes_on = console_command(gdb->session, line, out);
    fclose(out);
    for (size_t at = 0; at < size; at += MEMORY_MAX) gdb_send_hex(gdb, "O", text + at, MIN(size - at, (size_t)MEMORY_MAX));
    free(text);
    gdb_send(gdb, "OK");
    return goes_on;
}

static bool physical_mode(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)length;
    gdb->physical = *rest == '1';
    return say(gdb, "OK");
}

static bool physical_ask(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    return say(gdb, gdb->physical ? "1" : "0");
}

static bool thread_name(struct gdb *gdb, const char *rest, unsigned length)
{
    (void)rest, (void)length;
    char text[64];
    snprintf(text, sizeof text, "CPU 0 (%s)", cpu_of(gdb)->model->name);
    gdb_send_hex(gdb, "", text, strlen(text));
    return true;
}

#define ANSWER(name, text) \
    static bool name(struct gdb *gdb, const char *rest, unsigned length) { (void)rest, (void)length; return say(gdb, text); }
ANSWER(ok, "OK")
ANSWER(nothing, "")
ANSWER(current_thread, "QC1")
ANSWER(first_threads, "m1")
ANSWER(more_threads, "l")
ANSWER(attached, "1")
ANSWER(actions, "vCont;c;C;s;S;r")
ANSWER(step_bits, "ENABLE=1,NOIRQ=0,NOTIMER=0")
ANSWER(step_mode, "0x1")

/* Longer names before those they begin with. */
static const struct packet packets[] = {
    { "qSupported", supported }, { "QStartNoAckMode", no_ack }, { "qXfer:features:read:", features },
    { "qXfer:memory-map:read:", memory_map }, { "qXfer:threads:read:", threads }, { "qRcmd,", monitor },
    { "QPassSignals", ok }, { "qAttached", attached }, { "qC", current_thread }, { "qfThreadInfo", first_threads },
    { "qsThreadInfo", more_threads }, { "qThreadExtraInfo", thread_name }, { "qqemu.sstepbits", step_bits },
    { "qqemu.sstep", step_mode }, { "Qqemu.sstep", ok }, { "qqemu.PhyMemMode", physical_ask },
    { "Qqemu.PhyMemMode:", physical_mode }, { "vCont?", actions }, { "vCont", v_cont }, { "vMustReplyEmpty", nothing },
    { "vKill", kill_run }, { "?", question }, { "g", registers }, { "G", registers_set }, { "p", one_register },
    { "P", one_register_set }, { "m", memory_get }, { "M", memory_set }, { "X", memory_set_binary }, { "Z", point_add },
    { "z", point_remove }, { "c", go }, { "C", go }, { "s", step }, { "S", step }, { "H", ok }, { "T", ok }, { "D", detach },
    { "k", kill_run },
};

bool gdb_packet(struct gdb *gdb, const char *packet, unsigned length)
{
    for (unsigned i = 0; i < ARRAY_LEN(packets); i++) {
        size_t name = strlen(packets[i].name);
        if (name <= length && strncmp(packet, packets[i].name, name) == 0)
            return packets[i].act(gdb, packet + name, length - (unsigned)name);
    }
    return say(gdb, "");
}
