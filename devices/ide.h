/* The two IDE channels of a PC, up to four drives, and the bus-master registers of the PIIX. */
#ifndef DEVICES_IDE_H
#define DEVICES_IDE_H
#include "devices/device.h"
#include "devices/backend.h"

enum { IDE_CHANNELS = 2, IDE_UNITS = 2, IDE_SECTOR = 512, IDE_BUFFER = 16384, IDE_SLACK = 4 };
enum { IDE_PACKET = 12, IDE_MODE = 26 };

enum ide_kind { IDE_NONE, IDE_DISK, IDE_CDROM };

/* The registers of the command block. A write moves the old value to `previous` (LBA48, ATA/ATAPI-6 5.2.2). */
struct ide_taskfile { u8 feature, count, low, mid, high; };

struct ide_channel;
struct ide_drive {
    struct ide_channel *channel;
    enum ide_kind       kind;
    struct disk        *disk;             /* NULL: a host that gave none; for a CD-ROM: no medium */
    u8                  unit;

    struct ide_taskfile task, previous;
    u8                  device, status, error;
    bool                interrupt;        /* wants INTRQ */
    u8                  command;          /* under way or last */
    u8                  multiple;         /* sectors per DRQ block; 0: READ MULTIPLE not set up */
    u8                  dma_mode;         /* as SET FEATURES gave it: transfer type and mode; 0: none */
    bool                write_cache, look_ahead, keep_settings;
    u8                  power;            /* enum ide_power */
    u8                  standby_timer;    /* period as given, ATA/ATAPI-6 table 27 */
    u64                 power_since;      /* cycle at which the standby timer started */
    bool                smart, smart_autosave;
    u8                  self_test;        /* last SMART self-test; 0: none */
    u16                 self_test_hours;  /* when it was */
    u32                 cylinders, heads, sectors_per_track;    /* translation in force */

    u64                 sector;           /* next to move to or from the medium */
    u32                 remaining;        /* sectors not yet in the buffer, or not yet written */
    u32                 chunk;            /* of these, what the host is to put into the buffer */

    u8                  packet[IDE_PACKET];
    bool                parameters;       /* what comes from the host is a parameter list, not a packet */
    u32                 byte_limit;       /* of a packet command's DRQ block */
    u8                  parts;            /* of a CD sector that are sent */
    u8                  mode[IDE_MODE];   /* values of the mode pages that can be changed */
    u8                  sense_key, sense_code, sense_qualifier;
    bool                medium_changed, medium_event, eject_requested, tray_open, tray_locked, packet_dma;
};

enum ide_power { IDE_POWER_ACTIVE, IDE_POWER_IDLE, IDE_POWER_STANDBY, IDE_POWER_SLEEP };
/* What moves through the data port or the bus master. */
enum ide_transfer { IDE_MOVES_NOTHING, IDE_MOVES_IN, IDE_MOVES_OUT };
/* What happens when the channel's event fires. */
enum ide_step { IDE_STEP_NONE, IDE_STEP_COMMAND, IDE_STEP_BLOCK, IDE_STEP_DMA, IDE_STEP_RESET };

struct ide_bus_master { u8 command, status; u32 table, entry; u32 address, left; bool last; };

struct ide;
struct ide_channel {
    struct ide           *ide;
    struct ide_drive      drive[IDE_UNITS];
    struct line           irq;
    struct event          work;
    u8                    step;           /* enum ide_step */
    u8                    transfer;       /* enum ide_transfer */
    bool                  dma;            /* the transfer goes by bus master, not by the data port */
    u8                    active;         /* unit that carries out the command */
    u8                    selected;       /* DEV bit */
    u8                    control;        /* device control register */
    bool                  decoded;        /* the host bridge passes its ports on */
    struct ide_bus_master bus_master;
    u32                   position;       /* next byte in buffer to move */
    u32                   window;         /* end of this DRQ block */
    u32                   limit;          /* bytes in buffer */
    u8                    buffer[IDE_BUFFER + IDE_SLACK];
};

struct ide {
    struct device      dev;
    struct ide_channel channel[IDE_CHANNELS];    /* the board connects channel[n].irq */
    bool               masters;                  /* the bus master may use the bus */
};

extern const struct device_class ide_class;
/* The 16 bus-master ports (BMIBA); self is the struct ide. */
extern const struct region_ops ide_bus_master_ports;

/* What the PCI function lets through: each channel's ports, and the bus master's cycles. All, until it says otherwise. */
void ide_enable(struct ide *ide, const bool decoded[IDE_CHANNELS], bool masters);
/* Puts a drive on a channel; before attach. A disk needs 512-byte sectors, a CD-ROM 2048-byte ones or NULL. */
void ide_connect(struct ide *ide, unsigned channel, unsigned unit, enum ide_kind kind, struct disk *disk);
/* Puts another medium (NULL: none) into a CD-ROM drive, locked or not; the guest hears of it as UNIT ATTENTION. */
void ide_change_medium(struct ide *ide, unsigned channel, unsigned unit, struct disk *disk);
/* Somebody presses the button of a CD-ROM drive: true if the tray may open, else the guest is told of the wish. */
bool ide_press_eject(struct ide *ide, unsigned channel, unsigned unit);
#endif
