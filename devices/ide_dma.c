/* Bus-master IDE: "Programming Interface for Bus Master IDE Controller" 1.0 and the 82371SB data sheet, BMICX, BMISX,
 * BMIDTPX. The registers of channel 1 follow those of channel 0 by 8 ports.
 *
 * A table that ends before the drive's transfer leaves the engine inactive and the drive waiting, as the interface
 * describes; a table that does not end leaves it active. Descriptors are only ever followed as far as a buffer's bytes
 * need, so a table that loops costs no more than the transfer. With PCICMD.BME clear the engine waits. Not modelled: PCI
 * errors. */
#include "devices/ide_drive.h"

enum { BM_COMMAND, BM_STATUS = 2, BM_TABLE = 4, BM_CHANNEL = 8 };
enum { BM_START = 0x01, BM_TO_MEMORY = 0x08 };
enum { BM_ACTIVE = 0x01, BM_ERROR = 0x02, BM_INTERRUPT = 0x04, BM_CAPABLE = 0x60 };
enum { PRD_BYTES = 8, PRD_TABLE_BYTES = 0x10000, PRD_REGION_BYTES = 0x10000 };
#define PRD_LAST (1u << 31)

void bus_master_reset(struct ide_bus_master *bus_master)
{
    *bus_master = (struct ide_bus_master){ 0 };
}

bool bus_master_ready(const struct ide_channel *channel)
{
    const struct ide_bus_master *bus_master = &channel->bus_master;
    bool to_memory = bus_master->command & BM_TO_MEMORY;
    return channel->ide->masters && (bus_master->status & BM_ACTIVE) && to_memory == (channel->transfer == IDE_MOVES_IN);
}

/* Loads the next descriptor; false after the last. The table lies within one 64 KiB block. */
static bool descriptor_next(struct ide_bus_master *bus_master, struct memory *memory)
{
    u32 words[2];
    if (bus_master->last) return false;
    memory_read(memory, bus_master->entry, words, PRD_BYTES);
    bus_master->entry = (bus_master->entry & ~(PRD_TABLE_BYTES - 1u))
        | ((bus_master->entry + PRD_BYTES) & (PRD_TABLE_BYTES - 1));
    bus_master->address = words[0] & ~1u;
    bus_master->left = words[1] & 0xFFFE ? words[1] & 0xFFFE : PRD_REGION_BYTES;
    bus_master->last = words[1] & PRD_LAST;
    return true;
}

bool bus_master_move(struct ide_channel *channel)
{
    struct ide_bus_master *bus_master = &channel->bus_master;
    struct memory *memory = channel->ide->dev.board->memory;
    while (channel->position < channel->limit) {
        if (bus_master->left == 0 && !descriptor_next(bus_master, memory)) {
            bus_master->status &= ~BM_ACTIVE;
            return false;
        }
        u32 bytes = MIN(bus_master->left, channel->limit - channel->position);
        u8 *at = channel->buffer + channel->position;
        if (channel->transfer == IDE_MOVES_IN) memory_write(memory, bus_master->address, at, bytes);
        else memory_read(memory, bus_master->address, at, bytes);
        channel->position += bytes;
        bus_master->address += bytes;
        bus_master->left -= bytes;
    }
    return true;
}

void bus_master_end(struct ide_bus_master *bus_master)
{
    if (bus_master->left == 0 && bus_master->last) bus_master->status &= ~BM_ACTIVE;
}

void bus_master_interrupt(struct ide_bus_master *bus_master)
{
    bus_master->status |= BM_INTERRUPT;
}

void bus_master_restored(struct ide_bus_master *bus_master)
{
    bus_master->command &= BM_START | BM_TO_MEMORY;
    bus_master->status &= BM_ACTIVE | BM_ERROR | BM_INTERRUPT | BM_CAPABLE;
    bus_master->table &= ~3u;
    bus_master->entry &= ~3u;
    bus_master->left = MIN(bus_master->left, PRD_REGION_BYTES);
}

static void command_write(struct ide_channel *channel, u8 value)
{
    struct ide_bus_master *bus_master = &channel->bus_master;
    bool starts = value & ~bus_master->command & BM_START;
    bus_master->command = value & (BM_START | BM_TO_MEMORY);
    if (!(value & BM_START)) bus_master->status &= ~BM_ACTIVE;
    if (!starts) return;
    bus_master->status |= BM_ACTIVE;
    bus_master->entry = bus_master->table;
    bus_master->left = 0;
    bus_master->last = false;
    ide_bus_master_started(channel);
}

static void status_write(struct ide_bus_master *bus_master, u8 value)
{
    u8 cleared = value & (BM_ERROR | BM_INTERRUPT);
    bus_master->status = (bus_master->status & ~(cleared | BM_CAPABLE)) | (value & BM_CAPABLE);
}

static u8 register_read(const struct ide_bus_master *bus_master, unsigned reg)
{
    if (reg == BM_COMMAND) return bus_master->command;
    if (reg == BM_STATUS) return bus_master->status;
    return reg >= BM_TABLE ? (u8)(bus_master->table >> 8 * (reg - BM_TABLE)) : 0;
}

static void register_write(struct ide_channel *channel, unsigned reg, u8 value)
{
    struct ide_bus_master *bus_master = &channel->bus_master;
    if (reg == BM_COMMAND) command_write(channel, value);
    else if (reg == BM_STATUS) status_write(bus_master, value);
    else if (reg >= BM_TABLE) {
        unsigned shift = 8 * (reg - BM_TABLE);
        bus_master->table = (bus_master->table & ~(0xFFu << shift)) | (u32)value << shift;
        bus_master->table &= ~3u;
    }
}

static u32 bus_master_read(void *self, u32 offset, unsigned width)
{
    const struct ide *ide = self;
    u32 value = 0;
    for (unsigned i = 0; i < width; i++, offset++)
        value |= (u32)register_read(&ide->channel[offset / BM_CHANNEL].bus_master, offset % BM_CHANNEL) << 8 * i;
    return value;
}

static void bus_master_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct ide *ide = self;
    for (unsigned i = 0; i < width; i++, offset++)
        register_write(&ide->channel[offset / BM_CHANNEL], offset % BM_CHANNEL, (u8)(value >> 8 * i));
}

const struct region_ops ide_bus_master_ports = { bus_master_read, bus_master_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
