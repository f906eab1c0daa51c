/* The state tables of the IDE model: what a snapshot of the channels, the drives and the bus master holds, and what is
 * made good of it after a load. The media themselves are the frontend's. */
#include "devices/ide_drive.h"

static const struct field taskfile_fields[] = {
    FIELD(struct ide_taskfile, feature, "feature"),
    FIELD(struct ide_taskfile, count, "sector count, interrupt reason"),
    FIELD(struct ide_taskfile, low, "LBA low, sector number"),
    FIELD(struct ide_taskfile, mid, "LBA mid, cylinder low, byte count low"),
    FIELD(struct ide_taskfile, high, "LBA high, cylinder high, byte count high"),
    FIELD_END
};

static const struct field drive_fields[] = {
    FIELD_NONE(struct ide_drive, channel, "wiring"),
    FIELD_NONE(struct ide_drive, kind, "configuration"),
    FIELD_NONE(struct ide_drive, disk, "host resource"),
    FIELD_NONE(struct ide_drive, unit, "wiring"),
    FIELD_SUB(struct ide_drive, task, taskfile_fields, "registers"),
    FIELD_SUB(struct ide_drive, previous, taskfile_fields, "registers' previous values"),
    FIELD(struct ide_drive, device, "device register"),
    FIELD(struct ide_drive, status, "status register"),
    FIELD(struct ide_drive, error, "error register"),
    FIELD(struct ide_drive, interrupt, "wants INTRQ"),
    FIELD(struct ide_drive, command, "command under way or last"),
    FIELD(struct ide_drive, multiple, "sectors per block of READ MULTIPLE"),
    FIELD(struct ide_drive, dma_mode, "DMA mode as set"),
    FIELD(struct ide_drive, write_cache, "write cache enabled"),
    FIELD(struct ide_drive, look_ahead, "look-ahead enabled"),
    FIELD(struct ide_drive, keep_settings, "settings outlive a software reset"),
    FIELD(struct ide_drive, power, "power mode"),
    FIELD(struct ide_drive, standby_timer, "period of the standby timer"),
    FIELD(struct ide_drive, power_since, "start of the standby timer"),
    FIELD(struct ide_drive, smart, "SMART enabled"),
    FIELD(struct ide_drive, smart_autosave, "SMART attributes saved by themselves"),
    FIELD(struct ide_drive, self_test, "last self-test"),
    FIELD(struct ide_drive, self_test_hours, "hour of the last self-test"),
    FIELD(struct ide_drive, cylinders, "cylinders in force"),
    FIELD(struct ide_drive, heads, "heads in force"),
    FIELD(struct ide_drive, sectors_per_track, "sectors per track in force"),
    FIELD(struct ide_drive, sector, "next sector"),
    FIELD(struct ide_drive, remaining, "sectors still to go"),
    FIELD(struct ide_drive, chunk, "sectors awaited from the host"),
    FIELD_RAW(struct ide_drive, packet, "command packet"),
    FIELD(struct ide_drive, byte_limit, "byte count limit"),
    FIELD(struct ide_drive, parameters, "a parameter list comes"),
    FIELD(struct ide_drive, parts, "parts of a CD sector that are sent"),
    FIELD_RAW(struct ide_drive, mode, "mode pages"),
    FIELD(struct ide_drive, sense_key, "sense key"),
    FIELD(struct ide_drive, sense_code, "additional sense code"),
    FIELD(struct ide_drive, sense_qualifier, "additional sense code qualifier"),
    FIELD(struct ide_drive, medium_changed, "UNIT ATTENTION pending"),
    FIELD(struct ide_drive, medium_event, "media event pending"),
    FIELD(struct ide_drive, eject_requested, "eject button pressed while the tray was locked"),
    FIELD(struct ide_drive, tray_open, "tray is open"),
    FIELD(struct ide_drive, tray_locked, "medium removal prevented"),
    FIELD(struct ide_drive, packet_dma, "packet command moves data by DMA"),
    FIELD_END
};

static const struct field bus_master_fields[] = {
    FIELD(struct ide_bus_master, command, "BMICX"),
    FIELD(struct ide_bus_master, status, "BMISX"),
    FIELD(struct ide_bus_master, table, "BMIDTPX"),
    FIELD(struct ide_bus_master, entry, "next descriptor"),
    FIELD(struct ide_bus_master, address, "next byte of the region"),
    FIELD(struct ide_bus_master, left, "bytes left of the region"),
    FIELD(struct ide_bus_master, last, "the region is the table's last"),
    FIELD_END
};

static const struct field channel_fields[] = {
    FIELD_NONE(struct ide_channel, ide, "wiring"),
    FIELD_EACH(struct ide_channel, drive, drive_fields, "drives 0 and 1"),
    FIELD_NONE(struct ide_channel, irq, "wiring; level follows interrupt"),
    FIELD_EVT(struct ide_channel, work, "next step"),
    FIELD(struct ide_channel, step, "what the next step is"),
    FIELD(struct ide_channel, transfer, "direction of the data"),
    FIELD(struct ide_channel, dma, "data goes by bus master"),
    FIELD(struct ide_channel, active, "drive that carries out the command"),
    FIELD(struct ide_channel, selected, "DEV"),
    FIELD(struct ide_channel, control, "device control register"),
    FIELD_NONE(struct ide_channel, decoded, "follows the PCI function"),
    FIELD_SUB(struct ide_channel, bus_master, bus_master_fields, "bus master"),
    FIELD(struct ide_channel, position, "next byte of the buffer"),
    FIELD(struct ide_channel, window, "end of the block"),
    FIELD(struct ide_channel, limit, "bytes in the buffer"),
    FIELD_RAW(struct ide_channel, buffer, "sector buffer"),
    FIELD_END
};

const struct field ide_fields[] = {
    FIELD_NONE(struct ide, dev, "wiring"),
    FIELD_EACH(struct ide, channel, channel_fields, "channels"),
    FIELD_NONE(struct ide, masters, "follows the PCI function"),
    FIELD_END
};

static void drive_restored(struct ide_drive *drive)
{
    ide_settings_restored(drive);
    switch (drive->kind) {
    case IDE_DISK: ata_restored(drive); break;
    case IDE_CDROM: atapi_restored(drive); break;
    case IDE_NONE: drive->interrupt = false;
    }
}

void ide_channel_restored(struct ide_channel *channel)
{
    channel->selected &= 1;
    channel->active &= 1;
    if (channel->step > IDE_STEP_RESET) channel->step = IDE_STEP_NONE;
    if (channel->transfer > IDE_MOVES_OUT) channel->transfer = IDE_MOVES_NOTHING;
    channel->limit = MIN(channel->limit, IDE_BUFFER);
    channel->window = MIN(channel->window, channel->limit);
    channel->position = MIN(channel->position, channel->window);
    bus_master_restored(&channel->bus_master);
    for (unsigned i = 0; i < IDE_UNITS; i++)
        drive_restored(&channel->drive[i]);
    if (channel->drive[channel->active].kind != IDE_NONE || channel->step == IDE_STEP_RESET) return;
    channel->step = IDE_STEP_NONE;
    channel->transfer = IDE_MOVES_NOTHING;
}
