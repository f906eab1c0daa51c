/* trap86 --classify: every encoding before the judge, then the report. Reading order: classify_encodings.c,
 * classify_states.c and classify_items.c (what is tried), classify_chip.c (on what), classify_judge.c (the definitions),
 * classify_report.c. Nothing but the report's last step looks into cpu/sensitive.def. */
#include "frontend/classify_parts.h"
#include <stdlib.h>

int classify(const struct cpu_model *model, u64 samples, const struct classify_known *known, FILE *out,
             struct error *why)
{
    struct chip *chip = chip_new(model, why);
    if (!chip)
        return -1;
    struct encoding *encodings = calloc(ENCODINGS_MAX, sizeof *encodings);
    struct verdict *verdicts = calloc(ENCODINGS_MAX, sizeof *verdicts);
    int status = -1;
    if (encodings && verdicts) {
        states_tables(chip);
        unsigned count = encodings_make(chip, encodings);
        for (unsigned i = 0; i < count; i++)
            judge(chip, &encodings[i], i, samples * encodings[i].weight, &verdicts[i]);
        status = !report(encodings, verdicts, count, known, out);
    } else {
        error_set(why, "no memory for the classifier: free some on the host");
    }
    free(encodings);
    free(verdicts);
    chip_free(chip);
    return status;
}
