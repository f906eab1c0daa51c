/* memory/memory and memory/map: who answers where, what writers tell, and what it costs. */
#include "memory/memory.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MIB = 1 << 20 };

struct chip { char trace[512]; };

static struct memory  memory;
static struct region *ram;
static struct chip    chip;
static char           heard[512];

static u32 chip_read(void *self, u32 offset, unsigned width)
{
    struct chip *c = self;
    snprintf(c->trace + strlen(c->trace), 32, "r%u@%x ", width, offset);
    return 0xd0c0b0a0 >> 8 * (offset & 3);
}

static void chip_write(void *self, u32 offset, u32 value, unsigned width)
{
    struct chip *c = self;
    snprintf(c->trace + strlen(c->trace), 32, "w%u@%x=%x ", width, offset, value);
}

static const struct region_ops all_ops = { chip_read, chip_write, WIDTH_8 | WIDTH_16 | WIDTH_32 };
static const struct region_ops byte_ops = { chip_read, chip_write, WIDTH_8 };

static void hear_code(void *self, u32 address, u32 length)
{
    u8 now;
    memory_read(self, address, &now, 1);
    snprintf(heard + strlen(heard), 64, "code %x+%x (%02x) ", address, length, now);
}

static void hear_map(void *self, u32 base, u64 size)
{
    (void)self;
    snprintf(heard + strlen(heard), 64, "map %x+%llx ", base, (unsigned long long)size);
}

static void hear_clean(void *self)
{
    (void)self;
    strcat(heard, "clean ");
}

static void heard_is(const char *expected)
{
    ck_assert_str_eq(heard, expected);
    heard[0] = 0;
}

static void chip_saw(const char *expected)
{
    ck_assert_str_eq(chip.trace, expected);
    chip.trace[0] = 0;
}

static void setup(void)
{
    ck_assert(memory_init(&memory, 4 * MIB, NULL));
    ram = memory_map_ram(&memory, "ram", 0, 4 * MIB, 0, 0);
    memory.listener = (struct memory_listener){ hear_code, hear_map, hear_clean, &memory, NULL };
    heard[0] = chip.trace[0] = 0;
}

static void teardown(void)
{
    memory_destroy(&memory);
}

START_TEST(ram_reads_back)
{
    u8 in[9000], out[9000];
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (u8)(i * 31 + i / 256);
    memory_write(&memory, 0x1ffd, in, sizeof(in));
    memory_read(&memory, 0x1ffd, out, sizeof(out));
    ck_assert_mem_eq(in, out, sizeof(in));
    ck_assert_mem_eq(memory.ram + 0x1ffd, in, sizeof(in));
    memory_store(&memory, 0x2ffe, 0x44332211, 4);
    ck_assert_uint_eq(memory_load(&memory, 0x2ffe, 4), 0x44332211);
    ck_assert_uint_eq(memory_load(&memory, 0x2fff, 2), 0x3322);
    ck_assert_uint_eq(memory_load(&memory, 0x3001, 1), 0x44);
    memory_store(&memory, 0x10, 0xffffffff, 4);
    memory_store(&memory, 0x11, 0x12345678, 2);
    ck_assert_uint_eq(memory_load(&memory, 0x10, 4), 0xff5678ff);
}
END_TEST

START_TEST(nobody_reads_ones_and_drops_writes)
{
    memory_store(&memory, 4 * MIB, 0, 4);
    ck_assert_uint_eq(memory_load(&memory, 4 * MIB, 4), 0xffffffff);
    ck_assert_uint_eq(memory_load(&memory, 4 * MIB, 1), 0xff);
    memory_store(&memory, 4 * MIB - 2, 0x11223344, 4);
    ck_assert_uint_eq(memory_load(&memory, 4 * MIB - 2, 4), 0xffff3344);
}
END_TEST

START_TEST(space_wraps_at_4_gib)
{
    u8 bytes[4] = { 1, 2, 3, 4 };
    memory_write(&memory, 0xfffffffe, bytes, 4);
    ck_assert_uint_eq(memory_load(&memory, 0, 2), 0x0403);
    memory_read(&memory, 0xfffffffe, bytes, 4);
    ck_assert_uint_eq(bytes[0], 0xff);
    ck_assert_uint_eq(bytes[2], 3);
    ck_assert_uint_eq(memory_load(&memory, 0xffffffff, 4), 0x000403ff);
}
END_TEST

START_TEST(a20_masks_every_access)
{
    u8 *flags, bytes[4];
    bool writable;
    memory_store(&memory, 0x500, 0xaaaaaaaa, 4);
    memory_store(&memory, MIB + 0x500, 0xbbbbbbbb, 4);
    memory_set_a20(&memory, false);
    heard_is("map 0+100000000 ");
    ck_assert_uint_eq(memory_load(&memory, MIB + 0x500, 4), 0xaaaaaaaa);
    memory_read(&memory, MIB + 0x500, bytes, 4);
    ck_assert_uint_eq(bytes[0], 0xaa);
    memory_store(&memory, 3 * MIB + 0x500, 0xcc, 1);
    ck_assert_uint_eq(memory_load(&memory, 2 * MIB + 0x500, 1), 0xcc);
    u8 run[2 * PAGE_SIZE];
    memset(run, 0xdd, sizeof(run));
    memory_write(&memory, MIB - PAGE_SIZE, run, sizeof(run));
    ck_assert_uint_eq(memory.ram[PAGE_SIZE - 1], 0xdd);
    ck_assert_uint_eq(memory.ram[MIB], 0);
    memory.ram[PAGE_SIZE - 1] = 0xde;
    memory_read(&memory, MIB - PAGE_SIZE, run, sizeof(run));
    ck_assert_uint_eq(run[2 * PAGE_SIZE - 1], 0xde);
    memory_store(&memory, MIB - 1, 0x7788, 2);
    ck_assert_uint_eq(memory_load(&memory, 0, 1), 0x77);
    ck_assert_ptr_eq(memory_page(&memory, MIB + 0x1234, &flags, &writable), memory.ram + 0x1000);
    memory_set_a20(&memory, false);
    memory_set_a20(&memory, true);
    heard_is("map 0+100000000 ");
    ck_assert_uint_eq(memory_load(&memory, MIB + 0x500, 4), 0xbbbbbbbb);
}
END_TEST

START_TEST(priority_decides_and_regions_move)
{
    u8 rom_bytes[2 * PAGE_SIZE];
    memset(rom_bytes, 0x5a, sizeof(rom_bytes));
    memory_store(&memory, 0xf0000, 0x11, 1);
    struct region *rom = memory_map_rom(&memory, "rom", 0xf0000, sizeof(rom_bytes), rom_bytes, 1);
    heard_is("map f0000+2000 ");
    memset(rom_bytes, 0, sizeof(rom_bytes));
    ck_assert_uint_eq(memory_load(&memory, 0xf0000, 1), 0x5a);
    struct region *low = memory_map_mmio(&memory, "low", 0xf0000, 0x1000, &all_ops, &chip, -1);
    ck_assert_uint_eq(memory_load(&memory, 0xf0000, 1), 0x5a);
    memory_region_set(&memory, low, 0xf0000, false);
    memory_region_set(&memory, rom, 0xf0000, false);
    ck_assert_uint_eq(memory_load(&memory, 0xf0000, 1), 0x11);
    heard[0] = 0;
    memory_region_set(&memory, rom, 0xf0000, true);
    memory_region_set(&memory, rom, 0xfffff000 - PAGE_SIZE, true);
    heard_is("map f0000+2000 map f0000+2000 map ffffe000+2000 ");
    memory_region_set(&memory, rom, 0xffffe000, true);
    heard_is("");
    ck_assert_uint_eq(memory_load(&memory, 0xf0000, 1), 0x11);
    ck_assert_uint_eq(memory_load(&memory, 0xffffffff, 1), 0x5a);
}
END_TEST

START_TEST(rom_drops_or_passes_writes)
{
    u8 *flags;
    bool writable;
    struct region *rom = memory_map_rom(&memory, "rom", 0xe0000, PAGE_SIZE, NULL, 1);
    memory_store(&memory, 0xe0000, 0, 4);
    memory_write(&memory, 0xe0100, "abc", 3);
    ck_assert_uint_eq(memory_load(&memory, 0xe0000, 4), 0xffffffff);
    ck_assert_uint_eq(memory.ram[0xe0100], 0);
    rom->ops = &byte_ops;
    rom->self = &chip;
    memory_store(&memory, 0xe0010, 0x1122, 2);
    memory_write(&memory, 0xe0100, "a", 1);
    chip_saw("w1@10=22 w1@11=11 w1@100=61 ");
    ck_assert_uint_eq(memory_load(&memory, 0xe0010, 4), 0xffffffff);
    ck_assert_ptr_nonnull(memory_page(&memory, 0xe0000, &flags, &writable));
    ck_assert(!writable && !flags);
}
END_TEST

START_TEST(mmio_sees_bus_accesses)
{
    u8 bytes[7];
    u8 *flags;
    bool writable;
    memory_map_mmio(&memory, "chip", 0xfe000000, 0x2000, &all_ops, &chip, 0);
    ck_assert_uint_eq(memory_load(&memory, 0xfe000004, 4), 0xd0c0b0a0);
    memory_store(&memory, 0xfe000002, 0xffff1234, 2);
    chip_saw("r4@4 w2@2=1234 ");
    memory_store(&memory, 0xfe000001, 0x44332211, 4);
    chip_saw("w1@1=11 w2@2=3322 w1@4=44 ");
    ck_assert_uint_eq(memory_load(&memory, 0xfe000ffe, 4), 0xb0a0d0c0);
    chip_saw("r2@ffe r2@1000 ");
    memory_read(&memory, 0xfe000001, bytes, 7);
    chip_saw("r1@1 r2@2 r4@4 ");
    ck_assert_ptr_null(memory_page(&memory, 0xfe000000, &flags, &writable));
    memory_map_mmio(&memory, "narrow", 0xfe004000, 0x1000, &byte_ops, &chip, 0);
    ck_assert_uint_eq(memory_load(&memory, 0xfe004000, 4), 0xd0c0b0a0);
    chip_saw("r1@0 r1@1 r1@2 r1@3 ");
}
END_TEST

START_TEST(a_page_may_be_shared)
{
    u8 *flags;
    bool writable;
    memory_map_mmio(&memory, "a", 0xfec00000, 0x10, &all_ops, &chip, 0);
    memory_map_mmio(&memory, "b", 0xfec00012, 0x10, &byte_ops, &chip, 0);
    memory_map_mmio(&memory, "over ram", 0x8010, 4, &all_ops, &chip, 1);
    ck_assert_uint_eq(memory_load(&memory, 0xfec0000c, 4), 0xd0c0b0a0);
    chip_saw("r4@c ");
    ck_assert_uint_eq(memory_load(&memory, 0xfec00010, 4), 0xb0a0ffff);
    chip_saw("r1@0 r1@1 ");
    memory_store(&memory, 0x800c, 0x01020304, 4);
    memory_store(&memory, 0x800e, 0x0a0b0c0d, 4);
    chip_saw("w2@0=a0b ");
    ck_assert_uint_eq(memory_load(&memory, 0x800c, 4), 0x0c0d0304);
    ck_assert_ptr_null(memory_page(&memory, 0x8000, &flags, &writable));
    ck_assert_uint_eq(memory.flags[8], PAGE_DIRTY | PAGE_DIRTY_VIDEO);
}
END_TEST

START_TEST(writers_tell_the_listener)
{
    u8 *flags, bytes[3 * PAGE_SIZE];
    bool writable;
    memset(bytes, 0x77, sizeof(bytes));
    memory_store(&memory, 0x5000, 1, 1);
    heard_is("");
    ck_assert_ptr_eq(memory_page(&memory, 0x5123, &flags, &writable), memory.ram + 0x5000);
    ck_assert(writable && flags == &memory.flags[5]);
    *flags |= PAGE_HAS_CODE;
    memory.flags[7] |= PAGE_HAS_CODE;
    memory_store(&memory, 0x5ffe, 0x66778899, 4);
    heard_is("code 5ffe+2 (99) ");
    memory_store(&memory, 0x5004, 0x42, 2);
    heard_is("code 5004+2 (42) ");
    memory_write(&memory, 0x4ff0, bytes, sizeof(bytes));
    heard_is("code 5000+1000 (77) code 7000+ff0 (77) ");
    ck_assert_uint_eq(memory.flags[6], PAGE_DIRTY | PAGE_DIRTY_VIDEO);
    ck_assert_uint_eq(memory.flags[7], PAGE_DIRTY | PAGE_DIRTY_VIDEO | PAGE_HAS_CODE);
    ck_assert_uint_eq(memory.flags[8], 0);
}
END_TEST

START_TEST(hash_follows_the_contents)
{
    u64 empty = memory_hash(&memory);
    heard_is("");
    memory_store(&memory, 0x3000, 0x12, 1);
    u64 low = memory_hash(&memory);
    heard_is("clean ");
    ck_assert(low != empty);
    ck_assert_uint_eq(memory.flags[3], PAGE_DIRTY_VIDEO);
    ck_assert(memory_hash(&memory) == low);
    heard_is("");
    memory_store(&memory, 0x3000, 0, 1);
    memory_store(&memory, 0x4000, 0x12, 1);
    ck_assert(memory_hash(&memory) != low);
    memory_store(&memory, 0x4000, 0, 1);
    ck_assert(memory_hash(&memory) == empty);
    memory.listener.dirty_cleared = NULL;
    for (u32 i = 0; i < 2000; i++) {
        u32 at = i * 2089 % (4 * MIB);
        memory_store(&memory, at, 1u << i % 8, 1);
        ck_assert(memory_hash(&memory) != empty);
        memory_store(&memory, at, 0, 1);
        ck_assert(memory_hash(&memory) == empty);
    }
}
END_TEST

static size_t pages_resident(void *start, size_t bytes)
{
    size_t pages = bytes / PAGE_SIZE, resident = 0;
    unsigned char *map = malloc(pages);
    ck_assert_int_eq(mincore(start, bytes, map), 0);
    for (size_t i = 0; i < pages; i++)
        resident += map[i] & 1;
    free(map);
    return resident;
}

START_TEST(untouched_ram_costs_nothing)
{
    struct memory big;
    ck_assert(memory_init(&big, (u64)1024 * MIB, NULL));
    memory_map_ram(&big, "ram", 0, (u64)1024 * MIB, 0, 0);
    memory_store(&big, 512 * MIB, 1, 1);
    memory_hash(&big);
    ck_assert_uint_le(pages_resident(big.ram, (size_t)1024 * MIB), 512);
    ck_assert_uint_le(pages_resident(big.page, 8 * MIB), 512);
    ck_assert_uint_le(pages_resident(big.page_hash, 2 * MIB), 1);
    memory_destroy(&big);
}
END_TEST

START_TEST(full_ram_wraps_too)
{
    struct memory full;
    ck_assert(memory_init(&full, (u64)4096 * MIB, NULL));
    memory_map_ram(&full, "ram", 0, (u64)4096 * MIB, 0, 0);
    u8 bytes[2 * PAGE_SIZE];
    memset(bytes, 0x99, sizeof(bytes));
    memory_write(&full, 0xfffff000, bytes, sizeof(bytes));
    ck_assert_uint_eq(full.ram[PAGE_SIZE - 1], 0x99);
    ck_assert_uint_eq(memory_load(&full, 0xffffffff, 4), 0x99999999);
    memory_destroy(&full);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
    struct error why;
    struct memory none;
    ck_assert(!memory_init(&none, 0, &why));
    ck_assert(!memory_init(&none, 4097, &why));
    ck_assert(!memory_init(&none, (u64)1 << 40, &why));
    ck_assert_ptr_nonnull(strstr(why.text, "-m"));
    memory_destroy(&none);
}
END_TEST

Suite *memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, ram_reads_back);
    tcase_add_test(tests, nobody_reads_ones_and_drops_writes);
    tcase_add_test(tests, space_wraps_at_4_gib);
    tcase_add_test(tests, a20_masks_every_access);
    tcase_add_test(tests, priority_decides_and_regions_move);
    tcase_add_test(tests, rom_drops_or_passes_writes);
    tcase_add_test(tests, mmio_sees_bus_accesses);
    tcase_add_test(tests, a_page_may_be_shared);
    tcase_add_test(tests, writers_tell_the_listener);
    tcase_add_test(tests, hash_follows_the_contents);
    tcase_add_test(tests, untouched_ram_costs_nothing);
    tcase_add_test(tests, full_ram_wraps_too);
    tcase_add_test(tests, absurd_sizes_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
