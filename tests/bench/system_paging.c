/* int80, sysenter, pgfault, cr3: the ways an operating system enters its kernel and changes its address space. */
#include "tests/bench/kernel.h"

#define FAULT_PAGES 512u
#define SPACES 8u
#define SPACE_PAGES 32u
#define FRAME_FLAGS (PAGE_PRESENT | PAGE_WRITE | PAGE_USER)

enum { CALL_COUNT, CALL_ADD, CALL_LOAD, CALL_UNMAP, CALLS };

u32 user_int80(u32 number, u32 a, u32 b);
u32 user_sysenter(u32 number, u32 a, u32 b);

static u32 call_counter, fault_count;
static u32 window_table[1024] __attribute__((aligned(4096)));
static u32 directories[SPACES][1024] __attribute__((aligned(4096)));
static u32 space_tables[SPACES][1024] __attribute__((aligned(4096)));

static u32 call_count(u32 a, u32 b) {
    (void)a, (void)b;
    return ++call_counter;
}

static u32 call_add(u32 a, u32 b) {
    return a + b * 3;
}

static u32 call_load(u32 a, u32 b) {
    return ((u32 *)arena)[a & 1023] += b;
}

static u32 call_unmap(u32 a, u32 b) {
    (void)a, (void)b;
    for (u32 i = 0; i < FAULT_PAGES; i++) {
        window_table[i] = 0;
        page_forget(WINDOW_BASE + i * PAGE_SIZE);
    }
    return fault_count;
}

u32 system_call(u32 number, u32 a, u32 b) {
    static u32 (*const calls[CALLS])(u32, u32) = {call_count, call_add, call_load, call_unmap};
    return number < CALLS ? calls[number](a, b) : ~0u;
}

static u32 user_calls(u32 (*call)(u32, u32, u32), u32 count) {
    u32 sum = 0;

    for (u32 i = 0; i < count; i++) {
        sum += call(CALL_COUNT, 0, 0);
        sum ^= call(CALL_ADD, sum, i);
        sum = sum * 5 + call(CALL_LOAD, i, sum);
    }
    return sum;
}

static u32 int80_user(void) {
    return user_calls(user_int80, 1100000);
}

static u32 sysenter_user(void) {
    return user_calls(user_sysenter, 1400000);
}

u32 int80_run(void) {
    return user_run(int80_user);
}

u32 sysenter_run(void) {
    return user_run(sysenter_user);
}

/* Demand paging: the first touch of a page of the window gives it a frame of the arena. */
void page_fault(u32 linear, u32 error) {
    u32 page = (linear - WINDOW_BASE) / PAGE_SIZE;

    if (linear < WINDOW_BASE || page >= FAULT_PAGES || error & 1) {
        print("\n@FAIL unexpected page fault\n");
        for (;;)
            __asm__ volatile("cli; hlt");
    }
    window_table[page] = (u32)arena + (page * 37 % FAULT_PAGES) * PAGE_SIZE + FRAME_FLAGS;
    fault_count += 1 + (error & 2);
}

static u32 pgfault_user(void) {
    u32 sum = 0;

    for (u32 round = 0; round < 2400; round++) {
        for (u32 i = 0; i < FAULT_PAGES; i++) {
            u32 *page = (u32 *)(WINDOW_BASE + (i * 5 % FAULT_PAGES) * PAGE_SIZE);
            if (i & 1)
                page[round & 1023] = sum + i;
            for (u32 k = 0; k < 16; k++)
                sum += page[k * 64];
        }
        sum ^= user_int80(CALL_UNMAP, 0, 0);
    }
    return sum;
}

static void window_map(u32 *directory, u32 *table) {
    directory[WINDOW_BASE >> 22] = (u32)table | FRAME_FLAGS;
}

u32 pgfault_run(void) {
    window_map(page_directory, window_table);
    space_load(page_directory);
    return checksum_add(user_run(pgfault_user), fault_count);
}

static u32 space_visit(u32 from, u32 step) {
    u32 sum = 0;

    for (u32 i = 0; i < 20; i++) {
        u32 *page = (u32 *)(WINDOW_BASE + ((from + i) % SPACE_PAGES) * PAGE_SIZE);
        u32 value = page[step & 1023] + i;
        page[step & 1023] = value * 3;
        sum += value + page[(step + 512) & 1023];
    }
    return sum;
}

/* The spaces share the kernel's tables and differ in the window, as processes do. */
u32 cr3_run(void) {
    u32 sum = 0, seed = 8;

    for (u32 s = 0; s < SPACES; s++) {
        for (u32 i = 0; i < 1024; i++)
            directories[s][i] = page_directory[i];
        for (u32 i = 0; i < SPACE_PAGES; i++)
            space_tables[s][i] = (u32)arena + (s * SPACE_PAGES + i) * PAGE_SIZE + FRAME_FLAGS;
        window_map(directories[s], space_tables[s]);
    }
    for (u32 i = 0; i < 380000; i++) {
        u32 next = random_next(&seed);
        space_load(directories[next >> 29]);
        sum = checksum_add(sum, space_visit(next >> 20, i));
    }
    space_load(page_directory);
    return sum;
}
