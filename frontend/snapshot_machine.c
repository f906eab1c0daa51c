/* The configuration of a machine as a snapshot records it: a line for each thing that a loaded machine must have alike,
 * named by the option that sets it, so that the first difference can be told to the user. What is not here may differ: the
 * engine, where output goes, limits, how the images are opened. */
#include "frontend/snapshot_parts.h"
#include "cpu/monitor.h"
#include "core/state.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line; breaks within the value become spaces. */
static __attribute__((format(printf, 3, 4))) void line(struct bytes *text, const char *option, const char *format, ...)
{
    char value[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(value, sizeof value, format, list);
    va_end(list);
    for (char *c = value; *c; c++)
        if (*c == '\n') *c = ' ';
    bytes_put(text, option, strlen(option));
    bytes_put(text, " ", 1);
    bytes_put(text, value, strlen(value));
    bytes_put(text, "\n", 1);
}

static void line_numbered(struct bytes *text, const char *option, unsigned number, const char *value)
{
    char name[32];
    snprintf(name, sizeof name, "%s[%u]", option, number);
    line(text, name, "%s", value);
}

static void line_file(struct bytes *text, const char *option, const struct blob *blob)
{
    if (!blob->length) line(text, option, "none");
    else line(text, option, "a file of %zu bytes with hash %016llx", blob->length,
              (unsigned long long)hash_bytes(0, blob->bytes, blob->length));
}

static void describe_board(const struct machine_config *config, struct bytes *text)
{
    line(text, "-m", "%lluM", (unsigned long long)config->ram_bytes >> 20);
    line(text, "-cpu", "%s", config->model->name);
    line(text, "--vmm", "%s", config->vmm.name ? config->vmm.text : "compliant");
    line(text, "-vga", "%uM", config->vga_bytes >> 20);
    line(text, "-no-hpet", "%s", config->no_hpet ? "yes" : "no");
    line(text, "--jitter", "%llu", (unsigned long long)config->jitter);
    line(text, "-boot", "order=%x,once=%x,wait=%u,menu=%u", config->boot_order, config->boot_once, config->boot_wait,
         config->boot_menu);
    line(text, "-device isa-debug-exit", "base %xh, size %u", config->exit_base, config->exit_size);
    line(text, "-audiodev", "speaker %u, sb16 %u, adlib %u, ac97 %u, heard %u", config->speaker_heard, config->sb16,
         config->adlib, config->ac97, config->audio.put != NULL);
}

static void describe_software(const struct snapshot_machine *machine, struct bytes *text)
{
    const struct machine_config *config = &machine->machine->config;
    const struct load *load = machine->load;
    u64 roms = 0;
    for (unsigned i = 0; i < config->option_roms; i++)
        roms = hash_bytes(roms + 1, config->option_rom[i].bytes.bytes, config->option_rom[i].bytes.length);
    line_file(text, "-bios", &config->bios);
    line_file(text, "-vgabios", &config->vgabios);
    line(text, "-option-rom", "%u, with hash %016llx", config->option_roms, (unsigned long long)roms);
    if (!load || !load->kernel.length) return;
    line_file(text, "-kernel", &load->kernel);
    line(text, "-append", "\"%s\"", load->command_line);
    for (unsigned i = 0; i < load->modules; i++) line_file(text, "-initrd", &load->module[i].bytes);
}

static void describe_ports(const struct machine_config *config, struct bytes *text)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        line_numbered(text, "-serial", i, config->serial[i].present ? "present" : "none");
    for (unsigned i = 0; i < MACHINE_PARALLELS; i++)
        line_numbered(text, "-parallel", i, config->parallel[i].present ? "present" : "none");
    for (unsigned i = 0; i < config->consoles; i++)
        line(text, "-debugcon", "port %xh", config->console[i].port);
}

/* What a guest sees of a hard disk. Media of other drives are among the images. */
static void describe_drives(const struct machine_config *config, struct bytes *text)
{
    static const char *const kinds[] = { [IDE_NONE] = "none", [IDE_DISK] = "disk", [IDE_CDROM] = "cdrom" };
    char value[80];
    for (unsigned i = 0; i < MACHINE_DRIVES; i++) {
        const struct machine_drive *drive = &config->drive[i];
        const struct disk *disk = drive->kind == IDE_DISK ? drive->disk : NULL;
        snprintf(value, sizeof value, disk ? "%s of %llu sectors%s" : "%s", kinds[drive->kind],
                 (unsigned long long)(disk ? disk->sectors : 0), disk && disk->read_only ? ", read-only" : "");
        line_numbered(text, "-drive if=ide,index", i, value);
    }
    for (unsigned i = 0; i < MACHINE_FLOPPIES; i++)
        line_numbered(text, "-drive if=floppy,index", i, config->floppy[i].present ? "present" : "none");
}

static void describe_nics(const struct machine_config *config, struct bytes *text)
{
    static const char *const kinds[] = {
        [NIC_NONE] = "none", [NIC_NE2000_ISA] = "ne2k_isa", [NIC_NE2000_PCI] = "ne2k_pci", [NIC_E1000] = "e1000"
    };
    for (unsigned i = 0; i < MACHINE_NICS; i++) {
        const struct machine_nic *nic = &config->nic[i];
        const u8 *mac = nic->mac;
        char value[80];
        snprintf(value, sizeof value, nic->kind == NIC_NONE ? "%s" : "%s,mac=%02x:%02x:%02x:%02x:%02x:%02x,port=%x,irq=%u",
                 kinds[nic->kind], mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], nic->base, nic->irq);
        line_numbered(text, "-nic", i, value);
    }
}

void machine_describe(const struct snapshot_machine *machine, struct bytes *text)
{
    const struct machine_config *config = &machine->machine->config;
    describe_board(config, text);
    describe_drives(config, text);
    describe_nics(config, text);
    describe_ports(config, text);
    describe_software(machine, text);
}

/* ---- comparing ---- */
/* The next line, without its end; length 0: no more. */
static struct cursor line_take(struct cursor *text)
{
    const u8 *end = text->left ? memchr(text->at, '\n', text->left) : NULL;
    size_t length = end ? (size_t)(end - text->at) : text->left;
    struct cursor taken = { cursor_take(text, length), length, true };
    if (end) cursor_take(text, 1);
    return taken;
}

static bool refuse(const struct cursor *was, const struct cursor *is, struct error *why)
{
    enum { SHOWN = 160 };
    static const char nothing[] = "nothing like that";
    struct cursor none = { (const u8 *)nothing, sizeof nothing - 1, true };
    if (!was->left) was = &none;
    if (!is->left) is = &none;
    return error_set(why, "it was saved on a machine with %.*s, this one has %.*s; start it as that one was started",
                     (int)MIN(was->left, (size_t)SHOWN), was->at, (int)MIN(is->left, (size_t)SHOWN), is->at);
}

bool machine_agrees(struct cursor saved, const struct snapshot_machine *machine, struct error *why)
{
    struct bytes text = { .at = NULL };
    bool agrees = true;
    machine_describe(machine, &text);
    struct cursor here = { text.at, text.used, true };
    while (agrees && (saved.left || here.left)) {
        struct cursor was = line_take(&saved), is = line_take(&here);
        agrees = (was.left == is.left && memcmp(was.at, is.at, was.left) == 0) || refuse(&was, &is, why);
    }
    if (text.failed) agrees = error_set(why, "the host has no memory left to read it");
    bytes_free(&text);
    return agrees;
}
