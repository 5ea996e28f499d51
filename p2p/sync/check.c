#include "p2p/sync/certified.h"
#include "p2p/sync/sync_internal.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/ordered.h"

/* A transaction pays 21 000 at least, of which EIP-3529 gives back a fifth at most. So the certified gas bounds how many a body may
 * have, before anything is built for them. */
enum { TX_GAS_MIN = 21000 / 5 * 4 };

static const uint8_t EMPTY_LIST_ITEM[1] = { 0xc0 };

static struct certified_rules rules_of(const struct sync *s)
{
    return (struct certified_rules){ &s->options.domain, &s->head.set, s->options.host.check,
                                     s->options.host.ctx };
}

static enum sync_verdict to_verdict(enum certified_verdict verdict)
{
    switch (verdict) {
    case CERTIFIED_OK:
        return SYNC_OK;
    case CERTIFIED_HEADER:
        return SYNC_HEADER;
    case CERTIFIED_NUMBER:
        return SYNC_NUMBER;
    case CERTIFIED_LINK:
        return SYNC_LINK;
    case CERTIFIED_SEALS:
        return SYNC_CERTIFICATE;
    }
    MM_UNREACHABLE();
}

enum sync_verdict sync_check_header(struct sync *s, struct ahead *checked,
                                    const struct sync_frontier *parent,
                                    const struct payload_header *item)
{
    const struct certified_rules rules = rules_of(s);
    const struct certified_parent above = { parent->height, parent->hash, parent->extra };
    struct header header;
    mm_hash32 hash;
    *checked = (struct ahead){ .body_len = 0 };
    const enum sync_verdict verdict =
        to_verdict(certified_check(&header, &hash, &rules, &above, item));
    if (verdict != SYNC_OK)
        return verdict;
    checked->hash = hash;
    checked->tx_root = header.tx_root;
    checked->gas_used = header.gas_used;
    memcpy(checked->extra.b, header.extra, MM_EXTRA_BYTES);
    return SYNC_OK;
}

bool sync_is_sealed(struct sync *s, const struct payload_header *item)
{
    const struct certified_rules rules = rules_of(s);
    struct header header;
    if (!certified_read(&header, item->header) || header.number != s->head.height + 1)
        return false;
    const mm_hash32 hash = keccak256(item->header);
    return certified_is_sealed(&rules, item->certificate, &s->commitment, header.number, &hash);
}

/* ---- bodies ---- */

static bool is_empty_list(mm_bytes item)
{
    return mm_bytes_equal(item, MM_BYTES_OF(EMPTY_LIST_ITEM));
}

/* What the trie of transactions has: a legacy transaction as it stands, of a typed one what is in its string. */
static bool read_items(mm_bytes *items, size_t count, struct rlp at)
{
    for (size_t i = 0; i < count; i++) {
        items[i] = rlp_next_is_list(&at) ? rlp_read_raw(&at) : rlp_read_string(&at, SIZE_MAX);
        if (items[i].len == 0)
            return false;
    }
    return rlp_finish(&at) == RLP_OK;
}

static bool check_txs(struct sync *s, enum sync_verdict *verdict, const struct ahead *block,
                      struct rlp txs)
{
    mm_hash32 root;
    const size_t count = rlp_count(txs);
    if (count > block->gas_used / TX_GAS_MIN)
        return true;
    mm_bytes *items = MM_ARENA_ARRAY(&s->arena, mm_bytes, count);
    if (items == NULL)
        return false;
    if (!read_items(items, count, txs))
        return true;
    if (trie_ordered_root(&s->arena, &root, items, count) != MM_OK)
        return false;
    if (mm_hash_equal(&root, &block->tx_root))
        *verdict = SYNC_OK;
    return true;
}

bool sync_check_body(struct sync *s, enum sync_verdict *verdict, const struct ahead *block,
                     mm_bytes body)
{
    struct rlp outer = rlp_over(body);
    struct rlp parts = rlp_read_list(&outer);
    *verdict = SYNC_BODY;
    const struct rlp txs = rlp_read_list(&parts);
    const mm_bytes ommers = rlp_read_raw(&parts);
    const mm_bytes withdrawals = rlp_read_raw(&parts);
    (void)rlp_join(&outer, &parts);
    if (rlp_finish(&outer) != RLP_OK || !is_empty_list(ommers) || !is_empty_list(withdrawals))
        return true;
    const bool has_memory = check_txs(s, verdict, block, txs);
    mm_arena_reset(&s->arena);
    return has_memory;
}
