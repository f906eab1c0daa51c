/* Which encodings there are: every opcode of the one-byte and the 0F map, and where a ModRM byte follows, each /reg in
 * memory and in register form (x87: each register form). Prefixes are not encodings: an instance has some of them by
 * chance. Which of all these are instructions, the chip says. */
#include "frontend/classify_parts.h"
#include "cpu/block.h"
#include "cpu/decode.h"
#include "cpu/dispatcher.h"
#include "cpu/ops.h"
#include <string.h>

enum { ALONE = 4, OPERAND_SIZE = 0x66, TWO_BYTE = 0x0f, NOP = 0x90, REGISTER_FORM = 0xc0, BYTES = 16 };
enum { DISP32 = 5, DISP16 = 6 };           /* ModRM.rm of an operand that is an address alone */

static bool is_prefix(unsigned opcode)
{
    static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3, TWO_BYTE };
    return memchr(prefixes, (int)opcode, sizeof prefixes);
}

static void decode_bytes(const struct chip *chip, bool two_byte, u8 opcode, u8 modrm, struct decoded *out)
{
    u8 bytes[BYTES] = { 0 };
    unsigned n = 0;
    if (two_byte)
        bytes[n++] = TWO_BYTE;
    bytes[n++] = opcode;
    bytes[n] = modrm;
    decode(&chip->cpu, KEY_PROTECTED | KEY_CODE32 | KEY_STACK32, bytes, sizeof bytes, 0, out);
}

/* An address is longer than none; a register's number is in no immediate. */
static bool modrm_follows(const struct chip *chip, bool two_byte, u8 opcode)
{
    for (unsigned reg = 0; reg < 8; reg++) {
        struct decoded plain, address, eax, ecx;
        decode_bytes(chip, two_byte, opcode, (u8)(reg << 3), &plain);
        decode_bytes(chip, two_byte, opcode, (u8)(reg << 3 | DISP32), &address);
        decode_bytes(chip, two_byte, opcode, (u8)(REGISTER_FORM | reg << 3), &eax);
        decode_bytes(chip, two_byte, opcode, (u8)(REGISTER_FORM | reg << 3 | ECX), &ecx);
        if (address.insn.len == plain.insn.len + 4 || eax.insn.rm != ecx.insn.rm)
            return true;
    }
    return false;
}

static void encoding_add(const struct chip *chip, struct encoding *encodings, unsigned *count, struct encoding encoding)
{
    struct decoded decoded;
    decode_bytes(chip, encoding.two_byte, encoding.opcode, encoding.modrm, &decoded);
    encoding.row = decoded.insn.op == OP_sensitive ? decoded.insn.row : NULL;
    encoding.name = encoding.row ? encoding.row->name : decoded.name;
    encodings[(*count)++] = encoding;
}

/* Encodings of one name differ in their operands only. */
static void weights_set(struct encoding *encodings, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bool sisters = false;
        for (unsigned k = 0; k < count; k++)
            sisters |= k != i && encodings[k].memory == encodings[i].memory && strcmp(encodings[k].name, encodings[i].name) == 0;
        encodings[i].weight = sisters ? 1 : ALONE;
    }
}

static void opcode_add(struct chip *chip, struct encoding *encodings, unsigned *count, bool two_byte, u8 opcode)
{
    bool x87 = !two_byte && opcode >> 3 == 0xd8 >> 3;
    unsigned first = *count;
    struct encoding encoding = { .opcode = opcode, .two_byte = two_byte, .weight = ALONE };
    if (!modrm_follows(chip, two_byte, opcode)) {
        encoding_add(chip, encodings, count, encoding);
        return;
    }
    encoding.has_modrm = true;
    for (unsigned reg = 0; reg < 8; reg++) {
        encoding.memory = true;
        encoding.modrm = (u8)(reg << 3 | DISP32);
        encoding_add(chip, encodings, count, encoding);
        encoding.memory = false;
        for (unsigned rm = 0; rm < (x87 ? 8u : 1u); rm++) {
            encoding.modrm = (u8)(REGISTER_FORM | reg << 3 | rm);
            encoding_add(chip, encodings, count, encoding);
        }
    }
    weights_set(encodings + first, *count - first);
}

unsigned encodings_make(struct chip *chip, struct encoding *encodings)
{
    unsigned count = 0;
    for (unsigned opcode = 0; opcode < 512; opcode++)
        if (opcode >= 256 || !is_prefix(opcode))
            opcode_add(chip, encodings, &count, opcode >= 256, (u8)opcode);
    return count;
}

/* ---- an instance ---- */
static unsigned prefixes_put(struct random *random, u8 *bytes)
{
    static const u8 segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
    unsigned n = 0;
    if (random_one_in(random, 8))
        bytes[n++] = segments[random_below(random, ARRAY_LEN(segments))];
    if (random_one_in(random, 8))
        bytes[n++] = random_one_in(random, 2) ? 0xf2 : 0xf3;
    if (random_one_in(random, 2))
        bytes[n++] = OPERAND_SIZE;
    return n;
}

/* A memory operand is somewhere in the window, a register one in any register. */
static unsigned operand_put(const struct encoding *encoding, bool code32, struct random *random, u8 *bytes)
{
    u32 offset = WINDOW_OFFSET + 16 * random_below(random, 4) + (code32 ? AT_DATA : 0);
    unsigned x87 = encoding->opcode >> 3 == 0xd8 >> 3 && !encoding->two_byte;
    bytes[0] = encoding->modrm;
    if (!encoding->memory) {
        if (!x87)
            bytes[0] = (u8)(encoding->modrm | random_below(random, 8));
        return 1;
    }
    if (!code32)
        bytes[0] = (u8)((encoding->modrm & ~7) | DISP16);
    memcpy(bytes + 1, &offset, 4);
    return code32 ? 5 : 3;
}

/* Immediates: a far pointer of either size, a small number, or some value. */
static void immediate_put(bool operand32, struct random *random, u8 *bytes)
{
    u32 kind = random_below(random, 4), value = states_value(random), selector = states_selector(random);
    if (kind == 0)
        value = random_one_in(random, 2) ? 0 : random_below(random, 5) * 4;
    else if (kind < 3)
        value = CODE_OFFSET + random_below(random, 0x400) + (operand32 ? AT_CODE : 0);
    memcpy(bytes, &value, 4);
    memcpy(bytes + (operand32 ? 4 : 2), &selector, 2);
}

void encoding_bytes(const struct encoding *encoding, const struct chip_state *state, struct random *random, u8 *bytes)
{
    u8 work[3 * BYTES];
    bool code32 = state_code32(state);
    memset(work, NOP, sizeof work);
    unsigned n = prefixes_put(random, work);
    bool operand32 = code32 != (n > 0 && work[n - 1] == OPERAND_SIZE);
    if (encoding->two_byte)
        work[n++] = TWO_BYTE;
    work[n++] = encoding->opcode;
    if (encoding->has_modrm)
        n += operand_put(encoding, code32, random, work + n);
    immediate_put(operand32, random, work + n);
    memcpy(bytes, work, BYTES);
}

unsigned encoding_length(const struct chip *chip, const struct chip_state *state, const u8 *bytes)
{
    struct decoded decoded;
    u32 key = state_code32(state) ? KEY_CODE32 : 0;
    if (state_mode(state) != IN_REAL)
        key |= state_mode(state) == IN_V86 ? KEY_V86 : KEY_PROTECTED;
    decode(&chip->cpu, key, bytes, BYTES, 0, &decoded);
    return decoded.insn.len;
}
