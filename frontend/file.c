/* Files of the command line: read whole, or written as a guest speaks (frontend/file.h). */
#include "frontend/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(struct error *why, const char *what, const char *path)
{
    return error_set(why, "%s '%s': %s", what, path, strerror(errno));
}

static bool size_check(int fd, const char *path, const char *what, u64 max, size_t *size, struct error *why)
{
    struct stat st;
    if (fstat(fd, &st)) return refuse(why, what, path);
    if (!S_ISREG(st.st_mode)) return error_set(why, "%s '%s' is not a file", what, path);
    if (st.st_size == 0) return error_set(why, "%s '%s' is empty", what, path);
    if ((u64)st.st_size > max)
        return error_set(why, "%s '%s' has %llu MiB; it can have %llu", what, path,
                         (unsigned long long)st.st_size >> 20, (unsigned long long)(max >> 20));
    *size = (size_t)st.st_size;
    return true;
}

static bool bytes_read(int fd, u8 *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got == 0) errno = EIO;
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

bool file_read(const char *path, const char *what, u64 max, struct blob *blob, struct error *why)
{
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return refuse(why, what, path);
    u8 *bytes = size_check(fd, path, what, max, &size, why) ? malloc(size) : NULL;
    bool read_whole = bytes && bytes_read(fd, bytes, size);
    if (bytes && !read_whole) refuse(why, what, path);
    if (size && !bytes) error_set(why, "%s '%s': the host has no memory left for it", what, path);
    close(fd);
    if (!read_whole) {
        free(bytes);
        return false;
    }
    *blob = (struct blob){ bytes, size };
    return true;
}

void file_free(struct blob *blob)
{
    free((void *)blob->bytes);
    *blob = (struct blob){ NULL, 0 };
}

char *file_read_text(const char *path, const char *what, u64 max, struct error *why)
{
    struct blob blob = { NULL, 0 };
    if (!file_read(path, what, max, &blob, why)) return NULL;
    char *text = strndup((const char *)blob.bytes, blob.length);
    if (!text) abort();
    file_free(&blob);
    return text;
}

bool file_open(FILE **file, const char *path, const char *mode, const char *what, struct error *why)
{
    if (!path) return true;
    *file = fopen(path, mode);
    return *file || refuse(why, what, path);
}

/* ---- outputs ---- */
static void output_flush(struct output *output)
{
    unsigned done = 0;
    while (done < output->used && !output->failed) {
        ssize_t put = write(output->fd, output->bytes + done, output->used - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            output->failed = true;
            if (errno != EPIPE)
                fprintf(stderr, "trap86: %s: %s\n", output->path ? output->path : "standard output", strerror(errno));
            break;
        }
        done += (unsigned)put;
    }
    output->used = 0;
}

static void output_put(void *self, u8 byte)
{
    struct output *output = self;
    output->bytes[output->used++] = byte;
    if (output->used == OUTPUT_BUFFER) output_flush(output);
}

static struct output *output_find(struct output *output, const char *path)
{
    while (output && (path ? !output->path || strcmp(output->path, path) : output->path != NULL))
        output = output->next;
    return output;
}

static struct output *output_make(const char *path, int out, struct host *host, const void *owner, struct error *why)
{
    int fd = out;
    if (path && !host_claim(host, "file", path, HOST_EXCLUSIVE, owner, why)) return NULL;
    if (path && (fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0) {
        refuse(why, "output file", path);
        return NULL;
    }
    struct output *output = calloc(1, sizeof *output);
    if (!output) abort();
    output->fd = fd;
    output->path = path ? strdup(path) : NULL;
    return output;
}

bool output_open(struct output **outputs, int out, const char *name, struct byte_sink *sink, struct host *host,
                 const void *owner, struct error *why)
{
    const char *path = strncmp(name, "file:", 5) == 0 ? name + 5 : NULL;
    *sink = (struct byte_sink){ NULL, NULL };
    if (strcmp(name, "null") == 0 || strcmp(name, "none") == 0) return true;
    if (!path && strcmp(name, "stdio") != 0 && strcmp(name, "mon:stdio") != 0)
        return error_set(why, "'%s' is no place for a guest's output; stdio, mon:stdio, file:FILE, null and none are",
                         name);
    if (path && !*path) return error_set(why, "'%s' names no file", name);
    struct output *output = output_find(*outputs, path);
    if (!output) {
        output = output_make(path, out, host, owner, why);
        if (!output) return false;
        output->next = *outputs;
        *outputs = output;
    }
    *sink = (struct byte_sink){ output_put, output };
    return true;
}

void outputs_flush(struct output *outputs)
{
    for (; outputs; outputs = outputs->next)
        if (outputs->used) output_flush(outputs);
}

void outputs_close(struct output *outputs)
{
    while (outputs) {
        struct output *next = outputs->next;
        output_flush(outputs);
        if (outputs->path) close(outputs->fd);
        free(outputs->path);
        free(outputs);
        outputs = next;
    }
}

FILE *file_create(const char *path, struct error *why)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd < 0) return error_set(why, "%s: %s", path, strerror(errno)), NULL;
    bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) == 0;
    FILE *file = good ? fdopen(fd, "w") : NULL;
    if (file) return file;
    error_set(why, "%s: that is no file that can be written", path);
    close(fd);
    return NULL;
}
