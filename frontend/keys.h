/* Keys by name, as the codes of scan code set 1 that the keyboard's input source takes (devices/i8042.h). */
#ifndef FRONTEND_KEYS_H
#define FRONTEND_KEYS_H
#include "core/types.h"
#include <stddef.h>

enum { KEYS_BYTES = 64, HOTKEY_KEYS = 4 };

/* Keys that do something when they are pressed together, the last one last; 100h added to codes with E0h before. */
struct hotkey { u16 code[HOTKEY_KEYS]; unsigned count; };

/* "a", "ret", "ctrl-alt-delete": the names are those of QEMU's sendkey. Writes the codes of pressing the keys in order
 * and of releasing them in reverse to `codes`; returns how many, 0 if a name is not known. */
unsigned keys_combination(const char *names, u8 codes[KEYS_BYTES]);
/* The keys of a combination. False: a name is not known, or they are more than HOTKEY_KEYS. */
bool keys_hotkey(const char *names, struct hotkey *hotkey);
/* The key, with Shift if need be, that types an ASCII character on a US keyboard; 0 if none does. */
unsigned keys_character(char c, u8 codes[KEYS_BYTES]);
#endif
