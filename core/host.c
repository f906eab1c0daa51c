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

bool host_claim_ram(struct host *host, u64 bytes, struct error *why)
{
    pthread_mutex_lock(&host->lock);
    u64 left = host->ram_budget - host->ram_used;
    bool fits = bytes <= left;
    if (fits)
        host->ram_used += bytes;
    pthread_mutex_unlock(&host->lock);
    return fits || error_set(why, "%llu MiB of RAM for a guest are more than the %llu MiB left; choose less with -m",
                             (unsigned long long)(bytes >> 20), (unsigned long long)(left >> 20));
}

void host_release_ram(struct host *host, u64 bytes)
{
    pthread_mutex_lock(&host->lock);
    host->ram_used -= MIN(bytes, host->ram_used);
    pthread_mutex_unlock(&host->lock);
}
