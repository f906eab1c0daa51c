/* CPUID, clocks, fast system calls, and the x87 images that show selectors (SDM volume 2 under each name). */
#include "cpu/interpreter.h"
#include "cpu/model.h"
#include "cpu/monitor.h"
#include "cpu/msr.h"
#include "cpu/segment.h"

enum { CPUID_FEATURES = 1, CPUID_APIC = 1 << 9 };      /* in EDX */
enum { FLAT_CODE_ATTR = 0xc09b, FLAT_DATA_ATTR = 0xc093, PMC_COUNTERS = 2 };
enum { SYSENTER_SS = 8, SYSEXIT_CS = 16, SYSEXIT_SS = 24 };       /* from the value of SYSENTER_CS */
#define PMC_BITS 0xffffffffffull

static void edx_eax(struct cpu *cpu, u64 value)
{
    cpu->gpr[EAX] = (u32)value;
    cpu->gpr[EDX] = (u32)(value >> 32);
}

enum outcome op_cpuid(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u32 registers[4];
    (void)insn;
    cpu_model_cpuid(cpu->model, cpu->gpr[EAX], registers);
    if (cpu->gpr[EAX] == CPUID_FEATURES && !(view->apic_base & APIC_BASE_ENABLE))
        registers[3] &= ~(u32)CPUID_APIC;
    if (unlikely(cpu->monitor->vmm.config.pv))
        pv_cpuid(cpu->gpr[EAX], registers);
    cpu->gpr[EAX] = registers[0];
    cpu->gpr[EBX] = registers[1];
    cpu->gpr[ECX] = registers[2];
    cpu->gpr[EDX] = registers[3];
    return DONE;
}

enum outcome op_rdtsc(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    cpu_sync(cpu, insn);
    edx_eax(cpu, clock_now(cpu->clock) + view->tsc_offset);
    return DONE;
}

enum outcome op_rdpmc(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)insn;
    if (cpu->gpr[ECX] >= PMC_COUNTERS)
        return cpu_raise_error(cpu, VEC_GP, 0);
    edx_eax(cpu, view->misc_msr[MISC_PERFCTR0 + cpu->gpr[ECX]] & PMC_BITS);
    return DONE;
}

enum outcome op_rdmsr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    u64 value;
    cpu_sync(cpu, insn);
    if (!msr_read(cpu, view, cpu->gpr[ECX], &value))
        return cpu_raise_error(cpu, VEC_GP, 0);
    edx_eax(cpu, value);
    return DONE;
}

enum outcome op_wrmsr(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    cpu_sync(cpu, insn);
    if (!msr_write(cpu, view, cpu->gpr[ECX], (u64)cpu->gpr[EDX] << 32 | cpu->gpr[EAX]))
        return cpu_raise_error(cpu, VEC_GP, 0);
    return END;
}

static void flat_segment(struct segment *segment, u32 selector, u16 attr, unsigned dpl)
{
    *segment = (struct segment){ .selector = (u16)selector, .attr = (u16)(attr | dpl << 5), .limit = 0xffffffff };
    segment_refresh(segment);
}

static void flat_level(struct system *view, u32 cs, u32 ss, u8 cpl)
{
    flat_segment(&view->seg[CS], (cs & ~3u) | cpl, FLAT_CODE_ATTR, cpl);
    flat_segment(&view->seg[SS], (ss & ~3u) | cpl, FLAT_DATA_ATTR, cpl);
    view->cpl = cpl;
}

enum outcome op_sysenter(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)insn;
    if (selector_null((u16)view->sysenter_cs))
        return cpu_raise_error(cpu, VEC_GP, 0);
    view->eflags &= ~(u32)(FLAG_VM | FLAG_IF | FLAG_RF);
    flat_level(view, view->sysenter_cs, view->sysenter_cs + SYSENTER_SS, 0);
    cpu->gpr[ESP] = view->sysenter_esp;
    cpu->eip = view->sysenter_eip;
    return JUMPED;
}

enum outcome op_sysexit(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)insn;
    if (selector_null((u16)view->sysenter_cs))
        return cpu_raise_error(cpu, VEC_GP, 0);
    flat_level(view, view->sysenter_cs + SYSEXIT_CS, view->sysenter_cs + SYSEXIT_SS, 3);
    cpu->gpr[ESP] = cpu->gpr[ECX];
    cpu->eip = cpu->gpr[EDX];
    return JUMPED;
}

enum outcome op_fnstenv(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return fpu_fnstenv(cpu, insn);
}

enum outcome op_fnsave(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return fpu_fnsave(cpu, insn);
}

enum outcome op_fxsave(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    (void)view;
    return fpu_fxsave(cpu, insn);
}
