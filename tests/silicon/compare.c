/* Compares what a processor made of a case with the recording: all but the undefined flags, the parts of memory that
 * are to be ignored, the contents of empty x87 registers, and the last bits of transcendental results. */
#include "tests/silicon/compare.h"
#include "tests/silicon/names.h"
#include <stdarg.h>
#include <string.h>

enum { LOOSE_ULP = 2, PF_FETCH = 0x10 };

struct report { char *text; size_t size, used; };

__attribute__((format(printf, 2, 3))) static void differ(struct report *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (r->used < r->size) {
        int n = vsnprintf(r->text + r->used, r->size - r->used, format, args);
        r->used = n < 0 ? r->size : r->used + (size_t)n;
    }
    va_end(args);
}

static void compare_value(struct report *r, const char *name, u32 want, u32 got, u32 mask)
{
    if ((want ^ got) & mask) differ(r, " %s %x not %x", name, got & mask, want & mask);
}

static void compare_exception(struct report *r, const struct silicon_case *want, const struct silicon_case *got)
{
    if (want->head.vector != got->head.vector) {
        if (got->head.vector == NO_VECTOR) differ(r, " no exception, not #%u", want->head.vector);
        else if (want->head.vector == NO_VECTOR) differ(r, " #%u(%x), not none", got->head.vector, got->head.error);
        else differ(r, " #%u not #%u", got->head.vector, want->head.vector);
    }
    compare_value(r, "error", want->head.error, got->head.error, want->head.vector == 14 ? ~(u32)PF_FETCH : ~0u);
    compare_value(r, "cr2", want->head.cr2, got->head.cr2, ~0u);
}

static void compare_integer(struct report *r, const struct silicon_case *want, const struct silicon_case *got)
{
    static const char *const gpr_names[8] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
    static const char *const seg_names[6] = { "es", "cs", "ss", "ds", "fs", "gs" };
    for (unsigned i = 0; i < 8; i++) compare_value(r, gpr_names[i], want->after.gpr[i], got->after.gpr[i], ~0u);
    for (unsigned i = 0; i < 6; i++) compare_value(r, seg_names[i], want->after.seg[i], got->after.seg[i], 0xffff);
    compare_value(r, "eip", want->after.eip, got->after.eip, ~0u);
    compare_value(r, "eflags", want->after.eflags, got->after.eflags, want->head.eflags_mask & ~(u32)FLAG_RF);
}

/* Distance in units in the last place, for normal numbers of one sign and nearly one exponent. */
static u64 ulps_between(const u8 *a, const u8 *b)
{
    u64 x, y;
    u16 ex, ey;
    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    memcpy(&ex, a + 8, 2);
    memcpy(&ey, b + 8, 2);
    if (ex == ey) return x > y ? x - y : y - x;
    if (ex == ey + 1) return 2 * x - y;             /* x is just above, y just below, a power of two */
    if (ey == ex + 1) return 2 * y - x;
    return UINT64_MAX;
}

static void compare_fpu(struct report *r, const struct silicon_case *want, const struct silicon_case *got)
{
    const struct silicon_state *w = &want->after, *g = &got->after;
    compare_value(r, "fcw", w->fcw, g->fcw, 0xffff);
    compare_value(r, "fsw", w->fsw, g->fsw, want->head.fsw_mask ? want->head.fsw_mask : 0xffff);
    compare_value(r, "ftw", w->ftw, g->ftw, 0xff);
    compare_value(r, "mxcsr", w->mxcsr, g->mxcsr, ~0u);
    for (unsigned i = 0; i < 8; i++) {
        bool empty = !(w->ftw >> ((w->fsw >> 11) + i) % 8 & 1);
        bool close = (want->head.flags & CASE_LOOSE) && ulps_between(w->st[i], g->st[i]) <= LOOSE_ULP;
        u64 ws, gs;
        u16 we, ge;
        memcpy(&ws, w->st[i], 8);
        memcpy(&gs, g->st[i], 8);
        memcpy(&we, w->st[i] + 8, 2);
        memcpy(&ge, g->st[i] + 8, 2);
        if (!empty && !close && (ws != gs || we != ge))
            differ(r, " st%u %04x:%016llx not %04x:%016llx", i, ge, (unsigned long long)gs, we, (unsigned long long)ws);
        if (memcmp(w->xmm[i], g->xmm[i], 16)) differ(r, " xmm%u", i);
    }
}

static bool is_ignored(const struct silicon_case *c, u32 offset)
{
    for (unsigned i = 0; i < ARRAY_LEN(c->head.ignore); i++)
        if (offset - c->head.ignore[i].offset < c->head.ignore[i].length) return true;
    return false;
}

static void compare_memory(struct report *r, const struct silicon_case *want, const struct silicon_case *got)
{
    unsigned shown = 0;
    if (!memcmp(want->memory_after, got->memory_after, IMAGE_SIZE)) return;
    for (u32 i = 0; i < IMAGE_SIZE; i++)
        if (want->memory_after[i] != got->memory_after[i] && !is_ignored(want, i) && shown++ < 4)
            differ(r, " memory+%x %02x not %02x", i, got->memory_after[i], want->memory_after[i]);
}

bool silicon_compare(const struct silicon_case *want, const struct silicon_case *got, char *text, size_t size)
{
    struct report r = { text, size, 0 };
    text[0] = 0;
    compare_exception(&r, want, got);
    compare_integer(&r, want, got);
    compare_fpu(&r, want, got);
    compare_memory(&r, want, got);
    return r.used == 0;
}
