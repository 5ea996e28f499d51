/* ainft create and ainft mint: a collection and its tokens. */
#include <time.h>

#include "node/cli/commands.h"
#include "node/cli/govern.h"
#include "state/crypto/address.h"

static const char *const CREATE =
    "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,uint256,"
    "uint8,uint48,address,uint64))";

static struct abi_value text_of(const struct cli_run *run, const char *option)
{
    const char *text = cli_text(run, option);
    return abi_bytes(mm_bytes_str(text == NULL ? "" : text));
}

/* ---- create ---- */

enum { TIMES = 4 };

/* In the order of Params, and the guardian's term. */
static int read_times(struct cli_run *run, uint64_t times[TIMES])
{
    static const char *const options[TIMES] = { "voting-delay", "voting-period", "timelock",
                                                "guardian-term" };
    for (size_t i = 0; i < TIMES; i++) {
        if (!govern_read_seconds(&times[i], cli_text(run, options[i])) || times[i] > UINT32_MAX)
            return cli_misuse(run, "--%s: seconds, or as 15m, 2h, 3d", options[i]);
    }
    return CLI_OK;
}

static int create(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                  const void *ctx)
{
    (void)ctx;
    const mm_addr creator = secp_secret_addr(secret);
    const struct abi_value none = { .bytes = { NULL, 0 } };
    struct calls_sent sent;
    mm_bytes data;
    mm_u256 topic;
    mm_u256 supply;
    uint64_t times[TIMES];
    if (!u256_from_decimal(&supply, mm_bytes_str(cli_text(run, "credits"))))
        return cli_misuse(run, "--credits: must be a number");
    if (cli_number(run, "quorum") > GOVERNOR_QUORUM_DENOMINATOR)
        return cli_misuse(run, "--quorum: is a share of all votes, in percent");
    REMOTE_TRY(read_times(run, times));
    const struct abi_value args[] = {
        none,
        text_of(run, "name"),
        text_of(run, "symbol"),
        text_of(run, "uri"),
        abi_addr(&creator),
        text_of(run, "credit-name"),
        text_of(run, "credit-symbol"),
        abi_word(&supply),
        abi_u64(times[0]),
        abi_u64(times[1]),
        abi_u64(cli_number(run, "threshold")),
        abi_u64(cli_number(run, "quorum")),
        abi_u64(times[2]),
        abi_addr(&cli_value(run, "guardian")->addr),
        abi_u64(cli_is_given(run, "guardian") ? (uint64_t)time(NULL) + times[3] : 0),
    };
    REMOTE_TRY(calls_encode(run, &data, CREATE, args));
    REMOTE_TRY(calls_send(remote, &sent, secret, &AINFT_FACTORY_ADDR, data));
    const struct json *log = calls_find_log(&sent, &AINFT_FACTORY_ADDR,
                                            "CollectionCreated(address indexed,address indexed,"
                                            "address,address,string,string)");
    if (log == NULL || !calls_topic(&topic, log, 1))
        return cli_fail(run, CLI_FAILED, "the receipt names no collection");
    const mm_addr addr = u256_to_addr(&topic);
    return calls_print_created(run, &addr, &sent);
}

static int run_create(struct cli_run *run)
{
    if (!cli_is_given(run, "name") || !cli_is_given(run, "symbol"))
        return cli_misuse(run, "%s is missing", cli_is_given(run, "name") ? "--symbol" : "--name");
    return calls_with_signer(run, create, NULL);
}

static const struct cli_option CREATE_OPTIONS[] = {
    { "name", 'n', CLI_TEXT, "TEXT", "its name", NULL },
    { "symbol", 's', CLI_TEXT, "TEXT", "its symbol, a few capitals", NULL },
    { "uri", 'u', CLI_TEXT, "URI", "where its own metadata stands", NULL },
    { "credit-name", 0, CLI_TEXT, "TEXT", "the name of its credits", "Credits" },
    { "credit-symbol", 0, CLI_TEXT, "TEXT", "their symbol", "CREDIT" },
    { "credits", 0, CLI_TEXT, "N", "the most of them that there may be", "1000000" },
    { "voting-delay", 0, CLI_TEXT, "TIME", "from a proposal to its vote, as 90s, 15m, 2h, 3d",
      "1h" },
    { "voting-period", 0, CLI_TEXT, "TIME", "how long is voted", "3d" },
    { "timelock", 0, CLI_TEXT, "TIME", "how long what was decided waits", "1d" },
    { "threshold", 0, CLI_NUMBER, "VOTES", "how many a proposer has", "1" },
    { "quorum", 0, CLI_NUMBER, "PERCENT", "how many of all votes must take part", "10" },
    { "guardian", 0, CLI_ADDRESS, "ADDRESS", "who may call proposals off for a while", NULL },
    { "guardian-term", 0, CLI_TEXT, "TIME", "for how long", "365d" },
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_CREATE = {
    .name = "ainft create",
    .arguments = "",
    .summary = "make an AINFT collection",
    .details = "Has the factory make a collection whose tokens have a specification, a history "
               "and traits, under rules. The signer creates it and governs it until he hands it "
               "over to its holders, who vote as the options say.",
    .example = "mintmark ainft create --name Muses --symbol MUSE",
    .options = CREATE_OPTIONS,
    .option_count = MM_COUNT_OF(CREATE_OPTIONS),
    .run = run_create,
};

/* ---- mint ---- */

static int mint(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    (void)ctx;
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    const mm_addr self = secp_secret_addr(secret);
    const mm_addr *to = cli_is_given(run, "to") ? &cli_value(run, "to")->addr : &self;
    const mm_u256 digest = u256_from_hash(&cli_value(run, "digest")->hash);
    struct calls_sent sent;
    mm_bytes data;
    mm_u256 id;
    REMOTE_TRY(calls_encode(
        run, &data, "mint(address,string,string,bytes32)",
        ABI_VALUES(abi_addr(to), text_of(run, "uri"), text_of(run, "spec"), abi_word(&digest))));
    REMOTE_TRY(calls_send(remote, &sent, secret, collection, data));
    const struct json *log = calls_find_log(
        &sent, collection, "Transfer(address indexed,address indexed,uint256 indexed)");
    if (log == NULL || !calls_topic(&id, log, 3))
        return cli_fail(run, CLI_FAILED, "the receipt names no token");
    if (!cli_flag(run, "json")) {
        char token[U256_DECIMAL_MAX + 1];
        u256_to_decimal(token, &id);
        cli_field(run, "token", mm_bytes_str(token));
        calls_print_sent(run, &sent);
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_token(&w, &id);
    calls_write_sent(&w, &sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int run_mint(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, mint, NULL);
}

static const struct cli_option MINT_OPTIONS[] = {
    { "to", 't', CLI_ADDRESS, "ADDRESS", "who gets the token; the signer unless given", NULL },
    { "uri", 'u', CLI_TEXT, "URI", "where the token's static metadata stands", NULL },
    { "spec", 0, CLI_TEXT, "URI", "where its specification stands", NULL },
    { "digest", 0, CLI_HASH, "HASH", "sha-256 of the specification's file", NULL },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_MINT = {
    .name = "ainft mint",
    .arguments = "",
    .summary = "mint a token of an AINFT collection",
    .details = "Mints a token when the collection's rule `mint` allows it to the signer.",
    .example = "mintmark ainft mint -c 0x… --uri ipfs://bafy…/1 --spec ipfs://bafy…/spec.json",
    .options = MINT_OPTIONS,
    .option_count = MM_COUNT_OF(MINT_OPTIONS),
    .run = run_mint,
};
