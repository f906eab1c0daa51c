/* A guest that writes to its first disk and tells on the serial port what has been flushed, for tests/images/run.
 *   write SEED OPS     as tool.c writes; a line per flush; ends at the first error with a line of status and error register
 *   nocache SEED OPS   the same with the drive's write cache off, without flushes: a line per write
 *   read               reads the disk again and again, a line per pass, up to the first error
 * Each command moves up to 200 sectors by programmed I/O. */
#include "tests/images/ops.h"

enum { SERIAL = 0x3F8, IDE = 0x1F0, POWER = 0x8900 };
enum { BSY = 0x80, DF = 0x20, DRQ = 0x08, ERR = 0x01 };
enum { READ = 0x20, WRITE = 0x30, FLUSH = 0xE7, IDENTIFY = 0xEC, FEATURES = 0xEF, CACHE_OFF = 0x82 };

struct boot { u32 flags, lower, upper, device, line; };

static void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" :: "a"(value), "Nd"(port)); }
static u8 in8(u16 port) { u8 value; __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port)); return value; }
static void out16s(u16 port, const void *bytes, u32 count)
{
    __asm__ volatile("rep outsw" : "+S"(bytes), "+c"(count) : "d"(port) : "memory");
}
static void in16s(u16 port, void *bytes, u32 count)
{
    __asm__ volatile("rep insw" : "+D"(bytes), "+c"(count) : "d"(port) : "memory");
}

static void print(const char *text)
{
    for (; *text; text++) {
        while (!(in8(SERIAL + 5) & 0x20)) {}
        out8(SERIAL, (u8)*text);
    }
}

static void print_number(const char *label, u32 number)
{
    char text[12], *at = text + 11;
    *at = 0;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    print(label);
    print(at);
    print("\n");
}

static void __attribute__((noreturn)) end(void)
{
    for (const char *word = "Shutdown"; *word; word++) out8(POWER, (u8)*word);
    for (;;) __asm__ volatile("hlt");
}

static u8 wait(void)
{
    u8 status;
    while ((status = in8(IDE + 7)) & BSY) {}
    if (status & (ERR | DF)) {
        print_number("status ", status);
        print_number("error ", in8(IDE + 1));
        end();
    }
    return status;
}

static u8 command(u8 code, u32 sector, u32 count, u8 feature)
{
    out8(IDE + 6, (u8)(0xE0 | sector >> 24));
    out8(IDE + 1, feature);
    out8(IDE + 2, (u8)count);
    out8(IDE + 3, (u8)sector);
    out8(IDE + 4, (u8)(sector >> 8));
    out8(IDE + 5, (u8)(sector >> 16));
    out8(IDE + 7, code);
    return wait();
}

static void do_writes(u32 seed, u32 ops, u32 sectors, bool cache)
{
    static u8 bytes[SECTOR] __attribute__((aligned(4)));
    for (u32 n = 1; n <= ops; n++) {
        struct op op = op_of(seed, n, sectors);
        command(WRITE, op.sector, op.count, 0);
        for (u32 i = 0; i < op.count; i++) {
            sector_fill(seed, n, op.sector + i, bytes);
            out16s(IDE, bytes, SECTOR / 2);
            wait();
        }
        if (cache && n % FLUSH_EVERY) continue;
        if (cache) command(FLUSH, 0, 0, 0);
        print_number("", n);
    }
}

static void do_reads(u32 sectors)
{
    static u8 bytes[SECTOR];
    for (u32 pass = 1;; pass++) {
        for (u32 s = 0; s < sectors; s++) {
            command(READ, s, 1, 0);
            in16s(IDE, bytes, SECTOR / 2);
        }
        print_number("", pass);
    }
}

static u32 number(const char **text)
{
    u32 value = 0;
    while (**text == ' ') ++*text;
    while (**text >= '0' && **text <= '9') value = value * 10 + (u32)(*(*text)++ - '0');
    return value;
}

void kernel(const struct boot *boot)
{
    u16 about[256];
    const char *line = (const char *)boot->line;
    char verb = *line;
    while (*line && *line != ' ') line++;
    u32 seed = number(&line), ops = number(&line);
    command(IDENTIFY, 0, 0, 0);
    in16s(IDE, about, 256);
    u32 sectors = about[60] | (u32)about[61] << 16;
    if (verb == 'n') command(FEATURES, 0, 0, CACHE_OFF);
    if (verb == 'r') do_reads(sectors);
    do_writes(seed, ops, sectors, verb == 'w');
    end();
}
