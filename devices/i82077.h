/* The 82077AA floppy disk controller with up to two drives, at 3F0h, IRQ 6 and DMA channel 2. */
#ifndef DEVICES_I82077_H
#define DEVICES_I82077_H
#include "devices/backend.h"
#include "devices/device.h"
#include "devices/i8237.h"

enum { I82077_DRIVES = 2, I82077_UNITS = 4, I82077_SECTOR = 512 };

/* What a medium looks like to the head; rate as in the data rate select register: 0 500, 1 300, 2 250, 3 1000 kbit/s.
 * drive: the kind of drive it is made for, as CMOS byte 10h has it (1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M). */
struct floppy_shape { u8 tracks, heads, sectors, rate, drive; };

struct i82077;
struct i82077_drive {
    struct i82077      *fdc;
    struct event        arrived;         /* a seek is over */
    struct disk        *disk;            /* the medium; NULL: none */
    struct floppy_shape shape;           /* its shape */
    u8                  type;            /* CMOS type; 0: there is no drive */
    u8                  track;           /* where the head is */
    u8                  pcn;             /* where the controller thinks it is */
    u8                  sense;           /* ST0 for SENSE INTERRUPT STATUS */
    bool                sense_waits;
    bool                seeking;
    bool                changed;         /* the disk change latch */
    bool                written;         /* since the last flush */
};

enum i82077_phase { FDC_COMMAND, FDC_EXECUTION, FDC_RESULT };

struct i82077 {
    struct device       dev;
    struct i8237       *dma;             /* set before attach */
    struct i82077_drive drive[I82077_UNITS];
    struct line         irq;
    struct event        work;            /* the next step of the command that is executed */
    struct event        woken;           /* the end of a reset */
    bool                interrupt;       /* the INT pin before the DMAGATE# bit */
    u8                  dor, tdr, rate;
    u8                  phase;           /* enum i82077_phase */
    u8                  command[9], command_length;
    u8                  result[10], result_length, result_at;
    u8                  unit, head, c, h, r, n, eot, st1, st2;
    u8                  left;            /* FORMAT, VERIFY, READ TRACK: sectors to go */
    bool                counted;         /* VERIFY ends by count */
    bool                moving;          /* bytes move between buffer and host */
    bool                to_host;
    bool                tc;
    bool                scan_equal, scan_met;
    u16                 buffer_at, buffer_length;
    u8                  buffer[I82077_SECTOR];
    u8                  specify[2], config, precompensation, perpendicular, reset_senses;
    bool                lock;
};
extern const struct device_class i82077_class;

/* The shape of a medium of so many 512-byte sectors. A size between the usual ones is a 1.44M or 2.88M disk that is not
 * filled. False: no floppy is that large, or there is nothing. */
bool i82077_shape(u64 sectors, struct floppy_shape *shape);
/* Before attach: drive 0 or 1 exists, of the kind its medium is made for; 1.44M without one. `disk` may be NULL. */
void i82077_connect(struct i82077 *fdc, unsigned unit, struct disk *disk);
/* Puts another medium into drive 0 or 1, NULL: takes it out. False: there is no such drive, or the size is no floppy's. */
bool i82077_change_medium(struct i82077 *fdc, unsigned unit, struct disk *disk);
#endif
