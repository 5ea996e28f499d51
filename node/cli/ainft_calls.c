#include "node/cli/ainft_calls.h"

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

const mm_addr AINFT_FACTORY_ADDR = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72,
                                       0x6b, [18] = 0xa1, [19] = 0xf7 } };

int ainft_collection_given(struct cli_run *run)
{
    return cli_is_given(run, "collection")
               ? CLI_OK
               : cli_misuse(run, "--collection is missing: ainft create makes one");
}

static int send(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    const struct ainft_tx *tx = ctx;
    struct calls_sent sent;
    mm_bytes data;
    REMOTE_TRY(calls_encode(run, &data, tx->signature, tx->args));
    REMOTE_TRY(calls_send(remote, &sent, secret, &cli_value(run, "collection")->addr, data));
    if (!cli_flag(run, "json")) {
        calls_print_sent(run, &sent);
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    calls_write_sent(&w, &sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

int ainft_send(struct cli_run *run, const struct ainft_tx *tx)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, send, tx);
}

struct abi_value ainft_id(const char *name)
{
    const mm_hash32 hash = keccak256(mm_bytes_str(name));
    const mm_u256 word = u256_from_hash(&hash);
    return abi_word(&word);
}

bool ainft_read_word(struct abi_value *word, const char *text)
{
    const size_t len = strlen(text);
    mm_hash32 hash = { { 0 } };
    *word = (struct abi_value){ 0 };
    if (u256_from_decimal(&word->word, mm_bytes_str(text)))
        return true;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        word->word = u256_from_u64(text[0] == 't' ? 1 : 0);
        return true;
    }
    if (len == 66 && text[0] == '0' && text[1] == 'x') {
        if (!hex_decode(hash.b, mm_bytes_from(text + 2, 64)))
            return false;
    } else if (len < sizeof hash.b) {
        memcpy(hash.b, text, len);
    } else {
        return false;
    }
    word->word = u256_from_hash(&hash);
    return true;
}
