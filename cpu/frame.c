/* Stack frames of far transfers, gates and interrupts: inner stacks from the TSS, frames moved as one checked block
 * (SDM volume 3, 5.8.5 and 6.12; volume 2, CALL, INT n, RET, IRET). */
#include "cpu/segment.h"

bool stack_inner(struct cpu *cpu, const struct system *view, unsigned cpl, struct stack *stack, unsigned ext)
{
    const struct segment *tr = &view->tr;
    struct { u32 esp; u16 ss; } __attribute__((packed)) entry32;
    struct { u16 sp, ss; } entry16;
    u16 selector;

    if (likely(tr->attr & SYSTEM_32)) {
        u32 offset = 4 + cpl * 8;
        if (offset + sizeof entry32 - 1 > tr->limit)
            return raise_selector(cpu, VEC_TS, tr->selector, ext), false;
        if (!system_read(cpu, tr->base + offset, &entry32, sizeof entry32))
            return false;
        stack->esp = entry32.esp;
        selector = entry32.ss;
    } else {
        u32 offset = 2 + cpl * 4;
        if (offset + sizeof entry16 - 1 > tr->limit)
            return raise_selector(cpu, VEC_TS, tr->selector, ext), false;
        if (!system_read(cpu, tr->base + offset, &entry16, sizeof entry16))
            return false;
        stack->esp = entry16.sp;
        selector = entry16.ss;
    }
    return stack_segment_check(cpu, view, selector, cpl, &stack->ss, VEC_TS, ext);
}

static inline bool page_crossed(u32 linear, u32 length)
{
    return ((linear ^ (linear + length - 1)) & PAGE_MASK) != 0;
}

/* Every element by itself, because the frame wraps around the end of the stack segment's offsets. */
static bool frame_write_wrapped(struct cpu *cpu, const struct segment *ss, u32 offset, enum access_as as,
                                const u32 *values, unsigned count, unsigned size, u32 error)
{
    u32 mask = stack_mask(ss);
    for (unsigned i = 0; i < count; i++) {
        u32 at = (offset + i * size) & mask;
        if (!range_holds(&ss->range[1], at, size))
            return cpu_raise_error(cpu, VEC_SS, error), false;
        if (!lin_probe_write(cpu, ss->base + at, size, as))
            return false;
    }
    for (unsigned i = 0; i < count; i++)
        if (!lin_write(cpu, ss->base + ((offset + i * size) & mask), &values[i], size, as))
            return false;
    return true;
}

bool frame_write(struct cpu *cpu, const struct segment *ss, u32 *esp, enum access_as as, const u32 *values,
                 unsigned count, unsigned size, u32 error)
{
    u16 narrow[64];
    const void *bytes = values;
    u32 length = count * size, mask = stack_mask(ss);
    u32 offset = (*esp - length) & mask;

    if (unlikely(mask - offset < length - 1)) {
        if (!frame_write_wrapped(cpu, ss, offset, as, values, count, size, error))
            return false;
    } else {
        u32 linear = ss->base + offset;
        if (!range_holds(&ss->range[1], offset, length))
            return cpu_raise_error(cpu, VEC_SS, error), false;
        if (size == 2) {
            for (unsigned i = 0; i < count; i++)
                narrow[i] = (u16)values[i];
            bytes = narrow;
        }
        if (unlikely(page_crossed(linear, length)) && !lin_probe_write(cpu, linear, length, as))
            return false;
        if (!lin_write(cpu, linear, bytes, length, as))
            return false;
    }
    esp_merge(esp, ss, offset);
    return true;
}

static bool frame_read_wrapped(struct cpu *cpu, const struct segment *ss, u32 offset, u32 *values, unsigned count,
                               unsigned size)
{
    u32 mask = stack_mask(ss);
    for (unsigned i = 0; i < count; i++) {
        u32 at = (offset + i * size) & mask;
        if (!range_holds(&ss->range[0], at, size))
            return cpu_raise_error(cpu, VEC_SS, 0), false;
        values[i] = 0;
        if (!lin_read(cpu, ss->base + at, &values[i], size, AS_CPL))
            return false;
    }
    return true;
}

bool frame_read(struct cpu *cpu, const struct system *view, u32 skip, u32 *values, unsigned count, unsigned size)
{
    const struct segment *ss = &view->seg[SS];
    u32 mask = stack_mask(ss), length = count * size;
    u32 offset = (cpu->gpr[ESP] + skip) & mask;

    if (unlikely(mask - offset < length - 1))
        return frame_read_wrapped(cpu, ss, offset, values, count, size);
    if (!range_holds(&ss->range[0], offset, length))
        return cpu_raise_error(cpu, VEC_SS, 0), false;
    if (size == 4)
        return lin_read(cpu, ss->base + offset, values, length, AS_CPL);
    u16 narrow[64];
    if (!lin_read(cpu, ss->base + offset, narrow, length, AS_CPL))
        return false;
    for (unsigned i = 0; i < count; i++)
        values[i] = narrow[i];
    return true;
}
