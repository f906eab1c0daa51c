/* The register of exclusive host resources (core/host.h): a list of claims under one lock. Claims are few and rare;
 * nothing here is called while a guest runs. */
#include "core/host.h"
#include <stdlib.h>
#include <string.h>

struct host_claim {
    struct host_claim *next;
    enum host_use      use;
    const void        *owner;
    const char        *kind, *name;      /* both in text */
    u64                bytes;            /* of RAM; other kinds: 0 */
    char               text[];
};

void host_init(struct host *host, u64 ram_budget)
{
    *host = (struct host){ .ram_budget = ram_budget };
    pthread_mutex_init(&host->lock, NULL);
}

static struct host_claim *claim_new(const char *kind, const char *name, enum host_use use, const void *owner)
{
    size_t kind_size = strlen(kind) + 1, name_size = strlen(name) + 1;
    struct host_claim *claim = malloc(sizeof(*claim) + kind_size + name_size);
    if (!claim)
        return NULL;
    claim->kind = memcpy(claim->text, kind, kind_size);
    claim->name = memcpy(claim->text + kind_size, name, name_size);
    claim->use = use;
    claim->owner = owner;
    claim->bytes = 0;
    return claim;
}

static bool claim_is(const struct host_claim *claim, const char *kind, const char *name)
{
    return strcmp(claim->kind, kind) == 0 && strcmp(claim->name, name) == 0;
}

/* A claim that does not let another of this use live beside it. */
static const struct host_claim *claim_against(const struct host *host, const char *kind, const char *name,
                                              enum host_use use)
{
    const struct host_claim *claim = host->claims;
    while (claim && !(claim_is(claim, kind, name) && (use == HOST_EXCLUSIVE || claim->use == HOST_EXCLUSIVE)))
        claim = claim->next;
    return claim;
}

static bool claim_add(struct host *host, struct host_claim *claim, struct error *why)
{
    const struct host_claim *other = claim_against(host, claim->kind, claim->name, claim->use);
    if (other)
        return error_set(why, "%s '%s' is already used %s by %s machine; give each its own, or share it read-only",
                         claim->kind, claim->name, other->use == HOST_EXCLUSIVE ? "exclusively" : "(shared)",
                         other->owner == claim->owner ? "this" : "another");
    claim->next = host->claims;
    host->claims = claim;
    return true;
}

bool host_claim(struct host *host, const char *kind, const char *name, enum host_use use, const void *owner,
                struct error *why)
{
    struct host_claim *claim = claim_new(kind, name, use, owner);
    if (!claim)
        return error_set(why, "the host has no memory left to register %s '%s'", kind, name);
    pthread_mutex_lock(&host->lock);
    bool added = claim_add(host, claim, why);
    pthread_mutex_unlock(&host->lock);
    if (!added)
        free(claim);
    return added;
}

/* Frees the owner's claims: one of kind:name, or all if kind is NULL. */
static void claims_drop(struct host *host, const char *kind, const char *name, const void *owner)
{
    struct host_claim **link = &host->claims;
    while (*link) {
        struct host_claim *claim = *link;
        if (claim->owner != owner || (kind && !claim_is(claim, kind, name))) {
            link = &claim->next;
            continue;
        }
        *link = claim->next;
        host->ram_used -= claim->bytes;
        free(claim);
        if (kind)
            return;
    }
}

void host_release(struct host *host, const char *kind, const char *name, const void *owner)
{
    pthread_mutex_lock(&host->lock);
    claims_drop(host, kind, name, owner);
    pthread_mutex_unlock(&host->lock);
}

void host_release_all(struct host *host, const void *owner)
{
    pthread_mutex_lock(&host->lock);
    claims_drop(host, NULL, NULL, owner);
    pthread_mutex_unlock(&host->lock);
}

void host_destroy(struct host *host)
{
    while (host->claims) {
        struct host_claim *claim = host->claims;
        host->claims = claim->next;
        free(claim);
    }
    pthread_mutex_destroy(&host->lock);
}

static const char ram[] = "ram";

bool host_claim_ram(struct host *host, u64 bytes, const void *owner, struct error *why)
{
    struct host_claim *claim = claim_new(ram, "", HOST_SHARED, owner);
    if (!claim)
        return error_set(why, "the host has no memory left to register a guest's RAM");
    pthread_mutex_lock(&host->lock);
    u64 left = host->ram_budget - host->ram_used;
    bool fits = bytes <= left;
    if (fits) {
        claim->bytes = bytes;
        host->ram_used += bytes;
        claim->next = host->claims;
        host->claims = claim;
    }
    pthread_mutex_unlock(&host->lock);
    if (!fits)
        free(claim);
    return fits || error_set(why, "%llu MiB of RAM for a guest are more than the %llu MiB left; choose less with -m",
                             (unsigned long long)(bytes >> 20), (unsigned long long)(left >> 20));
}

void host_release_ram(struct host *host, const void *owner) { host_release(host, ram, "", owner); }

/* ---- for those who check ---- */
bool host_owns(struct host *host, const char *kind, const char *name, const void *owner)
{
    pthread_mutex_lock(&host->lock);
    const struct host_claim *claim = host->claims;
    while (claim && !(claim->owner == owner && claim_is(claim, kind, name)))
        claim = claim->next;
    pthread_mutex_unlock(&host->lock);
    return claim != NULL;
}

static u64 ram_sum(const struct host *host, const void *owner, bool all)
{
    u64 sum = 0;
    for (const struct host_claim *claim = host->claims; claim; claim = claim->next)
        if (all || claim->owner == owner)
            sum += claim->bytes;
    return sum;
}

u64 host_ram_of(struct host *host, const void *owner)
{
    pthread_mutex_lock(&host->lock);
    u64 bytes = ram_sum(host, owner, false);
    pthread_mutex_unlock(&host->lock);
    return bytes;
}

static bool claims_exclusive(const struct host *host, struct error *why)
{
    for (const struct host_claim *a = host->claims; a; a = a->next)
        for (const struct host_claim *b = a->next; b; b = b->next)
            if (claim_is(b, a->kind, a->name) && (a->use == HOST_EXCLUSIVE || b->use == HOST_EXCLUSIVE))
                return error_set(why, "%s '%s' has two owners, one of them exclusive", a->kind, a->name);
    return true;
}

bool host_exclusive(struct host *host, struct error *why)
{
    pthread_mutex_lock(&host->lock);
    bool good = claims_exclusive(host, why);
    pthread_mutex_unlock(&host->lock);
    return good;
}

bool host_conserves(struct host *host, struct error *why)
{
    pthread_mutex_lock(&host->lock);
    u64 sum = ram_sum(host, NULL, true), used = host->ram_used, budget = host->ram_budget;
    pthread_mutex_unlock(&host->lock);
    if (sum == used && used <= budget)
        return true;
    return error_set(why, "grants of %llu bytes of RAM, counted as %llu, of a budget of %llu", (unsigned long long)sum,
                     (unsigned long long)used, (unsigned long long)budget);
}
