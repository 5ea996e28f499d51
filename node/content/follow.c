#include "node/content/follow.h"

#include "contracts-native/ainft/history_log.h"
#include "node/content/follow_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { ARENA_BYTES_MAX = 64 << 20 };

struct follow *follow_new(const struct follow_options *options)
{
    struct follow *follow = mm_heap_zeroed(1, sizeof *follow);
    if (follow == NULL)
        return NULL;
    follow->options = *options;
    mm_arena_init(&follow->arena, ARENA_BYTES_MAX);
    const bool parsed =
        abi_signature_parse(&follow->transfer,
                            "Transfer(address indexed,address indexed,uint256 indexed)") &&
        abi_signature_parse(&follow->update, "MetadataUpdate(uint256)") &&
        abi_signature_parse(&follow->updates, "BatchMetadataUpdate(uint256,uint256)");
    MM_ASSERT(parsed);
    return follow;
}

void follow_free(struct follow *follow)
{
    if (follow == NULL)
        return;
    mm_arena_fini(&follow->arena);
    mm_heap_free(follow);
}

/* ---- tokens ---- */

mm_err follow_set_token(struct follow_round *round, const struct content_token *token)
{
    mm_bytes uri;
    MM_TRY(follow_ask_uri(round->follow, &uri, round->view, token));
    const mm_err err = needs_set_token(round->follow->options.content, token, uri, round->now_ms);
    return err == MM_ERR_INVALID ? MM_OK : err; /* a hash that is not computed here */
}

static mm_err hear_token(struct follow_round *round, const struct content_token *token)
{
    if (round->has_last && memcmp(&round->last, token, sizeof *token) == 0)
        return MM_OK;
    round->has_last = true;
    round->last = *token;
    return follow_set_token(round, token);
}

/* The tokens of a contract that are known, from one number to another. */
static mm_err hear_known(struct follow_round *round, const struct content_token *from,
                         const mm_u256 *to)
{
    struct content *content = round->follow->options.content;
    struct content_tokens *tokens = content_tokens_new(content, CONTENT_TOKENS_ALL, from);
    if (tokens == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = hear_token(round, from);
    struct content_token token;
    while (err == MM_OK && (err = content_tokens_next(tokens, &token)) == MM_OK) {
        const mm_u256 id = u256_from_be32(token.token_id.b);
        if (!mm_addr_equal(&token.contract, &from->contract) || u256_compare(&id, to) > 0)
            break;
        err = follow_set_token(round, &token);
    }
    content_tokens_free(tokens);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err hear_range(struct follow_round *round, const struct log *log)
{
    struct abi_value ends[2];
    struct content_token token = { .contract = log->addr };
    mm_u256 count;
    if (abi_decode(ends, log->data, round->follow->updates.types, 2, ABI_MEMORY) != ABI_OK ||
        !u256_sub(&count, &ends[1].word, &ends[0].word))
        return MM_OK;
    if (!u256_fits_u64(&count) || count.limb[0] >= FOLLOW_RANGE_MAX) {
        u256_to_be32(token.token_id.b, &ends[0].word);
        return hear_known(round, &token, &ends[1].word);
    }
    mm_u256 id = ends[0].word;
    const mm_u256 one = u256_from_u64(1);
    for (uint64_t i = 0; i <= count.limb[0]; i++) {
        u256_to_be32(token.token_id.b, &id);
        MM_TRY(hear_token(round, &token));
        if (!u256_add(&id, &id, &one))
            break;
    }
    return MM_OK;
}

static bool is_nobody(const mm_hash32 *topic)
{
    static const mm_hash32 zero = { { 0 } };
    return memcmp(topic, &zero, sizeof zero) == 0;
}

static mm_err hear_log(void *ctx, const struct log_hit *hit)
{
    struct follow_round *round = ctx;
    const struct follow *follow = round->follow;
    const struct log *log = &hit->log;
    struct content_token token = { .contract = log->addr };
    if (follow_is_redaction(log))
        return follow_hear_redaction(round, log);
    if (log->topic_count == 4 && mm_hash_equal(&log->topics[0], &follow->transfer.hash)) {
        if (!is_nobody(&log->topics[1]) && !is_nobody(&log->topics[2]))
            return MM_OK;
        token.token_id = log->topics[3];
        return hear_token(round, &token);
    }
    if (mm_hash_equal(&log->topics[0], &follow->updates.hash))
        return hear_range(round, log);
    if (log->data.len != ABI_WORD)
        return MM_OK; /* a Transfer of an ERC-20, say */
    memcpy(token.token_id.b, log->data.ptr, ABI_WORD);
    return hear_token(round, &token);
}

/* ---- blocks ---- */

static mm_err put_place(const struct follow_round *round, uint64_t block_num)
{
    const struct follow_options *options = &round->follow->options;
    struct content_follow place = { .genesis = ledger_genesis_hash(options->ledger),
                                    .block_num = block_num };
    uint64_t timestamp;
    MM_TRY(ledger_stamp(round->view, &place.block, &timestamp, block_num));
    return content_follow_put(options->content, &place);
}

/* Whether the chain still has the block that was followed last. */
static mm_err is_on_chain(const struct follow_round *round, bool *is_on,
                          const struct content_follow *place)
{
    const mm_hash32 genesis = ledger_genesis_hash(round->follow->options.ledger);
    mm_hash32 hash;
    uint64_t timestamp;
    *is_on =
        mm_hash_equal(&genesis, &place->genesis) && place->block_num <= ledger_head(round->view);
    if (!*is_on)
        return MM_OK;
    MM_TRY(ledger_stamp(round->view, &hash, &timestamp, place->block_num));
    *is_on = mm_hash_equal(&hash, &place->block);
    return MM_OK;
}

/* What logs do not say, then the beginning of the chain is what was followed. */
static mm_err read_beginning(struct follow_round *round)
{
    struct follow *follow = round->follow;
    const uint64_t begins = ledger_begins(follow->options.ledger);
    bool is_over = begins == 0;
    if (begins > 0)
        MM_TRY(follow_read_state(round, &is_over));
    if (!is_over)
        return MM_OK;
    MM_TRY(put_place(round, begins));
    follow->is_reading = false;
    return MM_OK;
}

/* Every token that is known, against this chain; then from its beginning. */
static mm_err ask_again(struct follow_round *round)
{
    struct follow *follow = round->follow;
    struct content_tokens *tokens = content_tokens_new(follow->options.content, CONTENT_TOKENS_ALL,
                                                       follow->has_asked ? &follow->asked : NULL);
    if (tokens == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (size_t i = 0; err == MM_OK && i < FOLLOW_TOKENS_A_STEP; i++) {
        err = content_tokens_next(tokens, &follow->asked);
        if (err == MM_OK) {
            follow->has_asked = true;
            err = follow_set_token(round, &follow->asked);
        }
    }
    content_tokens_free(tokens);
    if (err != MM_ERR_NOT_FOUND)
        return err;
    follow->is_asking = false;
    follow->has_asked = false;
    follow->is_reading = true;
    follow->reading = (struct follow_reading){ .account = 0 };
    return read_beginning(round);
}

static mm_err read_blocks(struct follow_round *round, uint64_t from, bool *is_over)
{
    const struct follow *follow = round->follow;
    const uint64_t head = ledger_head(round->view);
    *is_over = from > head;
    if (*is_over)
        return MM_OK;
    const mm_hash32 topics[] = { follow->transfer.hash, follow->update.hash, follow->updates.hash,
                                 history_log_redacted() };
    struct log_filter filter = { .from_block = from, .to_block = head, .topic_count = 1 };
    if (head - from >= FOLLOW_BLOCKS_A_STEP)
        filter.to_block = from + FOLLOW_BLOCKS_A_STEP - 1;
    filter.topics[0].any_of = topics;
    filter.topics[0].count = MM_COUNT_OF(topics);
    MM_TRY(ledger_logs(round->view, &filter, hear_log, round));
    return put_place(round, filter.to_block);
}

static mm_err step(struct follow_round *round, bool *is_over)
{
    struct follow *follow = round->follow;
    struct content_follow place;
    const mm_err found = content_follow_get(follow->options.content, &place);
    if (found != MM_OK && found != MM_ERR_NOT_FOUND)
        return found;
    bool is_on = false;
    if (found == MM_OK)
        MM_TRY(is_on_chain(round, &is_on, &place));
    if (follow->is_reading)
        return read_beginning(round);
    if (!follow->is_asking && is_on)
        return read_blocks(round, place.block_num + 1, is_over);
    follow->is_asking = true;
    return ask_again(round);
}

mm_err follow_step(struct follow *follow, uint64_t now_ms, bool *is_over)
{
    *is_over = false;
    struct follow_round round = { .follow = follow,
                                  .view = ledger_acquire(follow->options.ledger),
                                  .now_ms = now_ms };
    const mm_err err = step(&round, is_over);
    ledger_release(round.view);
    return err;
}
