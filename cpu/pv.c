/* The hypercalls of pv.h. Every number, pointer and length is the guest's and so not to be trusted: each call checks all
 * of its arguments before it changes anything, works on copies, and does a bounded amount of work. A guest can hurt nobody
 * but itself: addresses are those of its own physical memory, and what it may not have is not there. */
#include "cpu/pv.h"
#include "cpu/access.h"
#include "cpu/allocator.h"
#include "cpu/monitor.h"
#include "cpu/segment.h"
#include <string.h>

#define NO_PAGE 0xffffffffu
#define HYPERVISOR_PRESENT 0x80000000u             /* CPUID.1:ECX */
enum { TSS_ESP0 = 4, TSS32_LIMIT = 103, LDT_ATTR = ATTR_P | SYSTEM_LDT };

const struct field pv_fields[] = {
    FIELD(struct pv, page, "physical address of the shared page"),
    FIELD(struct pv, shared, "the guest's IF lives there"),
    FIELD(struct pv, held, "an interrupt waits for the guest's next trap"),
    FIELD_END
};

static inline struct pv *pv_of(const struct cpu *cpu) { return &cpu->monitor->pv; }

/* ---- the guest's memory ---- */
static bool in_ram(const struct cpu *cpu, u32 address, u32 length)
{
    const u64 end = (u64)address + length;
    u8 *flags;
    bool writable;
    if (end > 1ull << 32)
        return false;
    for (u64 page = address & PAGE_MASK; page < end; page += PAGE_SIZE)
        if (!memory_page(cpu->memory, (u32)page, &flags, &writable) || !writable)
            return false;
    return true;
}

static u32 word_load(const struct cpu *cpu, enum pv_word word)
{
    return memory_load(cpu->memory, pv_of(cpu)->page + word, 4);
}

static void word_store(struct cpu *cpu, enum pv_word word, u32 value)
{
    if (word_load(cpu, word) != value)
        memory_store(cpu->memory, pv_of(cpu)->page + word, value, 4);
}

/* ---- the shared page ---- */
/* The guest may have put a device or ROM where its page was: then IF is in EFLAGS again. */
/* System management mode is not the paravirtual kernel's: its flag is that of EFLAGS. */
static bool page_here(const struct cpu *cpu)
{
    return pv_of(cpu)->shared && !cpu->smm && in_ram(cpu, pv_of(cpu)->page, PAGE_SIZE);
}

void pv_absorb(const struct cpu *cpu, struct system *v)
{
    if (unlikely(page_here(cpu)))
        v->eflags = (v->eflags & ~(u32)FLAG_IF) | (word_load(cpu, PV_WORD_FLAG) & FLAG_IF);
}

void pv_settle(struct cpu *cpu)
{
    struct pv *pv = pv_of(cpu);
    const bool open = cpu->sys.eflags & FLAG_IF;
    if (likely(!page_here(cpu)))
        return;
    pv->held = cpu->intr_level && !open;
    word_store(cpu, PV_WORD_FLAG, open ? FLAG_IF : 0);
    word_store(cpu, PV_WORD_PENDING, pv->held);
    word_store(cpu, PV_WORD_CR2, cpu->sys.cr2);
    cpu->end_block |= cpu->intr_level && open;
}

bool pv_interrupts_open(struct cpu *cpu)
{
    struct pv *pv = pv_of(cpu);
    if (!page_here(cpu))
        return cpu->guest->eflags & FLAG_IF;
    if (pv->held)
        return false;
    if (word_load(cpu, PV_WORD_FLAG) & FLAG_IF)
        return true;
    pv->held = true;
    word_store(cpu, PV_WORD_PENDING, true);
    return false;
}

/* ---- the calls ---- */
struct call { struct cpu *cpu; struct system *view; const struct insn *insn; u32 ebx, ecx; };
typedef enum pv_error call_fn(const struct call *c);

static enum pv_error call_share(const struct call *c)
{
    struct pv *pv = pv_of(c->cpu);
    if (c->ebx == NO_PAGE) {
        *pv = (struct pv){ .shared = false };
        return PV_OK;
    }
    if (c->ebx & ~PAGE_MASK)
        return PV_BAD_ALIGNMENT;
    if (!in_ram(c->cpu, c->ebx, PAGE_SIZE))
        return PV_BAD_ADDRESS;
    *pv = (struct pv){ .page = c->ebx, .shared = true };       /* settled, like every trap, before the guest goes on */
    return PV_OK;
}

/* The trap is the message. */
static enum pv_error call_interrupts(const struct call *c)
{
    (void)c;
    return PV_OK;
}

static bool updates_good(const struct cpu *cpu, const struct pv_update *update, u32 count, enum pv_error *error)
{
    for (u32 i = 0; i < count; i++) {
        *error = update[i].entry & 3 ? PV_BAD_ALIGNMENT : PV_BAD_ADDRESS;
        if (*error == PV_BAD_ALIGNMENT || !in_ram(cpu, update[i].entry, 4))
            return false;
    }
    return true;
}

/* The array is copied before it is looked at: one of its own entries may lie in it. */
static enum pv_error call_pages(const struct call *c)
{
    struct pv_update update[PV_ENTRIES_MAX];
    enum pv_error error;
    if (c->ecx > PV_ENTRIES_MAX)
        return PV_BAD_COUNT;
    if (c->ebx & 3)
        return PV_BAD_ALIGNMENT;
    const u32 bytes = c->ecx * (u32)sizeof update[0];
    if (!in_ram(c->cpu, c->ebx, bytes))
        return PV_BAD_ADDRESS;
    memory_read(c->cpu->memory, c->ebx, update, bytes);
    if (!updates_good(c->cpu, update, c->ecx, &error))
        return error;
    for (u32 i = 0; i < c->ecx; i++)
        memory_store(c->cpu->memory, update[i].entry, update[i].value, 4);
    allocator_cr3(c->cpu, c->view, c->view->cr3);
    return PV_OK;
}

static enum pv_error call_space(const struct call *c)
{
    if (c->ebx & ~PAGE_MASK)
        return PV_BAD_ALIGNMENT;
    if (!in_ram(c->cpu, c->ebx, PAGE_SIZE))
        return PV_BAD_ADDRESS;
    allocator_cr3(c->cpu, c->view, c->ebx);
    return PV_OK;
}

static enum pv_error table_good(const struct call *c)
{
    if (c->ecx > 0xffff)
        return PV_BAD_COUNT;
    return c->ebx + c->ecx < c->ebx ? PV_BAD_ADDRESS : PV_OK;
}

static enum pv_error table_set(const struct call *c, struct table_register *table, const char *name)
{
    enum pv_error error = table_good(c);
    if (error == PV_OK)
        allocator_table(c->cpu, table, (struct table_register){ c->ebx, (u16)c->ecx }, name);
    return error;
}

static enum pv_error call_gdt(const struct call *c) { return table_set(c, &c->view->gdtr, "gdtr"); }
static enum pv_error call_idt(const struct call *c) { return table_set(c, &c->view->idtr, "idtr"); }

static enum pv_error call_ldt(const struct call *c)
{
    struct segment ldtr = { .selector = 0 };
    enum pv_error error = table_good(c);
    if (error != PV_OK)
        return error;
    if (c->ecx)
        ldtr = (struct segment){ .attr = LDT_ATTR, .base = c->ebx, .limit = c->ecx };
    segment_refresh(&ldtr);
    allocator_system_segment(c->cpu, &c->view->ldtr, ldtr, "ldtr");
    return PV_OK;
}

/* The TSS is the guest's own; which bytes of it are meant is what the call saves it from knowing. */
static enum pv_error call_stack(const struct call *c)
{
    const struct segment *tr = &c->view->tr;
    struct { u32 esp; u16 ss; } __attribute__((packed)) stack = { c->ebx, (u16)c->ecx };
    if (c->ecx > 0xffff)
        return PV_BAD_COUNT;
    if (selector_null(tr->selector) || !(tr->attr & SYSTEM_32) || tr->limit < TSS32_LIMIT)
        return PV_BAD_STATE;
    if (lin_write(c->cpu, tr->base + TSS_ESP0, &stack, sizeof stack, AS_SUPERVISOR))
        return PV_OK;
    c->cpu->attention &= ~(u32)ATTENTION_FAULT;
    return PV_BAD_ADDRESS;
}

/* As STI and HLT, with nothing in between. Who gives up the processor gives up the FPU. */
static enum pv_error call_idle(const struct call *c)
{
    c->view->eflags |= FLAG_IF;
    c->cpu->monitor->vmm.fpu_owned = false;
    allocator_halt(c->cpu);
    return PV_OK;
}

static enum pv_error call_write(const struct call *c)
{
    u8 bytes[PV_WRITE_MAX];
    if (c->ecx > PV_WRITE_MAX)
        return PV_BAD_COUNT;
    if (!in_ram(c->cpu, c->ebx, c->ecx))
        return PV_BAD_ADDRESS;
    memory_read(c->cpu->memory, c->ebx, bytes, c->ecx);
    cpu_sync(c->cpu, c->insn);
    for (u32 i = 0; i < c->ecx; i++)
        ports_write(c->cpu->ports, PV_CONSOLE, bytes[i], 1);
    return PV_OK;
}

/* IRET, whose frame lies above the EAX that the call's number displaced. A fault of IRET's is one of the INT. */
static enum pv_error call_iret(const struct call *c)
{
    struct cpu *cpu = c->cpu;
    const u32 esp = cpu->gpr[ESP];
    struct insn iret = *c->insn;
    u32 eax;
    iret.size = 4;
    if (c->view->eflags & FLAG_NT)
        return PV_BAD_STATE;
    if (!seg_read(cpu, SS, stack_pointer(cpu), 4, &eax))
        return PV_FAULTED;
    stack_pointer_set(cpu, stack_pointer(cpu) + 4);
    if (op_iret(cpu, c->view, &iret) != JUMPED) {
        cpu->gpr[ESP] = esp;
        return PV_FAULTED;
    }
    cpu->gpr[EAX] = eax;
    cpu->attention |= cpu->nmi_pending ? ATTENTION_NMI : 0;
    return PV_RETURNED;
}

/* ---- the door ---- */
bool pv_called(const struct cpu *cpu, const struct system *view, const struct insn *insn)
{
    return cpu->monitor->vmm.config.pv && (u8)insn->imm == PV_VECTOR && system_mode(view) == MODE_PROTECTED &&
           view->cpl < 3;
}

enum outcome pv_hypercall(struct cpu *cpu, struct system *view, const struct insn *insn)
{
    static call_fn *const calls[] = {
#define X(id, feature) call_##id,
        PV_CALLS(X)
#undef X
    };
    const struct call c = { cpu, view, insn, cpu->gpr[EBX], cpu->gpr[ECX] };
    const u32 number = cpu->gpr[EAX];
    const enum pv_error error = number < ARRAY_LEN(calls) ? calls[number](&c) : PV_NO_CALL;
    if (error == PV_RETURNED)
        return JUMPED;
    if (error == PV_FAULTED)
        return FAULT;
    cpu->gpr[EAX] = (u32)error;
    return END;
}

void pv_cpuid(u32 leaf, u32 registers[4])
{
    static const u32 signature[4] = { PV_FEATURE_LEAF, 0x70617274, 0x70203638, 0x20202076 };   /* "trap86 pv   " */
    static const u32 features[4] = {
#define X(id, feature) PV_##feature |
        PV_CALLS(X) 0,
#undef X
        PV_VECTOR, PV_ENTRIES_MAX, 0
    };
    if (leaf == 1)
        registers[2] |= HYPERVISOR_PRESENT;
    if (leaf == PV_SIGNATURE_LEAF)
        memcpy(registers, signature, sizeof signature);
    if (leaf == PV_FEATURE_LEAF)
        memcpy(registers, features, sizeof features);
}
