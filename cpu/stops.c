/* Points of a debugger (stops.h): which there are, and what meets them. */
#include "cpu/stops.h"
#include "cpu/access.h"

static bool on_data(const struct stop_point *point)
{
    return stops_live(point) && point->kind >= STOP_WRITE && point->kind <= STOP_ACCESS;
}

static u64 insns_now(const struct cpu *cpu) { return cpu->insns + (u32)cpu->budget; }

/* Where the next instruction is. */
static u32 here(const struct cpu *cpu) { return cpu->sys.seg[CS].base + cpu->eip; }

void stops_hit(struct cpu *cpu, struct stop_reason reason)
{
    struct stops *stops = cpu->stops;
    if (stops->hit.kind == STOP_NONE)
        stops->hit = reason;
    cpu->attention |= ATTENTION_WATCHED;
    cpu->end_block = true;
}

static void note_state(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    stops->cr3 = cpu->guest->cr3;
    stops->cpl = cpu->guest->cpl;
    stops->mode = system_mode(cpu->guest);
}

/* ---- the points there are ---- */
void stops_changed(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    bool each = stops->each, changes = stops->changes, data = stops->data;
    stops->data = stops->ports = stops->code = stops->insns = stops->segmented = stops->changes = false;
    stops->each = stops->step_end != UINT64_MAX;
    stops->next_cycle = stops->next_insns = UINT64_MAX;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &stops->point[i];
        if (!stops_live(point))
            continue;
        bool code = point->kind == STOP_EXECUTE;
        stops->code |= code;
        stops->segmented |= code && point->space == STOP_SEGMENTED;
        stops->insns |= point->kind == STOP_ROW || point->kind == STOP_CLASS || point->kind == STOP_MAGIC;
        stops->changes |= point->kind >= STOP_MODE && point->kind <= STOP_CR3;
        stops->data |= on_data(point);
        stops->ports |= point->kind == STOP_PORT;
        if (point->kind == STOP_CYCLE && point->count > cpu->clock->now)
            stops->next_cycle = MIN(stops->next_cycle, point->count);
        if (point->kind == STOP_INSNS)
            stops->next_insns = MIN(stops->next_insns, point->count);
    }
    if (stops->changes && !changes)
        note_state(cpu);
    if (stops->data || data)
        tlb_drop_tags(cpu);
    stops_marks_changed(cpu);
    cpu->flush_blocks |= each != stops->each;      /* blocks built for single steps are short */
}

void stops_attach(struct cpu *cpu, struct stops *stops)
{
    cpu->stops = stops;
    cpu->flush_blocks = true;
    tlb_drop_tags(cpu);
    if (!stops)
        return;
    stops->step_end = UINT64_MAX;
    stops->marks = (struct stop_marks){ .magic = 0 };
    note_state(cpu);
    stops_changed(cpu);
}

int stops_add(struct cpu *cpu, const struct stop_point *point)
{
    for (unsigned i = 0; i < STOP_POINTS; i++)
        if (cpu->stops->point[i].kind == STOP_NONE) {
            cpu->stops->point[i] = *point;
            stops_changed(cpu);
            return (int)i;
        }
    return -1;
}

void stops_remove(struct cpu *cpu, unsigned number)
{
    if (number >= STOP_POINTS)
        return;
    cpu->stops->point[number].kind = STOP_NONE;
    stops_changed(cpu);
}

void stops_resume(struct cpu *cpu, u64 insns)
{
    struct stops *stops = cpu->stops;
    stops->passed = true;
    stops->passed_fault = stops->hit.kind == STOP_EXCEPTION;
    stops->passed_linear = here(cpu);
    stops->passed_insns = cpu->insns;
    stops->passed_some = false;
    stops->hit = (struct stop_reason){ .kind = STOP_NONE };
    stops->step_end = insns ? cpu->insns + insns : UINT64_MAX;
    note_state(cpu);
    stops_changed(cpu);
}

/* The run goes on here, and nothing has happened since. */
static bool at_passed(const struct cpu *cpu)
{
    const struct stops *stops = cpu->stops;
    return stops->passed && stops->passed_linear == here(cpu) && stops->passed_insns == insns_now(cpu);
}

void stops_pass(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    struct stop_reason hit = stops->hit;
    u64 step_end = stops->step_end;
    bool again = at_passed(cpu), some = stops->passed_some;
    bool looked = hit.kind == STOP_EXCEPTION || (again && !some);
    stops_resume(cpu, 0);
    stops->step_end = step_end;
    for (unsigned i = 0; i < STOP_POINTS && !(again && some); i++)
        stops->point[i].over = false;
    if (hit.point >= 0 && (hit.kind == STOP_EXECUTE || hit.kind == STOP_ROW || hit.kind == STOP_CLASS))
        stops->point[hit.point].over = true;
    stops->passed_some = !looked;
    stops_changed(cpu);
}

/* ---- what meets them ---- */
int stops_find(const struct stops *stops, enum stop_kind kind, u32 address)
{
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &stops->point[i];
        if (stops_live(point) && point->kind == kind && (point->address == address || point->address == STOP_ANY))
            return (int)i;
    }
    return -1;
}

static void change_look(struct cpu *cpu, enum stop_kind kind, u32 before, u32 now)
{
    int point = before == now ? -1 : stops_find(cpu->stops, kind, STOP_ANY);
    if (point >= 0)
        stops_hit(cpu, (struct stop_reason){ .kind = kind, .point = point, .address = now });
}

static void step_look(struct cpu *cpu)
{
    const struct stops *stops = cpu->stops;
    if (insns_now(cpu) >= stops->step_end && !(here(cpu) - stops->range_from < stops->range_to - stops->range_from))
        stops_hit(cpu, (struct stop_reason){ .kind = STOP_STEP, .point = -1, .address = here(cpu) });
}

bool stops_boundary(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    if (stops->hit.kind == STOP_NONE) {
        change_look(cpu, STOP_CR3, stops->cr3, cpu->guest->cr3);
        change_look(cpu, STOP_CPL, stops->cpl, cpu->guest->cpl);
        change_look(cpu, STOP_MODE, stops->mode, system_mode(cpu->guest));
        note_state(cpu);
        step_look(cpu);
    }
    return stops->hit.kind != STOP_NONE;
}

void stops_state(struct cpu *cpu)
{
    if (cpu->stops->changes)
        cpu->attention |= ATTENTION_WATCHED;
    bool elsewhere = cpu->stops->cs != cpu->guest->seg[CS].selector || cpu->stops->cs_base != cpu->sys.seg[CS].base;
    if (cpu->stops->segmented && elsewhere)
        stops_marks_changed(cpu);
}

bool stops_fault(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    const struct fault *fault = &cpu->fault;
    int point = stops_find(stops, STOP_EXCEPTION, fault->vector);
    if (stops->passed_fault) {
        stops->passed_fault = false;
    } else if (point >= 0) {
        stops_hit(cpu, (struct stop_reason){ .kind = STOP_EXCEPTION, .point = point, .address = fault->vector,
                                       .error = fault->has_error ? fault->error : 0 });
        return true;
    }
    if (stops->step_end != UINT64_MAX)
        stops->step_end = insns_now(cpu);
    return false;
}

void stops_interrupt(struct cpu *cpu, u8 vector)
{
    struct stops *stops = cpu->stops;
    int point = stops_find(stops, STOP_INTERRUPT, vector);
    if (point >= 0)
        stops_hit(cpu, (struct stop_reason){ .kind = STOP_INTERRUPT, .point = point, .address = vector });
    if (stops->step_end != UINT64_MAX)
        stops->step_end = insns_now(cpu);
}

bool stops_code(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    bool again = at_passed(cpu);
    if (again && !stops->passed_some)
        return false;
    stops->passed = again;
    stops->passed_some &= again;
    stops_look(cpu);
    return stops->hit.kind != STOP_NONE && stops->hit.kind != STOP_MAGIC;
}

/* [address, address + length) and the point's range have a byte in common. */
static bool overlaps(const struct stop_point *point, u32 address, u32 length)
{
    return address - point->address < point->length || point->address - address < length;
}

void stops_data(struct cpu *cpu, u32 linear, u32 physical, unsigned length, bool write)
{
    if (!cpu->stops->data)
        return;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        bool kind = on_data(point) && (point->kind == STOP_ACCESS || (point->kind == STOP_WRITE) == write);
        u32 at = point->space == STOP_PHYSICAL ? physical : linear;
        if (kind && overlaps(point, at, length))
            stops_hit(cpu, (struct stop_reason){ .kind = point->kind, .point = (int)i, .write = write,
                                           .address = linear + (at < point->address ? point->address - at : 0) });
    }
}

bool stops_page(const struct cpu *cpu, u32 linear, u32 physical)
{
    if (!cpu->stops->data)
        return false;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        if (on_data(point) && overlaps(point, (point->space == STOP_PHYSICAL ? physical : linear) & PAGE_MASK, PAGE_SIZE))
            return true;
    }
    return false;
}

void stops_port(struct cpu *cpu, u16 port, unsigned width, bool write)
{
    if (!cpu->stops->ports)
        return;
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        const struct stop_point *point = &cpu->stops->point[i];
        if (stops_live(point) && point->kind == STOP_PORT && overlaps(point, port, width))
            stops_hit(cpu, (struct stop_reason){ .kind = STOP_PORT, .point = (int)i, .address = port, .write = write });
    }
}

/* One that counts is met once. */
static void count_met(struct cpu *cpu, enum stop_kind kind, u64 now)
{
    for (unsigned i = 0; i < STOP_POINTS; i++) {
        struct stop_point *point = &cpu->stops->point[i];
        if (!stops_live(point) || point->kind != kind || point->count > now)
            continue;
        point->disabled = true;
        stops_hit(cpu, (struct stop_reason){ .kind = kind, .point = (int)i });
    }
}

bool stops_due(struct cpu *cpu)
{
    struct stops *stops = cpu->stops;
    bool counted = cpu->clock->now >= stops->next_cycle || cpu->insns >= stops->next_insns;
    if (stops->hit.kind == STOP_NONE && counted) {
        count_met(cpu, STOP_CYCLE, cpu->clock->now);
        count_met(cpu, STOP_INSNS, cpu->insns);
        stops_changed(cpu);
        cpu->attention &= ~(u32)ATTENTION_WATCHED;
    }
    return stops->hit.kind != STOP_NONE;
}
