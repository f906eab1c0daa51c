/* Steps of the debugger that are more than one instruction (debugger.h): over a call, and out of a routine. Each is made of
 * single instructions and of points where a call comes back, so that what is called runs at full speed. A call has come
 * back when the stack pointer is where it was, or above: deeper returns to the same place are those of a recursion. */
#include "cpu/decode.h"
#include "cpu/segment.h"
#include "frontend/debugger.h"
#include "frontend/peek.h"
#include <string.h>

enum sort { SORT_PLAIN, SORT_CALL, SORT_RETURN };

static struct cpu *cpu_of(const struct debugger *debugger) { return &debugger->session->machine->cpu; }
static u32 here(const struct cpu *cpu) { return cpu->sys.seg[CS].base + cpu->eip; }
static u32 stack_now(const struct cpu *cpu) { return cpu->gpr[ESP] & stack_mask(&cpu->sys.seg[SS]); }

/* The instruction that comes next, and where the one behind it begins. */
static enum sort sort_next(struct debugger *debugger, u32 *behind)
{
    static const char *const calls[] = { "call", "call ptr16:n", "call m16:n", "int imm8", "int3", "into", "loop", "loope", "loopne" };
    static const char *const returns[] = { "ret", "retf", "retf imm16", "iret" };
    const struct cpu *cpu = cpu_of(debugger);
    struct decoded d;
    u8 bytes[INSN_MAX_BYTES] = { 0 };
    peek_bytes(debugger->session->machine, false, here(cpu), bytes, sizeof bytes);
    decode(cpu, cpu->key, bytes, sizeof bytes, 0, &d);
    *behind = here(cpu) + d.insn.len;
    if (d.repeats) return SORT_CALL;
    for (unsigned i = 0; i < ARRAY_LEN(calls); i++)
        if (strcmp(d.name, calls[i]) == 0) return SORT_CALL;
    for (unsigned i = 0; i < ARRAY_LEN(returns); i++)
        if (strcmp(d.name, returns[i]) == 0) return SORT_RETURN;
    return SORT_PLAIN;
}

/* In the last place that is free: who has a point there too is told first. */
static void wait_at(struct debugger *debugger, u32 linear)
{
    struct stops *stops = &debugger->stops;
    int number = STOP_POINTS - 1;
    while (number >= 0 && stops->point[number].kind) number--;
    debugger->step.point = number;
    if (number < 0) return;
    stops->point[number] = (struct stop_point){ .kind = STOP_EXECUTE, .address = linear, .length = 1 };
    debugger->point[number].owner = DEBUGGER_STEP;
    stops_changed(cpu_of(debugger));
}

void debugger_step_begin(struct debugger *debugger)
{
    struct cpu *cpu = cpu_of(debugger);
    u32 behind;
    enum sort sort = sort_next(debugger, &behind);
    debugger->step.linear = here(cpu);
    debugger->step.insns = cpu->insns;
    debugger->step.sp = stack_now(cpu);
    debugger->step.returns = sort == SORT_RETURN;
    debugger->stops.range_from = debugger->stops.range_to = 0;
    if (sort == SORT_CALL && debugger->step.kind != STEP_PLAIN) wait_at(debugger, behind);
    stops_resume(cpu, debugger->step.point < 0 ? 1 : 0);
}

static void point_forget(struct debugger *debugger)
{
    if (debugger->step.point >= 0) debugger_remove(debugger, (unsigned)debugger->step.point);
    debugger->step.point = -1;
}

void debugger_step_end(struct debugger *debugger)
{
    point_forget(debugger);
    debugger->step.kind = STEP_NONE;
}

/* The whole step is done. */
static bool done(struct debugger *debugger)
{
    if (debugger->step.kind != STEP_OUT) return --debugger->step.left == 0;
    return debugger->step.returns && stack_now(cpu_of(debugger)) > debugger->step.first_sp;
}

bool debugger_step_goes_on(struct debugger *debugger)
{
    struct cpu *cpu = cpu_of(debugger);
    bool waited = debugger->step.point >= 0, deeper = stack_now(cpu) < debugger->step.sp;
    if (waited && deeper) {
        stops_pass(cpu);
        return true;
    }
    point_forget(debugger);
    /* An interrupt came before the instruction: its handler is not what is stepped through. */
    if (!waited && cpu->insns == debugger->step.insns && here(cpu) != debugger->step.linear) {
        wait_at(debugger, debugger->step.linear);
        stops_resume(cpu, 0);
        return true;
    }
    if (!(waited && here(cpu) == debugger->step.linear) && done(debugger)) {
        debugger_step_end(debugger);
        debugger->stops.hit = (struct stop_reason){ .kind = STOP_STEP, .point = -1, .address = here(cpu) };
        return false;
    }
    debugger_step_begin(debugger);
    return true;
}
