/* A dry run: one sensitive instruction executed on a given system state with its stores held back, and everything put
 * back afterwards. What it would have done is the result (design.md 1: counterfactuals). */
#ifndef CPU_DRY_H
#define CPU_DRY_H
#include "cpu/vmm.h"

enum { DRY_STORES = 12, DRY_BYTES = 512 };
struct dry_store { u32 linear; u16 length; u8 bytes[DRY_BYTES]; };
struct dry_run {
    struct dry_store store[DRY_STORES];
    unsigned stores;
    bool     unknown;                      /* it touched a chip, or switched tasks: there is no result */
};
struct dry_result {
    struct dry_run run;
    enum outcome   outcome;
    struct fault   fault;
    u32            gpr[8], eip, eflags;
    struct system  sys;
};

/* Executes on `sys`; with `on_chip` as a projection made under `config` of the guest state `guest`, else as the guest's
 * own state (config and guest are not looked at). */
void dry_execute(struct cpu *cpu, const struct sensitive *row, const struct insn *insn, const struct system *sys,
                 const struct vmm_config *config, const struct system *guest, struct dry_result *result);
/* access.c: an access of a dry run. */
bool dry_access(struct cpu *cpu, u32 linear, void *bytes, unsigned length, bool write);
#endif
