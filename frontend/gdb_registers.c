/* The registers that gdb sees, and the target description that tells it of them: the features org.gnu.gdb.i386.core and
 * .sse as gdb knows them, and one of ours with what a monitor controls. */
#include "frontend/gdb_parts.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REGISTER_BYTES = 16 };
enum what { GPR, PC, FLAGS, SELECTOR, ST, X87, XMM, MXCSR, BASE, LIMIT, ATTR, TABLE_BASE, TABLE_LIMIT, CR, DR, EFER, CPL,
            CODE32, OFFSET, CYCLES, INSNS };
struct reg { const char *name, *type; u16 bytes; u8 what, index; };
enum { LDT = 6, TASK = 7 };

static const struct reg core[] = {
    { "eax", "int32", 4, GPR, EAX }, { "ecx", "int32", 4, GPR, ECX }, { "edx", "int32", 4, GPR, EDX },
    { "ebx", "int32", 4, GPR, EBX }, { "esp", "data_ptr", 4, GPR, ESP }, { "ebp", "data_ptr", 4, GPR, EBP },
    { "esi", "int32", 4, GPR, ESI }, { "edi", "int32", 4, GPR, EDI }, { "eip", "code_ptr", 4, PC, 0 },
    { "eflags", "i386_eflags", 4, FLAGS, 0 }, { "cs", "int32", 4, SELECTOR, CS }, { "ss", "int32", 4, SELECTOR, SS },
    { "ds", "int32", 4, SELECTOR, DS }, { "es", "int32", 4, SELECTOR, ES }, { "fs", "int32", 4, SELECTOR, FS },
    { "gs", "int32", 4, SELECTOR, GS },
#define S(i) { "st" #i, "i387_ext", 10, ST, i }
    S(0), S(1), S(2), S(3), S(4), S(5), S(6), S(7),
#undef S
    { "fctrl", "int", 4, X87, 0 }, { "fstat", "int", 4, X87, 1 }, { "ftag", "int", 4, X87, 2 }, { "fiseg", "int", 4, X87, 3 },
    { "fioff", "int", 4, X87, 4 }, { "foseg", "int", 4, X87, 5 }, { "fooff", "int", 4, X87, 6 }, { "fop", "int", 4, X87, 7 },
};
static const struct reg sse[] = {
#define X(i) { "xmm" #i, "vec128", 16, XMM, i }
    X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7),
#undef X
    { "mxcsr", "i386_mxcsr", 4, MXCSR, 0 },
};
static const struct reg system_regs[] = {
#define SEG(name, i) { name "_base", "data_ptr", 4, BASE, i }, { name "_limit", "uint32", 4, LIMIT, i }, \
                     { name "_attr", "attributes", 4, ATTR, i }
    SEG("cs", CS), SEG("ss", SS), SEG("ds", DS), SEG("es", ES), SEG("fs", FS), SEG("gs", GS),
    { "ldtr", "uint32", 4, SELECTOR, LDT }, SEG("ldtr", LDT), { "tr", "uint32", 4, SELECTOR, TASK }, SEG("tr", TASK),
#undef SEG
    { "gdtr_base", "data_ptr", 4, TABLE_BASE, 0 }, { "gdtr_limit", "uint32", 4, TABLE_LIMIT, 0 },
    { "idtr_base", "data_ptr", 4, TABLE_BASE, 1 }, { "idtr_limit", "uint32", 4, TABLE_LIMIT, 1 },
    { "cr0", "cr0_flags", 4, CR, 0 }, { "cr2", "data_ptr", 4, CR, 2 }, { "cr3", "uint32", 4, CR, 3 },
    { "cr4", "cr4_flags", 4, CR, 4 },
    { "dr0", "data_ptr", 4, DR, 0 }, { "dr1", "data_ptr", 4, DR, 1 }, { "dr2", "data_ptr", 4, DR, 2 },
    { "dr3", "data_ptr", 4, DR, 3 }, { "dr6", "uint32", 4, DR, 6 }, { "dr7", "uint32", 4, DR, 7 },
    { "efer", "uint32", 4, EFER, 0 }, { "cpl", "uint32", 4, CPL, 0 }, { "cs_d", "uint32", 4, CODE32, 0 },
    { "ip", "uint32", 4, OFFSET, 0 }, { "cycles", "uint64", 8, CYCLES, 0 }, { "icount", "uint64", 8, INSNS, 0 },
};
struct feature { const char *name; const struct reg *reg; unsigned count; bool is_sse; };
static const struct feature features[] = {
    { "org.gnu.gdb.i386.core", core, ARRAY_LEN(core), false },
    { "org.gnu.gdb.i386.sse", sse, ARRAY_LEN(sse), true },
    { "org.trap86.i386.system", system_regs, ARRAY_LEN(system_regs), false },
};

struct flag { const char *name; u8 from, to; };
static const struct flag eflags_bits[] = {
    { "", 1, 1 }, { "CF", 0, 0 }, { "PF", 2, 2 }, { "AF", 4, 4 }, { "ZF", 6, 6 }, { "SF", 7, 7 }, { "TF", 8, 8 }, { "IF", 9, 9 },
    { "DF", 10, 10 }, { "OF", 11, 11 }, { "IOPL0", 12, 12 }, { "IOPL1", 13, 13 }, { "NT", 14, 14 }, { "RF", 16, 16 },
    { "VM", 17, 17 }, { "AC", 18, 18 }, { "VIF", 19, 19 }, { "VIP", 20, 20 }, { "ID", 21, 21 }, { NULL, 0, 0 } };
static const struct flag mxcsr_bits[] = {
    { "IE", 0, 0 }, { "DE", 1, 1 }, { "ZE", 2, 2 }, { "OE", 3, 3 }, { "UE", 4, 4 }, { "PE", 5, 5 }, { "DAZ", 6, 6 },
    { "IM", 7, 7 }, { "DM", 8, 8 }, { "ZM", 9, 9 }, { "OM", 10, 10 }, { "UM", 11, 11 }, { "PM", 12, 12 }, { "FZ", 15, 15 },
    { NULL, 0, 0 } };
static const struct flag cr0_bits[] = {
    { "PE", 0, 0 }, { "MP", 1, 1 }, { "EM", 2, 2 }, { "TS", 3, 3 }, { "ET", 4, 4 }, { "NE", 5, 5 }, { "WP", 16, 16 },
    { "AM", 18, 18 }, { "NW", 29, 29 }, { "CD", 30, 30 }, { "PG", 31, 31 }, { NULL, 0, 0 } };
static const struct flag cr4_bits[] = {
    { "VME", 0, 0 }, { "PVI", 1, 1 }, { "TSD", 2, 2 }, { "DE", 3, 3 }, { "PSE", 4, 4 }, { "PAE", 5, 5 }, { "MCE", 6, 6 },
    { "PGE", 7, 7 }, { "PCE", 8, 8 }, { "OSFXSR", 9, 9 }, { "OSXMMEXCPT", 10, 10 }, { NULL, 0, 0 } };
static const struct flag attr_bits[] = {
    { "A", 0, 0 }, { "W", 1, 1 }, { "C", 2, 2 }, { "X", 3, 3 }, { "S", 4, 4 }, { "DPL0", 5, 5 }, { "DPL1", 6, 6 },
    { "P", 7, 7 }, { "AVL", 12, 12 }, { "D", 14, 14 }, { "G", 15, 15 }, { NULL, 0, 0 } };
static const struct { const char *feature, *name; const struct flag *flag; } flag_types[] = {
    { "org.gnu.gdb.i386.core", "i386_eflags", eflags_bits }, { "org.gnu.gdb.i386.sse", "i386_mxcsr", mxcsr_bits },
    { "org.trap86.i386.system", "cr0_flags", cr0_bits }, { "org.trap86.i386.system", "cr4_flags", cr4_bits },
    { "org.trap86.i386.system", "attributes", attr_bits },
};

static struct cpu *cpu_of(const struct gdb *gdb) { return &gdb->session->machine->cpu; }

static bool feature_there(const struct cpu *cpu, const struct feature *feature)
{
    return !feature->is_sse || cpu_has(cpu, FEAT_FXSR);
}

/* ---- the description ---- */
static __attribute__((format(printf, 2, 3))) void add(struct gdb *gdb, const char *format, ...)
{
    size_t length = strlen(gdb->target);
    va_list args;
    va_start(args, format);
    vsnprintf(gdb->target + length, sizeof gdb->target - length, format, args);
    va_end(args);
}

static void types_add(struct gdb *gdb, const struct feature *feature)
{
    if (feature->is_sse)
        add(gdb, "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/><vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
                 "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/><vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
                 "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/><vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
                 "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/>"
                 "<field name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\" type=\"v8i16\"/>"
                 "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v2_int64\" type=\"v2i64\"/>"
                 "<field name=\"uint128\" type=\"uint128\"/></union>");
    for (unsigned i = 0; i < ARRAY_LEN(flag_types); i++) {
        if (strcmp(flag_types[i].feature, feature->name) != 0) continue;
        add(gdb, "<flags id=\"%s\" size=\"4\">", flag_types[i].name);
        for (const struct flag *flag = flag_types[i].flag; flag->name; flag++)
            add(gdb, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>", flag->name, flag->from, flag->to);
        add(gdb, "</flags>");
    }
}

/* i386 is never named: where gdb is told nothing, `set architecture` keeps working across a change of mode. */
void gdb_target_make(struct gdb *gdb)
{
    gdb->target[0] = 0;
    add(gdb, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">%s",
        gdb->code16 ? "<architecture>i8086</architecture>" : "");
    for (unsigned f = 0; f < ARRAY_LEN(features); f++) {
        const struct feature *feature = &features[f];
        if (!feature_there(cpu_of(gdb), feature)) continue;
        add(gdb, "<feature name=\"%s\">", feature->name);
        types_add(gdb, feature);
        for (unsigned i = 0; i < feature->count; i++)
            add(gdb, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"%s/>", feature->reg[i].name, feature->reg[i].bytes * 8u,
                feature->reg[i].type, feature->reg[i].what == X87 ? " group=\"float\"" : "");
        add(gdb, "</feature>");
    }
    add(gdb, "</target>");
}

/* ---- values ---- */
/* eip of 16-bit code is made linear, for gdb takes it for an address. */
static u32 pc_base(const struct cpu *cpu, bool offset)
{
    const struct segment *cs = &cpu->sys.seg[CS];
    return offset || (cs->attr & ATTR_DB) ? 0 : cs->base;
}

static const struct segment *segment_of(const struct cpu *cpu, unsigned index)
{
    return index == LDT ? &cpu->sys.ldtr : index == TASK ? &cpu->sys.tr : &cpu->sys.seg[index];
}

/* The tag word as FSTENV makes it, by physical register. */
static u32 tag_word(const struct fpu *fpu)
{
    u32 tags = 0;
    for (unsigned i = 0; i < 8; i++) {
        u64 fraction;
        u16 exponent;
        memcpy(&fraction, fpu->st[i], 8);
        memcpy(&exponent, fpu->st[i] + 8, 2);
        exponent &= 0x7fff;
        u32 tag = fraction >> 63 && exponent && exponent != 0x7fff ? 0 : !fraction && !exponent ? 1 : 2;
        tags |= (fpu->empty >> i & 1 ? 3 : tag) << (2 * i);
    }
    return tags;
}

static u32 x87_value(const struct fpu *fpu, unsigned index)
{
    const u32 values[] = { fpu->fcw, (fpu->fsw & ~0x3800u) | (u32)(fpu->top & 7) << 11, tag_word(fpu), fpu->fcs, fpu->fip,
                           fpu->fds, fpu->fdp, fpu->fop };
    return values[index];
}

static u64 value_of(const struct cpu *cpu, bool offset, const struct reg *reg)
{
    const struct system *sys = &cpu->sys;
    switch (reg->what) {
    case GPR:         return cpu->gpr[reg->index];
    case PC:          return cpu->eip + pc_base(cpu, offset);
    case OFFSET:      return cpu->eip;
    case FLAGS:       return eflags_get(cpu);
    case SELECTOR:    return segment_of(cpu, reg->index)->selector;
    case BASE:        return segment_of(cpu, reg->index)->base;
    case LIMIT:       return segment_of(cpu, reg->index)->limit;
    case ATTR:        return segment_of(cpu, reg->index)->attr;
    case TABLE_BASE:  return reg->index ? sys->idtr.base : sys->gdtr.base;
    case TABLE_LIMIT: return reg->index ? sys->idtr.limit : sys->gdtr.limit;
    case X87:         return x87_value(&cpu->fpu, reg->index);
    case MXCSR:       return cpu->fpu.mxcsr;
    case CR:          return reg->index == 0 ? sys->cr0 : reg->index == 2 ? sys->cr2 : reg->index == 3 ? sys->cr3 : sys->cr4;
    case DR:          return sys->dr[reg->index];
    case CPL:         return sys->cpl;
    case CODE32:      return !!(sys->seg[CS].attr & ATTR_DB);
    case CYCLES:      return cpu->clock->now;
    case INSNS:       return cpu->insns;
    }
    return 0;
}

/* Where the bytes of a wide register lie; NULL: it is a number. */
static u8 *wide(struct cpu *cpu, const struct reg *reg)
{
    if (reg->what == ST) return cpu->fpu.st[(cpu->fpu.top + reg->index) & 7];
    return reg->what == XMM ? cpu->fpu.xmm[reg->index] : NULL;
}

static const struct reg *reg_find(const struct cpu *cpu, unsigned number)
{
    for (unsigned f = 0; f < ARRAY_LEN(features); f++) {
        if (!feature_there(cpu, &features[f])) continue;
        if (number < features[f].count) return &features[f].reg[number];
        number -= features[f].count;
    }
    return NULL;
}

/* The debugger's own places are offsets, as in the guest's code. */
bool gdb_register_value(const struct session *session, const char *name, u64 *value)
{
    const struct cpu *cpu = &session->machine->cpu;
    const struct reg *reg;
    for (unsigned n = 0; (reg = reg_find(cpu, n)); n++)
        if (strcmp(reg->name, name) == 0 && reg->bytes <= sizeof *value) {
            *value = value_of(cpu, true, reg);
            return true;
        }
    return false;
}

bool gdb_register_read(struct gdb *gdb, unsigned number, char *text)
{
    u8 bytes[REGISTER_BYTES];
    const struct reg *reg = reg_find(cpu_of(gdb), number);
    if (!reg) return false;
    const u8 *from = wide(cpu_of(gdb), reg);
    u64 value = from ? 0 : value_of(cpu_of(gdb), gdb->offset, reg);
    for (unsigned i = 0; i < reg->bytes; i++) {
        bytes[i] = from ? from[i] : (u8)(value >> 8 * i);
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return true;
}

void gdb_registers_read(struct gdb *gdb, char *text)
{
    for (unsigned n = 0; gdb_register_read(gdb, n, text); n++) text += strlen(text);
}

static bool value_set(struct cpu *cpu, bool offset, const struct reg *reg, u32 value)
{
    enum { SETTABLE = FLAGS_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID };
    if (reg->what == GPR) cpu->gpr[reg->index] = value;
    else if (reg->what == PC) cpu->eip = value - pc_base(cpu, offset);
    else if (reg->what == OFFSET) cpu->eip = value;
    else if (reg->what == FLAGS) eflags_set(cpu, value, SETTABLE);
    else return value == (u32)value_of(cpu, offset, reg);      /* the others change by instructions only */
    cpu_mode_changed(cpu);
    return true;
}

bool gdb_register_set(struct session *session, const char *name, u32 value)
{
    struct cpu *cpu = &session->machine->cpu;
    const struct reg *reg;
    for (unsigned n = 0; (reg = reg_find(cpu, n)); n++)
        if (strcmp(reg->name, name) == 0) return reg->bytes == 4 && value_set(cpu, true, reg, value);
    return false;
}

bool gdb_register_write(struct gdb *gdb, unsigned number, const char *text)
{
    u8 bytes[REGISTER_BYTES];
    u32 value = 0;
    const struct reg *reg = reg_find(cpu_of(gdb), number);
    if (!reg || !gdb_bytes(text, bytes, reg->bytes)) return false;
    u8 *to = wide(cpu_of(gdb), reg);
    if (to) {
        memcpy(to, bytes, reg->bytes);
        return true;
    }
    for (unsigned i = 0; i < 4; i++) value |= (u32)bytes[i] << 8 * i;
    return value_set(cpu_of(gdb), gdb->offset, reg, value);
}

bool gdb_registers_write(struct gdb *gdb, const char *text)
{
    size_t left = strlen(text) / 2;
    const struct reg *reg;
    for (unsigned n = 0; (reg = reg_find(cpu_of(gdb), n)) && left >= reg->bytes; n++) {
        gdb_register_write(gdb, n, text);
        text += 2 * reg->bytes;
        left -= reg->bytes;
    }
    return true;
}
