/* The mixer and the PC speaker, by the exact samples that come out. */
#include "devices/speaker.h"
#include "tests/unit/audio_board.h"

struct setup { struct audio_board a; struct i8254 pit; struct speaker speaker; };

static void start(struct setup *s)
{
    memset(s, 0, sizeof *s);
    audio_board_init(&s->a);
    chip_start(&s->a.b, &s->pit.dev, &i8254_class, "pit");
    s->speaker.audio = &s->a.audio;
    s->speaker.pit = &s->pit;
    chip_start(&s->a.b, &s->speaker.dev, &speaker_class, "speaker");
}

static void counter2(struct setup *s, u8 control, u16 count)
{
    out8(&s->a.b, 0x43, control);
    out8(&s->a.b, 0x42, (u8)count);
    out8(&s->a.b, 0x42, count >> 8);
}

static unsigned crossings(const struct heard *heard, unsigned from)
{
    unsigned n = 0;
    for (unsigned i = from + 1; i < heard->frames; i++) n += heard->frame[i - 1][0] < 0 && heard->frame[i][0] >= 0;
    return n;
}

START_TEST(a_tone_has_its_frequency)
{
    struct setup s;
    start(&s);
    counter2(&s, 0xB6, 1193);                                 /* 1000.15 Hz */
    out8(&s.a.b, 0x61, 3);
    run_ns(&s.a.b, 1000000000);
    ck_assert_uint_eq(s.a.heard.frames, 48000);
    ck_assert_uint_eq(crossings(&s.a.heard, 24000), 500);
    ck_assert_int_eq(s.a.heard.frame[30000][0], s.a.heard.frame[30000][1]);
    out8(&s.a.b, 0x61, 0);
    run_ns(&s.a.b, 500000000);
    ck_assert_int_lt(abs(s.a.heard.frame[71000][0]), 2);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(width_is_level)
{
    struct setup s;
    start(&s);
    counter2(&s, 0xB0, 0);                                    /* mode 0: low after the control word */
    out8(&s.a.b, 0x61, 2);
    run_ns(&s.a.b, 300000000);                                /* the cone comes to rest */
    unsigned last = s.a.heard.frames;
    s32 sums[2] = { 0, 0 };
    for (unsigned wide = 0; wide < 2; wide++) {
        for (unsigned i = 0; i < 20; i++) {                   /* pulses of 8 and 16 of about 72 timer ticks */
            out8(&s.a.b, 0x61, 3);
            counter2(&s, 0xB2, wide ? 16 : 8);
            run_ns(&s.a.b, 60000);
        }
        audio_sync(&s.a.audio);
        for (; last < s.a.heard.frames; last++) sums[wide] += s.a.heard.frame[last][0];
    }
    ck_assert_int_ne(sums[0], sums[1]);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(streams_come_out_exactly_at_their_own_rate)
{
    struct audio_board a;
    struct audio_stream stream = { .count = 0 };
    s16 frames[64][2];
    audio_board_init(&a);
    audio_source_add(&a.audio, stream_heard, &(struct stream_ear){ &stream, &a.audio });
    for (int i = 0; i < 64; i++) frames[i][0] = (s16)(100 * i), frames[i][1] = (s16)(-100 * i);
    audio_stream_put(&stream, &a.audio, frames, 64, 48000);
    run_to(&a.b, 64 * 1000);
    audio_sync(&a.audio);
    for (int i = 1; i < 64; i++) {
        ck_assert_int_eq(a.heard.frame[i][0], 100 * (i - 1));
        ck_assert_int_eq(a.heard.frame[i][1], -100 * (i - 1));
    }
    audio_stream_put(&stream, &a.audio, frames, 64, 24000);
    run_to(&a.b, 192 * 1000);
    audio_sync(&a.audio);
    ck_assert_int_eq(a.heard.frame[64][0], 6300);
    ck_assert_int_eq(a.heard.frame[64 + 20][0], 900);
    ck_assert_int_eq(a.heard.frame[64 + 21][0], 950);
    finish_audio_board(&a);
}
END_TEST

START_TEST(loud_is_clipped_and_silence_without_sources)
{
    struct audio_board a;
    struct audio_stream one = { .count = 0 }, two = { .count = 0 };
    s16 frames[2][2] = { { 32767, -32768 }, { 32767, -32768 } };
    audio_board_init(&a);
    run_to(&a.b, 10 * 1000);
    audio_source_add(&a.audio, stream_heard, &(struct stream_ear){ &one, &a.audio });
    audio_source_add(&a.audio, stream_heard, &(struct stream_ear){ &two, &a.audio });
    audio_stream_put(&one, &a.audio, frames, 2, 48000);
    audio_stream_put(&two, &a.audio, frames, 2, 48000);
    run_to(&a.b, 20 * 1000);
    audio_sync(&a.audio);
    ck_assert_int_eq(a.heard.frame[9][0], 0);
    ck_assert_int_eq(a.heard.frame[12][0], 32767);
    ck_assert_int_eq(a.heard.frame[12][1], -32768);
    audio_stream_stop(&one, &a.audio);
    audio_stream_stop(&two, &a.audio);
    run_to(&a.b, 30 * 1000);
    audio_sync(&a.audio);
    ck_assert_int_eq(a.heard.frame[25][0], 0);
    finish_audio_board(&a);
}
END_TEST

START_TEST(saves_and_loads)
{
    struct setup s, t;
    start(&s);
    start(&t);
    counter2(&s, 0xB6, 1193);
    out8(&s.a.b, 0x61, 3);
    run_ns(&s.a.b, 5000000);
    run_ns(&t.a.b, 5000000);
    check_save_load(&s.speaker.dev, &t.speaker.dev);
    check_save_load(&s.a.audio.dev, &t.a.audio.dev);
    finish_audio_board(&s.a);
    finish_audio_board(&t.a);
}
END_TEST

static void silent(struct audio_board *a)
{
    audio_board_init(a);
    event_cancel(&a->b.clock, &a->audio.slice);
    a->audio.sink.put = NULL;
    run_ns(&a->b, 2000000000);
}

/* Where nobody listens nothing moves, not by a load either; where somebody does, sound begins with it. */
START_TEST(silence_is_saved_and_loaded)
{
    struct audio_board s, t, heard;
    silent(&s);
    silent(&t);
    check_save_load(&s.audio.dev, &t.audio.dev);
    ck_assert_uint_eq(t.audio.frame, 0);
    audio_board_init(&heard);
    run_ns(&heard.b, 2000000000);
    heard.heard.frames = 0;
    chip_move(&s.audio.dev, &heard.audio.dev);
    run_ns(&heard.b, 100000000);
    ck_assert_uint_eq(heard.heard.frames, 4800);
    finish_audio_board(&s);
    finish_audio_board(&t);
    finish_audio_board(&heard);
}
END_TEST

Suite *audio_suite(void)
{
    const TTest *const tests[] = {
        a_tone_has_its_frequency, width_is_level, streams_come_out_exactly_at_their_own_rate,
        loud_is_clipped_and_silence_without_sources, saves_and_loads,
        silence_is_saved_and_loaded,
    };
    return suite_of("audio", tests, ARRAY_LEN(tests));
}
