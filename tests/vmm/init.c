/* The first and only program of the Linux guests: forks, touches memory copy-on-write, computes, tells the sum, and
 * powers off. System calls of Linux on i386 (int 80h), by number. */
enum { SYS_EXIT = 1, SYS_FORK = 2, SYS_WRITE = 4, SYS_WAITPID = 7, SYS_PAUSE = 29, SYS_REBOOT = 88 };
enum { CHILDREN = 8, WORDS = 4096, MAGIC2 = 672274793, POWER_OFF = 0x4321fedc };
#define MAGIC1 0xfee1dead

static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

static volatile unsigned words[WORDS];

/* Of seven bits, since it becomes an exit status. */
static unsigned child_sum(unsigned seed)
{
    unsigned sum = seed;
    for (unsigned i = 0; i < WORDS; i += 16) words[i] += i * seed + 1;
    for (unsigned i = 0; i < WORDS; i++) sum = (sum ^ words[i]) * 16777619u;
    return sum >> 25;
}

void _start(void);
void _start(void)
{
    static char text[] = "@PROMPT 00000000\n";
    unsigned sum = 0;
    for (unsigned k = 0; k < CHILDREN; k++) {
        int status = 0;
        words[k] = k * 77;
        long pid = call(SYS_FORK, 0, 0, 0);
        if (pid == 0) call(SYS_EXIT, (long)child_sum(k + 1), 0, 0);
        call(SYS_WAITPID, pid, (long)&status, 0);
        sum = sum * 131 + (unsigned)status;
    }
    for (int i = 0; i < 8; i++) text[8 + i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
    call(SYS_WRITE, 1, (long)text, sizeof text - 1);
    call(SYS_REBOOT, (long)MAGIC1, MAGIC2, POWER_OFF);
    for (;;) call(SYS_PAUSE, 0, 0, 0);
}
