/* trap86's main: options, one session, exit status. */
#include "frontend/session.h"
#include "frontend/acpi_dump.h"
#include "frontend/classify.h"
#include "frontend/matrix.h"
#include "frontend/suite.h"
#include "cpu/dispatcher.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef TRAP86_VERSION
#define TRAP86_VERSION "0.1"
#endif

/* One line, whatever the argument it quotes has in it. */
static int complain(struct error *why)
{
    for (char *c = why->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    fprintf(stderr, "trap86: %s\n", why->text);
    return STATUS_USAGE;
}

static void line_print(void *self, const char *text)
{
    fprintf(self, "%s\n", text);
}

/* True if a text was asked for and printed. */
static bool text_print(const struct options *options, struct error *why, bool *good)
{
    *good = true;
    if (options->help) options_help(stdout);
    else if (options->version) puts("trap86 " TRAP86_VERSION);
    else if (options->print_man) options_man(stdout);
    else if (options->print_completion) *good = options_completion(stdout, options->print_completion, why);
    else if (options->vmm_help) vmm_print(line_print, stdout);
    else if (options->costs_in && !options->costs) *good = costs_chart_only(options, why);
    else if (options->list_sensitive) sensitive_table_print(line_print, stdout);
    else return false;
    return true;
}

static int matrix_show(struct session *session, struct error *why)
{
    int status = matrix_run(&session->options, session->host, session->options.matrix_lines, stdout, why);
    return status == STATUS_USAGE ? complain(why) : status;
}

static int classify_show(const struct options *options, struct error *why)
{
    int status = classify(cpu_model_find(options->cpu), options->classify, classify_known, stdout, why);
    return status < 0 ? complain(why) : status;
}

static int suite_show(const struct options *options, int argc, char **argv, struct host *host, struct error *why)
{
    int status = suite_run(options, argc, argv, host, why);
    return status == STATUS_USAGE ? complain(why) : status;
}

/* Half of the host's memory would be polite, all of it is what a user may ask for. */
static u64 host_ram(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (u64)pages * (u64)size : MACHINE_RAM_MAX;
}

int main(int argc, char **argv)
{
    struct host host;
    struct session *session = session_new(&host, stderr);
    struct error why = { "" };
    bool good = true;
    int status;
    if (!options_parse(&session->options, argc, argv, &why)) {
        options_free(&session->options);
        free(session);
        return complain(&why);
    }
    host_init(&host, host_ram());
    if (text_print(&session->options, &why, &good)) status = good ? 0 : complain(&why);
    else if (session->options.matrix || session->options.matrix_lines) status = matrix_show(session, &why);
    else if (session->options.suite) status = suite_show(&session->options, argc, argv, &host, &why);
    else if (session->options.classify) status = classify_show(&session->options, &why);
    else if (!session_open(session, &why)) status = complain(&why);
    else if (session->options.dump_acpi) status = acpi_dump(session->machine, session->options.dump_acpi, &why) ? 0 : complain(&why);
    else status = session_run(session);
    session_close(session);
    host_destroy(&host);
    options_free(&session->options);
    free(session);
    return status;
}
