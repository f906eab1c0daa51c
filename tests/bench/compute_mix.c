/* intmix and dhry: integer code with the mix of branches, loads and calls that ordinary C programs have.
 * intmix joins a linked list, a small matrix, a state machine over text and a CRC, as embedded benchmarks do; dhry
 * passes records through small procedures, compares strings and switches on enumerations, as systems code does. */
#include "tests/bench/guest.h"

#define LIST_LENGTH 384
#define MATRIX_SIZE 22

struct node {
    struct node *next;
    s16 key, value;
};

typedef int node_order(const struct node *, const struct node *);

struct mix_state {
    struct node nodes[LIST_LENGTH];
    s16 a[MATRIX_SIZE][MATRIX_SIZE], b[MATRIX_SIZE][MATRIX_SIZE];
    s32 c[MATRIX_SIZE][MATRIX_SIZE];
    char text[1024];
    u32 crc_table[256];
};

static NOINLINE struct node *list_reverse(struct node *head) {
    struct node *done = NULL;
    while (head) {
        struct node *next = head->next;
        head->next = done;
        done = head;
        head = next;
    }
    return done;
}

static NOINLINE struct node *list_find(struct node *head, s16 key) {
    while (head && head->key != key)
        head = head->next;
    return head;
}

static int compare_key(const struct node *a, const struct node *b) {
    return a->key - b->key;
}

static int compare_value(const struct node *a, const struct node *b) {
    return a->value != b->value ? a->value - b->value : a->key - b->key;
}

static struct node *list_merge(struct node *a, struct node *b, node_order *compare) {
    struct node head, *tail = &head;

    while (a && b) {
        struct node **from = compare(a, b) <= 0 ? &a : &b;
        tail->next = *from;
        tail = *from;
        *from = (*from)->next;
    }
    tail->next = a ? a : b;
    return head.next;
}

static NOINLINE struct node *list_sort(struct node *head, u32 n, node_order *compare) {
    struct node *half = head;

    if (n < 2) {
        if (n)
            head->next = NULL;
        return head;
    }
    for (u32 i = 0; i < n / 2; i++)
        half = half->next;
    half = list_sort(half, n - n / 2, compare);
    head = list_sort(head, n / 2, compare);
    return list_merge(head, half, compare);
}

static NOINLINE u32 matrix_work(struct mix_state *s, s16 bias) {
    u32 sum = 0;

    for (u32 i = 0; i < MATRIX_SIZE; i++)
        for (u32 j = 0; j < MATRIX_SIZE; j++) {
            s32 cell = 0;
            for (u32 k = 0; k < MATRIX_SIZE; k++)
                cell += s->a[i][k] * s->b[k][j];
            s->c[i][j] = cell;
        }
    for (u32 i = 0; i < MATRIX_SIZE; i++)
        for (u32 j = 0; j < MATRIX_SIZE; j++) {
            sum += s->c[i][j] > bias ? 10 : (u32)(s->c[i][j] >> 3 & 15);
            s->a[i][j] = (s16)(s->a[i][j] + bias);
        }
    return sum;
}

enum scan { SCAN_START, SCAN_SIGN, SCAN_INTEGER, SCAN_FRACTION, SCAN_EXPONENT, SCAN_BAD, SCAN_STATES };

static enum scan scan_step(enum scan state, char c) {
    bool digit = c >= '0' && c <= '9';

    switch (state) {
    case SCAN_START:
        return digit ? SCAN_INTEGER : c == '-' || c == '+' ? SCAN_SIGN : c == '.' ? SCAN_FRACTION : SCAN_BAD;
    case SCAN_SIGN:
        return digit ? SCAN_INTEGER : c == '.' ? SCAN_FRACTION : SCAN_BAD;
    case SCAN_INTEGER:
        return digit ? SCAN_INTEGER : c == '.' ? SCAN_FRACTION : c == 'e' ? SCAN_EXPONENT : SCAN_BAD;
    case SCAN_FRACTION:
        return digit ? SCAN_FRACTION : c == 'e' ? SCAN_EXPONENT : SCAN_BAD;
    case SCAN_EXPONENT:
        return digit || c == '-' ? SCAN_EXPONENT : SCAN_BAD;
    default:
        return SCAN_BAD;
    }
}

static NOINLINE u32 scan_text(const char *text, u32 length) {
    u32 counts[SCAN_STATES] = {0}, sum = 0;
    enum scan state = SCAN_START;

    for (u32 i = 0; i < length; i++) {
        if (text[i] == ',') {
            counts[state]++;
            state = SCAN_START;
        } else {
            state = scan_step(state, text[i]);
        }
    }
    for (u32 i = 0; i < SCAN_STATES; i++)
        sum = sum * 31 + counts[i];
    return sum;
}

static NOINLINE u32 crc_bytes(const u32 *table, u32 crc, const u8 *data, u32 n) {
    while (n--)
        crc = crc >> 8 ^ table[(crc ^ *data++) & 255];
    return crc;
}

static NOINLINE u32 crc_bits(u32 crc, u32 value) {
    for (int i = 0; i < 32; i++, value >>= 1)
        crc = (crc ^ value) & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
    return crc;
}

static void mix_prepare(struct mix_state *s) {
    static const char letters[] = "0123456789012345.+-e,,,,";
    u32 seed = 2024;

    for (u32 i = 0; i < LIST_LENGTH; i++) {
        s->nodes[i].next = i + 1 < LIST_LENGTH ? &s->nodes[i + 1] : NULL;
        s->nodes[i].key = (s16)i;
        s->nodes[i].value = (s16)(random_next(&seed) >> 20);
    }
    for (u32 i = 0; i < MATRIX_SIZE * MATRIX_SIZE; i++) {
        s->a[i / MATRIX_SIZE][i % MATRIX_SIZE] = (s16)(random_next(&seed) >> 24);
        s->b[i / MATRIX_SIZE][i % MATRIX_SIZE] = (s16)(random_next(&seed) >> 24);
    }
    for (u32 i = 0; i < sizeof s->text; i++)
        s->text[i] = letters[(random_next(&seed) >> 16) % (sizeof letters - 1)];
    for (u32 i = 0; i < 256; i++) {
        u32 crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        s->crc_table[i] = crc;
    }
}

u32 intmix_run(void) {
    struct mix_state *s = (struct mix_state *)arena;
    struct node *head = s->nodes;
    u32 crc = ~0u;

    mix_prepare(s);
    for (u32 round = 0; round < 1100; round++) {
        struct node *found = list_find(head, (s16)(round * 7 % LIST_LENGTH));
        found->value ^= (s16)(round & 0x1ff);
        head = list_sort(head, LIST_LENGTH, compare_value);
        crc = crc_bits(crc, (u32)head->value);
        head = list_reverse(list_sort(head, LIST_LENGTH, compare_key));
        crc = crc_bits(crc, matrix_work(s, (s16)(round & 15)));
        s->text[round % sizeof s->text] = "0,.e"[round & 3];
        crc = crc_bits(crc, scan_text(s->text, sizeof s->text));
        crc = crc_bytes(s->crc_table, crc, (const u8 *)s->c, sizeof s->c);
    }
    return crc;
}

enum kind { KIND_FILE, KIND_PIPE, KIND_DEVICE, KIND_SOCKET };

struct record {
    struct record *peer;
    enum kind kind, other;
    s32 count;
    char name[32];
};

struct dhry_state {
    struct record one, two;
    char first[32], second[32];
    s32 row[64], grid[64][64];
    s32 total;
    char flag;
};

static NOINLINE int name_compare(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return (u8)*a - (u8)*b;
}

static NOINLINE void name_copy(char *to, const char *from) {
    while ((*to++ = *from++))
        ;
}

static NOINLINE enum kind kind_next(enum kind kind, s32 limit) {
    switch (kind) {
    case KIND_FILE:
        return limit > 100 ? KIND_FILE : KIND_SOCKET;
    case KIND_PIPE:
        return limit > 100 ? KIND_FILE : KIND_DEVICE;
    case KIND_DEVICE:
        return KIND_PIPE;
    default:
        return KIND_DEVICE;
    }
}

static NOINLINE void record_pass(struct record *from) {
    struct record *to = from->peer;

    *to = *from;
    from->count = 5;
    to->count = from->count;
    to->peer = from->peer;
    if (to->kind == KIND_FILE) {
        to->count = 6;
        to->other = kind_next(from->other, to->count);
    } else {
        *from = *to;
    }
}

static NOINLINE void rows_store(struct dhry_state *s, s32 at, s32 value) {
    s->row[at + 5] = value;
    s->row[at + 6] = s->row[at + 5];
    s->row[at + 35] = at + 5;
    for (s32 i = at + 5; i <= at + 6; i++)
        s->grid[at + 5][i] = at + 5;
    s->grid[at + 5][at + 4]++;
    s->grid[at + 25][at + 5] = s->row[at + 5];
    s->total += value;
}

static NOINLINE bool names_differ(struct dhry_state *s, s32 at) {
    char c = 'A';

    for (s32 i = at; i <= at + 1; i++)
        if (s->first[i] == s->second[i + 1]) {
            c = 'B';
            i++;
        }
    if (c >= 'W' && c <= 'Z')
        at = 7;
    return c == 'R' || name_compare(s->first, s->second) > at;
}

u32 dhry_run(void) {
    struct dhry_state *s = (struct dhry_state *)arena;
    u32 sum = 7;

    s->one.peer = &s->two;
    s->two.peer = &s->two;
    s->one.other = KIND_DEVICE;
    name_copy(s->one.name, "A RECORD PASSED BETWEEN PEERS");
    name_copy(s->first, "A NAME OF THIRTY CHARACTERS, 1");
    for (u32 round = 0; round < 600000; round++) {
        s32 x = 2, y = 3, z;
        s->flag = (char)('A' + (round & 3));
        name_copy(s->second, "A NAME OF THIRTY CHARACTERS, 2");
        s->total += !names_differ(s, 2);
        for (z = 0; x < y; x++)
            z = 5 * x - y;
        rows_store(s, (s32)(round & 15), z);
        s->one.kind = round & 1 ? KIND_FILE : KIND_PIPE;
        record_pass(&s->one);
        for (char c = 'A'; c <= s->flag; c++)
            if (s->two.other == kind_next((enum kind)(c & 3), z))
                s->total++;
        z *= x;
        x = z / y;
        y = 7 * (z - y) - x;
        sum = checksum_add(sum, (u32)(s->total + y + s->two.count + (s32)s->two.other));
    }
    return sum;
}
