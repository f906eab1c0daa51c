/* A host's program on our images, for tests/images/run, which compares with QEMU's tools and kills it.
 *   tool [KEY=VALUE]... dump IMAGE OUT            all bytes of the medium into a file
 *   tool [KEY=VALUE]... write IMAGE SEED OPS      random writes; after every flush a line with the number of writes done
 *   tool [KEY=VALUE]... verify IMAGE SEED FLUSHED OPS    each sector has what the first FLUSHED writes, or a later one, left
 *   tool [KEY=VALUE]... fill IMAGE                writes until an error, and tells how many sectors were written
 * Keys: format, overlay, cache, mode (write, snapshot, read). */
#include "frontend/image.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, RUN_MAX = 200, FLUSH_EVERY = 7 };

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

/* ---- the writes: the same for the same seed ---- */
struct op { u64 sector; u32 count; };

static u64 mix(u64 x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static struct op op_of(u64 seed, u64 number, u64 sectors)
{
    u64 random = mix(seed * 1000003 + number);
    u32 count = 1 + (u32)(random >> 40) % RUN_MAX;
    u64 sector = random % sectors;
    return (struct op){ sector, (u32)MIN(count, sectors - sector) };
}

static void sector_fill(u64 seed, u64 number, u64 sector, u8 *bytes)
{
    u64 word = mix(seed + number * 77 + 1) ^ sector;
    for (unsigned i = 0; i < SECTOR; i += 8, word += 0x9E3779B97F4A7C15u) memcpy(bytes + i, &word, 8);
    memcpy(bytes, &number, 4);
}

static int run_write(struct disk *disk, u64 seed, u64 ops)
{
    static u8 bytes[RUN_MAX * SECTOR];
    for (u64 n = 1; n <= ops; n++) {
        struct op op = op_of(seed, n, disk->sectors);
        for (u32 i = 0; i < op.count; i++) sector_fill(seed, n, op.sector + i, bytes + i * SECTOR);
        if (!disk->write(disk->self, op.sector, op.count, bytes)) die("tool: write error");
        if (n % FLUSH_EVERY && n < ops) continue;
        if (!disk->flush(disk->self)) die("tool: flush error");
        printf("%llu\n", (unsigned long long)n);
        fflush(stdout);
    }
    return 0;
}

/* The last write that was flushed, or a later one, or an untouched sector's old content, which is zeros. */
static bool sector_good(u64 seed, u64 must, u64 ops, u64 sector, u64 sectors, const u8 *got)
{
    u8 want[SECTOR] = { 0 };
    if (must) sector_fill(seed, must, sector, want);
    if (memcmp(got, want, SECTOR) == 0) return true;
    for (u64 n = must + 1; n <= ops; n++) {
        struct op op = op_of(seed, n, sectors);
        if (sector < op.sector || sector - op.sector >= op.count) continue;
        sector_fill(seed, n, sector, want);
        if (memcmp(got, want, SECTOR) == 0) return true;
    }
    return false;
}

static int run_verify(struct disk *disk, u64 seed, u64 flushed, u64 ops)
{
    u64 *must = calloc(disk->sectors, sizeof *must);
    u8 got[SECTOR];
    unsigned bad = 0;
    for (u64 n = 1; n <= flushed; n++) {
        struct op op = op_of(seed, n, disk->sectors);
        for (u32 i = 0; i < op.count; i++) must[op.sector + i] = n;
    }
    for (u64 s = 0; s < disk->sectors; s++) {
        if (!disk->read(disk->self, s, 1, got)) die("tool: read error");
        if (sector_good(seed, must[s], ops, s, disk->sectors, got)) continue;
        if (bad++ == 0) printf("sector %llu is not what write %llu left\n", (unsigned long long)s, (unsigned long long)must[s]);
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
    u64 number[3] = { 0 };
    for (int i = 0; i < 3 && at + 2 + i < argc; i++) number[i] = strtoull(argv[at + 2 + i], NULL, 0);
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
