/* The Sound Blaster 16 (CT1740), after Creative's Sound Blaster Series Hardware Programming Guide (1995): ports 220h-22Fh
 * and the MPU-401 UART at 330h. Interrupt and DMA channels are those that the mixer's registers 80h and 81h select:
 * IRQ 5, channels 1 and 5 at power-up, as its configuration program would leave them.
 *
 * The DSP answers at once. The DSP's speaker switch does nothing on this part but read back. Not modelled: microphone and
 * line inputs (they record silence), MIDI (bytes go nowhere), the CSP, tone control, the DMA identification of E2h, the
 * joystick port. */
#include "devices/sb16_parts.h"

enum { PORT_FM = 0, PORT_MIXER_INDEX = 4, PORT_MIXER_DATA = 5, PORT_RESET = 6, PORT_FM_OLD = 8, PORT_READ = 0xA,
       PORT_WRITE = 0xC, PORT_STATUS = 0xE, PORT_ACK_16 = 0xF };
enum { IRQ_SELECT = 0x80, DMA_SELECT = 0x81, IRQ_5 = 2, DMA_1_AND_5 = 0x22 };
enum { READ_READY = 0x80, MPU_NO_DATA = 0x80, MPU_ACK = 0xFE, MPU_RESET = 0xFF, MPU_UART = 0x3F };

void sb16_irq_update(struct sb16 *sb)
{
    for (unsigned i = 0; i < SB16_IRQS; i++)
        line_set(&sb->irq[i], sb->pending && sb->mixer[IRQ_SELECT] >> i & 1);
}

static void acknowledge(struct sb16 *sb, u8 bits)
{
    sb->pending &= ~bits;
    sb16_irq_update(sb);
}

static u32 sb16_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct sb16 *sb = self;
    switch (offset) {
    case PORT_FM: case PORT_FM + 1: case PORT_FM + 2: case PORT_FM + 3: return opl3_read(sb->fm, offset);
    case PORT_FM_OLD: case PORT_FM_OLD + 1:                             return opl3_read(sb->fm, offset - PORT_FM_OLD);
    case PORT_MIXER_INDEX: return sb->mixer_index;
    case PORT_MIXER_DATA:  return sb16_mixer_read(sb);
    case PORT_READ:        return sb16_dsp_read(sb);
    case PORT_WRITE:       return 0x7F;
    case PORT_STATUS:      acknowledge(sb, PENDING_8); return 0x7F | (sb->out_count ? READ_READY : 0);
    case PORT_ACK_16:      acknowledge(sb, PENDING_16); return 0xFF;
    default:               return 0xFF;
    }
}

/* The falling edge resets. */
static void reset_write(struct sb16 *sb, u8 value)
{
    if (sb->resetting && !(value & 1)) sb16_dsp_reset(sb);
    sb->resetting = value & 1;
}

static void sb16_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct sb16 *sb = self;
    switch (offset) {
    case PORT_FM: case PORT_FM + 1: case PORT_FM + 2: case PORT_FM + 3: opl3_write(sb->fm, offset, (u8)value); break;
    case PORT_FM_OLD: case PORT_FM_OLD + 1:         opl3_write(sb->fm, offset - PORT_FM_OLD, (u8)value); break;
    case PORT_MIXER_INDEX: sb->mixer_index = (u8)value; break;
    case PORT_MIXER_DATA:  sb16_mixer_write(sb, (u8)value); break;
    case PORT_RESET:       reset_write(sb, (u8)value); break;
    case PORT_WRITE:       sb16_dsp_write(sb, (u8)value); break;
    }
}

static u32 mpu_read(void *self, u32 offset, unsigned width)
{
    (void)width;
    struct sb16 *sb = self;
    if (offset == 1) return sb->midi_in ? 0x3F : 0x3F | MPU_NO_DATA;
    u8 byte = sb->midi_in;
    sb->midi_in = 0;
    acknowledge(sb, PENDING_MPU);
    return byte ? byte : 0xFF;
}

/* In UART mode only the reset is a command, and is not acknowledged. */
static void mpu_write(void *self, u32 offset, u32 value, unsigned width)
{
    (void)width;
    struct sb16 *sb = self;
    if (offset == 0 || (sb->uart && value != MPU_RESET)) return;
    if (!sb->uart) sb->midi_in = MPU_ACK;
    sb->uart = value == MPU_UART;
    if (!sb->midi_in) return;
    sb->pending |= PENDING_MPU;
    sb16_irq_update(sb);
}

static const struct region_ops sb16_ops = { sb16_read, sb16_write, WIDTH_8 };
static const struct region_ops mpu_ops  = { mpu_read, mpu_write, WIDTH_8 };

static bool sb16_attach(struct device *dev, struct error *why)
{
    struct sb16 *sb = container_of(dev, struct sb16, dev);
    struct ports *ports = dev->board->ports;
    event_init(&sb->chunk, dev->board->clock, "sb16 chunk", sb16_voice_chunk, sb);
    sb->mixer[IRQ_SELECT] = IRQ_5;
    sb->mixer[DMA_SELECT] = DMA_1_AND_5;
    audio_source_add(sb->audio, sb16_render, sb);
    return ports_claim(ports, 0x220, 16, &sb16_ops, sb, "sb16", why)
        && ports_claim(ports, 0x330, 2, &mpu_ops, sb, "mpu-401", why);
}

static void sb16_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct sb16 *sb = container_of(dev, struct sb16, dev);
    sb->high_speed = sb->resetting = sb->uart = false;
    sb->midi_in = sb->pending = sb->mixer_index = sb->test = sb->last = 0;
    sb->mixer[IRQ_SELECT] = IRQ_5;
    sb->mixer[DMA_SELECT] = DMA_1_AND_5;
    sb16_mixer_reset(sb);
    sb16_dsp_reset(sb);
}

static void sb16_restored(struct device *dev)
{
    struct sb16 *sb = container_of(dev, struct sb16, dev);
    struct sb16_voice *v = &sb->voice;
    sb16_dsp_restored(sb);
    v->codec = MIN(v->codec, (u8)SB16_SILENCE);
    v->step = MIN(v->step, (u8)SB16_LAST_STEP);
    v->channel &= I8237_CHANNELS - 1;
    v->rate = MAX((u32)v->active, MIN(v->rate, (u32)AUDIO_HZ));
    v->wide &= v->codec == SB16_PCM;
    audio_stream_restored(&sb->stream);
}

static const struct field voice_fields[] = {
    FIELD(struct sb16_voice, active, "a transfer goes on"),
    FIELD(struct sb16_voice, paused, "it is halted"),
    FIELD(struct sb16_voice, wide, "of words"),
    FIELD(struct sb16_voice, stereo, "of pairs"),
    FIELD(struct sb16_voice, is_signed, "of signed samples"),
    FIELD(struct sb16_voice, input, "into memory"),
    FIELD(struct sb16_voice, automatic, "that starts again"),
    FIELD(struct sb16_voice, leaving, "until the end of its block"),
    FIELD(struct sb16_voice, reference, "ADPCM: a reference byte comes"),
    FIELD(struct sb16_voice, codec, "0 PCM, 1 to 3 ADPCM of 4, 2.6, 2 bits, 4 silence"),
    FIELD(struct sb16_voice, sample, "ADPCM: sample"),
    FIELD(struct sb16_voice, step, "ADPCM: step"),
    FIELD(struct sb16_voice, channel, "DMA channel"),
    FIELD(struct sb16_voice, block, "units of a block"),
    FIELD(struct sb16_voice, left, "units left in it"),
    FIELD(struct sb16_voice, rate, "frames a second"),
    FIELD(struct sb16_voice, origin, "cycle of the first frame"),
    FIELD(struct sb16_voice, played, "frames since"),
    FIELD_END
};
static const struct field sb16_fields[] = {
    FIELD_NONE(struct sb16, dev, "wiring"),
    FIELD_NONE(struct sb16, dma, "wiring"),
    FIELD_NONE(struct sb16, audio, "wiring"),
    FIELD_NONE(struct sb16, fm, "wiring"),
    FIELD(struct sb16, irq[0].level, "IRQ 9"),
    FIELD(struct sb16, irq[1].level, "IRQ 5"),
    FIELD(struct sb16, irq[2].level, "IRQ 7"),
    FIELD(struct sb16, irq[3].level, "IRQ 10"),
    FIELD_NONE(struct sb16, irq, "wiring"),
    FIELD_EVT(struct sb16, chunk, "end of a chunk"),
    FIELD_SUB(struct sb16, stream, audio_stream_fields, "what is heard"),
    FIELD_SUB(struct sb16, voice, voice_fields, "transfer"),
    FIELD(struct sb16, command, "command that waits for parameters"),
    FIELD_RAW(struct sb16, parameter, "its parameters"),
    FIELD(struct sb16, parameters, "how many there are"),
    FIELD_RAW(struct sb16, out, "answers"),
    FIELD(struct sb16, out_first, "the first of them"),
    FIELD(struct sb16, out_count, "how many"),
    FIELD_RAW(struct sb16, mixer, "mixer registers"),
    FIELD(struct sb16, mixer_index, "mixer index"),
    FIELD(struct sb16, pending, "pending interrupts"),
    FIELD(struct sb16, test, "test register"),
    FIELD(struct sb16, last, "last answer"),
    FIELD(struct sb16, resetting, "reset bit"),
    FIELD(struct sb16, speaker, "speaker switch"),
    FIELD(struct sb16, high_speed, "high-speed mode"),
    FIELD(struct sb16, block_size, "command 48h"),
    FIELD(struct sb16, rate, "sample rate"),
    FIELD(struct sb16, rate_by_constant, "it came by a time constant"),
    FIELD(struct sb16, midi_in, "MPU-401 answer"),
    FIELD(struct sb16, uart, "MPU-401 in UART mode"),
    FIELD_END
};

const struct device_class sb16_class = {
    .name = "sb16", .size = sizeof(struct sb16), .fields = sb16_fields,
    .attach = sb16_attach, .reset = sb16_reset, .restored = sb16_restored,
};
