/* Firmware configuration: selector and data, directory, DMA, and what a hostile guest may ask for. */
#include "devices/fw_cfg.h"
#include "tests/unit/chip_board.h"

struct fixture { struct chip_board b; struct memory memory; struct fw_cfg fw; };

static void start(struct fixture *f)
{
    struct error why;
    memset(f, 0, sizeof *f);
    chip_board_init(&f->b, 1000000);
    ck_assert(memory_init(&f->memory, 1 << 20, &why));
    memory_map_ram(&f->memory, "ram", 0, 1 << 20, 0, 0);
    f->b.board.memory = &f->memory;
    chip_start(&f->b, &f->fw.dev, &fw_cfg_class, "fw_cfg");
    ck_assert(fw_cfg_add_file(&f->fw, "etc/one", "first", 5, &why));
    ck_assert(fw_cfg_add_file(&f->fw, "etc/two", "second", 6, &why));
}

static void finish(struct fixture *f)
{
    fw_cfg_class.detach(&f->fw.dev);
    memory_destroy(&f->memory);
}

static void choose(struct fixture *f, u16 key) { ports_write(&f->b.ports, 0x510, key, 2); }
static const char *read_text(struct fixture *f, char *text, unsigned length)
{
    for (unsigned i = 0; i < length; i++) text[i] = (char)in8(&f->b, 0x511);
    text[length] = 0;
    return text;
}

/* Writes a descriptor at 1000h, starts it, returns the control word it leaves. */
static u32 dma(struct fixture *f, u32 control, u32 length, u32 high, u32 address)
{
    u32 words[4] = { __builtin_bswap32(control), __builtin_bswap32(length), __builtin_bswap32(high),
                     __builtin_bswap32(address) };
    memory_write(&f->memory, 0x1000, words, sizeof words);
    ports_write(&f->b.ports, 0x514, 0, 4);
    ports_write(&f->b.ports, 0x518, __builtin_bswap32(0x1000), 4);
    run_ns(&f->b, 5000000000);
    memory_read(&f->memory, 0x1000, words, 4);
    return __builtin_bswap32(words[0]);
}

START_TEST(items)
{
    struct fixture f;
    char text[16];
    start(&f);
    choose(&f, FW_CFG_SIGNATURE);
    ck_assert_str_eq(read_text(&f, text, 4), "QEMU");
    ck_assert_uint_eq(in8(&f.b, 0x511), 0);                        /* beyond the end */
    choose(&f, FW_CFG_ID);
    ck_assert_uint_eq(in8(&f.b, 0x511), 3);
    choose(&f, FW_CFG_FILE_FIRST + 1);
    ck_assert_str_eq(read_text(&f, text, 6), "second");
    choose(&f, 0xFFFF);
    ck_assert_uint_eq(in8(&f.b, 0x511), 0);
    ck_assert_uint_eq(in8(&f.b, 0x510), 0);
    finish(&f);
}
END_TEST

START_TEST(directory)
{
    struct fixture f;
    u8 bytes[4 + 128];
    start(&f);
    choose(&f, FW_CFG_FILE_DIRECTORY);
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = in8(&f.b, 0x511);
    ck_assert_uint_eq(bytes[3], 2);
    ck_assert_uint_eq(bytes[4 + 64 + 3], 6);
    ck_assert_uint_eq(bytes[4 + 64 + 5], FW_CFG_FILE_FIRST + 1);
    ck_assert_str_eq((const char *)bytes + 4 + 64 + 8, "etc/two");
    ck_assert_ptr_eq(fw_cfg_file(&f.fw, "etc/two"), &f.fw.item[FW_CFG_FILE_FIRST + 1]);
    ck_assert_ptr_null(fw_cfg_file(&f.fw, "etc"));
    finish(&f);
}
END_TEST

START_TEST(refused)
{
    struct fixture f;
    struct error why;
    char name[16];
    start(&f);
    ck_assert(!fw_cfg_add_file(&f.fw, "etc/two", "x", 1, &why));
    ck_assert(!fw_cfg_add_file(&f.fw, "a name that is longer than the fifty-five characters there are", "x", 1, &why));
    for (unsigned i = 2; i < FW_CFG_FILES; i++) {
        snprintf(name, sizeof name, "file%u", i);
        ck_assert(fw_cfg_add_file(&f.fw, name, NULL, 0, &why));
    }
    ck_assert(!fw_cfg_add_file(&f.fw, "more", "x", 1, &why));
    finish(&f);
}
END_TEST

START_TEST(dma_reads)
{
    struct fixture f;
    char text[8] = "";
    start(&f);
    ck_assert_uint_eq(ports_read(&f.b.ports, 0x514, 4), 0x554D4551);
    ck_assert_uint_eq(ports_read(&f.b.ports, 0x518, 4), 0x47464320);
    memory_write(&f.memory, 0x2000, "zzzzzzzz", 8);
    ck_assert_uint_eq(dma(&f, (FW_CFG_FILE_FIRST + 1) << 16 | 8 | 2, 3, 0, 0x2000), 0);
    memory_read(&f.memory, 0x2000, text, 4);
    ck_assert_str_eq(text, "secz");
    ck_assert_uint_eq(dma(&f, 4, 1, 0, 0), 0);                     /* skip one */
    ck_assert_uint_eq(dma(&f, 2, 4, 0, 0x2000), 0);                /* two letters and zeros */
    memory_read(&f.memory, 0x2000, text, 5);
    ck_assert_mem_eq(text, "nd\0\0z", 5);
    finish(&f);
}
END_TEST

/* As long as a transfer is under way nothing else begins, and it keeps the length it began with. */
START_TEST(dma_takes_time)
{
    struct fixture f;
    u32 words[4] = { __builtin_bswap32(FW_CFG_FILE_FIRST << 16 | 8 | 2), __builtin_bswap32(4000), 0, __builtin_bswap32(0x2000) };
    u8 bytes[2];
    start(&f);
    memory_write(&f.memory, 0x1000, words, sizeof words);
    ports_write(&f.b.ports, 0x518, __builtin_bswap32(0x1000), 4);
    words[3] = __builtin_bswap32(0x3000);
    memory_write(&f.memory, 0x1800, words, sizeof words);
    ports_write(&f.b.ports, 0x518, __builtin_bswap32(0x1800), 4);
    run_ns(&f.b, 4000);
    memory_read(&f.memory, 0x2000, bytes, 1);
    ck_assert_uint_eq(bytes[0], 0);
    run_ns(&f.b, 2000);
    memory_read(&f.memory, 0x2000, bytes, 1);
    memory_read(&f.memory, 0x3000, bytes + 1, 1);
    ck_assert_uint_eq(bytes[0], 'f');
    ck_assert_uint_eq(bytes[1], 0);
    finish(&f);
}
END_TEST

START_TEST(dma_hostile)
{
    struct fixture f;
    start(&f);
    u32 select = FW_CFG_FILE_FIRST << 16 | 8;
    ck_assert_uint_eq(dma(&f, select | 2, 0xFFFFFFFF, 0, 0x2000), 1);
    ck_assert_uint_eq(dma(&f, select | 2, 5, 1, 0x2000), 1);       /* above 4 GiB */
    ck_assert_uint_eq(dma(&f, select | 16, 5, 0, 0x2000), 1);      /* write */
    ck_assert_uint_eq(dma(&f, select | 4, 0xFFFFFFFF, 0, 0), 0);
    ck_assert_uint_eq(dma(&f, 2, 1, 0, 0xFFFFFFFF), 0);
    ports_write(&f.b.ports, 0x514, 1, 4);                          /* descriptor above 4 GiB */
    ports_write(&f.b.ports, 0x518, 0, 4);
    u64 random = 1;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        dma(&f, (u32)(random >> 8) & 0x003F001F, (u32)(random >> 40) >> (i % 24), 0, (u32)(random >> 16));
    }
    hostile_guest(&f.b, 0x510, 12, 10);
    finish(&f);
}
END_TEST

START_TEST(saves_and_loads)
{
    struct fixture f, g;
    start(&f);
    start(&g);
    choose(&f, FW_CFG_FILE_FIRST);
    in8(&f.b, 0x511);
    check_save_load(&f.fw.dev, &g.fw.dev);
    ck_assert_uint_eq(in8(&g.b, 0x511), 'i');
    g.fw.key = 0xFFFF;
    g.fw.offset = 0xFFFFFFFF;
    ck_assert_uint_eq(in8(&g.b, 0x511), 0);
    finish(&f);
    finish(&g);
}
END_TEST

Suite *fw_cfg_suite(void)
{
    const TTest *const tests[] = { items, directory, refused, dma_reads, dma_takes_time, dma_hostile, saves_and_loads };
    return suite_of("fw_cfg", tests, ARRAY_LEN(tests));
}
