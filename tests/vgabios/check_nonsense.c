/* Services called with registers of no meaning: each comes back, with the registers that are not results as they were,
 * and writes nowhere but where it was told to. */
#include "tests/vgabios/checks.h"

enum { CALLS = 20000, CANARY = 0x6000, CANARY_END = 0x9000, PATTERN = 0x5AC3F00F };

static u32 next(u32 *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Restoring a state from nonsense is not asked for: it would do what it says. */
static bool harmless(const struct registers *r)
{
    if (r->ah == 0x1C) return r->al != 2;
    return r->ax != 0x4F04 || r->dl != 2;
}

static void call(u32 *seed)
{
    static const u8 functions[] = { 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 26, 27, 28, 79, 79 };
    struct registers r = { .ebx = next(seed), .ecx = next(seed), .edx = next(seed), .esi = 0x1234, .es = BUFFER };
    r.eax = (u32)functions[next(seed) % sizeof functions] << 8 | (next(seed) & (next(seed) & 1 ? 0x1F : 0xFF));
    r.ebp = next(seed) & 0x3FFF;
    r.edi = next(seed) & 0x3FFF;
    if (r.ah != 12 && r.ah != 13) r.ch &= next(seed) & 0x1F ? 0 : 3;
    if (!harmless(&r)) return;
    struct registers before = r;
    call_interrupt(&r, 0x10);
    if (r.esi != before.esi) expect("SI stays", r.esi, before.esi);
    if (r.es != BUFFER && before.ah != 0x11 && before.ah != 0x4F) expect("ES stays", r.es, BUFFER);
}

static bool canaries_live(void)
{
    for (u16 segment = CANARY; segment < CANARY_END; segment += 0x100)
        for (u16 at = 0; at < 0x1000; at += 4)
            if (far_read32(segment, at) != PATTERN) return false;
    return true;
}

void check_nonsense(void)
{
    u32 seed = 86;
    for (u16 segment = CANARY; segment < CANARY_END; segment += 0x100)
        for (u16 at = 0; at < 0x1000; at += 4) far_write32(segment, at, PATTERN);
    for (unsigned i = 0; i < CALLS; i++) call(&seed);
    expect("memory between stays", canaries_live(), true);
    video(3, 0, 0, 0, NULL);
    video(0x0E41, 7, 0, 0, NULL);
    expect("a mode set mends everything", cell(0, 0), 0x0741);
}
