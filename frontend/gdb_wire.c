/* Bytes and frames of gdb's remote protocol: $packet#sum, acknowledged with + until QStartNoAckMode. */
#include "frontend/gdb_parts.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEND_MS = 5000 };

/* A peer that does not read is given up. */
static void write_all(struct gdb *gdb, const char *bytes, size_t length)
{
    while (length && gdb->out >= 0) {
        ssize_t done = gdb->stdio ? write(gdb->out, bytes, length) : send(gdb->out, bytes, length, MSG_NOSIGNAL);
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
            continue;
        }
        struct pollfd fd = { gdb->out, POLLOUT, 0 };
        bool again = errno == EINTR || ((errno == EAGAIN || errno == EWOULDBLOCK) && poll(&fd, 1, SEND_MS) > 0);
        if (!again) gdb_peer_gone(gdb);
    }
}

void gdb_send_again(struct gdb *gdb)
{
    u8 sum = 0;
    char end[4];
    for (const char *c = gdb->reply; *c; c++) sum = (u8)(sum + (u8)*c);
    snprintf(end, sizeof end, "#%02x", sum);
    write_all(gdb, "$", 1);
    write_all(gdb, gdb->reply, strlen(gdb->reply));
    write_all(gdb, end, 3);
}

void gdb_send(struct gdb *gdb, const char *text)
{
    snprintf(gdb->reply, sizeof gdb->reply, "%s", text);
    gdb_send_again(gdb);
}

void gdb_send_hex(struct gdb *gdb, const char *prefix, const void *bytes, size_t length)
{
    size_t at = (size_t)snprintf(gdb->reply, sizeof gdb->reply, "%s", prefix);
    for (size_t i = 0; i < length && at + 3 < sizeof gdb->reply; i++)
        at += (size_t)snprintf(gdb->reply + at, 3, "%02x", ((const u8 *)bytes)[i]);
    gdb_send_again(gdb);
}

static int digit(u8 c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool gdb_number(const char **text, u64 *number)
{
    unsigned count = 0;
    for (*number = 0; digit((u8)**text) >= 0; (*text)++, count++) *number = *number << 4 | (u64)digit((u8)**text);
    return count >= 1 && count <= 16;
}

bool gdb_bytes(const char *text, u8 *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int high = digit((u8)text[2 * i]), low = high < 0 ? -1 : digit((u8)text[2 * i + 1]);
        if (low < 0) return false;
        bytes[i] = (u8)(high << 4 | low);
    }
    return true;
}

static bool packet_done(struct gdb *gdb)
{
    gdb->state = GDB_IDLE;
    bool good = gdb->length <= GDB_PACKET && gdb->sum == gdb->sum_seen;
    if (!gdb->no_ack) write_all(gdb, good ? "+" : "-", 1);
    if (!good) return true;
    gdb->packet[gdb->length] = 0;
    return gdb_packet(gdb, gdb->packet, gdb->length);
}

static void body_byte(struct gdb *gdb, u8 byte)
{
    gdb->sum = (u8)(gdb->sum + byte);
    if (byte == '}' && !gdb->escape) {
        gdb->escape = 1;
        return;
    }
    if (gdb->length < GDB_PACKET) gdb->packet[gdb->length] = (char)(gdb->escape ? byte ^ 0x20 : byte);
    if (gdb->length <= GDB_PACKET) gdb->length++;
    gdb->escape = 0;
}

bool gdb_byte(struct gdb *gdb, u8 byte)
{
    bool begins = byte == '$' && gdb->state != GDB_SUM1 && gdb->state != GDB_SUM2;
    if (begins) {
        gdb->state = GDB_BODY;
        gdb->length = gdb->escape = 0;
        gdb->sum = gdb->sum_seen = 0;
    } else if (gdb->state == GDB_IDLE) {
        if (byte == 3) gdb_interrupt(gdb);
        if (byte == '-' && !gdb->no_ack) gdb_send_again(gdb);
    } else if (gdb->state == GDB_BODY) {
        if (byte == '#') gdb->state = GDB_SUM1;
        else body_byte(gdb, byte);
    } else {
        int value = digit(byte);
        gdb->sum_seen = (u8)(gdb->sum_seen << 4 | (value & 15));
        if (gdb->state == GDB_SUM2) return packet_done(gdb);
        gdb->state = GDB_SUM2;
    }
    return true;
}
