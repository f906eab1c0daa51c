/* The checks of the safety invariants (cpu/invariants.h, devices/invariants.h): a machine in the middle of a run holds them
 * all, and each way of breaking one is found under its name. That the walls themselves stand is for tests/attack. */
#include "cpu/block.h"
#include "devices/invariants.h"
#include "devices/load.h"
#include "frontend/session.h"
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RAM_BYTES = 16 << 20, STEP = 300000 };

struct fixture { struct host host; struct load load; struct machine *m; struct cpu *cpu; };

static bool boot(void *self, struct machine *m, struct error *why) { return load_kernel(self, m, why); }

/* The embedded guest under a monitor, between two instructions in protected mode; `chip`: de-privileged on the chip. */
static struct fixture *fixture_new(const char *monitor, u64 every)
{
    struct error why = { "" };
    struct fixture *f = calloc(1, sizeof *f);
    host_init(&f->host, 1 << 30);
    f->load = (struct load){ .kernel = session_embedded_guest(), .command_line = "" };
    struct machine_config config = {
        .ram_bytes = RAM_BYTES, .vga_bytes = VGA_MIN_BYTES, .model = cpu_model_find("max"), .engine = { ENGINE_TAIL, 32, 0 }, .serial_pace = 32,
        .boot = boot, .boot_self = &f->load, .check_invariants = every,
    };
    ck_assert(vmm_parse(&config.vmm, monitor, &why));
    config.serial[0].present = true;
    f->m = machine_create(&config, &f->host, &why);
    ck_assert_msg(f->m != NULL, "%s", why.text);
    f->cpu = &f->m->cpu;
    for (unsigned i = 0; i < 4 || !(f->cpu->sys.cr0 & CR0_PE); i++)
        ck_assert_int_eq(machine_run(f->m, f->m->clock.now + STEP, UINT64_MAX, false), MACHINE_RUNS);
    return f;
}

static void fixture_free(struct fixture *f)
{
    machine_destroy(f->m);
    host_destroy(&f->host);
    free(f);
}

/* ---- ways to break them ---- */
static struct tag *tag_any(struct cpu *cpu, unsigned *slot)
{
    for (unsigned k = 0; k < cpu->tlb.data_count; k++) {
        *slot = cpu->tlb.data_filled[k];
        if (cpu->tlb.tag[VIEW_KERNEL][*slot].write != NO_TAG) return &cpu->tlb.tag[VIEW_KERNEL][*slot];
    }
    ck_abort_msg("no tag to break");
    return NULL;
}
static struct region *region_named(struct machine *m, const char *name)
{
    struct region *r = m->memory.regions;
    while (r && strcmp(r->name, name) != 0) r = r->next;
    ck_assert_ptr_nonnull(r);
    return r;
}
#define BREAK(name) static void name(struct fixture *f)
#define SLOT unsigned slot; struct tag *tag = tag_any(f->cpu, &slot); struct translation *t = &f->cpu->tlb.data[slot]; (void)t, (void)tag

BREAK(port_stolen)        { f->m->ports.owner[0x1234] = f->m->ports.owner[0x20]; }
BREAK(port_swapped)       { f->m->ports.owner[0x21] = f->m->ports.owner[0x40]; }
BREAK(port_lost)          { f->m->ports.owner[0x21] = 0; }
BREAK(port_no_claim)      { f->m->ports.owner[0x1234] = 127; }
BREAK(page_lost)          { f->m->memory.page[0] = NULL; }
BREAK(page_beyond)        { f->m->memory.page[RAM_BYTES >> PAGE_SHIFT] = region_named(f->m, "ram"); }
BREAK(ram_twice)          { memory_map_ram(&f->m->memory, "twin", 0x80000000, PAGE_SIZE, 0x200000, 0); }
BREAK(tag_next_frame)     { SLOT; tag->addend += PAGE_SIZE; }
BREAK(tag_stale)          { SLOT; t->bits = 0; }
BREAK(tag_other_page)     { SLOT; tag->read = t->linear ^ (u32)TLB_SETS << PAGE_SHIFT; }
BREAK(tag_not_dirty)      { SLOT; t->bits &= ~(u32)TLB_DIRTY; }
BREAK(tag_traced)
{
    u8 *flags;
    bool writable;
    SLOT;
    tag->write &= ~CODE_TAG;
    memory_page(&f->m->memory, t->physical, &flags, &writable);
    *flags |= PAGE_TRACED;
}
BREAK(tag_rom)
{
    u8 *host;
    SLOT;
    memory_map_rom(&f->m->memory, "new rom", 0x90000000, PAGE_SIZE, NULL, 0);
    host = region_named(f->m, "new rom")->host;
    t->physical = 0x90000000;
    t->bits |= TLB_VALID;
    *tag = (struct tag){ t->linear, t->linear, (uintptr_t)host - t->linear };
    f->cpu->tlb.data_filled[f->cpu->tlb.data_count++] = (u16)slot;
}
BREAK(code_elsewhere)
{
    ck_assert_uint_gt(f->cpu->tlb.code_count, 0);
    unsigned slot = f->cpu->tlb.code_filled[0];
    const struct translation *t = &f->cpu->tlb.code[slot];
    f->cpu->tlb.code_tag[VIEW_KERNEL][slot] = (struct code_tag){ t->linear, t->physical + PAGE_SIZE };
}
BREAK(tag_unlisted)
{
    unsigned slot = 0;
    while (f->cpu->tlb.data[slot].bits & TLB_VALID) slot++;
    f->cpu->tlb.tag[VIEW_KERNEL][slot].write = slot << PAGE_SHIFT;
}
BREAK(tag_in_no_view)     { f->cpu->tlb.tag[VIEWS][7].read = 7 << PAGE_SHIFT; }
BREAK(region_too_long)    { region_named(f->m, "ram")->size += PAGE_SIZE; }
BREAK(port_of_other)
{
    for (unsigned i = 0; i < f->m->ports.claims; i++)
        if (f->m->ports.claim[i].count) f->m->ports.claim[i].self = f;
}
BREAK(register_of_other)
{
    static const struct region_ops ops = { .widths = WIDTH_8 };
    memory_map_mmio(&f->m->memory, "registers", 0x90000000, PAGE_SIZE, &ops, f, 0);
}
BREAK(bus_of_other)       { f->m->board.memory = NULL; }
BREAK(chip_of_other)      { f->m->devices->board = NULL; }
BREAK(listener_of_other)  { f->m->memory.listener.self = f; }
BREAK(line_stolen)        { f->m->irq_drivers[5] |= 1; i8259_irq(&f->m->pic, 5, true); }
BREAK(line_by_sibling)
{
    f->m->serial[1].irq.level = true;                /* its wire is the third, serial3's the fourth; line 3 is theirs */
    f->m->irq_drivers[3] = 1 << 3;
    i8259_irq(&f->m->pic, 3, true);
}
BREAK(line_unheard)       { f->m->irq_drivers[0] ^= 1; }
BREAK(line_other_machine) { f->m->pit.irq.self = f; }
BREAK(line_sold)          { f->m->cpu.monitor->allocator.irq[1].owner = "another"; }
BREAK(line_at_controller) { f->m->pic.chip[1].lines ^= 0x20; }
BREAK(intr_unheard)       { f->m->cpu.intr_level ^= 1; }
BREAK(pic_of_other)       { f->m->cpu.acknowledge_self = f; }
BREAK(disk_of_other)      { static struct disk foreign; f->m->ide.channel[0].drive[0].disk = &foreign; }
static bool not_owned(void *self, struct error *why) { return error_set(why, "%s", self ? "file of another" : ""); }
BREAK(file_of_other)      { f->m->config.files_owned = not_owned; f->m->config.files_self = f; }
BREAK(grant_forged)       { f->host.ram_used += 4096; }
BREAK(grant_lost)         { host_release_ram(&f->host, f->m); }
BREAK(budget_overrun)     { f->host.ram_budget = RAM_BYTES - 1; }
BREAK(user_tag)
{
    SLOT;
    t->bits &= ~(u32)TLB_USER;
    f->cpu->tlb.tag[VIEW_USER][slot] = *tag;
}
BREAK(user_tag_writes)
{
    SLOT;
    t->bits = (t->bits | TLB_USER) & ~(u32)TLB_WRITE;
    f->cpu->tlb.tag[VIEW_USER][slot] = *tag;
}
BREAK(user_code)
{
    unsigned slot = f->cpu->tlb.code_filled[0];
    f->cpu->tlb.code[slot].bits &= ~(u32)TLB_USER;
    f->cpu->tlb.code_tag[VIEW_USER][slot] = (struct code_tag){ f->cpu->tlb.code[slot].linear, f->cpu->tlb.code[slot].physical };
}
BREAK(data_view)          { f->cpu->dtlb = f->cpu->tlb.tag[!f->cpu->paging_user]; }
BREAK(code_view)          { f->cpu->itlb = f->cpu->tlb.code_tag[!f->cpu->paging_user]; }
BREAK(level_without_view) { ((struct system *)f->cpu->guest)->cpl = 3; }
BREAK(level_of_code)
{
    f->cpu->paging_user = true;
    f->cpu->dtlb = f->cpu->tlb.tag[VIEW_USER];
    f->cpu->itlb = f->cpu->tlb.code_tag[VIEW_USER];
    ((struct system *)f->cpu->guest)->cpl = 3;
}
BREAK(tag_to_monitor)     { SLOT; tag->addend = (uintptr_t)&f->cpu->sys - t->linear; }
BREAK(tag_to_blocks)      { SLOT; tag->addend = (uintptr_t)f->cpu->blocks->arena - t->linear; }
BREAK(tag_to_map)         { SLOT; tag->addend = (uintptr_t)f->m->memory.page - t->linear; }
BREAK(region_to_monitor)  { region_named(f->m, "low ram")->host = (u8 *)f->cpu->monitor; }
BREAK(gdt_not_monitors)   { f->cpu->sys.gdtr.base = 0x1000; }
BREAK(idt_not_monitors)   { f->cpu->sys.idtr.limit = 0xffff; }
BREAK(tr_not_monitors)    { f->cpu->sys.tr.selector = 0x28; }
BREAK(guest_misplaced)    { f->cpu->guest = f->cpu->on_chip ? &f->cpu->sys : &f->cpu->monitor->vmm.virtual; }
BREAK(chip_if)            { f->cpu->sys.eflags &= ~(u32)FLAG_IF; }
BREAK(chip_iopl)          { f->cpu->sys.eflags |= FLAG_IOPL; }
BREAK(chip_cpl)           { f->cpu->sys.cpl = 0; }
BREAK(chip_real)          { f->cpu->sys.cr0 &= ~(u32)CR0_PE; }
BREAK(chip_io_map)        { f->cpu->sys.tr.limit = 0x2067; }
BREAK(slice_too_long)     { f->cpu->budget = (s64)1 << 32; f->cpu->synced = false; f->cpu->deadline = UINT64_MAX; }
BREAK(slice_overrun)      { f->cpu->budget = -((s64)100000 << 32); f->cpu->synced = true; }

static const struct way { const char *name; void (*breaks)(struct fixture *); enum invariant which; bool chip; } ways[] = {
#define WAY(breaks, which, chip) { #breaks, breaks, INVARIANT_##which, chip }
    WAY(port_stolen, I1, false), WAY(port_swapped, I1, false), WAY(port_lost, I1, false), WAY(port_no_claim, I1, false), WAY(page_lost, I1, false),
    WAY(page_beyond, I1, false), WAY(ram_twice, I1, false),
    WAY(tag_next_frame, I2, false), WAY(tag_stale, I2, false), WAY(tag_other_page, I2, false), WAY(tag_not_dirty, I2, false),
    WAY(tag_traced, I2, false), WAY(tag_unlisted, I2, false), WAY(tag_in_no_view, I2, false), WAY(tag_rom, I2, false), WAY(code_elsewhere, I2, false), WAY(region_too_long, I2, true),
    WAY(port_of_other, I3, false), WAY(register_of_other, I3, false), WAY(bus_of_other, I3, false),
    WAY(chip_of_other, I3, false), WAY(listener_of_other, I3, false),
    WAY(line_stolen, I4, false), WAY(line_by_sibling, I4, false), WAY(line_unheard, I4, false), WAY(line_other_machine, I4, false), WAY(line_sold, I4, false),
    WAY(line_at_controller, I4, false), WAY(intr_unheard, I4, false), WAY(pic_of_other, I4, false),
    WAY(disk_of_other, I5, false), WAY(file_of_other, I5, false),
    WAY(grant_forged, I7, false), WAY(grant_lost, I7, false), WAY(budget_overrun, I7, false),
    WAY(user_tag, I8, false), WAY(user_tag_writes, I8, false), WAY(user_code, I8, false), WAY(data_view, I8, false),
    WAY(code_view, I8, true), WAY(level_without_view, I8, true), WAY(level_of_code, I8, true),
    WAY(tag_to_monitor, I9, false), WAY(tag_to_blocks, I9, false), WAY(tag_to_map, I9, false),
    WAY(region_to_monitor, I9, true), WAY(gdt_not_monitors, I9, true), WAY(idt_not_monitors, I9, true),
    WAY(tr_not_monitors, I9, true), WAY(guest_misplaced, I9, true), WAY(guest_misplaced, I9, false),
    WAY(chip_if, I10, true), WAY(chip_iopl, I10, true), WAY(chip_cpl, I10, true), WAY(chip_real, I10, true),
    WAY(chip_io_map, I10, true), WAY(slice_too_long, I10, false), WAY(slice_overrun, I10, false),
};

/* The processor's alone on the chip: the board is looked at between runs only. */
static bool holds(struct fixture *f, bool chip, struct breach *breach)
{
    return chip ? cpu_invariants_hold(f->cpu, breach) : machine_invariants_hold(f->m, breach);
}

/* A machine whose owners have been mixed up cannot be destroyed: it ends with the test's process, and is kept here so that
 * this is no leak. */
static struct fixture *volatile broken;

START_TEST(each_breach_has_its_name)
{
    const struct way *way = &ways[_i];
    struct breach breach = { INVARIANT_COUNT, "" };
    char text[400];
    struct fixture *f = fixture_new(way->chip ? "strict" : "compliant", 0);
    if (way->chip) vmm_resume(f->cpu);
    ck_assert_msg(f->cpu->on_chip == way->chip, "%s: not on the chip", way->name);
    ck_assert_msg(holds(f, way->chip, &breach), "%s: before: %s", way->name, breach.what);
    broken = f;
    way->breaks(f);
    ck_assert_msg(!holds(f, way->chip, &breach), "%s is not found", way->name);
    breach_text(&breach, text, sizeof text);
    ck_assert_msg(breach.which == way->which, "%s: found as %s", way->name, text);
    ck_assert_ptr_nonnull(strstr(text, "invariant I"));
}
END_TEST

/* Under a monitor that leaks, I8 is a row of the leak report. */
START_TEST(leaking_monitors_breach_by_report)
{
    struct breach breach;
    struct fixture *f = broken = fixture_new("pentium", 0);
    vmm_resume(f->cpu);
    level_without_view(f);
    ck_assert(cpu_invariants_hold(f->cpu, &breach));
}
END_TEST

START_TEST(new_ram_is_empty)
{
    struct breach breach;
    struct fixture *f = fixture_new("compliant", 0);
    ck_assert(!machine_ram_scrubbed(f->m, &breach));
    ck_assert_int_eq(breach.which, INVARIANT_I6);
    memset(f->m->memory.ram, 0, memory_storage(&f->m->memory));
    ck_assert(machine_ram_scrubbed(f->m, &breach));
    f->m->memory.ram[RAM_BYTES - 1] = 1;
    ck_assert(!machine_ram_scrubbed(f->m, &breach));
    fixture_free(f);
}
END_TEST

/* An image is its owner's as long as the claim stands and the file is the claimed one. */
START_TEST(files_have_owners)
{
    char path[] = "/tmp/trap86-invariants-XXXXXX";
    struct error why = { "" };
    struct host host;
    int fd = mkstemp(path), one, two;
    ck_assert_int_eq(ftruncate(fd, 4096), 0);
    host_init(&host, 0);
    struct image *image = image_open(&(struct image_request){ .path = path, .mode = IMAGE_WRITE, .sector_size = 512 }, &host, &one, &why);
    ck_assert(image_owned(image, &one, &why));
    ck_assert(!image_owned(image, &two, &why));
    host_release_all(&host, &one);
    ck_assert(!image_owned(image, &one, &why));
    image_close(image);
    close(fd);
    unlink(path);
    host_destroy(&host);
}
END_TEST

/* Checked while it runs: a breach ends the process. */
START_TEST(breach_aborts)
{
    struct fixture *f = fixture_new("strict", 1);
    ck_assert_uint_gt(f->cpu->monitor->invariants->checks, 100);
    ck_assert_uint_gt(f->cpu->monitor->invariants->runs, 1);
    f->m->ports.owner[0x1234] = 1;
    machine_run(f->m, f->m->clock.now + STEP, UINT64_MAX, false);
}
END_TEST

START_TEST(overrun_aborts)
{
    struct fixture *f = fixture_new("compliant", 1);
    machine_invariants_check(f->m, f->m->clock.now - INVARIANT_OVERRUN);
    machine_invariants_check(f->m, f->m->clock.now - INVARIANT_OVERRUN - 1);
}
END_TEST

START_TEST(standstill_aborts)
{
    struct fixture *f = fixture_new("compliant", 1u << 30);
    for (unsigned i = 0; i < 2 * INVARIANT_STANDSTILL; i++) invariants_exit(f->cpu);
}
END_TEST

/* What changes hands in the middle of an instruction is looked at there. */
START_TEST(board_is_looked_at_when_it_changes)
{
    struct error why;
    struct fixture *f = fixture_new("compliant", 1u << 30);
    struct allocator *allocator = &f->cpu->monitor->allocator;
    u64 looks = f->cpu->monitor->invariants->board_checks;
    invariants_exit(f->cpu);
    ck_assert_uint_eq(f->cpu->monitor->invariants->board_checks, looks);
    static const struct region_ops ops = { .widths = WIDTH_8 };
    ck_assert(allocator_ports(allocator, 0x1234, 4, &ops, &f->m->pit, "new", &why));
    invariants_exit(f->cpu);
    ck_assert_uint_eq(f->cpu->monitor->invariants->board_checks, looks + 1);
    fixture_free(f);
}
END_TEST

Suite *invariants_suite(void)
{
    Suite *suite = suite_create("invariants");
    TCase *tcase = tcase_create("invariants");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, each_breach_has_its_name, 0, ARRAY_LEN(ways));
    tcase_add_test(tcase, leaking_monitors_breach_by_report);
    tcase_add_test(tcase, new_ram_is_empty);
    tcase_add_test(tcase, files_have_owners);
    tcase_add_test(tcase, board_is_looked_at_when_it_changes);
    tcase_add_test_raise_signal(tcase, breach_aborts, SIGABRT);
    tcase_add_test_raise_signal(tcase, overrun_aborts, SIGABRT);
    tcase_add_test_raise_signal(tcase, standstill_aborts, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite;
}
