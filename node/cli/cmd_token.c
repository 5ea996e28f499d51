/* transfer and burn. */
#include "node/cli/calls.h"
#include "node/cli/commands.h"
#include "state/crypto/address.h"

/* owner NULL: there is none any more. */
static int print_done(struct cli_run *run, const mm_u256 *id, const mm_addr *owner,
                      const struct calls_sent *sent)
{
    if (!cli_flag(run, "json")) {
        char token[U256_DECIMAL_MAX + 1];
        char text[ADDRESS_TEXT + 1] = "none: it is gone";
        u256_to_decimal(token, id);
        if (owner != NULL)
            address_to_text(text, owner);
        cli_field(run, "token", mm_bytes_str(token));
        cli_field(run, "owner", mm_bytes_str(text));
        calls_print_sent(run, sent);
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_token(&w, id);
    if (owner != NULL) {
        cli_json_addr(&w, "owner", owner);
    } else {
        json_key(&w, "owner");
        json_add_null(&w);
    }
    calls_write_sent(&w, sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int transfer(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                    const void *ctx)
{
    const mm_u256 *id = ctx;
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    const mm_addr *to = &cli_value(run, "to")->addr;
    struct abi_value owner;
    struct calls_sent sent;
    mm_bytes data;
    REMOTE_TRY(calls_view(remote, &owner, "address", collection, "ownerOf(uint256)",
                          ABI_VALUES(abi_word(id))));
    /* Safe: to a contract that cannot give it on again, the token does not go. */
    REMOTE_TRY(calls_encode(run, &data, "safeTransferFrom(address,address,uint256)",
                            ABI_VALUES(owner, abi_addr(to), abi_word(id))));
    REMOTE_TRY(calls_send(remote, &sent, secret, collection, data));
    return print_done(run, id, to, &sent);
}

static int burn(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    const mm_u256 *id = ctx;
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    struct calls_sent sent;
    mm_bytes data;
    REMOTE_TRY(calls_encode(run, &data, "burn(uint256)", ABI_VALUES(abi_word(id))));
    REMOTE_TRY(calls_send(remote, &sent, secret, collection, data));
    return print_done(run, id, NULL, &sent);
}

static int with_token(struct cli_run *run, calls_signed_fn act)
{
    mm_u256 id;
    if (!cli_token_id(run, &id, run->arguments[0]))
        return CLI_USAGE;
    return calls_with_signer(run, act, &id);
}

static int run_transfer(struct cli_run *run)
{
    if (!cli_is_given(run, "to"))
        return cli_misuse(run, "--to is missing: who gets the token");
    return with_token(run, transfer);
}

static int run_burn(struct cli_run *run)
{
    return with_token(run, burn);
}

static const struct cli_option TRANSFER_OPTIONS[] = {
    { "to", 't', CLI_ADDRESS, "ADDRESS", "who gets the token", NULL },
    CLI_OPTION_COLLECTION,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_TRANSFER = {
    .name = "transfer",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "give a token to someone else",
    .details = "Transfers a token and waits until it is in a block. The signer is the owner, or "
               "one whom the owner approved.",
    .example = "mintmark transfer 1 --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    .options = TRANSFER_OPTIONS,
    .option_count = MM_COUNT_OF(TRANSFER_OPTIONS),
    .run = run_transfer,
};

static const struct cli_option BURN_OPTIONS[] = { CLI_OPTION_COLLECTION, CLI_OPTIONS_SIGNER };

const struct cli_command CLI_CMD_BURN = {
    .name = "burn",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "destroy a token",
    .details = "Burns a token and waits until that is in a block. There is no way back.",
    .example = "mintmark burn 1",
    .options = BURN_OPTIONS,
    .option_count = MM_COUNT_OF(BURN_OPTIONS),
    .run = run_burn,
};
