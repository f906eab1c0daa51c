/* What every benchmark workload sees, in the bare-metal kernel and in the native program alike.
 *
 * A workload is one function that works for a fixed number of steps on the arena and returns a checksum that is the
 * same on every machine. The native program links the very object files the kernel is made of, so that both run the
 * same instructions; hence no library at all: the only services are the arena and memcpy. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H
#include "core/types.h"

#define ARENA_SIZE (12u << 20)
#define NOINLINE __attribute__((noinline))

struct workload {
    const char *name;
    u32 (*run)(void);
};

/* Scratch memory of whichever workload runs, page aligned, zero at the start. */
extern u8 arena[ARENA_SIZE];

/* Tables ended by a null name; the second one exists in the kernel only. */
extern const struct workload compute_workloads[];
extern const struct workload system_workloads[];

/* The functions that tests/bench/bigcode generates; their number is a power of two. */
extern u32 (*const bigcode_table[])(u32 a, u32 b, u32 *mem);
extern const u32 bigcode_count;

u32 intmix_run(void);
u32 dhry_run(void);
u32 sieve_run(void);
u32 sort_run(void);
u32 calls_run(void);
u32 chase_run(void);
u32 strides_run(void);
u32 repmov_run(void);
u32 muldiv_run(void);
u32 mandel_run(void);
u32 x87b_run(void);

/* Fold a value into a checksum; every bit of the value counts, and so does the order. */
static inline u32 checksum_add(u32 sum, u32 value) {
    return ((sum << 5 | sum >> 27) ^ value) * 0x9e3779b1u;
}

/* The next number of a linear congruential generator; use the high bits. */
static inline u32 random_next(u32 *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state;
}

const struct workload *workload_find(const struct workload *table, const char *name);
size_t text_length(const char *text);
/* Eight hexadecimal digits of a value, without a terminator. */
void text_hex(char *out, u32 value);
#endif
