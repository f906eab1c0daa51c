/* --help, the man page and the completions of bash and zsh, all made of the table of options. */
#include "frontend/option_table.h"
#include <string.h>

static const char summary[] = "a PC emulator that shows how a virtual machine monitor works";
static const struct { const char *status, *meaning; } statuses[] = {
    { "0", "the guest switched the power off, reset under -no-reboot, or met the last --expect; Ctrl-A x" },
    { "2V+1", "the guest wrote V to isa-debug-exit" },
    { "2", "the command line or a file is not good" },
    { "4", "triple fault" },
    { "6", "dead: the guest halted or jumps to itself and nothing can interrupt that; or --no-progress" },
    { "8", "--fail-on, or an expectation that was not met" },
    { "10", "internal error" },
    { "12", "--max-cycles, --max-insns or --timeout of virtual time used up" },
    { "14", "led astray by its monitor (--vmm)" },
    { "124", "--timeout of the host's clock" },
    { "128+N", "ended by signal N" },
};
static const struct { const char *command, *meaning; } examples[] = {
    { "trap86", "the built-in guest: all sensitive instructions, and what a bare machine shows" },
    { "trap86 -nographic -m 512 -kernel linux -initrd initrd.gz -append console=ttyS0", "Linux on the terminal" },
    { "trap86 -kernel mykernel.elf --verdict --timeout 10", "a multiboot kernel under test" },
    { "trap86 disk.img install.iso -boot d", "a disk and a CD, as their content says; the CD first" },
    { "trap86 -bios rom.bin -hda disk.img -snapshot", "a ROM of your own" },
};

void options_help(FILE *out)
{
    fprintf(out, "trap86: %s\nUsage: trap86 [OPTION]... [FILE]...\nA FILE alone is a kernel, CD, floppy or disk, as its content says; packed ones too.\n", summary);
    for (const struct option *o = option_table; o->name; o++) {
        char left[64];
        if (o->kind == OPTION_GROUP) {
            fprintf(out, "\n%s:\n", o->name);
            continue;
        }
        if (!o->help) continue;
        snprintf(left, sizeof left, "-%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        fprintf(out, "  %-20s  %s\n", left, o->help);
    }
    fprintf(out, "\nEach may be written with one dash or two, and with two as --name=value.\nExit status:\n");
    for (unsigned i = 0; i < ARRAY_LEN(statuses); i++)
        fprintf(out, "  %-6s %s\n", statuses[i].status, statuses[i].meaning);
}

/* Text for man: hyphens that can be copied, no line that begins with a dot. */
static void man_text(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'') fputs("\\&", out);
    for (; *text; text++)
        if (*text == '-') fputs("\\-", out);
        else if (*text == '\\') fputs("\\e", out);
        else fputc(*text, out);
}

static void man_item(FILE *out, const char *bold, const char *italic, const char *text)
{
    fputs(".TP\n\\fB", out);
    man_text(out, bold);
    fputs("\\fR", out);
    if (italic) {
        fputs(" \\fI", out);
        man_text(out, italic);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    man_text(out, text);
    fputc('\n', out);
}

void options_man(FILE *out)
{
    fprintf(out, ".TH TRAP86 1\n.SH NAME\ntrap86 \\- %s\n.SH SYNOPSIS\n.B trap86\n[\\fIOPTION\\fR]... [\\fIFILE\\fR]...\n", summary);
    fputs(".SH DESCRIPTION\ntrap86 runs IA-32 operating systems on a PC of 1997, in counted time: the same input gives "
          "the same run, cycle for cycle. Every sensitive instruction of the guest goes through one dispatcher, "
          "which can count, trace and print them.\n.PP\nA \\fIFILE\\fR without an option is a kernel, CD, floppy or disk image, as its content says; "
          "images may be packed with gzip or in qcow2.\n.SH OPTIONS\nEach may be written with one dash or two, and with two as "
          "\\fB\\-\\-name=value\\fR.\n", out);
    for (const struct option *o = option_table; o->name; o++) {
        char name[40];
        if (o->kind == OPTION_GROUP) {
            fprintf(out, ".SS %s\n", o->name);
            continue;
        }
        if (!o->help) continue;
        snprintf(name, sizeof name, "-%s", o->name);
        man_item(out, name, o->argument, o->help);
    }
    fputs(".SH EXIT STATUS\n", out);
    for (unsigned i = 0; i < ARRAY_LEN(statuses); i++)
        man_item(out, statuses[i].status, NULL, statuses[i].meaning);
    fputs(".SH EXAMPLES\n", out);
    for (unsigned i = 0; i < ARRAY_LEN(examples); i++)
        man_item(out, examples[i].command, NULL, examples[i].meaning);
}

static bool shown(const struct option *o) { return o->kind != OPTION_GROUP && o->help; }

static void completion_bash(FILE *out)
{
    fputs("_trap86()\n{\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n    prev=${prev#-}\n"
          "    case ${prev#-} in\n", out);
    for (const struct option *o = option_table; o->name; o++) {
        if (!shown(o) || !o->argument) continue;
        if (!o->completes) fprintf(out, "    %s) return ;;\n", o->name);
        else if (strcmp(o->completes, OPTION_FILES) == 0)
            fprintf(out, "    %s) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n", o->name);
        else
            fprintf(out, "    %s) mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\"); return ;;\n", o->name,
                    o->completes);
    }
    fputs("    esac\n    mapfile -t COMPREPLY < <(compgen -W '", out);
    for (const struct option *o = option_table; o->name; o++)
        if (shown(o)) fprintf(out, "-%s --%s ", o->name, o->name);
    fputs("' -- \"$cur\")\n}\ncomplete -o filenames -F _trap86 trap86\n", out);
}

/* A zsh _arguments specification: brackets, colons and quotes are its own. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\'') fputs("'\\''", out);
        else if (strchr("[]:\\", *text)) fprintf(out, "\\%c", *text);
        else fputc(*text, out);
}

static void completion_zsh(FILE *out)
{
    fputs("#compdef trap86\n_arguments", out);
    for (const struct option *o = option_table; o->name; o++) {
        if (!shown(o)) continue;
        fprintf(out, " \\\n  '*-%s[", o->name);
        zsh_text(out, o->help);
        fputc(']', out);
        if (o->argument) {
            fputc(':', out);
            zsh_text(out, o->argument);
            fputc(':', out);
            if (o->completes && strcmp(o->completes, OPTION_FILES) == 0) fputs("_files", out);
            else if (o->completes) {
                fputc('(', out);
                zsh_text(out, o->completes);
                fputc(')', out);
            }
        }
        fputc('\'', out);
    }
    fputc('\n', out);
}

bool options_completion(FILE *out, const char *shell, struct error *why)
{
    if (strcmp(shell, "bash") == 0) completion_bash(out);
    else if (strcmp(shell, "zsh") == 0) completion_zsh(out);
    else return error_set(why, "there are completions for bash and zsh, not for '%s'", shell);
    return true;
}
