#include "contracts-native/abi/abi.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"

/* 1 to 3 digits without a leading zero; 0 when there are none or more. */
static unsigned read_number(const char **at)
{
    unsigned number = 0;
    unsigned digits = 0;
    for (; **at >= '0' && **at <= '9'; ++*at, digits++) {
        if (digits == 3 || (digits == 0 && **at == '0'))
            return 0;
        number = number * 10 + (unsigned)(**at - '0');
    }
    return number;
}

static bool skip(const char **at, const char *word)
{
    const size_t len = strlen(word);
    if (strncmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

static bool read_integer(struct abi_type *type, const char **at, enum abi_kind kind)
{
    const unsigned bits = read_number(at);
    if (bits == 0 || bits > 256 || bits % 8 != 0)
        return false;
    *type = (struct abi_type){ .kind = (uint8_t)kind, .bytes = (uint8_t)(bits / 8) };
    return true;
}

static bool read_type(struct abi_type *type, const char **at)
{
    *type = (struct abi_type){ 0 };
    if (skip(at, "uint")) {
        if (!read_integer(type, at, ABI_UINT))
            return false;
    } else if (skip(at, "int")) {
        if (!read_integer(type, at, ABI_INT))
            return false;
    } else if (skip(at, "address")) {
        *type = (struct abi_type){ .kind = ABI_ADDRESS, .bytes = 20 };
    } else if (skip(at, "bool")) {
        *type = (struct abi_type){ .kind = ABI_BOOL, .bytes = 1 };
    } else if (skip(at, "string")) {
        type->kind = ABI_STRING;
    } else if (skip(at, "bytes")) {
        type->kind = ABI_BYTES;
        if (**at >= '0' && **at <= '9') {
            const unsigned bytes = read_number(at);
            if (bytes == 0 || bytes > ABI_WORD)
                return false;
            *type = (struct abi_type){ .kind = ABI_BYTES_FIXED, .bytes = (uint8_t)bytes };
        }
    } else {
        return false;
    }
    type->is_array = skip(at, "[]");
    return true;
}

/* "(type,type)" or "(type,type)[]": a type, and its members behind it. */
static bool read_tuple(struct abi_signature *out, const char **at)
{
    struct abi_type *tuple = &out->types[out->count++];
    bool is_dynamic = false;
    *tuple = (struct abi_type){ .kind = ABI_TUPLE };
    do {
        struct abi_type *member = &out->types[out->count];
        if (out->count == ABI_ARGS_MAX || !read_type(member, at) || abi_type_has_offsets(member))
            return false;
        is_dynamic = is_dynamic || abi_type_is_dynamic(member);
        tuple->bytes++;
        out->count++;
    } while (skip(at, ","));
    if (!skip(at, ")"))
        return false;
    tuple->is_array = skip(at, "[]");
    return is_dynamic;
}

static bool read_one(struct abi_signature *out, const char **at)
{
    if (skip(at, "("))
        return read_tuple(out, at);
    if (!read_type(&out->types[out->count], at))
        return false;
    out->count++;
    return true;
}

/* Types separated by commas, up to `end`. */
static bool read_types(struct abi_signature *out, const char *at, char end)
{
    if (*at == end)
        return at[end == '\0' ? 0 : 1] == '\0';
    for (;;) {
        const unsigned index = out->count;
        if (index == ABI_ARGS_MAX || !read_one(out, &at))
            return false;
        if (skip(&at, " indexed"))
            out->indexed = (uint16_t)(out->indexed | 1u << index);
        if (*at == end)
            return at[end == '\0' ? 0 : 1] == '\0';
        if (*at != ',')
            return false;
        at++;
    }
}

static bool is_name_char(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           (!first && c >= '0' && c <= '9');
}

static mm_hash32 hash_without_indexed(const char *text)
{
    char canonical[ABI_TEXT_MAX];
    size_t len = 0;
    for (const char *at = text; *at != '\0';) {
        if (!skip(&at, " indexed"))
            canonical[len++] = *at++;
    }
    return keccak256(mm_bytes_from(canonical, len));
}

bool abi_signature_parse(struct abi_signature *out, const char *text)
{
    *out = (struct abi_signature){ .text = text };
    bool valid = strlen(text) <= ABI_TEXT_MAX;
    if (valid) {
        const char *at = text;
        while (is_name_char(*at, at == text))
            at++;
        valid =
            at > text && *at == '(' ? read_types(out, at + 1, ')') : read_types(out, text, '\0');
    }
    if (!valid) {
        *out = (struct abi_signature){ 0 };
        return false;
    }
    out->hash = hash_without_indexed(text);
    return true;
}

mm_bytes abi_selector(const struct abi_signature *signature)
{
    MM_ASSERT(signature->text != NULL);
    return mm_bytes_from(signature->hash.b, ABI_SELECTOR);
}
