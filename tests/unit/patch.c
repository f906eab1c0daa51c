/* --vmm=patch: what is scanned and marked, who reads it, and the ways in which code comes to be where it is. In each
 * the guest does what it does on the compliant machine, nothing of its kernel leaks, and its memory is left alone. */
#include "tests/unit/monitored.h"
#include <check.h>
#include <string.h>

enum { AT_DATA = 0x4000, AT_COPY = 0x10000 };

static struct fixture *patched(void)
{
    struct fixture *f = monitored("patch");
    fixture_protected(f, 0);
    handlers_put(f);
    return f;
}

static struct fixture *bare(void)
{
    struct fixture *f = monitored("compliant");
    fixture_protected(f, 0);
    handlers_put(f);
    return f;
}

/* No instruction of the kernel has leaked. */
static void kernel_tight(const struct fixture *f)
{
    const struct leaks *leaks = f->cpu.monitor->leaks;
    for (unsigned i = 0; i < LEAK_SLOTS; i++)
        ck_assert_msg(!leaks->slot[i].count || leaks->slot[i].vcpl == 3, "%s at %x",
                      sensitive_id_name(leaks->slot[i].row),
                      leaks->slot[i].eip);
    ck_assert_uint_eq(leaks->lost, 0);
    ck_assert_uint_eq(leaks->breaches, 0);
}

static void counted(const struct fixture *f, u64 pages, u64 sites, u64 overwritten, u64 hidden)
{
    const struct patch *patch = f->cpu.monitor->patch;
    ck_assert_uint_eq(patch->pages_scanned, pages);
    ck_assert_uint_eq(patch->sites, sites);
    ck_assert_uint_eq(patch->overwritten, overwritten);
    ck_assert_uint_eq(patch->sites_now, sites - overwritten);
    ck_assert_uint_eq(patch->hidden_reads, hidden);
    kernel_tight(f);
}

#define BOTH(at, ...) do { CODE(f, at, __VA_ARGS__); CODE(b, at, __VA_ARGS__); } while (0)

static void both_halt(struct fixture *f, struct fixture *b, const char *what)
{
    halt_reach(f);
    halt_reach(b);
    guests_same(b, f, what);
}

static void again(struct fixture *f, u32 eip)
{
    f->cpu.eip = eip;
    f->cpu.attention = 0;
}

static void both_free(struct fixture *f, struct fixture *b)
{
    fixture_free(f);
    fixture_free(b);
}

/* Privileged instructions trap by themselves; the others are marked once, however often they run. */
START_TEST(sites_are_what_would_not_trap)
{
    struct fixture *f = patched(), *b = bare();
    BOTH(AT_CODE, 0xb9, 3, 0, 0, 0,                         /* mov ecx,3 */
         0x9c, 0x58, 0x0e, 0x5a, 0xfa, 0x0f, 0x20, 0xc3,    /* l: pushf; pop eax; push cs; pop edx; cli; mov ebx,cr0 */
         0x6a, 2, 0x9d, 0x49, 0x75, 0xf2, 0xf4);            /* push 2; popf; dec ecx; jnz l; hlt */
    both_halt(f, b, "loop");
    counted(f, 1, 3, 0, 0);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_pushf].trapped, 3);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_cli].trapped, 3);
    both_free(f, b);
}
END_TEST

/* The guest sums its own code after it has run: the sum is a bare machine's, and each read of a patched byte is one
 * that a real monitor would have to hide. */
START_TEST(a_checksum_of_itself)
{
    struct fixture *f = patched(), *b = bare();
    BOTH(AT_CODE, 0x9c, 0x58, 0x0f, 1, 0xe0, 0x0e, 0x58,    /* pushf; pop eax; smsw eax; push cs; pop eax */
         0xbe, 0, 0x50, 0, 0, 0xb9, 32, 0, 0, 0,            /* mov esi,5000h; mov ecx,32 */
         0x31, 0xdb, 0x31, 0xc0,                            /* xor ebx,ebx; xor eax,eax */
         0xac, 0x01, 0xc3, 0xe2, 0xfb,                      /* l: lodsb; add ebx,eax; loop l */
         0xf4);
    both_halt(f, b, "lodsb");
    u32 sum = 0;
    for (u32 i = 0; i < 32; i++)
        sum += peek(b, AT_CODE + i, 1);
    ck_assert_uint_eq(f->cpu.gpr[EBX], sum);
    counted(f, 1, 3, 0, 1 + 3 + 1);
    both_free(f, b);
}
END_TEST

/* Wide reads and strings: one read is one, however many sites it covers; instruction fetches are none. */
START_TEST(reads_of_all_kinds)
{
    struct fixture *f = patched(), *b = bare();
    BOTH(AT_CODE, 0x9c, 0x58, 0x0e, 0x58,                   /* pushf; pop eax; push cs; pop eax */
         0xa1, 0, 0x50, 0, 0, 0xa1, 4, 0x50, 0, 0,          /* mov eax,[5000h] (hidden); mov eax,[5004h] */
         0xa0, 1, 0x50, 0, 0, 0xa0, 2, 0x50, 0, 0,          /* mov al,[5001h]; mov al,[5002h] (hidden) */
         0xbe, 0, 0x50, 0, 0, 0xbf, 0, 0, 1, 0,             /* mov esi,5000h; mov edi,10000h */
         0xb9, 4, 0, 0, 0, 0xf3, 0xa5,                      /* mov ecx,4; rep movsd: the first is hidden */
         0xff, 0x35, 0xff, 0x4f, 0, 0, 0x58, 0xf4);         /* push dword [4fffh] (hidden); pop eax; hlt */
    both_halt(f, b, "reads");
    counted(f, 1, 2, 0, 4);
    ck_assert_int_eq(memcmp(f->memory.ram + AT_COPY, f->memory.ram + AT_CODE, 16), 0);
    both_free(f, b);
}
END_TEST

/* MOV EAX,imm32 whose bytes are PUSHF, POPF: no site until someone jumps into it. */
START_TEST(a_jump_into_an_instruction)
{
    struct fixture *f = patched(), *b = bare();
    BOTH(AT_CODE, 0x6a, 2, 0x31, 0xc9,                      /* push 2; xor ecx,ecx */
         0xb8, 0x9c, 0x9d, 0x90, 0x41,                      /* l: mov eax,41909d9ch, or: pushf; popf; nop; inc ecx */
         0xe3, 1, 0xf4,                                     /* jecxz +1; hlt */
         0xeb, 0xf7);                                       /* jmp l+1 */
    f->cpu.sys.eflags = b->cpu.sys.eflags = 0;
    cpu_run(&f->cpu, UINT64_MAX, 3);
    cpu_run(&b->cpu, UINT64_MAX, 3);
    ck_assert_uint_eq(f->cpu.monitor->patch->sites, 0);
    both_halt(f, b, "into MOV");
    ck_assert_uint_eq(f->cpu.gpr[ECX], 1);
    counted(f, 1, 2, 0, 0);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_pushf].trapped, 1);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_popf].trapped, 1);
    both_free(f, b);
}
END_TEST

/* A sensitive instruction inside another: INT 16h, whose second byte is PUSH SS. Both are sites. */
START_TEST(overlapping_instructions)
{
    struct fixture *f = patched(), *b = bare();
    for (unsigned i = 0; i < 2; i++)
        idt_gate(i ? f : b, 0x16, SEL_CODE0, AT_CODE + 0x80, 0x8e);
    BOTH(AT_CODE + 0x80, 0xcf);                             /* iret */
    BOTH(AT_CODE, 0x31, 0xc9,                               /* xor ecx,ecx */
         0xcd, 0x16,                                        /* int 16h, or at its second byte: push ss */
         0x41, 0x83, 0xf9, 2, 0x75, 0xf9,                   /* inc ecx; cmp ecx,2; jne -7: into INT */
         0xa0, 2, 0x50, 0, 0, 0xa0, 3, 0x50, 0, 0,          /* mov al,[5002h]; mov al,[5003h] */
         0xf4);
    both_halt(f, b, "INT and PUSH SS");
    counted(f, 1, 3, 0, 2);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_push_ss].trapped, 1);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_int_n].trapped, 1);
    /* The byte they share is written: neither is what it was. */
    poke(f, AT_CODE + 3, 1, 0x17);
    ck_assert_uint_eq(f->cpu.monitor->patch->overwritten, 2);
    ck_assert_uint_eq(f->cpu.monitor->patch->sites_now, 1);
    /* The first byte of the outer one is written: that one only. */
    poke(f, AT_CODE + 3, 1, 0x16);
    poke(b, AT_CODE + 3, 1, 0x16);
    again(f, AT_CODE);
    again(b, AT_CODE);
    both_halt(f, b, "INT and PUSH SS again");
    counted(f, 1, 5, 2, 4);
    poke(f, AT_CODE + 2, 1, 0x90);
    ck_assert_uint_eq(f->cpu.monitor->patch->overwritten, 3);
    again(f, AT_CODE + 3);
    f->cpu.gpr[ECX] = 1;
    halt_reach(f);
    counted(f, 1, 5, 3, 5);
    both_free(f, b);
}
END_TEST

/* SGDT [4000h] lies in two pages: one site, whose bytes are watched in both. */
START_TEST(a_site_that_straddles_pages)
{
    enum { PAGE = 0x12000, FIRST = PAGE - 3 };
    struct fixture *f = patched(), *b = bare();
    BOTH(FIRST, 0x0f, 1, 5, 0, 0x40, 0, 0,                  /* sgdt [4000h] */
         0xa0, 0xfd, 0x1f, 1, 0, 0xa0, 3, 0x20, 1, 0,       /* mov al,[11ffdh]; mov al,[12003h] (hidden, both) */
         0xa0, 0xfc, 0x1f, 1, 0, 0xa0, 4, 0x20, 1, 0,       /* mov al,[11ffch]; mov al,[12004h] (not) */
         0xa1, 0xfe, 0x1f, 1, 0, 0xf4);                     /* mov eax,[11ffeh] (hidden in either) */
    f->cpu.eip = b->cpu.eip = FIRST;
    both_halt(f, b, "SGDT");
    ck_assert_uint_eq(f->cpu.monitor->patch->sites, 1);
    ck_assert_uint_eq(f->cpu.monitor->patch->hidden_reads, 4);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_sgdt].trapped, 1);
    /* Its tail is written; what stands there then runs: SGDT [4100h], scanned before it does. */
    poke(f, PAGE + 1, 1, 0x41);
    poke(b, PAGE + 1, 1, 0x41);
    ck_assert_uint_eq(f->cpu.monitor->patch->overwritten, 1);
    ck_assert_uint_eq(f->cpu.monitor->patch->sites_now, 0);
    again(f, FIRST);
    again(b, FIRST);
    both_halt(f, b, "SGDT again");
    ck_assert_uint_eq(peek(f, 0x4100, 2), SEL_END - 1);
    ck_assert_uint_eq(f->cpu.monitor->patch->sites, 2);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_sgdt].trapped, 2);
    /* Its head is written: no byte of the tail is patched any more. */
    poke(f, FIRST, 1, 0x90);
    ck_assert_uint_eq(f->cpu.monitor->patch->overwritten, 2);
    ck_assert_uint_eq(f->cpu.monitor->patch->sites_now, 0);
    u64 hidden = f->cpu.monitor->patch->hidden_reads;
    again(f, PAGE + 4);
    halt_reach(f);
    ck_assert_uint_eq(f->cpu.monitor->patch->hidden_reads, hidden);
    kernel_tight(f);
    both_free(f, b);
}
END_TEST

/* A far jump whose tail is all that its second page has: reads and writes there are seen, the second time too. */
START_TEST(a_tail_in_a_page_without_code)
{
    enum { PAGE = 0x12000, FIRST = PAGE - 3 };
    struct fixture *f = patched(), *b = bare();
    BOTH(PAGE + 0x100, 1, 2, 3, 4);
    BOTH(FIRST, 0xea, 0, 0x50, 0, 0, 8, 0);                 /* jmp 8:5000h */
    /* mov al,[12000h], [12002h], [12100h]; mov byte [12100h],7; mov byte [12001h],0; mov al,[12000h]; hlt */
    BOTH(AT_CODE, 0xa0, 0, 0x20, 1, 0, 0xa0, 2, 0x20, 1, 0, 0xa0, 0, 0x21, 1, 0,
         0xc6, 5, 0, 0x21, 1, 0, 7, 0xc6, 5, 1, 0x20, 1, 0, 0, 0xa0, 0, 0x20, 1, 0, 0xf4);
    f->cpu.eip = b->cpu.eip = FIRST;
    ck_assert(lin_read(&f->cpu, PAGE, &(u32){ 0 }, 4, AS_SUPERVISOR));            /* in the TLB before it is a site's */
    both_halt(f, b, "far jump");
    counted(f, 2, 1, 1, 2);
    both_free(f, b);
}
END_TEST

/* ---- with paging ---- */
enum { DIRECTORY = 0x20000, IDENTITY = 0x21000, WINDOW_TABLE = 0x22000, WINDOW = 0x400000, RWU = 7, FRAME = 0x30000 };

/* RAM one to one, open to user code; two windows to FRAME. */
static void paging_begin(struct fixture *f)
{
    for (u32 i = 0; i < 512; i++)
        poke(f, IDENTITY + i * 4, 4, i << 12 | RWU);
    poke(f, WINDOW_TABLE, 4, FRAME | RWU);
    poke(f, WINDOW_TABLE + 4, 4, FRAME | RWU);
    poke(f, DIRECTORY, 4, IDENTITY | RWU);
    poke(f, DIRECTORY + 4, 4, WINDOW_TABLE | RWU);
    f->cpu.sys.cr0 |= CR0_PG;
    f->cpu.sys.cr3 = DIRECTORY;
    cpu_mode_changed(&f->cpu);
    tlb_flush(&f->cpu, true);
}

/* Run at one address, read at another, run at the other: it is one site, for it is one frame. */
START_TEST(aliased_frames)
{
    struct fixture *f = patched(), *b = bare();
    paging_begin(f);
    paging_begin(b);
    BOTH(FRAME, 0x9c, 0x58, 0xc3);                          /* pushf; pop eax; ret */
    BOTH(AT_CODE, 0xba, 0, 0, 0x40, 0, 0xff, 0xd2,          /* mov edx,400000h; call edx */
         0xa0, 0, 0x10, 0x40, 0, 0xa0, 0, 0, 3, 0,          /* mov al,[401000h]; mov al,[30000h] */
         0xba, 0, 0x10, 0x40, 0, 0xff, 0xd2,                /* mov edx,401000h; call edx */
         0xc6, 5, 0, 0, 0x40, 0, 0x0e,                      /* mov byte [400000h],0eh: push cs */
         0xff, 0xd2, 0xa0, 0, 0x10, 0x40, 0, 0xf4);         /* call edx; mov al,[401000h]; hlt */
    both_halt(f, b, "aliases");
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_pushf].trapped, 2);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_push_cs].trapped, 1);
    counted(f, 2, 2, 1, 3);
    both_free(f, b);
}
END_TEST

/* The kernel calls it, then a program does: there it leaks, which is counted, and the mark stays. */
START_TEST(one_frame_run_by_kernel_and_user)
{
    struct fixture *f = patched();
    paging_begin(f);
    CODE(f, FRAME, 0x0f, 1, 0xe0, 0xc3);                    /* smsw eax; ret */
    CODE(f, AT_CODE, 0xba, 0, 0, 0x40, 0, 0xff, 0xd2, 0x89, 0xc3,  /* mov edx,400000h; call edx; mov ebx,eax */
         0x6a, SEL_DATA3, 0x68, 0, 0x90, 0, 0, 0x6a, 2, 0x6a, SEL_CODE3,       /* push 23h, 9000h, 2, 1bh */
         0x68, 0x40, 0x50, 0, 0, 0xcf);                                        /* push 5040h; iret */
    CODE(f, AT_CODE + 0x40, 0xff, 0xd2, 0x89, 0xc6, 0xff, 0xd2,                /* call edx; mov esi,eax; call edx */
         0xcd, VEC_FINISH);
    halt_reach(f);
    const struct leaks *leaks = f->cpu.monitor->leaks;
    ck_assert_uint_eq(f->cpu.gpr[EBX], f->cpu.sys.cr0);
    ck_assert_uint_eq(f->cpu.gpr[ESI], 0x8005003b);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_smsw].trapped, 1);
    ck_assert_uint_eq(leaks->count[COLUMN_OWN][SENS_smsw][LEAK_READ], 2);
    ck_assert_uint_eq(leaks_total(leaks, COLUMN_OWN), 2);
    counted(f, 3, 2, 0, 0);                                 /* smsw, iret; pages: 5000h, 30000h, the handler's */
    fixture_free(f);
}
END_TEST

/* User code is not scanned. */
START_TEST(user_code_has_no_sites)
{
    struct fixture *f = monitored("patch");
    fixture_protected(f, 3);
    handlers_put(f);
    CODE(f, AT_CODE, 0x0f, 1, 0xe0, 0x9c, 0x58, 0x0e, 0x58, 0xcd, VEC_FINISH);
    halt_reach(f);
    counted(f, 1, 0, 0, 0);                                 /* the handler's page */
    ck_assert_uint_gt(leaks_total(f->cpu.monitor->leaks, COLUMN_OWN), 0);
    fixture_free(f);
}
END_TEST

/* ---- code that arrives ---- */
/* As a disk would bring it: what was there is forgotten, what has come is scanned before it runs. */
START_TEST(code_that_arrives_by_dma)
{
    struct fixture *f = patched(), *b = bare();
    BOTH(AT_CODE, 0x9c, 0x58, 0x90, 0x90, 0x0e, 0x58, 0xf4);           /* pushf; pop eax; nop; nop; push cs; pop eax */
    both_halt(f, b, "first");
    counted(f, 1, 2, 0, 0);
    BOTH(AT_CODE, 0x90, 0x90, 0x16, 0x5a);                               /* nop; nop; push ss; pop edx */
    ck_assert_uint_eq(f->cpu.monitor->patch->overwritten, 1);
    again(f, AT_CODE);
    again(b, AT_CODE);
    both_halt(f, b, "second");
    counted(f, 1, 3, 1, 0);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_push_ss].trapped, 1);
    ck_assert_uint_eq(f->cpu.gpr[EDX], SEL_DATA0);
    /* Marks stay when blocks are forgotten, and other bytes of the page are written first. */
    f->cpu.flush_blocks = true;
    again(f, AT_CODE + 6);
    halt_reach(f);
    poke(f, AT_CODE + 0x800, 4, 0);
    poke(f, AT_CODE + 6, 1, 0x90);
    poke(f, AT_CODE + 4, 1, 0x90);
    counted(f, 1, 3, 2, 0);
    both_free(f, b);
}
END_TEST

/* A whole page from a disk, over the old one. */
START_TEST(a_page_is_overwritten)
{
    static u8 page[PAGE_SIZE];
    struct fixture *f = patched(), *b = bare();
    memset(page, 0x0e, sizeof page);                        /* push cs */
    page[PAGE_SIZE - 1] = 0xf4;
    f->cpu.gpr[ESP] = b->cpu.gpr[ESP] = 0x80000;
    for (unsigned round = 1; round <= 3; round++) {
        code_put(f, AT_COPY, page, sizeof page);
        code_put(b, AT_COPY, page, sizeof page);
        again(f, AT_COPY);
        again(b, AT_COPY);
        cpu_run(&f->cpu, round * 100000, UINT64_MAX);
        cpu_run(&b->cpu, round * 100000, UINT64_MAX);
        guests_same(b, f, "page");
        counted(f, 1, round * (PAGE_SIZE - 1), (round - 1) * (PAGE_SIZE - 1), 0);
    }
    both_free(f, b);
}
END_TEST

/* The guest writes its own code, ahead of itself in the same block, behind itself, and by REP STOSB. */
START_TEST(code_the_guest_writes)
{
    struct fixture *f = patched(), *b = bare();
    BOTH(AT_CODE, 0x31, 0xc9,                               /* xor ecx,ecx */
         0x9c, 0x58,                                        /* l: pushf; pop eax */
         0xc6, 5, 9, 0x50, 0, 0, 0x0e,                      /* mov byte [ahead... patched below */
         0x90, 0x5a,                                        /* nop, or push cs; pop edx */
         0xc6, 5, 2, 0x50, 0, 0, 0x16,                      /* mov byte [l],16h: push ss from now on */
         0x41, 0x83, 0xf9, 2, 0x75, 0xe8,                   /* inc ecx; cmp ecx,2; jne l */
         0xf4);
    /* The first MOV writes the NOP behind it. */
    poke(f, AT_CODE + 6, 4, AT_CODE + 11);
    poke(b, AT_CODE + 6, 4, AT_CODE + 11);
    both_halt(f, b, "self-modifying");
    ck_assert_uint_eq(f->cpu.gpr[EAX], SEL_DATA0);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_push_cs].trapped, 2);
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_push_ss].trapped, 1);
    /* Sites: pushf, push cs; written again with what is there: push cs and push ss. */
    counted(f, 1, 4, 3, 0);
    both_free(f, b);
}
END_TEST

/* ---- caches ---- */
/* Blocks may vanish at any boundary: the marks stay, and nothing is counted twice. */
START_TEST(flushed_at_random)
{
    for (u64 seed = 0; seed < 6; seed++) {
        struct fixture *f = patched(), *b = bare();
        unsigned cap = seed < 2 ? 32 : 1 + (unsigned)seed;
        cpu_engine(&f->cpu, &(struct engine_options){ seed & 1 ? ENGINE_LOOP : ENGINE_TAIL, cap, seed });
        BOTH(AT_CODE, 0xb9, 0, 8, 0, 0,                     /* mov ecx,2048 */
             0x9c, 0x58, 0x0e, 0x5a, 0xa0, 7, 0x50, 0, 0,   /* l: pushf; pop eax; push cs; pop edx; mov al,[5007h] */
             0x0f, 1, 0xe3, 0x49, 0x75, 0xf1, 0xf4);        /* smsw ebx; dec ecx; jnz l; hlt */
        cpu_run(&f->cpu, 2000000, UINT64_MAX);
        cpu_run(&b->cpu, 2000000, UINT64_MAX);
        ck_assert(b->cpu.attention & ATTENTION_HALTED);
        guests_same(b, f, "flushed");
        counted(f, 1, 3, 0, 2048);
        both_free(f, b);
    }
}
END_TEST

/* All programs of monitored.c: tight, and memory never written by the monitor (guests_same compares it). */
START_TEST(programs_are_tight)
{
    for (unsigned i = 0; i < PROGRAMS; i++) {
        struct fixture *f = monitored("patch"), *b = monitored("compliant");
        program_begin(f, &programs[i]);
        program_begin(b, &programs[i]);
        program_run(f, &programs[i], 0);
        program_run(b, &programs[i], 0);
        if (!leaks_total(f->cpu.monitor->leaks, COLUMN_OWN))
            guests_same(b, f, programs[i].name);
        kernel_tight(f);
        ck_assert_uint_gt(f->cpu.monitor->patch->sites + (i == 3), 0);     /* "io" has none */
        both_free(f, b);
    }
}
END_TEST

static void line_keep(void *self, const char *text) { strncat(self, text, 1023); }

START_TEST(counters_in_a_line)
{
    char text[1024] = "";
    struct fixture *f = patched();
    CODE(f, AT_CODE, 0x9c, 0x58, 0xa0, 0, 0x50, 0, 0, 0xf4);
    halt_reach(f);
    patch_print(f->cpu.monitor->patch, line_keep, text);
    ck_assert_msg(strstr(text, "1 pages and "), "%s", text);
    ck_assert_msg(strstr(text, "1 sites patched, 0 of them overwritten since; 1 reads"), "%s", text);
    fixture_free(f);
}
END_TEST

Suite *patch_suite(void)
{
    Suite *suite = suite_create("patch");
    TCase *tests = tcase_create("patch");
    tcase_add_test(tests, sites_are_what_would_not_trap);
    tcase_add_test(tests, a_checksum_of_itself);
    tcase_add_test(tests, reads_of_all_kinds);
    tcase_add_test(tests, a_jump_into_an_instruction);
    tcase_add_test(tests, overlapping_instructions);
    tcase_add_test(tests, a_site_that_straddles_pages);
    tcase_add_test(tests, a_tail_in_a_page_without_code);
    tcase_add_test(tests, aliased_frames);
    tcase_add_test(tests, one_frame_run_by_kernel_and_user);
    tcase_add_test(tests, user_code_has_no_sites);
    tcase_add_test(tests, code_that_arrives_by_dma);
    tcase_add_test(tests, a_page_is_overwritten);
    tcase_add_test(tests, code_the_guest_writes);
    tcase_add_test(tests, flushed_at_random);
    tcase_add_test(tests, programs_are_tight);
    tcase_add_test(tests, counters_in_a_line);
    suite_add_tcase(suite, tests);
    return suite;
}
