/* The processor: registers, the system state a monitor must control, and what the rooms of cpu/ need of each other.
 * Names are those of the Intel SDM volumes 1 and 3. */
#ifndef CPU_CPU_H
#define CPU_CPU_H
#include "core/types.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/error.h"
#include "core/state.h"
#include "memory/memory.h"
#include "memory/ports.h"

/* ---- registers ---- */
enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, REG_ZERO /* always 0: a missing base or index */ };
enum { ES, CS, SS, DS, FS, GS };

enum eflag {
    FLAG_CF = 1 << 0, FLAG_1 = 1 << 1, FLAG_PF = 1 << 2, FLAG_AF = 1 << 4, FLAG_ZF = 1 << 6, FLAG_SF = 1 << 7,
    FLAG_TF = 1 << 8, FLAG_IF = 1 << 9, FLAG_DF = 1 << 10, FLAG_OF = 1 << 11, FLAG_IOPL = 3 << 12, FLAG_NT = 1 << 14,
    FLAG_RF = 1 << 16, FLAG_VM = 1 << 17, FLAG_AC = 1 << 18, FLAG_VIF = 1 << 19, FLAG_VIP = 1 << 20, FLAG_ID = 1 << 21,
    FLAGS_ARITH = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF
};
enum cr0_bit {
    CR0_PE = 1, CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_ET = 16, CR0_NE = 32, CR0_WP = 1 << 16, CR0_AM = 1 << 18,
    CR0_NW = 1 << 29, CR0_CD = 1 << 30
};
#define CR0_PG 0x80000000u
enum cr4_bit {
    CR4_VME = 1, CR4_PVI = 2, CR4_TSD = 4, CR4_DE = 8, CR4_PSE = 16, CR4_PAE = 32, CR4_MCE = 64, CR4_PGE = 128,
    CR4_PCE = 256, CR4_OSFXSR = 512, CR4_OSXMMEXCPT = 1024
};
enum vector {
    VEC_DE, VEC_DB, VEC_NMI, VEC_BP, VEC_OF, VEC_BR, VEC_UD, VEC_NM, VEC_DF, VEC_CSO, VEC_TS, VEC_NP, VEC_SS, VEC_GP,
    VEC_PF, VEC_MF = 16, VEC_AC, VEC_MC, VEC_XM
};

/* The arithmetic flags, as the last operation left them; eflags_get() makes the bits.
 *   ZF = low 32 bits of result are 0; SF = result < 0 (the result is stored sign-extended from its width);
 *   PF = even parity of byte 0 xor byte 4 (byte 4 is 00 or FF for a sign-extended result, so it does not count);
 *   AF = bit 4 of (aux ^ result); aux is source1 ^ source2 of additions and subtractions, the result of logic;
 *   OF = CF xor bit 31 of (aux ^ result), the carry into the sign: aux is sign-extended too.
 * Only eflags_set() makes the odd combinations (ZF with SF and so on). */
struct flags {
    s64 result;
    u32 aux;
    u8  cf;                   /* 0 or 1 */
};
static inline bool flags_of(const struct flags *flags) { return flags->cf ^ ((flags->aux ^ (u32)flags->result) >> 31); }
/* Changes CF and OF; the other flags stay. */
static inline void flags_set_cf_of(struct flags *flags, bool cf, bool of)
{
    flags->cf = cf;
    flags->aux = (flags->aux & 0x7fffffff) | (((u32)flags->result ^ (u32)(cf ^ of) << 31) & 0x80000000);
}
/* Changes CF; the other flags stay. */
static inline void flags_set_cf(struct flags *flags, bool cf)
{
    flags->aux ^= (u32)(flags->cf ^ cf) << 31;
    flags->cf = cf;
}

/* A segment register with its hidden part. attr is in the form of the SDM's access rights:
 * 0-3 type, 4 S, 5-6 DPL, 7 P, 12 AVL, 14 D/B, 15 G. range[] is derived by segment_refresh(). */
enum { ATTR_TYPE = 15, ATTR_S = 16, ATTR_DPL = 3 << 5, ATTR_P = 128, ATTR_AVL = 1 << 12, ATTR_DB = 1 << 14, ATTR_G = 1 << 15 };
enum { TYPE_ACCESSED = 1, TYPE_WRITABLE = 2 /* data */, TYPE_READABLE = 2 /* code */, TYPE_EXPAND_DOWN = 4 /* data */,
       TYPE_CONFORMING = 4 /* code */, TYPE_CODE = 8 };
struct range { u32 lo, hi; };              /* usable offsets; lo > hi: none */
struct segment {
    u16 selector, attr;
    u32 base;
    u32 limit;                             /* in bytes, granularity applied */
    struct range range[2];                 /* [0] reads, [1] writes */
};
struct table_register { u32 base; u16 limit; };

/* What a monitor must control. In the compliant monitor the virtual and the physical state are this one storage. */
struct system {
    u32 cr0, cr2, cr3, cr4;
    u32 dr[8];                             /* 0-3, 6, 7 */
    u32 tr_test[8];                        /* TR3-TR7 of the 386 and 486 */
    u32 eflags;                            /* all but the arithmetic flags */
    u8  cpl;
    struct table_register gdtr, idtr;
    struct segment ldtr, tr;
    struct segment seg[6];
    u32 sysenter_cs, sysenter_esp, sysenter_eip;
    u64 tsc_offset;                        /* TSC = cycles + tsc_offset */
    u64 apic_base, pat, mcg_status, misc_msr[8];
    u64 mtrr_def_type, mtrr_fixed[11], mtrr_base[8], mtrr_mask[8];
};

struct fpu {
    u8  st[8][16];                         /* physical registers R0-R7, 80 bits used; st(i) is R[(top + i) & 7] */
    u16 fcw, fsw;                          /* fsw without TOP: see top */
    u8  top;
    u8  empty;                             /* bit per physical register: tag is empty */
    u16 fop, fcs, fds;
    u32 fip, fdp;
    u32 mxcsr;
    u8  xmm[8][16];
};

/* ---- faults and outcomes ---- */
enum outcome {
    DONE,        /* completed; the next instruction follows */
    END,         /* completed; the block must end (EIP goes to the next instruction) */
    JUMPED,      /* completed; cpu->eip is the new EIP; the block ends */
    REPEAT,      /* a REP chunk is committed, the instruction is to be begun again at its own EIP */
    FAULT        /* nothing committed; cpu->fault says what */
};
enum fault_kind { FAULT_EXCEPTION, FAULT_TRAP /* #DB, #BP, #OF: EIP already past */, FAULT_SOFT_INT, FAULT_EXTERNAL, FAULT_NMI, FAULT_ICEBP };
struct fault { u8 vector; u8 kind; bool has_error; u32 error; u32 cr2; };

struct cpu;
struct insn;
struct block;
struct sensitive;
typedef enum outcome routine_fn(struct cpu *cpu, const struct insn *insn);
typedef const struct insn *op_fn(const struct insn *insn, struct cpu *cpu);

/* ---- a decoded instruction (40 bytes) ---- */
enum insn_flag { INSN_MEM = 1 /* rm is memory */, INSN_ADDR16 = 2, INSN_REP = 4, INSN_REPNE = 8, INSN_LOCK = 16 };
struct insn {
    op_fn *run;                            /* handler of the chosen engine, perhaps of a fused pair */
    union {
        struct block           *link;      /* branches: the linked target */
        routine_fn             *routine;   /* everything that is not hot */
        const struct sensitive *row;       /* sensitive: its row */
    };
    union {
        struct { u32 imm, disp; };         /* far pointer: imm offset, disp selector; ENTER: imm size, disp level */
        s64 charge;                        /* branches: what taking the link costs (see engine.h) */
    };
    union {
        struct { u8 reg, rm, base, index; };   /* byte offsets into cpu->gpr (16/32-bit registers: number * 4) */
        s32 target;                        /* branches: target relative to the EIP of the page's first byte */
    };
    u8  scale;
    union { u8 seg; u8 index_cc; };        /* ES..GS, prefix applied; branches: the condition */
    u8  flags;                             /* enum insn_flag */
    u8  len;
    u16 page_offset;                       /* of its first byte */
    u16 cost_after;                        /* cycles of the rest of the block */
    u8  count_after;                       /* instructions of the rest of the block */
    u8  size;                              /* operand size in bytes: 1, 2, 4 */
    u16 op;                                /* handler number, not fused */
};
_Static_assert(sizeof(struct insn) == 40, "struct insn is sized for the cache");

/* ---- TLB: the translation is architecture, the tags are its cache (design.md 4) ---- */
enum { TLB_SETS = 4096, VIEW_KERNEL = 0, VIEW_USER = 1, VIEWS = 2 };
enum { TLB_VALID = 1, TLB_WRITE = 2, TLB_USER = 4, TLB_DIRTY = 8, TLB_GLOBAL = 16, TLB_LARGE = 32 };
struct translation { u32 linear; u32 physical; u32 bits; };  /* page addresses; bits 0: empty */
struct tag { u32 read, write; uintptr_t addend; };           /* host = addend + linear; NO_TAG where a slow path is due */
struct code_tag { u32 linear, physical; };
#define NO_TAG 1u                                            /* never equals a page address */
#define CODE_TAG 2u                                          /* or-ed to a write tag: writable, but the page holds code */
struct tlb {
    struct translation data[TLB_SETS], code[TLB_SETS];
    u16 data_filled[TLB_SETS], code_filled[TLB_SETS];        /* slots filled since the last flush: what a flush costs */
    u16 data_count, code_count;
    struct tag      tag[VIEWS + 1][TLB_SETS];                /* the last view is always empty: #AC checks, watchpoints */
    struct code_tag code_tag[VIEWS][TLB_SETS];
};

/* ---- models ---- */
enum cpu_level { CPU_386, CPU_486, CPU_P5, CPU_P6, CPU_P6_FX /* Pentium II: FXSR, SYSENTER */ };
enum cpu_feature {                          /* own numbering; CPUID.1:EDX is made from it in model.c */
    FEAT_FPU = 1 << 0, FEAT_VME = 1 << 1, FEAT_DE = 1 << 2, FEAT_PSE = 1 << 3, FEAT_TSC = 1 << 4, FEAT_MSR = 1 << 5,
    FEAT_CX8 = 1 << 6, FEAT_SEP = 1 << 7, FEAT_PGE = 1 << 8, FEAT_CMOV = 1 << 9, FEAT_FXSR = 1 << 10, FEAT_CPUID = 1 << 11,
    FEAT_AC = 1 << 12 /* EFLAGS.AC, CR0.AM/WP */, FEAT_RDPMC = 1 << 13, FEAT_MTRR = 1 << 14, FEAT_MCE = 1 << 15,
    FEAT_APIC = 1 << 16
};
struct cpu_model {
    const char    *name, *help;
    enum cpu_level level;
    u32            features;               /* enum cpu_feature */
    u64            hz;                     /* fixed, documented */
    u64            bus_hz;                 /* what its local APIC's timer counts */
    unsigned       cost_column;            /* of cpu/cost.def */
    u32            signature;              /* CPUID.1:EAX; EDX at reset */
};
extern const struct cpu_model cpu_models[];            /* ends with name NULL */
const struct cpu_model *cpu_model_find(const char *name);

/* ---- the processor ---- */
enum engine { ENGINE_TAIL, ENGINE_LOOP };
struct engine_options { enum engine engine; unsigned block_cap /* 1-32 instructions */; u64 flush_seed /* 0: never flush at random */; };
enum cpu_attention {                        /* why the run loop must look up before the next block */
    ATTENTION_FAULT = 1, ATTENTION_INTR = 2, ATTENTION_NMI = 4, ATTENTION_HALTED = 8, ATTENTION_INHIBIT = 16,
    ATTENTION_STEP = 32 /* TF or enabled breakpoints: one instruction at a time */, ATTENTION_SHUTDOWN = 64,
    ATTENTION_STOP = 128 /* the board wants the run to end now */, ATTENTION_TRAP = 256 /* a debug trap is due */,
    ATTENTION_SHADOW_SS = 512 /* with INHIBIT: after a load of SS, which holds debug exceptions off too */,
    ATTENTION_SMI = 1024, ATTENTION_INIT = 2048,      /* outside system management mode only */
    ATTENTION_WATCHED = 4096 /* a debugger looks before each instruction (stops.h); clear between runs */
};

struct block_cache;
struct monitor;                             /* counters and trace of the dispatcher */

struct cpu {
    u32 gpr[16];                            /* first: handlers index it by byte offset; [REG_ZERO] is 0 */
    struct flags flags;
    s64 budget;                             /* cycles left << 32 | instructions begun; see engine.h */
    u32 eip_page;                           /* EIP of the first byte of the code page the running block is in */
    u32 eip;                                /* valid outside blocks */
    u32 key;                                /* block key: see engine.h */
    u32 code_linear, code_physical;         /* the page code is fetched from; code_linear NO_TAG: look it up */
    bool end_block;                         /* the current instruction must be the block's last */
    bool flush_blocks;                      /* forget all blocks before the next one is entered */
    bool last_wp;                           /* CR0.WP that the tags were made with */
    struct tag *dtlb;                       /* tlb.tag[view]: the fast path's */
    struct code_tag *itlb;
    struct jump_slot *jump_cache;
    const struct insn *current;             /* the instruction in a routine or a slow access (for cpu_sync) */
    bool synced;                            /* a device was called: events may have moved */
    u32 attention;                          /* enum cpu_attention */

    struct system sys;                      /* what the chip executes on */
    const struct system *guest;             /* what the guest must see: &sys, or the monitor's copy while on_chip */
    bool on_chip;                           /* sys is a projection: the guest runs de-privileged (vmm.h) */
    bool paging_user;                       /* pages are reached with user rights; without a projection: CPL 3 */
    struct dry_run *dry;                    /* stores are kept back (dry.h); NULL: this is real */
    struct stops *stops;                    /* where a debugger wants to stop (stops.h); NULL: nobody debugs */
    struct shadow *shadow;                  /* shadow page tables; NULL: the guest's are walked */
    struct fpu fpu;
    struct fault fault;                     /* with ATTENTION_FAULT */
    u32 debug_trap;                         /* DR6 bits of a trap due at the next boundary */
    bool intr_level, nmi_pending, nmi_blocked;
    bool smm;                               /* in system management mode (smm.h) */
    bool smi_pending, init_pending;
    u32 smbase;
    u64 deadline;                           /* clock cycle at which budget is 0 */
    u64 insns;                              /* instructions begun up to the last synchronisation */
    struct { struct fault fault; u32 cs, eip; } shutdown[3];     /* the exceptions that led to shutdown */
    u8 shutdowns;

    const struct cpu_model *model;
    struct clock  *clock;
    struct memory *memory;
    struct ports  *ports;
    struct log    *log;
    int          (*acknowledge)(void *self);                     /* interrupt controller's vector */
    void          *acknowledge_self;
    void         (*ferr)(void *self, bool level);                /* FERR#: the board's IRQ13; may be NULL */
    void          *ferr_self;
    void         (*smiact)(void *self, bool level);              /* SMIACT#, high: in SMM; may be NULL */
    void          *smiact_self;
    void         (*apic_base)(void *self, u64 value);            /* APIC_BASE is now this; may be NULL */
    void          *apic_base_self;
    struct monitor     *monitor;
    op_fn *const       *handlers;                                /* of the engine chosen */
    struct engine_options engine;
    struct block_cache *blocks;
    struct tlb          tlb;
};

/* ---- modes ---- */
static inline bool cpu_real(const struct cpu *cpu)      { return !(cpu->sys.cr0 & CR0_PE); }
static inline bool cpu_v86(const struct cpu *cpu)       { return cpu->sys.eflags & FLAG_VM; }
static inline bool cpu_protected(const struct cpu *cpu) { return (cpu->sys.cr0 & CR0_PE) && !(cpu->sys.eflags & FLAG_VM); }
static inline unsigned cpu_iopl(const struct cpu *cpu)  { return cpu->sys.eflags >> 12 & 3; }
/* SS.B: the stack pointer is ESP, else SP. */
static inline bool cpu_stack32(const struct cpu *cpu)   { return cpu->sys.seg[SS].attr & ATTR_DB; }
static inline bool cpu_has(const struct cpu *cpu, u32 feature) { return cpu->model->features & feature; }

/* EIP of an instruction of the running block. */
static inline u32 insn_eip(const struct cpu *cpu, const struct insn *insn) { return cpu->eip_page + insn->page_offset; }
static inline u32 insn_next_eip(const struct cpu *cpu, const struct insn *insn) { return insn_eip(cpu, insn) + insn->len; }

/* Registers by byte offset (insn->reg, rm). 8-bit offsets name AL CL DL BL AH CH DH BH by their byte. */
#define R8(cpu, offset)  (*((u8 *)(cpu)->gpr + (offset)))
#define R16(cpu, offset) (*(u16 *)((u8 *)(cpu)->gpr + (offset)))
#define R32(cpu, offset) (*(u32 *)((u8 *)(cpu)->gpr + (offset)))

/* Effective address (offset in insn->seg), masked to the address size. */
static inline u32 insn_ea(const struct cpu *cpu, const struct insn *insn)
{
    u32 ea = R32(cpu, insn->base) + (R32(cpu, insn->index) << insn->scale) + insn->disp;
    return insn->flags & INSN_ADDR16 ? ea & 0xffff : ea;
}

/* ---- eflags.c ---- */
u32  eflags_get(const struct cpu *cpu);                          /* all bits, bit 1 set */
/* Sets the bits in mask (arithmetic and others); callers apply the privilege rules. */
void eflags_set(struct cpu *cpu, u32 value, u32 mask);
/* Sets the arithmetic flags of a result of `size` bytes the way logic does: CF OF AF 0. */
void flags_logic(struct cpu *cpu, u32 result, unsigned size);

/* ---- exceptions: exception.c ---- */
/* Records a fault of the current instruction and returns FAULT. The run loop delivers it with cpu->eip at the instruction. */
enum outcome cpu_raise(struct cpu *cpu, enum vector vector);
enum outcome cpu_raise_error(struct cpu *cpu, enum vector vector, u32 error);
enum outcome cpu_raise_page_fault(struct cpu *cpu, u32 linear, u32 error);
/* Delivers cpu->fault (also software interrupts, external interrupts, NMI): IVT, IDT gates, V86, task gates; escalates
 * to #DF and shutdown (ATTENTION_SHUTDOWN, cpu->shutdown[]). cpu->eip is the EIP to save. On return cpu->eip is the handler's. */
void exception_deliver(struct cpu *cpu);
/* For INT n, INT3, INTO, ICEBP rows: privilege and V86/VME rules, then delivery. Returns JUMPED or FAULT. */
enum outcome interrupt_software(struct cpu *cpu, const struct insn *insn, u8 vector, enum fault_kind kind);

/* ---- segmentation: segment.c ---- */
void segment_refresh(struct segment *segment);                   /* derives range[] */
void segment_load_real(struct segment *segment, u16 selector);   /* real and V86 mode: base = selector << 4 */
/* Reads a descriptor from GDT or LDT; false: outside the table (no fault raised; *outside) or #PF raised. */
struct descriptor { u32 low, high; };
enum outcome descriptor_read(struct cpu *cpu, u16 selector, struct descriptor *descriptor, bool *outside);
/* MOV/POP/Lxx to a segment register (not CS): all checks, A bit, hidden part. DONE or FAULT. */
enum outcome segment_load(struct cpu *cpu, unsigned sreg, u16 selector);

/* ---- memory access: access.c ---- */
enum access_as { AS_CPL, AS_SUPERVISOR, AS_USER };
/* Through a segment, with limit, type and page checks. On refusal the fault is raised and false returned.
 * Values are zero-extended. size 1, 2, 4. */
bool seg_read (struct cpu *cpu, unsigned sreg, u32 offset, unsigned size, u32 *value);
bool seg_write(struct cpu *cpu, unsigned sreg, u32 offset, unsigned size, u32 value);
/* Any length up to 512 bytes (far pointers, x87 and FXSAVE images). Checked whole before the first byte moves. */
bool seg_read_bytes (struct cpu *cpu, unsigned sreg, u32 offset, void *bytes, unsigned length);
bool seg_write_bytes(struct cpu *cpu, unsigned sreg, u32 offset, const void *bytes, unsigned length);
/* Checks that a write of length bytes would succeed (faults raised, D bits set, nothing written). */
bool seg_probe_write(struct cpu *cpu, unsigned sreg, u32 offset, unsigned length);
/* Charges one element of a REP string instruction; false when the budget is used up (then return REPEAT). */
bool cpu_charge_element(struct cpu *cpu, const struct insn *insn);
/* Host pointer to `length` bytes at a linear address if they lie in one page that the fast path may touch, else NULL. */
u8  *lin_host(struct cpu *cpu, u32 linear, unsigned length, bool write);
/* By linear address, for descriptor tables, TSSs, gates' stacks. */
bool lin_read (struct cpu *cpu, u32 linear, void *bytes, unsigned length, enum access_as as);
bool lin_write(struct cpu *cpu, u32 linear, const void *bytes, unsigned length, enum access_as as);
bool lin_probe_write(struct cpu *cpu, u32 linear, unsigned length, enum access_as as);
/* r/m operand of size insn->size: register or memory. */
bool rm_read (struct cpu *cpu, const struct insn *insn, u32 *value);
bool rm_write(struct cpu *cpu, const struct insn *insn, u32 value);
/* Stack: checks first, moves ESP/SP only on success. */
bool push(struct cpu *cpu, u32 value, unsigned size);
bool pop(struct cpu *cpu, u32 *value, unsigned size);
static inline u32 stack_pointer(const struct cpu *cpu) { return cpu_stack32(cpu) ? cpu->gpr[ESP] : cpu->gpr[ESP] & 0xffff; }
static inline void stack_pointer_set(struct cpu *cpu, u32 value)
{
    if (cpu_stack32(cpu)) cpu->gpr[ESP] = value;
    else R16(cpu, ESP * 4) = (u16)value;
}
/* Paging's own verbs, for the rows that need them: tlb.c */
void tlb_flush(struct cpu *cpu, bool global_too);
void tlb_flush_page(struct cpu *cpu, u32 linear);
/* Where a linear address is, for debugger and trace: no fill, no A bit, no fault. false: not mapped. */
bool cpu_translate_peek(const struct cpu *cpu, u32 linear, u32 *physical);
/* The byte there, in RAM or ROM only: reading a chip would disturb it. NULL: there is none. */
const u8 *cpu_peek(const struct cpu *cpu, u32 linear);

/* ---- engine: engine.c ---- */
/* After any change of mode, CPL, CS, SS, DS, ES hidden parts, CR0.TS/EM, CR4, TF, DR7: recomputes key, views, attention. */
void cpu_mode_changed(struct cpu *cpu);
/* Brings cpu->clock->now and cpu->insns up to the current instruction (before any device is called). */
void cpu_sync(struct cpu *cpu, const struct insn *insn);
/* The same before code is read from a device, between two instructions; the next block is looked for anew. */
void cpu_sync_fetch(struct cpu *cpu);

bool cpu_init(struct cpu *cpu, const struct cpu_model *model, struct clock *clock, struct memory *memory,
              struct ports *ports, struct log *log, struct error *why);
void cpu_destroy(struct cpu *cpu);
void cpu_reset(struct cpu *cpu);                                 /* as RESET#: F000:FFF0 at FFFFFFF0 */
void cpu_engine(struct cpu *cpu, const struct engine_options *options);
/* Runs until clock->now >= until_cycle, or insns >= until_insns, or attention HALTED (nothing to run), SHUTDOWN or STOP. */
void cpu_run(struct cpu *cpu, u64 until_cycle, u64 until_insns);
/* Executes exactly one instruction boundary-to-boundary (REP: one iteration), with interrupts and traps as in cpu_run. */
void cpu_step(struct cpu *cpu);
/* Input pins. */
void cpu_set_intr(void *cpu, int pin, bool level);
void cpu_set_nmi(void *cpu, int pin, bool level);
/* A rising edge is latched; the 386 has no such pin. */
void cpu_set_smi(void *cpu, int pin, bool level);
/* INIT, latched too: the registers as after a reset, but for FPU, MSRs and cache control. */
void cpu_set_init(void *cpu, int pin, bool level);
/* Ends cpu_run at the next instruction boundary. */
void cpu_stop(struct cpu *cpu);
extern const struct field cpu_fields[];
/* For struct component: canonical form of lazy state; what the rows do not hold. */
void cpu_canonical(void *cpu);
void cpu_restored(void *cpu);
/* The same for struct tlb, which is the monitor's state (design.md 5). */
extern const struct field tlb_fields[];
void tlb_canonical(void *tlb);
void tlb_restored(void *tlb);

/* ---- debug registers and single step: debug.c ---- */
bool debug_code_match(struct cpu *cpu, u32 linear);              /* enabled instruction breakpoint there and RF clear: sets DR6 bits, true */
void debug_data_match(struct cpu *cpu, u32 linear, unsigned length, bool write);   /* sets cpu->debug_trap, ATTENTION_TRAP */
bool debug_data_page(const struct cpu *cpu, u32 linear);         /* an enabled data breakpoint lies in this page */
bool debug_io_match(struct cpu *cpu, u16 port, unsigned width);  /* CR4.DE I/O breakpoints */

/* ---- dispatcher: dispatcher.c, sensitive.def ---- */
/* The one door. Gate, interpreter routine, what must happen afterwards. */
enum outcome dispatch(struct cpu *cpu, const struct insn *insn);

/* ---- x87: fpu.c ---- */
/* Routine for an escape opcode (D8-DF) and its ModRM byte, NULL if #UD. *sensitive gets the row name of FNSTENV/FNSAVE, or NULL.
 * *memory_bytes: size of the memory operand (0: none). */
struct fpu_decoded { routine_fn *routine; unsigned cost_class; bool no_wait; };
bool fpu_decode(u8 escape, u8 modrm, struct fpu_decoded *out);
void fpu_reset(struct cpu *cpu, bool init);
enum outcome fpu_wait(struct cpu *cpu, const struct insn *insn);         /* 9B */
enum outcome fpu_fxsave(struct cpu *cpu, const struct insn *insn);       /* 0F AE /0; reached through its sensitive row */
enum outcome fpu_fxrstor(struct cpu *cpu, const struct insn *insn);
enum outcome fpu_fnstenv(struct cpu *cpu, const struct insn *insn);
enum outcome fpu_fnsave(struct cpu *cpu, const struct insn *insn);
enum outcome fpu_ldmxcsr(struct cpu *cpu, const struct insn *insn);
enum outcome fpu_stmxcsr(struct cpu *cpu, const struct insn *insn);
#endif
