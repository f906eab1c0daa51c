/* What every chip is: a class (name, size, state rows, attach, reset) and an instance on a board.
 * A chip sees its ports, memory regions, lines and events; never the CPU, never host time, never a file descriptor. */
#ifndef DEVICES_DEVICE_H
#define DEVICES_DEVICE_H
#include "core/types.h"
#include "core/error.h"
#include "core/log.h"
#include "core/clock.h"
#include "core/line.h"
#include "core/state.h"
#include "core/input.h"
#include "memory/memory.h"
#include "memory/ports.h"

/* Why a machine stops or resets; asked for by chips, carried out by the board between two instructions. */
enum power_request { POWER_OFF, POWER_RESET, POWER_INIT /* of the processor alone */, POWER_DEBUG_EXIT };
struct power { void (*request)(void *self, enum power_request what, u32 value); void *self; };

struct board {                       /* what the machine hands to each chip at attach */
    struct clock  *clock;
    struct memory *memory;
    struct ports  *ports;
    struct log    *log;
    struct input  *input;
    struct power   power;
};

enum reset_kind { RESET_COLD, RESET_WARM };

struct device;
struct device_class {
    const char         *name;
    size_t              size;
    const struct field *fields;                       /* everything that survives a snapshot; may be NULL */
    bool (*attach)(struct device *, struct error *);  /* claims ports, regions, events; dev->board is set */
    void (*reset)(struct device *, enum reset_kind);
    void (*restored)(struct device *);                /* may be NULL */
    void (*detach)(struct device *);                  /* may be NULL: frees what attach allocated */
    u32                 version;                      /* of the rows: see struct component */
};
struct device {
    const struct device_class *class;
    struct board              *board;
    struct device             *next;
    char                       tag[16];               /* "uart0" */
};
#endif
