/* What is sensitive and what is not, written by hand from the SDM's opcode maps and design.md 1: nothing here reads
 * cpu/sensitive.def but for the rows' numbers. Whatever is on neither list is unknown, and may not be executed. */
#include "tests/monitor/list.h"

#define M(name) ZYDIS_MNEMONIC_##name
enum { ANY = -1, ONE = ZYDIS_OPCODE_MAP_DEFAULT, TWO = ZYDIS_OPCODE_MAP_0F };
static const struct { short mnemonic, map, opcode, row; } sensitive[] = {
    { M(SGDT), ANY, ANY, SENS_sgdt }, { M(SIDT), ANY, ANY, SENS_sidt }, { M(SLDT), ANY, ANY, SENS_sldt },
    { M(STR), ANY, ANY, SENS_str }, { M(SMSW), ANY, ANY, SENS_smsw }, { M(LGDT), ANY, ANY, SENS_lgdt },
    { M(LIDT), ANY, ANY, SENS_lidt }, { M(LLDT), ANY, ANY, SENS_lldt }, { M(LTR), ANY, ANY, SENS_ltr },
    { M(LMSW), ANY, ANY, SENS_lmsw }, { M(CLTS), ANY, ANY, SENS_clts }, { M(INVLPG), ANY, ANY, SENS_invlpg },
    { M(INVD), ANY, ANY, SENS_invd }, { M(WBINVD), ANY, ANY, SENS_wbinvd }, { M(HLT), ANY, ANY, SENS_hlt },
    { M(RDMSR), ANY, ANY, SENS_rdmsr }, { M(WRMSR), ANY, ANY, SENS_wrmsr }, { M(RSM), ANY, ANY, SENS_rsm },
    { M(RDTSC), ANY, ANY, SENS_rdtsc }, { M(RDPMC), ANY, ANY, SENS_rdpmc }, { M(CPUID), ANY, ANY, SENS_cpuid },
    { M(LAR), ANY, ANY, SENS_lar }, { M(LSL), ANY, ANY, SENS_lsl }, { M(VERR), ANY, ANY, SENS_verr },
    { M(VERW), ANY, ANY, SENS_verw }, { M(BOUND), ANY, ANY, SENS_bound },
    { M(PUSHF), ANY, ANY, SENS_pushf }, { M(PUSHFD), ANY, ANY, SENS_pushf },
    { M(POPF), ANY, ANY, SENS_popf }, { M(POPFD), ANY, ANY, SENS_popf },
    { M(PUSH), ONE, 0x06, SENS_push_es }, { M(PUSH), ONE, 0x0e, SENS_push_cs }, { M(PUSH), ONE, 0x16, SENS_push_ss },
    { M(PUSH), ONE, 0x1e, SENS_push_ds }, { M(PUSH), TWO, 0xa0, SENS_push_fs }, { M(PUSH), TWO, 0xa8, SENS_push_gs },
    { M(POP), ONE, 0x07, SENS_pop_es }, { M(POP), ONE, 0x17, SENS_pop_ss }, { M(POP), ONE, 0x1f, SENS_pop_ds },
    { M(POP), TWO, 0xa1, SENS_pop_fs }, { M(POP), TWO, 0xa9, SENS_pop_gs },
    { M(MOV), ONE, 0x8c, SENS_mov_from_sreg }, { M(MOV), ONE, 0x8e, SENS_mov_to_sreg },
    { M(MOV), TWO, 0x20, SENS_mov_from_cr }, { M(MOV), TWO, 0x22, SENS_mov_to_cr },
    { M(MOV), TWO, 0x21, SENS_mov_from_dr }, { M(MOV), TWO, 0x23, SENS_mov_to_dr },
    { M(MOV), TWO, 0x24, LIST_UNDEFINED }, { M(MOV), TWO, 0x26, LIST_UNDEFINED },      /* test registers: gone */
    { M(LDS), ANY, ANY, SENS_lds }, { M(LES), ANY, ANY, SENS_les }, { M(LSS), ANY, ANY, SENS_lss },
    { M(LFS), ANY, ANY, SENS_lfs }, { M(LGS), ANY, ANY, SENS_lgs },
    { M(CALL), ONE, 0x9a, SENS_call_far_ptr }, { M(JMP), ONE, 0xea, SENS_jmp_far_ptr },
    { M(RET), ONE, 0xcb, SENS_ret_far }, { M(RET), ONE, 0xca, SENS_ret_far_imm },
    { M(INT), ANY, ANY, SENS_int_n }, { M(INT3), ANY, ANY, SENS_int3 }, { M(INTO), ANY, ANY, SENS_into },
    { M(INT1), ANY, ANY, SENS_icebp }, { M(IRET), ANY, ANY, SENS_iret }, { M(IRETD), ANY, ANY, SENS_iret },
    { M(SYSENTER), ANY, ANY, SENS_sysenter }, { M(SYSEXIT), ANY, ANY, SENS_sysexit },
    { M(FNSTENV), ANY, ANY, SENS_fnstenv }, { M(FNSAVE), ANY, ANY, SENS_fnsave }, { M(FXSAVE), ANY, ANY, SENS_fxsave },
    { M(CLI), ANY, ANY, SENS_cli }, { M(STI), ANY, ANY, SENS_sti },
    { M(IN), ONE, 0xe4, SENS_in_imm }, { M(IN), ONE, 0xe5, SENS_in_imm },
    { M(IN), ONE, 0xec, SENS_in_dx }, { M(IN), ONE, 0xed, SENS_in_dx },
    { M(OUT), ONE, 0xe6, SENS_out_imm }, { M(OUT), ONE, 0xe7, SENS_out_imm },
    { M(OUT), ONE, 0xee, SENS_out_dx }, { M(OUT), ONE, 0xef, SENS_out_dx },
    { M(INSB), ANY, ANY, SENS_ins }, { M(INSW), ANY, ANY, SENS_ins }, { M(INSD), ANY, ANY, SENS_ins },
    { M(OUTSB), ANY, ANY, SENS_outs }, { M(OUTSW), ANY, ANY, SENS_outs }, { M(OUTSD), ANY, ANY, SENS_outs },
};

static const short innocuous[] = {
    M(AAA), M(AAD), M(AAM), M(AAS), M(ADC), M(ADD), M(AND), M(ARPL), M(BSF), M(BSR), M(BSWAP), M(BT), M(BTC), M(BTR),
    M(BTS), M(CALL), M(CBW), M(CDQ), M(CLC), M(CLD), M(CMC), M(CMP), M(CMPSB), M(CMPSW), M(CMPSD), M(CMPXCHG),
    M(CMPXCHG8B), M(CWD), M(CWDE), M(DAA), M(DAS), M(DEC), M(DIV), M(ENTER), M(IDIV), M(IMUL), M(INC), M(JB), M(JBE),
    M(JCXZ), M(JECXZ), M(JL), M(JLE), M(JMP), M(JNB), M(JNBE), M(JNL), M(JNLE), M(JNO), M(JNP), M(JNS), M(JNZ), M(JO),
    M(JP), M(JS), M(JZ), M(LAHF), M(LEA), M(LEAVE), M(LODSB), M(LODSW), M(LODSD), M(LOOP), M(LOOPE), M(LOOPNE), M(MOV),
    M(MOVSB), M(MOVSW), M(MOVSD), M(MOVSX), M(MOVZX), M(MUL), M(NEG), M(NOP), M(NOT), M(OR), M(POP), M(POPA), M(POPAD),
    M(PUSH), M(PUSHA), M(PUSHAD), M(RCL), M(RCR), M(RET), M(ROL), M(ROR), M(SAHF), M(SALC), M(SAR), M(SBB), M(SCASB),
    M(SCASW), M(SCASD), M(SETB), M(SETBE), M(SETL), M(SETLE), M(SETNB), M(SETNBE), M(SETNL), M(SETNLE), M(SETNO),
    M(SETNP), M(SETNS), M(SETNZ), M(SETO), M(SETP), M(SETS), M(SETZ), M(SHL), M(SHLD), M(SHR), M(SHRD), M(STC), M(STD),
    M(STOSB), M(STOSW), M(STOSD), M(SUB), M(TEST), M(XADD), M(XCHG), M(XLAT), M(XOR), M(CMOVB), M(CMOVBE), M(CMOVL),
    M(CMOVLE), M(CMOVNB), M(CMOVNBE), M(CMOVNL), M(CMOVNLE), M(CMOVNO), M(CMOVNP), M(CMOVNS), M(CMOVNZ), M(CMOVO),
    M(CMOVP), M(CMOVS), M(CMOVZ), M(FXRSTOR), M(FWAIT), M(PREFETCHNTA), M(PREFETCHT0), M(PREFETCHT1), M(PREFETCHT2),
};

static int far_indirect(const ZydisDecodedInstruction *insn)
{
    bool group5 = insn->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT && insn->opcode == 0xff;
    if (group5 && insn->raw.modrm.reg == 3) return SENS_call_far_mem;
    if (group5 && insn->raw.modrm.reg == 5) return SENS_jmp_far_mem;
    return LIST_UNKNOWN;
}

/* Past its prefixes, is it LOADALL or SYSRET's opcode? On these processors it is the former, and undefined. */
static bool is_loadall(const u8 *bytes)
{
    static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3 };
    for (unsigned k = 0; k < sizeof prefixes; k++)
        if (*bytes == prefixes[k]) return is_loadall(bytes + 1);
    return bytes[0] == 0x0f && bytes[1] == 0x07;
}

int list_classify(const ZydisDecodedInstruction *insn, bool decoded, const u8 *bytes)
{
    if (is_loadall(bytes)) return SENS_loadall;
    if (!decoded) return LIST_UNDEFINED;
    int row = far_indirect(insn);
    if (row != LIST_UNKNOWN) return row;
    for (unsigned k = 0; k < ARRAY_LEN(sensitive); k++)
        if (sensitive[k].mnemonic == (short)insn->mnemonic &&
            (sensitive[k].map == ANY || sensitive[k].map == (short)insn->opcode_map) &&
            (sensitive[k].opcode == ANY || sensitive[k].opcode == insn->opcode))
            return sensitive[k].row;
    if (insn->meta.category == ZYDIS_CATEGORY_X87_ALU || insn->meta.category == ZYDIS_CATEGORY_FCMOV)
        return LIST_INNOCUOUS;
    for (unsigned k = 0; k < ARRAY_LEN(innocuous); k++)
        if (innocuous[k] == (short)insn->mnemonic) return LIST_INNOCUOUS;
    return insn->mnemonic == ZYDIS_MNEMONIC_UD0 || insn->mnemonic == ZYDIS_MNEMONIC_UD1 ||
           insn->mnemonic == ZYDIS_MNEMONIC_UD2 ? LIST_UNDEFINED : LIST_UNKNOWN;
}
