/* The parameter tables of the first two hard disks, where INT 41h and INT 46h point: IBM PC/AT Technical Reference,
 * "Fixed Disk Parameter Table", and its translated form (Enhanced Disk Drive Specification 1.1, 5.1). */
#include "firmware/bios/services.h"

enum { VECTOR_0 = 0x41, VECTOR_1 = 0x46, TABLES = 2, TRANSLATED = 0xA0, MORE_THAN_8_HEADS = 0x08, NO_PRECOMPENSATION = 0xFFFF };

/* Where the disk is translated the first geometry is that of INT 13h and the second the drive's; else there is one. */
static struct {
    u16 cylinders;
    u8  heads, signature, drive_spt;
    u16 precompensation;
    u8  ecc, control;
    u16 drive_cylinders;
    u8  drive_heads;
    u16 landing;
    u8  spt, checksum;
} __attribute__((packed)) tables[TABLES];

static int translated(const struct drive *d)
{
    return d->logical_heads != d->heads || d->logical_cylinders != d->cylinders || d->logical_spt != d->spt;
}

static void table_fill(u8 index, const struct drive *d)
{
    u8 sum = 0;
    fill(&tables[index], 0, sizeof tables[index]);
    tables[index].cylinders = d->logical_cylinders;
    tables[index].heads = (u8)d->logical_heads;
    tables[index].spt = (u8)d->logical_spt;
    tables[index].precompensation = NO_PRECOMPENSATION;
    tables[index].control = d->heads > 8 ? MORE_THAN_8_HEADS : 0;
    tables[index].landing = d->cylinders;
    if (!translated(d)) return;
    tables[index].signature = TRANSLATED;
    tables[index].drive_cylinders = d->cylinders;
    tables[index].drive_heads = (u8)d->heads;
    tables[index].drive_spt = (u8)d->spt;
    for (u32 i = 0; i < sizeof tables[index]; i++) sum += ((const u8 *)&tables[index])[i];
    tables[index].checksum = (u8)-sum;
}

void disk_tables_make(void)
{
    static const u8 vectors[TABLES] = { VECTOR_0, VECTOR_1 };
    for (u8 i = 0; i < TABLES && i < disk_count; i++) {
        table_fill(i, &drives[disk_map[i]]);
        far_put16(0, 4u * vectors[i], (u16)(u32)&tables[i]);
        far_put16(0, 4u * vectors[i] + 2, DATA_SEG);
    }
}
