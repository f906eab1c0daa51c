/* `info tlb|pg|mem` and `page` of the console: what the guest's page tables say and what the TLB keeps of them (SDM volume 3,
 * 4.3). Read without setting an accessed bit; the tables may be anything. */
#include "frontend/info.h"
#include "cpu/paging.h"
#include "frontend/expression.h"
#include "frontend/peek.h"

enum { ENTRIES = 1024 };

static bool entry_read(const struct session *session, u32 table, u32 index, u32 *entry)
{
    u8 bytes[4];
    if (peek_bytes(session->machine, true, (table & PAGE_MASK) + index * 4, bytes, 4) != 4) return false;
    *entry = get32(bytes);
    return true;
}

static bool paged(const struct session *session, FILE *out)
{
    bool on = session->machine->cpu.sys.cr0 & CR0_PG;
    if (!on) fputs("paging is off: linear addresses are physical\n", out);
    return on;
}

static void bits_print(u32 entry, bool leaf, FILE *out)
{
    static const struct { u32 bit; char letter; } bits[] = { { PTE_G, 'G' }, { PTE_PS, 'S' }, { PTE_D, 'D' }, { PTE_A, 'A' }, { 16, 'C' }, { 8, 'T' },
                                                             { PTE_U, 'U' }, { PTE_W, 'W' }, { PTE_P, 'P' } };
    for (unsigned i = 0; i < ARRAY_LEN(bits); i++)
        fputc(entry & bits[i].bit && (leaf || bits[i].bit != PTE_G) ? bits[i].letter : '-', out);
}

/* A 4 MiB page, if the model and CR4 have them. */
static bool is_large(const struct session *session, u32 pde) { return pde & PTE_PS && session->machine->cpu.sys.cr4 & CR4_PSE; }

/* ---- pg: every table, equal neighbours in one line ---- */
static void tables_print(const struct session *session, u32 pde, u32 base, FILE *out)
{
    u32 pte = 0, from = 0, first = 0;
    for (u32 i = 0; i <= ENTRIES; i++) {
        u32 entry = 0;
        if (i < ENTRIES && !entry_read(session, pde, i, &entry)) entry = 0;
        bool goes_on = i < ENTRIES && i > 0 && pte & PTE_P && (entry & 0xfff) == (pte & 0xfff) && entry == first + (i - from) * PAGE_SIZE;
        if (goes_on) continue;
        if (pte & PTE_P) {
            fprintf(out, "  [%05x-%05x]  PTE[%03x-%03x] ", (base >> 12) + from, (base >> 12) + i - 1, from, i - 1);
            bits_print(pte, true, out);
            fprintf(out, " %05x-%05x\n", first >> 12, (first >> 12) + (i - 1 - from));
        }
        pte = first = entry;
        from = i;
    }
}

void info_pg(struct session *session, const char *argument, FILE *out)
{
    u32 cr3 = session->machine->cpu.sys.cr3, pde;
    (void)argument;
    if (!paged(session, out)) return;
    fprintf(out, "CR3 %08x; linear pages, entries, bits GSDACTUWP, physical pages\n", cr3);
    for (u32 i = 0; i < ENTRIES; i++) {
        if (!entry_read(session, cr3, i, &pde) || !(pde & PTE_P)) continue;
        fprintf(out, "[%05x-%05x] PDE[%03x] ", i << 10, (i << 10) + ENTRIES - 1, i);
        bits_print(pde, is_large(session, pde), out);
        fprintf(out, is_large(session, pde) ? " %05x-%05x\n" : " table %05x\n", pde >> 12, (pde >> 12) + ENTRIES - 1);
        if (!is_large(session, pde)) tables_print(session, pde, i << 22, out);
    }
}

/* ---- mem: what may be done where, as QEMU writes it ---- */
static u32 rights(u32 pde, u32 pte) { return (pde & pte & PTE_P) ? PTE_P | (pde & pte & (PTE_U | PTE_W)) : 0; }

static void range_print(u64 from, u64 to, u32 right, FILE *out)
{
    if (!right) return;
    fprintf(out, "%016llx-%016llx %016llx %c%c%c\n", (unsigned long long)from, (unsigned long long)to, (unsigned long long)(to - from),
            right & PTE_U ? 'u' : '-', 'r', right & PTE_W ? 'w' : '-');
}

void info_mem(struct session *session, const char *argument, FILE *out)
{
    u32 cr3 = session->machine->cpu.sys.cr3, pde, pte, right = 0;
    u64 from = 0;
    (void)argument;
    if (!paged(session, out)) return;
    for (u32 i = 0; i < ENTRIES; i++) {
        if (!entry_read(session, cr3, i, &pde)) pde = 0;
        bool whole = !(pde & PTE_P) || is_large(session, pde);
        for (u32 j = 0; j < (whole ? 1u : ENTRIES); j++) {
            if (whole || !entry_read(session, pde, j, &pte)) pte = pde & PTE_P ? pde : 0;
            u64 at = (u64)i << 22 | (u64)j << 12;
            u32 now = rights(pde, pte);
            if (now == right) continue;
            range_print(from, at, right, out);
            from = at;
            right = now;
        }
    }
    range_print(from, 1ull << 32, right, out);
}

/* ---- one walk, step by step ---- */
void info_page(struct session *session, const char *argument, FILE *out)
{
    struct error why;
    struct spot spot;
    u32 entry, cr3 = session->machine->cpu.sys.cr3;
    if (!expression_spot(session, &argument, &spot, &why)) {
        fprintf(out, "%s\n", why.text);
        return;
    }
    if (!paged(session, out)) return;
    u32 linear = spot.linear;
    if (!entry_read(session, cr3, linear >> 22, &entry)) fprintf(out, "PDE %03x at %08x: no memory\n", linear >> 22, (cr3 & PAGE_MASK) + (linear >> 22) * 4);
    else {
        fprintf(out, "PDE %03x at %08x = %08x ", linear >> 22, (cr3 & PAGE_MASK) + (linear >> 22) * 4, entry);
        bits_print(entry, is_large(session, entry), out);
        fputc('\n', out);
        if (entry & PTE_P && is_large(session, entry)) fprintf(out, "4 MiB page: physical %08x\n", (entry & 0xffc00000) | (linear & 0x3fffff));
        else if (entry & PTE_P) {
            u32 table = entry & PAGE_MASK, index = linear >> 12 & 1023;
            if (!entry_read(session, table, index, &entry)) fprintf(out, "PTE %03x at %08x: no memory\n", index, table + index * 4);
            else {
                fprintf(out, "PTE %03x at %08x = %08x ", index, table + index * 4, entry);
                bits_print(entry, true, out);
                if (entry & PTE_P) fprintf(out, "\n4 KiB page: physical %08x\n", (entry & PAGE_MASK) | (linear & 0xfff));
                else fputs("\nnot present\n", out);
            }
        } else fputs("not present\n", out);
    }
}

/* ---- tlb ---- */
static void translations_print(const char *kind, const struct translation *translation, FILE *out)
{
    static const struct { u32 bit; char letter; } bits[] = { { TLB_LARGE, 'S' }, { TLB_GLOBAL, 'G' }, { TLB_DIRTY, 'D' }, { TLB_USER, 'U' }, { TLB_WRITE, 'W' } };
    for (unsigned i = 0; i < TLB_SETS; i++) {
        if (!(translation[i].bits & TLB_VALID)) continue;
        fprintf(out, "%s %08x: %08x ", kind, translation[i].linear & PAGE_MASK, translation[i].physical & PAGE_MASK);
        for (unsigned b = 0; b < ARRAY_LEN(bits); b++) fputc(translation[i].bits & bits[b].bit ? bits[b].letter : '-', out);
        fputc('\n', out);
    }
}

void info_tlb(struct session *session, const char *argument, FILE *out)
{
    const struct tlb *tlb = &session->machine->cpu.tlb;
    (void)argument;
    translations_print("data", tlb->data, out);
    translations_print("code", tlb->code, out);
}
