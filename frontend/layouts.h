/* Keyboard layouts that guests use: which keys type a character. */
#ifndef FRONTEND_LAYOUTS_H
#define FRONTEND_LAYOUTS_H
#include "frontend/keys.h"

struct layout;
/* "us", "uk", "de", "fr"; NULL: there is no such layout. */
const struct layout *layout_find(const char *name);
/* The names, a space between two. */
extern const char layout_names[];
/* The keys that type a character of Unicode, with the modifiers and dead keys it needs, as codes of set 1; returns how
 * many, 0 if the layout cannot. */
unsigned layout_character(const struct layout *layout, u32 character, u8 codes[KEYS_BYTES]);
#endif
