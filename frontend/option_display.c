/* Options about what a person sees and presses (frontend/option_values.h). */
#include "frontend/option_values.h"
#include "frontend/display.h"
#include "frontend/keys.h"
#include "frontend/layouts.h"
#include <string.h>

bool option_display(struct options *o, const char *value, struct error *why)
{
    o->display = strcmp(value, "auto") == 0 ? NULL : value;
    return !o->display || display_find(value)
        || option_refuse(why, "display", value, "there are auto, curses, none and, in a build with SDL2, sdl");
}

/* The guest's name; QEMU has more behind a comma. */
bool option_name(struct options *o, const char *value, struct error *why)
{
    const char *text = value;
    struct pair pair;
    if (!option_pair(&text, &pair)) return option_refuse(why, "name", value, "give a name");
    o->name = option_keep(o, strcmp(pair.key, "guest") == 0 ? pair.value : pair.key);
    return o->name || option_refuse(why, "name", value, "more texts than this command line can have");
}

bool option_layout(struct options *o, const char *value, struct error *why)
{
    o->layout = layout_find(strcmp(value, "en-us") == 0 ? "us" : strcmp(value, "en-gb") == 0 ? "uk" : value);
    if (o->layout) return true;
    return error_set(why, "-k %s: there is no such layout; these exist: %s", value, layout_names);
}

static bool take_hotkey(const char **at, const char *option, const char *value, struct error *why)
{
    struct hotkey key;
    *at = value;
    return keys_hotkey(value, &key)
        || option_refuse(why, option, value, "write it like ctrl-alt-g, f11 or ctrl_r, of at most four keys");
}

bool option_release_key(struct options *o, const char *v, struct error *w) { return take_hotkey(&o->release_key, "release-key", v, w); }
bool option_menu_key(struct options *o, const char *v, struct error *w) { return take_hotkey(&o->menu_key, "menu-key", v, w); }
