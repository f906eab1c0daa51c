/* The tail engine: every handler ends in a jump to the next. gcc at -O2 makes sibling calls of calls with the same
 * signature; clang is told to (musttail). Where neither holds the table is the loop engine's and says so. */
#include "cpu/ops.h"

#if defined(__OPTIMIZE__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(TRAP86_NO_TAIL)
#define ENGINE_IS_TAIL 1
#if defined(__clang__)
#define JUMP(n) __attribute__((musttail)) return (n)
#else
#define JUMP(n) return (n)
#endif

/* Not a hit: the loop engine's handler executes this one instruction. */
static __attribute__((noinline)) const struct insn *miss(const struct insn *i, struct cpu *cpu)
{
    const struct insn *next = ops_loop[i->op](i, cpu);
    if (!next)
        return NULL;
    JUMP(next->run(next, cpu));
}
static __attribute__((noinline)) const struct insn *slow_branch(const struct insn *i, struct cpu *cpu)
{
    const struct insn *next = branch_slow(i, cpu);
    if (!next)
        return NULL;
    JUMP(next->run(next, cpu));
}

#define ENGINE_NAME tail
#define OPS_TABLE ops_tail
#define MISS  JUMP(miss(i, cpu))
#define NEXT  do { const struct insn *n_ = i + 1; JUMP(n_->run(n_, cpu)); } while (0)
#define NEXT2 do { const struct insn *n_ = i + 2; JUMP(n_->run(n_, cpu)); } while (0)
#define GO(next) do { if (!(next)) return NULL; JUMP((next)->run(next, cpu)); } while (0)
#define TAKEN(br) do { \
        const struct insn *br_ = (br); \
        if (unlikely((cpu->budget -= br_->charge) < 0)) JUMP(slow_branch(br_, cpu)); \
        const struct insn *n_ = br_->link->insn; \
        JUMP(n_->run(n_, cpu)); \
    } while (0)
#define BRANCH_TO(i_, eip) do { const struct insn *n_ = branch_to(i_, cpu, eip); GO(n_); } while (0)
#include "cpu/ops.c"
op_fn *const *ops_of_tail(void) { return ops_tail; }
#else
op_fn *const *ops_of_tail(void) { return ops_loop; }
#endif
