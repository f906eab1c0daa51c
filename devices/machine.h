/* A machine: CPU, memory, clock, chips, and what they need of each other. Everything hangs off this struct; several
 * machines live in one process. pc.c wires it, machine.c runs it, the frontend gives it disks, bytes and time. */
#ifndef DEVICES_MACHINE_H
#define DEVICES_MACHINE_H
#include "core/host.h"
#include "core/input.h"
#include "cpu/vmm.h"
#include "devices/ac97.h"
#include "devices/audio.h"
#include "devices/backend.h"
#include "devices/debugexit.h"
#include "devices/debugport.h"
#include "devices/device.h"
#include "devices/e1000.h"
#include "devices/fw_cfg.h"
#include "devices/hpet.h"
#include "devices/i440fx.h"
#include "devices/i8042.h"
#include "devices/i82077.h"
#include "devices/i8237.h"
#include "devices/i8254.h"
#include "devices/i8259.h"
#include "devices/ide.h"
#include "devices/imcr.h"
#include "devices/ioapic.h"
#include "devices/lapic.h"
#include "devices/mc146818.h"
#include "devices/ne2000.h"
#include "devices/pc_testdev.h"
#include "devices/pci_testdev.h"
#include "devices/nmi.h"
#include "devices/ns16550.h"
#include "devices/parallel.h"
#include "devices/piix3.h"
#include "devices/piix4_pm.h"
#include "devices/port92.h"
#include "devices/sb16.h"
#include "devices/speaker.h"
#include "devices/vga.h"

enum { MACHINE_SERIALS = 4, MACHINE_DRIVES = 4, MACHINE_NICS = 4, MACHINE_COMPONENTS = 64, MACHINE_ROMS = 8, MACHINE_IRQS = 16 };
enum { MACHINE_FLOPPIES = 2, MACHINE_PARALLELS = 2 };
/* RAM ends below the chip set's and ROM's addresses at the top of the 4 GiB. */
enum { MACHINE_RAM_MIN = 1 << 20 };
#define MACHINE_RAM_MAX ((u64)3584 << 20)

/* Bytes of a file that the frontend has read. */
struct blob { const u8 *bytes; size_t length; };

struct machine;
struct load;
struct load_package;

struct machine_drive { enum ide_kind kind; struct disk *disk; };

enum nic_kind { NIC_NONE, NIC_NE2000_ISA, NIC_NE2000_PCI, NIC_E1000 };
/* base and irq are an ISA card's; plugged: somebody is at the other end of its cable. */
struct machine_nic {
    enum nic_kind   kind;
    u8              mac[NET_MAC];
    u16             base;
    u8              irq;
    bool            plugged;
    struct net_peer peer;
    struct blob     rom;                                   /* expansion ROM of a PCI card; length 0: none */
};

/* An option ROM that the firmware gets as a file. */
struct machine_rom { const char *name; struct blob bytes; };

struct machine_config {
    u64                     ram_bytes;
    const struct cpu_model *model;
    struct engine_options   engine;
    struct vmm_config       vmm;                           /* zeros: the compliant monitor */
    struct blob             bios;                          /* length 0: none */
    struct blob             vgabios;                       /* the display adapter's ROM; length 0: none */
    u32                     vga_bytes;                     /* video RAM, a power of two of MiB; 0: no adapter */
    const u8               *vga_font;                      /* 256 x 16 bytes for kernels without firmware, or NULL */
    struct { bool present; struct byte_sink sink; } serial[MACHINE_SERIALS];
    struct { bool present; struct byte_sink sink; } parallel[MACHINE_PARALLELS];
    u32                     serial_pace;                   /* see struct ns16550 */
    struct machine_drive    drive[MACHINE_DRIVES];         /* hda, hdb, hdc, hdd */
    struct { bool present; struct disk *disk; } floppy[MACHINE_FLOPPIES];
    struct machine_nic      nic[MACHINE_NICS];
    struct audio_sink       audio;                         /* put NULL: nobody listens */
    bool                    speaker_heard, sb16, adlib, ac97;
    struct debugport_console console[DEBUGPORT_CONSOLES];
    unsigned                consoles;
    u16                     exit_base, exit_size;          /* isa-debug-exit; size 0: none */
    s64                     rtc_seconds;                   /* since 1970 */
    const u8               *nvram;                         /* CMOS_BYTES that a battery has kept; NULL: a new battery */
    u64                     jitter;                        /* seed of the timers' jitter; 0: none */
    bool                    no_reboot, no_hpet, pc_testdev, pci_testdev;
    bool                    reset_on_shutdown;             /* at a triple fault; otherwise the machine stops */
    /* What the BIOS boots from, a nibble each, the first in the lowest: 1 floppy, 2 disk, 3 CD, 4 network; 0: usual. */
    u16                     boot_order, boot_once;         /* boot_once until the first reset, if not 0 */
    u16                     boot_wait;                     /* for its menu, in milliseconds; 0: usual */
    bool                    boot_menu;
    /* Puts a kernel into memory and the CPU at its entry: after power-up and after each reset. NULL: the ROM runs. */
    bool                  (*boot)(void *self, struct machine *machine, struct error *why);
    void                   *boot_self;
    const struct load      *kernel;                        /* for a firmware to start, with the ROM below; NULL: none */
    struct blob             kernelboot;
    struct machine_rom      option_rom[MACHINE_ROMS];
    unsigned                option_roms;
    struct log              log;
    u64                     check_invariants;              /* after so many exits of the dispatcher; 0: not at all */
    /* Whether the files behind the drives are this machine's. NULL: nobody knows. */
    bool                  (*files_owned)(void *self, struct error *why);
    void                   *files_self;
};

enum machine_stop {
    MACHINE_RUNS,            /* not stopped: the cycle asked for is reached */
    MACHINE_IDLE,            /* not stopped: halted until the next event or input */
    MACHINE_INSNS,           /* not stopped: the instruction count asked for is reached */
    MACHINE_BREAK,           /* not stopped: cpu.stops has met something */
    MACHINE_OFF,             /* the guest switched the power off */
    MACHINE_EXIT,            /* the guest wrote stop_value to isa-debug-exit */
    MACHINE_RESET,           /* the guest asked for a reset, and no_reboot is set */
    MACHINE_SHUTDOWN,        /* triple fault */
    MACHINE_DEAD             /* halted, and nothing can ever wake it */
};

struct machine {
    struct clock     clock;
    struct memory    memory;
    struct ports     ports;
    struct log       log;
    struct input     input;
    struct board     board;
    struct cpu       cpu;
    struct host     *host;
    struct machine_config config;

    struct i8259     pic;
    struct lapic     lapic;                    /* it and the I/O APIC: if the processor has one */
    struct ioapic    ioapic;
    struct imcr      imcr;
    struct nmi       nmi;
    struct hpet      hpet;                     /* unless no_hpet, where the APICs are */
    struct port92    port92;
    struct i8254     pit;
    struct audio     audio;                    /* sound is mixed here, if somebody listens */
    struct speaker   speaker;
    struct i8237     dma;
    struct mc146818  rtc;
    struct i8042     keyboard;
    struct ns16550   serial[MACHINE_SERIALS];
    struct parallel  parallel[MACHINE_PARALLELS];
    struct i440fx    pmc;
    struct piix3     piix;
    struct piix4_pm  pm;
    struct fw_cfg    fw_cfg;
    struct ide       ide;
    struct i82077    floppy;
    struct debugport debugport;
    struct debugexit debugexit;
    struct ne2000    ne2000[MACHINE_NICS];     /* by number of the NIC; one of the two is on the board */
    struct e1000     e1000[MACHINE_NICS];
    struct vga       vga;
    struct opl3      opl3;                     /* of the SB16 or the AdLib, if there is one */
    struct sb16      sb16;
    struct ac97      ac97;
    struct pc_testdev pc_testdev;              /* if the configuration says so; and this */
    struct pci_testdev pci_testdev;

    struct load_package *package;              /* set only while a kernel is packed for a firmware */
    struct device   *devices;                  /* in the order of pc.c's table */
    struct component component[MACHINE_COMPONENTS];
    unsigned         components, guest_components;      /* the rest is the monitor's */
    u64              irq_replaced[MACHINE_IRQS]; /* of these, who is cut off while the HPET has its line */
    u64              irq_drivers[MACHINE_IRQS];/* who asserts each interrupt line: a bit per wire of pc.c */

    enum machine_stop stop;
    u32              stop_value;
    bool             power_asked;
    enum power_request power_what;
    u32              power_value;
    u64              idle_insns, idle_since;   /* since which cycle no instruction was executed */
    u64              idle_cycles;              /* of the clock, in which the processor was halted: for people */
    bool             input_expected;           /* someone outside may still send something: set by the frontend */
    bool             cpu_made, memory_made;
    u64              ram_claimed;
};

/* Makes and resets a machine. NULL with *why filled if it cannot be. */
struct machine *machine_create(const struct machine_config *config, struct host *host, struct error *why);
void machine_destroy(struct machine *m);

/* Runs until the clock reaches `until` or `insns` instructions have been begun since the start, or it stops for good.
 * With idle_returns it comes back as soon as the guest halts with nothing to do before the next event. On return no
 * event is due, so that input may be posted. */
enum machine_stop machine_run(struct machine *m, u64 until, u64 insns, bool idle_returns);
/* Whether the CPU goes round in a loop of nothing but jumps, NOP and PAUSE, and no interrupt can ever get it out. Between
 * two instructions. */
bool machine_spins_for_ever(const struct machine *m);
/* The cycle before which nothing happens by itself: that of the next event if the CPU is halted, else now. */
static inline u64 machine_quiet_until(const struct machine *m)
{
    u32 attention = m->cpu.attention & (ATTENTION_HALTED | ATTENTION_INTR | ATTENTION_NMI);
    return attention == ATTENTION_HALTED ? MAX(m->clock.now, clock_next(&m->clock)) : m->clock.now;
}
/* Moves the clock of a machine that machine_run found idle to `cycle`, at most to its next event. */
void machine_idle_to(struct machine *m, u64 cycle);

/* Sends what is still in the serial ports' transmitters, and the sound up to now; for a machine that stops. Changes its state. */
void machine_drain(struct machine *m);
/* As by the reset button; boots again. */
bool machine_reset(struct machine *m, enum reset_kind kind, struct error *why);
/* Hash of the guest's whole state: every component, then RAM. */
u64  machine_hash(struct machine *m);
/* Hash of what the monitor keeps beside it: the TLBs' translations. */
u64  machine_monitor_hash(struct machine *m);
/* What an exception is called, "#GP general protection"; "interrupt" for the vectors that have no name. */
const char *vector_name(u8 vector);
/* The exceptions that led to a shutdown, a line each; empty if there was none. */
void machine_explain(const struct machine *m, void (*line)(void *self, const char *text), void *self);

/* pc.c: leaves a boot order (0: the usual one) in CMOS for the BIOS. */
void pc_boot_order(struct machine *m, u16 order);
/* pc.c: maps memory, puts the chips on the board and wires them. */
bool pc_build(struct machine *m, struct error *why);
/* pc_interrupts.c: whether an interrupt could still reach the CPU; one that has them off can only be reached by NMI. */
bool pc_interrupts_possible(const struct machine *m);
/* pc.c: the wires from chips to interrupt lines, in order; a line of NULL is the processor's FERR#. false: no more. */
struct pc_wire { const struct line *line; unsigned irq; bool shared; const char *owner; };
bool pc_wire(const struct machine *m, unsigned index, struct pc_wire *wire);
/* pc_interrupts.c: the APICs are on the board; the HPET is. */
bool pc_has_apic(const struct machine *m);
bool pc_has_hpet(const struct machine *m);
/* pc_interrupts.c: connects interrupt controllers, APIC bus and processor. */
void pc_interrupts_connect(struct machine *m);
/* pc_interrupts.c: INIT: processor and local APIC alone. */
void pc_init(struct machine *m);
/* pc.c: whether a firmware is there that expects the processor to come back from INIT. */
bool pc_init_expected(const struct machine *m);
/* pc_interrupts.c: wire `wire` of an interrupt request line (0-15) is now at `level`. */
void pc_irq_drive(struct machine *m, unsigned irq, unsigned wire, bool level);
/* pc_interrupts.c: whether an interrupt request line is asserted; the processor's INTR. */
bool pc_irq_level(const struct machine *m, unsigned irq);
bool pc_intr_level(const struct machine *m);
/* pc_fw_cfg.c: what the firmware can read about the board. */
bool pc_fw_cfg_fill(struct machine *m, struct error *why);
/* pc.c: the wire of NIC `index`; NULL: there is no such NIC. */
struct net_link *pc_nic(struct machine *m, unsigned index);
/* pc.c: sets the chips up as a firmware leaves them, for a kernel that is loaded without one. */
void pc_firmware_state(struct machine *m);
#endif
