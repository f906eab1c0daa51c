/* The 16-bit half of power-on: what services need before anything can be booted. */
#include "firmware/bios/services.h"

struct shared shared __attribute__((section(".shared")));

void post16(void)
{
    shared.stack_free = STACK_TOP - STACK_PIECE;
    outb(PORT_POST, 0x40);
    time_init();
    keyboard_init();
    serial_init();
    outb(PORT_POST, 0x41);
    ide_detect();
    bda_put8(BDA_DISKS, disk_count);
    disk_tables_make();
    floppy_detect();
    print("trap86 BIOS\n");
    sti();
    outb(PORT_POST, 0x4F);
}
