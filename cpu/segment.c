/* Segment registers: descriptor tables, the checks of loads, hidden parts (SDM volume 3, chapters 3 and 5).
 * Not modelled: the lock of the accessed-bit write (one processor). */
#include "cpu/segment.h"
#include "cpu/vmm.h"

static const struct range none = { 1, 0 };

void segment_refresh(struct segment *segment)
{
    u16 attr = segment->attr;
    struct range usable = { 0, segment->limit };

    if ((attr & (ATTR_P | ATTR_S)) != (ATTR_P | ATTR_S)) {
        segment->range[0] = segment->range[1] = none;
        return;
    }
    if (unlikely((attr & (TYPE_CODE | TYPE_EXPAND_DOWN)) == TYPE_EXPAND_DOWN)) {
        u32 top = attr & ATTR_DB ? 0xffffffff : 0xffff;
        usable = segment->limit < top ? (struct range){ segment->limit + 1, top } : none;
    }
    segment->range[0] = attr_readable(attr) ? usable : none;
    segment->range[1] = attr_writable(attr) ? usable : none;
}

void segment_load_real(struct segment *segment, u16 selector)
{
    segment->selector = selector;
    segment->base = (u32)selector << 4;
    segment->attr = (segment->attr & (ATTR_DB | ATTR_G | ATTR_AVL)) | ATTR_REAL;
    segment_refresh(segment);
}

void segment_load_v86(struct segment *segment, u16 selector)
{
    *segment = (struct segment){ .selector = selector, .attr = ATTR_V86, .base = (u32)selector << 4, .limit = 0xffff,
                                 .range = { { 0, 0xffff }, { 0, 0xffff } } };
}

void segment_set_null(struct segment *segment, u16 selector)
{
    segment->selector = selector;
    segment->attr = 0;
    segment->range[0] = segment->range[1] = none;
}

enum outcome raise_selector(struct cpu *cpu, enum vector vector, u16 selector, unsigned ext)
{
    return cpu_raise_error(cpu, vector, (selector & ~(u32)SELECTOR_RPL) | ext);
}

/* Linear address of a descriptor; false: outside its table. */
static inline bool descriptor_address(const struct system *view, u16 selector, u32 *linear)
{
    u32 base = view->gdtr.base, limit = view->gdtr.limit;
    if (selector & SELECTOR_TI) {
        if (!(view->ldtr.attr & ATTR_P))
            return false;
        base = view->ldtr.base;
        limit = view->ldtr.limit;
    }
    *linear = base + (selector & ~7u);
    return (selector | 7u) <= limit && !selector_null(selector);
}

enum outcome view_descriptor(struct cpu *cpu, const struct system *view, u16 selector,
                             struct descriptor *descriptor, bool *outside)
{
    u32 linear;
    if (unlikely(cpu->on_chip))
        return vmm_descriptor_read(cpu, selector, descriptor, outside);
    *outside = !descriptor_address(view, selector, &linear);
    return !*outside && system_read(cpu, linear, descriptor, sizeof *descriptor) ? DONE : FAULT;
}

enum outcome descriptor_read(struct cpu *cpu, u16 selector, struct descriptor *descriptor, bool *outside)
{
    return view_descriptor(cpu, &cpu->sys, selector, descriptor, outside);
}

bool descriptor_need(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *descriptor,
                     enum vector vector, unsigned ext)
{
    bool outside;
    if (likely(view_descriptor(cpu, view, selector, descriptor, &outside) == DONE))
        return true;
    if (outside)
        raise_selector(cpu, vector, selector, ext);
    return false;
}

bool descriptor_write_access(struct cpu *cpu, const struct system *view, u16 selector, u8 access)
{
    u32 linear;
    return descriptor_address(view, selector, &linear) && lin_write(cpu, linear + 5, &access, 1, AS_SUPERVISOR);
}

bool descriptor_accessed(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *descriptor)
{
    if (likely(descriptor->high & TYPE_ACCESSED << 8))
        return true;
    descriptor->high |= TYPE_ACCESSED << 8;
    if (unlikely(cpu->on_chip))              /* only the guest's own descriptor is in memory */
        return vmm_descriptor_accessed(cpu, selector);
    return descriptor_write_access(cpu, view, selector, (u8)(descriptor->high >> 8));
}

bool stack_segment_check(struct cpu *cpu, const struct system *view, u16 selector, unsigned cpl, struct descriptor *d,
                         enum vector vector, unsigned ext)
{
    if (!descriptor_need(cpu, view, selector, d, vector, ext))
        return false;
    u16 attr = descriptor_attr(*d);
    if ((selector & SELECTOR_RPL) != cpl || attr_dpl(attr) != cpl || !attr_writable(attr))
        return raise_selector(cpu, vector, selector, ext), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_SS, selector, ext), false;
    return true;
}

bool data_segment_check(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *d,
                        enum vector vector, unsigned ext)
{
    if (selector_null(selector)) {
        *d = (struct descriptor){ 0, 0 };
        return true;
    }
    if (!descriptor_need(cpu, view, selector, d, vector, ext))
        return false;
    u16 attr = descriptor_attr(*d);
    unsigned level = MAX(view->cpl, selector & SELECTOR_RPL);
    if (!attr_readable(attr) || (level > attr_dpl(attr) && !attr_conforming(attr)))
        return raise_selector(cpu, vector, selector, ext), false;
    if (!(attr & ATTR_P))
        return raise_selector(cpu, VEC_NP, selector, ext), false;
    return descriptor_accessed(cpu, view, selector, d);
}

/* What the block key knows of a segment register; of FS and GS nothing. */
static bool key_same(const struct segment *segment, struct descriptor d)
{
    return segment->attr == descriptor_attr(d) && segment->base == descriptor_base(d) &&
           segment->limit == descriptor_limit(d);
}

enum outcome segment_load(struct cpu *cpu, unsigned sreg, u16 selector)
{
    struct system *view = &cpu->sys;
    struct segment *segment = &view->seg[sreg];
    struct descriptor d;
    bool same = sreg >= FS;

    if (likely(cpu_protected(cpu))) {
        if (sreg == SS ? !stack_segment_check(cpu, view, selector, view->cpl, &d, VEC_GP, 0) ||
                         !descriptor_accessed(cpu, view, selector, &d)
                       : !data_segment_check(cpu, view, selector, &d, VEC_GP, 0))
            return FAULT;
        same = same || key_same(segment, d);
        segment_set_checked(segment, selector, d);
    } else if (cpu_v86(cpu)) {
        segment_load_v86(segment, selector);
    } else {
        segment_load_real(segment, selector);
    }
    if (!same)
        cpu_mode_changed(cpu);
    return DONE;
}

void segments_leave(struct system *view, unsigned cpl)
{
    static const u8 data[] = { ES, DS, FS, GS };
    for (unsigned i = 0; i < ARRAY_LEN(data); i++) {
        struct segment *segment = &view->seg[data[i]];
        if (attr_dpl(segment->attr) < cpl && !attr_conforming(segment->attr))
            segment_set_null(segment, 0);
    }
}
