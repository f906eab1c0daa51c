/* --costs, --costs-* and --vmm-time: profiles by name or file, the report, results of several runs, their chart. */
#ifndef FRONTEND_COSTS_H
#define FRONTEND_COSTS_H
#include "cpu/costs.h"
#include "frontend/options.h"
#include <stdio.h>

struct session;

/* One run's totals, as a line of --costs-out holds them. */
struct cost_workload {
    char name[64], profile[COST_NAME];
    u64  total[COST_STRATEGIES];
};
enum { COST_WORKLOADS = 64 };
struct cost_workloads { struct cost_workload item[COST_WORKLOADS]; unsigned count; };

/* Whether the options go together. */
bool costs_agree(const struct options *options, struct error *why);
/* What a run that counts costs wants of its monitor, unless the user has said otherwise. */
void costs_configure(const struct options *options, struct vmm_config *config);
/* Attaches the account to the session's machine. false: a bad profile, or a file that cannot be opened. */
bool costs_begin(struct session *session, struct error *why);
/* Prints the report, adds to --costs-out and draws --costs-chart. */
void costs_end(struct session *session);
/* --costs-chart and --costs-in without a run. */
bool costs_chart_only(const struct options *options, struct error *why);

/* costs_chart.c */
void costs_chart(FILE *out, const struct cost_workloads *workloads);
#endif
