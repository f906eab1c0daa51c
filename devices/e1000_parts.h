/* What the files of the 82540EM share: its registers by name, and who does what. */
#ifndef DEVICES_E1000_PARTS_H
#define DEVICES_E1000_PARTS_H
#include "devices/e1000.h"

enum e1000_register {
    E1000_CTRL = 0x0000, E1000_CTRL_DUP = 0x0004, E1000_STATUS = 0x0008, E1000_EECD = 0x0010, E1000_EERD = 0x0014,
    E1000_CTRL_EXT = 0x0018, E1000_MDIC = 0x0020, E1000_FCAL = 0x0028, E1000_FCT = 0x0030, E1000_VET = 0x0038,
    E1000_ICR = 0x00C0, E1000_ITR = 0x00C4, E1000_ICS = 0x00C8, E1000_IMS = 0x00D0, E1000_IMC = 0x00D8,
    E1000_RCTL = 0x0100, E1000_FCTTV = 0x0170, E1000_TXCW = 0x0178, E1000_RXCW = 0x0180, E1000_TCTL = 0x0400,
    E1000_TIPG = 0x0410, E1000_AIT = 0x0458, E1000_LEDCTL = 0x0E00, E1000_PBA = 0x1000, E1000_FCRTL = 0x2160,
    E1000_FCRTH = 0x2168,
    E1000_RDBAL = 0x2800, E1000_RDBAH = 0x2804, E1000_RDLEN = 0x2808, E1000_RDH = 0x2810, E1000_RDT = 0x2818,
    E1000_RDTR = 0x2820, E1000_RXDCTL = 0x2828, E1000_RADV = 0x282C, E1000_RSRPD = 0x2C00,
    E1000_TDBAL = 0x3800, E1000_TDBAH = 0x3804, E1000_TDLEN = 0x3808, E1000_TDH = 0x3810, E1000_TDT = 0x3818,
    E1000_TIDV = 0x3820, E1000_TXDCTL = 0x3828, E1000_TADV = 0x382C, E1000_TSPMT = 0x3830,
    E1000_STATISTICS = 0x4000, E1000_MPC = 0x4010, E1000_PRC64 = 0x405C, E1000_GPRC = 0x4074, E1000_BPRC = 0x4078,
    E1000_MPRC = 0x407C, E1000_GPTC = 0x4080, E1000_GORCL = 0x4088, E1000_GOTCL = 0x4090, E1000_RNBC = 0x40A0,
    E1000_ROC = 0x40AC, E1000_TORL = 0x40C0, E1000_TOTL = 0x40C8, E1000_TPR = 0x40D0, E1000_TPT = 0x40D4,
    E1000_PTC64 = 0x40D8, E1000_MPTC = 0x40F0, E1000_BPTC = 0x40F4, E1000_TSCTC = 0x40F8,
    E1000_STATISTICS_END = 0x40FC,
    E1000_RXCSUM = 0x5000, E1000_MTA = 0x5200, E1000_RA = 0x5400, E1000_VFTA = 0x5600, E1000_WUC = 0x5800,
    E1000_MANC = 0x5820, E1000_WUPM = 0x5A00
};
#define E1000_REG(chip, name) ((chip)->reg[E1000_##name / 4])

enum { E1000_CTRL_VME = 1 << 30 };
enum {
    E1000_INT_TXDW = 0x01, E1000_INT_TXQE = 0x02, E1000_INT_LSC = 0x04, E1000_INT_RXDMT0 = 0x10, E1000_INT_RXO = 0x40,
    E1000_INT_RXT0 = 0x80, E1000_INT_MDAC = 0x200, E1000_INT_SRPD = 0x10000
};
enum { E1000_DESCRIPTOR = 16, E1000_VLAN_TAG = 4 };

/* e1000.c: interrupt causes happen; ICR, mask and throttle decide what the line does. */
void e1000_raise(struct e1000 *chip, u32 causes);
/* e1000.c: the chip may be master of the bus. */
bool e1000_masters(const struct e1000 *chip);
/* e1000.c: the bus's memory; beyond 4 GiB nothing is, as for memory_read and memory_write. */
void e1000_dma_read(struct e1000 *chip, u64 address, void *bytes, u32 length);
void e1000_dma_write(struct e1000 *chip, u64 address, const void *bytes, u32 length);
/* e1000.c: arms `event` after `units` of 1024 ns if it is not armed, or always with `again`. */
void e1000_delay(struct e1000 *chip, struct event *event, u32 units, bool again);

/* Counts in the statistics registers, which stay at their highest value. */
void e1000_count(struct e1000 *chip, enum e1000_register counter, u32 by);
/* A frame of `length` bytes without CRC: the octets (64 bits at `octets`), and the class of its size after `sizes`. */
void e1000_count_frame(struct e1000 *chip, enum e1000_register octets, enum e1000_register sizes, size_t length);

/* e1000_mii.c: EEPROM and PHY. */
void e1000_eeprom_fill(struct e1000 *chip);
u32  e1000_eecd_read(struct e1000 *chip);
void e1000_eecd_write(struct e1000 *chip, u32 value);
void e1000_eerd_write(struct e1000 *chip, u32 value);
void e1000_phy_reset(struct e1000 *chip);
void e1000_phy_link(struct e1000 *chip);
bool e1000_phy_loops(const struct e1000 *chip);
void e1000_mdic_write(struct e1000 *chip, u32 value);

/* e1000_rx.c */
extern const struct net_chip e1000_net;
void e1000_rx_deliver(struct e1000 *chip, const u8 *frame, size_t length);
void e1000_rx_timer(void *chip);

/* e1000_tx.c: the doorbell, and the two events. */
void e1000_tx_kick(struct e1000 *chip);
void e1000_tx_fire(void *chip);
void e1000_tx_timer(void *chip);

/* e1000_offload.c: sums as of the Internet, RFC 1071, big-endian. */
u16  e1000_sum(const u8 *bytes, size_t length);
/* Puts the sum of [start, end] at `at`; end 0: to the end of the frame. Fields outside the frame do nothing. */
void e1000_sum_put(u8 *frame, size_t length, u32 start, u32 at, u32 end);
/* Status and error bits of a received frame's descriptor. */
struct e1000_checked { u8 status, errors; u16 sum; };
struct e1000_checked e1000_check(u32 rxcsum, const u8 *frame, size_t length);
#endif
