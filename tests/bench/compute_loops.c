/* sieve, sort, calls, muldiv: small integer kernels, each with one kind of instruction that dominates. */
#include "tests/bench/guest.h"

#define SIEVE_SIZE (1u << 20)
#define SORT_COUNT 120000

u32 sieve_run(void) {
    u8 *composite = arena;
    u32 sum = 0;

    for (u32 round = 0; round < 14; round++) {
        u32 size = round & 1 ? SIEVE_SIZE : SIEVE_SIZE - 4096 * round;
        for (u32 i = 0; i < size; i++)
            composite[i] = 0;
        for (u32 i = 2; i < size; i++) {
            if (composite[i])
                continue;
            sum = checksum_add(sum, i);
            for (u32 j = i + i; j < size; j += i)
                composite[j] = 1;
        }
    }
    return sum;
}

static NOINLINE void quick_sort(s32 *v, s32 low, s32 high) {
    while (low < high) {
        s32 pivot = v[low + (high - low) / 2], i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                s32 swap = v[i];
                v[i++] = v[j];
                v[j--] = swap;
            }
        }
        quick_sort(v, low, j);
        low = i;
    }
}

static void heap_sift(u32 *v, u32 root, u32 n) {
    u32 value = v[root], child;

    while ((child = 2 * root + 1) < n) {
        if (child + 1 < n && v[child] < v[child + 1])
            child++;
        if (value >= v[child])
            break;
        v[root] = v[child];
        root = child;
    }
    v[root] = value;
}

static NOINLINE void heap_sort(u32 *v, u32 n) {
    for (u32 i = n / 2; i-- > 0;)
        heap_sift(v, i, n);
    for (u32 i = n; i-- > 1;) {
        u32 top = v[0];
        v[0] = v[i];
        v[i] = top;
        heap_sift(v, 0, i);
    }
}

static NOINLINE void shell_sort(u16 *v, u32 n) {
    for (u32 gap = n / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (u32 i = gap; i < n; i++) {
            u16 value = v[i];
            u32 j = i;
            for (; j >= gap && v[j - gap] > value; j -= gap)
                v[j] = v[j - gap];
            v[j] = value;
        }
}

u32 sort_run(void) {
    u32 *words = (u32 *)arena, sum = 0, seed = 77;
    u16 *halves = (u16 *)(arena + 4 * SORT_COUNT);

    for (u32 round = 0; round < 3; round++) {
        for (u32 i = 0; i < SORT_COUNT; i++)
            words[i] = random_next(&seed);
        quick_sort((s32 *)words, 0, SORT_COUNT - 1);
        for (u32 i = 0; i < SORT_COUNT; i += 61)
            sum = checksum_add(sum, words[i]);
        for (u32 i = 0; i < SORT_COUNT; i++)
            words[i] = random_next(&seed);
        heap_sort(words, SORT_COUNT);
        for (u32 i = 0; i < SORT_COUNT; i++)
            halves[i] = (u16)(words[i] * 40503u >> 13);
        shell_sort(halves, SORT_COUNT);
        for (u32 i = 0; i < SORT_COUNT; i += 53)
            sum = checksum_add(sum, words[i] + halves[i]);
    }
    return sum;
}

static NOINLINE u32 fibonacci(u32 n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static NOINLINE s32 takeuchi(s32 x, s32 y, s32 z) {
    return y >= x ? z : takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

static NOINLINE u32 op_add(u32 a, u32 b) { return a + b; }
static NOINLINE u32 op_sub(u32 a, u32 b) { return a - b; }
static NOINLINE u32 op_xor(u32 a, u32 b) { return a ^ b; }
static NOINLINE u32 op_mul(u32 a, u32 b) { return a * (b | 1); }
static NOINLINE u32 op_rot(u32 a, u32 b) { return (a << 7 | a >> 25) + b; }
static NOINLINE u32 op_min(u32 a, u32 b) { return a < b ? a + 3 : b; }
static NOINLINE u32 op_sel(u32 a, u32 b) { return a & 64 ? op_rot(b, a) : op_xor(a, b); }
static NOINLINE u32 op_not(u32 a, u32 b) { return ~a + (b >> 3); }

u32 calls_run(void) {
    static u32 (*const ops[8])(u32, u32) = {op_add, op_sub, op_xor, op_mul, op_rot, op_min, op_sel, op_not};
    u32 sum = 1, seed = 99;

    for (u32 round = 0; round < 4; round++) {
        sum = checksum_add(sum, fibonacci(26 + (round & 1)));
        sum = checksum_add(sum, (u32)takeuchi(14, 8, (s32)(round & 3)));
        for (u32 i = 0; i < 1800000; i++)
            sum = ops[i * 5 & 7](sum, i) + ops[random_next(&seed) >> 29](i, sum);
    }
    return sum;
}

static u32 divide_wide(u32 high, u32 low, u32 by, u32 *rest) {
    u32 quotient;
    __asm__("divl %4" : "=a"(quotient), "=d"(*rest) : "0"(low), "1"(high), "rm"(by) : "cc");
    return quotient;
}

/* Bit instructions a compiler seldom emits; one string of them so that their flags and counts stay as written. */
static u32 bit_work(u32 a, u32 b, u32 *mem) {
    u32 c;
    __asm__ volatile("bsfl %1, %0\n\t"
                     "bsrl %1, %%ecx\n\t"
                     "btsl %%ecx, %0\n\t"
                     "shldl %%cl, %1, %0\n\t"
                     "btcl $5, (%3)\n\t"
                     "adcl %%ecx, %0\n\t"
                     "andl $127, %0\n\t"
                     "btl %0, (%3)\n\t"
                     "rcll $3, %0\n\t"
                     "bswapl %1\n\t"
                     "shrdl $11, %1, %0\n\t"
                     "sarl %%cl, %1\n\t"
                     "xorl %1, %0"
                     : "=&r"(c), "+r"(a)
                     : "r"(b), "r"(mem)
                     : "ecx", "cc", "memory");
    return c + b;
}

u32 muldiv_run(void) {
    u32 sum = 1, seed = 5, rest, *mem = (u32 *)arena + 0x1000;

    for (u32 i = 0; i < 3400000; i++) {
        u32 a = random_next(&seed), b = a >> 7 | 1;
        u64 wide = (u64)a * (sum | 3);
        s32 ratio = (s32)sum / (s32)(b & 0xffff);
        s16 narrow = (s16)((s16)a / (s16)((b & 0xff) + 3));
        u32 quotient = divide_wide((u32)(wide >> 32) % (b | 0x10000), (u32)wide, b | 0x10000, &rest);
        s64 product = (s64)ratio * (s32)a;
        sum += quotient ^ rest ^ (u32)product ^ (u32)(product >> 32) ^ (u32)narrow;
        sum = bit_work(sum | 1, a, mem + (a & 7)) + (u8)((u8)a / (u8)(b | 1)) * 13u;
        mem[8 + (i & 7)] = sum;
    }
    return checksum_add(sum, mem[0] ^ mem[7]);
}
