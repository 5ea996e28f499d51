/* What a contract says. */
#include "node/content/follow_internal.h"
#include "state/base/assert.h"
#include "state/exec/transition.h"

static mm_err call(struct follow *follow, struct exec_outcome *outcome, struct ledger_state *state,
                   const struct exec_message *message)
{
    const struct header *head = ledger_head_header(state->view);
    const struct exec_view view = ledger_exec_view(state);
    const struct exec_block block = {
        .number = head->number,
        .timestamp = head->timestamp,
        .gas_limit = head->gas_limit,
        .base_fee = head->base_fee,
        .coinbase = head->coinbase,
        .prev_randao = head->prev_randao,
        .chain_id = ledger_chain_id(follow->options.ledger),
    };
    struct exec *exec;
    MM_TRY(exec_new(&follow->arena, &exec, &view, follow->options.natives, &block));
    return exec_call(exec, outcome, message);
}

struct question {
    const mm_addr *contract;
    const struct abi_signature *signature; /* of one argument, or none */
    mm_u256 argument;
    struct abi_type type; /* of the answer */
};

/* Out: *has, and the answer, in the arena. A call that reverts, or gives something else, has none. */
static mm_err ask(struct follow *follow, bool *has, struct abi_value *value,
                  struct ledger_view *view, const struct question *question)
{
    const struct abi_signature *signature = question->signature;
    *has = false;
    mm_arena_reset(&follow->arena);
    struct exec_message message = { .to = *question->contract,
                                    .gas_limit = ledger_head_header(view)->gas_limit };
    MM_TRY(abi_encode(&follow->arena, &message.input, abi_selector(signature), signature->types,
                      signature->count, ABI_VALUES(abi_word(&question->argument))));
    struct ledger_state state;
    struct exec_outcome outcome;
    ledger_state_init(&state, view, ledger_head(view));
    const mm_err err = call(follow, &outcome, &state, &message);
    ledger_state_fini(&state);
    MM_TRY(err);
    *has = outcome.verdict == TX_OK && outcome.status == EXEC_OK &&
           abi_decode(value, outcome.output, &question->type, 1, ABI_MEMORY) == ABI_OK;
    return MM_OK;
}

mm_err follow_ask_uri(struct follow *follow, mm_bytes *uri, struct ledger_view *view,
                      const struct content_token *token)
{
    const struct question question = { &token->contract,
                                       &follow->token_uri,
                                       u256_from_be32(token->token_id.b),
                                       { .kind = ABI_STRING } };
    struct abi_value value;
    bool has;
    *uri = mm_bytes_from(NULL, 0);
    MM_TRY(ask(follow, &has, &value, view, &question));
    if (has)
        *uri = value.bytes;
    return MM_OK;
}

mm_err follow_ask_word(struct follow *follow, bool *has, mm_u256 *word, struct ledger_view *view,
                       const struct follow_question *asked)
{
    struct abi_signature signature;
    struct abi_value value = { .word = u256_from_u64(0) };
    MM_ASSERT(abi_signature_parse(&signature, asked->signature));
    const struct question question = { &asked->contract,
                                       &signature,
                                       u256_from_u64(asked->argument),
                                       { .kind = ABI_UINT, .bytes = 32 } };
    MM_TRY(ask(follow, has, &value, view, &question));
    *word = value.word;
    return MM_OK;
}
