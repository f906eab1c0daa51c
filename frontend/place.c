/* Sockets that listen (place.h), for TCP and UNIX; POSIX.1-2017. */
#define _GNU_SOURCE
#include "frontend/place.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const struct sockaddr *address, socklen_t length)
{
    int on = 1, fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address, length) == 0 && listen(fd, 1) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool listen_unix(struct place *place, const char *option, const char *path, struct error *why)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    if (!*path || strlen(path) >= sizeof un.sun_path) return error_set(why, "-%s unix:%s: that is no path", option, path);
    strcpy(un.sun_path, path);
    place->fd = listen_at((struct sockaddr *)&un, sizeof un);
    if (place->fd < 0) return error_set(why, "-%s unix:%s: %s", option, path, strerror(errno));
    strcpy(place->path, path);
    return true;
}

static bool listen_tcp(struct place *place, const char *option, const char *text, struct error *why)
{
    char host[PLACE_BYTES];
    const char *colon = strrchr(text, ':');
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found;
    if (!colon || !colon[1]) return error_set(why, "-%s tcp:%s: that is no address; write tcp:[HOST]:PORT", option, text);
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    int bad = getaddrinfo(*host ? host : "127.0.0.1", colon + 1, &hints, &found);
    if (bad) return error_set(why, "-%s tcp:%s: %s", option, text, gai_strerror(bad));
    place->fd = listen_at(found->ai_addr, found->ai_addrlen);
    int error = errno;
    freeaddrinfo(found);
    return place->fd >= 0 || error_set(why, "-%s tcp:%s: %s; is another one running?", option, text, strerror(error));
}

/* Cuts the words behind the first comma off. */
static bool words_take(const char *option, char *text, struct error *why)
{
    static const char *const taken[] = { "server", "nowait", "server=on", "wait=off", "wait=no" };
    char *words = strchr(text, ',');
    if (!words) return true;
    *words++ = 0;
    for (char *rest = words, *word; (word = strsep(&rest, ",")); ) {
        bool known = false;
        for (unsigned i = 0; i < ARRAY_LEN(taken); i++) known |= strcmp(word, taken[i]) == 0;
        if (!known) return error_set(why, "-%s: '%s' is not for a place; there are server=on and wait=off", option, word);
    }
    return true;
}

bool place_listen(struct place *place, const char *option, const char *text, struct error *why)
{
    char kept[PLACE_BYTES];
    *place = (struct place){ .fd = -1 };
    if (strlen(text) >= sizeof kept) return error_set(why, "-%s: the place is too long", option);
    strcpy(kept, text);
    if (!words_take(option, kept, why)) return false;
    if (strncmp(kept, "tcp:", 4) == 0) return listen_tcp(place, option, kept + 4, why);
    if (strncmp(kept, "unix:", 5) == 0) return listen_unix(place, option, kept + 5, why);
    return error_set(why, "-%s %s: there are tcp:[HOST]:PORT, unix:PATH and stdio", option, kept);
}

int place_accept(const struct place *place)
{
    int on = 1, fd = accept4(place->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void place_close(struct place *place)
{
    if (place->fd < 0) return;
    close(place->fd);
    place->fd = -1;
    if (*place->path) unlink(place->path);
}
