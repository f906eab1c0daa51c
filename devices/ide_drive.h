/* What the parts of the IDE model share: ide.c (registers, data port), ide_state.c (rows), ide_ata.c, ide_settings.c,
 * ide_smart.c and ide_identify.c (disk commands), ide_dma.c (bus master), atapi*.c (CD-ROM). Boards need devices/ide.h
 * only. */
#ifndef DEVICES_IDE_DRIVE_H
#define DEVICES_IDE_DRIVE_H
#include "devices/ide.h"

/* Status and error register. */
enum { IDE_BSY = 0x80, IDE_DRDY = 0x40, IDE_DF = 0x20, IDE_DSC = 0x10, IDE_DRQ = 0x08, IDE_ERR = 0x01 };
enum { IDE_UNC = 0x40, IDE_IDNF = 0x10, IDE_ABRT = 0x04, IDE_DIAGNOSTIC_PASSED = 0x01 };
enum { IDE_READY = IDE_DRDY | IDE_DSC };
enum { IDE_DEVICE_LBA = 0x40, IDE_DEVICE_UNIT = 0x10 };

/* Virtual time, fixed: from a command to its first block, from one block to the next, and per KiB moved by DMA;
 * and from the end of a software reset to the signature. A drive with everything in its cache, without a seek. */
enum { IDE_COMMAND_NS = 20000, IDE_BLOCK_NS = 4000, IDE_DMA_KIB_NS = 8000, IDE_RESET_NS = 100000 };

enum { IDE_COMMAND_PACKET = 0xA0 };

/* What the drives offer: the first byte of SET FEATURES' transfer modes, and the fastest of each kind. */
enum { IDE_MULTIWORD_DMA = 0x20, IDE_ULTRA_DMA = 0x40 };
enum { IDE_PIO_MAX = 4, IDE_MULTIWORD_DMA_MAX = 2, IDE_ULTRA_DMA_MAX = 5 };
enum { IDE_MULTIPLE_MAX = 16, IDE_LBA28_SECTORS = 0x0FFFFFFF };

/* ide.c */
/* BSY now, and `step` after `ns`. */
void ide_wait(struct ide_channel *channel, enum ide_step step, u64 ns);
/* Offers buffer bytes [position, window) to the data port (DRQ), with or without an interrupt. */
void ide_offer(struct ide_drive *drive, enum ide_transfer transfer, bool interrupt);
/* Leaves the buffer to the bus master, or takes it from there. */
void ide_offer_dma(struct ide_drive *drive, enum ide_transfer transfer);
/* The command is over: status without BSY and DRQ, error, interrupt. */
void ide_complete(struct ide_drive *drive, u8 status, u8 error);
void ide_good(struct ide_drive *drive);
void ide_abort(struct ide_drive *drive);
/* The registers as after a reset, by which software tells a disk from a CD-ROM drive. */
void ide_signature(struct ide_drive *drive);
/* A reset of one drive's settings. */
void ide_drive_reset(struct ide_drive *drive);

/* The bus master of the channel was started, or may use the bus again: moves on if a drive waits for it. */
void ide_bus_master_started(struct ide_channel *channel);

/* ide_state.c */
extern const struct field ide_fields[];
/* A state file may be anybody's: what the model relies on is made good, on whatever disk the drive has now. */
void ide_channel_restored(struct ide_channel *channel);

/* ide_settings.c */
void ata_geometry_default(struct ide_drive *drive);
void ata_parameters(struct ide_drive *drive, unsigned flags);
void ata_multiple(struct ide_drive *drive, unsigned flags);
void ata_features(struct ide_drive *drive, unsigned flags);
void ata_power(struct ide_drive *drive, unsigned flags);
void ata_power_check(struct ide_drive *drive, unsigned flags);
void ata_sleep(struct ide_drive *drive, unsigned flags);
/* The medium is used: the standby timer starts anew. */
void ide_power_active(struct ide_drive *drive);
void ide_settings_power_on(struct ide_drive *drive);
/* After a software reset or DEVICE RESET. */
void ide_settings_reset(struct ide_drive *drive);
void ide_settings_restored(struct ide_drive *drive);

/* ide_smart.c */
void ata_smart(struct ide_drive *drive, unsigned flags);

/* ide_ata.c */
void ata_command(struct ide_drive *drive);
/* The buffer has been emptied (in) or filled (out). */
void ata_block(struct ide_drive *drive);
/* Sends the first 512 bytes of the buffer by PIO. */
void ata_reply(struct ide_drive *drive);
void ata_restored(struct ide_drive *drive);

/* ide_identify.c: the 512 bytes of IDENTIFY DEVICE or IDENTIFY PACKET DEVICE. */
void identify_fill(const struct ide_drive *drive, u8 *bytes);

/* ide_dma.c */
void bus_master_reset(struct ide_bus_master *bus_master);
/* True if the engine is started in the direction of the channel's transfer and may use the bus. */
bool bus_master_ready(const struct ide_channel *channel);
/* Moves between buffer and memory; false if the table ended first. */
bool bus_master_move(struct ide_channel *channel);
/* The drive has ended the transfer. */
void bus_master_end(struct ide_bus_master *bus_master);
void bus_master_interrupt(struct ide_bus_master *bus_master);
void bus_master_restored(struct ide_bus_master *bus_master);

/* atapi.c, for which atapi.h has the rest */
void atapi_command(struct ide_drive *drive);
void atapi_block(struct ide_drive *drive);
void atapi_restored(struct ide_drive *drive);
/* atapi_mode.c: the mode pages as after power-on. */
void atapi_mode_default(struct ide_drive *drive);
#endif
