/* A stub for gdb: its remote serial protocol (gdb manual, appendix E), as a door of the run. */
#ifndef FRONTEND_GDB_H
#define FRONTEND_GDB_H
#include "core/error.h"
#include "core/types.h"

struct session;
struct gdb;

/* Opens the place of -gdb (tcp:[HOST]:PORT, unix:PATH or stdio) and adds the door. false with *why: not possible. */
bool gdb_open(struct session *session, struct error *why);
void gdb_close(struct gdb *gdb);
/* What gdb gets for eip in 16-bit code: "linear", CS.base + EIP, which is the default, or "offset". NULL is good. */
bool gdb_pc_set(struct gdb *gdb, const char *how);
/* A register by gdb's name for it, as a number; eip is the offset. false: there is none of that name, or it is wider. */
bool gdb_register_value(const struct session *session, const char *name, u64 *value);
/* Sets one; false: there is none of that name, or it changes by instructions only. */
bool gdb_register_set(struct session *session, const char *name, u32 value);
#endif
