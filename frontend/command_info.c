/* `info SUBJECT` of the console (command.h): the machine's state, read as it is. */
#include "frontend/command.h"
#include "frontend/info.h"
#include <string.h>

struct subject { const char *names, *help; void (*show)(struct session *session, const char *argument, FILE *out); };

static void segment_print(const char *name, const struct segment *s, FILE *out)
{
    fprintf(out, "%-3s %04x base %08x limit %08x attr %04x\n", name, s->selector, s->base, s->limit, s->attr);
}

static void registers(struct session *session, const char *argument, FILE *out)
{
    static const char *const names[] = { "ES", "CS", "SS", "DS", "FS", "GS" };
    const struct cpu *cpu = &session->machine->cpu;
    const struct system *sys = &cpu->sys;
    (void)argument;
    const u32 *g = cpu->gpr;
    fprintf(out, "EAX %08x EBX %08x ECX %08x EDX %08x\n", g[EAX], g[EBX], g[ECX], g[EDX]);
    fprintf(out, "ESI %08x EDI %08x EBP %08x ESP %08x\n", g[ESI], g[EDI], g[EBP], g[ESP]);
    fprintf(out, "EIP %08x EFLAGS %08x CPL %u\n", cpu->eip, eflags_get(cpu), sys->cpl);
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) segment_print(names[i], &sys->seg[i], out);
    segment_print("LDT", &sys->ldtr, out);
    segment_print("TR", &sys->tr, out);
    fprintf(out, "GDT base %08x limit %04x\nIDT base %08x limit %04x\n", sys->gdtr.base, sys->gdtr.limit, sys->idtr.base,
            sys->idtr.limit);
    fprintf(out, "CR0 %08x CR2 %08x CR3 %08x CR4 %08x\n", sys->cr0, sys->cr2, sys->cr3, sys->cr4);
    fprintf(out, "DR0 %08x DR1 %08x DR2 %08x DR3 %08x DR6 %08x DR7 %08x\n", sys->dr[0], sys->dr[1], sys->dr[2], sys->dr[3],
            sys->dr[6], sys->dr[7]);
    fprintf(out, "cycle %llu instruction %llu\n", (unsigned long long)session->machine->clock.now,
            (unsigned long long)cpu->insns);
}

static void points(struct session *session, const char *argument, FILE *out)
{
    (void)argument;
    points_print(session, out);
}

static const struct subject subjects[] = {
    { "break breakpoints b", "points, gdb's too", points },
    { "registers reg r sreg creg dreg cpu", "the processor's registers, with what segment registers hide", registers },
    { "eflags flags", "the flags by name", info_eflags },
    { "fpu", "the x87's registers", info_fpu },
    { "gdt", "[FIRST [LAST]]: the global descriptor table, decoded", info_gdt },
    { "ldt", "[FIRST [LAST]]: the local one", info_ldt },
    { "idt ivt", "[FIRST [LAST]]: gates, or the vectors of real mode", info_idt },
    { "tss", "the task state segment, and the ports it lets through", info_tss },
    { "pg tab", "page directory and tables", info_pg },
    { "mem", "what may be done at which linear addresses", info_mem },
    { "page", "PLACE: the walk for one address, step by step", info_page },
    { "tlb", "what the TLB keeps", info_tlb },
    { "pic", "the pair of 8259A", info_pic },
    { "apic lapic", "the local APIC", info_apic },
    { "ioapic", "the I/O APIC", info_ioapic },
    { "irq", "the interrupt lines", info_irq },
    { "pci", "functions on the PCI bus, with what they decode", info_pci },
    { "devices qtree", "the names of what has state", info_devices },
    { "device", "NAME: the state of one", info_device },
    { "traps", "sensitive instructions: who was executed how often, in which mode", info_traps },
    { "vmm", "the monitor of the run, the guest's virtual state, the allocator's log", info_vmm },
    { "exceptions", "those that led to a shutdown", info_exceptions },
    { "block", "drives and what is in them", info_block },
    { "status", "whether the guest runs", info_status },
    { "time", "virtual time", info_time },
};

const char *info_subject(unsigned i) { return i < ARRAY_LEN(subjects) ? subjects[i].names : NULL; }

static bool info(struct session *session, const char *argument, FILE *out)
{
    size_t length = strcspn(argument, " \t");
    for (unsigned i = 0; i < ARRAY_LEN(subjects); i++)
        if (command_named(subjects[i].names, argument, length)) {
            subjects[i].show(session, argument + length + strspn(argument + length, " \t"), out);
            return true;
        }
    if (length) fprintf(out, "info: there is no '%.*s'; there are:\n", (int)MIN(length, (size_t)40), argument);
    for (unsigned i = 0; i < ARRAY_LEN(subjects); i++) fprintf(out, "info %-24s %s\n", subjects[i].names, subjects[i].help);
    return true;
}

static bool page(struct session *session, const char *argument, FILE *out)
{
    info_page(session, argument, out);
    return true;
}

static bool ptime(struct session *session, const char *argument, FILE *out)
{
    info_time(session, argument, out);
    return true;
}

static const struct command rows[] = {
    { "info i", "SUBJECT", "the machine's state; alone, lists the subjects", info },
    { "page", "PLACE", "info page, as Bochs has it", page },
    { "ptime", "", "info time, as Bochs has it", ptime },
};
const struct command_table info_commands = { "Looking", rows, ARRAY_LEN(rows) };
