/* Kernels loaded without a firmware: Linux bzImages and multiboot 1 kernels, from bytes that the frontend has read.
 * Everything in those bytes is checked: a wrong one is refused in one line and nothing is left half loaded. */
#ifndef DEVICES_LOAD_H
#define DEVICES_LOAD_H
#include "devices/machine.h"

enum { LOAD_MODULES = 32, LOAD_RANGES = 8 };

struct load_module { struct blob bytes; const char *line; };     /* line: the module's string, as on the command line */

struct load {
    struct blob        kernel;
    const char        *command_line;                /* may be empty */
    struct load_module module[LOAD_MODULES];        /* Linux: initrds, one behind the other */
    unsigned           modules;
};

enum load_kind { LOAD_UNKNOWN, LOAD_LINUX, LOAD_MULTIBOOT };
enum load_kind load_kind(const struct blob *kernel);
/* Puts the kernel into a machine that has just been reset, in the state a firmware and a boot loader leave. */
bool load_kernel(const struct load *load, struct machine *m, struct error *why);

/* For a start through a firmware: packs the kernel for the option ROM kernelboot (firmware/kernelboot/) and puts it into
 * fw_cfg. The machine has not run yet; its processor must be reset behind this. */
bool load_for_firmware(const struct load *load, struct machine *m, struct error *why);

/* ---- shared by the loaders ---- */
/* Pieces that the loaders would have put into memory, in order; grown as needed, dropped by the one who made it. */
struct load_package { u8 *bytes; size_t used, room; unsigned pieces; u64 end; bool failed; };
enum { LOAD_ENTRY_LOW_LIMIT = 0x9FC00, LOAD_HIGH = 0x100000 };   /* low RAM below the EBDA; where high RAM begins */

bool load_linux(const struct load *load, struct machine *m, struct error *why);
/* The real-mode part and what it is told, for its own entry (16-bit boot protocol). */
bool load_linux_setup(const struct load *load, struct machine *m, struct error *why);
bool load_multiboot(const struct load *load, struct machine *m, struct error *why);

/* false, with *why: neither a Linux nor a multiboot kernel. */
bool load_refuse_unknown(const struct blob *kernel, struct error *why);

/* The memory map as a firmware reports it. Types: 1 usable, 2 reserved. Returns how many ranges. */
struct load_range { u64 base, size; u32 type; };
unsigned load_memory_map(const struct machine *m, struct load_range range[LOAD_RANGES]);
/* True if [base, base + size) is RAM that a loader may fill. */
bool load_fits(const struct machine *m, u64 base, u64 size);
void load_pack(struct load_package *package, u64 base, const void *bytes, u64 size);
/* memory_write for any length that load_fits; while the machine packs a kernel, into its package. */
void load_put(struct machine *m, u64 base, const void *bytes, u64 size);
void load_zero(struct machine *m, u64 base, u64 size);
/* Protected mode, no paging, interrupts off, flat segments: writes a GDT of five entries at gdt and enters at eip. */
void load_enter(struct machine *m, u32 gdt, u16 code_selector, u16 data_selector, u32 eip);

static inline u16 get16(const u8 *p) { return (u16)(p[0] | p[1] << 8); }
static inline u32 get32(const u8 *p) { return (u32)get16(p) | (u32)get16(p + 2) << 16; }
static inline u64 get64(const u8 *p) { return get32(p) | (u64)get32(p + 4) << 32; }
static inline void put_le16(u8 *p, u16 value) { p[0] = (u8)value; p[1] = (u8)(value >> 8); }
static inline void put_le32(u8 *p, u32 value) { put_le16(p, (u16)value); put_le16(p + 2, (u16)(value >> 16)); }
static inline void put_le64(u8 *p, u64 value) { put_le32(p, (u32)value); put_le32(p + 4, (u32)(value >> 32)); }
#endif
