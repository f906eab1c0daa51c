/* The options of the network (frontend/option_net.h), spelled as QEMU's. */
#include "frontend/option_net.h"
#include "frontend/option_values.h"
#include <arpa/inet.h>
#include <string.h>

enum { NET_10_0_2 = 0x0A000200, MASK_24 = 0xFFFFFF00 };
enum { NE2000_BASE = 0x300, NE2000_IRQ = 9 };

/* ---- values ---- */
static bool address_take(const char *value, u32 *address)
{
    struct in_addr in;
    if (inet_pton(AF_INET, value, &in) != 1) return false;
    *address = ntohl(in.s_addr);
    return true;
}

static bool port_take(const char *value, u16 *port)
{
    u64 number;
    if (!option_number(value, &number) || number == 0 || number > 0xFFFF) return false;
    *port = (u16)number;
    return true;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Six bytes with a colon or a dash between two; no group address, which no card can be. */
static bool mac_take(const char *value, u8 mac[NET_MAC])
{
    if (strlen(value) != 3 * NET_MAC - 1) return false;
    for (unsigned i = 0; i < NET_MAC; i++) {
        int high = hex_digit(value[3 * i]), low = hex_digit(value[3 * i + 1]);
        char after = value[3 * i + 2];
        if (high < 0 || low < 0 || (i < NET_MAC - 1 && after != ':' && after != '-')) return false;
        mac[i] = (u8)(high << 4 | low);
    }
    return !(mac[0] & 1);
}

/* ---- a list of keys, by a table ---- */
enum key_kind { KEY_TEXT, KEY_ADDRESS, KEY_ON_OFF, KEY_IGNORED, KEY_TAKE };
struct key {
    const char   *name;
    enum key_kind kind;
    size_t        offset;                    /* of what it sets: const char *, u32, bool */
    bool        (*take)(void *self, const char *value);
    const char   *expected;
};
#define KEYS_END { NULL, KEY_IGNORED, 0, NULL, NULL }

static bool key_refuse(const struct key *keys, const char *option, const char *whole, const char *given,
                       struct error *why)
{
    char names[256] = "";
    for (const struct key *key = keys; key->name; key++) {
        strncat(names, " ", sizeof names - strlen(names) - 1);
        strncat(names, key->name, sizeof names - strlen(names) - 1);
    }
    return error_set(why, "-%s %s: '%s' is not known; these are:%s", option, whole, given, names);
}

static bool key_store(struct options *o, const struct key *key, void *self, const char *value)
{
    void *at = (char *)self + key->offset;
    switch (key->kind) {
    case KEY_TEXT:    return *value && (*(const char **)at = option_keep(o, value));
    case KEY_ADDRESS: return address_take(value, at);
    case KEY_ON_OFF:  return option_on_off(value, at);
    case KEY_TAKE:    return key->take(self, value);
    default:          return true;
    }
}

static bool key_take(struct options *o, const struct key *keys, void *self, const struct pair *pair, const char *option,
                     const char *whole, struct error *why)
{
    const struct key *key = keys;
    while (key->name && strcmp(key->name, pair->key) != 0) key++;
    if (!key->name) return key_refuse(keys, option, whole, pair->key, why);
    return key_store(o, key, self, pair->value)
        || error_set(why, "-%s %s: %s=%s is not possible; give %s", option, whole, pair->key, pair->value,
                     key->expected);
}

static bool keys_take(struct options *o, const struct key *keys, void *self, const char *text, const char *option,
                      const char *whole, struct error *why)
{
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair)) return option_refuse(why, option, whole, "write its parts as KEY=VALUE");
        if (!key_take(o, keys, self, &pair, option, whole, why)) return false;
    }
    return true;
}

/* ---- what stands behind a wire ---- */
/* ADDRESS, ADDRESS/BITS or ADDRESS/MASK. */
static bool take_net(void *self, const char *value)
{
    struct netdev_option *netdev = self;
    char address[20];
    size_t length = strcspn(value, "/");
    u64 bits = 24;
    if (length >= sizeof address) return false;
    memcpy(address, value, length);
    address[length] = 0;
    netdev->mask = MASK_24;
    if (value[length] && !address_take(value + length + 1, &netdev->mask)) {
        if (!option_number(value + length + 1, &bits) || bits < 8 || bits > 28) return false;
        netdev->mask = ~0u << (32 - bits);
    }
    if (!address_take(address, &netdev->net)) return false;
    netdev->net &= netdev->mask;
    return true;
}

/* The part of *text up to `end`, which must be there: copied into part, and stepped over. */
static bool part_take(const char **text, char end, char *part, size_t room)
{
    const char *stop = strchr(*text, end);
    if (!stop || (size_t)(stop - *text) >= room) return false;
    memcpy(part, *text, (size_t)(stop - *text));
    part[stop - *text] = 0;
    *text = stop + 1;
    return true;
}

/* tcp|udp:[HOSTADDRESS]:PORT-[GUESTADDRESS]:PORT */
static bool take_forward(void *self, const char *value)
{
    struct netdev_option *netdev = self;
    struct hostfwd forward = { .udp = false };
    char protocol[4], host[20], host_port[8], guest[20];
    if (netdev->forwards == NET_FORWARDS) return false;
    if (!part_take(&value, ':', protocol, sizeof protocol) || !part_take(&value, ':', host, sizeof host)
        || !part_take(&value, '-', host_port, sizeof host_port) || !part_take(&value, ':', guest, sizeof guest))
        return false;
    forward.udp = strcmp(protocol, "udp") == 0;
    if (!forward.udp && *protocol && strcmp(protocol, "tcp") != 0) return false;
    if ((*host && !address_take(host, &forward.host)) || (*guest && !address_take(guest, &forward.guest))) return false;
    if (!port_take(host_port, &forward.host_port) || !port_take(value, &forward.guest_port)) return false;
    netdev->forward[netdev->forwards++] = forward;
    return true;
}

#define NETDEV(member) offsetof(struct netdev_option, member)
static const struct key user_keys[] = {
    { "id",        KEY_TEXT,    NETDEV(id), NULL, "a name" },
    { "hostfwd",   KEY_TAKE,    0, take_forward, "tcp:[ADDRESS]:PORT-[ADDRESS]:PORT or udp:..., at most 16 of them" },
    { "restrict",  KEY_ON_OFF,  NETDEV(restricted), NULL, "on or off" },
    { "net",       KEY_TAKE,    0, take_net, "an IPv4 network like 10.0.2.0/24, with 8 to 28 bits" },
    { "host",      KEY_ADDRESS, NETDEV(host), NULL, "an IPv4 address" },
    { "dns",       KEY_ADDRESS, NETDEV(dns), NULL, "an IPv4 address" },
    { "dhcpstart", KEY_ADDRESS, NETDEV(dhcp_start), NULL, "an IPv4 address" },
    { "hostname",  KEY_TEXT,    NETDEV(hostname), NULL, "a name" },
    { "tftp",      KEY_TEXT,    NETDEV(tftp), NULL, "a folder" },
    { "bootfile",  KEY_TEXT,    NETDEV(bootfile), NULL, "a file name" },
    KEYS_END
};
static const struct key socket_keys[] = {
    { "id",        KEY_TEXT,    NETDEV(id), NULL, "a name" },
    { "listen",    KEY_TEXT,    NETDEV(listen), NULL, "[ADDRESS]:PORT or unix:PATH" },
    { "connect",   KEY_TEXT,    NETDEV(connect), NULL, "ADDRESS:PORT or unix:PATH" },
    KEYS_END
};

/* ---- the cards ---- */
static bool take_mac(void *self, const char *value)
{
    struct nic_option *nic = self;
    return nic->has_mac = mac_take(value, nic->mac);
}

static bool take_iobase(void *self, const char *value)
{
    struct nic_option *nic = self;
    return port_take(value, &nic->base) && nic->base % NE2000_PORTS == 0 && nic->base >= 0x200;
}

/* Line 2 of an AT is line 9. */
static bool take_irq(void *self, const char *value)
{
    struct nic_option *nic = self;
    u64 number;
    if (!option_number(value, &number)) return false;
    nic->irq = number == 2 ? 9 : (u8)number;
    return number == 2 || (number >= 3 && number <= 7) || (number >= 9 && number <= 12) || number == 15;
}

#define NIC(member) offsetof(struct nic_option, member)
#define CARD_KEYS \
    { "id",        KEY_IGNORED, 0, NULL, "a name" }, \
    { "netdev",    KEY_TEXT,    NIC(netdev), NULL, "a name" }, \
    { "mac",       KEY_TAKE,    0, take_mac, "an address like 52:54:00:12:34:56" }
static const struct key pci_keys[] = { CARD_KEYS, KEYS_END };
static const struct key e1000_keys[] = {
    CARD_KEYS,
    { "romfile",   KEY_TEXT,    NIC(rom), NULL, "a file" },
    KEYS_END
};
static const struct key isa_keys[] = {
    CARD_KEYS,
    { "iobase",    KEY_TAKE,    0, take_iobase, "a port like 0x300, a multiple of 32" },
    { "irq",       KEY_TAKE,    0, take_irq, "2, 3 to 7, 9 to 12 or 15" },
    KEYS_END
};

static const struct nic_model { const char *name; enum nic_kind kind; const struct key *keys; } models[] = {
    { "e1000",    NIC_E1000,      e1000_keys },
    { "ne2k_pci", NIC_NE2000_PCI, pci_keys },
    { "ne2k_isa", NIC_NE2000_ISA, isa_keys },
};

static const struct nic_model *model_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(models); i++)
        if (strcmp(models[i].name, name) == 0) return &models[i];
    return NULL;
}

static struct nic_option *nic_add(struct options *o, const struct nic_model *model, const char *option,
                                  const char *whole, struct error *why)
{
    if (o->net.nics == MACHINE_NICS) {
        error_set(why, "-%s %s: the board takes %d network cards", option, whole, MACHINE_NICS);
        return NULL;
    }
    struct nic_option *nic = &o->net.nic[o->net.nics++];
    *nic = (struct nic_option){ .kind = model->kind };
    if (model->kind != NIC_NE2000_ISA) return nic;
    nic->base = NE2000_BASE;
    nic->irq = NE2000_IRQ;
    return nic;
}

static bool card_take(struct options *o, const char *name, const char *text, const char *whole, struct error *why)
{
    const struct nic_model *model = model_find(name);
    struct nic_option *nic = nic_add(o, model, "device", whole, why);
    return nic && keys_take(o, model->keys, nic, text, "device", whole, why);
}

bool option_ne2k_isa(struct options *o, const char *text, const char *whole, struct error *why)
{
    return card_take(o, "ne2k_isa", text, whole, why);
}

bool option_ne2k_pci(struct options *o, const char *text, const char *whole, struct error *why)
{
    return card_take(o, "ne2k_pci", text, whole, why);
}

bool option_e1000(struct options *o, const char *text, const char *whole, struct error *why)
{
    return card_take(o, "e1000", text, whole, why);
}

/* ---- -netdev, -nic, -net ---- */
static const struct netdev_type { const char *name; enum netdev_kind kind; const struct key *keys; } types[] = {
    { "user",   NETDEV_USER,   user_keys },
    { "socket", NETDEV_SOCKET, socket_keys },
};

static const struct netdev_type *type_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(types[i].name, name) == 0) return &types[i];
    return NULL;
}

static struct netdev_option *netdev_add(struct options *o, const struct netdev_type *type, const char *option,
                                        const char *whole, struct error *why)
{
    if (o->net.netdevs == MACHINE_NICS) {
        error_set(why, "-%s %s: more than %d networks; leave some out", option, whole, MACHINE_NICS);
        return NULL;
    }
    struct netdev_option *netdev = &o->net.netdev[o->net.netdevs++];
    *netdev = (struct netdev_option){ .kind = type->kind, .net = NET_10_0_2, .mask = MASK_24 };
    return netdev;
}

/* What the keys must have said together. */
static bool netdev_check(const struct options *o, const struct netdev_option *netdev, const char *option,
                         const char *whole, struct error *why)
{
    if (option_netdev_find(&o->net, netdev->id) != netdev) return option_refuse(why, option, whole, "its id= is taken");
    if (netdev->kind == NETDEV_SOCKET && !netdev->listen == !netdev->connect)
        return option_refuse(why, option, whole, "give listen= or connect=, one of the two");
    return true;
}

bool option_netdev(struct options *o, const char *value, struct error *why)
{
    const char *text = value;
    struct pair pair;
    const struct netdev_type *type = option_pair(&text, &pair) ? type_find(pair.key) : NULL;
    if (!type) return option_refuse(why, "netdev", value, "there is no such network; these exist: user, socket");
    struct netdev_option *netdev = netdev_add(o, type, "netdev", value, why);
    if (!netdev || !keys_take(o, type->keys, netdev, text, "netdev", value, why)) return false;
    if (!netdev->id) return option_refuse(why, "netdev", value, "it needs an id=");
    return netdev_check(o, netdev, "netdev", value, why);
}

/* The model decides which keys the card has, so it is looked for first. */
static bool nic_model_of(const char *text, const struct nic_model **model)
{
    struct pair pair;
    *model = &models[0];
    while (*text && option_pair(&text, &pair))
        if (strcmp(pair.key, "model") == 0) *model = model_find(pair.value);
    return *model;
}

static bool model_refuse(const char *value, struct error *why)
{
    char names[64] = "";
    for (unsigned i = 0; i < ARRAY_LEN(models); i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s", models[i].name);
    return error_set(why, "-nic %s: there is no such model=; these exist:%s", value, names);
}

static bool has_key(const struct key *keys, const char *name)
{
    while (keys->name && strcmp(keys->name, name) != 0) keys++;
    return keys->name;
}

struct nic_parse {
    const struct netdev_type *type;
    const struct nic_model   *model;
    struct netdev_option     *netdev;
    struct nic_option        *nic;
};

/* What both have is the network's. */
static bool nic_keys(struct options *o, const struct nic_parse *parse, const char *text, const char *whole,
                     struct error *why)
{
    struct pair pair;
    while (*text) {
        if (!option_pair(&text, &pair)) return option_refuse(why, "nic", whole, "write it as user,model=e1000");
        if (strcmp(pair.key, "model") == 0) continue;
        bool card = strcmp(pair.key, "netdev") != 0 && !has_key(parse->type->keys, pair.key)
            && has_key(parse->model->keys, pair.key);
        if (!key_take(o, card ? parse->model->keys : parse->type->keys, card ? (void *)parse->nic : parse->netdev,
                      &pair, "nic", whole, why))
            return false;
    }
    return true;
}

bool option_nic(struct options *o, const char *value, struct error *why)
{
    static const char *const names[MACHINE_NICS] = { "nic0", "nic1", "nic2", "nic3" };
    struct nic_parse parse;
    struct pair pair;
    const char *text = value;
    if (strcmp(value, "none") == 0) return true;
    parse.type = option_pair(&text, &pair) ? type_find(pair.key) : NULL;
    if (!parse.type) return option_refuse(why, "nic", value, "there is no such network; give user, socket or none");
    if (!nic_model_of(text, &parse.model)) return model_refuse(value, why);
    parse.netdev = netdev_add(o, parse.type, "nic", value, why);
    parse.nic = parse.netdev ? nic_add(o, parse.model, "nic", value, why) : NULL;
    if (!parse.nic || !nic_keys(o, &parse, text, value, why)) return false;
    if (!parse.netdev->id) parse.netdev->id = names[o->net.netdevs - 1];
    parse.nic->netdev = parse.netdev->id;
    return netdev_check(o, parse.netdev, "nic", value, why);
}

bool option_net(struct options *o, const char *value, struct error *why)
{
    (void)o;
    return strcmp(value, "none") == 0
        || option_refuse(why, "net", value, "only 'none' is possible; use -nic, or -netdev with -device");
}

/* ---- captures ---- */
static bool dump_add(struct options *o, const char *netdev, const char *file, const char *option, struct error *why)
{
    if (o->net.dumps == NET_DUMPS)
        return error_set(why, "-%s: more than %d captures; leave some out", option, NET_DUMPS);
    o->net.dump[o->net.dumps++] = (struct dump_option){ netdev, file };
    return true;
}

static const struct key dump_keys[] = {
    { "id",     KEY_IGNORED, 0, NULL, "a name" },
    { "netdev", KEY_TEXT,    offsetof(struct dump_option, netdev), NULL, "a name" },
    { "file",   KEY_TEXT,    offsetof(struct dump_option, file), NULL, "a file" },
    KEYS_END
};

bool option_object(struct options *o, const char *value, struct error *why)
{
    const char *text = value;
    struct pair pair;
    struct dump_option dump = { NULL, NULL };
    if (!option_pair(&text, &pair) || strcmp(pair.key, "filter-dump") != 0)
        return option_refuse(why, "object", value, "there is no such object; this exists: filter-dump");
    if (!keys_take(o, dump_keys, &dump, text, "object", value, why)) return false;
    if (!dump.netdev || !dump.file) return option_refuse(why, "object", value, "it needs netdev= and file=");
    return dump_add(o, dump.netdev, dump.file, "object", why);
}

bool option_pcap(struct options *o, const char *value, struct error *why)
{
    return dump_add(o, NULL, value, "pcap", why);
}

/* ---- all together ---- */
const struct netdev_option *option_netdev_find(const struct net_options *net, const char *id)
{
    for (unsigned i = 0; i < net->netdevs; i++)
        if (strcmp(net->netdev[i].id, id) == 0) return &net->netdev[i];
    return NULL;
}

static unsigned cards_of(const struct net_options *net, const char *id)
{
    unsigned cards = 0;
    for (unsigned i = 0; i < net->nics; i++)
        cards += net->nic[i].netdev && strcmp(net->nic[i].netdev, id) == 0;
    return cards;
}

bool option_net_agree(const struct net_options *net, struct error *why)
{
    for (unsigned i = 0; i < net->nics; i++)
        if (net->nic[i].netdev && !option_netdev_find(net, net->nic[i].netdev))
            return error_set(why, "a network card wants netdev=%s; there is no -netdev with that id",
                             net->nic[i].netdev);
    for (unsigned i = 0; i < net->netdevs; i++) {
        const char *id = net->netdev[i].id;
        unsigned cards = cards_of(net, id);
        if (cards == 0)
            return error_set(why, "no network card is on -netdev %s; add -device e1000,netdev=%s", id, id);
        if (cards > 1) return error_set(why, "two network cards are on -netdev %s; give each its own", id);
    }
    for (unsigned i = 0; i < net->dumps; i++) {
        const struct dump_option *dump = &net->dump[i];
        if (dump->netdev && !option_netdev_find(net, dump->netdev))
            return error_set(why, "-object filter-dump wants netdev=%s; there is no -netdev with that id", dump->netdev);
        if (net->nics == 0)
            return error_set(why, "there is no network card whose frames %s could hold; add -nic user", dump->file);
    }
    return true;
}
