/* The bare chip of the classifier: a processor with a little memory and no monitor, which executes one instruction from
 * a given state and says what came of it. The processor is the one the machines have; nothing here knows its tables. */
#include "frontend/classify_parts.h"
#include "cpu/fpu.h"
#include <stdlib.h>
#include <string.h>

enum { NO_FAULT = 0xff /* no exception has this number */, START_CYCLE = 1000000, CLOCK_HZ = 1000000 };

/* The log says of each event that it is about to be delivered. The first fault is the instruction's own; a software
 * interrupt leaves cpu->fault alone, for it is no fault. */
static void event_seen(void *self, const char *line)
{
    struct chip *chip = self;
    (void)line;
    if (chip->trapped || chip->cpu.fault.vector == NO_FAULT)
        return;
    chip->trapped = true;
    chip->fault = chip->cpu.fault;
}

/* Ports hold what is read from them, the same each time. */
static u32 port_read(void *self, u32 offset, unsigned width)
{
    struct chip *chip = self;
    (void)width;
    chip->port_accesses++;
    return offset * 0x01010101u;
}

static void port_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct chip *chip = self;
    (void)offset, (void)value, (void)width;
    chip->port_accesses++;
}

struct chip *chip_new(const struct cpu_model *model, struct error *why)
{
    static const struct region_ops ops = { port_read, port_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
    struct chip *chip = calloc(1, sizeof *chip);
    if (!chip) {
        error_set(why, "no memory for the classifier: free some on the host");
        return NULL;
    }
    chip->log = (struct log){ 1u << LOG_INT, event_seen, chip };
    clock_init(&chip->clock, CLOCK_HZ);
    if (!memory_init(&chip->memory, CHIP_RAM, why)) {
        free(chip);
        return NULL;
    }
    memory_map_ram(&chip->memory, "ram", 0, CHIP_RAM, 0, 0);
    ports_init(&chip->ports, &chip->log);
    if (!ports_claim(&chip->ports, 0, 0x10000, &ops, chip, "ports", why) ||
        !cpu_init(&chip->cpu, model, &chip->clock, &chip->memory, &chip->ports, &chip->log, why)) {
        memory_destroy(&chip->memory);
        free(chip);
        return NULL;
    }
    cpu_engine(&chip->cpu, &(struct engine_options){ ENGINE_LOOP, 1, 0 });
    return chip;
}

void chip_free(struct chip *chip)
{
    cpu_destroy(&chip->cpu);
    memory_destroy(&chip->memory);
    free(chip);
}

void chip_write(struct chip *chip, u32 address, const void *bytes, unsigned length)
{
    memcpy(chip->image + address, bytes, length);
    memory_write(&chip->memory, address, bytes, length);
}

/* What the last instruction wrote goes. Fast write paths go with the translations. */
static void memory_restore(struct chip *chip)
{
    for (u32 page = 0; page < CHIP_PAGES; page++) {
        u32 at = page << PAGE_SHIFT;
        if (!(chip->memory.flags[page] & PAGE_DIRTY))
            continue;
        if (memcmp(chip->memory.ram + at, chip->image + at, PAGE_SIZE) != 0)
            memory_write(&chip->memory, at, chip->image + at, PAGE_SIZE);
        chip->memory.flags[page] &= (u8)~PAGE_DIRTY;
    }
}

static void registers_load(struct chip *chip, const struct chip_state *state)
{
    struct cpu *cpu = &chip->cpu;
    memcpy(cpu->gpr, state->gpr, sizeof state->gpr);
    cpu->sys = state->sys;
    cpu->fpu = state->fpu;
    cpu->eip = state->eip;
    eflags_set(cpu, state->arithmetic, FLAGS_ARITH);
    for (unsigned k = ES; k <= GS; k++)
        segment_refresh(&cpu->sys.seg[k]);
    cpu->attention = cpu->debug_trap = 0;
    cpu->shutdowns = 0;
    cpu->intr_level = cpu->nmi_pending = cpu->nmi_blocked = false;
    cpu->fault = (struct fault){ .vector = NO_FAULT };
    chip->clock.now = START_CYCLE;
    chip->trapped = false;
    chip->port_accesses = 0;
    cpu_mode_changed(cpu);
    tlb_flush(cpu, true);
}

static void registers_save(const struct chip *chip, struct chip_state *state)
{
    const struct cpu *cpu = &chip->cpu;
    memcpy(state->gpr, cpu->gpr, sizeof state->gpr);
    state->sys = cpu->sys;
    state->fpu = cpu->fpu;
    state->eip = cpu->eip;
    state->arithmetic = eflags_get(cpu) & FLAGS_ARITH;
}

/* A translation that is there before the instruction, for those that drop some. */
static bool translation_there(const struct chip *chip)
{
    const struct translation *t = &chip->cpu.tlb.data[tlb_slot(AT_DATA)];
    return (t->bits & TLB_VALID) && t->linear == AT_DATA;
}

static void pages_save(const struct chip *chip, struct result *result)
{
    result->pages = 0;
    for (u32 page = 0; page < CHIP_PAGES && result->pages < RESULT_PAGES; page++) {
        bool tables = page >= AT_GDT >> PAGE_SHIFT && page < AT_TABLES_END >> PAGE_SHIFT;
        if (tables || !(chip->memory.flags[page] & PAGE_DIRTY))
            continue;
        memcpy(result->bytes[result->pages], chip->memory.ram + (page << PAGE_SHIFT), PAGE_SIZE);
        result->page[result->pages++] = (u8)page;
    }
}

void chip_step(struct chip *chip, const struct chip_state *state, struct result *result)
{
    u32 physical;
    memory_restore(chip);
    registers_load(chip, state);
    bool there = tlb_translate(&chip->cpu, AT_DATA, false, false, &physical);
    cpu_step(&chip->cpu);
    result->trapped = chip->trapped;
    result->fault = chip->fault;
    result->halted = chip->cpu.attention & ATTENTION_HALTED;
    result->port = chip->port_accesses != 0;
    result->tlb_dropped = there && !translation_there(chip);
    if (chip->trapped)
        return;
    registers_save(chip, &result->after);
    pages_save(chip, result);
}
