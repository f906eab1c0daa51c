/* The case file: states and memory as differences (the initial from a fixed default, the final from the initial).
 *
 * A difference is a list of { u16 offset, u16 length, bytes } that ends with a length of 0. All little-endian.
 * Also the segments and the default state that recorder and player must agree on. */
#include "tests/silicon/silicon.h"
#include "tests/silicon/names.h"
#include <string.h>

static const char file_magic[8] = "T86SIL1";

const struct silicon_segment silicon_ldt[SILICON_LDT_ENTRIES] = {
    { 0,                    0xfffff, 0, true,  true,  true,  true },    /* SEL_FLAT */
    { CODE_LINEAR,          0x00fff, 2, true,  true,  false, true },    /* SEL_CODE32 */
    { CODE_LINEAR,          0x0ffff, 2, true,  false, false, true },    /* SEL_CODE16 */
    { DATA_LINEAR,          0x0ffff, 0, true,  false, false, true },    /* SEL_DATA16 */
    { DATA_LINEAR,          0x007ff, 0, true,  true,  false, true },    /* SEL_DATA_SMALL */
    { DATA_LINEAR,          0x00fff, 0, false, true,  false, true },    /* SEL_DATA_RO */
    { DATA_LINEAR,          0x00fff, 1, true,  true,  false, true },    /* SEL_DOWN32 */
    { DATA_LINEAR,          0x00fff, 1, true,  false, false, true },    /* SEL_DOWN16 */
    { DATA_LINEAR,          0x00fff, 0, true,  true,  false, false },   /* SEL_DATA_ABSENT */
    { CODE_LINEAR,          0x00fff, 2, true,  true,  false, false },   /* SEL_CODE_ABSENT */
    { 0,                    0xfffff, 2, false, true,  true,  true },    /* SEL_CODE_XONLY */
    { STACK_LINEAR,         0x0ffff, 0, true,  false, false, true },    /* SEL_STACK16 */
    { CODE_LINEAR,          0x00fff, 2, false, false, false, true },    /* SEL_CODE16_XONLY */
    { DATA_LINEAR + 0x800,  0x00000, 0, true,  true,  true,  true },    /* SEL_DATA_PAGED */
    { 0 },                                                              /* SEL_EMPTY */
    { CODE_LINEAR,          0x00fff, 3, true,  true,  false, false },   /* SEL_CONFORMING */
};

u64 silicon_descriptor(const struct silicon_segment *s)
{
    static const struct silicon_segment empty;
    if (!memcmp(s, &empty, sizeof(empty))) return 0;
    u32 low = (s->base << 16) | (s->limit & 0xffff);
    u32 type = 0x10 | (u32)s->contents << 2 | (u32)s->rw << 1 | 1;      /* S, accessed */
    u32 high = (s->base & 0xff000000) | ((s->base >> 16) & 0xff) | (s->limit & 0xf0000) | type << 8 | 3u << 13
             | (u32)s->present << 15 | (u32)s->big << 22 | (u32)s->pages << 23;
    return (u64)high << 32 | low;
}

u64 silicon_gdt_entry(unsigned index)
{
    static const struct silicon_segment code = { 0, 0xfffff, 2, true, true, true, true };
    static const struct silicon_segment data = { 0, 0xfffff, 0, true, true, true, true };
    const u64 dpl = 3ull << 45;
    switch (index) {
    case 1: case 2: return silicon_descriptor(&code) & ~dpl;        /* the kernel's, which user code may not load */
    case 3:         return silicon_descriptor(&data) & ~dpl;
    case SEL_CODE_FLAT >> 3: return silicon_descriptor(&code);
    case SEL_DATA_FLAT >> 3: return silicon_descriptor(&data);
    default: return 0;
    }
}

u32 silicon_base(u16 selector)
{
    return (selector & 4) && selector >> 3 < SILICON_LDT_ENTRIES ? silicon_ldt[selector >> 3].base : 0;
}

int silicon_image_offset(u32 linear)
{
    if (linear - DATA_LINEAR < DATA_SIZE) return (int)(linear - DATA_LINEAR);
    if (linear - STACK_LINEAR < STACK_SIZE) return (int)(linear - STACK_LINEAR) + DATA_SIZE;
    if (linear - STACK_HIGH_LINEAR < STACK_SIZE) return (int)(linear - STACK_HIGH_LINEAR) + DATA_SIZE + STACK_SIZE;
    return -1;
}

void silicon_default(struct silicon_state *state, u8 memory[IMAGE_SIZE])
{
    memset(state, 0, sizeof(*state));
    state->eflags = FLAG_IF | 2;
    for (unsigned i = 0; i < 6; i++) state->seg[i] = i == CS ? SEL_CODE_FLAT : SEL_DATA_FLAT;
    state->fcw = 0x37f;
    state->mxcsr = 0x1f80;
    for (unsigned i = 0; i < 8; i++)
        for (unsigned k = 0; k < 16; k++) state->xmm[i][k] = (u8)(i * 0x11 + k * 7);
    for (u32 i = 0; i < IMAGE_SIZE; i++) memory[i] = (u8)((i * 0x9e3779b1u) >> 21);
}

bool silicon_write_header(FILE *file, u32 count)
{
    return fwrite(file_magic, 8, 1, file) == 1 && fwrite(&count, 4, 1, file) == 1;
}

u32 silicon_read_header(FILE *file)
{
    char magic[8];
    u32 count;
    if (fread(magic, 8, 1, file) != 1 || memcmp(magic, file_magic, 8) || fread(&count, 4, 1, file) != 1) return 0;
    return count;
}

/* Runs closer than the 4 bytes of a run's head are joined. */
static void write_difference(FILE *file, const void *from, const void *to, u32 size)
{
    const u8 *a = from, *b = to;
    u16 run[2] = { 0, 0 };
    for (u32 i = 0; i < size;) {
        if (a[i] == b[i]) { i++; continue; }
        u32 end = i + 1;
        for (u32 k = end; k < size && k < end + 4; k++)
            if (a[k] != b[k]) end = k + 1;
        run[0] = (u16)i;
        run[1] = (u16)(end - i);
        fwrite(run, 4, 1, file);
        fwrite(b + i, end - i, 1, file);
        i = end;
    }
    run[0] = run[1] = 0;
    fwrite(run, 4, 1, file);
}

static bool read_difference(FILE *file, void *to, u32 size)
{
    u16 run[2];
    for (;;) {
        if (fread(run, 4, 1, file) != 1) return false;
        if (run[1] == 0) return true;
        if ((u32)run[0] + run[1] > size || fread((u8 *)to + run[0], run[1], 1, file) != 1) return false;
    }
}

bool silicon_write_case(FILE *file, const struct silicon_case *c)
{
    struct silicon_state state;
    u8 memory[IMAGE_SIZE];
    silicon_default(&state, memory);
    fwrite(&c->head, sizeof(c->head), 1, file);
    write_difference(file, &state, &c->before, sizeof(state));
    write_difference(file, &c->before, &c->after, sizeof(state));
    write_difference(file, memory, c->memory_before, IMAGE_SIZE);
    write_difference(file, c->memory_before, c->memory_after, IMAGE_SIZE);
    return !ferror(file);
}

bool silicon_read_case(FILE *file, struct silicon_case *c)
{
    silicon_default(&c->before, c->memory_before);
    if (fread(&c->head, sizeof(c->head), 1, file) != 1 || c->head.code_length > sizeof(c->head.code)) return false;
    c->head.name[sizeof(c->head.name) - 1] = 0;
    if (!read_difference(file, &c->before, sizeof(c->before))) return false;
    c->after = c->before;
    if (!read_difference(file, &c->after, sizeof(c->after))) return false;
    if (!read_difference(file, c->memory_before, IMAGE_SIZE)) return false;
    memcpy(c->memory_after, c->memory_before, IMAGE_SIZE);
    return read_difference(file, c->memory_after, IMAGE_SIZE);
}
