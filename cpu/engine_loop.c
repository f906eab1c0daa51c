/* The loop engine: a plain loop over handlers that return the next instruction. It is also the single-stepper, the slow
 * path of the tail engine, and the engine for builds whose compiler does not promise tail calls (sanitizers). */
#define ENGINE_NAME loop
#define OPS_TABLE ops_loop
#define NEXT  return unlikely(cpu->end_block) ? leave(i, cpu) : i + 1
#define NEXT2 return unlikely(cpu->end_block) ? leave(i + 1, cpu) : i + 2
#define GO(next) return next
#define TAKEN(br) do { \
        const struct insn *br_ = (br); \
        if (unlikely((cpu->budget -= br_->charge) < 0) || unlikely(cpu->end_block)) return branch_slow(br_, cpu); \
        return br_->link->insn; \
    } while (0)
#define BRANCH_TO(i_, eip) return branch_to(i_, cpu, eip)
#include "cpu/ops.c"
