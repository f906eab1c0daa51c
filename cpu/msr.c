/* Model-specific registers of the Pentium and of the P6 family (SDM volume 3, appendix B; Pentium manual volume 3, 16).
 * The table says which exist on which model, where they live and which bits can be written; the others give #GP.
 * Not modelled: what the counters count, debug control, memory types (the MTRRs hold what was written), machine checks,
 * microcode updates (the revision stays as it is). The local APIC follows its base through the allocator. */
#include "cpu/msr.h"
#include "cpu/allocator.h"

enum msr_kind { MSR_STORED, MSR_CONSTANT, MSR_TSC, MSR_APIC_BASE, MSR_MTRR_TYPES /* eight types */, MSR_MTRR_DEFAULT,
                MSR_MTRR_BASE, MSR_MTRR_MASK };
enum { VARIABLE_MTRRS = 8, MTRR_CAPABILITIES = 1 << 10 | 1 << 8 | VARIABLE_MTRRS };
#define COUNTER_40     0xffffffffffull
#define PHYSICAL_36    0xfffffffffull
#define MICROCODE      (1ull << 32)

struct msr {
    u32 first;
    u8  count, stride;                     /* a run of registers: numbers first, first + stride, … */
    u8  kind;
    u8  width;                             /* bytes of each in struct system */
    u8  level, last_level;                 /* first and last enum cpu_level that has it */
    u32 feature;                           /* enum cpu_feature it needs too, or 0 */
    u16 offset;                            /* MSR_CONSTANT: none */
    u64 writable;                          /* MSR_CONSTANT: the value; writes are ignored */
};

#define AT(member) offsetof(struct system, member)
#define MISC(name) AT(misc_msr) + MISC_##name * 8
static const struct msr msrs[] = {
    /* number n stride kind          width levels             feature    place                writable bits */
    { 0x000, 2, 1, MSR_CONSTANT,    0, CPU_P5, CPU_P5,    0,         0,                   0 },  /* P5_MC_* */
    { 0x00e, 1, 1, MSR_CONSTANT,    0, CPU_P5, CPU_P5,    0,         0,                   0 },  /* TR12 */
    { 0x010, 1, 1, MSR_TSC,         8, CPU_P5, CPU_P6_FX, FEAT_TSC,  AT(tsc_offset),      ~0ull },
    { 0x011, 1, 1, MSR_STORED,      8, CPU_P5, CPU_P5,    0,         MISC(EVNTSEL0),      0x03ff03ff },  /* CESR */
    { 0x012, 2, 1, MSR_STORED,      8, CPU_P5, CPU_P5,    0,         MISC(PERFCTR0),      COUNTER_40 },  /* CTR0-1 */
    { 0x000, 2, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* P5_MC_* */
    { 0x017, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* PLATFORM_ID */
    { 0x01b, 1, 1, MSR_APIC_BASE,   8, CPU_P6, CPU_P6_FX, FEAT_APIC, AT(apic_base),       0xffffff900ull },
    { 0x02a, 1, 1, MSR_STORED,      8, CPU_P6, CPU_P6_FX, 0,         MISC(EBL_CR_POWERON), 0x0fffffff },
    { 0x079, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* BIOS_TRIG */
    { 0x088, 3, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* BBL_CR_D0-2 */
    { 0x08b, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   MICROCODE },  /* BIOS_SIGN */
    { 0x0c1, 2, 1, MSR_STORED,      8, CPU_P6, CPU_P6_FX, 0,         MISC(PERFCTR0),      COUNTER_40 },
    { 0x0fe, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, FEAT_MTRR, 0,                   MTRR_CAPABILITIES },
    { 0x116, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* BBL_CR_ADDR */
    { 0x118, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* BBL_CR_DECC */
    { 0x119, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* BBL_CR_CTL */
    { 0x11e, 1, 1, MSR_STORED,      8, CPU_P6, CPU_P6_FX, 0,         MISC(BBL_CR_CTL3),   0xffffffff },
    { 0x174, 1, 1, MSR_STORED,      4, CPU_P6, CPU_P6_FX, FEAT_SEP,  AT(sysenter_cs),     0xffffffff },
    { 0x175, 1, 1, MSR_STORED,      4, CPU_P6, CPU_P6_FX, FEAT_SEP,  AT(sysenter_esp),    0xffffffff },
    { 0x176, 1, 1, MSR_STORED,      4, CPU_P6, CPU_P6_FX, FEAT_SEP,  AT(sysenter_eip),    0xffffffff },
    { 0x179, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* MCG_CAP */
    { 0x17a, 1, 1, MSR_STORED,      8, CPU_P6, CPU_P6_FX, 0,         AT(mcg_status),      7 },
    { 0x186, 2, 1, MSR_STORED,      8, CPU_P6, CPU_P6_FX, 0,         MISC(EVNTSEL0),      0xffffffff },
    { 0x1d9, 1, 1, MSR_STORED,      8, CPU_P6, CPU_P6_FX, 0,         MISC(DEBUGCTL),      0x7f },
    { 0x1db, 4, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* LAST* */
    { 0x1e0, 1, 1, MSR_CONSTANT,    0, CPU_P6, CPU_P6_FX, 0,         0,                   0 },  /* ROB_CR_* */
    { 0x200, 8, 2, MSR_MTRR_BASE,   8, CPU_P6, CPU_P6_FX, FEAT_MTRR, AT(mtrr_base),       PHYSICAL_36 & ~0xf00ull },
    { 0x201, 8, 2, MSR_MTRR_MASK,   8, CPU_P6, CPU_P6_FX, FEAT_MTRR, AT(mtrr_mask),       PHYSICAL_36 & ~0x7ffull },
    { 0x250, 1, 1, MSR_MTRR_TYPES,  8, CPU_P6, CPU_P6_FX, FEAT_MTRR, AT(mtrr_fixed),      ~0ull },
    { 0x258, 2, 1, MSR_MTRR_TYPES,  8, CPU_P6, CPU_P6_FX, FEAT_MTRR, AT(mtrr_fixed) + 8,  ~0ull },
    { 0x268, 8, 1, MSR_MTRR_TYPES,  8, CPU_P6, CPU_P6_FX, FEAT_MTRR, AT(mtrr_fixed) + 24, ~0ull },
    { 0x2ff, 1, 1, MSR_MTRR_DEFAULT,8, CPU_P6, CPU_P6_FX, FEAT_MTRR, AT(mtrr_def_type),   0xcff }
};

static const struct msr *msr_find(const struct cpu_model *model, u32 number, unsigned *index)
{
    for (unsigned i = 0; i < ARRAY_LEN(msrs); i++) {
        const struct msr *msr = &msrs[i];
        *index = (number - msr->first) / msr->stride;
        if (number >= msr->first && *index < msr->count && (number - msr->first) % msr->stride == 0
            && model->level >= msr->level && model->level <= msr->last_level
            && (model->features & msr->feature) == msr->feature)
            return msr;
    }
    return NULL;
}

bool msr_read(struct cpu *cpu, const struct system *view, u32 number, u64 *value)
{
    unsigned index;
    const struct msr *msr = msr_find(cpu->model, number, &index);
    if (!msr)
        return false;
    const char *place = (const char *)view + msr->offset + index * msr->width;
    if (msr->kind == MSR_CONSTANT)
        *value = msr->writable;
    else if (msr->width == 4)
        *value = *(const u32 *)(const void *)place;
    else
        *value = *(const u64 *)(const void *)place;
    if (msr->kind == MSR_TSC)
        *value += clock_now(cpu->clock);
    return true;
}

static bool memory_type_valid(u64 type)
{
    return type == 0 || type == 1 || (type >= 4 && type <= 6);    /* UC WC WT WP WB */
}

static bool memory_types_valid(enum msr_kind kind, u64 value)
{
    unsigned types = kind == MSR_MTRR_TYPES ? 8 : kind == MSR_MTRR_DEFAULT || kind == MSR_MTRR_BASE ? 1 : 0;
    for (unsigned i = 0; i < types; i++)
        if (!memory_type_valid(value >> 8 * i & 0xff))
            return false;
    return true;
}

/* What a write stores: the P6 writes only the low half of its time stamp counter and clears the other. */
static u64 msr_stored(const struct cpu *cpu, const struct msr *msr, u64 old, u64 value)
{
    switch (msr->kind) {
    case MSR_TSC:       return (cpu->model->level >= CPU_P6 ? (u32)value : value) - clock_now(cpu->clock);
    case MSR_APIC_BASE: return (value & ~(u64)APIC_BASE_BSP) | (old & APIC_BASE_BSP);
    default:            return value;
    }
}

bool msr_write(struct cpu *cpu, struct system *view, u32 number, u64 value)
{
    unsigned index;
    const struct msr *msr = msr_find(cpu->model, number, &index);
    if (!msr)
        return false;
    if (msr->kind == MSR_CONSTANT)
        return true;
    if ((value & ~msr->writable && msr->width == 8) || !memory_types_valid((enum msr_kind)msr->kind, value))
        return false;
    char *place = (char *)view + msr->offset + index * msr->width;
    if (msr->width == 4) {
        *(u32 *)(void *)place = (u32)value;
        return true;
    }
    u64 *stored = (u64 *)(void *)place, old = *stored;
    *stored = msr_stored(cpu, msr, old, value);
    if (msr->kind >= MSR_APIC_BASE)
        allocator_memory_type(cpu, number, old, *stored);
    return true;
}
