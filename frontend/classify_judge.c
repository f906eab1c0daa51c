/* The judge: Popek and Goldberg's definitions for one encoding, on as many states as there is time for.
 *
 *   control-sensitive    in some state it completes and leaves a mode or a resource changed
 *   behaviour-sensitive  in two states that differ in one item of these it leaves different registers, flags, memory or
 *                        EIP; or it traps in one only, unless the item is the privilege level: that is a class of its own
 *   privileged           it traps without privileges wherever it completes with them, all else being equal
 *   guarded              not quite so, but a monitor can set the chip up to have it trap without privileges (state_guard)
 *
 * Not counted are traps that are no refusal: of operands in memory, of arithmetic, and of what the chip does not have. */
#include "frontend/classify_parts.h"
#include <string.h>

enum { FLAGS_OF_PROGRAM = FLAG_DF | FLAG_TF | FLAG_NT | FLAG_AC | FLAG_ID };
enum { PLACE_WEIGHT = 1 << 12, LENGTH_WEIGHT = 1 << 7, TRAP_WEIGHT = 1 << 20 };

struct trial {
    struct chip *chip;
    struct verdict *verdict;
    enum domain domain;
    struct random random;
    u8 code[16];
    struct chip_state state;                    /* the sample's own */
    struct result base, other;
};

static bool trap_ignored(const struct result *result)
{
    const u32 ignored = 1u << VEC_PF | 1u << VEC_AC | 1u << VEC_NM | 1u << VEC_UD | 1u << VEC_DE | 1u << VEC_MF | 1u << VEC_XM;
    return result->trapped && (ignored >> result->fault.vector & 1);
}

/* ---- what differs between two results ---- */
struct places { unsigned count; char first[64]; };

static void place_add(struct places *places, const char *name, u32 a, u32 b)
{
    if (a != b && !places->count++)
        snprintf(places->first, sizeof places->first, "%s %x/%x", name, a, b);
}

/* A page as a result left it: its copy, or what was there before. */
static const u8 *page_find(const struct chip *chip, const struct result *result, u8 page)
{
    for (unsigned i = 0; i < result->pages; i++)
        if (result->page[i] == page)
            return result->bytes[i];
    return chip->image + (page << PAGE_SHIFT);
}

static void page_compare(struct places *places, u8 page, const u8 *a, const u8 *b)
{
    if (a == b || memcmp(a, b, PAGE_SIZE) == 0)
        return;
    for (unsigned at = 0; at < PAGE_SIZE; at += 2) {
        u32 left = 0, right = 0;
        char name[16] = "";
        memcpy(&left, a + at, 2);
        memcpy(&right, b + at, 2);
        if (left != right)
            snprintf(name, sizeof name, "[%x]", (page << PAGE_SHIFT) + at);
        place_add(places, name, left, right);
    }
}

static void memory_compare(struct places *places, const struct chip *chip, const struct result *a, const struct result *b)
{
    for (unsigned i = 0; i < a->pages; i++)
        page_compare(places, a->page[i], a->bytes[i], page_find(chip, b, a->page[i]));
    for (unsigned i = 0; i < b->pages; i++)
        if (page_find(chip, a, b->page[i]) == chip->image + (b->page[i] << PAGE_SHIFT))
            page_compare(places, b->page[i], chip->image + (b->page[i] << PAGE_SHIFT), b->bytes[i]);
}

/* The selectors in the x87 are CS and DS as they were: a part of the item, if that is the privilege level. */
static u32 fpu_differs(const struct fpu *a, const struct fpu *b)
{
    struct fpu left = *a, right = *b;
    left.fcs = left.fds = right.fcs = right.fds = 0;
    return memcmp(&left, &right, sizeof left) != 0;
}

static void results_compare(struct places *places, const struct chip *chip, const struct result *a, const struct result *b)
{
    static const char *const names[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
    const struct chip_state *left = &a->after, *right = &b->after;
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        place_add(places, names[i], left->gpr[i], right->gpr[i]);
    place_add(places, "flags", left->arithmetic | (left->sys.eflags & FLAGS_OF_PROGRAM),
              right->arithmetic | (right->sys.eflags & FLAGS_OF_PROGRAM));
    memory_compare(places, chip, a, b);
    place_add(places, "eip", left->eip, right->eip);
    place_add(places, "x87", 0, fpu_differs(&left->fpu, &right->fpu));
}

/* ---- witnesses ---- */
static u32 code_text(const struct trial *trial, char *text, size_t size)
{
    unsigned length = encoding_length(trial->chip, &trial->state, trial->code);
    *text = 0;
    for (unsigned i = 0; i < length; i++)
        snprintf(text + strlen(text), size - strlen(text), "%s%02x", i ? " " : "", trial->code[i]);
    return length;
}

static void witness_offer(struct trial *trial, struct witness *witness, u32 weight, const char *item, const char *values,
                          const char *what)
{
    char code[48];
    u32 length = weight + LENGTH_WEIGHT * code_text(trial, code, sizeof code);
    if (length >= witness->length)
        return;
    witness->length = length;
    snprintf(witness->text, sizeof witness->text, "%s %s: %s (%s)", item, values, what, code);
}

static void trap_text(const struct result *a, const struct result *b, char *text, size_t size)
{
    static const char *const names[] = { "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "09", "#TS", "#NP",
                                         "#SS", "#GP", "#PF", "0f", "#MF", "#AC", "#MC", "#XM" };
    const struct result *trapped = a->trapped ? a : b;
    const char *name = trapped->fault.vector < ARRAY_LEN(names) ? names[trapped->fault.vector] : "trap";
    snprintf(text, size, a->trapped ? "%s/done" : "done/%s", name);
}

/* ---- the definitions ---- */
static void control_check(struct trial *trial, const struct chip_state *before, const struct result *result)
{
    struct witness *witness = &trial->verdict->in[trial->domain].control;
    unsigned count;
    char values[48];
    const struct item *item = items_differ(before, &result->after, &count);
    if (item) {
        snprintf(values, sizeof values, "%llx->%llx", (unsigned long long)item_value(item, before),
                 (unsigned long long)item_value(item, &result->after));
        witness_offer(trial, witness, PLACE_WEIGHT * count, item->name, values, "changed");
    }
    if (result->halted)
        witness_offer(trial, witness, 0, "processor", "given up", "halted");
    if (result->port)
        witness_offer(trial, witness, 0, "I/O port", "used", "device");
    if (result->tlb_dropped && !item)
        witness_offer(trial, witness, 0, "TLB", "dropped", "translation");
}

/* trial->base and trial->other: what one item made of the same instruction. */
static void pair_check(struct trial *trial, const char *item, const char *values, u32 order, bool privilege)
{
    const struct result *a = &trial->base, *b = &trial->other;
    struct places places = { 0, "" };
    if (trap_ignored(a) || trap_ignored(b) || (a->trapped && b->trapped))
        return;
    if (a->trapped || b->trapped) {
        trap_text(a, b, places.first, sizeof places.first);
        witness_offer(trial, privilege ? &trial->verdict->in[trial->domain].trap : &trial->verdict->in[trial->domain].behaviour,
                      TRAP_WEIGHT + order, item, values, places.first);
        return;
    }
    results_compare(&places, trial->chip, a, b);
    if (places.count)
        witness_offer(trial, &trial->verdict->in[trial->domain].behaviour, PLACE_WEIGHT * places.count + order, item,
                      values, places.first);
}

static void guard_check(struct trial *trial, const struct chip_state *user)
{
    struct chip_state guarded = *user;
    struct result *result = &trial->other;
    state_guard(&guarded);
    chip_step(trial->chip, &guarded, result);
    if (trap_ignored(result))
        return;
    if (result->trapped)
        trial->verdict->in[trial->domain].guarded_trapped++;
    else
        trial->verdict->in[trial->domain].guarded_done++;
}

/* The sample's state and the same with other privileges; user_is_base: its own are the lower ones. */
static void privilege_check(struct trial *trial, const struct chip_state *other, const char *item, const char *values,
                            bool user_is_base)
{
    struct result *result = &trial->other;
    const struct result *user = user_is_base ? &trial->base : result, *supervisor = user_is_base ? result : &trial->base;
    chip_step(trial->chip, other, result);
    if (!result->trapped)
        control_check(trial, other, result);
    pair_check(trial, item, values, 0, true);
    if (trap_ignored(user) || trap_ignored(supervisor))
        return;
    trial->verdict->in[trial->domain].supervisor_done += !supervisor->trapped;
    trial->verdict->in[trial->domain].user_done += !user->trapped;
    trial->verdict->in[trial->domain].user_trapped += !supervisor->trapped && user->trapped;
    if (!user->trapped)
        guard_check(trial, user_is_base ? &trial->state : other);
}

static void levels_check(struct trial *trial)
{
    struct chip_state other = trial->state;
    enum chip_mode mode = state_mode(&trial->state);
    if (mode != IN_PROTECTED) {
        state_set_v86(&other, mode == IN_REAL);
        privilege_check(trial, &other, "mode", mode == IN_REAL ? "real/V86" : "V86/real", mode == IN_V86);
    } else if (trial->state.sys.cpl) {
        state_set_cpl(&other, 0);
        privilege_check(trial, &other, "CPL", trial->state.sys.cpl == 3 ? "3/0" : "1/0", true);
    } else {
        state_set_cpl(&other, 3);
        privilege_check(trial, &other, "CPL", "0/3", false);
        state_set_cpl(&other, 1);
        privilege_check(trial, &other, "CPL", "0/1", false);
    }
}

static void items_check(struct trial *trial)
{
    for (const struct item *item = items; item->name; item++) {
        struct chip_state other = trial->state;
        char values[48];
        if (!item_change(item, trial->chip->cpu.model, &other, &trial->random))
            continue;
        chip_step(trial->chip, &other, &trial->other);
        snprintf(values, sizeof values, "%llx/%llx", (unsigned long long)item_value(item, &trial->state),
                 (unsigned long long)item_value(item, &other));
        pair_check(trial, item->name, values, (u32)(item - items) + 1, false);
    }
}

static void sample_try(struct trial *trial, const struct encoding *encoding)
{
    states_random(trial->chip, &trial->random, &trial->state);
    trial->domain = state_mode(&trial->state) == IN_PROTECTED ? PROTECTED : VIRTUAL_8086;
    encoding_bytes(encoding, &trial->state, &trial->random, trial->code);
    chip_write(trial->chip, AT_CODE + CODE_OFFSET, trial->code, sizeof trial->code);
    chip_step(trial->chip, &trial->state, &trial->base);
    trial->verdict->executed += !trial->base.trapped || trial->base.fault.vector != VEC_UD;
    if (trap_ignored(&trial->base))
        return;
    if (!trial->base.trapped)
        control_check(trial, &trial->state, &trial->base);
    levels_check(trial);
    items_check(trial);
}

void judge(struct chip *chip, const struct encoding *encoding, u32 number, u64 samples, struct verdict *verdict)
{
    struct trial trial = { .chip = chip, .verdict = verdict };
    *verdict = verdict_none();
    for (u64 sample = 0; sample < samples; sample++) {
        random_seed(&trial.random, number, sample);
        sample_try(&trial, encoding);
    }
}
