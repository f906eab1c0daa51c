/* From options to a machine: files read, images opened, outputs and the terminal attached (frontend/session.h). */
#include "frontend/session.h"
#include "cpu/monitor.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SERIAL_PACE = 32, BIOS_MAX = 256 << 10, VGABIOS_MAX = 64 << 10, RECORD_MAX = 1 << 30 };

/* firmware/ supplies these; a build without it has no such guest. */
extern const u8 embedded_guest[] __attribute__((weak));
extern const u8 embedded_guest_end[] __attribute__((weak));

extern const u8 bios_rom[] __attribute__((weak));
extern const u8 bios_rom_end[] __attribute__((weak));

static struct blob own_bios(void)
{
    const u8 *start = bios_rom, *end = bios_rom_end;
    return start ? (struct blob){ start, (size_t)(end - start) } : (struct blob){ NULL, 0 };
}

struct blob session_embedded_guest(void)
{
    const u8 *start = embedded_guest, *end = embedded_guest_end;
    return start ? (struct blob){ start, (size_t)(end - start) } : (struct blob){ NULL, 0 };
}

extern const u8 font_8x16[256][16] __attribute__((weak));

extern const u8 vgabios_rom[] __attribute__((weak));
extern const u8 vgabios_rom_end[] __attribute__((weak));

static struct blob own_vgabios(void)
{
    const u8 *start = vgabios_rom, *end = vgabios_rom_end;
    return start ? (struct blob){ start, (size_t)(end - start) } : (struct blob){ NULL, 0 };
}

/* ---- what to run ---- */
/* One module: the file is the first word of the line. */
static bool module_read(struct session *session, char *line, u64 max, bool words, struct error *why)
{
    struct load *load = &session->load;
    char path[4096];
    size_t length = words ? strcspn(line, " ") : strlen(line);
    if (load->modules == LOAD_MODULES) return error_set(why, "-initrd: more than %d modules", LOAD_MODULES);
    if (length == 0 || length >= sizeof path) return error_set(why, "-initrd '%s': no file is named", line);
    memcpy(path, line, length);
    path[length] = 0;
    struct load_module *module = &load->module[load->modules];
    if (!file_read(path, "initrd", max, &module->bytes, why)) return false;
    module->line = line;
    load->modules++;
    return true;
}

/* Linux takes one file, whatever its name; multiboot a list of modules with arguments. */
static bool modules_read(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    bool words = load_kind(&session->load.kernel) == LOAD_MULTIBOOT;
    char *line = session->initrd_names = strdup(o->initrd);
    while (words && line) {
        char *comma = strchr(line, ',');
        if (comma) *comma++ = 0;
        if (!module_read(session, line, o->ram_bytes, true, why)) return false;
        line = comma;
    }
    return words || module_read(session, line, o->ram_bytes, false, why);
}

static bool drives_given(const struct options *o)
{
    for (unsigned i = 0; i < MACHINE_DRIVES; i++)
        if (o->drive[i].file || o->drive[i].cdrom) return true;
    return false;
}

static bool kernel_boot(void *self, struct machine *machine, struct error *why)
{
    return load_kernel(self, machine, why);
}

static bool software_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    struct load *load = &session->load;
    if (o->vgabios && !file_read(o->vgabios, "VGA ROM", VGABIOS_MAX, &session->vgabios, why)) return false;
    config->vgabios = o->vgabios ? session->vgabios : own_vgabios();
    load->command_line = o->append ? o->append : "";
    if (o->bios) {
        if (!file_read(o->bios, "ROM", BIOS_MAX, &session->bios, why)) return false;
        config->bios = session->bios;
        return true;
    }
    if (o->kernel && !file_read(o->kernel, "kernel", o->ram_bytes, &load->kernel, why)) return false;
    if (!o->kernel && drives_given(o)) {
        config->bios = own_bios();
        return config->bios.length > 0 || error_set(why, "this build has no BIOS of its own; give -bios or -kernel");
    }
    if (!o->kernel) load->kernel = session_embedded_guest();
    if (load->kernel.length == 0)
        return error_set(why, "this build has no guest of its own; give -kernel or -bios (--help lists all options)");
    if (o->initrd && !modules_read(session, why)) return false;
    config->boot = kernel_boot;
    config->boot_self = load;
    return true;
}

/* ---- disks ---- */
static bool drive_configure(struct session *session, unsigned index, struct machine_drive *drive, struct error *why)
{
    const struct drive_option *o = &session->options.drive[index];
    bool snapshot = session->options.snapshot || o->snapshot;
    enum image_mode mode = o->cdrom || o->read_only ? IMAGE_READ_ONLY : snapshot ? IMAGE_SNAPSHOT : IMAGE_WRITE;
    if (!o->file && !o->cdrom) return true;
    drive->kind = o->cdrom ? IDE_CDROM : IDE_DISK;
    if (!o->file) return true;
    session->image[index] = image_open(o->file, mode, o->cdrom ? 2048 : 512, &session->host, session, why);
    if (!session->image[index]) return false;
    drive->disk = image_disk(session->image[index]);
    return true;
}

/* ---- outputs and input ---- */
static bool serial_configure(struct session *session, unsigned index, const char *name, struct machine_config *config,
                             struct error *why)
{
    bool stdio = strcmp(name, "stdio") == 0, monitor = strcmp(name, "mon:stdio") == 0;
    if (!output_open(&session->outputs, name, &config->serial[index].sink, &session->host, session, why)) return false;
    config->serial[index].present = strcmp(name, "none") != 0;
    if (!stdio && !monitor) return true;
    if (session->console_serial >= 0)
        return error_set(why, "standard input can feed one serial port only; give the other one file:FILE or null");
    session->console_serial = (int)index;
    return true;
}

static bool outputs_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    session->console_serial = -1;
    if (o->serials == 0 && !serial_configure(session, 0, "mon:stdio", config, why)) return false;
    for (unsigned i = 0; i < o->serials; i++)
        if (!serial_configure(session, i, o->serial[i], config, why)) return false;
    for (unsigned i = 0; i < o->consoles; i++, config->consoles++) {
        config->console[i].port = o->console[i].port;
        if (!output_open(&session->outputs, o->console[i].sink, &config->console[i].sink, &session->host, session, why))
            return false;
    }
    return true;
}

static void line_write(void *self, const char *line)
{
    fputs(line, self);
}

static void line_write_whole(void *self, const char *line)
{
    fprintf(self, "%s\n", line);
}

static bool logs_open(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    if (!file_open(&session->log, o->log_file, "we", "log", why)
        || !file_open(&session->record, o->record, "we", "record", why)
        || !file_open(&session->trace, o->trap_trace, "we", "trap trace", why)
        || !file_open(&session->leaks, o->leaks, "we", "leak report", why))
        return false;
    config->log = (struct log){ o->log_mask, line_write, session->log ? session->log : stderr };
    return true;
}

static bool replay_start(struct session *session, struct error *why)
{
    const char *path = session->options.replay;
    if (!path) return true;
    /* A run in which nothing came in has an empty record. */
    FILE *file = fopen(path, "re");
    bool empty = file && fgetc(file) == EOF && !ferror(file);
    if (file) fclose(file);
    if (empty) return input_replay(&session->machine->input, "", why);
    char *text = file_read_text(path, "record", RECORD_MAX, why);
    bool good = text && input_replay(&session->machine->input, text, why);
    free(text);
    return good;
}

/* Invariant I5 (cpu/invariants.h). */
static bool files_owned(void *self, struct error *why)
{
    struct session *session = self;
    for (unsigned i = 0; i < MACHINE_DRIVES; i++)
        if (session->image[i] && !image_owned(session->image[i], session, why)) return false;
    return true;
}

bool session_open(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    struct machine_config config = {
        .ram_bytes = o->ram_bytes, .vga_bytes = o->vga_bytes, .vga_font = &font_8x16[0][0], .model = cpu_model_find(o->cpu), .serial_pace = SERIAL_PACE,
        .engine = { o->loop_engine ? ENGINE_LOOP : ENGINE_TAIL, (unsigned)o->block_cap, o->flush_seed },
        .exit_base = o->exit_base, .exit_size = o->exit_size, .vmm = o->vmm, .rtc_seconds = o->rtc_seconds, .no_reboot = o->no_reboot, .no_hpet = o->no_hpet,
        .check_invariants = o->check_invariants, .files_owned = files_owned, .files_self = session,
    };
    costs_configure(o, &config.vmm);
    if (o->script && !(session->script = script_open(o->script, why))) return false;
    if (!software_configure(session, &config, why)) return false;
    for (unsigned i = 0; i < MACHINE_DRIVES; i++)
        if (!drive_configure(session, i, &config.drive[i], why)) return false;
    if (!outputs_configure(session, &config, why) || !logs_open(session, &config, why)) return false;
    session->net = net_configure(&o->net, &config, why);
    if (o->net.nics && !session->net) return false;
    if (session->script) script_listen(session->script, &config);
    session->machine = machine_create(&config, &session->host, why);
    if (!session->machine || !costs_begin(session, why)) return false;
    if (session->net && !net_start(session->net, session->machine, &session->host, session, o->replay, why)) return false;
    if (session->record) {
        session->machine->input.record = line_write;
        session->machine->input.record_self = session->record;
    }
    if (session->trace) {
        monitor_trace_to(session->machine->cpu.monitor, line_write_whole, session->trace);
    }
    return replay_start(session, why);
}

static void file_close(FILE *file, const char *what)
{
    if (file && fclose(file)) fprintf(stderr, "trap86: %s: %s\n", what, strerror(errno));
}

void session_close(struct session *session)
{
    costs_destroy(session->costs);
    net_close(session->net);
    machine_destroy(session->machine);
    script_close(session->script);
    for (unsigned i = 0; i < MACHINE_DRIVES; i++) image_close(session->image[i]);
    for (unsigned i = 0; i < session->load.modules; i++) file_free(&session->load.module[i].bytes);
    if (session->options.kernel) file_free(&session->load.kernel);
    file_free(&session->bios);
    file_free(&session->vgabios);
    screen_free(&session->screen);
    free(session->initrd_names);
    outputs_close(session->outputs);
    file_close(session->log, "log");
    file_close(session->record, "record");
    file_close(session->trace, "trap trace");
    file_close(session->costs_out, "costs-out");
    file_close(session->costs_chart, "costs-chart");
    file_close(session->leaks, "leak report");
    host_release_all(&session->host, session);
}
