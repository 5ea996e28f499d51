/* BIP-39: entropy, words, seed.
 *
 *     entropy of 16 … 32 bytes | SHA-256's first bit for each 4 bytes  =  12 … 24 numbers of 11 bits, most significant first */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "node/keys/bip39_internal.h"
#include "state/base/assert.h"

#define SEED_ROUNDS 2048 /* BIP-39, "From mnemonic to seed" */

static const char SALT_PREFIX[] = "mnemonic";

/* Everything secret that making a seed touches; one object of locked memory. */
struct phrase {
    char text[HDWALLET_MNEMONIC_MAX + 1]; /* the words, joined by single spaces */
    size_t text_len;
    unsigned words;
    uint8_t bits[HDWALLET_ENTROPY_BYTES_MAX +
                 1]; /* entropy, then the checksum in the bits that are left */
    uint8_t salt[sizeof SALT_PREFIX - 1 + HDWALLET_PASSPHRASE_BYTES_MAX];
};
_Static_assert(HDWALLET_WORDS_MAX *BIP39_WORD_BITS == (HDWALLET_ENTROPY_BYTES_MAX + 1) * 8,
               "24 words are 32 bytes and a checksum of one");

const char *hdwallet_verdict_text(enum hdwallet_verdict verdict)
{
    switch (verdict) {
    case HDWALLET_OK:
        return "ok";
    case HDWALLET_NOT_ASCII:
        return "words and passphrase must be ASCII (English word list)";
    case HDWALLET_WORD_COUNT:
        return "a mnemonic has 12, 15, 18, 21 or 24 words";
    case HDWALLET_UNKNOWN_WORD:
        return "a word is not in the English list of BIP-39";
    case HDWALLET_BAD_CHECKSUM:
        return "the words do not fit together (checksum)";
    case HDWALLET_PASSPHRASE_TOO_LONG:
        return "the passphrase is too long";
    case HDWALLET_BAD_SEED:
        return "a seed has 16 to 64 bytes";
    case HDWALLET_BAD_PATH:
        return "not a derivation path such as m/44'/60'/0'/0/0";
    case HDWALLET_NO_CHILD:
        return "this index has no key, take the next";
    case HDWALLET_NO_MEMORY:
        return "out of memory";
    }
    return "unknown verdict";
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_ascii(mm_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 0x80)
            return false;
    return true;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* <0, 0, >0 as the word, in lower case, stands before, at or behind the entry. */
static int compare_word(mm_bytes word, const char *entry)
{
    for (size_t i = 0; i < word.len; i++) {
        const int order = lower(word.ptr[i]) - (uint8_t)entry[i];
        if (order != 0)
            return order; /* also at the end of the entry, whose terminator is below every letter */
    }
    return entry[word.len] == '\0' ? 0 : -1;
}

/* The word's number, or BIP39_WORDS. */
static unsigned find_word(mm_bytes word)
{
    unsigned low = 0;
    unsigned high = BIP39_WORDS;
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        const int order = compare_word(word, BIP39_ENGLISH[middle]);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return BIP39_WORDS;
}

static bool is_word_count(size_t words)
{
    return words >= 12 && words <= HDWALLET_WORDS_MAX && words % 3 == 0;
}

static void append_word(struct phrase *p, unsigned number)
{
    MM_ASSERT(p->words < HDWALLET_WORDS_MAX && number < BIP39_WORDS);
    for (unsigned i = 0; i < BIP39_WORD_BITS; i++) {
        const unsigned bit = p->words * BIP39_WORD_BITS + i;
        if (number >> (BIP39_WORD_BITS - 1 - i) & 1)
            p->bits[bit / 8] = (uint8_t)(p->bits[bit / 8] | 0x80u >> bit % 8);
    }
    if (p->words > 0)
        p->text[p->text_len++] = ' ';
    const size_t letters = strlen(BIP39_ENGLISH[number]);
    memcpy(p->text + p->text_len, BIP39_ENGLISH[number], letters + 1);
    p->text_len += letters;
    p->words++;
}

/* The first words / 3 bits of the entropy's SHA-256, in the upper bits of a byte. */
static uint8_t checksum_of(const uint8_t *entropy, size_t len)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    (void)SHA256(entropy, len, digest);
    const uint8_t checksum = (uint8_t)(digest[0] & 0xff00u >> len / 4);
    sodium_memzero(digest, sizeof digest);
    return checksum;
}

/* Entropy of the phrase's words, or of what has been put into bits: words * 32 / 3 bits. */
static size_t entropy_len(unsigned words)
{
    return words / 3 * 4;
}

static enum hdwallet_verdict read_words(struct phrase *p, mm_bytes text, struct mm_reason *reason)
{
    for (size_t at = 0; at < text.len;) {
        if (is_space(text.ptr[at])) {
            at++;
            continue;
        }
        const size_t start = at;
        while (at < text.len && !is_space(text.ptr[at]))
            at++;
        if (p->words == HDWALLET_WORDS_MAX)
            return HDWALLET_WORD_COUNT;
        const unsigned number = find_word(mm_bytes_from(text.ptr + start, at - start));
        if (number == BIP39_WORDS) {
            (void)mm_fail(reason, MM_ERR_INVALID, "word %u is not in the English list of BIP-39",
                          p->words + 1);
            return HDWALLET_UNKNOWN_WORD;
        }
        append_word(p, number);
    }
    if (!is_word_count(p->words))
        return HDWALLET_WORD_COUNT;
    const size_t len = entropy_len(p->words);
    return p->bits[len] == checksum_of(p->bits, len) ? HDWALLET_OK : HDWALLET_BAD_CHECKSUM;
}

/* Out: *out, to be freed with sodium_free, NULL on failure. */
static enum hdwallet_verdict read_phrase(struct phrase **out, mm_bytes text,
                                         struct mm_reason *reason)
{
    *out = NULL;
    if (!is_ascii(text)) {
        (void)mm_fail(reason, MM_ERR_INVALID, "%s", hdwallet_verdict_text(HDWALLET_NOT_ASCII));
        return HDWALLET_NOT_ASCII;
    }
    struct phrase *p = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *p);
    if (p == NULL)
        return HDWALLET_NO_MEMORY;
    memset(p, 0, sizeof *p);
    const enum hdwallet_verdict verdict = read_words(p, text, reason);
    if (verdict == HDWALLET_OK) {
        *out = p;
        return HDWALLET_OK;
    }
    sodium_free(p);
    if (verdict != HDWALLET_UNKNOWN_WORD)
        (void)mm_fail(reason, MM_ERR_INVALID, "%s", hdwallet_verdict_text(verdict));
    return verdict;
}

enum hdwallet_verdict hdwallet_check_mnemonic(mm_bytes mnemonic, struct mm_reason *reason)
{
    struct phrase *p;
    const enum hdwallet_verdict verdict = read_phrase(&p, mnemonic, reason);
    sodium_free(p);
    return verdict;
}

bool hdwallet_mnemonic_of(char out[HDWALLET_MNEMONIC_MAX + 1], mm_bytes entropy)
{
    memset(out, 0, HDWALLET_MNEMONIC_MAX + 1);
    const size_t words = entropy.len / 4 * 3;
    if (entropy.len % 4 != 0 || !is_word_count(words))
        return false;
    struct phrase *p = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *p);
    if (p == NULL)
        return false;
    memset(p, 0, sizeof *p);
    uint8_t *bits = p->salt; /* append_word builds p->bits again, from the words */
    memcpy(bits, entropy.ptr, entropy.len);
    bits[entropy.len] = checksum_of(entropy.ptr, entropy.len);
    for (size_t i = 0; i < words; i++) {
        unsigned number = 0;
        for (size_t bit = i * BIP39_WORD_BITS; bit < (i + 1) * BIP39_WORD_BITS; bit++)
            number = number << 1 | ((unsigned)bits[bit / 8] >> (7 - bit % 8) & 1u);
        append_word(p, number);
    }
    MM_ASSERT(memcmp(p->bits, bits, entropy.len + 1) == 0);
    memcpy(out, p->text, p->text_len + 1);
    sodium_free(p);
    return true;
}

bool hdwallet_mnemonic_new(char out[HDWALLET_MNEMONIC_MAX + 1], unsigned words)
{
    out[0] = '\0';
    if (!is_word_count(words))
        return false;
    uint8_t *entropy = sodium_init() < 0 ? NULL : sodium_malloc(HDWALLET_ENTROPY_BYTES_MAX);
    if (entropy == NULL)
        return false;
    randombytes_buf(entropy, HDWALLET_ENTROPY_BYTES_MAX);
    const bool made = hdwallet_mnemonic_of(out, mm_bytes_from(entropy, entropy_len(words)));
    sodium_free(entropy);
    return made;
}

enum hdwallet_verdict hdwallet_seed_of(uint8_t seed[HDWALLET_SEED_BYTES], mm_bytes mnemonic,
                                       mm_bytes passphrase, struct mm_reason *reason)
{
    memset(seed, 0, HDWALLET_SEED_BYTES);
    enum hdwallet_verdict verdict = HDWALLET_OK;
    if (!is_ascii(passphrase))
        verdict = HDWALLET_NOT_ASCII;
    else if (passphrase.len > HDWALLET_PASSPHRASE_BYTES_MAX)
        verdict = HDWALLET_PASSPHRASE_TOO_LONG;
    if (verdict != HDWALLET_OK) {
        (void)mm_fail(reason, MM_ERR_INVALID, "%s", hdwallet_verdict_text(verdict));
        return verdict;
    }
    struct phrase *p;
    verdict = read_phrase(&p, mnemonic, reason);
    if (verdict != HDWALLET_OK)
        return verdict;
    const size_t prefix_len = sizeof SALT_PREFIX - 1;
    memcpy(p->salt, SALT_PREFIX, prefix_len);
    if (passphrase.len > 0)
        memcpy(p->salt + prefix_len, passphrase.ptr, passphrase.len);
    const int made =
        PKCS5_PBKDF2_HMAC(p->text, (int)p->text_len, p->salt, (int)(prefix_len + passphrase.len),
                          SEED_ROUNDS, EVP_sha512(), HDWALLET_SEED_BYTES, seed);
    sodium_free(p);
    return made == 1 ? HDWALLET_OK : HDWALLET_NO_MEMORY;
}
