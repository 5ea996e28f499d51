/* Parameters: reading and checking them as the method's row says, in go-ethereum's words. */
#include "rpc/eth/eth_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"

/* ---- why a text is not what it should be ---- */

static bool is_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool all_digits(mm_bytes text)
{
    for (size_t i = 2; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
    }
    return true;
}

/* What quantities and data have in common. */
static const char *prefix_reason(mm_bytes text)
{
    if (text.len == 0)
        return "empty hex string";
    if (text.len < 2 || text.ptr[0] != '0' || text.ptr[1] != 'x')
        return "hex string without 0x prefix";
    return NULL;
}

const char *eth_hex_reason_number(mm_bytes text, size_t bits)
{
    const char *reason = prefix_reason(text);
    if (reason != NULL)
        return reason;
    if (text.len == 2)
        return "hex string \"0x\"";
    if (!all_digits(text))
        return "invalid hex string";
    if (text.ptr[2] == '0' && text.len > 3)
        return "hex number with leading zero digits";
    return bits == 64 ? "hex number > 64 bits" : "hex number > 256 bits";
}

const char *eth_hex_reason_data(mm_bytes text)
{
    const char *reason = prefix_reason(text);
    if (reason != NULL)
        return reason;
    if (!all_digits(text))
        return "invalid hex string";
    return text.len % 2 != 0 ? "hex string of odd length" : "hex string of wrong length";
}

/* ---- values ---- */

const char *eth_read_u64(uint64_t *out, const struct json *value)
{
    *out = 0;
    if (value->kind != JSON_STRING)
        return "not a hex string";
    return hex_read_u64(out, value->text) ? NULL : eth_hex_reason_number(value->text, 64);
}

const char *eth_read_count(uint64_t *out, const struct json *value)
{
    if (value->kind == JSON_NUMBER)
        return json_u64(out, value) ? NULL : "not a whole number of 64 bits";
    return eth_read_u64(out, value);
}

const char *eth_read_u256(mm_u256 *out, const struct json *value)
{
    *out = u256_from_u64(0);
    if (value->kind != JSON_STRING)
        return "not a hex string";
    return hex_read_u256(out, value->text) ? NULL : eth_hex_reason_number(value->text, 256);
}

static const char *read_fixed(uint8_t *out, size_t len, const struct json *value,
                              const char *wrong_length)
{
    memset(out, 0, len);
    if (value->kind != JSON_STRING)
        return "not a hex string";
    if (hex_read_fixed(out, len, value->text))
        return NULL;
    const char *reason = eth_hex_reason_data(value->text);
    return value->text.len != 2 + 2 * len && prefix_reason(value->text) == NULL &&
                   value->text.len % 2 == 0 && all_digits(value->text)
               ? wrong_length
               : reason;
}

const char *eth_read_addr(mm_addr *out, const struct json *value)
{
    return read_fixed(out->b, sizeof out->b, value,
                      "hex string has another length than the 40 digits of an address");
}

const char *eth_read_hash(mm_hash32 *out, const struct json *value)
{
    return read_fixed(out->b, sizeof out->b, value,
                      "hex string has another length than the 64 digits of a hash");
}

const char *eth_read_data(struct mm_arena *arena, mm_bytes *out, const struct json *value)
{
    size_t len;
    *out = (mm_bytes){ NULL, 0 };
    if (value->kind != JSON_STRING)
        return "not a hex string";
    if (!hex_data_len(&len, value->text))
        return eth_hex_reason_data(value->text);
    uint8_t *bytes = mm_arena_alloc(arena, len);
    if (bytes == NULL)
        return "out of memory";
    if (!hex_decode(bytes, mm_bytes_from(value->text.ptr + 2, value->text.len - 2)))
        return eth_hex_reason_data(value->text);
    *out = mm_bytes_from(bytes, len);
    return NULL;
}

/* Up to 32 bytes, short and odd ones allowed, with or without prefix, as go-ethereum has it for storage keys alone. */
bool eth_read_slot(struct eth_request *r, mm_hash32 *out, const struct json *value)
{
    *out = (mm_hash32){ { 0 } };
    if (value->kind != JSON_STRING)
        return eth_fail(r, ETH_INVALID_PARAMS, "storage key is not a hex string");
    const mm_bytes text = value->text;
    mm_bytes digits = text;
    if (text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X'))
        digits = mm_bytes_from(text.ptr + 2, text.len - 2);
    const int shown = text.len < 100 ? (int)text.len : 100;
    char padded[64];
    if (digits.len <= sizeof padded) {
        memset(padded, '0', sizeof padded - digits.len);
        if (digits.len > 0)
            memcpy(padded + sizeof padded - digits.len, digits.ptr, digits.len);
        if (hex_decode(out->b, MM_BYTES_OF(padded)))
            return true;
        return eth_fail(r, ETH_INVALID_PARAMS, "invalid hex in storage key: \"%.*s\"", shown,
                        (const char *)text.ptr);
    }
    return eth_fail(r, ETH_INVALID_PARAMS, "storage key too long (want at most 32 bytes): \"%.*s\"",
                    shown, (const char *)text.ptr);
}

bool eth_fail_arg(struct eth_request *r, size_t index, const char *reason)
{
    return eth_fail(r, ETH_INVALID_PARAMS, "invalid argument %zu: %s", index, reason);
}

/* ---- parameters ---- */

static const char *must_be(const struct json *value, enum json_kind kind, const char *reason)
{
    return value->kind == kind ? NULL : reason;
}

/* NULL, or the reason. Storage keys have errors of their own and are read by the caller. */
static const char *read_value(struct eth_request *r, struct eth_arg *arg, enum eth_param_kind kind)
{
    const struct json *value = arg->json;
    switch (kind) {
    case ETH_PARAM_ADDR:
        return eth_read_addr(&arg->addr, value);
    case ETH_PARAM_HASH:
        return eth_read_hash(&arg->hash, value);
    case ETH_PARAM_DATA:
        return eth_read_data(r->arena, &arg->bytes, value);
    case ETH_PARAM_COUNT:
        return eth_read_count(&arg->count, value);
    case ETH_PARAM_QUANTITY:
        return eth_read_u256(&arg->quantity, value);
    case ETH_PARAM_BOOL:
        arg->flag = value->kind == JSON_TRUE;
        return arg->flag ? NULL : must_be(value, JSON_FALSE, "not a boolean");
    case ETH_PARAM_BLOCK:
        return eth_read_block(&arg->block, value, false);
    case ETH_PARAM_BLOCK_REF:
        return eth_read_block(&arg->block, value, true);
    case ETH_PARAM_HEIGHT:
        return eth_read_height(&arg->block, value);
    case ETH_PARAM_TEXT:
        arg->bytes = value->text;
        return must_be(value, JSON_STRING, "not a string");
    case ETH_PARAM_OBJECT:
        return must_be(value, JSON_OBJECT, "not an object");
    case ETH_PARAM_ARRAY:
        return must_be(value, JSON_ARRAY, "not an array");
    case ETH_PARAM_ANY:
        return NULL;
    case ETH_PARAM_SLOT:
    case ETH_PARAM_NONE:
        break;
    }
    MM_UNREACHABLE();
}

static bool read_arg(struct eth_request *r, size_t index, const struct json *value)
{
    const struct eth_param *param = &r->method->params[index];
    struct eth_arg *arg = &r->args[index];
    if (value == NULL || value->kind == JSON_NULL) {
        if (!param->is_optional)
            return eth_fail(r, ETH_INVALID_PARAMS, "missing value for required argument %zu",
                            index);
        if (param->kind == ETH_PARAM_BLOCK || param->kind == ETH_PARAM_BLOCK_REF ||
            param->kind == ETH_PARAM_HEIGHT)
            arg->block = (struct eth_block_ref){ .kind = ETH_BLOCK_LATEST };
        return true;
    }
    arg->is_given = true;
    arg->json = value;
    if (param->kind == ETH_PARAM_SLOT)
        return eth_read_slot(r, &arg->hash, value);
    const char *reason = read_value(r, arg, param->kind);
    return reason == NULL || eth_fail_arg(r, index, reason);
}

bool eth_read_args(struct eth_request *r, const struct json *params)
{
    size_t given = 0;
    if (params != NULL && params->kind != JSON_NULL) {
        if (params->kind != JSON_ARRAY)
            return eth_fail(r, ETH_INVALID_PARAMS, "non-array args");
        given = params->count;
    }
    size_t known = 0;
    while (known < RPC_ETH_PARAMS_MAX && r->method->params[known].kind != ETH_PARAM_NONE)
        known++;
    if (given > known)
        return eth_fail(r, ETH_INVALID_PARAMS, "too many arguments, want at most %zu", known);
    for (size_t i = 0; i < known; i++) {
        if (!read_arg(r, i, i < given ? &params->items[i] : NULL))
            return false;
    }
    return true;
}
