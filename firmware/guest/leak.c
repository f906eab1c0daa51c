/* The embedded guest's second program, `leaks` on the multiboot command line: executes the probes of leak.def one by one
 * and says of each whether what it saw is what a bare machine shows. A line per probe:
 *
 *   leak SITUATION PROBE ROW KIND bare=VALUE seen=VALUE
 *
 * KIND is ok, or how the monitor leaks: R, S, W, M. What a monitor repairs behind the guest's back looks as on a bare
 * machine: that is for the host to tell, to which each probe's begin and end is marked on a port.
 * A leak may leave the wrong stack, segments, flags or ring. So each probe ends with an exception, whose delivery any
 * monitor must get right, and all is set anew by instructions that are privileged, or fault above ring 0. */
#include "firmware/guest/guest_main.h"
#include "firmware/guest/leak.h"

enum leak_situation { KERNEL, PAGED_KERNEL, USER, REAL_MODE };
#define SITUATION_KERNEL KERNEL
#define SITUATION_PAGED PAGED_KERNEL
#define SITUATION_USER USER
#define SITUATION_REAL REAL_MODE
enum leak_needs { HAS_ALL, HAS_486, HAS_CPUID, HAS_TSC, HAS_SEP, HAS_FPU, HAS_FXSR, LEAK_NEEDS };
enum leak_show { RUNS, WORD, LONG, PAIR, TABLE, IF_IMAGE, IOPL_IMAGE, IF_FRAME, IOPL_FRAME, LAR, LSL, ZF, IRQ, ARRIVES, TASK,
                 FRAME, FRAME3 };
enum { TSS_CS = 76, TEXT_SIZE = 160, FAULT_WITH_ERROR = 0x7d00 };

struct leak {
    u8 situation, needs, show;
    char kind;
    u32 entry;
    const char *row, *name, *bare;
};

static const struct leak leaks[] = {
#define LEAK(id, situation, entry, needs, row, kind, show, bare, ...) \
    { SITUATION_##situation, needs, show, #kind[0], entry, #row, #id, bare },
#include "firmware/guest/leak.def"
};

static const char *const situation_names[] = { "kernel", "kernel", "user", "real" };

extern const u32 leak_starts[];
extern const u8 leak_low_start[], leak_low_end[], leak_enter_sysexit[], leak_enter_iret[];
void leak_flags_set(u32 flags);
void probe_enter(const u32 *frame, u32 data);
void probe_enter_real(u32 offset, u32 flags);

/* For the way into ring 3, and for a probe. */
u32 leak_start, leak_flags, leak_signature;

/* ---- text ---- */
struct text {
    int length;
    char bytes[TEXT_SIZE];
};

static void text_add(struct text *text, const char *more)
{
    while (*more && text->length < TEXT_SIZE - 1)
        text->bytes[text->length++] = *more++;
    text->bytes[text->length] = 0;
}

static void text_add_hex(struct text *text, const char *label, u32 value, int digits)
{
    text_add(text, label);
    while (digits--) {
        char digit[2] = { "0123456789abcdef"[value >> digits * 4 & 15], 0 };
        text_add(text, digit);
    }
}

static void text_add_number(struct text *text, u32 value)
{
    if (value >= 10)
        text_add_number(text, value / 10);
    text_add_hex(text, "", value % 10, 1);
}

static bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* ---- what was seen, in words ---- */
static bool outcome_has_error(const struct outcome *o)
{
    return o->vector < 32 && (FAULT_WITH_ERROR >> o->vector & 1);
}

static void describe_fault(struct text *text, const struct outcome *o, bool real)
{
    static const char names[][3] = { "DE", "DB", "", "BP", "OF", "BR", "UD", "NM", "DF", "", "TS", "NP", "SS", "GP", "PF" };
    if (o->vector >= ARRAY_LEN(names)) {
        text_add_hex(text, "int", o->vector, 2);
        return;
    }
    text_add(text, "#");
    text_add(text, names[o->vector]);
    if (outcome_has_error(o) && !real) {
        text_add_hex(text, "(", o->error, 4);
        text_add(text, ")");
    }
}

/* What the processor, or whoever plays it, has pushed. */
static void describe_frame(struct text *text, const struct outcome *o, bool outer)
{
    const u32 *frame = (const u32 *)o->frame;
    text_add_hex(text, "int", o->vector, 2);
    text_add_hex(text, ",CS=", o->cs, 4);
    text_add_hex(text, ",at=", o->frame, 8);
    if (outer) {
        text_add_hex(text, ",SS=", frame[4] & 0xffff, 4);
        text_add_hex(text, ",ESP=", frame[3], 8);
    }
}

static void describe_end(struct text *text, const struct outcome *o, enum leak_show show)
{
    switch (show) {
    case RUNS:       text_add(text, "runs"); break;
    case WORD:       text_add_hex(text, "", o->eax, 4); break;
    case LONG:       text_add_hex(text, "", o->eax, 8); break;
    case PAIR:       text_add_hex(text, "", o->edx, 4), text_add_hex(text, ":", o->eax, 4); break;
    case TABLE:      text_add_hex(text, "", o->edx, 8), text_add_hex(text, ":", o->eax, 4); break;
    case IF_IMAGE:   text_add_hex(text, "IF=", o->eax >> 9 & 1, 1); break;
    case IOPL_IMAGE: text_add_hex(text, "IOPL=", o->eax >> 12 & 3, 1); break;
    case IF_FRAME:   text_add_hex(text, "IF=", o->flags >> 9 & 1, 1); break;
    case IOPL_FRAME: text_add_hex(text, "IOPL=", o->flags >> 12 & 3, 1); break;
    case IRQ:        text_add(text, "pending"); break;
    case ARRIVES:    text_add_hex(text, "CS=", o->cs, 4); break;
    case TASK:
        text_add_hex(text, "link=", *(u16 *)low_at(TSS_OTHER), 4);
        text_add_hex(text, ",CS=", *(u16 *)low_at(TSS + TSS_CS), 4);
        break;
    case FRAME: case FRAME3: text_add(text, "nothing"); break;
    default:
        text_add_hex(text, "ZF=", o->zf, 1);
        /* The manual leaves the rest undefined; of a gate or a system segment, even the flags. */
        if (show == LAR && o->zf) text_add_hex(text, ",", o->eax & (o->eax & 0x1000 ? 0xf0ff00 : 0xff00), 8);
        if (show == LSL && o->zf) text_add_hex(text, ",", o->eax, 8);
    }
}

static struct text outcome_text(const struct leak *leak, const struct outcome *o)
{
    struct text text = { 0 };
    bool flags = leak->show == IF_FRAME || leak->show == IOPL_FRAME;
    if (o->ended || (flags && o->vector >= 0x80))
        describe_end(&text, o, leak->show);
    else if ((leak->show == FRAME || leak->show == FRAME3) && !outcome_has_error(o))
        describe_frame(&text, o, leak->show == FRAME3);
    else if (leak->show == IRQ && o->vector == VECTOR_IRQ0)
        text_add(&text, "IRQ");
    else
        describe_fault(&text, o, leak->situation == REAL_MODE);
    return text;
}

static char leak_kind(const struct leak *leak, const char *seen)
{
    if (text_equal(seen, leak->bare))
        return 0;
    if (leak->bare[0] == '#')
        return seen[0] == '#' ? 'W' : 'M';
    if (seen[0] == '#')
        return 'W';
    /* LAR and LSL: a wrong answer is worse than one that tells too much. */
    if (leak->show == LAR || leak->show == LSL)
        return seen[3] == leak->bare[3] ? 'R' : 'W';
    return leak->kind;
}

/* ---- a probe ---- */
static void descriptor_put(u32 selector, u32 low, u32 high)
{
    u32 *gdt = low_at(GDT);
    gdt[selector / 8 * 2] = low;
    gdt[selector / 8 * 2 + 1] = high;
}

/* Ring 1, and a longer table; the task that a nested one returns to is busy. */
static void tables_extend(bool nested)
{
    u16 *pointer = low_at(GDT_POINTER);
    u32 *gdt = low_at(GDT), *ldt = low_at(LDT);
    ldt[0] = 0xffff;
    ldt[1] = 0xcff300;
    descriptor_put(SEL_CODE1, 0xffff, 0xcfbb00);
    descriptor_put(SEL_DATA1, 0xffff, 0xcfb300);
    *pointer = LEAK_GDT_LIMIT;
    *(u32 *)low_at(TSS + TSS_CS) = 0;
    __asm__ volatile("lgdt %0" : : "m"(*(u64 *)low_at(GDT_POINTER)));
    if (nested) {
        *(u32 *)low_at(TSS) = SEL_TSS_OTHER;
        gdt[SEL_TSS_OTHER / 8 * 2 + 1] |= 0x200;
    }
}

static void leak_prepare(const struct leak *leak, const bool *has)
{
    static const enum probe_mode modes[] = { RING0, PAGED, RING3, REAL };
    enum probe_setup setup = leak->entry & WITH_TIMER ? TIMER : leak->entry & WITH_TSD ? TSD : NONE;
    __asm__ volatile("cli");
    leak_flags_set(2);
    machine_reset(modes[leak->situation], setup, has);
    tables_extend(leak->entry & WITH_NESTED);
}

static struct outcome leak_run(int number, const bool *has)
{
    const struct leak *leak = &leaks[number];
    u32 *ring0 = low_at(PROBE_STACK - 12);
    leak_flags = leak->entry & 0xffff;
    leak_start = leak_starts[number];
    const u8 *to_user = has[SEP] ? leak_enter_sysexit : leak_enter_iret;
    leak_prepare(leak, has);
    out8(PORT_MARK, '(');
    ring0[0] = leak->situation == USER ? (u32)to_user : leak_start;
    ring0[1] = SEL_KCODE;
    ring0[2] = leak_flags;
    if (leak->situation == REAL_MODE)
        probe_enter_real(leak_start, leak_flags);
    else
        probe_enter(ring0, SEL_KDATA);
    out8(PORT_MARK, ')');
    return probe_event();
}

static bool leak_report(const struct leak *leak, const char *seen)
{
    struct text line = { 0 };
    char kind[2] = { leak_kind(leak, seen), 0 };
    const char *const words[] = { "leak ", situation_names[leak->situation], " ", leak->name, " ", leak->row, " ",
                                  *kind ? kind : "ok", " bare=", leak->bare, " seen=", seen, "\n" };
    for (u32 i = 0; i < ARRAY_LEN(words); i++)
        text_add(&line, words[i]);
    console_print(line.bytes);
    return *kind;
}

/* ---- all of them ---- */
static void leaks_init(const bool *probe_has, u32 signature, bool *has)
{
    u8 *low = low_at(LEAK_CODE);
    u32 a = 1, b, c, features = 0;
    for (int i = 0; i < leak_low_end - leak_low_start; i++)
        low[i] = leak_low_start[i];
    if (probe_has[CPUID])
        __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(features));
    leak_signature = signature;
    has[HAS_ALL] = true;
    has[HAS_486] = probe_has[I486];
    has[HAS_CPUID] = probe_has[CPUID];
    has[HAS_TSC] = probe_has[TSC] && probe_has[MSR];
    has[HAS_SEP] = probe_has[SEP];
    has[HAS_FPU] = features & 1;
    has[HAS_FXSR] = features >> 24 & 1;
}

void leaks_run(const bool *probe_has, u32 signature)
{
    bool has[LEAK_NEEDS];
    u32 probes = 0, found = 0;
    leaks_init(probe_has, signature, has);
    for (u32 i = 0; i < ARRAY_LEN(leaks); i++) {
        if (!has[leaks[i].needs])
            continue;
        struct outcome outcome = leak_run(i, probe_has);
        struct text seen = outcome_text(&leaks[i], &outcome);
        leak_flags_set(2);
        machine_reset(RING0, NONE, probe_has);
        found += leak_report(&leaks[i], seen.bytes);
        probes++;
    }
    struct text line = { 0 };
    text_add(&line, "leaks done ");
    text_add_number(&line, probes);
    text_add(&line, " probes, ");
    text_add_number(&line, found);
    text_add(&line, " leaks\n");
    console_print(line.bytes);
}

/* Whether the word is on the multiboot command line; info as the loader left it. */
bool leaks_asked(const u32 *info)
{
    const char *at = info && (info[0] & 4) ? (const char *)info[4] : "";
    while (*at) {
        const char *word = "leaks";
        while (*at == ' ')
            at++;
        while (*word && *at == *word) {
            at++;
            word++;
        }
        if (!*word && (!*at || *at == ' '))
            return true;
        while (*at && *at != ' ')
            at++;
    }
    return false;
}
