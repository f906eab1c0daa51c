/* Snapshots: a machine's whole state in a file, and a machine made to go on from there (docs/snapshots.md).
 *
 * FILE is portable: compressed, checksummed, each component with a version. FILE.cache beside it is private to this host
 * and user, made and remade as needed: a machine's RAM is mapped from it, read when it is touched and copied when it is
 * written, so that a start costs no more than what the guest uses, and many machines share one. */
#ifndef FRONTEND_SNAPSHOT_H
#define FRONTEND_SNAPSHOT_H
#include "core/error.h"
#include "core/host.h"
#include "devices/load.h"
#include "devices/machine.h"
#include "frontend/image.h"

/* A machine with what of it is the frontend's. */
struct snapshot_machine {
    struct machine      *machine;
    struct image *const *image;              /* by drive, OPTION_DRIVES of them; NULL: no medium */
    const struct load   *load;               /* the kernel it was started with, if any */
};

/* Told while it lasts, about twenty times a second at most; NULL: nobody asks. */
struct snapshot_progress { void (*show)(void *self, const char *what, u64 done, u64 total); void *self; };

/* Between two runs of the machine. The file is replaced as a whole or not at all, and onto the disk. *id becomes what
 * tells this state from others. */
bool snapshot_save(const struct snapshot_machine *from, const char *path, const struct snapshot_progress *progress, u64 *id,
                   struct error *why);

/* An open snapshot may be loaded into any number of machines, at the same time from several threads. NULL: *why says what
 * is wrong with the file. */
struct snapshot;
struct snapshot *snapshot_open(const char *path, struct host *host, const struct snapshot_progress *progress,
                               struct error *why);
void snapshot_close(struct snapshot *snapshot);
/* The machine is one of the same configuration, which is compared, as are its images; it need not have been booted. False,
 * with *why: it is of no use any more, unless nothing was loaded yet (*touched false). */
bool snapshot_load(const struct snapshot *snapshot, const struct snapshot_machine *to, bool *touched, struct error *why);
u64  snapshot_id(const struct snapshot *snapshot);
#endif
