/* A V86 monitor at work: its guest, this program itself, calls the BIOS for text, graphics, the disk and the keyboard from
 * V86 mode, with interrupts on, and executes instructions whose count is known. */
#include "tests/realmode/realmode.h"
#include "tests/realmode/v86.h"

enum { SECTOR = 0x3000, OWN_VECTOR = 0x61 };

static u32 before[TRAPS], services_wrong;

/* All that trap, with the interrupt controllers masked so that nobody else's are counted. */
static void instructions(void)
{
    u8 mask = inb(0x21), slave_mask = inb(0xA1);
    outb(0x21, 0xFF);
    outb(0xA1, 0xFF);
    for (unsigned i = 0; i < TRAPS; i++) before[i] = trapped[i];
    __asm__ volatile("cli\n\tsti\n\tcli\n\tsti\n\tpushfw\n\tpopfw\n\tpushfl\n\tpopfl\n\tpushfw\n\tpopfw\n\tint $0x61"
                     : : : "memory");
    for (unsigned i = 0; i < TRAPS; i++) before[i] = trapped[i] - before[i];
    outb(0x21, mask);
    outb(0xA1, slave_mask);
}

extern u8 own_handler[];                    /* v86_enter.S */

static void disk(void)
{
    struct registers r = { .eax = 0x0201, .ecx = 1, .edx = boot_drive, .es = SECTOR };
    call_interrupt(&r, 0x13);
    print("INT 13h: sector 0 %s, signature %4x\n", r.flags & CARRY ? "failed" : "read", far_read16(SECTOR, 510));
}

/* Services that must work in V86 mode as they do in real mode: what each is called with, and the carry flag it leaves. The
 * block move is not among them: it needs protected mode. */
static void services(void)
{
    static const struct { u16 number, ax, dx; bool carry; } calls[] = {
        { 0x11, 0, 0, false }, { 0x12, 0, 0, false }, { 0x13, 0x0800, 0x80, false }, { 0x13, 0x1500, 0x80, false },
        { 0x13, 0x0000, 0x80, false }, { 0x13, 0x0201, 0x8F, true },
        { 0x15, 0x8800, 0, false }, { 0x15, 0xC000, 0, false }, { 0x15, 0x2403, 0, false }, { 0x15, 0x7700, 0, true },
        { 0x16, 0x0200, 0, false }, { 0x1A, 0x0000, 0, false }, { 0x1A, 0x0200, 0, false },
        { 0x1A, 0xB101, 0, false },
    };
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct registers r = { .eax = calls[i].ax, .edx = calls[i].dx };
        call_interrupt(&r, calls[i].number);
        if (!!(r.flags & CARRY) != calls[i].carry) services_wrong |= 1u << i;
    }
}

/* Until the BIOS's timer interrupt, which has to come through the monitor, has counted on. */
static void ticks(void)
{
    u32 start = far_read32(0x40, 0x6C), polls = 0;
    while (far_read32(0x40, 0x6C) == start && ++polls < 100000000);
    print("IRQ 0: %s\n", polls < 100000000 && trapped[TRAP_IRQ] ? "the clock ticks" : "no ticks");
}

static bool protected_mode(void)
{
    u16 word;
    __asm__ volatile("smsw %0" : "=r"(word));
    return word & 1;
}

void guest(void)
{
    static const char *const names[TRAPS - 2] = { "CLI", "STI", "PUSHF", "POPF", "INT", "IRET" };
    __asm__ volatile("sti");
    video(3, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    print("INT 10h: this is written from V86 mode; CR0.PE is %u\n", protected_mode());
    disk();
    services();
    ticks();
    instructions();
    print("Instructions that trapped:\n");
    for (unsigned i = 0; i < TRAPS - 2; i++) print("  %s %u\n", names[i], before[i]);
    print("INT 16h: press a key\n");
    report("screen asks\n");
    print("It was %4x\n", key_wait());
    screen_done("text");
    video(0x13, 0, 0, 0, NULL);
    print("V86 mode 13h");
    for (u16 y = 16; y < 200; y++)
        for (u16 x = 0; x < 320; x++) far_write8(0xA000, (u16)(y * 320 + x), (u8)(x ^ y));
    screen_done("picture");
}

void program(void)
{
    far_write32(0, OWN_VECTOR * 4, (u32)own_handler);
    v86_run();
    video(3, 0, 0, 0, NULL);
    video(0x0100, 0, 0x2000, 0, NULL);
    if (gave_up) print("The monitor gave up: %x at %x\n", gave_up, gave_up_at);
    print("Back in real mode; CR0.PE is %u\n", protected_mode());
    report("gave up %x at %x, services wrong %x\n", gave_up, gave_up_at, services_wrong);
    screen_done("back");
    finish(gave_up != 0);
}
