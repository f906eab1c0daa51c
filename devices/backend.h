/* What chips need from the outside, as the frontend provides it. The device side is called only between instructions. */
#ifndef DEVICES_BACKEND_H
#define DEVICES_BACKEND_H
#include "core/types.h"

/* Where a serial port, parallel port or debug console sends its bytes. NULL put: thrown away. */
struct byte_sink { void (*put)(void *self, u8 byte); void *self; };

/* A disk or CD image. Sectors of `sector_size` (512 or 2048). Functions return false on a host I/O error. */
struct disk {
    u64   sectors;
    u32   sector_size;
    bool  read_only;
    bool (*read) (void *self, u64 sector, u32 count, void *bytes);
    bool (*write)(void *self, u64 sector, u32 count, const void *bytes);
    bool (*flush)(void *self);
    void  *self;
};
#endif
