/* Prices of gas. */
#include <stdio.h>
#include <stdlib.h>

#include "rpc/eth/handlers.h"

enum {
    TIP_WEI = 1000000000,
    HISTORY_BLOCKS_MAX = 1024,
    PERCENTILES_MAX = 100,
    BLOB_BASE_FEE = 1, /* EIP-4844: the least there is; no transaction here pays it */
};

mm_u256 eth_tip_default(void)
{
    return u256_from_u64(TIP_WEI);
}

mm_u256 eth_next_base_fee(struct eth_request *r)
{
    return ledger_next(r->view).base_fee;
}

bool handle_eth_gas_price(struct eth_request *r)
{
    const mm_u256 base_fee = eth_next_base_fee(r);
    const mm_u256 tip = eth_tip_default();
    const mm_u256 price = u256_wrapping_add(&base_fee, &tip);
    json_add_quantity_u256(&r->w, &price);
    return true;
}

bool handle_eth_max_priority_fee(struct eth_request *r)
{
    json_add_quantity(&r->w, TIP_WEI);
    return true;
}

bool handle_eth_base_fee(struct eth_request *r)
{
    const mm_u256 base_fee = eth_next_base_fee(r);
    json_add_quantity_u256(&r->w, &base_fee);
    return true;
}

bool handle_eth_blob_base_fee(struct eth_request *r)
{
    json_add_quantity(&r->w, BLOB_BASE_FEE);
    return true;
}

/* ---- eth_feeHistory ---- */

struct history {
    double percentiles[PERCENTILES_MAX];
    size_t percentile_count;
    bool wants_rewards;
    uint64_t oldest;
    size_t count;
    struct header *headers; /* count of them, in the arena */
    mm_u256 next_base_fee;  /* of the block after them */
};

static const char *read_percentiles(struct history *h, const struct json *list)
{
    if (list->count > PERCENTILES_MAX)
        return "more than 100 percentiles";
    for (size_t i = 0; i < list->count; i++) {
        char text[32] = { 0 };
        const mm_bytes number = list->items[i].text;
        if (list->items[i].kind != JSON_NUMBER || number.len >= sizeof text)
            return "a percentile is not a number";
        memcpy(text, number.ptr, number.len);
        const double value = strtod(text, NULL);
        if (!(value >= 0 && value <= 100))
            return "a percentile outside 0 to 100";
        if (i > 0 && value < h->percentiles[i - 1])
            return "percentiles are not ascending";
        h->percentiles[i] = value;
    }
    h->percentile_count = list->count;
    h->wants_rewards = list->count > 0;
    return NULL;
}

struct reward {
    mm_u256 tip;
    uint64_t gas;
};

static int by_tip(const void *a, const void *b)
{
    return u256_compare(&((const struct reward *)a)->tip, &((const struct reward *)b)->tip);
}

/* The tips that transactions with this share of the block's gas, the cheapest first, paid at most. */
static bool add_rewards(struct eth_request *r, const struct history *h, const struct header *header)
{
    size_t count;
    const struct ledger_tx *txs;
    ETH_TRY(r, ledger_tx_count(r->view, &count, header->number));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &txs, header->number, 0, count));
    struct reward *rewards = MM_ARENA_ARRAY(r->arena, struct reward, count);
    if (rewards == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < count; i++)
        rewards[i] = (struct reward){ u256_wrapping_sub(&txs[i].gas_price, &header->base_fee),
                                      txs[i].gas_used };
    if (count > 0)
        qsort(rewards, count, sizeof *rewards, by_tip);
    json_open_array(&r->w);
    size_t at = 0;
    uint64_t gas = count > 0 ? rewards[0].gas : 0;
    for (size_t i = 0; i < h->percentile_count; i++) {
        const mm_u256 zero = u256_from_u64(0);
        const double threshold = (double)header->gas_used * h->percentiles[i] / 100;
        while (at + 1 < count && (double)gas < threshold)
            gas += rewards[++at].gas;
        json_add_quantity_u256(&r->w, count > 0 ? &rewards[at].tip : &zero);
    }
    json_close_array(&r->w);
    return true;
}

static void add_ratio(struct json_writer *w, const struct header *header)
{
    char text[40];
    const int len =
        snprintf(text, sizeof text, "%.17g", (double)header->gas_used / (double)header->gas_limit);
    json_add_raw(w, mm_bytes_from(text, (size_t)len));
}

static void add_fees(struct json_writer *w, const struct history *h)
{
    json_key(w, "baseFeePerGas");
    json_open_array(w);
    for (size_t i = 0; i < h->count; i++)
        json_add_quantity_u256(w, &h->headers[i].base_fee);
    if (h->count > 0)
        json_add_quantity_u256(w, &h->next_base_fee);
    json_close_array(w);
    json_key(w, "gasUsedRatio");
    json_open_array(w);
    for (size_t i = 0; i < h->count; i++)
        add_ratio(w, &h->headers[i]);
    json_close_array(w);
    json_key(w, "baseFeePerBlobGas");
    json_open_array(w);
    for (size_t i = 0; i < h->count + (h->count > 0); i++)
        json_add_quantity(w, BLOB_BASE_FEE);
    json_close_array(w);
    json_key(w, "blobGasUsedRatio");
    json_open_array(w);
    for (size_t i = 0; i < h->count; i++)
        json_add_u64(w, 0);
    json_close_array(w);
}

static bool load_headers(struct eth_request *r, struct history *h)
{
    h->headers = MM_ARENA_ARRAY(r->arena, struct header, h->count);
    if (h->headers == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < h->count; i++) {
        mm_hash32 hash;
        ETH_TRY(r, ledger_header(r->view, &h->headers[i], &hash, h->oldest + i));
    }
    /* Read, not computed: dev control may have said another. */
    h->next_base_fee = ledger_next(r->view).base_fee;
    if (h->oldest + h->count <= ledger_head(r->view)) {
        struct header next;
        mm_hash32 hash;
        ETH_TRY(r, ledger_header(r->view, &next, &hash, h->oldest + h->count));
        h->next_base_fee = next.base_fee;
    }
    return true;
}

bool handle_eth_fee_history(struct eth_request *r)
{
    struct history h = { .percentile_count = 0 };
    struct eth_block_ref newest_ref = r->args[1].block;
    uint64_t newest;
    uint64_t state_num;
    const char *reason = r->args[2].is_given ? read_percentiles(&h, r->args[2].json) : NULL;
    if (reason != NULL)
        return eth_fail_arg(r, 2, reason);
    if (newest_ref.kind == ETH_BLOCK_PENDING)
        newest_ref.kind = ETH_BLOCK_LATEST;
    if (!eth_find_state(r, &newest, &state_num, &newest_ref))
        return false;
    uint64_t count = r->args[0].count;
    if (count > HISTORY_BLOCKS_MAX)
        count = HISTORY_BLOCKS_MAX;
    if (count > newest + 1)
        count = newest + 1;
    h.count = (size_t)count;
    h.oldest = newest + 1 - count;
    if (!load_headers(r, &h))
        return false;
    json_open_object(&r->w);
    eth_add_quantity_member(&r->w, "oldestBlock", h.oldest);
    add_fees(&r->w, &h);
    if (h.wants_rewards) {
        json_key(&r->w, "reward");
        json_open_array(&r->w);
        for (size_t i = 0; i < h.count; i++) {
            const struct mm_arena_mark mark = mm_arena_mark(r->arena);
            if (!add_rewards(r, &h, &h.headers[i]))
                return false;
            mm_arena_rewind(r->arena, mark);
        }
        json_close_array(&r->w);
    }
    json_close_object(&r->w);
    return true;
}
