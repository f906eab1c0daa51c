/* The 82540EM without a CPU, as a driver sees it: EEPROM and PHY, both rings, filters, offloads, interrupts and their
 * delays, statistics, rings that no driver would make. Offsets and bits: Intel 317453, chapter 13. */
#include "devices/e1000_parts.h"
#include "tests/unit/net_board.h"
#include <stdlib.h>

enum { HZ = 1000000000, RAM = 1 << 20, BAR = 0xE0000000, PORTS = 0xC000 };
enum { RX_RING = 0x10000, RX_BUFFERS = 0x20000, TX_RING = 0x11000, TX_BUFFER = 0x12000, RX_COUNT = 16, TX_COUNT = 16 };
enum { EN = 2, UPE = 8, MPE = 0x10, LPE = 0x20, BAM = 0x8000, VFE = 0x40000, SECRC = 0x4000000, BSEX = 0x2000000 };
enum { DD = 1, EOP = 2, IXSM = 4, VP = 8, TCPCS = 0x20, IPCS = 0x40 };
enum { TX_EOP = 1, TX_IFCS = 2, TX_IC = 4, TX_RS = 8, TX_DEXT = 0x20, TX_VLE = 0x40, TX_IDE = 0x80 };
static const u8 mac[NET_MAC] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
static const u8 other[NET_MAC] = { 0x52, 0x54, 0x00, 0x65, 0x43, 0x21 };
static const u8 everyone[NET_MAC] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
static const u8 group[NET_MAC] = { 0x01, 0x00, 0x5E, 0x00, 0x12, 0x34 };

struct fixture { struct chip_board b; struct memory memory; struct pci_bus bus; struct e1000 chip; struct probe irq; struct far_end far; };

static u32 get(struct fixture *f, u32 reg) { return memory_load(&f->memory, BAR + reg, 4); }
static void set(struct fixture *f, u32 reg, u32 value) { memory_store(&f->memory, BAR + reg, value, 4); }

static struct fixture *start(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error why = { "" };
    chip_board_init(&f->b, HZ);
    ck_assert_msg(memory_init(&f->memory, RAM, &why), "%s", why.text);
    memory_map_ram(&f->memory, "ram", 0, RAM, 0, 0);
    f->b.board.memory = &f->memory;
    f->irq.board = &f->b;
    ck_assert(pci_bus_attach(&f->bus, &f->b.board, &why));
    for (int i = 0; i < PCI_PIRQS; i++) line_connect(&f->bus.pirq[i], probe_set, &f->irq, i);
    f->chip.bus = &f->bus;
    f->chip.devfn = PCI_DEVFN(3, 0);
    f->chip.source = "net0";
    memcpy(f->chip.mac, mac, sizeof mac);
    far_connect(&f->far, &f->chip.link);
    chip_start(&f->b, &f->chip.dev, &e1000_class, "net0");
    pci_config_write(&f->chip.function, PCI_BAR0, BAR, 4);
    pci_config_write(&f->chip.function, PCI_BAR0 + 4, PORTS, 4);
    pci_config_write(&f->chip.function, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    return f;
}

static void finish(struct fixture *f)
{
    memory_destroy(&f->memory);
    free(f);
}

/* A receive ring whose descriptors but the last are the chip's, `size` bytes apart, and an empty transmit ring. */
static struct fixture *start_running(u32 rctl, u32 size)
{
    struct fixture *f = start();
    for (u32 i = 0; i < RX_COUNT; i++) memory_store(&f->memory, RX_RING + 16 * i, RX_BUFFERS + i * size, 4);
    set(f, E1000_RDBAL, RX_RING);
    set(f, E1000_RDLEN, RX_COUNT * 16);
    set(f, E1000_RDT, RX_COUNT - 1);
    set(f, E1000_TDBAL, TX_RING);
    set(f, E1000_TDLEN, TX_COUNT * 16);
    set(f, E1000_TCTL, EN);
    set(f, E1000_RCTL, rctl | EN);
    set(f, E1000_IMS, 0x1FFFF);
    return f;
}

struct received { u32 length, status, errors, special, checksum, at; };
static struct received received(struct fixture *f, u32 index)
{
    u32 at = RX_RING + 16 * index, two = memory_load(&f->memory, at + 8, 4), three = memory_load(&f->memory, at + 12, 4);
    return (struct received){ two & 0xFFFF, three & 0xFF, three >> 8 & 0xFF, three >> 16, two >> 16,
                              memory_load(&f->memory, at, 4) };
}

static void post(struct fixture *f, const u8 *to, size_t length, u8 mark)
{
    u8 frame[NET_FRAME_MAX];
    frame_fill(frame, length, to, mark);
    far_post(&f->b, &f->chip.link, frame, length);
}

static void descriptor(struct fixture *f, u32 index, u32 zero, u32 one, u32 two, u32 three)
{
    const u32 words[] = { zero, one, two, three };
    memory_write(&f->memory, TX_RING + 16 * index, words, sizeof words);
}
static void legacy(struct fixture *f, u32 index, u32 at, u32 length, u32 command, u32 css, u32 cso)
{
    descriptor(f, index, at, 0, length | cso << 16 | command << 24, css << 8);
}
static void send(struct fixture *f, u32 tail)
{
    set(f, E1000_TDT, tail);
    run_ns(&f->b, 1000000);
}

/* ---- registers ---- */
START_TEST(what_a_reset_leaves)
{
    struct fixture *f = start();
    ck_assert_uint_eq(pci_config_get(&f->chip.function, 0, 4), 0x100E8086);
    ck_assert_uint_eq(pci_config_get(&f->chip.function, 8, 4), 0x02000002);
    ck_assert_uint_eq(get(f, E1000_CTRL), 0x00140240);
    ck_assert_uint_eq(get(f, E1000_CTRL_DUP), 0x00140240);
    ck_assert_uint_eq(get(f, E1000_STATUS), 0x80080783);
    ck_assert_uint_eq(get(f, E1000_RA), 0x12005452);
    ck_assert_uint_eq(get(f, E1000_RA + 4), 0x80005634);
    ck_assert_uint_eq(get(f, E1000_VET), 0x8100);
    ck_assert_uint_eq(get(f, E1000_PBA), 0x00100030);
    set(f, E1000_STATUS, 0);
    set(f, E1000_TDBAL, 0x1234567F);
    ck_assert_uint_eq(get(f, E1000_STATUS), 0x80080783);
    ck_assert_uint_eq(get(f, E1000_TDBAL), 0x12345670);
    set(f, E1000_RDLEN, 0xFFFFFFFF);
    ck_assert_uint_eq(get(f, E1000_RDLEN), 0x000FFF80);
    set(f, E1000_CTRL, 1 << 26);
    ck_assert_uint_eq(get(f, E1000_RDLEN), 0);
    ck_assert_uint_eq(get(f, 0x8000), 0);                                  /* nothing is there */
    finish(f);
}
END_TEST

START_TEST(registers_by_ports)
{
    struct fixture *f = start();
    ports_write(&f->b.ports, PORTS, E1000_VET, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, PORTS + 4, 4), 0x8100);
    ports_write(&f->b.ports, PORTS + 4, 0x88A8, 4);
    ck_assert_uint_eq(get(f, E1000_VET), 0x88A8);
    ck_assert_uint_eq(ports_read(&f->b.ports, PORTS, 4), E1000_VET);
    ports_write(&f->b.ports, PORTS, 0xFFFFFFFF, 4);
    ck_assert_uint_eq(ports_read(&f->b.ports, PORTS + 4, 4), 0);
    pci_config_write(&f->chip.function, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    ck_assert_uint_eq(ports_read(&f->b.ports, PORTS, 4), ~0u);
    finish(f);
}
END_TEST

static u16 eerd(struct fixture *f, u32 word)
{
    set(f, E1000_EERD, word << 8 | 1);
    u32 value = get(f, E1000_EERD);
    ck_assert(value & 0x10);
    return (u16)(value >> 16);
}

static void clock_bit(struct fixture *f, bool in)
{
    set(f, E1000_EECD, 0x42 | (in ? 4 : 0));
    set(f, E1000_EECD, 0x43 | (in ? 4 : 0));
    set(f, E1000_EECD, 0x42 | (in ? 4 : 0));
}

static u16 microwire(struct fixture *f, u32 word)
{
    u32 command = 6u << 6 | word;
    u16 value = 0;
    set(f, E1000_EECD, 0x42);
    for (int bit = 8; bit >= 0; bit--) clock_bit(f, command >> bit & 1);
    ck_assert(!(get(f, E1000_EECD) & 8));                                  /* the zero before the word */
    for (int i = 0; i < 16; i++) {
        clock_bit(f, false);
        value = (u16)(value << 1 | (get(f, E1000_EECD) >> 3 & 1));
    }
    set(f, E1000_EECD, 0);
    return value;
}

START_TEST(eeprom)
{
    struct fixture *f = start();
    u16 sum = 0;
    ck_assert_uint_eq(eerd(f, 0), 0x5452);
    ck_assert_uint_eq(eerd(f, 2), 0x5634);
    for (u32 i = 0; i < E1000_EEPROM; i++) {
        u16 word = eerd(f, i);
        sum += word;
        ck_assert_uint_eq(microwire(f, i), word);
    }
    ck_assert_uint_eq(sum, 0xBABA);
    ck_assert_uint_eq(eerd(f, 200), 0);
    set(f, E1000_EECD, 0x40);
    ck_assert_uint_eq(get(f, E1000_EECD) & 0x1C0, 0x1C0);                  /* present; asked for and granted */
    set(f, E1000_EECD, 0);
    ck_assert_uint_eq(get(f, E1000_EECD) & 0xC0, 0);
    finish(f);
}
END_TEST

static u32 mdic(struct fixture *f, u32 phy, u32 reg, u32 operation, u16 value)
{
    set(f, E1000_MDIC, operation << 26 | phy << 21 | reg << 16 | value);
    return get(f, E1000_MDIC);
}

START_TEST(phy)
{
    struct fixture *f = start();
    ck_assert_uint_eq(mdic(f, 1, 2, 2, 0) & 0x1000FFFF, 0x10000141);
    ck_assert_uint_eq(mdic(f, 1, 3, 2, 0) & 0xFFFF, 0x0C20);
    ck_assert_uint_eq(mdic(f, 1, 1, 2, 0) & 0x24, 0x24);                   /* link, negotiated */
    ck_assert_uint_eq(mdic(f, 1, 17, 2, 0) & 0xAC00, 0xAC00);              /* 1000, full duplex, link */
    mdic(f, 1, 4, 1, 0x01E1);
    ck_assert_uint_eq(mdic(f, 1, 4, 2, 0) & 0xFFFF, 0x01E1);
    mdic(f, 1, 2, 1, 0xFFFF);
    ck_assert_uint_eq(mdic(f, 1, 2, 2, 0) & 0xFFFF, 0x0141);
    ck_assert(mdic(f, 2, 2, 2, 0) & 1u << 30);                             /* nobody at that address */
    ck_assert(mdic(f, 1, 2, 3, 0) & 1u << 30);
    mdic(f, 1, 0, 1, 0x8000);
    ck_assert_uint_eq(mdic(f, 1, 4, 2, 0) & 0xFFFF, 0x0DE1);
    set(f, E1000_ICR, ~0u);
    set(f, E1000_MDIC, 1u << 29 | 2 << 26 | 1 << 21);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_MDAC);
    finish(f);
}
END_TEST

START_TEST(link)
{
    struct fixture *f = start_running(0, 2048);
    get(f, E1000_ICR);
    far_post(&f->b, &f->chip.link, "\0", 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_STATUS) & 2, 0);
    ck_assert_uint_eq(mdic(f, 1, 1, 2, 0) & 0x24, 0);
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_LSC);
    ck_assert(!f->irq.level);
    far_post(&f->b, &f->chip.link, "\1", 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_STATUS) & 2, 2);
    ck_assert_uint_eq(mdic(f, 1, 1, 2, 0) & 0x24, 0x24);
    finish(f);
}
END_TEST

/* ---- receive ---- */
START_TEST(receives)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[200], bytes[204];
    frame_fill(frame, sizeof frame, mac, 7);
    far_post(&f->b, &f->chip.link, frame, sizeof frame);
    run_ns(&f->b, 1000);
    struct received r = received(f, 0);
    u32 crc = net_crc(frame, sizeof frame);
    ck_assert_uint_eq(r.length, 204);
    ck_assert_uint_eq(r.status, DD | EOP | IXSM);
    ck_assert_uint_eq(r.errors, 0);
    memory_read(&f->memory, RX_BUFFERS, bytes, sizeof bytes);
    ck_assert_mem_eq(bytes, frame, 200);
    ck_assert_mem_eq(bytes + 200, &crc, 4);
    ck_assert_uint_eq(get(f, E1000_RDH), 1);
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_RXT0);
    ck_assert(!f->irq.level);
    set(f, E1000_RCTL, EN | SECRC);
    post(f, mac, 100, 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 1).length, 100);
    finish(f);
}
END_TEST

START_TEST(filters)
{
    static const struct { u32 rctl; const u8 *to; bool taken; } cases[] = {
        { 0, mac, true }, { 0, other, false }, { UPE, other, true }, { MPE, other, false },
        { 0, group, false }, { MPE, group, true }, { UPE, group, false },
        { 0, everyone, false }, { BAM, everyone, true }, { MPE, everyone, true },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = start_running(cases[i].rctl, 2048);
        post(f, cases[i].to, 100, 1);
        run_ns(&f->b, 1000);
        ck_assert_msg(get(f, E1000_RDH) == cases[i].taken, "case %u", i);
        ck_assert_uint_eq(get(f, E1000_TPR), 1);
        finish(f);
    }
}
END_TEST

/* The multicast table by each choice of bits, and a second station address. */
START_TEST(filter_tables)
{
    static const u8 shift[] = { 4, 3, 2, 0 };
    for (u32 mo = 0; mo < 4; mo++) {
        struct fixture *f = start_running(mo << 12, 2048);
        u32 bits = (0x3412u >> shift[mo]) & 0xFFF;
        for (u32 i = 0; i < 128; i++) set(f, E1000_MTA + 4 * i, i == bits >> 5 ? ~(1u << (bits & 31)) : ~0u);
        post(f, group, 100, 1);
        run_ns(&f->b, 1000);
        ck_assert_uint_eq(get(f, E1000_RDH), 0);
        for (u32 i = 0; i < 128; i++) set(f, E1000_MTA + 4 * i, i == bits >> 5 ? 1u << (bits & 31) : 0);
        post(f, group, 100, 1);
        run_ns(&f->b, 1000);
        ck_assert_uint_eq(get(f, E1000_RDH), 1);
        post(f, (u8[]){ 2, 0, 0x5E, 0, 0x12, 0x34 }, 100, 1);              /* not for stations */
        run_ns(&f->b, 1000);
        ck_assert_uint_eq(get(f, E1000_RDH), 1);
        set(f, E1000_RA + 8 * 15, 0x65005452);
        set(f, E1000_RA + 8 * 15 + 4, 0x00002143);
        post(f, other, 100, 1);
        run_ns(&f->b, 1000);
        ck_assert_uint_eq(get(f, E1000_RDH), 1);                           /* not valid yet */
        set(f, E1000_RA + 8 * 15 + 4, 0x80002143);
        post(f, other, 100, 1);
        run_ns(&f->b, 1000);
        ck_assert_uint_eq(get(f, E1000_RDH), 2);
        finish(f);
    }
}
END_TEST

static void post_tagged(struct fixture *f, u16 tag)
{
    u8 frame[104];
    frame_fill(frame, sizeof frame, mac, 9);
    memcpy(frame + 12, (u8[]){ 0x81, 0x00, (u8)(tag >> 8), (u8)tag }, 4);
    far_post(&f->b, &f->chip.link, frame, sizeof frame);
    run_ns(&f->b, 1000);
}

START_TEST(vlan)
{
    struct fixture *f = start_running(VFE | SECRC, 2048);
    u8 bytes[14];
    post_tagged(f, 0x6123);
    ck_assert_uint_eq(get(f, E1000_RDH), 0);
    set(f, E1000_VFTA + 4 * (0x123 >> 5), 1u << (0x123 & 31));
    post_tagged(f, 0x6123);
    ck_assert_uint_eq(received(f, 0).length, 104);
    ck_assert_uint_eq(received(f, 0).status & VP, 0);
    set(f, E1000_CTRL, get(f, E1000_CTRL) | E1000_CTRL_VME);
    post_tagged(f, 0x6123);
    struct received r = received(f, 1);
    ck_assert_uint_eq(r.length, 100);
    ck_assert_uint_eq(r.status & VP, VP);
    ck_assert_uint_eq(r.special, 0x6123);
    memory_read(&f->memory, r.at, bytes, sizeof bytes);
    ck_assert_mem_eq(bytes, mac, NET_MAC);
    ck_assert_uint_eq(bytes[12], (u8)(9 + 16 * 3));                        /* what stood behind the tag */
    post(f, mac, 100, 1);                                                  /* no tag: not filtered */
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_RDH), 3);
    finish(f);
}
END_TEST

START_TEST(buffer_sizes)
{
    static const struct { u32 rctl, size; } cases[] = {
        { 0, 2048 }, { 1 << 16, 1024 }, { 2 << 16, 512 }, { 3 << 16, 256 }, { BSEX | 1 << 16, 16384 }, { BSEX | 2 << 16, 8192 },
        { BSEX | 3 << 16, 4096 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = start_running(cases[i].rctl | SECRC, cases[i].size);
        u8 frame[1514], bytes[1514];
        frame_fill(frame, sizeof frame, mac, (u8)i);
        far_post(&f->b, &f->chip.link, frame, sizeof frame);
        run_ns(&f->b, 1000);
        u32 parts = (1514 + cases[i].size - 1) / cases[i].size, at = 0;
        ck_assert_uint_eq(get(f, E1000_RDH), parts);
        for (u32 k = 0; k < parts; k++) {
            struct received r = received(f, k);
            ck_assert_uint_eq(r.length, MIN(cases[i].size, 1514 - at));
            ck_assert_uint_eq(r.status & (DD | EOP), k + 1 == parts ? DD | EOP : DD);
            memory_read(&f->memory, r.at, bytes + at, r.length);
            at += r.length;
        }
        ck_assert_mem_eq(bytes, frame, sizeof frame);
        finish(f);
    }
}
END_TEST

START_TEST(long_packets)
{
    struct fixture *f = start_running(0, 2048);
    post(f, mac, 1515, 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_RDH), 0);
    ck_assert_uint_eq(get(f, E1000_ROC), 1);
    ck_assert_uint_eq(get(f, E1000_ROC), 0);                               /* cleared by being read */
    set(f, E1000_RCTL, EN | LPE);
    post(f, mac, NET_FRAME_MAX, 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_RDH), 5);
    finish(f);
}
END_TEST

START_TEST(ring_wraps_and_fills)
{
    struct fixture *f = start_running(0, 2048);
    for (u32 i = 0; i < RX_COUNT - 1; i++) {
        post(f, mac, 100, (u8)i);
        run_ns(&f->b, 1000);
    }
    ck_assert_uint_eq(get(f, E1000_RDH), RX_COUNT - 1);
    ck_assert(!net_ready(&f->chip.link));
    get(f, E1000_ICR);
    post(f, mac, 100, 99);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_RXO);
    ck_assert_uint_eq(get(f, E1000_MPC), 1);
    ck_assert_uint_eq(get(f, E1000_RNBC), 1);
    unsigned rooms = f->far.rooms;
    set(f, E1000_RDT, 2);                                                  /* three more */
    ck_assert_uint_gt(f->far.rooms, rooms);
    ck_assert(net_ready(&f->chip.link));
    post(f, mac, 100, 42);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_RDH), 0);
    ck_assert_uint_eq(memory_load(&f->memory, RX_BUFFERS + 2048 * (RX_COUNT - 1) + 14, 1), (u8)(42 + 14 * 3));
    finish(f);
}
END_TEST

/* ---- interrupts ---- */
START_TEST(masks)
{
    struct fixture *f = start();
    set(f, E1000_ICS, E1000_INT_LSC | E1000_INT_TXQE);
    ck_assert(!f->irq.level);
    set(f, E1000_IMS, E1000_INT_TXQE);
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, E1000_IMS), E1000_INT_TXQE);
    set(f, E1000_IMC, E1000_INT_TXQE);
    ck_assert(!f->irq.level);
    set(f, E1000_IMS, E1000_INT_TXQE | E1000_INT_LSC);
    set(f, E1000_ICR, E1000_INT_TXQE);                                     /* cleared by a one */
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_LSC);
    ck_assert(!f->irq.level);
    ck_assert_uint_eq(get(f, E1000_ICR), 0);
    ck_assert_uint_eq(get(f, E1000_ICS), 0);
    finish(f);
}
END_TEST

START_TEST(receive_delays)
{
    struct fixture *f = start_running(0, 2048);
    set(f, E1000_RDTR, 10);                                                /* 10.24 us after the last */
    set(f, E1000_RADV, 20);                                                /* 20.48 us after the first */
    u64 first = clock_now(&f->b.clock);
    post(f, mac, 100, 1);
    run_to(&f->b, first + 10239);
    ck_assert(!f->irq.level);
    run_to(&f->b, first + 10241);
    ck_assert(f->irq.level);
    get(f, E1000_ICR);
    first = clock_now(&f->b.clock);
    for (int i = 0; i < 4; i++) {
        post(f, mac, 100, 1);
        run_to(&f->b, first + 6000 * ((u64)i + 1));
        ck_assert_int_eq(f->irq.level, i == 3);
    }
    ck_assert_uint_eq(f->irq.risen_at, first + 20480);
    get(f, E1000_ICR);
    post(f, mac, 100, 1);
    run_ns(&f->b, 1000);
    ck_assert(!f->irq.level);
    set(f, E1000_RDTR, 1u << 31 | 10);                                     /* at once */
    ck_assert(f->irq.level);
    finish(f);
}
END_TEST

START_TEST(throttle)
{
    struct fixture *f = start_running(0, 2048);
    set(f, E1000_ITR, 100);                                                /* 25.6 us */
    u64 first = clock_now(&f->b.clock);
    set(f, E1000_ICS, E1000_INT_LSC);
    ck_assert(f->irq.level);
    get(f, E1000_ICR);
    set(f, E1000_ICS, E1000_INT_LSC);
    ck_assert(!f->irq.level);
    run_to(&f->b, first + 25599);
    ck_assert(!f->irq.level);
    run_to(&f->b, first + 25600);
    ck_assert(f->irq.level);
    finish(f);
}
END_TEST

START_TEST(thresholds)
{
    struct fixture *f = start_running(2 << 8, 2048);                       /* an eighth of 16: 2 */
    set(f, E1000_RSRPD, 80);
    for (u32 i = 0; i < 12; i++) {
        post(f, mac, 100, 1);
        run_ns(&f->b, 1000);
        ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_RXT0);
    }
    post(f, mac, 76, 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_RXT0 | E1000_INT_RXDMT0 | E1000_INT_SRPD);
    finish(f);
}
END_TEST

/* ---- transmit ---- */
START_TEST(sends)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[300];
    frame_fill(frame, sizeof frame, other, 5);
    memory_write(&f->memory, TX_BUFFER, frame, sizeof frame);
    legacy(f, 0, TX_BUFFER, 100, TX_IFCS | TX_RS, 0, 0);                   /* in three pieces */
    legacy(f, 1, TX_BUFFER + 100, 50, TX_IFCS, 0, 0);
    send(f, 2);
    ck_assert_uint_eq(f->far.frames, 0);                                   /* no end yet */
    legacy(f, 2, TX_BUFFER + 150, 150, TX_IFCS | TX_EOP | TX_RS, 0, 0);
    send(f, 3);
    ck_assert_uint_eq(f->far.frames, 1);
    ck_assert_uint_eq(f->far.frame[0].length, sizeof frame);
    ck_assert_mem_eq(f->far.frame[0].bytes, frame, sizeof frame);
    ck_assert_uint_eq(memory_load(&f->memory, TX_RING + 12, 1), DD);
    ck_assert_uint_eq(memory_load(&f->memory, TX_RING + 28, 1), 0);        /* it did not ask */
    ck_assert_uint_eq(memory_load(&f->memory, TX_RING + 44, 1), DD);
    ck_assert_uint_eq(get(f, E1000_TDH), 3);
    ck_assert(f->irq.level);
    ck_assert_uint_eq(get(f, E1000_ICR), E1000_INT_TXDW | E1000_INT_TXQE);
    legacy(f, 3, TX_BUFFER, 30, TX_EOP, 0, 0);
    send(f, 4);
    ck_assert_uint_eq(f->far.frame[1].length, 30);
    set(f, E1000_TCTL, EN | 8);                                            /* pad short packets */
    legacy(f, 4, TX_BUFFER, 30, TX_EOP, 0, 0);
    send(f, 5);
    ck_assert_uint_eq(f->far.frame[2].length, 60);
    ck_assert_uint_eq(f->far.frame[2].bytes[59], 0);
    finish(f);
}
END_TEST

START_TEST(ring_order_and_time)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[1000];
    for (u32 i = 0; i < TX_COUNT; i++) {
        frame_fill(frame, sizeof frame, other, (u8)i);
        memory_write(&f->memory, TX_BUFFER + 1024 * i, frame, sizeof frame);
        legacy(f, i, TX_BUFFER + 1024 * i, sizeof frame, TX_EOP, 0, 0);
    }
    set(f, E1000_TDT, 15);
    ck_assert_uint_eq(f->far.frames, 0);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(f->far.frames, 1);
    run_ns(&f->b, 8 * 1024 - 1);
    ck_assert_uint_eq(f->far.frames, 1);
    run_ns(&f->b, 2);
    ck_assert_uint_eq(f->far.frames, 2);                                   /* a gigabit wire's time later */
    run_ns(&f->b, 1000000);
    set(f, E1000_TDT, 3);                                                  /* around the end */
    run_ns(&f->b, 1000000);
    ck_assert_uint_eq(f->far.frames, 19);
    for (u32 i = 0; i < 19; i++) ck_assert_uint_eq(f->far.frame[i].bytes[14], (u8)(i % TX_COUNT + 14 * 3));
    finish(f);
}
END_TEST

START_TEST(transmit_waits)
{
    struct fixture *f = start_running(0, 2048);
    legacy(f, 0, TX_BUFFER, 100, TX_EOP, 0, 0);
    set(f, E1000_TCTL, 0);
    send(f, 1);
    ck_assert_uint_eq(f->far.frames, 0);
    pci_config_write(&f->chip.function, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    set(f, E1000_TCTL, EN);
    run_ns(&f->b, 1000000);
    ck_assert_uint_eq(f->far.frames, 0);
    pci_config_write(&f->chip.function, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    run_ns(&f->b, 1000000);
    ck_assert_uint_eq(f->far.frames, 1);
    finish(f);
}
END_TEST

START_TEST(transmit_delays)
{
    struct fixture *f = start_running(0, 2048);
    set(f, E1000_TIDV, 10);
    set(f, E1000_TADV, 15);
    u64 first = clock_now(&f->b.clock);
    for (u32 i = 0; i < 3; i++) {
        legacy(f, i, TX_BUFFER, 100, TX_EOP | TX_RS | TX_IDE, 0, 0);
        set(f, E1000_TDT, i + 1);
        run_to(&f->b, first + 8000 * (i + 1));
        get(f, E1000_ICR);
    }
    ck_assert_uint_eq(f->irq.risen_at, first + 1000 + 15 * 1024);          /* TADV, from the first */
    legacy(f, 3, TX_BUFFER, 100, TX_EOP | TX_RS | TX_IDE, 0, 0);
    set(f, E1000_IMC, E1000_INT_TXQE);
    set(f, E1000_TDT, 4);
    run_ns(&f->b, 2000);
    ck_assert(!f->irq.level);
    set(f, E1000_TIDV, 1u << 31);
    ck_assert(f->irq.level);
    finish(f);
}
END_TEST

/* ---- offloads ---- */
enum { IP = 14, TCP = 34, HEADERS = 54 };

/* An Ethernet, IPv4 and TCP header, sums zero but TCP's, which has the pseudo header's without the length. */
static void tcp_frame(u8 *frame, size_t length)
{
    static const u8 ip[20] = { 0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2 };
    static const u8 tcp[20] = { 0x04, 0, 0, 80, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0, 1, 0x50, 0x19, 0x20, 0, 0, 0, 0, 0 };
    frame_fill(frame, length, other, 3);
    memcpy(frame + IP, ip, sizeof ip);
    memcpy(frame + TCP, tcp, sizeof tcp);
    u32 sum = 0x0A00 + 0x020F + 0x0A00 + 0x0202 + 6;
    frame[TCP + 16] = (u8)(sum >> 8);
    frame[TCP + 17] = (u8)sum;
}

static u32 word(const u8 *at) { return (u32)at[0] << 8 | at[1]; }

static bool sums_good(const u8 *frame, size_t length)
{
    u32 total = word(frame + IP + 2), sum = 0, transport = 6 + total - 20;
    for (u32 i = 0; i < 20; i += 2) sum += word(frame + IP + i);
    for (u32 i = 12; i < 20; i += 2) transport += word(frame + IP + i);
    for (u32 i = 0; i < total - 20; i++) transport += i & 1 ? frame[TCP + i] : (u32)frame[TCP + i] << 8;
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    while (transport >> 16) transport = (transport & 0xFFFF) + (transport >> 16);
    return total + IP <= length && sum == 0xFFFF && transport == 0xFFFF;
}

START_TEST(legacy_checksum)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[100];
    frame_fill(frame, sizeof frame, other, 3);
    frame[50] = frame[51] = 0;
    memory_write(&f->memory, TX_BUFFER, frame, sizeof frame);
    legacy(f, 0, TX_BUFFER, sizeof frame, TX_EOP | TX_IC, 20, 50);
    send(f, 1);
    ck_assert_uint_eq(e1000_sum(f->far.frame[0].bytes + 20, 80), 0xFFFF);
    ck_assert_mem_eq(f->far.frame[0].bytes, frame, 50);
    legacy(f, 1, TX_BUFFER, sizeof frame, TX_EOP | TX_IC, 20, 99);         /* a place that is half outside */
    send(f, 2);
    ck_assert_mem_eq(f->far.frame[1].bytes, frame, sizeof frame);
    finish(f);
}
END_TEST

static void context(struct fixture *f, u32 index, u32 command, u32 length, u32 mss)
{
    descriptor(f, index, IP | (IP + 10) << 8 | (TCP - 1) << 16, TCP | (TCP + 16) << 8, length | (TX_DEXT | command) << 24,
               HEADERS << 8 | mss << 16);
}
static void data(struct fixture *f, u32 index, u32 at, u32 length, u32 command, u32 options)
{
    descriptor(f, index, at, 0, length | 1 << 20 | (TX_DEXT | command) << 24, options << 8);
}

START_TEST(context_checksums)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[200];
    tcp_frame(frame, sizeof frame);
    frame[IP + 3] = sizeof frame - IP;
    u32 sum = word(frame + TCP + 16) + sizeof frame - TCP;                 /* for a plain packet the driver adds it */
    frame[TCP + 16] = (u8)(sum >> 8);
    frame[TCP + 17] = (u8)sum;
    memory_write(&f->memory, TX_BUFFER, frame, sizeof frame);
    context(f, 0, 3, 0, 0);
    data(f, 1, TX_BUFFER, 60, 0, 3);
    data(f, 2, TX_BUFFER + 60, 140, TX_EOP, 0);                            /* the first one's options count */
    send(f, 3);
    ck_assert_uint_eq(f->far.frames, 1);
    ck_assert(sums_good(f->far.frame[0].bytes, f->far.frame[0].length));
    data(f, 3, TX_BUFFER, sizeof frame, TX_EOP, 0);
    send(f, 4);
    ck_assert_mem_eq(f->far.frame[1].bytes, frame, sizeof frame);
    finish(f);
}
END_TEST

START_TEST(segmentation)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[HEADERS + 2500];
    tcp_frame(frame, sizeof frame);
    memory_write(&f->memory, TX_BUFFER, frame, sizeof frame);
    context(f, 0, 4 | 3 | TX_RS, 2500, 1000);                              /* TSE, TCP over IPv4 */
    data(f, 1, TX_BUFFER, HEADERS, 4, 3);
    data(f, 2, TX_BUFFER + HEADERS, 2500, 4 | TX_EOP | TX_RS, 0);
    send(f, 3);
    ck_assert_uint_eq(f->far.frames, 3);
    for (u32 i = 0; i < 3; i++) {
        const u8 *out = f->far.frame[i].bytes;
        u32 payload = i < 2 ? 1000 : 500;
        ck_assert_uint_eq(f->far.frame[i].length, HEADERS + payload);
        ck_assert_mem_eq(out + HEADERS, frame + HEADERS + 1000 * i, payload);
        ck_assert_uint_eq(word(out + IP + 2), 40 + payload);
        ck_assert_uint_eq(word(out + IP + 4), 0x1234 + i);
        ck_assert_uint_eq(word(out + TCP + 4) << 16 | word(out + TCP + 6), 0xFFFFFF80 + 1000 * i);
        ck_assert_uint_eq(out[TCP + 13], i < 2 ? 0x10 : 0x19);             /* FIN and PSH in the last only */
        ck_assert(sums_good(out, f->far.frame[i].length));
    }
    ck_assert_uint_eq(get(f, E1000_TSCTC), 1);
    ck_assert_uint_eq(get(f, E1000_GPTC), 3);
    ck_assert_uint_eq(memory_load(&f->memory, TX_RING + 12, 1), DD);
    finish(f);
}
END_TEST

START_TEST(vlan_insertion)
{
    struct fixture *f = start_running(0, 2048);
    u8 frame[100];
    frame_fill(frame, sizeof frame, other, 3);
    memory_write(&f->memory, TX_BUFFER, frame, sizeof frame);
    set(f, E1000_CTRL, get(f, E1000_CTRL) | E1000_CTRL_VME);
    descriptor(f, 0, TX_BUFFER, 0, sizeof frame | (TX_EOP | TX_VLE) << 24, 0x2345u << 16);
    send(f, 1);
    ck_assert_uint_eq(f->far.frame[0].length, 104);
    ck_assert_mem_eq(f->far.frame[0].bytes + 12, "\x81\x00\x23\x45", 4);
    ck_assert_mem_eq(f->far.frame[0].bytes + 16, frame + 12, 88);
    finish(f);
}
END_TEST

START_TEST(receive_checksums)
{
    struct fixture *f = start_running(SECRC, 2048);
    u8 frame[200], good[200];
    tcp_frame(frame, sizeof frame);
    memcpy(frame, mac, NET_MAC);
    frame[IP + 3] = sizeof frame - IP;
    memcpy(good, frame, sizeof good);
    e1000_sum_put(good, sizeof good, IP, IP + 10, TCP - 1);
    u32 sum = word(good + TCP + 16) + sizeof good - TCP;
    good[TCP + 16] = (u8)(sum >> 8);
    good[TCP + 17] = (u8)sum;
    e1000_sum_put(good, sizeof good, TCP, TCP + 16, 0);
    ck_assert(sums_good(good, sizeof good));
    set(f, E1000_RXCSUM, 0x300 | IP);
    far_post(&f->b, &f->chip.link, good, sizeof good);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 0).status, DD | EOP | IPCS | TCPCS);
    ck_assert_uint_eq(received(f, 0).errors, 0);
    ck_assert_uint_eq(received(f, 0).checksum, (u16)~e1000_sum(good + IP, sizeof good - IP));
    good[IP + 8]--;
    far_post(&f->b, &f->chip.link, good, sizeof good);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 1).errors, 0x40);
    good[IP + 8]++;
    good[150] ^= 1;
    far_post(&f->b, &f->chip.link, good, sizeof good);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 2).errors, 0x20);
    good[IP + 7] = 8;                                                      /* a fragment: TCP is not looked at */
    far_post(&f->b, &f->chip.link, good, sizeof good);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 3).status & TCPCS, 0);
    good[IP + 7] = 0;
    good[IP + 9] = 17;                                                     /* UDP without a sum */
    good[TCP + 6] = good[TCP + 7] = 0;
    far_post(&f->b, &f->chip.link, good, sizeof good);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 4).status & TCPCS, 0);
    good[TCP + 7] = 1;
    far_post(&f->b, &f->chip.link, good, sizeof good);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(received(f, 5).status & TCPCS, TCPCS);
    finish(f);
}
END_TEST

/* ---- loopback, statistics ---- */
START_TEST(loopback)
{
    struct fixture *f = start_running(SECRC, 2048);
    u8 frame[100];
    frame_fill(frame, sizeof frame, mac, 3);
    memory_write(&f->memory, TX_BUFFER, frame, sizeof frame);
    legacy(f, 0, TX_BUFFER, sizeof frame, TX_EOP, 0, 0);
    set(f, E1000_RCTL, EN | SECRC | 0xC0);
    send(f, 1);
    ck_assert_uint_eq(f->far.frames, 0);
    ck_assert_uint_eq(received(f, 0).length, 100);
    set(f, E1000_RCTL, EN | SECRC);
    mdic(f, 1, 0, 1, 0x4000);                                              /* in the PHY: the wire is off */
    legacy(f, 1, TX_BUFFER, sizeof frame, TX_EOP, 0, 0);
    send(f, 2);
    post(f, mac, 100, 1);
    run_ns(&f->b, 1000);
    ck_assert_uint_eq(f->far.frames, 0);
    ck_assert_uint_eq(get(f, E1000_RDH), 2);
    finish(f);
}
END_TEST

START_TEST(statistics)
{
    static const u16 lengths[] = { 60, 61, 123, 124, 251, 252, 507, 508, 1019, 1020 };
    struct fixture *f = start_running(BAM | MPE, 2048);
    u32 octets = 0;
    for (unsigned i = 0; i < ARRAY_LEN(lengths); i++) {
        post(f, i == 0 ? everyone : i == 1 ? group : mac, lengths[i], 1);
        run_ns(&f->b, 1000);
        octets += lengths[i] + 4u;
    }
    for (u32 i = 0; i < 6; i++) ck_assert_uint_eq(get(f, E1000_PRC64 + 4 * i), i == 0 || i == 5 ? 1 : 2);
    ck_assert_uint_eq(get(f, E1000_BPRC), 1);
    ck_assert_uint_eq(get(f, E1000_MPRC), 1);
    ck_assert_uint_eq(get(f, E1000_GPRC), ARRAY_LEN(lengths));
    ck_assert_uint_eq(get(f, E1000_GPRC), 0);
    ck_assert_uint_eq(get(f, E1000_GORCL), octets);
    ck_assert_uint_eq(get(f, E1000_GORCL), octets);                        /* its upper half clears both */
    ck_assert_uint_eq(get(f, E1000_GORCL + 4), 0);
    ck_assert_uint_eq(get(f, E1000_GORCL), 0);
    e1000_count(&f->chip, E1000_MPC, 0xFFFFFFF0);
    e1000_count(&f->chip, E1000_MPC, 0x100);
    ck_assert_uint_eq(get(f, E1000_MPC), ~0u);                             /* it sticks */
    set(f, E1000_MPC, 5);
    ck_assert_uint_eq(get(f, E1000_MPC), 0);
    finish(f);
}
END_TEST

/* ---- nonsense ---- */
START_TEST(hostile_rings)
{
    static const u32 lengths[] = { 0, 0x80, 0xFFFFFF80 }, places[] = { 0, 7, 0xFFFF };
    for (unsigned i = 0; i < 27; i++) {
        struct fixture *f = start_running(LPE | UPE | MPE, 2048);
        u32 length = lengths[i % 3], head = places[i / 3 % 3], tail = places[i / 9];
        static const struct { u32 len, head, tail; } rings[] = {
            { E1000_RDLEN, E1000_RDH, E1000_RDT }, { E1000_TDLEN, E1000_TDH, E1000_TDT },
        };
        for (unsigned k = 0; k < 2; k++) {
            set(f, rings[k].len, length);
            set(f, rings[k].head, head);
            set(f, rings[k].tail, tail);
        }
        set(f, E1000_RDBAL, RAM - 64);
        set(f, E1000_TDBAL, 0xFFFFFFF0);
        post(f, mac, NET_FRAME_MAX, 1);
        run_ns(&f->b, 100000);
        net_ready(&f->chip.link);
        finish(f);
    }
}
END_TEST

/* Descriptors of random bits, in a ring that lies over the registers' addresses and RAM alike. */
START_TEST(hostile_descriptors)
{
    struct fixture *f = start_running(LPE | UPE | MPE, 256);
    u64 random = 3;
    for (unsigned round = 0; round < 3000; round++) {
        u32 words[4];
        for (unsigned i = 0; i < 4; i++) {
            random = random * 6364136223846793005 + 1442695040888963407;
            words[i] = (u32)(random >> 32);
        }
        if (round & 1) words[0] &= RAM - 1, words[1] = round & 2 ? words[1] : 0;
        descriptor(f, round % TX_COUNT, words[0], words[1], words[2], words[3]);
        memory_store(&f->memory, RX_RING + 16 * (round % RX_COUNT), round & 4 ? words[0] : RX_BUFFERS, 4);
        if (round % 7 == 0) set(f, E1000_RDT, words[3] % (RX_COUNT + 2));
        set(f, E1000_TDT, (round + 1) % TX_COUNT);
        if (round % 3 == 0) post(f, mac, 60 + words[1] % (NET_FRAME_MAX - 60), 1);
        run_ns(&f->b, 3000);
    }
    set(f, E1000_CTRL, 1 << 26);
    ck_assert_uint_eq(get(f, E1000_TDH), 0);
    finish(f);
}
END_TEST

START_TEST(hostile_registers)
{
    struct fixture *f = start_running(0, 2048);
    u64 random = 1;
    for (int i = 0; i < 60000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        u32 at = (random >> 30 & 1 ? (u32)(random >> 40) & 0x5FFC : (u32)(random >> 40) & 0x1FFFC);
        if (random >> 31 & 1) set(f, at, (u32)random ^ (u32)(random >> 32));
        else get(f, at);
        if (i % 16 == 0) post(f, everyone, 60 + (random >> 50 & 0xFFF), 1);
        if (i % 8 == 0) run_ns(&f->b, random >> 55);
    }
    finish(f);
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture *f = start_running(0, 2048), *g = start();
    set(f, E1000_RDTR, 10);
    set(f, E1000_ITR, 50);
    post(f, mac, 100, 1);
    legacy(f, 0, TX_BUFFER, 100, TX_EOP | TX_RS, 0, 0);
    set(f, E1000_TDT, 1);
    for (int bit = 0; bit < 5; bit++) clock_bit(f, bit < 2);               /* half an EEPROM command */
    g->b.clock.now = f->b.clock.now;
    memcpy(g->memory.ram, f->memory.ram, RAM);
    check_save_load(&f->chip.dev, &g->chip.dev);
    run_ns(&f->b, 30000);
    run_ns(&g->b, 30000);
    ck_assert_uint_eq(g->far.frames, 1);
    ck_assert_uint_eq(f->irq.risen_at, g->irq.risen_at);
    ck_assert_uint_eq(get(f, E1000_ICR), get(g, E1000_ICR));
    ck_assert_uint_eq(get(f, E1000_VET), get(g, E1000_VET));               /* its BAR is where it was */
    finish(f);
    finish(g);
}
END_TEST

Suite *e1000_suite(void)
{
    const TTest *const tests[] = {
        what_a_reset_leaves, registers_by_ports, eeprom, phy, link, receives, filters, filter_tables, vlan, buffer_sizes,
        long_packets, ring_wraps_and_fills, masks, receive_delays, throttle, thresholds, sends, ring_order_and_time,
        transmit_waits, transmit_delays, legacy_checksum, context_checksums, segmentation, vlan_insertion,
        receive_checksums, loopback, statistics, hostile_rings, hostile_descriptors, hostile_registers, saves_and_loads,
    };
    return suite_of("e1000", tests, ARRAY_LEN(tests));
}
