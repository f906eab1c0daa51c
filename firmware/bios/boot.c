/* INT 19h and 18h: what to boot from, in which order, and the boot menu. */
#include "firmware/bios/services.h"

enum boot_kind { BOOT_NONE, BOOT_FLOPPY, BOOT_DISK, BOOT_CD, BOOT_ROM };
enum { BOOT_ENTRIES = 12, BOOT_ADDRESS = 0x7C00, SIGNATURE = 0xAA55 };

struct boot_entry { u8 kind, index; };
static struct boot_entry entries[BOOT_ENTRIES];
static u8 entry_count, entry_next;

static void entry_add(enum boot_kind kind, u32 index)
{
    for (u8 i = 0; i < entry_count; i++)
        if (entries[i].kind == kind && entries[i].index == index) return;
    if (entry_count < BOOT_ENTRIES) entries[entry_count++] = (struct boot_entry){ (u8)kind, (u8)index };
}

static u32 kind_count(enum boot_kind kind)
{
    switch (kind) {
    case BOOT_FLOPPY: return floppy_count > 0;
    case BOOT_DISK:   return disk_count;
    case BOOT_CD:     return cd_count;
    case BOOT_ROM:    return shared.roms;
    default:          return 0;
    }
}

static void kind_add(enum boot_kind kind)
{
    for (u32 i = 0; i < kind_count(kind); i++) entry_add(kind, i);
}

/* The nibbles of the order name the kinds as enum boot_kind does; those it leaves out come last. */
static void entries_make(void)
{
    entry_count = entry_next = 0;
    for (unsigned i = 0; i < 4; i++) kind_add((enum boot_kind)(shared.boot_order >> 4 * i & 15));
    for (unsigned kind = BOOT_FLOPPY; kind <= BOOT_ROM; kind++) kind_add((enum boot_kind)kind);
}

static void name_print(const struct boot_entry *entry)
{
    switch (entry->kind) {
    case BOOT_FLOPPY: print("floppy disk"); break;
    case BOOT_DISK:   print("hard disk %s", drives[disk_map[entry->index]].model); break;
    case BOOT_CD:     print("CD-ROM %s", drives[cd_map[entry->index]].model); break;
    default:          print("option ROM at %x:0", (u32)shared.rom[entry->index].segment);
    }
}

/* ---- attempts: each comes back if it cannot boot ---- */
static void failed(const struct boot_entry *entry, const char *why)
{
    name_print(entry);
    print(" %s\n", why);
}

/* INT 13h's status. */
static u8 sector_load(u8 drive)
{
    struct regs r = { 0 };
    u8 status = STATUS_GOOD;
    for (unsigned tries = 0; tries < 3; tries++) {
        r.ax = 0x0201;
        r.cx = 1;
        r.dx = drive;
        r.es = 0;
        r.bx = BOOT_ADDRESS;
        call_int(0x13, &r);
        if (!(r.flags & FLAG_CF)) return STATUS_GOOD;
        status = r.ah;
        r.ax = 0;
        r.dx = drive;
        call_int(0x13, &r);
    }
    return status;
}

static void start(u32 target, u8 drive)
{
    log_text("boot: %x:%x, drive %x\n", target >> 16, target & 0xFFFF, (u32)drive);
    shared.stack_free = STACK_TOP;
    jump_boot(target, drive);
}

static void disk_boot(const struct boot_entry *entry, u8 drive)
{
    u8 status = sector_load(drive);
    if (drive < 0x80 && status == STATUS_TIMEOUT) log_text("boot: no floppy disk\n");
    else if (status) failed(entry, "cannot be read");
    else if (drive >= 0x80 && far16(0, BOOT_ADDRESS + 510) != SIGNATURE) failed(entry, "is not bootable");
    else if (far16(0, BOOT_ADDRESS) == 0) failed(entry, "is not bootable");
    else start(BOOT_ADDRESS, drive);
}

/* The chosen disk becomes drive 80h. */
static void disk_first(u8 index)
{
    u8 chosen = disk_map[index];
    for (; index; index--) disk_map[index] = disk_map[index - 1];
    disk_map[0] = chosen;
    disk_tables_make();
}

static void cd_boot(const struct boot_entry *entry)
{
    const char *why;
    u8 drive;
    u32 target = eltorito_load(entry->index, &drive, &why);
    if (target) start(target, drive);
    failed(entry, why);
}

static void rom_boot(const struct boot_entry *entry)
{
    const struct rom_entry *rom = &shared.rom[entry->index];
    struct regs r = { .es = CODE_SEG };
    if (rom->bev) call_far((u32)rom->segment << 16 | rom->bev, &r);
}

static void entry_boot(const struct boot_entry *entry)
{
    log_text("boot: trying kind %u, %u\n", (u32)entry->kind, (u32)entry->index);
    switch (entry->kind) {
    case BOOT_FLOPPY: disk_boot(entry, 0); break;
    case BOOT_DISK:
        disk_first(entry->index);
        disk_boot(entry, 0x80);
        break;
    case BOOT_CD:  cd_boot(entry); break;
    default:       rom_boot(entry);
    }
}

/* Only the keyboard can end it (Ctrl-Alt-Del): a machine without one is seen to be dead. */
static void wait_for_ever(void) __attribute__((noreturn));
static void wait_for_ever(void)
{
    outb(0x21, 0xFD);
    outb(0xA1, 0xFF);
    sti();
    for (;;) __asm__ volatile("hlt");
}

static void entries_try(void) __attribute__((noreturn));
static void entries_try(void)
{
    emulation.active = 0;
    while (entry_next < entry_count) entry_boot(&entries[entry_next++]);
    print("No bootable device.\n");
    wait_for_ever();
}

/* ---- the menu ---- */
static u16 key_get(void)
{
    struct regs r = { 0 };
    call_int(0x16, &r);
    return r.ax;
}

static int key_waits(void)
{
    struct regs r = { .eax = 0x0100 };
    call_int(0x16, &r);
    return !(r.flags & FLAG_ZF);
}

static int menu_wanted(void)
{
    enum { KEY_F12 = 0x8600, KEY_ESCAPE = 0x011B };
    struct limit limit = limit_ms(shared.menu_wait);
    if (!shared.menu) return 0;
    print("Press F12 for the boot menu.\n");
    while (!limit_passed(&limit)) {
        sti();
        if (!key_waits()) continue;
        u16 key = key_get();
        if (key == KEY_F12 || key == KEY_ESCAPE) return 1;
    }
    return 0;
}

static void entry_first(u8 chosen)
{
    struct boot_entry entry = entries[chosen];
    for (; chosen; chosen--) entries[chosen] = entries[chosen - 1];
    entries[0] = entry;
}

static void menu_show(void)
{
    print("Boot from:\n");
    for (u8 i = 0; i < entry_count; i++) {
        print(" %u  ", i + 1u);
        name_print(&entries[i]);
        print("\n");
    }
    for (;;) {
        u8 key = (u8)key_get();
        if (key == 0x1B) return;
        if (key > '0' && key <= '0' + entry_count) {
            entry_first((u8)(key - '1'));
            return;
        }
    }
}

/* INT 19h. */
void boot(struct regs *r)
{
    (void)r;
    entries_make();
    if (menu_wanted()) menu_show();
    entries_try();
}

/* INT 18h: a boot program gives up. */
void boot_failed(struct regs *r)
{
    (void)r;
    entries_try();
}
