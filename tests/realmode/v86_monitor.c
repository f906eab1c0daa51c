/* The V86 monitor's 32-bit half: instructions that trap at IOPL 0, with a virtual interrupt flag, and interrupts passed
 * on to the guest's own handlers. */
#include "tests/realmode/v86.h"

enum { GENERAL_PROTECTION = 13, MASTER = 0x50, SLAVE = 0x58, BIOS_MASTER = 8, BIOS_SLAVE = 0x70 };

u32 trapped[TRAPS], gave_up, gave_up_at;
static bool virtual_if;
static u32 pending;                         /* the vector of an interrupt that waits for the virtual flag; 0: none */

static u8 *linear(u32 segment, u32 offset)
{
    return (u8 *)(((segment & 0xFFFF) << 4) + (offset & 0xFFFF));
}

static void push16(struct frame *f, u32 value)
{
    f->esp = (f->esp - 2) & 0xFFFF;
    *(u16 *)linear(f->ss, f->esp) = (u16)value;
}

static u32 pop(struct frame *f, bool wide)
{
    u8 *at = linear(f->ss, f->esp);
    f->esp = (f->esp + (wide ? 4 : 2)) & 0xFFFF;
    return wide ? *(u32 *)at : *(u16 *)at;
}

static u32 flags_shown(const struct frame *f)
{
    return (f->eflags & ~(u32)(FLAG_IF | FLAG_IOPL | FLAG_VM)) | (virtual_if ? FLAG_IF : 0);
}

static void flags_take(struct frame *f, u32 flags, bool wide)
{
    u32 kept = wide ? 0 : f->eflags & 0xFFFC0000;
    f->eflags = (flags & ~(u32)FLAG_IOPL) | kept | FLAG_VM | FLAG_IF | 2;
    virtual_if = flags & FLAG_IF;
}

static void reflect(struct frame *f, u32 vector)
{
    const u16 *handler = (const u16 *)(vector * 4);
    push16(f, flags_shown(f));
    push16(f, f->cs);
    push16(f, f->eip);
    f->eip = handler[0];
    f->cs = handler[1];
    f->eflags &= ~(u32)FLAG_TF;
    virtual_if = false;
}

/* An interrupt that arrived while the guest's flag was clear. */
static void deliver(struct frame *f)
{
    if (!virtual_if || !pending) return;
    u32 vector = pending;
    pending = 0;
    trapped[TRAP_IRQ]++;
    reflect(f, vector);
}

static void wait_interrupt(void)
{
    while (!pending) __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static void push_flags(struct frame *f, bool wide)
{
    if (wide) push16(f, flags_shown(f) >> 16);
    push16(f, flags_shown(f));
}

static void interrupt_return(struct frame *f, bool wide)
{
    f->eip = pop(f, wide) & 0xFFFF;
    f->cs = pop(f, wide) & 0xFFFF;
    flags_take(f, pop(f, wide), wide);
}

/* One instruction that the processor would not do for its guest. False: it is none we know, or the last one. */
static bool emulate(struct frame *f)
{
    const u8 *code = linear(f->cs, f->eip);
    bool wide = code[0] == 0x66;
    u32 length = wide + 1;
    u8 opcode = code[wide];
    if (opcode == 0xCD) {
        if (code[wide + 1] == LEAVE_V86) return false;
        trapped[TRAP_INT]++;
        f->eip = (f->eip + length + 1) & 0xFFFF;
        reflect(f, code[wide + 1]);
        return true;
    }
    f->eip = (f->eip + length) & 0xFFFF;
    switch (opcode) {
    case 0xFA: trapped[TRAP_CLI]++;   virtual_if = false; return true;
    case 0xFB: trapped[TRAP_STI]++;   virtual_if = true; return true;
    case 0x9C: trapped[TRAP_PUSHF]++; push_flags(f, wide); return true;
    case 0x9D: trapped[TRAP_POPF]++;  flags_take(f, pop(f, wide), wide); return true;
    case 0xCF: trapped[TRAP_IRET]++;  interrupt_return(f, wide); return true;
    case 0xF4: trapped[TRAP_HLT]++;   wait_interrupt(); return true;
    }
    gave_up = 0x100 | opcode;
    return false;
}

bool monitor_trap(struct frame *f)
{
    bool slave = f->vector >= SLAVE;
    if (f->vector >= MASTER) pending = slave ? BIOS_SLAVE + f->vector - SLAVE : BIOS_MASTER + f->vector - MASTER;
    else if (f->vector != GENERAL_PROTECTION || !(f->eflags & FLAG_VM)) gave_up = f->vector + 1;
    else if (!emulate(f) && !gave_up) return true;
    if (gave_up) {
        gave_up_at = f->cs << 16 | (f->eip & 0xFFFF);
        return true;
    }
    if (f->eflags & FLAG_VM) deliver(f);
    return false;
}
