/* The parts of an AINFT's proven past that stand in its logs alone: every version of its specification, and the entries of its history
 * that are CIDs. The state has their hashes; without the files nobody can show what the hashes are of. */
#include <stdio.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "contracts-native/ainft/history_log.h"
#include "node/content/follow_internal.h"

/* False: it is a number that no contract gives. */
static bool set_number(struct content_token *part, const mm_hash32 *word)
{
    const mm_u256 number = u256_from_be32(word->b);
    part->number = number.limb[0];
    return u256_fits_u64(&number);
}

/* The arguments of an event that are not topics. */
static bool decode_data(struct abi_value *values, const struct log *log, const char *types)
{
    struct abi_signature data;
    abi_signature_init(&data, types);
    return abi_decode(values, log->data, data.types, data.count, ABI_MEMORY) == ABI_OK;
}

mm_err follow_hear_specification(struct follow_round *round, const struct log *log)
{
    struct content_token part = { .contract = log->addr,
                                  .token_id = log->topics[1],
                                  .part = CONTENT_PART_SPECIFICATION };
    struct abi_value values[2];
    if (!set_number(&part, &log->topics[2]) || !decode_data(values, log, "string,bytes32"))
        return MM_OK;
    return follow_set_uri(round, &part, values[0].bytes);
}

mm_err follow_ask_specification(struct follow_round *round, const struct content_token *token)
{
    const mm_u256 id = u256_from_be32(token->token_id.b);
    const struct ask_question question = { token->contract, "specification(uint256)",
                                           "string,bytes32,uint64,uint64",
                                           ABI_VALUES(abi_word(&id)) };
    struct content_token part = *token;
    struct abi_value values[4];
    bool has;
    MM_TRY(follow_ask(round->follow, &has, values, round->view, &question));
    if (!has || values[2].word.limb[0] == 0)
        return MM_OK;
    part.part = CONTENT_PART_SPECIFICATION;
    part.number = values[2].word.limb[0];
    return follow_set_uri(round, &part, values[0].bytes);
}

mm_err follow_hear_entry(struct follow_round *round, const struct log *log)
{
    struct content_token part = { .contract = log->addr,
                                  .token_id = log->topics[1],
                                  .part = CONTENT_PART_ENTRY };
    struct history_appended entry;
    struct cid cid;
    char uri[8 + CID_TEXT_MAX] = "ipfs://";
    if (!history_log_read(&entry, log->topics, log->topic_count, log->data) ||
        !u256_fits_u64(&entry.index))
        return MM_OK;
    part.number = entry.index.limb[0];
    bool is_named = entry.form == AINFT_CID && cid_decode(&cid, entry.content) == CID_OK;
    if (is_named)
        MM_TRY(follow_ask_stands(round, &is_named, &log->addr, &entry.token, &entry.index));
    if (is_named)
        (void)cid_to_text(uri + strlen(uri), &cid, MULTIBASE_BASE32);
    return follow_set_uri(round, &part, mm_bytes_str(uri));
}

mm_err follow_hear_redacted(struct follow_round *round, const struct log *log)
{
    struct content_token part = { .contract = log->addr,
                                  .token_id = log->topics[1],
                                  .part = CONTENT_PART_ENTRY };
    if (!set_number(&part, &log->topics[2]))
        return MM_OK;
    return content_token_put(round->follow->options.content, &part, NULL, 0); /* without grace */
}

mm_err follow_drop_parts(struct follow_round *round, const struct content_token *token)
{
    struct content_tokens *tokens =
        content_tokens_new(round->follow->options.content, CONTENT_TOKENS_ALL, token);
    if (tokens == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_token part;
    mm_err err;
    while ((err = content_tokens_next(tokens, &part)) == MM_OK) {
        if (!mm_addr_equal(&part.contract, &token->contract) ||
            !mm_hash_equal(&part.token_id, &token->token_id))
            break;
        if (part.part != CONTENT_PART_CONTRACT)
            err = follow_set_uri(round, &part, mm_bytes_from(NULL, 0));
        if (err != MM_OK)
            break;
    }
    content_tokens_free(tokens);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}
