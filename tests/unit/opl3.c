/* The FM synthesizer without a CPU: frequencies by zero crossings, envelopes, timers. */
#include "devices/opl3.h"
#include "tests/unit/audio_board.h"

struct setup { struct audio_board a; struct opl3 opl; };

static void start(struct setup *s)
{
    memset(s, 0, sizeof *s);
    audio_board_init(&s->a);
    s->opl.audio = &s->a.audio;
    chip_start(&s->a.b, &s->opl.dev, &opl3_class, "opl3");
}

static void reg(struct setup *s, u16 index, u8 value)
{
    u16 port = index >= 0x100 ? 0x38A : 0x388;
    out8(&s->a.b, port, (u8)index);
    out8(&s->a.b, port + 1, value);
}

/* Operator 2 of channel 0 alone: a sine, at once, that holds until the key goes. */
static void tone(struct setup *s, u16 fnum, u8 block, u8 wave)
{
    reg(s, 0x01, 0x20);
    reg(s, 0x20, 0x01), reg(s, 0x40, 0x3F), reg(s, 0x60, 0xF0), reg(s, 0x80, 0x0F);
    reg(s, 0x23, 0x21), reg(s, 0x43, 0x00), reg(s, 0x63, 0xF0), reg(s, 0x83, 0x0F);
    reg(s, 0xE3, wave);
    reg(s, 0xC0, 0x31);
    reg(s, 0xA0, (u8)fnum);
    reg(s, 0xB0, (u8)(0x20 | block << 2 | fnum >> 8));
}

static unsigned crossings(const struct setup *s, unsigned from, int side)
{
    unsigned n = 0;
    for (unsigned i = from + 1; i < s->a.heard.frames; i++)
        n += s->a.heard.frame[i - 1][side] < 0 && s->a.heard.frame[i][side] >= 0;
    return n;
}

static int loudest(const struct setup *s, unsigned from)
{
    int most = 0;
    for (unsigned i = from; i < s->a.heard.frames; i++) most = MAX(most, abs(s->a.heard.frame[i][0]));
    return most;
}

START_TEST(tone_of_440_hz)
{
    struct setup s;
    start(&s);
    tone(&s, 580, 4, 0);                                      /* 580 * 49716 / 2^16 = 440.0 */
    run_ns(&s.a.b, 1000000000);
    ck_assert_uint_ge(crossings(&s, 0, 0), 439);
    ck_assert_uint_le(crossings(&s, 0, 0), 441);
    ck_assert_int_ge(loudest(&s, 0), 4000);
    ck_assert_int_le(loudest(&s, 0), 4200);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(release_ends_it)
{
    struct setup s;
    start(&s);
    tone(&s, 580, 4, 0);
    run_ns(&s.a.b, 100000000);
    reg(&s, 0x83, 0x06);
    reg(&s, 0xB0, 0x12);
    run_ns(&s.a.b, 20000000);
    unsigned then = s.a.heard.frames;
    ck_assert_int_gt(loudest(&s, then - 200), 100);
    ck_assert_int_lt(loudest(&s, then - 200), 4000);
    run_ns(&s.a.b, 2000000000);
    ck_assert_int_eq(loudest(&s, s.a.heard.frames - 1000), 0);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(attenuation_of_6_db_is_half)
{
    struct setup s;
    start(&s);
    tone(&s, 580, 4, 0);
    reg(&s, 0x43, 0x08);
    run_ns(&s.a.b, 100000000);
    ck_assert_int_ge(loudest(&s, 1000), 2000);
    ck_assert_int_le(loudest(&s, 1000), 2090);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(decays_to_its_sustain_level)
{
    struct setup s;
    start(&s);
    tone(&s, 580, 4, 0);
    reg(&s, 0xB0, 0);
    reg(&s, 0x63, 0xF8);
    reg(&s, 0x83, 0x4F);                                      /* 12 dB down */
    run_ns(&s.a.b, 50000000);
    reg(&s, 0xB0, 0x32);
    run_ns(&s.a.b, 5000000);
    audio_sync(&s.a.audio);
    ck_assert_int_gt(loudest(&s, s.a.heard.frames - 150), 3000);
    run_ns(&s.a.b, 500000000);
    ck_assert_int_ge(loudest(&s, s.a.heard.frames - 1000), 1000);
    ck_assert_int_le(loudest(&s, s.a.heard.frames - 1000), 1045);
    finish_audio_board(&s.a);
}
END_TEST

/* In additive connection with all but the first operator silent, and in series with the last one silent. */
START_TEST(four_operators)
{
    static const struct { u8 a, b; bool heard; } cases[] = {
        { 0, 0, false }, { 1, 0, true }, { 0, 1, false }, { 1, 1, true },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct setup s;
        start(&s);
        reg(&s, 0x105, 1);
        reg(&s, 0x104, 1);
        static const u8 ops[] = { 0x00, 0x03, 0x08, 0x0B };
        for (unsigned op = 0; op < 4; op++) {
            reg(&s, 0x20 + ops[op], 0x21), reg(&s, 0x40 + ops[op], op ? 0x3F : 0), reg(&s, 0x60 + ops[op], 0xF0);
            reg(&s, 0x80 + ops[op], 0x0F);
        }
        reg(&s, 0xC0, 0x30 | cases[i].a), reg(&s, 0xC3, 0x30 | cases[i].b);
        reg(&s, 0xA0, 0x44), reg(&s, 0xB0, 0x32);
        run_ns(&s.a.b, 100000000);
        ck_assert_msg((loudest(&s, 1000) > 3000) == cases[i].heard, "connection %u: %d", i, loudest(&s, 1000));
        finish_audio_board(&s.a);
    }
}
END_TEST

START_TEST(drums_sound)
{
    for (u8 drum = 0; drum < 5; drum++) {
        static const u8 ops[] = { 0x11, 0x15, 0x12, 0x14, 0x13 };
        struct setup s;
        start(&s);
        reg(&s, 0x20 + ops[drum], 0x21), reg(&s, 0x40 + ops[drum], 0), reg(&s, 0x60 + ops[drum], 0xF0);
        reg(&s, 0x80 + ops[drum], 0x0F), reg(&s, 0x50, 0x3F);
        for (u8 channel = 6; channel < 9; channel++) reg(&s, 0xA0 + channel, 0x44), reg(&s, 0xB0 + channel, 0x12);
        reg(&s, 0xBD, (u8)(0x20 | 1 << drum));
        run_ns(&s.a.b, 100000000);
        ck_assert_msg(loudest(&s, 100) > 3000, "drum %u: %d", drum, loudest(&s, 100));
        finish_audio_board(&s.a);
    }
}
END_TEST

START_TEST(waves_have_their_shape)
{
    static const struct { u8 wave; bool below; } shapes[] = {
        { 0, true }, { 1, false }, { 2, false }, { 3, false }, { 4, true }, { 5, false }, { 6, true }, { 7, true },
    };
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        struct setup s;
        start(&s);
        reg(&s, 0x105, 1);
        tone(&s, 580, 2, shapes[i].wave);
        run_ns(&s.a.b, 100000000);
        bool below = false;
        for (unsigned f = 1000; f < s.a.heard.frames; f++) below |= s.a.heard.frame[f][0] < -100;
        ck_assert_msg(below == shapes[i].below, "wave %u", i);
        ck_assert_int_ge(loudest(&s, 1000), 4000);
        finish_audio_board(&s.a);
    }
}
END_TEST

START_TEST(sides_and_the_second_bank)
{
    struct setup s;
    start(&s);
    reg(&s, 0x105, 1);
    reg(&s, 0x123, 0x21), reg(&s, 0x143, 0x00), reg(&s, 0x163, 0xF0), reg(&s, 0x183, 0x0F), reg(&s, 0x140, 0x3F);
    reg(&s, 0x1C0, 0x21);
    reg(&s, 0x1A0, 0x44), reg(&s, 0x1B0, 0x32);
    run_ns(&s.a.b, 100000000);
    ck_assert_int_eq(loudest(&s, 0), 0);
    ck_assert_uint_ge(crossings(&s, 0, 1), 43);
    ck_assert_uint_le(crossings(&s, 0, 1), 45);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(timers_as_an_adlib_is_found_by)
{
    struct setup s;
    start(&s);
    reg(&s, 4, 0x60);
    reg(&s, 4, 0x80);
    ck_assert_uint_eq(in8(&s.a.b, 0x388), 0);
    reg(&s, 2, 0xFF);
    reg(&s, 4, 0x21);
    run_ns(&s.a.b, 79000);
    ck_assert_uint_eq(in8(&s.a.b, 0x388), 0);
    run_ns(&s.a.b, 2000);
    ck_assert_uint_eq(in8(&s.a.b, 0x388), 0xC0);
    reg(&s, 4, 0x60);
    reg(&s, 4, 0x80);
    ck_assert_uint_eq(in8(&s.a.b, 0x388), 0);
    reg(&s, 3, 0xFE);
    reg(&s, 4, 0x42);
    run_ns(&s.a.b, 641000);
    ck_assert_uint_eq(in8(&s.a.b, 0x388), 0xA0);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(saves_loads_and_survives)
{
    struct setup s, t;
    start(&s);
    start(&t);
    tone(&s, 580, 4, 0);
    run_ns(&s.a.b, 3000000);
    check_save_load(&s.opl.dev, &t.opl.dev);
    opl3_class.restored(&t.opl.dev);
    finish_audio_board(&t.a);
    hostile_guest(&s.a.b, 0x388, 4, 50);
    s.a.heard.frames = 0;
    run_ns(&s.a.b, 100000000);
    finish_audio_board(&s.a);
}
END_TEST

Suite *opl3_suite(void)
{
    const TTest *const tests[] = {
        tone_of_440_hz, release_ends_it, attenuation_of_6_db_is_half, decays_to_its_sustain_level,
        four_operators, drums_sound, waves_have_their_shape, sides_and_the_second_bank,
        timers_as_an_adlib_is_found_by, saves_loads_and_survives,
    };
    return suite_of("opl3", tests, ARRAY_LEN(tests));
}
