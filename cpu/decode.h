/* From bytes to one struct insn: prefixes, opcode map (insn.def), ModRM, immediates, legality, choice of handler. */
#ifndef CPU_DECODE_H
#define CPU_DECODE_H
#include "cpu/cpu.h"

enum { INSN_MAX_BYTES = 15 };

struct decoded {
    struct insn insn;              /* run is not set: the block builder chooses the engine's handler */
    const char *name;
    unsigned    cost;
    bool        last;              /* must end its block */
    bool        repeats;           /* a string instruction with REP: insn.imm is free for its own cost */
    bool        truncated;         /* needs more than the `available` bytes */
};

/* Decodes one instruction of the mode `key` (enum block_key). `offset` is the page offset of its first byte.
 * An illegal one becomes a handler that raises; that is not an error here. */
void decode(const struct cpu *cpu, u32 key, const u8 *bytes, unsigned available, u16 offset, struct decoded *out);
/* Cost of a class for the CPU's model. */
unsigned cost_of(const struct cpu *cpu, unsigned cost_class);
enum cost_class {
#define COST(name, a, b, c, d, e) C_##name,
#include "cpu/cost.def"
#undef COST
    COST_CLASSES
};
#endif
