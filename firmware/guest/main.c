/* The embedded guest, which trap86 boots when it is given nothing else: executes every sensitive instruction of the
 * IA-32 in every mode of the processor, prints what it saw beside what a bare machine shows, and powers off if they
 * agree. What is expected is in probes.def.
 * Not looked at: virtual-8086 mode extensions, PAE, the FPU. A machine that a probe makes hang is the host's to end. */
#include "firmware/guest/guest_main.h"

enum { COLUMN_NAME = 5, COLUMN_MODE = 23, COLUMN_SAW = 30, COLUMN_BARE = 51, COLUMN_VERDICT = 71,
       LINE_SIZE = 96 };
enum expectation_kind { IS_NA, IS_VALUE, IS_FAULT, IS_INTERRUPT, IS_PAGE_FAULT, IS_SIGNATURE };
enum probe_show { TABLE, WORD, LONG, LAR, LSL, ZF, LATER, PAIR, GATE, FAR, CS, INTO, NOTHING };

struct expectation {
    u8 kind, vector;
    u32 a, b;
};

struct probe {
    const char *rule, *name;
    u8 needs, setup, show;
    struct expectation expect[MODES_COUNT];
};

#define NA { IS_NA, 0, 0, 0 }
#define V(a) { IS_VALUE, 0, a, 0 }
#define V2(a, b) { IS_VALUE, 0, a, b }
#define F(vector, error) { IS_FAULT, vector, error, 0 }
#define I(vector, cs) { IS_INTERRUPT, vector, cs, 0 }
#define PF(error, page) { IS_PAGE_FAULT, 14, error, LOW + page }
#define BOOT { IS_SIGNATURE, 0, 0, 0 }
#define UD F(6, 0)
#define GP(error) F(13, error)
#define ALL(x) x, x, x, x, x, x
#define EACH(real, ring0, ring3, v86_0, v86_3) real, ring0, ring0, ring3, v86_0, v86_3
#define MODES(real, prot, v86) real, prot, prot, prot, v86, v86
#define PROT(ring0, ring3) UD, ring0, ring0, ring3, UD, UD
#define PRIV(real, ring0) real, ring0, ring0, GP(0), GP(0), GP(0)
#define ONLY_PROT(ring0, ring3) NA, ring0, ring0, ring3, NA, NA
#define ONLY_RING0(x) NA, x, x, NA, NA, NA
#define PAGES(ring0, others) V(0), V(0), ring0, others, others, others
#define CODES V(LOW_SEGMENT), V(SEL_KCODE), V(SEL_KCODE), V(SEL_UCODE), V(LOW_SEGMENT), V(LOW_SEGMENT)
#define DATAS V(LOW_SEGMENT), V(SEL_KDATA), V(SEL_KDATA), V(SEL_UDATA), V(LOW_SEGMENT), V(LOW_SEGMENT)
#define FAR_TO(selector) V2(0x1234, selector)
#define DATA_PAIRS FAR_TO(LOW_SEGMENT), FAR_TO(SEL_KDATA), FAR_TO(SEL_KDATA), FAR_TO(SEL_UDATA), FAR_TO(LOW_SEGMENT), \
    FAR_TO(LOW_SEGMENT)
#define INTS(vector) I(vector, LOW_SEGMENT), I(vector, SEL_KCODE), I(vector, SEL_KCODE), I(vector, SEL_UCODE), \
    I(vector, LOW_SEGMENT), I(vector, LOW_SEGMENT)
#define CR0S V(CR0_REAL), V(CR0_PROTECTED), V(CR0_PAGED), GP(0), GP(0), GP(0)

static const struct probe probes[] = {
#define PROBE(id, rule, name, needs, setup, show, code, ...) { rule, name, needs, setup, show, { __VA_ARGS__ } },
#include "firmware/guest/probes.def"
};

static const char *const mode_names[MODES_COUNT] = { "real", "ring 0", "paged", "ring 3", "V86/0", "V86/3" };
static const char *const mode_titles[MODES_COUNT] = {
    "Real mode: the 8086, without protection",
    "Protected mode, ring 0: the kernel",
    "The same with paging",
    "Ring 3, IOPL 0: a program",
    "Virtual-8086 mode, IOPL 0: a real-mode program under a monitor",
    "Virtual-8086 mode, IOPL 3: one that is trusted with the interrupt flag",
};

/* A line under construction. Too long a text is cut. */
struct line {
    int length;
    char text[LINE_SIZE];
};

static void line_add(struct line *line, const char *text)
{
    while (*text && line->length < LINE_SIZE - 1)
        line->text[line->length++] = *text++;
    line->text[line->length] = 0;
}

static void line_pad(struct line *line, int column)
{
    do {
        line_add(line, " ");
    } while (line->length < column);
}

static void line_add_hex(struct line *line, u32 value, int digits)
{
    while (digits--) {
        char digit[2] = { "0123456789ABCDEF"[value >> digits * 4 & 15], 0 };
        line_add(line, digit);
    }
}

static void line_add_number(struct line *line, u32 value)
{
    char digit[2] = { '0' + value % 10, 0 };
    if (value >= 10)
        line_add_number(line, value / 10);
    line_add(line, digit);
}

/* The shows: text, with % and a letter for a part of the outcome. */
static const char *const shows[] = {
    [TABLE] = "%D limit %a", [WORD] = "%a", [LONG] = "%A", [LAR] = "ZF=%z %l", [LSL] = "ZF=%z %A", [ZF] = "ZF=%z",
    [LATER] = "%t", [PAIR] = "%a, SS %d", [GATE] = "%a -> %d", [FAR] = "%d:%a", [CS] = "CS %c", [INTO] = "nothing",
    [NOTHING] = "runs"
};

static void line_add_part(struct line *line, const struct outcome *o, char part)
{
    switch (part) {
    case 'a': line_add_hex(line, o->eax, 4); break;
    case 'A': line_add_hex(line, o->eax, 8); break;
    case 'd': line_add_hex(line, o->edx, 4); break;
    case 'D': line_add_hex(line, o->edx, 8); break;
    /* The manual leaves the rest undefined; of a gate, even the flags, which are a part of its offset. */
    case 'l': line_add_hex(line, o->eax & (o->eax & 0x1000 ? 0xf0ff00 : 0xff00), 8); break;
    case 'c': line_add_hex(line, o->cs, 4); break;
    case 'z': line_add_hex(line, o->zf, 1); break;
    case 't': line_add(line, o->eax == 1 ? "advances" : "stands still"); break;
    }
}

static const char fault_names[][3] = { "DE", "", "", "", "", "", "UD", "NM", "DF", "", "TS", "NP", "SS", "GP", "PF" };

static bool outcome_is_fault(const struct outcome *o)
{
    return !o->ended && o->vector < ARRAY_LEN(fault_names) && *fault_names[o->vector];
}

static void line_add_event(struct line *line, const struct outcome *o, enum probe_mode mode)
{
    if (outcome_is_fault(o)) {
        line_add(line, "#");
        line_add(line, fault_names[o->vector]);
        if (o->vector > 7 && mode != REAL) {
            line_add(line, "(");
            line_add_hex(line, o->error, 4);
            line_add(line, ")");
        }
        if (o->vector == 14) {
            line_add(line, " ");
            line_add_hex(line, o->address, 8);
        }
        return;
    }
    line_add(line, o->vector == VECTOR_IRQ0 ? "IRQ " : "int ");
    line_add_hex(line, o->vector == VECTOR_IRQ0 ? 0 : o->vector, 2);
    line_add(line, " from ");
    line_add_hex(line, o->cs, 4);
}

/* An outcome in words: what was seen and what is expected go through here alike, and agree if the words do. */
static struct line outcome_describe(const struct outcome *o, enum probe_show show, enum probe_mode mode)
{
    struct line line = { 0 };
    if (!o->ended) {
        line_add_event(&line, o, mode);
        return line;
    }
    for (const char *p = shows[show]; *p; p++) {
        char one[2] = { *p, 0 };
        if (*p == '%')
            line_add_part(&line, o, *++p);
        else
            line_add(&line, one);
    }
    return line;
}

static struct outcome outcome_expected(const struct expectation *x, bool present, u32 signature)
{
    struct outcome o = { 0 };
    if (!present) {
        o.vector = 6;
        return o;
    }
    o.ended = x->kind == IS_VALUE || x->kind == IS_SIGNATURE;
    o.vector = x->vector;
    o.error = x->a;
    o.eax = x->kind == IS_SIGNATURE ? signature : x->a;
    o.cs = x->a;
    o.edx = o.zf = o.address = x->b;
    return o;
}

static bool line_equal(const struct line *a, const struct line *b)
{
    int i = 0;
    while (i < a->length && i < b->length && a->text[i] == b->text[i])
        i++;
    return i == a->length && i == b->length;
}

static void row_print(const struct probe *p, enum probe_mode mode, const struct line *saw, const struct line *bare)
{
    struct line row = { 0 };
    line_add(&row, p->rule);
    line_pad(&row, COLUMN_NAME);
    line_add(&row, p->name);
    line_pad(&row, COLUMN_MODE);
    line_add(&row, mode_names[mode]);
    line_pad(&row, COLUMN_SAW);
    line_add(&row, saw->text);
    line_pad(&row, COLUMN_BARE);
    line_add(&row, bare->text);
    line_pad(&row, COLUMN_VERDICT);
    line_add(&row, line_equal(saw, bare) ? "ok\n" : "DIFFERENT\n");
    console_print(row.text);
}

/* Rows of one mode; listed: Robin and Irvine's. */
struct totals {
    u32 rows, faults, listed, listed_faults, different;
};

static void totals_add(struct totals *totals, const struct probe *p, bool fault, bool same)
{
    bool listed = p->rule[2] == '*';
    totals->rows++;
    totals->faults += fault;
    totals->listed += listed;
    totals->listed_faults += listed && fault;
    totals->different += !same;
}

static void mode_run(enum probe_mode mode, const bool *has, u32 signature, struct totals *totals)
{
    console_print("\n");
    console_print(mode_titles[mode]);
    console_print("\n");
    for (u32 i = 0; i < ARRAY_LEN(probes); i++) {
        const struct probe *p = &probes[i];
        if (p->expect[mode].kind == IS_NA)
            continue;
        enum probe_setup setup = p->setup == TSD && !has[p->needs] ? NONE : p->setup;
        machine_reset(mode, setup, has);
        struct outcome seen = probe_run(mode, i);
        machine_reset(RING0, NONE, has);
        struct outcome expected = outcome_expected(&p->expect[mode], has[p->needs], signature);
        struct line saw = outcome_describe(&seen, p->show, mode);
        struct line bare = outcome_describe(&expected, p->show, mode);
        row_print(p, mode, &saw, &bare);
        totals_add(totals, p, outcome_is_fault(&seen), line_equal(&saw, &bare));
    }
}

static void line_add_column(struct line *line, u32 value, int column)
{
    for (u32 rest = value; rest >= 10; rest /= 10)
        column--;
    line_pad(line, column);
    line_add_number(line, value);
}

/* What a monitor would get to see of each mode, and the verdict; returns whether it is good. */
static bool totals_print(const struct totals *totals)
{
    u32 rows = 0, different = 0;
    console_print("\n          all rows: fault    do not     starred rows: fault    do not\n");
    for (int mode = 0; mode < MODES_COUNT; mode++) {
        const struct totals *t = &totals[mode];
        struct line line = { 0 };
        line_add(&line, mode_names[mode]);
        line_add_column(&line, t->faults, 24);
        line_add_column(&line, t->rows - t->faults, 34);
        line_add_column(&line, t->listed_faults, 57);
        line_add_column(&line, t->listed - t->listed_faults, 67);
        line_add(&line, "\n");
        console_print(line.text);
        rows += t->rows;
        different += t->different;
    }
    struct line line = { 0 };
    line_add(&line, "\n");
    line_add_number(&line, rows);
    line_add(&line, " rows, ");
    if (different)
        line_add_number(&line, different);
    line_add(&line, different ? " DIFFERENT from a bare machine\n" : "all as on a bare machine\n");
    console_print(line.text);
    return !different;
}

void triple_fault(void);

/* Bochs' way to power off is the good end. The bad one must never look good: isa-debug-exit where there is one, at
 * either of its customary places, or else a triple fault. */
static void power_off(bool good)
{
    for (const char *p = "Shutdown"; good && *p; p++)
        out8(0x8900, *p);
    if (good)
        return;
    out8(0xf4, 1);
    out8(0x501, 1);
    triple_fault();
}

void guest_main(const u32 *info);

/* Called by _start, in protected mode without paging, interrupts off; info: multiboot's. */
void guest_main(const u32 *info)
{
    struct totals totals[MODES_COUNT] = { 0 };
    bool has[NEEDS_COUNT];
    u32 signature;
    bool leaks = leaks_asked(info);         /* before the loader's memory is ours */
    machine_init();
    machine_identify(has, &signature);
    machine_reset(RING0, NONE, has);
    console_init();
    if (leaks) {
        leaks_run(has, signature);
        power_off(true);
        return;
    }
    console_print("Every sensitive instruction in every mode: what this and a bare machine show.\n"
                  "The rule is the requirement of a virtual machine monitor that it concerns; a\n"
                  "star marks Robin and Irvine's 17, which break it: because of them the Pentium\n"
                  "cannot be virtualized.\n\n"
                  "rule instruction      mode   this machine         a bare machine\n");
    for (int mode = 0; mode < MODES_COUNT; mode++)
        mode_run(mode, has, signature, &totals[mode]);
    power_off(totals_print(totals));
}
