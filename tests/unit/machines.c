/* Two machines in one process: side by side in threads they do what each does alone, and no image file is written
 * by one while the other has it (design.md 1). */
#include "frontend/image.h"
#include "frontend/session.h"
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 256, EVERY = 1000000 };

struct run {
    struct host   *host;
    enum engine    engine;
    struct load    load;
    enum machine_stop stop;
    u32            samples;
    u64            hash[SAMPLES];
    char           text[65536];
    size_t         length;
};

static void text_put(void *self, u8 byte)
{
    struct run *run = self;
    if (run->length < sizeof run->text) run->text[run->length++] = (char)byte;
}

static bool boot(void *self, struct machine *m, struct error *why) { return load_kernel(self, m, why); }

static struct machine *machine_make(struct run *run, struct error *why)
{
    run->load = (struct load){ .kernel = session_embedded_guest(), .command_line = "" };
    struct machine_config config = {
        .ram_bytes = 32 << 20, .vga_bytes = VGA_MIN_BYTES, .model = cpu_model_find("max"), .engine = { run->engine, 32, 0 }, .serial_pace = 32,
        .boot = boot, .boot_self = &run->load,
    };
    config.serial[0].present = true;
    config.serial[0].sink = (struct byte_sink){ text_put, run };
    return machine_create(&config, run->host, why);
}

/* To the guest's own end, with a hash every million cycles. */
static void *run_whole(void *self)
{
    struct run *run = self;
    struct error why;
    struct machine *m = machine_make(run, &why);
    if (!m) return NULL;
    do {
        run->stop = machine_run(m, m->clock.now + EVERY, UINT64_MAX, false);
        run->hash[run->samples++] = machine_hash(m);
    } while (run->stop <= MACHINE_INSNS && run->samples < SAMPLES);
    machine_destroy(m);
    return NULL;
}

static struct run *run_new(struct host *host, enum engine engine)
{
    struct run *run = calloc(1, sizeof *run);
    run->host = host;
    run->engine = engine;
    return run;
}

static void runs_equal(const struct run *a, const struct run *b)
{
    ck_assert_int_eq(a->stop, MACHINE_OFF);
    ck_assert_int_eq(a->stop, b->stop);
    ck_assert_uint_gt(a->samples, 1);
    ck_assert_uint_eq(a->samples, b->samples);
    ck_assert(memcmp(a->hash, b->hash, a->samples * sizeof a->hash[0]) == 0);
    ck_assert_uint_gt(a->length, 0);
    ck_assert(a->length == b->length && memcmp(a->text, b->text, a->length) == 0);
}

START_TEST(two_threads_as_one_alone)
{
    struct host host;
    pthread_t thread[2];
    host_init(&host, (u64)1 << 30);
    struct run *alone = run_new(&host, ENGINE_TAIL);
    struct run *both[2] = { run_new(&host, ENGINE_TAIL), run_new(&host, ENGINE_LOOP) };
    run_whole(alone);
    for (unsigned i = 0; i < 2; i++) ck_assert_int_eq(pthread_create(&thread[i], NULL, run_whole, both[i]), 0);
    for (unsigned i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    runs_equal(alone, both[0]);
    runs_equal(alone, both[1]);
    ck_assert_uint_eq(host.ram_used, 0);
    for (unsigned i = 0; i < 2; i++) free(both[i]);
    free(alone);
    host_destroy(&host);
}
END_TEST

/* Instruction by instruction in turn, so that anything they shared would show. */
START_TEST(two_interleaved_as_one_alone)
{
    struct host host;
    struct error why;
    host_init(&host, (u64)1 << 30);
    struct run *run[2] = { run_new(&host, ENGINE_TAIL), run_new(&host, ENGINE_TAIL) }, *alone = run_new(&host, ENGINE_TAIL);
    struct machine *m[2] = { machine_make(run[0], &why), machine_make(run[1], &why) }, *one = machine_make(alone, &why);
    enum { END = 20 * EVERY };
    machine_run(one, END, UINT64_MAX, false);
    while (m[0]->clock.now < END || m[1]->clock.now < END)
        for (unsigned i = 0; i < 2; i++)
            machine_run(m[i], MIN(m[i]->clock.now + 777 + 1000 * i, (u64)END), UINT64_MAX, false);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(machine_hash(m[i]), machine_hash(one));
        ck_assert_uint_eq(machine_monitor_hash(m[i]), machine_monitor_hash(one));
        machine_destroy(m[i]);
        free(run[i]);
    }
    machine_destroy(one);
    free(alone);
    host_destroy(&host);
}
END_TEST

static struct machine *machine_with_image(struct run *run, const char *path, enum image_mode mode, struct image **image,
                                          struct error *why)
{
    *image = image_open(&(struct image_request){ .path = path, .mode = mode, .sector_size = 512 }, run->host, run, why);
    return *image ? machine_make(run, why) : NULL;
}

START_TEST(image_has_one_writer)
{
    struct host host;
    struct error why = { "" };
    struct image *image[2];
    char path[] = "/tmp/trap86-machines-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq(ftruncate(fd, 65536), 0);
    close(fd);
    host_init(&host, (u64)1 << 30);
    struct run *a = run_new(&host, ENGINE_TAIL), *b = run_new(&host, ENGINE_TAIL);
    struct machine *first = machine_with_image(a, path, IMAGE_WRITE, &image[0], &why);
    ck_assert_ptr_nonnull(first);
    static const enum image_mode modes[] = { IMAGE_WRITE, IMAGE_READ_ONLY, IMAGE_SNAPSHOT };
    for (unsigned i = 0; i < ARRAY_LEN(modes); i++) {
        why.text[0] = 0;
        ck_assert_ptr_null(machine_with_image(b, path, modes[i], &image[1], &why));
        ck_assert_ptr_nonnull(strstr(why.text, path));
        ck_assert_ptr_nonnull(strstr(why.text, "-snapshot"));
    }
    image_close(image[0]);
    machine_destroy(first);
    struct machine *second = machine_with_image(b, path, IMAGE_WRITE, &image[1], &why);
    ck_assert_msg(second != NULL, "%s", why.text);
    image_close(image[1]);
    machine_destroy(second);
    unlink(path);
    free(a);
    free(b);
    host_destroy(&host);
}
END_TEST

START_TEST(ram_budget_is_shared)
{
    struct host host;
    struct error why = { "" };
    host_init(&host, 48 << 20);
    struct run *a = run_new(&host, ENGINE_TAIL), *b = run_new(&host, ENGINE_TAIL);
    struct machine *first = machine_make(a, &why);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(machine_make(b, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "-m"));
    machine_destroy(first);
    first = machine_make(b, &why);
    ck_assert_ptr_nonnull(first);
    machine_destroy(first);
    ck_assert_uint_eq(host.ram_used, 0);
    free(a);
    free(b);
    host_destroy(&host);
}
END_TEST

Suite *machines_suite(void)
{
    const TTest *const tests[] = {
        two_threads_as_one_alone, two_interleaved_as_one_alone, image_has_one_writer, ram_budget_is_shared,
    };
    Suite *suite = suite_create("machines");
    TCase *tcase = tcase_create("machines");
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
