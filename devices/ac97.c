/* The AC'97 controller of Intel's 82801AA (ICH, data sheet 290655): PCM out, PCM in and microphone, each a box of
 * registers with a list of 32 buffers in memory. The codec is in ac97_codec.c.
 *
 * A box takes its buffers a chunk of 32 frames at a time, at the codec's rate; a halt begins the chunk again. Inputs are
 * silent. A buffer without samples takes the time of one frame. Not modelled: modem, secondary codec, 4 and 6 channels,
 * GPIO, the FIFO's errors. */
#include "devices/ac97_parts.h"
#include <string.h>

enum { MIXER_BYTES = 256, MASTER_BYTES = 64, CHUNK_FRAMES = 32, LIST_MASK = 31 };
enum { BOX_BDBAR = 0, BOX_CIV = 4, BOX_LVI, BOX_SR, BOX_PICB = 8, BOX_PIV = 10, BOX_CR };
enum { GLOB_CNT = 0x2C, GLOB_STA = 0x30, CAS = 0x34 };
enum { SR_HALTED = 1, SR_LAST = 2, SR_LAST_DONE = 4, SR_DONE = 8, SR_ERROR = 16, SR_CLEARED = 0x1C };
enum { CR_RUN = 1, CR_RESET = 2, CR_LAST = 4, CR_ERROR = 8, CR_DONE = 16, CR_BITS = 0x1F };
enum { CONTROL_COLD = 2, CONTROL_WARM = 4, STATUS_READY = 0x100, STATUS_IN = 0x20, STATUS_OUT = 0x40, STATUS_MIC = 0x80 };
#define BUFFER_INTERRUPT 0x80000000u

static unsigned kind_of(const struct ac97_box *box) { return (unsigned)(box - box->chip->box); }
static unsigned channels_of(const struct ac97_box *box) { return kind_of(box) == AC97_MIC_IN ? 1 : 2; }

/* ---- interrupts ---- */
static bool box_interrupts(const struct ac97_box *box)
{
    return (box->sr & SR_LAST_DONE && box->cr & CR_LAST) || (box->sr & SR_DONE && box->cr & CR_DONE);
}

static u32 global_status(const struct ac97 *chip)
{
    static const u8 bits[AC97_BOXES] = { STATUS_IN, STATUS_OUT, STATUS_MIC };
    u32 status = STATUS_READY;
    for (unsigned i = 0; i < AC97_BOXES; i++) status |= box_interrupts(&chip->box[i]) ? bits[i] : 0;
    return status;
}

static void interrupt_update(struct ac97 *chip)
{
    pci_function_interrupt(&chip->function, global_status(chip) != STATUS_READY);
}

/* ---- buffers ---- */
static void buffer_fetch(struct ac97_box *box)
{
    u8 entry[8];
    box->civ = box->piv;
    box->piv = (box->piv + 1) & LIST_MASK;
    memory_read(box->chip->dev.board->memory, box->bdbar + box->civ * 8u, entry, sizeof entry);
    memcpy(&box->address, entry, 4);
    memcpy(&box->control, entry + 4, 4);
    box->address &= ~1u;
    box->picb = (u16)box->control;
}

static void out_begin(struct ac97_box *box, u32 frames)
{
    struct ac97 *chip = box->chip;
    s16 samples[CHUNK_FRAMES][2];
    if (!chip->audio) return;
    if (!frames) {
        audio_stream_stop(&chip->stream, chip->audio);
        return;
    }
    memory_read(chip->dev.board->memory, box->address, samples, frames * sizeof samples[0]);
    audio_stream_put(&chip->stream, chip->audio, (const s16 (*)[2])samples, frames, box->rate);
}

static void in_begin(struct ac97_box *box, u32 samples)
{
    static const u8 silence[4 * CHUNK_FRAMES];
    memory_write(box->chip->dev.board->memory, box->address, silence, 2 * samples);
}

/* The next chunk of the buffer; an odd last sample passes with no frame of its own. */
static void chunk_begin(struct ac97_box *box)
{
    struct clock *clock = box->chip->dev.board->clock;
    u32 channels = channels_of(box), samples = MIN((u32)box->picb, CHUNK_FRAMES * channels), frames = samples / channels;
    if (kind_of(box) == AC97_PCM_OUT) out_begin(box, frames);
    else in_begin(box, samples);
    box->taken = (u16)samples;
    box->played += MAX(1u, frames);
    /* A loaded state may be anywhere in time: it begins anew rather than catch up. */
    if (box->origin + cycle_of(clock, box->played, box->rate) <= clock_now(clock)) {
        box->origin = clock_now(clock);
        box->played = MAX(1u, frames);
    }
    event_at(clock, &box->chunk, box->origin + cycle_of(clock, box->played, box->rate));
}

static void timing_start(struct ac97_box *box)
{
    box->rate = ac97_codec_rate(box->chip, kind_of(box));
    box->origin = clock_now(box->chip->dev.board->clock);
    box->played = 0;
    chunk_begin(box);
}

static void box_stop(struct ac97_box *box)
{
    struct ac97 *chip = box->chip;
    event_cancel(chip->dev.board->clock, &box->chunk);
    if (kind_of(box) == AC97_PCM_OUT && chip->audio) audio_stream_stop(&chip->stream, chip->audio);
}

static void buffer_end(struct ac97_box *box)
{
    if (box->control & BUFFER_INTERRUPT) box->sr |= SR_DONE;
    if (box->civ != box->lvi) {
        buffer_fetch(box);
        return;
    }
    box->sr |= SR_LAST_DONE | SR_LAST | SR_HALTED;
    box_stop(box);
}

static void box_chunk(void *self)
{
    struct ac97_box *box = self;
    u32 rate = ac97_codec_rate(box->chip, kind_of(box));
    if (!(box->cr & CR_RUN) || box->sr & SR_HALTED) return;
    box->address += 2u * box->taken;
    box->picb -= MIN(box->taken, box->picb);
    box->taken = 0;
    if (box->picb == 0) buffer_end(box);
    interrupt_update(box->chip);
    if (box->sr & SR_HALTED) return;
    if (rate != box->rate) timing_start(box);
    else chunk_begin(box);
}

/* ---- a box's registers ---- */
/* From where it was halted, unless its buffer was at its end. */
static void box_go(struct ac97_box *box)
{
    if (box->sr & SR_LAST || box->picb == 0) buffer_fetch(box);
    box->sr &= ~(SR_HALTED | SR_LAST);
    timing_start(box);
}

static void box_reset(struct ac97_box *box)
{
    box_stop(box);
    box->bdbar = box->address = box->control = 0;
    box->civ = box->lvi = box->piv = box->cr = 0;
    box->picb = box->taken = 0;
    box->sr = SR_HALTED;
}

static void cr_write(struct ac97_box *box, u8 value)
{
    bool ran = box->cr & CR_RUN;
    if (value & CR_RESET) {
        if (!ran) box_reset(box);
        return;
    }
    box->cr = value & CR_BITS;
    if (!ran && value & CR_RUN) {
        box_go(box);
    } else if (ran && !(value & CR_RUN)) {
        box_stop(box);
        box->sr |= SR_HALTED;
    }
}

/* A list that has come to its end goes on when there is more. */
static void lvi_write(struct ac97_box *box, u8 value)
{
    box->lvi = value & LIST_MASK;
    if (box->cr & CR_RUN && box->sr & SR_HALTED && box->sr & SR_LAST) box_go(box);
}

/* Drivers measure the clock by PICB: it counts samples, though they move by chunks. */
static u16 picb_read(const struct ac97_box *box)
{
    const struct clock *clock = box->chip->dev.board->clock;
    u32 channels = channels_of(box);
    if (!box->chunk.armed) return box->picb;
    u64 heard = muldiv(clock_now(clock) - box->origin, box->rate, clock->hz);
    u64 before = box->played - MAX(1u, box->taken / channels), passed = heard > before ? heard - before : 0;
    return (u16)(box->picb - MIN(passed * channels, MIN(box->taken, box->picb)));
}

static u8 box_read(const struct ac97_box *box, u32 offset)
{
    switch (offset) {
    case BOX_CIV:      return box->civ;
    case BOX_LVI:      return box->lvi;
    case BOX_SR:       return (u8)box->sr;
    case BOX_PICB:     return (u8)picb_read(box);
    case BOX_PICB + 1: return picb_read(box) >> 8;
    case BOX_PIV:      return box->piv;
    case BOX_CR:       return box->cr;
    default:           return offset < 4 ? (u8)(box->bdbar >> 8 * offset) : 0;
    }
}

static void box_write(struct ac97_box *box, u32 offset, u8 value)
{
    switch (offset) {
    case BOX_LVI: lvi_write(box, value); break;
    case BOX_SR:  box->sr &= ~(value & SR_CLEARED); break;
    case BOX_CR:  cr_write(box, value); break;
    default:
        if (offset < 4) box->bdbar = (box->bdbar & ~(0xFFu << 8 * offset)) | ((u32)value << 8 * offset & ~7u);
    }
}

/* ---- the global registers ---- */
static void global_control_write(struct ac97 *chip, u32 shift, u8 value)
{
    u32 control = (chip->global_control & ~(0xFFu << shift)) | (u32)value << shift;
    chip->global_control = control & ~(u32)CONTROL_WARM;
    if (control & CONTROL_COLD) return;
    for (unsigned i = 0; i < AC97_BOXES; i++) box_reset(&chip->box[i]);
    ac97_codec_reset(chip);
}

/* The semaphore is taken by who reads it, and given back by an access to the codec. */
static u8 semaphore_take(struct ac97 *chip)
{
    bool taken = chip->semaphore;
    chip->semaphore = true;
    return taken;
}

static u32 master_read(void *self, u32 offset, unsigned width)
{
    struct ac97 *chip = self;
    (void)width;
    if (offset < GLOB_CNT) return box_read(&chip->box[offset >> 4], offset & 15);
    if (offset >= GLOB_CNT && offset < GLOB_STA) return chip->global_control >> 8 * (offset - GLOB_CNT) & 0xFF;
    if (offset >= GLOB_STA && offset < CAS) return global_status(chip) >> 8 * (offset - GLOB_STA) & 0xFF;
    return offset == CAS ? semaphore_take(chip) : 0;
}

static void master_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct ac97 *chip = self;
    (void)width;
    if (offset >= GLOB_CNT && offset < GLOB_STA) global_control_write(chip, 8 * (offset - GLOB_CNT), (u8)value);
    else if (offset < GLOB_CNT) box_write(&chip->box[offset >> 4], offset & 15, (u8)value);
    interrupt_update(chip);
}

static u32 mixer_read(void *self, u32 offset, unsigned width)
{
    struct ac97 *chip = self;
    (void)width;
    chip->semaphore = false;
    return ac97_codec_read(chip, offset);
}

static void mixer_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct ac97 *chip = self;
    (void)width;
    chip->semaphore = false;
    ac97_codec_write(chip, offset, (u16)value);
}

static const struct region_ops mixer_ops  = { mixer_read, mixer_write, WIDTH_16 };
static const struct region_ops master_ops = { master_read, master_write, WIDTH_8 };

/* ---- the function ---- */
static const struct pci_register registers[] = {
    { 0x00, 2, 0x8086, 0, 0 },
    { 0x02, 2, 0x2415, 0, 0 },
    { 0x04, 2, 0x0000, 0x0005, 0 },
    { 0x06, 2, 0x0280, 0, 0x3900 },
    { 0x08, 4, 0x04010001, 0, 0 },                  /* class: audio, revision 1 */
    { 0x2C, 4, 0x00008086, 0, 0 },
    { 0x3C, 1, 0x00, 0xFF, 0 },
    { 0x3D, 1, 0x01, 0, 0 },
};

static void ports_map(void *self, unsigned bar, u32 base, bool enabled)
{
    static const struct { const struct region_ops *ops; u32 bytes; } ranges[2] = {
        { &mixer_ops, MIXER_BYTES }, { &master_ops, MASTER_BYTES },
    };
    struct ac97 *chip = self;
    struct ports *ports = chip->dev.board->ports;
    struct error why;
    if (!enabled) {
        if (chip->claimed[bar]) ports_release(ports, (u16)base);
        chip->claimed[bar] = false;
        return;
    }
    chip->claimed[bar] = ports_claim(ports, (u16)base, ranges[bar].bytes, ranges[bar].ops, chip, "ac97", &why);
    if (!chip->claimed[bar]) LOG(chip->dev.board->log, LOG_GUEST_ERRORS, "ac97: BAR %u at %04x: %s", bar, base, why.text);
}

static bool ac97_attach(struct device *dev, struct error *why)
{
    struct ac97 *chip = container_of(dev, struct ac97, dev);
    (void)why;
    for (unsigned i = 0; i < AC97_BOXES; i++) {
        chip->box[i].chip = chip;
        event_init(&chip->box[i].chunk, dev->board->clock, "ac97 chunk", box_chunk, &chip->box[i]);
    }
    pci_function_attach(&chip->function, chip->bus, chip->devfn, registers, ARRAY_LEN(registers));
    pci_bar_add(&chip->function, 0, PCI_BAR_IO, MIXER_BYTES, ports_map, chip);
    pci_bar_add(&chip->function, 1, PCI_BAR_IO, MASTER_BYTES, ports_map, chip);
    audio_source_add(chip->audio, ac97_render, chip);
    return true;
}

static void ac97_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    struct ac97 *chip = container_of(dev, struct ac97, dev);
    pci_function_reset(&chip->function);
    for (unsigned i = 0; i < AC97_BOXES; i++) box_reset(&chip->box[i]);
    ac97_codec_reset(chip);
    chip->global_control = 0;
    chip->semaphore = false;
    interrupt_update(chip);
}

static void ac97_restored(struct device *dev)
{
    struct ac97 *chip = container_of(dev, struct ac97, dev);
    for (unsigned i = 0; i < AC97_BOXES; i++) {
        struct ac97_box *box = &chip->box[i];
        box->civ &= LIST_MASK;
        box->lvi &= LIST_MASK;
        box->piv &= LIST_MASK;
        box->rate = MIN(box->rate, (u32)AUDIO_HZ);
    }
    audio_stream_restored(&chip->stream);
    pci_function_restored(&chip->function);
}

static const struct field box_fields[] = {
    FIELD_NONE(struct ac97_box, chip, "wiring"),
    FIELD_EVT(struct ac97_box, chunk, "end of a chunk"),
    FIELD(struct ac97_box, bdbar, "buffer descriptor list"),
    FIELD(struct ac97_box, address, "address in the buffer"),
    FIELD(struct ac97_box, control, "length and flags of the buffer"),
    FIELD(struct ac97_box, rate, "frames a second"),
    FIELD(struct ac97_box, sr, "status register"),
    FIELD(struct ac97_box, picb, "samples left in the buffer"),
    FIELD(struct ac97_box, taken, "samples of the chunk"),
    FIELD(struct ac97_box, civ, "current index"),
    FIELD(struct ac97_box, lvi, "last valid index"),
    FIELD(struct ac97_box, piv, "prefetched index"),
    FIELD(struct ac97_box, cr, "control register"),
    FIELD(struct ac97_box, origin, "cycle of the first frame"),
    FIELD(struct ac97_box, played, "frames since"),
    FIELD_END
};
static const struct field ac97_fields[] = {
    FIELD_NONE(struct ac97, dev, "wiring"),
    FIELD_NONE(struct ac97, bus, "wiring"),
    FIELD_NONE(struct ac97, audio, "wiring"),
    FIELD_NONE(struct ac97, devfn, "configuration"),
    FIELD_SUB(struct ac97, function, pci_function_fields, "configuration space"),
    FIELD_NONE(struct ac97, claimed, "map; follows function"),
    FIELD_EACH(struct ac97, box, box_fields, "PCM in, PCM out, microphone"),
    FIELD_SUB(struct ac97, stream, audio_stream_fields, "what is heard"),
    FIELD_ARRAY(struct ac97, codec, "codec registers"),
    FIELD(struct ac97, global_control, "GLOB_CNT"),
    FIELD(struct ac97, semaphore, "codec access semaphore"),
    FIELD_END
};

const struct device_class ac97_class = {
    .name = "ac97", .size = sizeof(struct ac97), .fields = ac97_fields,
    .attach = ac97_attach, .reset = ac97_reset, .restored = ac97_restored,
};
