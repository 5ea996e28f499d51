#include "rpc/siwe/siwe.h"

#include "rpc/siwe/siwe_internal.h"
#include "state/base/assert.h"
#include "state/crypto/personal.h"

const char *siwe_verdict_text(enum siwe_verdict verdict)
{
    // clang-format off
    switch (verdict) {
    case SIWE_OK:                  return "ok";
    case SIWE_TOO_LONG:            return "the message is too long";
    case SIWE_BAD_FIRST_LINE:      return "the first line is not \"… wants you to sign in with your Ethereum account:\"";
    case SIWE_BAD_SCHEME:          return "the scheme before the domain is none";
    case SIWE_BAD_DOMAIN:          return "the domain is no authority (RFC 3986)";
    case SIWE_BAD_ADDRESS:         return "the second line is no address, 0x and 40 digits";
    case SIWE_BAD_CHECKSUM:        return "the address is not in its checksum form (EIP-55)";
    case SIWE_BAD_STATEMENT:       return "the statement is not one line of its characters, with an empty line behind it";
    case SIWE_BAD_URI:             return "URI is missing, or is none (RFC 3986)";
    case SIWE_BAD_VERSION:         return "Version is missing, or is not 1";
    case SIWE_BAD_CHAIN_ID:        return "Chain ID is missing, or is no number";
    case SIWE_BAD_NONCE:           return "Nonce is missing, or is not eight letters and digits or more";
    case SIWE_BAD_ISSUED_AT:       return "Issued At is missing, or is no time (RFC 3339)";
    case SIWE_BAD_EXPIRATION_TIME: return "Expiration Time is no time (RFC 3339)";
    case SIWE_BAD_NOT_BEFORE:      return "Not Before is no time (RFC 3339)";
    case SIWE_BAD_REQUEST_ID:      return "Request ID has a character that it cannot have";
    case SIWE_BAD_RESOURCES:       return "Resources is not a line for each, \"- \" and a URI";
    case SIWE_BAD_LINE:            return "a line has no place where it stands";
    case SIWE_OTHER_DOMAIN:        return "the domain is not this page's";
    case SIWE_OTHER_SCHEME:        return "the scheme before the domain is not this page's";
    case SIWE_OTHER_ORIGIN:        return "the URI is not of this page's origin";
    case SIWE_OTHER_CHAIN:         return "the chain is another";
    case SIWE_NOT_ISSUED:          return "the message is from a time to come";
    case SIWE_NOT_YET:             return "the message is not valid yet";
    case SIWE_EXPIRED:             return "the message has expired";
    case SIWE_MALFORMED_SIGNATURE: return "the signature is not 0x and 130 digits, r, s and v";
    case SIWE_OTHER_SIGNER:        return "the signature is not this address's over this message";
    }
    // clang-format on
    MM_ASSERT(false);
    return "";
}

/* A-Z as a-z. */
static bool equal_no_case(mm_bytes a, mm_bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.ptr, (const char *)b.ptr, a.len) == 0);
}

static bool is_scheme_of(const struct siwe_page *page, mm_bytes scheme)
{
    return equal_no_case(scheme, MM_BYTES_LIT("https")) ||
           (!page->is_secure && equal_no_case(scheme, MM_BYTES_LIT("http")));
}

/* Digits as a number; a larger one than 64 bits hold is no chain's. */
static bool is_chain(mm_bytes digits, uint64_t chain_id)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const uint64_t digit = (uint64_t)(digits.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    return value == chain_id;
}

enum siwe_verdict siwe_check_page(const struct siwe_message *message, const struct siwe_page *page)
{
    struct siwe_uri uri;
    if (!equal_no_case(message->domain, page->authority))
        return SIWE_OTHER_DOMAIN;
    if (message->scheme.len > 0 && !is_scheme_of(page, message->scheme))
        return SIWE_OTHER_SCHEME;
    if (!siwe_parse_uri(&uri, message->uri) || !is_scheme_of(page, uri.scheme) ||
        !uri.has_authority || !equal_no_case(uri.authority, page->authority))
        return SIWE_OTHER_ORIGIN;
    return is_chain(message->chain_id, page->chain_id) ? SIWE_OK : SIWE_OTHER_CHAIN;
}

enum siwe_verdict siwe_check_times(const struct siwe_message *message, int64_t now_ms)
{
    if (message->issued_at.ms > now_ms + SIWE_CLOCK_SKEW_MS)
        return SIWE_NOT_ISSUED;
    if (message->not_before.text.len > 0 && message->not_before.ms > now_ms)
        return SIWE_NOT_YET;
    if (message->expiration_time.text.len > 0 && message->expiration_time.ms <= now_ms)
        return SIWE_EXPIRED;
    return SIWE_OK;
}

enum siwe_verdict siwe_check_signature(const struct siwe_message *message, mm_bytes signature)
{
    struct secp_signature parsed;
    mm_addr signer;
    if (!personal_read_signature(&parsed, signature))
        return SIWE_MALFORMED_SIGNATURE;
    return personal_signer(&signer, message->text, &parsed) &&
                   mm_addr_equal(&signer, &message->address)
               ? SIWE_OK
               : SIWE_OTHER_SIGNER;
}
