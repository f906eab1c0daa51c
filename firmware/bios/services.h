/* The 16-bit part: memory beyond its own segment, the BIOS data area, and what its files offer each other. Services get
 * the caller's registers and leave results in them; flags too. */
#ifndef BIOS_SERVICES_H
#define BIOS_SERVICES_H
#include "firmware/bios/io.h"

extern struct shared shared;

/* ---- far memory ---- */
static inline u8 far8(u16 segment, u32 offset)
{
    u8 value;
    __asm__ volatile("movw %w1,%%fs; movb %%fs:(%2),%0" : "=q"(value) : "r"(segment), "r"(offset) : "memory");
    return value;
}
static inline u16 far16(u16 segment, u32 offset)
{
    u16 value;
    __asm__ volatile("movw %w1,%%fs; movw %%fs:(%2),%0" : "=r"(value) : "r"(segment), "r"(offset) : "memory");
    return value;
}
static inline u32 far32(u16 segment, u32 offset)
{
    u32 value;
    __asm__ volatile("movw %w1,%%fs; movl %%fs:(%2),%0" : "=r"(value) : "r"(segment), "r"(offset) : "memory");
    return value;
}
static inline void far_put8(u16 segment, u32 offset, u8 value)
{
    __asm__ volatile("movw %w1,%%fs; movb %0,%%fs:(%2)" : : "q"(value), "r"(segment), "r"(offset) : "memory");
}
static inline void far_put16(u16 segment, u32 offset, u16 value)
{
    __asm__ volatile("movw %w1,%%fs; movw %0,%%fs:(%2)" : : "r"(value), "r"(segment), "r"(offset) : "memory");
}
static inline void far_put32(u16 segment, u32 offset, u32 value)
{
    __asm__ volatile("movw %w1,%%fs; movl %0,%%fs:(%2)" : : "r"(value), "r"(segment), "r"(offset) : "memory");
}

/* A linear address below 1 MiB + 64 KiB as a segment with an offset below 16 (below FFF0h in the high memory area). */
static inline u16 linear_segment(u32 linear) { return (u16)(linear < 0x100000 ? linear >> 4 : 0xFFFF); }
static inline u32 linear_offset(u32 linear)  { return linear < 0x100000 ? linear & 15 : linear - 0xFFFF0; }
static inline u32 linear_of(u16 segment, u32 offset) { return ((u32)segment << 4) + offset; }
static inline u32 linear_here(const void *data) { return DATA_BASE + (u32)data; }

/* memory.c: moves between linear addresses below 1 MiB + 64 KiB. */
void copy_linear(u32 to, u32 from, u32 bytes);
void fill(void *to, u8 value, u32 bytes);
int  same(const void *a, const void *b, u32 bytes);

/* ---- BIOS data area, by offset in segment 40h ---- */
enum {
    BDA_COM = 0x00, BDA_LPT = 0x08, BDA_EBDA = 0x0E, BDA_EQUIPMENT = 0x10, BDA_MEMORY = 0x13, BDA_SHIFT = 0x17,
    BDA_SHIFT2 = 0x18, BDA_ALT_DIGITS = 0x19, BDA_KEY_HEAD = 0x1A, BDA_KEY_TAIL = 0x1C, BDA_KEY_BUFFER = 0x1E,
    BDA_FLOPPY_SEEK = 0x3E, BDA_FLOPPY_MOTOR = 0x3F, BDA_MOTOR_TIME = 0x40, BDA_FLOPPY_STATUS = 0x41,
    BDA_FLOPPY_RESULT = 0x42, BDA_VIDEO_MODE = 0x49, BDA_COLUMNS = 0x4A, BDA_CURSOR = 0x50, BDA_PAGE = 0x62,
    BDA_TICKS = 0x6C, BDA_MIDNIGHT = 0x70, BDA_BREAK = 0x71, BDA_WARM = 0x72, BDA_DISK_STATUS = 0x74, BDA_DISKS = 0x75,
    BDA_LPT_TIMEOUT = 0x78, BDA_COM_TIMEOUT = 0x7C, BDA_KEY_START = 0x80, BDA_KEY_END = 0x82,
    BDA_FLOPPY_MEDIA = 0x90, BDA_KEY_MODE = 0x96, BDA_LEDS = 0x97, BDA_WAIT_FLAG = 0x98, BDA_WAIT_COUNT = 0x9C,
    BDA_WAITING = 0xA0
};
static inline u8   bda8(u16 offset)  { return far8(BDA_SEG, offset); }
static inline u16  bda16(u16 offset) { return far16(BDA_SEG, offset); }
static inline u32  bda32(u16 offset) { return far32(BDA_SEG, offset); }
static inline void bda_put8(u16 offset, u8 v)   { far_put8(BDA_SEG, offset, v); }
static inline void bda_put16(u16 offset, u16 v) { far_put16(BDA_SEG, offset, v); }
static inline void bda_put32(u16 offset, u32 v) { far_put32(BDA_SEG, offset, v); }

/* ---- calls out (entry.S) ---- */
void call_int(u32 vector, struct regs *r);
void call_int_carry(u32 vector, struct regs *r);  /* enters with the carry flag set */
void call_far(u32 target, struct regs *r);
/* The mouse's user routine: status, right, up and wheel as words on the stack, which it leaves there. */
void mouse_call(u32 target, u32 status, u32 right, u32 up, u32 wheel);
void jump_boot(u32 target, u32 dl) __attribute__((noreturn));

static inline void carry(struct regs *r, int on)
{
    r->flags = (u16)((r->flags & ~FLAG_CF) | (on ? FLAG_CF : 0));
}
/* The result of most services: AH and the carry flag. */
static inline void result(struct regs *r, u8 status)
{
    r->ah = status;
    carry(r, status != 0);
}

/* ---- screen.c ---- */
/* Text to the screen through INT 10h, and to the log. In formats %x, %u and %s. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void video_service(struct regs *r);

/* ---- delay.c ---- */
/* Waits; `refresh_wait` in periods of the memory refresh, 15.085 us. */
void delay_us(u32 us);
/* A limit on waiting: passed once so many refresh periods were seen by it. */
struct limit { u32 left; u8 last; };
static inline struct limit limit_ms(u32 ms) { return (struct limit){ ms * 67, 0 }; }
int  limit_passed(struct limit *limit);

/* ---- disks ---- */
enum { DRIVE_NONE, DRIVE_ATA, DRIVE_ATAPI };
enum { DRIVES = 4, SECTOR = 512, CD_SECTOR = 2048 };
struct drive {
    u8  kind, unit, lba48, irq;
    u16 io, control, bus_master;
    u64 sectors;
    u16 cylinders, heads, spt;               /* as the drive says */
    u16 logical_cylinders, logical_heads, logical_spt;
    u8  locks, removable;
    char model[41];
};
extern struct drive drives[DRIVES];
extern u8 disk_map[DRIVES], disk_count;      /* drive 80h + i is drives[disk_map[i]] */
extern u8 cd_map[DRIVES], cd_count;          /* drive E0h + i */
enum { CD_FIRST = 0xE0 };

enum {
    STATUS_GOOD, STATUS_BAD_COMMAND, STATUS_NO_MARK, STATUS_PROTECTED, STATUS_NO_SECTOR, STATUS_RESET_FAILED,
    STATUS_CHANGED, STATUS_DMA = 8, STATUS_BOUNDARY = 9, STATUS_CRC = 0x10, STATUS_CONTROLLER = 0x20,
    STATUS_SEEK = 0x40, STATUS_TIMEOUT = 0x80, STATUS_NOT_READY = 0xAA, STATUS_FAULT = 0xCC, STATUS_NO_MEDIUM = 0x31,
    STATUS_LOCKED = 0xB1, STATUS_NOT_LOCKED = 0xB0, STATUS_NOT_REMOVABLE = 0xB2, STATUS_LOCKS = 0xB4
};
enum disk_operation { DISK_READ, DISK_WRITE, DISK_VERIFY };

void ide_detect(void);                       /* ata.c */
/* Moves or verifies sectors; *count becomes what was done. INT 13h status. */
u8   ata_transfer(const struct drive *d, enum disk_operation what, u64 sector, u32 *count, u32 linear);
u8   ata_simple(const struct drive *d, u8 command);
int  ide_wait_ready(const struct drive *d, u32 ms);
int  ide_wait_data(const struct drive *d);
void ide_read_words(const struct drive *d, u32 linear, u32 words);

u8   atapi_packet(const struct drive *d, const u8 *packet, u32 linear, u32 bytes);   /* atapi.c */
u8   atapi_read(const struct drive *d, u32 sector, u32 count, u32 linear);
u8   atapi_ready(struct drive *d);

void disk_service(struct regs *r);           /* disk.c */
void cd_service(struct regs *r, struct drive *d);

void disk_tables_make(void);                 /* disktables.c: after each change of disk_map */

/* eltorito.c: a CD's boot image. What it emulates answers to a drive number of floppies or disks. */
struct emulation {
    u8  active, media, drive, cd;            /* specification type, drive number, index of the CD */
    u32 start;                               /* CD sector */
    u32 sectors;                             /* of 512 bytes */
    u16 cylinders, heads, spt, load_segment, load_sectors;
};
extern struct emulation emulation;
/* Loads the CD's default boot image; the address to jump to, or 0. *dl is the drive number for the program. */
u32  eltorito_load(u8 cd, u8 *dl, const char **why);
void emulation_service(struct regs *r);
void emulation_control(struct regs *r);

/* floppy.c */
extern u8 floppy_count;
void floppy_detect(void);
void floppy_service(struct regs *r);

/* ---- the rest ---- */
void keyboard_init(void);
void keyboard_service(struct regs *r);
void keyboard_interrupt(struct regs *r);
int  keyboard_send(u8 byte);                 /* to the keyboard, waiting for its acknowledgement; 0: there was one */
void mouse_interrupt(struct regs *r);
void mouse_service(struct regs *r);
void serial_init(void);
void serial_service(struct regs *r);
void printer_service(struct regs *r);
void print_screen(struct regs *r);
void memory_size(struct regs *r);
void equipment_list(struct regs *r);
void system_service(struct regs *r);
void time_init(void);
void time_service(struct regs *r);
void rtc_interrupt(struct regs *r);
void boot(struct regs *r);
void boot_failed(struct regs *r);
void post16(void);
#endif
