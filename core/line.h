/* A wire between chips: an output pin knows whom it drives, not what. Levels, not edges. */
#ifndef CORE_LINE_H
#define CORE_LINE_H
#include "core/types.h"

struct line {
    void (*set)(void *self, int pin, bool level);
    void  *self;
    int    pin;
    bool   level;            /* what was last driven */
};

static inline void line_set(struct line *line, bool level)
{
    if (line->level == level) return;
    line->level = level;
    if (line->set) line->set(line->self, line->pin, level);
}
static inline void line_connect(struct line *line, void (*set)(void *self, int pin, bool level), void *self, int pin)
{
    line->set = set;
    line->self = self;
    line->pin = pin;
}
#endif
