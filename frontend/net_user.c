/* -netdev user: a network of its own for one guest, behind libslirp (its API is documented in libslirp.h): DHCP, a name
 * server, TCP and UDP to wherever the host may go, and ports of the host that lead to the guest.
 *
 * libslirp's clock is the guest's: a guest that talks to libslirp only (ARP, DHCP, TFTP) runs the same each time. Only a
 * connection to somebody outside has a descriptor to wait for; until then no idle guest is slowed down to real time.
 * Not offered: IPv6 (its timers are random), SMB, guestfwd. */
#include "frontend/net.h"
#include <stdio.h>
#include <string.h>

#ifdef HAVE_SLIRP
#include <arpa/inet.h>
#include <sys/stat.h>
#include <libslirp.h>

#define NS_PER_SECOND 1000000000ull
enum { NS_PER_MS = 1000000, HOST = 2, DNS = 3, FIRST_GUEST = 15 };

struct user {
    struct netdev  netdev;
    Slirp         *slirp;
    struct waiter *waiter;               /* while it is filled */
    unsigned       watched;
};

static struct user *user_of(struct netdev *netdev) { return container_of(netdev, struct user, netdev); }

/* ---- what libslirp calls ---- */
static ssize_t frame_to_guest(const void *frame, size_t length, void *opaque)
{
    struct user *user = opaque;
    netdev_deliver(&user->netdev, frame, length);
    return (ssize_t)length;
}

static void guest_error(const char *text, void *opaque)
{
    struct user *user = opaque;
    LOG(&user->netdev.machine->log, LOG_GUEST_ERRORS, "slirp: %s", text);
}

static int64_t clock_ns(void *opaque)
{
    const struct user *user = opaque;
    const struct clock *clock = &user->netdev.machine->clock;
    return (int64_t)muldiv(clock->now, NS_PER_SECOND, clock->hz);
}

/* Timers are for IPv6's router advertisements only. */
static void *timer_new(SlirpTimerCb fire, void *self, void *opaque) { (void)fire, (void)self; return opaque; }
static void timer_free(void *timer, void *opaque) { (void)timer, (void)opaque; }
static void timer_mod(void *timer, int64_t ms, void *opaque) { (void)timer, (void)ms, (void)opaque; }
static void poll_fd(int fd, void *opaque) { (void)fd, (void)opaque; }
static void notify(void *opaque) { (void)opaque; }

static const SlirpCb callbacks = {
    .send_packet = frame_to_guest, .guest_error = guest_error, .clock_get_ns = clock_ns, .timer_new = timer_new,
    .timer_free = timer_free, .timer_mod = timer_mod, .register_poll_fd = poll_fd, .unregister_poll_fd = poll_fd,
    .notify = notify,
};

/* libslirp's poll bits and poll's. */
static const struct { int slirp; short poll; } bits[] = {
    { SLIRP_POLL_IN, POLLIN }, { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI }, { SLIRP_POLL_ERR, POLLERR },
    { SLIRP_POLL_HUP, POLLHUP },
};

static int fd_add(int fd, int events, void *opaque)
{
    struct user *user = opaque;
    short wanted = 0;
    for (unsigned i = 0; i < ARRAY_LEN(bits); i++)
        if (events & bits[i].slirp) wanted |= bits[i].poll;
    user->watched++;
    return waiter_add(user->waiter, fd, wanted);
}

static int fd_events(int index, void *opaque)
{
    const struct user *user = opaque;
    short happened = waiter_events(user->waiter, index);
    int events = 0;
    for (unsigned i = 0; i < ARRAY_LEN(bits); i++)
        if (happened & bits[i].poll) events |= bits[i].slirp;
    return events;
}

/* ---- the network ---- */
static struct in_addr address_of(u32 given, u32 otherwise)
{
    return (struct in_addr){ htonl(given ? given : otherwise) };
}

static bool forward_claim(const struct netdev *netdev, const struct hostfwd *forward, struct error *why)
{
    char name[40], address[INET_ADDRSTRLEN];
    struct in_addr host = { htonl(forward->host) };
    snprintf(name, sizeof name, "%s:%s:%u", forward->udp ? "udp" : "tcp",
             inet_ntop(AF_INET, &host, address, sizeof address), forward->host_port);
    return host_claim(netdev->host, "port", name, HOST_EXCLUSIVE, netdev->owner, why);
}

static bool forward_add(struct user *user, const struct hostfwd *forward, struct in_addr guest, struct error *why)
{
    struct in_addr host = { htonl(forward->host) };
    if (forward->guest) guest.s_addr = htonl(forward->guest);
    if (!forward_claim(&user->netdev, forward, why)) return false;
    if (slirp_add_hostfwd(user->slirp, forward->udp, host, forward->host_port, guest, forward->guest_port) == 0) return true;
    return error_set(why, "hostfwd: %s port %u of the host cannot be had; choose another", forward->udp ? "UDP" : "TCP",
                     forward->host_port);
}

static void user_close(struct netdev *netdev)
{
    struct user *user = user_of(netdev);
    if (user->slirp) slirp_cleanup(user->slirp);
    user->slirp = NULL;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool user_open(struct netdev *netdev, struct error *why)
{
    struct user *user = user_of(netdev);
    const struct netdev_option *o = netdev->option;
    if (o->tftp && !is_folder(o->tftp)) return error_set(why, "-netdev user: tftp='%s' is no folder", o->tftp);
    const SlirpConfig config = {
        .version = 1, .restricted = o->restricted, .in_enabled = true, .vnetwork = { htonl(o->net) },
        .vnetmask = { htonl(o->mask) }, .vhost = address_of(o->host, o->net | HOST),
        .vnameserver = address_of(o->dns, o->net | DNS), .vdhcp_start = address_of(o->dhcp_start, o->net | FIRST_GUEST),
        .vhostname = o->hostname, .tftp_path = o->tftp, .bootfile = o->bootfile,
    };
    user->slirp = slirp_new(&config, &callbacks, user);
    if (!user->slirp) return error_set(why, "-netdev user: libslirp refuses these addresses; leave net= and its kin out");
    for (unsigned i = 0; i < o->forwards; i++)
        if (!forward_add(user, &o->forward[i], config.vdhcp_start, why)) {
            user_close(netdev);
            return false;
        }
    return true;
}

static void user_send(struct netdev *netdev, const u8 *frame, size_t length)
{
    slirp_input(user_of(netdev)->slirp, frame, (int)length);
}

static void user_watch(struct netdev *netdev, struct waiter *waiter)
{
    struct user *user = user_of(netdev);
    u32 ms = UINT32_MAX;
    user->waiter = waiter;
    user->watched = 0;
    slirp_pollfds_fill(user->slirp, &ms, fd_add, user);
    if (user->watched) waiter->limit_ns = MIN(waiter->limit_ns, (u64)ms * NS_PER_MS);
}

static void user_answer(struct netdev *netdev, const struct waiter *waiter)
{
    struct user *user = user_of(netdev);
    (void)waiter;
    slirp_pollfds_poll(user->slirp, 0, fd_events, user);
    user->waiter = NULL;
}

static bool user_awaits(const struct netdev *netdev)
{
    return container_of(netdev, const struct user, netdev)->watched > 0;
}

const struct netdev_class netdev_user = {
    .size = sizeof(struct user), .open = user_open, .send = user_send, .watch = user_watch, .answer = user_answer,
    .awaits = user_awaits, .close = user_close,
};

#else
static bool user_open(struct netdev *netdev, struct error *why)
{
    (void)netdev;
    return error_set(why, "this trap86 was built without libslirp, so there is no network 'user'; install libslirp-dev, "
                     "configure and make again");
}

const struct netdev_class netdev_user = { .size = sizeof(struct netdev), .open = user_open };
#endif
