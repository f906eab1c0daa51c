/* `info gdt|ldt|idt|tss|eflags|fpu` of the console: descriptors, the task state and flags in words (SDM volume 3, 3.4.5,
 * 3.5, 6.11, 7.2). The tables are the guest's, and may be anything. */
#include "frontend/info.h"
#include "frontend/expression.h"
#include "frontend/peek.h"
#include "frontend/symbols.h"
#include <string.h>

enum { IOPB_BYTES = 8192, DESCRIPTOR_BYTES = 8 };

static const char *const system_types[16] = {
    "reserved", "16-bit TSS, available", "LDT", "16-bit TSS, busy", "16-bit call gate", "task gate", "16-bit interrupt gate",
    "16-bit trap gate", "reserved", "32-bit TSS, available", "reserved", "32-bit TSS, busy", "32-bit call gate", "reserved",
    "32-bit interrupt gate", "32-bit trap gate",
};

static bool is_gate(u8 access) { return !(access & 0x10) && ((access & 15) >= 12 || (access & 4)); }

static void gate_print(struct session *session, const u8 *d, FILE *out)
{
    u32 offset = get16(d) | (u32)get16(d + 6) << 16;
    char symbol[80];
    bool task = (d[5] & 15) == 5;
    if (!(d[5] & 8)) offset = get16(d);
    fprintf(out, "%s, %04x", system_types[d[5] & 15], get16(d + 2));
    if (!task) fprintf(out, ":%08x", offset);
    if (!task && session_symbol(session, offset, symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
    if (!task && (d[5] & 7) == 4 && d[4] & 31) fprintf(out, ", %u parameters", d[4] & 31);
}

static void segment_print(const u8 *d, FILE *out)
{
    u32 base = get16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24, limit = get16(d) | (u32)(d[6] & 15) << 16;
    bool pages = d[6] & 0x80, code = d[5] & 8;
    if (pages) limit = limit << 12 | 0xfff;
    if (!(d[5] & 0x10)) fputs(system_types[d[5] & 15], out);
    else if (code) fprintf(out, "%s-bit code, %s%s", d[6] & 0x40 ? "32" : "16", d[5] & 2 ? "readable" : "execute-only", d[5] & 4 ? ", conforming" : "");
    else fprintf(out, "%s-bit data, %s%s", d[6] & 0x40 ? "32" : "16", d[5] & 2 ? "writable" : "read-only", d[5] & 4 ? ", expand-down" : "");
    if (d[5] & 0x10) fprintf(out, "%s", d[5] & 1 ? ", accessed" : "");
    fprintf(out, ", base %08x limit %08x", base, limit);
}

static void descriptor_print(struct session *session, const u8 *d, FILE *out)
{
    if (is_gate(d[5])) gate_print(session, d, out);
    else segment_print(d, out);
    fprintf(out, ", DPL %u%s\n", d[5] >> 5 & 3, d[5] & 0x80 ? "" : ", not present");
}

/* "[FIRST [LAST]]": the entries from `argument`, or all. */
static bool span_take(struct session *session, const char *argument, u64 *first, u64 *last, FILE *out)
{
    struct error why;
    if (!*argument) return true;
    if (expression_take(session, &argument, first, &why)) {
        *last = *first;
        if (!*argument || expression_value(session, argument, last, &why)) return true;
    }
    fprintf(out, "%s\n", why.text);
    return false;
}

static void table_print(struct session *session, const char *name, u32 base, u32 limit, unsigned step, const char *argument, FILE *out)
{
    u64 first = 0, last = UINT32_MAX;
    if (!span_take(session, argument, &first, &last, out)) return;
    fprintf(out, "%s base %08x limit %08x\n", name, base, limit);
    for (u64 i = first; i <= last && i * DESCRIPTOR_BYTES + 7 <= MIN(limit, 0xffffu); i++) {
        u8 d[DESCRIPTOR_BYTES];
        if (peek_bytes(session->machine, false, base + (u32)i * DESCRIPTOR_BYTES, d, 8) != 8) {
            fprintf(out, "%04x: no memory that can be read\n", (u32)i * step);
            break;
        }
        bool empty = true;
        for (unsigned b = 0; b < 8; b++) empty &= !d[b];
        if (empty && first != last) continue;
        fprintf(out, "%0*x: ", step == 1 ? 2 : 4, (u32)i * step);
        descriptor_print(session, d, out);
    }
}

void info_gdt(struct session *session, const char *argument, FILE *out)
{
    const struct system *sys = &session->machine->cpu.sys;
    table_print(session, "GDT", sys->gdtr.base, sys->gdtr.limit, DESCRIPTOR_BYTES, argument, out);
}

void info_ldt(struct session *session, const char *argument, FILE *out)
{
    const struct system *sys = &session->machine->cpu.sys;
    if (!(sys->ldtr.selector & ~3)) fputs("there is no LDT\n", out);
    else table_print(session, "LDT", sys->ldtr.base, sys->ldtr.limit, DESCRIPTOR_BYTES, argument, out);
}

/* In real mode four bytes each. */
static void vectors_print(struct session *session, const char *argument, FILE *out)
{
    const struct system *sys = &session->machine->cpu.sys;
    u64 first = 0, last = 255;
    char symbol[80];
    if (!span_take(session, argument, &first, &last, out)) return;
    fprintf(out, "IDT base %08x limit %04x, in real mode\n", sys->idtr.base, sys->idtr.limit);
    for (u64 i = first; i <= MIN(last, (u64)255) && i * 4 + 3 <= sys->idtr.limit; i++) {
        u8 d[4];
        if (peek_bytes(session->machine, false, sys->idtr.base + (u32)i * 4, d, 4) != 4) break;
        fprintf(out, "%02x: %04x:%04x", (u32)i, get16(d + 2), get16(d));
        if (session_symbol(session, ((u32)get16(d + 2) << 4) + get16(d), symbol, sizeof symbol)) fprintf(out, " <%s>", symbol);
        fputc('\n', out);
    }
}

void info_idt(struct session *session, const char *argument, FILE *out)
{
    const struct system *sys = &session->machine->cpu.sys;
    if (sys->cr0 & CR0_PE) table_print(session, "IDT", sys->idtr.base, sys->idtr.limit, 1, argument, out);
    else vectors_print(session, argument, out);
}

/* The ports that the I/O permission map lets through, as ranges. */
static void ports_print(struct session *session, const struct segment *tr, FILE *out)
{
    u8 word[2], map[IOPB_BYTES];
    if (peek_bytes(session->machine, false, tr->base + 102, word, 2) != 2) return;
    u32 at = get16(word), have = at <= tr->limit ? MIN(tr->limit + 1 - at, (u32)IOPB_BYTES) : 0, from = 0;
    have = peek_bytes(session->machine, false, tr->base + at, map, have);
    fprintf(out, "I/O permission map at %04x; ports let through:", at);
    bool open = false, any = false;
    for (u32 port = 0; port <= have * 8; port++) {
        bool lets = port < have * 8 && !(map[port / 8] >> port % 8 & 1);
        if (lets && !open) from = port;
        if (!lets && open) any = true, fprintf(out, from == port - 1 ? " %04x" : " %04x-%04x", from, port - 1);
        open = lets;
    }
    fputs(any ? "\n" : " none\n", out);
}

void info_tss(struct session *session, const char *argument, FILE *out)
{
    static const struct { const char *name; u8 at32, at16, wide; } fields[] = {
        { "link", 0, 0, 0 }, { "ESP0", 4, 2, 1 }, { "SS0", 8, 4, 0 }, { "ESP1", 12, 6, 1 }, { "SS1", 16, 8, 0 }, { "ESP2", 20, 10, 1 },
        { "SS2", 24, 12, 0 }, { "EIP", 32, 14, 1 }, { "EFLAGS", 36, 16, 1 }, { "EAX", 40, 18, 1 }, { "ECX", 44, 20, 1 }, { "EDX", 48, 22, 1 },
        { "EBX", 52, 24, 1 }, { "ESP", 56, 26, 1 }, { "EBP", 60, 28, 1 }, { "ESI", 64, 30, 1 }, { "EDI", 68, 32, 1 }, { "ES", 72, 34, 0 },
        { "CS", 76, 36, 0 }, { "SS", 80, 38, 0 }, { "DS", 84, 40, 0 }, { "LDTR", 96, 42, 0 }, { "FS", 88, 0xff, 0 }, { "GS", 92, 0xff, 0 },
    };
    const struct segment *tr = &session->machine->cpu.sys.tr;
    bool wide = tr->attr & 8;
    (void)argument;
    if (!(tr->selector & ~3)) {
        fputs("there is no TSS\n", out);
        return;
    }
    fprintf(out, "TR %04x base %08x limit %08x, %s-bit TSS\n", tr->selector, tr->base, tr->limit, wide ? "32" : "16");
    unsigned count = ARRAY_LEN(fields) - (wide ? 0 : 2);
    for (unsigned i = 0; i < count; i++) {
        u8 word[4] = { 0 };
        unsigned bytes = wide && fields[i].wide ? 4 : 2;
        bool there = peek_bytes(session->machine, false, tr->base + (wide ? fields[i].at32 : fields[i].at16), word, bytes) == bytes;
        if (there) fprintf(out, "%s%-6s %0*x", i % 4 ? "  " : "", fields[i].name, (int)bytes * 2, get32(word));
        if (there && (i % 4 == 3 || i + 1 == count)) fputc('\n', out);
    }
    if (wide) ports_print(session, tr, out);
}

void info_eflags(struct session *session, const char *argument, FILE *out)
{
    static const struct { const char *name; u8 bit; } flags[] = {
        { "id", 21 }, { "vip", 20 }, { "vif", 19 }, { "ac", 18 }, { "vm", 17 }, { "rf", 16 }, { "nt", 14 }, { "of", 11 }, { "df", 10 },
        { "if", 9 }, { "tf", 8 }, { "sf", 7 }, { "zf", 6 }, { "af", 4 }, { "pf", 2 }, { "cf", 0 },
    };
    u32 eflags = eflags_get(&session->machine->cpu);
    (void)argument;
    fprintf(out, "%08x: iopl=%u", eflags, eflags >> 12 & 3);
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        char name[4] = "";
        for (unsigned c = 0; flags[i].name[c]; c++) name[c] = eflags >> flags[i].bit & 1 ? (char)(flags[i].name[c] - 32) : flags[i].name[c];
        fprintf(out, " %s", name);
    }
    fputs(" (upper case: set)\n", out);
}

void info_fpu(struct session *session, const char *argument, FILE *out)
{
    const struct fpu *fpu = &session->machine->cpu.fpu;
    (void)argument;
    fprintf(out, "FCW %04x FSW %04x TOP %u FIP %04x:%08x FDP %04x:%08x FOP %03x\n", fpu->fcw, fpu->fsw, fpu->top & 7u, fpu->fcs, fpu->fip,
            fpu->fds, fpu->fdp, fpu->fop);
    for (unsigned i = 0; i < 8; i++) {
        unsigned physical = (fpu->top + i) & 7;
        u64 fraction;
        u16 exponent;
        memcpy(&fraction, fpu->st[physical], 8);
        memcpy(&exponent, fpu->st[physical] + 8, 2);
        fprintf(out, "ST%u %04x.%016llx%s\n", i, exponent, (unsigned long long)fraction, fpu->empty >> physical & 1 ? " empty" : "");
    }
}
