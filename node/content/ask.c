/* What a contract says of its token. */
#include "node/content/follow_internal.h"
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

mm_err follow_ask_uri(struct follow *follow, mm_bytes *uri, struct ledger_view *view,
                      const struct content_token *token)
{
    static const struct abi_type text = { .kind = ABI_STRING };
    *uri = mm_bytes_from(NULL, 0);
    mm_arena_reset(&follow->arena);
    struct exec_message message = { .to = token->contract,
                                    .gas_limit = ledger_head_header(view)->gas_limit };
    const mm_u256 id = u256_from_be32(token->token_id.b);
    MM_TRY(abi_encode(&follow->arena, &message.input, abi_selector(&follow->token_uri),
                      follow->token_uri.types, 1, ABI_VALUES(abi_word(&id))));
    struct ledger_state state;
    struct exec_outcome outcome;
    ledger_state_init(&state, view, ledger_head(view));
    const mm_err err = call(follow, &outcome, &state, &message);
    ledger_state_fini(&state);
    MM_TRY(err);
    struct abi_value value;
    if (outcome.verdict == TX_OK && outcome.status == EXEC_OK &&
        abi_decode(&value, outcome.output, &text, 1, ABI_MEMORY) == ABI_OK)
        *uri = value.bytes;
    return MM_OK;
}
