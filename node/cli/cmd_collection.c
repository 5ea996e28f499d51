/* collection new: a collection of one's own, from the factory. */
#include "node/cli/calls.h"
#include "node/cli/commands.h"

static int create(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                  const void *ctx)
{
    (void)ctx;
    struct calls_sent sent;
    mm_bytes data;
    mm_u256 topic;
    REMOTE_TRY(calls_encode(run, &data, "createCollection(string,string,bool)",
                            ABI_VALUES(abi_bytes(mm_bytes_str(cli_text(run, "name"))),
                                       abi_bytes(mm_bytes_str(cli_text(run, "symbol"))),
                                       abi_bool(cli_flag(run, "open")))));
    REMOTE_TRY(calls_send(remote, &sent, secret, &CALLS_FACTORY, data));
    const struct json *log = calls_find_log(
        &sent, &CALLS_FACTORY, "CollectionCreated(address indexed,address indexed,string,string)");
    if (log == NULL || !calls_topic(&topic, log, 1))
        return cli_fail(run, CLI_FAILED, "the receipt names no collection");
    const mm_addr addr = u256_to_addr(&topic);
    return calls_print_created(run, &addr, &sent);
}

static int run_new(struct cli_run *run)
{
    if (!cli_is_given(run, "name") || !cli_is_given(run, "symbol"))
        return cli_misuse(run, "%s is missing", cli_is_given(run, "name") ? "--symbol" : "--name");
    return calls_with_signer(run, create, NULL);
}

static const struct cli_option OPTIONS[] = {
    { "name", 'n', CLI_TEXT, "TEXT", "its name", NULL },
    { "symbol", 's', CLI_TEXT, "TEXT", "its symbol, a few capitals", NULL },
    { "open", 0, CLI_FLAG, NULL, "anyone may mint, not its owner alone", NULL },
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_COLLECTION_NEW = {
    .name = "collection new",
    .arguments = "",
    .summary = "make a collection",
    .details = "Has the factory make a collection, owned by the signer, and prints its address for "
               "--collection.",
    .example = "mintmark collection new --name \"Street cats\" --symbol CAT --open",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_new,
};
