/* What runs in ring 3: a parent that forks, waits, adds up and sleeps, and children that write to every page they were given
 * and compute. Results do not depend on who runs when. */
#include "tests/pv/kernel.h"

#define RING3 __attribute__((section(".user"), noinline))
enum { GENERATIONS = 3, CHILDREN = 4, ROUNDS = 6, WORDS = DATA_PAGES * ENTRIES, NAP = 20 };

static inline u32 call(enum call number, u32 a, u32 b)
{
    u32 result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b) : "memory");
    return result;
}

RING3 static u32 sum(const volatile u32 *data)
{
    u32 value = 1;
    for (u32 i = 0; i < WORDS; i++)
        value = (value << 5 | value >> 27) + data[i];
    return value;
}

RING3 static u32 child(volatile u32 *data, u32 number)
{
    u32 value = 0;
    for (u32 round = 0; round < ROUNDS; round++) {
        for (u32 page = 0; page < DATA_PAGES; page++) {
            data[page * ENTRIES + (number * 37 + round * 11) % ENTRIES] += number * 2654435761u + round + page;
            value ^= call(CALL_PID, 0, 0) * page;
        }
        value += sum(data);
        if (round % 2)
            call(CALL_YIELD, 0, 0);
    }
    return value;
}

RING3 void user_main(void)
{
    volatile u32 *data = (volatile u32 *)DATA;
    u32 pid[CHILDREN], total = 0;
    for (u32 i = 0; i < DATA_PAGES; i++)
        data[i * ENTRIES + i] = i * 2654435761u;
    for (u32 generation = 0; generation < GENERATIONS; generation++) {
        for (u32 i = 0; i < CHILDREN; i++) {
            pid[i] = call(CALL_FORK, 0, 0);
            if (!pid[i])
                call(CALL_EXIT, child(data, generation * CHILDREN + i), 0);
        }
        for (u32 i = 0; i < CHILDREN; i++) {
            u32 code = call(CALL_WAIT, pid[i], 0);
            call(CALL_REPORT, pid[i], code);
            total = (total << 3 | total >> 29) ^ code;
        }
        for (u32 i = 0; i < DATA_PAGES; i++)
            data[i * ENTRIES + generation] ^= total + i;
    }
    call(CALL_SLEEP, NAP, 0);
    call(CALL_EXIT, total + sum(data), 0);
}
