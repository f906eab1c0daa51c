/* Paravirtualization: hypercalls for guests that know of their monitor, under --vmm=pv only (docs/pv.md has the interface
 * as a guest's author reads it; Seifert's lecture, slides 37 and 73).
 *
 * The guest's interrupt flag may live in a page that guest and monitor share. Then closing interrupts is one store and
 * opening them a store and a test, without a trap. The monitor reads the flag whenever the guest traps, and when a line is
 * raised; if the flag is clear then, it says so in the page and holds the interrupt until the next trap, so that
 * when it is delivered depends on the guest's instructions alone. */
#ifndef CPU_PV_H
#define CPU_PV_H
#include "cpu/cpu.h"

enum { PV_VECTOR = 0x86, PV_ENTRIES_MAX = 512, PV_WRITE_MAX = 4096, PV_CONSOLE = 0xe9 /* the board's debug console */ };
enum { PV_SIGNATURE_LEAF = 0x40000000, PV_FEATURE_LEAF = 0x40000001 };

/* PV_CALLS(X): X(id, feature). The number of a call is its place here; the feature's bit says that it exists. */
#define PV_CALLS(X) \
    X(share,      INTERRUPTS) /* EBX: physical address of the shared page; FFFFFFFFh: none */ \
    X(interrupts, INTERRUPTS) /* the guest has set its flag and found the pending word set */ \
    X(iret,       IRET)       /* EAX and IRET's frame on the stack */ \
    X(pages,      PAGES)      /* EBX: physical address of the updates, ECX: how many */ \
    X(space,      PAGES)      /* EBX: CR3 */ \
    X(gdt,        TABLES)     /* EBX: base, ECX: limit */ \
    X(idt,        TABLES)     /* the same */ \
    X(ldt,        TABLES)     /* the same; limit 0: none */ \
    X(stack,      TABLES)     /* EBX: ESP0, ECX: SS0 */ \
    X(idle,       IDLE)       /* opens interrupts and waits for one */ \
    X(write,      WRITE)      /* EBX: physical address of bytes for the console, ECX: how many */

enum pv_feature { PV_INTERRUPTS = 1, PV_IRET = 2, PV_PAGES = 4, PV_TABLES = 8, PV_IDLE = 16, PV_WRITE = 32 };

/* What a call leaves in EAX; the last two leave nothing there: IRET went somewhere else, or faulted. */
enum pv_error {
    PV_OK = 0, PV_NO_CALL = -1, PV_BAD_ADDRESS = -2, PV_BAD_COUNT = -3, PV_BAD_ALIGNMENT = -4, PV_BAD_STATE = -5,
    PV_RETURNED = 1, PV_FAULTED = 2
};

/* The shared page. */
enum pv_word { PV_WORD_FLAG = 0 /* bit 9: IF */, PV_WORD_PENDING = 4 /* 1: an interrupt is held */, PV_WORD_CR2 = 8 };

/* An update of a page table: {address of the entry, new value}, both 32 bits, the address physical. */
struct pv_update { u32 entry, value; };

struct pv {
    u32  page;                             /* physical address of the shared page */
    bool shared;                           /* there is one: IF lives there */
    bool held;                             /* an interrupt waits for the guest's next trap */
};
extern const struct field pv_fields[];

/* INT n is a hypercall rather than an interrupt. */
bool pv_called(const struct cpu *cpu, const struct system *view, const struct insn *insn);
enum outcome pv_hypercall(struct cpu *cpu, struct system *view, const struct insn *insn);
/* The leaves that a bare machine does not have; `registers` hold its answer: EAX, EBX, ECX, EDX. */
void pv_cpuid(u32 leaf, u32 registers[4]);

/* ---- the shared page; nothing happens where there is none ---- */
/* IF of a virtual state, as the guest has it now. */
void pv_absorb(const struct cpu *cpu, struct system *v);
/* After a trap or a delivery, with the virtual state in cpu->sys: tells the guest its flag and what is pending. */
void pv_settle(struct cpu *cpu);
/* Whether the interrupt that is due may be delivered; if not, it is held from now on. */
bool pv_interrupts_open(struct cpu *cpu);
#endif
