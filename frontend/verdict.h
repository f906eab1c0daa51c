/* The verdict on a run: how it ended and where, as one line of JSON. */
#ifndef FRONTEND_VERDICT_H
#define FRONTEND_VERDICT_H
#include "core/types.h"
#include <stdio.h>

struct verdict {
    const char *name;                    /* of the guest */
    const char *reason;
    char        message[512];            /* for people; empty if there is nothing to tell */
    int         status;                  /* as the process would exit with: 0 is success */
    u64         icount, cycles;          /* instructions and cycles of the guest */
    u16         cs;
    u32         eip;
    char        symbol[128];             /* where that is; empty: nobody knows */
    bool        leaky;                   /* the monitor may leak: leaks are counted */
    u64         leaks;
    u64         hash;                    /* of the guest's state */
    u64         host_ns;                 /* what the run took; not part of the line, which is the same on every host */
};

/* One line. name: whether it begins with the guest's name. */
void verdict_print(const struct verdict *verdict, bool name, FILE *out);
#endif
