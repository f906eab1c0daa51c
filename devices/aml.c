/* The writer of AML (devices/aml.h), after the Advanced Configuration and Power Interface Specification 1.0b, chapter 15
 * ("ACPI Machine Language"), and its chapter 6.4 for resource descriptors (extended interrupts: 2.0). */
#include "devices/aml.h"
#include <string.h>

void aml_put(struct aml *aml, const void *bytes, u32 length)
{
    aml->full |= length > AML_ROOM - aml->used;
    if (aml->full) return;
    memcpy(aml->bytes + aml->used, bytes, length);
    aml->used += length;
}

void aml_u8(struct aml *aml, u8 value) { aml_put(aml, &value, 1); }
void aml_u16(struct aml *aml, u16 value) { aml_put(aml, &value, 2); }
void aml_u32(struct aml *aml, u32 value) { aml_put(aml, &value, 4); }
void aml_u64(struct aml *aml, u64 value) { aml_put(aml, &value, 8); }

void aml_op(struct aml *aml, unsigned op)
{
    if (op > 0xFF) aml_u8(aml, (u8)(op >> 8));
    aml_u8(aml, (u8)op);
}

void aml_open(struct aml *aml, unsigned op)
{
    aml_op(aml, op);
    aml->full |= aml->depth == AML_DEPTH;
    if (!aml->full) aml->open[aml->depth++] = aml->used;
}

/* The length counts its own bytes: one holds 6 bits, more hold 4 and 8 each. */
void aml_close(struct aml *aml)
{
    if (aml->full) return;
    u32 at = aml->open[--aml->depth], length = aml->used - at;
    unsigned bytes = length + 1 < 64 ? 1 : length + 2 < 1 << 12 ? 2 : 3;
    u8 code[3] = { (u8)(length + 1) };
    if (bytes > 1) {
        length += bytes;
        code[0] = (u8)((bytes - 1) << 6 | (length & 15));
        code[1] = (u8)(length >> 4);
        code[2] = (u8)(length >> 12);
    }
    aml->full = bytes > AML_ROOM - aml->used;
    if (aml->full) return;
    memmove(aml->bytes + at + bytes, aml->bytes + at, aml->used - at);
    memcpy(aml->bytes + at, code, bytes);
    aml->used += bytes;
}

void aml_path(struct aml *aml, const char *path)
{
    enum { DUAL = 0x2E, MULTI = 0x2F };
    unsigned segments = 1;
    if (*path == '\\') aml_u8(aml, (u8)*path++);
    for (const char *p = path; *p; p++) segments += *p == '.';
    if (segments == 2) aml_u8(aml, DUAL);
    if (segments > 2) aml_u8(aml, MULTI), aml_u8(aml, (u8)segments);
    while (*path) {
        size_t length = strcspn(path, ".");
        for (size_t i = 0; i < 4; i++) aml_u8(aml, i < length ? (u8)path[i] : '_');
        path += length + (path[length] == '.');
    }
}

void aml_integer(struct aml *aml, u32 value)
{
    enum { BYTE = 0x0A, WORD = 0x0B, DWORD = 0x0C };
    if (value > 1) aml_u8(aml, value < 0x100 ? BYTE : value < 0x10000 ? WORD : DWORD);
    aml_put(aml, &value, value < 0x100 ? 1 : value < 0x10000 ? 2 : 4);
}

/* Three letters of five bits and four hexadecimal digits, the high byte first. */
void aml_eisa(struct aml *aml, const char *id)
{
    u32 value = (u32)(id[0] - '@') << 26 | (u32)(id[1] - '@') << 21 | (u32)(id[2] - '@') << 16;
    for (unsigned i = 3; i < 7; i++) {
        u32 digit = id[i] <= '9' ? (u32)(id[i] - '0') : (u32)(id[i] - 'A' + 10);
        value |= digit << 4 * (6 - i);
    }
    aml_integer(aml, __builtin_bswap32(value));
}

void aml_scope(struct aml *aml, const char *path)
{
    aml_open(aml, AML_SCOPE);
    aml_path(aml, path);
}

void aml_device(struct aml *aml, const char *path)
{
    aml_open(aml, AML_DEVICE);
    aml_path(aml, path);
}

/* Serialized: methods that make names may not run twice at a time. */
void aml_method(struct aml *aml, const char *path, unsigned arguments)
{
    enum { SERIALIZED = 8 };
    aml_open(aml, AML_METHOD);
    aml_path(aml, path);
    aml_u8(aml, (u8)(arguments | SERIALIZED));
}

void aml_name(struct aml *aml, const char *path)
{
    aml_op(aml, AML_NAME);
    aml_path(aml, path);
}

void aml_name_integer(struct aml *aml, const char *path, u32 value)
{
    aml_name(aml, path);
    aml_integer(aml, value);
}

void aml_name_eisa(struct aml *aml, const char *path, const char *id)
{
    aml_name(aml, path);
    aml_eisa(aml, id);
}

/* ---- resources ---- */
static void resource_put(struct aml_resources *r, const void *bytes, u32 length)
{
    if (length > AML_RESOURCES_ROOM - r->used) return;
    memcpy(r->bytes + r->used, bytes, length);
    r->used += length;
}

void aml_io(struct aml_resources *r, u16 base, u8 count)
{
    u8 low = (u8)base, high = (u8)(base >> 8);
    resource_put(r, (u8[]){ 0x47, 1, low, high, low, high, 1, count }, 8);
}

void aml_irq(struct aml_resources *r, unsigned irq)
{
    u32 mask = 1u << irq;
    resource_put(r, (u8[]){ 0x22, (u8)mask, (u8)(mask >> 8) }, 3);
}

void aml_dma(struct aml_resources *r, unsigned channel)
{
    resource_put(r, (u8[]){ 0x2A, (u8)(1u << channel), channel < 4 ? 0 : 2 }, 3);
}

void aml_memory32(struct aml_resources *r, u32 base, u32 size)
{
    resource_put(r, (u8[]){ 0x86, 9, 0, 1 }, 4);
    resource_put(r, (u32[]){ base, size }, 8);
}

enum { WINDOW_FIXED = 0x0C, WINDOW_IO_ALL = 3, WINDOW_WRITABLE = 1, WINDOW_CACHED = 2 };

void aml_window16(struct aml_resources *r, enum aml_space space, u16 first, u16 last)
{
    resource_put(r, (u8[]){ 0x88, 13, 0, (u8)space, WINDOW_FIXED, space == AML_SPACE_IO ? WINDOW_IO_ALL : 0 }, 6);
    resource_put(r, (u16[]){ 0, first, last, 0, (u16)(last - first + 1) }, 10);
}

void aml_window32(struct aml_resources *r, u32 first, u32 last, bool cached)
{
    u8 flags = WINDOW_WRITABLE | (cached ? WINDOW_CACHED : 0);
    resource_put(r, (u8[]){ 0x87, 23, 0, AML_SPACE_MEMORY, WINDOW_FIXED, flags }, 6);
    resource_put(r, (u32[]){ 0, first, last, 0, last - first + 1 }, 20);
}

void aml_interrupts(struct aml_resources *r, const u32 *irqs, unsigned count)
{
    enum { CONSUMER = 1, SHARED = 8 };
    resource_put(r, (u8[]){ 0x89, (u8)(2 + 4 * count), 0, CONSUMER | SHARED, (u8)count }, 5);
    resource_put(r, irqs, 4 * count);
}

void aml_resources(struct aml *aml, const struct aml_resources *r)
{
    aml_open(aml, AML_BUFFER);
    aml_integer(aml, r->used + 2);
    aml_put(aml, r->bytes, r->used);
    aml_u16(aml, 0x0079);                /* the end, and a checksum that is not used */
    aml_close(aml);
}
