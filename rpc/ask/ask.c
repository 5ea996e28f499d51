#include "rpc/ask/ask.h"

#include "contracts-native/abi/dispatch.h"
#include "state/exec/transition.h"

static mm_err call(struct mm_arena *arena, struct exec_outcome *outcome,
                   const struct ask_chain *chain, struct ledger_state *state,
                   const struct exec_message *message)
{
    const struct header *head = ledger_head_header(chain->view);
    const struct exec_view view = ledger_exec_view(state);
    const struct exec_block block = {
        .number = head->number,
        .timestamp = head->timestamp,
        .gas_limit = head->gas_limit,
        .base_fee = head->base_fee,
        .coinbase = head->coinbase,
        .prev_randao = head->prev_randao,
        .chain_id = ledger_chain_id(ledger_of(chain->view)),
    };
    struct exec *exec;
    MM_TRY(exec_new(arena, &exec, &view, chain->natives, &block));
    return exec_call(exec, outcome, message);
}

mm_err ask_contract(struct mm_arena *arena, bool *has, struct abi_value *values,
                    const struct ask_chain *chain, const struct ask_question *question)
{
    struct abi_signature function;
    struct abi_signature results;
    struct ledger_state state;
    struct exec_outcome outcome;
    struct exec_message message = { .to = question->contract,
                                    .gas_limit = ledger_head_header(chain->view)->gas_limit };
    *has = false;
    abi_signature_init(&function, question->signature);
    abi_signature_init(&results, question->results);
    MM_TRY(abi_encode(arena, &message.input, abi_selector(&function), function.types,
                      function.count, question->args));
    ledger_state_init(&state, chain->view, ledger_head(chain->view));
    const mm_err err = call(arena, &outcome, chain, &state, &message);
    ledger_state_fini(&state);
    MM_TRY(err);
    *has = outcome.verdict == TX_OK && outcome.status == EXEC_OK &&
           abi_decode(values, outcome.output, results.types, results.count, ABI_MEMORY) == ABI_OK;
    return MM_OK;
}
