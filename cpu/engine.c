/* The run loop: slices of virtual time, what happens between blocks, exact stepping, links (design.md 3 and 4).
 *
 * budget holds the cycles left to the deadline in its high half and the instructions begun in its low half. A block is
 * charged whole when it is entered, and entered only if its charge fits; who leaves early gives the rest back. Whatever
 * does not fit is stepped, instruction by instruction, so events happen at the first boundary at or after their cycle. */
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/fpu.h"
#include "cpu/monitor.h"
#include "cpu/ops.h"
#include "cpu/shadow.h"
#include "cpu/smm.h"
#include "cpu/stops.h"
#include <stdlib.h>
#include <string.h>

static s64 cycles_left(const struct cpu *cpu) { return cpu->budget >> 32; }

/* ---- leaving a block ---- */
const struct insn *leave(const struct insn *insn, struct cpu *cpu)
{
    refund(cpu, insn);
    cpu->eip = insn_next_eip(cpu, insn);
    return NULL;
}

const struct insn *fault_exit(const struct insn *insn, struct cpu *cpu)
{
    refund(cpu, insn);
    cpu->eip = insn_eip(cpu, insn);
    return NULL;
}

bool cpu_charge_element(struct cpu *cpu, const struct insn *insn)
{
    cpu->budget -= (s64)cost_of(cpu, C_ELEMENT_IO) << 32;
    return cycles_left(cpu) + insn->imm > 0;
}

void cpu_sync(struct cpu *cpu, const struct insn *insn)
{
    if (insn)
        cpu->clock->now = cpu->deadline - (u64)(cycles_left(cpu) + insn->cost_after);
    cpu->synced = true;
}

void cpu_sync_fetch(struct cpu *cpu)
{
    cpu->clock->now = cpu->deadline - (u64)cycles_left(cpu);
    cpu->synced = cpu->end_block = true;
}

/* ---- links ---- */
static s64 taken_cost(const struct cpu *cpu, const struct insn *branch)
{
    bool conditional = (branch->op >= OP_jcc_o && branch->op <= OP_jcc_g) || branch->op == OP_jcc_seg || branch->op == OP_loop;
    return conditional ? (s64)cost_of(cpu, C_TAKEN) << 32 : 0;
}

static const struct insn *branch_exit(struct cpu *cpu, u32 eip)
{
    cpu->eip = eip;
    return NULL;
}

/* Enters a block if its charge fits. */
static const struct insn *enter(struct cpu *cpu, struct block *block, u32 eip)
{
    if (!(cpu->key & KEY_FLAT) && (u64)eip + block->bytes - 1 > cpu->sys.seg[CS].limit)
        return branch_exit(cpu, eip);
    if (unlikely((cpu->budget -= block->charge) < 0)) {
        cpu->budget += block->charge;
        return branch_exit(cpu, eip);
    }
    cpu->eip_page = eip - (block->physical & ~PAGE_MASK);
    return block->insn;
}

/* Page of the code at `linear` without a fill; the page being executed needs no look-up. */
static bool code_page(struct cpu *cpu, u32 linear, u32 *physical)
{
    u32 page = linear & PAGE_MASK;
    if (page != cpu->code_linear) {
        const struct code_tag *tag = &cpu->itlb[tlb_slot(linear)];
        if (tag->linear != page)
            return false;
        cpu->code_linear = page;
        cpu->code_physical = tag->physical;
    }
    *physical = cpu->code_physical | (linear & ~PAGE_MASK);
    return true;
}

static const struct insn *go_to(struct cpu *cpu, u32 eip)
{
    u32 physical;
    if (unlikely(cpu->end_block) || !code_page(cpu, cpu->sys.seg[CS].base + eip, &physical))
        return branch_exit(cpu, eip);
    struct jump_slot *slot = &cpu->jump_cache[jump_index(physical)];
    if (unlikely(slot->physical != physical || slot->key != cpu->key))
        return branch_exit(cpu, eip);
    return enter(cpu, slot->block, eip);
}

/* Events may have moved: the deadline must not lie behind the first. */
static void deadline_shrink(struct cpu *cpu)
{
    u64 next = clock_next(cpu->clock);
    cpu->synced = false;
    if (next < cpu->deadline) {
        cpu->budget -= (s64)(cpu->deadline - next) << 32;
        cpu->deadline = next;
    }
}

/* Nothing has come up that the run loop would have to look at. */
static bool undisturbed(struct cpu *cpu, const struct insn *insn)
{
    if (cpu->end_block || cpu->attention || cpu->flush_blocks)
        return false;
    if (cpu->synced) {
        if (insn->count_after)
            return false;
        deadline_shrink(cpu);
    }
    return cycles_left(cpu) > 0;
}

const struct insn *routine_exit(const struct insn *insn, struct cpu *cpu, enum outcome outcome, u32 key_before)
{
    switch (outcome) {
    case DONE:
        return leave(insn, cpu);
    case END:
        return undisturbed(cpu, insn) && cpu->key == key_before ? insn + 1 : leave(insn, cpu);
    case JUMPED:
        refund(cpu, insn);
        return undisturbed(cpu, insn) ? go_to(cpu, cpu->eip) : NULL;
    case REPEAT:
        /* Its own cost comes back too: it is paid by the chunk that completes. */
        refund(cpu, insn);
        cpu->budget += ((s64)insn->imm << 32) - 1;
        cpu->eip = insn_eip(cpu, insn);
        return NULL;
    case FAULT:
        break;
    }
    return fault_exit(insn, cpu);
}

const struct insn *branch_to(const struct insn *insn, struct cpu *cpu, u32 eip)
{
    refund(cpu, insn);
    cpu->budget -= taken_cost(cpu, insn);
    return go_to(cpu, eip);
}

/* The caller has taken branch->charge; give it back, then link if the target is on this page, or go the long way. */
const struct insn *branch_slow(const struct insn *from, struct cpu *cpu)
{
    struct insn *branch = (struct insn *)from;
    u32 eip = cpu->eip_page + (u32)branch->target;
    cpu->budget += branch->charge;
    bool linkable = branch->charge == NOT_LINKED && (u32)branch->target < PAGE_SIZE && (cpu->key & KEY_FLAT);
    refund(cpu, branch);
    cpu->budget -= taken_cost(cpu, branch);
    if (!linkable)
        return go_to(cpu, eip);
    struct block *block = block_find(cpu, cpu->code_physical | (u32)branch->target);
    if (!block || block->straddles)
        return branch_exit(cpu, eip);
    branch->link = block;
    branch->charge = block->charge + taken_cost(cpu, branch) - ((s64)branch->cost_after << 32) + branch->count_after;
    return unlikely(cpu->end_block) ? branch_exit(cpu, eip) : enter(cpu, block, eip);
}

/* ---- mode ---- */
static bool segment_flat(const struct segment *s, bool writes)
{
    const struct range *r = &s->range[writes];
    return s->base == 0 && r->lo == 0 && r->hi == 0xffffffff;
}

void cpu_mode_changed(struct cpu *cpu)
{
    const struct system *sys = &cpu->sys;
    u32 key = 0;
    bool user = sys->cpl == 3, wp = sys->cr0 & CR0_WP;
    bool checked = user && (sys->eflags & FLAG_AC) && (sys->cr0 & CR0_AM);
    if (unlikely(cpu->guest != sys)) {           /* on the chip, or a dry run, which must not write through tags */
        user = cpu->on_chip ? cpu->monitor->vmm.user_root : user;
        wp = cpu->guest->cr0 & CR0_WP;
        checked |= cpu->dry != NULL;
    }
    if (sys->seg[CS].attr & ATTR_DB) key |= KEY_CODE32;
    if (sys->seg[SS].attr & ATTR_DB) key |= KEY_STACK32;
    if (user) key |= KEY_USER;
    if (cpu_v86(cpu)) key |= KEY_V86;
    else if (sys->cr0 & CR0_PE) key |= KEY_PROTECTED;
    if (segment_flat(&sys->seg[CS], false) && segment_flat(&sys->seg[SS], true) && segment_flat(&sys->seg[DS], true) &&
        segment_flat(&sys->seg[ES], true) && segment_flat(&sys->seg[DS], false) && segment_flat(&sys->seg[ES], false) &&
        segment_flat(&sys->seg[SS], false))
        key |= KEY_FLAT;
    if (sys->cr0 & CR0_TS) key |= KEY_TS;
    if (sys->cr0 & CR0_EM) key |= KEY_EM;
    if (sys->cr0 & CR0_MP) key |= KEY_MP;
    if (sys->cr4 & CR4_OSFXSR) key |= KEY_OSFXSR;
    cpu->key = key;

    cpu->paging_user = user;
    struct code_tag *itlb = cpu->tlb.code_tag[user];
    cpu->dtlb = cpu->tlb.tag[checked ? VIEWS : user];
    if (cpu->itlb != itlb) {
        cpu->itlb = itlb;
        cpu->code_linear = NO_TAG;
    }
    if (wp != cpu->last_wp) {
        cpu->last_wp = wp;
        tlb_drop_tags(cpu);
    }
    if ((sys->eflags & (FLAG_TF | FLAG_RF)) || (sys->dr[7] & DR7_ENABLES))
        cpu->attention |= ATTENTION_STEP;
    else
        cpu->attention &= ~(u32)ATTENTION_STEP;
    if (stops_on(cpu))
        stops_state(cpu);
}

/* ---- between blocks ---- */
/* Every delivery costs time: a guest whose handlers only fault must not run for ever in none. */
static void delivery_pay(struct cpu *cpu) { cpu->budget -= (s64)cost_of(cpu, C_INTERRUPT) << 32; }

static void fault_deliver(struct cpu *cpu)
{
    delivery_pay(cpu);
    vmm_exception_deliver(cpu);
}

static void interrupt_take(struct cpu *cpu, u8 vector, enum fault_kind kind)
{
    if (stops_on(cpu))
        stops_interrupt(cpu, vector);
    cpu->fault = (struct fault){ .vector = vector, .kind = (u8)kind };
    fault_deliver(cpu);
}

/* CS limit violations of a fetch, found before the instruction is executed. */
static bool fetch_allowed(struct cpu *cpu, u32 eip, unsigned length)
{
    if ((u64)eip + length - 1 <= cpu->sys.seg[CS].limit)
        return true;
    cpu_raise_error(cpu, VEC_GP, 0);
    cpu->eip = eip;
    return false;
}

/* Executes instructions of a block one at a time while cycles are left, at most `most`. */
static void step_block(struct cpu *cpu, struct block *block, u32 eip, unsigned most)
{
    const struct insn *insn = block->insn;
    s64 rest = block->charge;
    u32 key = cpu->key;
    cpu->budget -= rest;
    cpu->eip_page = eip - (block->physical & ~PAGE_MASK);
    for (;;) {
        if ((cpu->budget + rest) >> 32 <= 0 || (insn < block->insn + block->count && !most--)) {
            cpu->budget += rest;
            cpu->eip = insn_eip(cpu, insn);
            return;
        }
        if (insn < block->insn + block->count && !fetch_allowed(cpu, insn_eip(cpu, insn), insn->len)) {
            cpu->budget += rest;
            return;
        }
        const struct insn *next = ops_loop[insn->op](insn, cpu);
        if (!next)
            return;
        if (next != insn + 1) {                    /* entered another block: take it back */
            cpu->budget += container_of(next, struct block, insn)->charge;
            cpu->eip = insn_eip(cpu, next);
            return;
        }
        rest = ((s64)insn->cost_after << 32) - insn->count_after;
        insn = next;
        if (cpu->key != key || cpu->attention) {
            cpu->budget += rest;
            cpu->eip = insn_eip(cpu, insn);
            return;
        }
    }
}

/* The block at CS:EIP; NULL: a fetch fault was raised. */
static struct block *block_here(struct cpu *cpu, u32 eip)
{
    u32 linear = cpu->sys.seg[CS].base + eip, physical;
    if (!code_page(cpu, linear, &physical)) {
        if (!tlb_translate_code(cpu, linear, &physical))
            return NULL;
        cpu->code_linear = linear & PAGE_MASK;
        cpu->code_physical = physical & PAGE_MASK;
        if (unlikely(cpu->flush_blocks))           /* a page with a point in it has come to a new place */
            block_cache_flush(cpu);
    }
    struct block *block = block_find(cpu, physical);
    if (block && block->straddles) {
        bool fault;
        if (block_straddle_good(cpu, block, eip, &fault))
            return block;
        if (fault)
            return NULL;
        block_drop(cpu, block);
        block = NULL;
    }
    unsigned cap = stops_on(cpu) && cpu->stops->each ? 1 : cpu->engine.block_cap;
    return block ? block : block_build(cpu, eip, physical, cap, true);
}

/* INT n and its kin clear TF with their delivery, CALL and JMP to a task load that task's: if TF is clear behind one of
 * these, no trap is due. */
static bool sheds_tf(const struct insn *insn)
{
    static const u16 shedding[] = { SENS_int_n, SENS_int3, SENS_into, SENS_icebp,
                                    SENS_call_far_ptr, SENS_call_far_mem, SENS_jmp_far_ptr, SENS_jmp_far_mem };
    if (insn->op != OP_sensitive)
        return false;
    for (unsigned i = 0; i < ARRAY_LEN(shedding); i++)
        if (insn->row->id == shedding[i])
            return true;
    return false;
}

/* One instruction, with what TF, RF and instruction breakpoints want. */
static void step_one(struct cpu *cpu, bool shadow_ss)
{
    u32 eip = cpu->eip;
    bool tf = cpu->sys.eflags & FLAG_TF, rf = cpu->sys.eflags & FLAG_RF;
    u64 begun = (u32)cpu->budget;
    if (!rf && !shadow_ss && (cpu->sys.dr[7] & DR7_ENABLES) && debug_code_match(cpu, cpu->sys.seg[CS].base + eip)) {
        cpu_raise(cpu, VEC_DB);
        return;
    }
    if (!fetch_allowed(cpu, eip, 1))
        return;
    struct block *block = block_here(cpu, eip);
    if (!block)
        return;
    /* RF holds for one instruction; it stays for one that is to be begun again. */
    cpu->sys.eflags &= ~(u32)FLAG_RF;
    cpu->end_block = tf || (cpu->sys.dr[7] & DR7_ENABLES);
    step_block(cpu, block, eip, 1);
    bool repeats = (u32)cpu->budget == begun;
    if ((cpu->attention & ATTENTION_FAULT) || repeats)
        cpu->sys.eflags |= rf ? FLAG_RF : 0;
    else if (rf)
        cpu_mode_changed(cpu);
    if (cpu->attention & ATTENTION_FAULT)
        return;
    if (tf && ((cpu->sys.eflags & FLAG_TF) || !sheds_tf(&block->insn[0]))) {
        cpu->debug_trap |= DR6_BS;
        cpu->attention |= ATTENTION_TRAP;
    }
}

/* The first attempt at the instruction at CS:EIP is not to be paid for. */
static void attempt_refund(struct cpu *cpu)
{
    struct block *block = block_here(cpu, cpu->eip);
    if (block)
        cpu->budget += block->charge - ((s64)block->insn->cost_after << 32) + block->insn->count_after;
}

/* A fault that the monitor's bits of CR0 may have made: the instruction is executed on the guest's own state, where it
 * faults again if the fault is the guest's. */
static void fault_attend(struct cpu *cpu)
{
    if (likely(!vmm_fault_doubtful(cpu))) {
        fault_deliver(cpu);
        return;
    }
    attempt_refund(cpu);
    cpu->attention &= ~(u32)ATTENTION_FAULT;
    vmm_fault_interpret(cpu);
    step_one(cpu, true);
    if (cpu->attention & ATTENTION_FAULT) {
        cpu->attention &= ~(u32)ATTENTION_FAULT;
        fault_deliver(cpu);
    }
    vmm_leave(cpu);
}

/* The guest's interrupt flag: a paravirtual guest keeps it in memory. */
static inline bool interrupts_open(struct cpu *cpu)
{
    return unlikely(cpu->monitor->pv.shared) ? pv_interrupts_open(cpu) : cpu->guest->eflags & FLAG_IF;
}

/* Looks at the most urgent thing that is due. */
enum attended { ATTENDED_END /* the run ends */, ATTENDED_ONE /* look again */, ATTENDED_NONE /* nothing: run */ };
static enum attended attend(struct cpu *cpu)
{
    u32 attention = cpu->attention;
    if (attention & ATTENTION_SHUTDOWN)
        return ATTENDED_END;
    if (attention & ATTENTION_FAULT) {
        if (stops_on(cpu) && stops_fault(cpu))
            return ATTENDED_END;
        cpu->attention &= ~(u32)ATTENTION_FAULT;
        fault_attend(cpu);
        return ATTENDED_ONE;
    }
    if (attention & ATTENTION_STOP) {
        cpu->attention &= ~(u32)ATTENTION_STOP;
        return ATTENDED_END;
    }
    if (unlikely(attention & ATTENTION_WATCHED) && stops_boundary(cpu))
        return ATTENDED_END;
    if (cycles_left(cpu) <= 0)
        return ATTENDED_END;
    if (unlikely(attention & (ATTENTION_SMI | ATTENTION_INIT)) && !(attention & ATTENTION_INHIBIT)) {
        delivery_pay(cpu);
        smm_attend(cpu);
        return ATTENDED_ONE;
    }
    if ((attention & (ATTENTION_TRAP | ATTENTION_SHADOW_SS)) == ATTENTION_TRAP) {
        cpu->attention &= ~(u32)(ATTENTION_TRAP | ATTENTION_HALTED);
        vmm_enter(cpu);
        debug_trap_deliver(cpu);
        pv_settle(cpu);
        vmm_leave(cpu);
        return ATTENDED_ONE;
    }
    bool intr = (attention & ATTENTION_INTR) && !(attention & ATTENTION_INHIBIT) && interrupts_open(cpu);
    bool nmi = (attention & ATTENTION_NMI) && !cpu->nmi_blocked && !(attention & ATTENTION_INHIBIT);
    if (attention & ATTENTION_HALTED) {
        if (!intr && !nmi)
            return ATTENDED_END;
        cpu->attention &= ~(u32)ATTENTION_HALTED;
    }
    if (nmi) {
        cpu->attention &= ~(u32)ATTENTION_NMI;
        cpu->nmi_pending = false;
        cpu->nmi_blocked = true;
        interrupt_take(cpu, VEC_NMI, FAULT_NMI);
        return ATTENDED_ONE;
    }
    if (intr && cpu->acknowledge) {
        cpu->clock->now = cpu->deadline - (u64)cycles_left(cpu);
        int vector = cpu->acknowledge(cpu->acknowledge_self);
        cpu->synced = true;
        if (vector >= 0)
            interrupt_take(cpu, (u8)vector, FAULT_EXTERNAL);
        else
            cpu->budget -= (s64)1 << 32;           /* a controller that asks but names none must not stop time */
        return ATTENDED_ONE;
    }
    if (unlikely(attention & ATTENTION_WATCHED) && stops_code(cpu))
        return ATTENDED_END;
    if (attention & (ATTENTION_STEP | ATTENTION_INHIBIT | ATTENTION_WATCHED)) {
        cpu->attention &= ~(u32)(ATTENTION_INHIBIT | ATTENTION_SHADOW_SS);
        if (stops_on(cpu) && !cpu->stops->each && cpu->stops->hit.kind == STOP_NONE)
            cpu->attention &= ~(u32)ATTENTION_WATCHED;
        step_one(cpu, attention & ATTENTION_SHADOW_SS);
        /* Of loads of SS in a row only the first holds events off for sure (SDM volume 2, MOV); so it is here. */
        if (attention & ATTENTION_SHADOW_SS)
            cpu->attention &= ~(u32)(ATTENTION_INHIBIT | ATTENTION_SHADOW_SS);
        return ATTENDED_ONE;
    }
    return ATTENDED_NONE;
}

/* Tests of determinism: caches may vanish at any boundary without a trace. */
static void flush_at_random(struct cpu *cpu)
{
    u64 *seed = &cpu->engine.flush_seed;
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    if ((*seed >> 40) % 509 == 0) {
        cpu->flush_blocks = true;
        tlb_drop_tags(cpu);
    }
}

static void run_block(struct cpu *cpu)
{
    u32 eip = cpu->eip;
    if (unlikely(!(cpu->key & KEY_FLAT)) && !fetch_allowed(cpu, eip, 1))
        return;
    if (stops_on(cpu) && stops_uncached(cpu))
        return;
    struct block *block = block_here(cpu, eip);
    if (!block)
        return;
    bool inside = (cpu->key & KEY_FLAT) || (u64)eip + block->bytes - 1 <= cpu->sys.seg[CS].limit;
    if (unlikely(!inside || cpu->budget < block->charge)) {
        if (unlikely(block->watched)) {
            cpu->attention |= ATTENTION_WATCHED;
            return;
        }
        step_block(cpu, block, eip, BLOCK_CAP + 1);
        return;
    }
    cpu->budget -= block->charge;
    cpu->eip_page = eip - (block->physical & ~PAGE_MASK);
    const struct insn *insn = block->insn;
    do
        insn = insn->run(insn, cpu);
    while (insn);
}

static void run_slice(struct cpu *cpu)
{
    for (;;) {
        cpu->end_block = false;
        if (unlikely(cpu->synced))
            deadline_shrink(cpu);
        if (unlikely(cpu->flush_blocks))
            block_cache_flush(cpu);
        if (unlikely(cpu->engine.flush_seed))
            flush_at_random(cpu);
        if (unlikely(cpu->attention & ~(u32)ATTENTION_INTR) ||
            (cpu->attention && interrupts_open(cpu))) {
            enum attended attended = attend(cpu);
            if (attended == ATTENDED_END)
                return;
            if (attended == ATTENDED_ONE)
                continue;
        }
        if (cycles_left(cpu) <= 0)
            return;
        run_block(cpu);
    }
}

static void run_cycles(struct cpu *cpu, u64 cycles)
{
    cpu->deadline = cpu->clock->now + cycles;
    cpu->budget = (s64)cycles << 32;
    cpu->synced = false;
    run_slice(cpu);
    cpu->clock->now = cpu->deadline - (u64)cycles_left(cpu);
    cpu->insns += (u32)cpu->budget;
    cpu->budget = 0;
    cpu->current = NULL;
}

enum { SLICE_CYCLES = 1 << 26 };

void cpu_run(struct cpu *cpu, u64 until_cycle, u64 until_insns)
{
    const u32 ends = ATTENTION_SHUTDOWN | ATTENTION_HALTED;
    fpu_enter(cpu);
    vmm_resume(cpu);
    if (stops_on(cpu)) {
        cpu->attention |= cpu->stops->each ? ATTENTION_WATCHED : 0;
        until_insns = MIN(until_insns, cpu->stops->next_insns);
        until_cycle = MIN(until_cycle, cpu->stops->next_cycle);
    }
    while (cpu->clock->now < until_cycle && cpu->insns < until_insns) {
        u64 cycles = MIN(until_cycle, clock_next(cpu->clock));
        if (cycles <= cpu->clock->now)
            break;
        cycles = MIN(MIN(cycles - cpu->clock->now, until_insns - cpu->insns), SLICE_CYCLES);
        bool stop = cpu->attention & ATTENTION_STOP;
        u64 before = cpu->clock->now;
        run_cycles(cpu, cycles);
        if (stop || (cpu->attention & ends) || (stops_on(cpu) && cpu->stops->hit.kind) ||
            (cpu->clock->now < before + cycles && cpu->clock->now < clock_next(cpu->clock)))
            break;
    }
    if (stops_on(cpu))
        stops_due(cpu);
    cpu->attention &= ~(u32)ATTENTION_WATCHED;
    vmm_suspend(cpu);
    fpu_leave(cpu);
}

void cpu_step(struct cpu *cpu)
{
    u32 step = cpu->attention & ATTENTION_STEP;
    u64 before = cpu->insns;
    fpu_enter(cpu);
    cpu->deadline = cpu->clock->now + 1;           /* any instruction fits, and one element of a REP */
    cpu->budget = (s64)1 << 32;
    cpu->end_block = cpu->synced = false;
    if (cpu->flush_blocks)
        block_cache_flush(cpu);
    vmm_resume(cpu);
    cpu->attention |= ATTENTION_STEP;
    attend(cpu);
    if (cpu->attention & ATTENTION_FAULT)
        attend(cpu);
    if (!step)
        cpu->attention &= ~(u32)ATTENTION_STEP;
    cpu_mode_changed(cpu);
    vmm_suspend(cpu);
    cpu->clock->now = cpu->deadline - (u64)cycles_left(cpu);
    cpu->insns = before + (u32)cpu->budget;
    cpu->budget = 0;
    cpu->current = NULL;
    fpu_leave(cpu);
}

/* ---- pins ---- */
void cpu_set_intr(void *self, int pin, bool level)
{
    struct cpu *cpu = self;
    (void)pin;
    cpu->intr_level = level;
    if (level)
        cpu->attention |= ATTENTION_INTR;
    else
        cpu->attention &= ~(u32)ATTENTION_INTR;
}

void cpu_set_nmi(void *self, int pin, bool level)
{
    struct cpu *cpu = self;
    (void)pin;
    if (!level)
        return;
    cpu->nmi_pending = true;
    cpu->attention |= ATTENTION_NMI;
}

void cpu_set_smi(void *self, int pin, bool level)
{
    struct cpu *cpu = self;
    (void)pin;
    if (!level || cpu->model->level < CPU_486)
        return;
    cpu->smi_pending = true;
    smm_latches_look(cpu);
}

void cpu_set_init(void *self, int pin, bool level)
{
    struct cpu *cpu = self;
    (void)pin;
    if (!level)
        return;
    cpu->init_pending = true;
    smm_latches_look(cpu);
}

void cpu_stop(struct cpu *cpu) { cpu->attention |= ATTENTION_STOP; }

/* ---- listener of the memory ---- */
static void on_map_changed(void *self, u32 base, u64 size)
{
    struct cpu *cpu = self;
    (void)base;
    (void)size;
    tlb_drop_tags(cpu);
    if (cpu->shadow)
        shadow_map_changed(cpu);
    cpu->code_linear = NO_TAG;
    cpu->flush_blocks = cpu->end_block = true;
}

static void on_dirty_cleared(void *self) { tlb_drop_write_tags(self); }

/* ---- life ---- */
bool cpu_init(struct cpu *cpu, const struct cpu_model *model, struct clock *clock, struct memory *memory,
              struct ports *ports, struct log *log, struct error *why)
{
    *cpu = (struct cpu){ .model = model, .clock = clock, .memory = memory, .ports = ports, .log = log };
    cpu->guest = &cpu->sys;
    cpu->monitor = calloc(1, sizeof *cpu->monitor);
    if (!cpu->monitor)
        return error_set(why, "no memory for the monitor's tables: free some on the host");
    monitor_init(cpu->monitor, memory, ports, clock);
    if (!block_cache_init(cpu, why))
        return false;
    cpu_engine(cpu, &(struct engine_options){ ENGINE_TAIL, BLOCK_CAP, 0 });
    memory->listener = (struct memory_listener){ block_code_written, on_map_changed, on_dirty_cleared, cpu, NULL };
    cpu_reset(cpu);
    return true;
}

void cpu_destroy(struct cpu *cpu)
{
    block_cache_destroy(cpu);
    if (cpu->monitor)
        monitor_destroy(cpu->monitor);
    shadow_destroy(cpu);
    free(cpu->monitor);
    cpu->monitor = NULL;
}

void cpu_engine(struct cpu *cpu, const struct engine_options *options)
{
    cpu->engine = *options;
    cpu->engine.block_cap = MAX(1u, MIN(options->block_cap, (unsigned)BLOCK_CAP));
    cpu->handlers = options->engine == ENGINE_TAIL ? ops_of_tail() : ops_loop;
    cpu->flush_blocks = true;
}

/* ---- reset ---- */
static void segments_reset(struct system *sys)
{
    for (unsigned k = ES; k <= GS; k++) {
        sys->seg[k] = (struct segment){ .attr = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED, .limit = 0xffff };
        segment_refresh(&sys->seg[k]);
    }
    sys->seg[CS].selector = 0xf000;
    sys->seg[CS].base = 0xffff0000;
    sys->ldtr = (struct segment){ .attr = ATTR_P | 2, .limit = 0xffff };
    sys->tr = (struct segment){ .attr = ATTR_P | 11, .limit = 0xffff };
}

/* State after RESET# or INIT# (SDM vol. 3, table 9-1) that both set. */
static void registers_reset(struct cpu *cpu, u32 cr0)
{
    memset(cpu->gpr, 0, sizeof cpu->gpr);
    vmm_reset(cpu);
    cpu->flags = (struct flags){ .result = 1 };
    cpu->gpr[EDX] = cpu->model->signature;
    cpu->sys.cr0 = cr0;
    cpu->sys.dr[6] = 0xffff0ff0;
    cpu->sys.dr[7] = 0x400;
    cpu->sys.idtr.limit = 0xffff;
    cpu->sys.gdtr.limit = 0xffff;
    segments_reset(&cpu->sys);
    cpu->eip = 0xfff0;
    cpu->attention &= ATTENTION_INTR;
    cpu->debug_trap = 0;
    cpu->nmi_pending = cpu->nmi_blocked = false;
    cpu->shutdowns = 0;
}

void cpu_reset(struct cpu *cpu)
{
    memset(&cpu->sys, 0, sizeof cpu->sys);
    registers_reset(cpu, CR0_ET | (cpu->model->level >= CPU_486 ? CR0_CD | CR0_NW : 0));
    cpu->sys.apic_base = 0xfee00900;
    cpu->sys.pat = 0x0007040600070406;
    smm_reset(cpu);
    cpu->itlb = NULL;
    cpu->flush_blocks = true;
    tlb_reset(cpu);
    fpu_reset(cpu, false);
    if (cpu->apic_base)
        cpu->apic_base(cpu->apic_base_self, cpu->sys.apic_base);
    cpu_mode_changed(cpu);
}

void cpu_init_carry_out(struct cpu *cpu)
{
    const struct system old = cpu->sys;
    cpu->sys = (struct system){
        .cr2 = old.cr2, .sysenter_cs = old.sysenter_cs, .sysenter_esp = old.sysenter_esp,
        .sysenter_eip = old.sysenter_eip, .tsc_offset = old.tsc_offset, .apic_base = old.apic_base, .pat = old.pat,
        .mcg_status = old.mcg_status, .mtrr_def_type = old.mtrr_def_type
    };
    memcpy(cpu->sys.misc_msr, old.misc_msr, sizeof old.misc_msr);
    memcpy(cpu->sys.mtrr_fixed, old.mtrr_fixed, sizeof old.mtrr_fixed);
    memcpy(cpu->sys.mtrr_base, old.mtrr_base, sizeof old.mtrr_base);
    memcpy(cpu->sys.mtrr_mask, old.mtrr_mask, sizeof old.mtrr_mask);
    registers_reset(cpu, CR0_ET | (old.cr0 & (CR0_CD | CR0_NW)));
    cpu->init_pending = false;
    tlb_flush(cpu, true);
    smm_latches_look(cpu);
    cpu_mode_changed(cpu);
}
