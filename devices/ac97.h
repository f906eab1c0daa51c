/* The AC'97 controller of the 82801AA with a codec behind it. */
#ifndef DEVICES_AC97_H
#define DEVICES_AC97_H
#include "devices/audio.h"
#include "devices/pci.h"

enum { AC97_BOXES = 3, AC97_CODEC_WORDS = 64 };
enum ac97_box_kind { AC97_PCM_IN, AC97_PCM_OUT, AC97_MIC_IN };

struct ac97;
struct ac97_box {
    struct ac97 *chip;
    struct event chunk;              /* a chunk has passed */
    u32          bdbar, address, control;    /* base of the list; the current buffer: address, length and flags */
    u32          rate;
    u16          sr, picb, taken;    /* samples: left in the buffer, in the chunk under way */
    u8           civ, lvi, piv, cr;
    u64          origin, played;     /* frames since a cycle */
};

struct ac97 {
    struct device       dev;
    struct pci_bus     *bus;         /* these set before attach; audio NULL: not heard */
    struct audio       *audio;
    u8                  devfn;
    struct pci_function function;
    bool                claimed[2];
    struct ac97_box     box[AC97_BOXES];
    struct audio_stream stream;
    u16                 codec[AC97_CODEC_WORDS];
    u32                 global_control;
    bool                semaphore;
};
extern const struct device_class ac97_class;
#endif
