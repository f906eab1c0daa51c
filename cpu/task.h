/* The hardware task switch (task.c). */
#ifndef CPU_TASK_H
#define CPU_TASK_H
#include "cpu/segment.h"

enum task_reason { TASK_JUMP, TASK_CALL, TASK_INTERRUPT, TASK_RETURN };
struct task_request {
    enum task_reason  reason;
    u16               selector;          /* of the new TSS */
    struct descriptor tss;
    u32               eip, eflags;       /* to save in the old TSS */
    unsigned          ext;               /* EXT bit of error codes */
    bool              has_error;         /* push `error` on the new task's stack */
    u32               error;
};

/* Fetches the descriptor of a TSS that may be entered by JMP, CALL or a task gate. false: #GP or #NP raised. */
bool task_available(struct cpu *cpu, const struct system *view, u16 selector, struct descriptor *tss, unsigned ext);
/* FAULT: nothing has changed. JUMPED: the new task is current; if ATTENTION_FAULT is set, with a fault of its own
 * context pending in cpu->fault. */
enum outcome task_switch(struct cpu *cpu, struct system *view, const struct task_request *request);
#endif
