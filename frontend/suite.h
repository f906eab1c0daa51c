/* A suite: many guests, each a run of its own with its verdict, log and, if it fails, screenshot; several at a time, a
 * machine a thread. docs/ci.md describes the file for users. */
#ifndef FRONTEND_SUITE_H
#define FRONTEND_SUITE_H
#include "core/host.h"
#include "frontend/options.h"

struct suite_guest {
    char    *name;
    unsigned line;                       /* of the file */
    char   **words;                      /* argv: the program's name, what is for all, and the guest's own; ends with NULL */
    int      count;
    u64      seed;                       /* of its jitter; 0: none */
    u64      ram;                        /* bytes that it will claim */
};

struct suite {
    struct suite_guest *guests;
    unsigned            count;
    void              **kept;            /* what the guests' words are made of */
    unsigned            kepts;
};

/* suite_read.c: reads the file of options->suite and checks each guest's options; argv is the command line that they
 * follow. A range of seeds makes a guest of each. False with *why, which names the line. */
bool suite_read(struct suite *suite, const struct options *options, int argc, char **argv, struct error *why);
void suite_free(struct suite *suite);

/* suite.c: runs what --shard leaves of a suite. Returns the exit status: 0 if all passed, 1 if one failed, 128 + signal
 * if a signal ended it, 2 with *why filled if nothing could be run. */
int suite_run(const struct options *options, int argc, char **argv, struct host *host, struct error *why);
#endif
