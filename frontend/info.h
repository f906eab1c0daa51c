/* The subjects of `info` (command_info.c): each shows one, with what stands behind its name as `argument`. They disturb
 * nothing: memory is peeked at, chips are not read. */
#ifndef FRONTEND_INFO_H
#define FRONTEND_INFO_H
#include "frontend/session.h"

typedef void info_fn(struct session *session, const char *argument, FILE *out);
info_fn info_gdt, info_ldt, info_idt, info_tss, info_eflags, info_fpu;                     /* info_segments.c */
info_fn info_pg, info_mem, info_page, info_tlb;                                            /* info_paging.c */
info_fn info_pic, info_apic, info_ioapic, info_irq, info_pci, info_devices, info_device;   /* info_devices.c */
info_fn info_block, info_status, info_time;
info_fn info_traps, info_vmm, info_exceptions;                                             /* info_monitor.c */
#endif
