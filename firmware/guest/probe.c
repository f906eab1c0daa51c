/* The embedded guest: runs one probe in one mode, and notes how it ended. Frames are as in Intel's Software Developer's
 * Manual, volume 3, "Interrupt and exception handling" and "8086 emulation". */
#include "firmware/guest/guest_main.h"

/* What the stubs and PUSHA leave on the stack; an error code, if any, then comes before EIP. */
struct frame {
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    s32 vector;
    u32 words[4];
};

struct real_frame {
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    s16 vector;
    u16 ip, cs, flags;
};

enum { HAVE_ERROR_CODE = 0x27d00, FLAG_VM = 1 << 17 };

extern const u8 probe_exit[], EXIT16[];
extern const u32 probes_ring0[], probes_ring3[];
extern const u16 probes_16[];
void probe_enter(const u32 *frame, u32 data);
void probe_enter_real(u32 offset, u32 flags);
void event_take(const struct frame *frame);
void event_take_real(void);

static struct outcome event;

static void event_note(u32 vector, u32 error, u32 cs, u32 ip, u32 flags)
{
    event.vector = vector;
    event.error = error;
    event.cs = cs;
    event.flags = flags;
    event.zf = flags >> 6 & 1;
    event.ended = vector == 6 && (ip == (u32)probe_exit || ip == (u32)EXIT16);
    __asm__ volatile("movl %%cr2, %0" : "=r"(event.address));
}

/* Called by the stubs of protected mode. */
void event_take(const struct frame *frame)
{
    u32 vector = frame->vector + 128;
    bool has_error = vector < 32 && (HAVE_ERROR_CODE >> vector & 1);
    const u32 *words = frame->words + has_error;
    event.eax = frame->eax;
    event.edx = frame->edx;
    event.frame = (u32)words;
    event_note(vector, has_error ? frame->words[0] : 0, words[1] & 0xffff, words[0], words[2]);
}

/* Called after real mode's. */
void event_take_real(void)
{
    u32 address = *(u16 *)low_at(REAL_SS) * 16 + *(u16 *)low_at(REAL_SP);
    const struct real_frame *frame = (const struct real_frame *)address;
    event.eax = frame->eax;
    event.edx = frame->edx;
    event.frame = (u32)&frame->ip;
    event_note(frame->vector + 128, 0, frame->cs, frame->ip, frame->flags);
}

struct outcome probe_event(void)
{
    return event;
}

struct outcome probe_run(enum probe_mode mode, int number)
{
    static const u32 flags[MODES_COUNT] = { 2, 2, 2, 2, FLAG_VM | 2, FLAG_VM | 0x3002 };
    u32 image = flags[mode];
    u32 v86[9] = { probes_16[number], LOW_SEGMENT, image, PROBE_STACK,
                   LOW_SEGMENT, LOW_SEGMENT, LOW_SEGMENT, LOW_SEGMENT, LOW_SEGMENT };
    u32 ring3[5] = { probes_ring3[number], SEL_UCODE, image, LOW + PROBE_STACK, SEL_UDATA };
    u32 *ring0 = low_at(PROBE_STACK - 12);
    ring0[0] = probes_ring0[number];
    ring0[1] = SEL_KCODE;
    ring0[2] = image;
    if (mode == REAL)
        probe_enter_real(probes_16[number], image);
    else if (mode == RING0 || mode == PAGED)
        probe_enter(ring0, SEL_KDATA);
    else if (mode == RING3)
        probe_enter(ring3, SEL_UDATA);
    else
        probe_enter(v86, SEL_KDATA);
    return event;
}
