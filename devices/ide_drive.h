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

/* The bus master of the channel was started: moves on if a drive waits for it. */
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
/* True if the engine is started in the direction of `transfer`. */
bool bus_master_ready(const struct ide_bus_master *bus_master, enum ide_transfer transfer);
/* Moves between buffer and memory; false if the table ended first. */
bool bus_master_move(struct ide_channel *channel);
/* The drive has ended the transfer. */
void bus_master_end(struct ide_bus_master *bus_master);
void bus_master_interrupt(struct ide_bus_master *bus_master);
void bus_master_restored(struct ide_bus_master *bus_master);

/* atapi.c */
void atapi_command(struct ide_drive *drive);
void atapi_block(struct ide_drive *drive);
void atapi_restored(struct ide_drive *drive);

/* atapi_info.c: replies made of the drive's state. Each fills `reply` (zeroed, ATAPI_REPLY bytes), returns its length;
 * 0 if the packet's fields are not good. */
enum { ATAPI_REPLY = 512 };
u32 atapi_inquiry(const struct ide_drive *drive, u8 *reply);
u32 atapi_sense(const struct ide_drive *drive, u8 *reply);
u32 atapi_capacity(const struct ide_drive *drive, u8 *reply);
u32 atapi_toc(const struct ide_drive *drive, u8 *reply);
u32 atapi_subchannel(const struct ide_drive *drive, u8 *reply);
u32 atapi_mode_sense(const struct ide_drive *drive, u8 *reply);
u32 atapi_configuration(const struct ide_drive *drive, u8 *reply);
u32 atapi_events(const struct ide_drive *drive, u8 *reply);
u32 atapi_disc_information(const struct ide_drive *drive, u8 *reply);
u32 atapi_track_information(const struct ide_drive *drive, u8 *reply);
u32 atapi_mechanism(const struct ide_drive *drive, u8 *reply);
bool atapi_medium_present(const struct ide_drive *drive);

/* Big-endian fields of packets and replies. */
static inline u32 be16_get(const u8 *p) { return (u32)p[0] << 8 | p[1]; }
static inline u32 be32_get(const u8 *p) { return be16_get(p) << 16 | be16_get(p + 2); }
static inline void be16_put(u8 *p, u32 value) { p[0] = (u8)(value >> 8); p[1] = (u8)value; }
static inline void be32_put(u8 *p, u32 value) { be16_put(p, value >> 16); be16_put(p + 2, value); }
#endif
