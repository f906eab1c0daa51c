/* The chips under fuzzing: a whole board without a running processor, and an input that is a list of operations on it.
 * chips.c has the board and the plain operations, chips_commands.c and the other files whole commands of the chips,
 * chips_state.c what is saved and loaded. */
#ifndef TESTS_FUZZ_CHIPS_H
#define TESTS_FUZZ_CHIPS_H
#include "devices/machine.h"

struct fuzz {
    struct machine *m;
    struct host     host;
    const u8       *at, *end;        /* the rest of the input */
    u64             left;            /* virtual time that may still pass, in cycles */
    unsigned        moves, pictures, sleeps;    /* costly operations so far */
    u64             heard;           /* hash of what left the board: samples, packets, bytes */
    struct screen   screen;
};

/* An operation takes its parameters from the input; behind its end all bytes are 0. */
typedef void fuzz_operation(struct fuzz *f);

/* ---- the input ---- */
static inline u8 take8(struct fuzz *f) { return f->at < f->end ? *f->at++ : 0; }
static inline u16 take16(struct fuzz *f) { u16 low = take8(f); return (u16)(low | take8(f) << 8); }
static inline u32 take32(struct fuzz *f) { u32 low = take16(f); return low | (u32)take16(f) << 16; }
/* Other values for some bytes: up to `times` of them. */
static inline void take_changes(struct fuzz *f, u8 *bytes, unsigned length, unsigned times)
{
    for (times = take8(f) % (times + 1); times; times--) {
        unsigned place = take16(f) % length;
        bytes[place] = take8(f);
    }
}
/* A physical address: mostly of RAM, but also of holes, windows, chips and the edges. */
u32  take_address(struct fuzz *f);
/* 1, 2 or 4. */
unsigned take_width(struct fuzz *f);

/* ---- the board ---- */
enum { FUZZ_RAM = 2 << 20, FUZZ_TIME_MS = 60 };

static inline void out8(struct fuzz *f, u16 port, u8 value) { ports_write(&f->m->ports, port, value, WIDTH_8); }
static inline void out16(struct fuzz *f, u16 port, u16 value) { ports_write(&f->m->ports, port, value, WIDTH_16); }
static inline void out32(struct fuzz *f, u16 port, u32 value) { ports_write(&f->m->ports, port, value, WIDTH_32); }
static inline u8 in8(struct fuzz *f, u16 port) { return (u8)ports_read(&f->m->ports, port, WIDTH_8); }
static inline void store32(struct fuzz *f, u32 address, u32 value) { memory_store(&f->m->memory, address, value, WIDTH_32); }
/* Time passes, event by event. No more than FUZZ_TIME_MS in all, but for one long sleep. */
void time_pass(struct fuzz *f, u64 ns);

/* ---- whole commands ---- */
extern fuzz_operation fuzz_floppy, fuzz_ata, fuzz_atapi, fuzz_sound_blaster, fuzz_fm, fuzz_ac97, fuzz_transmit_ring,
    fuzz_receive_ring, fuzz_e1000_registers, fuzz_e1000_wires, fuzz_ne2000_start, fuzz_ne2000_move, fuzz_ne2000_send,
    fuzz_vga_mode, fuzz_dispi, fuzz_video_access;
/* Sets a channel of the 8237 pair up and takes its mask away. */
void fuzz_dma_program(struct fuzz *f, unsigned channel, u32 address, u16 count, u8 mode);
extern fuzz_operation *const fuzz_commands[];
extern const unsigned  fuzz_command_count;

/* ---- state ---- */
/* Saved, loaded, and run on: twice the same. */
void state_round_trip(struct fuzz *f);
/* Loads a state in which bytes of chips' values were changed. */
void state_mutate(struct fuzz *f);
#endif
