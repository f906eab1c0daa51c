/* The AC'97 controller without a CPU: buffer lists in memory, what is heard of them, interrupts. */
#include "devices/ac97_parts.h"
#include "tests/unit/audio_board.h"

enum { NAM = 0xC000, NABM = 0xC400, PO = NABM + 0x10, LIST = 0x10000, BUFFER = 0x20000 };
struct setup { struct audio_board a; struct pci_bus bus; struct ac97 chip; struct probe irq; };

static void out16(struct setup *s, u16 port, u16 value) { ports_write(&s->a.b.ports, port, value, 2); }
static u16 in16(struct setup *s, u16 port) { return (u16)ports_read(&s->a.b.ports, port, 2); }
static void out32(struct setup *s, u16 port, u32 value) { ports_write(&s->a.b.ports, port, value, 4); }

static void start(struct setup *s)
{
    struct error why = { "" };
    memset(s, 0, sizeof *s);
    audio_board_init(&s->a);
    ck_assert(pci_bus_attach(&s->bus, &s->a.b.board, &why));
    s->chip.bus = &s->bus;
    s->chip.audio = &s->a.audio;
    s->chip.devfn = PCI_DEVFN(4, 0);
    chip_start(&s->a.b, &s->chip.dev, &ac97_class, "ac97");
    s->irq.board = &s->a.b;
    line_connect(&s->bus.pirq[pci_pirq(&s->chip.function)], probe_set, &s->irq, 0);
    pci_config_write(&s->chip.function, PCI_BAR0, NAM, 4);
    pci_config_write(&s->chip.function, PCI_BAR0 + 4, NABM, 4);
    pci_config_write(&s->chip.function, PCI_COMMAND, 5, 2);
    out32(s, NABM + 0x2C, 2);
    out16(s, NAM + 0x02, 0);
    out16(s, NAM + 0x18, 0x0808);
}

static void descriptor(struct setup *s, unsigned index, u32 address, u16 samples, bool interrupt)
{
    memory_store(&s->a.memory, LIST + 8 * index, address, 4);
    memory_store(&s->a.memory, LIST + 8 * index + 4, samples | (interrupt ? 0x80000000u : 0), 4);
}

static void ramp(struct setup *s, u32 at, int frames, int step)
{
    for (int i = 0; i < frames; i++)
        memory_store(&s->a.memory, at + 4 * (u32)i, (u32)(u16)(step * i) | (u32)(u16)(-step * i) << 16, 4);
}

START_TEST(buffers_are_heard_one_after_the_other)
{
    struct setup s;
    start(&s);
    ramp(&s, BUFFER, 100, 10);
    ramp(&s, BUFFER + 0x1000, 50, 200);
    descriptor(&s, 0, BUFFER, 200, true);
    descriptor(&s, 1, BUFFER + 0x1000, 100, false);
    out32(&s, PO, LIST);
    out8(&s.a.b, PO + 5, 1);
    out8(&s.a.b, PO + 11, 0x15);
    ck_assert_uint_eq(in16(&s, PO + 8), 200);
    run_to(&s.a.b, 101 * 1000);
    ck_assert_uint_eq(in8(&s.a.b, PO + 4), 1);
    ck_assert_uint_eq(in16(&s, PO + 6), 0x08);
    ck_assert(s.irq.level);
    ck_assert_uint_eq(in8(&s.a.b, NABM + 0x30) & 0xF0, 0x40);
    out16(&s, PO + 6, 0x08);
    ck_assert(!s.irq.level);
    run_to(&s.a.b, 151 * 1000);
    ck_assert_uint_eq(in16(&s, PO + 6), 0x07);
    ck_assert(s.irq.level);
    for (int i = 1; i < 100; i++) {
        ck_assert_int_eq(s.a.heard.frame[i][0], 10 * (i - 1));
        ck_assert_int_eq(s.a.heard.frame[i][1], -10 * (i - 1));
    }
    for (int i = 1; i < 50; i++) ck_assert_int_eq(s.a.heard.frame[100 + i][0], 200 * (i - 1));
    descriptor(&s, 2, BUFFER, 64, true);
    out16(&s, PO + 6, 0x1C);
    out8(&s.a.b, PO + 5, 2);                    /* the list goes on */
    ck_assert_uint_eq(in16(&s, PO + 6), 0);
    ck_assert_uint_eq(in8(&s.a.b, PO + 4), 2);
    run_to(&s.a.b, 200 * 1000);
    ck_assert_uint_eq(in16(&s, PO + 6), 0x0F);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(codec_says_who_it_is_and_keeps_rates)
{
    struct setup s;
    start(&s);
    ck_assert_uint_eq(in16(&s, NAM + 0x7C), 0x8384);
    ck_assert_uint_eq(in16(&s, NAM + 0x7E), 0x7600);
    ck_assert_uint_eq(in16(&s, NAM + 0x26), 0x000F);
    out16(&s, NAM + 0x2C, 22050);
    ck_assert_uint_eq(in16(&s, NAM + 0x2C), 48000);
    out16(&s, NAM + 0x2A, 1);
    out16(&s, NAM + 0x2C, 22050);
    ck_assert_uint_eq(in16(&s, NAM + 0x2C), 22050);
    out16(&s, NAM + 0x2A, 0);
    ck_assert_uint_eq(in16(&s, NAM + 0x2C), 48000);
    ck_assert_uint_eq(in8(&s.a.b, NABM + 0x34), 0);
    ck_assert_uint_eq(in8(&s.a.b, NABM + 0x34), 1);
    in16(&s, NAM);
    ck_assert_uint_eq(in8(&s.a.b, NABM + 0x34), 0);
    ck_assert_uint_eq(pci_config_get(&s.chip.function, 0, 4), 0x24158086);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(volume_and_mute)
{
    struct setup s;
    start(&s);
    for (u32 i = 0; i < 2000; i++) memory_store(&s.a.memory, BUFFER + 2 * i, 10000, 2);
    descriptor(&s, 0, BUFFER, 2000, false);
    out32(&s, PO, LIST);
    out8(&s.a.b, PO + 11, 1);
    struct { u16 master, pcm; int left, right; } const cases[] = {
        { 0x0000, 0x0808, 10000, 10000 }, { 0x0400, 0x0808, 5012, 10000 }, { 0x0000, 0x0804, 10000, 19953 },
        { 0x8000, 0x0808, 0, 0 }, { 0x0000, 0x8808, 0, 0 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        out16(&s, NAM + 0x02, cases[i].master);
        out16(&s, NAM + 0x18, cases[i].pcm);
        run_to(&s.a.b, (100 + 100 * i) * 1000);
        audio_sync(&s.a.audio);
        const s16 *heard = s.a.heard.frame[s.a.heard.frames - 1];
        ck_assert_int_le(abs(heard[0] - cases[i].left), 1);
        ck_assert_int_le(abs(heard[1] - cases[i].right), 1);
    }
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(recording_is_silent_and_ends)
{
    struct setup s;
    start(&s);
    memory_store(&s.a.memory, BUFFER, 0x12345678, 4);
    descriptor(&s, 0, BUFFER, 4, true);
    out32(&s, NABM, LIST);
    out8(&s.a.b, NABM + 11, 0x11);
    run_to(&s.a.b, 5000);
    ck_assert(s.irq.level);
    ck_assert_uint_eq(memory_load(&s.a.memory, BUFFER, 4), 0);
    out8(&s.a.b, NABM + 11, 0);
    out8(&s.a.b, NABM + 11, 2);
    ck_assert_uint_eq(in16(&s, NABM + 6), 1);
    ck_assert(!s.irq.level);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(halted_goes_on_where_it_was)
{
    struct setup s;
    start(&s);
    descriptor(&s, 0, BUFFER, 2000, false);
    out32(&s, PO, LIST);
    out8(&s.a.b, PO + 11, 1);
    run_to(&s.a.b, 330 * 1000);
    ck_assert_uint_eq(in16(&s, PO + 8), 2000 - 660);
    out8(&s.a.b, PO + 11, 0);
    u16 left = in16(&s, PO + 8);
    ck_assert_uint_eq(left, 2000 - 640);
    ck_assert_uint_eq(in16(&s, PO + 6), 1);
    run_to(&s.a.b, 3000 * 1000);
    out8(&s.a.b, PO + 11, 1);
    ck_assert_uint_eq(in16(&s, PO + 8), left);
    ck_assert_uint_eq(in16(&s, PO + 6), 0);
    run_to(&s.a.b, 3033 * 1000);
    ck_assert_uint_eq(in16(&s, PO + 8), left - 66);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(a_state_from_another_time_does_not_catch_up)
{
    struct setup s;
    start(&s);
    descriptor(&s, 0, BUFFER, 60000, false);
    out32(&s, PO, LIST);
    run_ns(&s.a.b, 1000000000);
    out8(&s.a.b, PO + 11, 1);
    s.chip.box[AC97_PCM_OUT].origin = 0;
    s.chip.box[AC97_PCM_OUT].played = 0;
    run_to(&s.a.b, clock_now(&s.a.b.clock) + 100 * 1000);
    ck_assert_uint_gt(in16(&s, PO + 8), 59000);
    finish_audio_board(&s.a);
}
END_TEST

START_TEST(saves_loads_and_survives)
{
    struct setup s, t;
    start(&s);
    start(&t);
    check_save_load(&s.chip.dev, &t.chip.dev);
    descriptor(&s, 0, BUFFER, 4000, true);
    out32(&s, PO, LIST);
    out8(&s.a.b, PO + 11, 0x15);
    run_ns(&s.a.b, 1000000);
    check_save_load(&s.chip.dev, &t.chip.dev);
    ac97_class.restored(&t.chip.dev);
    finish_audio_board(&t.a);
    s.a.audio.sink.put = NULL;
    hostile_guest(&s.a.b, NABM, 64, 20000);
    hostile_guest(&s.a.b, NAM, 128, 20000);
    finish_audio_board(&s.a);
}
END_TEST

Suite *ac97_suite(void)
{
    const TTest *const tests[] = {
        buffers_are_heard_one_after_the_other, codec_says_who_it_is_and_keeps_rates, volume_and_mute,
        recording_is_silent_and_ends, halted_goes_on_where_it_was, a_state_from_another_time_does_not_catch_up,
        saves_loads_and_survives,
    };
    return suite_of("ac97", tests, ARRAY_LEN(tests));
}
