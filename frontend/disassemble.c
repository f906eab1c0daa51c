/* Disassembly (disassemble.h) by Zydis 4, or of the length alone, by the processor's decoder. */
#include "frontend/disassemble.h"
#include "cpu/decode.h"
#include "frontend/peek.h"
#include "frontend/symbols.h"
#include <string.h>
#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>
#endif

enum { WORDS = 128, HEX_COLUMNS = 2 * 8 };

unsigned disassemble_bits(const struct session *session)
{
    return session->machine->cpu.sys.seg[CS].attr & ATTR_DB ? 32 : 16;
}

#ifdef HAVE_ZYDIS
/* A branch's target is an offset; its name is at the linear address. */
static void target_name(const struct session *session, const ZydisDisassembledInstruction *insn, u32 address, u32 offset, char *text, size_t size)
{
    ZyanU64 target;
    char symbol[80];
    for (unsigned i = 0; i < insn->info.operand_count_visible; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        bool branch = operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand->imm.is_relative;
        if (!branch || !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&insn->info, operand, offset, &target))) continue;
        if (!session_symbol(session, address - offset + (u32)target, symbol, sizeof symbol)) continue;
        size_t length = strlen(text);
        snprintf(text + length, size - length, " <%s>", symbol);
        return;
    }
}

static unsigned words(const struct session *session, unsigned bits, const u8 *bytes, u32 count, u32 address, u32 offset, char *text)
{
    ZydisDisassembledInstruction insn;
    ZydisMachineMode mode = bits == 16 ? ZYDIS_MACHINE_MODE_LEGACY_16 : ZYDIS_MACHINE_MODE_LEGACY_32;
    if (!ZYAN_SUCCESS(ZydisDisassembleIntel(mode, offset, bytes, count, &insn))) {
        snprintf(text, WORDS, "(bad)");
        return 1;
    }
    snprintf(text, WORDS, "%s", insn.text);
    target_name(session, &insn, address, offset, text, WORDS);
    return insn.info.length;
}
#else
static unsigned words(const struct session *session, unsigned bits, const u8 *bytes, u32 count, u32 address, u32 offset, char *text)
{
    const struct cpu *cpu = &session->machine->cpu;
    struct decoded d;
    (void)address, (void)offset;
    if (bits != disassemble_bits(session)) {
        snprintf(text, WORDS, "(this build has no Zydis)");
        return 1;
    }
    decode(cpu, cpu->key, bytes, count, 0, &d);
    snprintf(text, WORDS, "%s", d.truncated ? "(bad)" : d.name);
    return d.truncated ? 1 : d.insn.len;
}
#endif

unsigned disassemble_line(const struct session *session, unsigned bits, u32 address, bool physical, u32 offset, char *text, size_t size)
{
    u8 bytes[INSN_MAX_BYTES] = { 0 };
    char hex[2 * INSN_MAX_BYTES + 1] = "", said[WORDS];
    u32 have = peek_bytes(session->machine, physical, address, bytes, sizeof bytes);
    if (!have) return 0;
    unsigned length = words(session, bits, bytes, have, address, offset, said);
    for (unsigned i = 0; i < length; i++) snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    snprintf(text, size, "%-*s  %s", HEX_COLUMNS, hex, said);
    return length;
}
