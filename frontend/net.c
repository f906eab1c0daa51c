/* Cards, queues and captures (frontend/net.h). */
#include "frontend/net.h"
#include "frontend/file.h"
#include "frontend/pcap.h"
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 512, WIRE_NS = 50000, NS_PER_BYTE = 8, ROOM_NS = 5000, HOLD_NS = 10000000, ROM_MAX = 1 << 20 };
#define NS_PER_SECOND 1000000000ull

struct frame { u64 due; u8 *bytes; size_t length; };

struct net_port {
    struct net      *net;
    struct net_link *link;
    struct netdev   *netdev;                         /* NULL: nobody is there */
    struct event     arrival;
    bool             held;                           /* the card is full: arrival is when it loses the first frame */
    struct frame     frame[QUEUE];                   /* a ring */
    unsigned         first, count;
    const char      *id;                             /* of the netdev; NULL: none */
    struct blob      rom;
};

struct net {
    const struct net_options *options;
    struct machine           *machine;               /* NULL until net_start */
    struct net_port           port[MACHINE_NICS];
    FILE                     *dump[NET_DUMPS];
    u64                       frames;
};

static const struct netdev_class *const classes[] = { [NETDEV_USER] = &netdev_user, [NETDEV_SOCKET] = &netdev_socket };

/* ---- to the guest ---- */
/* The next frame, at the earliest in `ns`, which is in a later cycle than this, as input_post demands. */
static void arrival_arm(struct net_port *port, u64 ns)
{
    struct clock *clock = &port->net->machine->clock;
    u64 earliest = clock->now + cycles_of_ns(clock, ns);
    if (port->count) event_at(clock, &port->arrival, MAX(port->frame[port->first].due, earliest));
}

/* One frame, and the next after its time on a gigabit wire. A card that stays full for HOLD_NS loses a frame: drivers that
 * have missed an interrupt wait for the one that tells of it. */
static void arrival_fire(void *self)
{
    struct net_port *port = self;
    struct machine *m = port->net->machine;
    if (port->count == 0) return;
    if (!net_ready(port->link) && !port->held) {
        port->held = true;
        arrival_arm(port, HOLD_NS);
        return;
    }
    struct frame *frame = &port->frame[port->first];
    port->held = false;
    port->net->frames++;
    port->first = (port->first + 1) % QUEUE;
    port->count--;
    input_post(&m->input, port->link->source, frame->bytes, frame->length);
    arrival_arm(port, frame->length * NS_PER_BYTE);
    free(frame->bytes);
}

u64 net_frames(const struct net *net) { return net->frames; }

bool netdev_has_room(const struct netdev *netdev)
{
    return netdev->port->count < QUEUE;
}

void netdev_deliver(struct netdev *netdev, const u8 *frame, size_t length)
{
    struct net_port *port = netdev->port;
    const struct clock *clock = &netdev->machine->clock;
    u8 *bytes = length >= NET_HEADER && length <= NET_FRAME_MAX && port->count < QUEUE ? malloc(length) : NULL;
    if (!bytes) return;
    memcpy(bytes, frame, length);
    port->frame[(port->first + port->count++) % QUEUE] =
        (struct frame){ clock->now + cycles_of_ns(clock, WIRE_NS), bytes, length };
    if (port->count == 1 && !port->arrival.armed) arrival_arm(port, 0);
}

/* ---- from the guest ---- */
static void guest_sends(void *self, const u8 *frame, size_t length)
{
    struct net_port *port = self;
    port->net->frames++;
    if (port->netdev) port->netdev->class->send(port->netdev, frame, length);
}

static void frame_seen(void *self, const u8 *frame, size_t length)
{
    const struct net_port *port = self;
    const struct net *net = port->net;
    const struct clock *clock = &net->machine->clock;
    u64 ns = muldiv(clock->now, NS_PER_SECOND, clock->hz);
    for (unsigned i = 0; i < net->options->dumps; i++) {
        const char *only = net->options->dump[i].netdev;
        if (!only || (port->id && strcmp(only, port->id) == 0)) pcap_write(net->dump[i], ns, frame, length);
    }
}

static void guest_has_room(void *self)
{
    struct net_port *port = self;
    if (!port->held || !net_ready(port->link)) return;
    port->held = false;
    arrival_arm(port, ROOM_NS);
}

/* ---- made, run, closed ---- */
static bool card_configure(struct net *net, unsigned index, struct machine_nic *nic, struct error *why)
{
    static const u8 first[NET_MAC] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
    const struct nic_option *o = &net->options->nic[index];
    struct net_port *port = &net->port[index];
    *nic = (struct machine_nic){ .kind = o->kind, .base = o->base, .irq = o->irq, .plugged = o->netdev != NULL,
                                 .peer = { guest_sends, frame_seen, guest_has_room, port } };
    memcpy(nic->mac, o->has_mac ? o->mac : first, NET_MAC);
    if (!o->has_mac) nic->mac[NET_MAC - 1] += (u8)index;
    port->net = net;
    port->id = o->netdev;
    if (o->rom && !file_read(o->rom, "expansion ROM", ROM_MAX, &port->rom, why)) return false;
    nic->rom = port->rom;
    return true;
}

static bool all_configure(struct net *net, struct machine_config *config, struct error *why)
{
    const struct net_options *options = net->options;
    for (unsigned i = 0; i < options->nics; i++)
        if (!card_configure(net, i, &config->nic[i], why)) return false;
    for (unsigned i = 0; i < options->dumps; i++)
        if (!(net->dump[i] = pcap_open(options->dump[i].file, why))) return false;
    return true;
}

struct net *net_configure(const struct net_options *options, struct machine_config *config, struct error *why)
{
    if (options->nics == 0) return NULL;
    struct net *net = calloc(1, sizeof *net);
    if (!net) {
        error_set(why, "the host has no memory left for a network");
        return NULL;
    }
    net->options = options;
    if (all_configure(net, config, why)) return net;
    net_close(net);
    return NULL;
}

static bool netdev_open(struct net *net, struct net_port *port, struct netdev like, struct error *why)
{
    like.option = option_netdev_find(net->options, port->id);
    like.class = classes[like.option->kind];
    struct netdev *netdev = calloc(1, like.class->size);
    if (!netdev) return error_set(why, "the host has no memory left for a network");
    *netdev = like;
    if (!like.class->open(netdev, why)) {
        free(netdev);
        return false;
    }
    port->netdev = netdev;
    return true;
}

bool net_start(struct net *net, struct machine *machine, struct host *host, const void *owner, bool alone,
               struct error *why)
{
    net->machine = machine;
    for (unsigned i = 0; i < net->options->nics; i++) {
        struct net_port *port = &net->port[i];
        struct netdev like = { .port = port, .machine = machine, .host = host, .owner = owner };
        port->link = pc_nic(machine, i);
        event_init(&port->arrival, &machine->clock, "network", arrival_fire, port);
        port->arrival.order = UINT32_MAX;
        if (port->id && !alone && !netdev_open(net, port, like, why)) return false;
    }
    return true;
}

void net_watch(struct net *net, struct waiter *waiter)
{
    for (unsigned i = 0; i < net->options->nics; i++) {
        struct netdev *netdev = net->port[i].netdev;
        if (netdev) netdev->class->watch(netdev, waiter);
    }
}

void net_answer(struct net *net, const struct waiter *waiter)
{
    for (unsigned i = 0; i < net->options->nics; i++) {
        struct netdev *netdev = net->port[i].netdev;
        if (netdev) netdev->class->answer(netdev, waiter);
    }
}

bool net_open(const struct net *net)
{
    for (unsigned i = 0; i < net->options->nics; i++) {
        const struct netdev *netdev = net->port[i].netdev;
        if (netdev && netdev->class->awaits(netdev)) return true;
    }
    return false;
}

bool net_awaited(const struct net *net)
{
    for (unsigned i = 0; i < net->options->nics; i++)
        if (net->port[i].arrival.armed) return false;
    return net_open(net);
}

static void port_close(struct net *net, struct net_port *port)
{
    if (port->netdev) port->netdev->class->close(port->netdev);
    free(port->netdev);
    file_free(&port->rom);
    for (; port->count; port->count--, port->first = (port->first + 1) % QUEUE) free(port->frame[port->first].bytes);
    if (port->arrival.armed) event_cancel(&net->machine->clock, &port->arrival);
}

void net_close(struct net *net)
{
    if (!net) return;
    for (unsigned i = 0; i < MACHINE_NICS; i++) port_close(net, &net->port[i]);
    for (unsigned i = 0; i < net->options->dumps; i++) pcap_close(net->dump[i], net->options->dump[i].file);
    free(net);
}
