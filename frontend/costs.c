/* From options to an account of costs and back to text (frontend/costs.h). Floor 3 counts and reckons (cpu/costs.h). */
#include "frontend/costs.h"
#include "frontend/session.h"
#include "frontend/symbols.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROFILE_MAX = 64 << 10, RESULTS_MAX = 1 << 20, COLUMNS = 2 + COST_STRATEGIES };

/* cpu/profiles/profiles.S */
extern const char profile_p4_672[], profile_p4_672_end[], profile_lecture[], profile_lecture_end[], profile_flat_1[],
    profile_flat_1_end[];
static const struct { const char *name, *text, *end; } built_in[] = {
    { "p4-672", profile_p4_672, profile_p4_672_end },
    { "lecture", profile_lecture, profile_lecture_end },
    { "flat-1", profile_flat_1, profile_flat_1_end }
};

/* ---- the profile ---- */
static bool profile_from_file(struct cost_profile *profile, const char *path, struct error *why)
{
    struct blob text = { NULL, 0 };
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(why, "--costs %s: no such profile (p4-672, lecture, flat-1) and no such file: %s", path,
                         strerror(errno));
    fclose(file);
    if (!file_read(path, "cost profile", PROFILE_MAX, &text, why)) return false;
    bool good = cost_profile_parse(profile, path, (const char *)text.bytes, text.length, why);
    file_free(&text);
    return good;
}

static bool profile_named(struct cost_profile *profile, const char *name, struct error *why)
{
    for (unsigned i = 0; i < ARRAY_LEN(built_in); i++)
        if (strcmp(built_in[i].name, name) == 0)
            return cost_profile_parse(profile, name, built_in[i].text, (size_t)(built_in[i].end - built_in[i].text),
                                      why);
    return profile_from_file(profile, name, why);
}

/* NAME or FILE, perhaps with ",adapt=K" behind. */
static bool profile_read(struct cost_profile *profile, const char *text, struct error *why)
{
    char name[4096], *end;
    const char *setting = strstr(text, ",adapt=");
    size_t length = setting ? (size_t)(setting - text) : strlen(text);
    if (length >= sizeof name) return error_set(why, "--costs: the name is too long");
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (!profile_named(profile, name, why)) return false;
    if (!setting) return true;
    unsigned long k = strtoul(setting + 7, &end, 10);
    if (setting[7] < '0' || setting[7] > '9' || *end || k < 1 || k > 1000)
        return error_set(why, "--costs %s: adapt takes 1 to 1000", text);
    profile->adapt = (u32)k;
    return true;
}

/* ---- options ---- */
static bool charged(const struct options *o) { return o->vmm_time && strcmp(o->vmm_time, "free") != 0; }
static bool counting(const struct options *o) { return o->costs || charged(o); }

static bool strategy_named(const char *text, enum cost_strategy *strategy)
{
    *strategy = COST_TE;
    if (strcmp(text, "charged") == 0) return true;
    if (strncmp(text, "charged:", 8) != 0) return false;
    for (int i = COST_TE; i < COST_STRATEGIES; i++)
        if (strcmp(text + 8, cost_strategy_names[i]) == 0) {
            *strategy = (enum cost_strategy)i;
            return true;
        }
    return false;
}

bool costs_agree(const struct options *o, struct error *why)
{
    enum cost_strategy strategy;
    if (charged(o) && !strategy_named(o->vmm_time, &strategy))
        return error_set(why, "--vmm-time %s: give free, charged, or charged:STRATEGY with te, co, bt, hw, core2 or pv",
                         o->vmm_time);
    if ((o->costs_out || o->costs_name) && !o->costs)
        return error_set(why, "--costs-out and --costs-name need --costs PROFILE");
    if (o->costs_chart && !o->costs && !o->costs_in)
        return error_set(why, "--costs-chart needs --costs PROFILE, or results in --costs-in FILE");
    if (o->costs_in && !o->costs_chart) return error_set(why, "--costs-in needs --costs-chart FILE");
    return true;
}

/* Every write to a page table is to be seen: whether a site is worth adapting to, bt's account decides. And few shadows
 * are kept, for with all writes traced those of dead processes cost more than they save (docs/costs.md). */
enum { COSTS_ROOTS = 2 };
void costs_configure(const struct options *o, struct vmm_config *config)
{
    if (!counting(o)) return;
    if (!config->name) vmm_config_default(config);
    if (config->paging != PAGING_DIRECT) return;             /* the user's own choice, or a monitor that needs it */
    config->paging = PAGING_COUNT;
    config->tracing = TRACE_ALWAYS;
    config->roots = COSTS_ROOTS;
}

bool costs_begin(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    struct cost_profile profile;
    enum cost_strategy strategy = COST_TE;
    if (!counting(o)) return true;
    if (!profile_read(&profile, o->costs ? o->costs : built_in[0].name, why)) return false;
    if (!file_open(&session->costs_out, o->costs_out, "ae", "--costs-out", why)) return false;
    if (!file_open(&session->costs_chart, o->costs_chart, "we", "--costs-chart", why)) return false;
    session->costs = costs_create(&session->machine->cpu, &profile, why);
    if (session->costs && charged(o) && strategy_named(o->vmm_time, &strategy))
        costs_feed_time(session->costs, strategy);
    return session->costs;
}

/* ---- results of runs ---- */
static bool workload_parse(struct cost_workload *w, char *line)
{
    for (unsigned column = 0; column < COLUMNS; column++) {
        char *word = strsep(&line, "\t"), *end = NULL;
        if (!word || !*word) return false;
        if (column == 0) snprintf(w->name, sizeof w->name, "%s", word);
        else if (column == 1) snprintf(w->profile, sizeof w->profile, "%s", word);
        else w->total[column - 2] = strtoull(word, &end, 10);
        if (end && (*end || *word < '0' || *word > '9' || w->total[column - 2] == 0)) return false;
    }
    return !line;
}

static bool workloads_parse(struct cost_workloads *all, const char *path, char *text, struct error *why)
{
    unsigned number = 0;
    for (char *line; (line = strsep(&text, "\n"));) {
        number++;
        if (!*line || *line == '#') continue;
        if (all->count == COST_WORKLOADS)
            return error_set(why, "%s:%u: more than %d workloads", path, number, COST_WORKLOADS);
        if (!workload_parse(&all->item[all->count++], line))
            return error_set(why, "%s:%u: not a line that --costs-out wrote", path, number);
    }
    return true;
}

static bool workloads_read(struct cost_workloads *all, const char *path, struct error *why)
{
    char *text = file_read_text(path, "costs-in", RESULTS_MAX, why);
    bool good = text && workloads_parse(all, path, text, why);
    free(text);
    return good;
}

bool costs_chart_only(const struct options *o, struct error *why)
{
    struct cost_workloads all = { .count = 0 };
    FILE *out = NULL;
    if (!workloads_read(&all, o->costs_in, why) || !file_open(&out, o->costs_chart, "we", "--costs-chart", why))
        return false;
    costs_chart(out, &all);
    return fclose(out) == 0 || error_set(why, "--costs-chart '%s': %s", o->costs_chart, strerror(errno));
}

/* ---- the end of a run ---- */
/* The kernel's file name, unless the user names the workload; nothing that would break a line of results. */
static void workload_name(const struct options *o, char *name, size_t size)
{
    const char *path = o->kernel ? o->kernel : o->bios ? o->bios : "embedded-guest";
    const char *slash = strrchr(path, '/');
    snprintf(name, size, "%s", o->costs_name ? o->costs_name : slash ? slash + 1 : path);
    for (char *c = name; *c; c++)
        if ((u8)*c <= ' ' || *c == 0x7f) *c = '_';
    if (!*name || *name == '#') *name = '_', name[1] = 0;
}

static void workload_write(FILE *out, const struct cost_workload *w)
{
    fprintf(out, "%s\t%s", w->name, w->profile);
    for (unsigned i = 0; i < COST_STRATEGIES; i++) fprintf(out, "\t%" PRIu64, w->total[i]);
    fputc('\n', out);
}

static struct cost_workload workload_now(struct session *session, u64 busy)
{
    struct cost_workload w = { .name = "" };
    struct cost_result result;
    costs_result(session->costs, busy, &result);
    workload_name(&session->options, w.name, sizeof w.name);
    memcpy(w.profile, session->costs->profile.name, sizeof w.profile);
    for (unsigned i = 0; i < COST_STRATEGIES; i++) w.total[i] = MAX(result.total[i], 1);
    return w;
}

/* A guilty site gets its name in the kernel, if that has symbols. */
static void line_print(void *self, const char *text)
{
    const struct session *session = self;
    char symbol[128] = "";
    if (strncmp(text, COST_GUILTY, strlen(COST_GUILTY)) == 0)
        symbol_find(&session->load.kernel, (u32)strtoul(text + strlen(COST_GUILTY), NULL, 16), symbol, sizeof symbol);
    fprintf(stderr, "%s%s%s\n", text, *symbol ? "  " : "", symbol);
}

static void summary_print(const struct cost_workload *w)
{
    fprintf(stderr, "trap86: workload %s, native %" PRIu64 " cycles:", w->name, w->total[COST_NATIVE]);
    for (unsigned i = COST_TE; i < COST_STRATEGIES; i++)
        fprintf(stderr, "%s %s %.2fx", i == COST_TE ? "" : ",", cost_strategy_names[i],
                (double)w->total[i] / (double)w->total[COST_NATIVE]);
    fputc('\n', stderr);
}

static void chart_draw(struct session *session, const struct cost_workload *now)
{
    struct cost_workloads all = { .count = 0 };
    struct error why;
    if (session->options.costs_in && !workloads_read(&all, session->options.costs_in, &why))
        fprintf(stderr, "trap86: %s\n", why.text);
    all.count = MIN(all.count, COST_WORKLOADS - 1);
    all.item[all.count++] = *now;
    costs_chart(session->costs_chart, &all);
}

void costs_end(struct session *session)
{
    const struct machine *m = session->machine;
    if (!session->costs) return;
    u64 busy = m->clock.now - m->idle_cycles;
    struct cost_workload now = workload_now(session, busy);
    if (session->options.costs) {
        costs_print(session->costs, busy, line_print, session);
        summary_print(&now);
    }
    if (session->costs_out) workload_write(session->costs_out, &now);
    if (session->costs_chart) chart_draw(session, &now);
}
