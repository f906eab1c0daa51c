/* The recorder: makes the cases, runs each on the host's processor and writes what it saw.
 *
 *   record GROUP FILE      writes one of the groups integer, flow, segment, x87, x87-state, mxcsr
 *   record verify FILE…    runs recorded cases again; every register, flag and byte must come out the same
 * A 32-bit program: see native.c for what it needs of the host. */
#include "tests/silicon/build.h"
#include "tests/silicon/native.h"
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; void (*make)(struct build *b); } groups[] = {
    { "integer", make_integer_cases }, { "flow", make_flow_cases }, { "segment", make_segment_cases },
    { "x87", make_x87_cases }, { "x87-state", make_x87_state_cases },
    { "mxcsr", make_mxcsr_cases },
};

struct recorder {
    struct build b;             /* first: `done` gets it */
    FILE *file;
};

/* A case that ran on into the NOPs was not stepped, and one whose segments are others after a fault did not begin with
 * the segments it names: such a recording would be wrong. */
static void check_sane(const struct silicon_case *c)
{
    bool faulted = c->head.vector != NO_VECTOR;
    bool not_loaded = faulted && memcmp(c->after.seg, c->before.seg, sizeof(c->after.seg));
    bool ran_on = c->head.vector == 14 && c->after.eip + silicon_base(c->after.seg[CS]) == CODE_LINEAR + CODE_SIZE
               && c->before.eip + silicon_base(c->before.seg[CS]) < CODE_LINEAR + CODE_SIZE - 16;
    if (!ran_on && !not_loaded) return;
    fprintf(stderr, "silicon: %s was not %s\n", c->head.name, ran_on ? "stepped" : "loaded");
    exit(2);
}

/* When FPREM leaves a partial remainder (C2), the quotient bits say nothing. */
static void mask_partial_remainder(struct silicon_case *c)
{
    const u8 *code = c->head.code;
    bool remainder = c->head.code_length == 2 && code[0] == 0xd9 && (code[1] == 0xf5 || code[1] == 0xf8);
    if (remainder && (c->after.fsw & 0x400)) c->head.fsw_mask &= (u16)~0x4300;
}

/* What an instruction that faults has already stored differs from maker to maker (a far call beyond the limit has
 * pushed on AMD); only REP strings must have. */
static bool is_disputed(const struct silicon_case *c)
{
    return c->head.vector != NO_VECTOR && !(c->head.flags & CASE_REP)
        && memcmp(c->memory_before, c->memory_after, IMAGE_SIZE);
}

static void record_case(struct build *b)
{
    struct recorder *r = container_of(b, struct recorder, b);
    native_run(&b->c);
    check_sane(&b->c);
    if (is_disputed(&b->c)) return;
    b->made++;
    mask_partial_remainder(&b->c);
    if (!silicon_write_case(r->file, &b->c)) {
        perror("silicon");
        exit(2);
    }
}

static int record(const char *path, void (*make)(struct build *b))
{
    static struct recorder r;
    r.b.seed = 86;
    r.b.done = record_case;
    r.file = fopen(path, "wb");
    if (!r.file || !silicon_write_header(r.file, 0)) return perror(path), 2;
    make(&r.b);
    rewind(r.file);
    silicon_write_header(r.file, r.b.made);
    printf("%s: %u cases\n", path, r.b.made);
    return fclose(r.file) ? 2 : 0;
}

static bool same_run(const struct silicon_case *was, struct silicon_case *now)
{
    now->head = was->head;
    now->before = was->before;
    memcpy(now->memory_before, was->memory_before, IMAGE_SIZE);
    native_run(now);
    return now->head.vector == was->head.vector && now->head.error == was->head.error && now->head.cr2 == was->head.cr2
        && !memcmp(&now->after, &was->after, sizeof(was->after))
        && !memcmp(now->memory_after, was->memory_after, IMAGE_SIZE);
}

static bool verify(const char *path)
{
    static struct silicon_case was, now;
    FILE *file = fopen(path, "rb");
    u32 count = file ? silicon_read_header(file) : 0, same = 0;
    for (u32 i = 0; i < count && silicon_read_case(file, &was); i++) {
        if (same_run(&was, &now)) same++;
        else fprintf(stderr, "%s: case %u %s differs from its recording\n", path, i, was.head.name);
    }
    if (file) fclose(file);
    printf("%s: %u of %u cases as recorded\n", path, same, count);
    return count && same == count;
}

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: record GROUP FILE | record verify FILE...\n"), 2;
    native_init();
    if (!strcmp(argv[1], "verify")) {
        bool good = true;
        for (int i = 2; i < argc; i++) good &= verify(argv[i]);
        return good ? 0 : 1;
    }
    for (unsigned i = 0; i < ARRAY_LEN(groups); i++)
        if (!strcmp(argv[1], groups[i].name)) return record(argv[2], groups[i].make);
    return fprintf(stderr, "silicon: no group %s\n", argv[1]), 2;
}
