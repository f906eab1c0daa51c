/* Advanced Power Management 1.2, the real-mode interface. */
#include "firmware/bios/services.h"

void apm_service(struct regs *r) { result(r, 0x86); }
