/* A small writer of ACPI's tables and of their byte code, AML. */
#ifndef DEVICES_AML_H
#define DEVICES_AML_H
#include "core/types.h"

enum { AML_ROOM = 16 << 10, AML_DEPTH = 12, AML_RESOURCES_ROOM = 256 };

/* Operators with a package length behind them, as aml_open takes them. */
enum { AML_SCOPE = 0x10, AML_BUFFER = 0x11, AML_PACKAGE = 0x12, AML_METHOD = 0x14, AML_IF = 0xA0, AML_FIELD = 0x5B81,
       AML_DEVICE = 0x5B82, AML_PROCESSOR = 0x5B83 };
/* Operators without. */
enum { AML_NAME = 0x08, AML_ARG0 = 0x68, AML_STORE = 0x70, AML_AND = 0x7B, AML_OR = 0x7D, AML_DWORD_FIELD = 0x8A,
       AML_LESS = 0x95, AML_RETURN = 0xA4, AML_REGION = 0x5B80 };

struct aml {
    u8       bytes[AML_ROOM];
    u32      used;
    u32      open[AML_DEPTH];        /* where the package lengths go */
    unsigned depth;
    bool     full;                   /* something did not fit: the bytes are of no use */
};

void aml_put(struct aml *aml, const void *bytes, u32 length);
void aml_u8(struct aml *aml, u8 value);
void aml_u16(struct aml *aml, u16 value);
void aml_u32(struct aml *aml, u32 value);
void aml_u64(struct aml *aml, u64 value);

/* An operator of one byte, or of two: 5Bxxh. */
void aml_op(struct aml *aml, unsigned op);
/* Begins and ends what has a package length; at most AML_DEPTH inside one another. */
void aml_open(struct aml *aml, unsigned op);
void aml_close(struct aml *aml);
/* A name as ASL writes it: "\\_SB.PCI0", "PRQA"; segments have four characters at most. */
void aml_path(struct aml *aml, const char *path);
void aml_integer(struct aml *aml, u32 value);
/* An EISA id, "PNP0A03". */
void aml_eisa(struct aml *aml, const char *id);

/* open, path and what the form has before its terms. */
void aml_scope(struct aml *aml, const char *path);
void aml_device(struct aml *aml, const char *path);
void aml_method(struct aml *aml, const char *path, unsigned arguments);
void aml_name(struct aml *aml, const char *path);
void aml_name_integer(struct aml *aml, const char *path, u32 value);
void aml_name_eisa(struct aml *aml, const char *path, const char *id);

/* Resource descriptors, collected and then written as a buffer. */
struct aml_resources { u8 bytes[AML_RESOURCES_ROOM]; u32 used; };
enum aml_space { AML_SPACE_MEMORY, AML_SPACE_IO, AML_SPACE_BUS };
void aml_io(struct aml_resources *r, u16 base, u8 count);
void aml_irq(struct aml_resources *r, unsigned irq);
void aml_dma(struct aml_resources *r, unsigned channel);
void aml_memory32(struct aml_resources *r, u32 base, u32 size);
/* Windows of a bridge, of bus numbers and ports and of memory. */
void aml_window16(struct aml_resources *r, enum aml_space space, u16 first, u16 last);
void aml_window32(struct aml_resources *r, u32 first, u32 last, bool cached);
/* A shared level-triggered active-high interrupt, one of several. */
void aml_interrupts(struct aml_resources *r, const u32 *irqs, unsigned count);
void aml_resources(struct aml *aml, const struct aml_resources *r);
#endif
