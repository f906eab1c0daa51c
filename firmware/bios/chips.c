/* The chips of an AT, as programs expect them after power-on: 8259A, 8254, 8237A, port 61h. */
#include "firmware/bios/post.h"

static const struct { u16 port; u8 value; } writes[] = {
    { 0x20, 0x11 }, { 0x21, 0x08 }, { 0x21, 0x04 }, { 0x21, 0x01 },     /* 8259: vectors 08h.., slave on IRQ 2 */
    { 0xA0, 0x11 }, { 0xA1, 0x70 }, { 0xA1, 0x02 }, { 0xA1, 0x01 },     /* and 70h.. */
    { 0x21, 0xB8 }, { 0xA1, 0x8F },                                     /* on: 0 1 2 6, 12 13 14 */
    { 0x43, 0x36 }, { 0x40, 0x00 }, { 0x40, 0x00 },                     /* 8254: 18.2 Hz */
    { 0x43, 0x54 }, { 0x41, 0x12 },                                     /* refresh */
    { 0x43, 0xB6 }, { 0x42, 0x33 }, { 0x42, 0x05 },                     /* speaker: 896 Hz */
    { 0x61, 0x00 },                                                     /* and silent */
    { 0x0D, 0x00 }, { 0xDA, 0x00 },                                     /* 8237: master clear */
    { 0x08, 0x00 }, { 0xD0, 0x00 },                                     /* commands: on */
    { 0xD6, 0xC0 }, { 0xD4, 0x00 },                                     /* channel 4 cascades */
    { 0xF1, 0x00 },                                                     /* 387: reset */
};

/* The I/O APIC's id, as the board's MADT and MP table have it; where there is none, nobody takes the writes. */
static void ioapic_init(void)
{
    enum { SELECT_ID = 0, ID = 1 << 24 };
    put32(0xFEC00000, SELECT_ID);
    put32(0xFEC00010, ID);
}

void chips_init(void)
{
    ioapic_init();
    for (u32 i = 0; i < sizeof writes / sizeof writes[0]; i++) outb(writes[i].port, writes[i].value);
}
