/* The 82540EM's checksums: 317453, chapters 3.2.9 (receive) and 3.5, 3.6 (transmit); RFC 1071. */
#include "devices/e1000_parts.h"

enum { ETHERTYPE_IP = 0x0800, IP_MIN = 20, IP_PROTOCOL = 9, TCP = 6, UDP = 17, IP_FRAGMENT = 0x3FFF };
enum { RXCSUM_IPOFLD = 0x100, RXCSUM_TUOFLD = 0x200 };
enum { STATUS_IXSM = 0x04, STATUS_TCPCS = 0x20, STATUS_IPCS = 0x40, ERROR_TCPE = 0x20, ERROR_IPE = 0x40 };

static u16 big16(const u8 *bytes) { return (u16)(bytes[0] << 8 | bytes[1]); }

static u32 sum_add(u32 sum, const u8 *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        sum += i & 1 ? bytes[i] : (u32)bytes[i] << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return sum;
}

u16 e1000_sum(const u8 *bytes, size_t length)
{
    return (u16)sum_add(0, bytes, length);
}

void e1000_sum_put(u8 *frame, size_t length, u32 start, u32 at, u32 end)
{
    size_t stop = end && end < length ? end + 1 : length;
    if (start >= stop || at + 2 > length) return;
    u16 sum = (u16)~e1000_sum(frame + start, stop - start);
    frame[at] = (u8)(sum >> 8);
    frame[at + 1] = (u8)sum;
}

/* TCP or UDP over IPv4: the sum with its pseudo header is all ones. */
static bool transport_good(const u8 *ip, const u8 *transport, size_t length)
{
    const u8 pseudo[4] = { 0, ip[IP_PROTOCOL], (u8)(length >> 8), (u8)length };
    u32 sum = sum_add(0, ip + 12, 8);
    sum = sum_add(sum, pseudo, sizeof pseudo);
    return sum_add(sum, transport, length) == 0xFFFF;
}

static void transport_check(struct e1000_checked *checked, const u8 *ip, size_t header, size_t total)
{
    const u8 *transport = ip + header;
    size_t length = total - header;
    u8 protocol = ip[IP_PROTOCOL];
    if (big16(ip + 6) & IP_FRAGMENT) return;
    if (protocol == UDP && (length < 8 || big16(transport + 6) == 0)) return;
    if ((protocol != TCP || length < 20) && protocol != UDP) return;
    checked->status |= STATUS_TCPCS;
    if (!transport_good(ip, transport, length)) checked->errors |= ERROR_TCPE;
}

struct e1000_checked e1000_check(u32 rxcsum, const u8 *frame, size_t length)
{
    size_t start = rxcsum & 0xFF, ip_room = length - NET_HEADER;
    struct e1000_checked checked = { .sum = start < length ? (u16)~e1000_sum(frame + start, length - start) : 0 };
    const u8 *ip = frame + NET_HEADER;
    checked.status = STATUS_IXSM;
    if (big16(frame + 12) != ETHERTYPE_IP || ip_room < IP_MIN || ip[0] >> 4 != 4) return checked;
    size_t header = 4 * (ip[0] & 15u), total = big16(ip + 2);
    if (header < IP_MIN || header > total || total > ip_room) return checked;
    if (rxcsum & (RXCSUM_IPOFLD | RXCSUM_TUOFLD)) checked.status = 0;
    if (rxcsum & RXCSUM_IPOFLD) {
        checked.status |= STATUS_IPCS;
        if (e1000_sum(ip, header) != 0xFFFF) checked.errors |= ERROR_IPE;
    }
    if (rxcsum & RXCSUM_TUOFLD) transport_check(&checked, ip, header, total);
    return checked;
}
