/* Reading the `native` object of a genesis account, strictly.
 *
 *     { "contract": "collection", "name": "Cats", "symbol": { "hex": "0xff00" }, "owner": "0x…", "openMint": true }
 *
 * Every key must be known, every value of its kind, nothing missing; what is refused is named with its key, in a line that
 * genesis.json's reader puts behind the path of the account. A text is a JSON string, or {"hex": "0x…"} for bytes that are not
 * UTF-8. An address with mixed case must have its EIP-55 checksum.
 * Results: MM_OK, MM_ERR_INVALID with the reason, or MM_ERR_LIMIT when the arena is full.
 * Memory: texts borrow from the JSON tree or the arena. Threads: pure functions. */
#ifndef CONTRACTS_NATIVE_SETUP_SETUP_H
#define CONTRACTS_NATIVE_SETUP_SETUP_H

#include "state/base/arena.h"
#include "state/base/err.h"
#include "state/codec/json.h"

/* Refuses what is not an object, and a key that is neither "contract" nor one of `keys`. */
MM_MUST_USE mm_err setup_keys(const struct json *native, const char *const *keys, size_t count,
                              struct mm_reason *reason);

MM_MUST_USE mm_err setup_text(struct mm_arena *arena, mm_bytes *out, const struct json *native,
                              const char *key, struct mm_reason *reason);
MM_MUST_USE mm_err setup_bool(bool *out, const struct json *native, const char *key,
                              struct mm_reason *reason);
MM_MUST_USE mm_err setup_addr(mm_addr *out, const struct json *native, const char *key,
                              struct mm_reason *reason);
/* From 1 to `max` addresses. Out: *count of them in out. */
MM_MUST_USE mm_err setup_addrs(mm_addr *out, size_t *count, size_t max, const struct json *native,
                               const char *key, struct mm_reason *reason);

#endif
