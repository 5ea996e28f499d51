/* What a log says of tokens and contracts. */
#include "contracts-native/abi/dispatch.h"
#include "node/content/follow_internal.h"
#include "state/base/assert.h"

void follow_init_events(struct follow_events *events)
{
    static const struct {
        enum follow_event event;
        const char *text;
    } TEXTS[] = {
        { FOLLOW_TRANSFER, "Transfer(address indexed,address indexed,uint256 indexed)" },
        { FOLLOW_UPDATE, "MetadataUpdate(uint256)" },
        { FOLLOW_UPDATES, "BatchMetadataUpdate(uint256,uint256)" },
        { FOLLOW_CONTRACT, "ContractURIUpdated()" },
        { FOLLOW_CREATED, "CollectionCreated(address indexed,address indexed,address,address,"
                          "string,string)" },
        { FOLLOW_SPECIFICATION, "SpecificationUpdated(uint256 indexed,uint64 indexed,"
                                "address indexed,string,bytes32)" },
        { FOLLOW_ENTRY, "HistoryAppended(uint256 indexed,bytes32 indexed,address indexed,uint256,"
                        "address,uint8,uint32,bytes32,bytes,bytes32)" },
        { FOLLOW_REDACTED, "HistoryRedacted(uint256 indexed,uint256 indexed,address indexed,"
                           "bytes32)" },
    };
    _Static_assert(MM_COUNT_OF(TEXTS) == FOLLOW_EVENTS, "each event has its text");
    for (size_t i = 0; i < MM_COUNT_OF(TEXTS); i++) {
        const enum follow_event event = TEXTS[i].event;
        abi_signature_init(&events->signatures[event], TEXTS[i].text);
        events->topics[event] = events->signatures[event].hash;
    }
}

/* ---- a token, a contract ---- */

mm_err follow_set_uri(struct follow_round *round, const struct content_token *token, mm_bytes uri)
{
    struct content *content = round->follow->options.content;
    const mm_err err = needs_set_token(content, token, uri, round->now_ms);
    if (err != MM_OK)
        return err == MM_ERR_INVALID ? MM_OK : err; /* a hash that is not computed here */
    /* What was stored here, and then minted, is there: nobody needs to look for it. */
    return uri.len == 0 ? MM_OK : needs_read_if_whole(content, token);
}

mm_err follow_set_token(struct follow_round *round, const struct content_token *token)
{
    mm_bytes uri;
    MM_TRY(follow_ask_uri(round->follow, &uri, round->view, token));
    return follow_set_uri(round, token, uri);
}

mm_err follow_set_contract(struct follow_round *round, const mm_addr *contract)
{
    return follow_set_token(
        round, &(struct content_token){ .contract = *contract, .part = CONTENT_PART_CONTRACT });
}

static mm_err hear_token(struct follow_round *round, const struct content_token *token)
{
    if (round->has_last && mm_addr_equal(&round->last.contract, &token->contract) &&
        mm_hash_equal(&round->last.token_id, &token->token_id))
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
        if (token.part == CONTENT_PART_METADATA)
            err = follow_set_token(round, &token);
    }
    content_tokens_free(tokens);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err hear_range(struct follow_round *round, const struct log *log)
{
    const struct abi_signature *updates = &round->follow->events.signatures[FOLLOW_UPDATES];
    struct abi_value ends[2];
    struct content_token token = { .contract = log->addr };
    mm_u256 count;
    if (abi_decode(ends, log->data, updates->types, 2, ABI_MEMORY) != ABI_OK ||
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

static mm_err hear_transfer(struct follow_round *round, const struct log *log)
{
    const struct content_token token = { .contract = log->addr, .token_id = log->topics[3] };
    if (!is_nobody(&log->topics[1]) && !is_nobody(&log->topics[2]))
        return MM_OK;
    MM_TRY(hear_token(round, &token));
    return is_nobody(&log->topics[2]) ? follow_drop_parts(round, &token) : MM_OK;
}

static mm_err hear_update(struct follow_round *round, const struct log *log)
{
    struct content_token token = { .contract = log->addr };
    if (log->data.len != ABI_WORD)
        return MM_OK;
    memcpy(token.token_id.b, log->data.ptr, ABI_WORD);
    return hear_token(round, &token);
}

/* ---- any log ---- */

/* What the log is; FOLLOW_EVENTS: none of these, or not as the event is (an ERC-20 has a Transfer, too). */
static enum follow_event event_of(const struct follow_events *events, const struct log *log)
{
    static const size_t TOPICS[FOLLOW_EVENTS] = {
        [FOLLOW_TRANSFER] = 4, [FOLLOW_UPDATE] = 1,   [FOLLOW_UPDATES] = 1,
        [FOLLOW_CONTRACT] = 1, [FOLLOW_CREATED] = 3,  [FOLLOW_SPECIFICATION] = 4,
        [FOLLOW_ENTRY] = 4,    [FOLLOW_REDACTED] = 4,
    };
    for (size_t i = 0; i < FOLLOW_EVENTS; i++) {
        if (mm_hash_equal(&log->topics[0], &events->topics[i]))
            return log->topic_count == TOPICS[i] ? (enum follow_event)i : FOLLOW_EVENTS;
    }
    return FOLLOW_EVENTS;
}

mm_err follow_hear(void *ctx, const struct log_hit *hit)
{
    struct follow_round *round = ctx;
    const struct log *log = &hit->log;
    switch (event_of(&round->follow->events, log)) {
    case FOLLOW_TRANSFER:
        return hear_transfer(round, log);
    case FOLLOW_UPDATE:
        return hear_update(round, log);
    case FOLLOW_UPDATES:
        return hear_range(round, log);
    case FOLLOW_CONTRACT:
        return follow_set_contract(round, &log->addr);
    case FOLLOW_CREATED: {
        const mm_u256 word = u256_from_be32(log->topics[1].b);
        const mm_addr made = u256_to_addr(&word);
        return follow_set_contract(round, &made);
    }
    case FOLLOW_SPECIFICATION:
        return follow_hear_specification(round, log);
    case FOLLOW_ENTRY:
        return follow_hear_entry(round, log);
    case FOLLOW_REDACTED:
        MM_TRY(follow_hear_redacted(round, log));
        return follow_hear_redaction(round, log);
    case FOLLOW_EVENTS:
        return MM_OK;
    }
    MM_UNREACHABLE();
}
