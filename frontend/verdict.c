/* The line of a verdict (frontend/verdict.h). */
#include "frontend/verdict.h"

/* Names come from files: only what needs no quoting goes into the JSON. */
static void text_print(const char *text, FILE *out)
{
    if (!*text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) fputc(*text < 0x20 || *text > 0x7E || *text == '"' || *text == '\\' ? '?' : *text, out);
    fputc('"', out);
}

void verdict_print(const struct verdict *v, bool name, FILE *out)
{
    fputc('{', out);
    if (name) {
        fputs("\"name\":", out);
        text_print(v->name, out);
        fputc(',', out);
    }
    fprintf(out, "\"reason\":\"%s\",\"status\":%d,\"icount\":%llu,\"cycles\":%llu,", v->reason, v->status,
            (unsigned long long)v->icount, (unsigned long long)v->cycles);
    fprintf(out, "\"cs\":\"%04x\",\"eip\":\"%08x\",\"symbol\":", v->cs, v->eip);
    text_print(v->symbol, out);
    if (v->leaky) fprintf(out, ",\"leaks\":%llu", (unsigned long long)v->leaks);
    fprintf(out, ",\"hash\":\"%016llx\"}\n", (unsigned long long)v->hash);
}
