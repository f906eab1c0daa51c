/* The Sound Blaster's DSP 4.05: commands and their parameters, answers. */
#include "devices/sb16_parts.h"
#include <string.h>

enum { VERSION_MAJOR = 4, VERSION_MINOR = 5, READY = 0xAA, RATE_MIN = 5000, RATE_MAX = 45000 };
enum { MIXER_PRO_STEREO = 0x0E, STEREO_BIT = 2 };
static const char copyright[] = "COPYRIGHT (C) CREATIVE TECHNOLOGY LTD, 1992.";

static void answer(struct sb16 *sb, u8 byte)
{
    if (sb->out_count == SB16_OUT) return;
    sb->out[(sb->out_first + sb->out_count++) % SB16_OUT] = byte;
}

u8 sb16_dsp_read(struct sb16 *sb)
{
    if (!sb->out_count) return sb->last;
    sb->last = sb->out[sb->out_first];
    sb->out_first = (u8)((sb->out_first + 1) % SB16_OUT);
    sb->out_count--;
    return sb->last;
}

void sb16_dsp_reset(struct sb16 *sb)
{
    bool only_leaves = sb->high_speed;
    sb16_voice_stop(sb);
    sb->command = sb->parameters = 0;
    sb->pending &= PENDING_MPU;
    sb16_irq_update(sb);
    if (only_leaves) return;
    sb->out_first = sb->out_count = 0;
    sb->speaker = sb->rate_by_constant = false;
    sb->rate = 22050;
    sb->block_size = 0;
    answer(sb, READY);
}

/* ---- transfers ---- */
static u32 word(const struct sb16 *sb, unsigned at) { return sb->parameter[at] | (u32)sb->parameter[at + 1] << 8; }

/* The commands of the 8-bit parts. ADPCM: forms by codec; an odd command has a reference byte. */
static void old_start(struct sb16 *sb, u8 codec, bool input, bool automatic, u32 block)
{
    struct sb16_voice voice = {
        .codec = codec, .input = input, .automatic = automatic, .reference = codec != SB16_PCM && sb->command & 1,
        .stereo = codec == SB16_PCM && sb->mixer[MIXER_PRO_STEREO] & STEREO_BIT,
    };
    sb16_voice_start(sb, voice, block);
}

static void single_8(struct sb16 *sb) { old_start(sb, SB16_PCM, sb->command & 8 || sb->command == 0x24, false, word(sb, 0) + 1); }
static void auto_8(struct sb16 *sb)   { old_start(sb, SB16_PCM, sb->command == 0x2C, true, sb->block_size + 1u); }

static void high_speed(struct sb16 *sb)
{
    old_start(sb, SB16_PCM, sb->command & 8, !(sb->command & 1), sb->block_size + 1u);
    sb->high_speed = true;
}

static u8 adpcm_codec(u8 command)
{
    u8 form = command & 0xFE;
    if (form == 0x16 || form == 0x1E) return SB16_ADPCM2;
    return form == 0x74 || form == 0x7C ? SB16_ADPCM4 : SB16_ADPCM26;
}

static void single_adpcm(struct sb16 *sb) { old_start(sb, adpcm_codec(sb->command), false, false, word(sb, 0) + 1); }
static void auto_adpcm(struct sb16 *sb)   { old_start(sb, adpcm_codec(sb->command), false, true, sb->block_size + 1u); }

static void silence(struct sb16 *sb)
{
    sb16_voice_start(sb, (struct sb16_voice){ .codec = SB16_SILENCE }, word(sb, 0) + 1);
}

/* Bxh 16 bits, Cxh 8 bits: bit 3 records, bit 2 goes on by itself; the mode says stereo and signed. */
static void new_start(struct sb16 *sb)
{
    enum { WIDE = 0xB0, RECORD = 8, AUTOMATIC = 4, MODE_STEREO = 0x20, MODE_SIGNED = 0x10 };
    struct sb16_voice voice = {
        .codec = SB16_PCM, .wide = (sb->command & 0xF0) == WIDE, .input = sb->command & RECORD,
        .automatic = sb->command & AUTOMATIC, .stereo = sb->parameter[0] & MODE_STEREO,
        .is_signed = sb->parameter[0] & MODE_SIGNED,
    };
    sb->rate_by_constant = false;
    sb16_voice_start(sb, voice, word(sb, 1) + 1);
}

static void pause_it(struct sb16 *sb)    { sb16_voice_pause(sb, true); }
static void continue_it(struct sb16 *sb) { sb16_voice_pause(sb, false); }
static void leave(struct sb16 *sb)       { sb->voice.leaving = true; }
static void go_on(struct sb16 *sb)       { sb->voice.leaving = false; }

/* ---- settings and questions ---- */
static void direct(struct sb16 *sb)      { sb16_voice_direct(sb, sb->parameter[0]); }
static void record_one(struct sb16 *sb)  { answer(sb, 0x80); }

static void time_constant(struct sb16 *sb)
{
    sb->rate = MAX((u32)RATE_MIN, MIN(1000000u / (256 - sb->parameter[0]), (u32)RATE_MAX));
    sb->rate_by_constant = true;
}

static void sample_rate(struct sb16 *sb)
{
    u32 rate = (u32)sb->parameter[0] << 8 | sb->parameter[1];
    sb->rate = MAX((u32)RATE_MIN, MIN(rate, (u32)RATE_MAX));
    sb->rate_by_constant = false;
}

static void block_size(struct sb16 *sb)  { sb->block_size = (u16)word(sb, 0); }
static void speaker(struct sb16 *sb)     { sb->speaker = sb->command == 0xD1; }
static void speaker_ask(struct sb16 *sb) { answer(sb, sb->speaker ? 0xFF : 0); }
static void identify(struct sb16 *sb)    { answer(sb, (u8)~sb->parameter[0]); }
static void test_write(struct sb16 *sb)  { sb->test = sb->parameter[0]; }
static void test_read(struct sb16 *sb)   { answer(sb, sb->test); }
static void zero(struct sb16 *sb)        { answer(sb, 0); }
static void nothing(struct sb16 *sb)     { (void)sb; }

static void version(struct sb16 *sb)
{
    answer(sb, VERSION_MAJOR);
    answer(sb, VERSION_MINOR);
}

static void copyright_ask(struct sb16 *sb)
{
    for (unsigned i = 0; i < sizeof copyright; i++) answer(sb, (u8)copyright[i]);
}

static void interrupt(struct sb16 *sb)
{
    sb->pending |= sb->command == 0xF2 ? PENDING_8 : PENDING_16;
    sb16_irq_update(sb);
}

/* A row per range of commands: how many parameters, who does it. */
static const struct command { u8 first, last, parameters; void (*run)(struct sb16 *sb); } commands[] = {
    { 0x04, 0x05, 1, nothing },       { 0x0E, 0x0E, 2, nothing },       { 0x0F, 0x0F, 1, zero },
    { 0x10, 0x10, 1, direct },        { 0x14, 0x15, 2, single_8 },      { 0x16, 0x17, 2, single_adpcm },
    { 0x1C, 0x1C, 0, auto_8 },        { 0x1E, 0x1F, 0, auto_adpcm },    { 0x20, 0x20, 0, record_one },
    { 0x24, 0x24, 2, single_8 },      { 0x2C, 0x2C, 0, auto_8 },        { 0x38, 0x38, 1, nothing },
    { 0x40, 0x40, 1, time_constant }, { 0x41, 0x42, 2, sample_rate },   { 0x45, 0x45, 0, go_on },
    { 0x47, 0x47, 0, go_on },         { 0x48, 0x48, 2, block_size },    { 0x74, 0x77, 2, single_adpcm },
    { 0x7C, 0x7F, 0, auto_adpcm },    { 0x80, 0x80, 2, silence },       { 0x90, 0x91, 0, high_speed },
    { 0x98, 0x99, 0, high_speed },    { 0xB0, 0xCF, 3, new_start },     { 0xD0, 0xD0, 0, pause_it },
    { 0xD1, 0xD1, 0, speaker },       { 0xD3, 0xD3, 0, speaker },       { 0xD4, 0xD4, 0, continue_it },
    { 0xD5, 0xD5, 0, pause_it },      { 0xD6, 0xD6, 0, continue_it },   { 0xD8, 0xD8, 0, speaker_ask },
    { 0xD9, 0xDA, 0, leave },         { 0xE0, 0xE0, 1, identify },      { 0xE1, 0xE1, 0, version },
    { 0xE2, 0xE2, 1, nothing },       { 0xE3, 0xE3, 0, copyright_ask }, { 0xE4, 0xE4, 1, test_write },
    { 0xE8, 0xE8, 0, test_read },     { 0xF2, 0xF3, 0, interrupt },     { 0xF8, 0xF8, 0, zero },
    { 0xF9, 0xF9, 1, zero },          { 0xFB, 0xFB, 0, zero },
};

static const struct command *command_find(u8 command)
{
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
        if (command >= commands[i].first && command <= commands[i].last) return &commands[i];
    return NULL;
}

static void command_run(struct sb16 *sb, const struct command *row)
{
    if (sb->parameters < row->parameters) return;
    row->run(sb);
    sb->command = sb->parameters = 0;
}

/* In high-speed mode the DSP listens to a reset only. */
void sb16_dsp_write(struct sb16 *sb, u8 value)
{
    if (sb->high_speed) return;
    if (sb->command) {
        const struct command *row = command_find(sb->command);
        sb->parameter[sb->parameters++] = value;
        command_run(sb, row);
        return;
    }
    const struct command *row = command_find(value);
    if (!row) {
        LOG(sb->dev.board->log, LOG_UNIMP, "sb16: command %02x", value);
        return;
    }
    sb->command = value;
    command_run(sb, row);
}

void sb16_dsp_restored(struct sb16 *sb)
{
    const struct command *row = command_find(sb->command);
    sb->out_first %= SB16_OUT;
    sb->out_count = MIN(sb->out_count, (u8)SB16_OUT);
    if (!row || sb->parameters >= row->parameters) sb->command = sb->parameters = 0;
}
