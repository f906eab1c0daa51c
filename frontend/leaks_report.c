/* See leaks_report.h. Rows in the order of sensitive.def, addresses by count, then as first seen. */
#include "frontend/leaks_report.h"
#include "cpu/leaks.h"
#include "cpu/monitor.h"
#include "frontend/symbols.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct report {
    FILE *out;
    const struct machine *m;
    const struct load *load;
    const struct monitor *monitor;
    const struct leaks *leaks;
};

static const char *const rules[] = { "3A", "3B", "3C", "3D" };

static u64 executed(const struct monitor_row *row)
{
    u64 sum = 0;
    for (unsigned i = 0; i < MODES * MONITOR_CPLS; i++) sum += row->executed[i];
    return sum;
}

static const char *column_name(const struct report *r, unsigned column)
{
    return column ? leak_columns[column] : r->monitor->vmm.config.text;
}

/* By count, the earlier first. */
static int by_count(const void *a, const void *b)
{
    const struct leak *x = *(const struct leak *const *)a, *y = *(const struct leak *const *)b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    if (x->first_cycle != y->first_cycle) return x->first_cycle > y->first_cycle ? 1 : -1;
    return x->row != y->row ? x->row - y->row : (int)x->linear - (int)y->linear;
}

static unsigned leaks_sorted(const struct leaks *leaks, unsigned column, const struct leak **list)
{
    unsigned count = 0;
    for (unsigned i = 0; i < LEAK_SLOTS; i++)
        if (leaks->slot[i].count && leaks->slot[i].column == column) list[count++] = &leaks->slot[i];
    qsort(list, count, sizeof *list, by_count);
    return count;
}

static void symbol_text(const struct report *r, u32 linear, char *text, size_t size)
{
    *text = 0;
    if (r->load) symbol_find(&r->load->kernel, linear, text, size);
    for (char *c = text; *c; c++)
        if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\') *c = '?';
}

/* ---- text ---- */
static void row_text(const struct report *r, unsigned column, unsigned id, unsigned kind)
{
    const struct sensitive *row = &sensitive_table[id];
    const struct monitor_row *counts = &r->monitor->row[id];
    fprintf(r->out, "%-15s %s  %-12s %10" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %s\n", row->name, rules[row->rule],
            leak_names[kind], r->leaks->count[column][id][kind], executed(counts), counts->trapped, leak_cures(row));
}

static void rows_text(const struct report *r, unsigned column)
{
    fprintf(r->out, "%-15s %s %-12s %10s %12s %12s  %s\n", "instruction", "rule", "kind", "leaks", "executed", "trapped",
            "cured by");
    for (unsigned id = 0; id < SENS_COUNT; id++)
        for (unsigned kind = 0; kind < LEAK_KIND_COUNT; kind++)
            if (r->leaks->count[column][id][kind]) row_text(r, column, id, kind);
    for (unsigned id = 0; id < SENS_COUNT && column == COLUMN_OWN; id++)
        if (r->monitor->vmm.spurious[id])
            fprintf(r->out, "%-15s %s  %-12s %10" PRIu64 "  the monitor gets control: harmless\n",
                    sensitive_table[id].name, rules[sensitive_table[id].rule], "spurious trap", r->monitor->vmm.spurious[id]);
}

static void address_text(const struct report *r, const struct leak *leak)
{
    char symbol[96];
    symbol_text(r, leak->linear, symbol, sizeof symbol);
    fprintf(r->out, "%10" PRIu64 "  %04x:%08x vCPL %u  %-15s %-12s %s: seen %08x, bare %08x%s%s\n", leak->count, leak->cs,
            leak->eip, leak->vcpl, sensitive_table[leak->row].name, leak_names[leak->kind], leak->what, leak->seen,
            leak->bare, *symbol ? "  " : "", symbol);
}

static void column_text(const struct report *r, unsigned column, const struct leak **list)
{
    unsigned count = leaks_sorted(r->leaks, column, list);
    fprintf(r->out, "\nUnder %s: %" PRIu64 " leak%s at %u address%s\n", column_name(r, column),
            leaks_total(r->leaks, column), leaks_total(r->leaks, column) == 1 ? "" : "s", count, count == 1 ? "" : "es");
    if (!count && column) return;
    rows_text(r, column);
    if (count) fprintf(r->out, "\n     times  at                          instruction     kind         first seen\n");
    for (unsigned i = 0; i < count; i++) address_text(r, list[i]);
}

static void report_text(const struct report *r, const char *end, const struct leak **list)
{
    const struct vmm *vmm = &r->monitor->vmm;
    fprintf(r->out, "Leak report of --vmm=%s: ended as %s at cycle %" PRIu64 ", %" PRIu64 " instructions\n",
            vmm->config.text, end, r->m->clock.now, r->m->cpu.insns);
    fprintf(r->out, "R read-leak, S silent drop, W wrong result, M missed trap, I broken wall, T spurious trap\n");
    if (!r->leaks) {
        fprintf(r->out, "\nEvery sensitive instruction trapped: 0 leaks\n");
        return;
    }
    for (unsigned column = 0; column < (vmm->config.report ? LEAK_COLUMN_COUNT : 1u); column++)
        if (column || !vmm->config.report) column_text(r, column, list);
    if (r->leaks->breaches)
        fprintf(r->out, "\nA program of the guest ran with its kernel's pages (I8) %" PRIu64 " times\n", r->leaks->breaches);
    if (r->leaks->lost)
        fprintf(r->out, "\n%" PRIu64 " leaks are counted above without an address: the list was full\n", r->leaks->lost);
}

/* ---- JSON ---- */
static void leak_json(const struct report *r, const struct leak *leak, bool first)
{
    const struct sensitive *row = &sensitive_table[leak->row];
    const struct monitor_row *counts = &r->monitor->row[leak->row];
    char symbol[96];
    symbol_text(r, leak->linear, symbol, sizeof symbol);
    fprintf(r->out, "%s\n    {\"monitor\":\"%s\",\"row\":\"%s\",\"instruction\":\"%s\",\"opcode\":\"%s\",\"rule\":\"%s\",\"kind\":\"%s\",",
            first ? "" : ",", column_name(r, leak->column), sensitive_id_name(leak->row), row->name, row->opcode,
            rules[row->rule], leak_names[leak->kind]);
    fprintf(r->out, "\"count\":%" PRIu64 ",\"executed\":%" PRIu64 ",\"trapped\":%" PRIu64 ",\"cs\":\"%04x\",\"eip\":\"%08x\",\"linear\":\"%08x\",",
            leak->count, executed(counts), counts->trapped, leak->cs, leak->eip, leak->linear);
    fprintf(r->out, "\"symbol\":\"%s\",\"vcpl\":%u,\"what\":\"%s\",\"seen\":\"%08x\",\"bare\":\"%08x\",\"first_cycle\":%" PRIu64 ",\"cure\":\"%s\"}",
            symbol, leak->vcpl, leak->what, leak->seen, leak->bare, leak->first_cycle, leak_cures(row));
}

static void report_json(const struct report *r, const char *end, const struct leak **list)
{
    bool first = true;
    fprintf(r->out, "{\"vmm\":\"%s\",\"end\":\"%s\",\"instructions\":%" PRIu64 ",\"cycles\":%" PRIu64 ",\"leaks\":[",
            r->monitor->vmm.config.text, end, r->m->cpu.insns, r->m->clock.now);
    for (unsigned column = 0; r->leaks && column < LEAK_COLUMN_COUNT; column++) {
        unsigned count = leaks_sorted(r->leaks, column, list);
        for (unsigned i = 0; i < count; i++, first = false) leak_json(r, list[i], first);
    }
    fprintf(r->out, "],\n  \"spurious\":{");
    first = true;
    for (unsigned id = 0; id < SENS_COUNT; id++)
        if (r->monitor->vmm.spurious[id]) {
            fprintf(r->out, "%s\"%s\":%" PRIu64, first ? "" : ",", sensitive_id_name(id), r->monitor->vmm.spurious[id]);
            first = false;
        }
    fprintf(r->out, "},\"breaches\":%" PRIu64 ",\"lost\":%" PRIu64 "}\n", r->leaks ? r->leaks->breaches : 0,
            r->leaks ? r->leaks->lost : 0);
}

void leaks_report(FILE *out, const struct machine *m, const struct load *kernel, const char *end, bool json)
{
    const struct monitor *monitor = m->cpu.monitor;
    const struct report r = { out, m, kernel, monitor, monitor->leaks };
    const struct leak **list = calloc(LEAK_SLOTS, sizeof *list);
    if (!list) abort();
    if (json) report_json(&r, end, list);
    else report_text(&r, end, list);
    free(list);
}
