/* NE2000 Ethernet cards: the DP8390D with 32 KiB of buffer memory, on the ISA bus or as the PCI chip RTL8029AS. */
#ifndef DEVICES_NE2000_H
#define DEVICES_NE2000_H
#include "devices/net.h"
#include "devices/pci.h"

enum { NE2000_PORTS = 32, NE2000_RAM = 32 << 10, NE2000_PROM = 32, NE2000_FIFO = 8 };

struct ne2000 {
    struct device       dev;
    struct net_link     link;
    /* Configuration, before attach. */
    const char         *source;             /* name of the input source */
    u8                  mac[NET_MAC];
    struct pci_bus     *bus;                /* NULL: an ISA card at port `base`, with `irq` connected by the board */
    u8                  devfn;
    u16                 base;
    bool                claimed;            /* the PCI card's ports are ours */
    struct line         irq;
    struct pci_function function;

    struct event        sent;               /* the last bit of a frame has left */
    u8                  cr, isr, imr, rcr, tcr, dcr, tsr, rsr;
    u8                  pstart, pstop, bnry, curr, tpsr, ncr;
    u8                  cntr[3];            /* frame alignment errors, CRC errors, missed packets */
    u8                  par[NET_MAC], mar[8];
    u16                 tbcr;
    u16                 rsar, rbcr;         /* as written */
    u16                 crda, left;         /* remote DMA: next address, bytes to go */
    u16                 clda;               /* local DMA's last address */
    u8                  fifo[NE2000_FIFO], fifo_at;
    u8                  ee;                 /* RTL8029AS page 3: 9346CR */
    u8                  prom[NE2000_PROM];
    u8                  ram[NE2000_RAM];
};

extern const struct device_class ne2000_class;
#endif
