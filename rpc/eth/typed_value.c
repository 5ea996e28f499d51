#include "rpc/eth/typed_value.h"

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/u256.h"
#include "state/crypto/keccak.h"

enum kind { NOT_ATOMIC, BOOL, ADDRESS, STRING, BYTES, FIXED_BYTES, UNSIGNED, SIGNED };

struct atom {
    enum kind kind;
    unsigned size; /* bytes of FIXED_BYTES, bits of numbers */
};

/* The decimal number behind the prefix, without leading zeros; 0 when it is none. */
static unsigned suffix(mm_bytes type, size_t prefix_len)
{
    unsigned number = 0;
    if (type.len <= prefix_len || type.len > prefix_len + 3 || type.ptr[prefix_len] == '0')
        return 0;
    for (size_t i = prefix_len; i < type.len; i++) {
        if (type.ptr[i] < '0' || type.ptr[i] > '9')
            return 0;
        number = number * 10 + (unsigned)(type.ptr[i] - '0');
    }
    return number;
}

static bool begins(mm_bytes type, mm_bytes prefix)
{
    return type.len >= prefix.len && memcmp(type.ptr, prefix.ptr, prefix.len) == 0;
}

static struct atom number_type(enum kind kind, mm_bytes type, size_t prefix_len)
{
    const unsigned bits = type.len == prefix_len ? 256 : suffix(type, prefix_len);
    const bool is_valid = bits >= 8 && bits <= 256 && bits % 8 == 0;
    return (struct atom){ is_valid ? kind : NOT_ATOMIC, bits };
}

static struct atom atom_of(mm_bytes type)
{
    if (mm_bytes_equal(type, MM_BYTES_LIT("bool")))
        return (struct atom){ BOOL, 0 };
    if (mm_bytes_equal(type, MM_BYTES_LIT("address")))
        return (struct atom){ ADDRESS, 0 };
    if (mm_bytes_equal(type, MM_BYTES_LIT("string")))
        return (struct atom){ STRING, 0 };
    if (mm_bytes_equal(type, MM_BYTES_LIT("bytes")))
        return (struct atom){ BYTES, 0 };
    if (begins(type, MM_BYTES_LIT("bytes"))) {
        const unsigned size = suffix(type, 5);
        return (struct atom){ size >= 1 && size <= 32 ? FIXED_BYTES : NOT_ATOMIC, size };
    }
    if (begins(type, MM_BYTES_LIT("uint")))
        return number_type(UNSIGNED, type, 4);
    if (begins(type, MM_BYTES_LIT("int")))
        return number_type(SIGNED, type, 3);
    return (struct atom){ NOT_ATOMIC, 0 };
}

bool typed_is_atomic(mm_bytes type)
{
    return atom_of(type).kind != NOT_ATOMIC;
}

/* ---- arrays ---- */

enum { ARRAY_DIGITS_MAX = 9 };

bool typed_brackets_are_valid(mm_bytes type)
{
    size_t at = 0;
    while (at < type.len && type.ptr[at] != '[')
        at++;
    while (at < type.len) {
        if (type.ptr[at++] != '[')
            return false;
        const size_t start = at;
        while (at < type.len && type.ptr[at] >= '0' && type.ptr[at] <= '9')
            at++;
        if (at - start > ARRAY_DIGITS_MAX || at == type.len || type.ptr[at++] != ']')
            return false;
    }
    return true;
}

mm_bytes typed_element(mm_bytes type, size_t *len, bool *is_fixed)
{
    size_t open = type.len - 1;
    MM_ASSERT(type.ptr[open] == ']');
    while (type.ptr[open] != '[')
        open--;
    *len = 0;
    *is_fixed = open + 2 < type.len;
    for (size_t i = open + 1; i + 1 < type.len; i++)
        *len = *len * 10 + (size_t)(type.ptr[i] - '0');
    return mm_bytes_from(type.ptr, open);
}

/* ---- words ---- */

static const char *read_hex_bytes(struct mm_arena *arena, mm_bytes *bytes, const struct json *value)
{
    size_t len;
    *bytes = (mm_bytes){ NULL, 0 };
    if (value->kind != JSON_STRING || !hex_data_len(&len, value->text))
        return "bytes are not hex data";
    uint8_t *out = mm_arena_alloc(arena, len);
    if (out == NULL)
        return "out of memory";
    if (!hex_decode(out, mm_bytes_from(value->text.ptr + 2, value->text.len - 2)))
        return "bytes are not hex data";
    *bytes = mm_bytes_from(out, len);
    return NULL;
}

/* Digits behind `0x`, leading zeros allowed, 1 to 64 of them. */
static bool read_hex_number(mm_u256 *number, mm_bytes text)
{
    char padded[64];
    uint8_t be[32];
    if (text.len < 3 || text.len > 2 + sizeof padded || text.ptr[0] != '0' || text.ptr[1] != 'x')
        return false;
    memset(padded, '0', sizeof padded);
    memcpy(padded + sizeof padded - (text.len - 2), text.ptr + 2, text.len - 2);
    if (!hex_decode(be, MM_BYTES_OF(padded)))
        return false;
    *number = u256_from_be32(be);
    return true;
}

/* 2^bits; zero for 256. */
static mm_u256 power_of_two(unsigned bits)
{
    mm_u256 power = u256_from_u64(0);
    if (bits < 256)
        power.limb[bits / 64] = UINT64_C(1) << bits % 64;
    return power;
}

static const char *number_word(mm_hash32 *word, struct atom atom, const struct json *value)
{
    mm_bytes text = value->text;
    mm_u256 number;
    if (value->kind != JSON_NUMBER && value->kind != JSON_STRING)
        return "a number is neither a number nor a text";
    const bool is_negative = text.len > 0 && text.ptr[0] == '-';
    if (is_negative)
        text = mm_bytes_from(text.ptr + 1, text.len - 1);
    if (!u256_from_decimal(&number, text) && !read_hex_number(&number, text))
        return "a number is not a whole number of at most 256 bits";
    /* Two's complement: -2^(n-1) … 2^(n-1) - 1. */
    const unsigned bits = atom.kind == SIGNED ? atom.size - 1 : atom.size;
    const mm_u256 limit = power_of_two(bits);
    const int order = bits == 256 ? -1 : u256_compare(&number, &limit);
    if (is_negative ? atom.kind == UNSIGNED && !u256_is_zero(&number) : order >= 0)
        return "a number does not fit its type";
    if (is_negative && order > 0)
        return "a number does not fit its type";
    if (is_negative) {
        const mm_u256 zero = u256_from_u64(0);
        number = u256_wrapping_sub(&zero, &number);
    }
    *word = u256_to_hash(&number);
    return NULL;
}

static const char *bytes_word(struct mm_arena *arena, mm_hash32 *word, struct atom atom,
                              const struct json *value)
{
    mm_bytes bytes;
    const char *reason = read_hex_bytes(arena, &bytes, value);
    if (reason != NULL)
        return reason;
    if (atom.kind == BYTES) {
        *word = keccak256(bytes);
        return NULL;
    }
    if (bytes.len != atom.size)
        return "bytes of another length than their type says";
    memcpy(word->b, bytes.ptr, bytes.len); /* padded to the right */
    return NULL;
}

const char *typed_word(struct mm_arena *arena, mm_hash32 *word, mm_bytes type,
                       const struct json *value)
{
    const struct atom atom = atom_of(type);
    mm_addr addr;
    *word = (mm_hash32){ { 0 } };
    switch (atom.kind) {
    case BOOL:
        word->b[31] = value->kind == JSON_TRUE;
        return value->kind == JSON_TRUE || value->kind == JSON_FALSE ? NULL
                                                                     : "a boolean is neither true "
                                                                       "nor false";
    case ADDRESS:
        if (value->kind != JSON_STRING || !hex_read_addr(&addr, value->text))
            return "an address is not 0x and 40 digits";
        memcpy(word->b + 12, addr.b, sizeof addr.b);
        return NULL;
    case STRING:
        if (value->kind != JSON_STRING)
            return "a string is not a string";
        *word = keccak256(value->text);
        return NULL;
    case BYTES:
    case FIXED_BYTES:
        return bytes_word(arena, word, atom, value);
    case UNSIGNED:
    case SIGNED:
        return number_word(word, atom, value);
    case NOT_ATOMIC:
        break;
    }
    MM_UNREACHABLE();
}

/* As json_find, whose keys are literals. */
const struct json *typed_find(const struct json *object, mm_bytes name)
{
    for (size_t i = object->count; i-- > 0;) {
        if (mm_bytes_equal(object->members[i].key, name))
            return &object->members[i].value;
    }
    return NULL;
}
