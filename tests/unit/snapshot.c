/* Snapshots shared by several machines, and files that somebody has tampered with. tests/snapshots has whole runs. */
#include "frontend/session.h"
#include "frontend/snapshot.h"
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { RAM = 16 << 20, SAVED_AT = 30000000, GO_ON = 5000000, HEADER = 32, THREADS = 4, TAMPERED = 400 };

static char folder[64], path[80], cache[90];
static struct load kernel;
static struct host host;
static struct image *const no_images[OPTION_DRIVES];

static bool boot(void *self, struct machine *m, struct error *why) { return load_kernel(self, m, why); }

static struct machine *start(bool boots)
{
    struct error why = { "" };
    struct machine_config config = {
        .ram_bytes = RAM, .vga_bytes = VGA_MIN_BYTES, .model = cpu_model_find("max"), .engine = { ENGINE_TAIL, 32, 0 },
        .serial_pace = 32, .serial[0].present = true, .boot = boots ? boot : NULL, .boot_self = &kernel,
        .nic[0] = { .kind = NIC_E1000 }, .sb16 = true, .floppy[0].present = true, .drive[0] = { IDE_CDROM, NULL },
    };
    struct machine *m = machine_create(&config, &host, &why);
    ck_assert_msg(m != NULL, "%s", why.text);
    return m;
}

static struct snapshot_machine parts(struct machine *m) { return (struct snapshot_machine){ m, no_images, &kernel }; }

static u64 saved_id, after_hash;

static void setup(void)
{
    struct error why = { "" };
    strcpy(folder, "/tmp/trap86-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    snprintf(cache, sizeof cache, "%s.cache", path);
    host_init(&host, (u64)1 << 30);
    kernel = (struct load){ .kernel = session_embedded_guest(), .command_line = "" };
    struct machine *m = start(true);
    machine_run(m, SAVED_AT, UINT64_MAX, false);
    struct snapshot_machine from = parts(m);
    ck_assert_msg(snapshot_save(&from, path, NULL, &saved_id, &why), "%s", why.text);
    machine_run(m, SAVED_AT + GO_ON, UINT64_MAX, false);
    after_hash = machine_hash(m);
    machine_destroy(m);
}

static void teardown(void)
{
    unlink(path);
    unlink(cache);
    rmdir(cache);
    ck_assert_int_eq(rmdir(folder), 0);      /* nothing temporary is left */
    ck_assert_uint_eq(host.ram_used, 0);
    host_destroy(&host);
}

/* ---- several machines ---- */
struct runner { pthread_t thread; const struct snapshot *snapshot; u64 loaded, after; bool good; };

static void *load_and_run(void *self)
{
    struct runner *r = self;
    struct error why = { "" };
    struct machine *m = start(false);
    struct snapshot_machine to = parts(m);
    bool touched;
    r->good = snapshot_load(r->snapshot, &to, &touched, &why);
    r->loaded = machine_hash(m);
    machine_run(m, SAVED_AT + GO_ON, UINT64_MAX, false);
    r->after = machine_hash(m);
    machine_destroy(m);
    return NULL;
}

START_TEST(machines_share_one)
{
    struct error why = { "" };
    struct runner runner[THREADS];
    if (_i) unlink(cache);
    struct snapshot *snapshot = snapshot_open(path, &host, NULL, &why);
    ck_assert_msg(snapshot != NULL, "%s", why.text);
    ck_assert_uint_eq(snapshot_id(snapshot), saved_id);
    for (unsigned i = 0; i < THREADS; i++) {
        runner[i].snapshot = snapshot;
        ck_assert_int_eq(pthread_create(&runner[i].thread, NULL, load_and_run, &runner[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(runner[i].thread, NULL);
        ck_assert(runner[i].good);
        ck_assert_uint_eq(runner[i].loaded, saved_id);
        ck_assert_uint_eq(runner[i].after, after_hash);
    }
    snapshot_close(snapshot);
}
END_TEST

/* Where no cache can be, RAM is unpacked into memory, which is the budget's. */
START_TEST(budget_owns_what_is_unpacked)
{
    struct error why = { "" };
    unlink(cache);
    ck_assert_int_eq(mkdir(cache, 0700), 0);
    struct snapshot *snapshot = snapshot_open(path, &host, NULL, &why);
    ck_assert_msg(snapshot != NULL, "%s", why.text);
    ck_assert_uint_eq(host.ram_used, RAM + VGA_MIN_BYTES);
    struct runner runner = { .snapshot = snapshot };
    load_and_run(&runner);
    ck_assert(runner.good);
    ck_assert_uint_eq(runner.after, after_hash);
    snapshot_close(snapshot);
    ck_assert_uint_eq(host.ram_used, 0);
    host.ram_budget = RAM;
    ck_assert_ptr_null(snapshot_open(path, &host, NULL, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "MiB"));
}
END_TEST

/* ---- tampered files ---- */
struct text { u8 *bytes; size_t length; };

static struct text file_read_whole(void)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    ck_assert(fd >= 0 && fstat(fd, &st) == 0);
    struct text text = { malloc((size_t)st.st_size), (size_t)st.st_size };
    ck_assert_int_eq(read(fd, text.bytes, text.length), (ssize_t)text.length);
    close(fd);
    return text;
}

static struct text unpacked(const struct text *file)
{
    uLongf length = RAM;
    struct text text = { malloc(length), 0 };
    ck_assert_int_eq(uncompress(text.bytes, &length, file->bytes + HEADER, file->length - HEADER), Z_OK);
    text.length = length;
    return text;
}

/* As a file whose checksums are right. */
static void pack(const struct text *header, struct text *text)
{
    uLongf length = compressBound(text->length);
    u8 *bytes = malloc(length);
    u32 crc = (u32)crc32(0, text->bytes, (uInt)text->length - 4);
    memcpy(text->bytes + text->length - 4, &crc, 4);
    ck_assert_int_eq(compress2(bytes, &length, text->bytes, text->length, 1), Z_OK);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert(fd >= 0 && write(fd, header->bytes, HEADER) == HEADER && write(fd, bytes, length) == (ssize_t)length);
    close(fd);
    free(bytes);
}

/* What is loaded in spite of it runs: for a guest that makes no sense any more, and for one that is not told. */
static bool load_tampered(void)
{
    struct error why = { "" };
    struct snapshot *snapshot = snapshot_open(path, &host, NULL, &why);
    struct machine *m = start(false);
    struct snapshot_machine to = parts(m);
    bool touched, good = snapshot && snapshot_load(snapshot, &to, &touched, &why);
    ck_assert_msg(good || (why.text[0] && !strchr(why.text, '\n')), "%s", why.text);
    if (good) machine_run(m, m->clock.now + GO_ON / 2, UINT64_MAX, false);
    machine_destroy(m);
    snapshot_close(snapshot);
    return good;
}

static u64 next(u64 *seed) { return (*seed = *seed * 6364136223846793005u + 1442695040888963407u) >> 33; }

static void tamper(struct text *text, u64 *seed)
{
    static const u64 values[] = { 0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, UINT32_MAX, UINT64_MAX };
    u64 head;
    memcpy(&head, text->bytes, 8);
    size_t span = next(seed) % 8 ? (size_t)head + 24 : text->length - 8, at = next(seed) % span;
    unsigned size = 1u << next(seed) % 4;
    memcpy(text->bytes + at, &values[next(seed) % ARRAY_LEN(values)], size);
}

START_TEST(tampered_files_do_no_harm)
{
    struct text file = file_read_whole(), text = unpacked(&file);
    u8 *kept = malloc(text.length);
    u64 seed = (u64)_i * 77777;
    unsigned taken = 0;
    memcpy(kept, text.bytes, text.length);
    for (unsigned i = 0; i < TAMPERED; i++) {
        memcpy(text.bytes, kept, text.length);
        for (u64 times = 1 + next(&seed) % 3; times; times--) tamper(&text, &seed);
        pack(&file, &text);
        taken += load_tampered();
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_uint_lt(taken, TAMPERED);
    for (unsigned i = 0; i < 64; i++) {                        /* cut off anywhere, with checksums that are right */
        struct text cut = { text.bytes, 8 + next(&seed) % (text.length - 8) };
        memcpy(text.bytes, kept, text.length);
        pack(&file, &cut);
        ck_assert(!load_tampered());
    }
    free(kept);
    free(text.bytes);
    free(file.bytes);
}
END_TEST

Suite *snapshot_suite(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tcase = tcase_create("snapshot");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, machines_share_one, 0, 2);
    tcase_add_test(tcase, budget_owns_what_is_unpacked);
    tcase_add_loop_test(tcase, tampered_files_do_no_harm, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
