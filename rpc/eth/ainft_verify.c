/* ainft_verifyHistory: what of a saved conversation holds. What a conversation is, rpc/chat knows; here is the method. */
#include "rpc/eth/handlers.h"

bool handle_ainft_verify_history(struct eth_request *r)
{
    const struct backend_persona *persona = r->backend->persona;
    struct mm_reason reason = { .text = "" };
    mm_bytes transcript = { 0 };
    if (persona == NULL)
        return eth_fail(r, ETH_SERVER_ERROR, "this node cannot verify conversations");
    if (r->args[3].is_given)
        transcript = r->args[3].bytes;
    const mm_err err = persona->verify(persona->ctx, r->arena, &r->w, &r->args[0].addr,
                                       &r->args[1].quantity, r->args[2].count, transcript, &reason);
    if (err == MM_ERR_NOT_FOUND)
        return eth_fail(r, ETH_SERVER_ERROR, "no such entry: %s", reason.text);
    return err == MM_OK || eth_fail_world(r, err);
}
