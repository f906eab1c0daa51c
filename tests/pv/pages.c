/* Frames with counts of their users, and address spaces: one page table of ring 3 each, copied page by page at a fork
 * and for good when one side writes. Updates of tables are collected and handed over together. */
#include "tests/pv/kernel.h"

enum { POOL = 4 << 20, FRAMES = 2048, IDENTITY_TABLES = 4, QUEUE = 256 };
enum { STACK_INDEX = (STACK >> 12 & 1023) - 1, FAULT_PRESENT = 1 };

u32 kernel_directory[ENTRIES] __attribute__((aligned(PAGE)));
u32 copies;
static u32 identity[IDENTITY_TABLES][ENTRIES] __attribute__((aligned(PAGE)));
static u16 users[FRAMES];
static u32 next_frame, left = FRAMES;
static struct update queue[QUEUE];
static u32 queued;

u32 pages_left(void) { return left; }
u32 *identity_entry(u32 linear) { return &identity[linear >> 22][linear >> 12 & 1023]; }

/* ---- frames ---- */
u32 frame_get(void)
{
    u32 flags = ops->irq_save();
    while (users[next_frame])
        next_frame = (next_frame + 1) % FRAMES;
    users[next_frame] = 1;
    left--;
    u32 frame = POOL + next_frame * PAGE;
    ops->irq_restore(flags);
    return frame;
}

void frame_put(u32 frame)
{
    u32 flags = ops->irq_save();
    left += --users[(frame - POOL) / PAGE] == 0;
    ops->irq_restore(flags);
}

static void frame_share(u32 frame)
{
    u32 flags = ops->irq_save();
    users[(frame - POOL) / PAGE]++;
    ops->irq_restore(flags);
}

/* ---- updates ---- */
static void updates_do(void)
{
    if (queued)
        ops->pages(queue, queued);
    queued = 0;
}

static void update(u32 *entry, u32 value)
{
    if (queued == QUEUE)
        updates_do();
    queue[queued++] = (struct update){ (u32)entry, value };
}

/* ---- address spaces ---- */
void pages_start(void)
{
    for (u32 i = 0; i < IDENTITY_TABLES * ENTRIES; i++) {
        bool user = i >= (u32)user_start / PAGE && i < (u32)user_end / PAGE;
        identity[i / ENTRIES][i % ENTRIES] = i * PAGE | PRESENT | (user ? USER : WRITE);
    }
    for (u32 i = 0; i < IDENTITY_TABLES; i++)
        kernel_directory[i] = (u32)identity[i] | PRESENT | WRITE | USER;
    ops->space(kernel_directory);
    __asm__ volatile("movl %%cr0, %%eax; orl $0x80010000, %%eax; movl %%eax, %%cr0" : : : "eax", "memory");
}

void space_create(struct space *space)
{
    space->directory = (u32 *)frame_get();
    space->table = (u32 *)frame_get();
    memcpy(space->directory, kernel_directory, PAGE);
    memset(space->table, 0, PAGE);
    space->directory[DATA >> 22] = (u32)space->table | PRESENT | WRITE | USER;
}

static u32 frame_copy(u32 frame)
{
    u32 copy = frame_get();
    memcpy((void *)copy, (const void *)frame, PAGE);
    return copy;
}

void space_copy(struct space *to, const struct space *from)
{
    space_create(to);
    for (u32 i = 0; i < ENTRIES; i++) {
        u32 entry = from->table[i], frame = entry & ~(PAGE - 1u);
        if (!(entry & PRESENT))
            continue;
        if (i == STACK_INDEX) {
            update(&to->table[i], frame_copy(frame) | PRESENT | WRITE | USER);
            continue;
        }
        frame_share(frame);
        update(&from->table[i], frame | PRESENT | USER | COPY);
        update(&to->table[i], frame | PRESENT | USER | COPY);
    }
    updates_do();
}

void space_destroy(struct space *space)
{
    for (u32 i = 0; i < ENTRIES; i++)
        if (space->table[i] & PRESENT)
            frame_put(space->table[i] & ~(PAGE - 1u));
    frame_put((u32)space->table);
    frame_put((u32)space->directory);
}

static bool fault_copy(u32 *entry)
{
    u32 frame = *entry & ~(PAGE - 1u);
    if (!(*entry & COPY))
        return false;
    if (users[(frame - POOL) / PAGE] > 1) {
        copies++;
        u32 copy = frame_copy(frame);
        frame_put(frame);
        frame = copy;
    }
    update(entry, frame | PRESENT | WRITE | USER);
    return true;
}

bool space_fault(struct space *space, u32 linear, u32 error)
{
    if (linear < DATA || linear >= STACK)
        return false;
    u32 *entry = &space->table[linear >> 12 & 1023];
    if (error & FAULT_PRESENT) {
        if (!fault_copy(entry))
            return false;
    } else {
        u32 frame = frame_get();
        memset((void *)frame, 0, PAGE);
        update(entry, frame | PRESENT | WRITE | USER);
    }
    updates_do();
    return true;
}
