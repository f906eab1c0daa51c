/* The way between processor and planes, against the plainest model: a byte array per plane, a bit at a time. */
#include "tests/unit/vga_board.h"

struct model { u8 plane[4][0x10000], latch[4]; };

static u64 random_next(u64 *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 33;
}

/* ---- the model: FreeVGA's text, literally ---- */
static bool model_hit(const struct vga *vga, u32 at)
{
    static const u32 from[] = { 0, 0, 0x10000, 0x18000 }, to[] = { 0x20000, 0x10000, 0x18000, 0x20000 };
    unsigned map = vga->gc[6] >> 2 & 3;
    return (vga->misc & 2) && at >= from[map] && at < to[map];
}
static u32 model_offset(const struct vga *vga, u32 at)
{
    static const u32 from[] = { 0, 0, 0x10000, 0x18000 };
    unsigned map = vga->gc[6] >> 2 & 3;
    u32 offset = at - from[map];
    if (vga->seq[4] & 8) return (offset & 0xFFFC) | (offset >> 14 & 3);
    if (vga->gc[6] & 2) return ((offset & ~1u) | (offset >> 16)) & 0xFFFF;
    return offset & 0xFFFF;
}
static u8 model_read(struct model *m, const struct vga *vga, u32 at)
{
    if (!model_hit(vga, at)) return 0xFF;
    u32 offset = model_offset(vga, at);
    for (unsigned p = 0; p < 4; p++) m->latch[p] = m->plane[p][offset];
    unsigned plane = vga->gc[4];
    if (vga->gc[5] & 8) {
        u8 value = 0;
        for (unsigned bit = 0; bit < 8; bit++) {
            bool same = true;
            for (unsigned p = 0; p < 4; p++)
                if ((vga->gc[7] >> p & 1) && (m->latch[p] >> bit & 1) != (vga->gc[2] >> p & 1)) same = false;
            value |= same << bit;
        }
        return value;
    }
    if (vga->seq[4] & 8) plane = at & 3;
    else if (vga->gc[5] & 0x10) plane = (plane & 2) | (at & 1);
    return m->latch[plane];
}
static bool model_bit(const struct vga *vga, const u8 *latch, unsigned p, unsigned bit, u8 byte)
{
    u8 turned = (u8)(byte >> (vga->gc[3] & 7) | byte << (8 - (vga->gc[3] & 7)));
    bool old = latch[p] >> bit & 1, set = vga->gc[0] >> p & 1, in, use = vga->gc[8] >> bit & 1;
    switch (vga->gc[5] & 3) {
    case 0: in = vga->gc[1] >> p & 1 ? set : turned >> bit & 1; break;
    case 1: return old;
    case 2: in = byte >> p & 1; break;
    default: in = set; use = use && (turned >> bit & 1);
    }
    switch (vga->gc[3] >> 3 & 3) {
    case 1: in = in && old; break;
    case 2: in = in || old; break;
    case 3: in = in != old; break;
    }
    return use ? in : old;
}
static void model_write(struct model *m, const struct vga *vga, u32 at, u8 byte)
{
    if (!model_hit(vga, at)) return;
    u32 offset = model_offset(vga, at);
    for (unsigned p = 0; p < 4; p++) {
        bool chosen = vga->seq[2] >> p & 1;
        if (vga->seq[4] & 8) chosen = chosen && (at & 3) == p;
        else if (!(vga->seq[4] & 4)) chosen = chosen && (at & 1) == (p & 1);
        u8 value = 0;
        for (unsigned bit = 0; bit < 8; bit++) value |= model_bit(vga, m->latch, p, bit, byte) << bit;
        if (chosen) m->plane[p][offset] = value;
    }
}

static void planes_check(const struct vga_board *f, const struct model *m)
{
    for (u32 o = 0; o < 0x10000; o++) {
        u32 want = m->plane[0][o] | m->plane[1][o] << 8 | m->plane[2][o] << 16 | (u32)m->plane[3][o] << 24;
        ck_assert_msg(vga_planes(&f->vga, o) == want, "offset %x: %08x, should be %08x", o, vga_planes(&f->vga, o), want);
    }
}

/* Registers of all kinds, a few accesses of all widths with each. */
START_TEST(all_modes_like_the_model)
{
    static const u8 memory_modes[] = { 2, 6, 0xE, 0xA }, masks[] = { 0x0F, 0x03, 0x05 };
    struct vga_board *f = vga_board_make();
    struct model *m = calloc(1, sizeof *m);
    u64 random = 7;
    mode_set(f, &vga_mode_12);
    for (int round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < 9; i++)
            if (random_next(&random) & 1) gc_out(f, i, (u8)random_next(&random));
        seq_out(f, 4, memory_modes[random_next(&random) & 3]);
        seq_out(f, 2, random_next(&random) & 1 ? 0x0F : masks[random_next(&random) % 3]);
        for (int i = 0; i < 4; i++) {
            unsigned width = 1u << random_next(&random) % 3;
            u32 at = (u32)random_next(&random) & 0x1FFFC & ~(width - 1), value = (u32)random_next(&random), got = 0;
            if (random_next(&random) & 1) {
                for (unsigned b = 0; b < width; b++) got |= (u32)model_read(m, &f->vga, at + b) << 8 * b;
                ck_assert_uint_eq(memory_load(&f->memory, 0xA0000 + at, width), got);
                continue;
            }
            for (unsigned b = 0; b < width; b++) model_write(m, &f->vga, at + b, (u8)(value >> 8 * b));
            memory_store(&f->memory, 0xA0000 + at, value, width);
        }
        for (unsigned p = 0; p < 4; p++) ck_assert_uint_eq(f->vga.latch >> 8 * p & 0xFF, m->latch[p]);
    }
    planes_check(f, m);
    free(m);
    vga_board_free(f);
}
END_TEST

/* ---- when the window is RAM ---- */
static void fill(struct vga_board *f, u32 base, u32 bytes, u8 seed)
{
    for (u32 i = 0; i < bytes; i++) memory_store(&f->memory, base + i, (u8)(i * 7 + seed), 1);
    run_to(&f->b, clock_now(&f->b.clock) + 1);
}
static const struct region *answers_at(const struct vga_board *f, u32 address)
{
    return f->memory.page[address >> PAGE_SHIFT];
}

START_TEST(chain4_becomes_ram)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_13);
    fill(f, 0xA0000, 1000, 1);
    ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_MMIO);        /* does not pay yet */
    fill(f, 0xA0000, 0x10000, 1);
    ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_RAM);
    ck_assert_int_eq(answers_at(f, 0xAF000)->kind, REGION_RAM);
    ck_assert_int_eq(answers_at(f, 0xB0000)->kind, REGION_MMIO);
    fill(f, 0xA0000, 0x10000, 3);
    for (u32 i = 0; i < 0x10000; i++) {
        ck_assert_uint_eq(memory_load(&f->memory, VGA_TEST_LFB + i, 1), (u8)(i * 7 + 3));
        ck_assert_uint_eq(vga_planes(&f->vga, (i & 0xFFFC) | i >> 14) >> 8 * (i & 3) & 0xFF, (u8)(i * 7 + 3));
    }
    seq_out(f, 2, 0x0F);                                                /* nothing new: stays */
    ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_RAM);
    seq_out(f, 4, 6);                                                   /* unchained */
    ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_MMIO);
    gc_out(f, 4, 3);
    ck_assert_uint_eq(memory_load(&f->memory, 0xA0004, 1), (u8)(7 * 7 + 3));
    vga_board_free(f);
}
END_TEST

START_TEST(text_becomes_ram)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_03);
    fill(f, 0xB8000, 0x8000, 5);
    ck_assert_int_eq(answers_at(f, 0xB8000)->kind, REGION_RAM);
    ck_assert(f->vga.text_layout);
    fill(f, 0xB8000, 0x8000, 9);
    for (u32 i = 0; i < 0x8000; i += 2)
        ck_assert_uint_eq(vga_planes(&f->vga, i) & 0xFFFF, (u8)(i * 7 + 9) | (u32)(u8)(i * 7 + 16) << 8);
    /* A font is loaded as BIOSes do, and the text is as it was. */
    seq_out(f, 2, 4);
    seq_out(f, 4, 6);
    gc_out(f, 5, 0);
    gc_out(f, 6, 4);
    ck_assert_int_eq(answers_at(f, 0xB8000)->kind, REGION_MMIO);
    ck_assert_uint_eq(memory_load(&f->memory, 0xB8000, 1), 0xFF);
    for (u32 i = 0; i < 0x2000; i++) memory_store(&f->memory, 0xA0000 + i, (u8)(i * 3), 1);
    seq_out(f, 2, 3);
    seq_out(f, 4, 2);
    gc_out(f, 5, 0x10);
    gc_out(f, 6, 0xE);
    for (u32 i = 0; i < 0x8000; i++) ck_assert_uint_eq(memory_load(&f->memory, 0xB8000 + i, 1), (u8)(i * 7 + 9));
    for (u32 i = 0; i < 0x2000; i++) ck_assert_uint_eq(vga_planes(&f->vga, i) >> 16 & 0xFF, (u8)(i * 3));
    /* The frame buffer shows the same bytes whatever the layout. */
    u32 before = memory_load(&f->memory, VGA_TEST_LFB + 0x12344, 4);
    ck_assert(f->vga.text_layout);
    vga_layout_set(&f->vga, false);
    ck_assert_uint_eq(memory_load(&f->memory, VGA_TEST_LFB + 0x12344, 4), before);
    gc_out(f, 4, 2);                                                    /* planes 2 and 3 are no RAM */
    fill(f, 0xB8000, 0x8000, 1);
    ck_assert_int_eq(answers_at(f, 0xB8000)->kind, REGION_MMIO);
    ck_assert_uint_eq(memory_load(&f->memory, 0xB8004, 1), 12);
    vga_board_free(f);
}
END_TEST

START_TEST(mono_text)
{
    struct vga_board *f = vga_board_make();
    mode_set(f, &vga_mode_03);
    out8(&f->b, 0x3C2, 0x66);
    gc_out(f, 6, 0x0A);
    fill(f, 0xB0000, 0x8000, 2);
    ck_assert_int_eq(answers_at(f, 0xB0000)->kind, REGION_RAM);
    ck_assert_uint_eq(vga_planes(&f->vga, 2) & 0xFFFF, 0x10 | 0x17 << 8);
    out8(&f->b, 0x3C2, 0x64);                                           /* video RAM is switched off */
    ck_assert_uint_eq(memory_load(&f->memory, 0xB0000, 1), 0xFF);
    vga_board_free(f);
}
END_TEST

/* A bank that is mapped as RAM follows the bank register; the frame buffer is RAM only if DISPI says it is used. */
START_TEST(banks_and_frame_buffer)
{
    struct vga_board *f = vga_board_make();
    dispi_out(f, DISPI_XRES, 1024);
    dispi_out(f, DISPI_YRES, 768);
    dispi_out(f, DISPI_ENABLE, DISPI_ENABLED);
    for (unsigned bank = 0; bank < 3; bank++) {
        dispi_out(f, DISPI_BANK, bank);
        fill(f, 0xA0000, 0x10000, bank);
        ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_RAM);
        fill(f, 0xA0000, 0x10000, bank + 100);
    }
    ck_assert_int_eq(answers_at(f, VGA_TEST_LFB)->kind, REGION_MMIO);
    for (u32 i = 0; i < 3 << 16; i += 251)
        ck_assert_uint_eq(memory_load(&f->memory, VGA_TEST_LFB + i, 1), (u8)((i & 0xFFFF) * 7 + (i >> 16) + 100));
    dispi_out(f, DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB);
    ck_assert_int_eq(answers_at(f, VGA_TEST_LFB)->kind, REGION_RAM);
    ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_MMIO);
    memory_store(&f->memory, VGA_TEST_LFB + 0x20001, 0x77, 1);
    ck_assert_uint_eq(memory_load(&f->memory, 0xA0001, 1), 0x77);
    fill(f, 0xA0000, 0x10000, 0);
    ck_assert_int_eq(answers_at(f, 0xA0000)->kind, REGION_MMIO);
    ck_assert_uint_eq(memory_load(&f->memory, VGA_TEST_LFB + 0x20001, 1), 7);
    pci_config_write(&f->vga.pci, PCI_COMMAND, 0, 2);
    ck_assert_ptr_null(answers_at(f, VGA_TEST_LFB));
    vga_board_free(f);
}
END_TEST

/* Code in video RAM hears of what the window writes to it. */
static u32 told;
static void code_written(void *self, u32 address, u32 length)
{
    (void)self, (void)length;
    told = address;
}

START_TEST(code_in_the_frame_buffer)
{
    struct vga_board *f = vga_board_make();
    u8 *flags;
    bool writable;
    f->memory.listener.code_written = code_written;
    dispi_out(f, DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB);
    ck_assert_ptr_nonnull(memory_page(&f->memory, VGA_TEST_LFB, &flags, &writable));
    *flags |= PAGE_HAS_CODE;
    told = 0;
    memory_store(&f->memory, 0xA0123, 1, 1);
    ck_assert_uint_eq(told, VGA_TEST_LFB + 0x123);
    vga_board_free(f);
}
END_TEST

Suite *vga_memory_suite(void)
{
    const TTest *const tests[] = {
        all_modes_like_the_model, chain4_becomes_ram, text_becomes_ram, mono_text, banks_and_frame_buffer,
        code_in_the_frame_buffer,
    };
    return suite_of("vga_memory", tests, ARRAY_LEN(tests));
}
