/* The PS/2 mouse: INT 15h AH=C2h and IRQ 12 (INT 74h). */
#include "firmware/bios/services.h"

void mouse_service(struct regs *r) { result(r, 3); }

void mouse_interrupt(struct regs *r)
{
    (void)r;
    if (inb(0x64) & 0x20) (void)inb(0x60);
    outb(0xA0, 0x20);
    outb(0x20, 0x20);
}
