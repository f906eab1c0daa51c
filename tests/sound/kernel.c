/* Plays, a fifth of a second each, with as much silence between them: 1000 Hz by the speaker, 500 Hz by the Sound
 * Blaster's 16-bit DMA, 440 Hz by its FM synthesizer, 600 Hz by the AC'97. Then prints a line, reads a sector of the
 * floppy by DMA and prints it. Time is that of the chips themselves: nothing here counts instructions. */
typedef unsigned char  u8;
typedef unsigned short u16;
typedef unsigned int   u32;

enum { BUFFER = 0x40000, LIST = 0x50000, SECTOR = 0x60000, FIFTH_TICKS = 1193182 / 5 };

static void out8(u16 port, u8 value)   { __asm__ volatile ("outb %0, %1" :: "a"(value), "Nd"(port)); }
static void out16(u16 port, u16 value) { __asm__ volatile ("outw %0, %1" :: "a"(value), "Nd"(port)); }
static void out32(u16 port, u32 value) { __asm__ volatile ("outl %0, %1" :: "a"(value), "Nd"(port)); }
static u8 in8(u16 port)   { u8 v;  __asm__ volatile ("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static u16 in16(u16 port) { u16 v; __asm__ volatile ("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static u32 in32(u16 port) { u32 v; __asm__ volatile ("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }

static void print(char c)
{
    while (!(in8(0x379) & 0x80)) {}
    out8(0x378, (u8)c);
    out8(0x37A, 0x0D);
    out8(0x37A, 0x0C);
}

static void print_text(const char *text)
{
    while (*text) print(*text++);
}

static void fail(const char *what)
{
    print_text(what);
    out8(0x501, 1);
}

static u16 counter0(void)
{
    out8(0x43, 0x00);
    u8 low = in8(0x40);
    return (u16)(low | in8(0x40) << 8);
}

/* Counter 0 counts down by one and wraps at 65536. */
static void wait_fifth(void)
{
    u32 passed = 0;
    for (u16 last = counter0(); passed < FIFTH_TICKS;) {
        u16 now = counter0();
        passed += (u16)(last - now);
        last = now;
    }
}

static void speaker(void)
{
    out8(0x43, 0xB6);
    out8(0x42, 1193 & 0xFF);
    out8(0x42, 1193 >> 8);
    out8(0x61, 3);
    wait_fifth();
    out8(0x61, 0);
}

/* A square wave of stereo words. */
static void square(u32 frames, u32 period)
{
    u32 *at = (u32 *)BUFFER;
    for (u32 i = 0; i < frames; i++) at[i] = i % period < period / 2 ? 0x20002000 : 0xE000E000;
}

static void dsp(u8 byte)
{
    while (in8(0x22C) & 0x80) {}
    out8(0x22C, byte);
}

static void mixer(u8 index, u8 value)
{
    out8(0x224, index);
    out8(0x225, value);
}

static void sb16(void)
{
    enum { FRAMES = 4410, WORDS = 2 * FRAMES };
    out8(0x226, 1);
    out8(0x226, 0);
    if (in8(0x22A) != 0xAA) fail("no DSP\n");
    mixer(0x30, 0xF8), mixer(0x31, 0xF8), mixer(0x32, 0xF8), mixer(0x33, 0xF8);
    square(FRAMES, 44);                                     /* 22000 Hz / 44 */
    out8(0xD8, 0);
    out8(0xD6, 0x49);
    out8(0xC4, (u8)(BUFFER >> 1)), out8(0xC4, (u8)(BUFFER >> 9));
    out8(0xC6, (u8)(WORDS - 1)), out8(0xC6, (WORDS - 1) >> 8);
    out8(0x8B, BUFFER >> 16);
    out8(0xD4, 1);
    dsp(0x41), dsp(22000 >> 8), dsp(22000 & 0xFF);
    dsp(0xB0), dsp(0x30), dsp((u8)(WORDS - 1)), dsp((WORDS - 1) >> 8);
    out8(0x224, 0x82);
    while (!(in8(0x225) & 2)) {}
    in8(0x22F);
    if (!(in8(0xD0) & 2)) fail("no TC\n");
}

static void fm_reg(u8 index, u8 value)
{
    out8(0x388, index);
    out8(0x389, value);
}

static void fm(void)
{
    static const u8 writes[][2] = {
        { 0x01, 0x20 }, { 0x40, 0x3F }, { 0x60, 0xF0 }, { 0x80, 0x0F }, { 0x23, 0x21 }, { 0x43, 0x00 }, { 0x63, 0xF0 },
        { 0x83, 0x0F }, { 0xC0, 0x01 }, { 0xA0, 580 & 0xFF }, { 0xB0, 0x20 | 4 << 2 | 580 >> 8 },
    };
    mixer(0x34, 0xF8), mixer(0x35, 0xF8);
    for (u32 i = 0; i < sizeof writes / 2; i++) fm_reg(writes[i][0], writes[i][1]);
    wait_fifth();
    fm_reg(0x83, 0xFF);
    fm_reg(0xB0, 0);
}

static u32 pci_read(u32 offset)
{
    out32(0xCF8, 0x80002000 | offset);
    return in32(0xCFC);
}

static void ac97(void)
{
    enum { FRAMES = 9600 };
    if (pci_read(0) != 0x24158086) fail("no AC'97\n");
    u16 nam = pci_read(0x10) & 0xFFFE, nabm = pci_read(0x14) & 0xFFFE;
    out32(nabm + 0x2C, 2);
    out16(nam + 0x02, 0);
    out16(nam + 0x18, 0x0808);
    square(FRAMES, 80);                                     /* 48000 Hz / 80 */
    ((u32 *)LIST)[0] = BUFFER;
    ((u32 *)LIST)[1] = 2 * FRAMES;
    out32(nabm + 0x10, LIST);
    out8(nabm + 0x15, 0);
    out8(nabm + 0x1B, 1);
    while (!(in16(nabm + 0x16) & 4)) {}
}

static void fifo(u8 byte)
{
    while ((in8(0x3F4) & 0xC0) != 0x80) {}
    out8(0x3F5, byte);
}

static u8 result(void)
{
    while ((in8(0x3F4) & 0xC0) != 0xC0) {}
    return in8(0x3F5);
}

static void floppy(void)
{
    static const u8 read[] = { 0x46, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF };
    out8(0x3F2, 0);
    out8(0x3F2, 0x1C);
    while (!(in8(0x3F4) & 0x80)) {}
    for (u32 i = 0; i < 4; i++) fifo(0x08), result(), result();
    out8(0x3F7, 0);
    fifo(0x03), fifo(0xAF), fifo(0x02);
    fifo(0x13), fifo(0), fifo(0x57), fifo(0);
    out8(0x0C, 0);
    out8(0x0B, 0x46);
    out8(0x04, (u8)SECTOR), out8(0x04, (u8)(SECTOR >> 8));
    out8(0x05, 0xFF), out8(0x05, 0x01);
    out8(0x81, SECTOR >> 16);
    out8(0x0A, 2);
    for (u32 i = 0; i < sizeof read; i++) fifo(read[i]);
    if (result() & 0xC0) fail("floppy error\n");
    for (u32 i = 0; i < 6; i++) result();
    print_text((const char *)SECTOR);
}

void kernel(void)
{
    out8(0x43, 0x34);
    out8(0x40, 0), out8(0x40, 0);
    static void (*const parts[])(void) = { speaker, sb16, fm, ac97 };
    for (u32 i = 0; i < 4; i++) {
        parts[i]();
        wait_fifth();
    }
    print_text("printed\n");
    floppy();
    out8(0x501, 0);
}
