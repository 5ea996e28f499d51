/* EIP-712: the digest of typed structured data.
 *
 *     digest = keccak256(0x19 0x01 || hashStruct("EIP712Domain", domain) || hashStruct(primaryType, message))
 *     hashStruct(T, value) = keccak256(keccak256(encodeType(T)) || word of each member)
 *     a word: a number, boolean, address or bytesN as Solidity pads it; keccak256 of bytes and strings; hashStruct of a struct;
 *             keccak256 of the words of an array, one behind the other
 *     encodeType(T) = T(type name,type name…) and behind it, by name, every struct that T needs
 *
 * As the libraries of wallets read it: numbers are JSON numbers, decimal or 0x texts, and must fit; bytesN has exactly N bytes; a
 * member that is missing is an error, but a struct that is null or missing is a zero word (v4). Extra members are ignored.
 * No recursion: structs and arrays in work stand on a stack as deep as JSON can be.
 * Memory: the arena. Threads: pure. Limits: below. */
#ifndef RPC_ETH_TYPED_DATA_H
#define RPC_ETH_TYPED_DATA_H

#include "state/base/arena.h"
#include "state/codec/json.h"

enum {
    TYPED_DATA_TYPES_MAX = 64,
    TYPED_DATA_FIELDS_MAX = 128, /* of one struct */
    TYPED_DATA_NAME_MAX = 128,   /* of a type or member */
};

/* NULL, or what is wrong with it. */
const char *typed_data_digest(struct mm_arena *arena, mm_hash32 *digest, const struct json *data);

#endif
