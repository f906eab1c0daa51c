/* The console's commands (command.h): a table of words. */
#include "frontend/command.h"
#include "frontend/gdb.h"
#include <string.h>

struct command {
    const char *name, *help;
    bool      (*act)(struct session *session, const char *argument, FILE *out);
};

static bool quit(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    session->end = END_QUIT;
    return false;
}

static bool pause_run(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    session_pause(session, true);
    return true;
}

static bool go_on(struct session *session, const char *argument, FILE *out)
{
    (void)argument, (void)out;
    session_pause(session, false);
    return true;
}

static bool reset(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    (void)argument;
    if (!machine_reset(session->machine, RESET_WARM, &why)) fprintf(out, "%s\n", why.text);
    return true;
}

static void segment_print(const char *name, const struct segment *s, FILE *out)
{
    fprintf(out, "%-3s %04x base %08x limit %08x attr %04x\n", name, s->selector, s->base, s->limit, s->attr);
}

static bool info(struct session *session, const char *argument, FILE *out)
{
    static const char *const names[] = { "ES", "CS", "SS", "DS", "FS", "GS" };
    const struct cpu *cpu = &session->machine->cpu;
    const struct system *sys = &cpu->sys;
    if (strcmp(argument, "registers") != 0) {
        fprintf(out, "info: there is no '%s'; there is registers\n", argument);
        return true;
    }
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
    return true;
}

static bool gdb_pc(struct session *session, const char *argument, FILE *out)
{
    if (!gdb_pc_set(session->gdb, argument)) fprintf(out, "gdb-pc: give linear or offset\n");
    return true;
}

static bool help(struct session *session, const char *argument, FILE *out);
static const struct command commands[] = {
    { "cont",         "the guest runs", go_on },
    { "gdb-pc",       "linear|offset: what gdb sees as eip in 16-bit code", gdb_pc },
    { "help",         "this list", help },
    { "info",         "registers", info },
    { "quit",         "ends the run", quit },
    { "stop",         "the guest's time stands still", pause_run },
    { "system_reset", "as by the reset button", reset },
};

static bool help(struct session *session, const char *argument, FILE *out)
{
    (void)session, (void)argument;
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) fprintf(out, "%-13s %s\n", commands[i].name, commands[i].help);
    return true;
}

bool console_command(struct session *session, const char *line, FILE *out)
{
    const char *word = line + strspn(line, " \t");
    size_t length = strcspn(word, " \t");
    const char *argument = word + length + strspn(word + length, " \t");
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
        if (strlen(commands[i].name) == length && strncmp(commands[i].name, word, length) == 0)
            return commands[i].act(session, argument, out);
    if (length) fprintf(out, "there is no command '%.*s'; help lists them\n", (int)MIN(length, (size_t)40), word);
    return true;
}
