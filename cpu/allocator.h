/* The allocator: who owns what in this machine (design.md 1). It alone edits the machine's address spaces, claim on CPU
 * time, memory map, port map and interrupt routing; each edit is counted and kept in the audit log for a while.
 * Sensitive instructions reach it through the interpreter's routines, chips through the board's wiring. */
#ifndef CPU_ALLOCATOR_H
#define CPU_ALLOCATOR_H
#include "cpu/cpu.h"

/* RESOURCES(X): X(id, name) */
#define RESOURCES(X) \
    X(ADDRESS_SPACE, "address space") \
    X(DESCRIPTORS,   "descriptor tables") \
    X(CPU_TIME,      "cpu time") \
    X(A20,           "a20 gate") \
    X(MEMORY_MAP,    "memory map") \
    X(PORT_MAP,      "port map") \
    X(IRQ,           "interrupt line")

enum resource {
#define X(id, name) RESOURCE_##id,
    RESOURCES(X)
#undef X
    RESOURCE_COUNT
};

enum { ALLOCATOR_LOG = 256, ALLOCATOR_IRQS = 16 };

struct allocator_entry {
    u64 cycle;
    u64 before, after;
    const char *what;                      /* the register, region or chip */
    u8  resource;
    bool refused;
};

struct allocator {
    struct memory *memory;
    struct ports  *ports;
    struct clock  *clock;
    u64            granted[RESOURCE_COUNT], refused[RESOURCE_COUNT];
    struct allocator_entry log[ALLOCATOR_LOG];     /* a ring */
    u64            entries;                /* ever written */
    struct { const char *owner; bool shared; } irq[ALLOCATOR_IRQS];
};

void allocator_init(struct allocator *allocator, struct memory *memory, struct ports *ports, struct clock *clock);

/* ---- from the interpreter: resources of the processor ---- */
void allocator_cr0(struct cpu *cpu, struct system *view, u32 value);
void allocator_cr3(struct cpu *cpu, struct system *view, u32 value);
void allocator_cr4(struct cpu *cpu, struct system *view, u32 value);
void allocator_invalidate(struct cpu *cpu, u32 linear);
/* GDTR, IDTR: `name` says which. */
void allocator_table(struct cpu *cpu, struct table_register *table, struct table_register value, const char *name);
/* LDTR, TR. */
void allocator_system_segment(struct cpu *cpu, struct segment *segment, struct segment value, const char *name);
/* HLT: the guest gives its time back until an interrupt. */
void allocator_halt(struct cpu *cpu);
/* APIC base and MTRRs: what a physical address means. */
void allocator_memory_type(struct cpu *cpu, u32 msr, u64 before, u64 after);

/* ---- from the board ---- */
void allocator_a20(struct allocator *allocator, bool on);
void allocator_region(struct allocator *allocator, struct region *region, u32 base, bool enabled);
bool allocator_ports(struct allocator *allocator, u16 base, u32 count, const struct region_ops *ops, void *self,
                     const char *name, struct error *why);
void allocator_ports_release(struct allocator *allocator, u16 base, const char *name);
/* An interrupt line belongs to one chip, or to several that all agree to share it (PCI). */
bool allocator_irq(struct allocator *allocator, unsigned irq, const char *owner, bool shared, struct error *why);
void allocator_irq_release(struct allocator *allocator, unsigned irq, const char *owner);

/* The audit log, oldest first, and the counts. */
void allocator_print(const struct allocator *allocator, void (*line)(void *self, const char *text), void *self);
#endif
