/* Signatures with the node's keys (development nodes): EIP-191 and EIP-712. */
#include <stdio.h>

#include "rpc/eth/handlers.h"
#include "rpc/eth/typed_data.h"
#include "state/crypto/keccak.h"
#include "state/crypto/personal.h"

static const struct secp_secret *secret_of(struct eth_request *r, const mm_addr *addr)
{
    const struct backend_account *account = backend_find_account(r->backend, addr);
    if (account == NULL)
        (void)eth_fail(r, ETH_SERVER_ERROR, "unknown account");
    return account == NULL ? NULL : account->secret;
}

/* r | s | v, with v 27 or 28, as wallets give it. */
static bool answer_signature(struct eth_request *r, const mm_addr *addr, const mm_hash32 *digest)
{
    const struct secp_secret *secret = secret_of(r, addr);
    if (secret == NULL)
        return false;
    const struct secp_signature signature = secp_sign(secret, digest);
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    secp_signature_to_bytes(bytes, &signature);
    bytes[SECP_SIGNATURE_BYTES - 1] = (uint8_t)(27 + signature.parity);
    json_add_data(&r->w, MM_BYTES_OF(bytes));
    return true;
}

/* Hex data is decoded; anything else is signed as the text it is. */
static bool sign_message(struct eth_request *r, const struct eth_arg *message, const mm_addr *addr)
{
    mm_bytes bytes;
    if (eth_read_data(r->arena, &bytes, message->json) != NULL)
        bytes = message->bytes;
    const mm_hash32 digest = personal_digest(bytes);
    return answer_signature(r, addr, &digest);
}

bool handle_eth_sign(struct eth_request *r)
{
    return sign_message(r, &r->args[1], &r->args[0].addr);
}

/* The other way round, and with a password that development accounts do not have. */
bool handle_personal_sign(struct eth_request *r)
{
    return sign_message(r, &r->args[0], &r->args[1].addr);
}

bool handle_eth_sign_typed_data(struct eth_request *r)
{
    const struct json *data = r->args[1].json;
    struct json parsed;
    mm_hash32 digest;
    if (data->kind == JSON_STRING) {
        if (json_parse(r->arena, &parsed, data->text, NULL, NULL) != JSON_OK)
            return eth_fail_arg(r, 1, "typed data is not JSON");
        data = &parsed;
    }
    const char *reason = typed_data_digest(r->arena, &digest, data);
    if (reason != NULL)
        return eth_fail_arg(r, 1, reason);
    return answer_signature(r, &r->args[0].addr, &digest);
}
