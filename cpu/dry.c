/* Dry runs (dry.h). All of struct cpu before `model` is put back: registers, system state, x87, what is due. Not the
 * TLB, which a dry run reads at most. A store is kept back and not seen by loads of the same instruction. */
#include "cpu/dry.h"
#include "cpu/access.h"
#include "cpu/monitor.h"
#include <string.h>

enum { KEPT_BYTES = offsetof(struct cpu, model) };

static bool load_piece(struct cpu *cpu, u32 linear, u8 *bytes, unsigned length)
{
    u32 physical;
    u8 *flags;
    bool writable;
    if (!cpu_translate_peek(cpu, linear, &physical)) {
        cpu_raise_page_fault(cpu, linear, 0);
        return false;
    }
    const u8 *page = memory_page(cpu->memory, physical & PAGE_MASK, &flags, &writable);
    cpu->dry->unknown |= !page;
    if (page)
        memcpy(bytes, page + (physical & ~PAGE_MASK), length);
    else
        memset(bytes, 0, length);
    return true;
}

static bool store(struct cpu *cpu, u32 linear, const void *bytes, unsigned length)
{
    struct dry_run *run = cpu->dry;
    u32 physical;
    if (!cpu_translate_peek(cpu, linear, &physical) || !cpu_translate_peek(cpu, linear + length - 1, &physical)) {
        cpu_raise_page_fault(cpu, linear, 0);
        return false;
    }
    if (run->stores == DRY_STORES || length > DRY_BYTES) {
        run->unknown = true;
        return true;
    }
    struct dry_store *to = &run->store[run->stores++];
    to->linear = linear;
    to->length = (u16)length;
    memcpy(to->bytes, bytes, length);
    return true;
}

bool dry_access(struct cpu *cpu, u32 linear, void *bytes, unsigned length, bool write)
{
    unsigned head = MIN(length, PAGE_SIZE - (linear & ~PAGE_MASK));
    if (write)
        return store(cpu, linear, bytes, length);
    return load_piece(cpu, linear, bytes, head) &&
           (head == length || load_piece(cpu, linear + head, (u8 *)bytes + head, length - head));
}

static void result_take(const struct cpu *cpu, const struct insn *insn, enum outcome outcome, struct dry_result *result)
{
    result->outcome = outcome;
    result->fault = cpu->fault;
    memcpy(result->gpr, cpu->gpr, sizeof result->gpr);
    result->eip = outcome == JUMPED ? cpu->eip : insn_next_eip(cpu, insn);
    result->eflags = eflags_get(cpu);
    result->sys = cpu->sys;
}

void dry_execute(struct cpu *cpu, const struct sensitive *row, const struct insn *insn, const struct system *sys,
                 const struct vmm_config *config, const struct system *guest, struct dry_result *result)
{
    struct vmm *vmm = &cpu->monitor->vmm;
    u8 kept[KEPT_BYTES];
    const u64 now = cpu->clock->now;
    const u8 ring = vmm->config.ring;
    const bool keep = vmm->config.keep, apart = vmm->config.apart;

    memcpy(kept, cpu, KEPT_BYTES);
    result->run.stores = 0;
    result->run.unknown = false;
    cpu->dry = &result->run;
    cpu->dtlb = cpu->tlb.tag[VIEWS];
    vmm_fpu_translate(cpu, &cpu->sys, sys);          /* the x87 has noted selectors of the present state */
    cpu->sys = *sys;
    cpu->on_chip = config;
    cpu->guest = config ? guest : sys;               /* not &cpu->sys: see cpu_mode_changed */
    if (config) {
        vmm->config.ring = config->ring;
        vmm->config.keep = config->keep;
        vmm->config.apart = config->apart;
    }
    enum outcome outcome = gate_passed(cpu, &cpu->sys, row, insn) ? row->handler(cpu, &cpu->sys, insn) : FAULT;
    result_take(cpu, insn, outcome, result);
    vmm->config.ring = ring;
    vmm->config.keep = keep;
    vmm->config.apart = apart;
    memcpy(cpu, kept, KEPT_BYTES);
    cpu->clock->now = now;
}
