/* The lights (frontend/lights.h): each is on for a while after its count has changed. */
#include "frontend/lights.h"
#include <stdio.h>
#include <string.h>

enum { LIGHT_NS = 150000000 };

static void counts_take(const struct session *session, u64 count[LIGHTS])
{
    memset(count, 0, LIGHTS * sizeof *count);
    for (unsigned i = 0; i < OPTION_DRIVES; i++) {
        bool cd = i < MACHINE_DRIVES && session->options.drive[i].cdrom;
        unsigned light = i >= MACHINE_DRIVES ? LIGHT_FLOPPY : cd ? LIGHT_CD : LIGHT_DISK;
        if (session->image[i]) count[light] += image_accesses(session->image[i]);
    }
    if (session->net) count[LIGHT_NET] = net_frames(session->net);
}

void lights_text(struct lights *lights, const struct session *session, u64 now, char *text, size_t room)
{
    static const char *const names[LIGHTS] = { "HDD", "CD", "FDD", "NET" };
    u64 count[LIGHTS];
    size_t length = 0;
    counts_take(session, count);
    *text = 0;
    for (unsigned i = 0; i < LIGHTS; i++) {
        if (count[i] != lights->seen[i]) lights->until[i] = now + LIGHT_NS;
        lights->seen[i] = count[i];
        if (now < lights->until[i] && length < room)
            length += (size_t)snprintf(text + length, room - length, "%s%s", length ? " " : "", names[i]);
    }
}
