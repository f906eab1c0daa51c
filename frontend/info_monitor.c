/* `info traps|vmm|exceptions` of the console: the sensitive instructions that were executed, who the monitor of the run is and
 * what it did, the exceptions before a shutdown. */
#include "frontend/info.h"
#include "cpu/allocator.h"
#include "cpu/efficiency.h"
#include "cpu/monitor.h"

static void line_print(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

void info_traps(struct session *session, const char *argument, FILE *out)
{
    const struct cpu *cpu = &session->machine->cpu;
    (void)argument;
    monitor_stats_print(cpu->monitor, cpu->model, line_print, out);
}

/* The virtual state, which the guest sees, and with what it runs. */
void info_vmm(struct session *session, const char *argument, FILE *out)
{
    static const char *const modes[] = { "real", "protected", "virtual-8086" };
    const struct cpu *cpu = &session->machine->cpu;
    const struct system *guest = cpu->guest;
    char text[EFFICIENCY_BYTES];
    (void)argument;
    fprintf(out, "monitor: --vmm=%s\n", cpu->monitor->vmm.config.text);
    fprintf(out, "the guest's CPL %u, %s mode, EFLAGS %08x, CR0 %08x CR3 %08x CR4 %08x\n", guest->cpl, modes[system_mode(guest)], guest->eflags,
            guest->cr0, guest->cr3, guest->cr4);
    fprintf(out, "GDTR %08x %04x IDTR %08x %04x LDTR %04x TR %04x\n", guest->gdtr.base, guest->gdtr.limit, guest->idtr.base, guest->idtr.limit,
            guest->ldtr.selector, guest->tr.selector);
    if (guest != &cpu->sys) fprintf(out, "the chip's CPL %u, CR0 %08x CR3 %08x\n", cpu->sys.cpl, cpu->sys.cr0, cpu->sys.cr3);
    efficiency_text(cpu, text);
    fprintf(out, "%s\nallocator:\n", text);
    allocator_print(&cpu->monitor->allocator, line_print, out);
}

void info_exceptions(struct session *session, const char *argument, FILE *out)
{
    (void)argument;
    if (!session->machine->cpu.shutdowns) fputs("no exception met another\n", out);
    machine_explain(session->machine, line_print, out);
}
