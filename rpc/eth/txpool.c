/* txpool_…: what waits for a block. */
#include <stdio.h>

#include "rpc/eth/handlers.h"
#include "state/codec/hex.h"

bool handle_txpool_status(struct eth_request *r)
{
    struct eth_pooled pool;
    if (!eth_load_pooled(r, &pool))
        return false;
    json_open_object(&r->w);
    eth_add_quantity_member(&r->w, "pending", pool.count - pool.queued_count);
    eth_add_quantity_member(&r->w, "queued", pool.queued_count);
    json_close_object(&r->w);
    return true;
}

static void add_decimal_key(struct json_writer *w, uint64_t number)
{
    char digits[U256_DECIMAL_MAX + 1];
    const mm_u256 wide = u256_from_u64(number);
    const size_t len = u256_to_decimal(digits, &wide);
    json_key_bytes(w, mm_bytes_from(digits, len));
}

static void add_addr_key(struct json_writer *w, const mm_addr *addr)
{
    char text[2 + 2 * sizeof addr->b] = "0x";
    hex_encode(text + 2, mm_bytes_addr(addr));
    json_key_bytes(w, MM_BYTES_OF(text));
}

/* "0x…: 1000 wei + 21000 gas × 2000000000 wei", as go-ethereum writes it. */
static void add_line(struct json_writer *w, const struct tx *tx)
{
    char to[2 * sizeof tx->to.b];
    char value[U256_DECIMAL_MAX + 1];
    char price[U256_DECIMAL_MAX + 1];
    char line[300];
    hex_encode(to, mm_bytes_addr(&tx->to));
    (void)u256_to_decimal(value, &tx->value);
    (void)u256_to_decimal(price, &tx->max_fee);
    (void)snprintf(line, sizeof line, "0x%.40s: %s wei + %llu gas \xc3\x97 %s wei", to, value,
                   (unsigned long long)tx->gas_limit, price);
    json_add_text(w, line);
}

typedef void add_fn(struct json_writer *w, const struct tx *tx);

static void add_whole(struct json_writer *w, const struct tx *tx)
{
    eth_add_tx(w, tx, NULL, &tx->max_fee);
}

/* {"0xsender": {"nonce": …}} of the ones that are queued, or of those that are not. */
static void add_half(struct json_writer *w, const struct eth_pooled *pool, bool queued, add_fn *add)
{
    const struct tx *before = NULL;
    json_open_object(w);
    for (size_t i = 0; i < pool->count; i++) {
        const struct tx *tx = pool->txs[i].tx;
        if (pool->txs[i].is_queued != queued)
            continue;
        if (before == NULL || !mm_addr_equal(&before->sender, &tx->sender)) {
            if (before != NULL)
                json_close_object(w);
            add_addr_key(w, &tx->sender);
            json_open_object(w);
        }
        add_decimal_key(w, tx->nonce);
        add(w, tx);
        before = tx;
    }
    if (before != NULL)
        json_close_object(w);
    json_close_object(w);
}

static bool answer_halves(struct eth_request *r, add_fn *add)
{
    struct eth_pooled pool;
    if (!eth_load_pooled(r, &pool))
        return false;
    json_open_object(&r->w);
    json_key(&r->w, "pending");
    add_half(&r->w, &pool, false, add);
    json_key(&r->w, "queued");
    add_half(&r->w, &pool, true, add);
    json_close_object(&r->w);
    return true;
}

bool handle_txpool_content(struct eth_request *r)
{
    return answer_halves(r, add_whole);
}

bool handle_txpool_inspect(struct eth_request *r)
{
    return answer_halves(r, add_line);
}

static void add_half_of(struct json_writer *w, const struct eth_pooled *pool, bool queued,
                        const mm_addr *sender)
{
    json_open_object(w);
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->txs[i].is_queued != queued || !mm_addr_equal(&pool->txs[i].tx->sender, sender))
            continue;
        add_decimal_key(w, pool->txs[i].tx->nonce);
        add_whole(w, pool->txs[i].tx);
    }
    json_close_object(w);
}

bool handle_txpool_content_from(struct eth_request *r)
{
    struct eth_pooled pool;
    if (!eth_load_pooled(r, &pool))
        return false;
    json_open_object(&r->w);
    json_key(&r->w, "pending");
    add_half_of(&r->w, &pool, false, &r->args[0].addr);
    json_key(&r->w, "queued");
    add_half_of(&r->w, &pool, true, &r->args[0].addr);
    json_close_object(&r->w);
    return true;
}

/* Those of the node's own accounts, as go-ethereum. */
bool handle_eth_pending_transactions(struct eth_request *r)
{
    struct eth_pooled pool;
    if (!eth_load_pooled(r, &pool))
        return false;
    json_open_array(&r->w);
    for (size_t i = 0; i < pool.count; i++) {
        if (backend_find_account(r->backend, &pool.txs[i].tx->sender) != NULL)
            add_whole(&r->w, pool.txs[i].tx);
    }
    json_close_array(&r->w);
    return true;
}
