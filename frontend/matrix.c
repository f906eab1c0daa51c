/* The matrix of leaks (matrix.h). The guest (firmware/guest/leak.c) tells on its serial port what each probe saw, and marks
 * on the debug console where it begins and ends. Whether the monitor had a hand in it is known here only: by the counters
 * between the marks, less what the way into the probe and out of it costs by itself. */
#include "frontend/matrix.h"
#include "cpu/monitor.h"
#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 512, LINE_MAX_BYTES = 256, MATRIX_RAM = 32 << 20, SERIAL_PACE = 32, SLICE = 1000000 };
/* What a bare machine needs, many times over. */
#define CYCLES_MAX ((u64)2000000000)
enum { STATUS_BAD = 2, STATUS_INTERNAL = 10 };

/* MATRIX_COLUMNS(X): X(title, text of --vmm=) */
#define MATRIX_COLUMNS(X) \
    X("native",  "compliant") \
    X("strict",  "strict") \
    X("keep,3",  "pentium,ring=3,keep") \
    X("raise,3", "pentium,ring=3,raise") \
    X("raise,1", "pentium,ring=1,raise") \
    X("umip,3",  "pentium,umip") \
    X("hybrid",  "hybrid") \
    X("patch",   "patch")
static const struct { const char *title, *monitor; } columns[] = {
#define X(title, monitor) { title, monitor },
    MATRIX_COLUMNS(X)
#undef X
};
enum { COLUMNS = ARRAY_LEN(columns) };

static const char *const situations[] = { "kernel", "user", "real" };
enum { SITUATIONS = ARRAY_LEN(situations), REAL_SITUATION = 2 };

struct counts { u64 trapped[SENS_COUNT], spurious[SENS_COUNT]; };

struct cell { char text[4], seen[64]; bool leaks; };

struct probe {
    unsigned    situation, row;                  /* row SENS_COUNT: no instruction of the table */
    char        name[32], bare[64];
    struct cell cell[COLUMNS];
};

struct matrix {
    struct probe   probe[PROBES_MAX];
    unsigned       probes;
    bool           ended[COLUMNS];
    /* The machine that runs now. */
    unsigned       column;
    struct machine *machine;
    char           line[LINE_MAX_BYTES];
    unsigned       length;
    struct counts  begin, taken, base[SITUATIONS];
};

/* ---- what the guest says ---- */
static void counts_now(const struct matrix *x, struct counts *counts)
{
    const struct monitor *monitor = x->machine->cpu.monitor;
    for (unsigned i = 0; i < SENS_COUNT; i++) {
        counts->trapped[i] = monitor->row[i].trapped;
        counts->spurious[i] = monitor->vmm.spurious[i];
    }
}

/* minuend -= subtrahend */
static void counts_less(struct counts *minuend, const struct counts *subtrahend)
{
    for (unsigned i = 0; i < SENS_COUNT; i++) {
        minuend->trapped[i] -= subtrahend->trapped[i];
        minuend->spurious[i] -= subtrahend->spurious[i];
    }
}

/* The debug console: '(' before a probe, ')' after it. */
static void mark_put(void *self, u8 byte)
{
    struct matrix *x = self;
    if (byte == '(') counts_now(x, &x->begin);
    if (byte != ')') return;
    counts_now(x, &x->taken);
    counts_less(&x->taken, &x->begin);
}

static struct probe *probe_find(struct matrix *x, unsigned situation, const char *name)
{
    for (unsigned i = 0; i < x->probes; i++)
        if (x->probe[i].situation == situation && strcmp(x->probe[i].name, name) == 0) return &x->probe[i];
    if (x->probes == PROBES_MAX) return NULL;
    struct probe *probe = &x->probe[x->probes++];
    probe->situation = situation;
    snprintf(probe->name, sizeof probe->name, "%s", name);
    return probe;
}

static unsigned row_named(const char *name)
{
    unsigned row = 0;
    while (row < SENS_COUNT && strcmp(sensitive_id_name(row), name) != 0) row++;
    return row;
}

static unsigned situation_named(const char *name)
{
    unsigned situation = 0;
    while (situation < SITUATIONS && strcmp(situations[situation], name) != 0) situation++;
    return situation;
}

/* Right, but is that the chip's doing? In real mode IOPL 0 makes the chip refuse in earnest: no spurious trap. */
static const char *hand_of_monitor(const struct matrix *x, const struct probe *probe)
{
    if (x->column == 0 || probe->row == SENS_COUNT) return "ok";
    struct counts taken = x->taken;
    counts_less(&taken, &x->base[probe->situation]);
    if ((s64)taken.trapped[probe->row] <= 0) return "ok";
    return (s64)taken.spurious[probe->row] > 0 && probe->situation != REAL_SITUATION ? "T" : "#";
}

static void line_take(struct matrix *x)
{
    char situation[16], name[32], row[32], kind[4], bare[64], seen[64];
    if (sscanf(x->line, "leak %15s %31s %31s %3s bare=%63s seen=%63s", situation, name, row, kind, bare, seen) != 6) {
        x->ended[x->column] |= strncmp(x->line, "leaks done ", 11) == 0;
        return;
    }
    unsigned index = situation_named(situation);
    struct probe *probe = index < SITUATIONS ? probe_find(x, index, name) : NULL;
    if (!probe) return;
    if (strcmp(name, "nothing") == 0) x->base[index] = x->taken;
    struct cell *cell = &probe->cell[x->column];
    probe->row = row_named(row);
    cell->leaks = strcmp(kind, "ok") != 0;
    snprintf(cell->text, sizeof cell->text, "%s", cell->leaks ? kind : hand_of_monitor(x, probe));
    snprintf(cell->seen, sizeof cell->seen, "%s", seen);
    snprintf(probe->bare, sizeof probe->bare, "%s", bare);
}

static void serial_put(void *self, u8 byte)
{
    struct matrix *x = self;
    if (byte != '\n') {
        if (byte >= ' ' && x->length < LINE_MAX_BYTES - 1) x->line[x->length++] = (char)byte;
        return;
    }
    x->line[x->length] = 0;
    x->length = 0;
    line_take(x);
}

/* ---- a column ---- */
static bool boot(void *self, struct machine *machine, struct error *why) { return load_kernel(self, machine, why); }

static bool column_run(struct matrix *x, const struct options *o, struct host *host, struct error *why)
{
    struct load load = { .kernel = session_embedded_guest(), .command_line = "leaks" };
    struct machine_config config = {
        .ram_bytes = MATRIX_RAM, .model = cpu_model_find(o->cpu), .serial_pace = SERIAL_PACE,
        .engine = { o->loop_engine ? ENGINE_LOOP : ENGINE_TAIL, (unsigned)o->block_cap, o->flush_seed },
        .boot = boot, .boot_self = &load, .rtc_seconds = o->rtc_seconds, .no_reboot = true,
        .console = { { DEBUGPORT_BOCHS, { mark_put, x } } }, .consoles = 1
    };
    config.serial[0].present = true;
    config.serial[0].sink = (struct byte_sink){ serial_put, x };
    x->length = 0;
    memset(x->base, 0, sizeof x->base);
    if (!vmm_parse(&config.vmm, columns[x->column].monitor, why)) return false;
    if (!(x->machine = machine_create(&config, host, why))) return false;
    enum machine_stop stop = MACHINE_RUNS;
    while (stop <= MACHINE_INSNS && x->machine->clock.now < CYCLES_MAX)
        stop = machine_run(x->machine, x->machine->clock.now + SLICE, UINT64_MAX, false);
    machine_drain(x->machine);
    machine_destroy(x->machine);
    x->machine = NULL;
    return true;
}

/* ---- the table ---- */
/* In the order of sensitive.def, then of the situations, then of leak.def. */
static bool probe_prints_now(const struct probe *probe, unsigned row, unsigned situation)
{
    return probe->row == row && probe->situation == situation && strncmp(probe->name, "nothing", 7) != 0;
}

static const char *row_title(unsigned row) { return row == SENS_COUNT ? "(frames)" : sensitive_table[row].name; }

/* The cells of a row of the table, no blanks at its end. */
static void cells_print(const char *const text[COLUMNS], FILE *out)
{
    for (unsigned c = 0; c < COLUMNS; c++) fprintf(out, " %-*s", c == COLUMNS - 1 ? 0 : 7, text[c]);
    fputs("\n", out);
}

static void probe_print(const struct probe *probe, const char *title, FILE *out)
{
    const char *text[COLUMNS];
    for (unsigned c = 0; c < COLUMNS; c++) text[c] = *probe->cell[c].text ? probe->cell[c].text : "-";
    fprintf(out, "%-15s %-7s %-19s", title, situations[probe->situation], probe->name);
    cells_print(text, out);
}

static void table_print(const struct matrix *x, FILE *out)
{
    const char *text[COLUMNS];
    for (unsigned c = 0; c < COLUMNS; c++) text[c] = columns[c].title;
    fprintf(out, "%-15s %-7s %-19s", "instruction", "where", "probe");
    cells_print(text, out);
    for (unsigned row = 0; row <= SENS_COUNT; row++)
        for (unsigned situation = 0; situation < SITUATIONS; situation++)
            for (unsigned i = 0; i < x->probes; i++)
                if (probe_prints_now(&x->probe[i], row, situation)) probe_print(&x->probe[i], row_title(row), out);
}

/* ---- the sums: mnemonics ---- */
struct mnemonic { char text[16]; };

static struct mnemonic mnemonic_of(unsigned row)
{
    struct mnemonic m;
    snprintf(m.text, sizeof m.text, "%.*s", (int)strcspn(sensitive_table[row].name, " "), sensitive_table[row].name);
    return m;
}

/* situation SITUATIONS: any. */
static bool row_leaks(const struct matrix *x, unsigned row, unsigned column, unsigned situation)
{
    for (unsigned i = 0; i < x->probes; i++) {
        const struct probe *probe = &x->probe[i];
        if (probe->row == row && probe->cell[column].leaks && (situation == SITUATIONS || probe->situation == situation))
            return true;
    }
    return false;
}

static bool mnemonic_leaks(const struct matrix *x, struct mnemonic m, unsigned column, unsigned situation)
{
    for (unsigned row = 0; row < SENS_COUNT; row++)
        if (strcmp(mnemonic_of(row).text, m.text) == 0 && row_leaks(x, row, column, situation)) return true;
    return false;
}

static bool mnemonic_is_new(unsigned row)
{
    for (unsigned earlier = 0; earlier < row; earlier++)
        if (strcmp(mnemonic_of(earlier).text, mnemonic_of(row).text) == 0) return false;
    return true;
}

/* listed: of Robin and Irvine's; else of the others. out NULL: only counts. */
static unsigned mnemonics(const struct matrix *x, unsigned column, unsigned situation, bool listed, FILE *out)
{
    unsigned count = 0;
    for (unsigned row = 0; row < SENS_COUNT; row++) {
        struct mnemonic m = mnemonic_of(row);
        if (sensitive_robin_irvine(&sensitive_table[row]) != listed || !mnemonic_is_new(row)
            || !mnemonic_leaks(x, m, column, situation))
            continue;
        if (out) fprintf(out, " %s", m.text);
        count++;
    }
    return count;
}

static void sum_print(const struct matrix *x, const char *what, unsigned situation, FILE *out)
{
    char sum[COLUMNS][16];
    const char *text[COLUMNS];
    for (unsigned c = 0; c < COLUMNS; c++) {
        unsigned listed = mnemonics(x, c, situation, true, NULL), others = mnemonics(x, c, situation, false, NULL);
        snprintf(sum[c], sizeof sum[c], "%u+%u", listed, others);
        text[c] = x->ended[c] ? sum[c] : "?";
    }
    fprintf(out, "%-43s", what);
    cells_print(text, out);
}

static void names_print(const struct matrix *x, unsigned column, FILE *out)
{
    fprintf(out, "%-8s--vmm=%-20s leaks", columns[column].title, columns[column].monitor);
    if (!x->ended[column]) fputs(" what ended it early;", out);
    unsigned listed = mnemonics(x, column, SITUATIONS, true, out);
    if (mnemonics(x, column, SITUATIONS, false, NULL)) {
        fputs(listed ? "; and" : ":", out);
        mnemonics(x, column, SITUATIONS, false, out);
    } else if (!listed) {
        fputs(" nothing", out);
    }
    fputs("\n", out);
}

static void matrix_print(const struct matrix *x, FILE *out)
{
    fputs("What the monitors leak. ok: as on a bare machine, #: trapped and emulated, T: the same, but only because the\n"
          "chip found fault with it; R: the guest reads what is the monitor's, S: silently dropped, W: wrong result, M: a\n"
          "fault is missed. Real mode runs in virtual-8086 mode. All of it is modelled: no second processor is at work.\n\n",
          out);
    table_print(x, out);
    fputs("\nNames that leak: Robin and Irvine's 17 (which are 18) + others\n", out);
    for (unsigned s = 0; s < SITUATIONS; s++) sum_print(x, situations[s], s, out);
    sum_print(x, "anywhere", SITUATIONS, out);
    fputs("\n", out);
    for (unsigned c = 0; c < COLUMNS; c++) names_print(x, c, out);
}

/* A line per cell: COLUMN SITUATION ROW PROBE CELL SEEN. */
static void lines_print(const struct matrix *x, FILE *out)
{
    for (unsigned c = 0; c < COLUMNS; c++)
        for (unsigned i = 0; i < x->probes; i++) {
            const struct probe *probe = &x->probe[i];
            const struct cell *cell = &probe->cell[c];
            fprintf(out, "%s %s %s %s %s %s\n", columns[c].title, situations[probe->situation],
                    probe->row < SENS_COUNT ? sensitive_id_name(probe->row) : "none", probe->name,
                    *cell->text ? cell->text : "-", *cell->seen ? cell->seen : "-");
        }
}

int matrix_run(const struct options *options, struct host *host, bool lines, FILE *out, struct error *why)
{
    struct matrix *x = calloc(1, sizeof *x);
    bool good = x || error_set(why, "no memory for the matrix");
    int status = 0;
    if (good && session_embedded_guest().length == 0)
        good = error_set(why, "this build has no guest of its own, which --matrix runs");
    for (unsigned c = 0; good && c < COLUMNS; c++) {
        x->column = c;
        good = column_run(x, options, host, why);
        if (good && !x->ended[c]) status = STATUS_INTERNAL;
    }
    if (!good) status = STATUS_BAD;
    else if (lines) lines_print(x, out);
    else matrix_print(x, out);
    free(x);
    return status;
}
