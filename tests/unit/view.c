/* frontend/view: where a picture lies in a window. */
#include "frontend/view.h"
#include <check.h>

static const struct {
    struct view        view;
    unsigned           width, height;
    bool               vga;
    unsigned           window_width, window_height;
    struct screen_rect place;
} places[] = {
    { { false, false, false }, 720, 400, true, 720, 540, { 0, 0, 720, 540 } },
    { { false, false, true }, 720, 400, true, 720, 540, { 0, 70, 720, 400 } },
    { { false, false, false }, 640, 480, true, 1920, 1080, { 240, 0, 1440, 1080 } },
    { { false, false, false }, 1280, 1024, false, 1280, 1100, { 0, 38, 1280, 1024 } },
    { { false, false, false }, 640, 400, true, 640, 200, { 187, 0, 266, 200 } },
    /* Whole: 2 x 3 host's dots for each of 640 x 400 come nearest to 4:3 */
    { { false, true, false }, 640, 400, true, 1300, 1250, { 10, 25, 1280, 1200 } },
    { { false, true, true }, 640, 480, false, 2000, 1500, { 40, 30, 1920, 1440 } },
    { { false, true, false }, 640, 480, true, 1279, 959, { 319, 239, 640, 480 } },
    /* Twice as high alone would be no shape. */
    { { false, true, true }, 480, 320, false, 900, 700, { 210, 190, 480, 320 } },
    { { false, true, false }, 720, 400, true, 1600, 900, { 80, 50, 1440, 800 } },
    { { false, true, false }, 720, 400, true, 1600, 1300, { 80, 50, 1440, 1200 } },
    /* A window too small for it shows it smaller all the same. */
    { { false, true, true }, 640, 480, false, 320, 480, { 0, 120, 320, 240 } },
    { { false, false, false }, 640, 480, false, 1, 1, { 0, 0, 1, 1 } },
};

START_TEST(pictures_keep_their_shape)
{
    const __typeof__(places[0]) *p = &places[_i];
    struct screen_rect got = view_place(&p->view, p->width, p->height, p->vga, p->window_width, p->window_height);
    ck_assert_msg(got.x == p->place.x && got.y == p->place.y && got.width == p->place.width && got.height == p->place.height,
                  "row %d: %u,%u %ux%u", _i, got.x, got.y, got.width, got.height);
}
END_TEST

START_TEST(no_window_is_too_small)
{
    struct view view = { .whole = true };
    for (unsigned width = 0; width < 50; width++) {
        struct screen_rect got = view_place(&view, 720, 400, true, width, 50 - width);
        ck_assert(got.width >= 1 && got.height >= 1 && got.width <= MAX(width, 1u) && got.height <= MAX(50 - width, 1u));
    }
}
END_TEST

START_TEST(windows_are_large_enough)
{
    unsigned wide, high;
    view_natural(&(struct view){ .square = false }, 720, 400, true, &wide, &high);
    ck_assert(wide == 720 && high == 540);
    view_natural(&(struct view){ .square = false }, 320, 400, true, &wide, &high);
    ck_assert(wide == 533 && high == 400);
    view_natural(&(struct view){ .square = false }, 1024, 768, false, &wide, &high);
    ck_assert(wide == 1024 && high == 768);
}
END_TEST

Suite *view_suite(void)
{
    Suite *suite = suite_create("view");
    TCase *tests = tcase_create("view");
    tcase_add_loop_test(tests, pictures_keep_their_shape, 0, ARRAY_LEN(places));
    tcase_add_test(tests, no_window_is_too_small);
    tcase_add_test(tests, windows_are_large_enough);
    suite_add_tcase(suite, tests);
    return suite;
}
