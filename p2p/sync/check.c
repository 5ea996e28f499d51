#include "p2p/sync/sync_internal.h"
#include "state/chain/header.h"
#include "state/crypto/keccak.h"
#include "state/trie/ordered.h"

/* A transaction pays 21 000 at least, of which EIP-3529 gives back a fifth at most. So the certified gas bounds how many a body may
 * have, before anything is built for them. */
enum { TX_GAS_MIN = 21000 / 5 * 4 };

static const uint8_t EMPTY_LIST_ITEM[1] = { 0xc0 };

static bool read_header(struct header *header, mm_bytes item)
{
    struct rlp at = rlp_over(item);
    header_read(&at, header);
    return rlp_finish(&at) == RLP_OK && header->field_count == HEADER_FIELDS_CANCUN &&
           header->extra_len == MM_EXTRA_BYTES;
}

static bool is_certified(struct sync *s, mm_bytes item, const mm_hash32 *commitment,
                         uint64_t height, const mm_hash32 *hash)
{
    const struct sync_host *host = &s->options.host;
    struct certificate certificate;
    struct rlp at = rlp_over(item);
    certificate_read(&at, &certificate);
    if (rlp_finish(&at) != RLP_OK)
        return false;
    const enum certificate_verdict verdict =
        host->check == NULL ? certificate_check(&certificate, &s->options.domain, &s->head.set,
                                                commitment, height, hash)
                            : host->check(host->ctx, &certificate, &s->options.domain, &s->head.set,
                                          commitment, height, hash);
    return verdict == CERTIFICATE_OK;
}

enum sync_verdict sync_check_header(struct sync *s, struct ahead *checked,
                                    const struct sync_frontier *parent,
                                    const struct payload_header *item)
{
    struct header header;
    *checked = (struct ahead){ .body_len = 0 };
    if (!read_header(&header, item->header))
        return SYNC_HEADER;
    if (header.number != parent->height + 1)
        return SYNC_NUMBER;
    if (!mm_hash_equal(&header.parent_hash, &parent->hash))
        return SYNC_LINK;
    /* The encoding is canonical: these bytes are the ones that are hashed. */
    const mm_hash32 hash = keccak256(item->header);
    if (!is_certified(s, item->certificate, &parent->extra, header.number, &hash))
        return SYNC_CERTIFICATE;
    checked->hash = hash;
    checked->tx_root = header.tx_root;
    checked->gas_used = header.gas_used;
    memcpy(checked->extra.b, header.extra, MM_EXTRA_BYTES);
    return SYNC_OK;
}

bool sync_is_sealed(struct sync *s, const struct payload_header *item)
{
    struct header header;
    if (!read_header(&header, item->header) || header.number != s->head.height + 1)
        return false;
    const mm_hash32 hash = keccak256(item->header);
    return is_certified(s, item->certificate, &s->commitment, header.number, &hash);
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
