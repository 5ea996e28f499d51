#include "rpc/eth/hub.h"

#include <signal.h>
#include <sys/random.h>

#include "rpc/eth/client.h"
#include "rpc/eth/late.h"
#include "rpc/eth/tell.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* A transaction that came into the pool. */
struct pooled {
    struct pooled *next;
    mm_addr sender;
    size_t len;
    uint8_t raw[];
};

/* A chain that was taken back, as it was before. */
struct gone {
    struct gone *next;
    struct ledger_view *view; /* a reference */
    uint64_t block_num;       /* the last block that is left of it */
};

struct eth_hub {
    struct rpc_eth *eth;
    struct backend_listener listener;
    atomic_size_t actives;  /* subscriptions; 0: nothing of this costs anything */
    atomic_size_t pendings; /* of them, of SUBSCRIPTION_PENDING */

    pthread_mutex_t lock; /* guards all that follows, and every subscription */
    pthread_cond_t wake;
    struct subscription *subscriptions;
    size_t count;
    size_t bytes;
    bool has_news;
    struct pooled *first, *last;
    size_t pooled_bytes;
    struct gone *gone; /* the oldest first */
    bool is_started;
    bool is_ending;
    pthread_t thread;
};

/* ---- news ---- */

static void ring_locked(struct eth_hub *hub)
{
    hub->has_news = true;
    (void)pthread_cond_signal(&hub->wake);
}

static void heard_head(void *ctx)
{
    struct eth_hub *hub = ctx;
    eth_late_heard_head(hub->eth->late);
    if (atomic_load_explicit(&hub->actives, memory_order_relaxed) == 0)
        return; /* whoever comes later looks at the head first */
    (void)pthread_mutex_lock(&hub->lock);
    ring_locked(hub);
    (void)pthread_mutex_unlock(&hub->lock);
}

/* Before the chain that follows can be seen by anyone, the hub's thread included. */
static void heard_going_back(void *ctx, uint64_t block_num)
{
    struct eth_hub *hub = ctx;
    if (atomic_load_explicit(&hub->actives, memory_order_relaxed) == 0)
        return;
    struct gone *gone = mm_heap_alloc(sizeof *gone);
    if (gone == NULL)
        return; /* subscriptions go on from the new chain, without the news of what went */
    *gone = (struct gone){ NULL, ledger_acquire(hub->eth->backend->ledger), block_num };
    (void)pthread_mutex_lock(&hub->lock);
    struct gone **end = &hub->gone;
    while (*end != NULL)
        end = &(*end)->next;
    *end = gone;
    ring_locked(hub);
    (void)pthread_mutex_unlock(&hub->lock);
}

static void heard_pooled(void *ctx, const struct tx *tx)
{
    struct eth_hub *hub = ctx;
    if (atomic_load_explicit(&hub->pendings, memory_order_relaxed) == 0)
        return;
    struct pooled *pooled = mm_heap_alloc(sizeof *pooled + tx->raw.len);
    if (pooled == NULL)
        return;
    *pooled = (struct pooled){ .sender = tx->sender, .len = tx->raw.len };
    memcpy(pooled->raw, tx->raw.ptr, tx->raw.len);
    (void)pthread_mutex_lock(&hub->lock);
    if (hub->pooled_bytes + pooled->len <= HUB_NEWS_BYTES_MAX) {
        *(hub->first == NULL ? &hub->first : &hub->last->next) = pooled;
        hub->last = pooled;
        hub->pooled_bytes += pooled->len;
        pooled = NULL;
        ring_locked(hub);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    mm_heap_free(pooled);
}

/* ---- the thread ---- */

/* Tells everyone of a kind; the text is written once for all that want the same. With the lock held. */
static void tell_pooled(struct eth_hub *hub, struct telling *telling, const struct pooled *pooled)
{
    for (struct subscription *s = hub->subscriptions; s != NULL; s = s->next)
        if (s->kind == SUBSCRIPTION_PENDING && s->is_active)
            tell_transaction(telling, s, mm_bytes_from(pooled->raw, pooled->len), &pooled->sender);
}

static void tell_all_pooled(struct eth_hub *hub, struct telling *telling, struct pooled *first)
{
    while (first != NULL) {
        struct pooled *pooled = first;
        first = pooled->next;
        telling_next(telling);
        (void)pthread_mutex_lock(&hub->lock);
        tell_pooled(hub, telling, pooled);
        (void)pthread_mutex_unlock(&hub->lock);
        mm_heap_free(pooled);
    }
}

static void go_back_to(struct subscription *s, uint64_t block_num, uint64_t era)
{
    if (s->next_block > block_num + 1)
        s->next_block = block_num + 1;
    s->era = era;
}

/* Whether the subscription is to be told of this view's chain. When it last saw an older one, it goes on from the last block that
 * is still there; when it is ahead, the view is about to be followed by another. */
static bool follows(struct subscription *s, const struct ledger_view *view)
{
    const uint64_t common = ledger_common(view, s->era);
    if (common != UINT64_MAX)
        go_back_to(s, common, ledger_era(view));
    return s->is_active && s->era == ledger_era(view);
}

/* The first block that someone has not been told of; false: all have been told of all. With the lock held. */
static bool find_untold(const struct eth_hub *hub, uint64_t *block_num,
                        const struct telling *telling)
{
    const uint64_t head = telling_head(telling);
    *block_num = UINT64_MAX;
    for (struct subscription *s = hub->subscriptions; s != NULL; s = s->next) {
        if (follows(s, telling_view(telling)) && s->next_block < *block_num)
            *block_num = s->next_block;
    }
    return *block_num <= head;
}

/* A block at a time, so that requests about subscriptions get in between. */
static void tell_blocks(struct eth_hub *hub, struct telling *telling)
{
    uint64_t block_num;
    for (;;) {
        (void)pthread_mutex_lock(&hub->lock);
        const bool found = !hub->is_ending && find_untold(hub, &block_num, telling);
        if (found)
            telling_next(telling);
        for (struct subscription *s = hub->subscriptions; found && s != NULL; s = s->next) {
            if (!follows(s, telling_view(telling)) || s->next_block != block_num)
                continue;
            tell_block(telling, s, block_num);
            s->next_block = block_num + 1;
        }
        (void)pthread_mutex_unlock(&hub->lock);
        if (!found)
            return;
    }
}

static void tell_removed_block(struct eth_hub *hub, struct telling *telling, uint64_t block_num)
{
    (void)pthread_mutex_lock(&hub->lock);
    telling_next(telling);
    for (struct subscription *s = hub->subscriptions; !hub->is_ending && s != NULL; s = s->next) {
        if (follows(s, telling_view(telling)) && s->next_block > block_num)
            tell_removed(telling, s, block_num);
    }
    (void)pthread_mutex_unlock(&hub->lock);
}

/* The chain that goes, to its end and back again. */
static void tell_gone(struct eth_hub *hub, struct telling *telling, const struct gone *gone)
{
    telling_begin(telling, gone->view);
    tell_blocks(hub, telling);
    for (uint64_t i = telling_head(telling); i > gone->block_num; i--)
        tell_removed_block(hub, telling, i);
    (void)pthread_mutex_lock(&hub->lock);
    for (struct subscription *s = hub->subscriptions; s != NULL; s = s->next) {
        if (s->era == ledger_era(gone->view))
            go_back_to(s, gone->block_num, s->era + 1);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    telling_end(telling);
}

static void tell_all_gone(struct eth_hub *hub, struct telling *telling, struct gone *first)
{
    while (first != NULL) {
        struct gone *gone = first;
        first = gone->next;
        tell_gone(hub, telling, gone);
        mm_heap_free(gone);
    }
}

static void *hub_main(void *ctx)
{
    struct eth_hub *hub = ctx;
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    (void)pthread_setname_np(pthread_self(), "subscriptions");
    struct telling *telling = telling_new(hub->eth);
    (void)pthread_mutex_lock(&hub->lock);
    for (;;) {
        while (!hub->has_news && !hub->is_ending)
            (void)pthread_cond_wait(&hub->wake, &hub->lock);
        if (hub->is_ending || telling == NULL)
            break;
        struct pooled *first = hub->first;
        hub->first = hub->last = NULL;
        hub->pooled_bytes = 0;
        hub->has_news = false;
        struct gone *gone = hub->gone;
        hub->gone = NULL;
        /* With the lock held: of whatever chain this view is, those before it are in the list. */
        struct ledger_view *view = ledger_acquire(hub->eth->backend->ledger);
        (void)pthread_mutex_unlock(&hub->lock);
        tell_all_gone(hub, telling, gone);
        telling_begin(telling, view);
        tell_all_pooled(hub, telling, first);
        tell_blocks(hub, telling);
        telling_end(telling);
        (void)pthread_mutex_lock(&hub->lock);
    }
    (void)pthread_mutex_unlock(&hub->lock);
    telling_free(telling);
    return NULL;
}

/* ---- life ---- */

mm_err eth_hub_new(struct eth_hub **out, struct rpc_eth *eth)
{
    struct eth_hub *hub = *out = mm_heap_zeroed(1, sizeof *hub);
    if (hub == NULL)
        return MM_ERR_NO_MEMORY;
    hub->eth = eth;
    hub->listener = (struct backend_listener){ hub, heard_head, heard_going_back, heard_pooled };
    (void)pthread_mutex_init(&hub->lock, NULL);
    (void)pthread_cond_init(&hub->wake, NULL);
    eth->backend->listen(eth->backend->ctx, &hub->listener);
    return MM_OK;
}

void eth_hub_free(struct eth_hub *hub)
{
    if (hub == NULL)
        return;
    hub->eth->backend->listen(hub->eth->backend->ctx, NULL);
    (void)pthread_mutex_lock(&hub->lock);
    hub->is_ending = true;
    const bool is_started = hub->is_started;
    (void)pthread_cond_signal(&hub->wake);
    (void)pthread_mutex_unlock(&hub->lock);
    if (is_started)
        (void)pthread_join(hub->thread, NULL);
    MM_ASSERT(hub->subscriptions == NULL); /* every connection is closed */
    while (hub->first != NULL) {
        struct pooled *next = hub->first->next;
        mm_heap_free(hub->first);
        hub->first = next;
    }
    while (hub->gone != NULL) {
        struct gone *next = hub->gone->next;
        ledger_release(hub->gone->view);
        mm_heap_free(hub->gone);
        hub->gone = next;
    }
    (void)pthread_cond_destroy(&hub->wake);
    (void)pthread_mutex_destroy(&hub->lock);
    mm_heap_free(hub);
}

/* ---- subscriptions ---- */

struct subscription *subscription_new(enum subscription_kind kind)
{
    struct subscription *subscription = mm_heap_zeroed(1, sizeof *subscription);
    if (subscription == NULL)
        return NULL;
    subscription->kind = kind;
    mm_arena_init(&subscription->arena, HUB_FILTER_BYTES_MAX);
    return subscription;
}

void subscription_free(struct subscription *taken_subscription)
{
    mm_arena_fini(&taken_subscription->arena);
    mm_heap_free(taken_subscription);
}

static mm_err start_thread_locked(struct eth_hub *hub)
{
    if (!hub->is_started && pthread_create(&hub->thread, NULL, hub_main, hub) != 0)
        return MM_ERR_NO_MEMORY;
    hub->is_started = true;
    return MM_OK;
}

mm_err hub_install(struct eth_hub *hub, struct subscription *subscription)
{
    uint64_t id = 0;
    /* Not to be guessed, although only its own connection may use it: it shows up in logs and tools. */
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        return MM_ERR_IO;
    (void)pthread_mutex_lock(&hub->lock);
    mm_err err = MM_OK;
    if (hub->count >= HUB_SUBSCRIPTIONS_MAX ||
        hub->bytes + subscription->arena.total_bytes > HUB_FILTERS_BYTES_MAX)
        err = MM_ERR_LIMIT;
    if (err == MM_OK)
        err = start_thread_locked(hub);
    if (err == MM_OK) {
        subscription->id = id;
        subscription->next = hub->subscriptions;
        if (subscription->next != NULL)
            subscription->next->prev = subscription;
        hub->subscriptions = subscription;
        hub->count++;
        hub->bytes += subscription->arena.total_bytes;
    }
    (void)pthread_mutex_unlock(&hub->lock);
    return err;
}

static void drop_locked(struct eth_hub *hub, struct subscription *subscription)
{
    *(subscription->prev == NULL ? &hub->subscriptions : &subscription->prev->next) =
        subscription->next;
    if (subscription->next != NULL)
        subscription->next->prev = subscription->prev;
    hub->count--;
    hub->bytes -= subscription->arena.total_bytes;
    if (subscription->is_active) {
        atomic_fetch_sub(&hub->actives, 1);
        if (subscription->kind == SUBSCRIPTION_PENDING)
            atomic_fetch_sub(&hub->pendings, 1);
    }
    subscription_free(subscription);
}

void hub_start(struct eth_hub *hub, const struct rpc_eth_client *client, uint64_t message)
{
    (void)pthread_mutex_lock(&hub->lock);
    for (struct subscription *s = hub->subscriptions; s != NULL; s = s->next) {
        if (s->is_active || s->client != client || s->message != message)
            continue;
        s->is_active = true;
        atomic_fetch_add(&hub->actives, 1);
        if (s->kind == SUBSCRIPTION_PENDING)
            atomic_fetch_add(&hub->pendings, 1);
        ring_locked(hub); /* for blocks that came meanwhile */
    }
    (void)pthread_mutex_unlock(&hub->lock);
}

bool hub_remove(struct eth_hub *hub, const struct rpc_eth_client *client, uint64_t id)
{
    (void)pthread_mutex_lock(&hub->lock);
    struct subscription *s = hub->subscriptions;
    while (s != NULL && (s->id != id || s->client != client))
        s = s->next;
    if (s != NULL)
        drop_locked(hub, s);
    (void)pthread_mutex_unlock(&hub->lock);
    return s != NULL;
}

void hub_forget(struct eth_hub *hub, const struct rpc_eth_client *client)
{
    (void)pthread_mutex_lock(&hub->lock);
    for (struct subscription *s = hub->subscriptions, *next; s != NULL; s = next) {
        next = s->next;
        if (s->client == client)
            drop_locked(hub, s);
    }
    (void)pthread_mutex_unlock(&hub->lock);
}
