/* Intel 82371AB (PIIX4), data sheet 290562: function 3, power management. PM1 event, enable and control registers, the
 * PM timer (3.579545 MHz, 24 bits, in virtual time), general purpose events, SCI, the APM command port with its SMI,
 * SUS_TYP, power button, and the SMBus host on a bus without slaves.
 *
 * Writing F1h or F0h to APMC sets or clears SCI_EN, whatever else the write does: what a BIOS's SMI handler would do, so
 * that ACPI needs no SMM (QEMU's function does the same, and SeaBIOS relies on it).
 * Soft off (SUS_TYP 0) switches the power off. The other types lead to a suspended state in which the wake event is
 * already there: RSM_STS is set and the processor goes on; tables of ours offer none of them.
 * SMI# is a pulse per event; EOS reads back. Without effect: clock control, device monitors and their traps, GPI and
 * GPO pins, the thermal, lid and ring inputs, RTC_STS, the burst and standby timers. */
#include "devices/piix4_pm.h"
#include <string.h>

enum { PM_PMBA = 0x40, PM_DEVACTB = 0x58, PM_PMREGMISC = 0x80, PM_SMBBA = 0x90, PM_SMBHSTCFG = 0xD2 };
enum { DEVACTB_APMC_EN = 1 << 25, PMREGMISC_PMIOSE = 1, SMBHSTCFG_HST_EN = 1 };
enum { PMSTS = 0x00, PMEN = 0x02, PMCNTRL = 0x04, PMTMR = 0x08, GPSTS = 0x0C, GPEN = 0x0E, GLBSTS = 0x18,
       GLBEN = 0x20, GLBCTL = 0x28 };
enum { TMROF = 1 << 0, GBL = 1 << 5, PWRBTN = 1 << 8, RTC = 1 << 10, RSM_STS = 1 << 15 };
enum { SCI_EN = 1 << 0, GBL_RLS = 1 << 2, SUS_TYP_SHIFT = 2, SUS_EN = 1 << 5 };      /* the last two: in byte 5 */
enum { GLBSTS_BIOS = 1 << 0, GLBSTS_APM = 1 << 5, GLBEN_BIOS = 1 << 1, GLBCTL_SMI_EN = 1 << 0, GLBCTL_BIOS_RLS = 1 << 1 };
enum { SUS_SOFT_OFF = 0 };
enum { APM_PORTS = 0xB2 };
enum { TIMER_HZ = 3579545, TIMER_MASK = 0xFFFFFF };
#define TIMER_HALF ((u64)1 << 23)

static const struct pci_register pm_config[] = {
    { 0x00, 2, 0x8086, 0, 0 },
    { 0x02, 2, 0x7113, 0, 0 },
    { 0x04, 2, 0x0000, 0x0001, 0 },
    { 0x06, 2, 0x0280, 0, 0x0800 },
    { 0x08, 4, 0x06800003, 0, 0 },                  /* class: other bridge */
    { 0x3C, 1, 0x00, 0xFF, 0 },                     /* INTLN */
    { 0x3D, 1, 0x01, 0, 0 },                        /* INTPN: INTA#, which only USB uses; the SCI is IRQ 9 */
    { 0x40, 4, 0x00000001, 0x0000FFC0, 0 },         /* PMBA */
    { 0x44, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* CNTA */
    { 0x48, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* CNTB */
    { 0x4C, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* GPICTL */
    { 0x50, 3, 0x00000000, 0x00FFFFFF, 0 },         /* DEVRESD */
    { 0x54, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* DEVACTA */
    { 0x58, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* DEVACTB */
    { 0x5C, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* DEVRESA */
    { 0x60, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* DEVRESB */
    { 0x64, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* DEVRESC */
    { 0x68, 4, 0x00000000, 0xFFFFFFFF, 0 },         /* DEVRESE-DEVRESJ */
    { 0x6C, 4, 0x00000000, 0xFFFFFFFF, 0 },
    { 0x70, 4, 0x00000000, 0xFFFFFFFF, 0 },
    { 0x74, 4, 0x00000000, 0xFFFFFFFF, 0 },
    { 0x78, 4, 0x00000000, 0xFFFFFFFF, 0 },
    { 0x7C, 4, 0x00000000, 0xFFFFFFFF, 0 },
    { 0x80, 1, 0x00, 0x01, 0 },                     /* PMREGMISC */
    { 0x90, 4, 0x00000001, 0x0000FFF0, 0 },         /* SMBBA */
    { 0xD2, 1, 0x00, 0x0F, 0 },                     /* SMBHSTCFG */
    { 0xD3, 3, 0x000000, 0xFFFFFF, 0 },             /* SMBSLVC, SMBSHDW1, SMBSHDW2 */
};

/* The registers at PMBA, as rows of the same kind. What only acts when written is not writable here. */
static const struct pci_register io_registers[] = {
    { PMSTS, 2, 0, 0, TMROF | 1 << 4 | GBL | PWRBTN | RTC | RSM_STS },
    { PMEN, 2, 0, TMROF | GBL | PWRBTN | RTC, 0 },
    { PMCNTRL, 2, 0, SCI_EN | 1 << 1 | 7 << 10, 0 },
    { GPSTS, 2, 0, 0, 0x0F01 },
    { GPEN, 2, 0, 0x0F01, 0 },
    { 0x10, 4, 0, 0x00023E1E, 0 },                  /* PCNTRL */
    { GLBSTS, 2, 0, 0, 0x0D20 | GLBSTS_BIOS },
    { 0x1C, 4, 0, 0, 0xFFFFFFFF },                  /* DEVSTS */
    { GLBEN, 2, 0, 0x0D03, 0 },
    { GLBCTL, 4, 0, 0x0701FF01, 0 },
    { 0x2C, 4, 0, 0xFFFFFFFF, 0 },                  /* DEVCTL */
    { 0x34, 4, 0x7FFFBFFF, 0xFFFFFFFF, 0 },         /* GPOREG */
};

static u32 get16(const u8 *at) { return at[0] | (u32)at[1] << 8; }
static void bits_set(u8 *at, u32 bits)
{
    at[0] |= (u8)bits;
    at[1] |= (u8)(bits >> 8);
}

static const struct pci_register *io_row(u32 offset)
{
    for (unsigned i = 0; i < ARRAY_LEN(io_registers); i++)
        if (offset - io_registers[i].offset < io_registers[i].width) return &io_registers[i];
    return NULL;
}

/* ---- timer ---- */
static u64 timer_ticks(const struct piix4_pm *pm)
{
    const struct clock *clock = pm->dev.board->clock;
    return ticks_at(clock, clock_now(clock), TIMER_HZ) - pm->timer_origin;
}

/* TMROF_STS is set whenever the top bit changes. */
static void timer_catch_up(struct piix4_pm *pm)
{
    u64 now = timer_ticks(pm);
    if (now / TIMER_HALF != pm->timer_seen / TIMER_HALF) bits_set(pm->io + PMSTS, TMROF);
    pm->timer_seen = now;
}

/* There is an event only while it would cause an SCI. */
static void timer_arm(struct piix4_pm *pm)
{
    struct clock *clock = pm->dev.board->clock;
    u64 next = pm->timer_origin + (pm->timer_seen / TIMER_HALF + 1) * TIMER_HALF;
    if (pm->io[PMEN] & TMROF && !(pm->io[PMSTS] & TMROF)) event_at(clock, &pm->overflow, cycle_of(clock, next, TIMER_HZ));
    else event_cancel(clock, &pm->overflow);
}

/* ---- SCI and SMI ---- */
static bool sci_level(const struct piix4_pm *pm)
{
    u32 events = get16(pm->io + PMSTS) & get16(pm->io + PMEN) & (TMROF | GBL | PWRBTN | RTC);
    return pm->io[PMCNTRL] & SCI_EN && (events || (get16(pm->io + GPSTS) & get16(pm->io + GPEN)));
}

static void pm_update(struct piix4_pm *pm)
{
    timer_arm(pm);
    line_set(&pm->sci, sci_level(pm));
}

static void timer_overflow(void *self)
{
    timer_catch_up(self);
    pm_update(self);
}

static void smi_raise(struct piix4_pm *pm, u32 status)
{
    bits_set(pm->io + GLBSTS, status);
    if (!(pm->io[GLBCTL] & GLBCTL_SMI_EN)) return;
    line_set(&pm->smi, true);
    line_set(&pm->smi, false);
}

/* ---- registers at PMBA ---- */
static void suspend(struct piix4_pm *pm, unsigned type)
{
    const struct power *power = &pm->dev.board->power;
    if (type != SUS_SOFT_OFF) {
        LOG(pm->dev.board->log, LOG_GUEST_ERRORS, "piix4: suspend type %u: woken at once", type);
        bits_set(pm->io + PMSTS, RSM_STS);
    } else if (power->request) {
        power->request(power->self, POWER_OFF, 0);
    }
}

/* Bits that act by being written. */
static void io_act(struct piix4_pm *pm, u32 offset, u8 value)
{
    if (offset == PMCNTRL && value & GBL_RLS) {
        bits_set(pm->io + GLBSTS, GLBSTS_BIOS);
        if (pm->io[GLBEN] & GLBEN_BIOS) smi_raise(pm, GLBSTS_BIOS);
    }
    if (offset == PMCNTRL + 1 && value & SUS_EN) suspend(pm, value >> SUS_TYP_SHIFT & 7);
    if (offset == GLBCTL && value & GLBCTL_BIOS_RLS) bits_set(pm->io + PMSTS, GBL);
}

static void io_write_byte(struct piix4_pm *pm, u32 offset, u8 value)
{
    const struct pci_register *row = io_row(offset);
    if (!row) return;
    unsigned shift = 8 * (offset - row->offset);
    u8 writable = (u8)(row->writable >> shift), clearable = (u8)(row->clearable >> shift);
    pm->io[offset] = (pm->io[offset] & ~writable & ~(value & clearable)) | (value & writable);
    io_act(pm, offset, value);
}

static void io_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct piix4_pm *pm = self;
    timer_catch_up(pm);
    for (unsigned i = 0; i < width; i++) io_write_byte(pm, offset + i, (u8)(value >> 8 * i));
    pm_update(pm);
}

static u32 io_read(void *self, u32 offset, unsigned width)
{
    struct piix4_pm *pm = self;
    u32 value = 0;
    if (offset - PMTMR < 4) return (u32)((timer_ticks(pm) & TIMER_MASK) >> 8 * (offset - PMTMR));
    timer_catch_up(pm);
    pm_update(pm);
    for (unsigned i = 0; i < width; i++) value |= (u32)pm->io[offset + i] << 8 * i;
    return value;
}

static const struct region_ops io_ops = { io_read, io_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };

/* ---- APM ports ---- */
static u32 apm_read(void *self, u32 offset, unsigned width)
{
    const struct piix4_pm *pm = self;
    (void)width;
    return offset ? pm->apms : pm->apmc;
}

static void apm_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct piix4_pm *pm = self;
    (void)width;
    if (offset) {
        pm->apms = (u8)value;
        return;
    }
    pm->apmc = (u8)value;
    timer_catch_up(pm);
    if (value == PM_ACPI_ENABLE) pm->io[PMCNTRL] |= SCI_EN;
    if (value == PM_ACPI_DISABLE) pm->io[PMCNTRL] &= ~SCI_EN;
    if (pci_config_get(&pm->function, PM_DEVACTB, 4) & DEVACTB_APMC_EN) smi_raise(pm, GLBSTS_APM);
    pm_update(pm);
}

static const struct region_ops apm_ops = { apm_read, apm_write, WIDTH_8 };

/* ---- SMBus host: nobody answers ---- */
enum { SMBHSTSTS, SMBSLVSTS, SMBHSTCNT, SMBHSTCNT_START = 1 << 6, SMBHSTSTS_DEV_ERR = 1 << 2, SMBHSTSTS_CLEARS = 0x1E,
       SMBSLVSTS_CLEARS = 0x3C };

static u32 smbus_read(void *self, u32 offset, unsigned width)
{
    const struct piix4_pm *pm = self;
    (void)width;
    return pm->smbus[offset];
}

static void smbus_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct piix4_pm *pm = self;
    (void)width;
    switch (offset) {
    case SMBHSTSTS: pm->smbus[offset] &= ~(value & SMBHSTSTS_CLEARS); break;
    case SMBSLVSTS: pm->smbus[offset] &= ~(value & SMBSLVSTS_CLEARS); break;
    case SMBHSTCNT:
        pm->smbus[offset] = (u8)value & ~SMBHSTCNT_START;
        if (value & SMBHSTCNT_START) pm->smbus[SMBHSTSTS] |= SMBHSTSTS_DEV_ERR;
        break;
    default: pm->smbus[offset] = (u8)value;
    }
}

static const struct region_ops smbus_ops = { smbus_read, smbus_write, WIDTH_8 };

/* ---- where the ports are ---- */
static void ports_move(struct piix4_pm *pm, u16 *claimed, u16 base, u32 count, const struct region_ops *ops)
{
    struct ports *ports = pm->dev.board->ports;
    struct error why;
    if (*claimed == base) return;
    if (*claimed) ports_release(ports, *claimed);
    *claimed = 0;
    if (!base) return;
    if (ports_claim(ports, base, count, ops, pm, "piix4", &why)) *claimed = base;
    else LOG(pm->dev.board->log, LOG_GUEST_ERRORS, "piix4: base %04x: %s", base, why.text);
}

static void ports_update(struct piix4_pm *pm)
{
    const u8 *config = pm->function.config;
    u16 io = get16(config + PM_PMBA) & 0xFFC0, smbus = get16(config + PM_SMBBA) & 0xFFF0;
    ports_move(pm, &pm->io_base, config[PM_PMREGMISC] & PMREGMISC_PMIOSE ? io : 0, PM_IO_BYTES, &io_ops);
    bool smbus_on = config[PM_SMBHSTCFG] & SMBHSTCFG_HST_EN && config[PCI_COMMAND] & PCI_COMMAND_IO;
    ports_move(pm, &pm->smbus_base, smbus_on ? smbus : 0, SMBUS_IO_BYTES, &smbus_ops);
}

static void config_written(void *self, unsigned offset, unsigned width)
{
    (void)offset, (void)width;
    ports_update(self);
}

void piix4_pm_firmware_state(struct piix4_pm *pm)
{
    pci_config_write(&pm->function, PM_PMBA, PM_IO_BASE, 4);
    pci_config_write(&pm->function, PM_PMREGMISC, PMREGMISC_PMIOSE, 1);
    pci_config_write(&pm->function, PM_SMBBA, SMBUS_IO_BASE, 4);
    pci_config_write(&pm->function, PM_SMBHSTCFG, SMBHSTCFG_HST_EN | 4 << 1, 1);
    pci_config_write(&pm->function, PCI_COMMAND, PCI_COMMAND_IO, 2);
    pci_config_write(&pm->function, 0x3C, PM_SCI_IRQ, 1);
}

/* ---- buttons ---- */
static void button_input(void *self, const u8 *bytes, size_t length)
{
    struct piix4_pm *pm = self;
    const struct power *power = &pm->dev.board->power;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == 'p') bits_set(pm->io + PMSTS, PWRBTN);
        else if (bytes[i] == 'h' && power->request) power->request(power->self, POWER_OFF, 0);
        else if (bytes[i] == 'r' && power->request) power->request(power->self, POWER_RESET, RESET_COLD);
    }
    pm_update(pm);
}

static bool pm_attach(struct device *dev, struct error *why)
{
    struct piix4_pm *pm = container_of(dev, struct piix4_pm, dev);
    pci_function_attach(&pm->function, pm->bus, PCI_DEVFN(1, 3), pm_config, ARRAY_LEN(pm_config));
    pm->function.written = config_written;
    pm->function.self = pm;
    event_init(&pm->overflow, dev->board->clock, "pm timer overflow", timer_overflow, pm);
    pm->power_source = input_source_add(dev->board->input, "power", button_input, pm);
    return ports_claim(dev->board->ports, APM_PORTS, 2, &apm_ops, pm, "apm", why);
}

static void pm_reset(struct device *dev, enum reset_kind kind)
{
    struct piix4_pm *pm = container_of(dev, struct piix4_pm, dev);
    (void)kind;
    pci_function_reset(&pm->function);
    ports_update(pm);
    memset(pm->io, 0, sizeof pm->io);
    memset(pm->smbus, 0, sizeof pm->smbus);
    for (unsigned i = 0; i < ARRAY_LEN(io_registers); i++)
        for (unsigned b = 0; b < io_registers[i].width; b++)
            pm->io[io_registers[i].offset + b] = (u8)(io_registers[i].value >> 8 * b);
    pm->apmc = pm->apms = 0;
    pm->timer_origin = ticks_at(dev->board->clock, clock_now(dev->board->clock), TIMER_HZ);
    pm->timer_seen = 0;
    pm_update(pm);
}

static void pm_restored(struct device *dev)
{
    struct piix4_pm *pm = container_of(dev, struct piix4_pm, dev);
    ports_update(pm);
    pm->sci.level = sci_level(pm);
}

static const struct field pm_fields[] = {
    FIELD_NONE(struct piix4_pm, dev, "wiring"),
    FIELD_SUB(struct piix4_pm, function, pci_function_fields, "function 00:01.3"),
    FIELD_NONE(struct piix4_pm, bus, "wiring"),
    FIELD_RAW(struct piix4_pm, io, "registers at PMBA"),
    FIELD_RAW(struct piix4_pm, smbus, "registers at SMBBA"),
    FIELD(struct piix4_pm, apmc, "APM control, B2h"),
    FIELD(struct piix4_pm, apms, "APM status, B3h"),
    FIELD(struct piix4_pm, timer_origin, "tick at which the PM timer was 0"),
    FIELD(struct piix4_pm, timer_seen, "ticks of the PM timer at the last look for an overflow"),
    FIELD_EVT(struct piix4_pm, overflow, "next overflow of the PM timer"),
    FIELD_NONE(struct piix4_pm, sci, "wiring; the level follows the registers"),
    FIELD_NONE(struct piix4_pm, smi, "wiring; a pulse"),
    FIELD_NONE(struct piix4_pm, io_base, "map; follows function"),
    FIELD_NONE(struct piix4_pm, smbus_base, "map; follows function"),
    FIELD_NONE(struct piix4_pm, power_source, "wiring"),
    FIELD_END
};

const struct device_class piix4_pm_class = {
    .name = "piix4_pm", .size = sizeof(struct piix4_pm), .fields = pm_fields,
    .attach = pm_attach, .reset = pm_reset, .restored = pm_restored,
};
