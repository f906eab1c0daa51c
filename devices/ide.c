/* The IDE channels: command and control block registers, data port, interrupts, software reset. ATA/ATAPI-6
 * (T13/1410D), chapters 5 to 9; the ports are those of the PIIX in compatibility mode (82371SB data sheet 290550).
 *
 * Both drives of a channel see every register write; the selected one answers reads. An absent drive 1 is answered for
 * by drive 0: status 00h, other registers its own, or 00h too if it is a packet device (ATA/ATAPI-6 9.16.1). An empty
 * channel floats with DD7 pulled down, so BSY reads 0.
 * Not modelled: drive address register 3F7h, overlapped commands, CFA 8-bit transfers, transfer-mode timing. */
#include "devices/ide_drive.h"
#include <assert.h>
#include <string.h>

enum { REG_DATA, REG_ERROR, REG_COUNT, REG_LOW, REG_MID, REG_HIGH, REG_DEVICE, REG_STATUS };
enum { CONTROL_NIEN = 0x02, CONTROL_SRST = 0x04, CONTROL_HOB = 0x80 };
enum { FLOATING_BUS = 0x7F };
#define FLOATING_DATA 0xFF7FFF7Fu
#define UNDECODED     0xFFFFFFFFu
enum { COMMAND_DEVICE_RESET = 0x08, COMMAND_DIAGNOSTIC = 0x90 };

static bool drive_present(const struct ide_drive *drive) { return drive->kind != IDE_NONE; }

static struct ide_drive *drive_selected(struct ide_channel *channel) { return &channel->drive[channel->selected]; }
static struct ide_drive *drive_active(struct ide_channel *channel) { return &channel->drive[channel->active]; }

static bool irq_level(const struct ide_channel *channel)
{
    return channel->drive[channel->selected].interrupt && !(channel->control & CONTROL_NIEN);
}

static void irq_update(struct ide_channel *channel)
{
    bool level = irq_level(channel);
    if (level && !channel->irq.level) bus_master_interrupt(&channel->bus_master);
    line_set(&channel->irq, level);
}

static void interrupt_set(struct ide_drive *drive, bool wanted)
{
    drive->interrupt = wanted;
    irq_update(drive->channel);
}

void ide_wait(struct ide_channel *channel, enum ide_step step, u64 ns)
{
    struct clock *clock = channel->ide->dev.board->clock;
    drive_active(channel)->status = IDE_BSY | IDE_DSC;
    channel->step = step;
    event_at(clock, &channel->work, clock_now(clock) + cycles_of_ns(clock, ns));
}

void ide_offer(struct ide_drive *drive, enum ide_transfer transfer, bool interrupt)
{
    struct ide_channel *channel = drive->channel;
    channel->transfer = transfer;
    channel->dma = false;
    drive->status = IDE_READY | IDE_DRQ;
    drive->error = 0;
    if (interrupt) interrupt_set(drive, true);
}

static void dma_schedule(struct ide_channel *channel)
{
    u64 kib = (channel->limit - channel->position + 1023) / 1024;
    if (bus_master_ready(channel))
        ide_wait(channel, IDE_STEP_DMA, IDE_BLOCK_NS + kib * IDE_DMA_KIB_NS);
}

void ide_offer_dma(struct ide_drive *drive, enum ide_transfer transfer)
{
    struct ide_channel *channel = drive->channel;
    channel->transfer = transfer;
    channel->dma = true;
    drive->status = IDE_BSY | IDE_DSC;
    dma_schedule(channel);
}

static void transfer_end(struct ide_channel *channel)
{
    channel->transfer = IDE_MOVES_NOTHING;
    channel->position = channel->window = channel->limit = 0;
    channel->dma = false;
}

void ide_complete(struct ide_drive *drive, u8 status, u8 error)
{
    if (drive->channel->dma) bus_master_end(&drive->channel->bus_master);
    transfer_end(drive->channel);
    drive->status = status;
    drive->error = error;
    interrupt_set(drive, true);
}

void ide_good(struct ide_drive *drive)
{
    ide_complete(drive, IDE_READY, 0);
}

void ide_abort(struct ide_drive *drive)
{
    ide_complete(drive, IDE_READY | IDE_ERR, IDE_ABRT);
}

void ide_signature(struct ide_drive *drive)
{
    bool cd = drive->kind == IDE_CDROM;
    drive->task = (struct ide_taskfile){ .count = 1, .low = 1, .mid = cd ? 0x14 : 0, .high = cd ? 0xEB : 0 };
    drive->previous = (struct ide_taskfile){ 0 };
    drive->device &= IDE_DEVICE_UNIT;
    drive->error = IDE_DIAGNOSTIC_PASSED;
    drive->status = cd ? 0 : IDE_READY;
}

void ide_drive_reset(struct ide_drive *drive)
{
    drive->interrupt = false;
    drive->remaining = drive->chunk = 0;
    drive->sense_key = drive->sense_code = drive->sense_qualifier = 0;
    drive->packet_dma = drive->parameters = drive->tray_locked = false;
    drive->command = 0;
    ide_settings_reset(drive);
}

/* Both drives go BSY; the signatures come once SRST is taken back. */
static void channel_reset_begin(struct ide_channel *channel)
{
    event_cancel(channel->ide->dev.board->clock, &channel->work);
    transfer_end(channel);
    channel->step = IDE_STEP_NONE;
    channel->active = channel->selected = 0;
    for (unsigned i = 0; i < IDE_UNITS; i++) {
        ide_drive_reset(&channel->drive[i]);
        channel->drive[i].device = 0;
        channel->drive[i].status = IDE_BSY;
    }
    irq_update(channel);
}

static void channel_reset_end(struct ide_channel *channel)
{
    for (unsigned i = 0; i < IDE_UNITS; i++)
        ide_signature(&channel->drive[i]);
}

/* EXECUTE DEVICE DIAGNOSTIC is for both drives and answered by drive 0. */
static void diagnostic_run(struct ide_channel *channel)
{
    channel_reset_end(channel);
    channel->selected = 0;
    for (unsigned i = 0; i < IDE_UNITS; i++)
        channel->drive[i].device = 0;
    if (drive_present(&channel->drive[0])) interrupt_set(&channel->drive[0], true);
}

static void block_done(struct ide_channel *channel)
{
    struct ide_drive *drive = drive_active(channel);
    if (drive->kind == IDE_CDROM && drive->command == IDE_COMMAND_PACKET) atapi_block(drive);
    else ata_block(drive);
}

static void command_run(struct ide_channel *channel)
{
    struct ide_drive *drive = drive_active(channel);
    if (drive->command == COMMAND_DIAGNOSTIC) diagnostic_run(channel);
    else if (drive->kind == IDE_CDROM && drive->command == IDE_COMMAND_PACKET) atapi_command(drive);
    else ata_command(drive);
}

static void dma_run(struct ide_channel *channel)
{
    if (bus_master_ready(channel) && bus_master_move(channel)) block_done(channel);
}

static void channel_work(void *self)
{
    static void (*const steps[])(struct ide_channel *) = {
        [IDE_STEP_COMMAND] = command_run,
        [IDE_STEP_BLOCK] = block_done,
        [IDE_STEP_DMA] = dma_run,
        [IDE_STEP_RESET] = channel_reset_end,
    };
    struct ide_channel *channel = self;
    unsigned step = channel->step;
    channel->step = IDE_STEP_NONE;
    if (step < ARRAY_LEN(steps) && steps[step]) steps[step](channel);
}

/* The host has moved all of a DRQ block. The last block of a PIO data-in command ends it without an interrupt. */
static void window_done(struct ide_channel *channel)
{
    struct ide_drive *drive = drive_active(channel);
    channel->position = channel->window;
    bool last = channel->transfer == IDE_MOVES_IN && drive->command != IDE_COMMAND_PACKET && drive->remaining == 0;
    if (!last) {
        ide_wait(channel, IDE_STEP_BLOCK, IDE_BLOCK_NS);
        return;
    }
    transfer_end(channel);
    drive->status = IDE_READY;
}

/* True while the data port moves bytes in this direction for the drive that is selected. */
static bool data_moves(const struct ide_channel *channel, enum ide_transfer transfer)
{
    return channel->position < channel->window && channel->transfer == transfer && !channel->dma
        && channel->selected == channel->active;
}

static u32 data_read(struct ide_channel *channel, unsigned width)
{
    u32 value;
    if (unlikely(!data_moves(channel, IDE_MOVES_IN)))
        return drive_present(drive_selected(channel)) ? 0 : FLOATING_DATA;
    memcpy(&value, channel->buffer + channel->position, 4);
    channel->position += MAX(width, 2);
    if (channel->position >= channel->window) window_done(channel);
    return value;
}

static void data_write(struct ide_channel *channel, u32 value, unsigned width)
{
    if (unlikely(!data_moves(channel, IDE_MOVES_OUT))) return;
    width = MAX(width, 2);
    memcpy(channel->buffer + channel->position, &value, width);
    channel->position += width;
    if (channel->position >= channel->window) window_done(channel);
}

static void command_write(struct ide_channel *channel, u8 command)
{
    struct ide_drive *drive = drive_selected(channel);
    struct clock *clock = channel->ide->dev.board->clock;
    bool reset = command == COMMAND_DEVICE_RESET && drive->kind == IDE_CDROM;

    if (!drive_present(drive)) {
        if (command != COMMAND_DIAGNOSTIC || !drive_present(&channel->drive[0])) return;
        drive = &channel->drive[0];
    }
    if (((drive->status & IDE_BSY) || drive->power == IDE_POWER_SLEEP) && !reset) return;
    event_cancel(clock, &channel->work);
    transfer_end(channel);
    interrupt_set(drive, false);
    channel->active = drive->unit;
    drive->command = command;
    drive->error = 0;
    if (command == COMMAND_DIAGNOSTIC) channel->drive[!drive->unit].status = IDE_BSY;
    ide_wait(channel, IDE_STEP_COMMAND, IDE_COMMAND_NS);
}

static u8 *task_register(struct ide_taskfile *task, unsigned reg)
{
    u8 *const registers[] = { NULL, &task->feature, &task->count, &task->low, &task->mid, &task->high };
    return registers[reg];
}

static void register_write(struct ide_channel *channel, unsigned reg, u8 value)
{
    channel->control &= ~CONTROL_HOB;
    if (reg == REG_STATUS) {
        command_write(channel, value);
        return;
    }
    if (drive_selected(channel)->status & IDE_BSY) return;
    for (unsigned i = 0; i < IDE_UNITS; i++) {
        struct ide_drive *drive = &channel->drive[i];
        if (reg == REG_DEVICE) {
            drive->device = value;
            continue;
        }
        *task_register(&drive->previous, reg) = *task_register(&drive->task, reg);
        *task_register(&drive->task, reg) = value;
    }
    if (reg == REG_DEVICE) channel->selected = value >> 4 & 1;
    irq_update(channel);
}

static u8 status_read(const struct ide_channel *channel)
{
    const struct ide_drive *drive = &channel->drive[channel->selected];
    if (drive_present(drive)) return drive->status;
    return channel->selected && drive_present(&channel->drive[0]) ? 0 : FLOATING_BUS;
}

static u8 register_read(struct ide_channel *channel, unsigned reg)
{
    struct ide_drive *drive = drive_selected(channel);
    if (reg == REG_STATUS) {
        u8 status = status_read(channel);
        if (drive->interrupt) interrupt_set(drive, false);
        return status;
    }
    if (!drive_present(drive)) {
        drive = &channel->drive[0];
        if (!drive_present(drive)) return FLOATING_BUS;
        if (drive->kind == IDE_CDROM && reg != REG_DEVICE) return 0;
    }
    if (reg == REG_ERROR) return drive->error;
    if (reg == REG_DEVICE) return drive->device | 0xA0;
    return *task_register(channel->control & CONTROL_HOB ? &drive->previous : &drive->task, reg);
}

static u32 command_block_read(void *self, u32 offset, unsigned width)
{
    const struct ide_channel *channel = self;
    u32 value = 0;
    if (unlikely(!channel->decoded)) return UNDECODED;
    if (offset == REG_DATA) return data_read(self, width);
    for (unsigned i = 0; i < width; i++)
        value |= (u32)register_read(self, offset + i) << 8 * i;
    return value;
}

static void command_block_write(void *self, u32 offset, u32 value, unsigned width)
{
    const struct ide_channel *channel = self;
    if (unlikely(!channel->decoded)) return;
    if (offset == REG_DATA) {
        data_write(self, value, width);
        return;
    }
    for (unsigned i = 0; i < width; i++)
        register_write(self, offset + i, (u8)(value >> 8 * i));
}

static u32 control_block_read(void *self, u32 offset, unsigned width)
{
    const struct ide_channel *channel = self;
    (void)offset, (void)width;
    return channel->decoded ? status_read(channel) : UNDECODED;
}

static void control_block_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct ide_channel *channel = self;
    u8 old = channel->control;
    (void)offset, (void)width;
    if (!channel->decoded) return;
    channel->control = (u8)value & (CONTROL_NIEN | CONTROL_SRST | CONTROL_HOB);
    if (value & ~old & CONTROL_SRST) {
        channel_reset_begin(channel);
    } else if (old & ~value & CONTROL_SRST) {
        ide_wait(channel, IDE_STEP_RESET, IDE_RESET_NS);
    }
    irq_update(channel);
}

static const struct region_ops command_block_ops = { command_block_read, command_block_write,
                                                     WIDTH_8 | WIDTH_16 | WIDTH_32 };
static const struct region_ops control_block_ops = { control_block_read, control_block_write, WIDTH_8 };

void ide_bus_master_started(struct ide_channel *channel)
{
    if (channel->dma && channel->step == IDE_STEP_NONE) dma_schedule(channel);
}

void ide_enable(struct ide *ide, const bool decoded[IDE_CHANNELS], bool masters)
{
    ide->masters = masters;
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        ide->channel[i].decoded = decoded[i];
        ide_bus_master_started(&ide->channel[i]);
    }
}

void ide_connect(struct ide *ide, unsigned channel, unsigned unit, enum ide_kind kind, struct disk *disk)
{
    struct ide_drive *drive = &ide->channel[channel].drive[unit];
    assert(kind != IDE_DISK || (disk && disk->sector_size == IDE_SECTOR && disk->sectors > 0));
    assert(kind != IDE_CDROM || !disk || disk->sector_size == 2048);
    drive->kind = kind;
    drive->disk = disk;
}

void ide_change_medium(struct ide *ide, unsigned channel, unsigned unit, struct disk *disk)
{
    struct ide_drive *drive = &ide->channel[channel].drive[unit];
    assert(drive->kind == IDE_CDROM);
    drive->disk = disk;
    drive->tray_open = drive->tray_locked = drive->eject_requested = false;
    drive->medium_changed = drive->medium_event = true;
}

bool ide_press_eject(struct ide *ide, unsigned channel, unsigned unit)
{
    struct ide_drive *drive = &ide->channel[channel].drive[unit];
    drive->eject_requested = drive->tray_locked;
    return !drive->tray_locked;
}

static bool ide_attach(struct device *dev, struct error *why)
{
    static const struct { u16 command, control; const char *name, *event; } places[IDE_CHANNELS] = {
        { 0x1F0, 0x3F6, "ide0", "ide0.work" }, { 0x170, 0x376, "ide1", "ide1.work" },
    };
    struct ide *ide = container_of(dev, struct ide, dev);
    ide->masters = true;
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        struct ide_channel *channel = &ide->channel[i];
        channel->ide = ide;
        channel->decoded = true;
        for (unsigned unit = 0; unit < IDE_UNITS; unit++) {
            channel->drive[unit].channel = channel;
            channel->drive[unit].unit = (u8)unit;
        }
        event_init(&channel->work, dev->board->clock, places[i].event, channel_work, channel);
        if (!ports_claim(dev->board->ports, places[i].command, 8, &command_block_ops, channel, places[i].name, why)
            || !ports_claim(dev->board->ports, places[i].control, 1, &control_block_ops, channel, places[i].name, why))
            return false;
    }
    return true;
}

static void ide_reset(struct device *dev, enum reset_kind kind)
{
    struct ide *ide = container_of(dev, struct ide, dev);
    (void)kind;
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        struct ide_channel *channel = &ide->channel[i];
        channel->control = 0;
        bus_master_reset(&channel->bus_master);
        for (unsigned unit = 0; unit < IDE_UNITS; unit++)
            ide_settings_power_on(&channel->drive[unit]);
        channel_reset_begin(channel);
        channel_reset_end(channel);
    }
}

static void ide_restored(struct device *dev)
{
    struct ide *ide = container_of(dev, struct ide, dev);
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        struct ide_channel *channel = &ide->channel[i];
        ide_channel_restored(channel);
        channel->control &= CONTROL_NIEN | CONTROL_SRST | CONTROL_HOB;
        channel->irq.level = irq_level(channel);
    }
}

const struct device_class ide_class = {
    .name = "ide",
    .size = sizeof(struct ide),
    .fields = ide_fields,
    .attach = ide_attach,
    .reset = ide_reset,
    .restored = ide_restored,
};
