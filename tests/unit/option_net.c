/* frontend/option_net: what -netdev, -nic, -device, -object and --pcap say about the network, and what is refused. */
#include "frontend/option_net.h"
#include "frontend/option_values.h"
#include <check.h>
#include <string.h>

static struct options o;
static struct error   why;

static void setup(void) { memset(&o, 0, sizeof o); }
static void teardown(void) { options_free(&o); }

static const struct verb {
    const char *name;
    bool      (*take)(struct options *o, const char *value, struct error *why);
} verbs[] = {
    { "netdev", option_netdev }, { "nic", option_nic }, { "net", option_net }, { "object", option_object },
    { "device", option_device }, { "pcap", option_pcap },
};

/* "VERB VALUE", several with a space between two. */
static bool give(const char *line)
{
    char text[1024], *rest = text;
    ck_assert_uint_lt(strlen(line), sizeof text);
    strcpy(text, line);
    why.text[0] = 0;
    for (char *name = strtok_r(rest, " ", &rest); name; name = strtok_r(rest, " ", &rest)) {
        const struct verb *verb = verbs;
        const char *value = strtok_r(rest, " ", &rest);
        while (verb < verbs + ARRAY_LEN(verbs) && strcmp(verb->name, name) != 0) verb++;
        ck_assert_msg(verb < verbs + ARRAY_LEN(verbs) && value, "%s", line);
        if (!verb->take(&o, value, &why)) return false;
    }
    return true;
}

static void takes(const char *line) { ck_assert_msg(give(line), "%s: %s", line, why.text); }

START_TEST(user_network_in_full)
{
    const struct netdev_option *n = o.net.netdev;
    takes("netdev user,id=a,restrict=on,net=192.168.7.9/28,host=192.168.7.1,dns=192.168.7.3,dhcpstart=192.168.7.4,"
          "hostname=guest,tftp=/srv,bootfile=x.kpxe,hostfwd=tcp::2222-:22,hostfwd=udp:127.0.0.1:53-192.168.7.5:5353");
    ck_assert_uint_eq(o.net.netdevs, 1);
    ck_assert(n->kind == NETDEV_USER && n->restricted && strcmp(n->id, "a") == 0);
    ck_assert_uint_eq(n->net, 0xC0A80700);
    ck_assert_uint_eq(n->mask, 0xFFFFFFF0);
    ck_assert(n->host == 0xC0A80701 && n->dns == 0xC0A80703 && n->dhcp_start == 0xC0A80704);
    ck_assert(strcmp(n->hostname, "guest") == 0 && strcmp(n->tftp, "/srv") == 0 && strcmp(n->bootfile, "x.kpxe") == 0);
    ck_assert_uint_eq(n->forwards, 2);
    ck_assert(!n->forward[0].udp && n->forward[0].host == 0 && n->forward[0].guest == 0);
    ck_assert(n->forward[0].host_port == 2222 && n->forward[0].guest_port == 22);
    ck_assert(n->forward[1].udp && n->forward[1].host == 0x7F000001 && n->forward[1].guest == 0xC0A80705);
    ck_assert(n->forward[1].host_port == 53 && n->forward[1].guest_port == 5353);
}
END_TEST

START_TEST(user_network_by_default)
{
    takes("netdev user,id=a,restrict=off");
    ck_assert(o.net.netdev[0].net == 0x0A000200 && o.net.netdev[0].mask == 0xFFFFFF00 && !o.net.netdev[0].restricted);
    takes("netdev user,id=b,restrict");
    ck_assert(o.net.netdev[1].restricted);
}
END_TEST

static const struct { const char *value; u32 net, mask; } nets[] = {
    { "10.1.2.3", 0x0A010200, 0xFFFFFF00 },
    { "10.1.2.3/8", 0x0A000000, 0xFF000000 },
    { "10.1.2.3/255.255.0.0", 0x0A010000, 0xFFFF0000 },
    { "255.255.255.255/28", 0xFFFFFFF0, 0xFFFFFFF0 },
};

START_TEST(networks_are_masked)
{
    char line[80];
    snprintf(line, sizeof line, "netdev user,id=a,net=%s", nets[_i].value);
    takes(line);
    ck_assert_uint_eq(o.net.netdev[0].net, nets[_i].net);
    ck_assert_uint_eq(o.net.netdev[0].mask, nets[_i].mask);
}
END_TEST

START_TEST(nic_is_network_and_card)
{
    takes("nic user,model=ne2k_isa,iobase=0x340,irq=2,mac=52-54-00-AB-cd-ef,hostname=g nic socket,listen=:4000");
    const struct nic_option *first = &o.net.nic[0], *second = &o.net.nic[1];
    ck_assert(o.net.nics == 2 && o.net.netdevs == 2);
    ck_assert(first->kind == NIC_NE2000_ISA && first->base == 0x340 && first->irq == 9 && first->has_mac);
    ck_assert_mem_eq(first->mac, "\x52\x54\x00\xAB\xCD\xEF", NET_MAC);
    ck_assert_str_eq(o.net.netdev[0].hostname, "g");
    ck_assert(second->kind == NIC_E1000 && !second->has_mac && o.net.netdev[1].kind == NETDEV_SOCKET);
    ck_assert_str_eq(o.net.netdev[1].listen, ":4000");
    ck_assert_str_eq(first->netdev, o.net.netdev[0].id);
    ck_assert_str_eq(second->netdev, o.net.netdev[1].id);
    ck_assert_msg(option_net_agree(&o.net, &why), "%s", why.text);
}
END_TEST

START_TEST(none_is_no_card)
{
    takes("nic none net none");
    ck_assert(o.net.nics == 0 && o.net.netdevs == 0);
}
END_TEST

START_TEST(captures)
{
    takes("nic user,id=a object filter-dump,id=f,netdev=a,file=one.pcap pcap all.pcap");
    ck_assert_uint_eq(o.net.dumps, 2);
    ck_assert(strcmp(o.net.dump[0].netdev, "a") == 0 && strcmp(o.net.dump[0].file, "one.pcap") == 0);
    ck_assert(o.net.dump[1].netdev == NULL && strcmp(o.net.dump[1].file, "all.pcap") == 0);
    ck_assert_msg(option_net_agree(&o.net, &why), "%s", why.text);
}
END_TEST

/* A line that is refused, and what the sentence must name. */
static const struct { const char *line, *named; } refused[] = {
    { "netdev tap,id=a", "user, socket" },
    { "netdev user", "id=" },
    { "netdev user,id=", "id=" },
    { "netdev user,id=a netdev user,id=a", "taken" },
    { "netdev user,id=a,colour=red", "'colour' is not known; these are: id hostfwd" },
    { "netdev user,id=a,,restrict=on", "KEY=VALUE" },
    { "netdev user,id=a,restrict=maybe", "restrict=maybe" },
    { "netdev user,id=a,net=10.0.0/24", "net=10.0.0/24" },
    { "netdev user,id=a,net=10.0.0.0/7", "8 to 28" },
    { "netdev user,id=a,net=10.0.0.0/29", "8 to 28" },
    { "netdev user,id=a,net=10.0.0.0/", "8 to 28" },
    { "netdev user,id=a,net=100000000000000000000.0.0.0/8", "IPv4" },
    { "netdev user,id=a,dns=10.0.0.256", "dns=10.0.0.256" },
    { "netdev user,id=a,host=", "host=" },
    { "netdev user,id=a,tftp=", "a folder" },
    { "netdev user,id=a,hostfwd=tcp::22", "hostfwd=tcp::22" },
    { "netdev user,id=a,hostfwd=sctp::22-:22", "tcp:" },
    { "netdev user,id=a,hostfwd=ip::22-:22", "tcp:" },
    { "netdev user,id=a,hostfwd=tcp::0-:22", "tcp:" },
    { "netdev user,id=a,hostfwd=tcp::65536-:22", "tcp:" },
    { "netdev user,id=a,hostfwd=tcp::22-:", "tcp:" },
    { "netdev user,id=a,hostfwd=tcp::22-:22x", "tcp:" },
    { "netdev user,id=a,hostfwd=tcp:localhost:22-:22", "tcp:" },
    { "netdev socket,id=a", "listen= or connect=" },
    { "netdev socket,id=a,listen=:1,connect=:1", "one of the two" },
    { "netdev socket,id=a,mcast=230.0.0.1:1234", "'mcast' is not known" },
    { "nic tap", "user, socket or none" },
    { "nic user,model=rtl8139", "e1000 ne2k_pci ne2k_isa" },
    { "nic user,mac=52:54:00:12:34", "mac=52:54:00:12:34" },
    { "nic user,mac=53:54:00:12:34:56", "mac=53:" },
    { "nic user,mac=52:54:00:12:34:5g", "mac=52:" },
    { "nic user,mac=52:54:00:12:34.56", "mac=52:" },
    { "nic user,iobase=0x300", "'iobase' is not known" },
    { "nic user,model=ne2k_isa,iobase=0x310", "multiple of 32" },
    { "nic user,model=ne2k_isa,iobase=0x1E0", "multiple of 32" },
    { "nic user,model=ne2k_isa,irq=8", "irq=8" },
    { "nic user,model=ne2k_isa,irq=258", "irq=258" },
    { "nic user nic user nic user nic user nic user", "more than 4" },
    { "device e1000 device e1000 device e1000 device e1000 device e1000", "4 network cards" },
    { "device e1000,vectors=3", "'vectors' is not known" },
    { "device ne2k_pci,romfile=x", "'romfile' is not known" },
    { "net user", "-nic" },
    { "object secret,id=s", "filter-dump" },
    { "object filter-dump,netdev=a", "file=" },
    { "object filter-dump,file=a", "netdev=" },
    { "pcap 1 pcap 2 pcap 3 pcap 4 pcap 5 pcap 6 pcap 7 pcap 8 pcap 9", "more than 8" },
};

START_TEST(what_cannot_be_meant_is_named)
{
    ck_assert_msg(!give(refused[_i].line), "taken: %s", refused[_i].line);
    ck_assert_msg(strstr(why.text, refused[_i].named), "'%s' is not in: %s", refused[_i].named, why.text);
    ck_assert_msg(!strchr(why.text, '\n'), "%s", why.text);
}
END_TEST

START_TEST(sixteen_forwards_and_no_more)
{
    char line[640] = "netdev user,id=a";
    for (unsigned i = 0; i < NET_FORWARDS; i++) strcat(line, ",hostfwd=tcp::1-:2");
    takes(line);
    ck_assert_uint_eq(o.net.netdev[0].forwards, NET_FORWARDS);
    strcat(line, ",hostfwd=tcp::1-:2");
    memcpy(strstr(line, "id=a"), "id=b", 4);
    ck_assert(!give(line) && strstr(why.text, "at most 16"));
}
END_TEST

/* Parts that are good alone. */
static const struct { const char *line, *named; } disagreeing[] = {
    { "device e1000,netdev=a", "no -netdev with that id" },
    { "netdev user,id=a", "-device e1000,netdev=a" },
    { "netdev user,id=a device e1000,netdev=a device ne2k_pci,netdev=a", "two network cards" },
    { "nic user object filter-dump,netdev=a,file=f", "no -netdev with that id" },
    { "pcap f", "no network card" },
};

START_TEST(parts_must_agree)
{
    takes(disagreeing[_i].line);
    ck_assert_msg(!option_net_agree(&o.net, &why), "%s", disagreeing[_i].line);
    ck_assert_msg(strstr(why.text, disagreeing[_i].named), "'%s' is not in: %s", disagreeing[_i].named, why.text);
}
END_TEST

Suite *option_net_suite(void)
{
    Suite *suite = suite_create("option_net");
    TCase *tcase = tcase_create("option_net");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, user_network_in_full);
    tcase_add_test(tcase, user_network_by_default);
    tcase_add_loop_test(tcase, networks_are_masked, 0, ARRAY_LEN(nets));
    tcase_add_test(tcase, nic_is_network_and_card);
    tcase_add_test(tcase, none_is_no_card);
    tcase_add_test(tcase, captures);
    tcase_add_loop_test(tcase, what_cannot_be_meant_is_named, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, sixteen_forwards_and_no_more);
    tcase_add_loop_test(tcase, parts_must_agree, 0, ARRAY_LEN(disagreeing));
    suite_add_tcase(suite, tcase);
    return suite;
}
