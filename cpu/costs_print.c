/* The account of --costs as text (costs.h): a line per strategy, a line per class, the sites that were found guilty. */
#include "cpu/costs.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP_CLASSES = 3, TOP_SITES = 8 };
typedef void line_fn(void *self, const char *text);

static double share(u64 part, u64 whole) { return whole ? (double)part / (double)whole : 0; }

/* The class, not yet `taken`, on which the strategy spends most; CHARGE_CLASSES if none is left. */
static unsigned class_top(const struct cost_result *r, unsigned strategy, const bool *taken)
{
    unsigned top = CHARGE_CLASSES;
    u64 most = 0;
    for (unsigned class = 0; class < CHARGE_CLASSES; class++)
        if (!taken[class] && r->class[class][strategy].cycles > most) {
            most = r->class[class][strategy].cycles;
            top = class;
        }
    return top;
}

static void tops_add(char *text, size_t size, const struct cost_result *r, unsigned strategy)
{
    bool taken[CHARGE_CLASSES] = { false };
    for (unsigned i = 0; i < TOP_CLASSES; i++) {
        unsigned class = class_top(r, strategy, taken);
        size_t length = strlen(text);
        if (class == CHARGE_CLASSES)
            break;
        taken[class] = true;
        snprintf(text + length, size - length, "%s%s %.1f%%", i ? ", " : "  ", cost_class_names[class],
                 100 * share(r->class[class][strategy].cycles, r->total[strategy]));
    }
}

/* The charges added up by class; with what is left of the base they are the total. */
static u64 sum_of_classes(const struct cost_result *r, unsigned strategy)
{
    u64 sum = r->base - r->replaced;
    for (unsigned class = 0; class < CHARGE_CLASSES; class++)
        sum += r->class[class][strategy].cycles;
    return sum;
}

static void strategies_print(const struct cost_result *r, line_fn *line, void *self)
{
    char text[240];
    snprintf(text, sizeof text, "%-8s %16s %16s %10s %8s  %s", "strategy", "total", "sum of classes", "x native",
             "assumed", "top classes");
    line(self, text);
    for (unsigned s = 0; s < COST_STRATEGIES; s++) {
        snprintf(text, sizeof text, "%-8s %16" PRIu64 " %16" PRIu64 " %10.3f %7.1f%%", cost_strategy_names[s],
                 r->total[s], sum_of_classes(r, s), share(r->total[s], r->total[COST_NATIVE]),
                 100 * share(r->assumed[s], r->total[s]));
        tops_add(text, sizeof text, r, s);
        line(self, text);
    }
}

static void classes_print(const struct costs *c, const struct cost_result *r, line_fn *line, void *self)
{
    char text[240];
    int length = snprintf(text, sizeof text, "%-13s %12s", "class", "events");
    for (unsigned s = 0; s < COST_STRATEGIES; s++)
        length += snprintf(text + length, sizeof text - (size_t)length, " %15s", cost_strategy_names[s]);
    line(self, text);
    for (unsigned class = 0; class < CHARGE_CLASSES; class++) {
        if (!c->tally[class].count)
            continue;
        length = snprintf(text, sizeof text, "%-13s %12" PRIu64, cost_class_names[class], c->tally[class].count);
        for (unsigned s = 0; s < COST_STRATEGIES; s++)
            length += snprintf(text + length, sizeof text - (size_t)length, " %14" PRIu64 "%c",
                               r->class[class][s].cycles, r->class[class][s].assumed ? '*' : ' ');
        line(self, text);
    }
}

static int site_order(const void *a, const void *b)
{
    const struct cost_site *x = a, *y = b;
    if (x->traps != y->traps)
        return x->traps < y->traps ? 1 : -1;
    return x->linear < y->linear ? -1 : x->linear > y->linear;
}

static void sites_print(const struct costs *c, line_fn *line, void *self)
{
    char text[160];
    struct cost_site *sorted = malloc(COST_SITES * sizeof *sorted);
    snprintf(text, sizeof text, "bt: %u sites trapped, %u proven guilty after %u traps each", c->sites, c->guilty,
             c->profile.adapt);
    line(self, text);
    if (!sorted)
        return;
    memcpy(sorted, c->site, COST_SITES * sizeof *sorted);
    qsort(sorted, COST_SITES, sizeof *sorted, site_order);
    for (unsigned i = 0; i < TOP_SITES && sorted[i].traps >= c->profile.adapt; i++) {
        snprintf(text, sizeof text, COST_GUILTY "%08x %-10s %u times", sorted[i].linear,
                 cost_class_names[sorted[i].class], sorted[i].traps);
        line(self, text);
    }
    free(sorted);
}

static void notes_print(const struct costs *c, const struct cost_result *r, line_fn *line, void *self)
{
    char text[240];
    snprintf(text, sizeof text, "base %" PRIu64 " cycles of the virtual clock, of which %" PRIu64
             " belong to what is charged instead; %" PRIu64 " returns are paid for with their entries", r->base,
             r->replaced, c->returns);
    line(self, text);
    if (c->leaks) {
        snprintf(text, sizeof text, "te misses %" PRIu64 " sensitive instructions of the kernel that do not trap: it "
                 "would be cheap, and wrong", c->leaks);
        line(self, text);
    }
    if (c->feed_time) {
        snprintf(text, sizeof text, "virtual time was charged as under %s: %" PRIu64 " cycles more, not in the base",
                 cost_strategy_names[c->feed], c->fed);
        line(self, text);
    }
}

void costs_print(struct costs *c, u64 busy, line_fn *line, void *self)
{
    struct cost_result r;
    char text[300];
    costs_result(c, busy, &r);
    snprintf(text, sizeof text, "costs, modelled after profile %s (%s); * and \"assumed\": not from published figures",
             c->profile.name, c->profile.about);
    line(self, text);
    strategies_print(&r, line, self);
    classes_print(c, &r, line, self);
    notes_print(c, &r, line, self);
    sites_print(c, line, self);
}
