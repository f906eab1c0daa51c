/* Tasks: a clock that preempts ring 3, a round robin, system calls, and what traps lead to. Interrupts are open in system
 * calls, closed in the scheduler. */
#include "tests/pv/kernel.h"

enum { TASKS = 8, SLICE = 2, PIC = 0x20, PIC_EOI = 0x20, FLAGS_USER = 0x202 };
enum state { FREE, READY, SLEEPING, WAITING, ENDED };
struct task {
    u32 esp, stack;
    struct space space;
    enum state state;
    u32 pid, wake, waits_for, code, calls;
};
static struct task task[TASKS], *current;
static u32 ticks, slice, pids, forks, calls, children_calls, faults, preemptions;
static bool fault_expected;
u32 fault_flags;
void (*clock_also)(void);

/* ---- the scheduler; interrupts are closed ---- */
static struct task *ready_next(void)
{
    u32 at = (u32)(current - task);
    for (u32 i = 1; i <= TASKS; i++)
        if (task[(at + i) % TASKS].state == READY)
            return &task[(at + i) % TASKS];
    return NULL;
}

static void schedule(void)
{
    struct task *from = current, *to;
    while (!(to = ready_next())) {
        ops->idle();
        ops->irq_save();
    }
    slice = 0;
    if (to == from)
        return;
    current = to;
    ops->stack(to->stack + PAGE);
    ops->space(to->space.directory);
    stacks_switch(&from->esp, to->esp);
}

static void clock(void)
{
    ticks++;
    slice++;
    port_out(PIC, PIC_EOI);
    if (clock_also)
        clock_also();
    for (u32 i = 0; i < TASKS; i++)
        if (task[i].state == SLEEPING && (s32)(ticks - task[i].wake) >= 0)
            task[i].state = READY;
}

/* ---- system calls ---- */
/* As a kernel does that several processors or interrupts share data with. */
static void count(u32 *counter)
{
    u32 flags = ops->irq_save();
    ++*counter;
    ops->irq_restore(flags);
}

static u32 task_create(const struct frame *frame)
{
    struct task *t = task;
    while (t->state != FREE)
        t++;
    space_copy(&t->space, &current->space);
    t->stack = frame_get();
    struct frame *top = (struct frame *)(t->stack + PAGE) - 1;
    u32 *below = (u32 *)top;
    *top = *frame;
    top->eax = 0;
    *--below = (u32)trap_exit;
    t->esp = (u32)(below - 4);
    t->calls = 0;
    t->pid = ++pids;
    t->state = READY;
    count(&forks);
    return t->pid;
}

static void task_end(u32 code)
{
    u32 flags = ops->irq_save();
    current->state = ENDED;
    current->code = code;
    for (u32 i = 0; i < TASKS; i++)
        if (task[i].state == WAITING && task[i].waits_for == current->pid)
            task[i].state = READY;
    schedule();
    ops->irq_restore(flags);
}

static void task_bury(struct task *t)
{
    space_destroy(&t->space);
    frame_put(t->stack);
    t->state = FREE;
}

static u32 task_wait(u32 pid)
{
    struct task *t = task;
    while (t < task + TASKS && (t->pid != pid || t->state == FREE))
        t++;
    if (t == task + TASKS)
        return 0;
    u32 flags = ops->irq_save();
    while (t->state != ENDED) {
        current->state = WAITING;
        current->waits_for = pid;
        schedule();
    }
    ops->irq_restore(flags);
    children_calls += t->calls;
    task_bury(t);
    return t->code;
}

static void task_sleep(u32 time)
{
    u32 flags = ops->irq_save();
    current->wake = ticks + time;
    current->state = SLEEPING;
    schedule();
    ops->irq_restore(flags);
}

static void all_done(u32 code)
{
    u32 left = pages_left();
    task_bury(current);
    print("result %x\n", code);
    print("forks %u, system calls %u (%u of children), page faults %u, copies %u\n", forks, calls, children_calls, faults,
          copies);
    print("frames in use %u, then %u\n", 2048 - left, 2048 - pages_left());
    print("clock %s, preemption %s\n", ticks > 10 ? "runs" : "stands", preemptions > 3 ? "works" : "fails");
    stop(0);
}

static void system_call(struct frame *frame)
{
    ops->irq_open();
    count(&calls);
    count(&current->calls);
    switch (frame->eax) {
    case CALL_PID:    frame->eax = current->pid; break;
    case CALL_FORK:   frame->eax = task_create(frame); break;
    case CALL_EXIT:   if (current->pid == 1) all_done(frame->ebx); task_end(frame->ebx); break;
    case CALL_WAIT:   frame->eax = task_wait(frame->ebx); break;
    case CALL_SLEEP:  task_sleep(frame->ebx); break;
    case CALL_REPORT: print("task %u: %x\n", frame->ebx, frame->ecx); break;
    case CALL_YIELD:  slice = SLICE; break;
    }
    ops->irq_save();
}

/* ---- traps ---- */
void task_fault_expect(void) { fault_expected = true; }

static void fault_fatal(const struct frame *frame)
{
    if (fault_expected) {
        fault_expected = false;
        fault_flags = ops->irq_save() & FLAG_IF;
        __asm__ volatile("jmp attempt_end" : : "a"(frame->vector), "d"(frame->error));
    }
    print("trap %u error %x at %x, address %x\n", frame->vector, frame->error, frame->eip, ops->fault_address());
    stop(2);
}

void trap(struct frame *frame)
{
    if (frame->vector == VECTOR_TIMER)
        clock();
    else if (frame->vector == VECTOR_CALL)
        system_call(frame);
    else if (frame->vector == VECTOR_PF && current && space_fault(&current->space, ops->fault_address(), frame->error))
        faults++;
    else
        fault_fatal(frame);
    if ((frame->cs & 3) == 3 && slice >= SLICE) {
        preemptions++;
        schedule();
    }
}

void tasks_run(void)
{
    current = &task[0];
    *current = (struct task){ .stack = frame_get(), .state = READY, .pid = ++pids };
    space_create(&current->space);
    ops->stack(current->stack + PAGE);
    ops->space(current->space.directory);
    user_enter((u32)user_main, STACK - 16);
}
