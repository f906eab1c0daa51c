/* Memory access through segments and pages: everything but the inlined TLB hit.
 *
 * Commit rule: every byte of an operand is translated and checked before the first is moved. MMIO is touched only when
 * nothing of the access can fault any more; the block ends after an instruction that touched MMIO. */
#include "cpu/access.h"
#include "cpu/dry.h"
#include "cpu/monitor.h"
#include "cpu/patch.h"
#include "cpu/shadow.h"
#include "cpu/stops.h"
#include <string.h>

/* Faults of a segment check: #SS for SS, else #GP, error code 0. */
static bool refuse(struct cpu *cpu, unsigned sreg)
{
    cpu_raise_error(cpu, sreg == SS ? VEC_SS : VEC_GP, 0);
    return false;
}

/* Alignment checking: AM, AC and CPL 3 (SDM 6.15, #AC); AS_CPL accesses only. */
static bool alignment_refused(struct cpu *cpu, u32 linear, unsigned size)
{
    if (likely(!(cpu->sys.eflags & FLAG_AC)) || !(cpu->sys.cr0 & CR0_AM) || cpu->sys.cpl != 3 || !(linear & (size - 1)))
        return false;
    cpu_raise_error(cpu, VEC_AC, 0);
    return true;
}

/* One piece that lies in one page. */
static void move_piece(struct cpu *cpu, u32 physical, u8 *bytes, unsigned length, bool write)
{
    u8 *flags;
    bool writable;
    const u8 *host = memory_page(cpu->memory, physical, &flags, &writable);
    if (host && !write) {
        memcpy(bytes, host + (physical & ~PAGE_MASK), length);
        return;
    }
    if (!host) {
        cpu_sync(cpu, cpu->current);
        cpu->end_block = true;
        if (length == 1 || length == 2 || length == 4) {
            u32 value = 0;
            if (write) {
                memcpy(&value, bytes, length);
                memory_store(cpu->memory, physical, value, length);
            } else {
                value = memory_load(cpu->memory, physical, length);
                memcpy(bytes, &value, length);
            }
            return;
        }
    }
    if (write)
        memory_write(cpu->memory, physical, bytes, length);
    else
        memory_read(cpu->memory, physical, bytes, length);
}

/* The same under a monitor that shadows the page tables, which all have that patch code. */
static __attribute__((noinline)) void move_shadowed(struct cpu *cpu, u32 linear, u32 physical, u8 *bytes,
                                                    unsigned length, bool write)
{
    u8 *flags;
    bool writable;
    bool host = memory_page(cpu->memory, physical, &flags, &writable);
    bool traced = host && write && flags && (*flags & PAGE_TRACED);
    if (!host || (write && !writable))
        shadow_mmio(cpu, linear, write);
    else if (!write && cpu->monitor->patch)
        patch_read(cpu->monitor->patch, physical, length);
    move_piece(cpu, physical, bytes, length, write);
    if (traced)
        shadow_trace_fault(cpu, physical);
}

/* An access of up to 512 bytes: at most two pages, both translated first. */
static bool access_linear(struct cpu *cpu, u32 linear, u8 *bytes, unsigned length, bool write, bool user)
{
    u32 first, second = 0;
    if (unlikely(cpu->dry))
        return dry_access(cpu, linear, bytes, length, write);
    unsigned head = PAGE_SIZE - (linear & ~PAGE_MASK);
    bool split = length > head;
    if (!tlb_translate(cpu, linear, write, user, &first))
        return false;
    if (split && !tlb_translate(cpu, linear + head, write, user, &second))
        return false;
    if (unlikely(cpu->sys.dr[7] & 0xff))
        debug_data_match(cpu, linear, length, write);
    if (stops_on(cpu)) {
        stops_data(cpu, linear, first, split ? head : length, write);
        if (split)
            stops_data(cpu, linear + head, second, length - head, write);
    }
    if (unlikely(cpu->shadow)) {
        move_shadowed(cpu, linear, first, bytes, split ? head : length, write);
        if (split)
            move_shadowed(cpu, linear + head, second, bytes + head, length - head, write);
        return true;
    }
    if (!split) {
        move_piece(cpu, first, bytes, length, write);
        return true;
    }
    move_piece(cpu, first, bytes, head, write);
    move_piece(cpu, second, bytes + head, length - head, write);
    return true;
}

bool lin_read(struct cpu *cpu, u32 linear, void *bytes, unsigned length, enum access_as as)
{
    bool user = access_user(cpu, as);
    if (likely(user == cpu->paging_user)) {
        const u8 *host = tag_hit_read(cpu, linear, length);
        if (likely(host)) {
            memcpy(bytes, host, length);
            return true;
        }
    } else if (!user) {
        /* A system access from CPL 3 (descriptors): the kernel view has its own tags. */
        const struct tag *tag = &cpu->tlb.tag[VIEW_KERNEL][tlb_slot(linear)];
        if (((linear + length - 1) & PAGE_MASK) == tag->read) {
            memcpy(bytes, (u8 *)(tag->addend + linear), length);
            return true;
        }
    }
    return access_linear(cpu, linear, bytes, length, false, user);
}

bool lin_write(struct cpu *cpu, u32 linear, const void *bytes, unsigned length, enum access_as as)
{
    bool user = access_user(cpu, as);
    if (likely(user == cpu->paging_user)) {
        u8 *host = tag_hit_write(cpu, linear, length);
        if (likely(host)) {
            memcpy(host, bytes, length);
            return true;
        }
    } else if (!user && !cpu->dry) {
        const struct tag *tag = &cpu->tlb.tag[VIEW_KERNEL][tlb_slot(linear)];
        if (((linear + length - 1) & PAGE_MASK) == tag->write) {
            memcpy((u8 *)(tag->addend + linear), bytes, length);
            return true;
        }
    }
    return access_linear(cpu, linear, (u8 *)bytes, length, true, user);
}

bool lin_probe_write(struct cpu *cpu, u32 linear, unsigned length, enum access_as as)
{
    bool user = access_user(cpu, as);
    u32 physical;
    if (unlikely(cpu->dry))
        return dry_access(cpu, linear, &physical, 1, false);
    if (likely(user == cpu->paging_user) && tag_hit_write_any(cpu, linear, length))
        return true;
    return tlb_translate(cpu, linear, true, user, &physical) &&
           (((linear + length - 1) ^ linear) < PAGE_SIZE ||
            tlb_translate(cpu, (linear + length - 1) & PAGE_MASK, true, user, &physical));
}

u8 *lin_host(struct cpu *cpu, u32 linear, unsigned length, bool write)
{
    return write ? tag_hit_write(cpu, linear, length) : tag_hit_read(cpu, linear, length);
}

/* Limit and type. A flat 4 GiB segment wraps silently, as P6 does. */
static bool segment_allows(struct cpu *cpu, unsigned sreg, u32 offset, unsigned length, bool write)
{
    const struct range *range = &cpu->sys.seg[sreg].range[write];
    if (likely(range_holds(range, offset, length)))
        return true;
    if (range->lo == 0 && range->hi == 0xffffffff)
        return true;
    return refuse(cpu, sreg);
}

bool seg_read(struct cpu *cpu, unsigned sreg, u32 offset, unsigned size, u32 *value)
{
    if (!segment_allows(cpu, sreg, offset, size, false))
        return false;
    u32 linear = cpu->sys.seg[sreg].base + offset;
    const u8 *host = tag_hit_read(cpu, linear, size);
    if (likely(host)) {
        *value = host_load(host, size);
        return true;
    }
    *value = 0;
    return !alignment_refused(cpu, linear, size) && access_linear(cpu, linear, (u8 *)value, size, false, cpu->paging_user);
}

bool seg_write(struct cpu *cpu, unsigned sreg, u32 offset, unsigned size, u32 value)
{
    if (!segment_allows(cpu, sreg, offset, size, true))
        return false;
    u32 linear = cpu->sys.seg[sreg].base + offset;
    u8 *host = tag_hit_write_any(cpu, linear, size);
    if (likely(host)) {
        host_store(host, size, value);
        return true;
    }
    return !alignment_refused(cpu, linear, size) && access_linear(cpu, linear, (u8 *)&value, size, true, cpu->paging_user);
}

/* How operands longer than 4 bytes are aligned for #AC: 8 bytes for 8-byte ones, 4 for the rest (SDM table 6-7). */
static unsigned alignment_of(unsigned length) { return length == 8 ? 8 : length == 2 ? 2 : length == 16 ? 16 : 4; }

bool seg_read_bytes(struct cpu *cpu, unsigned sreg, u32 offset, void *bytes, unsigned length)
{
    if (!segment_allows(cpu, sreg, offset, length, false))
        return false;
    u32 linear = cpu->sys.seg[sreg].base + offset;
    return !alignment_refused(cpu, linear, alignment_of(length)) && lin_read(cpu, linear, bytes, length, AS_CPL);
}

bool seg_write_bytes(struct cpu *cpu, unsigned sreg, u32 offset, const void *bytes, unsigned length)
{
    if (!segment_allows(cpu, sreg, offset, length, true))
        return false;
    u32 linear = cpu->sys.seg[sreg].base + offset;
    return !alignment_refused(cpu, linear, alignment_of(length)) && lin_write(cpu, linear, bytes, length, AS_CPL);
}

bool seg_probe_write(struct cpu *cpu, unsigned sreg, u32 offset, unsigned length)
{
    if (!segment_allows(cpu, sreg, offset, length, true))
        return false;
    u32 linear = cpu->sys.seg[sreg].base + offset;
    return !alignment_refused(cpu, linear, alignment_of(length)) && lin_probe_write(cpu, linear, length, AS_CPL);
}

static u32 register_read(const struct cpu *cpu, unsigned offset, unsigned size)
{
    return size == 4 ? R32(cpu, offset) : size == 2 ? R16(cpu, offset) : R8(cpu, offset);
}

bool rm_read(struct cpu *cpu, const struct insn *insn, u32 *value)
{
    if (insn->flags & INSN_MEM)
        return seg_read(cpu, insn->seg, insn_ea(cpu, insn), insn->size, value);
    *value = register_read(cpu, insn->rm, insn->size);
    return true;
}

bool rm_write(struct cpu *cpu, const struct insn *insn, u32 value)
{
    if (insn->flags & INSN_MEM)
        return seg_write(cpu, insn->seg, insn_ea(cpu, insn), insn->size, value);
    if (insn->size == 4)
        R32(cpu, insn->rm) = value;
    else if (insn->size == 2)
        R16(cpu, insn->rm) = (u16)value;
    else
        R8(cpu, insn->rm) = (u8)value;
    return true;
}

bool push(struct cpu *cpu, u32 value, unsigned size)
{
    u32 sp = stack_pointer(cpu) - size;
    if (!cpu_stack32(cpu))
        sp &= 0xffff;
    if (!seg_write(cpu, SS, sp, size, value))
        return false;
    stack_pointer_set(cpu, sp);
    return true;
}

bool pop(struct cpu *cpu, u32 *value, unsigned size)
{
    u32 sp = stack_pointer(cpu);
    if (!seg_read(cpu, SS, sp, size, value))
        return false;
    stack_pointer_set(cpu, sp + size);
    return true;
}
