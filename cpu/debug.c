/* Debug registers: breakpoints on code, data and ports, and DR6 (SDM volume 3, 17.2 and 17.3).
 * The manual leaves undefined, and here is so: LEN 10b is 8 bytes (as later processors define it); LEN of instruction
 * breakpoints is ignored; R/W 10b without CR4.DE never matches. LE and GE do nothing: every breakpoint is exact. */
#include "cpu/debug.h"

enum { BREAKPOINTS = 4 };
enum { DR6_WRITABLE = 0xe00f, DR7_ONE = 1 << 10, DR7_ZERO = 0xd800 /* bits 11, 12, 14, 15 */ };
#define DR6_ONES 0xffff0ff0u
enum condition { ON_EXECUTE, ON_WRITE, ON_PORT, ON_ACCESS };

static bool breakpoint_enabled(const struct system *view, unsigned n) { return view->dr[7] >> (n * 2) & 3; }
static enum condition breakpoint_condition(const struct system *view, unsigned n)
{
    return view->dr[7] >> (16 + n * 4) & 3;
}
static u32 breakpoint_length(const struct system *view, unsigned n)
{
    static const u8 lengths[4] = { 1, 2, 8, 4 };
    return lengths[view->dr[7] >> (18 + n * 4) & 3];
}

/* The breakpoint's bytes, aligned to its length, and the access have one in common. */
static bool breakpoint_overlaps(const struct system *view, unsigned n, u32 address, u32 length)
{
    u32 size = breakpoint_length(view, n);
    u32 start = view->dr[n] & ~(size - 1);
    return address - start < size || start - address < length;
}

/* B bits of the breakpoints that match under one of `conditions`; 0 if none of these is enabled. */
static u32 breakpoints_match(const struct system *view, u32 address, u32 length, unsigned conditions)
{
    u32 hits = 0;
    bool enabled = false;
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        if (!(conditions >> breakpoint_condition(view, n) & 1) || !breakpoint_overlaps(view, n, address, length))
            continue;
        hits |= 1u << n;
        enabled |= breakpoint_enabled(view, n);
    }
    return enabled ? hits : 0;
}

bool debug_code_match(struct cpu *cpu, u32 linear)
{
    struct system *view = &cpu->sys;
    u32 hits = 0, enabled = 0;
    if (!(view->dr[7] & DR7_ENABLES) || (view->eflags & FLAG_RF))
        return false;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (breakpoint_condition(view, n) == ON_EXECUTE && view->dr[n] == linear) {
            hits |= 1u << n;
            enabled |= breakpoint_enabled(view, n);
        }
    if (!enabled)
        return false;
    view->dr[6] |= hits;
    return true;
}

static bool trap_due(struct cpu *cpu, u32 hits)
{
    if (!hits)
        return false;
    cpu->debug_trap |= hits;
    cpu->attention |= ATTENTION_TRAP;
    return true;
}

void debug_data_match(struct cpu *cpu, u32 linear, unsigned length, bool write)
{
    unsigned conditions = write ? 1u << ON_WRITE | 1u << ON_ACCESS : 1u << ON_ACCESS;
    if (cpu->sys.dr[7] & DR7_ENABLES)
        trap_due(cpu, breakpoints_match(&cpu->sys, linear, length, conditions));
}

bool debug_data_page(const struct cpu *cpu, u32 linear)
{
    const struct system *view = &cpu->sys;
    if (likely(!(view->dr[7] & DR7_ENABLES)))
        return false;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (breakpoint_enabled(view, n) && (1u << breakpoint_condition(view, n) & (1u << ON_WRITE | 1u << ON_ACCESS)) &&
            ((view->dr[n] ^ linear) & PAGE_MASK) == 0)
            return true;
    return false;
}

bool debug_io_match(struct cpu *cpu, u16 port, unsigned width)
{
    if (!(cpu->sys.cr4 & CR4_DE) || !(cpu->sys.dr[7] & DR7_ENABLES))
        return false;
    return trap_due(cpu, breakpoints_match(&cpu->sys, port, width, 1u << ON_PORT));
}

u32 debug_register_value(unsigned number, u32 value)
{
    if (number == 6)
        return (value & DR6_WRITABLE) | DR6_ONES;
    return number == 7 ? (value & ~(u32)DR7_ZERO) | DR7_ONE : value;
}

enum outcome debug_access_fault(struct cpu *cpu)
{
    cpu->sys.dr[6] |= DR6_BD;
    return cpu_raise(cpu, VEC_DB);
}

void debug_trap_deliver(struct cpu *cpu)
{
    /* DR6 names every condition met, so also the breakpoint on the instruction before which the trap stands. */
    debug_code_match(cpu, cpu->sys.seg[CS].base + cpu->eip);
    cpu->sys.dr[6] |= cpu->debug_trap;
    cpu->debug_trap = 0;
    cpu->attention &= ~(u32)ATTENTION_TRAP;
    cpu->fault = (struct fault){ .vector = VEC_DB, .kind = FAULT_TRAP };
    exception_deliver(cpu);
}
