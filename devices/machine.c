/* Making, running, resetting and hashing a machine (devices/machine.h). The loop is the one of design.md 3: run the
 * CPU to the next event, fire it, and jump over the time in which the guest is halted. */
#include "devices/machine.h"
#include "cpu/monitor.h"
#include "cpu/stops.h"
#include "devices/invariants.h"
#include "cpu/shadow.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any period of the board's chips: the RTC's alarm comes once a day. A guest that slept so long through
 * all of them, with nobody outside to send anything, sleeps for ever. */
enum { SLEEP_SECONDS_MAX = 25 * 3600 };

/* ---- power ---- */
/* Asked for in the middle of an instruction; carried out after it. */
static void power_request(void *self, enum power_request what, u32 value)
{
    struct machine *m = self;
    if (what == POWER_INIT && pc_init_expected(m)) {
        pc_init(m);
        return;
    }
    if (what == POWER_INIT) {
        what = POWER_RESET;
        value = RESET_WARM;
    }
    if (m->power_asked && m->power_what != POWER_RESET) return;
    m->power_asked = true;
    m->power_what = what;
    m->power_value = value;
    cpu_stop(&m->cpu);
}

static void dump_line(void *self, const char *text)
{
    log_line(self, LOG_CPU_RESET, "%s", text);
}

static void component_add(struct machine *m, struct component component)
{
    struct component *added = &m->component[m->components++];
    *added = component;
    if (m->components > 1) added[-1].next = added;
}

bool machine_reset(struct machine *m, enum reset_kind kind, struct error *why)
{
    if (LOG_ON(&m->log, LOG_CPU_RESET)) state_dump(&m->component[0], dump_line, &m->log);
    m->power_asked = false;
    for (struct device *dev = m->devices; dev; dev = dev->next)
        dev->class->reset(dev, kind);
    cpu_reset(&m->cpu);
    return !m->config.boot || m->config.boot(m->config.boot_self, m, why);
}

static void reset_carry_out(struct machine *m)
{
    struct error why;
    enum reset_kind kind = m->power_value == RESET_COLD ? RESET_COLD : RESET_WARM;
    if (m->config.boot_once) pc_boot_order(m, m->config.boot_order);
    if (m->config.no_reboot || !machine_reset(m, kind, &why)) m->stop = MACHINE_RESET;
}

/* What happened that a CPU alone cannot deal with. */
static void requests_carry_out(struct machine *m)
{
    m->cpu.attention &= ~(u32)ATTENTION_STOP;
    if (m->power_asked) {
        m->power_asked = false;
        m->stop_value = m->power_value;
        if (m->power_what == POWER_RESET) reset_carry_out(m);
        else m->stop = m->power_what == POWER_OFF ? MACHINE_OFF : MACHINE_EXIT;
    } else if (m->cpu.attention & ATTENTION_SHUTDOWN) {
        m->power_value = RESET_WARM;
        if (m->config.reset_on_shutdown && !m->config.no_reboot) reset_carry_out(m);
        else m->stop = MACHINE_SHUTDOWN;
    }
}

/* ---- running ---- */
static bool interrupts_pend(const struct machine *m)
{
    return m->cpu.nmi_pending || m->cpu.smi_pending || m->cpu.init_pending;
}

static u64 sleep_end(const struct machine *m) { return m->idle_since + SLEEP_SECONDS_MAX * m->clock.hz; }

static bool sleeps_for_ever(struct machine *m)
{
    if (m->cpu.insns != m->idle_insns) {
        m->idle_insns = m->cpu.insns;
        m->idle_since = m->clock.now;
    }
    if (interrupts_pend(m)) return false;
    if (!pc_interrupts_possible(m)) return true;
    if (m->input_expected || m->input.replay) return false;
    return !m->clock.first || m->clock.now >= sleep_end(m);
}

/* Where NOP, PAUSE or a jump at `eip` leads; false: another instruction, or bytes that cannot be seen. */
static bool idler_step(const struct cpu *cpu, u32 *eip)
{
    const struct segment *cs = &cpu->sys.seg[CS];
    unsigned wide = cs->attr & ATTR_DB ? 4 : 2;
    u8 code[5] = { 0 };
    for (unsigned i = 0; i < sizeof code; i++) {
        const u8 *byte = cpu_peek(cpu, cs->base + *eip + i);
        if (byte) code[i] = *byte;
        else if (i == 0) return false;
    }
    u32 far = code[1] | code[2] << 8 | (wide == 4 ? (u32)code[3] << 16 | (u32)code[4] << 24 : 0);
    if (code[0] == 0x90) *eip += 1;
    else if (code[0] == 0xF3 && code[1] == 0x90) *eip += 2;
    else if (code[0] == 0xEB) *eip += 2 + (u32)(s8)code[1];
    else if (code[0] == 0xE9) *eip += 1 + wide + far;
    else return false;
    if (wide == 2) *eip &= 0xFFFF;
    return true;
}

bool machine_spins_for_ever(const struct machine *m)
{
    enum { STEPS = 8 };
    const struct cpu *cpu = &m->cpu;
    u32 eip = cpu->eip;
    if (m->stop != MACHINE_RUNS || cpu->attention & (ATTENTION_HALTED | ATTENTION_STEP | ATTENTION_FAULT)) return false;
    for (unsigned i = 0; i < STEPS && idler_step(cpu, &eip); i++)
        if (eip == cpu->eip) return !cpu->monitor->pv.shared && !interrupts_pend(m) && !pc_interrupts_possible(m);
    return false;
}

static void clock_skip(struct machine *m, u64 limit)
{
    if (m->clock.now >= limit) return;
    m->idle_cycles += limit - m->clock.now;
    m->clock.now = limit;
}

/* The CPU is halted before `limit`: true if there is nothing to run for now. */
static enum machine_stop idle(struct machine *m, u64 limit, bool idle_returns)
{
    if (sleeps_for_ever(m)) return m->stop = MACHINE_DEAD;
    if (idle_returns) return MACHINE_IDLE;
    /* The HLT itself may have gone past it. Death comes at a cycle that no slice decides. */
    clock_skip(m, m->clock.now < sleep_end(m) ? MIN(limit, sleep_end(m)) : limit);
    return MACHINE_RUNS;
}

/* The next event, the caller's limit, or a cycle at which a debugger wants to stop. */
static u64 limit_of(const struct machine *m, u64 until)
{
    u64 limit = MIN(clock_next(&m->clock), until);
    return stops_on(&m->cpu) ? MIN(limit, m->cpu.stops->next_cycle) : limit;
}

enum machine_stop machine_run(struct machine *m, u64 until, u64 insns, bool idle_returns)
{
    while (m->stop == MACHINE_RUNS) {
        clock_fire(&m->clock);
        requests_carry_out(m);
        if (m->stop != MACHINE_RUNS) break;
        if (stops_on(&m->cpu) && stops_due(&m->cpu)) return MACHINE_BREAK;
        if (m->clock.now >= until) return MACHINE_RUNS;
        if (m->cpu.insns >= insns) return MACHINE_INSNS;
        u64 limit = limit_of(m, until);
        if (m->clock.now < limit) cpu_run(&m->cpu, limit, insns);
        if (unlikely(m->cpu.monitor->invariants)) machine_invariants_check(m, limit);
        requests_carry_out(m);
        if (stops_on(&m->cpu) && stops_due(&m->cpu)) continue;
        if (m->stop == MACHINE_RUNS && m->cpu.attention & ATTENTION_HALTED && m->clock.now < limit
            && m->cpu.insns < insns) {
            /* Events may have been armed by the instructions before the HLT. */
            enum machine_stop what = idle(m, limit_of(m, until), idle_returns);
            if (what != MACHINE_RUNS) return what;
        }
    }
    return m->stop;
}

void machine_idle_to(struct machine *m, u64 cycle)
{
    u64 limit = MIN(clock_next(&m->clock), cycle);
    clock_skip(m, limit);
    clock_fire(&m->clock);
}

void machine_drain(struct machine *m)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (m->config.serial[i].present) ns16550_drain(&m->serial[i]);
    audio_sync(&m->audio);
}

/* ---- what it is made of ---- */
static const struct field clock_fields[] = {
    FIELD(struct clock, now, "cycles since power-up"),
    FIELD_NONE(struct clock, hz, "configuration"),
    FIELD_NONE(struct clock, first, "the events are rows of their owners"),
    FIELD_NONE(struct clock, events, "wiring"),
    FIELD_NONE(struct clock, jitter, "configuration"),
    FIELD_END
};

static void clock_restored(void *self)
{
    struct clock *clock = self;
    if (clock->now > CLOCK_END) clock->now = CLOCK_END / 2;
}

static const struct field board_fields[] = {
    { "irq", "wires that assert each interrupt line", 0, sizeof(u64), MACHINE_IRQS, FIELD_UINT, NULL, false, 0 },
    FIELD_END
};

static void device_restored(void *self)
{
    struct device *dev = self;
    if (dev->class->restored) dev->class->restored(dev);
}

/* Each byte of RAM is state as well: memory_hash. After a load the CPU's caches are empty, as A20 wants it. */
static const struct field memory_fields[] = {
    FIELD_NONE(struct memory, ram, "RAM has a hash of its own"),
    FIELD_NONE(struct memory, ram_bytes, "configuration"),
    FIELD_NONE(struct memory, video_bytes, "configuration"),
    FIELD_NONE(struct memory, flags, "cache"),
    FIELD_NONE(struct memory, regions, "map; follows the chips"),
    FIELD_NONE(struct memory, page, "map"),
    FIELD(struct memory, a20, "A20 passes"),
    FIELD_NONE(struct memory, listener, "wiring"),
    FIELD_NONE(struct memory, ram_hash, "cache"),
    FIELD_NONE(struct memory, page_hash, "cache"),
    FIELD_END
};

/* The guest's first: machine_hash stops where the monitor's begin. */
static void components_list(struct machine *m)
{
    component_add(m, (struct component){ .name = "cpu", .fields = cpu_fields, .self = &m->cpu, .size = sizeof m->cpu,
                                         .canonical = cpu_canonical, .restored = cpu_restored });
    component_add(m, (struct component){ .name = "clock", .fields = clock_fields, .self = &m->clock,
                                         .size = sizeof m->clock, .restored = clock_restored });
    component_add(m, (struct component){ .name = "board", .fields = board_fields, .self = m->irq_drivers,
                                         .size = sizeof m->irq_drivers });
    component_add(m, (struct component){ .name = "memory", .fields = memory_fields, .self = &m->memory,
                                         .size = sizeof m->memory });
    for (struct device *dev = m->devices; dev; dev = dev->next)
        component_add(m, (struct component){ .name = dev->tag, .fields = dev->class->fields, .self = dev,
                                             .size = dev->class->size, .restored = device_restored,
                                             .version = dev->class->version });
    m->guest_components = m->components;
    component_add(m, (struct component){ .name = "tlb", .fields = tlb_fields, .self = &m->cpu.tlb,
                                         .size = sizeof m->cpu.tlb, .canonical = tlb_canonical,
                                         .restored = tlb_restored });
    if (m->cpu.monitor->vmm.config.projection != PROJECT_NONE)
        component_add(m, (struct component){ .name = "vmm", .fields = vmm_fields, .self = &m->cpu.monitor->vmm,
                                             .size = sizeof m->cpu.monitor->vmm, .restored = vmm_restored });
    if (m->cpu.monitor->vmm.config.pv)
        component_add(m, (struct component){ .name = "pv", .fields = pv_fields, .self = &m->cpu.monitor->pv,
                                             .size = sizeof m->cpu.monitor->pv });
}

static u64 components_hash(const struct machine *m, unsigned from, unsigned to)
{
    u64 hash = 0;
    for (unsigned i = from; i < to; i++)
        hash = state_hash(hash, &m->component[i]);
    return hash;
}

u64 machine_hash(struct machine *m)
{
    u64 ram = memory_hash(&m->memory);
    return hash_bytes(components_hash(m, 0, m->guest_components), &ram, sizeof ram);
}

u64 machine_monitor_hash(struct machine *m)
{
    return components_hash(m, m->guest_components, m->components);
}

static bool ram_size_check(u64 bytes, struct error *why)
{
    if (bytes >= MACHINE_RAM_MIN && bytes <= MACHINE_RAM_MAX && bytes % MACHINE_RAM_MIN == 0) return true;
    return error_set(why, "%llu KiB of RAM are not possible on this board; choose 1 to %llu MiB with -m",
                     (unsigned long long)(bytes >> 10), (unsigned long long)(MACHINE_RAM_MAX >> 20));
}

static bool machine_build(struct machine *m, struct error *why)
{
    const struct machine_config *config = &m->config;
    if (!ram_size_check(config->ram_bytes, why) || !host_claim_ram(m->host, config->ram_bytes + config->vga_bytes, m, why)) return false;
    m->ram_claimed = config->ram_bytes + config->vga_bytes;
    if (!memory_init_video(&m->memory, config->ram_bytes, config->vga_bytes, why)) return false;
    m->memory_made = true;
    if (!cpu_init(&m->cpu, config->model, &m->clock, &m->memory, &m->ports, &m->log, why)) return false;
    m->cpu_made = true;
    if (config->vmm.name && !monitor_configure(&m->cpu, &config->vmm, why)) return false;
    if (!shadow_create(&m->cpu, why)) return false;
    if (!machine_invariants_begin(m, why)) return false;
    cpu_engine(&m->cpu, &config->engine);
    if (!pc_build(m, why)) return false;
    components_list(m);
    /* Before a chip can touch what is not its own. */
    if (m->cpu.monitor->invariants) machine_invariants_check(m, UINT64_MAX);
    return machine_reset(m, RESET_COLD, why);
}

struct machine *machine_create(const struct machine_config *config, struct host *host, struct error *why)
{
    struct machine *m = calloc(1, sizeof *m);
    if (!m) {
        error_set(why, "the host has no memory left for a machine");
        return NULL;
    }
    m->config = *config;
    m->host = host;
    m->log = config->log;
    clock_init(&m->clock, config->model->hz);
    m->clock.jitter = config->jitter;
    ports_init(&m->ports, &m->log);
    input_init(&m->input, &m->clock);
    m->board = (struct board){ &m->clock, &m->memory, &m->ports, &m->log, &m->input, { power_request, m } };
    if (machine_build(m, why)) return m;
    machine_destroy(m);
    return NULL;
}

void machine_destroy(struct machine *m)
{
    if (!m) return;
    for (struct device *dev = m->devices; dev; dev = dev->next)
        if (dev->class && dev->class->detach) dev->class->detach(dev);
    input_destroy(&m->input);
    if (m->cpu_made) cpu_destroy(&m->cpu);
    if (m->memory_made) memory_destroy(&m->memory);
    if (m->ram_claimed) host_release_ram(m->host, m);
    free(m);
}

/* ---- the end, explained ---- */
const char *vector_name(u8 vector)
{
    static const char *const names[] = {
        "#DE divide error", "#DB debug", "NMI", "#BP breakpoint", "#OF overflow", "#BR bound range",
        "#UD invalid opcode", "#NM no coprocessor", "#DF double fault", "coprocessor segment overrun",
        "#TS invalid TSS",
        "#NP segment not present", "#SS stack fault", "#GP general protection", "#PF page fault", "vector 15",
        "#MF x87 error", "#AC alignment check", "#MC machine check", "#XM SIMD error"
    };
    return vector < ARRAY_LEN(names) ? names[vector] : "interrupt";
}

void machine_explain(const struct machine *m, void (*line)(void *self, const char *text), void *self)
{
    static const char *const ordinal[] = { "first", "second", "third" };
    char text[160], detail[64];
    for (unsigned i = 0; i < m->cpu.shutdowns && i < ARRAY_LEN(m->cpu.shutdown); i++) {
        const struct fault *fault = &m->cpu.shutdown[i].fault;
        detail[0] = 0;
        if (fault->vector == VEC_PF)
            snprintf(detail, sizeof detail, ", error code %04x, address (CR2) %08x", fault->error, fault->cr2);
        else if (fault->has_error)
            snprintf(detail, sizeof detail, ", error code %04x", fault->error);
        snprintf(text, sizeof text, "%s exception: %s (vector %u)%s at %04x:%08x", ordinal[i],
                 vector_name(fault->vector), fault->vector, detail, m->cpu.shutdown[i].cs, m->cpu.shutdown[i].eip);
        line(self, text);
    }
}
