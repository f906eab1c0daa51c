/* Values of options: numbers, lists of key=value, and how a bad one is refused. */
#ifndef FRONTEND_OPTION_VALUES_H
#define FRONTEND_OPTION_VALUES_H
#include "frontend/options.h"

struct pair { char key[32], value[1024]; };

/* A number, decimal or 0x; then, if there is one, one of the suffixes, which *suffix gets (0: none). */
bool option_number_suffixed(const char *text, const char *suffixes, u64 *value, char *suffix);
bool option_number(const char *text, u64 *value);
/* "on", "off", or nothing, which means on. */
bool option_on_off(const char *value, bool *on);
/* "key=value" at the start of *text, up to a comma or the end: copies both and steps over them. A key alone has the
 * value "". False if there is nothing, or it is too long. */
bool option_pair(const char **text, struct pair *pair);
/* A copy that lives as long as the options; NULL when there are too many. */
const char *option_keep(struct options *o, const char *text);
/* Fills *why with "-option value: expected" and returns false. */
bool option_refuse(struct error *why, const char *option, const char *value, const char *expected);
/* A debug console on a port. */
bool option_console_add(struct options *o, u16 port, const char *sink, struct error *why);

/* option_devices.c: -device NAME,KEY=VALUE,... */
bool option_device(struct options *o, const char *value, struct error *why);
/* What the shells complete -device with: the names, a space between two. */
extern const char option_device_names[];

/* option_drives.c: what -hda and its kin, -cdrom and -drive say. */
bool option_disk(struct options *o, unsigned index, const char *file, struct error *why);
bool option_cdrom(struct options *o, const char *file, struct error *why);
bool option_drive(struct options *o, const char *value, struct error *why);

/* option_run.c: how a run goes and ends. */
bool option_speed(struct options *o, const char *value, struct error *why);
bool option_timeout(struct options *o, const char *value, struct error *why);
bool option_expect(struct options *o, const char *value, struct error *why);
bool option_send(struct options *o, const char *value, struct error *why);
bool option_fail_on(struct options *o, const char *value, struct error *why);
bool option_on_failure(struct options *o, const char *value, struct error *why);
bool option_action(struct options *o, const char *value, struct error *why);
bool option_jitter(struct options *o, const char *value, struct error *why);
bool option_success(struct options *o, const char *value, struct error *why);
bool option_ci(struct options *o, const char *value, struct error *why);
bool option_shard(struct options *o, const char *value, struct error *why);

/* option_file.c: puts the files that stand on the command line without an option where their content belongs. */
bool option_files_place(struct options *o, struct error *why);

/* option_display.c: what a person sees and presses. */
bool option_display(struct options *o, const char *value, struct error *why);
bool option_name(struct options *o, const char *value, struct error *why);
bool option_layout(struct options *o, const char *value, struct error *why);
bool option_release_key(struct options *o, const char *value, struct error *why);
bool option_menu_key(struct options *o, const char *value, struct error *why);

/* option_boot.c: -boot. */
bool option_boot(struct options *o, const char *value, struct error *why);
#endif
