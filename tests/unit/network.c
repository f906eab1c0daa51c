/* The other end of the guest's wire: frontend/net_socket with peers that behave and peers that do not, the queue to
 * the guest, frontend/pcap and frontend/waiter. */
#define _GNU_SOURCE
#include "frontend/net.h"
#include "frontend/pcap.h"
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { FRAME = 60, WIRE_NS = 50000, FRAMES = 1024, SECOND = 1000000000, QUEUE = 512 };

static struct host         host;
static struct net_options  options;
static struct machine     *machine;
static struct net         *net;
static struct error        why;
static char                folder[32], path[64], place[80];
static struct { u64 cycle; size_t length; u8 first, last; } got[FRAMES];
static unsigned            gots;
static int                 stderr_kept;
static FILE               *stderr_file;

/* A line of the record: what the guest got, and when. */
static void keep(void *self, const char *line)
{
    const char *hex = strrchr(line, ' ') + 1;
    size_t digits = strcspn(hex, "\n");
    (void)self;
    if (!strstr(line, " net0 ") || gots == FRAMES) return;
    char first[3] = { hex[0], hex[1], 0 }, last[3] = { hex[digits - 2], hex[digits - 1], 0 };
    got[gots].cycle = strtoull(line, NULL, 10);
    got[gots].length = digits / 2;
    got[gots].first = (u8)strtoul(first, NULL, 16);
    got[gots++].last = (u8)strtoul(last, NULL, 16);
}

static void setup(void)
{
    strcpy(folder, "/tmp/trap86-net-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/wire", folder);
    snprintf(place, sizeof place, "unix:%s", path);
    host_init(&host, 1 << 30);
    options = (struct net_options){ .netdevs = 1, .nics = 1 };
    options.nic[0] = (struct nic_option){ .kind = NIC_E1000, .netdev = "a" };
    machine = NULL;
    net = NULL;
    gots = 0;
    why.text[0] = 0;
    stderr_file = tmpfile();
    stderr_kept = dup(STDERR_FILENO);
    dup2(fileno(stderr_file), STDERR_FILENO);
}

static void teardown(void)
{
    net_close(net);
    if (machine) machine_destroy(machine);
    host_destroy(&host);
    dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    fclose(stderr_file);
    unlink(path);
    rmdir(folder);
}

/* Whether what was said to the user has the words. */
static bool told(const char *words)
{
    char text[1024] = "";
    ssize_t length = pread(fileno(stderr_file), text, sizeof text - 1, 0);
    return length > 0 && strstr(text, words);
}

static bool start(const char *listen, const char *connect)
{
    struct machine_config config = {
        .ram_bytes = 4 << 20, .vga_bytes = VGA_MIN_BYTES, .model = cpu_model_find("max"), .engine = { ENGINE_LOOP, 32, 0 },
        .serial_pace = 32,
    };
    options.netdev[0] = (struct netdev_option){ .kind = NETDEV_SOCKET, .id = "a", .listen = listen, .connect = connect };
    net = net_configure(&options, &config, &why);
    ck_assert_msg(net != NULL, "%s", why.text);
    machine = machine_create(&config, &host, &why);
    ck_assert_msg(machine != NULL, "%s", why.text);
    machine->input.record = keep;
    return net_start(net, machine, &host, machine, false, &why);
}

/* All that a session does between two slices, as often as it takes for all that has come. */
static void look(void)
{
    struct waiter waiter;
    for (unsigned i = 0; i < 4; i++) {
        waiter_begin(&waiter, 0);
        net_watch(net, &waiter);
        waiter_wait(&waiter);
        net_answer(net, &waiter);
    }
}

static void pass(u64 ns)
{
    struct clock *clock = &machine->clock;
    u64 end = clock->now + cycles_of_ns(clock, ns);
    while (clock_next(clock) <= end) {
        clock->now = MAX(clock_next(clock), clock->now);
        clock_fire(clock);
    }
    clock->now = end;
}

static struct sockaddr_un address(void)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    strcpy(un.sun_path, path);
    return un;
}

static int peer_come(void)
{
    struct sockaddr_un un = address();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&un, sizeof un), 0);
    look();
    return fd;
}

static int peer_first(void)
{
    ck_assert_msg(start(place, NULL), "%s", why.text);
    return peer_come();
}

/* A frame of a peer: `announced` as its length, then `length` bytes `mark`. Returns their number in all. */
static size_t wire_frame(u8 *at, u32 announced, size_t length, u8 mark)
{
    at[0] = (u8)(announced >> 24);
    at[1] = (u8)(announced >> 16);
    at[2] = (u8)(announced >> 8);
    at[3] = (u8)announced;
    memset(at + 4, mark, length);
    return 4 + length;
}

static void put(int fd, const void *bytes, size_t length)
{
    ck_assert_int_eq(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void put_frame(int fd, u32 announced, size_t length, u8 mark)
{
    u8 bytes[4 + NET_FRAME_MAX];
    put(fd, bytes, wire_frame(bytes, announced, length, mark));
}

static void expect_frame(unsigned index, size_t length, u8 mark)
{
    ck_assert_uint_lt(index, gots);
    ck_assert_uint_eq(got[index].length, length);
    ck_assert(got[index].first == mark && got[index].last == mark);
}

static bool cut_off(int fd)
{
    u8 byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* ---- frames to the guest ---- */
START_TEST(frame_comes_after_its_time_on_the_wire)
{
    int peer = peer_first();
    u64 now = machine->clock.now + 1000;
    machine->clock.now = now;
    put_frame(peer, FRAME, FRAME, 0xA5);
    look();
    ck_assert_uint_eq(gots, 0);
    pass(2 * WIRE_NS);
    ck_assert_uint_eq(gots, 1);
    expect_frame(0, FRAME, 0xA5);
    ck_assert_uint_eq(got[0].cycle, now + cycles_of_ns(&machine->clock, WIRE_NS));
    close(peer);
}
END_TEST

START_TEST(frames_may_come_in_pieces)
{
    u8 bytes[3 * (4 + FRAME)];
    size_t length = 0;
    int peer = peer_first();
    for (u8 mark = 1; mark <= 3; mark++) length += wire_frame(bytes + length, FRAME, FRAME, mark);
    for (size_t at = 0; at < length; at += (size_t)_i) {
        put(peer, bytes + at, MIN((size_t)_i, length - at));
        look();
    }
    pass(SECOND);
    ck_assert_uint_eq(gots, 3);
    for (u8 mark = 1; mark <= 3; mark++) expect_frame(mark - 1u, FRAME, mark);
    close(peer);
}
END_TEST

START_TEST(largest_frame_comes)
{
    int peer = peer_first();
    put_frame(peer, NET_FRAME_MAX, NET_FRAME_MAX, 7);
    look();
    pass(SECOND);
    ck_assert_uint_eq(gots, 1);
    expect_frame(0, NET_FRAME_MAX, 7);
    close(peer);
}
END_TEST

START_TEST(frames_without_a_header_are_passed_over)
{
    int peer = peer_first();
    put_frame(peer, 0, 0, 0);
    put_frame(peer, NET_HEADER - 1, NET_HEADER - 1, 1);
    put_frame(peer, FRAME, FRAME, 2);
    look();
    pass(SECOND);
    ck_assert_uint_eq(gots, 1);
    expect_frame(0, FRAME, 2);
    ck_assert(!cut_off(peer));
    close(peer);
}
END_TEST

static const u32 too_long[] = { NET_FRAME_MAX + 1, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF };

START_TEST(length_no_frame_has_ends_the_connection)
{
    char words[64];
    int peer = peer_first();
    put_frame(peer, FRAME, FRAME, 1);
    put_frame(peer, too_long[_i], FRAME, 2);
    look();
    ck_assert(cut_off(peer));
    snprintf(words, sizeof words, "announced a frame of %u bytes", too_long[_i]);
    ck_assert_msg(told(words), "%s", words);
    close(peer);
    peer = peer_come();
    put_frame(peer, FRAME, FRAME, 3);
    look();
    pass(SECOND);
    ck_assert_uint_eq(gots, 2);
    expect_frame(0, FRAME, 1);
    expect_frame(1, FRAME, 3);
    close(peer);
}
END_TEST

START_TEST(connection_cut_in_a_frame_leaves_nothing)
{
    u8 bytes[4 + FRAME];
    int peer = peer_first();
    wire_frame(bytes, FRAME, FRAME, 1);
    put(peer, bytes, (size_t)_i);
    look();
    close(peer);
    look();
    peer = peer_come();
    put_frame(peer, FRAME, FRAME, 2);
    look();
    pass(SECOND);
    ck_assert_uint_eq(gots, 1);
    expect_frame(0, FRAME, 2);
    close(peer);
}
END_TEST

START_TEST(full_queue_makes_the_peer_wait)
{
    enum { MORE = QUEUE + 300 };
    u8 bytes[MORE * (4 + FRAME)];
    int peer = peer_first();
    for (unsigned i = 0; i < MORE; i++) wire_frame(bytes + i * (4 + FRAME), FRAME, FRAME, (u8)i);
    put(peer, bytes, sizeof bytes);
    look();
    ck_assert_uint_eq(gots, 0);
    for (unsigned i = 0; i < 4; i++) {
        pass(SECOND / 10);
        look();
    }
    ck_assert_uint_eq(gots, MORE);
    for (unsigned i = 0; i < MORE; i++) expect_frame(i, FRAME, (u8)i);
    close(peer);
}
END_TEST

/* ---- frames of the guest ---- */
START_TEST(guests_frame_goes_with_its_length)
{
    u8 frame[300], bytes[400];
    int peer = peer_first();
    memset(frame, 0x5A, sizeof frame);
    net_send(pc_nic(machine, 0), frame, sizeof frame);
    ck_assert_int_eq(recv(peer, bytes, sizeof bytes, MSG_DONTWAIT), 304);
    ck_assert_mem_eq(bytes, "\0\0\1\x2C", 4);
    ck_assert_mem_eq(bytes + 4, frame, sizeof frame);
    close(peer);
    look();
    net_send(pc_nic(machine, 0), frame, sizeof frame);
}
END_TEST

/* What arrives at a peer that did not read for long: whole frames, in their order. */
START_TEST(peer_that_does_not_read_loses_whole_frames)
{
    enum { SENT = 400 };
    static u8 frame[NET_FRAME_MAX], bytes[SENT * (4 + NET_FRAME_MAX)];
    size_t length = 0;
    ssize_t more = 0;
    int peer = peer_first();
    for (unsigned i = 0; i < SENT; i++) {
        memset(frame, (int)i, sizeof frame);
        net_send(pc_nic(machine, 0), frame, sizeof frame);
    }
    do {
        length += (size_t)MAX(more, 0);
        look();
        more = recv(peer, bytes + length, sizeof bytes - length, MSG_DONTWAIT);
    } while (more > 0);
    ck_assert_uint_eq(length % (4 + NET_FRAME_MAX), 0);
    size_t frames = length / (4 + NET_FRAME_MAX);
    ck_assert(frames > 20 && frames < SENT);
    for (size_t i = 0; i < frames; i++) {
        const u8 *at = bytes + i * (4 + NET_FRAME_MAX);
        ck_assert_mem_eq(at, "\0\0\x24\0", 4);
        ck_assert(at[4] == (u8)i && at[3 + NET_FRAME_MAX] == (u8)i);
    }
    close(peer);
}
END_TEST

/* ---- who listens, who connects ---- */
START_TEST(connects_and_waits_no_more_when_the_peer_is_gone)
{
    struct sockaddr_un un = address();
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&un, sizeof un), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_msg(start(NULL, place), "%s", why.text);
    int peer = accept(listener, NULL, NULL);
    put_frame(peer, FRAME, FRAME, 9);
    look();
    pass(SECOND);
    ck_assert_uint_eq(gots, 1);
    ck_assert(net_open(net));
    close(peer);
    close(listener);
    look();
    ck_assert(!net_open(net));
}
END_TEST

static const struct { const char *listen, *connect, *named; } nowhere[] = {
    { NULL, "unix:/nowhere/at/all", "cannot connect to 'unix:/nowhere/at/all'" },
    { "unix:/nowhere/at/all", NULL, "cannot listen at 'unix:/nowhere/at/all'" },
    { "unix:", NULL, "is no path" },
    { "1234", NULL, "ADDRESS:PORT" },
    { "127.0.0.1:no-such-service", NULL, "127.0.0.1:no-such-service" },
};

START_TEST(place_that_cannot_be_is_named)
{
    ck_assert(!start(nowhere[_i].listen, nowhere[_i].connect));
    ck_assert_msg(strstr(why.text, nowhere[_i].named), "'%s' is not in: %s", nowhere[_i].named, why.text);
}
END_TEST

START_TEST(place_in_use_is_left_alone)
{
    struct sockaddr_un un = address();
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&un, sizeof un), 0);
    ck_assert(!start(place, NULL) && strstr(why.text, "Address already in use"));
    ck_assert_int_eq(access(path, F_OK), 0);
    close(listener);
}
END_TEST

START_TEST(path_is_removed_at_the_end)
{
    int peer = peer_first();
    ck_assert_int_eq(access(path, F_OK), 0);
    net_close(net);
    net = NULL;
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert(cut_off(peer));
    close(peer);
}
END_TEST

/* ---- captures ---- */
START_TEST(capture_is_a_pcap_file)
{
    static const u8 expected[] = {
        0xD4, 0xC3, 0xB2, 0xA1,  2, 0, 4, 0,  0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 4, 0,  1, 0, 0, 0,
        0, 0, 0, 0,  1, 0, 0, 0,  3, 0, 0, 0,  3, 0, 0, 0,  'a', 'b', 'c',
        0x89, 0, 0, 0,  0x3F, 0x42, 0x0F, 0,  1, 0, 0, 0,  1, 0, 0, 0,  'd',
    };
    u8 bytes[sizeof expected + 1];
    FILE *file = pcap_open(path, &why);
    ck_assert_msg(file != NULL, "%s", why.text);
    pcap_write(file, 1999, (const u8 *)"abc", 3);
    pcap_write(file, 137999999999, (const u8 *)"d", 1);
    pcap_close(file, path);
    file = fopen(path, "rb");
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, file), sizeof expected);
    ck_assert_mem_eq(bytes, expected, sizeof expected);
    fclose(file);
    pcap_close(NULL, path);
}
END_TEST

START_TEST(capture_that_fails_is_told)
{
    ck_assert(pcap_open("/nowhere/at/all", &why) == NULL);
    ck_assert_msg(strstr(why.text, "/nowhere/at/all"), "%s", why.text);
    FILE *file = pcap_open("/dev/full", &why);
    ck_assert_msg(file != NULL, "%s", why.text);
    pcap_close(file, "/dev/full");
    ck_assert(told("capture '/dev/full': No space left on device"));
}
END_TEST

/* ---- the wait for all ---- */
START_TEST(waiter_has_a_limit)
{
    struct waiter waiter;
    waiter_begin(&waiter, 0);
    for (int i = 0; i < WAITER_FDS; i++) ck_assert_int_eq(waiter_add(&waiter, STDERR_FILENO, POLLIN), i);
    ck_assert_int_eq(waiter_add(&waiter, STDERR_FILENO, POLLIN), -1);
    ck_assert_int_eq(waiter_events(&waiter, -1), 0);
    waiter_begin(&waiter, 0);
    ck_assert_int_eq(waiter_add(&waiter, STDERR_FILENO, POLLIN), 0);
}
END_TEST

START_TEST(waiter_tells_them_apart)
{
    struct waiter waiter;
    int quiet[2], ready[2];
    ck_assert(pipe(quiet) == 0 && pipe(ready) == 0);
    ck_assert_int_eq(write(ready[1], "x", 1), 1);
    waiter_begin(&waiter, UINT64_MAX);
    int first = waiter_add(&waiter, quiet[0], POLLIN), second = waiter_add(&waiter, ready[0], POLLIN);
    waiter_wait(&waiter);
    ck_assert_int_eq(waiter_events(&waiter, first), 0);
    ck_assert_int_eq(waiter_events(&waiter, second), POLLIN);
    for (unsigned i = 0; i < 2; i++) close(quiet[i]), close(ready[i]);
}
END_TEST

static void alarm_take(int signal) { (void)signal; }

START_TEST(signal_ends_a_wait_without_an_event)
{
    struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
    struct waiter waiter;
    int ends[2];
    char byte;
    ck_assert(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    waiter_begin(&waiter, UINT64_MAX);
    int index = waiter_add(&waiter, ends[0], POLLIN);
    waiter_wait(&waiter);
    ck_assert(waiter_events(&waiter, index) == POLLIN && read(ends[0], &byte, 1) == 1);
    signal(SIGALRM, alarm_take);
    setitimer(ITIMER_REAL, &often, NULL);
    waiter_wait(&waiter);
    setitimer(ITIMER_REAL, &never, NULL);
    ck_assert_int_eq(waiter_events(&waiter, index), 0);
    for (unsigned i = 0; i < 2; i++) close(ends[i]);
}
END_TEST

Suite *network_suite(void)
{
    Suite *suite = suite_create("network");
    TCase *tcase = tcase_create("network");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, frame_comes_after_its_time_on_the_wire);
    tcase_add_loop_test(tcase, frames_may_come_in_pieces, 1, 7);
    tcase_add_test(tcase, largest_frame_comes);
    tcase_add_test(tcase, frames_without_a_header_are_passed_over);
    tcase_add_loop_test(tcase, length_no_frame_has_ends_the_connection, 0, ARRAY_LEN(too_long));
    tcase_add_loop_test(tcase, connection_cut_in_a_frame_leaves_nothing, 1, 6);
    tcase_add_test(tcase, full_queue_makes_the_peer_wait);
    tcase_add_test(tcase, guests_frame_goes_with_its_length);
    tcase_add_test(tcase, peer_that_does_not_read_loses_whole_frames);
    tcase_add_test(tcase, connects_and_waits_no_more_when_the_peer_is_gone);
    tcase_add_loop_test(tcase, place_that_cannot_be_is_named, 0, ARRAY_LEN(nowhere));
    tcase_add_test(tcase, place_in_use_is_left_alone);
    tcase_add_test(tcase, path_is_removed_at_the_end);
    tcase_add_test(tcase, capture_is_a_pcap_file);
    tcase_add_test(tcase, capture_that_fails_is_told);
    tcase_add_test(tcase, waiter_has_a_limit);
    tcase_add_test(tcase, waiter_tells_them_apart);
    tcase_add_test(tcase, signal_ends_a_wait_without_an_event);
    suite_add_tcase(suite, tcase);
    return suite;
}
