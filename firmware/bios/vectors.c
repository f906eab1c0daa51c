/* Interrupt vectors, BIOS data area and EBDA. The entries are in entry.S; their symbols are offsets in F000h. */
#include "firmware/bios/post.h"

#define ENTRIES(X) X(0x02, int02) X(0x05, int05) X(0x08, int08) X(0x09, int09) X(0x0E, int0e) X(0x10, int10) \
    X(0x11, int11) X(0x12, int12) X(0x13, int13) X(0x14, int14) X(0x15, int15) X(0x16, int16) X(0x17, int17) \
    X(0x18, int18) X(0x19, int19) X(0x1A, int1a) X(0x1D, video_parameters) X(0x1E, diskette_parameters) \
    X(0x40, int40) X(0x41, fixed_disk_parameters) X(0x46, fixed_disk_parameters) X(0x70, int70) X(0x71, int71) \
    X(0x74, int74) X(0x75, int75) X(0x76, int76)
#define DECLARE(number, name) extern const char name[];
#define ROW(number, name) { number, name },
ENTRIES(DECLARE)
extern const char int_none[], hardware_master[], hardware_slave[];

static const struct { u32 number; const char *entry; } entries[] = { ENTRIES(ROW) };

enum { DATA = 0x400, EBDA_KIB = 1, CONVENTIONAL_KIB = 640 - EBDA_KIB };
enum { HAS_FPU = 0x02, HAS_MOUSE = 0x04, COLOR_80 = 0x20 };

static void vector_set(u32 number, const char *entry) { put32(4 * number, FAR_CODE(entry)); }

static int fpu_present(void)
{
    u16 word = 0x5A5A;
    __asm__ volatile("fninit; fnstsw %0" : "+m"(word));
    return word == 0;
}

static void data_area_init(void)
{
    u16 warm = get16(flat(DATA + BDA_WARM_BOOT));
    fill(flat(DATA), 0, 0x100);
    put16(DATA + BDA_WARM_BOOT, warm);
    put16(DATA + 0x0E, EBDA_SEG);
    put16(DATA + 0x10, (u16)(HAS_MOUSE | COLOR_80 | (fpu_present() ? HAS_FPU : 0)));
    put16(DATA + 0x13, CONVENTIONAL_KIB);
    put16(DATA + 0x1A, 0x1E);
    put16(DATA + 0x1C, 0x1E);
    put16(DATA + 0x80, 0x1E);
    put16(DATA + 0x82, 0x3E);
    put16(DATA + 0x96, 0x10);                /* a keyboard with 101 keys */
    fill(flat((u32)EBDA_SEG << 4), 0, EBDA_KIB << 10);
    put16((u32)EBDA_SEG << 4, EBDA_KIB);
}

void vectors_init(void)
{
    enum { USER_FIRST = 0x60, USER_END = 0x68, FREE_FIRST = 0x78, VECTORS = 256 };
    for (u32 i = 0; i < VECTORS; i++) {
        int unused = (i >= USER_FIRST && i < USER_END) || i >= FREE_FIRST;
        if (unused) put32(4 * i, 0);
        else vector_set(i, i >= 0x08 && i < 0x10 ? hardware_master : i >= 0x70 ? hardware_slave : int_none);
    }
    for (u32 i = 0; i < sizeof entries / sizeof entries[0]; i++) vector_set(entries[i].number, entries[i].entry);
    put32(4 * 0x1F, 0);
    data_area_init();
}
