/* -netdev socket: a wire to another trap86, or to QEMU, through a stream: TCP or a Unix socket. Each frame goes with its
 * length before it, 32 bits, most significant byte first, as QEMU sends them.
 *
 * listen= takes one peer at a time and waits for the next when it is gone; connect= must find its peer. A peer that sends
 * a length no frame has is told off and dropped. While the guest's queue is full nothing is read, so the peer waits; what
 * the guest sends to a peer that does not read is lost when the buffer is full, whole frames at a time. */
#define _GNU_SOURCE
#include "frontend/net.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LENGTH_BYTES = 4, IN_BYTES = LENGTH_BYTES + NET_FRAME_MAX, OUT_BYTES = 1 << 18, CONNECT_MS = 10000 };

struct stream {
    struct netdev netdev;
    int           listener, peer;            /* descriptors; -1: none */
    int           listener_index, peer_index;
    u8            in[IN_BYTES];
    u32           in_count;
    u8            out[OUT_BYTES];
    u32           out_count;
};

struct wire_end { struct sockaddr_storage address; socklen_t length; int family; };

static struct stream *stream_of(struct netdev *netdev) { return container_of(netdev, struct stream, netdev); }

/* ---- addresses ---- */
static bool place_unix(struct wire_end *place, const char *path, const char *text, struct error *why)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&place->address;
    if (!*path || strlen(path) >= sizeof un->sun_path) return error_set(why, "-netdev socket: '%s' is no path", text);
    un->sun_family = AF_UNIX;
    strcpy(un->sun_path, path);
    place->length = sizeof *un;
    place->family = AF_UNIX;
    return true;
}

/* "[ADDRESS]:PORT" or "unix:PATH". */
static bool place_parse(struct wire_end *place, const char *text, bool listens, struct error *why)
{
    char host[256];
    const char *colon = strrchr(text, ':');
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
    *place = (struct wire_end){ .length = 0 };
    if (strncmp(text, "unix:", 5) == 0) return place_unix(place, text + 5, text, why);
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return error_set(why, "-netdev socket: '%s' is no address; write ADDRESS:PORT or unix:PATH", text);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    const char *otherwise = listens ? "0.0.0.0" : "127.0.0.1";
    int bad = getaddrinfo(*host ? host : otherwise, colon + 1, &hints, &found);
    if (bad) return error_set(why, "-netdev socket: '%s': %s", text, gai_strerror(bad));
    memcpy(&place->address, found->ai_addr, found->ai_addrlen);
    place->length = found->ai_addrlen;
    place->family = AF_INET;
    freeaddrinfo(found);
    return true;
}

/* ---- connections ---- */
static void peer_take(struct stream *s, int fd)
{
    int on = 1;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    s->peer = fd;
    s->in_count = s->out_count = 0;
}

static void peer_drop(struct stream *s)
{
    if (s->peer >= 0) close(s->peer);
    s->peer = -1;
    s->peer_index = -1;
}

static bool socket_listen(struct stream *s, const char *text, struct error *why)
{
    struct wire_end place;
    int on = 1;
    if (!place_parse(&place, text, true, why)) return false;
    if (!host_claim(s->netdev.host, "socket", text, HOST_EXCLUSIVE, s->netdev.owner, why)) return false;
    s->listener = socket(place.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (s->listener >= 0 && bind(s->listener, (struct sockaddr *)&place.address, place.length) == 0
        && listen(s->listener, 1) == 0)
        return true;
    error_set(why, "-netdev socket: cannot listen at '%s': %s", text, strerror(errno));
    if (s->listener >= 0) close(s->listener);
    return false;
}

/* Connects within CONNECT_MS; errno tells why not. */
static bool connect_within(int fd, const struct wire_end *place)
{
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    int error = 0;
    socklen_t length = sizeof error;
    if (connect(fd, (const struct sockaddr *)&place->address, place->length) == 0) return true;
    if (errno != EINPROGRESS) return false;
    if (poll(&wait, 1, CONNECT_MS) != 1) error = ETIMEDOUT;
    else getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    return error == 0;
}

static bool socket_connect(struct stream *s, const char *text, struct error *why)
{
    struct wire_end place;
    if (!place_parse(&place, text, false, why)) return false;
    int fd = socket(place.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect_within(fd, &place)) {
        peer_take(s, fd);
        return true;
    }
    error_set(why, "-netdev socket: cannot connect to '%s': %s; start the one that listens first", text, strerror(errno));
    if (fd >= 0) close(fd);
    return false;
}

static bool stream_open(struct netdev *netdev, struct error *why)
{
    struct stream *s = stream_of(netdev);
    const struct netdev_option *o = netdev->option;
    s->listener = s->peer = s->listener_index = s->peer_index = -1;
    return o->listen ? socket_listen(s, o->listen, why) : socket_connect(s, o->connect, why);
}

static void stream_close(struct netdev *netdev)
{
    struct stream *s = stream_of(netdev);
    const char *place = netdev->option->listen;
    peer_drop(s);
    if (s->listener < 0) return;
    close(s->listener);
    if (strncmp(place, "unix:", 5) == 0) unlink(place + 5);
}

/* ---- frames ---- */
static void out_flush(struct stream *s)
{
    if (s->peer < 0 || s->out_count == 0) return;
    ssize_t sent = send(s->peer, s->out, s->out_count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) peer_drop(s);
    if (sent <= 0) return;
    s->out_count -= (u32)sent;
    memmove(s->out, s->out + sent, s->out_count);
}

static void stream_send(struct netdev *netdev, const u8 *frame, size_t length)
{
    struct stream *s = stream_of(netdev);
    const u8 head[LENGTH_BYTES] = { 0, 0, (u8)(length >> 8), (u8)length };
    if (s->peer < 0 || s->out_count + LENGTH_BYTES + length > OUT_BYTES) return;
    memcpy(s->out + s->out_count, head, LENGTH_BYTES);
    memcpy(s->out + s->out_count + LENGTH_BYTES, frame, length);
    s->out_count += (u32)(LENGTH_BYTES + length);
    out_flush(s);
}

static u32 frame_length(const u8 *at)
{
    return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

/* Hands over the whole frames that have come, as many as the guest's queue takes. False: the peer has lost its way. */
static bool frames_take(struct stream *s)
{
    u32 at = 0;
    while (s->in_count - at >= LENGTH_BYTES && netdev_has_room(&s->netdev)) {
        u32 length = frame_length(s->in + at);
        if (length > NET_FRAME_MAX) {
            fprintf(stderr, "trap86: -netdev socket: the peer announced a frame of %u bytes; it is disconnected\n", length);
            return false;
        }
        if (s->in_count - at < LENGTH_BYTES + length) break;
        netdev_deliver(&s->netdev, s->in + at + LENGTH_BYTES, length);
        at += LENGTH_BYTES + length;
    }
    s->in_count -= at;
    memmove(s->in, s->in + at, s->in_count);
    return true;
}

/* Reads as long as something is there and the guest's queue takes it. While the queue has room, what is left in the buffer
 * is less than a frame, so there is always room to read. */
static void in_read(struct stream *s)
{
    while (s->peer >= 0) {
        if (!frames_take(s)) {
            peer_drop(s);
            return;
        }
        if (!netdev_has_room(&s->netdev)) return;
        ssize_t got = recv(s->peer, s->in + s->in_count, IN_BYTES - s->in_count, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got > 0) s->in_count += (u32)got;
        else peer_drop(s);
    }
}

static void stream_watch(struct netdev *netdev, struct waiter *waiter)
{
    struct stream *s = stream_of(netdev);
    short events = (netdev_has_room(netdev) ? POLLIN : 0) | (s->out_count ? POLLOUT : 0);
    s->listener_index = s->listener >= 0 && s->peer < 0 ? waiter_add(waiter, s->listener, POLLIN) : -1;
    s->peer_index = s->peer >= 0 && events ? waiter_add(waiter, s->peer, events) : -1;
}

static void stream_answer(struct netdev *netdev, const struct waiter *waiter)
{
    struct stream *s = stream_of(netdev);
    short events = waiter_events(waiter, s->peer_index);
    if (waiter_events(waiter, s->listener_index)) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) peer_take(s, fd);
    }
    if (events & POLLOUT) out_flush(s);
    if ((events & (POLLIN | POLLHUP | POLLERR)) || s->in_count) in_read(s);
}

static bool stream_awaits(const struct netdev *netdev)
{
    const struct stream *s = container_of(netdev, const struct stream, netdev);
    return s->peer >= 0 || s->listener >= 0;
}

const struct netdev_class netdev_socket = {
    .size = sizeof(struct stream), .open = stream_open, .send = stream_send, .watch = stream_watch,
    .answer = stream_answer, .awaits = stream_awaits, .close = stream_close,
};
