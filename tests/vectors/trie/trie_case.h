/* The published trie tests as lists of writes, and the ways a trie can be made of such a list. */
#ifndef TESTS_VECTORS_TRIE_TRIE_CASE_H
#define TESTS_VECTORS_TRIE_TRIE_CASE_H

#include "state/codec/json.h"
#include "state/trie/trie.h"

/* A write; an empty value removes the key. */
struct trie_case {
    mm_bytes name;
    struct trie_update *writes; /* in the order of the file; keys may come twice */
    size_t count;
    mm_hash32 root; /* of what is there after all of them */
};

struct trie_cases {
    struct trie_case *items;
    size_t count;
};

/* hashed: keccak256(key) stands in place of each key, as in the files of "secure" tries. */
struct trie_cases trie_cases_read(struct mm_arena *arena, const char *path, bool hashed);

/* What is there after the writes: ascending, each key once, no empty values. `out` has room for all of them. */
size_t trie_case_settle(struct trie_update *out, const struct trie_update *writes, size_t count);
/* The last write of each key, removals among them: a batch. */
size_t trie_case_batch(struct trie_update *out, const struct trie_update *writes, size_t count);

/* Each write a block of its own over the stored trie. */
mm_hash32 trie_case_root_stored(const struct trie_update *writes, size_t count);
/* Each write applied by itself to a trie in memory, hashed once at the end. */
mm_hash32 trie_case_root_in_memory(const struct trie_update *writes, size_t count);
/* All writes as one batch over nothing. */
mm_hash32 trie_case_root_at_once(const struct trie_update *writes, size_t count);
/* What is there, streamed. Its keys have one length. */
mm_hash32 trie_case_root_streamed(const struct trie_update *writes, size_t count);
bool trie_case_has_one_length(const struct trie_update *writes, size_t count);

#endif
