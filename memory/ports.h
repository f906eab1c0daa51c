/* The 64 KiB port space. The bus splits widths and merges; a chip sees only accesses it declared. */
#ifndef MEMORY_PORTS_H
#define MEMORY_PORTS_H
#include "memory/memory.h"
#include "core/log.h"

struct port_claim { const struct region_ops *ops; void *self; const char *name; u16 base; u32 count; };

struct ports {
    struct port_claim  claim[128];
    unsigned           claims;
    u8                 owner[65536];            /* index into claim + 1; 0: nobody */
    struct log        *log;
};

void ports_init(struct ports *ports, struct log *log);
/* Claims [base, base + count) for a chip; refused if any of it is taken. Offsets handed to ops count from base. */
bool ports_claim(struct ports *ports, u16 base, u32 count, const struct region_ops *ops, void *self, const char *name, struct error *why);
/* Gives a claimed range back (BAR moves). */
void ports_release(struct ports *ports, u16 base);
/* width 1, 2 or 4. Nobody there: all ones. Accesses that cross into another chip's range are split by byte. */
u32  ports_read(struct ports *ports, u16 port, unsigned width);
void ports_write(struct ports *ports, u16 port, u32 value, unsigned width);
#endif
