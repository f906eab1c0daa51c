/* The text of --vmm= (vmm.h): a monitor of vmm.def, then settings. */
#include "cpu/vmm.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum row_set { ROWS_NONE, ROWS_ALL, ROWS_RI17 };
enum does { DOES_NOTHING, DOES_PATCH, DOES_PV, DOES_REPORT };
struct kind {
    const char *name;
    enum vmm_projection projection;
    enum row_set kernel, user;
    bool leaks;
    enum vmm_paging paging;
    enum does does;
    const char *help;
};
static const struct kind kinds[] = {
#define MONITOR(name, projection, kernel, user, leaks, paging, does, help) \
    { name, PROJECT_##projection, ROWS_##kernel, ROWS_##user, leaks, PAGING_##paging, DOES_##does, help },
#include "cpu/vmm.def"
#undef MONITOR
};

/* What UMIP (CR4 bit 11 of later processors) makes privileged. */
static const u8 umip_rows[] = { SENS_sgdt, SENS_sidt, SENS_sldt, SENS_smsw, SENS_str };

/* The values of vmm.md 2.1, chosen to trip the classic detectors: an IDT above D0000000h, an LDT selector that is not
 * 0, a task register of 4000h. */
static const struct vmm_constants constants_default = {
    .gdtr = { 0xffc07000, 0x47ff }, .idtr = { 0xffc18000, 0x07ff }, .ldtr = 0x4058, .tr = 0x4000, .cr0 = 0x8005003b
};
enum { ROOTS_DEFAULT = 8, TRACE_K_DEFAULT = 4, TRACE_MAX_DEFAULT = 256, ROOTS_MAX = 64 };

static void rows_set(u8 *traps, enum row_set set)
{
    for (unsigned id = 0; id < SENS_COUNT; id++)
        traps[id] = set == ROWS_ALL || (set == ROWS_RI17 && sensitive_robin_irvine(&sensitive_table[id]));
}

/* Xen's place for a kernel; CPUID has leaves for it, and INT is how it calls. */
static void pv_set(struct vmm_config *config)
{
    config->pv = true;
    config->ring = 1;
    for (unsigned view = 0; view < VIEWS; view++)
        config->traps[view][SENS_cpuid] = config->traps[view][SENS_int_n] = 1;
}

static void config_from(struct vmm_config *config, const struct kind *kind)
{
    *config = (struct vmm_config){
        .name = kind->name, .projection = (u8)kind->projection, .ring = 3, .leaks = kind->leaks,
        .apart = !kind->leaks,              /* the classic monitor has one shadow of each table */
        .physical = constants_default, .paging = (u8)kind->paging, .roots = ROOTS_DEFAULT,
        .trace_k = TRACE_K_DEFAULT, .trace_max = TRACE_MAX_DEFAULT,
        .keep = kind->projection == PROJECT_USER,    /* no kernel needs its segments raised */
        .patch = kind->does == DOES_PATCH, .report = kind->does == DOES_REPORT
    };
    rows_set(config->traps[VIEW_KERNEL], kind->kernel);
    rows_set(config->traps[VIEW_USER], kind->user);
    if (kind->does == DOES_PV)
        pv_set(config);
}

static void text_note(struct vmm_config *config, const char *text)
{
    snprintf(config->text, sizeof config->text, "%s", text);
}

void vmm_config_default(struct vmm_config *config)
{
    config_from(config, &kinds[0]);
    text_note(config, kinds[0].name);
}

/* ---- settings ---- */
struct setting { char key[16], value[256]; bool has_value; };

static bool number(const char *text, char end, u64 most, u64 *value, const char **rest)
{
    char *stop;
    if (!strchr("0123456789", *text) || !*text)
        return false;
    *value = strtoull(text, &stop, 0);
    *rest = stop;
    return *stop == end && *value <= most;
}

static bool take_u16(const char *text, u64 least, u64 most, u16 *to)
{
    u64 value;
    const char *rest;
    if (!number(text, 0, most, &value, &rest) || value < least)
        return false;
    *to = (u16)value;
    return true;
}

/* BASE/LIMIT */
static bool take_table(const char *text, struct table_register *to)
{
    u64 base, limit;
    const char *rest;
    if (!number(text, '/', 0xffffffff, &base, &rest) || !number(rest + 1, 0, 0xffff, &limit, &rest))
        return false;
    *to = (struct table_register){ (u32)base, (u16)limit };
    return true;
}

static bool take_cr0(const char *text, u32 *to)
{
    u64 value;
    const char *rest;
    if (!number(text, 0, 0xffffffff, &value, &rest) || !(value & CR0_PE) || !(value & CR0_PG))
        return false;
    *to = (u32)value;
    return true;
}

static bool take_choice(const char *text, const char *const *choices, u8 *to)
{
    for (u8 i = 0; choices[i]; i++)
        if (strcmp(text, choices[i]) == 0) {
            *to = i;
            return true;
        }
    return false;
}

static int row_find(const char *name)
{
    for (int id = 0; id < SENS_COUNT; id++)
        if (strcmp(sensitive_id_name((unsigned)id), name) == 0)
            return id;
    return -1;
}

/* Rows by name, "all" or "17"; several with + between. */
static bool take_rows(struct vmm_config *config, const char *names, u8 traps)
{
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name; (name = strsep(&rest, "+"));) {
        int id = row_find(name);
        bool all = strcmp(name, "all") == 0, listed = strcmp(name, "17") == 0;
        if (id < 0 && !all && !listed)
            return false;
        for (int i = 0; i < SENS_COUNT; i++)
            if (all || i == id || (listed && sensitive_robin_irvine(&sensitive_table[i])))
                config->traps[VIEW_KERNEL][i] = config->traps[VIEW_USER][i] = traps;
    }
    return true;
}

static bool take_umip(struct vmm_config *config)
{
    for (unsigned i = 0; i < ARRAY_LEN(umip_rows); i++)
        config->traps[VIEW_KERNEL][umip_rows[i]] = config->traps[VIEW_USER][umip_rows[i]] = 1;
    return true;
}

static bool take_strict_set(struct vmm_config *config)
{
    rows_set(config->traps[VIEW_KERNEL], ROWS_RI17);
    rows_set(config->traps[VIEW_USER], ROWS_RI17);
    config->leaks = true;
    config->apart = false;
    return true;
}

static bool setting_take(struct vmm_config *config, const struct setting *s)
{
    static const char *const tracing[] = { "adaptive", "always", "never", NULL };
    static const char *const paging[] = { "direct", "shadow", "count", NULL };
    struct vmm_constants *physical = &config->physical;
    const char *key = s->key, *value = s->value;
    bool projects = config->projection != PROJECT_NONE;

    if (strcmp(key, "roots") == 0) return take_u16(value, 1, ROOTS_MAX, &config->roots);
    if (strcmp(key, "trace") == 0) return take_choice(value, tracing, &config->tracing);
    if (strcmp(key, "trace-k") == 0) return take_u16(value, 1, 0xffff, &config->trace_k);
    if (strcmp(key, "trace-max") == 0) return take_u16(value, 1, 0xffff, &config->trace_max);
    if (strcmp(key, "paging") == 0) return !config->patch && take_choice(value, paging, &config->paging);
    if (!projects) return false;
    if (strcmp(key, "ring") == 0 && (strcmp(value, "3") == 0 || strcmp(value, "1") == 0)) {
        config->ring = (u8)(*value - '0');
        return config->projection == PROJECT_ALL || config->ring == 3;
    }
    if (strcmp(key, "raise") == 0 && !s->has_value) return config->keep = false, true;
    if (strcmp(key, "keep") == 0 && !s->has_value) return config->keep = true, true;
    if (strcmp(key, "umip") == 0 && !s->has_value) return take_umip(config);
    if (strcmp(key, "17") == 0 && strcmp(config->name, "strict") == 0) return take_strict_set(config);
    if (strcmp(key, "cure") == 0) return take_rows(config, value, 1);
    if (strcmp(key, "leak") == 0) return config->leaks = true, take_rows(config, value, 0);
    if (strcmp(key, "gdtr") == 0) return take_table(value, &physical->gdtr);
    if (strcmp(key, "idtr") == 0) return take_table(value, &physical->idtr);
    if (strcmp(key, "ldtr") == 0) return take_u16(value, 0, 0xffff, &physical->ldtr);
    if (strcmp(key, "tr") == 0) return take_u16(value, 0, 0xffff, &physical->tr);
    if (strcmp(key, "cr0") == 0) return take_cr0(value, &physical->cr0);
    /* cure=A,B: a bare name after another is one more row to cure. */
    return !s->has_value && row_find(key) >= 0 && take_rows(config, key, 1);
}

static const struct kind *kind_find(const char *text, size_t length)
{
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (strlen(kinds[i].name) == length && strncmp(kinds[i].name, text, length) == 0)
            return &kinds[i];
    return NULL;
}

static bool setting_next(const char **text, struct setting *s)
{
    size_t length = strcspn(*text, ",");
    const char *equals = memchr(*text, '=', length);
    size_t key = equals ? (size_t)(equals - *text) : length, value = equals ? length - key - 1 : 0;
    if (key == 0 || key >= sizeof s->key || value >= sizeof s->value)
        return false;
    snprintf(s->key, sizeof s->key, "%.*s", (int)key, *text);
    snprintf(s->value, sizeof s->value, "%.*s", (int)value, equals ? equals + 1 : "");
    s->has_value = equals;
    *text += length;
    return true;
}

static bool refuse_name(const char *text, struct error *why)
{
    char names[128] = "";
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s", kinds[i].name);
    return error_set(why, "--vmm=%s: there is no such monitor; these exist:%s", text, names);
}

bool vmm_parse(struct vmm_config *config, const char *text, struct error *why)
{
    size_t length = strcspn(text, ",=");
    const struct kind *kind = kind_find(text, length);
    const char *rest = text + length;
    struct setting s;
    if (!kind)
        return refuse_name(text, why);
    config_from(config, kind);
    text_note(config, text);
    if (*rest == '=' && strcmp(kind->name, "strict") != 0)     /* strict=17 */
        return refuse_name(text, why);
    while (*rest) {
        const char *at = ++rest;                               /* behind the comma, or the = of strict=17 */
        if (!setting_next(&rest, &s) || !setting_take(config, &s))
            return error_set(why, "--vmm=%s: '%.*s' does not go with %s; --vmm=help lists monitors and settings", text,
                             (int)strcspn(at, ","), at, kind->name);
    }
    return true;
}

void vmm_print(void (*line)(void *self, const char *text), void *self)
{
    static const char *const settings[] = {
        "Settings, after commas:",
        "  ring=3|1             physical CPL of the guest's kernel (pentium, strict, patch, pv)",
        "  raise, keep          shadow descriptors: DPL raised to the ring (default), or the guest's",
        "  umip                 SGDT, SIDT, SLDT, SMSW and STR trap, as with CR4.UMIP",
        "  cure=ROW[,ROW...]    these rows of --list-sensitive trap too (by id: popf, push_cs ...; all; 17)",
        "  leak=ROW[+ROW...]    these do not",
        "  strict=17            only Robin and Irvine's list traps, beside what is privileged",
        "  gdtr=, idtr=BASE/LIMIT, ldtr=, tr=SELECTOR, cr0=VALUE   the monitor's own registers on the chip",
        "  paging=direct|shadow|count, roots=N, trace=adaptive|always|never, trace-k=N, trace-max=N",
    };
    char text[200];
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        snprintf(text, sizeof text, "%-10s %s", kinds[i].name, kinds[i].help);
        line(self, text);
    }
    for (unsigned i = 0; i < ARRAY_LEN(settings); i++)
        line(self, settings[i]);
}
