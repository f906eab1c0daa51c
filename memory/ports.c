/* The port space (memory/ports.h). Alignment is that of the port number, as on the bus. An access past port FFFFh
 * goes on at port 0; the Pentium manual leaves that open. */
#include "memory/ports.h"
#include "memory/bus.h"
#include <string.h>

void ports_init(struct ports *ports, struct log *log)
{
    memset(ports, 0, sizeof(*ports));
    ports->log = log;
}

/* The index of a free slot, or of one past the end of the table if there is none. */
static unsigned slot_find(const struct ports *ports)
{
    unsigned slot = 0;
    while (slot < ports->claims && ports->claim[slot].count)
        slot++;
    return slot;
}

bool ports_claim(struct ports *ports, u16 base, u32 count, const struct region_ops *ops, void *self, const char *name,
                 struct error *why)
{
    if (count == 0 || count > 0x10000u - base)
        return error_set(why, "%s cannot have %u ports from %#x: the port space ends at 0xffff", name, count, base);
    for (u32 port = base; port < base + count; port++)
        if (ports->owner[port])
            return error_set(why, "port %#x, wanted by %s, belongs to %s; give one of them another base", port, name,
                             ports->claim[ports->owner[port] - 1].name);
    unsigned slot = slot_find(ports);
    if (slot == ARRAY_LEN(ports->claim))
        return error_set(why, "no room for the ports of %s: %u chips have claimed ports; leave a device out", name,
                         slot);
    ports->claims = MAX(ports->claims, slot + 1);
    ports->claim[slot] = (struct port_claim){ ops, self, name, base, count };
    memset(ports->owner + base, (int)slot + 1, count);
    return true;
}

void ports_release(struct ports *ports, u16 base)
{
    unsigned owner = ports->owner[base];
    if (owner == 0 || ports->claim[owner - 1].base != base)
        return;
    struct port_claim *claim = &ports->claim[owner - 1];
    memset(ports->owner + base, 0, claim->count);
    *claim = (struct port_claim){ 0 };
}

/* The claim that holds all of an access, or NULL. */
static const struct port_claim *claim_of(const struct ports *ports, u16 port, unsigned width)
{
    unsigned owner = ports->owner[port];
    if (owner == 0)
        return NULL;
    const struct port_claim *claim = &ports->claim[owner - 1];
    return (u32)port - claim->base + width <= claim->count ? claim : NULL;
}

static bool access_is_plain(const struct port_claim *claim, u16 port, unsigned width)
{
    return claim && (claim->ops->widths & width) && !(port & (width - 1));
}

static __attribute__((noinline)) void access_log_lines(const struct ports *ports, const char *what, u16 port, u32 value,
                                                       unsigned width)
{
    unsigned owner = ports->owner[port];
    if (!owner)
        LOG(ports->log, LOG_UNIMP, "port %s %#06x: nobody there, %u bytes, value %#x", what, port, width, value);
    LOG(ports->log, LOG_IOPORT, "port %s %#06x (%s) %u bytes: %#x", what, port,
        owner ? ports->claim[owner - 1].name : "nobody", width, value);
}

static inline void access_log(const struct ports *ports, const char *what, u16 port, u32 value, unsigned width)
{
    if (ports->log && unlikely(ports->log->mask & (1u << LOG_IOPORT | 1u << LOG_UNIMP)))
        access_log_lines(ports, what, port, value, width);
}

static u32 read_split(const struct ports *ports, u16 port, unsigned width)
{
    u32 value = 0;
    for (unsigned done = 0, piece; done < width; done += piece) {
        u16 at = (u16)(port + done);
        piece = bus_piece(at, width - done);
        const struct port_claim *claim = claim_of(ports, at, piece);
        if (!claim)
            claim = claim_of(ports, at, piece = 1);
        u32 part = claim ? bus_read(claim->ops, claim->self, at - claim->base, piece) : bus_ones(piece);
        value |= part << 8 * done;
    }
    return value;
}

static void write_split(const struct ports *ports, u16 port, u32 value, unsigned width)
{
    for (unsigned done = 0, piece; done < width; done += piece) {
        u16 at = (u16)(port + done);
        piece = bus_piece(at, width - done);
        const struct port_claim *claim = claim_of(ports, at, piece);
        if (!claim)
            claim = claim_of(ports, at, piece = 1);
        if (claim)
            bus_write(claim->ops, claim->self, at - claim->base, value >> 8 * done & bus_ones(piece), piece);
    }
}

u32 ports_read(struct ports *ports, u16 port, unsigned width)
{
    const struct port_claim *claim = claim_of(ports, port, width);
    u32 value;
    if (likely(access_is_plain(claim, port, width) && claim->ops->read))
        value = claim->ops->read(claim->self, port - claim->base, width) & bus_ones(width);
    else
        value = read_split(ports, port, width);
    access_log(ports, "read", port, value, width);
    return value;
}

void ports_write(struct ports *ports, u16 port, u32 value, unsigned width)
{
    const struct port_claim *claim = claim_of(ports, port, width);
    value &= bus_ones(width);
    /* Logged first: the write may stop the machine, reset it, or give the port back. */
    access_log(ports, "write", port, value, width);
    if (likely(access_is_plain(claim, port, width) && claim->ops->write))
        claim->ops->write(claim->self, port - claim->base, value, width);
    else
        write_split(ports, port, value, width);
}
