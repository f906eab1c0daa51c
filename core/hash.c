/* hash_bytes of core/state.h: four independent multiply-rotate lanes over 32-byte stripes, then words, then a final
 * mix. Each lane step is a bijection of the lane for a given word and of the word for a given lane, so that a change
 * of a single word always shows. It is not meant to resist an adversary. */
#include "core/state.h"
#include <string.h>

static const u64 K1 = 0x9e3779b97f4a7c15, K2 = 0xd1342543de82ef95, K3 = 0xff51afd7ed558ccd;

static inline u64 word_at(const u8 *bytes)
{
    u64 word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline u64 lane_step(u64 lane, u64 word)
{
    lane ^= word * K1;
    return (lane << 29 | lane >> 35) * K2;
}

static inline u64 mix(u64 hash)
{
    hash = (hash ^ hash >> 32) * K3;
    hash = (hash ^ hash >> 29) * K1;
    return hash ^ hash >> 32;
}

static u64 stripes_hash(u64 hash, const u8 *p, size_t stripes)
{
    u64 a = hash, b = hash ^ K1, c = hash ^ K2, d = hash ^ K3;
    for (; stripes; stripes--, p += 32) {
        a = lane_step(a, word_at(p));
        b = lane_step(b, word_at(p + 8));
        c = lane_step(c, word_at(p + 16));
        d = lane_step(d, word_at(p + 24));
    }
    hash = lane_step(a, b);
    hash = lane_step(hash, c);
    return lane_step(hash, d);
}

u64 hash_bytes(u64 seed, const void *bytes, size_t length)
{
    const u8 *p = bytes;
    u64 hash = mix(seed + K2) ^ length;
    if (length >= 32) {
        hash = stripes_hash(hash, p, length / 32);
        p += length & ~(size_t)31;
        length &= 31;
    }
    for (; length >= 8; length -= 8, p += 8)
        hash = lane_step(hash, word_at(p));
    if (length) {
        u64 word = 0;
        memcpy(&word, p, length);
        hash = lane_step(hash, word);
    }
    return mix(hash);
}
