/* JUnit's XML, as Jenkins and its successors read it (testsuites, testsuite, testcase, failure, error), and TAP version
 * 14 (frontend/report.h). What a guest said is data: nothing of it can be taken for markup. */
#include "frontend/report.h"
#include "frontend/file.h"
#include <errno.h>
#include <string.h>

enum { LOG_END = 4096, NS_PER_MS = 1000000 };

/* XML 1.0 has no control characters but tab and newline; bytes that may be no UTF-8 are left out as well. */
static void xml_text(FILE *out, const char *text, size_t length)
{
    static const struct { char c; const char *entity; } entities[] = {
        { '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" }, { '"', "&quot;" }, { '\'', "&apos;" }
    };
    for (const char *end = text + length; text < end; text++) {
        unsigned i = 0;
        while (i < ARRAY_LEN(entities) && entities[i].c != *text) i++;
        if (i < ARRAY_LEN(entities)) fputs(entities[i].entity, out);
        else if ((*text >= ' ' && *text <= '~') || *text == '\n' || *text == '\t') fputc(*text, out);
        else if (*text != '\r') fputc('?', out);
    }
}

static void xml_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    xml_text(out, text, strlen(text));
    fputc('"', out);
}

static void xml_seconds(FILE *out, u64 ns)
{
    u64 ms = ns / NS_PER_MS;
    fprintf(out, " time=\"%llu.%03u\"", (unsigned long long)(ms / 1000), (unsigned)(ms % 1000));
}

/* The last lines a guest and trap86 wrote. */
static void log_end(FILE *out, const char *folder, const char *name)
{
    char path[1024], text[LOG_END];
    FILE *file = (size_t)snprintf(path, sizeof path, "%s/%s.log", folder, name) < sizeof path ? fopen(path, "re") : NULL;
    if (!file) return;
    if (fseek(file, -LOG_END, SEEK_END)) rewind(file);
    size_t length = fread(text, 1, sizeof text, file);
    xml_text(out, text, length);
    fclose(file);
}

static bool is_error(const struct verdict *v) { return strcmp(v->reason, "error") == 0; }

static void junit_case(FILE *out, const struct report *report, const struct verdict *v)
{
    const char *kind = is_error(v) ? "error" : "failure";
    fputs("  <testcase", out);
    xml_attribute(out, "classname", report->suite);
    xml_attribute(out, "name", v->name);
    xml_seconds(out, v->host_ns);
    if (v->status == 0) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, ">\n    <%s", kind);
    xml_attribute(out, "type", v->reason);
    xml_attribute(out, "message", *v->message ? v->message : v->reason);
    fputc('>', out);
    if (report->logs) log_end(out, report->logs, v->name);
    fprintf(out, "</%s>\n  </testcase>\n", kind);
}

static bool file_end(FILE *file, const char *path, struct error *why)
{
    bool bad = ferror(file);
    if (fclose(file) || bad) return error_set(why, "report '%s': %s", path, strerror(errno));
    return true;
}

bool report_junit(const struct report *report, const char *path, struct error *why)
{
    FILE *out;
    u64 ns = 0;
    unsigned failures = 0, errors = 0;
    if (!file_open(&out, path, "we", "report", why)) return false;
    for (unsigned i = 0; i < report->count; i++) {
        const struct verdict *v = report->verdict[i];
        ns += v->host_ns;
        errors += is_error(v);
        failures += v->status != 0 && !is_error(v);
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite", out);
    xml_attribute(out, "name", report->suite);
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", report->count, failures, errors);
    xml_seconds(out, ns);
    fputs(">\n", out);
    for (unsigned i = 0; i < report->count; i++) junit_case(out, report, report->verdict[i]);
    fputs("</testsuite>\n</testsuites>\n", out);
    return file_end(out, path, why);
}

/* A quoted YAML scalar. */
static void yaml_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, "  %s: \"", name);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', out);
        fputc(*text < ' ' || *text > '~' ? '?' : *text, out);
    }
    fputs("\"\n", out);
}

static void tap_case(FILE *out, unsigned number, const struct verdict *v)
{
    fprintf(out, "%sok %u - %s\n", v->status ? "not " : "", number, v->name);
    if (v->status == 0) return;
    fputs("  ---\n", out);
    yaml_text(out, "message", *v->message ? v->message : v->reason);
    yaml_text(out, "reason", v->reason);
    fprintf(out, "  status: %d\n  cycles: %llu\n  ...\n", v->status, (unsigned long long)v->cycles);
}

bool report_tap(const struct report *report, const char *path, struct error *why)
{
    FILE *out;
    if (!file_open(&out, path, "we", "report", why)) return false;
    fprintf(out, "TAP version 14\n1..%u\n", report->count);
    for (unsigned i = 0; i < report->count; i++) tap_case(out, i + 1, report->verdict[i]);
    if (!report->whole) fputs("Bail out! Interrupted\n", out);
    return file_end(out, path, why);
}
