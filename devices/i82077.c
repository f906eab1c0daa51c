/* The 82077AA floppy disk controller in an AT, after Intel's data sheet 290166: registers, command and result phases,
 * seeks and the commands without data; i82077_data.c has the others.
 *
 * Time: a sector takes 250 us, a step of the head 100 us, a turn of the disk 5 ms (devices/i82077_parts.h), whatever
 * SPECIFY and the data rate say. A command to a drive without a turning medium waits for an index pulse until it is
 * reset, as on the real chip. The data rate must be that of the medium, or no address mark is found.
 * Status registers A and B read as in PS/2 mode. Not modelled: the FIFO threshold (a FIFO of one sector), write
 * precompensation, FM, tape drives, and the commands of later parts (PART ID, POWERDOWN MODE: invalid, as here). */
#include "devices/i82077_parts.h"
#include <string.h>

enum { MSR_READY = 0x80, MSR_TO_HOST = 0x40, MSR_NO_DMA = 0x20, MSR_BUSY = 0x10 };
enum { REG_SRA, REG_SRB, REG_DOR, REG_TDR, REG_MSR, REG_FIFO, DSR_RESET = 0x80 };
enum { CHIP_82077 = 0x90, RECALIBRATE_STEPS = 79, DRIVE_144 = 4 };

void fdc_work_in(struct i82077 *fdc, u64 ns)
{
    struct clock *clock = fdc->dev.board->clock;
    event_at(clock, &fdc->work, clock_now(clock) + cycles_of_ns(clock, ns));
}

bool fdc_by_dma(const struct i82077 *fdc) { return !(fdc->specify[1] & SPECIFY_NO_DMA); }

void fdc_pins(struct i82077 *fdc)
{
    bool open = fdc->dor & DOR_GATE, by_dma = fdc_by_dma(fdc);
    i8237_request(fdc->dma, FDC_DMA, open && fdc->moving && by_dma);
    line_set(&fdc->irq, open && (fdc->interrupt || (fdc->moving && !by_dma)));
}

void fdc_result(struct i82077 *fdc, const u8 *bytes, unsigned length, bool interrupt)
{
    if (length) memcpy(fdc->result, bytes, length);
    fdc->result_length = (u8)length;
    fdc->result_at = 0;
    fdc->phase = length ? FDC_RESULT : FDC_COMMAND;
    fdc->command_length = 0;
    fdc->interrupt |= interrupt;
    fdc_pins(fdc);
}

/* ---- seeks ---- */
void fdc_head_to(struct i82077_drive *drive, int track)
{
    int reached = MAX(0, MIN(track, FDC_TRACKS - 1));
    if (reached != drive->track && drive->disk) drive->changed = false;
    drive->track = (u8)reached;
}

/* The head is where it should be; `sense` is what the drive will answer for. */
static void seek_begin(struct i82077 *fdc, unsigned unit, unsigned steps, u8 sense)
{
    struct i82077_drive *drive = &fdc->drive[unit];
    struct clock *clock = fdc->dev.board->clock;
    drive->seeking = true;
    drive->sense_waits = false;
    drive->sense = (u8)(sense | ST0_SEEK_END | unit);
    event_at(clock, &drive->arrived, clock_now(clock) + cycles_of_ns(clock, (u64)(steps + 1) * STEP_NS));
    fdc_result(fdc, NULL, 0, false);
}

static void seek_end(void *self)
{
    struct i82077_drive *drive = self;
    drive->seeking = false;
    drive->sense_waits = true;
    drive->fdc->interrupt = true;
    fdc_pins(drive->fdc);
}

/* Without a drive there is no track 0 to be found. */
static void recalibrate(struct i82077 *fdc)
{
    unsigned unit = fdc->command[1] & DOR_DRIVE;
    struct i82077_drive *drive = &fdc->drive[unit];
    unsigned steps = drive->type ? MIN(drive->track, RECALIBRATE_STEPS) : RECALIBRATE_STEPS;
    fdc_head_to(drive, drive->track - (int)steps);
    bool found = drive->type && drive->track == 0;
    drive->pcn = 0;
    seek_begin(fdc, unit, steps, found ? 0 : ST0_ABNORMAL | ST0_EQUIPMENT);
}

static void seek_by(struct i82077 *fdc, int steps)
{
    unsigned unit = fdc->command[1] & DOR_DRIVE;
    struct i82077_drive *drive = &fdc->drive[unit];
    drive->pcn = (u8)(drive->pcn + steps);
    fdc_head_to(drive, drive->track + steps);
    seek_begin(fdc, unit, (unsigned)(steps < 0 ? -steps : steps), fdc->command[1] & 4);
}

/* With bits 7 and 6 of the command RELATIVE SEEK, inwards or outwards. */
static void seek(struct i82077 *fdc)
{
    enum { RELATIVE = 0x80, INWARDS = 0x40 };
    int to = fdc->command[2];
    if (fdc->command[0] & RELATIVE) seek_by(fdc, fdc->command[0] & INWARDS ? to : -to);
    else seek_by(fdc, to - fdc->drive[fdc->command[1] & DOR_DRIVE].pcn);
}

/* ---- the other commands without data ---- */
static void invalid(struct i82077 *fdc)
{
    LOG(fdc->dev.board->log, LOG_GUEST_ERRORS, "i82077: command %02x is invalid here", fdc->command[0]);
    fdc_result(fdc, (const u8[]){ ST0_INVALID }, 1, false);
}

/* After a reset each of the four units has something to say. */
static void sense_interrupt(struct i82077 *fdc)
{
    fdc->interrupt = false;
    if (fdc->reset_senses) {
        unsigned unit = I82077_UNITS - fdc->reset_senses--;
        fdc_result(fdc, (const u8[]){ (u8)(ST0_READY_CHANGED | unit), fdc->drive[unit].pcn }, 2, false);
        return;
    }
    for (unsigned i = 0; i < I82077_UNITS; i++) {
        struct i82077_drive *drive = &fdc->drive[i];
        if (!drive->sense_waits) continue;
        drive->sense_waits = false;
        fdc_result(fdc, (const u8[]){ drive->sense, drive->pcn }, 2, false);
        return;
    }
    fdc_result(fdc, (const u8[]){ ST0_INVALID }, 1, false);
}

static void sense_drive(struct i82077 *fdc)
{
    const struct i82077_drive *drive = &fdc->drive[fdc->command[1] & DOR_DRIVE];
    u8 st3 = (fdc->command[1] & 7) | ST3_READY | ST3_TWO_SIDES;
    if (drive->type && drive->track == 0) st3 |= ST3_TRACK0;
    if (drive->disk && drive->disk->read_only) st3 |= ST3_PROTECTED;
    fdc_result(fdc, &st3, 1, false);
}

static void specify(struct i82077 *fdc)
{
    memcpy(fdc->specify, &fdc->command[1], 2);
    fdc_result(fdc, NULL, 0, false);
}

static void configure(struct i82077 *fdc)
{
    fdc->config = fdc->command[2] & 0x7F;
    fdc->precompensation = fdc->command[3];
    fdc_result(fdc, NULL, 0, false);
}

/* Bits 2 to 5 are the drives', and change with OW (bit 7) only. */
static void perpendicular(struct i82077 *fdc)
{
    u8 value = fdc->command[1], drives = value & 0x80 ? value : fdc->perpendicular;
    fdc->perpendicular = (drives & 0x3C) | (value & 3);
    fdc_result(fdc, NULL, 0, false);
}

static void version(struct i82077 *fdc) { fdc_result(fdc, (const u8[]){ CHIP_82077 }, 1, false); }

static void dump_registers(struct i82077 *fdc)
{
    u8 bytes[10] = { [4] = fdc->specify[0], fdc->specify[1], fdc->eot,
                     (u8)(fdc->lock << 7 | fdc->perpendicular), fdc->config, fdc->precompensation };
    for (unsigned i = 0; i < I82077_UNITS; i++) bytes[i] = fdc->drive[i].pcn;
    fdc_result(fdc, bytes, sizeof bytes, false);
}

static void lock(struct i82077 *fdc)
{
    fdc->lock = fdc->command[0] & COMMAND_MT;
    fdc_result(fdc, (const u8[]){ (u8)(fdc->lock << 4) }, 1, false);
}

/* A row per command: bits of the first byte that count, their value, how many bytes there are, who does it. */
static const struct command { u8 mask, code, length; void (*run)(struct i82077 *fdc); } commands[] = {
    { 0x1F, 0x06, 9, fdc_data_begin },      /* READ DATA */
    { 0x1F, 0x0C, 9, fdc_data_begin },      /* READ DELETED DATA */
    { 0x3F, 0x05, 9, fdc_data_begin },      /* WRITE DATA */
    { 0x3F, 0x09, 9, fdc_data_begin },      /* WRITE DELETED DATA */
    { 0x9F, 0x02, 9, fdc_data_begin },      /* READ TRACK */
    { 0x1F, 0x16, 9, fdc_data_begin },      /* VERIFY */
    { 0x1F, 0x11, 9, fdc_data_begin },      /* SCAN EQUAL */
    { 0x1F, 0x19, 9, fdc_data_begin },      /* SCAN LOW OR EQUAL */
    { 0x1F, 0x1D, 9, fdc_data_begin },      /* SCAN HIGH OR EQUAL */
    { 0xBF, 0x0D, 6, fdc_data_begin },      /* FORMAT TRACK */
    { 0xBF, 0x0A, 2, fdc_data_begin },      /* READ ID */
    { 0xFF, 0x07, 2, recalibrate },
    { 0xFF, 0x08, 1, sense_interrupt },
    { 0xFF, 0x03, 3, specify },
    { 0xFF, 0x04, 2, sense_drive },
    { 0xFF, 0x13, 4, configure },
    { 0xFF, 0x0F, 3, seek },
    { 0xBF, 0x8F, 3, seek },                /* RELATIVE SEEK */
    { 0xFF, 0x0E, 1, dump_registers },
    { 0xFF, 0x12, 2, perpendicular },
    { 0xFF, 0x10, 1, version },
    { 0x7F, 0x14, 1, lock },
    { 0x00, 0x00, 1, invalid },
};

static const struct command *command_find(u8 first)
{
    const struct command *row = commands;
    while ((first & row->mask) != row->code) row++;
    return row;
}

static void command_byte(struct i82077 *fdc, u8 value)
{
    fdc->command[fdc->command_length++] = value;
    const struct command *row = command_find(fdc->command[0]);
    if (fdc->command_length >= row->length) row->run(fdc);
}

/* ---- reset ---- */
static void stop(struct i82077 *fdc)
{
    struct clock *clock = fdc->dev.board->clock;
    event_cancel(clock, &fdc->work);
    event_cancel(clock, &fdc->woken);
    for (unsigned i = 0; i < I82077_UNITS; i++) {
        struct i82077_drive *drive = &fdc->drive[i];
        event_cancel(clock, &drive->arrived);
        drive->seeking = drive->sense_waits = false;
        drive->pcn = 0;
    }
    fdc->phase = FDC_COMMAND;
    fdc->command_length = fdc->result_length = fdc->result_at = fdc->reset_senses = 0;
    fdc->moving = fdc->interrupt = false;
}

/* What DOR bit 2 and DSR bit 7 do. LOCK keeps the FIFO's settings. */
static void soft_reset(struct i82077 *fdc)
{
    stop(fdc);
    fdc->perpendicular &= 0x3C;
    fdc->config = fdc->lock ? fdc->config & ~(CONFIG_IMPLIED_SEEK | CONFIG_NO_POLL) : CONFIG_NO_FIFO;
    if (!fdc->lock) fdc->precompensation = 0;
    fdc_pins(fdc);
}

static void wake_in_time(struct i82077 *fdc)
{
    struct clock *clock = fdc->dev.board->clock;
    event_at(clock, &fdc->woken, clock_now(clock) + cycles_of_ns(clock, WAKE_NS));
}

static void wake(void *self)
{
    struct i82077 *fdc = self;
    if (!(fdc->config & CONFIG_NO_POLL)) {
        fdc->reset_senses = I82077_UNITS;
        fdc->interrupt = true;
    }
    fdc_pins(fdc);
}

/* ---- registers ---- */
static bool running(const struct i82077 *fdc) { return fdc->dor & DOR_RUN; }

static u8 sra_read(const struct i82077 *fdc)
{
    enum { SRA_INT = 0x80, SRA_ONE_DRIVE = 0x40, SRA_NOT_TRACK0 = 0x10, SRA_HEAD = 8, SRA_NO_INDEX = 4, SRA_WRITABLE = 2 };
    const struct i82077_drive *drive = &fdc->drive[fdc->dor & DOR_DRIVE];
    return (fdc->interrupt ? SRA_INT : 0) | (fdc->drive[1].type ? 0 : SRA_ONE_DRIVE) | SRA_NO_INDEX
        | (drive->type && drive->track == 0 ? 0 : SRA_NOT_TRACK0) | (fdc->head ? SRA_HEAD : 0)
        | (drive->disk && drive->disk->read_only ? 0 : SRA_WRITABLE);
}

static u8 srb_read(const struct i82077 *fdc)
{
    return 0xC0 | (fdc->dor & 1) << 5 | (fdc->dor >> 4 & 3);
}

static u8 msr_read(const struct i82077 *fdc)
{
    u8 msr = 0;
    if (!running(fdc) || fdc->woken.armed) return 0;
    for (unsigned i = 0; i < I82077_UNITS; i++) msr |= (u8)(fdc->drive[i].seeking << i);
    switch (fdc->phase) {
    case FDC_COMMAND: return msr | MSR_READY | (fdc->command_length ? MSR_BUSY : 0);
    case FDC_RESULT:  return msr | MSR_READY | MSR_TO_HOST | MSR_BUSY;
    default:
        msr |= MSR_BUSY;
        if (fdc_by_dma(fdc)) return msr;
        return msr | MSR_NO_DMA | (fdc->moving ? MSR_READY | (fdc->to_host ? MSR_TO_HOST : 0) : 0);
    }
}

/* The first byte of a result takes the interrupt back. */
static u8 fifo_read(struct i82077 *fdc)
{
    if (fdc->phase == FDC_EXECUTION && fdc->moving && fdc->to_host && !fdc_by_dma(fdc)) return fdc_data_read(fdc);
    if (fdc->phase != FDC_RESULT) return 0;
    u8 byte = fdc->result[fdc->result_at++];
    fdc->interrupt = false;
    if (fdc->result_at >= fdc->result_length) fdc->phase = FDC_COMMAND;
    fdc_pins(fdc);
    return byte;
}

static void fifo_write(struct i82077 *fdc, u8 value)
{
    if (!running(fdc) || fdc->woken.armed) return;
    if (fdc->phase == FDC_COMMAND) command_byte(fdc, value);
    else if (fdc->phase == FDC_EXECUTION && fdc->moving && !fdc->to_host && !fdc_by_dma(fdc)) fdc_data_write(fdc, value);
}

/* A motor that stops is the time to bring what was written to safety. */
static void motors_written(struct i82077 *fdc, u8 stopped)
{
    for (unsigned i = 0; i < I82077_DRIVES; i++) {
        struct i82077_drive *drive = &fdc->drive[i];
        if (!(stopped & DOR_MOTOR << i) || !drive->written || !drive->disk) continue;
        drive->disk->flush(drive->disk->self);
        drive->written = false;
    }
}

static void dor_write(struct i82077 *fdc, u8 value)
{
    u8 old = fdc->dor;
    fdc->dor = value;
    motors_written(fdc, old & ~value);
    if (!(value & DOR_RUN)) soft_reset(fdc);
    else if (!(old & DOR_RUN)) wake_in_time(fdc);
    fdc_pins(fdc);
}

static void dsr_write(struct i82077 *fdc, u8 value)
{
    fdc->rate = value & 3;
    if (!(value & DSR_RESET) || !running(fdc)) return;
    soft_reset(fdc);
    wake_in_time(fdc);
}

static u32 fdc_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct i82077 *fdc = self;
    switch (offset) {
    case REG_SRA:  return sra_read(fdc);
    case REG_SRB:  return srb_read(fdc);
    case REG_DOR:  return fdc->dor;
    case REG_TDR:  return fdc->tdr;
    case REG_MSR:  return msr_read(fdc);
    default:       return fifo_read(fdc);
    }
}

static void fdc_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct i82077 *fdc = self;
    switch (offset) {
    case REG_DOR:  dor_write(fdc, (u8)value); break;
    case REG_TDR:  fdc->tdr = value & 3; break;
    case REG_MSR:  dsr_write(fdc, (u8)value); break;
    case REG_FIFO: fifo_write(fdc, (u8)value); break;
    }
}

/* The drive answers if it is selected and its motor is on. */
static u32 dir_read(void *self, u32 offset, unsigned width)
{
    (void)offset, (void)width;
    const struct i82077 *fdc = self;
    unsigned unit = fdc->dor & DOR_DRIVE;
    return fdc->drive[unit].type && fdc_motor(fdc, unit) && fdc->drive[unit].changed ? 0x80 : 0;
}

static void ccr_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)offset, (void)width;
    ((struct i82077 *)self)->rate = value & 3;
}

static const struct region_ops fdc_ops  = { fdc_read, fdc_write, WIDTH_8 };
static const struct region_ops rate_ops = { dir_read, ccr_write, WIDTH_8 };

/* ---- media ---- */
bool i82077_shape(u64 sectors, struct floppy_shape *shape)
{
    static const struct floppy_shape shapes[] = {
        { 40, 1, 8, 2, 1 }, { 40, 1, 9, 2, 1 }, { 40, 2, 8, 2, 1 }, { 40, 2, 9, 2, 1 }, { 80, 2, 9, 2, 4 },
        { 80, 2, 15, 0, 2 }, { 80, 2, 18, 0, 4 }, { 80, 2, 21, 0, 4 }, { 82, 2, 21, 0, 4 }, { 80, 2, 36, 3, 5 },
    };
    enum { SHAPE_144 = 6, SHAPE_288 = 9 };
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        *shape = shapes[i];
        if (sectors == (u64)shape->tracks * shape->heads * shape->sectors) return true;
    }
    *shape = shapes[sectors <= 80 * 2 * 18 ? SHAPE_144 : SHAPE_288];
    return sectors > 0 && sectors <= 80 * 2 * 36;
}

/* In a 1.2M drive a disk of 250 kbit/s turns faster. */
static bool medium_put(struct i82077_drive *drive, struct disk *disk)
{
    struct floppy_shape shape = { 0 };
    if (disk && (disk->sector_size != I82077_SECTOR || !i82077_shape(disk->sectors, &shape))) return false;
    drive->disk = disk;
    drive->shape = shape;
    return true;
}

void i82077_connect(struct i82077 *fdc, unsigned unit, struct disk *disk)
{
    struct i82077_drive *drive = &fdc->drive[unit];
    drive->type = medium_put(drive, disk) && disk ? drive->shape.drive : DRIVE_144;
}

bool i82077_change_medium(struct i82077 *fdc, unsigned unit, struct disk *disk)
{
    if (unit >= I82077_DRIVES || !fdc->drive[unit].type) return false;
    struct i82077_drive *drive = &fdc->drive[unit];
    if (drive->disk && drive->written) drive->disk->flush(drive->disk->self);
    drive->written = false;
    if (!medium_put(drive, disk)) return false;
    drive->changed = true;
    return true;
}

/* ---- the chip on its board ---- */
static void work(void *self) { fdc_data_work(self); }

static void dma_ready(void *self)
{
    struct i82077 *fdc = self;
    if (fdc->moving && fdc_by_dma(fdc)) fdc_data_pump(fdc);
}

static bool i82077_attach(struct device *dev, struct error *why)
{
    struct i82077 *fdc = container_of(dev, struct i82077, dev);
    struct board *board = dev->board;
    event_init(&fdc->work, board->clock, "floppy sector", work, fdc);
    event_init(&fdc->woken, board->clock, "floppy reset", wake, fdc);
    for (unsigned i = 0; i < I82077_UNITS; i++) {
        fdc->drive[i].fdc = fdc;
        event_init(&fdc->drive[i].arrived, board->clock, "floppy seek", seek_end, &fdc->drive[i]);
    }
    i8237_connect(fdc->dma, FDC_DMA, dma_ready, fdc);
    return ports_claim(board->ports, 0x3F0, 6, &fdc_ops, fdc, "i82077", why)
        && ports_claim(board->ports, 0x3F7, 1, &rate_ops, fdc, "i82077 rate", why);
}

static void i82077_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct i82077 *fdc = container_of(dev, struct i82077, dev);
    fdc->lock = false;
    memset(fdc->specify, 0, sizeof fdc->specify);
    fdc->dor = fdc->tdr = fdc->perpendicular = 0;
    fdc->rate = 2;
    soft_reset(fdc);
    for (unsigned i = 0; i < I82077_DRIVES; i++) fdc->drive[i].changed = true;
}

static void i82077_restored(struct device *dev)
{
    struct i82077 *fdc = container_of(dev, struct i82077, dev);
    fdc->result_length = MIN(fdc->result_length, (u8)sizeof fdc->result);
    if (fdc->phase > FDC_RESULT || (fdc->phase == FDC_RESULT && fdc->result_at >= fdc->result_length))
        fdc->phase = FDC_COMMAND;
    u8 room = fdc->phase == FDC_COMMAND ? sizeof fdc->command - 1 : sizeof fdc->command;
    fdc->command_length = MIN(fdc->command_length, room);
    fdc->unit &= I82077_UNITS - 1;
    fdc->head &= 1;
    fdc->reset_senses = MIN(fdc->reset_senses, (u8)I82077_UNITS);
    fdc->buffer_length = MIN(fdc->buffer_length, (u16)I82077_SECTOR);
    fdc->buffer_at = MIN(fdc->buffer_at, fdc->buffer_length);
    if (fdc->buffer_at == fdc->buffer_length) fdc->moving = false;
}

static const struct field drive_fields[] = {
    FIELD_NONE(struct i82077_drive, fdc, "wiring"),
    FIELD_EVT(struct i82077_drive, arrived, "end of a seek"),
    FIELD_NONE(struct i82077_drive, disk, "host resource"),
    FIELD_NONE(struct i82077_drive, shape, "follows the medium"),
    FIELD_NONE(struct i82077_drive, type, "configuration"),
    FIELD(struct i82077_drive, track, "where the head is"),
    FIELD(struct i82077_drive, pcn, "present cylinder number"),
    FIELD(struct i82077_drive, sense, "ST0 of its last seek"),
    FIELD(struct i82077_drive, sense_waits, "SENSE INTERRUPT STATUS will tell of it"),
    FIELD(struct i82077_drive, seeking, "drive busy bit"),
    FIELD(struct i82077_drive, changed, "disk change latch"),
    FIELD(struct i82077_drive, written, "written since the last flush"),
    FIELD_END
};
static const struct field i82077_fields[] = {
    FIELD_NONE(struct i82077, dev, "wiring"),
    FIELD_NONE(struct i82077, dma, "wiring"),
    FIELD_EACH(struct i82077, drive, drive_fields, "the units"),
    FIELD(struct i82077, irq.level, "IRQ 6"),
    FIELD_NONE(struct i82077, irq, "wiring"),
    FIELD_EVT(struct i82077, work, "next step of the command"),
    FIELD_EVT(struct i82077, woken, "end of a reset"),
    FIELD(struct i82077, interrupt, "INT before its gate"),
    FIELD(struct i82077, dor, "digital output register"),
    FIELD(struct i82077, tdr, "tape drive register"),
    FIELD(struct i82077, rate, "data rate"),
    FIELD(struct i82077, phase, "0 command, 1 execution, 2 result"),
    FIELD_RAW(struct i82077, command, "command bytes"),
    FIELD(struct i82077, command_length, "how many there are"),
    FIELD_RAW(struct i82077, result, "result bytes"),
    FIELD(struct i82077, result_length, "how many there are"),
    FIELD(struct i82077, result_at, "how many were read"),
    FIELD(struct i82077, unit, "drive of the command"),
    FIELD(struct i82077, head, "side under way"),
    FIELD(struct i82077, c, "cylinder of the address field"),
    FIELD(struct i82077, h, "head of the address field"),
    FIELD(struct i82077, r, "sector of the address field"),
    FIELD(struct i82077, n, "size code of the address field"),
    FIELD(struct i82077, eot, "last sector"),
    FIELD(struct i82077, st1, "status register 1"),
    FIELD(struct i82077, st2, "status register 2"),
    FIELD(struct i82077, left, "sectors to go"),
    FIELD(struct i82077, counted, "VERIFY ends by count"),
    FIELD(struct i82077, moving, "bytes move between buffer and host"),
    FIELD(struct i82077, to_host, "their direction"),
    FIELD(struct i82077, tc, "terminal count was seen"),
    FIELD(struct i82077, scan_equal, "SCAN: all bytes were equal so far"),
    FIELD(struct i82077, scan_met, "SCAN: the condition is met so far"),
    FIELD(struct i82077, buffer_at, "bytes of the buffer that moved"),
    FIELD(struct i82077, buffer_length, "bytes that will move"),
    FIELD_RAW(struct i82077, buffer, "sector buffer"),
    FIELD_RAW(struct i82077, specify, "SPECIFY"),
    FIELD(struct i82077, config, "CONFIGURE"),
    FIELD(struct i82077, precompensation, "CONFIGURE: first track"),
    FIELD(struct i82077, perpendicular, "PERPENDICULAR MODE"),
    FIELD(struct i82077, reset_senses, "units that still tell of the reset"),
    FIELD(struct i82077, lock, "LOCK"),
    FIELD_END
};

const struct device_class i82077_class = {
    .name = "i82077", .size = sizeof(struct i82077), .fields = i82077_fields,
    .attach = i82077_attach, .reset = i82077_reset, .restored = i82077_restored,
};
