/* Runs one case on the host's own processor: a 32-bit process, single-stepped by TF, segments by modify_ldt.
 *
 * native_run stops itself by INT3. The signal handler keeps the program's context, loads the case's registers in its
 * place with TF set, and returns: the processor runs one instruction. The next signal brings the exception (vector,
 * error code and CR2 are in the signal context) and the registers, and puts the program's context back.
 * Linux on x86-64 sets CR0.AM, PE, WP, NE; IOPL is 0; no I/O is allowed. */
#define _GNU_SOURCE
#include "tests/silicon/native.h"
#include "tests/silicon/names.h"
#include <asm/ldt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* The kernel's 32-bit signal frame: the 112 bytes of FSAVE with two words more, the 512 bytes of FXSAVE, the header of
 * XSAVE, whose first byte says which parts are not in their initial state (1: x87, 2: SSE). */
enum { FRAME_FX = 112, FX_ST = 32, FX_XMM = 160, FX_MXCSR = 24, FX_XSTATE = 512, FRAME_KEPT = 112 + 512 + 64 };

enum { PF_FETCH = 0x10 };

struct native {
    struct silicon_case *running;       /* NULL: the next signal starts the case `next` */
    struct silicon_case *next;
    gregset_t            gregs;         /* the program's own context */
    u8                   fpu[FRAME_KEPT];
    u8                  *alias;         /* all windows, writable: code page, then the image */
    unsigned             steps;
};

static struct native native;            /* a signal handler has no argument of ours */
u32 native_gs __attribute__((used));    /* the C library's thread register; named in assembly */

static void die(const char *why)
{
    fprintf(stderr, "silicon: %s\n", why);
    exit(2);
}

/* The case's FPU registers into the frame: of the x87 the kernel reads the FSAVE part, but writes the FXSAVE part. */
static void load_fpu(u8 *frame, const struct silicon_state *s)
{
    u32 tags = 0;
    for (unsigned i = 0; i < 8; i++)
        if (!(s->ftw >> i & 1)) tags |= 3u << (2 * i);
    u32 env[7] = { 0xffff0000u | s->fcw, 0xffff0000u | s->fsw, 0xffff0000u | tags, 0, 0, 0, 0 };
    memcpy(frame, env, sizeof(env));
    memcpy(frame + sizeof(env), s->st, sizeof(s->st));
    u8 *fx = frame + FRAME_FX;
    memcpy(fx + FX_MXCSR, &s->mxcsr, 4);
    memcpy(fx + FX_XMM, s->xmm, sizeof(s->xmm));
    fx[FX_XSTATE] |= 3;
}

static void store_fpu(struct silicon_state *s, const u8 *frame)
{
    const u8 *fx = frame + FRAME_FX;
    memcpy(&s->fcw, fx, 2);
    memcpy(&s->fsw, fx + 2, 2);
    s->ftw = fx[4];
    memcpy(&s->mxcsr, fx + FX_MXCSR, 4);
    /* XSAVE may forget what is in empty registers. */
    for (unsigned i = 0; i < 8; i++) {
        bool empty = !(s->ftw >> ((s->fsw >> 11) + i) % 8 & 1);
        if (empty) memset(s->st[i], 0, 10);
        else memcpy(s->st[i], fx + FX_ST + 16 * i, 10);
    }
    memcpy(s->xmm, fx + FX_XMM, sizeof(s->xmm));
}

static const u8 greg_of_gpr[8] = { REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI };
static const u8 greg_of_seg[6] = { REG_ES, REG_CS, REG_SS, REG_DS, REG_FS, REG_GS };

static void load_case(ucontext_t *uc, const struct silicon_state *s)
{
    greg_t *g = uc->uc_mcontext.gregs;
    for (unsigned i = 0; i < 8; i++) g[greg_of_gpr[i]] = (greg_t)s->gpr[i];
    for (unsigned i = 0; i < 6; i++) g[greg_of_seg[i]] = s->seg[i];
    g[REG_EIP] = (greg_t)s->eip;
    g[REG_EFL] = (greg_t)(s->eflags | FLAG_TF);
    load_fpu((u8 *)uc->uc_mcontext.fpregs, s);
}

static void store_case(struct silicon_state *s, const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    for (unsigned i = 0; i < 8; i++) s->gpr[i] = (u32)g[greg_of_gpr[i]];
    for (unsigned i = 0; i < 6; i++) s->seg[i] = (u16)g[greg_of_seg[i]];
    s->eip = (u32)g[REG_EIP];
    s->eflags = (u32)g[REG_EFL];
    store_fpu(s, (const u8 *)uc->uc_mcontext.fpregs);
}

/* The flags as they would be if nobody had stepped. */
static void forget_stepping(struct silicon_case *c)
{
    if (!(c->head.flags & CASE_LOADS_TF) || c->head.vector != NO_VECTOR) c->after.eflags &= ~(u32)FLAG_TF;
    c->after.eflags &= ~(u32)FLAG_RF;
    if (c->head.vector != NO_VECTOR) return;
    if (c->head.flags & CASE_SHADOW) c->after.eip--;
    if (c->head.flags & CASE_STORES_TF) {
        u32 sp = c->after.seg[SS] == SEL_STACK16 ? c->after.gpr[ESP] & 0xffff : c->after.gpr[ESP];
        int offset = silicon_image_offset(silicon_base(c->after.seg[SS]) + sp + 1);
        if (offset >= 0) c->memory_after[offset] &= (u8)~1;
    }
}

static void finish_case(struct silicon_case *c, const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    u32 vector = (u32)g[REG_TRAPNO];
    c->head.vector = vector == 1 ? NO_VECTOR : (u8)vector;
    bool has_code = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
    c->head.error = has_code ? (u32)g[REG_ERR] : 0;
    if (vector == 14) c->head.error &= ~(u32)PF_FETCH;           /* that bit is PAE paging's */
    c->head.cr2 = vector == 14 ? (u32)uc->uc_mcontext.cr2 : 0;
    store_case(&c->after, uc);
    memcpy(c->memory_after, native.alias + CODE_SIZE, IMAGE_SIZE);
    forget_stepping(c);
}

/* Called by the stub below with the program's GS and plain flags. */
__attribute__((used)) static void handle(int signo, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    u8 *fpu = (u8 *)uc->uc_mcontext.fpregs;
    (void)signo;
    (void)info;
    if (!native.running) {
        memcpy(native.gregs, uc->uc_mcontext.gregs, sizeof(gregset_t));
        memcpy(native.fpu, fpu, FRAME_KEPT);
        native.running = native.next;
        native.steps = 0;
        load_case(uc, &native.running->before);
        return;
    }
    struct silicon_case *c = native.running;
    bool stepped = uc->uc_mcontext.gregs[REG_TRAPNO] == 1;
    bool again = (c->head.flags & CASE_REP) && (u32)uc->uc_mcontext.gregs[REG_EIP] == c->before.eip;
    if (stepped && again && ++native.steps < 70000) return;
    finish_case(c, uc);
    native.running = NULL;
    memcpy(uc->uc_mcontext.gregs, native.gregs, sizeof(gregset_t));
    memcpy(fpu, native.fpu, FRAME_KEPT);
}

/* A case may leave any GS, and AC or NT; the C code needs its own. The kernel has already loaded CS, SS, DS and ES. */
__asm__(".text\n"
        "native_stub:\n"
        "    pushl $2\n"
        "    popfl\n"
        "    movl native_gs, %eax\n"
        "    movw %ax, %gs\n"
        "    jmp handle\n");
void native_stub(int signo, siginfo_t *info, void *context);

static void make_ldt(void)
{
    for (unsigned i = 0; i < SILICON_LDT_ENTRIES; i++) {
        const struct silicon_segment *s = &silicon_ldt[i];
        struct user_desc d = { .entry_number = i, .base_addr = s->base, .limit = s->limit, .seg_32bit = s->big,
                               .contents = s->contents, .read_exec_only = !s->rw, .limit_in_pages = s->pages,
                               .seg_not_present = !s->present };
        if (!silicon_descriptor(s))
            d = (struct user_desc){ .entry_number = i, .read_exec_only = 1, .seg_not_present = 1 };
        if (syscall(SYS_modify_ldt, 0x11, &d, sizeof(d))) die("modify_ldt refused");
    }
}

static void map_window(int fd, u32 linear, u32 size, u32 offset, int protection)
{
    void *want = (void *)(uintptr_t)linear;
    if (mmap(want, size, protection, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, (off_t)offset) != want)
        die("cannot map the case's windows");
}

void native_init(void)
{
    static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    int fd = memfd_create("silicon", 0);
    if (fd < 0 || ftruncate(fd, CODE_SIZE + IMAGE_SIZE)) die("no memory file");
    native.alias = mmap(NULL, CODE_SIZE + IMAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (native.alias == MAP_FAILED) die("cannot map the memory file");
    map_window(fd, CODE_LINEAR, CODE_SIZE, 0, PROT_READ | PROT_EXEC);
    map_window(fd, DATA_LINEAR, DATA_WRITABLE, CODE_SIZE, PROT_READ | PROT_WRITE);
    map_window(fd, DATA_LINEAR + DATA_WRITABLE, DATA_SIZE - DATA_WRITABLE, CODE_SIZE + DATA_WRITABLE, PROT_READ);
    map_window(fd, STACK_LINEAR, STACK_SIZE, CODE_SIZE + DATA_SIZE, PROT_READ | PROT_WRITE);
    map_window(fd, STACK_HIGH_LINEAR, STACK_SIZE, CODE_SIZE + DATA_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE);
    make_ldt();
    stack_t stack = { .ss_sp = malloc(1 << 18), .ss_size = 1 << 18 };
    if (!stack.ss_sp || sigaltstack(&stack, NULL)) die("no signal stack");
    __asm__ volatile("movw %%gs, %w0" : "=r"(native_gs));
    struct sigaction action = { .sa_sigaction = native_stub, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigfillset(&action.sa_mask);
    for (unsigned i = 0; i < ARRAY_LEN(signals); i++) sigaction(signals[i], &action, NULL);
}

/* The kernel maps a page at its first use; a write that finds a page absent has another error code than a refused
 * one. */
static void touch_pages(void)
{
    static const u32 pages[] = { CODE_LINEAR, DATA_LINEAR, DATA_LINEAR + 0x1000, DATA_LINEAR + 0x2000,
                                 DATA_LINEAR + DATA_WRITABLE, STACK_LINEAR, STACK_HIGH_LINEAR };
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++) (void)*(volatile u8 *)(uintptr_t)pages[i];
}

void native_run(struct silicon_case *c)
{
    memset(native.alias, 0x90, CODE_SIZE);
    u32 start = silicon_base(c->before.seg[CS]) + c->before.eip - CODE_LINEAR;
    memcpy(native.alias + start, c->head.code, MIN((u32)c->head.code_length, CODE_SIZE - start));
    memcpy(native.alias + CODE_SIZE, c->memory_before, IMAGE_SIZE);
    touch_pages();
    native.next = c;
    __asm__ volatile("int3" ::: "memory");
}
