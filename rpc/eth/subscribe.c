/* eth_subscribe and eth_unsubscribe, on connections that can be told of things later. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/hub.h"

enum { HASHES_MAX = 200 }; /* go-ethereum's, of transactionReceipts */

static bool not_supported(struct eth_request *r)
{
    return eth_fail(r, ETH_METHOD_NOT_FOUND, "notifications not supported");
}

static bool kind_of(enum subscription_kind *kind, mm_bytes name)
{
    static const char *const names[SUBSCRIPTION_KINDS] = {
        [SUBSCRIPTION_HEADS] = "newHeads",
        [SUBSCRIPTION_LOGS] = "logs",
        [SUBSCRIPTION_RECEIPTS] = "transactionReceipts",
        [SUBSCRIPTION_PENDING] = "newPendingTransactions",
        [SUBSCRIPTION_SYNCING] = "syncing",
    };
    for (*kind = 0; *kind < SUBSCRIPTION_KINDS; ++*kind)
        if (mm_bytes_equal(name, mm_bytes_str(names[*kind])))
            return true;
    return false;
}

static bool read_logs(struct eth_request *r, struct subscription *s, const struct json *given)
{
    struct eth_log_range range; /* without meaning here, as in go-ethereum */
    const struct json empty = { .kind = JSON_OBJECT };
    if (given != NULL && given->kind != JSON_OBJECT)
        return eth_fail_arg(r, 1, "a filter is an object");
    return eth_read_log_filter(r, &s->arena, &s->logs, &range, given != NULL ? given : &empty);
}

static bool read_hashes(struct eth_request *r, struct subscription *s, const struct json *given)
{
    const struct json *hashes = given == NULL ? NULL : json_find(given, "transactionHashes");
    if (given != NULL && given->kind != JSON_OBJECT)
        return eth_fail_arg(r, 1, "a filter is an object");
    if (hashes == NULL || hashes->kind == JSON_NULL)
        return true;
    if (hashes->kind != JSON_ARRAY)
        return eth_fail_arg(r, 1, "transactionHashes is a list");
    if (hashes->count > HASHES_MAX)
        return eth_fail_arg(r, 1, "exceed max number of transaction hashes allowed");
    mm_hash32 *read = MM_ARENA_ARRAY(&s->arena, mm_hash32, hashes->count);
    if (read == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < hashes->count; i++) {
        const char *reason = eth_read_hash(&read[i], &hashes->items[i]);
        if (reason != NULL)
            return eth_fail_arg(r, 1, reason);
    }
    s->hashes = read;
    s->hash_count = hashes->count;
    return true;
}

static bool read_flag(struct eth_request *r, struct subscription *s, const struct json *given)
{
    if (given != NULL && given->kind != JSON_TRUE && given->kind != JSON_FALSE)
        return eth_fail_arg(r, 1, "not a boolean");
    s->is_hydrated = given != NULL && given->kind == JSON_TRUE;
    return true;
}

static bool read_options(struct eth_request *r, struct subscription *s, const struct json *given)
{
    if (given != NULL && given->kind == JSON_NULL)
        given = NULL;
    switch (s->kind) {
    case SUBSCRIPTION_LOGS:
        return read_logs(r, s, given);
    case SUBSCRIPTION_RECEIPTS:
        return read_hashes(r, s, given);
    case SUBSCRIPTION_PENDING:
        return read_flag(r, s, given);
    case SUBSCRIPTION_HEADS:
    case SUBSCRIPTION_SYNCING:
    case SUBSCRIPTION_KINDS:
        break;
    }
    return true;
}

static bool install(struct eth_request *r, struct subscription *s)
{
    s->client = r->caller->client;
    s->message = r->caller->message;
    s->next_block = ledger_head(r->view) + 1;
    s->era = ledger_era(r->view);
    const mm_err err = hub_install(r->eth->hub, s);
    if (err == MM_ERR_LIMIT)
        return eth_fail(r, ETH_SERVER_ERROR, "too many subscriptions");
    ETH_TRY(r, err);
    return true;
}

bool handle_eth_subscribe(struct eth_request *r)
{
    enum subscription_kind kind;
    if (r->caller->client == NULL)
        return not_supported(r);
    const mm_bytes name = r->args[0].bytes;
    if (!kind_of(&kind, name))
        return eth_fail(r, ETH_METHOD_NOT_FOUND, "no \"%.*s\" subscription in eth namespace",
                        name.len < 100 ? (int)name.len : 100, (const char *)name.ptr);
    struct subscription *s = subscription_new(kind);
    if (s == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    if (!read_options(r, s, r->args[1].json) || !install(r, s)) {
        subscription_free(s);
        return false;
    }
    json_add_quantity(&r->w, s->id); /* silent until this answer is out, so it is still there */
    return true;
}

bool handle_eth_unsubscribe(struct eth_request *r)
{
    uint64_t id;
    if (r->caller->client == NULL)
        return not_supported(r);
    if (eth_read_u64(&id, r->args[0].json) != NULL ||
        !hub_remove(r->eth->hub, r->caller->client, id))
        return eth_fail(r, ETH_SERVER_ERROR, "subscription not found");
    json_add_bool(&r->w, true);
    return true;
}
