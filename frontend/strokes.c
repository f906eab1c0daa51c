/* Key strokes given in virtual time (frontend/strokes.h). */
#include "frontend/strokes.h"
#include "devices/machine.h"
#include <string.h>

bool strokes_add(struct strokes *strokes, const u8 *codes, unsigned count)
{
    if (!count || count > UINT8_MAX || strokes->count + count + 1 > STROKES_BYTES) return false;
    if (strokes->first + strokes->count + count + 1 > STROKES_BYTES) {
        memmove(strokes->bytes, strokes->bytes + strokes->first, strokes->count);
        strokes->first = 0;
    }
    u8 *to = strokes->bytes + strokes->first + strokes->count;
    *to = (u8)count;
    memcpy(to + 1, codes, count);
    strokes->count += count + 1;
    return true;
}

u64 strokes_next(const struct strokes *strokes, const struct machine *m)
{
    return strokes->count ? MAX(strokes->due, m->clock.now) : UINT64_MAX;
}

void strokes_act(struct strokes *strokes, struct machine *m)
{
    if (!strokes->count || m->clock.now < strokes->due) return;
    const u8 *stroke = strokes->bytes + strokes->first;
    input_post(&m->input, m->keyboard.keyboard_source, stroke + 1, *stroke);
    strokes->first += 1u + *stroke;
    strokes->count -= 1u + *stroke;
    strokes->due = m->clock.now + cycles_of_ns(&m->clock, STROKES_NS);
}
