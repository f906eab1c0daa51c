/* Snapshots (frontend/snapshot.h): what is saved of a machine, in which order, and put back. */
#include "frontend/snapshot_parts.h"
#include "cpu/monitor.h"
#include "frontend/options.h"
#include <stdlib.h>
#include <string.h>

struct snapshot { char *path; struct snapshot_stamp stamp; struct cache cache; struct host *host; };

/* "PATH: " before what went wrong. */
static bool refuse(const char *path, struct error *why)
{
    char text[sizeof why->text];
    snprintf(text, sizeof text, "%s", why->text);
    return error_set(why, "%.200s: %.300s", path, text);
}

/* ---- saving ---- */
static void state_put(const struct machine *m, struct bytes *bytes)
{
    for (unsigned i = 0; i < m->components; i++)
        state_save(&m->component[i], &(struct state_sink){ bytes_put, bytes });
}

static bool head_make(const struct snapshot_machine *from, struct bytes *head, struct error *why)
{
    struct bytes machine = { .at = NULL }, disks = { .at = NULL }, state = { .at = NULL };
    machine_describe(from, &machine);
    state_put(from->machine, &state);
    bool good = disks_save(from, &disks, why);
    bool fits = good && head_section(head, SECTION_MACHINE, &machine) && head_section(head, SECTION_DISKS, &disks)
        && head_section(head, SECTION_STATE, &state);
    bytes_free(&machine);
    bytes_free(&disks);
    bytes_free(&state);
    return fits || (good && error_set(why, "the host has no memory left to save it"));
}

static bool can_be_saved(const struct machine *m, struct error *why)
{
    return m->stop == MACHINE_RUNS
        || error_set(why, "the guest has come to its end and could not go on; no snapshot is written");
}

/* A convenience for the first load: without it, that makes one. */
static void cache_make(const struct machine *m, const char *path, const struct bytes *head)
{
    const struct memory *memory = &m->memory;
    struct ram_size size = { memory->ram_bytes, memory->video_bytes };
    struct snapshot_stamp stamp;
    struct portable *file = portable_open(path, &stamp, NULL);
    struct cache_writer *writer = file ? cache_create(path, false, size, NULL, NULL, NULL) : NULL;
    bool good = writer != NULL;
    portable_close(file);
    for (u64 page = 0; good && page < ram_pages(size); page++)
        if (memory->page_hash[page]) good = cache_page(writer, page, memory->ram + (page << PAGE_SHIFT));
    if (good) cache_finish(writer, head, &stamp, NULL, NULL);
    else cache_abandon(writer);
}

bool snapshot_save(const struct snapshot_machine *from, const char *path, const struct snapshot_progress *progress, u64 *id,
                   struct error *why)
{
    struct bytes head = { .at = NULL };
    if (!can_be_saved(from->machine, why) || !head_make(from, &head, why)) {
        bytes_free(&head);
        return refuse(path, why);
    }
    *id = machine_hash(from->machine);
    bool good = portable_write(path, *id, &head, &from->machine->memory, progress, why);
    if (good) cache_make(from->machine, path, &head);
    bytes_free(&head);
    return good;
}

/* ---- opening ---- */
struct opening { struct snapshot *snapshot; bool hidden; struct ram_size size; struct cache_writer *writer; };

static bool opening_begin(void *self, struct error *why)
{
    struct opening *o = self;
    o->writer = cache_create(o->snapshot->path, o->hidden, o->size, o->snapshot->host, o->snapshot, why);
    return o->writer != NULL;
}

static bool opening_page(void *self, u64 number, const u8 *bytes)
{
    struct opening *o = self;
    return cache_page(o->writer, number, bytes);
}

/* From the portable file, into a cache. */
static bool unpack(struct snapshot *snapshot, bool hidden, const struct snapshot_progress *progress, struct error *why)
{
    struct opening o = { .snapshot = snapshot, .hidden = hidden };
    struct bytes head = { .at = NULL };
    struct portable *file = portable_open(snapshot->path, &snapshot->stamp, why);
    bool good = file && portable_read(file, &head, &o.size, opening_begin, opening_page, &o, progress, why);
    portable_close(file);
    if (good) good = cache_finish(o.writer, &head, &snapshot->stamp, &snapshot->cache, why);
    else cache_abandon(o.writer);
    bytes_free(&head);
    return good;
}

static bool snapshot_read(struct snapshot *snapshot, const struct snapshot_progress *progress, struct error *why)
{
    struct portable *file = portable_open(snapshot->path, &snapshot->stamp, why);
    portable_close(file);
    if (!file) return false;
    if (cache_open(&snapshot->cache, snapshot->path, &snapshot->stamp)) return true;
    if (unpack(snapshot, false, progress, why)) return true;
    host_release_ram(snapshot->host, snapshot);
    return unpack(snapshot, true, progress, why);
}

struct snapshot *snapshot_open(const char *path, struct host *host, const struct snapshot_progress *progress,
                               struct error *why)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    char *name = strdup(path);
    if (!snapshot || !name) abort();
    *snapshot = (struct snapshot){ .path = name, .host = host, .cache = { .fd = -1 } };
    if (snapshot_read(snapshot, progress, why)) return snapshot;
    snapshot_close(snapshot);
    return NULL;
}

void snapshot_close(struct snapshot *snapshot)
{
    if (!snapshot) return;
    cache_close(&snapshot->cache);
    host_release_ram(snapshot->host, snapshot);
    free(snapshot->path);
    free(snapshot);
}

u64 snapshot_id(const struct snapshot *snapshot) { return snapshot->stamp.id; }

/* ---- loading ---- */
static bool sizes_agree(const struct snapshot *snapshot, const struct memory *memory, struct error *why)
{
    struct ram_size size = snapshot->cache.size;
    return (size.ram_bytes == memory->ram_bytes && size.video_bytes == memory->video_bytes)
        || error_set(why, "its RAM is not as large as it says; save it again");
}

static bool state_take(struct cursor state, struct machine *m, struct error *why)
{
    for (unsigned i = 0; i < m->components; i++) {
        const struct component *component = &m->component[i];
        if (!state.left) return error_set(why, "it has no state of '%s'; start the machine that was saved", component->name);
        size_t used = state_load(component, &m->clock, state.at, state.left, why);
        if (!used) return false;
        cursor_take(&state, used);
    }
    char name[256];
    if (!state.left) return true;
    cursor_name(&state, name);
    return error_set(why, "it has a state of '%.64s', which this machine has not; start the machine that was saved", name);
}

static bool load(const struct snapshot *snapshot, const struct snapshot_machine *to, bool *touched, struct error *why)
{
    struct cursor section[SECTIONS];
    struct machine *m = to->machine;
    if (!head_read(snapshot->cache.head.at, snapshot->cache.head.left, section, why)
        || !machine_agrees(section[SECTION_MACHINE], to, why) || !sizes_agree(snapshot, &m->memory, why)
        || !disks_agree(section[SECTION_DISKS], to, why))
        return false;
    u64 insns = m->cpu.insns;
    *touched = true;
    m->stop = MACHINE_RUNS;
    m->power_asked = false;
    bool good = memory_map_file(&m->memory, &snapshot->cache.memory, why) && state_take(section[SECTION_STATE], m, why)
        && disks_load(section[SECTION_DISKS], to, why);
    m->cpu.monitor->insns_loaded += m->cpu.insns - insns;
    return good;
}

bool snapshot_load(const struct snapshot *snapshot, const struct snapshot_machine *to, bool *touched, struct error *why)
{
    *touched = false;
    return load(snapshot, to, touched, why) || refuse(snapshot->path, why);
}
