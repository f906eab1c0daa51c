/* The 8042 keyboard controller of a PC with its keyboard and mouse. */
#ifndef DEVICES_I8042_H
#define DEVICES_I8042_H
#include "devices/device.h"
#include "devices/ps2.h"

enum { I8042_RAM = 32 };

struct i8042 {
    struct device       dev;
    struct ps2_mouse    mouse;
    struct ps2_keyboard keyboard;
    u8                  ram[I8042_RAM];   /* [0] is the command byte */
    u8                  status;
    u8                  output;           /* output buffer, read at port 60h */
    u8                  untranslated;     /* the byte of `output` as the device sent it */
    u8                  origin;           /* who filled it: enum i8042_origin */
    u8                  command;          /* command whose data byte is awaited; 0: none */
    u8                  port;             /* output port (P2) */
    bool                break_seen;       /* translation holds an F0h back */
    struct event        transfer;         /* the next byte from a device is in */
    struct event        repeat;           /* the key that is held is due again */
    struct line         irq1, irq12;
    struct line         a20;              /* level: A20 passes */
    unsigned            keyboard_source, mouse_source;   /* numbers of the input sources "keyboard", "mouse" */
};

extern const struct device_class i8042_class;
#endif
