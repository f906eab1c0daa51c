/* IN, OUT, INS, OUTS (SDM volume 1, chapter 18; volume 2). The gate has looked at IOPL and the I/O map.
 * Segment and page of a string element are checked before the port is touched, for reading a port can have effects.
 * REP moves elements until the budget ends, an event becomes due or someone wants attention, then begins again. */
#include "cpu/access.h"
#include "cpu/interpreter.h"
#include "cpu/monitor.h"
#include "cpu/stops.h"

static inline u32 port_read(struct cpu *cpu, const struct insn *insn, u16 port)
{
    cpu_sync(cpu, insn);
    if (unlikely(cpu->sys.cr4 & CR4_DE))
        debug_io_match(cpu, port, insn->size);
    if (stops_on(cpu))
        stops_port(cpu, port, insn->size, false);
    return ports_read(cpu->ports, port, insn->size);
}

static inline void port_write(struct cpu *cpu, const struct insn *insn, u16 port, u32 value)
{
    cpu_sync(cpu, insn);
    if (unlikely(cpu->sys.cr4 & CR4_DE))
        debug_io_match(cpu, port, insn->size);
    if (stops_on(cpu))
        stops_port(cpu, port, insn->size, true);
    ports_write(cpu->ports, port, value, insn->size);
}

static enum outcome port_in(struct cpu *cpu, const struct insn *insn, u16 port)
{
    u32 value = port_read(cpu, insn, port);
    if (insn->size == 1)
        R8(cpu, EAX * 4) = (u8)value;
    else if (insn->size == 2)
        R16(cpu, EAX * 4) = (u16)value;
    else
        cpu->gpr[EAX] = value;
    return END;
}

static enum outcome port_out(struct cpu *cpu, const struct insn *insn, u16 port)
{
    static const u32 mask[] = { 0, 0xff, 0xffff, 0, 0xffffffff };
    port_write(cpu, insn, port, cpu->gpr[EAX] & mask[insn->size]);
    return END;
}

enum outcome op_in_imm(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return port_in(cpu, insn, insn->imm & 0xff);
}

enum outcome op_in_dx(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return port_in(cpu, insn, (u16)cpu->gpr[EDX]);
}

enum outcome op_out_imm(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return port_out(cpu, insn, insn->imm & 0xff);
}

enum outcome op_out_dx(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return port_out(cpu, insn, (u16)cpu->gpr[EDX]);
}

/* An index or count register, as wide as the address size. */
static inline u32 address_register(const struct cpu *cpu, const struct insn *insn, unsigned number)
{
    return insn->flags & INSN_ADDR16 ? cpu->gpr[number] & 0xffff : cpu->gpr[number];
}

static inline void address_register_add(struct cpu *cpu, const struct insn *insn, unsigned number, u32 delta)
{
    if (insn->flags & INSN_ADDR16)
        R16(cpu, number * 4) += (u16)delta;
    else
        cpu->gpr[number] += delta;
}

static inline u32 string_step(const struct cpu *cpu, const struct insn *insn)
{
    return cpu->sys.eflags & FLAG_DF ? -(u32)insn->size : insn->size;
}

typedef bool element_fn(struct cpu *cpu, const struct insn *insn);

static bool element_in(struct cpu *cpu, const struct insn *insn)
{
    u32 offset = address_register(cpu, insn, EDI);
    if (!seg_probe_write(cpu, ES, offset, insn->size)
        || !seg_write(cpu, ES, offset, insn->size, port_read(cpu, insn, (u16)cpu->gpr[EDX])))
        return false;
    address_register_add(cpu, insn, EDI, string_step(cpu, insn));
    return true;
}

static bool element_out(struct cpu *cpu, const struct insn *insn)
{
    u32 value;
    if (!seg_read(cpu, insn->seg, address_register(cpu, insn, ESI), insn->size, &value))
        return false;
    port_write(cpu, insn, (u16)cpu->gpr[EDX], value);
    address_register_add(cpu, insn, ESI, string_step(cpu, insn));
    return true;
}

/* No boundary work is due, so the next element may follow at once. */
static inline bool element_may_follow(struct cpu *cpu, const struct insn *insn)
{
    return cpu_charge_element(cpu, insn) && !boundary_awaited(cpu) && !cpu->end_block
        && clock_next(cpu->clock) >= cpu->deadline;
}

static inline enum outcome string_io(struct cpu *cpu, const struct insn *insn, element_fn *element)
{
    if (!(insn->flags & (INSN_REP | INSN_REPNE)))
        return element(cpu, insn) ? END : FAULT;
    if (!address_register(cpu, insn, ECX))
        return DONE;
    for (u64 *further = &cpu->monitor->row[insn->row->id].elements;; ++*further) {
        if (!element(cpu, insn))
            return FAULT;
        address_register_add(cpu, insn, ECX, -1u);
        if (!address_register(cpu, insn, ECX))
            return END;
        if (!element_may_follow(cpu, insn))
            return REPEAT;
    }
}

enum outcome op_ins(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return string_io(cpu, insn, element_in);
}

enum outcome op_outs(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return string_io(cpu, insn, element_out);
}
