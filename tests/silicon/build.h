/* Makes cases: a random but repeatable environment, prefixes, opcode, operands aimed at mapped memory. */
#ifndef SILICON_BUILD_H
#define SILICON_BUILD_H
#include "tests/silicon/silicon.h"
#include "tests/silicon/names.h"

struct build {
    struct silicon_case c;
    u64  seed;
    u32  made;                  /* counted by `done` */
    bool code16;                /* CS.D = 0 */
    bool address16;
    u8   bits;                  /* operand size: 8, 16, 32 */
    s8   override;              /* segment prefix given, or -1 */
    u8   pinned;                /* registers whose value the addressing may not change */
    bool safe;                  /* memory operands never fault */
    u16  around;                /* bytes after the operand's start that must be mapped when safe */
    u32  operand;               /* linear address of the memory operand */
    u32  operand_offset;
    u8   operand_segment;
    u8   register_operand;      /* rm of a register operand */
    bool in_memory;
    void (*done)(struct build *b);
};

u32  pick(struct build *b, u32 below);                  /* 0 <= x < below */
bool chance(struct build *b, u32 percent);
u32  edge(struct build *b, unsigned bits);              /* an interesting value of that width */
u64  random64(struct build *b);

/* A new case: flags, general registers, segments, code and stack segment are chosen here. */
void open_case(struct build *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Records it: the caller's `done`. */
void close_case(struct build *b);

void set_register(struct build *b, unsigned number, u32 value);     /* and pin it */
void set_code16(struct build *b, bool code16);
void set_stack(struct build *b, u16 selector, u32 sp);
void set_case_flags(struct build *b, unsigned flags);
void undefined(struct build *b, u32 eflags);                        /* those bits are not compared */

void emit(struct build *b, unsigned byte);
void emit_value(struct build *b, u32 value, unsigned bits);
/* Operand-size, address-size and segment prefixes as `bits` and luck ask; before the opcode. */
void emit_prefixes(struct build *b, unsigned bits);
/* Only the operand-size prefix, for instructions without a memory operand. */
void emit_size(struct build *b, unsigned bits);
unsigned word_or_dword(struct build *b);
/* ModRM (and what follows) for a memory operand of `size` bytes, or for a register. */
void emit_memory(struct build *b, unsigned reg, unsigned size);
void emit_register(struct build *b, unsigned reg, unsigned rm);
/* One of the two. */
void emit_operand(struct build *b, unsigned reg, unsigned size);

u32  read_register(const struct build *b, unsigned number, unsigned bits);
u32  read_operand(const struct build *b);               /* the operand's value before; b->bits wide */
/* Initial memory at a linear address; dropped where nothing is mapped. */
void poke(struct build *b, u32 linear, u32 value, unsigned bytes);
void poke_bytes(struct build *b, u32 linear, const void *bytes, unsigned length);
u32  peek(const struct build *b, u32 linear, unsigned bytes);
u32  stack_linear(const struct build *b);               /* of the top of the stack */
bool stack_is_16(const struct build *b);

void make_integer_cases(struct build *b);
void make_flow_cases(struct build *b);
void make_segment_cases(struct build *b);
void make_x87_cases(struct build *b);
void make_x87_state_cases(struct build *b);
void make_mxcsr_cases(struct build *b);
#endif
