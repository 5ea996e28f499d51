/* Words a person can keep, and the tree of keys that grows from them.
 *
 *     entropy  --BIP-39-->  12 to 24 words  --PBKDF2, passphrase-->  seed  --BIP-32-->  m
 *                           11 bits a word, the                                         +- m/44'
 *                           last bits are SHA-256                                          +- m/44'/60'
 *                           of the entropy                                                    +- m/44'/60'/0'
 *                                                                       BIP-44, Ethereum:        +- m/44'/60'/0'/0
 *                                                                                                   +- …/0  …/1  …/2
 *
 * A step down the tree is HMAC-SHA512 of the parent (its private key where the step is hardened, written 44', else its public
 * key), half of which is added to the key while the other half is the new chain code. Only private derivation is here: the
 * node has no use for addresses it cannot sign for.
 *
 * Reading words is forgiving in what cannot be mistaken: any ASCII white space between them, either case. The seed is made
 * of the list's own spelling with single spaces. BIP-39 wants words and passphrase in Unicode's NFKD: the English list is
 * ASCII, where that changes nothing, and a passphrase that is not ASCII is refused rather than hashed to another wallet
 * than the one it opens elsewhere.
 *
 * Memory: words, entropy, seed and keys are worked on in libsodium's locked pages (a page and its guards for each object;
 * locking quietly stops at RLIMIT_MEMLOCK, wiping does not) and are wiped when freed. Reasons never quote a word.
 * Threads: all functions are safe at once; an object belongs to whoever made it.
 * Cost: words to seed about 2 ms by intent (2048 rounds), a step about 50 µs. */
#ifndef NODE_KEYS_HDWALLET_H
#define NODE_KEYS_HDWALLET_H

#include "state/base/bytes.h"
#include "state/base/err.h"
#include "state/crypto/secp.h"

enum {
    HDWALLET_WORDS_MAX = 24,
    HDWALLET_WORD_LETTERS_MAX = 8,
    HDWALLET_MNEMONIC_MAX = HDWALLET_WORDS_MAX * (HDWALLET_WORD_LETTERS_MAX + 1) - 1,
    HDWALLET_ENTROPY_BYTES_MAX = 32,
    HDWALLET_SEED_BYTES = 64,
    HDWALLET_PASSPHRASE_BYTES_MAX =
        1024,                 /* far beyond what anyone types; it is copied into locked memory */
    HDWALLET_DEPTH_MAX = 255, /* BIP-32 keeps the depth in one byte */
};

#define HDWALLET_HARDENED 0x80000000u
/* The words every development chain has, and so does ours. */
#define HDWALLET_DEV_MNEMONIC "test test test test test test test test test test test junk"
/* BIP-44 for Ethereum; the index of the account comes behind it. */
#define HDWALLET_ETHEREUM_PATH "m/44'/60'/0'/0"

enum hdwallet_verdict {
    HDWALLET_OK = 0,
    HDWALLET_NOT_ASCII,    /* words or passphrase: NFKD is not done here */
    HDWALLET_WORD_COUNT,   /* BIP-39: 12, 15, 18, 21 or 24 */
    HDWALLET_UNKNOWN_WORD, /* not in the English list */
    HDWALLET_BAD_CHECKSUM, /* BIP-39: the last word does not fit the others */
    HDWALLET_PASSPHRASE_TOO_LONG,
    HDWALLET_BAD_SEED, /* BIP-32: a seed has 16 to 64 bytes; or, once in 2^127, it has no master key */
    HDWALLET_BAD_PATH, /* not m, m/44'/60'/0'/0/7, … */
    HDWALLET_NO_CHILD, /* BIP-32: once in 2^127 an index has no key; take the next */
    HDWALLET_NO_MEMORY,
};

/* Never NULL. */
const char *hdwallet_verdict_text(enum hdwallet_verdict verdict);

/* Whether these are words of a wallet. reason (may be NULL) says which word is wrong by its place. */
MM_MUST_USE enum hdwallet_verdict hdwallet_check_mnemonic(mm_bytes mnemonic,
                                                          struct mm_reason *reason);

/* The words of 16, 20, 24, 28 or 32 bytes of entropy, terminated. False, and an empty text, when it has another size or there
 * is no memory. The caller wipes what it made (sodium_memzero). */
MM_MUST_USE bool hdwallet_mnemonic_of(char out[HDWALLET_MNEMONIC_MAX + 1], mm_bytes entropy);
/* New random words: 12, 15, 18, 21 or 24. */
MM_MUST_USE bool hdwallet_mnemonic_new(char out[HDWALLET_MNEMONIC_MAX + 1], unsigned words);

/* BIP-39's seed, for those who want it elsewhere. The words are checked first. The caller wipes it. */
MM_MUST_USE enum hdwallet_verdict hdwallet_seed_of(uint8_t seed[HDWALLET_SEED_BYTES],
                                                   mm_bytes mnemonic, mm_bytes passphrase,
                                                   struct mm_reason *reason);

struct hdwallet; /* a place in the tree: key and chain code, in locked memory */

/* Out: *out, NULL on failure; free with hdwallet_free. */
MM_MUST_USE enum hdwallet_verdict hdwallet_from_mnemonic(struct hdwallet **out, mm_bytes mnemonic,
                                                         mm_bytes passphrase,
                                                         struct mm_reason *reason);
MM_MUST_USE enum hdwallet_verdict hdwallet_from_seed(struct hdwallet **out, mm_bytes seed);
void hdwallet_free(struct hdwallet *wallet);

/* One step down; index | HDWALLET_HARDENED for a hardened one. */
MM_MUST_USE enum hdwallet_verdict hdwallet_child(struct hdwallet **out,
                                                 const struct hdwallet *parent, uint32_t index);
/* All steps of a path as people write it, `m` being this place. A hardened step ends in ' or h or H. */
MM_MUST_USE enum hdwallet_verdict hdwallet_descend(struct hdwallet **out,
                                                   const struct hdwallet *from, mm_bytes path);
/* The Ethereum accounts first … first + count - 1 below this master, into out[count], each the caller's to free. All or none. */
MM_MUST_USE enum hdwallet_verdict hdwallet_accounts(struct secp_secret **out, size_t count,
                                                    uint32_t first, const struct hdwallet *master);

/* Borrowed, valid until the place is freed. */
const struct secp_secret *hdwallet_secret(const struct hdwallet *wallet);
const uint8_t *hdwallet_chain_code(const struct hdwallet *wallet);

#endif
