/* Sign-In with Ethereum: a text that a person reads in a wallet and signs, read back and looked at.
 *
 *     [scheme://]localhost:8545 wants you to sign in with your Ethereum account:     domain: whose page asks
 *     0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266                                     in its checksum form (EIP-55)
 *
 *     Show my tokens. This costs nothing and moves nothing.                          statement; the line may be missing
 *
 *     URI: http://localhost:8545                                                     what is signed in to
 *     Version: 1
 *     Chain ID: 31337
 *     Nonce: k3vq7zq2…                                                               eight letters and digits or more
 *     Issued At: 2026-11-27T02:00:00.000Z                                            RFC 3339, as the next two
 *     [Expiration Time: …]  [Not Before: …]  [Request ID: …]  [Resources: and lines of "- " and a URI]
 *
 * siwe_parse takes exactly what the grammar of the EIP gives, RFC 3986 and RFC 3339 included: lines in this order, ended by a line feed
 * but the last, no blank too many. Two things are asked for beyond the grammar, as the EIP's text does: the checksum of the address,
 * and a domain that is not empty. In an ABNF text quoted words have no case, so a time may have "t" and "z".
 *
 * What was read is then compared, each by a function of its own, so that the caller can take the nonce between them:
 *
 *     siwe_check_page       the domain is the page's authority, the scheme its, the URI of its origin; the chain is ours
 *     (the nonce)           the caller's: it knows which it gave out
 *     siwe_check_times      issued, valid and not yet expired
 *     siwe_check_signature  the account signed this very text (EIP-191)
 *
 * An account with code would answer for itself (ERC-1271). Accounts with code do not run here, so only keys sign in.
 *
 * Memory: none; what a message has borrows from its text. Threads: pure functions, time is given.
 * Source: EIP-4361, EIP-55, EIP-191, RFC 3986, RFC 3339, RFC 5234. */
#ifndef RPC_SIWE_SIWE_H
#define RPC_SIWE_SIWE_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    SIWE_TEXT_MAX = 8 << 10, /* bytes: what a person reads is a screen; the grammar has no limit */
    SIWE_NONCE_MIN = 8,
    /* What a clock may be behind a wallet's: a message from the near future is not refused. */
    SIWE_CLOCK_SKEW_MS = 60 * 1000,
};

/* A value a rule, in the order in which they are looked at. */
enum siwe_verdict {
    SIWE_OK = 0,
    /* The grammar. */
    SIWE_TOO_LONG,
    SIWE_BAD_FIRST_LINE, /* not "… wants you to sign in with your Ethereum account:" */
    SIWE_BAD_SCHEME,
    SIWE_BAD_DOMAIN,   /* empty, or no authority of RFC 3986 */
    SIWE_BAD_ADDRESS,  /* not 0x and 40 digits */
    SIWE_BAD_CHECKSUM, /* EIP-55 */
    SIWE_BAD_STATEMENT,
    SIWE_BAD_URI,
    SIWE_BAD_VERSION,
    SIWE_BAD_CHAIN_ID,
    SIWE_BAD_NONCE,
    SIWE_BAD_ISSUED_AT,
    SIWE_BAD_EXPIRATION_TIME,
    SIWE_BAD_NOT_BEFORE,
    SIWE_BAD_REQUEST_ID,
    SIWE_BAD_RESOURCES,
    SIWE_BAD_LINE, /* one that has no place there */
    /* siwe_check_page */
    SIWE_OTHER_DOMAIN,
    SIWE_OTHER_SCHEME,
    SIWE_OTHER_ORIGIN, /* of the URI */
    SIWE_OTHER_CHAIN,
    /* siwe_check_times */
    SIWE_NOT_ISSUED, /* issued at a time to come */
    SIWE_NOT_YET,    /* "Not Before" */
    SIWE_EXPIRED,
    /* siwe_check_signature */
    SIWE_MALFORMED_SIGNATURE, /* not 0x and 130 digits that are a signature */
    SIWE_OTHER_SIGNER,
};

/* Never NULL: a line for a person. */
const char *siwe_verdict_text(enum siwe_verdict verdict);

struct siwe_time {
    mm_bytes text; /* as it was written; empty: it was not */
    int64_t ms;    /* since 1970 */
};

struct siwe_message {
    mm_bytes text;
    mm_bytes scheme; /* empty: none was written */
    mm_bytes domain;
    mm_addr address;
    mm_bytes statement; /* empty: none */
    mm_bytes uri;
    mm_bytes chain_id; /* digits, as many as were written */
    mm_bytes nonce;
    struct siwe_time issued_at;
    struct siwe_time expiration_time;
    struct siwe_time not_before;
    bool has_request_id; /* which may be empty */
    mm_bytes request_id;
    bool has_resources; /* of which there may be none */
    size_t resource_count;
    mm_bytes resources; /* the lines, for siwe_resource_next */
};

/* Out: *message, zero when it is refused. */
MM_MUST_USE enum siwe_verdict siwe_parse(struct siwe_message *message, mm_bytes text);

/* Walks the resources: left starts as message->resources. False at the end. */
bool siwe_resource_next(mm_bytes *left, mm_bytes *uri);

/* The page that may be signed in to, and its chain. */
struct siwe_page {
    mm_bytes authority; /* "localhost:8545", as the page's address has it */
    bool
        is_secure; /* https; http and https both pass when is_secure is false, since a proxy may hide which it is */
    uint64_t chain_id;
};
MM_MUST_USE enum siwe_verdict siwe_check_page(const struct siwe_message *message,
                                              const struct siwe_page *page);
MM_MUST_USE enum siwe_verdict siwe_check_times(const struct siwe_message *message, int64_t now_ms);
/* signature: 0x and 130 digits, r | s | v. */
MM_MUST_USE enum siwe_verdict siwe_check_signature(const struct siwe_message *message,
                                                   mm_bytes signature);

#endif
