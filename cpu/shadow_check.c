/* The invariants of shadow paging (shadow.h), looked up rather than assumed: an entry says what a walk of the guest's
 * tables says, allows no more, maps nothing but the machine's RAM and ROM, and is writable only with D set and no trace on
 * its frame; frames that tables were made from are traced; the user's view shows no page that is not the user's; nothing
 * is in a TLB tag that is not in the shadow. */
#include "cpu/shadow.h"
#include "cpu/access.h"
#include <stdarg.h>
#include <stdio.h>

struct report { char *text; size_t size; };

static __attribute__((format(printf, 2, 3))) bool breach(const struct report *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why->text, why->size, format, args);
    va_end(args);
    return false;
}

/* Whether the memory has the trace that we believe in, and the other way round. */
static bool frame_check(const struct shadow *s, u32 frame, const struct report *why)
{
    u8 *flags = NULL;
    bool writable;
    bool host = memory_page(s->cpu->memory, frame << PAGE_SHIFT, &flags, &writable), ram = host && flags;
    bool traced = s->frame[frame].ram_page;
    if (!host)
        return breach(why, "tables were made from %08x, which is not memory", frame << PAGE_SHIFT);
    if (traced && (!ram || !(*flags & PAGE_TRACED)))
        return breach(why, "writes to the traced page %08x go unseen", frame << PAGE_SHIFT);
    if (ram && !traced && (s->tracing == TRACE_ALWAYS || (*flags & PAGE_TRACED)))
        return breach(why, "the guest's table %08x is not traced", frame << PAGE_SHIFT);
    return true;
}

static bool links_check(const struct shadow *s, u32 number, unsigned i)
{
    const struct shadow_table *t = &s->table[number];
    u32 self = number * SHADOW_ENTRIES + i, next = t->next[i], prev = t->prev[i];
    bool forth = !next || s->table[next / SHADOW_ENTRIES].prev[next % SHADOW_ENTRIES] == self;
    u32 back = prev ? s->table[prev / SHADOW_ENTRIES].next[prev % SHADOW_ENTRIES]
                    : s->frame[t->entry[i] >> PAGE_SHIFT].mapped;
    return forth && back == self;
}

/* Against the guest's tables as they are. */
static bool entry_truth(const struct shadow *s, const struct shadow_table *t, unsigned i, const struct report *why)
{
    u32 linear = shadow_entry_linear(t, i), entry = t->entry[i];
    struct walk walk;
    if (!shadow_peek(s, t->root, linear, &walk))
        return breach(why, "%08x is in the shadow, but not in the guest's tables", linear);
    if (shadow_pmap(s, walk.physical) != (entry & PAGE_MASK))
        return breach(why, "%08x is %08x in the shadow, %08x in the guest's tables", linear, entry & PAGE_MASK,
                      walk.physical);
    if (((entry & SHADOW_GUEST_W) && !(walk.bits & TLB_WRITE)) || ((entry & SHADOW_GUEST_U) && !(walk.bits & TLB_USER)))
        return breach(why, "%08x has rights in the shadow that the guest's tables do not give", linear);
    if ((entry & PTE_D) && !(walk.bits & TLB_DIRTY))
        return breach(why, "%08x is dirty in the shadow only", linear);
    return true;
}

static bool entry_check(const struct shadow *s, u32 number, unsigned i, bool synchronised, const struct report *why)
{
    const struct shadow_table *t = &s->table[number];
    u32 linear = shadow_entry_linear(t, i), entry = t->entry[i];
    bool user_only = s->views == 2 ? t->view == VIEW_USER : entry & PTE_U;
    if (!(entry & PTE_P) || !links_check(s, number, i))
        return breach(why, "the entry of %08x is damaged", linear);
    if (!shadow_backed(s, entry >> PAGE_SHIFT))
        return breach(why, "%08x maps %08x, which is not memory", linear, entry & PAGE_MASK);
    if (user_only && !(entry & SHADOW_GUEST_U))
        return breach(why, "the user's view shows %08x, which is not the user's", linear);
    u8 *flags = NULL;
    bool writable = false;
    memory_page(s->cpu->memory, entry & PAGE_MASK, &flags, &writable);
    if (!(entry & PTE_W) != !shadow_entry_writable(s, t, entry) ||
        ((entry & PTE_W) && (!(entry & PTE_D) || !writable || (*flags & PAGE_TRACED))))
        return breach(why, "%08x is %swritable in the shadow", linear, entry & PTE_W ? "" : "not ");
    return !synchronised || entry_truth(s, t, i, why);
}

static bool word_check(const struct shadow *s, u32 number, unsigned word, bool synchronised, const struct report *why)
{
    const struct shadow_table *t = &s->table[number];
    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned i = word * 32 + bit;
        bool live = t->live[word] >> bit & 1;
        if (live != (t->entry[i] != 0))
            return breach(why, "%08x is counted wrongly", shadow_entry_linear(t, i));
        if (live && !entry_check(s, number, i, synchronised, why))
            return false;
    }
    return true;
}

/* Its place, and what it was made from. */
static bool table_check(const struct shadow *s, u32 number, bool *synchronised, const struct report *why)
{
    const struct shadow_table *t = &s->table[number];
    const struct shadow_root *root = t->root;
    u32 linear = shadow_entry_linear(t, 0);
    if (!root->used || shadow_directory_table(root->directory[t->view][t->index]) != number)
        return breach(why, "the table of %08x is in no directory", linear);
    *synchronised = true;
    if (!root->key)
        return true;
    if (!frame_check(s, root->frame, why) || (t->frame != SHADOW_NO_FRAME && !frame_check(s, t->frame, why)))
        return false;
    *synchronised = trace_synchronised(s, root->frame);
    if (*synchronised && !trace_table_good(t, shadow_guest_entry(s, root->frame, t->index)))
        return breach(why, "the table of %08x is not what the guest's directory says", linear);
    *synchronised = *synchronised && (t->frame == SHADOW_NO_FRAME || trace_synchronised(s, t->frame));
    return true;
}

/* What the fast path may do, the shadow must allow. */
static bool tag_check(struct cpu *cpu, unsigned slot, unsigned view, const struct report *why)
{
    const struct shadow *s = cpu->shadow;
    const struct tag *tag = &cpu->tlb.tag[view][slot];
    const struct code_tag *code = &cpu->tlb.code_tag[view][slot];
    struct translation found;
    u32 write = tag->write & ~(u32)CODE_TAG;
    if (tag->read != NO_TAG && !shadow_find(cpu, tag->read, view, &found))
        return breach(why, "%08x can be read, but is not in the shadow", tag->read);
    if (code->linear != NO_TAG && !shadow_find(cpu, code->linear, view, &found))
        return breach(why, "%08x can be executed, but is not in the shadow", code->linear);
    if (write == NO_TAG)
        return true;
    u32 number = shadow_directory_table(s->current->directory[shadow_view(s, view)][write >> 22]);
    if (!number || !(s->table[number].entry[write >> PAGE_SHIFT & (SHADOW_ENTRIES - 1)] & PTE_W))
        return breach(why, "%08x can be written, but not in the shadow", write);
    return true;
}

static bool slot_check(struct cpu *cpu, unsigned slot, const struct report *why)
{
    const struct shadow *s = cpu->shadow;
    if (s->current->key != shadow_key(cpu->guest))         /* it is found out at the next miss */
        return true;
    for (unsigned view = 0; view < VIEWS; view++)
        if (s->rooted[view] && !tag_check(cpu, slot, view, why))
            return false;
    return true;
}

bool shadow_check(struct cpu *cpu, char *text, size_t size)
{
    const struct shadow *s = cpu->shadow;
    const struct report why = { text, size };
    bool synchronised;
    for (unsigned r = 0; r < s->roots; r++)
        if (s->root[r].used && s->root[r].key && shadow_backed(s, s->root[r].frame) &&
            !frame_check(s, s->root[r].frame, &why))
            return false;
    for (u32 n = 1; n < s->tables_high; n++) {
        if (s->table[n].root && !table_check(s, n, &synchronised, &why))
            return false;
        for (unsigned word = 0; s->table[n].root && word < ARRAY_LEN(s->table[n].live); word++)
            if (!word_check(s, n, word, synchronised, &why))
                return false;
    }
    for (unsigned slot = 0; slot < TLB_SETS; slot++)
        if (!slot_check(cpu, slot, &why))
            return false;
    return true;
}

bool shadow_check_some(struct cpu *cpu, char *text, size_t size)
{
    struct shadow *s = cpu->shadow;
    const struct report why = { text, size };
    u64 turn = ++s->checked * 0x9e3779b97f4a7c15;
    u32 number = 1 + (u32)(turn >> 40) % s->tables_high;
    bool synchronised;
    if (number < s->tables_high && s->table[number].root &&
        (!table_check(s, number, &synchronised, &why) ||
         !word_check(s, number, (unsigned)(turn >> 32) % 32, synchronised, &why)))
        return false;
    return slot_check(cpu, (unsigned)(turn >> 20) % TLB_SETS, &why);
}
