/* INT 13h for floppy drives, which is also INT 40h: an 82077AA (Intel 290166) through DMA channel 2 and IRQ 6. */
#include "firmware/bios/services.h"

enum { DOR = 0x3F2, MSR = 0x3F4, FIFO = 0x3F5, CCR = 0x3F7, DIR = 0x3F7 };
enum { DOR_RUN = 0x0C, MSR_READY = 0x80, MSR_OUT = 0x40, MSR_BUSY = 0x10, DIR_CHANGED = 0x80, INTERRUPTED = 0x80 };
enum { SPECIFY = 0x03, RECALIBRATE = 0x07, SENSE = 0x08, READ_ID = 0x4A, FORMAT = 0x4D, SEEK = 0x0F, WRITE = 0xC5, READ = 0xE6 };
enum { RATE_500, RATE_300, RATE_250, RATE_1000 };
enum { DMA_WRITE_MEMORY = 0x46, DMA_READ_MEMORY = 0x4A, DMA_VERIFY = 0x42, CHANNEL = 2 };
enum { PARAMETERS = 0x1E, SPECIFY_1 = 0, SPECIFY_2 = 1, SECTOR_CODE = 3, GAP = 5, DATA_LENGTH = 6, FORMAT_GAP = 7, FILLER = 8 };
enum { MEDIA_KNOWN = 0x10, MEDIA_DOUBLE_STEP = 0x20, MOTOR_TICKS = 37, FLOPPIES = 2, TYPES = 6, TRACK_UNKNOWN = 0xFF };

struct medium { u8 rate, spt, cylinders, double_step, state; };
/* What a drive of each CMOS type takes, the best first. */
static const struct medium media[TYPES][3] = {
    [1] = { { RATE_250, 9, 40, 0, 0x93 } },
    [2] = { { RATE_500, 15, 80, 0, 0x15 }, { RATE_300, 9, 40, 1, 0x74 } },
    [3] = { { RATE_250, 9, 80, 0, 0x97 } },
    [4] = { { RATE_500, 18, 80, 0, 0x17 }, { RATE_250, 9, 80, 0, 0x97 } },
    [5] = { { RATE_1000, 36, 80, 0, 0xD7 }, { RATE_500, 18, 80, 0, 0x17 }, { RATE_250, 9, 80, 0, 0x97 } },
};

u8 floppy_count;
static struct { u8 type, medium, track; } floppies[FLOPPIES];

static u8 type_of(u8 nibble) { return nibble == 6 ? 5 : nibble < TYPES ? nibble : 0; }

static u8 parameter(unsigned index) { return far8(far16(0, 4 * PARAMETERS + 2), far16(0, 4 * PARAMETERS) + index); }

/* ---- the controller ---- */
static int byte_send(u8 byte)
{
    struct limit limit = limit_ms(500);
    while ((inb(MSR) & (MSR_READY | MSR_OUT)) != MSR_READY)
        if (limit_passed(&limit)) return -1;
    outb(FIFO, byte);
    return 0;
}

static int command_send(const u8 *bytes, u32 count)
{
    bda_put8(BDA_FLOPPY_SEEK, bda8(BDA_FLOPPY_SEEK) & ~INTERRUPTED);
    while (count--)
        if (byte_send(*bytes++)) return -1;
    return 0;
}

/* Up to seven bytes, into the data area. */
static int result_read(void)
{
    for (u16 i = 0; i < 7; i++) {
        struct limit limit = limit_ms(500);
        while (!(inb(MSR) & MSR_READY))
            if (limit_passed(&limit)) return -1;
        if ((inb(MSR) & (MSR_OUT | MSR_BUSY)) != (MSR_OUT | MSR_BUSY)) return 0;
        bda_put8((u16)(BDA_FLOPPY_RESULT + i), inb(FIFO));
    }
    return 0;
}

static int interrupt_await(void)
{
    struct limit limit = limit_ms(3000);
    sti();
    while (!(bda8(BDA_FLOPPY_SEEK) & INTERRUPTED))
        if (limit_passed(&limit)) return -1;
    bda_put8(BDA_FLOPPY_SEEK, bda8(BDA_FLOPPY_SEEK) & ~INTERRUPTED);
    return 0;
}

static u8 sense(void)
{
    const u8 command = SENSE;
    if (command_send(&command, 1) || result_read()) return 0xFF;
    return bda8(BDA_FLOPPY_RESULT);
}

static u8 controller_reset(void)
{
    const u8 specify[3] = { SPECIFY, parameter(SPECIFY_1), parameter(SPECIFY_2) & 0xFE };
    bda_put8(BDA_FLOPPY_SEEK, bda8(BDA_FLOPPY_SEEK) & 0x70);
    outb(DOR, (inb(DOR) & 0xF0) | (DOR_RUN & ~4));
    delay_us(15);
    outb(DOR, (inb(DOR) & 0xF0) | DOR_RUN);
    floppies[0].track = floppies[1].track = TRACK_UNKNOWN;
    if (interrupt_await()) return STATUS_CONTROLLER;
    for (unsigned i = 0; i < 4; i++)
        if ((sense() & 0xC0) != 0xC0) break;
    return command_send(specify, 3) ? STATUS_CONTROLLER : STATUS_GOOD;
}

void floppy_detect(void)
{
    u8 types = cmos_read(0x10);
    floppies[0].type = type_of(types >> 4);
    floppies[1].type = type_of(types & 15);
    floppy_count = (u8)((floppies[0].type != 0) + (floppies[1].type != 0));
    floppies[0].track = floppies[1].track = TRACK_UNKNOWN;
    if (floppy_count)
        bda_put16(BDA_EQUIPMENT, (u16)((bda16(BDA_EQUIPMENT) & ~0xC1) | 1 | (floppy_count - 1) << 6));
    bda_put8(0x8F, (u8)((floppies[0].type ? 0x07 : 0) | (floppies[1].type ? 0x70 : 0)));
    if (floppy_count) controller_reset();    /* what power-on has left to be sensed would be taken for a seek */
}

static void motor_on(u8 drive)
{
    bda_put8(BDA_MOTOR_TIME, 0xFF);
    bda_put8(BDA_FLOPPY_MOTOR, (u8)((bda8(BDA_FLOPPY_MOTOR) & 0x0F) | 1 << drive | drive << 4));
    outb(DOR, (u8)(DOR_RUN | drive | (bda8(BDA_FLOPPY_MOTOR) & 0x0F) << 4));
}

static u8 head_move(u8 drive, const u8 *command, u32 bytes, u8 track)
{
    if (command_send(command, bytes) || interrupt_await()) return STATUS_TIMEOUT;
    u8 status = sense();
    floppies[drive].track = TRACK_UNKNOWN;
    if ((status & 0xE0) != 0x20) return STATUS_SEEK;
    floppies[drive].track = track;
    return STATUS_GOOD;
}

static u8 recalibrate(u8 drive)
{
    const u8 command[2] = { RECALIBRATE, drive };
    u8 status = head_move(drive, command, 2, 0);
    if (status) status = head_move(drive, command, 2, 0);    /* 80 steps may not be enough */
    if (!status) bda_put8(BDA_FLOPPY_SEEK, bda8(BDA_FLOPPY_SEEK) | (u8)(1 << drive));
    return status;
}

static u8 seek(u8 drive, u8 head, u8 track)
{
    const u8 command[3] = { SEEK, (u8)(head << 2 | drive), track };
    u8 status = STATUS_GOOD;
    if (!(bda8(BDA_FLOPPY_SEEK) & 1 << drive) || floppies[drive].track == TRACK_UNKNOWN) status = recalibrate(drive);
    if (status || floppies[drive].track == track) return status;
    return head_move(drive, command, 3, track);
}

static u8 result_status(void)
{
    static const struct { u8 mask, status; } errors[] = {
        { 0x80, STATUS_NO_SECTOR }, { 0x20, STATUS_CRC }, { 0x10, STATUS_DMA }, { 0x04, STATUS_NO_SECTOR },
        { 0x02, STATUS_PROTECTED }, { 0x01, STATUS_NO_MARK },
    };
    u8 st0 = bda8(BDA_FLOPPY_RESULT), st1 = bda8(BDA_FLOPPY_RESULT + 1);
    if (!(st0 & 0xC0)) return STATUS_GOOD;
    if (st0 & 0x08) return STATUS_TIMEOUT;
    for (u32 i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (st1 & errors[i].mask) return errors[i].status;
    return STATUS_CONTROLLER;
}

/* ---- media ---- */
static const struct medium *medium_of(u8 drive) { return &media[floppies[drive].type][floppies[drive].medium]; }

static u8 id_read(u8 drive)
{
    const u8 command[2] = { READ_ID, drive };
    if (command_send(command, 2) || interrupt_await() || result_read()) return STATUS_TIMEOUT;
    return result_status();
}

/* Finds the rate at which the medium can be read. */
static u8 medium_probe(u8 drive)
{
    u8 status = STATUS_TIMEOUT;
    for (u8 i = 0; i < 3 && media[floppies[drive].type][i].spt; i++) {
        floppies[drive].medium = i;
        outb(CCR, medium_of(drive)->rate);
        status = id_read(drive);
        if (status) continue;
        bda_put8((u16)(BDA_FLOPPY_MEDIA + drive), medium_of(drive)->state);
        return STATUS_GOOD;
    }
    floppies[drive].medium = 0;
    return status;
}

static int medium_changed(void) { return inb(DIR) & DIR_CHANGED; }

/* A step makes the drive take the change line back, if there is a medium. */
static u8 change_clear(u8 drive)
{
    floppies[drive].track = TRACK_UNKNOWN;
    if (seek(drive, 0, 1) || seek(drive, 0, 0) || medium_changed()) return STATUS_TIMEOUT;
    return STATUS_GOOD;
}

/* Motor on, medium known. The first look at a medium is no change. */
static u8 drive_ready(u8 drive)
{
    u16 state = (u16)(BDA_FLOPPY_MEDIA + drive);
    int known = bda8(state) & MEDIA_KNOWN;
    motor_on(drive);
    if (medium_changed()) {
        u8 status = change_clear(drive);
        bda_put8(state, bda8(state) & ~MEDIA_KNOWN);
        if (status) return status;
        if (known) return STATUS_CHANGED;
    }
    if (bda8(state) & MEDIA_KNOWN) {
        outb(CCR, medium_of(drive)->rate);
        return STATUS_GOOD;
    }
    u8 status = seek(drive, 0, 0);
    return status ? status : medium_probe(drive);
}

/* ---- transfers ---- */
static u8 dma_start(u8 mode, u32 linear, u32 bytes)
{
    u32 last = bytes - 1;
    if ((linear & 0xFFFF) + last > 0xFFFF) return STATUS_BOUNDARY;
    cli();
    outb(0x0A, 4 | CHANNEL);
    outb(0x0C, 0);
    outb(0x0B, mode);
    outb(0x04, (u8)linear);
    outb(0x04, (u8)(linear >> 8));
    outb(0x81, (u8)(linear >> 16));
    outb(0x05, (u8)last);
    outb(0x05, (u8)(last >> 8));
    outb(0x0A, CHANNEL);
    sti();
    return STATUS_GOOD;
}

static u8 run(const u8 *command, u32 bytes)
{
    if (command_send(command, bytes)) return STATUS_CONTROLLER;
    if (interrupt_await()) {
        controller_reset();
        return STATUS_TIMEOUT;
    }
    return result_read() ? STATUS_CONTROLLER : result_status();
}

static u8 track_transfer(const struct regs *r, u8 what, u8 mode, u8 head, u8 sector, u32 count, u32 linear)
{
    u8 drive = r->dl, track = r->ch, last = (u8)(sector + count - 1);
    u8 status = dma_start(mode, linear, count * SECTOR);
    if (!status) status = seek(drive, head, (u8)(medium_of(drive)->double_step ? track * 2 : track));
    if (status) return status;
    const u8 command[9] = {
        what & ~0x80, (u8)(head << 2 | drive), track, head, sector, parameter(SECTOR_CODE), last, parameter(GAP),
        parameter(DATA_LENGTH)
    };
    return run(command, 9);
}

/* Sectors may go on on the other side of the cylinder. */
static void transfer(struct regs *r, u8 what, u8 mode)
{
    u8 status = drive_ready(r->dl), sector = r->cl, head = r->dh, done = 0, count = r->al;
    u32 linear = linear_of(r->es, r->bx);
    if (count == 0 || head > 1 || sector == 0) status = STATUS_BAD_COMMAND;
    while (!status && done < count) {
        u8 spt = medium_of(r->dl)->spt;
        u8 piece = sector <= spt && count - done > spt - sector + 1 ? (u8)(spt - sector + 1) : (u8)(count - done);
        if (head > 1) status = STATUS_NO_SECTOR;
        else status = track_transfer(r, what, mode, head, sector, piece, linear);
        if (status) break;
        done = (u8)(done + piece);
        linear += piece * (u32)SECTOR;
        sector = 1;
        head++;
    }
    r->al = done;
    result(r, status);
}

static void format(struct regs *r)
{
    u8 status = drive_ready(r->dl), spt = r->al ? r->al : medium_of(r->dl)->spt;
    if (status == STATUS_NO_MARK || status == STATUS_NO_SECTOR) status = STATUS_GOOD;     /* nothing on it yet */
    if (r->dh > 1) status = STATUS_BAD_COMMAND;
    if (!status) status = dma_start(DMA_READ_MEMORY, linear_of(r->es, r->bx), spt * 4u);
    if (!status) status = seek(r->dl, r->dh, r->ch);
    if (!status) {
        const u8 command[6] = {
            FORMAT, (u8)(r->dh << 2 | r->dl), parameter(SECTOR_CODE), spt, parameter(FORMAT_GAP), parameter(FILLER)
        };
        status = run(command, 6);
    }
    result(r, status);
}

/* ---- what drives are like ---- */
static void parameters_get(struct regs *r)
{
    r->ax = r->bx = r->cx = 0;
    r->dh = 0;
    if (r->dl < FLOPPIES && floppies[r->dl].type) {
        const struct medium *best = &media[floppies[r->dl].type][0];
        r->bl = floppies[r->dl].type;
        r->ch = best->cylinders - 1;
        r->cl = best->spt;
        r->dh = 1;
        r->es = far16(0, 4 * PARAMETERS + 2);
        r->di = far16(0, 4 * PARAMETERS);
    }
    r->dl = floppy_count;
    result(r, floppy_count ? STATUS_GOOD : STATUS_BAD_COMMAND);
}

static void type_get(struct regs *r)
{
    int there = r->dl < FLOPPIES && floppies[r->dl].type;
    result(r, STATUS_GOOD);
    r->ah = !there ? 0 : floppies[r->dl].type == 1 ? 1 : 2;  /* 360 KB drives have no change line */
}

static void change_get(struct regs *r)
{
    motor_on(r->dl);
    result(r, medium_changed() ? STATUS_CHANGED : STATUS_GOOD);
}

/* AH=17h and 18h: the medium that will be formatted. */
static void medium_set(struct regs *r)
{
    u8 spt = r->cl & 63, cylinders = (u8)(r->ch + 1);
    for (u8 i = 0; i < 3 && media[floppies[r->dl].type][i].spt; i++) {
        const struct medium *m = &media[floppies[r->dl].type][i];
        if (r->ah == 0x18 && (m->spt != spt || m->cylinders != cylinders)) continue;
        floppies[r->dl].medium = i;
        bda_put8((u16)(BDA_FLOPPY_MEDIA + r->dl), m->state);
        if (r->ah == 0x18) {
            r->es = far16(0, 4 * PARAMETERS + 2);
            r->di = far16(0, 4 * PARAMETERS);
        }
        result(r, STATUS_GOOD);
        return;
    }
    result(r, 0x0C);                         /* unsupported track or media */
}

static void drive_function(struct regs *r)
{
    switch (r->ah) {
    case 0x00: result(r, controller_reset()); break;
    case 0x02: transfer(r, READ, DMA_WRITE_MEMORY); break;
    case 0x03: transfer(r, WRITE, DMA_READ_MEMORY); break;
    case 0x04: transfer(r, READ, DMA_VERIFY); break;
    case 0x05: format(r); break;
    case 0x16: change_get(r); break;
    case 0x17: case 0x18: medium_set(r); break;
    default:   result(r, STATUS_BAD_COMMAND);
    }
    bda_put8(BDA_MOTOR_TIME, MOTOR_TICKS);
}

void floppy_service(struct regs *r)
{
    sti();
    if (r->ah == 0x01) {
        result(r, bda8(BDA_FLOPPY_STATUS));
        return;
    }
    if (r->ah == 0x08) parameters_get(r);
    else if (r->ah == 0x15) type_get(r);
    else if (r->ah == 0x00 && !floppy_count) result(r, STATUS_GOOD);
    else if (r->dl >= FLOPPIES || !floppies[r->dl].type) result(r, r->ah ? STATUS_TIMEOUT : STATUS_GOOD);
    else drive_function(r);
    bda_put8(BDA_FLOPPY_STATUS, r->flags & FLAG_CF ? r->ah : 0);
}
