/* INT 13h for floppy drives, also INT 40h. */
#include "firmware/bios/services.h"

u8 floppy_count;

void floppy_detect(void) { floppy_count = 0; }

void floppy_service(struct regs *r)
{
    bda_put8(BDA_FLOPPY_STATUS, STATUS_TIMEOUT);
    result(r, STATUS_TIMEOUT);
}
