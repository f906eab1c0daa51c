/* chase, strides, repmov: memory access with little arithmetic, over more than the caches and TLBs hold. */
#include "tests/bench/guest.h"

#define CHASE_NODES 65536u
#define STRIDE_BYTES (8u << 20)

struct link {
    struct link *next;
    u32 value, pad[14];
};

/* One cycle through all nodes in random order (Sattolo's shuffle), 64 bytes apart: 4 MiB. */
u32 chase_run(void) {
    struct link *nodes = (struct link *)arena, *at;
    u32 *order = (u32 *)(nodes + CHASE_NODES), seed = 31, sum = 0;

    for (u32 i = 0; i < CHASE_NODES; i++)
        order[i] = i;
    for (u32 i = CHASE_NODES - 1; i > 0; i--) {
        u32 j = (random_next(&seed) >> 8) % i, swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (u32 i = 0; i < CHASE_NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % CHASE_NODES]];
        nodes[order[i]].value = i;
    }
    at = nodes;
    for (u32 i = 0; i < 22000000; i++) {
        sum += at->value ^ i;
        at = at->next;
    }
    return checksum_add(sum, at->value);
}

static NOINLINE u32 stride_sum(u32 stride, u32 count) {
    u32 sum = 0, at = 0;

    while (count--) {
        sum += *(volatile u32 *)(arena + at);
        at = (at + stride) & (STRIDE_BYTES - 1);
    }
    return sum;
}

static NOINLINE u32 stride_sum_short(u32 stride, u32 count) {
    u32 sum = 0, at = 0;

    while (count--) {
        sum += *(volatile u16 *)(arena + at) ^ *(volatile u8 *)(arena + at + 2);
        at = (at + stride) & (STRIDE_BYTES - 1);
    }
    return sum;
}

/* The strides that are not a multiple of four make some loads cross cache lines and pages. */
u32 strides_run(void) {
    static const u32 strides[] = {4, 64, 67, 260, 4096, 4100, 4093, 20484};
    u32 sum = 0, seed = 3;

    for (u32 i = 0; i <= STRIDE_BYTES / 4; i++)
        ((u32 *)arena)[i] = random_next(&seed);
    for (u32 round = 0; round < 2; round++)
        for (u32 i = 0; i < sizeof strides / sizeof strides[0]; i++) {
            sum = checksum_add(sum, stride_sum(strides[i], 1500000));
            sum = checksum_add(sum, stride_sum_short(strides[i], 600000));
        }
    return sum;
}

#define REP(instruction, to, from, n, a)                                                                               \
    ({                                                                                                                 \
        const void *from_ = (from);                                                                                    \
        void *to_ = (to);                                                                                              \
        u32 count_ = (n);                                                                                              \
        __asm__ volatile(instruction : "+D"(to_), "+S"(from_), "+c"(count_) : "a"(a) : "memory", "cc");                \
        count_;                                                                                                        \
    })

/* One length: copies by double word and byte, a backward copy, fills, a search and a comparison. */
static NOINLINE u32 rep_work(u8 *to, u8 *from, u32 bytes, u32 round) {
    u32 sum = 0;

    from[bytes - 1] = (u8)(round | 1);
    from[round % bytes] ^= 0x20;
    REP("rep movsl", to, from, bytes / 4, 0);
    REP("rep movsb", to + bytes, from, bytes, 0);
    REP("std; rep movsb; cld", to + 2 * bytes, to + 2 * bytes - 3, bytes / 4, 0);
    sum += REP("repe cmpsb", to, from, bytes, 0);
    sum += REP("repne scasb", to, from, bytes, 0x7e);
    REP("rep stosl", to + bytes, from, bytes / 8, round * 0x01010101u);
    REP("rep stosb", to, from, bytes / 8, round & 0x7f);
    sum += REP("repe scasl", to + bytes, from, bytes / 4, round * 0x01010101u);
    return sum + to[bytes - 1] + to[bytes + 1];
}

u32 repmov_run(void) {
    static const u32 lengths[] = {16, 64, 260, 1024, 4096, 65536, 1u << 20};
    u8 *from = arena, *to = arena + (4u << 20) + 2;
    u32 sum = 0, seed = 9;

    for (u32 i = 0; i < 1u << 20; i++)
        from[i] = (u8)(random_next(&seed) >> 25) & 0x5f;
    for (u32 i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        u32 rounds = (8u << 20) / (lengths[i] + 48);
        for (u32 round = 0; round < rounds; round++)
            sum = checksum_add(sum, rep_work(to, from, lengths[i], round));
    }
    return sum;
}
