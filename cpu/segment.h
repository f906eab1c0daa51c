/* Descriptors, segment registers and stack frames, for the transfers of control (SDM volume 3, chapters 3, 5, 6). */
#ifndef CPU_SEGMENT_H
#define CPU_SEGMENT_H
#include "cpu/access.h"

enum { SELECTOR_RPL = 3, SELECTOR_TI = 4 };
enum { SYSTEM_TSS16 = 1, SYSTEM_LDT = 2, SYSTEM_BUSY = 2 /* or-ed to a TSS type */, SYSTEM_CALL_GATE16 = 4,
       SYSTEM_TASK_GATE = 5, SYSTEM_32 = 8 /* or-ed to the 16-bit type */ };
enum { ATTR_V86 = 0xf3, ATTR_REAL = 0x93 };

static inline u16 descriptor_attr(struct descriptor d)       { return d.high >> 8 & 0xf0ff; }
static inline u32 descriptor_base(struct descriptor d)
{
    return d.low >> 16 | (d.high & 0xff) << 16 | (d.high & 0xff000000);
}
static inline u32 descriptor_limit(struct descriptor d)
{
    u32 limit = (d.low & 0xffff) | (d.high & 0xf0000);
    return d.high & 1u << 23 ? limit << 12 | 0xfff : limit;
}
static inline u16 gate_selector(struct descriptor d)         { return (u16)(d.low >> 16); }
static inline u32 gate_offset(struct descriptor d, bool is32)
{
    return is32 ? (d.low & 0xffff) | (d.high & 0xffff0000) : d.low & 0xffff;
}

static inline unsigned attr_dpl(u16 attr)                    { return attr >> 5 & 3; }
static inline unsigned attr_system_type(u16 attr)            { return attr & ATTR_TYPE; }     /* if !(attr & ATTR_S) */
static inline bool attr_code(u16 attr)
{
    return (attr & (ATTR_S | TYPE_CODE)) == (ATTR_S | TYPE_CODE);
}
static inline bool attr_conforming(u16 attr)                 { return attr_code(attr) && (attr & TYPE_CONFORMING); }
static inline bool attr_writable(u16 attr)
{
    return (attr & (ATTR_S | TYPE_CODE | TYPE_WRITABLE)) == (ATTR_S | TYPE_WRITABLE);
}
static inline bool attr_readable(u16 attr)
{
    return (attr & ATTR_S) && (attr & (TYPE_CODE | TYPE_READABLE)) != TYPE_CODE;
}
static inline bool attr_tss(u16 attr)                        { return (attr & (ATTR_S | 5)) == SYSTEM_TSS16; }
static inline bool selector_null(u16 selector)               { return !(selector & ~SELECTOR_RPL); }

/* Null: the base and limit stay in the hidden part, as real mode finds them again. */
void segment_set_null(struct segment *segment, u16 selector);
/* The hidden part a descriptor stands for. */
static inline void segment_set(struct segment *segment, u16 selector, struct descriptor d)
{
    segment->selector = selector;
    segment->attr = descriptor_attr(d);
    segment->base = descriptor_base(d);
    segment->limit = descriptor_limit(d);
    segment_refresh(segment);
}
/* The same after data_segment_check, which lets null selectors pass. */
static inline void segment_set_checked(struct segment *segment, u16 selector, struct descriptor d)
{
    if (unlikely(selector_null(selector)))
        segment_set_null(segment, selector);
    else
        segment_set(segment, selector, d);
}
/* A segment register of virtual-8086 mode. */
void segment_load_v86(struct segment *segment, u16 selector);

/* lin_read of the processor's own accesses (AS_SUPERVISOR) with the TLB hit inlined for a constant length. */
static inline bool system_read(struct cpu *cpu, u32 linear, void *bytes, unsigned length)
{
    const struct tag *tag = &cpu->tlb.tag[VIEW_KERNEL][tlb_slot(linear)];
    if (unlikely(((linear + length - 1) & PAGE_MASK) != tag->read))
        return lin_read(cpu, linear, bytes, length, AS_SUPERVISOR);
    __builtin_memcpy(bytes, (const u8 *)(tag->addend + linear), length);
    return true;
}

/* As descriptor_read, in the tables of a view. A null selector counts as outside. */
enum outcome view_descriptor(struct cpu *cpu, const struct system *view, u16 selector,
                             struct descriptor *descriptor, bool *outside);
/* The same for callers to whom "outside" is a fault: `vector` with the selector and EXT as error code. */
bool descriptor_need(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *descriptor,
                     enum vector vector, unsigned ext);
/* Sets the accessed bit in the table (and in *descriptor) if it is clear. false: #PF raised. */
bool descriptor_accessed(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *descriptor);
/* Rewrites the access byte of a descriptor (busy bit). */
bool descriptor_write_access(struct cpu *cpu, const struct system *view, u16 selector, u8 access);
/* Raises `vector` with a selector as error code. */
enum outcome raise_selector(struct cpu *cpu, enum vector vector, u16 selector, unsigned ext);

/* SS for privilege level `cpl`: checks of `vector` (#TS for stacks from a TSS, else #GP), #SS if not present. Whoever
 * then loads it marks it accessed, once nothing else can refuse the transfer. */
bool stack_segment_check(struct cpu *cpu, const struct system *view, u16 selector, unsigned cpl, struct descriptor *d,
                         enum vector vector, unsigned ext);
/* A selector for ES, DS, FS or GS, null allowed: checks of `vector` (#TS in task switches, else #GP), #NP if not
 * present. */
bool data_segment_check(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *d,
                        enum vector vector, unsigned ext);
/* A stack that a transfer is about to enter. */
struct stack { u16 selector; struct descriptor d; u32 esp; };
/* The stack of an inner level from the current TSS, all checks of its segment made. false: fault raised. */
bool stack_inner(struct cpu *cpu, const struct system *view, unsigned cpl, struct stack *stack, unsigned ext);
/* Writes a frame on that stack (as frame_write), which is not current yet, and marks its segment accessed. */
bool stack_push(struct cpu *cpu, const struct system *view, struct stack *stack, const u32 *values, unsigned count,
                unsigned size, unsigned ext);
/* Makes it current: SS and ESP. */
void stack_enter(struct cpu *cpu, struct system *view, const struct stack *stack);
/* Writes `count` values of `size` bytes as one frame below *esp, values[0] lowest; moves *esp. Nothing is written if a
 * fault arises; limit violations are #SS(error). */
bool frame_write(struct cpu *cpu, const struct segment *ss, u32 *esp, enum access_as as, const u32 *values,
                 unsigned count, unsigned size, u32 error);
/* Reads `count` values of `size` bytes from SS:(E)SP + skip, zero-extended. Limit violations are #SS(0). */
bool frame_read(struct cpu *cpu, const struct system *view, u32 skip, u32 *values, unsigned count, unsigned size);
/* Nulls the data segment registers that a less privileged level must not keep. */
void segments_leave(struct system *view, unsigned cpl);

static inline u32 stack_mask(const struct segment *ss)       { return ss->attr & ATTR_DB ? 0xffffffff : 0xffff; }
/* ESP after a move: only SP of a 16-bit stack changes. */
static inline void esp_merge(u32 *esp, const struct segment *ss, u32 value)
{
    u32 mask = stack_mask(ss);
    *esp = (*esp & ~mask) | (value & mask);
}
#endif
