/* The register of the process's exclusive resources: RAM budget, image files, host ports, the terminal, a window.
 * main makes one and hands it to each machine. One lock; nothing belongs to two machines. */
#ifndef CORE_HOST_H
#define CORE_HOST_H
#include "core/types.h"
#include "core/error.h"
#include <pthread.h>

enum host_use { HOST_SHARED, HOST_EXCLUSIVE };

struct host_claim;
struct host {
    pthread_mutex_t    lock;
    struct host_claim *claims;
    u64                ram_budget, ram_used;   /* bytes */
};

void host_init(struct host *host, u64 ram_budget);
void host_destroy(struct host *host);
/* Claims the resource `kind:name` for `owner` (any pointer that tells owners apart). Shared claims of one name live
 * together; an exclusive one lives alone, whoever the owners are. On refusal says who holds it. */
bool host_claim(struct host *host, const char *kind, const char *name, enum host_use use, const void *owner, struct error *why);
void host_release(struct host *host, const char *kind, const char *name, const void *owner);
void host_release_all(struct host *host, const void *owner);
/* RAM of the budget; what an owner holds is given back as a whole. */
bool host_claim_ram(struct host *host, u64 bytes, const void *owner, struct error *why);
void host_release_ram(struct host *host, const void *owner);
/* Whether the owner holds kind:name, and how much RAM it holds. */
bool host_owns(struct host *host, const char *kind, const char *name, const void *owner);
u64  host_ram_of(struct host *host, const void *owner);
/* The register itself: no exclusive claim lives beside another of its name; the grants of RAM add up and fit the budget. */
bool host_exclusive(struct host *host, struct error *why);
bool host_conserves(struct host *host, struct error *why);
#endif
