/* A disk browser on INT 13h, 10h and 16h: the root directory of the FAT file system it was started from, a file's
 * clusters followed, any sector as hexadecimal and text, by number as typed. */
#include "tests/realmode/realmode.h"

enum { SECTOR = 0x3000, ROWS = 16, NAMES = 16, BYTES = 512 };
enum { KEY_UP = 0x48, KEY_DOWN = 0x50, KEY_ENTER = 0x1C, KEY_ESCAPE = 0x01 };

static struct { u16 sectors, heads; } geometry;
static struct { u16 reserved, fat_sectors, root_entries, root, data; u8 per_cluster, fats; } volume;
static struct { char text[12]; u16 cluster; u32 bytes; } files[NAMES];
static unsigned file_count, chosen;

/* ---- INT 13h ---- */
static void geometry_read(void)
{
    struct registers r = { .eax = 0x0800, .edx = boot_drive };
    call_interrupt(&r, 0x13);
    geometry.sectors = r.cl & 63;
    geometry.heads = r.dh + 1;
}

static bool sector_read(u16 number, u16 segment)
{
    u16 track = number / geometry.sectors;
    struct registers r = { .eax = 0x0201, .es = segment };
    r.ch = (u8)(track / geometry.heads);
    r.cl = (u8)(number % geometry.sectors + 1);
    r.dh = (u8)(track % geometry.heads);
    r.dl = boot_drive;
    call_interrupt(&r, 0x13);
    return !(r.flags & CARRY);
}

/* ---- the file system ---- */
static void volume_read(void)
{
    sector_read(0, SECTOR);
    volume.per_cluster = far_read8(SECTOR, 13);
    volume.reserved = far_read16(SECTOR, 14);
    volume.fats = far_read8(SECTOR, 16);
    volume.root_entries = far_read16(SECTOR, 17);
    volume.fat_sectors = far_read16(SECTOR, 22);
    volume.root = volume.reserved + volume.fats * volume.fat_sectors;
    volume.data = (u16)(volume.root + volume.root_entries / 16);
}

static void directory_read(void)
{
    sector_read(volume.root, SECTOR);
    for (u16 at = 0; at < BYTES && far_read8(SECTOR, at); at += 32) {
        if (far_read8(SECTOR, at) == 0xE5 || (far_read8(SECTOR, at + 11) & 8) || file_count == NAMES) continue;
        for (u16 i = 0; i < 11; i++) files[file_count].text[i] = (char)far_read8(SECTOR, at + i);
        files[file_count].cluster = far_read16(SECTOR, at + 26);
        files[file_count].bytes = far_read32(SECTOR, at + 28);
        file_count++;
    }
}

/* FAT12: one and a half bytes an entry. */
static u16 cluster_next(u16 cluster)
{
    u16 at = cluster + cluster / 2, sector = volume.reserved + at / BYTES;
    sector_read(sector, SECTOR);
    sector_read(sector + 1, SECTOR + BYTES / 16);
    u16 pair = far_read16(SECTOR, at % BYTES);
    return cluster & 1 ? pair >> 4 : pair & 0xFFF;
}

static u16 cluster_sector(u16 cluster)
{
    return (u16)(volume.data + (cluster - 2) * volume.per_cluster);
}

/* ---- the screen ---- */
static void go(u8 column, u8 row) { video(0x0200, 0, 0, (u16)(row << 8 | column), NULL); }

static void frame(const char *title)
{
    video(3, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    video(0x0600, 0x1F00, 0, 0x004F, NULL);
    go(2, 0);
    print("%s", title);
    video(0x0600, 0x7000, 0x1800, 0x184F, NULL);
    go(2, 24);
    print("Up, Down: choose   Enter: show   S: sector by number   Esc: end");
    go(0, 2);
}

static void directory_show(void)
{
    frame("trap86 disk browser");
    print("  drive %2x: clusters of %u, data from %u\n\n", boot_drive, volume.per_cluster, volume.data);
    for (unsigned i = 0; i < file_count; i++) {
        u8 row = (u8)(4 + i);
        if (i == chosen) video(0x0600, 0x2F00, (u16)(row << 8 | 2), (u16)(row << 8 | 40), NULL);
        go(4, row);
        print("%s %8u bytes, at %4u", files[i].text, files[i].bytes, files[i].cluster);
    }
}

static void sector_show(u16 number)
{
    frame("Sector");
    print("  number %u\n", number);
    if (!sector_read(number, SECTOR)) {
        print("  cannot be read\n");
        return;
    }
    for (u16 row = 0; row < ROWS; row++) {
        print("  %3x ", row * 16);
        for (u16 i = 0; i < 16; i++) print(" %2x", far_read8(SECTOR, row * 16 + i));
        print("  ");
        for (u16 i = 0; i < 16; i++) {
            u8 byte = far_read8(SECTOR, row * 16 + i);
            print("%c", byte >= 32 && byte < 127 ? byte : '.');
        }
        print("\n");
    }
}

static void file_show(void)
{
    u16 cluster = files[chosen].cluster;
    sector_show(cluster_sector(cluster));
    print("\n  clusters");
    for (unsigned i = 0; i < 12 && cluster >= 2 && cluster < 0xFF8; i++) {
        print(" %u", cluster);
        cluster = cluster_next(cluster);
    }
}

/* Digits as they are typed, with backspace. */
static u16 number_ask(void)
{
    u16 value = 0;
    unsigned digits = 0;
    go(4, 22);
    print("Sector: ");
    for (;;) {
        u8 key = (u8)key_wait();
        if (key == '\r') return value;
        if (key == 8 && digits) {
            digits--;
            value /= 10;
            print("\b \b");
        } else if (key >= '0' && key <= '9' && digits < 4) {
            digits++;
            value = (u16)(value * 10 + key - '0');
            print("%c", key);
        }
    }
}

/* False at the end. The test looks whenever a screen is complete. */
static bool step(void)
{
    u16 key = key_wait();
    switch (key >> 8) {
    case KEY_ESCAPE: return false;
    case KEY_UP:     chosen = chosen ? chosen - 1 : 0; break;
    case KEY_DOWN:   chosen = chosen + 1 < file_count ? chosen + 1 : chosen; break;
    case KEY_ENTER:  file_show(); report("shown\n"); key_wait(); break;
    }
    if ((key & 0xDF) == 'S') {
        sector_show(number_ask());
        report("shown\n");
        key_wait();
    }
    directory_show();
    report("directory\n");
    return true;
}

void program(void)
{
    geometry_read();
    volume_read();
    directory_read();
    directory_show();
    report("directory\n");
    while (step());
    finish(0);
}
