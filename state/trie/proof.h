/* Merkle proofs (EIP-1186): the stored nodes from the root to a key, root first; or to the place where the key would be.
 *
 * As go-ethereum gives them: the root and every node of 32 bytes or more on the way; shorter ones stand inside their parents.
 * The same nodes prove that a key is absent. The proof of anything in an empty trie has no nodes.
 * Memory: nodes and value are in the arena, or borrowed from the reader. Threads: pure functions over the reader. */
#ifndef STATE_TRIE_PROOF_H
#define STATE_TRIE_PROOF_H

#include "state/trie/trie.h"

struct trie_proof {
    const mm_bytes *nodes;
    size_t count;
    mm_bytes value; /* empty: the key is not in the trie */
};

/* MM_ERR_CORRUPT when a node is missing or none. */
MM_MUST_USE mm_err trie_prove(struct mm_arena *arena, struct trie_proof *proof,
                              const struct trie_reader *reader, const mm_hash32 *root,
                              mm_bytes key);

enum proof_verdict {
    PROOF_PRESENT = 0, /* *value is what the root says the key has */
    PROOF_ABSENT,      /* the root says that the key is not there */
    PROOF_HASH,        /* a node does not hash to what its parent (or the root) says */
    PROOF_NODE,        /* bytes that are no node */
    PROOF_SHORT,       /* it ends before the key is decided */
    PROOF_EXTRA,       /* nodes behind the last one needed */
};
const char *proof_verdict_text(enum proof_verdict verdict);

/* Checks a proof against a root, trusting nothing else. Out: *value, borrowed from the nodes. */
MM_MUST_USE enum proof_verdict trie_verify(struct mm_arena *arena, mm_bytes *value,
                                           const mm_hash32 *root, mm_bytes key,
                                           const mm_bytes *nodes, size_t count);

#endif
