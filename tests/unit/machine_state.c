/* The whole machine's state: no byte of a component is forgotten, each value and each byte of RAM counts in the hash,
 * and what is saved of one machine makes another go on as it would have. */
#include "frontend/session.h"
#include "tests/unit/machine_move.h"
#include <check.h>
#include <stdio.h>

enum { RUN_BEFORE = 30000000, RUN_AFTER = 20000000 };

struct setup { struct host host; struct load load; struct disk disk; struct machine *machine; };

static bool boot(void *self, struct machine *m, struct error *why) { return load_kernel(self, m, why); }

static bool disk_read(void *self, u64 sector, u32 count, void *bytes)
{
    (void)self;
    memset(bytes, (int)sector, (size_t)count * 512);
    return true;
}

/* Every chip of the board is there, with the guest of our own running. */
static void start_under(struct setup *s, const char *monitor)
{
    struct error why = { "" };
    memset(s, 0, sizeof *s);
    host_init(&s->host, (u64)1 << 30);
    s->load = (struct load){ .kernel = session_embedded_guest(), .command_line = "" };
    s->disk = (struct disk){ .sectors = 4096, .sector_size = 512, .read_only = true, .read = disk_read };
    struct machine_config config = {
        .ram_bytes = 16 << 20, .vga_bytes = VGA_MIN_BYTES, .model = cpu_model_find("max"), .engine = { ENGINE_TAIL, 32, 0 }, .serial_pace = 32,
        .boot = boot, .boot_self = &s->load, .exit_base = 0x501, .exit_size = 1,
        .drive = { { IDE_DISK, &s->disk }, { 0 }, { IDE_CDROM, NULL } },
    };
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) config.serial[i].present = true;
    ck_assert_msg(vmm_parse(&config.vmm, monitor, &why), "%s", why.text);
    s->machine = machine_create(&config, &s->host, &why);
    ck_assert_msg(s->machine != NULL, "%s", why.text);
}

static void start(struct setup *s) { start_under(s, "compliant"); }

static void finish(struct setup *s)
{
    machine_destroy(s->machine);
    host_destroy(&s->host);
}

START_TEST(no_byte_is_forgotten)
{
    struct setup s;
    start(&s);
    for (unsigned i = 0; i < s.machine->components; i++) {
        const struct component *c = &s.machine->component[i];
        size_t uncovered = 0;
        ck_assert_msg(state_covers(c->fields, c->size, &uncovered), "%s: byte %zu is in no row", c->name, uncovered);
    }
    unsigned devices = 0;
    for (const struct device *dev = s.machine->devices; dev; dev = dev->next) devices++;
    ck_assert_uint_eq(s.machine->guest_components, 4 + devices);
    finish(&s);
}
END_TEST

/* ---- flipping ---- */
struct flip { struct machine *machine; const struct component *component; bool guest; unsigned done; };

static u64 flip_hash(const struct flip *f)
{
    return f->guest ? machine_hash(f->machine) : machine_monitor_hash(f->machine);
}

static void flip_byte(struct flip *f, const char *path, u8 *byte, u8 bit)
{
    u64 before = state_hash(0, f->component);
    *byte ^= bit;
    u64 after = state_hash(0, f->component);
    ck_assert_msg(before != after, "%s.%s: bit %02x does not count", f->component->name, path, bit);
    /* The whole machine's hash is slow: every 101st flip asks it too. */
    if (f->done++ % 101 == 0) {
        u64 other = flip_hash(f);
        *byte ^= bit;
        ck_assert_msg(other != flip_hash(f), "%s.%s: not in the machine's hash", f->component->name, path);
        return;
    }
    *byte ^= bit;
}

static void flip_event(struct flip *f, const char *path, struct event *event)
{
    u64 before = state_hash(0, f->component);
    event->armed = !event->armed;
    ck_assert_msg(before != state_hash(0, f->component), "%s.%s: armed does not count", f->component->name, path);
    event->armed = true;
    before = state_hash(0, f->component);
    event->cycle ^= 1;
    ck_assert_msg(before != state_hash(0, f->component), "%s.%s: cycle does not count", f->component->name, path);
    f->done++;
}

static void flip_rows(struct flip *f, const char *prefix, const struct field *row, u8 *base)
{
    char path[256];
    for (; row->kind != FIELD_STOP; row++) {
        if (row->kind == FIELD_SKIP) continue;
        snprintf(path, sizeof path, "%.180s.%s", prefix, row->name);
        for (size_t i = 0; i < row->count; i++) {
            u8 *at = base + row->offset + i * row->size;
            if (row->kind == FIELD_STRUCT) flip_rows(f, path, row->fields, at);
            else if (row->kind == FIELD_EVENT) flip_event(f, path, (struct event *)at);
            else for (size_t k = 0; k < row->size; k++) flip_byte(f, path, at + k, (u8)(1 << (i + k) % 8));
        }
    }
}

/* As it is, not in its one form: that would undo what is flipped. */
START_TEST(each_value_counts)
{
    struct setup s;
    start(&s);
    machine_run(s.machine, RUN_BEFORE, UINT64_MAX, false);
    machine_hash(s.machine);
    machine_monitor_hash(s.machine);
    for (unsigned i = 0; i < s.machine->components; i++) {
        struct component *c = &s.machine->component[i];
        struct flip f = { s.machine, c, i < s.machine->guest_components, 0 };
        /* Of the TLBs, one slot in use: all are alike, and 96 KiB would take long. */
        static const struct field slot[] = {
            { "slot", NULL, 0, sizeof(u32), 3, FIELD_UINT, NULL, false, 0 }, FIELD_END
        };
        c->canonical = NULL;
        ck_assert(f.guest || s.machine->cpu.tlb.data_count > 0);
        if (f.guest) flip_rows(&f, "", c->fields, c->self);
        else flip_rows(&f, "", slot, (u8 *)&s.machine->cpu.tlb.data[s.machine->cpu.tlb.data_filled[0]]);
        ck_assert_msg(f.done > 0 || c->fields[0].kind == FIELD_STOP || strcmp(c->name, "debugexit") == 0,
                      "%s has no state", c->name);
    }
    finish(&s);
}
END_TEST

START_TEST(each_byte_of_ram_counts)
{
    struct setup s;
    start(&s);
    machine_run(s.machine, RUN_BEFORE, UINT64_MAX, false);
    u64 before = machine_hash(s.machine);
    for (u32 at = 0; at < s.machine->memory.ram_bytes; at += 4099) {
        if (at >= 0xA0000 && at < 0x100000) continue;            /* not RAM that the CPU sees there */
        u8 byte, other;
        memory_read(&s.machine->memory, at, &byte, 1);
        other = byte ^ (u8)(1 << at % 8);
        memory_write(&s.machine->memory, at, &other, 1);
        ck_assert_msg(machine_hash(s.machine) != before, "byte %x does not count", at);
        memory_write(&s.machine->memory, at, &byte, 1);
        ck_assert_uint_eq(machine_hash(s.machine), before);
    }
    finish(&s);
}
END_TEST

/* The flags' many forms are one; what was dropped from a TLB is gone. */
START_TEST(lazy_state_has_one_form)
{
    struct setup s;
    start(&s);
    struct cpu *cpu = &s.machine->cpu;
    flags_logic(cpu, 5, 4);
    u64 hash = machine_hash(s.machine);
    flags_logic(cpu, 3, 4);
    ck_assert_uint_eq(machine_hash(s.machine), hash);
    u64 monitor = machine_monitor_hash(s.machine);
    cpu->tlb.data[77].linear ^= 0x1000;
    ck_assert_uint_eq(cpu->tlb.data[77].bits, 0);
    ck_assert_uint_eq(machine_monitor_hash(s.machine), monitor);
    finish(&s);
}
END_TEST

static void print_difference(void *self, const char *path, u64 a, u64 b)
{
    (void)self;
    printf("%s: %llx, %llx\n", path, (unsigned long long)a, (unsigned long long)b);
}

/* The machine moved into has decoded other code at the same places, and filled its TLBs. */
static void leave_a_past(struct machine *m)
{
    static const u8 nops[4096] = { [0 ... 4095] = 0x90 };
    for (u32 at = 0x100000; at < 0x120000; at += sizeof nops)
        memory_write(&m->memory, at, nops, sizeof nops);
    machine_run(m, 60000, UINT64_MAX, false);
}

static void move_and_go_on(struct machine *from, struct machine *to, u64 at)
{
    struct error why;
    leave_a_past(to);
    machine_run(from, at, UINT64_MAX, false);
    ck_assert_msg(machine_move(from, to, &why), "%s", why.text);
    for (unsigned i = 0; i < from->components; i++)
        ck_assert_uint_eq(state_diff(&from->component[i], &to->component[i], print_difference, NULL), 0);
    ck_assert_uint_eq(machine_hash(from), machine_hash(to));
    for (unsigned k = 0; k < 20; k++) {
        u64 until = from->clock.now + RUN_AFTER / 20;
        machine_run(from, until, UINT64_MAX, false);
        machine_run(to, until, UINT64_MAX, false);
        ck_assert_uint_eq(from->clock.now, to->clock.now);
        ck_assert_uint_eq(from->cpu.insns, to->cpu.insns);
        ck_assert_uint_eq(machine_hash(from), machine_hash(to));
        ck_assert_uint_eq(machine_monitor_hash(from), machine_monitor_hash(to));
    }
}

/* Moved at several points of the guest's run: real mode, paging, V86, A20 shut. */
START_TEST(moved_machine_goes_on)
{
    struct setup from, to;
    start(&from);
    from.machine->memory.a20 = _i % 2;
    start(&to);
    move_and_go_on(from.machine, to.machine, 1000003 * (u64)(1 + 7 * _i));
    finish(&from);
    finish(&to);
}
END_TEST

/* The guest is de-privileged: what the chip is between two runs moves too, also where it leaks. */
static const char *const monitors[] = { "pentium", "strict", "patch", "hybrid", "pv" };
START_TEST(moved_monitor_goes_on)
{
    struct setup from, to;
    start_under(&from, monitors[_i / 3]);
    start_under(&to, monitors[_i / 3]);
    move_and_go_on(from.machine, to.machine, 2000003 * (u64)(1 + 11 * (_i % 3)));
    finish(&from);
    finish(&to);
}
END_TEST

/* At the end of 64 bits an event that is armed for later would be due at once, for ever. */
START_TEST(no_machine_is_too_old)
{
    struct setup from, to;
    struct error why = { "" };
    start(&from);
    start(&to);
    machine_run(from.machine, RUN_BEFORE, UINT64_MAX, false);
    from.machine->clock.now = UINT64_MAX - 10;
    ck_assert_msg(machine_move(from.machine, to.machine, &why), "%s", why.text);
    ck_assert_uint_eq(to.machine->clock.now, CLOCK_END / 2);
    machine_run(to.machine, CLOCK_END / 2 + RUN_AFTER, UINT64_MAX, false);
    ck_assert_uint_ge(to.machine->clock.now, CLOCK_END / 2 + RUN_AFTER);
    finish(&from);
    finish(&to);
}
END_TEST

Suite *machine_state_suite(void)
{
    const TTest *const tests[] = {
        no_byte_is_forgotten, each_value_counts, each_byte_of_ram_counts, lazy_state_has_one_form,
        no_machine_is_too_old,
    };
    Suite *suite = suite_create("machine_state");
    TCase *tcase = tcase_create("machine_state");
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, moved_machine_goes_on, 0, 12);
    tcase_add_loop_test(tcase, moved_monitor_goes_on, 0, 3 * ARRAY_LEN(monitors));
    suite_add_tcase(suite, tcase);
    return suite;
}
