/* From a text to the value that a row's kind demands. */
#include "node/cli/command.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/utf8.h"
#include "state/crypto/address.h"

static bool read_number(uint64_t *out, const char *text)
{
    mm_u256 wide;
    if (!u256_from_decimal(&wide, mm_bytes_str(text)) || !u256_fits_u64(&wide))
        return false;
    *out = wide.limb[0];
    return true;
}

/* Seconds with up to three decimals, into milliseconds. */
static bool read_seconds(uint64_t *out, const char *text)
{
    char whole[24];
    const char *dot = strchr(text, '.');
    const size_t whole_len = dot == NULL ? strlen(text) : (size_t)(dot - text);
    const size_t decimals = dot == NULL ? 0 : strlen(dot + 1);
    if (whole_len == 0 || whole_len > 9 || decimals > 3 || (dot != NULL && decimals == 0))
        return false;
    memcpy(whole, text, whole_len);
    memset(whole + whole_len, '0', 3);
    if (decimals > 0)
        memcpy(whole + whole_len, dot + 1, decimals);
    whole[whole_len + 3] = '\0';
    return read_number(out, whole);
}

static bool read_flag(bool *out, const char *text)
{
    static const char *const yes[] = { "1", "true", "yes", "on" };
    static const char *const no[] = { "0", "false", "no", "off" };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool is_choice(const char *words, const char *text)
{
    const size_t len = strlen(text);
    if (strchr(text, '|') != NULL)
        return false;
    for (const char *at = words; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == '\0') && len > 0)
            return true;
    }
    return false;
}

static bool read_address(mm_addr *out, const char *text, struct mm_reason *problem)
{
    const enum address_verdict verdict = address_from_text(out, mm_bytes_str(text));
    if (verdict == ADDRESS_BAD_CHECKSUM)
        (void)mm_fail(
            problem, MM_ERR_INVALID,
            "mixed case that is not the address's checksum (EIP-55): a digit is mistyped");
    return verdict == ADDRESS_OK;
}

/* What a kind demands, for the message; problem may have been said better already. */
static const char *demand(enum cli_kind kind)
{
    switch (kind) {
    case CLI_FLAG:
        return "1 or 0";
    case CLI_TEXT:
    case CLI_LIST:
        return "text in UTF-8";
    case CLI_FILE:
    case CLI_FOLDER:
        return "a path";
    case CLI_URL:
        return "http://HOST[:PORT]";
    case CLI_ADDRESS:
        return "an address, 0x and 40 digits";
    case CLI_HASH:
        return "a hash, 0x and 64 digits";
    case CLI_NUMBER:
        return "a number";
    case CLI_ALL:
        return "a number or all";
    case CLI_DOOR:
        return "a port from 0 to 65535 or off";
    case CLI_SECONDS:
        return "seconds, such as 2 or 0.25";
    case CLI_CHOICE:
        return "one of the words it takes";
    case CLI_METHOD:
        return "a method";
    }
    MM_UNREACHABLE();
}

static bool fits(struct cli_value *value, const struct cli_option *option, const char *text,
                 struct mm_reason *problem)
{
    switch (option->kind) {
    case CLI_FLAG:
        return read_flag(&value->on, text);
    case CLI_TEXT:
    case CLI_LIST:
        return utf8_is_valid(mm_bytes_str(text));
    case CLI_FILE:
    case CLI_FOLDER:
        return *text != '\0';
    case CLI_URL:
        return strncmp(text, "http://", 7) == 0 && text[7] != '\0';
    case CLI_ADDRESS:
        return read_address(&value->addr, text, problem);
    case CLI_HASH:
        return hex_read_hash(&value->hash, mm_bytes_str(text));
    case CLI_NUMBER:
        return read_number(&value->number, text);
    case CLI_ALL:
        value->number = UINT64_MAX;
        return strcmp(text, "all") == 0 ||
               (read_number(&value->number, text) && value->number < UINT64_MAX);
    case CLI_DOOR:
        value->number = UINT64_MAX;
        return strcmp(text, "off") == 0 ||
               (read_number(&value->number, text) && value->number <= UINT16_MAX);
    case CLI_SECONDS:
        return read_seconds(&value->number, text);
    case CLI_CHOICE:
        return is_choice(option->value, text);
    case CLI_METHOD:
        return *text != '\0';
    }
    MM_UNREACHABLE();
}

bool cli_read_value(struct cli_value *value, const struct cli_option *option, const char *text,
                    struct mm_reason *problem)
{
    problem->text[0] = '\0';
    if (fits(value, option, text, problem)) {
        value->text = text;
        return true;
    }
    if (problem->text[0] == '\0')
        (void)mm_fail(problem, MM_ERR_INVALID, "not %s",
                      option->kind == CLI_CHOICE ? option->value : demand(option->kind));
    return false;
}
