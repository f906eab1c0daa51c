/* A kernel to debug: calls, a variable that changes, a loop, and an end. */
__attribute__((section(".multiboot"), used)) static const unsigned header[] = { 0x1BADB002, 0, 0u - 0x1BADB002u };

volatile unsigned total;
volatile unsigned char spread[3 * 4096];
static unsigned char stack[4096] __attribute__((aligned(16)));

static void out(unsigned short port, unsigned char value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

__attribute__((noinline)) unsigned square(unsigned n)
{
    unsigned result = 0;
    for (unsigned i = 0; i < n; i++)
        result += n;
    return result;
}

__attribute__((noinline)) void count(unsigned n)
{
    total = square(n);
    spread[4096 + n] = (unsigned char)n;
    out(0xe9, (unsigned char)('a' + n % 26));
}

void kernel(void)
{
    for (unsigned n = 1; n < 200; n++)
        count(n);
    out(0xf4, 0);
    for (;;) __asm__ volatile("hlt");
}

__attribute__((naked, used)) void start(void)
{
    __asm__ volatile("mov %0, %%esp; call kernel" : : "i"(stack + sizeof stack));
}
