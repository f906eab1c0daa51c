/* The machine's network cards and what is at the other ends of their wires: slirp, sockets, capture files.
 *
 * Frames to the guest wait in a queue per card. They are given to it by an event of the machine's clock, one after the
 * other, WIRE_NS after they came, or, if the card is full, when it has room: so what a backend answers at once (ARP, DHCP)
 * reaches the guest at a cycle that depends on nothing but the guest. In a replay there is no backend at all. */
#ifndef FRONTEND_NET_H
#define FRONTEND_NET_H
#include "devices/machine.h"
#include "frontend/option_net.h"
#include "frontend/waiter.h"

struct netdev;
/* A kind of network; one file each. */
struct netdev_class {
    size_t size;                                     /* of the struct that begins with a struct netdev */
    bool (*open)(struct netdev *netdev, struct error *why);
    /* A frame from the guest, in virtual time. */
    void (*send)(struct netdev *netdev, const u8 *frame, size_t length);
    /* Adds what it waits for to the waiter, and then deals with what happened. */
    void (*watch)(struct netdev *netdev, struct waiter *waiter);
    void (*answer)(struct netdev *netdev, const struct waiter *waiter);
    /* Someone outside may send something. */
    bool (*awaits)(const struct netdev *netdev);
    void (*close)(struct netdev *netdev);
};
struct net_port;
struct netdev {
    const struct netdev_class  *class;
    const struct netdev_option *option;
    struct net_port            *port;
    struct machine             *machine;
    struct host                *host;
    const void                 *owner;               /* of claims on the host's resources */
};

extern const struct netdev_class netdev_user, netdev_socket;

/* For backends: a frame for the guest; lost if the queue is full. */
void netdev_deliver(struct netdev *netdev, const u8 *frame, size_t length);
bool netdev_has_room(const struct netdev *netdev);

struct net;
/* Writes the cards into the configuration and opens the captures; NULL if there are none or on an error (why->text set). */
struct net *net_configure(const struct net_options *options, struct machine_config *config, struct error *why);
/* Opens the backends, unless `alone` (a replay). */
bool net_start(struct net *net, struct machine *machine, struct host *host, const void *owner, bool alone, struct error *why);
void net_watch(struct net *net, struct waiter *waiter);
void net_answer(struct net *net, const struct waiter *waiter);
/* Someone outside may send something; and whether there is nothing on its way to the guest besides. */
bool net_open(const struct net *net);
bool net_awaited(const struct net *net);
/* Frames that went to and from the guest, a count that wraps. */
u64  net_frames(const struct net *net);
/* Before the machine is destroyed. NULL is good. */
void net_close(struct net *net);
#endif
