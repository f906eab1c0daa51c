/* Random states of the classifier's chip. Chance is guided: registers and memory hold what instructions look for,
 * selectors, frames, numbers of MSRs, so that they complete often and in many ways. */
#include "frontend/classify_parts.h"
#include "cpu/model.h"
#include <string.h>

enum { SELECTOR_CODE = 0x18, SELECTOR_CODE_CONFORMING = 0x38, SELECTOR_DATA = 0x20, SELECTOR_STACK = 0xa0,
       SELECTOR_TSS = 0x28, SELECTOR_LDT = 0x30 };
enum { ATTR_FLAT = ATTR_DB | ATTR_G, ATTR_CODE = 0x9b, ATTR_DATA = 0x93, DPL3 = 3 << 5 };
enum { GDT_LIMIT = GDT_ENTRIES * 8 - 1, IDT_LIMIT = IDT_ENTRIES * 8 - 1, LDT_LIMIT = 0x3f };

void random_seed(struct random *random, u32 encoding, u64 sample)
{
    random->level = 0;
    random->state = (encoding + 1) * 0x9e3779b97f4a7c15ull ^ (sample + 1) * 0xbf58476d1ce4e5b9ull;
    for (unsigned i = 0; i < 4; i++)
        random_next(random);
}

/* ---- values ---- */
/* Code, data and stack segments of a level, from either half of the table. */
static u16 level_selector(struct random *random, unsigned level)
{
    static const u16 selectors[4][4] = {
        { 0x08, 0x10, 0xa0, 0x40 }, { 0x51, 0x59, 0xf1, 0xe9 }, { 0x38, 0x60, 0x70, 0x90 }, { 0x1b, 0x23, 0xe3, 0x9b }
    };
    return selectors[level][random_below(random, 4)];
}

u16 states_selector(struct random *random)
{
    if (random_one_in(random, 2))
        return level_selector(random, random_one_in(random, 4) ? random_below(random, 4) : random->level);
    u16 selector = (u16)(random_below(random, GDT_ENTRIES) << 3 | random_below(random, 4));
    if (random_one_in(random, 8))
        selector = (u16)(random_below(random, 4) << 3 | SELECTOR_TI | random_below(random, 4));
    if (random_one_in(random, 16))
        selector = (u16)random_next(random);
    return selector;
}

static u32 msr_number(struct random *random)
{
    static const u16 numbers[] = { 0x10, 0x1b, 0x2a, 0xc1, 0xc2, 0x11e, 0x174, 0x175, 0x176, 0x17a, 0x186, 0x187, 0x1d9,
                                   0x200, 0x201, 0x250, 0x277, 0x2ff };
    return numbers[random_below(random, ARRAY_LEN(numbers))];
}

static u32 flags_image(struct random *random)
{
    u32 image = random_next(random) & 0x3f7fd7;
    return random_one_in(random, 4) ? image : image & ~(u32)(FLAG_VM | FLAG_TF | FLAG_NT);
}

static u32 code_offset(struct random *random) { return CODE_OFFSET + random_below(random, 0x400); }

u32 states_value(struct random *random)
{
    switch (random_below(random, 10)) {
    case 0: case 1: case 2: return states_selector(random);
    case 3: return (AT_DATA + WINDOW_OFFSET) + random_below(random, 64) * 4;
    case 4: return code_offset(random) + (random_one_in(random, 2) ? AT_CODE : 0);
    case 5: return random_below(random, 256);
    case 6: return flags_image(random);
    case 7: return msr_number(random);
    case 8: return random_below(random, 4);
    default: return random_next(random);
    }
}

/* ---- memory ---- */
struct filler { u8 bytes[WINDOW_BYTES]; unsigned at; };

static void put(struct filler *filler, u32 value, unsigned size)
{
    if (filler->at + size > sizeof filler->bytes)
        return;
    memcpy(filler->bytes + filler->at, &value, size);
    filler->at += size;
}

static void put_values(struct filler *filler, struct random *random, unsigned until)
{
    while (filler->at + 4 <= until)
        put(filler, states_value(random), 4);
}

/* Far pointers of either size at the places where operands begin; else values. */
static void window_write(struct chip *chip, struct random *random)
{
    struct filler filler = { .at = 0 };
    unsigned size = random_one_in(random, 2) ? 4 : 2;
    for (unsigned slot = 0; slot < 4; slot++) {
        filler.at = slot * 16;
        if (random_one_in(random, 2)) {
            put(&filler, code_offset(random) + (size == 4 ? AT_CODE : 0), size);
            put(&filler, states_selector(random), 2);
        }
        put_values(&filler, random, slot * 16 + 16);
    }
    put_values(&filler, random, WINDOW_BYTES);
    chip_write(chip, AT_DATA + WINDOW_OFFSET, filler.bytes, WINDOW_BYTES);
}

/* A code segment selector and the stack's that goes with it. */
static void put_stack_pair(struct filler *filler, struct random *random, unsigned size, bool flags)
{
    static const u16 code[] = { 0x08, 0x1b, 0x51, 0x3b, 0x9b, 0x40 }, data[] = { 0x10, 0x23, 0x59, 0x23, 0xe3, 0xa0 };
    unsigned k = random_below(random, ARRAY_LEN(code));
    bool arbitrary = random_one_in(random, 4);
    put(filler, code_offset(random) + (size == 4 && k < 4 ? AT_CODE : 0), size);
    put(filler, arbitrary ? states_selector(random) : code[k], size);
    if (flags)
        put(filler, flags_image(random), size);
    put(filler, STACK_OFFSET + (size == 4 && k < 4 ? AT_STACK : 0), size);
    put(filler, arbitrary ? states_selector(random) : data[k], size);
}

/* What IRET, RETF, POP or POPF would like to find. */
static void stack_write(struct chip *chip, struct random *random)
{
    struct filler filler = { .at = 0 };
    unsigned size = random_one_in(random, 2) ? 4 : 2;
    switch (random_below(random, 6)) {
    case 0: put_stack_pair(&filler, random, size, true); break;
    case 1: put_stack_pair(&filler, random, size, false); break;
    case 2: put(&filler, flags_image(random), 4); break;
    case 3: case 4: put(&filler, states_selector(random), size); break;
    default: break;
    }
    while (filler.at < STACK_BYTES)
        put(&filler, random_one_in(random, 2) ? states_selector(random) : states_value(random), size);
    chip_write(chip, AT_STACK + STACK_OFFSET, filler.bytes, STACK_BYTES);
}

/* The I/O map and the redirection map: all open, all closed, or every other port. */
static void maps_write(struct chip *chip, struct random *random)
{
    static const u8 patterns[] = { 0x00, 0xff, 0xf0 };
    u8 map[TSS_LIMIT + 1 - TSS_REDIRECTION];
    memset(map, patterns[random_below(random, ARRAY_LEN(patterns))], sizeof map);
    memset(map, patterns[random_below(random, ARRAY_LEN(patterns))], TSS_IO_MAP - TSS_REDIRECTION);
    map[sizeof map - 1] = 0xff;
    chip_write(chip, AT_TSS + TSS_REDIRECTION, map, sizeof map);
}

/* ---- registers ---- */
static void segment_make(struct segment *segment, u16 selector, u32 base, u16 attr)
{
    *segment = (struct segment){ .selector = selector, .base = base, .attr = attr,
                                 .limit = attr & ATTR_G ? 0xffffffff : 0xffff };
}

static void segments_protected(struct chip_state *s, struct random *random)
{
    bool code32 = random_one_in(random, 2), stack32 = random_one_in(random, 2), conforming = random_one_in(random, 4);
    u16 code_attr = ATTR_CODE | (code32 ? ATTR_FLAT : 0) | (conforming ? TYPE_CONFORMING : 0);
    segment_make(&s->sys.seg[CS], conforming ? SELECTOR_CODE_CONFORMING : SELECTOR_CODE, code32 ? 0 : AT_CODE, code_attr);
    segment_make(&s->sys.seg[SS], SELECTOR_STACK, stack32 ? 0 : AT_STACK, ATTR_DATA | (stack32 ? ATTR_FLAT : 0));
    for (unsigned k = ES; k <= GS; k++)
        if (k != CS && k != SS)
            segment_make(&s->sys.seg[k], (u16)(SELECTOR_DATA | random_below(random, 4)), code32 ? 0 : AT_DATA,
                         ATTR_DATA | DPL3 | (code32 ? ATTR_FLAT : 0));
}

static void segments_real(struct chip_state *s)
{
    for (unsigned k = ES; k <= GS; k++) {
        u32 base = k == CS ? AT_CODE : k == SS ? AT_STACK : AT_DATA;
        segment_make(&s->sys.seg[k], (u16)(base >> 4), base, ATTR_REAL);
    }
}

void state_set_cpl(struct chip_state *s, unsigned cpl)
{
    struct segment *cs = &s->sys.seg[CS], *ss = &s->sys.seg[SS];
    s->sys.cpl = (u8)cpl;
    cs->selector = (u16)((cs->selector & ~3u) | cpl);
    ss->selector = (u16)((ss->selector & ~3u) | cpl);
    ss->attr = (u16)((ss->attr & ~ATTR_DPL) | cpl << 5);
    if (!(cs->attr & TYPE_CONFORMING))
        cs->attr = (u16)((cs->attr & ~ATTR_DPL) | cpl << 5);
}

void state_set_v86(struct chip_state *s, bool v86)
{
    s->sys.cpl = v86 ? 3 : 0;
    s->sys.cr0 = (s->sys.cr0 & ~(u32)CR0_PE) | (v86 ? CR0_PE : 0);
    s->sys.eflags = (s->sys.eflags & ~(u32)FLAG_VM) | (v86 ? FLAG_VM : 0);
    for (unsigned k = ES; k <= GS; k++)
        s->sys.seg[k].attr = v86 ? ATTR_V86 : ATTR_REAL;
}

void state_guard(struct chip_state *s)
{
    s->sys.eflags &= ~(u32)FLAG_IOPL;
    s->sys.cr4 = (s->sys.cr4 & ~(u32)(CR4_VME | CR4_PVI | CR4_PCE)) | CR4_TSD;
    s->sys.sysenter_cs = 0;
    s->sys.tr.limit = TSS_REDIRECTION - 1;
}

static void msrs_random(struct system *sys, struct random *random)
{
    sys->sysenter_cs = random_one_in(random, 2) ? 0x08 : states_selector(random);
    sys->sysenter_esp = AT_STACK + STACK_OFFSET;
    sys->sysenter_eip = AT_CODE + CODE_OFFSET;
    sys->tsc_offset = random_next(random);
    sys->apic_base = 0xfee00900;
    sys->pat = 0x0007040600070406;
    for (unsigned i = 0; i < ARRAY_LEN(sys->misc_msr); i++)
        sys->misc_msr[i] = random_next(random) & 7;
}

static void system_random(const struct cpu_model *model, struct system *sys, struct random *random)
{
    const u32 cr0_bits = CR0_MP | CR0_NE | CR0_WP | (random_one_in(random, 4) ? CR0_TS : 0);
    const u32 cr4_bits = CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PGE | CR4_PCE | CR4_MCE | CR4_OSFXSR;
    u32 flags = FLAG_IF | FLAG_DF | FLAG_IOPL | (random_one_in(random, 8) ? FLAG_NT : 0);
    if (model->features & FEAT_AC) flags |= FLAG_AC;
    if (model->features & FEAT_VME) flags |= FLAG_VIF | FLAG_VIP;
    if (model->features & FEAT_CPUID) flags |= FLAG_ID;
    sys->eflags = random_next(random) & flags;
    sys->cr0 = CR0_ET | (random_next(random) & cr0_bits & cpu_model_cr0(model));
    sys->cr2 = random_next(random);
    sys->cr3 = random_one_in(random, 2) ? AT_DIRECTORY : AT_DIRECTORY_COPY;
    sys->cr4 = random_next(random) & cr4_bits & cpu_model_cr4(model);
    for (unsigned i = 0; i < 4; i++)
        sys->dr[i] = random_next(random);
    sys->dr[6] = 0xffff0ff0;
    sys->dr[7] = 0x400;
    sys->gdtr = (struct table_register){ random_one_in(random, 2) ? AT_GDT : AT_GDT_COPY, GDT_LIMIT };
    sys->idtr = (struct table_register){ random_one_in(random, 2) ? AT_IDT : AT_IDT_COPY, IDT_LIMIT };
    sys->ldtr = (struct segment){ .selector = SELECTOR_LDT, .attr = 0x82, .base = AT_LDT, .limit = LDT_LIMIT };
    sys->tr = (struct segment){ .selector = SELECTOR_TSS, .attr = 0x8b, .base = AT_TSS, .limit = TSS_LIMIT };
    msrs_random(sys, random);
}

/* Everyday numbers on a stack of which some is empty. No exception is pending. */
static void fpu_random(struct fpu *fpu, struct random *random)
{
    fpu->fcw = 0x37f;
    fpu->mxcsr = 0x1f80;
    fpu->top = (u8)random_below(random, 8);
    fpu->empty = random_one_in(random, 2) ? 0 : (u8)random_next(random);
    fpu->fop = random_next(random) & 0x7ff;
    fpu->fip = random_next(random);
    fpu->fdp = random_next(random);
    fpu->fcs = states_selector(random);
    fpu->fds = states_selector(random);
    for (unsigned i = 0; i < 8; i++) {
        u64 significand = (u64)random_next(random) << 32 | 1ull << 63 | random_next(random);
        u16 exponent = (u16)(0x3ff0 + random_below(random, 32));
        memcpy(fpu->st[i], &significand, 8);
        memcpy(fpu->st[i] + 8, &exponent, 2);
    }
}

static void registers_random(struct chip_state *s, struct random *random)
{
    bool code32 = state_code32(s), stack32 = s->sys.seg[SS].attr & ATTR_DB;
    u32 data = code32 ? AT_DATA : 0;
    for (unsigned i = 0; i < 8; i++)
        s->gpr[i] = states_value(random);
    s->gpr[ESP] = STACK_OFFSET + (stack32 ? AT_STACK : 0);
    if (random_one_in(random, 2)) {
        s->gpr[ESI] = data + WINDOW_OFFSET + 4 * random_below(random, 64);
        s->gpr[EDI] = data + WINDOW_OFFSET + 4 * random_below(random, 64);
        s->gpr[EBX] = data + WINDOW_OFFSET;
        s->gpr[EBP] = s->gpr[ESP] + 16;
    }
    if (random_one_in(random, 2))
        s->gpr[ECX] = random_one_in(random, 2) ? msr_number(random) : random_below(random, 4);
    s->arithmetic = random_next(random) & FLAGS_ARITH;
    s->eip = CODE_OFFSET + (code32 ? AT_CODE : 0);
}

void states_random(struct chip *chip, struct random *random, struct chip_state *s)
{
    static const u8 levels[] = { 0, 0, 0, 3, 3, 1 };
    unsigned mode = random_below(random, 8);
    *s = (struct chip_state){ .arithmetic = 0 };
    system_random(chip->cpu.model, &s->sys, random);
    if (mode < 5) {
        segments_protected(s, random);
        s->sys.cr0 |= CR0_PE | (random_one_in(random, 2) ? CR0_PG : 0);
        random->level = levels[random_below(random, ARRAY_LEN(levels))];
        state_set_cpl(s, random->level);
    } else {
        segments_real(s);
        state_set_v86(s, mode > 5);
    }
    fpu_random(&s->fpu, random);
    registers_random(s, random);
    window_write(chip, random);
    stack_write(chip, random);
    maps_write(chip, random);
}
