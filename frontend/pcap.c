/* The capture format of libpcap 2.4 with microseconds (pcap-savefile(5)), little-endian on every host. Time begins with the
 * machine, so that equal runs give equal files. */
#include "frontend/pcap.h"
#include "frontend/file.h"
#include <errno.h>
#include <string.h>

enum { MAGIC = 0xA1B2C3D4, ETHERNET = 1, SNAPLEN = 262144, NS_PER_US = 1000, US_PER_SECOND = 1000000 };

static void word_put(FILE *file, u32 value)
{
    const u8 bytes[4] = { (u8)value, (u8)(value >> 8), (u8)(value >> 16), (u8)(value >> 24) };
    fwrite(bytes, 1, sizeof bytes, file);
}

FILE *pcap_open(const char *path, struct error *why)
{
    static const u32 header[] = { MAGIC, 2 | 4 << 16, 0, 0, SNAPLEN, ETHERNET };
    FILE *file = NULL;
    if (!file_open(&file, path, "we", "capture", why)) return NULL;
    for (unsigned i = 0; i < ARRAY_LEN(header); i++) word_put(file, header[i]);
    return file;
}

void pcap_write(FILE *file, u64 ns, const u8 *frame, size_t length)
{
    u64 us = ns / NS_PER_US;
    word_put(file, (u32)(us / US_PER_SECOND));
    word_put(file, (u32)(us % US_PER_SECOND));
    word_put(file, (u32)length);
    word_put(file, (u32)length);
    fwrite(frame, 1, length, file);
}

void pcap_close(FILE *file, const char *path)
{
    if (!file) return;
    bool bad = ferror(file);
    if (fclose(file) || bad) fprintf(stderr, "trap86: capture '%s': %s\n", path, strerror(errno));
}
