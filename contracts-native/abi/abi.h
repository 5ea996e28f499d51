/* The contract ABI: signature text, arguments as solc reads them, values as solc writes them.
 *
 *      "mint(address,string)" ── abi_signature_parse ──► types, keccak256 of the text (selector or topic)
 *
 *      head   | address, left-padded to 32 bytes | offset of the string, from the first byte of the head |
 *      tail   | length of the string | its bytes, zeros up to a multiple of 32 |
 *
 * Types: uint8..uint256, int8..int256, bool, address, bytes1..bytes32, string, bytes, arrays T[] of all of them, and tuples (T,…)
 * and (T,…)[] of all of these but lists. A tuple has a member that is no word, so it always stands in the tail; tuples in tuples
 * and nested arrays are refused by the parser. A list is an array whose elements are no words: string[], bytes[].
 *
 * A tuple is a type of its own, and its members are the types behind it: "f(bool,(uint8,string))" has four types. Values go along
 * with types one by one, so members of a tuple are values like others; of an array of tuples, where each element has its own,
 * abi_tuple_at reads them and abi_encode_tuples writes them; abi_list_at and abi_encode_list do so for a list.
 *
 * Decoding is strict where solc 0.8's decoder is strict and lenient where it is lenient; the verdicts below are its rules, in
 * the order in which it looks. Offsets need not be multiples of 32, nor in order, nor past the head; tails may overlap; padding
 * may be missing or dirty; more calldata than needed is ignored. Where a string or array is decoded to matters for one rule:
 * solc copies `memory` arguments and leaves `calldata` ones in place, and memory has an end.
 * Encoding is canonical: tails in order, without gaps, zero padding. So encode(decode(x)) is the one canonical form of x.
 *
 * Memory: decoded strings and arrays borrow from the input; encoding allocates exactly its result in the caller's arena.
 * Threads: pure functions. Limits: ABI_ARGS_MAX types in a signature, ABI_TEXT_MAX characters.
 * Source: Contract ABI Specification of the Solidity documentation; what solc 0.8.37 compiles of it, where that leaves room. */
#ifndef CONTRACTS_NATIVE_ABI_ABI_H
#define CONTRACTS_NATIVE_ABI_ABI_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"
#include "state/codec/u256.h"

enum {
    ABI_WORD = 32,
    ABI_SELECTOR = 4,
    ABI_ARGS_MAX = 16,  /* types of one signature, members too; the longest of ours has 15 */
    ABI_TEXT_MAX = 255, /* characters of a signature */
};

enum abi_kind {
    ABI_UINT,
    ABI_INT,
    ABI_BOOL,
    ABI_ADDRESS,
    ABI_BYTES_FIXED, /* bytes1 to bytes32 */
    ABI_BYTES,
    ABI_STRING,
    ABI_TUPLE,
};

struct abi_type {
    uint8_t kind; /* enum abi_kind */
    uint8_t
        bytes; /* of what stands in the word: 32 for uint256, 12 for uint96, 20 for address; 0 for bytes and string; of a tuple: how many of the types behind it are its members */
    bool is_array; /* T[] */
};

/* A function, event or error: its text is its name on the wire, so nothing else of it is typed in by hand. Of an event the
 * text marks indexed arguments as Solidity does: "Transfer(address indexed,address indexed,uint256 indexed)". */
struct abi_signature {
    const char *text; /* borrowed, a literal */
    mm_hash32
        hash; /* keccak256 of the text without " indexed": an event's topic 0; its first 4 bytes: a selector */
    uint8_t count;
    uint16_t indexed; /* a bit an argument */
    struct abi_type types[ABI_ARGS_MAX];
};

/* One argument or result. Static types use `word`: numbers, bool and address as the number, int sign-extended, bytesN as the 32
 * bytes with its bytes first. string and bytes use `bytes`. Arrays use `bytes` too: their elements' words, one behind the
 * other, so bytes.len is a multiple of ABI_WORD (abi_array_at reads them). An array of tuples and a list have their number in `word`
 * and what follows it in `bytes`: offsets and what they point to, and when decoded all that is behind them. */
struct abi_value {
    mm_u256 word;
    mm_bytes bytes;
};

/* For a list of values in a call: abi_revert(call, error, ABI_VALUES(abi_addr(&a), abi_word(&id))). */
#define ABI_VALUES(...) ((const struct abi_value[]){ __VA_ARGS__ })

static inline struct abi_value abi_word(const mm_u256 *word)
{
    return (struct abi_value){ .word = *word };
}

static inline struct abi_value abi_u64(uint64_t value)
{
    return (struct abi_value){ .word = u256_from_u64(value) };
}

static inline struct abi_value abi_bool(bool value)
{
    return abi_u64(value ? 1 : 0);
}

static inline struct abi_value abi_addr(const mm_addr *addr)
{
    return (struct abi_value){ .word = u256_from_addr(addr) };
}

static inline struct abi_value abi_bytes(mm_bytes bytes)
{
    return (struct abi_value){ .bytes = bytes };
}

/* The i-th element of an array value. */
mm_u256 abi_array_at(const struct abi_value *array, size_t index);

static inline bool abi_type_is_dynamic(const struct abi_type *type)
{
    return type->is_array || type->kind == ABI_BYTES || type->kind == ABI_STRING ||
           type->kind == ABI_TUPLE;
}

/* Arrays whose elements stand behind offsets. */
static inline bool abi_type_has_offsets(const struct abi_type *type)
{
    return type->is_array &&
           (type->kind == ABI_TUPLE || type->kind == ABI_BYTES || type->kind == ABI_STRING);
}

/* The type and its members: how far it is to the next one. */
static inline size_t abi_type_span(const struct abi_type *type)
{
    return type->kind == ABI_TUPLE ? 1 + (size_t)type->bytes : 1;
}

/* "name(type,type)" or, without a name and brackets, "type,type" (the results of a function; empty: none). Canonical names
 * only, no spaces but in " indexed". False when it is anything else or too long; *out is then zero. */
MM_MUST_USE bool abi_signature_parse(struct abi_signature *out, const char *text);
mm_bytes abi_selector(const struct abi_signature *signature);

/* Where solc puts the strings and arrays of a function. */
enum abi_location { ABI_CALLDATA, ABI_MEMORY };

/* Why arguments were refused. All of them revert without data, but ABI_MEMORY_END, which is Panic(0x41). */
enum abi_verdict {
    ABI_OK = 0,
    ABI_HEAD_SHORT, /* fewer bytes than 32 an argument */
    ABI_DIRTY_WORD, /* bits outside the type: address, uintN, intN, bytesN; bool that is neither 0 nor 1 */
    ABI_OFFSET_TOO_LARGE, /* above 2^64 - 1 */
    ABI_LENGTH_OUTSIDE,   /* the length word is not wholly within the arguments */
    ABI_LENGTH_TOO_LARGE, /* calldata: above 2^64 - 1 */
    ABI_MEMORY_END,       /* memory: what it takes cannot be addressed in 64 bits */
    ABI_TAIL_SHORT,       /* fewer bytes than the length says */
};

/* Reads `count` values; `args` is what follows the selector. Out: values[count], borrowing from args; undefined when refused. */
MM_MUST_USE enum abi_verdict abi_decode(struct abi_value *values, mm_bytes args,
                                        const struct abi_type *types, size_t count,
                                        enum abi_location location);

/* Out: *out, `prefix` (a selector, or nothing) and the values, in the arena. MM_ERR_LIMIT when it is full. */
MM_MUST_USE mm_err abi_encode(struct mm_arena *arena, mm_bytes *out, mm_bytes prefix,
                              const struct abi_type *types, size_t count,
                              const struct abi_value *values);

/* The members of one tuple of an array, of which `type` is the type; index is below its number (array->word). */
MM_MUST_USE enum abi_verdict abi_tuple_at(struct abi_value *members, const struct abi_value *array,
                                          const struct abi_type *type, size_t index);
/* Out: *array, a value of the type: `count` tuples whose members stand one behind the other. */
MM_MUST_USE mm_err abi_encode_tuples(struct mm_arena *arena, struct abi_value *array,
                                     const struct abi_type *type, size_t count,
                                     const struct abi_value *members);

/* One element of a list; index is below its number (list->word). */
MM_MUST_USE enum abi_verdict abi_list_at(mm_bytes *element, const struct abi_value *list,
                                         size_t index);
/* Out: *list of these. */
MM_MUST_USE mm_err abi_encode_list(struct mm_arena *arena, struct abi_value *list,
                                   const mm_bytes *elements, size_t count);

#endif
