/* Mode and resource state, item by item: what a pair of states may differ in, and what only a monitor may change. Mode
 * is CPL, VM and PE; the resources are the relocation and protection system, the system registers, the interrupt flag
 * and the clock (Popek and Goldberg's M and R). The rest of a state is the program's own. */
#include "frontend/classify_parts.h"
#include "cpu/model.h"
#include <string.h>

#define SYS(member)    (u16)offsetof(struct chip_state, sys.member), sizeof ((struct chip_state *)0)->sys.member
#define FPU(member)    (u16)offsetof(struct chip_state, fpu.member), sizeof ((struct chip_state *)0)->fpu.member
#define ALL            (~0ull)
enum { RPL = 3, OTHER_INDEX = 0x40 };

const struct item items[] = {
    /* name            place                 where           bits */
    { "CPL",           SYS(cpl),             0,              0xff },
    { "VM",            SYS(eflags),          0,              FLAG_VM },
    { "IOPL",          SYS(eflags),          IN_ANY,         FLAG_IOPL },
    { "IF",            SYS(eflags),          IN_ANY,         FLAG_IF },
    { "VIF",           SYS(eflags),          IN_ANY,         FLAG_VIF },
    { "VIP",           SYS(eflags),          IN_ANY,         FLAG_VIP },
    { "GDTR.base",     SYS(gdtr.base),       IN_ANY,         AT_GDT ^ AT_GDT_COPY },
    { "GDTR.limit",    SYS(gdtr.limit),      IN_ANY,         0x80 },
    { "IDTR.base",     SYS(idtr.base),       IN_ANY,         AT_IDT ^ AT_IDT_COPY },
    { "IDTR.limit",    SYS(idtr.limit),      IN_ANY,         0x400 },
    { "LDTR",          SYS(ldtr.selector),   IN_PROTECTED,   OTHER_INDEX },
    { "LDTR.limit",    SYS(ldtr.limit),      IN_PROTECTED,   0x10 },
    { "TR",            SYS(tr.selector),     IN_PROTECTED,   OTHER_INDEX },
    { "TR.limit",      SYS(tr.limit),        IN_ANY,         0x2000 },
    { "CS.RPL",        SYS(seg[CS].selector), 0,             RPL },
    { "SS.RPL",        SYS(seg[SS].selector), 0,             RPL },
    { "DS.RPL",        SYS(seg[DS].selector), IN_PROTECTED,  RPL },
    { "ES.RPL",        SYS(seg[ES].selector), IN_PROTECTED,  RPL },
    { "FS.RPL",        SYS(seg[FS].selector), IN_PROTECTED,  RPL },
    { "GS.RPL",        SYS(seg[GS].selector), IN_PROTECTED,  RPL },
    { "CR0.PE",        SYS(cr0),             0,              CR0_PE },
    { "CR0.MP",        SYS(cr0),             IN_ANY,         CR0_MP },
    { "CR0.EM",        SYS(cr0),             IN_ANY,         CR0_EM },
    { "CR0.TS",        SYS(cr0),             IN_ANY,         CR0_TS },
    { "CR0.NE",        SYS(cr0),             IN_ANY,         CR0_NE },
    { "CR0.WP",        SYS(cr0),             IN_ANY,         CR0_WP },
    { "CR0.AM",        SYS(cr0),             IN_ANY,         CR0_AM },
    { "CR0.CD",        SYS(cr0),             IN_ANY,         CR0_CD },
    { "CR0.PG",        SYS(cr0),             IN_PROTECTED | IN_V86, CR0_PG },
    { "CR2",           SYS(cr2),             IN_ANY,         ALL },
    { "CR3",           SYS(cr3),             IN_ANY,         AT_DIRECTORY ^ AT_DIRECTORY_COPY },
    { "CR4.VME",       SYS(cr4),             IN_ANY,         CR4_VME },
    { "CR4.PVI",       SYS(cr4),             IN_ANY,         CR4_PVI },
    { "CR4.TSD",       SYS(cr4),             IN_ANY,         CR4_TSD },
    { "CR4.DE",        SYS(cr4),             IN_ANY,         CR4_DE },
    { "CR4.PSE",       SYS(cr4),             IN_ANY,         CR4_PSE },
    { "CR4.MCE",       SYS(cr4),             IN_ANY,         CR4_MCE },
    { "CR4.PGE",       SYS(cr4),             IN_ANY,         CR4_PGE },
    { "CR4.PCE",       SYS(cr4),             IN_ANY,         CR4_PCE },
    { "CR4.OSFXSR",    SYS(cr4),             IN_ANY,         CR4_OSFXSR },
    { "DR0",           SYS(dr[0]),           IN_ANY,         ALL },
    { "DR1",           SYS(dr[1]),           IN_ANY,         ALL },
    { "DR2",           SYS(dr[2]),           IN_ANY,         ALL },
    { "DR3",           SYS(dr[3]),           IN_ANY,         ALL },
    { "DR6",           SYS(dr[6]),           IN_ANY,         0xe00f },
    { "DR7",           SYS(dr[7]),           IN_ANY,         0x2000 /* GD */ },
    { "TR3",           SYS(tr_test[3]),      IN_ANY,         ALL },
    { "TR4",           SYS(tr_test[4]),      IN_ANY,         ALL },
    { "TR5",           SYS(tr_test[5]),      IN_ANY,         ALL },
    { "TR6",           SYS(tr_test[6]),      IN_ANY,         ALL },
    { "TR7",           SYS(tr_test[7]),      IN_ANY,         ALL },
    { "SYSENTER_CS",   SYS(sysenter_cs),     IN_ANY,         0x08 },
    { "SYSENTER_ESP",  SYS(sysenter_esp),    IN_ANY,         0xfc },
    { "SYSENTER_EIP",  SYS(sysenter_eip),    IN_ANY,         0xff },
    { "TSC",           SYS(tsc_offset),      IN_ANY,         ALL },
    { "APIC_BASE",     SYS(apic_base),       IN_ANY,         0xfff000 },
    { "PAT",           SYS(pat),             IN_ANY,         0x0400 },
    { "MCG_STATUS",    SYS(mcg_status),      IN_ANY,         7 },
    { "MSR 2A",        SYS(misc_msr[0]),     IN_ANY,         0xff },
    { "EVNTSEL0",      SYS(misc_msr[1]),     IN_ANY,         0xff },
    { "EVNTSEL1",      SYS(misc_msr[2]),     IN_ANY,         0xff },
    { "PERFCTR0",      SYS(misc_msr[3]),     IN_ANY,         ALL },
    { "PERFCTR1",      SYS(misc_msr[4]),     IN_ANY,         ALL },
    { "DEBUGCTL",      SYS(misc_msr[5]),     IN_ANY,         0x7f },
    { "MSR 11E",       SYS(misc_msr[6]),     IN_ANY,         0xff },
    { "MTRR default",  SYS(mtrr_def_type),   IN_ANY,         6 },
    { "MTRR fixed",    SYS(mtrr_fixed[0]),   IN_ANY,         6 },
    { "MTRR base",     SYS(mtrr_base[0]),    IN_ANY,         0xf000 },
    { "MTRR mask",     SYS(mtrr_mask[0]),    IN_ANY,         0xf000 },
    /* The x87 keeps two selectors with the privilege level they were used at. */
    { "FCS.RPL",       FPU(fcs),             IN_PROTECTED,   RPL },
    { "FDS.RPL",       FPU(fds),             IN_PROTECTED,   RPL },
    { NULL, 0, 0, 0, 0 }
};

static bool is_flag(const struct item *item) { return item->offset == offsetof(struct chip_state, sys.eflags); }
static bool is_fpu(const struct item *item) { return item->offset >= offsetof(struct chip_state, fpu); }

static bool model_has(const struct item *item, const struct cpu_model *model)
{
    if (item->offset == offsetof(struct chip_state, sys.cr4))
        return cpu_model_cr4(model) & item->mask;
    if (item->offset == offsetof(struct chip_state, sys.cr0))
        return (cpu_model_cr0(model) & item->mask) == item->mask;
    return !is_flag(item) || !(item->mask & (FLAG_VIF | FLAG_VIP)) || (model->features & FEAT_VME);
}

static u64 field_read(const struct item *item, const struct chip_state *state)
{
    u64 value = 0;
    memcpy(&value, (const char *)state + item->offset, item->width);
    return value;
}

u64 item_value(const struct item *item, const struct chip_state *state)
{
    u64 value = field_read(item, state);
    u64 single = item->mask & -item->mask;
    if (is_flag(item) || item->offset == offsetof(struct chip_state, sys.cr0) || item->offset == offsetof(struct chip_state, sys.cr4))
        return (value & item->mask) / single;
    return value;
}

bool item_change(const struct item *item, const struct cpu_model *model, struct chip_state *state, struct random *random)
{
    if (!(item->modes & state_mode(state)) || !model_has(item, model))
        return false;
    u64 bits = ((u64)random_next(random) << 32 | random_next(random)) & item->mask;
    if (item->width == 4)
        bits = (u32)bits;
    if (!bits)
        bits = item->width == 8 ? item->mask : (u32)item->mask;
    u64 value = field_read(item, state) ^ bits;
    memcpy((char *)state + item->offset, &value, item->width);
    return true;
}

/* RPL counts where selectors have one. The bits of a resource that no pair differs in may change all the same. */
static u64 resource_mask(const struct item *item, bool privileges)
{
    if (item->mask == RPL)
        return privileges ? RPL : 0;
    bool by_bits = is_flag(item) || item->offset == offsetof(struct chip_state, sys.cr0) ||
                   item->offset == offsetof(struct chip_state, sys.cr4);
    return by_bits ? item->mask : ALL;
}

const struct item *items_differ(const struct chip_state *before, const struct chip_state *after, unsigned *count)
{
    const struct item *first = NULL;
    bool privileges = state_mode(before) == IN_PROTECTED && state_mode(after) == IN_PROTECTED;
    *count = 0;
    for (const struct item *item = items; item->name; item++) {
        u64 changed = (field_read(item, before) ^ field_read(item, after)) & resource_mask(item, privileges);
        if (!changed || is_fpu(item))
            continue;
        if (!first)
            first = item;
        ++*count;
    }
    return first;
}
