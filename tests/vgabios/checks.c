/* The parts one after the other, and the sum (checks.h). */
#include "tests/vgabios/checks.h"

static unsigned passed, failed;

void expect(const char *what, u32 got, u32 wanted)
{
    if (got == wanted) {
        passed++;
        return;
    }
    failed++;
    report("FAIL %s: %x, not %x\n", what, got, wanted);
}

void buffer_video(u16 ax, u16 bx, u16 cx, u16 dx, struct registers *after)
{
    struct registers r = { .eax = ax, .ebx = bx, .ecx = cx, .edx = dx, .es = BUFFER };
    call_interrupt(&r, 0x10);
    if (after) *after = r;
}

u8 pixel(u16 x, u16 y)
{
    struct registers r;
    video(0x0D00, 0, x, y, &r);
    return r.al;
}

void program(void)
{
    video(3, 0, 0, 0, NULL);
    check_text();
    check_graphics();
    check_palette();
    check_fonts();
    check_info();
    check_vbe();
    check_nonsense();
    video(3, 0, 0, 0, NULL);
    report("%u passed, %u failed\n", passed, failed);
    finish(failed != 0);
}
