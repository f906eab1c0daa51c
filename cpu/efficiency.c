/* See efficiency.h (Popek and Goldberg 1974, section 3: "all innocuous instructions are executed by the hardware
 * directly, with no intervention at all"). Shadow paging and what no descriptor can express are what breaks it. */
#include "cpu/efficiency.h"
#include "cpu/monitor.h"
#include <stdio.h>
#include <string.h>

enum cause { CAUSE_UNPRIVILEGED, CAUSE_PRIVILEGED, CAUSE_IO, CAUSE_EXCEPTION, CAUSE_INTERRUPT, CAUSE_PAGING,
             CAUSE_SPURIOUS, CAUSES };
static const char *const cause_names[CAUSES] = { "unprivileged", "privileged", "i/o", "exceptions", "interrupts",
                                                 "shadow paging", "spurious" };

static u64 rows_count(const struct monitor *monitor, u64 *entries)
{
    u64 all = 0;
    for (unsigned id = 0; id < SENS_COUNT; id++) {
        const struct sensitive *row = &sensitive_table[id];
        enum cause cause = row->rule == RULE_3D ? CAUSE_IO
                         : sensitive_unprivileged(row) ? CAUSE_UNPRIVILEGED : CAUSE_PRIVILEGED;
        for (unsigned i = 0; i < MODES * MONITOR_CPLS; i++)
            all += monitor->row[id].executed[i];
        entries[cause] += monitor->row[id].trapped;
    }
    return all;
}

void efficiency_text(const struct cpu *cpu, char *text)
{
    const struct monitor *monitor = cpu->monitor;
    const u64 *event = monitor->vmm.event;
    u64 entries[CAUSES] = { 0 }, sensitive = rows_count(monitor, entries), sum = 0;
    u64 insns = cpu->insns - monitor->insns_loaded, innocuous = insns > sensitive ? insns - sensitive : 0;

    entries[CAUSE_EXCEPTION] = event[EVENT_EXCEPTION] + event[EVENT_PF_TRUE];
    entries[CAUSE_INTERRUPT] = event[EVENT_INTERRUPT];
    entries[CAUSE_PAGING] = event[EVENT_PF_HIDDEN] + event[EVENT_PF_TRACE] + event[EVENT_PF_MMIO];
    entries[CAUSE_SPURIOUS] = event[EVENT_SPURIOUS];
    u64 intervened = entries[CAUSE_PAGING] + monitor->vmm.interpreted;
    for (unsigned i = 0; i < CAUSES; i++)
        sum += entries[i];
    double million = insns ? 1e6 / (double)insns : 0;
    int length = snprintf(text, EFFICIENCY_BYTES, "%.4f %% of %llu innocuous instructions ran without intervention; "
                          "%.1f dispatcher entries per million instructions:",
                          innocuous ? 100.0 * (double)(innocuous - MIN(intervened, innocuous)) / (double)innocuous : 100.0,
                          (unsigned long long)innocuous, (double)sum * million);
    for (unsigned i = 0; i < CAUSES; i++)
        if (entries[i] && length < EFFICIENCY_BYTES)
            length += snprintf(text + length, (size_t)(EFFICIENCY_BYTES - length), " %s %.1f", cause_names[i],
                               (double)entries[i] * million);
}
