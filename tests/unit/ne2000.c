/* The NE2000: as a driver sees it, without one: PROM, remote DMA, the receive ring to its last page, filters, loopback,
 * counters, and the PCI card's configuration. */
#include "devices/ne2000.h"
#include "tests/unit/net_board.h"
#include <stdlib.h>

enum { BASE = 0x300, DATA = BASE + 0x10, RESET = BASE + 0x1F, START = 0x46, STOP = 0x60, TX = 0x40 };
static const u8 mac[NET_MAC] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
static const u8 everyone[NET_MAC] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
static const u8 group[NET_MAC] = { 0x01, 0x00, 0x5E, 0x00, 0x00, 0x01 };

struct fixture { struct chip_board b; struct ne2000 ne; struct probe irq; struct far_end far; };

static u8 get(struct fixture *f, unsigned reg) { return in8(&f->b, BASE + reg); }
static void set(struct fixture *f, unsigned reg, u8 value) { out8(&f->b, BASE + reg, value); }

static struct fixture *start(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    chip_board_init(&f->b, 100000000);
    f->irq.board = &f->b;
    f->ne.base = BASE;
    f->ne.source = "net0";
    memcpy(f->ne.mac, mac, sizeof mac);
    line_connect(&f->ne.irq, probe_set, &f->irq, 0);
    far_connect(&f->far, &f->ne.link);
    chip_start(&f->b, &f->ne.dev, &ne2000_class, "net0");
    return f;
}

/* As Linux's 8390.c sets the chip up, with `rcr`. */
static struct fixture *start_running(u8 rcr)
{
    static const struct { u8 reg, value; } writes[] = {
        { 0x0, 0x21 }, { 0xE, 0x49 }, { 0xA, 0 }, { 0xB, 0 }, { 0xC, 0x20 }, { 0xD, 0x02 }, { 0x4, TX }, { 0x1, START },
        { 0x3, STOP - 1 }, { 0x2, STOP }, { 0x7, 0xFF }, { 0xF, 0x3F }, { 0x0, 0x61 },
    };
    struct fixture *f = start();
    for (unsigned i = 0; i < ARRAY_LEN(writes); i++) set(f, writes[i].reg, writes[i].value);
    for (unsigned i = 0; i < NET_MAC; i++) set(f, 1 + i, mac[i]);
    set(f, 7, START);
    set(f, 0, 0x22);
    set(f, 0xD, 0);
    set(f, 0xC, rcr);
    return f;
}

static void remote(struct fixture *f, u8 command, u16 address, u16 count)
{
    set(f, 0xA, count);
    set(f, 0xB, count >> 8);
    set(f, 0x8, address);
    set(f, 0x9, address >> 8);
    set(f, 0x0, command);
}
static void card_read(struct fixture *f, u16 address, void *bytes, u16 count)
{
    remote(f, 0x0A, address, count);
    for (unsigned i = 0; i < count / 2u; i++) ((u16 *)bytes)[i] = ports_read(&f->b.ports, DATA, 2);
}
static void card_write(struct fixture *f, u16 address, const void *bytes, u16 count)
{
    remote(f, 0x12, address, count);
    for (unsigned i = 0; i < count / 2u; i++) ports_write(&f->b.ports, DATA, ((const u16 *)bytes)[i], 2);
}
static u8 current(struct fixture *f)
{
    set(f, 0, 0x62);
    u8 page = get(f, 7);
    set(f, 0, 0x22);
    return page;
}
static void post(struct fixture *f, const u8 *to, size_t length, u8 mark)
{
    u8 frame[NET_FRAME_MAX];
    frame_fill(frame, length, to, mark);
    far_post(&f->b, &f->ne.link, frame, length);
}

START_TEST(prom)
{
    struct fixture *f = start();
    u8 bytes[32];
    ck_assert_uint_eq(get(f, 0), 0x21);
    ck_assert_uint_eq(get(f, 7) & 0x80, 0x80);
    set(f, 0xE, 0x48);                          /* bytes: the way to find out the card's width */
    remote(f, 0x0A, 0, 32);
    for (int i = 0; i < 32; i++) bytes[i] = in8(&f->b, DATA);
    for (int i = 0; i < NET_MAC; i++) {
        ck_assert_uint_eq(bytes[2 * i], mac[i]);
        ck_assert_uint_eq(bytes[2 * i + 1], mac[i]);
    }
    ck_assert_uint_eq(bytes[28], 0x57);
    ck_assert_uint_eq(bytes[31], 0x57);
    ck_assert_uint_eq(get(f, 7) & 0x40, 0x40);  /* remote DMA complete */
    set(f, 0xE, 0x49);                          /* words: a byte access moves one */
    remote(f, 0x0A, 0, 32);
    for (int i = 0; i < NET_MAC; i++) ck_assert_uint_eq(in8(&f->b, DATA), mac[i]);
    free(f);
}
END_TEST

START_TEST(remote_dma)
{
    struct fixture *f = start_running(4);
    u8 out[600], in[600];
    for (unsigned i = 0; i < sizeof out; i++) out[i] = i * 5 + i / 256;
    card_write(f, 0x4000, out, sizeof out);
    ck_assert_uint_eq(get(f, 7), 0x40);
    ck_assert_uint_eq(get(f, 8) | get(f, 9) << 8, 0x4000 + 600);
    ports_write(&f->b.ports, DATA, 0xDEAD, 2);  /* complete: no more is taken */
    card_read(f, 0x4000, in, sizeof in);
    ck_assert_mem_eq(in, out, sizeof in);
    card_write(f, STOP * 256 - 10, out, 20);    /* goes on at the start of the ring */
    card_read(f, START * 256, in, 10);
    ck_assert_mem_eq(in, out + 10, 10);
    card_read(f, 0x2000, in, 2);
    ck_assert_uint_eq(in[0], 0xFF);             /* nothing is there */
    set(f, 0, 0x22);
    set(f, 7, 0x40);
    ck_assert_uint_eq(get(f, 7), 0);
    ck_assert_uint_eq(ports_read(&f->b.ports, DATA, 2), 0xFFFF);
    free(f);
}
END_TEST

START_TEST(sends)
{
    struct fixture *f = start_running(4);
    u8 frame[100];
    frame_fill(frame, sizeof frame, everyone, 9);
    card_write(f, TX * 256, frame, sizeof frame);
    set(f, 7, 0x40);
    set(f, 5, sizeof frame);
    set(f, 6, 0);
    set(f, 0, 0x26);
    ck_assert_uint_eq(f->far.frames, 1);
    ck_assert_uint_eq(f->far.frame[0].length, sizeof frame);
    ck_assert_mem_eq(f->far.frame[0].bytes, frame, sizeof frame);
    ck_assert_uint_eq(get(f, 0) & 4, 4);
    ck_assert(!f->irq.level);
    set(f, 0, 0x26);                            /* again while it sends: nothing */
    run_ns(&f->b, 9919);
    ck_assert(!f->irq.level);
    run_ns(&f->b, 20);
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, 7), 2);
    ck_assert_uint_eq(get(f, 0), 0x22);
    ck_assert_uint_eq(get(f, 4), 1);
    set(f, 7, 2);
    ck_assert(!f->irq.level);
    ck_assert_uint_eq(f->far.frames, 1);
    set(f, 5, 0xFF);
    set(f, 6, 0xFF);
    set(f, 0, 0x26);                            /* 65535 bytes: more than any frame has */
    ck_assert_uint_le(f->far.frame[1].length, NET_FRAME_MAX);
    set(f, 0, 0x21);                            /* stopped in the middle of it */
    run_ns(&f->b, 100000000);
    ck_assert_uint_eq(get(f, 7) & 2, 0);
    free(f);
}
END_TEST

START_TEST(receives)
{
    struct fixture *f = start_running(4);
    u8 bytes[4 + 60 + 4], frame[60];
    frame_fill(frame, sizeof frame, mac, 1);
    post(f, mac, 42, 1);                        /* shorter than a frame can be: padded on the wire */
    memset(frame + 42, 0, 18);
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, 7), 1);
    ck_assert_uint_eq(get(f, 0xC), 1);
    ck_assert_uint_eq(current(f), START + 1);
    card_read(f, START * 256, bytes, sizeof bytes);
    ck_assert_uint_eq(bytes[0], 1);
    ck_assert_uint_eq(bytes[1], START + 1);
    ck_assert_uint_eq(bytes[2] | bytes[3] << 8, 64);
    ck_assert_mem_eq(bytes + 4, frame, sizeof frame);
    u32 crc = net_crc(frame, sizeof frame);
    ck_assert_mem_eq(bytes + 64, &crc, 4);
    post(f, everyone, 60, 2);
    ck_assert_uint_eq(get(f, 0xC), 0x21);
    post(f, mac, 13, 3);                        /* no header */
    ck_assert_uint_eq(current(f), START + 2);
    free(f);
}
END_TEST

START_TEST(goes_on)
{
    struct fixture *f = start_running(4);
    set(f, 0, 0x20);                            /* neither start nor stop */
    ck_assert_uint_eq(get(f, 0), 0x22);
    post(f, mac, 60, 1);
    ck_assert_uint_eq(current(f), START + 1);
    set(f, 0, 0x21);
    set(f, 0, 0x20);
    ck_assert_uint_eq(get(f, 0), 0x21);
    post(f, mac, 60, 1);
    ck_assert_uint_eq(current(f), START + 1);
    free(f);
}
END_TEST

START_TEST(ring_wraps)
{
    struct fixture *f = start_running(4);
    u8 expected = START;
    for (unsigned n = 0; n < 200; n++) {
        size_t length = 60 + n * 37 % 1455;
        unsigned pages = (length + 8 + 255) / 256;
        u8 head[4], frame[1514], got[1514 + 1];
        post(f, mac, length, n);
        ck_assert_uint_eq(get(f, 7) & 1, 1);
        card_read(f, expected * 256, head, 4);
        u8 next = expected + pages >= STOP ? expected + pages - (STOP - START) : expected + pages;
        ck_assert_uint_eq(head[1], next);
        ck_assert_uint_eq(head[2] | head[3] << 8, length + 4);
        card_read(f, expected * 256 + 4, got, (length + 1) & ~1u);     /* across the end, too */
        frame_fill(frame, length, mac, n);
        ck_assert_mem_eq(got, frame, length);
        set(f, 7, 1);
        expected = next;
        set(f, 3, expected == START ? STOP - 1 : expected - 1);
        ck_assert_uint_eq(current(f), expected);
    }
    free(f);
}
END_TEST

START_TEST(ring_fills)
{
    struct fixture *f = start_running(4);
    unsigned stored = 0;
    while (net_ready(&f->ne.link)) post(f, mac, 1514, stored++);
    ck_assert_uint_eq(stored, (STOP - START - 1) / 6);
    ck_assert_uint_eq(get(f, 7), 1);
    while (stored++ < 30) post(f, mac, 60, 1);  /* somebody does not ask */
    ck_assert_uint_eq(get(f, 7), 0x11);         /* overflow */
    u8 missed = get(f, 0xF);
    ck_assert_uint_gt(missed, 20);
    ck_assert_uint_eq(get(f, 0xF), 0);
    unsigned rooms = f->far.rooms;
    set(f, 3, current(f) - 1);
    ck_assert_uint_gt(f->far.rooms, rooms);
    ck_assert(net_ready(&f->ne.link));
    for (int i = 0; i < 300; i++) {
        set(f, 3, current(f) + 1);              /* no room at all */
        post(f, mac, 1000, 1);
    }
    ck_assert_uint_eq(get(f, 7) & 0x20, 0x20);  /* a counter is full */
    ck_assert_uint_eq(get(f, 0xF), 0xC0);
    free(f);
}
END_TEST

static bool accepted(struct fixture *f, const u8 *to)
{
    set(f, 7, 0xFF);
    post(f, to, 60, 1);
    set(f, 3, current(f) == START ? STOP - 1 : current(f) - 1);
    return get(f, 7) & 1;
}

START_TEST(filters)
{
    static const u8 other[NET_MAC] = { 0x52, 0x54, 0, 1, 2, 3 };
    static const struct { u8 rcr; bool mine, other, everyone, group; } cases[] = {
        { 0x00, true, false, false, false }, { 0x04, true, false, true, false }, { 0x08, true, false, false, true },
        { 0x10, true, true, false, false }, { 0x1C, true, true, true, true }, { 0x20, false, false, false, false },
    };
    struct fixture *f = start_running(0);
    ck_assert_uint_eq(net_multicast_hash(group), 0x1F);     /* as ether_crc >> 26 gives */
    set(f, 0, 0x62);
    set(f, 8 + (0x1F >> 3), 1 << (0x1F & 7));
    set(f, 0, 0x22);
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        static const u8 other_group[NET_MAC] = { 0x01, 0x00, 0x5E, 0x00, 0x00, 0x02 };
        set(f, 0xC, cases[i].rcr);
        ck_assert_uint_eq(accepted(f, mac), cases[i].mine);
        ck_assert_uint_eq(accepted(f, other), cases[i].other);
        ck_assert_uint_eq(accepted(f, everyone), cases[i].everyone);
        ck_assert_uint_eq(accepted(f, group), cases[i].group);
        ck_assert(!accepted(f, other_group));
    }
    ck_assert_uint_eq(get(f, 0xF), 1);          /* monitor mode counts what it would have taken */
    set(f, 0xC, 4);
    set(f, 0, 0x21);
    ck_assert(!accepted(f, mac));
    free(f);
}
END_TEST

START_TEST(loopback)
{
    struct fixture *f = start_running(4);
    u8 frame[64];
    frame_fill(frame, sizeof frame, mac, 7);
    card_write(f, TX * 256, frame, sizeof frame);
    set(f, 0, 0x21);
    set(f, 0xD, 2);
    set(f, 5, sizeof frame);
    set(f, 6, 0);
    set(f, 0, 0x22);
    set(f, 0, 0x26);
    run_ns(&f->b, 10000);
    ck_assert_uint_eq(f->far.frames, 0);
    ck_assert_uint_eq(get(f, 7) & 2, 2);
    u32 crc = net_crc(frame, sizeof frame);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(get(f, 6), frame[60 + i]);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(get(f, 6), (u8)(crc >> 8 * i));
    ck_assert_uint_eq(current(f), START);
    post(f, mac, 60, 1);                        /* and nothing comes in from outside */
    ck_assert_uint_eq(current(f), START);
    free(f);
}
END_TEST

START_TEST(send_packet_and_page_2)
{
    struct fixture *f = start_running(4);
    u16 first;
    post(f, mac, 60, 1);
    set(f, 3, START);
    set(f, 0, 0x1A);                            /* remote DMA of the frame at the boundary, by its own length */
    first = ports_read(&f->b.ports, DATA, 2);
    ck_assert_uint_eq(first, 0x01 | (START + 1) << 8);
    for (int i = 0; i < 31; i++) ports_read(&f->b.ports, DATA, 2);
    ck_assert_uint_eq(get(f, 7) & 0x40, 0x40);
    set(f, 0, 0xA2);
    ck_assert_uint_eq(get(f, 1), START);
    ck_assert_uint_eq(get(f, 2), STOP);
    ck_assert_uint_eq(get(f, 4), TX);
    ck_assert_uint_eq(get(f, 0xC), 0xC4);
    ck_assert_uint_eq(get(f, 0xE), 0xC9);
    ck_assert_uint_eq(get(f, 0xF), 0xBF);
    free(f);
}
END_TEST

START_TEST(carrier)
{
    struct fixture *f = start_running(4);
    u8 down = 0, up = 1;
    far_post(&f->b, &f->ne.link, &down, 1);
    post(f, mac, 60, 1);
    set(f, 5, 60);
    set(f, 0, 0x26);
    ck_assert_uint_eq(f->far.frames, 0);
    ck_assert_uint_eq(f->far.seen, 0);
    ck_assert_uint_eq(current(f), START);
    far_post(&f->b, &f->ne.link, &up, 1);
    post(f, mac, 60, 1);
    ck_assert_uint_eq(current(f), START + 1);
    ck_assert_uint_eq(f->far.seen, 1);
    in8(&f->b, RESET);
    ck_assert_uint_eq(get(f, 0), 0x21);
    ck_assert_uint_eq(get(f, 7) & 0x80, 0x80);
    free(f);
}
END_TEST

START_TEST(pci_card)
{
    struct pci_bus bus = { .address = 0 };
    struct fixture *f = calloc(1, sizeof *f);
    struct error why;
    chip_board_init(&f->b, 100000000);
    f->irq.board = &f->b;
    ck_assert(pci_bus_attach(&bus, &f->b.board, &why));
    for (int i = 0; i < PCI_PIRQS; i++) line_connect(&bus.pirq[i], probe_set, &f->irq, i);
    f->ne.bus = &bus;
    f->ne.devfn = PCI_DEVFN(3, 0);
    f->ne.source = "net0";
    memcpy(f->ne.mac, mac, sizeof mac);
    far_connect(&f->far, &f->ne.link);
    chip_start(&f->b, &f->ne.dev, &ne2000_class, "net0");
    ck_assert_uint_eq(pci_config_get(&f->ne.function, 0, 4), 0x802910EC);
    pci_config_write(&f->ne.function, PCI_BAR0, ~0u, 4);
    ck_assert_uint_eq(pci_config_get(&f->ne.function, PCI_BAR0, 4), 0xFFFFFFE1);
    pci_config_write(&f->ne.function, PCI_BAR0, BASE, 4);
    ck_assert_uint_eq(get(f, 0), 0xFF);         /* not decoded yet */
    pci_config_write(&f->ne.function, PCI_COMMAND, PCI_COMMAND_IO, 2);
    ck_assert_uint_eq(get(f, 0), 0x21);
    ck_assert_uint_eq(get(f, 0xA), 0x50);
    ck_assert_uint_eq(get(f, 0xB), 0x43);
    set(f, 0xE, 0x49);
    remote(f, 0x0A, 0, 32);
    ck_assert_uint_eq(ports_read(&f->b.ports, DATA, 4), 0x54545252);
    set(f, 0xF, 0x40);
    remote(f, 0x0A, 0, 0);                      /* nothing to do: done at once */
    ck_assert(f->irq.level);
    pci_config_write(&f->ne.function, PCI_COMMAND, 0, 2);
    ck_assert_uint_eq(get(f, 0), 0xFF);
    free(f);
}
END_TEST

START_TEST(hostile)
{
    struct fixture *f = start_running(0x1C);
    u64 random = 7;
    for (int round = 0; round < 40; round++) {
        u8 frame[NET_FRAME_MAX];
        hostile_guest(&f->b, BASE, NE2000_PORTS, 30000);
        for (int i = 0; i < 50; i++) {
            random = random * 6364136223846793005 + 1442695040888963407;
            frame_fill(frame, sizeof frame, everyone, round);
            far_post(&f->b, &f->ne.link, frame, (random >> 40) % (sizeof frame + 1));
        }
    }
    free(f);
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture *f = start_running(4), *g = start();
    post(f, mac, 100, 3);
    set(f, 5, 60);
    set(f, 0, 0x26);
    g->b.clock.now = f->b.clock.now;
    check_save_load(&f->ne.dev, &g->ne.dev);
    run_ns(&f->b, 20000);
    run_ns(&g->b, 20000);
    ck_assert_uint_eq(get(f, 7), 3);
    ck_assert_uint_eq(get(g, 7), 3);
    ck_assert_uint_eq(current(g), START + 1);
    free(f);
    free(g);
}
END_TEST

Suite *ne2000_suite(void)
{
    const TTest *const tests[] = {
        prom, remote_dma, sends, receives, goes_on, ring_wraps, ring_fills, filters, loopback, send_packet_and_page_2, carrier,
        pci_card, hostile, saves_and_loads,
    };
    return suite_of("ne2000", tests, ARRAY_LEN(tests));
}
