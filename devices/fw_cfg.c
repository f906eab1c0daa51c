/* QEMU's firmware configuration device (docs/specs/fw_cfg in QEMU's documentation), the interface SeaBIOS reads its
 * configuration, ACPI tables and option ROMs from: selector at 510h (words), data at 511h (bytes), and the DMA interface
 * at 514h, whose descriptors are big-endian in guest memory.
 *
 * A transfer takes a microsecond and a nanosecond per byte of virtual time, and while one is under way others are not
 * begun: a guest that asks for a large item again and again gets on no faster than that, and the host gets its turn.
 * Items are read-only: writes are dropped, a DMA write is an error. A DMA read may go beyond the end of its item, where
 * there are zeros, but by a page at most: an item is as long as its file says, and no request makes the host work long. */
#include "devices/fw_cfg.h"
#include <stdlib.h>
#include <string.h>

enum { SELECTOR_PORTS = 0x510, DMA_PORTS = 0x514 };
enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };
enum { ID_TRADITIONAL = 1, ID_DMA = 2 };
enum { DMA_NS = 1000, DMA_BEYOND = PAGE_SIZE, DIRECTORY_ENTRY = 64 };

static void put_be32(u8 *at, u32 value)
{
    for (unsigned i = 0; i < 4; i++) at[i] = (u8)(value >> (24 - 8 * i));
}
static void put_be16(u8 *at, u16 value)
{
    at[0] = (u8)(value >> 8);
    at[1] = (u8)value;
}
static u32 get_be32(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }

/* ---- items ---- */
void fw_cfg_lend(struct fw_cfg *fw, enum fw_cfg_key key, const void *bytes, u32 length)
{
    fw->item[key] = (struct fw_cfg_item){ bytes, length, NULL };
}

bool fw_cfg_add(struct fw_cfg *fw, enum fw_cfg_key key, const void *bytes, u32 length, struct error *why)
{
    u8 *copy = malloc(length + 1);
    if (!copy) return error_set(why, "the host has no memory left for %u bytes of firmware configuration", length);
    if (length) memcpy(copy, bytes, length);
    free(fw->item[key].owned);
    fw->item[key] = (struct fw_cfg_item){ copy, length, copy };
    return true;
}

bool fw_cfg_add_u16(struct fw_cfg *fw, enum fw_cfg_key key, u16 value, struct error *why)
{
    return fw_cfg_add(fw, key, &value, sizeof value, why);
}

bool fw_cfg_add_u32(struct fw_cfg *fw, enum fw_cfg_key key, u32 value, struct error *why)
{
    return fw_cfg_add(fw, key, &value, sizeof value, why);
}

/* An entry of the directory: size, key, two bytes reserved, name. */
static u8 *directory_entry(struct fw_cfg *fw, unsigned index) { return fw->directory + 4 + DIRECTORY_ENTRY * index; }

bool fw_cfg_add_file(struct fw_cfg *fw, const char *name, const void *bytes, u32 length, struct error *why)
{
    if (strlen(name) >= FW_CFG_NAME)
        return error_set(why, "firmware file '%s': the name has more than %d characters", name, FW_CFG_NAME - 1);
    if (fw_cfg_file(fw, name)) return error_set(why, "firmware file '%s' is given twice; leave one out", name);
    if (fw->files == FW_CFG_FILES) return error_set(why, "more than %d firmware files; leave some out", FW_CFG_FILES);
    if (!fw_cfg_add(fw, FW_CFG_FILE_FIRST + fw->files, bytes, length, why)) return false;
    u8 *entry = directory_entry(fw, fw->files);
    put_be32(entry, length);
    put_be16(entry + 4, (u16)(FW_CFG_FILE_FIRST + fw->files));
    memcpy(entry + 8, name, strlen(name));
    put_be32(fw->directory, ++fw->files);
    fw_cfg_lend(fw, FW_CFG_FILE_DIRECTORY, fw->directory, 4 + DIRECTORY_ENTRY * fw->files);
    return true;
}

const struct fw_cfg_item *fw_cfg_file(const struct fw_cfg *fw, const char *name)
{
    for (unsigned i = 0; i < fw->files; i++)
        if (strcmp((const char *)fw->directory + 4 + DIRECTORY_ENTRY * i + 8, name) == 0)
            return &fw->item[FW_CFG_FILE_FIRST + i];
    return NULL;
}

static const struct fw_cfg_item *selected(const struct fw_cfg *fw)
{
    static const struct fw_cfg_item nothing = { NULL, 0, NULL };
    return fw->key < FW_CFG_ITEMS ? &fw->item[fw->key] : &nothing;
}

static void fw_select(struct fw_cfg *fw, u16 key)
{
    fw->key = key;
    fw->offset = 0;
}

/* What is left of the item from the next byte on. */
static u32 left(const struct fw_cfg *fw)
{
    const struct fw_cfg_item *item = selected(fw);
    return fw->offset < item->length ? item->length - fw->offset : 0;
}

/* ---- selector and data ---- */
static u32 port_read(void *self, u32 offset, unsigned width)
{
    struct fw_cfg *fw = self;
    (void)width;
    if (offset != 1 || !left(fw)) return 0;
    return selected(fw)->bytes[fw->offset++];
}

static void port_write(void *self, u32 offset, u32 value, unsigned width)
{
    if (offset == 0 && width == WIDTH_16) fw_select(self, (u16)value);
}

static const struct region_ops port_ops = { port_read, port_write, WIDTH_8 | WIDTH_16 };

/* ---- DMA ---- */
static void dma_zero(struct memory *memory, u32 address, u32 length)
{
    static const u8 zeros[DMA_BEYOND];
    memory_write(memory, address, zeros, length);
}

/* false: an error. */
static bool dma_transfer(struct fw_cfg *fw, u32 control, u32 length, u32 high, u32 address)
{
    u32 here = MIN(length, left(fw));
    if (control & DMA_SELECT) {
        fw_select(fw, (u16)(control >> 16));
        here = MIN(length, left(fw));
    }
    if (control & DMA_READ) {
        if (high || length - here > DMA_BEYOND) return false;
        if (here) memory_write(fw->dev.board->memory, address, selected(fw)->bytes + fw->offset, here);
        dma_zero(fw->dev.board->memory, address + here, length - here);
    } else if (control & DMA_WRITE) {
        return false;
    }
    if (control & (DMA_READ | DMA_SKIP)) fw->offset += here;
    return true;
}

static void dma_done(void *self)
{
    struct fw_cfg *fw = self;
    const u8 *descriptor = fw->dma_descriptor;
    u32 control = get_be32(descriptor), length = get_be32(descriptor + 4);
    u8 result[4];
    bool good = dma_transfer(fw, control, length, get_be32(descriptor + 8), get_be32(descriptor + 12));
    if (!good) LOG(fw->dev.board->log, LOG_GUEST_ERRORS, "fw_cfg: DMA %08x of %u bytes refused", control, length);
    put_be32(result, good ? 0 : DMA_ERROR);
    memory_write(fw->dev.board->memory, fw->dma_at, result, sizeof result);
}

static void dma_start(struct fw_cfg *fw, u32 high, u32 at)
{
    struct clock *clock = fw->dev.board->clock;
    if (high || fw->dma_done.armed) return;
    fw->dma_at = at;
    memory_read(fw->dev.board->memory, at, fw->dma_descriptor, sizeof fw->dma_descriptor);
    u64 ns = DMA_NS + (u64)get_be32(fw->dma_descriptor + 4);
    event_at(clock, &fw->dma_done, clock_now(clock) + cycles_of_ns(clock, ns));
}

static u32 dma_read(void *self, u32 offset, unsigned width)
{
    static const u8 signature[] = "QEMU CFG";
    u32 value = 0;
    (void)self;
    for (unsigned i = 0; i < width; i++) value |= (u32)signature[offset + i] << 8 * i;
    return value;
}

/* The address is big-endian: its upper half at 514h, its lower at 518h, which starts the transfer. */
static void dma_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct fw_cfg *fw = self;
    if (width != WIDTH_32) return;
    if (offset == 0) {
        fw->dma_high = __builtin_bswap32(value);
        return;
    }
    u32 high = fw->dma_high;
    fw->dma_high = 0;
    dma_start(fw, high, __builtin_bswap32(value));
}

static const struct region_ops dma_ops = { dma_read, dma_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

static bool fw_cfg_attach(struct device *dev, struct error *why)
{
    struct fw_cfg *fw = container_of(dev, struct fw_cfg, dev);
    event_init(&fw->dma_done, dev->board->clock, "fw_cfg dma", dma_done, fw);
    fw_cfg_lend(fw, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_lend(fw, FW_CFG_FILE_DIRECTORY, fw->directory, 4 + DIRECTORY_ENTRY * fw->files);
    return fw_cfg_add_u32(fw, FW_CFG_ID, ID_TRADITIONAL | ID_DMA, why)
        && ports_claim(dev->board->ports, SELECTOR_PORTS, 2, &port_ops, fw, "fw_cfg", why)
        && ports_claim(dev->board->ports, DMA_PORTS, 8, &dma_ops, fw, "fw_cfg dma", why);
}

static void fw_cfg_reset(struct device *dev, enum reset_kind kind)
{
    struct fw_cfg *fw = container_of(dev, struct fw_cfg, dev);
    (void)kind;
    fw_select(fw, FW_CFG_SIGNATURE);
    fw->dma_high = 0;
    event_cancel(dev->board->clock, &fw->dma_done);
}

static void fw_cfg_detach(struct device *dev)
{
    struct fw_cfg *fw = container_of(dev, struct fw_cfg, dev);
    for (unsigned i = 0; i < FW_CFG_ITEMS; i++) free(fw->item[i].owned);
}

static const struct field fw_cfg_fields[] = {
    FIELD_NONE(struct fw_cfg, dev, "wiring"),
    FIELD_NONE(struct fw_cfg, item, "configuration"),
    FIELD_NONE(struct fw_cfg, directory, "configuration"),
    FIELD_NONE(struct fw_cfg, files, "configuration"),
    FIELD(struct fw_cfg, key, "selected item"),
    FIELD(struct fw_cfg, offset, "offset of the next byte"),
    FIELD(struct fw_cfg, dma_high, "upper half of a descriptor's address"),
    FIELD(struct fw_cfg, dma_at, "descriptor of the transfer under way"),
    FIELD_RAW(struct fw_cfg, dma_descriptor, "that descriptor"),
    FIELD_EVT(struct fw_cfg, dma_done, "end of the transfer"),
    FIELD_END
};

const struct device_class fw_cfg_class = {
    .name = "fw_cfg", .size = sizeof(struct fw_cfg), .fields = fw_cfg_fields,
    .attach = fw_cfg_attach, .reset = fw_cfg_reset, .detach = fw_cfg_detach,
};
