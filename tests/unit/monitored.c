/* See monitored.h. */
#include "tests/unit/monitored.h"
#include "cpu/segment.h"
#include "cpu/shadow.h"
#include "tests/unit/guest_code.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static int acknowledge(void *self)
{
    cpu_set_intr(self, 0, false);
    return VEC_IRQ;
}

struct fixture *monitored(const char *vmm)
{
    struct fixture *f = fixture_new("max");
    struct vmm_config config;
    struct error why;
    ck_assert_msg(vmm_parse(&config, vmm, &why), "%s", why.text);
    ck_assert(monitor_configure(&f->cpu, &config, &why));
    ck_assert(shadow_create(&f->cpu, &why));
    f->cpu.acknowledge = acknowledge;
    f->cpu.acknowledge_self = &f->cpu;
    return f;
}

void code_put(struct fixture *f, u32 at, const u8 *code, size_t length)
{
    memory_write(&f->memory, at, code, (u32)length);
}

void halt_reach(struct fixture *f)
{
    cpu_run(&f->cpu, f->clock.now + PROGRAM_CYCLES, UINT64_MAX);
    ck_assert_msg(f->cpu.attention & ATTENTION_HALTED, "not halted: EIP %x", f->cpu.eip);
}

/* ---- handlers ---- */
enum { HANDLER_COMMON = AT_HANDLERS, HANDLER_IRQ = AT_HANDLERS + 0x42, HANDLER_SYSCALL = AT_HANDLERS + 0x50,
       HANDLER_FINISH = AT_HANDLERS + 0x5c, GATE32 = 0x8e, GATE32_USER = 0xee };

static bool has_error(unsigned vector) { return 0x27d00u >> vector & 1; }

void handlers_put(struct fixture *f)
{
    for (unsigned v = 0; v < 32; v++) {
        u32 at = AT_STUBS + v * 16;
        idt_gate(f, (u8)v, SEL_CODE0, at, GATE32);
        if (!has_error(v)) {
            CODE(f, at, 0x6a, 0);                          /* push 0 */
            at += 2;
        }
        CODE(f, at, 0x6a, (u8)v, 0xe9);                    /* push v; jmp common */
        poke(f, at + 3, 4, HANDLER_COMMON - (at + 7));
    }
    code_put(f, AT_HANDLERS, handlers_code, sizeof handlers_code);
    idt_gate(f, VEC_IRQ, SEL_CODE0, HANDLER_IRQ, GATE32);
    idt_gate(f, VEC_SYSCALL, SEL_CODE0, HANDLER_SYSCALL, GATE32_USER);
    idt_gate(f, VEC_FINISH, SEL_CODE0, HANDLER_FINISH, GATE32_USER);
    poke(f, LOG_END, 4, AT_LOG);
    poke(f, SKIP, 4, 2);
}

/* ---- how each program begins ---- */
static void kernel(struct fixture *f)
{
    fixture_protected(f, 0);
    handlers_put(f);
    poke(f, 0x4080, 4, AT_STACK0 - 8);                     /* for LSS of `segments` */
    poke(f, 0x4084, 2, SEL_DATA0);
}

static void with_tasks(struct fixture *f)
{
    kernel(f);
    code_put(f, AT_CODE + 0x100, other_task_code, sizeof other_task_code);
    poke(f, AT_TSS2 + 0x20, 4, AT_CODE + 0x100);
    poke(f, AT_TSS2 + 0x24, 4, FLAG_1);
    poke(f, AT_TSS2 + 0x38, 4, AT_STACK1);
    for (unsigned sreg = ES; sreg <= GS; sreg++)
        poke(f, AT_TSS2 + 0x48 + sreg * 4, 2, sreg == CS ? SEL_CODE0 : SEL_DATA0);
    gdt_gate(f, SEL_GATE, SEL_TSS2, 0, 0x85, 0);
}

static void v86_with(struct fixture *f, unsigned iopl)
{
    fixture_v86(f, iopl);
    handlers_put(f);
    idt_gate(f, 0x40, SEL_CODE0, HANDLER_SYSCALL, GATE32_USER);
    poke(f, 0x11110 + 0x22, 2, 0x1111);
}

static void v86_trusted(struct fixture *f) { v86_with(f, 3); }
static void v86_guarded(struct fixture *f) { v86_with(f, 0); }

static void real(struct fixture *f)
{
    static const u16 selectors[6] = { [CS] = 0x500, [SS] = 0x900 };
    struct system *sys = &f->cpu.sys;
    fixture_protected(f, 0);
    sys->cr0 &= ~(u32)CR0_PE;
    sys->gdtr = (struct table_register){ 0, 0xffff };
    sys->idtr = (struct table_register){ 0, 0x3ff };
    for (unsigned i = 0; i < 6; i++) {
        sys->seg[i] = (struct segment){ .limit = 0xffff };
        segment_load_real(&sys->seg[i], selectors[i]);
    }
    f->cpu.gpr[ESP] = 0x800;
    f->cpu.eip = 0;
    cpu_mode_changed(&f->cpu);
    poke(f, VEC_IRQ * 4, 4, 0x06a00000);
    poke(f, 0x40 * 4, 4, 0x06a00000);
    poke(f, 0x6a00, 1, 0xcf);
    poke(f, 0x4040, 2, SEL_END - 1);
    poke(f, 0x4042, 4, AT_GDT);
}

const struct program programs[PROGRAMS] = {
    { "flags", flags_code, sizeof flags_code, kernel, 0, true },
    { "segments", segments_code, sizeof segments_code, kernel, 0, true },
    { "user", user_code, sizeof user_code, kernel, 150, true },
    { "io", io_code, sizeof io_code, kernel, 101, false },
    { "task", task_code, sizeof task_code, with_tasks, 0, true },
    { "v86, IOPL 3", v86_code, sizeof v86_code, v86_trusted, 333, true },
    { "v86, IOPL 0", v86_code, sizeof v86_code, v86_guarded, 333, true },
    { "real", real_code, sizeof real_code, real, 77, true },
    { "fpu", fpu_code, sizeof fpu_code, kernel, 400, false },
    { "ac", ac_code, sizeof ac_code, kernel, 0, false },
};

void program_begin(struct fixture *f, const struct program *program)
{
    program->begin(f);
    code_put(f, f->cpu.sys.seg[CS].base + f->cpu.eip, program->code, program->length);
}

void program_run(struct fixture *f, const struct program *program, u64 cut)
{
    struct cpu *cpu = &f->cpu;
    u64 next = program->irq_every ? program->irq_every : UINT64_MAX;
    while (f->clock.now < PROGRAM_CYCLES && !(cpu->attention & ATTENTION_SHUTDOWN)) {
        for (; next <= f->clock.now; next += program->irq_every)
            cpu_set_intr(cpu, 0, true);
        if ((cpu->attention & ATTENTION_HALTED) && !(cpu->intr_level && (cpu->sys.eflags & FLAG_IF))) {
            if (!(cpu->sys.eflags & FLAG_IF) || next == UINT64_MAX)
                return;
            f->clock.now = next;
            continue;
        }
        cpu_run(cpu, MIN(next, (u64)PROGRAM_CYCLES), cut ? cpu->insns + cut : UINT64_MAX);
    }
}

/* ---- comparing ---- */
struct differences { char text[600]; size_t length; };

static void difference_note(void *self, const char *path, u64 a, u64 b)
{
    struct differences *all = self;
    if (all->length < sizeof all->text - 1)
        all->length += (size_t)snprintf(all->text + all->length, sizeof all->text - all->length, " %s: %llx, %llx;",
                                        path, (unsigned long long)a, (unsigned long long)b);
}

void guests_same(struct fixture *a, struct fixture *b, const char *what)
{
    struct component of[2] = {
        { .name = "cpu", .fields = cpu_fields, .self = &a->cpu, .size = sizeof a->cpu, .canonical = cpu_canonical },
        { .name = "cpu", .fields = cpu_fields, .self = &b->cpu, .size = sizeof b->cpu, .canonical = cpu_canonical }
    };
    struct differences all = { .length = 0 };
    ck_assert_msg(!state_diff(&of[0], &of[1], difference_note, &all), "%s:%s", what, all.text);
    ck_assert_msg(a->clock.now == b->clock.now, "%s: %llu and %llu cycles", what, (unsigned long long)a->clock.now,
                  (unsigned long long)b->clock.now);
    for (u64 i = 0; memcmp(a->memory.ram, b->memory.ram, a->memory.ram_bytes) != 0 && i < a->memory.ram_bytes; i++)
        ck_assert_msg(a->memory.ram[i] == b->memory.ram[i], "%s: byte %llx is %02x and %02x", what,
                      (unsigned long long)i, a->memory.ram[i], b->memory.ram[i]);
}
