/* A host's program on our images, for tests/images/run, which compares with QEMU's tools and kills it.
 *   tool [KEY=VALUE]... dump IMAGE OUT            all bytes of the medium into a file
 *   tool [KEY=VALUE]... write IMAGE SEED OPS      random writes; after every flush a line with the number of writes done
 *   tool [KEY=VALUE]... verify IMAGE SEED FLUSHED OPS    each sector has what the first FLUSHED writes, or a later one, left
 *   tool [KEY=VALUE]... fill IMAGE                writes until an error, and tells how many sectors were written
 * Keys: format, overlay, cache, mode (write, snapshot, read). */
#include "frontend/image.h"
#include "tests/images/ops.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int die(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(2);
}

static bool key_take(struct image_request *r, const char *text)
{
    const char *equals = strchr(text, '='), *value = equals ? equals + 1 : "";
    if (!equals) return false;
    if (strncmp(text, "format=", 7) == 0) r->format = value;
    else if (strncmp(text, "overlay=", 8) == 0) r->overlay = value;
    else if (strcmp(text, "cache=writethrough") == 0) r->cache = IMAGE_WRITETHROUGH;
    else if (strcmp(text, "cache=unsafe") == 0) r->cache = IMAGE_UNSAFE;
    else if (strcmp(text, "mode=snapshot") == 0) r->mode = IMAGE_SNAPSHOT;
    else if (strcmp(text, "mode=write") == 0) r->mode = IMAGE_WRITE;
    else die("tool: what key is that?");
    return true;
}

static int run_write(struct disk *disk, u32 seed, u32 ops)
{
    static u8 bytes[RUN_MAX * SECTOR];
    for (u32 n = 1; n <= ops; n++) {
        struct op op = op_of(seed, n, (u32)disk->sectors);
        for (u32 i = 0; i < op.count; i++) sector_fill(seed, n, op.sector + i, bytes + i * SECTOR);
        if (!disk->write(disk->self, op.sector, op.count, bytes)) die("tool: write error");
        if (n % FLUSH_EVERY && n < ops) continue;
        if (!disk->flush(disk->self)) die("tool: flush error");
        printf("%u\n", n);
        fflush(stdout);
    }
    return 0;
}

/* The last write `must` of those flushed, or one that came after the flush, or an untouched sector's zeros. */
static bool sector_good(u32 seed, u32 must, u32 from, u32 ops, u32 sector, u32 sectors, const u8 *got)
{
    u8 want[SECTOR] = { 0 };
    if (must) sector_fill(seed, must, sector, want);
    if (memcmp(got, want, SECTOR) == 0) return true;
    for (u32 n = from + 1; n <= ops; n++) {
        struct op op = op_of(seed, n, sectors);
        if (sector < op.sector || sector - op.sector >= op.count) continue;
        sector_fill(seed, n, sector, want);
        if (memcmp(got, want, SECTOR) == 0) return true;
    }
    return false;
}

static int run_verify(struct disk *disk, u32 seed, u32 flushed, u32 ops)
{
    u32 sectors = (u32)disk->sectors, *must = calloc(sectors, sizeof *must);
    u8 got[SECTOR];
    unsigned bad = 0;
    for (u32 n = 1; n <= flushed; n++) {
        struct op op = op_of(seed, n, sectors);
        for (u32 i = 0; i < op.count; i++) must[op.sector + i] = n;
    }
    for (u32 s = 0; s < sectors; s++) {
        if (!disk->read(disk->self, s, 1, got)) die("tool: read error");
        if (sector_good(seed, must[s], flushed, ops, s, sectors, got)) continue;
        if (bad++ == 0) printf("sector %u is not what write %u left\n", s, must[s]);
    }
    free(must);
    printf("%u bad sectors\n", bad);
    return bad != 0;
}

static int run_dump(struct disk *disk, const char *path)
{
    FILE *out = fopen(path, "wb");
    u8 *bytes = malloc(disk->sector_size);
    for (u64 s = 0; s < disk->sectors; s++)
        if (!disk->read(disk->self, s, 1, bytes) || fwrite(bytes, disk->sector_size, 1, out) != 1) die("tool: read error");
    free(bytes);
    return fclose(out) != 0;
}

static int run_fill(struct disk *disk)
{
    static u8 bytes[64 * SECTOR];
    u64 done = 0;
    memset(bytes, 0x5A, sizeof bytes);
    while (done + 64 <= disk->sectors && disk->write(disk->self, done, 64, bytes) && disk->flush(disk->self)) done += 64;
    printf("%llu\n", (unsigned long long)done);
    return 0;
}

int main(int argc, char **argv)
{
    struct image_request request = { .mode = IMAGE_READ_ONLY, .sector_size = SECTOR };
    struct error why = { "" };
    struct host host;
    int at = 1, status = 2;
    while (at < argc && key_take(&request, argv[at])) at++;
    if (argc - at < 2) die("usage: tool [KEY=VALUE]... dump|write|verify|fill IMAGE ...");
    const char *verb = argv[at];
    signal(SIGXFSZ, SIG_IGN);
    if (request.mode == IMAGE_READ_ONLY && (strcmp(verb, "write") == 0 || strcmp(verb, "fill") == 0)) request.mode = IMAGE_WRITE;
    u32 number[3] = { 0 };
    for (int i = 0; i < 3 && at + 2 + i < argc; i++) number[i] = (u32)strtoul(argv[at + 2 + i], NULL, 0);
    host_init(&host, 0);
    request.path = argv[at + 1];
    struct image *image = image_open(&request, &host, &host, &why);
    if (!image) {
        fprintf(stderr, "trap86: %s\n", why.text);
        host_destroy(&host);
        return 2;
    }
    struct disk *disk = image_disk(image);
    if (strcmp(verb, "dump") == 0) status = run_dump(disk, argv[at + 2]);
    else if (strcmp(verb, "write") == 0) status = run_write(disk, number[0], number[1]);
    else if (strcmp(verb, "verify") == 0) status = run_verify(disk, number[0], number[1], number[2]);
    else if (strcmp(verb, "fill") == 0) status = run_fill(disk);
    image_close(image);
    host_destroy(&host);
    return status;
}
