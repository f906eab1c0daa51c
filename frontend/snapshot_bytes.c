/* Bytes that grow, a reader that never leaves them, and the sections of a snapshot's head (frontend/snapshot_parts.h). */
#include "frontend/snapshot_parts.h"
#include <stdlib.h>
#include <string.h>

void bytes_put(void *self, const void *more, size_t length)
{
    struct bytes *bytes = self;
    if (length > bytes->room - bytes->used && !bytes->failed) {
        size_t room = (bytes->used + length) * 2;
        u8 *at = bytes->used + length <= HEAD_MAX ? realloc(bytes->at, room) : NULL;
        bytes->failed = !at;
        if (at) bytes->at = at;
        if (at) bytes->room = room;
    }
    if (bytes->failed || !length) return;
    memcpy(bytes->at + bytes->used, more, length);
    bytes->used += length;
}

void bytes_number(struct bytes *bytes, u64 value, size_t size)
{
    bytes_put(bytes, &value, size);
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){ .at = NULL };
}

const u8 *cursor_take(struct cursor *cursor, u64 length)
{
    const u8 *at = cursor->at;
    if (length > cursor->left || !cursor->whole) {
        cursor->whole = false;
        cursor->left = 0;
        return NULL;
    }
    cursor->at += length;
    cursor->left -= length;
    return at;
}

u64 cursor_number(struct cursor *cursor, size_t size)
{
    u64 value = 0;
    const u8 *at = cursor_take(cursor, size);
    if (at) memcpy(&value, at, size);
    return value;
}

void cursor_name(struct cursor *cursor, char name[256])
{
    size_t length = cursor_number(cursor, 1);
    const u8 *at = cursor_take(cursor, length);
    if (at) memcpy(name, at, length);
    name[at ? length : 0] = 0;
}

/* ---- sections ---- */
static const char *const section_names[SECTIONS] = { "machine", "disks", "state" };
enum { SECTION_VERSION = 1 };

static bool section_read(struct cursor *head, struct cursor section[SECTIONS], struct error *why)
{
    char name[256];
    unsigned i = 0;
    cursor_name(head, name);
    u64 version = cursor_number(head, 4), length = cursor_number(head, 8);
    const u8 *at = cursor_take(head, length);
    if (!at) return error_set(why, "it is cut off or damaged; save it again");
    while (i < SECTIONS && strcmp(name, section_names[i]) != 0) i++;
    if (i == SECTIONS)
        return error_set(why, "it has a section '%.64s' that this trap86 does not know; load it with the trap86 that saved "
                         "it", name);
    if (version > SECTION_VERSION)
        return error_set(why, "its section '%s' is of version %u, and this trap86 knows up to %d; load it with the trap86 "
                         "that saved it", name, (unsigned)version, SECTION_VERSION);
    section[i] = (struct cursor){ at, length, true };
    return true;
}

bool head_read(const u8 *bytes, size_t length, struct cursor section[SECTIONS], struct error *why)
{
    struct cursor head = { bytes, length, true };
    for (unsigned i = 0; i < SECTIONS; i++) section[i] = (struct cursor){ NULL, 0, false };
    while (head.left)
        if (!section_read(&head, section, why)) return false;
    for (unsigned i = 0; i < SECTIONS; i++)
        if (!section[i].whole) return error_set(why, "it has no section '%s'; save it again", section_names[i]);
    return true;
}

bool head_section(struct bytes *head, enum section which, const struct bytes *section)
{
    size_t length = strlen(section_names[which]);
    bytes_number(head, length, 1);
    bytes_put(head, section_names[which], length);
    bytes_number(head, SECTION_VERSION, 4);
    bytes_number(head, section->used, 8);
    bytes_put(head, section->at, section->used);
    return !section->failed && !head->failed;
}
