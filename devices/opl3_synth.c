/* The YMF262's synthesis, sample by sample at 49716 Hz: a phase and an envelope per operator, a sine in logarithms, and
 * the exponential that takes it back, in the widths of the chip. */
#include "devices/opl3.h"

enum { ATTACK, DECAY, SUSTAIN, RELEASE };
enum { QUIET = 511, SILENT = 0x1000, KEY_CHANNEL = 1, KEY_RHYTHM = 2 };
enum { REG_FLAGS = 0x20, REG_LEVEL = 0x40, REG_ATTACK = 0x60, REG_SUSTAIN = 0x80, REG_FNUM = 0xA0, REG_KEY = 0xB0,
       REG_RHYTHM = 0xBD, REG_CONNECT = 0xC0, REG_WAVE = 0xE0, REG_NTS = 0x08, REG_FOUR = 0x104, REG_NEW = 0x105 };
enum { FLAG_AM = 0x80, FLAG_VIBRATO = 0x40, FLAG_SUSTAIN = 0x20, FLAG_KSR = 0x10 };
enum { RHYTHM_AM_DEEP = 0x80, RHYTHM_VIBRATO_DEEP = 0x40, RHYTHM_ON = 0x20 };
/* Operators of the rhythm section. */
enum { OP_HIHAT = 13, OP_TOM = 14, OP_SNARE = 16, OP_CYMBAL = 17 };

/* round(-256 log2(sin((i + 1/2) pi / 512))) */
static const u16 log_sine[256] = {
    2137, 1731, 1543, 1419, 1326, 1252, 1190, 1137, 1091, 1050, 1013, 979, 949, 920, 894, 869,
    846, 825, 804, 785, 767, 749, 732, 717, 701, 687, 672, 659, 646, 633, 621, 609,
    598, 587, 576, 566, 556, 546, 536, 527, 518, 509, 501, 492, 484, 476, 468, 461,
    453, 446, 439, 432, 425, 418, 411, 405, 399, 392, 386, 380, 375, 369, 363, 358,
    352, 347, 341, 336, 331, 326, 321, 316, 311, 307, 302, 297, 293, 289, 284, 280,
    276, 271, 267, 263, 259, 255, 251, 248, 244, 240, 236, 233, 229, 226, 222, 219,
    215, 212, 209, 205, 202, 199, 196, 193, 190, 187, 184, 181, 178, 175, 172, 169,
    167, 164, 161, 159, 156, 153, 151, 148, 146, 143, 141, 138, 136, 134, 131, 129,
    127, 125, 122, 120, 118, 116, 114, 112, 110, 108, 106, 104, 102, 100, 98, 96,
    94, 92, 91, 89, 87, 85, 83, 82, 80, 78, 77, 75, 74, 72, 70, 69,
    67, 66, 64, 63, 62, 60, 59, 57, 56, 55, 53, 52, 51, 49, 48, 47,
    46, 45, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30,
    29, 28, 27, 26, 25, 24, 23, 23, 22, 21, 20, 20, 19, 18, 17, 17,
    16, 15, 15, 14, 13, 13, 12, 12, 11, 10, 10, 9, 9, 8, 8, 7,
    7, 7, 6, 6, 5, 5, 5, 4, 4, 4, 3, 3, 3, 2, 2, 2,
    2, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0
};
/* round(1024 (2^(i / 256) - 1)) */
static const u16 exponential[256] = {
    0, 3, 6, 8, 11, 14, 17, 20, 22, 25, 28, 31, 34, 37, 40, 42,
    45, 48, 51, 54, 57, 60, 63, 66, 69, 72, 75, 78, 81, 84, 87, 90,
    93, 96, 99, 102, 105, 108, 111, 114, 117, 120, 123, 126, 130, 133, 136, 139,
    142, 145, 148, 152, 155, 158, 161, 164, 168, 171, 174, 177, 181, 184, 187, 190,
    194, 197, 200, 204, 207, 210, 214, 217, 220, 224, 227, 231, 234, 237, 241, 244,
    248, 251, 255, 258, 262, 265, 268, 272, 276, 279, 283, 286, 290, 293, 297, 300,
    304, 308, 311, 315, 318, 322, 326, 329, 333, 337, 340, 344, 348, 352, 355, 359,
    363, 367, 370, 374, 378, 382, 385, 389, 393, 397, 401, 405, 409, 412, 416, 420,
    424, 428, 432, 436, 440, 444, 448, 452, 456, 460, 464, 468, 472, 476, 480, 484,
    488, 492, 496, 501, 505, 509, 513, 517, 521, 526, 530, 534, 538, 542, 547, 551,
    555, 560, 564, 568, 572, 577, 581, 585, 590, 594, 599, 603, 607, 612, 616, 621,
    625, 630, 634, 639, 643, 648, 652, 657, 661, 666, 670, 675, 680, 684, 689, 693,
    698, 703, 708, 712, 717, 722, 726, 731, 736, 741, 745, 750, 755, 760, 765, 770,
    774, 779, 784, 789, 794, 799, 804, 809, 814, 819, 824, 829, 834, 839, 844, 849,
    854, 859, 864, 869, 874, 880, 885, 890, 895, 900, 906, 911, 916, 921, 927, 932,
    937, 942, 948, 953, 959, 964, 969, 975, 980, 986, 991, 996, 1002, 1007, 1013, 1018
};

/* ---- registers ---- */
static u8 op_reg(const struct opl3 *opl, unsigned op, unsigned base)
{
    static const u8 offset[18] = { 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21 };
    return opl->reg[op / 18 * 256 + base + offset[op % 18]];
}

static u8 channel_reg(const struct opl3 *opl, unsigned channel, unsigned base)
{
    return opl->reg[channel / 9 * 256 + base + channel % 9];
}

static unsigned first_op(unsigned channel) { return channel / 9 * 18 + channel % 9 / 3 * 6 + channel % 3; }
static unsigned op_channel(unsigned op) { return op / 18 * 9 + op % 18 / 6 * 3 + op % 3; }
static bool is_new(const struct opl3 *opl) { return opl->reg[REG_NEW] & 1; }
static bool rhythm(const struct opl3 *opl) { return opl->reg[REG_RHYTHM] & RHYTHM_ON; }

/* The first of two channels that play together with four operators. */
static bool leads_four(const struct opl3 *opl, unsigned channel)
{
    unsigned place = channel % 9;
    return is_new(opl) && place < 3 && opl->reg[REG_FOUR] >> (channel / 9 * 3 + place) & 1;
}

static bool follows_four(const struct opl3 *opl, unsigned channel)
{
    return channel % 9 >= 3 && channel % 9 < 6 && leads_four(opl, channel - 3);
}

/* The channel that has the frequency of an operator. */
static unsigned pitch_channel(const struct opl3 *opl, unsigned op)
{
    unsigned channel = op_channel(op);
    return follows_four(opl, channel) ? channel - 3 : channel;
}

static u32 fnum_of(const struct opl3 *opl, unsigned channel)
{
    return channel_reg(opl, channel, REG_FNUM) | (channel_reg(opl, channel, REG_KEY) & 3u) << 8;
}
static unsigned block_of(const struct opl3 *opl, unsigned channel) { return channel_reg(opl, channel, REG_KEY) >> 2 & 7; }

/* ---- envelopes ---- */
static unsigned rate_of(const struct opl3 *opl, unsigned op, unsigned rate)
{
    unsigned channel = pitch_channel(opl, op), bit = opl->reg[REG_NTS] & 0x40 ? 8 : 9;
    unsigned key = block_of(opl, channel) << 1 | (fnum_of(opl, channel) >> bit & 1);
    if (!(op_reg(opl, op, REG_FLAGS) & FLAG_KSR)) key >>= 2;
    return rate ? MIN(4 * rate + key, 63u) : 0;
}

/* How far an envelope of this rate goes with this sample: the patterns of eight that make quarters of a rate. */
static unsigned increment(const struct opl3 *opl, unsigned rate)
{
    static const u8 slow[4] = { 0xAA, 0xBA, 0xEE, 0xFE }, fast[4] = { 0x00, 0x88, 0xAA, 0xEE };
    unsigned high = rate >> 2, low = rate & 3, shift = high < 12 ? 12 - high : 0;
    if (rate == 0 || opl->sample & ((1u << shift) - 1)) return 0;
    unsigned place = opl->sample >> shift & 7;
    if (high <= 12) return slow[low] >> place & 1;
    return high == 15 ? 4 : (1u + (fast[low] >> place & 1)) << (high - 13);
}

static void attack_step(struct opl3_operator *o, unsigned rate, unsigned step)
{
    s32 envelope = o->envelope;
    if (rate >= 60) envelope = 0;
    else envelope += (~envelope * (s32)step) >> 3;
    o->envelope = (u16)MAX(0, envelope);
    if (o->envelope == 0) o->stage = DECAY;
}

static void envelope_step(struct opl3 *opl, unsigned op)
{
    struct opl3_operator *o = &opl->op[op];
    u8 attack = op_reg(opl, op, REG_ATTACK), sustain = op_reg(opl, op, REG_SUSTAIN);
    unsigned target = sustain >> 4 == 15 ? 31 : sustain >> 4;
    bool holds = op_reg(opl, op, REG_FLAGS) & FLAG_SUSTAIN;
    unsigned number = o->stage == ATTACK ? attack >> 4 : o->stage == DECAY ? attack & 15 : sustain & 15;
    if (o->stage == SUSTAIN && holds) return;
    unsigned rate = rate_of(opl, op, number), step = increment(opl, rate);
    if (o->stage == ATTACK) {
        attack_step(o, rate, step);
        return;
    }
    o->envelope = (u16)MIN(o->envelope + step, (unsigned)QUIET);
    if (o->stage == DECAY && o->envelope >= target << 4) o->stage = SUSTAIN;
}

static unsigned key_level(const struct opl3 *opl, unsigned op)
{
    static const u8 rom[16] = { 0, 32, 40, 45, 48, 51, 53, 55, 56, 58, 59, 60, 61, 62, 63, 64 }, shifts[4] = { 8, 1, 2, 0 };
    unsigned channel = pitch_channel(opl, op);
    s32 level = (rom[fnum_of(opl, channel) >> 6] << 2) - (s32)((8 - block_of(opl, channel)) << 5);
    return (unsigned)MAX(0, level) >> shifts[op_reg(opl, op, REG_LEVEL) >> 6];
}

static unsigned tremolo(const struct opl3 *opl)
{
    unsigned place = opl->sample / 64 % 210, wave = place < 105 ? place : 210 - place;
    return wave >> (opl->reg[REG_RHYTHM] & RHYTHM_AM_DEEP ? 2 : 4);
}

static unsigned attenuation(const struct opl3 *opl, unsigned op)
{
    unsigned level = (op_reg(opl, op, REG_LEVEL) & 0x3Fu) << 2;
    bool am = op_reg(opl, op, REG_FLAGS) & FLAG_AM;
    return opl->op[op].envelope + level + key_level(opl, op) + (am ? tremolo(opl) : 0);
}

/* ---- phases ---- */
static s32 vibrato(const struct opl3 *opl, u32 fnum)
{
    unsigned place = opl->sample >> 10 & 7;
    s32 range = fnum >> 7 & 7;
    if (place % 4 == 0) return 0;
    if (place & 1) range >>= 1;
    if (!(opl->reg[REG_RHYTHM] & RHYTHM_VIBRATO_DEEP)) range >>= 1;
    return place & 4 ? -range : range;
}

static void phase_step(struct opl3 *opl, unsigned op)
{
    static const u8 twice[16] = { 1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 20, 24, 24, 30, 30 };
    unsigned channel = pitch_channel(opl, op);
    u8 flags = op_reg(opl, op, REG_FLAGS);
    u32 fnum = fnum_of(opl, channel);
    if (flags & FLAG_VIBRATO) fnum = (u32)((s32)fnum + vibrato(opl, fnum));
    u32 step = (fnum << block_of(opl, channel) >> 1) * twice[flags & 15] >> 1;
    opl->op[op].phase = (opl->op[op].phase + step) & 0x7FFFF;
}

/* ---- waves ---- */
struct wave { unsigned level; bool negative; };

static unsigned quarter(unsigned phase) { return log_sine[phase & 0x100 ? ~phase & 0xFF : phase & 0xFF]; }

static struct wave wave_of(unsigned form, unsigned phase)
{
    bool second = phase & 0x200;
    unsigned twice = phase << 1 & 0x1FF;
    switch (form) {
    case 0:  return (struct wave){ quarter(phase), second };
    case 1:  return (struct wave){ second ? SILENT : quarter(phase), false };
    case 2:  return (struct wave){ quarter(phase), false };
    case 3:  return (struct wave){ phase & 0x100 ? SILENT : quarter(phase), false };
    case 4:  return (struct wave){ second ? SILENT : quarter(twice), phase & 0x100 };
    case 5:  return (struct wave){ second ? SILENT : quarter(twice), false };
    case 6:  return (struct wave){ 0, second };
    default: return (struct wave){ (second ? ~phase & 0x1FF : phase & 0x1FF) << 3, second };
    }
}

static s32 amplitude(unsigned level)
{
    level = MIN(level, 0x1FFFu);
    return (s32)((exponential[~level & 0xFF] + 1024u) << 1 >> (level >> 8));
}

/* One operator at a phase in 1024ths of a turn. */
static s32 op_sound(struct opl3 *opl, unsigned op, u32 phase)
{
    struct opl3_operator *o = &opl->op[op];
    unsigned form = op_reg(opl, op, REG_WAVE) & (is_new(opl) ? 7 : 3);
    struct wave wave = wave_of(form, phase & 0x3FF);
    s32 sound = amplitude(wave.level + (attenuation(opl, op) << 3));
    o->out[1] = o->out[0];
    o->out[0] = (s16)(wave.negative ? -sound : sound);
    return o->out[0];
}

static s32 op_play(struct opl3 *opl, unsigned op, s32 modulation)
{
    return op_sound(opl, op, (opl->op[op].phase >> 9) + (u32)modulation);
}

static s32 feedback(const struct opl3 *opl, unsigned channel, unsigned op)
{
    unsigned amount = channel_reg(opl, channel, REG_CONNECT) >> 1 & 7;
    const struct opl3_operator *o = &opl->op[op];
    return amount ? (o->out[0] + o->out[1]) >> (9 - amount) : 0;
}

/* ---- channels ---- */
static bool parallel(const struct opl3 *opl, unsigned channel) { return channel_reg(opl, channel, REG_CONNECT) & 1; }

static s32 play_two(struct opl3 *opl, unsigned channel)
{
    unsigned op = first_op(channel);
    s32 first = op_play(opl, op, feedback(opl, channel, op));
    return parallel(opl, channel) ? first + op_play(opl, op + 3, 0) : op_play(opl, op + 3, first);
}

/* The four ways in which the connection bits of both channels put four operators together. */
static s32 play_four(struct opl3 *opl, unsigned channel)
{
    unsigned op = first_op(channel);
    bool a = parallel(opl, channel), b = parallel(opl, channel + 3);
    s32 one = op_play(opl, op, feedback(opl, channel, op));
    s32 two = op_play(opl, op + 3, a ? 0 : one);
    s32 three = op_play(opl, op + 6, b && !a ? 0 : two);
    s32 four = op_play(opl, op + 9, a && b ? 0 : three);
    if (a && b) return one + three + four;
    return a ? one + four : b ? two + four : four;
}

/* ---- rhythm ---- */
static s32 bass_drum(struct opl3 *opl)
{
    enum { CHANNEL = 6 };
    unsigned op = first_op(CHANNEL);
    s32 first = op_play(opl, op, feedback(opl, CHANNEL, op));
    return 2 * op_play(opl, op + 3, parallel(opl, CHANNEL) ? 0 : first);
}

/* Hi-hat, snare and cymbal take their phases from bits of two operators' and from noise. */
static s32 drums(struct opl3 *opl)
{
    u32 hat = opl->op[OP_HIHAT].phase >> 9, cymbal = opl->op[OP_CYMBAL].phase >> 9, noise = opl->noise & 1;
    u32 bit = ((hat >> 2 ^ hat >> 7) | (hat >> 3 ^ cymbal >> 5) | (cymbal >> 3 ^ cymbal >> 5)) & 1;
    s32 sound = op_sound(opl, OP_HIHAT, bit << 9 | (bit ^ noise ? 0xD0 : 0x34));
    sound += op_sound(opl, OP_SNARE, (hat >> 8 & 1) << 9 | ((hat >> 8 & 1) ^ noise) << 8);
    sound += op_play(opl, OP_TOM, 0);
    sound += op_sound(opl, OP_CYMBAL, bit << 9 | 0x80);
    return 2 * sound;
}

/* ---- a sample ---- */
static bool op_quiet(const struct opl3_operator *o)
{
    return o->stage == RELEASE && o->envelope == QUIET && !o->out[0] && !o->out[1];
}

static bool channel_quiet(const struct opl3 *opl, unsigned channel)
{
    unsigned op = first_op(channel);
    return op_quiet(&opl->op[op]) && op_quiet(&opl->op[op + 3]);
}

static void channel_add(const struct opl3 *opl, unsigned channel, s32 sound, s32 out[2])
{
    u8 sides = is_new(opl) ? channel_reg(opl, channel, REG_CONNECT) >> 4 & 3 : 3;
    if (sides & 1) out[0] += sound;
    if (sides & 2) out[1] += sound;
}

static void channel_play(struct opl3 *opl, unsigned channel, s32 out[2])
{
    bool drum = rhythm(opl) && channel >= 6 && channel < 9;
    if (follows_four(opl, channel)) return;
    if (leads_four(opl, channel)) channel_add(opl, channel, play_four(opl, channel), out);
    else if (drum && channel == 6) channel_add(opl, channel, bass_drum(opl), out);
    else if (drum && channel == 7) channel_add(opl, channel, drums(opl), out);
    else if (!drum && !channel_quiet(opl, channel)) channel_add(opl, channel, play_two(opl, channel), out);
}

void opl3_generate(struct opl3 *opl, s32 out[2])
{
    out[0] = out[1] = 0;
    opl->sample++;
    for (unsigned op = 0; op < OPL3_OPERATORS; op++) {
        if (op_quiet(&opl->op[op]) && !rhythm(opl)) continue;
        envelope_step(opl, op);
        phase_step(opl, op);
    }
    for (unsigned channel = 0; channel < (is_new(opl) ? OPL3_CHANNELS : 9); channel++) channel_play(opl, channel, out);
    u32 bit = (opl->noise >> 14 ^ opl->noise) & 1;
    opl->noise = opl->noise >> 1 | bit << 22;
}

/* ---- keys ---- */
static void op_key(struct opl3_operator *o, u8 who, bool on)
{
    u8 before = o->key;
    o->key = (u8)(on ? before | who : before & ~who);
    if (o->key && !before) {
        o->stage = ATTACK;
        o->phase = 0;
    } else if (!o->key && before) {
        o->stage = RELEASE;
    }
}

void opl3_keys(struct opl3 *opl)
{
    static const struct { u8 bit, op; } drum[] = { { 4, 12 }, { 4, 15 }, { 3, OP_SNARE }, { 2, OP_TOM }, { 1, OP_CYMBAL },
                                                   { 0, OP_HIHAT } };
    for (unsigned channel = 0; channel < OPL3_CHANNELS; channel++) {
        unsigned leader = follows_four(opl, channel) ? channel - 3 : channel;
        bool on = channel_reg(opl, leader, REG_KEY) & 0x20;
        op_key(&opl->op[first_op(channel)], KEY_CHANNEL, on);
        op_key(&opl->op[first_op(channel) + 3], KEY_CHANNEL, on);
    }
    for (unsigned i = 0; i < ARRAY_LEN(drum); i++)
        op_key(&opl->op[drum[i].op], KEY_RHYTHM, rhythm(opl) && opl->reg[REG_RHYTHM] >> drum[i].bit & 1);
}
