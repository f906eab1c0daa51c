/* What -netdev, -nic, -net, -device of network cards, -object filter-dump and --pcap say. */
#ifndef FRONTEND_OPTION_NET_H
#define FRONTEND_OPTION_NET_H
#include "core/error.h"
#include "devices/machine.h"

enum { NET_FORWARDS = 16, NET_DUMPS = 8 };
enum netdev_kind { NETDEV_UNUSED, NETDEV_USER, NETDEV_SOCKET };

/* Addresses are IPv4, in host order; 0: any, or as by default. */
struct hostfwd { bool udp; u32 host, guest; u16 host_port, guest_port; };

struct netdev_option {
    enum netdev_kind kind;
    const char      *id;
    /* user */
    bool             restricted;
    u32              net, mask, host, dns, dhcp_start;
    const char      *hostname, *tftp, *bootfile;
    struct hostfwd   forward[NET_FORWARDS];
    unsigned         forwards;
    /* socket: one of the two */
    const char      *listen, *connect;
};

/* A card; its place in the table is its number. netdev NULL: nothing is plugged in. */
struct nic_option {
    enum nic_kind kind;
    const char   *netdev, *rom;
    bool          has_mac;
    u8            mac[NET_MAC];
    u16           base;
    u8            irq;
};
/* A capture; netdev NULL: of everything. */
struct dump_option { const char *netdev, *file; };

struct net_options {
    struct netdev_option netdev[MACHINE_NICS];
    struct nic_option    nic[MACHINE_NICS];
    struct dump_option   dump[NET_DUMPS];
    unsigned             netdevs, nics, dumps;
};

struct options;
bool option_netdev(struct options *o, const char *value, struct error *why);
bool option_nic(struct options *o, const char *value, struct error *why);
bool option_net(struct options *o, const char *value, struct error *why);
bool option_object(struct options *o, const char *value, struct error *why);
bool option_pcap(struct options *o, const char *value, struct error *why);
/* -device of a card: a row of option_devices.c each. */
bool option_ne2k_isa(struct options *o, const char *text, const char *whole, struct error *why);
bool option_ne2k_pci(struct options *o, const char *text, const char *whole, struct error *why);
bool option_e1000(struct options *o, const char *text, const char *whole, struct error *why);
/* Every card's netdev exists and is no other's; every netdev has a card. */
bool option_net_agree(const struct net_options *net, struct error *why);
/* The netdev of that name, or NULL. */
const struct netdev_option *option_netdev_find(const struct net_options *net, const char *id);
#endif
