/* Shadow page tables and memory tracing: what a monitor must do about paging (Adams and Agesen 2006; Intel 1999 for the
 * format). The processor would walk these tables; here they stand between the TLB and the guest's tables.
 *
 * A root belongs to one address space of the guest (CR3 and the mode bits that change what its tables mean) and has a
 * directory per view. An entry is made at the first access (hidden fault) from a walk of the guest's tables; it holds
 * what the guest's entries allow, less the write right where D is not set yet or the frame is traced. Frames that hold
 * tables from which entries were made are traced: each write to one comes here, and the entries made from the bytes
 * written are compared with them anew. Tables that are not traced are compared at CR3 loads, changes of the root and,
 * page by page, at INVLPG: the same liberty a TLB has.
 *
 * Several faults of one kind that a single access takes in the model would be one on a real chip too: a fault is
 * counted where the processor would take it, never by what the emulator looks up. */
#ifndef CPU_SHADOW_H
#define CPU_SHADOW_H
#include "cpu/paging.h"
#include "cpu/vmm.h"

/* Bits of a TLB slot beside enum TLB_*: the translation is in the shadow, too. */
enum {
    TLB_SHADOW_KERNEL = 64,                /* for supervisor accesses */
    TLB_SHADOW_KERNEL_WRITE = 128,         /* which may write, as far as rights go (D and traces apart) */
    TLB_SHADOW_USER = 256,                 /* for accesses with user rights */
    TLB_SHADOW = TLB_SHADOW_KERNEL | TLB_SHADOW_KERNEL_WRITE | TLB_SHADOW_USER
};

#define SHADOW_COUNTERS(X) \
    X(pf_true,              "page faults that are the guest's") \
    X(pf_hidden,            "page faults that only filled the shadow") \
    X(pf_trace,             "page faults of writes to traced tables") \
    X(pf_mmio,              "page faults of accesses to devices, and of writes to ROM") \
    X(shadow_fill,          "shadow entries made") \
    X(shadow_zap,           "shadow entries dropped") \
    X(trace_install,        "traces put on pages") \
    X(trace_drop,           "traces taken from pages") \
    X(trace_write_emulated, "writes to traced pages, trapped or interpreted") \
    X(ad_update,            "guest table entries that got A or D") \
    X(cr3_load,             "loads of CR3") \
    X(cr3_root_hit,         "of these, to an address space whose shadow is kept") \
    X(cr3_root_miss,        "of these, to another") \
    X(invlpg,               "INVLPG") \
    X(wp_emul,              "supervisor writes to read-only user pages, CR0.WP being 0") \
    X(splinter_4m,          "4 MiB pages of the guest mapped in parts")

struct shadow_counters {
#define X(name, text) u64 name;
    SHADOW_COUNTERS(X)
#undef X
};

enum {
    SHADOW_ENTRIES = 1024, SHADOW_ROOTS = 64,
    SHADOW_TABLES = 4096,                  /* of all roots; table 0 is none */
    SHADOW_FRAMES = 1 << 20
};
#define SHADOW_NO_FRAME 0xffffffffu
/* What an entry keeps of the guest's rights in the bits that IA-32 leaves to software. */
enum { SHADOW_GUEST_W = 1 << 9, SHADOW_GUEST_U = 1 << 10, SHADOW_LARGE = 1 << 11 };
/* A root's key: the guest's CR3 and its mode; 0: no paging. */
enum { SPACE_PG = 1, SPACE_PSE = 2, SPACE_WP = 4, SPACE_PGE = 8 };

struct shadow_root;
/* One shadow page table. Entries are numbered through all tables; entries of one frame are linked, and so are the tables
 * made from one frame of the guest's, and those of one root. */
struct shadow_table {
    u32 entry[SHADOW_ENTRIES];
    u32 next[SHADOW_ENTRIES], prev[SHADOW_ENTRIES];
    u32 live[SHADOW_ENTRIES / 32];
    u32 pde;                               /* the guest's that it was made of */
    u32 frame;                             /* the guest's table; SHADOW_NO_FRAME: a 4 MiB page, or no paging */
    u16 index;                             /* in the directory */
    u8  view;
    struct shadow_root *root;
    u32 root_next, root_prev, frame_next, frame_prev;
};

struct shadow_root {
    u32 directory[VIEWS][SHADOW_ENTRIES];  /* table number << 12 and rights */
    u32 key, frame;                        /* frame of the guest's directory; SHADOW_NO_FRAME: no paging */
    u32 tables;
    u64 used;                              /* when last; 0: free */
};

struct shadow_frame {                      /* per page of the physical address space */
    u32 mapped;                            /* entries that map it */
    u32 tables;                            /* tables made from it */
    u32 ram_page;                          /* traced: the RAM page, plus 1 */
    u16 roots;                             /* roots it is the directory of */
    u16 writes;                            /* while traced, under adaptive tracing */
};

struct shadow_stamp { const struct insn *insn; s64 budget; u32 linear; };  /* an access of one instruction */

struct shadow {
    struct cpu *cpu;
    bool   counts;                         /* PAGING_COUNT: nothing depends on the shadow */
    bool   projected;                      /* the guest runs de-privileged, so some accesses are the monitor's own */
    u8     views;
    bool   rooted[VIEWS];                  /* the view has a root at all */
    u8     tracing;
    u16    roots, trace_k, trace_max;
    u32    traced;
    u32    tables_free;                    /* list, by root_next */
    u32    tables_high;                    /* tables from here on were never used; at least 1 */
    u64    time;
    u64    checked;                        /* turns of shadow_check_some */
    struct shadow_root    *current;
    struct shadow_stamp    emulated;       /* the write to a traced page that the monitor is emulating */
    struct shadow_stamp    mmio_read;      /* the last read of a device: the same instruction's write is no new fault */
    struct shadow_counters counters;
    struct shadow_root     root[SHADOW_ROOTS];
    struct shadow_table   *table;
    struct shadow_frame   *frame;
};

typedef void shadow_line_fn(void *self, const char *text);

/* Makes the shadow that the monitor's configuration asks for: none for PAGING_DIRECT. */
bool shadow_create(struct cpu *cpu, struct error *why);
void shadow_destroy(struct cpu *cpu);
/* Forgets all roots: reset, state loaded. */
void shadow_flush(struct cpu *cpu);
/* The map of the physical address space changed. */
void shadow_map_changed(struct cpu *cpu);
void shadow_print(const struct shadow *shadow, shadow_line_fn *line, void *self);

/* The invariants of the shadow and of the TLB before it. False: *why is a sentence about the first breach. */
bool shadow_check(struct cpu *cpu, char *why, size_t size);
/* One table and one TLB slot of it, other ones at each call. */
bool shadow_check_some(struct cpu *cpu, char *why, size_t size);

/* ---- for tlb.c ---- */
/* CR3 was loaded, or (not cr3) another change has dropped all translations. */
void shadow_space_loaded(struct cpu *cpu, bool cr3);
void shadow_space_enter(struct cpu *cpu, u32 key);
void shadow_invlpg(struct cpu *cpu, u32 linear);
/* The shadow's translation of a page in the form of a TLB slot; false: it has none. */
bool shadow_find(const struct cpu *cpu, u32 page, bool user, struct translation *found);
/* The monitor's page-fault handler, after the guest's tables have permitted the access: fills the shadow if that is what
 * the fault was about. Returns the slot's bits of enum TLB_SHADOW_*. */
u32  shadow_fault(struct cpu *cpu, u32 page, const struct walk *walk, bool write, bool user);
/* PAGING_COUNT: the same for an access that the TLB has permitted. */
u32  shadow_count(struct cpu *cpu, const struct translation *t, bool write, bool user);
void shadow_true_fault(struct cpu *cpu);
/* Code is fetched from a device. */
void shadow_fetch_mmio(struct cpu *cpu);

static inline u32 shadow_key(const struct system *guest)
{
    if (!(guest->cr0 & CR0_PG))
        return 0;
    return (guest->cr3 & PAGE_MASK) | SPACE_PG | (guest->cr4 & CR4_PSE ? SPACE_PSE : 0) |
           (guest->cr0 & CR0_WP ? SPACE_WP : 0) | (guest->cr4 & CR4_PGE ? SPACE_PGE : 0);
}
/* The access is the guest's on the chip, not the monitor's emulation of one. */
static inline bool shadow_through(const struct cpu *cpu, bool user)
{
    return !cpu->shadow->projected || (cpu->on_chip && user == cpu->paging_user && cpu->shadow->rooted[user]);
}
/* Bits that a TLB slot needs for an access through the shadow. */
static inline u32 shadow_need(bool write, bool user)
{
    return user ? TLB_SHADOW_USER : write ? TLB_SHADOW_KERNEL | TLB_SHADOW_KERNEL_WRITE : TLB_SHADOW_KERNEL;
}

/* ---- for access.c ---- */
/* A write to a traced page has been carried out. */
void shadow_trace_fault(struct cpu *cpu, u32 physical);
/* An access reaches a device, or writes to ROM. */
void shadow_mmio(struct cpu *cpu, u32 linear, bool write);

/* ---- among shadow*.c ---- */
/* Where the guest's physical addresses are on the machine: the same place, behind the A20 gate. */
static inline u32 shadow_pmap(const struct shadow *s, u32 physical)
{
    return memory_gate(s->cpu->memory, physical);
}
static inline u32 shadow_entry_linear(const struct shadow_table *t, unsigned i)
{
    return (u32)t->index << 22 | i << PAGE_SHIFT;
}
static inline unsigned shadow_view(const struct shadow *s, bool user) { return s->views == 2 && user; }
static inline u32 shadow_directory_table(u32 entry) { return entry >> PAGE_SHIFT; }
/* The guest's entry i of a table or directory; 0 if the frame is not RAM or ROM. */
u32  shadow_guest_entry(const struct shadow *s, u32 frame, unsigned i);
bool shadow_backed(const struct shadow *s, u32 frame);
void shadow_event(struct cpu *cpu, enum vmm_event event);
/* Whether an entry may be writable now, for supervisor accesses where the view has both kinds. */
bool shadow_entry_writable(const struct shadow *s, const struct shadow_table *t, u32 entry);
u32  shadow_entry_bits(const struct shadow *s, const struct shadow_table *t, u32 entry);
/* Puts an entry for the walk into the table for `page` (both made where missing); 0: there can be none. Returns it. */
u32  shadow_entry_put(struct shadow *s, u32 page, const struct walk *walk, bool write, bool user,
                      const struct shadow_table **in);
void shadow_entry_zap(struct shadow *s, struct shadow_table *t, unsigned i);
void shadow_table_free(struct shadow *s, u32 number);
/* A walk as page_walk does, over a root's tables, that changes nothing and checks no rights. */
bool shadow_peek(const struct shadow *s, const struct shadow_root *root, u32 linear, struct walk *walk);

/* shadow_trace.c: a frame got, or lost, its use as a table. */
void trace_frame_used(struct shadow *s, u32 frame);
void trace_frame_released(struct shadow *s, u32 frame);
/* It is traced no longer. */
void trace_drop(struct shadow *s, u32 frame);
/* Nothing can change the frame without being noticed. */
bool trace_synchronised(const struct shadow *s, u32 frame);
/* The memory's listener. */
void trace_written(void *cpu, u32 address, u32 length);
/* Compares all of a root, or of one page in it, that is not traced. */
void trace_resync(struct shadow *s, struct shadow_root *root);
void trace_resync_page(struct shadow *s, struct shadow_root *root, u32 linear);
/* What the guest's entries are now still allows the table, the entry. */
bool trace_table_good(const struct shadow_table *t, u32 pde);
bool trace_entry_good(const struct shadow *s, const struct shadow_table *t, unsigned i, u32 pte);
#endif
