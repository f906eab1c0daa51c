/* The firmware configuration device: numbered items and named files that the board gives to the firmware. */
#ifndef DEVICES_FW_CFG_H
#define DEVICES_FW_CFG_H
#include "devices/device.h"

enum { FW_CFG_FILES = 64, FW_CFG_NAME = 56, FW_CFG_DIRECTORY_BYTES = 4 + 64 * FW_CFG_FILES };

/* Keys of items. Files have keys from FW_CFG_FILE_FIRST on, in the order in which they were added. */
enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00, FW_CFG_ID = 0x01, FW_CFG_RAM_SIZE = 0x03, FW_CFG_NOGRAPHIC = 0x04, FW_CFG_CPUS = 0x05,
    FW_CFG_KERNEL_ADDRESS = 0x07, FW_CFG_KERNEL_SIZE = 0x08, FW_CFG_INITRD_ADDRESS = 0x0A, FW_CFG_INITRD_SIZE = 0x0B,
    FW_CFG_BOOT_MENU = 0x0E, FW_CFG_CPUS_MAX = 0x0F, FW_CFG_KERNEL_ENTRY = 0x10, FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12, FW_CFG_COMMAND_LINE_ADDRESS = 0x13, FW_CFG_COMMAND_LINE_SIZE = 0x14,
    FW_CFG_COMMAND_LINE_DATA = 0x15, FW_CFG_SETUP_ADDRESS = 0x16, FW_CFG_SETUP_SIZE = 0x17, FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIRECTORY = 0x19, FW_CFG_FILE_FIRST = 0x20, FW_CFG_ITEMS = FW_CFG_FILE_FIRST + FW_CFG_FILES
};

struct fw_cfg_item { const u8 *bytes; u32 length; u8 *owned; };

struct fw_cfg {
    struct device      dev;
    struct fw_cfg_item item[FW_CFG_ITEMS];
    u8                 directory[FW_CFG_DIRECTORY_BYTES];
    unsigned           files;
    u16                key;                  /* selected item */
    u32                offset;               /* of the next byte of it */
    u32                dma_high;             /* upper half of a DMA descriptor's address */
    u32                dma_at;               /* the descriptor of the transfer under way */
    u8                 dma_descriptor[16];   /* as it was when it began */
    struct event       dma_done;
};

extern const struct device_class fw_cfg_class;

/* All of these before the machine runs. Bytes lent must live as long as the device; the others are copied. */
void fw_cfg_lend(struct fw_cfg *fw, enum fw_cfg_key key, const void *bytes, u32 length);
bool fw_cfg_add(struct fw_cfg *fw, enum fw_cfg_key key, const void *bytes, u32 length, struct error *why);
bool fw_cfg_add_u16(struct fw_cfg *fw, enum fw_cfg_key key, u16 value, struct error *why);
bool fw_cfg_add_u32(struct fw_cfg *fw, enum fw_cfg_key key, u32 value, struct error *why);
/* A file; refused if the name is too long or given already, or the directory full. */
bool fw_cfg_add_file(struct fw_cfg *fw, const char *name, const void *bytes, u32 length, struct error *why);
/* The file of that name, or NULL. */
const struct fw_cfg_item *fw_cfg_file(const struct fw_cfg *fw, const char *name);
#endif
