/* The processor models: frequency, features, signature, CPUID (Intel AP-485, "Intel Processor Identification and the
 * CPUID instruction"; SDM volume 3, 2.5). Frequencies are fixed: virtual time is counted in their cycles.
 * The bus clock is a fixed fraction: 1/2, 2/9 and 1/4 of it.
 * Not modelled yet, so not announced: MMX, PAE, PSE-36, PAT, machine check banks, SSE. */
#include "cpu/model.h"
#include <string.h>

#define FEATURES_486     (FEAT_FPU | FEAT_AC | FEAT_CPUID)
#define FEATURES_PENTIUM (FEATURES_486 | FEAT_VME | FEAT_DE | FEAT_PSE | FEAT_TSC | FEAT_MSR | FEAT_MCE | FEAT_CX8 | \
                          FEAT_APIC)
#define FEATURES_P6_FX   (FEATURES_PENTIUM | FEAT_SEP | FEAT_PGE | FEAT_CMOV | FEAT_RDPMC | FEAT_MTRR | FEAT_FXSR)

const struct cpu_model cpu_models[] = {
    { "386",      "Intel 386 DX with 387, 33 MHz",        CPU_386,   FEAT_FPU,         33000000,  0,         0, 0x0308 },
    { "486",      "Intel 486 DX2, 66 MHz",                CPU_486,   FEATURES_486,     66000000,  0,         1, 0x0435 },
    { "pentium",  "Intel Pentium, 133 MHz",               CPU_P5,    FEATURES_PENTIUM, 133000000, 66500000,  2, 0x052c },
    { "pentium2", "Intel Pentium II (Deschutes), 300 MHz", CPU_P6_FX, FEATURES_P6_FX,  300000000, 66666666,  3, 0x0652 },
    { "max",      "all that is implemented, 400 MHz",     CPU_P6_FX, FEATURES_P6_FX,   400000000, 100000000, 4, 0x0653 },
    { .name = NULL }
};

const struct cpu_model *cpu_model_find(const char *name)
{
    for (const struct cpu_model *model = cpu_models; model->name; model++)
        if (strcmp(model->name, name) == 0)
            return model;
    return NULL;
}

struct feature_bits { u32 feature, bits; };

static u32 bits_of(const struct cpu_model *model, const struct feature_bits *table, unsigned rows)
{
    u32 bits = 0;
    for (unsigned i = 0; i < rows; i++)
        if (model->features & table[i].feature)
            bits |= table[i].bits;
    return bits;
}

static u32 cpuid_features(const struct cpu_model *model)
{
    static const struct feature_bits edx[] = {
        { FEAT_FPU, 1 << 0 }, { FEAT_VME, 1 << 1 }, { FEAT_DE, 1 << 2 }, { FEAT_PSE, 1 << 3 }, { FEAT_TSC, 1 << 4 },
        { FEAT_MSR, 1 << 5 }, { FEAT_MCE, 1 << 7 }, { FEAT_CX8, 1 << 8 }, { FEAT_APIC, 1 << 9 }, { FEAT_SEP, 1 << 11 }, { FEAT_MTRR, 1 << 12 },
        { FEAT_PGE, 1 << 13 }, { FEAT_CMOV, 1 << 15 }, { FEAT_FXSR, 1 << 24 }
    };
    return bits_of(model, edx, ARRAY_LEN(edx));
}

u32 cpu_model_cr0(const struct cpu_model *model)
{
    u32 bits = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_PG;
    return bits | (model->level == CPU_386 ? (u32)CR0_ET : CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD);
}

u32 cpu_model_cr4(const struct cpu_model *model)
{
    static const struct feature_bits cr4[] = {
        { FEAT_VME, CR4_VME | CR4_PVI }, { FEAT_TSC, CR4_TSD }, { FEAT_DE, CR4_DE }, { FEAT_PSE, CR4_PSE },
        { FEAT_MCE, CR4_MCE }, { FEAT_PGE, CR4_PGE }, { FEAT_RDPMC, CR4_PCE },
        { FEAT_FXSR, CR4_OSFXSR | CR4_OSXMMEXCPT }
    };
    return bits_of(model, cr4, ARRAY_LEN(cr4));
}

/* Leaves past the last one answer as the last one does, as Intel's processors do. */
void cpu_model_cpuid(const struct cpu_model *model, u32 leaf, u32 registers[4])
{
    const u32 last = model->level >= CPU_P6 ? 2 : 1;
    const u32 leaves[3][4] = {
        { last, 0x756e6547, 0x6c65746e, 0x49656e69 },               /* "GenuineIntel" in EBX EDX ECX */
        { model->signature, 0, 0, cpuid_features(model) },
        { 0x03020101, 0, 0, 0x0c040843 }                            /* caches and TLBs of a Pentium II */
    };
    memcpy(registers, leaves[MIN(leaf, last)], sizeof leaves[0]);
}
