/* Hypercalls that must be refused, one by one, and that nothing was done then. */
#include "tests/pv/kernel.h"

enum { SHARE, INTERRUPTS, IRET, PAGES, SPACE, GDT, IDT, LDT, STACK_SET, IDLE, WRITE_TEXT, CALLS };
enum { MIDDLE = 0xa0000, NOWHERE = 0x50000000, ENTRIES_MAX = 512, WRITE_MAX = 4096 };
static u32 words[8];
static struct update updates[ENTRIES_MAX + 1];

static void ask(const char *what, u32 number, u32 ebx, u32 ecx)
{
    print("%s: %d\n", (u32)what, (u32)hypercall(number, ebx, ecx));
}

static void calls_bad(void)
{
    ask("no such call", CALLS, 0, 0);
    ask("call ffffffff", 0xffffffff, 0, 0);
    ask("share: unaligned", SHARE, (u32)words | 4, 0);
    ask("share: video memory", SHARE, MIDDLE, 0);
    ask("share: beyond RAM", SHARE, NOWHERE, 0);
    ask("share: last page", SHARE, 0xfffff000, 0);
    ask("space: unaligned", SPACE, (u32)kernel_directory + 8, 0);
    ask("space: beyond RAM", SPACE, NOWHERE, 0);
    ask("gdt: limit", GDT, 0x1000, 0x10000);
    ask("gdt: wraps", GDT, 0xfffffff8, 0xff);
    ask("idt: limit", IDT, 0, 0xffffffff);
    ask("idt: wraps", IDT, 0xffffffff, 1);
    ask("ldt: limit", LDT, 0, 0x10000);
    ask("ldt: wraps", LDT, 0xfffff000, 0xffff);
    ask("ldt", LDT, (u32)words, 15);
    ask("ldt: none", LDT, 0, 0);
    ask("write: too much", WRITE_TEXT, (u32)words, WRITE_MAX + 1);
    ask("write: far too much", WRITE_TEXT, (u32)words, 0xffffffff);
    ask("write: beyond RAM", WRITE_TEXT, NOWHERE, 1);
    ask("write: wraps", WRITE_TEXT, 0xffffffff, 2);
    ask("write: nothing", WRITE_TEXT, (u32)words, 0);
}

static void pages_bad(void)
{
    ask("pages: one too many", PAGES, (u32)updates, ENTRIES_MAX + 1);
    ask("pages: count ffffffff", PAGES, (u32)updates, 0xffffffff);
    ask("pages: array unaligned", PAGES, (u32)updates + 2, 1);
    ask("pages: array beyond RAM", PAGES, NOWHERE, 1);
    ask("pages: array into video memory", PAGES, MIDDLE - 8, 2);
    ask("pages: none", PAGES, (u32)updates, 0);
    updates[0] = (struct update){ (u32)&words[0], 1 };
    updates[1] = (struct update){ (u32)&words[1] + 1, 2 };
    ask("pages: entry unaligned", PAGES, (u32)updates, 2);
    updates[1].entry = NOWHERE;
    ask("pages: entry beyond RAM", PAGES, (u32)updates, 2);
    updates[1].entry = 0xfffffffc;
    ask("pages: last entry of all", PAGES, (u32)updates, 2);
    print("of these, done: %u %u\n", words[0], words[1]);
    updates[0] = (struct update){ (u32)&updates[1].value, 7 };
    updates[1] = (struct update){ (u32)&words[1], 8 };
    ask("pages: one in the array itself", PAGES, (u32)updates, 2);
    print("done: %u %u\n", updates[1].value, words[1]);
    for (u32 i = 0; i < ENTRIES_MAX; i++)
        updates[i] = (struct update){ (u32)&words[i % 8], i };
    ask("pages: as many as may be", PAGES, (u32)updates, ENTRIES_MAX);
    print("done: %u %u\n", words[0], words[7]);
}

/* The processor has the old translation; the update must drop it. */
static void pages_seen(void)
{
    volatile u32 *first = (volatile u32 *)0x900000, *second = (volatile u32 *)0x901000;
    *first = 1;
    *second = 2;
    updates[0] = (struct update){ (u32)identity_entry(0x900000), 0x901000 | PRESENT | WRITE };
    ask("pages: another frame", PAGES, (u32)updates, 1);
    print("seen there: %u\n", *first);
}

static void stack_bad(void)
{
    ask("stack: no TSS", STACK_SET, 0x1000, SEL_DATA0);
    task_register_load(SEL_FAR_TSS);
    ask("stack: TSS not mapped", STACK_SET, 0x1000, SEL_DATA0);
    ask("stack: selector", STACK_SET, 0x1000, 0x10000);
}

static void fault_tell(const char *what, void (*code)(void))
{
    u32 error;
    task_fault_expect();
    u32 vector = attempt(code, &error);
    print("%s: trap %u error %x\n", (u32)what, vector, error);
}

static void from_ring_0(void)
{
    __asm__ volatile("int $0x86");
}

/* An interrupt that is held comes after the trap, neither before nor later, however the code is cut into blocks. */
enum { RACES = 40, STEPS_TO_TRAP = 3, SHARED_PAGE = 0xa00000 };
static u32 races_seen, races_right;

static void race_note(void)
{
    races_seen++;
    races_right += race_steps == STEPS_TO_TRAP;
}

static void races(void)
{
    ask("another page", SHARE, SHARED_PAGE, 0);
    clock_start();
    clock_also = race_note;
    race((volatile u32 *)SHARED_PAGE, RACES);
    port_out(0x21, 0xff);
    print("held interrupts: %u, of these right behind the trap: %u\n", races_seen, races_right);
}

void hostile_run(bool pv)
{
    if (pv) {
        calls_bad();
        pages_bad();
        pages_seen();
        stack_bad();
        fault_tell("iret to nowhere", iret_nowhere);
    } else {
        fault_tell("hypercall without a monitor", from_ring_0);
    }
    port_out(0x21, 0xff);
    ops->irq_open();
    fault_tell("single step", single_step);
    print("interrupts %s\n", fault_flags ? "are open" : "are closed");
    task_register_load(SEL_TSS);
    ops->stack((u32)entry_stack_top);
    fault_tell("hypercall from ring 3", user_hypercall);
    if (pv)
        races();
    stop(0);
}
