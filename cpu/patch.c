/* See patch.h. Sites are kept per physical page, so aliases of a frame share them. */
#include "cpu/patch.h"
#include "cpu/access.h"
#include "cpu/monitor.h"
#include "cpu/ops.h"
#include <stdio.h>
#include <stdlib.h>

struct patch *patch_create(struct memory *memory, struct error *why)
{
    struct patch *patch = calloc(1, sizeof *patch);
    if (patch) {
        patch->memory = memory;
        patch->page = calloc(PATCH_PAGES, sizeof *patch->page);
        patch->scanned = calloc(PATCH_PAGES / 8, 1);
    }
    if (patch && patch->page && patch->scanned)
        return patch;
    patch_destroy(patch);
    error_set(why, "no memory for the list of patches: free some on the host");
    return NULL;
}

void patch_destroy(struct patch *patch)
{
    if (!patch)
        return;
    for (unsigned i = 0; patch->page && i < PATCH_PAGES; i++)
        free(patch->page[i]);
    free(patch->page);
    free(patch->scanned);
    free(patch);
}

static bool bit_test(const u64 *bits, unsigned at) { return bits[at / 64] >> (at % 64) & 1; }
static void bit_set(u64 *bits, unsigned at) { bits[at / 64] |= (u64)1 << (at % 64); }
static void bit_clear(u64 *bits, unsigned at) { bits[at / 64] &= ~((u64)1 << (at % 64)); }

static void page_flag(struct patch *patch, u32 address, bool patched)
{
    u8 *flags;
    bool writable;
    if (!memory_page(patch->memory, address & PAGE_MASK, &flags, &writable) || !flags)
        return;
    *flags = patched ? *flags | PAGE_PATCHED : *flags & (u8)~PAGE_PATCHED;
}

static struct patch_page *page_of(struct patch *patch, u32 address)
{
    struct patch_page **page = &patch->page[address >> PAGE_SHIFT];
    if (!*page && !(*page = calloc(1, sizeof **page)))
        abort();
    return *page;
}

/* Marks the bytes [address, address + length) of one page. */
static void site_mark(struct cpu *cpu, struct patch *patch, u32 address, unsigned length, bool first)
{
    struct patch_page *page = page_of(patch, address);
    unsigned at = address & ~PAGE_MASK;
    if (first && bit_test(page->first, at))
        return;
    if (first) {
        bit_set(page->first, at);
        patch->sites++;
        patch->sites_now++;
        page->sites++;
    }
    for (unsigned i = at; i < at + length; i++)
        bit_set(page->site, i);
    page_flag(patch, address, true);
    tlb_drop_tags(cpu);                      /* reads of the page are looked at from now on */
}

/* Privileged instructions trap by themselves. */
static bool needs_patch(const struct insn *insn)
{
    return insn->op == OP_sensitive && insn->row->gate[MODE_PROTECTED] <= GATE_OWN;
}

void patch_scan(struct cpu *cpu, const struct block *block, u32 eip)
{
    struct patch *patch = cpu->monitor->patch;
    u32 second, number = block->physical >> PAGE_SHIFT;
    patch->blocks_scanned++;
    if (!(patch->scanned[number / 8] >> (number % 8) & 1)) {
        patch->scanned[number / 8] |= (u8)(1u << (number % 8));
        patch->pages_scanned++;
    }
    for (unsigned k = 0; k < block->count; k++) {
        const struct insn *insn = &block->insn[k];
        if (!needs_patch(insn))
            continue;
        unsigned head = MIN((unsigned)insn->len, (unsigned)PAGE_SIZE - insn->page_offset);
        site_mark(cpu, patch, (block->physical & PAGE_MASK) | insn->page_offset, head, true);
        if (head < insn->len && cpu_translate_peek(cpu, cpu->sys.seg[CS].base + eip + head, &second))
            site_mark(cpu, patch, second & PAGE_MASK, insn->len - head, false);
    }
}

/* Sites do not know where they end: a patched byte run is forgotten from the first byte of the site it belongs to. */
void patch_written(struct patch *patch, u32 address, u32 length)
{
    struct patch_page *page = patch->page[address >> PAGE_SHIFT];
    unsigned at = address & ~PAGE_MASK, end = MIN(at + length, (unsigned)PAGE_SIZE);
    if (!page)
        return;
    for (unsigned i = at; i < end; i++) {
        if (!bit_test(page->site, i))
            continue;
        unsigned from = i, to = i + 1;
        while (from && !bit_test(page->first, from) && bit_test(page->site, from - 1))
            from--;
        while (to < PAGE_SIZE && bit_test(page->site, to) && !bit_test(page->first, to))
            to++;
        if (bit_test(page->first, from)) {
            bit_clear(page->first, from);
            patch->sites_now--;
            page->sites--;
            patch->overwritten++;
        }
        for (unsigned k = from; k < to; k++)
            bit_clear(page->site, k);
    }
    for (unsigned i = 0; i < ARRAY_LEN(page->site); i++)
        if (page->site[i])
            return;
    page_flag(patch, address, false);
}

void patch_read(struct patch *patch, u32 address, u32 length)
{
    const struct patch_page *page = patch->page[address >> PAGE_SHIFT];
    unsigned at = address & ~PAGE_MASK, end = MIN(at + length, (unsigned)PAGE_SIZE);
    for (unsigned i = at; page && i < end; i++)
        if (bit_test(page->site, i)) {
            patch->hidden_reads++;
            return;
        }
}

void patch_print(const struct patch *patch, void (*line)(void *self, const char *text), void *self)
{
    char text[240];
    snprintf(text, sizeof text, "patch: %llu pages and %llu blocks of kernel code scanned, %llu sites patched, %llu of them "
             "overwritten since; %llu reads of patched bytes to be hidden", (unsigned long long)patch->pages_scanned,
             (unsigned long long)patch->blocks_scanned, (unsigned long long)patch->sites,
             (unsigned long long)patch->overwritten, (unsigned long long)patch->hidden_reads);
    line(self, text);
}
