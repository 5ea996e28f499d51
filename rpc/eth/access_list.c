/* eth_createAccessList (EIP-2930): the accounts and slots that a call comes to, run again with them until it comes to no more. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/rerun.h"

enum { ROUNDS_MAX = 16 };

struct listing {
    struct tx_access *items;
    size_t count;
    size_t slots;
};

/* Sender, recipient and coinbase are warm anyway: naming them costs gas for nothing, unless it is for their slots. */
static bool is_wanted(const struct eth_execution *x, const struct tx_access *access)
{
    return access->slot_count > 0 || (!mm_addr_equal(&access->addr, &x->message.from) &&
                                      !mm_addr_equal(&access->addr, &x->message.to) &&
                                      !mm_addr_equal(&access->addr, &x->env.coinbase));
}

static mm_err collect(struct eth_request *r, struct eth_execution *x, struct listing *list)
{
    size_t all;
    *list = (struct listing){ NULL, 0, 0 };
    MM_TRY(exec_accesses(x->exec, r->arena, &list->items, &all));
    for (size_t i = 0; i < all; i++) {
        if (!is_wanted(x, &list->items[i]))
            continue;
        list->slots += list->items[i].slot_count;
        list->items[list->count++] = list->items[i];
    }
    return MM_OK;
}

/* What was accessed stays accessed, so the list only grows, and is whole when it has not. */
static mm_err run_until_whole(struct eth_request *r, struct eth_execution *x,
                              struct exec_outcome *outcome, struct listing *list)
{
    for (size_t round = 0; round < ROUNDS_MAX; round++) {
        struct listing next;
        MM_TRY(exec_call(x->exec, outcome, &x->message));
        if (outcome->verdict != TX_OK)
            return MM_OK;
        MM_TRY(collect(r, x, &next));
        const bool is_whole = round > 0 && next.count == list->count && next.slots == list->slots;
        *list = next;
        x->message.access_list = next.items;
        x->message.access_count = next.count;
        if (is_whole)
            break;
    }
    return MM_OK;
}

static bool answer(struct eth_request *r, const struct exec_outcome *outcome,
                   const struct listing *list)
{
    const char *error = eth_trace_error(outcome->status);
    struct json_writer *w = &r->w;
    json_open_object(w);
    json_key(w, "accessList");
    eth_add_access_list(w, list->items, list->count);
    if (error != NULL) {
        json_key(w, "error");
        json_add_text(w, error);
    }
    eth_add_quantity_member(w, "gasUsed", outcome->gas_used);
    json_close_object(w);
    return true;
}

bool handle_eth_create_access_list(struct eth_request *r)
{
    struct eth_call_object object;
    struct eth_execution x;
    struct exec_outcome outcome;
    struct listing list = { NULL, 0, 0 };
    if (!eth_read_call_object(r, &object, 0) ||
        !eth_execution_begin(r, &x, &object, &r->args[1].block, r->args[2].json))
        return false;
    eth_cap_gas(&x, &object);
    const mm_err err = run_until_whole(r, &x, &outcome, &list);
    bool ok = err == MM_OK || eth_fail_world(r, err);
    if (ok)
        ok = outcome.verdict == TX_OK ? answer(r, &outcome, &list) : eth_fail_call(r, &x, &outcome);
    eth_execution_end(&x);
    return ok;
}
