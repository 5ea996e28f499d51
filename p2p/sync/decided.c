/* A block that comes by itself: [[header, transactions, ommers, withdrawals], certificate]. */
#include "p2p/sync/sync_internal.h"
#include "state/chain/header.h"
#include "state/crypto/keccak.h"

struct decided {
    struct payload_header sealed;
    mm_bytes lists; /* the items of its body */
    uint64_t number;
};

static mm_bytes read_list_item(struct rlp *at)
{
    if (rlp_more(at) && !rlp_next_is_list(at))
        rlp_refuse(at, RLP_NOT_A_LIST);
    return rlp_read_raw(at);
}

static bool decode(struct decided *decided, mm_bytes payload)
{
    struct header header;
    struct rlp outer = rlp_over(payload);
    struct rlp list = rlp_read_list(&outer);
    struct rlp block = rlp_read_list(&list);
    decided->sealed.header = read_list_item(&block);
    const size_t lists_at = block.at;
    for (size_t i = 0; i < 3; i++)
        (void)read_list_item(&block);
    if (block.verdict == RLP_OK) /* else there may be nothing to point into */
        decided->lists = mm_bytes_from(block.in.ptr + lists_at, block.at - lists_at);
    (void)rlp_join(&list, &block);
    decided->sealed.certificate = read_list_item(&list);
    (void)rlp_join(&outer, &list);
    if (rlp_finish(&outer) != RLP_OK)
        return false;
    struct rlp at = rlp_over(decided->sealed.header);
    header_read(&at, &header);
    decided->number = header.number;
    return rlp_finish(&at) == RLP_OK;
}

static mm_bytes body_of(struct sync *s, const struct decided *decided)
{
    mm_buf_reset(&s->part);
    rlp_add_list_header(&s->part, decided->lists.len);
    mm_buf_add(&s->part, decided->lists);
    return mm_buf_err(&s->part) == MM_OK ? mm_buf_bytes(&s->part) : (mm_bytes){ NULL, 0 };
}

/* Its header is certified: the body alone is left to be looked at. */
static enum sync_verdict take_body(struct sync *s, const struct decided *decided)
{
    const struct ahead *block = sync_at(s, decided->number);
    const mm_bytes body = body_of(s, decided);
    enum sync_verdict verdict;
    if (block->body != NULL || body.len == 0 || !sync_check_body(s, &verdict, block, body))
        return SYNC_OK;
    if (verdict == SYNC_OK)
        sync_keep_body(s, decided->number, body);
    return verdict;
}

/* The window has a block of this height. */
static enum sync_verdict take_expected(struct sync *s, const struct decided *decided)
{
    const mm_hash32 hash = keccak256(decided->sealed.header);
    if (mm_hash_equal(&hash, &sync_at(s, decided->number)->hash))
        return take_body(s, decided);
    if (!sync_is_sealed(s, &decided->sealed))
        return SYNC_CERTIFICATE;
    sync_get_stuck(s, "a quorum sealed two blocks of one height");
    return SYNC_OK;
}

static enum sync_verdict take_next(struct sync *s, const struct decided *decided)
{
    const struct sync_frontier parent = { s->head.height, s->head.hash, s->commitment };
    struct ahead checked;
    if (s->is_void || sync_is_overtaken(s))
        return SYNC_OK;
    if (sync_is_in_window(s, decided->number))
        return take_expected(s, decided);
    const enum sync_verdict verdict = sync_check_header(s, &checked, &parent, &decided->sealed);
    if (verdict == SYNC_LINK && sync_is_sealed(s, &decided->sealed)) {
        sync_get_stuck(s, "a quorum sealed a block that does not follow the head");
        return SYNC_OK;
    }
    if (verdict != SYNC_OK)
        return verdict;
    if (s->count == SYNC_WINDOW_MAX) /* of what the head has gone past, and an import still reads */
        return SYNC_OK;
    if (!sync_push(s, decided->number, &checked, decided->sealed.header,
                   decided->sealed.certificate))
        return SYNC_OK;
    return take_body(s, decided);
}

void sync_take_decided(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct peer *peer = &s->peers[slot];
    struct decided decided;
    if (!decode(&decided, payload)) {
        sync_misbehaved(s, slot, SYNC_FRAME, now_ms);
        return;
    }
    if (decided.number > peer->claimed)
        peer->claimed = decided.number;
    if (!s->has_head || s->is_stuck || decided.number != s->head.height + 1)
        return;
    const enum sync_verdict verdict = take_next(s, &decided);
    if (verdict != SYNC_OK)
        sync_misbehaved(s, slot, verdict, now_ms);
}
