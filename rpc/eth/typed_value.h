/* EIP-712, the leaves: atomic types, their words, and the text of array types. */
#ifndef RPC_ETH_TYPED_VALUE_H
#define RPC_ETH_TYPED_VALUE_H

#include "state/base/arena.h"
#include "state/codec/json.h"

/* bool, address, string, bytes, bytes1 … bytes32, uint8 … uint256, int8 … int256, uint, int. */
bool typed_is_atomic(mm_bytes type);
/* Whether the type is a base and any number of [] and [n]. */
bool typed_brackets_are_valid(mm_bytes type);
/* The element type of an array type; its length when that is fixed. The type is valid and ends with a bracket. */
mm_bytes typed_element(mm_bytes type, size_t *len, bool *is_fixed);
/* The word of an atomic value. NULL, or what is wrong. */
const char *typed_word(struct mm_arena *arena, mm_hash32 *word, mm_bytes type,
                       const struct json *value);
/* A member by its name; NULL when it is not there. */
const struct json *typed_find(const struct json *object, mm_bytes name);

#endif
