/* Files of the shared folder, read at run time. Where the folder is absent the test is skipped, but not in CI. */
#ifndef TESTS_VECTORS_CHAIN_FIXTURE_H
#define TESTS_VECTORS_CHAIN_FIXTURE_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/chain/block.h"
#include "state/codec/json.h"
#include "state/codec/u256.h"

/* The file's bytes, in the arena. `path` is relative to the published Ethereum vectors. Does not return when there is no such file. */
mm_bytes fixture_read(struct mm_arena *arena, const char *path);
const struct json *fixture_json(struct mm_arena *arena, const char *path);

/* A member that must be there. */
const struct json *fixture_get(const struct json *object, const char *key);
/* A text of hexadecimal digits, with or without 0x. */
mm_bytes fixture_data(struct mm_arena *arena, const struct json *text);
/* The same as a big-endian number of at most 256 bits, with leading zeros allowed. */
mm_u256 fixture_u256(struct mm_arena *arena, const struct json *text);
uint64_t fixture_u64(struct mm_arena *arena, const struct json *text);

enum { FIXTURE_CHAIN_BLOCKS = 54 };

/* The chain of the RPC compatibility tests, blocks 1 to 54, and the bytes of each. */
struct fixture_chain {
    mm_bytes raws[FIXTURE_CHAIN_BLOCKS];
    struct block blocks[FIXTURE_CHAIN_BLOCKS];
};
const struct fixture_chain *fixture_chain(struct mm_arena *arena);

#endif
