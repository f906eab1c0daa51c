/* What the machine runs: a BIOS, ours or another, with the option ROMs it gets; or a kernel, put into memory without one
 * or, with -bios, started by it (frontend/software.h). */
#include "frontend/software.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BIOS_MAX = 256 << 10, VGABIOS_MAX = 64 << 10, OPTION_ROM_MAX = 128 << 10 };

/* firmware/ supplies these; a build may be without one. */
extern const u8 embedded_guest[] __attribute__((weak)), embedded_guest_end[] __attribute__((weak));
extern const u8 bios_rom[] __attribute__((weak)), bios_rom_end[] __attribute__((weak));
extern const u8 bios_symbols[] __attribute__((weak)), bios_symbols_end[] __attribute__((weak));
extern const u8 vgabios_rom[] __attribute__((weak)), vgabios_rom_end[] __attribute__((weak));
extern const u8 kernelboot_rom[] __attribute__((weak)), kernelboot_rom_end[] __attribute__((weak));

static struct blob own(const u8 *start, const u8 *end)
{
    return start ? (struct blob){ start, (size_t)(end - start) } : (struct blob){ NULL, 0 };
}

struct blob session_embedded_guest(void) { return own(embedded_guest, embedded_guest_end); }

/* ---- ROMs ---- */
/* Names instead of files: what Debian's package seabios calls them. */
static const struct { const char *name, *file; } rom_names[] = {
    { "seabios", "bios-256k.bin" }, { "seavgabios", "vgabios-stdvga.bin" },
};
#define OWN_NAME "trap86"

/* A file as it is named; else in the folder of -L, then where packages put such files. */
static bool rom_read(const struct options *o, const char *name, const char *what, u64 max, struct blob *blob,
                     struct error *why)
{
    const char *const folders[] = { o->rom_folder, "/usr/share/seabios", "/usr/lib/ipxe/qemu" };
    const char *file = name;
    char path[4096];
    for (unsigned i = 0; i < ARRAY_LEN(rom_names); i++)
        if (strcmp(name, rom_names[i].name) == 0) file = rom_names[i].file;
    for (unsigned i = 0; i < ARRAY_LEN(folders) && !strchr(file, '/') && access(name, F_OK) != 0; i++) {
        if (!folders[i]) continue;
        snprintf(path, sizeof path, "%s/%s", folders[i], file);
        if (access(path, F_OK) == 0) return file_read(path, what, max, blob, why);
    }
    return file_read(name, what, max, blob, why);
}

static bool option_roms_read(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    for (unsigned i = 0; i < o->option_roms; i++) {
        const char *slash = strrchr(o->option_rom[i], '/');
        if (!rom_read(o, o->option_rom[i], "option ROM", OPTION_ROM_MAX, &session->option_rom[i], why)) return false;
        config->option_rom[i].name = slash ? slash + 1 : o->option_rom[i];
        config->option_rom[i].bytes = session->option_rom[i];
        config->option_roms++;
    }
    return true;
}

static bool bios_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const char *name = session->options.bios;
    if (name && strcmp(name, OWN_NAME) != 0) {
        if (!rom_read(&session->options, name, "ROM", BIOS_MAX, &session->bios, why)) return false;
        config->bios = session->bios;
        return true;
    }
    config->bios = own(bios_rom, bios_rom_end);
    session->bios_symbols = own(bios_symbols, bios_symbols_end);
    return config->bios.length > 0 || error_set(why, "this build has no BIOS of its own; give -bios or -kernel");
}

static bool roms_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    if (o->vgabios && !rom_read(o, o->vgabios, "VGA ROM", VGABIOS_MAX, &session->vgabios, why)) return false;
    config->vgabios = o->vgabios ? session->vgabios : own(vgabios_rom, vgabios_rom_end);
    config->kernelboot = own(kernelboot_rom, kernelboot_rom_end);
    return option_roms_read(session, config, why);
}

/* ---- the kernel ---- */
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
    for (unsigned i = 0; i < OPTION_DRIVES; i++)
        if (o->drive[i].file || o->drive[i].cdrom) return true;
    return false;
}

static bool kernel_boot(void *self, struct machine *machine, struct error *why)
{
    return load_kernel(self, machine, why);
}

/* A run in which somebody measures or compares: it starts the kernel at once, and published counts stay. */
static bool is_measured(const struct options *o)
{
    return o->vmm.name || o->leaks || o->costs || o->append || o->trap_stats || o->trap_trace || o->check_invariants
        || o->hash_every || o->max_insns || o->max_cycles || o->record || o->replay || o->dump_acpi;
}

/* With nothing to boot, trap86's own guest is started, and by the BIOS as any other system. */
static bool uses_bios(const struct options *o)
{
    return o->bios || (!o->kernel && (drives_given(o) || (!is_measured(o) && bios_rom && kernelboot_rom)));
}

static bool kernel_read(struct session *session, struct error *why)
{
    const struct options *o = &session->options;
    struct load *load = &session->load;
    load->command_line = o->append ? o->append : "";
    if (o->kernel && !file_read(o->kernel, "kernel", o->ram_bytes, &load->kernel, why)) return false;
    if (!o->kernel) load->kernel = session_embedded_guest();
    if (load->kernel.length == 0)
        return error_set(why, "this build has no guest of its own; give -kernel or -bios (--help lists all options)");
    return !o->initrd || modules_read(session, why);
}

bool software_configure(struct session *session, struct machine_config *config, struct error *why)
{
    const struct options *o = &session->options;
    bool bios = uses_bios(o), kernel = o->kernel || !(o->bios || drives_given(o));
    if (!roms_configure(session, config, why) || (bios && !bios_configure(session, config, why))
        || (kernel && !kernel_read(session, why)))
        return false;
    if (bios && kernel) config->kernel = &session->load;
    if (bios) return true;
    config->boot = kernel_boot;
    config->boot_self = &session->load;
    return true;
}

void software_free(struct session *session)
{
    for (unsigned i = 0; i < session->load.modules; i++) file_free(&session->load.module[i].bytes);
    for (unsigned i = 0; i < session->options.option_roms; i++) file_free(&session->option_rom[i]);
    if (session->options.kernel) file_free(&session->load.kernel);
    file_free(&session->bios);
    file_free(&session->vgabios);
    free(session->initrd_names);
}
