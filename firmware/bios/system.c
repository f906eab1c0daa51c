/* INT 15h: memory, A20, block moves, waiting, configuration. Mouse and power management have files of their own. */
#include "firmware/bios/services.h"

enum { UNSUPPORTED = 0x86, SMAP = 0x534D4150, PORT_A = 0x92, A20 = 2 };

extern const u8 configuration_table[];

/* blockmove.S: `words` words between flat addresses, by way of protected mode. */
void block_copy(u32 to, u32 from, u32 words);

/* ---- memory ---- */
static void map_row(struct regs *r)
{
    if (r->edx != SMAP || r->ebx >= shared.maps || r->ecx < 20) {
        r->ah = UNSUPPORTED;
        carry(r, 1);
        return;
    }
    copy_linear(linear_of(r->es, r->di), linear_here(&shared.map[r->ebx]), 20);
    r->eax = SMAP;
    r->ecx = 20;
    r->ebx = r->ebx + 1 < shared.maps ? r->ebx + 1 : 0;
    carry(r, 0);
}

static u32 kib_above_1m(void) { return shared.ram_top > 0x100000 ? (shared.ram_top - 0x100000) >> 10 : 0; }

static void sizes_two(struct regs *r)
{
    u32 kib = kib_above_1m(), low = kib < 15 * 1024 ? kib : 15 * 1024;
    r->ax = r->cx = (u16)low;
    r->bx = r->dx = (u16)((kib - low) / 64);
    carry(r, 0);
}

/* In KiB, in registers of 32 bits. */
static void sizes_two_wide(struct regs *r)
{
    u32 kib = kib_above_1m(), low = kib < 15 * 1024 ? kib : 15 * 1024;
    r->eax = r->ecx = low;
    r->ebx = r->edx = (kib - low) / 64;
    carry(r, 0);
}

static void memory_map(struct regs *r)
{
    switch (r->al) {
    case 0x01: sizes_two(r); break;
    case 0x20: map_row(r); break;
    case 0x81: sizes_two_wide(r); break;
    default:   result(r, UNSUPPORTED);
    }
}

static void size_get(struct regs *r)
{
    u32 kib = kib_above_1m();
    r->ax = (u16)(kib < 63 * 1024 ? kib : 63 * 1024);
    carry(r, 0);
}

void memory_size(struct regs *r) { r->ax = bda16(BDA_MEMORY); }
void equipment_list(struct regs *r) { r->ax = bda16(BDA_EQUIPMENT); }

static void a20(struct regs *r)
{
    u8 port = inb(PORT_A) & 0xFE;
    result(r, 0);
    switch (r->al) {
    case 0: outb(PORT_A, port & ~A20); break;
    case 1: outb(PORT_A, port | A20); break;
    case 2: r->al = (port & A20) != 0; break;
    case 3: r->bx = 3; break;                /* both the keyboard controller and port 92h */
    default: result(r, UNSUPPORTED);
    }
}

/* ---- block move ---- */
static u32 descriptor_base(u16 segment, u16 offset)
{
    return (far32(segment, offset + 2u) & 0xFFFFFF) | (u32)far8(segment, offset + 7u) << 24;
}

static u32 descriptor_limit(u16 segment, u16 offset) { return far16(segment, offset); }

static int virtual_8086(void)
{
    u32 msw;
    __asm__ volatile("smsw %0" : "=r"(msw));
    return msw & 1;
}

/* ES:SI has six descriptors, of which the third is the source and the fourth the destination. A monitor that keeps us
 * in V86 mode has a block move of its own. */
static void block_move(struct regs *r)
{
    u16 source = (u16)(r->si + 0x10), target = (u16)(r->si + 0x18);
    u32 words = r->cx, last = words * 2 - 1;
    u8 port = inb(PORT_A) & 0xFE;
    if (virtual_8086() || words > 0x8000) {
        result(r, 3);
        return;
    }
    if (words && (descriptor_limit(r->es, source) < last || descriptor_limit(r->es, target) < last)) {
        result(r, 2);
        return;
    }
    outb(PORT_A, port | A20);
    block_copy(descriptor_base(r->es, target), descriptor_base(r->es, source), words);
    outb(PORT_A, port);
    result(r, 0);
    r->flags |= FLAG_ZF;
}

/* ---- waiting: the clock's periodic interrupt, 1024 a second (INT 70h in time.c) ---- */
static void wait_begin(u16 segment, u16 offset, u32 us)
{
    far_put16(BDA_SEG, BDA_WAIT_FLAG, offset);
    far_put16(BDA_SEG, BDA_WAIT_FLAG + 2, segment);
    bda_put32(BDA_WAIT_COUNT, us);
    bda_put8(BDA_WAITING, 1);
    outb(0xA1, inb(0xA1) & ~1);
    cmos_write(0x0B, cmos_read(0x0B) | 0x40);
}

static void event_wait(struct regs *r)
{
    if (r->al == 1) {
        bda_put8(BDA_WAITING, 0);
        cmos_write(0x0B, cmos_read(0x0B) & ~0x40);
        carry(r, 0);
        return;
    }
    carry(r, bda8(BDA_WAITING) & 1);
    if (bda8(BDA_WAITING) & 1) return;
    far_put8(r->es, r->bx, far8(r->es, r->bx) & 0x7F);
    wait_begin(r->es, r->bx, (u32)r->cx << 16 | r->dx);
}

static void wait(struct regs *r)
{
    carry(r, bda8(BDA_WAITING) & 1);
    if (bda8(BDA_WAITING) & 1) return;
    sti();
    delay_us((u32)r->cx << 16 | r->dx);
}

/* ---- configuration ---- */
static void configuration(struct regs *r)
{
    r->es = CODE_SEG;
    r->bx = (u16)(u32)configuration_table;
    result(r, 0);
}

static void ebda(struct regs *r)
{
    r->es = bda16(BDA_EBDA);
    carry(r, 0);
}

static void joystick(struct regs *r) { result(r, UNSUPPORTED); }
static void nothing(struct regs *r) { result(r, 0); }
static void intercept(struct regs *r) { carry(r, 1); }          /* the key counts */
static void os_hook(struct regs *r) { result(r, 0); }

static const struct { u8 function; void (*run)(struct regs *r); } functions[] = {
    { 0x24, a20 }, { 0x4F, intercept }, { 0x80, os_hook }, { 0x81, os_hook },
    { 0x82, os_hook }, { 0x83, event_wait }, { 0x84, joystick }, { 0x85, nothing }, { 0x86, wait },
    { 0x87, block_move }, { 0x88, size_get }, { 0x90, nothing }, { 0x91, nothing }, { 0xC0, configuration },
    { 0xC1, ebda }, { 0xC2, mouse_service }, { 0xE8, memory_map },
};

void system_service(struct regs *r)
{
    for (u32 i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (functions[i].function == r->ah) {
            functions[i].run(r);
            return;
        }
    result(r, UNSUPPORTED);
}
