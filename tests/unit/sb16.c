/* The Sound Blaster without a CPU: commands and answers, and what is heard of a buffer in memory, sample by sample. */
#include "devices/sb16_parts.h"
#include "tests/unit/audio_board.h"

struct setup { struct audio_board a; struct i8237 dma; struct opl3 fm; struct sb16 sb; struct probe irq; };

static void dsp(struct setup *s, u8 byte)
{
    ck_assert(!(in8(&s->a.b, 0x22C) & 0x80));
    out8(&s->a.b, 0x22C, byte);
}
#define DSP(s, ...) do { \
        const u8 bytes[] = { __VA_ARGS__ }; \
        for (unsigned i_ = 0; i_ < sizeof bytes; i_++) dsp(s, bytes[i_]); \
    } while (0)

static u8 answer(struct setup *s)
{
    ck_assert(in8(&s->a.b, 0x22E) & 0x80);
    return in8(&s->a.b, 0x22A);
}

static void mixer(struct setup *s, u8 index, u8 value)
{
    out8(&s->a.b, 0x224, index);
    out8(&s->a.b, 0x225, value);
}

static u8 mixer_at(struct setup *s, u8 index)
{
    out8(&s->a.b, 0x224, index);
    return in8(&s->a.b, 0x225);
}

static void start(struct setup *s)
{
    memset(s, 0, sizeof *s);
    audio_board_init(&s->a);
    chip_start(&s->a.b, &s->dma.dev, &i8237_class, "dma");
    s->fm.audio = s->sb.audio = &s->a.audio;
    chip_start(&s->a.b, &s->fm.dev, &opl3_class, "opl3");
    s->sb.dma = &s->dma;
    s->sb.fm = &s->fm;
    s->irq.board = &s->a.b;
    line_connect(&s->sb.irq[1], probe_set, &s->irq, 0);
    chip_start(&s->a.b, &s->sb.dev, &sb16_class, "sb16");
    out8(&s->a.b, 0xD6, 0xC0);
    out8(&s->a.b, 0xD4, 0x00);
    out8(&s->a.b, 0x226, 1);
    out8(&s->a.b, 0x226, 0);
    ck_assert_uint_eq(answer(s), 0xAA);
    for (u8 i = 0x30; i <= 0x33; i++) mixer(s, i, 0xF8);
}

static void dma_program(struct setup *s, unsigned channel, u8 mode, u32 address, u32 count)
{
    struct chip_board *b = &s->a.b;
    bool wide = channel >= 4;
    u16 base = wide ? 0xC0 : 0, step = wide ? 2 : 1, c = channel & 3;
    u32 at = wide ? address >> 1 : address;
    out8(b, base + 12 * step, 0);
    out8(b, base + 11 * step, (u8)(mode | c));
    out8(b, base + 2 * c * step, (u8)at), out8(b, base + 2 * c * step, (u8)(at >> 8));
    out8(b, base + (2 * c + 1) * step, (u8)(count - 1)), out8(b, base + (2 * c + 1) * step, (u8)((count - 1) >> 8));
    out8(b, wide ? 0x8B : 0x83, (u8)(address >> 16));
    out8(b, base + 10 * step, (u8)c);
}

START_TEST(says_who_it_is)
{
    struct setup s;
    start(&s);
    DSP(&s, 0xE1);
    ck_assert_uint_eq(answer(&s), 4);
    ck_assert_uint_eq(answer(&s), 5);
    DSP(&s, 0xE0, 0x5A);
    ck_assert_uint_eq(answer(&s), 0xA5);
    DSP(&s, 0xE4, 0x77, 0xE8);
    ck_assert_uint_eq(answer(&s), 0x77);
    DSP(&s, 0xE3);
    static const char text[] = "COPYRIGHT (C) CREATIVE TECHNOLOGY LTD, 1992.";
    for (unsigned i = 0; i < sizeof text; i++) ck_assert_int_eq(answer(&s), text[i]);
    DSP(&s, 0xD8);
    ck_assert_uint_eq(answer(&s), 0);
    DSP(&s, 0xD1, 0xD8);
    ck_assert_uint_eq(answer(&s), 0xFF);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(words_are_heard_exactly)
{
    struct setup s;
    start(&s);
    for (int i = 0; i < 200; i++) memory_store(&s.a.memory, 0x20000 + 4 * i, (u32)(u16)(100 * i) | (u32)(u16)(-7 * i) << 16, 4);
    dma_program(&s, 5, 0x48, 0x20000, 400);
    s.sb.rate = 48000;                                        /* past the DSP's own 45000, so that samples are frames */
    DSP(&s, 0xB0, 0x30, 0x8F, 0x01);
    run_to(&s.a.b, 199 * 1000);
    ck_assert_uint_eq(s.irq.rises, 0);
    run_to(&s.a.b, 201 * 1000);
    ck_assert_uint_eq(s.irq.rises, 1);
    ck_assert_uint_eq(mixer_at(&s, 0x82) & 7, 2);
    in8(&s.a.b, 0x22F);
    ck_assert(!s.irq.level);
    audio_sync(&s.a.audio);
    for (int i = 1; i < 200; i++) {
        ck_assert_int_eq(s.a.heard.frame[i][0], 100 * (i - 1));
        ck_assert_int_eq(s.a.heard.frame[i][1], -7 * (i - 1));
    }
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(bytes_go_round_until_told_to_leave)
{
    struct setup s;
    start(&s);
    for (u32 i = 0; i < 64; i++) memory_store(&s.a.memory, 0x5000 + i, i < 32 ? 0xFF : 0x01, 1);
    dma_program(&s, 1, 0x58, 0x5000, 64);
    DSP(&s, 0x40, 156, 0x48, 31, 0, 0x1C);                    /* 10 kHz, blocks of 32 */
    run_ns(&s.a.b, 3201000);
    ck_assert_uint_eq(s.irq.rises, 1);
    in8(&s.a.b, 0x22E);
    run_ns(&s.a.b, 3200000);
    ck_assert_uint_eq(s.irq.rises, 2);
    in8(&s.a.b, 0x22E);
    DSP(&s, 0xD0);
    run_ns(&s.a.b, 20000000);
    ck_assert_uint_eq(s.irq.rises, 2);
    DSP(&s, 0xD4, 0xDA);
    run_ns(&s.a.b, 20000000);
    ck_assert_uint_eq(s.irq.rises, 3);
    ck_assert(!s.sb.voice.active);
    ck_assert_int_eq(s.a.heard.frame[48 + 10][0], 0x7F00);
    ck_assert_int_eq(s.a.heard.frame[48 * 4 + 30][0], -0x7F00);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(volumes)
{
    struct setup s;
    start(&s);
    memory_store(&s.a.memory, 0x5000, 0xC0C0C0C0, 4);
    struct { u8 master, voice, gain; int heard; } const cases[] = {
        { 0xF8, 0xF8, 0x00, 0x4000 }, { 0xF8, 0xF0, 0x00, 13014 }, { 0xD0, 0xF8, 0x00, 5181 }, { 0xF8, 0xF8, 0x40, 32767 },
        { 0xD0, 0xF8, 0x40, 10363 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        mixer(&s, 0x30, cases[i].master);
        mixer(&s, 0x32, cases[i].voice);
        mixer(&s, 0x41, cases[i].gain);
        DSP(&s, 0x10, 0xC0);
        run_ns(&s.a.b, 1000000);
        audio_sync(&s.a.audio);
        int heard = s.a.heard.frame[s.a.heard.frames - 1][0];
        ck_assert_msg(abs(heard - cases[i].heard) <= 2, "case %u: %d", i, heard);
    }
    mixer(&s, 0x22, 0x9F);
    ck_assert_uint_eq(mixer_at(&s, 0x30), 0x98);
    ck_assert_uint_eq(mixer_at(&s, 0x31), 0xF8);
    ck_assert_uint_eq(mixer_at(&s, 0x22), 0x9F);
    mixer(&s, 0x00, 0);
    ck_assert_uint_eq(mixer_at(&s, 0x30), 0xC0);
    ck_assert_uint_eq(mixer_at(&s, 0x80), 0x02);
    ck_assert_uint_eq(mixer_at(&s, 0x81), 0x22);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(adpcm_follows_its_step)
{
    struct setup s;
    start(&s);
    memory_store(&s.a.memory, 0x5000, 0x007F7780, 4);         /* reference 80h, then +7 +7 +7 -7 0 0 */
    dma_program(&s, 1, 0x48, 0x5000, 4);
    s.sb.rate = 48000;
    DSP(&s, 0x75, 3, 0);
    run_to(&s.a.b, 7 * 1000);
    audio_sync(&s.a.audio);
    static const int samples[] = { 7, 7 + 15, 7 + 15 + 30, 7 + 15 + 30 - 60 };
    for (int i = 0; i < 4; i++) ck_assert_int_eq(s.a.heard.frame[i + 1][0], samples[i] * 256);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(interrupts_silence_and_midi)
{
    struct setup s;
    start(&s);
    DSP(&s, 0xF2);
    ck_assert(s.irq.level);
    ck_assert_uint_eq(mixer_at(&s, 0x82) & 7, 1);
    in8(&s.a.b, 0x22E);
    ck_assert(!s.irq.level);
    DSP(&s, 0x41, 0x2B, 0x11, 0x80, 109, 0);                  /* 110 frames of 11025 Hz: 9.98 ms */
    run_ns(&s.a.b, 9900000);
    ck_assert(!s.irq.level);
    run_ns(&s.a.b, 200000);
    ck_assert(s.irq.level);
    in8(&s.a.b, 0x22E);
    ck_assert(in8(&s.a.b, 0x331) & 0x80);
    out8(&s.a.b, 0x331, 0xFF);
    ck_assert(!(in8(&s.a.b, 0x331) & 0x80));
    ck_assert_uint_eq(in8(&s.a.b, 0x330), 0xFE);
    out8(&s.a.b, 0x331, 0x3F);
    ck_assert_uint_eq(in8(&s.a.b, 0x330), 0xFE);
    out8(&s.a.b, 0x331, 0xFF);
    ck_assert(in8(&s.a.b, 0x331) & 0x80);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(saves_loads_and_survives)
{
    struct setup s, t;
    start(&s);
    start(&t);
    check_save_load(&s.sb.dev, &t.sb.dev);
    dma_program(&s, 1, 0x58, 0x5000, 64);
    DSP(&s, 0x40, 156, 0x48, 31, 0, 0x1C);
    run_ns(&s.a.b, 1000000);
    check_save_load(&s.sb.dev, &t.sb.dev);
    s.sb.voice.step = 5;
    check_save_load(&s.sb.dev, &t.sb.dev);
    s.sb.command = 0x03;
    chip_move(&s.sb.dev, &t.sb.dev);
    out8(&t.a.b, 0x22C, 0);
    s.sb.command = 0x48;
    s.sb.parameters = 2;
    chip_move(&s.sb.dev, &t.sb.dev);
    ck_assert_uint_eq(t.sb.command, 0);
    s.sb.command = s.sb.parameters = 0;
    finish_audio_board(&t.a);
    s.a.audio.sink.put = NULL;
    hostile_guest(&s.a.b, 0x220, 16, 10000);
    hostile_guest(&s.a.b, 0x22C, 1, 10000);
    hostile_guest(&s.a.b, 0x330, 2, 10000);
    finish_audio_board(&s.a);
}
END_TEST

Suite *sb16_suite(void)
{
    const TTest *const tests[] = {
        says_who_it_is, words_are_heard_exactly, bytes_go_round_until_told_to_leave, volumes, adpcm_follows_its_step,
        interrupts_silence_and_midi, saves_loads_and_survives,
    };
    return suite_of("sb16", tests, ARRAY_LEN(tests));
}
