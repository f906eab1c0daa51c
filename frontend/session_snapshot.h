/* Snapshots in a run (frontend/snapshot.h): options, script, record. */
#ifndef FRONTEND_SESSION_SNAPSHOT_H
#define FRONTEND_SESSION_SNAPSHOT_H
#include "frontend/session.h"

/* Whether the options go together. */
bool session_snapshot_agree(const struct options *options, struct error *why);
/* machine_create and, with -loadvm or a snapshot that the session was given, its state. */
bool session_machine_create(struct session *session, struct machine_config *config, struct error *why);
/* Registers the source of the marks in a record, and puts the first there; when the record is open. */
void session_snapshot_listen(struct session *session);
/* What of a record is still to come for a machine that was loaded; NULL: *why says that the snapshot is not on its way. */
const char *session_snapshot_replay(const struct session *session, const char *record, struct error *why);
/* Adds the door of --savevm-at. */
void session_snapshot_door(struct session *session);
/* Saves what --savevm asks for and was not saved yet, before anything of the machine is changed by its end. False: that
 * failed, and has been told. */
bool session_snapshot_finish(struct session *session);

/* Between two runs of the machine. */
bool session_snapshot_save(struct session *session, const char *path, struct error *why);
/* The same, in the midst of a run; after a failure the machine may be of no use. */
bool session_snapshot_load(struct session *session, const char *path, struct error *why);
#endif
