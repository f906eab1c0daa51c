/* The table of options and its parser (frontend/options.h). Names are QEMU's where QEMU has the thing; each may be
 * written with one dash or two, and with two also as --name=value. */
#define _GNU_SOURCE
#include "frontend/option_table.h"
#include "frontend/option_values.h"
#include "frontend/classify.h"
#include "frontend/costs.h"
#include "frontend/layouts.h"
#include "frontend/session_snapshot.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- options with a grammar of their own ---- */
static bool take_memory(struct options *o, const char *value, struct error *why)
{
    u64 number;
    char suffix;
    const char *text = strncmp(value, "size=", 5) == 0 ? value + 5 : value;
    if (!option_number_suffixed(text, "kKmMgG", &number, &suffix) || number > (u64)1 << 40)
        return option_refuse(why, "m", value, "give a size like 512, 512M or 1G");
    unsigned shift = suffix == 'k' || suffix == 'K' ? 10 : suffix == 'g' || suffix == 'G' ? 30 : 20;
    o->ram_bytes = number << shift;
    if (o->ram_bytes >= MACHINE_RAM_MIN && o->ram_bytes <= MACHINE_RAM_MAX && o->ram_bytes % MACHINE_RAM_MIN == 0)
        return true;
    return option_refuse(why, "m", value, "this board takes 1 to 3584 MiB, in whole MiB");
}

static bool take_cpu(struct options *o, const char *value, struct error *why)
{
    char names[256] = "";
    if (cpu_model_find(value)) {
        o->cpu = value;
        return true;
    }
    for (const struct cpu_model *model = cpu_models; model->name; model++)
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s", model->name);
    return error_set(why, "-cpu %s: there is no such model; these exist:%s", value, names);
}

static bool take_option_rom(struct options *o, const char *value, struct error *why)
{
    if (o->option_roms == MACHINE_ROMS) return option_refuse(why, "option-rom", value, "there are too many; leave some out");
    o->option_rom[o->option_roms++] = value;
    return true;
}

static bool take_fda(struct options *o, const char *v, struct error *w) { return option_disk(o, MACHINE_DRIVES, v, w); }
static bool take_fdb(struct options *o, const char *v, struct error *w) { return option_disk(o, MACHINE_DRIVES + 1, v, w); }
static bool take_hda(struct options *o, const char *v, struct error *w) { return option_disk(o, 0, v, w); }
static bool take_hdb(struct options *o, const char *v, struct error *w) { return option_disk(o, 1, v, w); }
static bool take_hdc(struct options *o, const char *v, struct error *w) { return option_disk(o, 2, v, w); }
static bool take_hdd(struct options *o, const char *v, struct error *w) { return option_disk(o, 3, v, w); }
static bool take_serial(struct options *o, const char *value, struct error *why)
{
    if (o->serials == MACHINE_SERIALS) return option_refuse(why, "serial", value, "there are only four serial ports");
    o->serial[o->serials++] = value;
    return true;
}

static bool take_parallel(struct options *o, const char *value, struct error *why)
{
    if (o->parallels == MACHINE_PARALLELS)
        return option_refuse(why, "parallel", value, "there are only two parallel ports");
    o->parallel[o->parallels++] = value;
    return true;
}

static bool take_vga(struct options *o, const char *value, struct error *why)
{
    bool none = strcmp(value, "none") == 0;
    if (none) o->vga_bytes = 0;
    return none || strcmp(value, "std") == 0 || option_refuse(why, "vga", value, "there are std and none");
}

static bool take_debugcon(struct options *o, const char *value, struct error *why)
{
    return option_console_add(o, DEBUGPORT_BOCHS, value, why) && option_console_add(o, DEBUGPORT_SEABIOS, value, why);
}

static bool take_symbols(struct options *o, const char *value, struct error *why)
{
    if (o->symbol_files == OPTION_FILES_MOST) return option_refuse(why, "symbols", value, "there are too many; ldsym in the console takes more");
    o->symbols[o->symbol_files++] = value;
    return true;
}

static bool take_s(struct options *o, const char *value, struct error *why)
{
    (void)value, (void)why;
    o->gdb = "tcp::1234";
    return true;
}

static bool take_log_items(struct options *o, const char *value, struct error *why)
{
    char text[512];
    if (strlen(value) >= sizeof text) return option_refuse(why, "d", value, "too long");
    strcpy(text, value);
    for (char *save, *item = strtok_r(text, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        unsigned i = 0;
        while (i < LOG_CHANNEL_COUNT && strcmp(item, log_items[i].name) != 0) i++;
        if (i == LOG_CHANNEL_COUNT) {
            char names[256] = "";
            for (i = 0; i < LOG_CHANNEL_COUNT; i++)
                snprintf(names + strlen(names), sizeof names - strlen(names), " %s", log_items[i].name);
            return error_set(why, "-d %s: there is no log item '%s'; these exist:%s", value, item, names);
        }
        o->log_mask |= 1u << i;
    }
    return true;
}

static bool take_rtc(struct options *o, const char *value, struct error *why)
{
    struct tm tm = { 0 };
    const char *base = strncmp(value, "base=", 5) == 0 ? value + 5 : value;
    time_t now = time(NULL);
    if (strcmp(base, "utc") == 0) {
        o->rtc_seconds = now;
        return true;
    }
    if (strcmp(base, "localtime") == 0) {
        localtime_r(&now, &tm);
        o->rtc_seconds = timegm(&tm);
        return true;
    }
    const char *end = strptime(base, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end || *end) {
        tm = (struct tm){ 0 };
        end = strptime(base, "%Y-%m-%d", &tm);
    }
    if (!end || *end || tm.tm_year < 70 || tm.tm_year >= 200)
        return option_refuse(why, "rtc", value, "give base=utc, base=localtime or base=2026-01-31T12:00:00");
    o->rtc_seconds = timegm(&tm);
    return true;
}

static bool take_engine(struct options *o, const char *value, struct error *why)
{
    o->loop_engine = strcmp(value, "loop") == 0;
    return o->loop_engine || strcmp(value, "tail") == 0 || option_refuse(why, "engine", value, "there are two: tail and loop");
}

static bool take_block_cap(struct options *o, const char *value, struct error *why)
{
    return (option_number(value, &o->block_cap) && o->block_cap >= 1 && o->block_cap <= 32)
        || option_refuse(why, "block-cap", value, "give 1 to 32");
}

/* value NULL: none was given. */
static bool take_classify(struct options *o, const char *value, struct error *why)
{
    o->classify = CLASSIFY_SAMPLES;
    return !value || (option_number(value, &o->classify) && o->classify >= 1 && o->classify <= CLASSIFY_SAMPLES_MAX)
        || option_refuse(why, "classify", value, "give the number of samples of each encoding, 1 to 1000000");
}

/* Time is always counted: taken so that scripts for QEMU run. */
static bool take_nothing(struct options *o, const char *value, struct error *why)
{
    (void)o, (void)value, (void)why;
    return true;
}

static bool take_vmm(struct options *o, const char *value, struct error *why)
{
    o->vmm_help = strcmp(value, "help") == 0;
    return o->vmm_help || vmm_parse(&o->vmm, value, why);
}

/* ---- the table ---- */
#define AT(member) offsetof(struct options, member)
const struct option option_table[] = {
    /* name, argument, where or how, what completes it, help */
    { "Machine", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "m",            "SIZE",    OPTION_TAKE, 0, take_memory, NULL, "RAM in MiB, or with suffix K, M, G [128]" },
    { "cpu",          "MODEL",   OPTION_TAKE, 0, take_cpu, "386 486 pentium pentium2 max", "processor model [max]" },
    { "rtc",          "base=T",  OPTION_TAKE, 0, take_rtc, "base=utc base=localtime", "date of the clock: utc, localtime or 2026-01-31T12:00:00 [2026-01-01]" },
    { "nvram",        "FILE",    OPTION_TEXT, AT(nvram), NULL, OPTION_FILES, "CMOS memory, kept there from run to run; made if it is not there" },
    { "device",       "DEV,...", OPTION_TAKE, 0, option_device, option_device_names, "isa-debug-exit,iobase=,iosize=,mode=qemu|plain; isa-debugcon,iobase=,chardev=; e1000, ne2k_pci or ne2k_isa,netdev=,mac=" },
    { "no-hpet",      NULL,      OPTION_FLAG, AT(no_hpet), NULL, NULL, "a board without the high precision event timer" },
    { "machine",      "K=V,...", OPTION_TAKE, 0, option_machine, "pc pcspk-audiodev=", "pcspk-audiodev=ID: the PC speaker is heard through that -audiodev" },
    { "no-reboot",    NULL,      OPTION_FLAG, AT(no_reboot), NULL, NULL, "end when the guest resets the machine" },
    { "no-shutdown",  NULL,      OPTION_FLAG, AT(no_shutdown), NULL, NULL, "stay, paused, when the guest switches the power off" },
    { "action",       "K=V,...", OPTION_TAKE, 0, option_action, "reboot=shutdown shutdown=pause triple-fault=reset", "reboot=reset|shutdown, shutdown=poweroff|pause, triple-fault=stop|reset: what happens then [the first]" },
    { "icount",       "X",       OPTION_TAKE, 0, take_nothing, NULL, "accepted: time is always counted in cycles" },
    { "boot",         "ORDER",   OPTION_TAKE, 0, option_boot, "order= once= menu=on", "what the BIOS tries: order=cadn,once=d,menu=on,splash-time=MS; a floppy, c disk, d CD, n network [cadn]" },
    { "What to run", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "kernel",       "FILE",    OPTION_TEXT, AT(kernel), NULL, OPTION_FILES, "Linux bzImage or multiboot 1 kernel" },
    { "initrd",       "FILE",    OPTION_TEXT, AT(initrd), NULL, OPTION_FILES, "initial RAM disk; for multiboot the modules: 'a ARGS,b ARGS'" },
    { "append",       "TEXT",    OPTION_TEXT, AT(append), NULL, NULL, "the kernel's command line" },
    { "bios",         "FILE",    OPTION_TEXT, AT(bios), NULL, OPTION_FILES, "ROM of 64 to 256 KiB, seabios, or trap86 for its own; starts a -kernel if there is one" },
    { "option-rom",   "FILE",    OPTION_TAKE, 0, take_option_rom, OPTION_FILES, "an option ROM for the BIOS; again for another" },
    { "L",            "DIR",     OPTION_TEXT, AT(rom_folder), NULL, OPTION_FILES, "folder to look for ROMs in first" },
    { "Disks", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "fda",          "FILE",    OPTION_TAKE, 0, take_fda, OPTION_FILES, "floppy image, 160 KiB to 2.88 MiB: drive A" },
    { "fdb",          "FILE",    OPTION_TAKE, 0, take_fdb, OPTION_FILES, "drive B" },
    { "hda",          "FILE",    OPTION_TAKE, 0, take_hda, OPTION_FILES, "raw disk image: first channel, master" },
    { "hdb",          "FILE",    OPTION_TAKE, 0, take_hdb, OPTION_FILES, "first channel, slave" },
    { "hdc",          "FILE",    OPTION_TAKE, 0, take_hdc, OPTION_FILES, "second channel, master" },
    { "hdd",          "FILE",    OPTION_TAKE, 0, take_hdd, OPTION_FILES, "second channel, slave" },
    { "cdrom",        "FILE",    OPTION_TAKE, 0, option_cdrom, OPTION_FILES, "CD image (ISO), read-only: second channel, master" },
    { "drive",        "K=V,...", OPTION_TAKE, 0, option_drive, NULL, "file=,overlay=FILE,format=raw|qcow2|gzip,if=ide|floppy,index=,media=disk|cdrom,snapshot=on,readonly=on,cache=writeback|writethrough|unsafe (docs/images.md)" },
    { "snapshot",     NULL,      OPTION_FLAG, AT(snapshot), NULL, NULL, "keep what is written to disks in memory only" },
    { "Network", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "nic",          "K,...",   OPTION_TAKE, 0, option_nic, "user, socket, none", "card and network in one: user,model=e1000,mac=,hostfwd=... or none [none]" },
    { "netdev",       "K,id=..", OPTION_TAKE, 0, option_netdev, "user,id= socket,id=", "network for a -device: user,id=,hostfwd=tcp::H-:G,restrict=on,net=,tftp=,bootfile=,hostname= or socket,id=,listen=|connect=" },
    { "net",          "none",    OPTION_TAKE, 0, option_net, "none", "accepted: there is no card unless one is asked for" },
    { "object",       "O,...",   OPTION_TAKE, 0, option_object, "filter-dump,id=", "filter-dump,id=,netdev=,file=: capture the frames of a network" },
    { "pcap",         "FILE",    OPTION_TAKE, 0, option_pcap, OPTION_FILES, "capture all frames, stamped with virtual time" },
    { "Sound", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "audiodev",     "K,id=..", OPTION_TAKE, 0, option_audiodev, "wav,id= sdl,id= none,id=", "where sound goes: wav,id=,path=FILE; sdl,id=; none,id=" },
    { "Screen, serial ports, logs", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "serial",       "WHERE",   OPTION_TAKE, 0, take_serial, "stdio mon:stdio file: null none", "stdio, mon:stdio, file:FILE, null or none; again for the next port [mon:stdio]" },
    { "parallel",     "WHERE",   OPTION_TAKE, 0, take_parallel, "stdio file: null none", "printer: stdio, file:FILE, null or none; again for the next port [none]" },
    { "nographic",    NULL,      OPTION_FLAG, AT(nographic), NULL, NULL, "serial port on the terminal: Ctrl-A x ends, Ctrl-A h helps" },
    { "display",      "WHICH",   OPTION_TAKE, 0, option_display, "auto sdl curses none", "sdl: a window (docs/desktop.md); curses: in the terminal; none; auto: what there is, unless somebody measures [auto]" },
    { "full-screen",  NULL,      OPTION_FLAG, AT(full_screen), NULL, NULL, "begin in full screen; Ctrl-Alt-F leaves it" },
    { "name",         "NAME",    OPTION_TAKE, 0, option_name, NULL, "what the guest is called in reports, in the window's title and in names of screenshots [its file's name]" },
    { "k",            "LAYOUT",  OPTION_TAKE, 0, option_layout, layout_names, "the layout that the guest thinks its keyboard has, for pasted text: us uk de fr [us]" },
    { "release-key",  "KEYS",    OPTION_TAKE, 0, option_release_key, "ctrl-alt-g ctrl_r f12", "what takes the mouse back from the guest [ctrl-alt-g]" },
    { "menu-key",     "KEYS",    OPTION_TAKE, 0, option_menu_key, "ctrl-alt-m f12", "what opens the window's menu [ctrl-alt-m]" },
    { "vga",          "ADAPTER", OPTION_TAKE, 0, take_vga, "std none", "display adapter: std (VGA with DISPI and PCI frame buffer) or none [std]" },
    { "vgabios",      "FILE",    OPTION_TEXT, AT(vgabios), NULL, OPTION_FILES, "ROM of the display adapter instead of trap86's own" },
    { "debugcon",     "WHERE",   OPTION_TAKE, 0, take_debugcon, "stdio file: null", "debug console on ports e9 and 402" },
    { "d",            "ITEMS",   OPTION_TAKE, 0, take_log_items, "int cpu_reset in_asm pcall mmu guest_errors unimp post ioport device", "what to log, items between commas" },
    { "D",            "FILE",    OPTION_TEXT, AT(log_file), NULL, OPTION_FILES, "where the log goes [standard error]" },
    { "Monitors", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "vmm",          "MONITOR", OPTION_TAKE, 0, take_vmm, "compliant pentium strict patch hybrid pv report help", "the monitor the guest runs under, with settings; help lists them [compliant]" },
    { "leaks",        "FILE",    OPTION_TEXT, AT(leaks), NULL, OPTION_FILES, "what the monitor let through: a report, in JSON if the name ends in .json" },
    { "matrix",       NULL,      OPTION_FLAG, AT(matrix), NULL, NULL, "run the built-in guest's leak probes under each monitor, and print what leaks where" },
    { "costs",        "PROFILE", OPTION_TEXT, AT(costs), NULL, "p4-672 lecture flat-1", "what the run would have cost under other monitors: p4-672, lecture, flat-1 or a file" },
    { "costs-name",   "NAME",    OPTION_TEXT, AT(costs_name), NULL, NULL, "the workload's name in results and chart [the kernel's file name]" },
    { "costs-out",    "FILE",    OPTION_TEXT, AT(costs_out), NULL, OPTION_FILES, "add the run's totals to FILE, a line per run" },
    { "costs-chart",  "FILE",    OPTION_TEXT, AT(costs_chart), NULL, OPTION_FILES, "draw the strategies as SVG, per workload" },
    { "costs-in",     "FILE",    OPTION_TEXT, AT(costs_in), NULL, OPTION_FILES, "results of --costs-out to draw; without --costs nothing is run" },
    { "vmm-time",     "WHAT",    OPTION_TEXT, AT(vmm_time), NULL, "free charged charged:te charged:co charged:bt charged:hw charged:core2 charged:pv", "whether virtual time pays for the monitor: free, charged[:STRATEGY] [free]" },
    { "Debuggers", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "gdb",          "PLACE",   OPTION_TEXT, AT(gdb), NULL, "tcp::1234 unix: stdio", "let gdb in at tcp:[HOST]:PORT, unix:PATH or stdio (docs/debugger.md)" },
    { "s",            NULL,      OPTION_TAKE, 0, take_s, NULL, "-gdb tcp::1234" },
    { "S",            NULL,      OPTION_FLAG, AT(stopped), NULL, NULL, "wait before the first instruction until gdb or the console lets the guest run" },
    { "monitor",      "PLACE",   OPTION_TEXT, AT(monitor), NULL, "stdio none tcp::4444 unix:", "the console at stdio, tcp:[HOST]:PORT, unix:PATH or none [behind Ctrl-A c]" },
    { "qmp",          "PLACE",   OPTION_TEXT, AT(qmp), NULL, "unix: tcp::4445 stdio", "the control socket at unix:PATH, tcp:[HOST]:PORT or stdio (docs/qmp.md)" },
    { "on-failure",   "debug",   OPTION_TAKE, 0, option_on_failure, "debug", "stop before the end of a triple fault, a dead guest or --fail-on, explain, and let look" },
    { "symbols",      "FILE",    OPTION_TAKE, 0, take_symbols, OPTION_FILES, "names and lines of an ELF file, FILE or FILE@OFFSET; again for more" },
    { "debug-script", "FILE",    OPTION_TEXT, AT(debug_script), NULL, OPTION_FILES, "commands of the console, carried out before the first instruction" },
    { "magic-break",  NULL,      OPTION_FLAG, AT(magic_break), NULL, NULL, "XCHG BX, BX is a breakpoint" },
    { "Ends, proofs and records", NULL, OPTION_GROUP, 0, NULL, NULL, NULL },
    { "verdict",      NULL,      OPTION_FLAG, AT(verdict), NULL, NULL, "one line of JSON about the end on standard error" },
    { "max-cycles",   "N",       OPTION_NUMBER, AT(max_cycles), NULL, NULL, "end at the first instruction boundary at or after cycle N" },
    { "max-insns",    "N",       OPTION_NUMBER, AT(max_insns), NULL, NULL, "end after N instructions" },
    { "timeout",      "TIME",    OPTION_TAKE, 0, option_timeout, NULL, "end after 30s on the host's clock, or after 30vs of virtual time; s is the usual unit" },
    { "no-progress",  "CYCLES",  OPTION_NUMBER, AT(no_progress), NULL, NULL, "end if so long nothing comes from serial ports and debug consoles and the screen stays as it is" },
    { "expect",       "REGEX",   OPTION_TAKE, 0, option_expect, NULL, "wait for text on a serial port, debug console or the text screen; the last one of all ends the run well" },
    { "send",         "TEXT",    OPTION_TAKE, 0, option_send, NULL, "then send this to the first serial port; \\n \\r \\t \\e \\\\ \\xHH" },
    { "fail-on",      "REGEX",   OPTION_TAKE, 0, option_fail_on, NULL, "end with status 8 if such text comes, whenever it does" },
    { "speed",        "HOW",     OPTION_TAKE, 0, option_speed, "max real 2 0.5", "pace of virtual time: max, real, or a factor of real like 2 or 0.5; a run is the same at each [real in a window, else max]" },
    { "jitter",       "SEED",    OPTION_TAKE, 0, option_jitter, NULL, "let timer interrupts come up to 63 cycles late, the same for the same seed; with --suite also a range, 1..100" },
    { "success",      "STATUS",  OPTION_TAKE, 0, option_success, NULL, "the exit status of isa-debug-exit that says all is well, often 33: becomes 0; a guest that ends without it failed" },
    { "ci",           NULL,      OPTION_TAKE, 0, option_ci, NULL, "-display none -no-reboot --verdict, and standard input is not read" },
    { "junit",        "FILE",    OPTION_TEXT, AT(junit), NULL, OPTION_FILES, "write how the run or suite ended as JUnit XML" },
    { "tap",          "FILE",    OPTION_TEXT, AT(tap), NULL, OPTION_FILES, "and in the Test Anything Protocol" },
    { "suite",        "FILE",    OPTION_TEXT, AT(suite), NULL, OPTION_FILES, "run many guests side by side; other options are for each of them (docs/ci.md)" },
    { "j",            "N",       OPTION_NUMBER, AT(jobs), NULL, NULL, "so many guests of the suite at a time [one a processor of the host]" },
    { "shard",        "I/N",     OPTION_TAKE, 0, option_shard, NULL, "only the I-th of N parts of the suite" },
    { "results",      "DIR",     OPTION_TEXT, AT(results), NULL, OPTION_FILES, "where the suite's verdicts, logs and screenshots go [trap86-results]" },
    { "hash-every",   "N",       OPTION_NUMBER, AT(hash_every), NULL, NULL, "a line with the hash of the guest's state every N cycles" },
    { "trap-stats",   NULL,      OPTION_FLAG, AT(trap_stats), NULL, NULL, "at the end, how often each sensitive instruction ran, and where first" },
    { "trap-trace",   "FILE",    OPTION_TEXT, AT(trap_trace), NULL, OPTION_FILES, "a line per sensitive instruction" },
    { "record",       "FILE",    OPTION_TEXT, AT(record), NULL, OPTION_FILES, "write all input with the cycles at which it came" },
    { "replay",       "FILE",    OPTION_TEXT, AT(replay), NULL, OPTION_FILES, "give the recorded input instead of the live one" },
    { "loadvm",       "FILE",    OPTION_TEXT, AT(loadvm), NULL, OPTION_FILES, "go on from a snapshot, on the machine that was saved (docs/snapshots.md)" },
    { "savevm",       "FILE",    OPTION_TEXT, AT(savevm), NULL, OPTION_FILES, "write a snapshot at the end" },
    { "savevm-at",    "CYCLE",   OPTION_NUMBER, AT(savevm_at), NULL, NULL, "write it at the first instruction boundary at or after CYCLE instead, and go on" },
    { "classify",     "[N]",     OPTION_TAKE, 0, take_classify, NULL, "find out from N states of each encoding which are sensitive; compare with the table [400]" },
    { "screenshot",   "FILE",    OPTION_TEXT, AT(screenshot), NULL, OPTION_FILES, "write what is on the screen at the end, as PNG" },
    { "screen-text",  "FILE",    OPTION_TEXT, AT(screen_text), NULL, OPTION_FILES, "write the text on the screen at the end, as UTF-8" },
    { "script",       "FILE",    OPTION_TEXT, AT(script), NULL, OPTION_FILES, "operate the guest: wait for text, type, take screenshots (docs/script.md)" },
    { "list-sensitive", NULL,    OPTION_FLAG, AT(list_sensitive), NULL, NULL, "print the table of sensitive instructions" },
    { "help",         NULL,      OPTION_FLAG, AT(help), NULL, NULL, "print this" },
    { "version",      NULL,      OPTION_FLAG, AT(version), NULL, NULL, "print the version" },
    /* For tests and the build: not shown. */
    { "engine",       "NAME",    OPTION_TAKE, 0, take_engine, NULL, NULL },
    { "block-cap",    "N",       OPTION_TAKE, 0, take_block_cap, NULL, NULL },
    { "flush-seed",   "N",       OPTION_NUMBER, AT(flush_seed), NULL, NULL, NULL },
    { "check-invariants", "EVERY", OPTION_NUMBER, AT(check_invariants), NULL, NULL, NULL },
    { "matrix-lines", NULL,      OPTION_FLAG, AT(matrix_lines), NULL, NULL, NULL },
    { "dump-acpi",    "DIR",     OPTION_TEXT, AT(dump_acpi), NULL, NULL, NULL },
    { "print-man",    NULL,      OPTION_FLAG, AT(print_man), NULL, NULL, NULL },
    { "print-completion", "SHELL", OPTION_TEXT, AT(print_completion), NULL, NULL, NULL },
    { NULL, NULL, OPTION_GROUP, 0, NULL, NULL, NULL }
};

/* ---- the parser ---- */
/* How many letters must be changed, added or removed. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONG = 32 };
    unsigned row[LONG + 1], length = (unsigned)strlen(b);
    if (length > LONG || strlen(a) > LONG) return LONG;
    for (unsigned j = 0; j <= length; j++) row[j] = j;
    for (unsigned i = 1; a[i - 1]; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= length; j++) {
            unsigned change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j] + 1, row[j - 1] + 1));
        }
    }
    return row[length];
}

static bool refuse_unknown(const char *given, const char *name, struct error *why)
{
    const struct option *best = NULL;
    unsigned least = 0;
    for (const struct option *option = option_table; option->name; option++) {
        if (option->kind == OPTION_GROUP || !option->help) continue;
        unsigned far = distance(name, option->name);
        if (!best || far < least) {
            best = option;
            least = far;
        }
    }
    return error_set(why, "unknown option %s; did you mean -%s? --help lists all", given, best->name);
}

static const struct option *option_find(const char *name, size_t length)
{
    const struct option *option = option_table;
    while (option->name && (option->kind == OPTION_GROUP || strlen(option->name) != length
                            || memcmp(option->name, name, length) != 0))
        option++;
    return option->name ? option : NULL;
}

static bool option_store(struct options *options, const struct option *option, const char *value, struct error *why)
{
    void *at = (char *)options + option->offset;
    switch (option->kind) {
    case OPTION_FLAG: *(bool *)at = true; return true;
    case OPTION_TEXT: *(const char **)at = value; return true;
    case OPTION_TAKE: return option->take(options, value, why);
    default:
        return (option_number(value, at) && *(u64 *)at > 0) || option_refuse(why, option->name, value, "give a number above 0");
    }
}

static bool file_take(struct options *options, const char *path, struct error *why)
{
    if (!*path) return error_set(why, "'' is neither an option nor a file; --help lists the options");
    if (options->files == OPTION_FILES_MOST) return error_set(why, "'%s': more than %d files", path, OPTION_FILES_MOST);
    options->file[options->files++] = path;
    return true;
}

/* One option or file at argv[0]; *used says how many words it took. */
static bool option_parse(struct options *options, char **argv, int *used, struct error *why)
{
    const char *given = argv[0], *name = given + 1 + (given[1] == '-');
    *used = 1;
    if (given[0] != '-') return file_take(options, given, why);
    if (!*name) return error_set(why, "'%s' is neither an option nor a file; --help lists the options", given);
    const char *equals = given[1] == '-' ? strchr(name, '=') : NULL;
    const struct option *option = option_find(name, equals ? (size_t)(equals - name) : strlen(name));
    if (!option && strcmp(name, "h") == 0) option = option_find("help", 4);
    if (!option) return refuse_unknown(given, name, why);
    if (!option->argument && equals) return error_set(why, "option %s takes no value", given);
    if (!option->argument) return option_store(options, option, NULL, why);
    if (equals) return option_store(options, option, equals + 1, why);
    bool optional = option->argument[0] == '[';
    if (optional && (!argv[1] || argv[1][0] == '-')) return option_store(options, option, NULL, why);
    if (!argv[1]) return error_set(why, "option %s needs a value: %s", given, option->argument);
    *used = 2;
    return option_store(options, option, argv[1], why);
}

static bool options_agree(const struct options *o, struct error *why)
{
    if ((o->matrix || o->matrix_lines) && (o->kernel || o->bios || o->append))
        return error_set(why, "--matrix runs trap86's own guest; leave out -kernel, -append and -bios");
    if (!o->kernel && o->initrd) return error_set(why, "-initrd needs -kernel");
    if (o->bios && o->append && !o->kernel) return error_set(why, "-append is for a kernel; give one with -kernel");
    if (o->jitter_last && !o->suite) return error_set(why, "--jitter with a range of seeds is for a --suite; give one seed");
    if (!o->suite && (o->jobs || o->shard || o->results))
        return error_set(why, "-j, --shard and --results are for a --suite; give one");
    if (o->record && o->replay) return error_set(why, "-record and -replay do not go together; leave one out");
    if (o->classify && (o->kernel || o->bios || o->append || o->matrix || o->matrix_lines))
        return error_set(why, "--classify runs no guest; leave out -kernel, -append, -bios and --matrix");
    return option_net_agree(&o->net, why) && option_audio_agree(&o->audio, why) && costs_agree(o, why)
        && session_snapshot_agree(o, why);
}

bool options_parse(struct options *options, int argc, char **argv, struct error *why)
{
    enum { NEW_YEAR_2026 = 1767225600 };
    *options = (struct options){
        .ram_bytes = (u64)128 << 20, .vga_bytes = VGA_DEFAULT_BYTES, .cpu = "max", .layout = layout_find("us"), .release_key = "ctrl-alt-g", .menu_key = "ctrl-alt-m", .append = NULL, .block_cap = 32, .rtc_seconds = NEW_YEAR_2026
    };
    int used = 1;
    for (int i = 1; i < argc; i += used)
        if (!option_parse(options, argv + i, &used, why)) return false;
    return option_files_place(options, why) && options_agree(options, why);
}

bool options_run_guest(const struct options *o)
{
    return !o->help && !o->version && !o->list_sensitive && !o->print_man && !o->vmm_help && !o->print_completion
        && !o->dump_acpi && !o->matrix && !o->matrix_lines && !o->classify && (!o->costs_in || o->costs);
}

const char *options_name(const struct options *o)
{
    const char *file = o->kernel ? o->kernel : o->bios;
    for (unsigned i = 0; i < OPTION_DRIVES && !file; i++) file = o->drive[i].file;
    const char *slash = file ? strrchr(file, '/') : NULL;
    return o->name ? o->name : slash ? slash + 1 : file ? file : "trap86";
}

void options_free(struct options *options)
{
    for (unsigned i = 0; i < options->kepts; i++) free(options->kept[i]);
}
