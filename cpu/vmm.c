/* Projection and absorption, and what monitors do at a trap (vmm.h). */
#include "cpu/monitor.h"

void vmm_event(struct cpu *cpu, enum vmm_event event, u32 linear, const struct insn *insn)
{
    struct vmm *vmm = &cpu->monitor->vmm;
    vmm->event[event]++;
    if (unlikely(vmm->observer.event))
        vmm->observer.event(vmm->observer.self, event, linear, insn);
}
