/* Reverts by their names: the errors of the native contracts, and solc's own two. */
#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "contracts-native/credit/credit.h"
#include "contracts-native/erc721/erc721.h"
#include "contracts-native/governor/governor.h"
#include "contracts-native/natives/natives.h"
#include "contracts-native/nft/errors.h"
#include "node/cli/remote.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

enum { TEXT_BYTES_MAX = 64 << 10 };

static bool matches(const struct abi_signature *error, mm_bytes data)
{
    return data.len >= ABI_SELECTOR && memcmp(error->hash.b, data.ptr, ABI_SELECTOR) == 0;
}

void revert_add_value(struct mm_buf *text, const struct abi_type *type,
                      const struct abi_value *value)
{
    char decimal[U256_DECIMAL_MAX + 1];
    char address[ADDRESS_TEXT + 1];
    const mm_addr addr = u256_to_addr(&value->word);
    if (abi_type_is_dynamic(type)) {
        mm_buf_add(text, value->bytes);
    } else if (type->kind == ABI_ADDRESS) {
        address_to_text(address, &addr);
        mm_buf_add_text(text, address);
    } else if (type->kind == ABI_BYTES_FIXED) {
        const mm_hash32 bytes = u256_to_hash(&value->word);
        hex_add_data(text, mm_bytes_from(bytes.b, type->bytes));
    } else {
        u256_to_decimal(decimal, &value->word);
        mm_buf_add_text(text, decimal);
    }
}

static void add_error(struct mm_buf *text, const struct abi_signature *error, mm_bytes args)
{
    struct abi_value values[ABI_ARGS_MAX];
    const size_t name_len = strcspn(error->text, "(");
    mm_buf_add(text, mm_bytes_from(error->text, name_len));
    if (abi_decode(values, args, error->types, error->count, ABI_CALLDATA) != ABI_OK) {
        mm_buf_add_text(text, " with malformed arguments");
        return;
    }
    mm_buf_add_byte(text, '(');
    for (size_t i = 0; i < error->count; i++) {
        if (i > 0)
            mm_buf_add_text(text, ", ");
        revert_add_value(text, &error->types[i], &values[i]);
    }
    mm_buf_add_byte(text, ')');
}

static const struct abi_signature *find_in(const struct abi_signature *errors, size_t count,
                                           mm_bytes data)
{
    for (size_t i = 0; i < count; i++) {
        if (matches(&errors[i], data))
            return &errors[i];
    }
    return NULL;
}

/* Among the errors of the native contracts. */
static const struct abi_signature *find(mm_bytes data)
{
    (void)natives_all(); /* reads the texts of the errors */
    const struct abi_signature *found = find_in(erc721_errors, ERC721_ERRORS, data);
    if (found == NULL)
        found = find_in(nft_errors, NFT_ERRORS, data);
    if (found == NULL)
        found = find_in(ainft_errors, AINFT_ERRORS, data);
    if (found == NULL)
        found = find_in(credit_errors, CREDIT_ERRORS, data);
    return found != NULL ? found : find_in(governor_errors, GOVERNOR_ERRORS, data);
}

static void add_any(struct mm_buf *text, mm_bytes data)
{
    struct abi_signature message;
    struct abi_signature panic;
    struct abi_value value;
    const mm_bytes args = data.len < ABI_SELECTOR
                              ? (mm_bytes){ NULL, 0 }
                              : mm_bytes_from(data.ptr + ABI_SELECTOR, data.len - ABI_SELECTOR);
    const struct abi_signature *own = find(data);
    abi_signature_init(&message, "Error(string)");
    abi_signature_init(&panic, "Panic(uint256)");
    if (own != NULL) {
        add_error(text, own, args);
        return;
    }
    const struct abi_signature *known = matches(&message, data) ? &message
                                        : matches(&panic, data) ? &panic
                                                                : NULL;
    const bool is_whole =
        known != NULL && abi_decode(&value, args, known->types, 1, ABI_CALLDATA) == ABI_OK;
    if (is_whole && known == &message) {
        mm_buf_add(text, value.bytes);
    } else if (is_whole) {
        mm_buf_add_text(text, "Panic(");
        hex_add_u256(text, &value.word);
        mm_buf_add_byte(text, ')');
    } else if (data.len == 0) {
        mm_buf_add_text(
            text,
            "without saying why (no such function, malformed arguments, or ether sent along)");
    } else {
        mm_buf_add_text(text, "unknown error ");
        hex_add_data(text, data);
    }
}

const char *revert_text(struct mm_arena *arena, mm_bytes data)
{
    struct mm_buf text;
    mm_buf_init(&text, TEXT_BYTES_MAX);
    add_any(&text, data);
    const char *copy =
        mm_buf_err(&text) == MM_OK ? mm_arena_text(arena, mm_buf_bytes(&text)) : NULL;
    mm_buf_fini(&text);
    return copy == NULL ? "for a reason too long to print" : copy;
}
