/* What the option ROM kernelboot and the board that packs a kernel for it agree on. */
#ifndef DEVICES_LOAD_KERNELBOOT_H
#define DEVICES_LOAD_KERNELBOOT_H

#define ROM_BLOCKS      2                       /* of 512 bytes */

/* The item of fw_cfg: QEMU's number for a kernel's bytes; ours is a package of a header and, in order, the pieces. */
#define PACKAGE_KEY     0x11
#define PACKAGE_MAGIC   0x3638424B              /* "KB86" */
#define HEADER_BYTES    2048
#define HEADER_MAGIC    0
#define HEADER_KIND     4
#define HEADER_COUNT    8                       /* pieces */
#define HEADER_ENTRY    12                      /* multiboot: where it starts */
#define HEADER_INFO     16                      /* the information structure */
#define HEADER_GDT      20
#define HEADER_PIECES   32                      /* each an address and a length */
#define PIECES_MAX      ((HEADER_BYTES - HEADER_PIECES) / 8)
#define KIND_LINUX      1
#define KIND_MULTIBOOT  2

/* The ROM's work area: no piece may go there. */
#define WORK            0x8F000
#define WORK_BYTES      0x1000
#define AT_DMA          0x000
#define AT_GDTR         0x010
#define AT_HEADER       0x100
#define AT_MAP          0x900
#define AT_MAP_END      0x1000
#define MAP_ENTRY       24

/* Linux: the real-mode part, its stack, and the command line behind it. */
#define LINUX_SETUP     0x10000
#define LINUX_HEAP_END  0xFA00
#define LINUX_STACK     0xFFF0
#define LINUX_LINE      0x20000

#define MULTIBOOT_CS    0x08
#define MULTIBOOT_DS    0x10
#define GDT_LIMIT       39
#define MULTIBOOT_STACK 0x7C00
#define MULTIBOOT_MAGIC 0x2BADB002
#define INFO_LOWER      4
#define INFO_UPPER      8
#define INFO_MAP_BYTES  44
#define INFO_MAP        48
#endif
