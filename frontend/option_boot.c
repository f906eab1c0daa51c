/* -boot: the order in which the BIOS tries media, and its menu; QEMU's grammar (frontend/option_values.h). */
#include "frontend/option_values.h"
#include <string.h>

enum { SPLASH_MAX_MS = 0xFFFF };

/* Letters to nibbles, the first in the lowest: as the CMOS holds them. */
static bool order_parse(const char *letters, u16 *order)
{
    static const char known[] = "acdn";
    u16 result = 0;
    unsigned count = 0;
    for (; *letters; letters++, count++) {
        const char *letter = strchr(known, *letters);
        if (!letter || count == 4) return false;
        u16 nibble = (u16)(letter - known + 1);
        for (unsigned i = 0; i < count; i++)
            if ((result >> 4 * i & 15) == nibble) return false;
        result |= (u16)(nibble << 4 * count);
    }
    *order = result;
    return count > 0;
}

static bool boot_key(struct options *o, const struct pair *pair, bool first, bool *good)
{
    u64 number;
    bool strict;
    if (strcmp(pair->key, "order") == 0) *good = order_parse(pair->value, &o->boot_order);
    else if (strcmp(pair->key, "once") == 0) *good = order_parse(pair->value, &o->boot_once);
    else if (strcmp(pair->key, "menu") == 0) *good = option_on_off(pair->value, &o->boot_menu);
    else if (strcmp(pair->key, "strict") == 0) *good = option_on_off(pair->value, &strict);
    else if (strcmp(pair->key, "splash-time") == 0) {
        *good = option_number(pair->value, &number) && number <= SPLASH_MAX_MS;
        if (*good) o->boot_wait = (u16)number;
    } else if (first && !*pair->value) {
        *good = order_parse(pair->key, &o->boot_order);
    } else {
        return false;
    }
    return true;
}

bool option_boot(struct options *o, const char *value, struct error *why)
{
    const char *text = value;
    struct pair pair;
    bool good = true;
    while (*text) {
        bool first = text == value;
        if (!option_pair(&text, &pair) || !boot_key(o, &pair, first, &good) || !good)
            return option_refuse(why, "boot", value, "write it as order=cdan,once=d,menu=on,splash-time=MS; "
                                 "a floppy, c hard disk, d CD, n network, each at most once");
    }
    return true;
}
