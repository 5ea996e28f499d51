/* ainft spec, append, trait: what is written of a token, by its collection's rules. */
#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"
#include "state/codec/hex.h"

static struct abi_value text_of(const struct cli_run *run, const char *option)
{
    const char *text = cli_text(run, option);
    return abi_bytes(mm_bytes_str(text == NULL ? "" : text));
}

static int run_spec(struct cli_run *run)
{
    const mm_u256 digest = u256_from_hash(&cli_value(run, "digest")->hash);
    mm_u256 id;
    if (!cli_token_id(run, &id, run->arguments[0]))
        return CLI_USAGE;
    const struct ainft_tx tx = { "setSpecification(uint256,string,bytes32)",
                                 ABI_VALUES(abi_word(&id), text_of(run, "uri"),
                                            abi_word(&digest)) };
    return ainft_send(run, &tx);
}

static const struct cli_option SPEC_OPTIONS[] = {
    { "uri", 'u', CLI_TEXT, "URI", "where the file stands", NULL },
    { "digest", 0, CLI_HASH, "HASH", "sha-256 of its bytes", NULL },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_SPEC = {
    .name = "ainft spec",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "give a token a new specification",
    .details = "Every digest that there was stays readable. The rule is `spec`.",
    .example = "mintmark ainft spec 1 -c 0x… --uri ipfs://bafy… --digest 0x…",
    .options = SPEC_OPTIONS,
    .option_count = MM_COUNT_OF(SPEC_OPTIONS),
    .run = run_spec,
};

/* ---- append ---- */

/* 0x and digits are bytes, everything else is a text. */
static bool read_content(struct cli_run *run, mm_bytes *content, const char *text)
{
    size_t len;
    *content = mm_bytes_str(text);
    if (!hex_data_len(&len, *content))
        return true;
    uint8_t *bytes = mm_arena_alloc(&run->arena, len);
    if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(text + 2, 2 * len)))
        return false;
    *content = mm_bytes_from(bytes, len);
    return true;
}

static uint64_t form_of(const struct cli_run *run)
{
    const char *form = cli_text(run, "form");
    return strcmp(form, "cid") == 0 ? 1 : strcmp(form, "commitment") == 0 ? 2 : 0;
}

static int run_append(struct cli_run *run)
{
    mm_u256 id;
    mm_bytes content;
    if (!cli_token_id(run, &id, run->arguments[0]))
        return CLI_USAGE;
    if (!read_content(run, &content, run->arguments[2]))
        return cli_misuse(run, "the content is not hexadecimal");
    const struct ainft_tx tx = {
        "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
        ABI_VALUES(abi_word(&id), ainft_id(run->arguments[1]), abi_u64(form_of(run)),
                   abi_u64(cli_number(run, "weight")), abi_bytes(content))
    };
    return ainft_send(run, &tx);
}

static const struct cli_option APPEND_OPTIONS[] = {
    { "form", 0, CLI_CHOICE, "inline|cid|commitment", "what the content is", "inline" },
    { "weight", 0, CLI_NUMBER, "N", "how many turns the entry stands for", "1" },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_APPEND = {
    .name = "ainft append",
    .arguments = "ID KIND CONTENT",
    .arguments_min = 3,
    .arguments_max = 3,
    .summary = "append an entry to a token's history",
    .details = "The signer is its author. CONTENT is a text, or bytes as 0x and digits. It is "
               "public for ever: never append what should not be. The rule is `history:KIND`.",
    .example = "mintmark ainft append 1 visit \"was here\" -c 0x…",
    .options = APPEND_OPTIONS,
    .option_count = MM_COUNT_OF(APPEND_OPTIONS),
    .run = run_append,
};

/* ---- trait ---- */

static int run_trait(struct cli_run *run)
{
    mm_u256 id;
    struct abi_value value;
    if (!cli_token_id(run, &id, run->arguments[0]))
        return CLI_USAGE;
    if (!ainft_read_word(&value, run->arguments[2]))
        return cli_misuse(run, "'%s' is no value of a trait", run->arguments[2]);
    const struct ainft_tx tx = { "setTrait(uint256,bytes32,bytes32)",
                                 ABI_VALUES(abi_word(&id), ainft_id(run->arguments[1]), value) };
    return ainft_send(run, &tx);
}

static const struct cli_option TRAIT_OPTIONS[] = { CLI_OPTION_AINFT, CLI_OPTIONS_SIGNER };

const struct cli_command CLI_CMD_AINFT_TRAIT = {
    .name = "ainft trait",
    .arguments = "ID NAME VALUE",
    .arguments_min = 3,
    .arguments_max = 3,
    .summary = "set a trait of a token",
    .details = "VALUE is a decimal number, true, false, 0x and 64 digits, or a text of up to 31 "
               "bytes. The rule is `trait:NAME`.",
    .example = "mintmark ainft trait 1 level 2 -c 0x…",
    .options = TRAIT_OPTIONS,
    .option_count = MM_COUNT_OF(TRAIT_OPTIONS),
    .run = run_trait,
};
