/* A chart of what workloads would cost, times native, as SVG 1.1: a group of bars per workload, on a logarithmic scale
 * whose base line is native itself; what stands below it is faster than native. */
#include "frontend/costs.h"
#include <math.h>

enum { LEFT = 64, TOP = 84, HEIGHT = 320, BELOW = 96, BAR = 22, GAP = 34, GROUP = BAR * (COST_STRATEGIES - 1) + GAP,
       WIDTH_MIN = 700, NAME_SHOWN = 24 };

static const struct { const char *colour, *text; } looks[COST_STRATEGIES] = {
    [COST_TE]    = { "#b2182b", "te: trap-and-emulate" },
    [COST_CO]    = { "#ef8a62", "co: callout-and-emulate" },
    [COST_BT]    = { "#2166ac", "bt: adaptive translation" },
    [COST_HW]    = { "#1b7837", "hw: hardware VM, first generation" },
    [COST_CORE2] = { "#7fbf7b", "core2: hardware VM, Core 2" },
    [COST_PV]    = { "#762a83", "pv: paravirtualization" }
};

struct scale { double low, high; };        /* powers of ten */

static double ratio(const struct cost_workload *w, unsigned strategy)
{
    return (double)w->total[strategy] / (double)w->total[COST_NATIVE];
}

static struct scale scale_of(const struct cost_workloads *all)
{
    struct scale scale = { 0, log10(2) };
    for (unsigned i = 0; i < all->count; i++)
        for (unsigned s = COST_TE; s < COST_STRATEGIES; s++) {
            double exponent = log10(ratio(&all->item[i], s));
            scale.low = fmin(scale.low, exponent);
            scale.high = fmax(scale.high, exponent);
        }
    scale.low = scale.low < 0 ? floor(scale.low * 4) / 4 : 0;
    scale.high = ceil(scale.high * 4) / 4;
    return scale;
}

static double y_of(const struct scale *scale, double value)
{
    return TOP + HEIGHT * (scale->high - log10(value)) / (scale->high - scale->low);
}

/* At most NAME_SHOWN characters: the next group's name is beside it. */
static void escaped(FILE *out, const char *text)
{
    for (const char *end = text + NAME_SHOWN; *text && text < end; text++)
        if (*text == '<') fputs("&lt;", out);
        else if (*text == '>') fputs("&gt;", out);
        else if (*text == '&') fputs("&amp;", out);
        else fputc((u8)*text < 0x20 || (u8)*text > 0x7e ? '?' : *text, out);
}

static void grid_draw(FILE *out, const struct scale *scale, unsigned width)
{
    static const double steps[] = { 1, 2, 5 };
    for (double power = -4; power <= 6; power++)
        for (unsigned i = 0; i < ARRAY_LEN(steps); i++) {
            double value = steps[i] * pow(10, power), exponent = log10(value);
            if (exponent < scale->low - 1e-9 || exponent > scale->high + 1e-9) continue;
            double y = y_of(scale, value);
            fprintf(out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%u\" y2=\"%.1f\" stroke=\"%s\"/>\n", LEFT, y, width - 16, y,
                    value == 1 ? "#000" : "#ddd");
            fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", LEFT - 8, y + 4, value);
        }
}

static void bar_draw(FILE *out, const struct scale *scale, double value, unsigned strategy, double x)
{
    double y = y_of(scale, value), native = y_of(scale, 1), top = fmin(y, native);
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\">", x, top, BAR - 2,
            fmax(y, native) - top + 0.5, looks[strategy].colour);
    fprintf(out, "<title>%s %.3f</title></rect>\n", cost_strategy_names[strategy], value);
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"8\" text-anchor=\"middle\">%.*f</text>\n", x + BAR / 2.0 - 1,
            value >= 1 ? y - 3 : y + 9, value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

static void group_draw(FILE *out, const struct scale *scale, const struct cost_workload *w, unsigned index)
{
    double x = LEFT + GAP / 2.0 + index * GROUP, middle = x + BAR * (COST_STRATEGIES - 1) / 2.0;
    for (unsigned s = COST_TE; s < COST_STRATEGIES; s++) bar_draw(out, scale, ratio(w, s), s, x + (s - 1) * BAR);
    fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", middle, TOP + HEIGHT + 24);
    escaped(out, w->name);
    fprintf(out, "</text>\n<text x=\"%.1f\" y=\"%d\" font-size=\"10\" fill=\"#555\" text-anchor=\"middle\">", middle,
            TOP + HEIGHT + 38);
    escaped(out, w->profile);
    fputs("</text>\n", out);
}

static void legend_draw(FILE *out)
{
    for (unsigned s = COST_TE; s < COST_STRATEGIES; s++) {
        unsigned x = LEFT + (s - 1) % 3 * 205, y = 40 + (s - 1) / 3 * 18;
        fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"10\" height=\"10\" fill=\"%s\"/>", x, y, looks[s].colour);
        fprintf(out, "<text x=\"%u\" y=\"%u\" font-size=\"10\">%s</text>\n", x + 14, y + 9, looks[s].text);
    }
}

void costs_chart(FILE *out, const struct cost_workloads *all)
{
    struct scale scale = scale_of(all);
    unsigned width = MAX(LEFT + all->count * GROUP + 24, WIDTH_MIN);
    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
            "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", width, TOP + HEIGHT + BELOW);
    fprintf(out, "<rect width=\"%u\" height=\"%d\" fill=\"#fff\"/>\n", width, TOP + HEIGHT + BELOW);
    fprintf(out, "<text x=\"%d\" y=\"24\" font-size=\"15\">Cost of workloads by monitor, times native (modelled)"
            "</text>\n", LEFT);
    legend_draw(out);
    grid_draw(out, &scale, width);
    for (unsigned i = 0; i < all->count; i++) group_draw(out, &scale, &all->item[i], i);
    fprintf(out, "<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#555\">Events counted by trap86, prices "
            "published and assumed by the profile named. Nested paging is not modelled.</text>\n</svg>\n", LEFT,
            TOP + HEIGHT + 72);
}
