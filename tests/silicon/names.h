/* Register numbers and flag bits for the files that cannot include cpu/cpu.h (the recorder is a 32-bit program). */
#ifndef SILICON_NAMES_H
#define SILICON_NAMES_H

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };
enum { ES, CS, SS, DS, FS, GS };

enum {
    FLAG_CF = 0x1, FLAG_PF = 0x4, FLAG_AF = 0x10, FLAG_ZF = 0x40, FLAG_SF = 0x80, FLAG_TF = 0x100, FLAG_IF = 0x200,
    FLAG_DF = 0x400, FLAG_OF = 0x800, FLAG_RF = 0x10000, FLAG_AC = 0x40000,
    FLAGS_STATUS = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF
};
#endif
