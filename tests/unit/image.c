/* Raw images: sizes, modes, the overlay of a snapshot, claims. */
#include "frontend/image.h"
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture { struct host host; char path[64]; struct error why; };

static void start(struct fixture *f, size_t bytes)
{
    memset(f, 0, sizeof *f);
    host_init(&f->host, 0);
    strcpy(f->path, "/tmp/trap86-image-XXXXXX");
    int fd = mkstemp(f->path);
    for (size_t i = 0; i < bytes; i++) {
        u8 byte = (u8)(i / 512 + 1);
        ck_assert_int_eq(write(fd, &byte, 1), 1);
    }
    close(fd);
}
static void finish(struct fixture *f)
{
    unlink(f->path);
    host_destroy(&f->host);
}
static struct image *open_it(struct fixture *f, enum image_mode mode, u32 sector, const void *owner)
{
    f->why.text[0] = 0;
    return image_open(&(struct image_request){ .path = f->path, .mode = mode, .sector_size = sector }, &f->host, owner, &f->why);
}
static u8 file_byte(struct fixture *f, long at)
{
    FILE *file = fopen(f->path, "rb");
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fclose(file);
    return (u8)byte;
}

START_TEST(writes_reach_the_file)
{
    struct fixture f;
    u8 bytes[1024];
    start(&f, 2048);
    struct image *image = open_it(&f, IMAGE_WRITE, 512, &f);
    ck_assert_msg(image != NULL, "%s", f.why.text);
    struct disk *disk = image_disk(image);
    ck_assert_uint_eq(disk->sectors, 4);
    ck_assert(disk->read(disk->self, 1, 2, bytes));
    ck_assert(bytes[0] == 2 && bytes[511] == 2 && bytes[512] == 3);
    memset(bytes, 0x99, sizeof bytes);
    ck_assert(disk->write(disk->self, 2, 2, bytes));
    ck_assert(disk->flush(disk->self));
    ck_assert_uint_eq(file_byte(&f, 1024), 0x99);
    ck_assert_uint_eq(file_byte(&f, 1023), 2);
    ck_assert(!disk->read(disk->self, 3, 2, bytes));
    ck_assert(!disk->read(disk->self, UINT64_MAX, 1, bytes));
    ck_assert(!disk->write(disk->self, 4, 1, bytes));
    image_close(image);
    finish(&f);
}
END_TEST

START_TEST(last_sector_is_padded)
{
    static const enum image_mode modes[] = { IMAGE_WRITE, IMAGE_SNAPSHOT };
    for (unsigned i = 0; i < ARRAY_LEN(modes); i++) {
        struct fixture f;
        u8 bytes[512];
        struct stat about;
        start(&f, 700);
        struct image *image = open_it(&f, modes[i], 512, &f);
        struct disk *disk = image_disk(image);
        ck_assert_uint_eq(disk->sectors, 2);
        ck_assert(disk->read(disk->self, 1, 1, bytes));
        ck_assert(bytes[187] == 2 && bytes[188] == 0 && bytes[511] == 0);
        memset(bytes, 0x77, sizeof bytes);
        ck_assert(disk->write(disk->self, 1, 1, bytes));
        ck_assert(disk->read(disk->self, 1, 1, bytes));
        ck_assert(bytes[187] == 0x77 && bytes[188] == 0);
        stat(f.path, &about);
        ck_assert_int_eq(about.st_size, 700);
        image_close(image);
        finish(&f);
    }
}
END_TEST

START_TEST(snapshot_leaves_the_file_alone)
{
    struct fixture f;
    u8 bytes[16 * 512], got[512];
    start(&f, 0);
    ck_assert_int_eq(truncate(f.path, 64 << 20), 0);
    chmod(f.path, 0444);
    struct image *image = open_it(&f, IMAGE_SNAPSHOT, 512, &f);
    ck_assert_msg(image != NULL, "%s", f.why.text);
    struct disk *disk = image_disk(image);
    ck_assert(!disk->read_only);
    for (u32 i = 0; i < 3000; i++) {                         /* many clusters, crossing their borders */
        memset(bytes, (int)i, sizeof bytes);
        ck_assert(disk->write(disk->self, i * 37 % 130000, 1 + i % 16, bytes));
    }
    ck_assert(disk->write(disk->self, 131071, 1, bytes));
    ck_assert(disk->read(disk->self, 2999 * 37 % 130000, 1, got));
    ck_assert_uint_eq(got[100], (u8)2999);
    ck_assert(disk->read(disk->self, 130900, 1, got));
    ck_assert_uint_eq(got[0], 0);
    image_close(image);
    for (long at = 0; at < 64 << 20; at += 50021) ck_assert_uint_eq(file_byte(&f, at), 0);
    finish(&f);
}
END_TEST

START_TEST(read_only_and_iso)
{
    struct fixture f;
    u8 bytes[2048];
    start(&f, 5000);
    struct image *image = open_it(&f, IMAGE_READ_ONLY, 512, &f);
    struct disk *disk = image_disk(image);
    ck_assert(disk->read_only);
    ck_assert(!disk->write(disk->self, 0, 1, bytes));
    ck_assert(disk->flush(disk->self));
    struct image *iso = open_it(&f, IMAGE_WRITE, 2048, &f);  /* a CD is never written */
    ck_assert_ptr_nonnull(iso);
    disk = image_disk(iso);
    ck_assert(disk->read_only && disk->sectors == 3 && disk->sector_size == 2048);
    ck_assert(disk->read(disk->self, 2, 1, bytes));
    ck_assert(bytes[0] == 9 && bytes[904] == 0);
    image_close(iso);
    image_close(image);
    finish(&f);
}
END_TEST

START_TEST(one_writer_alone)
{
    struct fixture f;
    int a, b;
    char other[80];
    start(&f, 512);
    snprintf(other, sizeof other, "%s-link", f.path);
    ck_assert_int_eq(link(f.path, other), 0);
    struct image *first = open_it(&f, IMAGE_WRITE, 512, &a);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(open_it(&f, IMAGE_WRITE, 512, &b));
    ck_assert_ptr_nonnull(strstr(f.why.text, "-snapshot"));
    ck_assert_ptr_null(image_open(&(struct image_request){ .path = other, .mode = IMAGE_READ_ONLY, .sector_size = 512 }, &f.host, &b, &f.why));
    image_close(first);
    first = open_it(&f, IMAGE_SNAPSHOT, 512, &a);
    struct image *second = image_open(&(struct image_request){ .path = other, .mode = IMAGE_READ_ONLY, .sector_size = 512 }, &f.host, &b, &f.why);
    ck_assert(first && second);
    ck_assert_ptr_null(open_it(&f, IMAGE_WRITE, 512, &a));
    image_close(first);
    image_close(second);
    unlink(other);
    finish(&f);
}
END_TEST

START_TEST(refuses_in_one_line)
{
    static const char *const paths[] = { "/nonexistent/disk.img", "/tmp", "/dev/null" };
    struct fixture f;
    start(&f, 0);
    ck_assert_ptr_null(open_it(&f, IMAGE_WRITE, 512, &f));
    ck_assert_ptr_nonnull(strstr(f.why.text, "empty"));
    for (unsigned i = 0; i < ARRAY_LEN(paths); i++) {
        f.why.text[0] = 0;
        ck_assert_ptr_null(image_open(&(struct image_request){ .path = paths[i], .mode = IMAGE_READ_ONLY, .sector_size = 512 }, &f.host, &f, &f.why));
        ck_assert_ptr_nonnull(strstr(f.why.text, paths[i]));
        ck_assert_ptr_null(strchr(f.why.text, '\n'));
    }
    finish(&f);
}
END_TEST

Suite *image_suite(void)
{
    const TTest *const tests[] = {
        writes_reach_the_file, last_sector_is_padded, snapshot_leaves_the_file_alone, read_only_and_iso,
        one_writer_alone, refuses_in_one_line,
    };
    Suite *suite = suite_create("image");
    TCase *tcase = tcase_create("image");
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite;
}
