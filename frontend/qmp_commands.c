/* The commands of the control socket (qmp.h), by a table: QEMU's, with its names for arguments and answers, and a few of our
 * own that begin with x-. What acts on the guest goes the console's way (command_machine.c), so a record has it. */
#include "frontend/qmp_parts.h"
#include "frontend/command.h"
#include "frontend/keys.h"
#include "frontend/media.h"
#include "frontend/screenshot.h"
#include "frontend/session_snapshot.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call { struct qmp *qmp; struct session *session; const cJSON *arguments, *id; struct error why; bool later; };
/* The answer, or NULL: *why says what is wrong, or `later`: it comes later. */
typedef cJSON *qmp_fn(struct call *call);

static cJSON *nothing(void) { return cJSON_CreateObject(); }

static cJSON *wrong(struct call *call, const char *text)
{
    error_set(&call->why, "%s", text);
    return NULL;
}

/* An argument that must be text; NULL: *why says that it is not there. */
static const char *text_of(struct call *call, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(call->arguments, name);
    if (cJSON_IsString(item)) return item->valuestring;
    error_set(&call->why, "Parameter '%s' is missing", name);
    return NULL;
}

/* A number, or `missing` if it is not there. false: it is none. */
static bool number_of(struct call *call, const char *name, double missing, double most, u64 *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(call->arguments, name);
    double number = item ? cJSON_IsNumber(item) ? item->valuedouble : -1 : missing;
    if (!(number >= 0 && number <= most)) return error_set(&call->why, "Parameter '%s' expects a number up to %.0f", name, most);
    *value = (u64)number;
    return true;
}

/* A line of the console, whose complaints are errors. */
static cJSON *console_do(struct call *call, const char *line)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) return wrong(call, "no memory");
    call->qmp->quits |= !console_command(call->session, line, out);
    fclose(out);
    cJSON *answer = size ? NULL : nothing();
    if (size) error_set(&call->why, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
    return answer;
}

/* ---- questions ---- */
static cJSON *status(struct call *call)
{
    cJSON *answer = cJSON_CreateObject();
    const struct session *s = call->session;
    bool began = s->machine->cpu.insns > 0;
    cJSON_AddBoolToObject(answer, "running", !s->paused);
    cJSON_AddBoolToObject(answer, "singlestep", 0);
    cJSON_AddStringToObject(answer, "status", !s->paused ? "running" : s->failed ? "internal-error" : began ? "paused" : "prelaunch");
    return answer;
}

static cJSON *version(struct call *call)
{
    cJSON *answer = cJSON_CreateObject(), *triple = cJSON_AddObjectToObject(answer, "qemu");
    (void)call;
    cJSON_AddNumberToObject(triple, "micro", 0);
    cJSON_AddNumberToObject(triple, "minor", 0);
    cJSON_AddNumberToObject(triple, "major", 7);
    cJSON_AddStringToObject(answer, "package", "trap86");
    return answer;
}

static cJSON *name(struct call *call)
{
    cJSON *answer = cJSON_CreateObject();
    if (call->session->options.name) cJSON_AddStringToObject(answer, "name", call->session->options.name);
    return answer;
}

static cJSON *kvm(struct call *call)
{
    cJSON *answer = cJSON_CreateObject();
    (void)call;
    cJSON_AddBoolToObject(answer, "enabled", 0);
    cJSON_AddBoolToObject(answer, "present", 0);
    return answer;
}

static cJSON *cpus(struct call *call)
{
    cJSON *answer = cJSON_CreateArray(), *cpu = cJSON_CreateObject();
    cJSON_AddNumberToObject(cpu, "cpu-index", 0);
    cJSON_AddStringToObject(cpu, "qom-path", "/machine/unattached/device[0]");
    cJSON_AddNumberToObject(cpu, "thread-id", 1);
    cJSON_AddStringToObject(cpu, "target", "i386");
    cJSON_AddStringToObject(cpu, "x-model", call->session->machine->cpu.model->name);
    cJSON_AddNumberToObject(cpu, "x-icount", (double)call->session->machine->cpu.insns);
    cJSON_AddNumberToObject(cpu, "x-cycles", (double)call->session->machine->clock.now);
    cJSON_AddItemToArray(answer, cpu);
    return answer;
}

static cJSON *block(struct call *call)
{
    cJSON *answer = cJSON_CreateArray();
    for (unsigned i = 0; i < OPTION_DRIVES; i++) {
        const struct drive_option *drive = &call->session->options.drive[i];
        if (!drive->file && !drive->cdrom) continue;
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "device", media_drive_name(i));
        cJSON_AddStringToObject(one, "type", "unknown");
        cJSON_AddBoolToObject(one, "removable", drive->cdrom || i >= MACHINE_DRIVES);
        cJSON_AddBoolToObject(one, "locked", 0);
        cJSON *inserted = drive->file && call->session->image[i] ? cJSON_AddObjectToObject(one, "inserted") : NULL;
        if (inserted) {
            cJSON_AddStringToObject(inserted, "file", drive->file);
            cJSON_AddBoolToObject(inserted, "ro", drive->read_only || drive->cdrom);
        }
        cJSON_AddItemToArray(answer, one);
    }
    return answer;
}

/* ---- the run ---- */
static cJSON *stop(struct call *call) { return console_do(call, "stop"); }
static cJSON *cont(struct call *call) { return console_do(call, "cont"); }
static cJSON *reset(struct call *call)
{
    cJSON *answer = console_do(call, "system_reset"), *data = cJSON_CreateObject();
    cJSON_AddBoolToObject(data, "guest", 0);
    cJSON_AddStringToObject(data, "reason", "host-qmp-system-reset");
    qmp_event(call->qmp, "RESET", data);
    return answer;
}

static cJSON *powerdown(struct call *call)
{
    qmp_event(call->qmp, "POWERDOWN", NULL);
    return console_do(call, "system_powerdown");
}

static cJSON *quit(struct call *call)
{
    call->qmp->quits = true;
    return nothing();
}

/* What the console says is the answer, as of QEMU's human monitor. */
static cJSON *human(struct call *call)
{
    const char *line = text_of(call, "command-line");
    char *text = NULL;
    size_t size = 0;
    FILE *out = line ? open_memstream(&text, &size) : NULL;
    if (!out) return NULL;
    call->qmp->quits |= !console_command(call->session, line, out);
    fclose(out);
    cJSON *answer = cJSON_CreateString(text);
    free(text);
    return answer;
}

/* ---- keys and mouse ---- */
static cJSON *send_key(struct call *call)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(call->arguments, "keys"), *key;
    char line[512] = "sendkey ";
    if (!cJSON_IsArray(keys) || !cJSON_GetArraySize(keys)) return wrong(call, "Parameter 'keys' is missing");
    cJSON_ArrayForEach(key, keys) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(key, "data");
        size_t length = strlen(line);
        if (!cJSON_IsString(value)) return wrong(call, "a key is {\"type\": \"qcode\", \"data\": NAME}");
        snprintf(line + length, sizeof line - length, "%s%s", line[length - 1] == ' ' ? "" : "-", value->valuestring);
    }
    return console_do(call, line);
}

static void key_event(struct call *call, const cJSON *data)
{
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(data, "key"), "data");
    bool down = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "down"));
    struct hotkey hotkey;
    if (!cJSON_IsString(key) || !keys_hotkey(key->valuestring, &hotkey) || hotkey.count != 1) {
        error_set(&call->why, "there is no such key");
        return;
    }
    u8 codes[2] = { 0xe0, (u8)(hotkey.code[0] | (down ? 0 : 0x80)) };
    unsigned first = hotkey.code[0] & 0x100 ? 0 : 1;
    input_post(&call->session->machine->input, call->session->machine->keyboard.keyboard_source, codes + first, 2 - first);
}

/* Buttons, movement to the right and up, wheel: the keyboard controller's own message. */
static void mouse_event(struct call *call, int right, int up, int wheel)
{
    struct machine *m = call->session->machine;
    const u8 message[] = { call->qmp->buttons, (u8)right, (u8)up, (u8)wheel };
    input_post(&m->input, m->keyboard.mouse_source, message, sizeof message);
}

static void button_event(struct call *call, const cJSON *data)
{
    static const char *const names[] = { "left", "right", "middle", "side", "extra" };
    const cJSON *button = cJSON_GetObjectItemCaseSensitive(data, "button");
    bool down = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "down"));
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (cJSON_IsString(button) && strcmp(names[i], button->valuestring) == 0) {
            call->qmp->buttons = (u8)(down ? call->qmp->buttons | 1u << i : call->qmp->buttons & ~(1u << i));
            mouse_event(call, 0, 0, 0);
            return;
        }
    int wheel = !down || !cJSON_IsString(button) ? 0 : strcmp(button->valuestring, "wheel-up") == 0 ? -1 : strcmp(button->valuestring, "wheel-down") == 0;
    if (wheel) mouse_event(call, 0, 0, wheel);
    else if (down) error_set(&call->why, "there is no such button");
}

static void movement_event(struct call *call, const cJSON *data)
{
    const cJSON *axis = cJSON_GetObjectItemCaseSensitive(data, "axis"), *value = cJSON_GetObjectItemCaseSensitive(data, "value");
    bool good = cJSON_IsString(axis) && cJSON_IsNumber(value) && (strcmp(axis->valuestring, "x") == 0 || strcmp(axis->valuestring, "y") == 0);
    double by = good ? value->valuedouble : 0;
    if (!good || !(by >= -127 && by <= 127)) error_set(&call->why, "a movement is along x or y, from -127 to 127");
    else if (*axis->valuestring == 'x') mouse_event(call, (int)by, 0, 0);
    else mouse_event(call, 0, -(int)by, 0);
}

static cJSON *input_event(struct call *call)
{
    static const struct { const char *type; void (*act)(struct call *, const cJSON *); } types[] = { { "key", key_event }, { "btn", button_event }, { "rel", movement_event } };
    const cJSON *event, *events = cJSON_GetObjectItemCaseSensitive(call->arguments, "events");
    if (!cJSON_IsArray(events)) return wrong(call, "Parameter 'events' is missing");
    cJSON_ArrayForEach(event, events) {
        const cJSON *type = cJSON_GetObjectItemCaseSensitive(event, "type"), *data = cJSON_GetObjectItemCaseSensitive(event, "data");
        unsigned i = 0;
        while (i < ARRAY_LEN(types) && !(cJSON_IsString(type) && strcmp(type->valuestring, types[i].type) == 0)) i++;
        if (i == ARRAY_LEN(types)) return wrong(call, "events are of the types key, btn and rel: there is no absolute pointer");
        types[i].act(call, data);
        if (call->why.text[0]) return NULL;
    }
    return nothing();
}

static cJSON *type_text(struct call *call)
{
    const char *text = text_of(call, "text");
    u8 codes[KEYS_BYTES];
    for (; text && *text; text++) {
        unsigned count = keys_character(*text, codes);
        if (!count) return wrong(call, "a US keyboard has no key for one of these characters");
        if (!strokes_add(&call->session->strokes, codes, count)) return wrong(call, "too many keys wait already");
    }
    return text ? nothing() : NULL;
}

/* ---- screen and memory ---- */
static cJSON *screendump(struct call *call)
{
    const char *path = text_of(call, "filename");
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(call->arguments, "format");
    if (!path) return NULL;
    if (format && (!cJSON_IsString(format) || strcmp(format->valuestring, "png") != 0)) return wrong(call, "the format is png");
    return session_screenshot(call->session, path, &call->why) ? nothing() : NULL;
}

static cJSON *screen_text(struct call *call)
{
    enum { SCREEN_MAX = 1 << 16 };
    char text[SCREEN_MAX];
    const struct machine *m = call->session->machine;
    cJSON *lines = cJSON_CreateArray();
    size_t whole = m->config.vga_bytes ? vga_text(&m->vga, text, sizeof text - 1) : 0;
    text[whole] = 0;
    for (char *rest = text, *line; *rest && (line = strsep(&rest, "\n")) && rest; ) {
        size_t length = strlen(line);
        while (length && line[length - 1] == ' ') line[--length] = 0;
        cJSON_AddItemToArray(lines, cJSON_CreateString(line));
    }
    return lines;
}

static cJSON *save_memory(struct call *call, const char *command)
{
    char line[512];
    u64 from, size;
    const char *path = text_of(call, "filename");
    if (!path || !number_of(call, "val", -1, UINT32_MAX, &from) || !number_of(call, "size", -1, UINT32_MAX, &size)) return NULL;
    snprintf(line, sizeof line, "%s %llu %llu %s", command, (unsigned long long)from, (unsigned long long)size, path);
    return console_do(call, line);
}

static cJSON *memsave(struct call *call) { return save_memory(call, "memsave"); }
static cJSON *pmemsave(struct call *call) { return save_memory(call, "pmemsave"); }

/* ---- media and states ---- */
static const char *drive_of(struct call *call)
{
    const cJSON *device = cJSON_GetObjectItemCaseSensitive(call->arguments, "device");
    return cJSON_IsString(device) ? device->valuestring : text_of(call, "id");
}

static cJSON *change_medium(struct call *call)
{
    const char *drive = drive_of(call), *path = drive ? text_of(call, "filename") : NULL;
    return path && media_change(call->session, drive, path, &call->why) ? nothing() : NULL;
}

static cJSON *eject(struct call *call)
{
    char name[64];
    const char *drive = drive_of(call);
    if (!drive) return NULL;
    bool force = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(call->arguments, "force"));
    snprintf(name, sizeof name, "%s%s", force ? "-f " : "", drive);
    return media_change(call->session, name, NULL, &call->why) ? nothing() : NULL;
}

/* A tag is a file; the job is done when it is answered. */
static cJSON *snapshot_save(struct call *call)
{
    const char *tag = text_of(call, "tag");
    return tag && session_snapshot_save(call->session, tag, &call->why) ? nothing() : NULL;
}

static cJSON *snapshot_load(struct call *call)
{
    const char *tag = text_of(call, "tag");
    return tag && session_snapshot_load(call->session, tag, &call->why) ? nothing() : NULL;
}

/* ---- x-wait ---- */
void qmp_wait_forget(struct qmp *qmp)
{
    if (!qmp->wait.on) return;
    if (qmp->wait.is_pattern) regfree(&qmp->wait.pattern);
    cJSON_Delete(qmp->wait.id);
    qmp->wait = (struct qmp_wait){ .on = false };
}

static bool wait_met(struct qmp *qmp)
{
    struct qmp_wait *wait = &qmp->wait;
    const struct machine *m = qmp->session->machine;
    if (wait->is_pattern) return ears_find(qmp->session->ears, &wait->place, wait->where, &wait->pattern, m);
    return wait->insns ? m->cpu.insns >= wait->insns : m->clock.now >= wait->cycles;
}

void qmp_wait_look(struct qmp *qmp)
{
    if (!qmp->wait.on) return;
    bool met = wait_met(qmp), late = qmp->session->machine->clock.now >= qmp->wait.until;
    if (!met && !late) return;
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddNumberToObject(answer, "icount", (double)qmp->session->machine->cpu.insns);
    cJSON_AddNumberToObject(answer, "cycles", (double)qmp->session->machine->clock.now);
    if (met) qmp_answer(qmp, qmp->wait.id, answer);
    else {
        cJSON_Delete(answer);
        qmp_refuse(qmp, qmp->wait.id, "GenericError", "the time is over");
    }
    qmp_wait_forget(qmp);
}

/* {"serial": REGEX}, {"screen": REGEX}, {"any": REGEX}, {"icount": N} or {"cycles": N}, with "timeout" in virtual seconds. */
static cJSON *wait_for(struct call *call)
{
    static const struct { const char *name; unsigned where; } places[] = { { "serial", EARS_SERIAL }, { "screen", EARS_SCREEN }, { "debug", EARS_DEBUG }, { "any", EARS_ALL } };
    struct qmp_wait wait = { .on = true };
    const struct clock *clock = &call->session->machine->clock;
    u64 seconds;
    if (call->qmp->wait.on) return wrong(call, "something is waited for already");
    if (!number_of(call, "timeout", 60, 1e9, &seconds)) return NULL;
    wait.until = clock->now + seconds * clock->hz;
    for (unsigned i = 0; i < ARRAY_LEN(places) && !wait.is_pattern; i++) {
        const cJSON *pattern = cJSON_GetObjectItemCaseSensitive(call->arguments, places[i].name);
        if (!pattern) continue;
        if (!cJSON_IsString(pattern) || regcomp(&wait.pattern, pattern->valuestring, REG_EXTENDED | REG_NEWLINE)) return wrong(call, "that is no regular expression");
        wait.is_pattern = true;
        wait.where = places[i].where;
    }
    if (!wait.is_pattern && (!number_of(call, "icount", 0, 9e15, &wait.insns) || !number_of(call, "cycles", 0, 9e15, &wait.cycles))) return NULL;
    if (!wait.is_pattern && !wait.insns && !wait.cycles) return wrong(call, "give serial, screen, debug, any, icount or cycles");
    wait.id = call->id ? cJSON_Duplicate(call->id, 1) : NULL;
    call->qmp->wait = wait;
    call->later = true;
    return NULL;
}

/* ---- the table ---- */
static cJSON *capabilities(struct call *call)
{
    call->qmp->negotiated = true;
    return nothing();
}

static cJSON *commands(struct call *call);
static const struct { const char *name; qmp_fn *act; } table[] = {
    { "qmp_capabilities", capabilities }, { "query-status", status }, { "query-version", version }, { "query-commands", commands },
    { "query-name", name }, { "query-kvm", kvm }, { "query-cpus-fast", cpus }, { "query-block", block }, { "stop", stop }, { "cont", cont },
    { "quit", quit }, { "system_reset", reset }, { "system_powerdown", powerdown }, { "human-monitor-command", human },
    { "send-key", send_key }, { "input-send-event", input_event },
    { "screendump", screendump }, { "memsave", memsave }, { "pmemsave", pmemsave },
    { "blockdev-change-medium", change_medium }, { "eject", eject }, { "snapshot-save", snapshot_save }, { "snapshot-load", snapshot_load },
    { "x-wait", wait_for }, { "x-screen-text", screen_text }, { "x-type", type_text },
};

static cJSON *commands(struct call *call)
{
    cJSON *answer = cJSON_CreateArray();
    (void)call;
    for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", table[i].name);
        cJSON_AddItemToArray(answer, one);
    }
    return answer;
}

void qmp_command(struct qmp *qmp, const char *command, const cJSON *arguments, const cJSON *id)
{
    struct call call = { .qmp = qmp, .session = qmp->session, .arguments = arguments, .id = id };
    char text[200];
    for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
        if (strcmp(table[i].name, command) != 0) continue;
        cJSON *answer = table[i].act(&call);
        if (answer) qmp_answer(qmp, id, answer);
        else if (!call.later) qmp_refuse(qmp, id, "GenericError", call.why.text);
        return;
    }
    snprintf(text, sizeof text, "The command %.100s has not been found", command);
    qmp_refuse(qmp, id, "CommandNotFound", text);
}
