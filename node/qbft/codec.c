#include "node/qbft/message_internal.h"
#include "state/base/assert.h"

/* ---- parts ---- */

static void add_signature(struct mm_buf *buf, const struct secp_signature *signature)
{
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    secp_signature_to_bytes(bytes, signature);
    rlp_add_string(buf, MM_BYTES_OF(bytes));
}

static struct secp_signature read_signature(struct rlp *r)
{
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    struct secp_signature signature = { .parity = 0 };
    rlp_read_fixed(r, bytes, sizeof bytes);
    if (r->verdict == RLP_OK && !secp_signature_from_bytes(&signature, bytes))
        rlp_refuse(r, RLP_TOO_LARGE); /* the parity byte is above 1 */
    return signature;
}

void qbft_vote_encode(struct mm_buf *buf, const struct qbft_vote *vote)
{
    const size_t both = rlp_open_list(buf);
    const size_t payload = rlp_open_list(buf);
    rlp_add_u64(buf, vote->height);
    rlp_add_u64(buf, vote->round);
    rlp_add_hash(buf, &vote->digest);
    rlp_close_list(buf, payload);
    add_signature(buf, &vote->signature);
    rlp_close_list(buf, both);
}

void qbft_vote_read(struct rlp *r, struct qbft_vote *vote)
{
    *vote = (struct qbft_vote){ .height = 0 };
    struct rlp both = rlp_read_list(r);
    struct rlp payload = rlp_read_list(&both);
    vote->height = rlp_read_u64(&payload);
    vote->round = rlp_read_u64(&payload);
    vote->digest = rlp_read_hash(&payload);
    (void)rlp_join(&both, &payload);
    vote->signature = read_signature(&both);
    (void)rlp_join(r, &both);
}

void qbft_votes_encode(struct mm_buf *buf, const struct qbft_votes *votes)
{
    const size_t list = rlp_open_list(buf);
    for (size_t i = 0; i < votes->count; i++)
        qbft_vote_encode(buf, &votes->items[i]);
    rlp_close_list(buf, list);
}

void qbft_votes_read(struct rlp *r, struct qbft_votes *votes)
{
    struct rlp list = rlp_read_list(r);
    votes->count = 0;
    while (rlp_more(&list) && votes->count < MM_VALIDATORS_MAX)
        qbft_vote_read(&list, &votes->items[votes->count++]);
    (void)rlp_join(r, &list); /* RLP_TRAILING when there are more votes than validators */
}

void qbft_change_payload(struct mm_buf *buf, const struct qbft_change *change)
{
    const size_t payload = rlp_open_list(buf);
    rlp_add_u64(buf, change->height);
    rlp_add_u64(buf, change->round);
    const size_t prepared = rlp_open_list(buf);
    if (change->is_prepared) {
        rlp_add_u64(buf, change->prepared_round);
        rlp_add_hash(buf, &change->prepared_digest);
    }
    rlp_close_list(buf, prepared);
    rlp_close_list(buf, payload);
}

void qbft_change_encode(struct mm_buf *buf, const struct qbft_change *change)
{
    const size_t both = rlp_open_list(buf);
    qbft_change_payload(buf, change);
    add_signature(buf, &change->signature);
    rlp_close_list(buf, both);
}

void qbft_change_read(struct rlp *r, struct qbft_change *change)
{
    *change = (struct qbft_change){ .height = 0 };
    struct rlp both = rlp_read_list(r);
    struct rlp payload = rlp_read_list(&both);
    change->height = rlp_read_u64(&payload);
    change->round = rlp_read_u64(&payload);
    struct rlp prepared = rlp_read_list(&payload);
    change->is_prepared = rlp_more(&prepared);
    if (change->is_prepared) {
        change->prepared_round = rlp_read_u64(&prepared);
        change->prepared_digest = rlp_read_hash(&prepared);
    }
    (void)rlp_join(&payload, &prepared);
    (void)rlp_join(&both, &payload);
    change->signature = read_signature(&both);
    (void)rlp_join(r, &both);
}

void qbft_changes_encode(struct mm_buf *buf, const struct qbft_message *proposal)
{
    const size_t list = rlp_open_list(buf);
    for (size_t i = 0; i < proposal->change_count; i++)
        qbft_change_encode(buf, &proposal->changes[i]);
    rlp_close_list(buf, list);
}

void qbft_changes_read(struct rlp *r, struct qbft_message *proposal)
{
    struct rlp list = rlp_read_list(r);
    while (rlp_more(&list) && proposal->change_count < MM_VALIDATORS_MAX)
        qbft_change_read(&list, &proposal->changes[proposal->change_count++]);
    (void)rlp_join(r, &list);
}

/* False: no memory; a refusal is in the cursor. */
static bool read_block(struct rlp *r, struct qbft_message *message)
{
    enum rlp_verdict verdict = RLP_OK;
    if (!rlp_next_is_list(r)) {
        rlp_refuse(r, rlp_more(r) ? RLP_NOT_A_LIST : RLP_MISSING);
        return true;
    }
    const mm_bytes raw = rlp_read_raw(r);
    if (r->verdict != RLP_OK || qbft_block_new(&message->block, raw, &verdict))
        return true;
    rlp_refuse(r, verdict);
    return verdict != RLP_OK;
}

static void add_block(struct mm_buf *buf, const struct qbft_block *block)
{
    if (block != NULL)
        mm_buf_add(buf, mm_bytes_from(block->bytes, block->len));
    else
        rlp_add_list_header(buf, 0);
}

/* ---- messages ---- */

static bool read_proposal(struct rlp *list, struct qbft_message *message)
{
    qbft_vote_read(list, &message->vote);
    const bool has_memory = read_block(list, message);
    qbft_changes_read(list, message);
    qbft_votes_read(list, &message->prepares);
    return has_memory;
}

static bool read_round_change(struct rlp *list, struct qbft_message *message)
{
    bool has_memory = true;
    qbft_change_read(list, &message->change);
    struct rlp look = *list;
    struct rlp block = rlp_read_list(&look);
    if (look.verdict == RLP_OK && !rlp_more(&block))
        *list = look; /* [] */
    else
        has_memory = read_block(list, message);
    qbft_votes_read(list, &message->prepares);
    return has_memory;
}

static bool read_decided(struct rlp *list, struct qbft_message *message)
{
    const bool has_memory = read_block(list, message);
    certificate_read(list, &message->certificate);
    return has_memory;
}

static bool read_message(struct rlp *outer, struct qbft_message *message)
{
    bool has_memory = true;
    if (message->code == QBFT_PREPARE || message->code == QBFT_COMMIT) {
        qbft_vote_read(outer, &message->vote);
        return true;
    }
    struct rlp list = rlp_read_list(outer);
    if (message->code == QBFT_PROPOSAL)
        has_memory = read_proposal(&list, message);
    else if (message->code == QBFT_ROUND_CHANGE)
        has_memory = read_round_change(&list, message);
    else if (message->code == QBFT_DECIDED)
        has_memory = read_decided(&list, message);
    else
        rlp_refuse(&list, RLP_TOO_LARGE);
    (void)rlp_join(outer, &list);
    return has_memory;
}

bool qbft_message_decode(struct qbft_message *message, unsigned code, mm_bytes encoded,
                         enum rlp_verdict *verdict)
{
    struct rlp outer = rlp_over(encoded);
    *message = (struct qbft_message){ .code = code };
    const bool has_memory = read_message(&outer, message);
    *verdict = has_memory ? rlp_finish(&outer) : RLP_OK;
    if (has_memory && *verdict == RLP_OK)
        return true;
    qbft_message_fini(message);
    *message = (struct qbft_message){ .code = code };
    return false;
}

void qbft_message_encode(struct mm_buf *buf, const struct qbft_message *message)
{
    if (message->code == QBFT_PREPARE || message->code == QBFT_COMMIT) {
        qbft_vote_encode(buf, &message->vote);
        return;
    }
    const size_t list = rlp_open_list(buf);
    if (message->code == QBFT_PROPOSAL) {
        qbft_vote_encode(buf, &message->vote);
        add_block(buf, message->block);
        qbft_changes_encode(buf, message);
        qbft_votes_encode(buf, &message->prepares);
    } else if (message->code == QBFT_ROUND_CHANGE) {
        qbft_change_encode(buf, &message->change);
        add_block(buf, message->block);
        qbft_votes_encode(buf, &message->prepares);
    } else {
        MM_ASSERT(message->code == QBFT_DECIDED && message->block != NULL);
        add_block(buf, message->block);
        certificate_encode(buf, &message->certificate);
    }
    rlp_close_list(buf, list);
}
