/* What a contract says. */
#include "node/content/follow_internal.h"

mm_err follow_ask(struct follow *follow, bool *has, struct abi_value *values,
                  struct ledger_view *view, const struct ask_question *question)
{
    const struct ask_chain chain = { view, follow->options.natives };
    mm_arena_reset(&follow->arena);
    return ask_contract(&follow->arena, has, values, &chain, question);
}

mm_err follow_ask_uri(struct follow *follow, mm_bytes *uri, struct ledger_view *view,
                      const struct content_token *token)
{
    const mm_u256 number = u256_from_be32(token->token_id.b);
    struct ask_question question = { token->contract, "tokenURI(uint256)", "string",
                                     ABI_VALUES(abi_word(&number)) };
    struct abi_value value;
    bool has;
    *uri = mm_bytes_from(NULL, 0);
    if (token->part == CONTENT_PART_CONTRACT)
        question.signature = "contractURI()";
    else if (token->part != CONTENT_PART_METADATA)
        return MM_OK;
    MM_TRY(follow_ask(follow, &has, &value, view, &question));
    if (has)
        *uri = value.bytes;
    return MM_OK;
}

mm_err follow_ask_stands(struct follow_round *round, bool *stands, const mm_addr *collection,
                         const mm_u256 *token, const mm_u256 *index)
{
    const struct ask_question question = { *collection, "historyEntry(uint256,uint256)",
                                           "bytes32,bool",
                                           ABI_VALUES(abi_word(token), abi_word(index)) };
    struct abi_value values[2];
    MM_TRY(follow_ask(round->follow, stands, values, round->view, &question));
    *stands = *stands && u256_is_zero(&values[1].word);
    return MM_OK;
}

mm_err follow_ask_word(struct follow *follow, bool *has, mm_u256 *word, struct ledger_view *view,
                       const struct follow_question *asked)
{
    const struct ask_question question = { asked->contract, asked->signature, "uint256",
                                           ABI_VALUES(abi_u64(asked->argument)) };
    struct abi_value value = { .word = u256_from_u64(0) };
    MM_TRY(follow_ask(follow, has, &value, view, &question));
    *word = value.word;
    return MM_OK;
}
