/* The Intel 82540EM Gigabit Ethernet controller. */
#ifndef DEVICES_E1000_H
#define DEVICES_E1000_H
#include "devices/net.h"
#include "devices/pci.h"

enum { E1000_WORDS = 0x5C00 / 4, E1000_EEPROM = 64, E1000_PHY = 32 };

/* The offloads of a context descriptor, as it says them. */
struct e1000_context { u8 ipcss, ipcso, tucss, tucso, command, hdrlen; u16 ipcse, tucse, mss; u32 paylen; };

struct e1000 {
    struct device        dev;
    struct net_link      link;
    /* Configuration, before attach. */
    const char          *source;              /* name of the input source */
    u8                   mac[NET_MAC];
    struct pci_bus      *bus;
    u8                   devfn;
    const u8            *rom;                 /* expansion ROM; copied */
    u32                  rom_length;          /* 0: none */

    struct pci_function  function;
    struct region       *region;              /* BAR 0 */
    bool                 claimed;             /* BAR 1's ports are ours */

    u32                  reg[E1000_WORDS];    /* by offset / 4; ICR and IMS as they are, not as they read */
    u16                  phy[E1000_PHY];
    u16                  eeprom[E1000_EEPROM];
    u8                   ee_bits;             /* microwire: bits of the command taken in */
    u16                  ee_shift;            /* the command, then the word going out */
    u8                   ee_left;             /* bits of it still to go out */
    u32                  io_address;          /* IOADDR */
    struct e1000_context context[2];          /* of plain packets and of those to be segmented */
    u64                  quiet_until;         /* ITR: no interrupt before this cycle */
    struct event         transmit;            /* the next packet leaves */
    struct event         throttle;            /* ITR is over */
    struct event         rx_delay, rx_limit;  /* RDTR, RADV */
    struct event         tx_delay, tx_limit;  /* TIDV, TADV */
};

extern const struct device_class e1000_class;
#endif
