/* Memory through the TLB: the inlined hit, and the slow path behind it. GNU statement: none; one compare decides. */
#ifndef CPU_ACCESS_H
#define CPU_ACCESS_H
#include "cpu/block.h"
#include <string.h>

static inline unsigned tlb_slot(u32 linear) { return linear >> PAGE_SHIFT & (TLB_SETS - 1); }

/* A hit: the whole access lies in a page whose tag is set. Comparing the last byte's page with the tag of the first
 * byte's slot refuses accesses that cross a page. */
static inline u8 *tag_hit_read(const struct cpu *cpu, u32 linear, unsigned size)
{
    const struct tag *tag = &cpu->dtlb[tlb_slot(linear)];
    if (unlikely(((linear + size - 1) & PAGE_MASK) != tag->read))
        return NULL;
    return (u8 *)(tag->addend + linear);
}
static inline u8 *tag_hit_write(const struct cpu *cpu, u32 linear, unsigned size)
{
    const struct tag *tag = &cpu->dtlb[tlb_slot(linear)];
    if (unlikely(((linear + size - 1) & PAGE_MASK) != tag->write))
        return NULL;
    return (u8 *)(tag->addend + linear);
}

/* 1, 2 or 4 bytes at any alignment; without a call, whatever the size. */
static inline u32 host_load(const u8 *at, unsigned size)
{
    u32 value;
    u16 half;
    if (likely(size == 4)) {
        memcpy(&value, at, 4);
        return value;
    }
    if (size == 1)
        return *at;
    memcpy(&half, at, 2);
    return half;
}
static inline void host_store(u8 *at, unsigned size, u32 value)
{
    if (likely(size == 4))
        memcpy(at, &value, 4);
    else if (size == 1)
        *at = (u8)value;
    else
        memcpy(at, &value, 2);
}

/* A write to a page that holds code, but not in the lines where it does: as good as a hit. */
static inline u8 *tag_hit_code_page(const struct cpu *cpu, u32 linear, unsigned size)
{
    unsigned slot = tlb_slot(linear);
    const struct tag *tag = &cpu->dtlb[slot];
    if ((((linear + size - 1) & PAGE_MASK) | CODE_TAG) != tag->write)
        return NULL;
    u32 physical = memory_gate(cpu->memory, cpu->tlb.data[slot].physical | (linear & ~PAGE_MASK));
    return block_lines_clear(cpu->blocks, physical, size) ? (u8 *)(tag->addend + linear) : NULL;
}

static inline u8 *tag_hit_write_any(const struct cpu *cpu, u32 linear, unsigned size)
{
    u8 *host = tag_hit_write(cpu, linear, size);
    return likely(host) ? host : tag_hit_code_page(cpu, linear, size);
}

/* Something is due at the next boundary: a string instruction must not go on to its next element. An interrupt that IF
 * holds off is none. */
static inline bool boundary_awaited(const struct cpu *cpu)
{
    u32 held_off = cpu->guest->eflags & FLAG_IF ? 0 : ATTENTION_INTR;
    return cpu->attention & ~held_off;
}

/* Offset and size lie in the segment's usable range. */
static inline bool range_holds(const struct range *range, u32 offset, unsigned size)
{
    return offset >= range->lo && (u64)offset + size - 1 <= range->hi;
}

/* tlb.c: translate for an access; fills the translation and, where allowed, the tags. `user`: U/S rights apply.
 * false: #PF raised. */
bool tlb_translate(struct cpu *cpu, u32 linear, bool write, bool user, u32 *physical);
/* Page of the code at a linear address through the code TLB (fills it). false: #PF raised. */
bool tlb_translate_code(struct cpu *cpu, u32 linear, u32 *physical);
/* Forgets all tags (not the translations): they come back without a walk. */
void tlb_drop_tags(struct cpu *cpu);
/* Forgets the write tags of one physical page (it got code). */
void tlb_protect_page(struct cpu *cpu, u32 physical);
void tlb_drop_write_tags(struct cpu *cpu);
void tlb_reset(struct cpu *cpu);
/* The shadow lost a page, or is another one: slots forget that it had them; `drop`: they forget the translations. */
void tlb_shadow_lost(struct cpu *cpu, u32 page, bool drop);
void tlb_shadow_lost_all(struct cpu *cpu, bool drop);

static inline bool access_user(const struct cpu *cpu, enum access_as as)
{
    return as == AS_USER || (as == AS_CPL && cpu->paging_user);
}
#endif
