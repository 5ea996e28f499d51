#include "rpc/transcript/key.h"

#include <stdio.h>

#include "rpc/transcript/typed.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"

static const char FRONT[] = "mm1.";

static void token_text(char out[U256_DECIMAL_MAX + 1], const struct talk_key *session)
{
    if (session->any_token)
        memcpy(out, "*", 2);
    else
        u256_to_decimal(out, &session->token);
}

size_t talk_key_text(char out[TALK_KEY_TEXT_MAX + 1], const struct talk_key *session,
                     const struct talk_key_place *place)
{
    char address[ADDRESS_TEXT + 1];
    char collection[ADDRESS_TEXT + 1];
    char token[U256_DECIMAL_MAX + 1];
    address_to_text(address, &session->addr);
    address_to_text(collection, &place->collection);
    token_text(token, session);
    return (size_t)snprintf(out, TALK_KEY_TEXT_MAX + 1,
                            "mintmark: talk with a token\naddress: %s\nchain: %llu\n"
                            "collection: %s\ntoken: %s\nexpires: %llu",
                            address, (unsigned long long)place->chain_id, collection, token,
                            (unsigned long long)session->expires_s);
}

size_t talk_key_write(char out[TALK_KEY_MAX + 1], const struct talk_key *session,
                      const uint8_t signature[SECP_SIGNATURE_BYTES])
{
    char address[ADDRESS_TEXT + 1];
    char token[U256_DECIMAL_MAX + 1];
    char digits[2 * SECP_SIGNATURE_BYTES + 1] = "";
    address_to_text(address, &session->addr);
    token_text(token, session);
    hex_encode(digits, mm_bytes_from(signature, SECP_SIGNATURE_BYTES));
    return (size_t)snprintf(out, TALK_KEY_MAX + 1, "%s%s.%s.%llu.0x%s", FRONT, address, token,
                            (unsigned long long)session->expires_s, digits);
}

const char *talk_key_verdict_text(enum talk_key_verdict verdict)
{
    switch (verdict) {
    case TALK_KEY_OK:
        return "ok";
    case TALK_KEY_MALFORMED:
        return "the API key is malformed: mm1.ADDRESS.TOKEN.EXPIRES.SIGNATURE";
    case TALK_KEY_OTHER_TOKEN:
        return "the API key was signed for another token";
    case TALK_KEY_EXPIRED:
        return "the API key has expired, or is good for more than a day";
    case TALK_KEY_FORGED:
        return "the API key is not signed by its address for this chain and collection";
    case TALK_KEY_NOT_OURS:
        return "an API key is needed: a session that the wallet signed";
    }
    return "";
}

/* The part up to the next point, and that behind it. */
static bool next_part(mm_bytes *part, mm_bytes *rest)
{
    const uint8_t *point = rest->len == 0 ? NULL : memchr(rest->ptr, '.', rest->len);
    if (point == NULL)
        return false;
    *part = mm_bytes_from(rest->ptr, (size_t)(point - rest->ptr));
    *rest = mm_bytes_from(point + 1, rest->len - part->len - 1);
    return true;
}

static bool read_key(struct talk_key *out, uint8_t signature[SECP_SIGNATURE_BYTES], mm_bytes rest)
{
    mm_bytes part;
    mm_u256 number;
    if (!next_part(&part, &rest) || address_from_text(&out->addr, part) != ADDRESS_OK)
        return false;
    if (!next_part(&part, &rest))
        return false;
    out->any_token = part.len == 1 && part.ptr[0] == '*';
    if (!out->any_token && !u256_from_decimal(&out->token, part))
        return false;
    if (!next_part(&part, &rest) || !u256_from_decimal(&number, part) || !u256_fits_u64(&number))
        return false;
    out->expires_s = number.limb[0];
    return hex_read_fixed(signature, SECP_SIGNATURE_BYTES, rest);
}

enum talk_key_verdict talk_key_check(struct talk_key *out, mm_bytes key,
                                     const struct talk_key_place *place, uint64_t now_s)
{
    const size_t front = sizeof FRONT - 1;
    struct talk_key read = { .any_token = false };
    uint8_t signature[SECP_SIGNATURE_BYTES];
    char text[TALK_KEY_TEXT_MAX + 1];
    mm_addr signer;
    *out = (struct talk_key){ .any_token = false };
    if (key.len < front || memcmp(key.ptr, FRONT, front) != 0)
        return TALK_KEY_NOT_OURS;
    if (key.len > TALK_KEY_MAX ||
        !read_key(&read, signature, mm_bytes_from(key.ptr + front, key.len - front)))
        return TALK_KEY_MALFORMED;
    if (!read.any_token && !u256_equal(&read.token, &place->token))
        return TALK_KEY_OTHER_TOKEN;
    if (read.expires_s <= now_s || read.expires_s - now_s > TALK_KEY_AHEAD_MAX_S)
        return TALK_KEY_EXPIRED;
    const size_t len = talk_key_text(text, &read, place);
    const mm_hash32 digest = personal_digest(mm_bytes_from(text, len));
    if (!typed_signer(&signer, signature, &digest) || !mm_addr_equal(&signer, &read.addr))
        return TALK_KEY_FORGED;
    *out = read;
    return TALK_KEY_OK;
}
