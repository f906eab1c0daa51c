/* What the parts of the gdb stub know of each other. */
#ifndef FRONTEND_GDB_PARTS_H
#define FRONTEND_GDB_PARTS_H
#include "frontend/gdb.h"
#include "frontend/place.h"
#include "frontend/session.h"

enum { GDB_PACKET = 0x4000, GDB_TEXT = 1 << 15 };

struct gdb {
    struct session *session;
    struct place place;
    int      in, out;                      /* descriptors; -1: none */
    int      listener_index, in_index;     /* of the waiter */
    bool     stdio, unpaused_before;
    bool     no_ack, running, told;        /* running: gdb waits for a stop reply */
    bool     physical, offset;             /* memory is physical; eip is not made linear in 16-bit code */
    bool     code16;                       /* the CPU was in 16-bit code when gdb came */
    char     packet[GDB_PACKET + 1];       /* being received, without frame */
    unsigned length, escape;
    u8       sum, sum_seen;
    enum { GDB_IDLE, GDB_BODY, GDB_SUM1, GDB_SUM2 } state;
    char     reply[GDB_TEXT];              /* the last sent, for a repetition */
    char     target[GDB_TEXT];             /* target.xml */
};

/* ---- gdb_wire.c: bytes and frames ---- */
/* Sends a packet of printable text. */
void gdb_send(struct gdb *gdb, const char *text);
/* Sends text as hex digits behind a prefix. */
void gdb_send_hex(struct gdb *gdb, const char *prefix, const void *bytes, size_t length);
void gdb_send_again(struct gdb *gdb);
/* One more byte from gdb. false: the run is over. */
bool gdb_byte(struct gdb *gdb, u8 byte);
/* Takes hex digits from *text; false: there is none, or the number is too long. */
bool gdb_number(const char **text, u64 *number);
/* Takes 2 * length digits; false: they are not there. */
bool gdb_bytes(const char *text, u8 *bytes, size_t length);
void gdb_peer_gone(struct gdb *gdb);

/* ---- gdb_registers.c ---- */
void gdb_target_make(struct gdb *gdb);
/* All registers of the `g` packet as hex digits. */
void gdb_registers_read(struct gdb *gdb, char *text);
/* Register `number` as hex digits; false: there is none. */
bool gdb_register_read(struct gdb *gdb, unsigned number, char *text);
/* From hex digits; false: there is none, it cannot be written, or the digits are wrong. */
bool gdb_register_write(struct gdb *gdb, unsigned number, const char *text);
bool gdb_registers_write(struct gdb *gdb, const char *text);

/* ---- gdb_packet.c ---- */
/* Answers one packet, which ends with a 0 and may have others before. false: the run is over. */
bool gdb_packet(struct gdb *gdb, const char *packet, unsigned length);
void gdb_interrupt(struct gdb *gdb);
/* Why the machine stands, as gdb is told. */
void gdb_stop_reply(struct gdb *gdb, unsigned signal);
/* gdb is gone: the guest runs on, without its points. */
void gdb_detach(struct gdb *gdb);
#endif
