/* See patch.h. Sites are kept per physical page, so aliases of a frame share them. They may overlap, and go on in
 * another page: the last one, if it is found behind several. */
#include "cpu/patch.h"
#include "cpu/access.h"
#include "cpu/decode.h"
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

static void page_flag(struct patch *patch, u32 address, bool patched)
{
    u8 *flags;
    bool writable;
    if (!memory_page(patch->memory, address & PAGE_MASK, &flags, &writable) || !flags)
        return;
    *flags = patched ? *flags | PAGE_PATCHED | PAGE_HAS_CODE : *flags & (u8)~PAGE_PATCHED;
}

static struct patch_page *page_of(struct patch *patch, u32 address)
{
    struct patch_page **page = &patch->page[address >> PAGE_SHIFT];
    if (!*page && !(*page = calloc(1, sizeof **page)))
        abort();
    return *page;
}

/* Reads and writes of the page are looked at from now on. */
static void page_watch(struct cpu *cpu, u32 address)
{
    page_flag(cpu->monitor->patch, address, true);
    tlb_drop_tags(cpu);
}

static void site_mark(struct cpu *cpu, u32 address, unsigned length)
{
    struct patch *patch = cpu->monitor->patch;
    struct patch_page *page = page_of(patch, address);
    u8 *marked = &page->length[address & ~PAGE_MASK];
    if (!*marked) {
        patch->sites++;
        patch->sites_now++;
        page->sites++;
        page_watch(cpu, address);
    }
    *marked = (u8)MAX(*marked, length);      /* the same bytes may be 16-bit and 32-bit code */
}

/* The site goes on in the page that begins at `second`. */
static void site_straddles(struct cpu *cpu, u32 address, u32 second)
{
    page_of(cpu->monitor->patch, second)->before = (address >> PAGE_SHIFT) + 1;
    page_watch(cpu, second);
}

/* Privileged instructions trap by themselves. */
static bool needs_patch(const struct insn *insn)
{
    return insn->op == OP_sensitive && sensitive_unprivileged(insn->row);
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
        u32 address = (block->physical & PAGE_MASK) | insn->page_offset;
        unsigned head = PAGE_SIZE - insn->page_offset;
        site_mark(cpu, address, insn->len);
        if (head < insn->len && cpu_translate_peek(cpu, cpu->sys.seg[CS].base + eip + head, &second))
            site_straddles(cpu, address, second & PAGE_MASK);
    }
}

static void site_forget(struct patch *patch, struct patch_page *page, unsigned at)
{
    page->length[at] = 0;
    page->sites--;
    patch->sites_now--;
    patch->overwritten++;
}

/* Whether bytes [at, end) of a page belong to sites, which begin there or a little before; `forget`: these are gone. */
static bool sites_touched(struct patch *patch, struct patch_page *page, int at, int end, bool forget)
{
    struct patch_page *before = page->before ? patch->page[page->before - 1] : NULL;
    bool touched = false;
    for (int from = at - (INSN_MAX_BYTES - 1); from < end; from++) {
        struct patch_page *in = from < 0 ? before : page;
        unsigned start = (unsigned)from & ~PAGE_MASK;
        if (!in || !in->length[start] || from + in->length[start] <= at)
            continue;
        touched = true;
        if (forget)
            site_forget(patch, in, start);
    }
    return touched;
}

void patch_written(struct patch *patch, u32 address, u32 length)
{
    struct patch_page *page = patch->page[address >> PAGE_SHIFT];
    int at = (int)(address & ~PAGE_MASK), end = (int)MIN((u32)at + length, (u32)PAGE_SIZE);
    if (page && sites_touched(patch, page, at, end, true) && !page->sites && !page->before)
        page_flag(patch, address, false);
}

void patch_read(struct patch *patch, u32 address, u32 length)
{
    struct patch_page *page = patch->page[address >> PAGE_SHIFT];
    int at = (int)(address & ~PAGE_MASK), end = (int)MIN((u32)at + length, (u32)PAGE_SIZE);
    if (page && sites_touched(patch, page, at, end, false))
        patch->hidden_reads++;
}

void patch_print(const struct patch *patch, void (*line)(void *self, const char *text), void *self)
{
    char text[240];
    snprintf(text, sizeof text,
             "patch: %llu pages and %llu blocks of kernel code scanned, %llu sites patched, %llu of them "
             "overwritten since; %llu reads of patched bytes to be hidden", (unsigned long long)patch->pages_scanned,
             (unsigned long long)patch->blocks_scanned, (unsigned long long)patch->sites,
             (unsigned long long)patch->overwritten, (unsigned long long)patch->hidden_reads);
    line(self, text);
}
