/* The classifier under test: a small sample of the whole, then whether it would have noticed.
 *
 *   - it finds what frontend/classify_known.c says, and Robin and Irvine's instructions, by Zydis' names too
 *   - the states of a pair differ in one item and in nothing else
 *   - each difference that is taken from the list is new, one that is made up is gone
 *   - chips with a fault: an innocuous instruction that leaks, one that turns interrupts off, one that traps at level 3,
 *     one that jumps at level 0, a privileged one that does not trap, a sensitive one that shows nothing. The linker puts them in (--wrap).
 *
 *   check [SAMPLES]                the last line is "N passed, M failed" */
#include "frontend/classify_parts.h"
#include "cpu/dispatcher.h"
#include "cpu/routines.h"
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>
#endif

static unsigned passed, failed;
static void expect(bool good, const char *what, const char *which)
{
    if (!good) printf("FAIL %s%s%s\n", what, which ? ": " : "", which ? which : "");
    passed += good;
    failed += !good;
}

/* ---- chips with a fault ---- */
static enum fault_made { SOUND, LAHF_LEAKS, SALC_CLEARS_IF, AAM_TRAPS, NOP_JUMPS, GATES_OPEN, STR_SHOWS_NOTHING } made;

routine_fn __real_op_lahf, __real_op_salc, __real_op_aam, __real_op_nop;
sensitive_fn __real_op_str;
bool __real_gate_open(struct cpu *, const struct system *, enum sensitive_gate, const struct insn *);

routine_fn __wrap_op_lahf, __wrap_op_salc, __wrap_op_aam, __wrap_op_nop;
sensitive_fn __wrap_op_str;
bool __wrap_gate_open(struct cpu *, const struct system *, enum sensitive_gate, const struct insn *);

enum outcome __wrap_op_lahf(struct cpu *cpu, const struct insn *insn)
{
    enum outcome outcome = __real_op_lahf(cpu, insn);
    if (made == LAHF_LEAKS) cpu->gpr[EAX] ^= cpu->sys.cpl;
    return outcome;
}

enum outcome __wrap_op_salc(struct cpu *cpu, const struct insn *insn)
{
    if (made == SALC_CLEARS_IF) cpu->sys.eflags &= ~(u32)FLAG_IF;
    return __real_op_salc(cpu, insn);
}

enum outcome __wrap_op_aam(struct cpu *cpu, const struct insn *insn)
{
    if (made == AAM_TRAPS && cpu->sys.cpl == 3) return cpu_raise_error(cpu, VEC_GP, 0);
    return __real_op_aam(cpu, insn);
}

enum outcome __wrap_op_nop(struct cpu *cpu, const struct insn *insn)
{
    if (made != NOP_JUMPS || cpu->sys.cpl) return __real_op_nop(cpu, insn);
    cpu->eip = insn_next_eip(cpu, insn) + 1;
    return JUMPED;
}

enum outcome __wrap_op_str(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    struct system nothing = *view;
    nothing.tr.selector = 0;
    return __real_op_str(cpu, made == STR_SHOWS_NOTHING ? &nothing : view, insn);
}

bool __wrap_gate_open(struct cpu *cpu, const struct system *view, enum sensitive_gate gate, const struct insn *insn)
{
    return made == GATES_OPEN || __real_gate_open(cpu, view, gate, insn);
}

/* ---- the whole ---- */
struct whole {
    struct chip *chip;
    struct encoding *encodings;
    struct verdict *verdicts;
    unsigned count;
    u64 samples;
    FILE *nowhere;
};

static void classify_opcode(struct whole *w, int two_byte, int opcode)
{
    for (unsigned i = 0; i < w->count; i++)
        if (opcode < 0 || (w->encodings[i].two_byte == two_byte && w->encodings[i].opcode == opcode))
            judge(w->chip, &w->encodings[i], i, w->samples * w->encodings[i].weight, &w->verdicts[i]);
}

static bool reported(const struct whole *w, const struct classify_known *known)
{
    return report(w->encodings, w->verdicts, w->count, known, w->nowhere);
}

/* ---- pairs ---- */
static void items_differ_alone(struct whole *w)
{
    struct random random;
    bool alone = true, changed = true;
    for (unsigned sample = 0; sample < 300; sample++) {
        struct chip_state state, other;
        random_seed(&random, ~0u, sample);
        states_random(w->chip, &random, &state);
        for (const struct item *item = items; item->name; item++) {
            memcpy(&other, &state, sizeof state);
            if (!item_change(item, w->chip->cpu.model, &other, &random)) continue;
            changed &= memcmp((char *)&other + item->offset, (char *)&state + item->offset, item->width) != 0;
            memcpy((char *)&other + item->offset, (char *)&state + item->offset, item->width);
            alone &= memcmp(&other, &state, sizeof state) == 0;
        }
    }
    expect(changed, "an item that did not change", NULL);
    expect(alone, "an item that changed more than itself", NULL);
}

static bool caches_equal(const struct chip_state *a, const struct chip_state *b)
{
    bool equal = true;
    for (unsigned k = ES; k <= GS; k++) {
        const struct segment *left = &a->sys.seg[k], *right = &b->sys.seg[k];
        equal &= left->base == right->base && left->limit == right->limit && !((left->attr ^ right->attr) & ~ATTR_DPL);
    }
    return equal;
}

static void levels_differ_alone(struct whole *w)
{
    struct random random;
    bool caches = true, rest = true;
    for (unsigned sample = 0; sample < 300; sample++) {
        struct chip_state state, other;
        random_seed(&random, ~0u, sample);
        states_random(w->chip, &random, &state);
        other = state;
        if (state_mode(&state) == IN_PROTECTED) state_set_cpl(&other, state.sys.cpl ? 0 : 3);
        else state_set_v86(&other, state_mode(&state) == IN_REAL);
        caches &= caches_equal(&state, &other);
        rest &= memcmp(state.gpr, other.gpr, sizeof state.gpr) == 0 && state.eip == other.eip &&
                state.sys.cr3 == other.sys.cr3 && state.sys.cr4 == other.sys.cr4 && state.sys.gdtr.base == other.sys.gdtr.base;
    }
    expect(caches, "segment caches that differ with the privilege level", NULL);
    expect(rest, "other state that differs with the privilege level", NULL);
}

/* ---- the list ---- */
static void list_is_needed(struct whole *w)
{
    struct classify_known list[64];
    unsigned count = 0;
    while (classify_known[count].what) count++;
    for (unsigned without = 0; without < count; without++) {
        unsigned n = 0;
        for (unsigned k = 0; k <= count; k++)
            if (k != without) list[n++] = classify_known[k];
        expect(!reported(w, list), "a difference is missed, or is not needed on the list", classify_known[without].what);
    }
    memcpy(list, classify_known, (count + 1) * sizeof *list);
    list[count + 1] = list[count];
    list[count] = (struct classify_known){ "lahf", "-", "B", "made up" };
    expect(!reported(w, list), "a known difference that is not there", NULL);
}

/* ---- faults ---- */
static void faults_are_seen(struct whole *w)
{
    static const struct { enum fault_made fault; int two_byte, opcode; const char *what; } faults[] = {
        { LAHF_LEAKS, 0, 0x9f, "LAHF that leaks CPL" }, { SALC_CLEARS_IF, 0, 0xd6, "SALC that clears IF" },
        { AAM_TRAPS, 0, 0xd4, "AAM that traps at level 3" }, { NOP_JUMPS, 1, 0x1f, "NOP that jumps at level 0" },
        { GATES_OPEN, 0, 0xf4, "HLT that does not trap" },
        { GATES_OPEN, 1, 0x20, "MOV from CR that does not trap" }, { STR_SHOWS_NOTHING, 1, 0x00, "STR that shows nothing" },
    };
    for (unsigned i = 0; i < ARRAY_LEN(faults); i++) {
        made = faults[i].fault;
        classify_opcode(w, faults[i].two_byte, faults[i].opcode);
        expect(!reported(w, classify_known), "not seen", faults[i].what);
        made = SOUND;
        classify_opcode(w, faults[i].two_byte, faults[i].opcode);
        expect(reported(w, classify_known), "not the same as before the fault", faults[i].what);
    }
}

/* A list that explains everything away does not explain Robin and Irvine's instructions away. */
static void str_is_missed(struct whole *w)
{
    struct classify_known list[64];
    unsigned count = 0;
    while (classify_known[count].what) count++;
    memcpy(list + 1, classify_known, (count + 1) * sizeof *list);
    list[0] = (struct classify_known){ "str", "B", "-", "made up" };
    made = STR_SHOWS_NOTHING;
    classify_opcode(w, 1, 0x00);
    expect(!reported(w, list), "not missed", "str");
    made = SOUND;
    classify_opcode(w, 1, 0x00);
}

/* ---- names that are not ours ---- */
#ifdef HAVE_ZYDIS
static void names_are_found(struct whole *w)
{
    static const ZydisMnemonic names[] = {
        ZYDIS_MNEMONIC_SGDT, ZYDIS_MNEMONIC_SIDT, ZYDIS_MNEMONIC_SLDT, ZYDIS_MNEMONIC_SMSW, ZYDIS_MNEMONIC_PUSHFD,
        ZYDIS_MNEMONIC_POPFD, ZYDIS_MNEMONIC_LAR, ZYDIS_MNEMONIC_LSL, ZYDIS_MNEMONIC_VERR, ZYDIS_MNEMONIC_VERW,
        ZYDIS_MNEMONIC_POP, ZYDIS_MNEMONIC_PUSH, ZYDIS_MNEMONIC_CALL, ZYDIS_MNEMONIC_JMP, ZYDIS_MNEMONIC_INT,
        ZYDIS_MNEMONIC_RET, ZYDIS_MNEMONIC_STR, ZYDIS_MNEMONIC_MOV
    };
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    for (unsigned k = 0; k < ARRAY_LEN(names); k++) {
        bool hole = false;
        for (unsigned i = 0; i < w->count; i++) {
            const struct encoding *e = &w->encodings[i];
            u8 bytes[16] = { 0 };
            unsigned n = 0;
            ZydisDecodedInstruction insn;
            if (e->two_byte) bytes[n++] = 0x0f;
            bytes[n++] = e->opcode;
            bytes[n] = e->modrm;
            hole |= verdict_hole(&w->verdicts[i], PROTECTED) &&
                    ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, sizeof bytes, &insn)) &&
                    insn.mnemonic == names[k];
        }
        expect(hole, "no hole found", ZydisMnemonicGetString(names[k]));
    }
}
#else
static void names_are_found(struct whole *w) { (void)w; }
#endif

int main(int argc, char **argv)
{
    struct error why;
    struct whole w = { .samples = argc > 1 ? strtoull(argv[1], NULL, 0) : 30, .nowhere = fopen("/dev/null", "w") };
    w.chip = chip_new(cpu_model_find("max"), &why);
    w.encodings = calloc(ENCODINGS_MAX, sizeof *w.encodings);
    w.verdicts = calloc(ENCODINGS_MAX, sizeof *w.verdicts);
    if (!w.chip || !w.encodings || !w.verdicts || !w.nowhere) return 1;
    states_tables(w.chip);
    w.count = encodings_make(w.chip, w.encodings);
    classify_opcode(&w, 0, -1);
    expect(reported(&w, classify_known), "something new; trap86 --classify tells", NULL);
    names_are_found(&w);
    items_differ_alone(&w);
    levels_differ_alone(&w);
    list_is_needed(&w);
    faults_are_seen(&w);
    str_is_missed(&w);
    chip_free(w.chip);
    free(w.encodings);
    free(w.verdicts);
    fclose(w.nowhere);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
