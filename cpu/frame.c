/* Stack frames of far transfers, gates and interrupts: inner stacks from the TSS, frames moved as one checked block
 * (SDM volume 3, 5.8.5 and 6.12; volume 2, CALL, INT n, RET, IRET). */
#include "cpu/segment.h"

bool stack_inner(struct cpu *cpu, const struct system *view, unsigned cpl, struct stack *stack, unsigned ext)
{
    const struct segment *tr = &view->tr;
    bool is32 = tr->attr & SYSTEM_32;
    u32 offset = is32 ? 4 + cpl * 8 : 2 + cpl * 4, linear = tr->base + offset;
    u16 sp;

    if (offset + (is32 ? 6 : 4) - 1 > tr->limit)
        return raise_selector(cpu, VEC_TS, tr->selector, ext), false;
    if (likely(is32)) {
        if (!system_read(cpu, linear, &stack->esp, 4) || !system_read(cpu, linear + 4, &stack->selector, 2))
            return false;
    } else {
        if (!system_read(cpu, linear, &sp, 2) || !system_read(cpu, linear + 2, &stack->selector, 2))
            return false;
        stack->esp = sp;
    }
    return stack_segment_check(cpu, view, stack->selector, cpl, &stack->d, VEC_TS, ext);
}

/* A stack of the current level is subject to alignment checking, one that is being entered is not. */
static bool value_probe(struct cpu *cpu, const struct segment *ss, u32 offset, unsigned size, enum access_as as)
{
    if (as == AS_CPL)
        return seg_probe_write(cpu, SS, offset, size);
    return lin_probe_write(cpu, ss->base + offset, size, as);
}

/* From the top, the order of the pushes: CR2 then names the first of them that cannot be done. */
static bool frame_probe(struct cpu *cpu, const struct segment *ss, u32 offset, unsigned count, unsigned size,
                        enum access_as as)
{
    for (unsigned i = count; i-- > 0;)
        if (!value_probe(cpu, ss, offset + i * size, size, as))
            return false;
    return true;
}

/* Every element by itself, because the frame wraps around the end of the stack segment's offsets. */
static bool frame_write_wrapped(struct cpu *cpu, const struct segment *ss, u32 offset, enum access_as as,
                                const u32 *values, unsigned count, unsigned size, u32 error)
{
    u32 mask = stack_mask(ss);
    for (unsigned i = count; i-- > 0;) {
        u32 at = (offset + i * size) & mask;
        if (!range_holds(&ss->range[1], at, size))
            return cpu_raise_error(cpu, VEC_SS, error), false;
        if (!value_probe(cpu, ss, at, size, as))
            return false;
    }
    for (unsigned i = 0; i < count; i++)
        if (!lin_write(cpu, ss->base + ((offset + i * size) & mask), &values[i], size, as))
            return false;
    return true;
}

/* Value by value, so that a return which pops them one by one finds each in the host's store buffer. */
static inline void values_store(u8 *host, const u32 *values, unsigned count, unsigned size)
{
    for (unsigned i = 0; i < count; i++) {
        if (size == 4)
            __builtin_memcpy(host + i * 4, &values[i], 4);
        else
            __builtin_memcpy(host + i * 2, &values[i], 2);
    }
}

bool frame_write(struct cpu *cpu, const struct segment *ss, u32 *esp, enum access_as as, const u32 *values,
                 unsigned count, unsigned size, u32 error)
{
    u32 length = count * size, mask = stack_mask(ss);
    u32 offset = (*esp - length) & mask, linear = ss->base + offset;

    if (unlikely(mask - offset < length - 1)) {
        if (!frame_write_wrapped(cpu, ss, offset, as, values, count, size, error))
            return false;
        esp_merge(esp, ss, offset);
        return true;
    }
    if (!range_holds(&ss->range[1], offset, length))
        return cpu_raise_error(cpu, VEC_SS, error), false;
    const struct tag *tag = (as == AS_SUPERVISOR ? cpu->tlb.tag[VIEW_KERNEL] : cpu->dtlb) + tlb_slot(linear);
    if (likely(((linear + length - 1) & PAGE_MASK) == tag->write)) {
        values_store((u8 *)(tag->addend + linear), values, count, size);
    } else {
        u8 bytes[64 * 4];
        values_store(bytes, values, count, size);
        if (!frame_probe(cpu, ss, offset, count, size, as) || !lin_write(cpu, linear, bytes, length, as))
            return false;
    }
    esp_merge(esp, ss, offset);
    return true;
}

bool stack_push(struct cpu *cpu, const struct system *view, struct stack *stack, const u32 *values, unsigned count,
                unsigned size, unsigned ext)
{
    struct segment ss;
    segment_set(&ss, stack->selector, stack->d);
    u32 error = (stack->selector & ~(u32)SELECTOR_RPL) | ext;
    return frame_write(cpu, &ss, &stack->esp, AS_SUPERVISOR, values, count, size, error)
        && descriptor_accessed(cpu, view, stack->selector, &stack->d);
}

void stack_enter(struct cpu *cpu, struct system *view, const struct stack *stack)
{
    cpu->gpr[ESP] = stack->esp;
    segment_set(&view->seg[SS], stack->selector, stack->d);
}

/* Every element by itself: around the end of a stack segment's offsets, under alignment checking, without a TLB hit. */
static bool frame_read_slowly(struct cpu *cpu, u32 mask, u32 offset, u32 *values, unsigned count, unsigned size)
{
    for (unsigned i = 0; i < count; i++)
        if (!seg_read(cpu, SS, (offset + i * size) & mask, size, &values[i]))
            return false;
    return true;
}

static inline void values_load(const u8 *host, u32 *values, unsigned count, unsigned size)
{
    for (unsigned i = 0; i < count; i++) {
        values[i] = 0;
        if (size == 4)
            __builtin_memcpy(&values[i], host + i * 4, 4);
        else
            __builtin_memcpy(&values[i], host + i * 2, 2);
    }
}

bool frame_read(struct cpu *cpu, const struct system *view, u32 skip, u32 *values, unsigned count, unsigned size)
{
    const struct segment *ss = &view->seg[SS];
    u32 mask = stack_mask(ss), length = count * size;
    u32 offset = (cpu->gpr[ESP] + skip) & mask;
    const u8 *host = tag_hit_read(cpu, ss->base + offset, length);

    if (unlikely(!host || mask - offset < length - 1 || !range_holds(&ss->range[0], offset, length)))
        return frame_read_slowly(cpu, mask, offset, values, count, size);
    values_load(host, values, count, size);
    return true;
}
