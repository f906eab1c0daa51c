/* A row of the table of options, for the parser (options.c) and the texts made of it (option_text.c). */
#ifndef FRONTEND_OPTION_TABLE_H
#define FRONTEND_OPTION_TABLE_H
#include "frontend/options.h"

enum option_kind {
    OPTION_GROUP,            /* a heading */
    OPTION_FLAG,             /* a bool at offset */
    OPTION_TEXT,             /* a const char * at offset */
    OPTION_NUMBER,           /* a u64 above 0 at offset */
    OPTION_TAKE              /* `take` knows */
};
#define OPTION_FILES "FILES"

struct option {
    const char      *name, *argument;      /* argument NULL: takes none */
    enum option_kind kind;
    size_t           offset;
    bool           (*take)(struct options *options, const char *value, struct error *why);
    const char      *completes;            /* words for the shells, or OPTION_FILES */
    const char      *help;                 /* NULL: hidden */
};
extern const struct option option_table[];  /* ends with name NULL */
#endif
