/* Capture files that tcpdump and Wireshark read. */
#ifndef FRONTEND_PCAP_H
#define FRONTEND_PCAP_H
#include "core/error.h"
#include "core/types.h"
#include <stdio.h>

/* A new capture of Ethernet frames; NULL with the reason. */
FILE *pcap_open(const char *path, struct error *why);
/* A frame at `ns` of virtual time since power-up. */
void  pcap_write(FILE *file, u64 ns, const u8 *frame, size_t length);
/* Tells about an error of the host's disk in a line. NULL is good. */
void  pcap_close(FILE *file, const char *path);
#endif
