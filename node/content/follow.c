#include "node/content/follow.h"

#include "node/content/follow_internal.h"
#include "state/base/heap.h"

enum { ARENA_BYTES_MAX = 64 << 20 };

struct follow *follow_new(const struct follow_options *options)
{
    struct follow *follow = mm_heap_zeroed(1, sizeof *follow);
    if (follow == NULL)
        return NULL;
    follow->options = *options;
    mm_arena_init(&follow->arena, ARENA_BYTES_MAX);
    follow_init_events(&follow->events);
    return follow;
}

void follow_free(struct follow *follow)
{
    if (follow == NULL)
        return;
    mm_arena_fini(&follow->arena);
    mm_heap_free(follow);
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
    struct log_filter filter = { .from_block = from, .to_block = head, .topic_count = 1 };
    if (head - from >= FOLLOW_BLOCKS_A_STEP)
        filter.to_block = from + FOLLOW_BLOCKS_A_STEP - 1;
    filter.topics[0].any_of = follow->events.topics;
    filter.topics[0].count = FOLLOW_EVENTS;
    MM_TRY(ledger_logs(round->view, &filter, follow_hear, round));
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
