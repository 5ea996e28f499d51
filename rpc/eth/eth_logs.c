/* Logs by address, topic and block: eth_getLogs, and what filters are made of. */
#include "rpc/eth/handlers.h"

enum { ADDRS_MAX = 1000, ALTERNATIVES_MAX = 1000 };

/* What is wrong with a filter, or NULL. */

static const char *read_addrs(struct mm_arena *arena, struct log_filter *filter,
                              const struct json *value)
{
    const bool is_list = value->kind == JSON_ARRAY;
    const size_t count = is_list ? value->count : 1;
    if (count > ADDRS_MAX)
        return "exceed max addresses";
    mm_addr *addrs = MM_ARENA_ARRAY(arena, mm_addr, count);
    if (addrs == NULL)
        return "out of memory";
    for (size_t i = 0; i < count; i++) {
        const char *reason = eth_read_addr(&addrs[i], is_list ? &value->items[i] : value);
        if (reason != NULL)
            return reason;
    }
    filter->addrs = addrs;
    filter->addr_count = count;
    return NULL;
}

/* null and the empty list: any; one; a list: any of them. A null within a list makes it any, as in go-ethereum. */
static const char *read_position(struct mm_arena *arena, struct log_filter *filter, size_t position,
                                 const struct json *value)
{
    if (value->kind == JSON_NULL)
        return NULL;
    const bool is_list = value->kind == JSON_ARRAY;
    const size_t count = is_list ? value->count : 1;
    if (count > ALTERNATIVES_MAX)
        return "exceed max topics";
    mm_hash32 *topics = MM_ARENA_ARRAY(arena, mm_hash32, count);
    if (topics == NULL)
        return "out of memory";
    for (size_t i = 0; i < count; i++) {
        const struct json *topic = is_list ? &value->items[i] : value;
        if (topic->kind == JSON_NULL)
            return NULL;
        const char *reason = eth_read_hash(&topics[i], topic);
        if (reason != NULL)
            return reason;
    }
    filter->topics[position].any_of = topics;
    filter->topics[position].count = count;
    return NULL;
}

static const char *read_topics(struct mm_arena *arena, struct log_filter *filter,
                               const struct json *value)
{
    if (value->kind != JSON_ARRAY)
        return "topics are not an array";
    if (value->count > LOG_TOPICS_MAX)
        return "exceed max topics";
    filter->topic_count = value->count;
    for (size_t i = 0; i < value->count; i++) {
        const char *reason = read_position(arena, filter, i, &value->items[i]);
        if (reason != NULL)
            return reason;
    }
    return NULL;
}

static const struct json *given(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value == NULL || value->kind == JSON_NULL ? NULL : value;
}

/* Pending means the head: no logs come before their block. */
static const char *read_end(struct eth_block_ref *ref, const struct json *value)
{
    *ref = (struct eth_block_ref){ .kind = ETH_BLOCK_LATEST };
    const char *reason = value == NULL ? NULL : eth_read_block(ref, value, false);
    if (ref->kind == ETH_BLOCK_PENDING)
        ref->kind = ETH_BLOCK_LATEST;
    return reason;
}

static const char *read_range(struct eth_log_range *range, const struct json *object)
{
    const struct json *hash = given(object, "blockHash");
    const struct json *from = given(object, "fromBlock");
    const struct json *to = given(object, "toBlock");
    *range = (struct eth_log_range){ .has_hash = hash != NULL };
    if (hash != NULL && (from != NULL || to != NULL))
        return "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other";
    if (hash != NULL)
        return eth_read_hash(&range->hash, hash);
    const char *reason = read_end(&range->from, from);
    return reason != NULL ? reason : read_end(&range->to, to);
}

bool eth_read_log_filter(struct eth_request *r, struct mm_arena *arena, struct log_filter *filter,
                         struct eth_log_range *range, const struct json *object)
{
    const struct json *addrs = given(object, "address");
    const struct json *topics = given(object, "topics");
    *filter = (struct log_filter){ 0 };
    const char *reason = addrs == NULL ? NULL : read_addrs(arena, filter, addrs);
    if (reason == NULL && topics != NULL)
        reason = read_topics(arena, filter, topics);
    if (reason == NULL)
        reason = read_range(range, object);
    return reason == NULL || eth_fail_arg(r, 0, reason);
}

/* ---- the range as it is now ---- */

static bool range_of_hash(struct eth_request *r, struct log_filter *filter, const mm_hash32 *hash)
{
    const struct eth_block_ref ref = { .kind = ETH_BLOCK_HASH, .hash = *hash };
    bool found;
    if (!eth_find_block(r, &filter->from_block, &found, &ref))
        return false;
    filter->to_block = filter->from_block;
    return found || eth_fail(r, ETH_SERVER_ERROR, "unknown block");
}

/* *is_empty: a poller that asks from the block after the head on has nothing to learn yet. */
static bool range_of_numbers(struct eth_request *r, struct log_filter *filter, bool *is_empty,
                             const struct eth_log_range *range)
{
    const uint64_t head = ledger_head(r->view);
    const bool is_open = range->to.kind == ETH_BLOCK_LATEST;
    filter->from_block = range->from.kind == ETH_BLOCK_NUMBER ? range->from.number : head;
    filter->to_block = is_open ? head : range->to.number;
    *is_empty = is_open && filter->from_block > head;
    if (*is_empty)
        return true;
    if (filter->from_block > filter->to_block)
        return eth_fail(r, ETH_INVALID_PARAMS, "invalid block range params");
    if (filter->to_block > head)
        return eth_fail(r, ETH_INVALID_PARAMS, "block range extends beyond current head block");
    return true;
}

/* ---- hits ---- */

struct collecting {
    struct eth_request *r;
    size_t count;
};

static mm_err add_hit(void *ctx, const struct log_hit *hit)
{
    struct collecting *c = ctx;
    if (c->count == c->r->eth->options.logs_max)
        return MM_ERR_EXISTS; /* one too many; no error of the ledger's */
    c->count++;
    const struct eth_place place = {
        .block_num = hit->block_num,
        .block_hash = hit->block_hash,
        .timestamp = hit->block_timestamp,
        .index = hit->tx_index,
    };
    eth_add_log(&c->r->w, &hit->log, &place, &hit->tx_hash, hit->log_index, false);
    return mm_buf_err(c->r->w.buf); /* a full answer ends the search */
}

bool eth_add_logs(struct eth_request *r, const struct log_filter *filter)
{
    struct collecting c = { .r = r };
    const mm_err err = ledger_logs(r->view, filter, add_hit, &c);
    if (err == MM_ERR_EXISTS)
        return eth_fail(r, ETH_LIMIT_EXCEEDED, "query returned more than %zu results", c.count);
    return err == MM_OK || mm_buf_err(r->w.buf) != MM_OK || eth_fail_world(r, err);
}

bool eth_answer_logs(struct eth_request *r, struct log_filter *filter,
                     const struct eth_log_range *range)
{
    bool is_empty = false;
    if (range->has_hash ? !range_of_hash(r, filter, &range->hash)
                        : !range_of_numbers(r, filter, &is_empty, range))
        return false;
    json_open_array(&r->w);
    if (!is_empty && !eth_add_logs(r, filter))
        return false;
    json_close_array(&r->w);
    return true;
}

bool handle_eth_get_logs(struct eth_request *r)
{
    struct log_filter filter;
    struct eth_log_range range;
    return eth_read_log_filter(r, r->arena, &filter, &range, r->args[0].json) &&
           eth_answer_logs(r, &filter, &range);
}
