/* The dispatcher's table: sensitive.def as data. The decoder names rows, the monitor counts them, --list-sensitive and
 * the documentation print them. */
#ifndef CPU_DISPATCHER_H
#define CPU_DISPATCHER_H
#include "cpu/cpu.h"

enum sensitive_id {
#define SENSITIVE(id, ...) SENS_##id,
#include "cpu/sensitive.def"
#undef SENSITIVE
    SENS_COUNT
};

/* A routine of the interpreter table. `view` is the system state it reads and changes: the virtual machine's.
 * It returns END (or JUMPED) if it changed what the row's `after` is about, DONE if there is nothing to see to. */
typedef enum outcome sensitive_fn(struct cpu *cpu, struct system *view, const struct insn *insn);

#define SENSITIVE(id, name, opcode, class, rule, listed, real, prot, v86, module, since, cost, handler, after) \
    sensitive_fn handler;
#include "cpu/sensitive.def"
#undef SENSITIVE

enum sensitive_class { CLASS_C = 1, CLASS_B = 2, CLASS_CB = CLASS_C | CLASS_B };
enum sensitive_rule { RULE_3A, RULE_3B, RULE_3C, RULE_3D };
enum sensitive_module { MODULE_I, MODULE_A, MODULE_A_I };
enum sensitive_since { SINCE_I8086, SINCE_I186, SINCE_I286, SINCE_I386, SINCE_I486, SINCE_TEST,
                       SINCE_FPU, SINCE_CPUID, SINCE_TSC, SINCE_MSR, SINCE_RDPMC, SINCE_SEP, SINCE_FXSR };
enum sensitive_after {
    END_BLOCK = 1, OWN_MODE = 2, NEW_MODE = 4, CHECK_IRQ = 8, SHADOW = 16,
    AFTER_NONE = 0, AFTER_OWN = OWN_MODE, AFTER_MODE = NEW_MODE, AFTER_MODE_IRQ = NEW_MODE | CHECK_IRQ,
    AFTER_IRQ_SHADOW = CHECK_IRQ | SHADOW, AFTER_OWN_SHADOW = OWN_MODE | SHADOW, AFTER_END = END_BLOCK,
    AFTER_END_MODE = END_BLOCK | NEW_MODE, AFTER_END_MODE_IRQ = END_BLOCK | NEW_MODE | CHECK_IRQ,
    AFTER_END_OWN = END_BLOCK | OWN_MODE,
    AFTER_END_OWN_IRQ = END_BLOCK | OWN_MODE | CHECK_IRQ, AFTER_END_OWN_SHADOW = END_BLOCK | OWN_MODE | SHADOW
};

/* Who may pass. All but UD, GP and SMM are open at CPL 0 outside virtual-8086 mode. */
enum sensitive_gate {
    GATE_NONE,       /* everyone: it does not trap */
    GATE_OWN,        /* everyone, up to what the routine finds in the gate and the redirection map it names */
    GATE_UD,         /* nobody: #UD */
    GATE_GP,         /* nobody: #GP(0) */
    GATE_SMM,        /* whoever is in system management mode; others #UD */
    GATE_CPL0,       /* CPL 0 */
    GATE_VIF,        /* CPL <= IOPL; at CPL 3 also with CR4.PVI, then VIF stands for IF */
    GATE_VME,        /* virtual-8086: IOPL 3; or CR4.VME, then VIF stands for IF */
    GATE_VME16,      /* the same, but VME helps 16-bit operands only */
    GATE_IOMAP,      /* CPL <= IOPL and not virtual-8086; or the TSS's I/O map allows the ports */
    GATE_TSD,        /* CPL 0, or CR4.TSD clear */
    GATE_PCE,        /* CPL 0, or CR4.PCE set */
    GATE_COUNT
};

enum cpu_mode { MODE_REAL, MODE_PROTECTED, MODE_V86, MODES };
static inline enum cpu_mode system_mode(const struct system *sys)
{
    return (enum cpu_mode)((sys->cr0 & CR0_PE) + (sys->eflags >> 17 & 1));
}

struct sensitive {
    sensitive_fn *handler;
    u8 gate[MODES];                        /* enum sensitive_gate */
    u8 after;                              /* enum sensitive_after */
    u8 id, class, rule, module, since, cost;   /* cost: class number, by row of cost.def */
    const char *name, *opcode, *listed;
};
extern const struct sensitive sensitive_table[SENS_COUNT];

/* Whether a model has the instruction; the decoder gives #UD where not. */
bool sensitive_exists(const struct sensitive *row, const struct cpu_model *model);
/* Cycles of an instruction of this row on a model (register operands), from cost.def. */
unsigned sensitive_cost(const struct sensitive *row, const struct cpu_model *model);
/* Cycles that each element of a repeated INS or OUTS adds. */
unsigned sensitive_element_cost(const struct cpu_model *model);
/* The whole table as text, a line per call: what `--list-sensitive` prints. */
void sensitive_table_print(void (*line)(void *self, const char *text), void *self);

/* The port of an IN or OUT; for INS and OUTS too. */
static inline u16 insn_port(const struct cpu *cpu, const struct insn *insn)
{
    unsigned id = insn->row->id;
    return id == SENS_in_imm || id == SENS_out_imm ? (u16)insn->imm : (u16)cpu->gpr[EDX];
}

/* The id of a row in sensitive.def, as cure= of --vmm= takes it. */
const char *sensitive_id_name(unsigned id);
/* Whether it is on Robin and Irvine's list of 17. */
bool sensitive_robin_irvine(const struct sensitive *row);
/* Whether the chip lets user code attempt it: its gate in protected mode refuses nobody for his level. */
static inline bool sensitive_unprivileged(const struct sensitive *row) { return row->gate[MODE_PROTECTED] <= GATE_OWN; }

/* A gate that is neither open to all nor opened by CPL 0 (gate.c): true, or false and the fault raised. */
bool gate_open(struct cpu *cpu, const struct system *view, enum sensitive_gate gate, const struct insn *insn);
/* Any gate: the row's in the mode of the view. */
static inline bool gate_passed(struct cpu *cpu, const struct system *view, const struct sensitive *row,
                               const struct insn *insn)
{
    enum sensitive_gate gate = (enum sensitive_gate)row->gate[system_mode(view)];
    bool open = gate <= GATE_OWN || (gate >= GATE_CPL0 && view->cpl == 0);
    return likely(open) || gate_open(cpu, view, gate, insn);
}
#endif
