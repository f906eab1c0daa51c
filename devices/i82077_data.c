/* The 82077AA's commands that look at the disk: a sector comes under the head with each `work`, and its bytes move
 * through the buffer by DMA or by the processor. Deleted-data marks are not kept: images have no place for them, so a
 * WRITE DELETED DATA writes plain sectors. FORMAT TRACK stores what an image can: sectors of 512 bytes at their place. */
#include "devices/i82077_parts.h"
#include <string.h>

enum { READ_TRACK = 0x02, WRITE = 0x05, READ = 0x06, WRITE_DELETED = 0x09, READ_ID = 0x0A, READ_DELETED = 0x0C,
       FORMAT = 0x0D, SCAN_EQUAL = 0x11, VERIFY = 0x16, SCAN_LOW = 0x19, SCAN_HIGH = 0x1D };
enum { SIZE_512 = 2, ID_BYTES = 4, DRIVE_12M = 2, RATE_300 = 1, RATE_250 = 2, VERIFY_COUNT = 0x80 };

static u8 code_of(const struct i82077 *fdc) { return fdc->command[0] & COMMAND_CODE; }
static bool is_scan(u8 code) { return code == SCAN_EQUAL || code == SCAN_LOW || code == SCAN_HIGH; }
static bool is_write(u8 code) { return code == WRITE || code == WRITE_DELETED || code == FORMAT; }

/* ---- ends ---- */
static void finish(struct i82077 *fdc, u8 st0)
{
    event_cancel(fdc->dev.board->clock, &fdc->work);
    fdc->moving = false;
    const u8 bytes[] = { (u8)(st0 | fdc->head << 2 | fdc->unit), fdc->st1, fdc->st2, fdc->c, fdc->h, fdc->r, fdc->n };
    fdc_result(fdc, bytes, sizeof bytes, true);
}

static void fail(struct i82077 *fdc, u8 st1, u8 st2)
{
    fdc->st1 |= st1;
    fdc->st2 |= st2;
    finish(fdc, ST0_ABNORMAL);
}

/* ---- where the head is ---- */
/* In a drive of 80 tracks, a disk of 40 has each of its own under every second one. */
static u8 cylinder_of(const struct i82077_drive *drive)
{
    return drive->type == DRIVE_12M && drive->shape.tracks == 40 ? drive->track / 2 : drive->track;
}

/* A disk of 250 kbit/s turns faster in a 1.2M drive. */
static u8 rate_of(const struct i82077_drive *drive)
{
    return drive->type == DRIVE_12M && drive->shape.rate == RATE_250 ? RATE_300 : drive->shape.rate;
}

/* There are address marks under the head that can be read. */
static bool marks_found(struct i82077 *fdc)
{
    const struct i82077_drive *drive = fdc_drive(fdc);
    return fdc->rate == rate_of(drive) && fdc->command[0] & COMMAND_MFM && cylinder_of(drive) < drive->shape.tracks
        && fdc->head < drive->shape.heads;
}

/* Whether the sector asked for is there; else notes in ST1 and ST2 why not. */
static bool sector_found(struct i82077 *fdc)
{
    const struct i82077_drive *drive = fdc_drive(fdc);
    if (fdc->c != cylinder_of(drive)) {
        fdc->st1 |= ST1_NO_DATA;
        fdc->st2 |= fdc->c == 0xFF ? ST2_BAD_CYLINDER : ST2_WRONG_CYLINDER;
        return false;
    }
    bool found = fdc->h == fdc->head && fdc->n == SIZE_512 && fdc->r >= 1 && fdc->r <= drive->shape.sectors;
    if (!found) fdc->st1 |= ST1_NO_DATA;
    return found;
}

static u64 sector_address(const struct i82077_drive *drive, unsigned head, unsigned sector)
{
    return ((u64)cylinder_of(drive) * drive->shape.heads + head) * drive->shape.sectors + sector - 1;
}

/* What lies beyond a short image reads as zeros. */
static bool sector_read(struct i82077 *fdc, unsigned sector)
{
    const struct i82077_drive *drive = fdc_drive(fdc);
    u64 address = sector_address(drive, fdc->head, sector);
    memset(fdc->buffer, 0, sizeof fdc->buffer);
    return address >= drive->disk->sectors || drive->disk->read(drive->disk->self, address, 1, fdc->buffer);
}

static bool sector_write(struct i82077 *fdc, unsigned head, unsigned sector)
{
    struct i82077_drive *drive = fdc_drive(fdc);
    u64 address = sector_address(drive, head, sector);
    drive->written = true;
    return address < drive->disk->sectors && drive->disk->write(drive->disk->self, address, 1, fdc->buffer);
}

/* ---- from sector to sector ---- */
/* The address after this sector, as the result phase shows it. True: it is on this track still to be done. */
static bool address_next(struct i82077 *fdc)
{
    bool multi = fdc->command[0] & COMMAND_MT, last = fdc->r == fdc->eot;
    u8 step = is_scan(code_of(fdc)) && fdc->command[8] == 2 ? 2 : 1;
    if (!last) {
        fdc->r = (u8)(fdc->r + step);
        return step == 1 || fdc->r <= fdc->eot;
    }
    fdc->r = 1;
    bool side_left = multi && fdc->head == 0;
    if (multi) fdc->h ^= 1;
    if (!side_left) fdc->c++;
    return side_left;
}

static void sector_wait(struct i82077 *fdc) { fdc_work_in(fdc, SECTOR_NS); }

/* One is done: by TC it was the last, by EOT an end that the 82077 takes for an error. */
static void sector_done(struct i82077 *fdc)
{
    bool more = address_next(fdc);
    if (fdc->tc) {
        finish(fdc, 0);
    } else if (!more) {
        fail(fdc, ST1_END, 0);
    } else {
        if (fdc->r == 1 && fdc->command[0] & COMMAND_MT) fdc->head = fdc->h & 1;
        sector_wait(fdc);
    }
}

static void verify_done(struct i82077 *fdc)
{
    bool more = address_next(fdc);
    if (fdc->counted ? --fdc->left == 0 : !more) {
        finish(fdc, 0);
    } else if (!more) {
        fail(fdc, ST1_END, 0);
    } else {
        if (fdc->r == 1 && fdc->command[0] & COMMAND_MT) fdc->head = fdc->h & 1;
        sector_wait(fdc);
    }
}

static void scan_done(struct i82077 *fdc)
{
    if (fdc->scan_met) {
        fdc->st2 = fdc->scan_equal ? ST2_SCAN_HIT : 0;
        finish(fdc, 0);
        return;
    }
    bool more = address_next(fdc);
    fdc->st2 = ST2_SCAN_NOT;
    if (fdc->tc || !more) {
        finish(fdc, 0);
        return;
    }
    if (fdc->r == 1 && fdc->command[0] & COMMAND_MT) fdc->head = fdc->h & 1;
    sector_wait(fdc);
}

static void track_done(struct i82077 *fdc)
{
    fdc->r++;
    if (fdc->tc) finish(fdc, 0);
    else if (--fdc->left == 0) fail(fdc, ST1_END, 0);
    else sector_wait(fdc);
}

/* The four bytes of an address field have come, the fill byte is in the command. */
static void format_done(struct i82077 *fdc)
{
    const struct i82077_drive *drive = fdc_drive(fdc);
    u8 c = fdc->buffer[0], h = fdc->buffer[1], r = fdc->buffer[2], n = fdc->buffer[3];
    bool kept = c == cylinder_of(drive) && h == fdc->head && n == SIZE_512 && r >= 1 && r <= drive->shape.sectors;
    memset(fdc->buffer, fdc->command[5], sizeof fdc->buffer);
    if (kept && !sector_write(fdc, fdc->head, r)) fail(fdc, ST1_DATA_ERROR, ST2_DATA_ERROR);
    else if (fdc->tc || --fdc->left == 0) finish(fdc, 0);
    else sector_wait(fdc);
}

static void write_done(struct i82077 *fdc)
{
    memset(fdc->buffer + fdc->buffer_at, 0, sizeof fdc->buffer - fdc->buffer_at);
    if (sector_write(fdc, fdc->head, fdc->r)) sector_done(fdc);
    else fail(fdc, ST1_DATA_ERROR, ST2_DATA_ERROR);
}

/* A sector with the other kind of mark ends the command, if it was not to be skipped. */
static void marked_done(struct i82077 *fdc)
{
    fdc->tc = true;
    fdc->st2 |= ST2_CONTROL_MARK;
    sector_done(fdc);
}

/* The buffer has moved, or TC has cut it short. */
static void moved(struct i82077 *fdc)
{
    fdc->moving = false;
    event_cancel(fdc->dev.board->clock, &fdc->work);
    fdc_pins(fdc);
    switch (code_of(fdc)) {
    case WRITE: case WRITE_DELETED: write_done(fdc); break;
    case FORMAT:                    format_done(fdc); break;
    case READ_TRACK:                track_done(fdc); break;
    case READ_DELETED:              marked_done(fdc); break;
    case READ:                      sector_done(fdc); break;
    default:                        scan_done(fdc);
    }
}

/* ---- between buffer and host ---- */
static void scan_byte(struct i82077 *fdc, u8 disk, u8 host)
{
    if (disk == 0xFF || host == 0xFF || disk == host) return;
    u8 code = code_of(fdc);
    fdc->scan_equal = false;
    fdc->scan_met &= (code == SCAN_LOW && disk < host) || (code == SCAN_HIGH && disk > host);
}

static void scan_take(struct i82077 *fdc, const u8 *host, unsigned length)
{
    for (unsigned i = 0; i < length; i++) scan_byte(fdc, fdc->buffer[fdc->buffer_at + i], host[i]);
}

/* What comes from the host for SCAN is compared with the sector, which stays in the buffer. */
static struct i8237_moved pump(struct i82077 *fdc)
{
    u8 host[I82077_SECTOR];
    u32 length = fdc->buffer_length - fdc->buffer_at;
    u8 *at = fdc->buffer + fdc->buffer_at;
    if (fdc->to_host) return i8237_give(fdc->dma, FDC_DMA, at, length);
    if (!is_scan(code_of(fdc))) return i8237_take(fdc->dma, FDC_DMA, at, length);
    struct i8237_moved done = i8237_take(fdc->dma, FDC_DMA, host, length);
    scan_take(fdc, host, done.bytes);
    return done;
}

void fdc_data_pump(struct i82077 *fdc)
{
    struct i8237_moved done = pump(fdc);
    fdc->buffer_at = (u16)(fdc->buffer_at + done.bytes);
    fdc->tc |= done.tc;
    if (fdc->tc || fdc->buffer_at == fdc->buffer_length) moved(fdc);
}

u8 fdc_data_read(struct i82077 *fdc)
{
    u8 byte = fdc->buffer[fdc->buffer_at++];
    if (fdc->buffer_at == fdc->buffer_length) moved(fdc);
    return byte;
}

void fdc_data_write(struct i82077 *fdc, u8 value)
{
    if (is_scan(code_of(fdc))) scan_take(fdc, &value, 1);
    else fdc->buffer[fdc->buffer_at] = value;
    if (++fdc->buffer_at == fdc->buffer_length) moved(fdc);
}

/* The host has one turn of the disk to begin; after that the bytes are lost. */
static void move_begin(struct i82077 *fdc, bool to_host, u16 length)
{
    fdc->moving = true;
    fdc->to_host = to_host;
    fdc->buffer_at = 0;
    fdc->buffer_length = length;
    fdc_work_in(fdc, TURN_NS);
    fdc_pins(fdc);
    if (fdc_by_dma(fdc)) fdc_data_pump(fdc);
}

/* ---- a sector is under the head ---- */
static void read_under_head(struct i82077 *fdc, unsigned sector)
{
    if (sector_read(fdc, sector)) move_begin(fdc, true, I82077_SECTOR);
    else fail(fdc, ST1_DATA_ERROR, ST2_DATA_ERROR);
}

static void scan_under_head(struct i82077 *fdc)
{
    fdc->scan_equal = fdc->scan_met = true;
    if (sector_read(fdc, fdc->r)) move_begin(fdc, false, I82077_SECTOR);
    else fail(fdc, ST1_DATA_ERROR, ST2_DATA_ERROR);
}

static void verify_under_head(struct i82077 *fdc)
{
    if (sector_read(fdc, fdc->r)) verify_done(fdc);
    else fail(fdc, ST1_DATA_ERROR, ST2_DATA_ERROR);
}

/* All sectors here have plain marks: READ DELETED DATA with SK passes them all by. */
static void deleted_under_head(struct i82077 *fdc)
{
    if (!(fdc->command[0] & COMMAND_SK)) {
        read_under_head(fdc, fdc->r);
        return;
    }
    fdc->st2 |= ST2_CONTROL_MARK;
    sector_done(fdc);
}

/* Which sector is there follows from the time. */
static void id_under_head(struct i82077 *fdc)
{
    const struct i82077_drive *drive = fdc_drive(fdc);
    const struct clock *clock = fdc->dev.board->clock;
    u64 passed = ticks_at(clock, clock_now(clock), 1000000000 / SECTOR_NS);
    fdc->c = cylinder_of(drive);
    fdc->h = fdc->head;
    fdc->r = (u8)(passed % drive->shape.sectors + 1);
    fdc->n = SIZE_512;
    finish(fdc, 0);
}

/* READ TRACK takes the sectors as they lie, and only notes that one has another address. */
static void track_under_head(struct i82077 *fdc)
{
    unsigned sector = (unsigned)(fdc->eot - fdc->left) % fdc_drive(fdc)->shape.sectors + 1;
    sector_found(fdc);
    read_under_head(fdc, sector);
}

static void addressed_under_head(struct i82077 *fdc, u8 code)
{
    if (!sector_found(fdc)) fail(fdc, 0, 0);
    else if (code == READ) read_under_head(fdc, fdc->r);
    else if (code == READ_DELETED) deleted_under_head(fdc);
    else if (code == VERIFY) verify_under_head(fdc);
    else if (is_scan(code)) scan_under_head(fdc);
    else move_begin(fdc, false, I82077_SECTOR);
}

void fdc_data_work(struct i82077 *fdc)
{
    const struct i82077_drive *drive = fdc_drive(fdc);
    u8 code = code_of(fdc);
    if (fdc->phase != FDC_EXECUTION || !drive->disk) return;
    if (fdc->moving) fail(fdc, ST1_OVERRUN, 0);
    else if (is_write(code) && drive->disk->read_only) fail(fdc, ST1_NOT_WRITABLE, 0);
    else if (code == FORMAT && fdc->head < drive->shape.heads) move_begin(fdc, false, ID_BYTES);
    else if (!marks_found(fdc)) fail(fdc, ST1_NO_MARK, 0);
    else if (code == READ_ID) id_under_head(fdc);
    else if (code == READ_TRACK) track_under_head(fdc);
    else addressed_under_head(fdc, code);
}

/* ---- the command is complete ---- */
static void parameters_take(struct i82077 *fdc)
{
    u8 code = code_of(fdc);
    const u8 *p = fdc->command;
    fdc->unit = p[1] & DOR_DRIVE;
    fdc->head = p[1] >> 2 & 1;
    fdc->st1 = fdc->st2 = 0;
    fdc->tc = fdc->moving = fdc->counted = false;
    if (code == READ_ID) return;
    if (code == FORMAT) {
        fdc->n = p[2];
        fdc->left = p[3];
        return;
    }
    fdc->c = p[2];
    fdc->h = p[3];
    fdc->r = p[4];
    fdc->n = p[5];
    fdc->eot = p[6];
    fdc->counted = code == VERIFY && p[1] & VERIFY_COUNT;
    fdc->left = code == VERIFY ? p[8] : p[6];
}

/* With the implied seek: FORMAT and READ ID name no cylinder. Returns how many steps it takes. */
static unsigned implied_seek(struct i82077 *fdc)
{
    struct i82077_drive *drive = fdc_drive(fdc);
    u8 code = code_of(fdc);
    if (!(fdc->config & CONFIG_IMPLIED_SEEK) || code == FORMAT || code == READ_ID) return 0;
    int steps = fdc->c - drive->pcn;
    drive->pcn = fdc->c;
    fdc_head_to(drive, drive->track + steps);
    return (unsigned)(steps < 0 ? -steps : steps);
}

/* Without index pulses nothing happens until a reset. What will fail takes two turns to do so. */
void fdc_data_begin(struct i82077 *fdc)
{
    parameters_take(fdc);
    const struct i82077_drive *drive = fdc_drive(fdc);
    fdc->phase = FDC_EXECUTION;
    unsigned steps = implied_seek(fdc);
    fdc_pins(fdc);
    if (!drive->disk || !fdc_motor(fdc, fdc->unit)) {
        LOG(fdc->dev.board->log, LOG_GUEST_ERRORS, "i82077: unit %u has no turning medium for command %02x", fdc->unit,
            fdc->command[0]);
        return;
    }
    u64 turn = marks_found(fdc) ? SECTOR_NS : 2 * TURN_NS;
    fdc_work_in(fdc, (u64)steps * STEP_NS + turn);
}
