/* Keccak-256 (the padding of the original submission, 0x01, as Ethereum uses it; not SHA3-256).
 *
 * The interface takes many inputs at once, because the trie has many: a level of nodes is hashed in one call, on 8 states side
 * by side with AVX-512, on 4 with AVX2 (docs/decisions/0020-multi-buffer-keccak.md). Which implementation runs is chosen once,
 * at the first call; all give the same bytes. Nothing here allocates. Threads: all functions are safe; a struct keccak belongs
 * to one. */
#ifndef STATE_CRYPTO_KECCAK_H
#define STATE_CRYPTO_KECCAK_H

#include "state/base/bytes.h"

mm_hash32 keccak256(mm_bytes input);
/* out[i] = keccak256(inputs[i]); out does not overlap the inputs. Lengths may differ. From three inputs on it is faster
 * than one call for each, with AVX-512 from two. */
void keccak256_many(mm_hash32 *out, const mm_bytes *inputs, size_t count);
/* The hash of two inputs, one behind the other: mapping slots, domain-separated digests. */
mm_hash32 keccak256_pair(mm_bytes first, mm_bytes second);

/* keccak256 of nothing, and of the RLP of an empty string (the root of an empty trie) and an empty list. */
extern const mm_hash32 KECCAK_EMPTY;
extern const mm_hash32 KECCAK_EMPTY_TRIE;
extern const mm_hash32 KECCAK_EMPTY_LIST;

/* Input in pieces. */
struct keccak {
    uint64_t lane[25];
    size_t filled; /* bytes of the current block, below the rate of 136 */
};
void keccak_init(struct keccak *k);
void keccak_update(struct keccak *k, mm_bytes piece);
mm_hash32 keccak_final(struct keccak *k);

#endif
