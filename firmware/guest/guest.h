/* The embedded guest: constants its assembly and C share. Where its tables are and what it loads into the registers are
 * fixed, so that what a bare machine must show is known when the guest is built. */
#ifndef FIRMWARE_GUEST_H
#define FIRMWARE_GUEST_H

/* The guest's 64 KiB of conventional memory: all that 16-bit code can reach. The offsets below are into it. */
#define LOW             0x10000
#define LOW_SEGMENT     0x1000
#define LOW_CODE_END    0x3800
#define SCRATCH         0x3800
#define GDT_POINTER     0x3840
#define IDT_POINTER     0x3848
#define CR0_NOW         0x3850
#define REAL_SP         0x3858
#define REAL_SS         0x385a
#define IVT             0x4000
#define GDT             0x5000
#define LDT             0x5200
#define TSS             0x5400
#define TSS_FAULT       0x5600
#define TSS_OTHER       0x5700
#define IDT             0x6000
#define PAGE_DIRECTORY  0x7000
#define PAGE_TABLE      0x8000
#define PAGE_ABSENT     0x9000
#define PAGE_READONLY   0xa000
#define PAGE_SUPERVISOR 0xb000
#define PROBE_STACK     0xd000
#define RING0_STACK     0xe000
#define FAULT_STACK     0xf000

#define VECTORS         0x82
#define IVT_LIMIT       (VECTORS * 4 - 1)
#define IDT_LIMIT       (VECTORS * 8 - 1)
#define TSS_LIMIT       (104 + 128)
#define VECTOR_IRQ0     0x20

/* SYSENTER and SYSEXIT want the first four in this order. */
#define SEL_KCODE       0x08
#define SEL_KDATA       0x10
#define SEL_UCODE       0x1b
#define SEL_UDATA       0x23
#define SEL_CODE16      0x28
#define SEL_DATA16      0x30
#define SEL_TSS         0x38
#define SEL_TSS_FAULT   0x40
#define SEL_TSS_OTHER   0x48
#define SEL_LDT         0x50
#define SEL_GATE3       0x58
#define SEL_GATE0       0x60
#define SEL_ABSENT      0x68
#define SEL_SMALL       0x70
#define SEL_CONFORMING  0x78
#define GDT_LIMIT       0x7f

#define SMALL_LIMIT     0x1234

#define CR0_REAL        0x00000010
#define CR0_PROTECTED   0x00000011
#define CR0_PAGED       0x80000011

#define PORT_SCRATCH    0x3ff       /* the UART's scratch register: the TSS lets everybody have it */
#define PORT_LINE       0x3fb       /* its line control register: this one not */
#define SCRATCH_BYTE    0x5a
#define LINE_BYTE       0x03

#endif
