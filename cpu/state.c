/* The processor's state table: what the guest can see, in the order of cpu.h. Caches (blocks, tags) and wiring are not
 * state. Translations are the monitor's (design.md 5), in rows of their own. */
#include "cpu/access.h"
#include "cpu/fpu.h"
#include "cpu/vmm.h"
#include <string.h>

static const struct field flags_fields[] = {
    FIELD(struct flags, result, "sign-extended result: ZF, SF, PF"),
    FIELD(struct flags, aux, "sources' exclusive or: AF, OF"),
    FIELD(struct flags, cf, "carry"),
    FIELD_END
};
static const struct field segment_fields[] = {
    FIELD(struct segment, selector, "selector"),
    FIELD(struct segment, attr, "access rights"),
    FIELD(struct segment, base, "base"),
    FIELD(struct segment, limit, "limit in bytes"),
    FIELD_NONE(struct segment, range, "derived"),
    FIELD_END
};
static const struct field table_fields[] = {
    FIELD(struct table_register, base, "base"),
    FIELD(struct table_register, limit, "limit"),
    FIELD_END
};
static const struct field system_fields[] = {
    FIELD(struct system, cr0, "CR0"),
    FIELD(struct system, cr2, "CR2"),
    FIELD(struct system, cr3, "CR3"),
    FIELD(struct system, cr4, "CR4"),
    FIELD_ARRAY(struct system, dr, "debug registers"),
    FIELD_ARRAY(struct system, tr_test, "test registers"),
    FIELD(struct system, eflags, "EFLAGS without the arithmetic flags"),
    FIELD(struct system, cpl, "CPL"),
    FIELD_SUB(struct system, gdtr, table_fields, "GDTR"),
    FIELD_SUB(struct system, idtr, table_fields, "IDTR"),
    FIELD_SUB(struct system, ldtr, segment_fields, "LDTR"),
    FIELD_SUB(struct system, tr, segment_fields, "TR"),
    FIELD_EACH(struct system, seg, segment_fields, "ES CS SS DS FS GS"),
    FIELD(struct system, sysenter_cs, "SYSENTER_CS"),
    FIELD(struct system, sysenter_esp, "SYSENTER_ESP"),
    FIELD(struct system, sysenter_eip, "SYSENTER_EIP"),
    FIELD(struct system, tsc_offset, "TSC less cycles"),
    FIELD(struct system, apic_base, "APIC_BASE"),
    FIELD(struct system, pat, "PAT"),
    FIELD(struct system, mcg_status, "MCG_STATUS"),
    FIELD_ARRAY(struct system, misc_msr, "other MSRs"),
    FIELD(struct system, mtrr_def_type, "MTRR_DEF_TYPE"),
    FIELD_ARRAY(struct system, mtrr_fixed, "fixed MTRRs"),
    FIELD_ARRAY(struct system, mtrr_base, "MTRR bases"),
    FIELD_ARRAY(struct system, mtrr_mask, "MTRR masks"),
    FIELD_END
};
static const struct field fpu_fields[] = {
    FIELD_RAW(struct fpu, st, "R0-R7"),
    FIELD(struct fpu, fcw, "control word"),
    FIELD(struct fpu, fsw, "status word without TOP"),
    FIELD(struct fpu, top, "TOP"),
    FIELD(struct fpu, empty, "tags"),
    FIELD(struct fpu, fop, "last opcode"),
    FIELD(struct fpu, fcs, "instruction pointer selector"),
    FIELD(struct fpu, fds, "operand pointer selector"),
    FIELD(struct fpu, fip, "instruction pointer"),
    FIELD(struct fpu, fdp, "operand pointer"),
    FIELD(struct fpu, mxcsr, "MXCSR"),
    FIELD_RAW(struct fpu, xmm, "XMM0-XMM7"),
    FIELD_END
};
static const struct field fault_fields[] = {
    FIELD(struct fault, vector, "vector"),
    FIELD(struct fault, kind, "kind"),
    FIELD(struct fault, has_error, "pushes an error code"),
    FIELD(struct fault, error, "error code"),
    FIELD(struct fault, cr2, "linear address"),
    FIELD_END
};
const struct field cpu_fields[] = {
    FIELD_ARRAY(struct cpu, gpr, "EAX ECX EDX EBX ESP EBP ESI EDI"),
    FIELD_SUB(struct cpu, flags, flags_fields, "arithmetic flags"),
    FIELD_NONE(struct cpu, budget, "0 between runs"),
    FIELD_NONE(struct cpu, eip_page, "of the running block"),
    FIELD(struct cpu, eip, "EIP"),
    FIELD_NONE(struct cpu, key, "derived"),
    FIELD_NONE(struct cpu, code_linear, "cache of the code TLB's translation"),
    FIELD_NONE(struct cpu, code_physical, "cache"),
    FIELD_NONE(struct cpu, end_block, "within an instruction"),
    FIELD_NONE(struct cpu, flush_blocks, "cache"),
    FIELD_NONE(struct cpu, last_wp, "cache"),
    FIELD_NONE(struct cpu, dtlb, "cache"),
    FIELD_NONE(struct cpu, itlb, "cache"),
    FIELD_NONE(struct cpu, jump_cache, "cache"),
    FIELD_NONE(struct cpu, current, "within an instruction"),
    FIELD_NONE(struct cpu, synced, "within a run"),
    FIELD(struct cpu, attention, "what is due at the next boundary"),
    FIELD_SUB(struct cpu, sys, system_fields, "system state"),
    FIELD_NONE(struct cpu, guest, "&sys between runs"),
    FIELD_NONE(struct cpu, on_chip, "false between runs"),
    FIELD_NONE(struct cpu, paging_user, "derived"),
    FIELD_NONE(struct cpu, dry, "within an instruction"),
    FIELD_NONE(struct cpu, stops, "a debugger's"),
    FIELD_NONE(struct cpu, shadow, "the monitor's"),
    FIELD_SUB(struct cpu, fpu, fpu_fields, "x87, MXCSR, XMM"),
    FIELD_SUB(struct cpu, fault, fault_fields, "fault to deliver"),
    FIELD(struct cpu, debug_trap, "DR6 bits of a trap to deliver"),
    FIELD(struct cpu, intr_level, "INTR pin"),
    FIELD(struct cpu, nmi_pending, "NMI latched"),
    FIELD(struct cpu, nmi_blocked, "until IRET"),
    FIELD(struct cpu, smm, "in system management mode"),
    FIELD(struct cpu, smi_pending, "SMI latched"),
    FIELD(struct cpu, init_pending, "INIT latched"),
    FIELD(struct cpu, smbase, "SMBASE"),
    FIELD_NONE(struct cpu, deadline, "of the run"),
    FIELD(struct cpu, insns, "instructions begun"),
    FIELD_NONE(struct cpu, shutdown, "for the explanation"),
    FIELD(struct cpu, shutdowns, "exceptions that led to shutdown"),
    FIELD_NONE(struct cpu, model, "configuration"),
    FIELD_NONE(struct cpu, clock, "wiring"),
    FIELD_NONE(struct cpu, memory, "wiring"),
    FIELD_NONE(struct cpu, ports, "wiring"),
    FIELD_NONE(struct cpu, log, "wiring"),
    FIELD_NONE(struct cpu, acknowledge, "wiring"),
    FIELD_NONE(struct cpu, acknowledge_self, "wiring"),
    FIELD_NONE(struct cpu, ferr, "wiring"),
    FIELD_NONE(struct cpu, ferr_self, "wiring"),
    FIELD_NONE(struct cpu, smiact, "wiring"),
    FIELD_NONE(struct cpu, smiact_self, "wiring"),
    FIELD_NONE(struct cpu, apic_base, "wiring"),
    FIELD_NONE(struct cpu, apic_base_self, "wiring"),
    FIELD_NONE(struct cpu, monitor, "wiring"),
    FIELD_NONE(struct cpu, handlers, "configuration"),
    FIELD_NONE(struct cpu, engine, "configuration"),
    FIELD_NONE(struct cpu, blocks, "cache"),
    FIELD_NONE(struct cpu, tlb, "monitor's: see tlb_fields"),
    FIELD_END
};

/* Slots are struct translation: linear, physical, bits. */
enum { SLOT_WORDS = sizeof(struct translation) / sizeof(u32) };
_Static_assert(sizeof(struct translation) == 3 * sizeof(u32), "tlb_fields takes slots for words");
const struct field tlb_fields[] = {
    FIELD_OF(struct tlb, data, FIELD_UINT, SLOT_WORDS * TLB_SETS, NULL, "translations of data"),
    FIELD_OF(struct tlb, code, FIELD_UINT, SLOT_WORDS * TLB_SETS, NULL, "translations of code"),
    FIELD_NONE(struct tlb, data_filled, "derived"),
    FIELD_NONE(struct tlb, code_filled, "derived"),
    FIELD_NONE(struct tlb, data_count, "derived"),
    FIELD_NONE(struct tlb, code_count, "derived"),
    FIELD_NONE(struct tlb, tag, "cache"),
    FIELD_NONE(struct tlb, code_tag, "cache"),
    FIELD_END
};

/* What the chip of a de-privileged guest is between two runs; `shown` is then the guest's state, in cpu_fields. */
static const struct field chip_fields[] = {
    FIELD_SUB(struct vmm_chip, sys, system_fields, "physical state"),
    FIELD_SUB(struct vmm_chip, virtual, system_fields, "virtual state"),
    FIELD_NONE(struct vmm_chip, shown, "derived"),
    FIELD(struct vmm_chip, fcs, "FPU instruction pointer selector, physical"),
    FIELD(struct vmm_chip, fds, "FPU operand pointer selector, physical"),
    FIELD_NONE(struct vmm_chip, shown_fcs, "derived"),
    FIELD_NONE(struct vmm_chip, shown_fds, "derived"),
    FIELD_END
};
const struct field vmm_fields[] = {
    FIELD_NONE(struct vmm, cpu, "wiring"),
    FIELD_NONE(struct vmm, config, "configuration"),
    FIELD_NONE(struct vmm, virtual, "within a run"),
    FIELD(struct vmm, user_root, "the root of virtual CPL 3 is in use"),
    FIELD(struct vmm, fpu_owned, "the guest has the FPU"),
    FIELD(struct vmm, fault_is_guests, "the fault due arose on the virtual state"),
    FIELD(struct vmm, suspended, "the guest is de-privileged"),
    FIELD_SUB(struct vmm, chip, chip_fields, "the chip between runs"),
    FIELD_NONE(struct vmm, event, "counters"),
    FIELD_NONE(struct vmm, spurious, "counters"),
    FIELD_NONE(struct vmm, interpreted, "counter"),
    FIELD_NONE(struct vmm, interpreted_since, "counter"),
    FIELD_NONE(struct vmm, projections, "counter"),
    FIELD_NONE(struct vmm, root_switches, "counter"),
    FIELD_NONE(struct vmm, observer, "wiring"),
    FIELD_NONE(struct vmm, resumed, "within an instruction"),
    FIELD_END
};

/* Flags in the one form that eflags_set makes of them. */
void cpu_canonical(void *self)
{
    struct cpu *cpu = self;
    eflags_set(cpu, eflags_get(cpu), FLAGS_ARITH);
    if (!(cpu->attention & ATTENTION_FAULT))
        cpu->fault = (struct fault){ .vector = 0 };   /* none is due: the last one is nobody's state */
}

/* What rows do not hold, and values that no instruction makes, on which the core counts. */
static void system_mend(struct system *sys)
{
    for (unsigned k = ES; k <= GS; k++)
        segment_refresh(&sys->seg[k]);
    segment_refresh(&sys->ldtr);
    segment_refresh(&sys->tr);
    sys->cpl &= 3;
}

static void cpu_mend(struct cpu *cpu)
{
    system_mend(&cpu->sys);
    cpu->gpr[REG_ZERO] = 0;
    cpu->fpu.top &= 7;
    cpu->fpu.mxcsr &= MXCSR_DEFINED;
    cpu->shutdowns = MIN(cpu->shutdowns, ARRAY_LEN(cpu->shutdown));
}

void cpu_restored(void *self)
{
    struct cpu *cpu = self;
    cpu_mend(cpu);
    cpu->itlb = NULL;
    cpu->flush_blocks = true;
    tlb_drop_tags(cpu);
    cpu_mode_changed(cpu);
}

void vmm_restored(void *self)
{
    struct vmm *vmm = self;
    struct vmm_chip *chip = &vmm->chip;
    system_mend(&chip->sys);
    system_mend(&chip->virtual);
    chip->shown = vmm->cpu->sys;
    chip->shown_fcs = vmm->cpu->fpu.fcs;
    chip->shown_fds = vmm->cpu->fpu.fds;
}
