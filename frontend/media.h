/* The media in the drives: what the command line puts in, and what is changed while the guest runs. */
#ifndef FRONTEND_MEDIA_H
#define FRONTEND_MEDIA_H
#include "frontend/session.h"

/* Opens the images that the options name and puts them into the configuration. */
bool media_configure(struct session *session, struct machine_config *config, struct error *why);
/* Registers the input source "media", through which changes come in, live or from a record; after machine_create. */
void media_listen(struct session *session);
/* Puts the image at `path` into a floppy or CD drive in place of what lies in it; path NULL: takes that out. Drives are
 * fda, fdb (floppy0, floppy1), hda to hdd (ide0-cd0 to ide1-cd1), cdrom (the first that takes CDs). A drive that
 * the guest has locked keeps its medium, and the guest is told of the eject button; with "-f " before the drive's name it
 * loses it. Between two instructions, when no event is due. Without effect while a record is replayed. */
bool media_change(struct session *session, const char *drive, const char *path, struct error *why);
/* What users call drive `drive` of options.drive. */
const char *media_drive_name(unsigned drive);
#endif
