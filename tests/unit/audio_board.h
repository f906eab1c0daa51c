/* A board with somebody who listens: 1000 cycles a frame. */
#ifndef TESTS_UNIT_AUDIO_BOARD_H
#define TESTS_UNIT_AUDIO_BOARD_H
#include "devices/audio.h"
#include "tests/unit/chip_board.h"
#include <stdlib.h>

enum { HEARD_FRAMES = 200000 };
struct heard { s16 (*frame)[2]; unsigned frames; };
struct audio_board { struct chip_board b; struct memory memory; struct audio audio; struct heard heard; };

static inline void heard_put(void *self, const s16 *frames, unsigned count)
{
    struct heard *heard = self;
    ck_assert_uint_le(heard->frames + count, HEARD_FRAMES);
    memcpy(heard->frame[heard->frames], frames, 4 * count);
    heard->frames += count;
}

static inline void audio_board_init(struct audio_board *a)
{
    struct error why = { "" };
    memset(a, 0, sizeof *a);
    chip_board_init(&a->b, 48000000);
    ck_assert_msg(memory_init(&a->memory, 1 << 20, &why), "%s", why.text);
    memory_map_ram(&a->memory, "ram", 0, 1 << 20, 0, 0);
    a->b.board.memory = &a->memory;
    a->heard.frame = calloc(HEARD_FRAMES, 4);
    a->audio.sink = (struct audio_sink){ heard_put, &a->heard };
    chip_start(&a->b, &a->audio.dev, &audio_class, "audio");
}

static inline void finish_audio_board(struct audio_board *a)
{
    memory_destroy(&a->memory);
    free(a->heard.frame);
}

/* A source that is a stream at full volume. */
struct stream_ear { struct audio_stream *stream; struct audio *audio; };
static inline void stream_heard(void *self, s32 *mix, unsigned frames, u64 first)
{
    const struct stream_ear *ear = self;
    audio_stream_render(ear->stream, ear->audio, mix, frames, first, 65536, 65536);
}
#endif
