/* Shadow page tables (shadow.h): address spaces, tables and entries. What is traced, and what happens when it is
 * written, is in shadow_trace.c; the faults are in shadow_fault.c. */
#include "cpu/shadow.h"
#include "cpu/access.h"
#include "cpu/monitor.h"
#include <stdio.h>
#include <string.h>

/* What decides whether a guest's directory entry is still the one a table was made of. */
enum { HW_RIGHTS = PTE_P | PTE_W | PTE_U | PTE_A };

/* ---- life ---- */
static void policy_take(struct shadow *s, const struct vmm_config *config)
{
    bool both = config->projection == PROJECT_ALL && config->ring == 3;
    s->counts = config->paging == PAGING_COUNT;
    s->projected = config->projection != PROJECT_NONE;
    s->views = both || config->projection == PROJECT_USER ? 2 : 1;
    s->rooted[VIEW_KERNEL] = config->projection != PROJECT_USER;
    s->rooted[VIEW_USER] = true;
    s->tracing = config->tracing;
    s->roots = MAX((u16)1, MIN(config->roots, (u16)SHADOW_ROOTS));
    s->trace_k = config->trace_k;
    s->trace_max = config->trace_max;
}

bool shadow_create(struct cpu *cpu, struct error *why)
{
    const struct vmm_config *config = &cpu->monitor->vmm.config;
    if (config->paging == PAGING_DIRECT)
        return true;
    struct shadow *s = pages_take(sizeof *s);
    cpu->shadow = s;
    if (s) {
        s->table = pages_take(SHADOW_TABLES * sizeof *s->table);
        s->frame = pages_take(SHADOW_FRAMES * sizeof *s->frame);
    }
    if (!s || !s->table || !s->frame) {
        shadow_destroy(cpu);
        return error_set(why, "no memory for shadow page tables: free some on the host, or choose paging=direct");
    }
    s->cpu = cpu;
    policy_take(s, config);
    s->tables_high = 1;
    cpu->memory->listener.traced_written = trace_written;
    tlb_flush(cpu, true);
    return true;
}

static void roots_drop(struct shadow *s);

void shadow_destroy(struct cpu *cpu)
{
    struct shadow *s = cpu->shadow;
    if (!s)
        return;
    if (s->table && s->frame)
        roots_drop(s);
    cpu->memory->listener.traced_written = NULL;
    pages_give(s->table, SHADOW_TABLES * sizeof *s->table);
    pages_give(s->frame, SHADOW_FRAMES * sizeof *s->frame);
    pages_give(s, sizeof *s);
    cpu->shadow = NULL;
}

/* ---- entries ---- */
static u32 *mapped_head(struct shadow *s, u32 entry) { return &s->frame[entry >> PAGE_SHIFT].mapped; }

static void entry_link(struct shadow *s, u32 number, unsigned i)
{
    struct shadow_table *t = &s->table[number];
    u32 *head = mapped_head(s, t->entry[i]), self = number * SHADOW_ENTRIES + i;
    t->prev[i] = 0;
    t->next[i] = *head;
    if (*head)
        s->table[*head / SHADOW_ENTRIES].prev[*head % SHADOW_ENTRIES] = self;
    *head = self;
}

static void entry_unlink(struct shadow *s, struct shadow_table *t, unsigned i)
{
    u32 next = t->next[i], prev = t->prev[i];
    if (next)
        s->table[next / SHADOW_ENTRIES].prev[next % SHADOW_ENTRIES] = prev;
    if (prev)
        s->table[prev / SHADOW_ENTRIES].next[prev % SHADOW_ENTRIES] = next;
    else
        *mapped_head(s, t->entry[i]) = next;
}

static void entry_clear(struct shadow *s, struct shadow_table *t, unsigned i)
{
    entry_unlink(s, t, i);
    t->entry[i] = 0;
    t->live[i / 32] &= ~(1u << i % 32);
    if (t->root == s->current)
        tlb_shadow_lost(s->cpu, shadow_entry_linear(t, i), !s->counts);
}

void shadow_entry_zap(struct shadow *s, struct shadow_table *t, unsigned i)
{
    s->counters.shadow_zap++;
    entry_clear(s, t, i);
}

static bool frame_is_ram(const struct shadow *s, u32 physical)
{
    u8 *flags;
    bool writable;
    return memory_page(s->cpu->memory, physical, &flags, &writable) && writable;
}

/* Supervisor accesses without CR0.WP write where the guest's W is 0. Where one table serves both kinds of access the
 * page is then not the user's (U 0) until a user access asks for it. */
static bool supervisor_writes(const struct shadow *s, const struct shadow_table *t, u32 entry)
{
    if (entry & SHADOW_GUEST_W)
        return true;
    if (t->root->key & SPACE_WP)
        return false;
    return s->views == 2 ? t->view == VIEW_KERNEL : !(entry & PTE_U);
}

bool shadow_entry_writable(const struct shadow *s, const struct shadow_table *t, u32 entry)
{
    return (entry & PTE_D) && supervisor_writes(s, t, entry) && !s->frame[entry >> PAGE_SHIFT].ram_page &&
           frame_is_ram(s, entry & PAGE_MASK);
}

u32 shadow_entry_bits(const struct shadow *s, const struct shadow_table *t, u32 entry)
{
    u32 bits = TLB_VALID | (entry & SHADOW_GUEST_W ? TLB_WRITE : 0) | (entry & SHADOW_GUEST_U ? TLB_USER : 0) |
               (entry & PTE_D ? TLB_DIRTY : 0) | (entry & PTE_G ? TLB_GLOBAL : 0) | (entry & SHADOW_LARGE ? TLB_LARGE : 0);
    u32 supervisor = TLB_SHADOW_KERNEL | (supervisor_writes(s, t, entry) ? TLB_SHADOW_KERNEL_WRITE : 0);
    if (s->views == 2)
        return bits | (t->view == VIEW_KERNEL ? supervisor : TLB_SHADOW_USER);
    return bits | supervisor | (entry & PTE_U ? TLB_SHADOW_USER : 0);
}

static u32 entry_make(struct shadow *s, const struct shadow_table *t, const struct walk *walk, bool write, bool user)
{
    bool emulated = write && !user && !(walk->bits & TLB_WRITE) && (walk->bits & TLB_USER);
    u32 entry = shadow_pmap(s, walk->physical) | PTE_P | ((walk->pte ? walk->pte : walk->pde) & PTE_A);
    if (!t->root->key) entry |= PTE_A;
    if (s->views == 2 || ((walk->bits & TLB_USER) && !emulated)) entry |= PTE_U;
    if (walk->bits & TLB_WRITE) entry |= SHADOW_GUEST_W;
    if (walk->bits & TLB_USER) entry |= SHADOW_GUEST_U;
    if (walk->bits & TLB_DIRTY) entry |= PTE_D;
    if (walk->bits & TLB_GLOBAL) entry |= PTE_G;
    if (walk->bits & TLB_LARGE) entry |= SHADOW_LARGE;
    s->counters.wp_emul += emulated;
    return entry | (shadow_entry_writable(s, t, entry) ? PTE_W : 0);
}

/* ---- tables ---- */
static void table_link(struct shadow *s, u32 number)
{
    struct shadow_table *t = &s->table[number];
    t->root_prev = 0;
    t->root_next = t->root->tables;
    if (t->root_next)
        s->table[t->root_next].root_prev = number;
    t->root->tables = number;
    if (t->frame == SHADOW_NO_FRAME)
        return;
    struct shadow_frame *f = &s->frame[t->frame];
    t->frame_prev = 0;
    t->frame_next = f->tables;
    if (t->frame_next)
        s->table[t->frame_next].frame_prev = number;
    f->tables = number;
}

static void table_unlink(struct shadow *s, u32 number)
{
    struct shadow_table *t = &s->table[number];
    if (t->root_next)
        s->table[t->root_next].root_prev = t->root_prev;
    if (t->root_prev)
        s->table[t->root_prev].root_next = t->root_next;
    else
        t->root->tables = t->root_next;
    if (t->frame == SHADOW_NO_FRAME)
        return;
    if (t->frame_next)
        s->table[t->frame_next].frame_prev = t->frame_prev;
    if (t->frame_prev)
        s->table[t->frame_prev].frame_next = t->frame_next;
    else
        s->frame[t->frame].tables = t->frame_next;
}

void shadow_table_free(struct shadow *s, u32 number)
{
    struct shadow_table *t = &s->table[number];
    for (unsigned word = 0; word < ARRAY_LEN(t->live); word++)
        while (t->live[word])
            shadow_entry_zap(s, t, word * 32 + (unsigned)__builtin_ctz(t->live[word]));
    t->root->directory[t->view][t->index] = 0;
    table_unlink(s, number);
    if (t->frame != SHADOW_NO_FRAME)
        trace_frame_released(s, t->frame);
    t->root = NULL;
    t->root_next = s->tables_free;
    s->tables_free = number;
}

static void root_free(struct shadow *s, struct shadow_root *root)
{
    while (root->tables)
        shadow_table_free(s, root->tables);
    if (root->frame != SHADOW_NO_FRAME) {
        s->frame[root->frame].roots--;
        trace_frame_released(s, root->frame);
    }
    root->used = 0;
}

/* The least recently used root, but for `keep`; NULL: there is no other. */
static struct shadow_root *root_oldest(struct shadow *s, const struct shadow_root *keep)
{
    struct shadow_root *oldest = NULL;
    for (unsigned i = 0; i < s->roots; i++) {
        struct shadow_root *root = &s->root[i];
        if (root->used && root != keep && (!oldest || root->used < oldest->used))
            oldest = root;
    }
    return oldest;
}

/* A free table; where none is left all other roots, and in the end this one, give theirs up. */
static u32 table_take(struct shadow *s, struct shadow_root *root)
{
    struct shadow_root *oldest;
    if (!s->tables_free && s->tables_high < SHADOW_TABLES)
        return s->tables_high++;
    while (!s->tables_free && (oldest = root_oldest(s, root)))
        root_free(s, oldest);
    while (!s->tables_free)
        shadow_table_free(s, root->tables);
    u32 number = s->tables_free;
    s->tables_free = s->table[number].root_next;
    return number;
}

static u32 table_make(struct shadow *s, struct shadow_root *root, unsigned view, u32 index, const struct walk *walk)
{
    bool large = walk->bits & TLB_LARGE;
    u32 number = table_take(s, root);
    struct shadow_table *t = &s->table[number];
    t->root = root;
    t->view = (u8)view;
    t->index = (u16)index;
    t->pde = walk->pde;
    t->frame = large || !root->key ? SHADOW_NO_FRAME : shadow_pmap(s, walk->pde & PAGE_MASK) >> PAGE_SHIFT;
    root->directory[view][index] = number << PAGE_SHIFT | HW_RIGHTS;
    s->counters.splinter_4m += large;
    table_link(s, number);
    if (t->frame != SHADOW_NO_FRAME)
        trace_frame_used(s, t->frame);
    return number;
}

u32 shadow_entry_put(struct shadow *s, u32 page, const struct walk *walk, bool write, bool user,
                     const struct shadow_table **in)
{
    struct shadow_root *root = s->current;
    unsigned view = shadow_view(s, user), i = page >> PAGE_SHIFT & (SHADOW_ENTRIES - 1);
    u32 number = shadow_directory_table(root->directory[view][page >> 22]);
    if (root->key && (!shadow_backed(s, root->frame) ||
                      (walk->pte && !shadow_backed(s, shadow_pmap(s, walk->pde & PAGE_MASK) >> PAGE_SHIFT))))
        return 0;                                  /* tables in a device's memory: who knows what it says next time */
    if (number && !trace_table_good(&s->table[number], walk->pde)) {
        shadow_table_free(s, number);
        number = 0;
    }
    if (!number)
        number = table_make(s, root, view, page >> 22, walk);
    struct shadow_table *t = &s->table[number];
    t->pde |= walk->pde & PTE_D;                   /* of a 4 MiB page: D may have been set since */
    if (t->entry[i])
        entry_clear(s, t, i);
    t->entry[i] = entry_make(s, t, walk, write, user);
    t->live[i / 32] |= 1u << i % 32;
    entry_link(s, number, i);
    s->counters.shadow_fill++;
    *in = t;
    return t->entry[i];
}

bool shadow_find(const struct cpu *cpu, u32 page, bool user, struct translation *found)
{
    const struct shadow *s = cpu->shadow;
    u32 number = shadow_directory_table(s->current->directory[shadow_view(s, user)][page >> 22]);
    const struct shadow_table *t = &s->table[number];
    u32 entry = number ? t->entry[page >> PAGE_SHIFT & (SHADOW_ENTRIES - 1)] : 0;
    if (!entry)
        return false;
    *found = (struct translation){ page, entry & PAGE_MASK, shadow_entry_bits(s, t, entry) };
    return true;
}

/* ---- address spaces ---- */
static struct shadow_root *root_find(struct shadow *s, u32 key)
{
    for (unsigned i = 0; i < s->roots; i++)
        if (s->root[i].used && s->root[i].key == key)
            return &s->root[i];
    return NULL;
}

static struct shadow_root *root_make(struct shadow *s, u32 key)
{
    struct shadow_root *root = NULL;
    for (unsigned i = 0; i < s->roots && !root; i++)
        if (!s->root[i].used)
            root = &s->root[i];
    if (!root) {
        root = root_oldest(s, NULL);
        root_free(s, root);
    }
    root->key = key;
    root->used = ++s->time;
    root->frame = key ? shadow_pmap(s, key & PAGE_MASK) >> PAGE_SHIFT : SHADOW_NO_FRAME;
    if (key) {
        s->frame[root->frame].roots++;
        trace_frame_used(s, root->frame);
    }
    return root;
}

void shadow_space_enter(struct cpu *cpu, u32 key)
{
    struct shadow *s = cpu->shadow;
    struct shadow_root *root = root_find(s, key);
    bool same = root && root == s->current;
    if (!root)
        root = root_make(s, key);
    root->used = ++s->time;
    s->current = root;
    if (!same)
        tlb_shadow_lost_all(cpu, false);
    trace_resync(s, root);
}

void shadow_space_loaded(struct cpu *cpu, bool cr3)
{
    struct shadow *s = cpu->shadow;
    u32 key = shadow_key(cpu->guest);
    if (cr3) {
        bool hit = root_find(s, key);
        s->counters.cr3_load++;
        s->counters.cr3_root_hit += hit;
        s->counters.cr3_root_miss += !hit;
    }
    shadow_space_enter(cpu, key);
}

void shadow_invlpg(struct cpu *cpu, u32 linear)
{
    cpu->shadow->counters.invlpg++;
    trace_resync_page(cpu->shadow, cpu->shadow->current, linear);
}

static void roots_drop(struct shadow *s)
{
    s->current = NULL;
    for (unsigned i = 0; i < s->roots; i++)
        if (s->root[i].used)
            root_free(s, &s->root[i]);
}

void shadow_flush(struct cpu *cpu)
{
    struct shadow *s = cpu->shadow;
    roots_drop(s);
    s->emulated = s->mmio_read = (struct shadow_stamp){ 0 };
    shadow_space_enter(cpu, shadow_key(cpu->guest));
}

/* TLB slots that were filled from the shadow hold addresses behind the A20 gate as it was. */
void shadow_map_changed(struct cpu *cpu)
{
    shadow_flush(cpu);
    tlb_shadow_lost_all(cpu, !cpu->shadow->counts);
}

void shadow_print(const struct shadow *s, shadow_line_fn *line, void *self)
{
    char text[120];
#define X(name, what) \
    snprintf(text, sizeof text, "%-20s %12llu  %s", #name, (unsigned long long)s->counters.name, what); line(self, text);
    SHADOW_COUNTERS(X)
#undef X
}
