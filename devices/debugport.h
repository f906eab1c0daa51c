/* Ports that only tell: POST codes and debug consoles. */
#ifndef DEVICES_DEBUGPORT_H
#define DEVICES_DEBUGPORT_H
#include "devices/device.h"
#include "devices/backend.h"

enum { DEBUGPORT_CONSOLES = 4, DEBUGPORT_CODES = 2, DEBUGPORT_BOCHS = 0xE9, DEBUGPORT_SEABIOS = 0x402 };

struct debugport_console { u16 port; struct byte_sink sink; };

struct debugport {
    struct device            dev;
    u8                       code[DEBUGPORT_CODES];          /* last POST code on 80h and on 190h */
    struct debugport_console console[DEBUGPORT_CONSOLES];
    unsigned                 consoles;
};

extern const struct device_class debugport_class;

/* Adds a console on a port; before attach. False if there are too many. Without any, the console ports are empty. */
bool debugport_console_add(struct debugport *debugport, u16 port, struct byte_sink sink);
#endif
