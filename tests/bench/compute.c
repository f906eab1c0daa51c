/* The table of compute workloads, the working-set one, and the few helpers both programs share. */
#include "tests/bench/guest.h"

u8 arena[ARENA_SIZE] __attribute__((aligned(4096)));

/* Calls generated straight-line functions in an order no predictor knows: the regime of an operating system, where
 * the hot code is larger than what an interpreter's dispatch and a host's branch predictor hold. */
static u32 bigcode_run(void) {
    u32 *mem = (u32 *)arena, seed = 12345, sum = 1;

    for (u32 i = 0; i < 64; i++)
        mem[i] = random_next(&seed);
    for (u32 i = 0; i < 2600000; i++) {
        u32 pick = random_next(&seed) >> 16 & (bigcode_count - 1);
        sum = bigcode_table[pick](sum, i, mem);
    }
    for (u32 i = 0; i < 64; i++)
        sum = checksum_add(sum, mem[i]);
    return sum;
}

const struct workload compute_workloads[] = {
    {"intmix", intmix_run}, {"dhry", dhry_run},       {"sieve", sieve_run},   {"sort", sort_run},
    {"calls", calls_run},   {"chase", chase_run},     {"strides", strides_run}, {"repmov", repmov_run},
    {"muldiv", muldiv_run}, {"mandel", mandel_run},   {"x87b", x87b_run},     {"bigcode", bigcode_run},
    {NULL, NULL},
};

size_t text_length(const char *text) {
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

void text_hex(char *out, u32 value) {
    for (int i = 0; i < 8; i++)
        out[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
}

const struct workload *workload_find(const struct workload *table, const char *name) {
    size_t n = text_length(name);

    for (; table->name; table++) {
        size_t i = 0;
        while (i <= n && table->name[i] == name[i])
            i++;
        if (i > n)
            return table;
    }
    return NULL;
}

/* The compiler may call this for a structure assignment, library or not. */
void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t n) {
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
    return start;
}
