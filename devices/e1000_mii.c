/* The 82540EM's EEPROM and PHY: Intel's "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual"
 * (317453), chapters 5 and 13.4.3 to 13.4.8, the NM93C46's microwire protocol, and IEEE 802.3 clause 22 for the PHY, with
 * the registers of Marvell's 88E1011 that drivers look at.
 *
 * Autonegotiation is over as soon as it is begun. Not modelled: writing to the EEPROM, speeds other than 1000 Mbit/s,
 * PHY interrupts, pages of the PHY. */
#include "devices/e1000_parts.h"
#include <string.h>

/* ---- EEPROM ---- */
enum { EECD_SK = 1, EECD_CS = 2, EECD_DI = 4, EECD_DO = 8, EECD_REQ = 0x40, EECD_GNT = 0x80, EECD_PRES = 0x100 };
enum { EERD_START = 1, EERD_DONE = 0x10 };
enum { WORD_MAC = 0x00, WORD_CONTROL1 = 0x0A, WORD_CONTROL2 = 0x0F, WORD_CHECKSUM = 0x3F, CHECKSUM = 0xBABA };
/* A command is a start bit, two of operation, six of address; a zero comes out before the word. */
enum { MICROWIRE_COMMAND_BITS = 9, MICROWIRE_READ = 6, MICROWIRE_OUT = 17 };

static const struct { u8 word; u16 value; } eeprom_words[] = {
    { 0x04, 0xFFFF },                                   /* LEDs: as by default */
    { 0x08, 0xFFFF }, { 0x09, 0xFFFF },                 /* no board number */
    { WORD_CONTROL1, 0x4400 },                          /* valid; load subsystem and vendor IDs */
    { 0x0B, 0x100E }, { 0x0C, 0x8086 }, { 0x0D, 0x100E }, { 0x0E, 0x8086 },
    { WORD_CONTROL2, 0x3000 },                          /* advertise both kinds of PAUSE */
};

void e1000_eeprom_fill(struct e1000 *chip)
{
    u16 sum = 0;
    memset(chip->eeprom, 0, sizeof chip->eeprom);
    for (unsigned i = 0; i < ARRAY_LEN(eeprom_words); i++) chip->eeprom[eeprom_words[i].word] = eeprom_words[i].value;
    for (unsigned i = 0; i < NET_MAC / 2; i++)
        chip->eeprom[WORD_MAC + i] = (u16)(chip->mac[2 * i] | chip->mac[2 * i + 1] << 8);
    for (unsigned i = 0; i < WORD_CHECKSUM; i++) sum += chip->eeprom[i];
    chip->eeprom[WORD_CHECKSUM] = (u16)(CHECKSUM - sum);
}

u32 e1000_eecd_read(struct e1000 *chip)
{
    u32 value = (E1000_REG(chip, EECD) & ~(u32)EECD_DO) | EECD_PRES;
    bool high = chip->ee_left == 0 || (chip->ee_left < MICROWIRE_OUT && chip->ee_shift >> 15);
    if (value & EECD_REQ) value |= EECD_GNT;
    return value | (high ? EECD_DO : 0);
}

/* A rising edge of SK with CS: a bit of the command comes in, or the next of the word goes out. */
static void microwire_clock(struct e1000 *chip, bool in)
{
    if (chip->ee_left) {
        if (chip->ee_left-- < MICROWIRE_OUT) chip->ee_shift <<= 1;
        return;
    }
    if (chip->ee_bits == 0 && !in) return;              /* a command begins with a one */
    chip->ee_shift = (u16)(chip->ee_shift << 1 | in);
    if (++chip->ee_bits < MICROWIRE_COMMAND_BITS) return;
    bool reads = chip->ee_shift >> 6 == MICROWIRE_READ;
    chip->ee_shift = reads ? chip->eeprom[chip->ee_shift & (E1000_EEPROM - 1)] : 0;
    chip->ee_left = reads ? MICROWIRE_OUT : 0;
    chip->ee_bits = 0;
}

void e1000_eecd_write(struct e1000 *chip, u32 value)
{
    u32 old = E1000_REG(chip, EECD);
    E1000_REG(chip, EECD) = value & (EECD_SK | EECD_CS | EECD_DI | EECD_REQ);
    if (!(value & EECD_CS)) chip->ee_bits = chip->ee_left = 0, chip->ee_shift = 0;
    else if (value & ~old & EECD_SK) microwire_clock(chip, value & EECD_DI);
}

/* Answered at once. */
void e1000_eerd_write(struct e1000 *chip, u32 value)
{
    u32 address = value >> 8 & 0xFF;
    u32 word = address < E1000_EEPROM ? chip->eeprom[address] : 0;
    E1000_REG(chip, EERD) = value & EERD_START ? (value & 0xFF00) | EERD_DONE | word << 16 : value & 0xFF00;
}

/* ---- PHY ---- */
enum { PHY_CTRL, PHY_STATUS, PHY_ID1, PHY_ID2, PHY_ADVERTISE, PHY_PARTNER, PHY_EXPANSION, PHY_1000_CTRL = 9,
       PHY_1000_STATUS, PHY_EXT_STATUS = 15, PHY_SPEC_CTRL, PHY_SPEC_STATUS, PHY_INT_STATUS = 19 };
enum { CTRL_RESET = 0x8000, CTRL_LOOP = 0x4000, CTRL_RESTART = 0x0200 };
enum { STATUS_LINK = 0x0004, STATUS_NEGOTIATED = 0x0020 };
enum { MDIC_PHY = 1, MDIC_WRITE = 1, MDIC_READ = 2 };
#define MDIC_READY (1u << 28)
#define MDIC_INTERRUPT (1u << 29)
#define MDIC_ERROR (1u << 30)

/* After reset, what can be written, and what a link to a partner that can do everything shows besides. */
static const struct { u8 reg; u16 value, writable, linked; } phy_rows[] = {
    { PHY_CTRL,        0x1140, 0x7DC0, 0 },
    { PHY_STATUS,      0x7949, 0,      STATUS_LINK | STATUS_NEGOTIATED },
    { PHY_ID1,         0x0141, 0,      0 },
    { PHY_ID2,         0x0C20, 0,      0 },
    { PHY_ADVERTISE,   0x0DE1, 0xBFFF, 0 },
    { PHY_PARTNER,     0,      0,      0x4DE1 },
    { PHY_EXPANSION,   0x0004, 0,      0x0003 },
    { 7,               0x2001, 0xFFFF, 0 },
    { PHY_1000_CTRL,   0x0E00, 0xFF00, 0 },
    { PHY_1000_STATUS, 0,      0,      0x7C00 },
    { PHY_EXT_STATUS,  0x3000, 0,      0 },
    { PHY_SPEC_CTRL,   0x0068, 0xFFFF, 0 },
    { PHY_SPEC_STATUS, 0,      0,      0xAC00 },
    { 18,              0,      0xFFFF, 0 },
    { 20,              0x0D60, 0xFFFF, 0 },
    { 29,              0,      0x001F, 0 },
    { 30,              0,      0xFFFF, 0 },
};

static u16 phy_writable(unsigned reg)
{
    for (unsigned i = 0; i < ARRAY_LEN(phy_rows); i++)
        if (phy_rows[i].reg == reg) return phy_rows[i].writable;
    return 0;
}

void e1000_phy_link(struct e1000 *chip)
{
    for (unsigned i = 0; i < ARRAY_LEN(phy_rows); i++) {
        u16 linked = phy_rows[i].linked, *value = &chip->phy[phy_rows[i].reg];
        *value = chip->link.up ? *value | linked : *value & ~linked;
    }
}

void e1000_phy_reset(struct e1000 *chip)
{
    memset(chip->phy, 0, sizeof chip->phy);
    for (unsigned i = 0; i < ARRAY_LEN(phy_rows); i++) chip->phy[phy_rows[i].reg] = phy_rows[i].value;
    e1000_phy_link(chip);
}

bool e1000_phy_loops(const struct e1000 *chip)
{
    return chip->phy[PHY_CTRL] & CTRL_LOOP;
}

static void phy_write(struct e1000 *chip, unsigned reg, u16 value)
{
    u16 mask = phy_writable(reg);
    if (reg == PHY_CTRL && value & CTRL_RESET) {
        e1000_phy_reset(chip);
        e1000_raise(chip, E1000_INT_LSC);
        return;
    }
    chip->phy[reg] = (chip->phy[reg] & ~mask) | (value & mask);
    if (reg == PHY_CTRL && value & CTRL_RESTART) e1000_raise(chip, E1000_INT_LSC);
}

void e1000_mdic_write(struct e1000 *chip, u32 value)
{
    unsigned reg = value >> 16 & 31, phy = value >> 21 & 31, operation = value >> 26 & 3;
    u32 result = (value & 0x2FFFFFFF) | MDIC_READY;
    if (phy != MDIC_PHY || (operation != MDIC_READ && operation != MDIC_WRITE)) result |= MDIC_ERROR;
    else if (operation == MDIC_READ) result = (result & 0xFFFF0000) | chip->phy[reg];
    else phy_write(chip, reg, (u16)value);
    E1000_REG(chip, MDIC) = result;
    if (value & MDIC_INTERRUPT) e1000_raise(chip, E1000_INT_MDAC);
}
