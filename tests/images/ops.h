/* The writes of tool.c and kernel.c: the same numbers, places and contents for the same seed, with 32-bit arithmetic. */
#ifndef TESTS_IMAGES_OPS_H
#define TESTS_IMAGES_OPS_H
#include "core/types.h"

enum { SECTOR = 512, RUN_MAX = 200, FLUSH_EVERY = 7 };

struct op { u32 sector, count; };

static inline u32 mix(u32 x)
{
    x = (x ^ x >> 16) * 0x7FEB352Du;
    x = (x ^ x >> 15) * 0x846CA68Bu;
    return x ^ x >> 16;
}

/* Write `number`, counted from 1, to a disk of so many sectors. */
static inline struct op op_of(u32 seed, u32 number, u32 sectors)
{
    u32 random = mix(seed * 1000003 + number), sector = mix(random) % sectors, count = 1 + random % RUN_MAX;
    return (struct op){ sector, count < sectors - sector ? count : sectors - sector };
}

static inline void sector_fill(u32 seed, u32 number, u32 sector, u8 *bytes)
{
    u32 *word = (u32 *)(void *)bytes, value = mix(seed + number * 77 + 1) ^ sector;
    for (unsigned i = 0; i < SECTOR / 4; i++, value += 0x9E3779B9u) word[i] = value;
    word[0] = number;
}
#endif
