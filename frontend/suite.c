/* Running a suite (frontend/suite.h): threads take guest after guest; a session each, nothing shared but the host's
 * register. A guest's standard output and all that trap86 tells about it go into its log. Verdicts are written in the
 * suite's order as soon as all earlier ones are there, and hold nothing of the host: every layout of shards and threads
 * writes the same lines. */
#define _GNU_SOURCE
#include "frontend/suite.h"
#include "frontend/report.h"
#include "frontend/screenshot.h"
#include "frontend/session.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_FAILED = 1, JOBS_MAX = 1024, PATH_BYTES = 1024 };

enum job_state { JOB_WAITS, JOB_RUNS, JOB_DONE };
struct job { const struct suite_guest *guest; enum job_state state; struct verdict verdict; };

struct runner {
    const struct options *options;       /* of the command line */
    const char     *results;             /* the folder */
    struct host    *host;
    struct suite    suite;
    struct job     *jobs;
    unsigned        count;
    FILE           *lines;               /* of verdicts */
    bool            terminal;            /* standard error is one: a line of progress */
    pthread_mutex_t lock;                /* for what follows, the states of jobs, and all output */
    pthread_cond_t  ended;               /* a guest */
    unsigned        next, written, done, failed;
    u64             ram;                 /* of those that run, in bytes */
};

/* ---- one guest ---- */
static bool path_make(const struct runner *r, const char *name, const char *kind, char path[PATH_BYTES], struct error *why)
{
    return snprintf(path, PATH_BYTES, "%s/%s.%s", r->results, name, kind) < PATH_BYTES
        || error_set(why, "results '%s': the name is too long", r->results);
}

static bool options_make(struct options *o, const struct suite_guest *guest, struct error *why)
{
    if (!options_parse(o, guest->count, guest->words, why)) return false;
    o->name = guest->name;
    o->jitter = guest->seed;
    o->jitter_last = 0;
    o->no_input = o->verdict = true;
    o->display = "none";                 /* a window each would help nobody */
    o->snapshot = true;                  /* the order in which guests run must not matter */
    return true;
}

static void screenshot_take(const struct runner *r, struct session *session)
{
    char path[PATH_BYTES];
    struct error why;
    if (!session->machine->config.vga_bytes) return;
    if (path_make(r, session->options.name, "png", path, &why) && session_screenshot(session, path, &why)) return;
    fprintf(session->tell, "trap86: %s\n", why.text);
}

static void error_note(struct job *job, const char *message)
{
    job->verdict.reason = "error";
    job->verdict.status = STATUS_USAGE;
    snprintf(job->verdict.message, sizeof job->verdict.message, "%s", message);
}

static void session_play(const struct runner *r, struct job *job, FILE *log)
{
    struct error why = { "" };
    struct session *session = session_new(r->host, log);
    session->out = fileno(log);
    if (!options_make(&session->options, job->guest, &why) || !session_open(session, &why)) {
        fprintf(log, "trap86: %s\n", why.text);
        error_note(job, why.text);
    } else {
        if (session_run(session)) screenshot_take(r, session);
        job->verdict = session->verdict;
    }
    session_close(session);
    options_free(&session->options);
    free(session);
}

static void job_play(const struct runner *r, struct job *job)
{
    char path[PATH_BYTES];
    struct error why;
    FILE *log = NULL;
    int file = path_make(r, job->guest->name, "log", path, &why)
        ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (file >= 0) log = fdopen(file, "a");
    if (log) {
        setvbuf(log, NULL, _IOLBF, 0);
        session_play(r, job, log);
        fclose(log);
    } else {
        error_set(&why, "log '%s': %s", path, strerror(errno));
        error_note(job, why.text);
    }
    job->verdict.name = job->guest->name;
}

/* ---- telling ---- */
static void progress_clear(const struct runner *r)
{
    if (r->terminal) fputs("\r\033[K", stderr);
}

/* What runs now, in what is left of a line of 80. */
static void progress_show(const struct runner *r)
{
    enum { WIDTH = 79 };
    char line[WIDTH + 1];
    int used = snprintf(line, sizeof line, "%u of %u done, %u failed:", r->done, r->count, r->failed);
    if (!r->terminal || r->done == r->count) return;
    for (unsigned i = r->written; i < r->next && used < WIDTH; i++)
        if (r->jobs[i].state == JOB_RUNS)
            used += snprintf(line + used, sizeof line - (size_t)used, " %s", r->jobs[i].guest->name);
    fprintf(stderr, "\r\033[K%s", line);
}

static void job_tell(struct runner *r, const struct job *job)
{
    const struct verdict *v = &job->verdict;
    progress_clear(r);
    const char *message = *v->message ? v->message : v->reason;
    if (v->status) printf("FAIL %s: %s, status %d: %s\n", v->name, v->reason, v->status, message);
    else if (!r->terminal) printf("pass %s\n", v->name);
    fflush(stdout);
    for (; r->written < r->count && r->jobs[r->written].state == JOB_DONE; r->written++)
        verdict_print(&r->jobs[r->written].verdict, true, r->lines);
    fflush(r->lines);
    progress_show(r);
}

/* ---- threads ---- */
/* The next guest has to wait for others to end; one that is alone may find out that the host is too small. */
static bool ram_awaited(const struct runner *r)
{
    return r->next < r->count && r->ram && r->ram + r->jobs[r->next].guest->ram > r->host->ram_budget;
}

static struct job *job_next(struct runner *r)
{
    struct job *job = NULL;
    pthread_mutex_lock(&r->lock);
    while (ram_awaited(r)) pthread_cond_wait(&r->ended, &r->lock);
    if (r->next < r->count && !signal_caught()) {
        job = &r->jobs[r->next++];
        job->state = JOB_RUNS;
        r->ram += job->guest->ram;
        progress_show(r);
    }
    pthread_mutex_unlock(&r->lock);
    return job;
}

static void job_end(struct runner *r, struct job *job)
{
    pthread_mutex_lock(&r->lock);
    job->state = JOB_DONE;
    r->ram -= job->guest->ram;
    pthread_cond_broadcast(&r->ended);
    r->done++;
    r->failed += job->verdict.status != 0;
    job_tell(r, job);
    pthread_mutex_unlock(&r->lock);
}

static void *thread_run(void *self)
{
    struct runner *r = self;
    for (struct job *job; (job = job_next(r));) {
        job_play(r, job);
        job_end(r, job);
    }
    return NULL;
}

/* As many threads as the host allows; this one is the first. */
static void threads_run(struct runner *r)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    u64 wanted = r->options->jobs ? r->options->jobs : (u64)MAX(processors, 1);
    pthread_t thread[JOBS_MAX];
    unsigned count = 0;
    wanted = MIN(MIN(wanted, r->count), JOBS_MAX);
    while (count + 1 < wanted && pthread_create(&thread[count], NULL, thread_run, r) == 0) count++;
    thread_run(r);
    for (unsigned i = 0; i < count; i++) pthread_join(thread[i], NULL);
    progress_clear(r);
}

/* ---- the whole ---- */
static void jobs_choose(struct runner *r)
{
    const struct options *o = r->options;
    u64 shards = o->shards ? o->shards : 1, shard = o->shards ? o->shard - 1 : 0;
    r->jobs = calloc(r->suite.count, sizeof *r->jobs);
    if (!r->jobs) abort();
    for (u64 i = shard; i < r->suite.count; i += shards) r->jobs[r->count++].guest = &r->suite.guests[i];
}

static bool results_open(struct runner *r, struct error *why)
{
    char path[PATH_BYTES], name[64] = "results";
    const struct options *o = r->options;
    if (mkdir(r->results, 0777) && errno != EEXIST) return error_set(why, "results '%s': %s", r->results, strerror(errno));
    if (o->shards)
        snprintf(name, sizeof name, "results-%llu-of-%llu", (unsigned long long)o->shard, (unsigned long long)o->shards);
    return path_make(r, name, "jsonl", path, why) && file_open(&r->lines, path, "we", "results", why);
}

/* Guests that ran with many seeds: which of them failed. */
static void seeds_tell(const struct runner *r)
{
    for (unsigned i = 0, end; i < r->count; i = end) {
        const char *name = r->jobs[i].guest->name;
        size_t length = strcspn(name, "@");
        unsigned failed = 0, done = 0;
        for (end = i; end < r->count && strncmp(r->jobs[end].guest->name, name, length + 1) == 0; end++) {
            done += r->jobs[end].state == JOB_DONE;
            failed += r->jobs[end].state == JOB_DONE && r->jobs[end].verdict.status != 0;
        }
        if (end == i) end++;
        if (!name[length] || !failed) continue;
        printf("%.*s: %u of %u seeds fail:", (int)length, name, failed, done);
        for (unsigned k = i; k < end; k++)
            if (r->jobs[k].state == JOB_DONE && r->jobs[k].verdict.status)
                printf(" %llu", (unsigned long long)r->jobs[k].guest->seed);
        putchar('\n');
    }
}

static bool reports_write(const struct runner *r, struct error *why)
{
    const struct options *o = r->options;
    const struct verdict **verdicts = calloc(r->count + 1, sizeof *verdicts);
    struct report report = { o->name ? o->name : o->suite, r->results, verdicts, 0, r->done == r->count };
    if (!verdicts) abort();
    for (unsigned i = 0; i < r->count; i++)
        if (r->jobs[i].state == JOB_DONE) verdicts[report.count++] = &r->jobs[i].verdict;
    bool good = (!o->junit || report_junit(&report, o->junit, why)) && (!o->tap || report_tap(&report, o->tap, why));
    free(verdicts);
    return good;
}

static int suite_end(struct runner *r, struct error *why)
{
    /* Those that had to wait for an earlier one that never ran. */
    for (; r->written < r->count; r->written++)
        if (r->jobs[r->written].state == JOB_DONE) verdict_print(&r->jobs[r->written].verdict, true, r->lines);
    seeds_tell(r);
    printf("%u passed, %u failed", r->done - r->failed, r->failed);
    if (r->done < r->count) printf(", %u not run", r->count - r->done);
    putchar('\n');
    if (!reports_write(r, why)) return STATUS_USAGE;
    return signal_caught() ? 128 + signal_caught() : r->failed ? STATUS_FAILED : 0;
}

int suite_run(const struct options *options, int argc, char **argv, struct host *host, struct error *why)
{
    int status = STATUS_USAGE;
    struct runner r = {
        .options = options, .results = options->results ? options->results : "trap86-results", .host = host,
        .terminal = isatty(STDERR_FILENO),
    };
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.ended, NULL);
    if (suite_read(&r.suite, options, argc, argv, why) && results_open(&r, why)) {
        signals_catch();
        jobs_choose(&r);
        threads_run(&r);
        status = suite_end(&r, why);
    }
    if (r.lines) fclose(r.lines);
    suite_free(&r.suite);
    free(r.jobs);
    pthread_cond_destroy(&r.ended);
    pthread_mutex_destroy(&r.lock);
    return status;
}
