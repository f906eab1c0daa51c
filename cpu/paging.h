/* Entries of page directories and tables, and what a walk over the guest's finds (SDM volume 3, chapter 4; 32-bit paging). */
#ifndef CPU_PAGING_H
#define CPU_PAGING_H
#include "cpu/cpu.h"

enum pte_bit { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 32, PTE_D = 64, PTE_PS = 128, PTE_G = 256 };
enum pf_bit { PF_P = 1, PF_W = 2, PF_U = 4 };
/* A directory entry of a 4 MiB page: address bits without PSE-36 that must be 0. */
enum { PDE_RESERVED = 0x003fe000 };

/* A walk's result: the page, its rights as enum of TLB bits, and the entries as they are afterwards (pte 0: 4 MiB). */
struct walk { u32 physical, bits, pde, pte; };
#endif
