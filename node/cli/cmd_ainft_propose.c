/* ainft hand-over and ainft propose: giving a collection to its holders, and what is put to their vote. */
#include "node/cli/commands.h"
#include "node/cli/govern.h"
#include "node/cli/log_pages.h"
#include "state/codec/hex.h"

/* ---- hand-over ---- */

static const char *const MADE =
    "CollectionCreated(address indexed,address indexed,address,address,string,string)";

struct made {
    mm_addr governor;
    size_t count; /* of such events */
};

/* For log_pages_read. */
static int hear_made(void *ctx, const struct json *log)
{
    struct made *made = ctx;
    const struct json *data = json_find(log, "data");
    mm_hash32 first = { { 0 } };
    if (data == NULL || data->kind != JSON_STRING || data->text.len < CALLS_HEX_MAX ||
        !hex_decode(first.b, mm_bytes_from(data->text.ptr + 2, 2 * sizeof first.b)))
        return CLI_OK;
    const mm_u256 word = u256_from_hash(&first);
    made->governor = u256_to_addr(&word);
    made->count++;
    return CLI_OK;
}

/* The governor that the factory made with the collection, from its event. */
static int find_made(struct remote *remote, mm_addr *governor, const mm_addr *collection)
{
    struct cli_run *run = remote->run;
    const mm_u256 word = u256_from_addr(collection);
    const mm_hash32 padded = u256_to_hash(&word);
    struct abi_signature event;
    struct made made = { .count = 0 };
    if (!abi_signature_parse(&event, MADE))
        return cli_fail(run, CLI_FAILED, "the event's text is none");
    REMOTE_TRY(log_pages_read(remote, &(struct log_pages){ .addr = &AINFT_FACTORY_ADDR,
                                                           .topics = { &event.hash, &padded },
                                                           .topic_count = 2,
                                                           .to_block = LOG_PAGES_HEAD,
                                                           .each = hear_made,
                                                           .ctx = &made }));
    if (made.count != 1)
        return cli_fail(run, CLI_FAILED, "the factory made no such collection");
    *governor = made.governor;
    return CLI_OK;
}

static int tell(struct cli_run *run, const struct calls_sent *sent, const char *label,
                const struct abi_value *number, const mm_addr *addr)
{
    struct mm_buf json;
    char text[U256_DECIMAL_MAX + 1];
    char hex[CALLS_HEX_MAX + 1];
    u256_to_decimal(text, &number->word);
    if (!cli_flag(run, "json")) {
        cli_field(run, label,
                  mm_bytes_str(addr == NULL ? text : calls_hex(hex, mm_bytes_addr(addr))));
        calls_print_sent(run, sent);
        return CLI_OK;
    }
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    if (addr != NULL) {
        cli_json_addr(&w, label, addr);
    } else {
        json_key(&w, label);
        json_add_text(&w, text);
    }
    calls_write_sent(&w, sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int hand_over(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                     const void *ctx)
{
    (void)ctx;
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    const struct abi_value none = { .bytes = { NULL, 0 } };
    struct calls_sent sent;
    mm_addr governor;
    mm_bytes data;
    REMOTE_TRY(find_made(remote, &governor, collection));
    REMOTE_TRY(calls_encode(run, &data, "setGovernor(address)", ABI_VALUES(abi_addr(&governor))));
    REMOTE_TRY(calls_send(remote, &sent, secret, collection, data));
    return tell(run, &sent, "governor", &none, &governor);
}

static int run_hand_over(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, hand_over, NULL);
}

static const struct cli_option PLAIN_OPTIONS[] = { CLI_OPTION_AINFT, CLI_OPTIONS_SIGNER };

const struct cli_command CLI_CMD_AINFT_HAND_OVER = {
    .name = "ainft hand-over",
    .arguments = "",
    .summary = "let the holders of a collection govern it",
    .details = "For who governs it now. Rules, traits, kinds and actions then change by proposals "
               "that its holders vote for, and by nothing else: there is no way back but a "
               "proposal.",
    .example = "mintmark ainft hand-over -c 0x…",
    .options = PLAIN_OPTIONS,
    .option_count = MM_COUNT_OF(PLAIN_OPTIONS),
    .run = run_hand_over,
};

/* ---- propose ---- */

static int add(struct cli_run *run, struct govern_proposal *calls, const mm_addr *target,
               const char *signature, const struct abi_value *args)
{
    if (calls->count == GOVERNOR_CALLS_MAX)
        return cli_misuse(run, "a proposal has at most %d calls", GOVERNOR_CALLS_MAX);
    calls->targets[calls->count] = *target;
    return calls_encode(run, &calls->data[calls->count++], signature, args);
}

/* "NAME=REST". False: there is no name, or no '='. */
static bool split(mm_bytes *name, const char **rest, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return false;
    *name = mm_bytes_from(text, (size_t)(equals - text));
    *rest = equals + 1;
    return true;
}

static int add_rules(struct cli_run *run, struct govern_proposal *calls, const struct govern *g)
{
    const struct cli_value *list = cli_value(run, "rule");
    for (size_t i = 0; i < list->count; i++) {
        mm_bytes target;
        const char *rule;
        if (!split(&target, &rule, list->items[i]))
            return cli_misuse(run, "'%s' is no TARGET=RULE", list->items[i]);
        REMOTE_TRY(add(run, calls, &g->collection, "setRule(string,string)",
                       ABI_VALUES(abi_bytes(target), abi_bytes(mm_bytes_str(rule)))));
    }
    return CLI_OK;
}

static int add_traits(struct cli_run *run, struct govern_proposal *calls, const struct govern *g)
{
    const struct cli_value *list = cli_value(run, "new-trait");
    for (size_t i = 0; i < list->count; i++) {
        struct abi_value most;
        mm_bytes name;
        const char *max;
        if (!split(&name, &max, list->items[i]) || !ainft_read_word(&most, max))
            return cli_misuse(run, "'%s' is no NAME=MAX", list->items[i]);
        REMOTE_TRY(add(run, calls, &g->collection, "defineTrait(string,uint8,bytes32,bytes32)",
                       ABI_VALUES(abi_bytes(name), abi_u64(1), abi_u64(0), most)));
    }
    return CLI_OK;
}

static int add_kinds(struct cli_run *run, struct govern_proposal *calls, const struct govern *g)
{
    enum { FORMS = 7, BYTES = 1024, WEIGHT = 1000 }; /* as `ainft define-kind` has them */
    const struct cli_value *list = cli_value(run, "new-kind");
    for (size_t i = 0; i < list->count; i++)
        REMOTE_TRY(add(run, calls, &g->collection, "defineHistoryKind(string,uint8,uint16,uint32)",
                       ABI_VALUES(abi_bytes(mm_bytes_str(list->items[i])), abi_u64(FORMS),
                                  abi_u64(BYTES), abi_u64(WEIGHT))));
    return CLI_OK;
}

/* "voting-period=3d": how it is voted. */
static int add_settings(struct cli_run *run, struct govern_proposal *calls, const struct govern *g)
{
    static const struct {
        const char *name;
        const char *setter;
    } settings[] = {
        { "voting-delay", "setVotingDelay(uint48)" },
        { "voting-period", "setVotingPeriod(uint32)" },
        { "timelock", "setTimelockDelay(uint48)" },
        { "threshold", "setProposalThreshold(uint256)" },
        { "quorum", "updateQuorumNumerator(uint256)" },
    };
    const struct cli_value *list = cli_value(run, "set");
    for (size_t i = 0; i < list->count; i++) {
        mm_bytes name;
        const char *text;
        uint64_t value;
        size_t k = 0;
        if (!split(&name, &text, list->items[i]) || !govern_read_seconds(&value, text))
            return cli_misuse(run, "'%s' is no SETTING=NUMBER", list->items[i]);
        while (k < MM_COUNT_OF(settings) && !mm_bytes_equal(name, mm_bytes_str(settings[k].name)))
            k++;
        if (k == MM_COUNT_OF(settings))
            return cli_misuse(run, "'%s': there is no such setting", list->items[i]);
        REMOTE_TRY(add(run, calls, &g->governor, settings[k].setter, ABI_VALUES(abi_u64(value))));
    }
    return CLI_OK;
}

/* Calldata for the collection, for what has no option of its own. */
static int add_data(struct cli_run *run, struct govern_proposal *calls, const struct govern *g)
{
    const struct cli_value *list = cli_value(run, "call");
    for (size_t i = 0; i < list->count; i++) {
        const mm_bytes text = mm_bytes_str(list->items[i]);
        size_t len;
        if (!hex_data_len(&len, text))
            return cli_misuse(run, "'%s' is no calldata", list->items[i]);
        uint8_t *bytes = mm_arena_alloc(&run->arena, len + 1);
        if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(text.ptr + 2, 2 * len)))
            return cli_misuse(run, "'%s' is no calldata", list->items[i]);
        if (calls->count == GOVERNOR_CALLS_MAX)
            return cli_misuse(run, "a proposal has at most %d calls", GOVERNOR_CALLS_MAX);
        calls->targets[calls->count] = g->collection;
        calls->data[calls->count++] = mm_bytes_from(bytes, len);
    }
    return CLI_OK;
}

static int add_all(struct cli_run *run, struct govern_proposal *calls, const struct govern *g)
{
    REMOTE_TRY(add_kinds(run, calls, g));
    REMOTE_TRY(add_traits(run, calls, g));
    REMOTE_TRY(add_rules(run, calls, g));
    REMOTE_TRY(add_data(run, calls, g));
    if (cli_is_given(run, "uri"))
        REMOTE_TRY(add(run, calls, &g->collection, "setContractURI(string)",
                       ABI_VALUES(abi_bytes(mm_bytes_str(cli_text(run, "uri"))))));
    REMOTE_TRY(add_settings(run, calls, g));
    if (cli_is_given(run, "governor"))
        REMOTE_TRY(add(run, calls, &g->collection, "setGovernor(address)",
                       ABI_VALUES(abi_addr(&cli_value(run, "governor")->addr))));
    return calls->count > 0 ? CLI_OK
                            : cli_misuse(run, "nothing is proposed: --rule, --new-trait, …");
}

static int propose(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                   const void *ctx)
{
    (void)ctx;
    struct govern_proposal *calls = MM_ARENA_NEW(&run->arena, struct govern_proposal);
    struct govern g;
    struct abi_value args[4];
    struct calls_sent sent;
    mm_bytes data;
    if (calls == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    *calls = (struct govern_proposal){ .count = 0 };
    REMOTE_TRY(govern_load(&g, remote));
    REMOTE_TRY(add_all(run, calls, &g));
    REMOTE_TRY(govern_arguments(run, args, calls));
    args[3] = abi_bytes(mm_bytes_str(run->arguments[0]));
    REMOTE_TRY(calls_encode(run, &data, "propose(address[],uint256[],bytes[],string)", args));
    REMOTE_TRY(calls_send(remote, &sent, secret, &g.governor, data));
    const struct abi_value place = abi_u64(g.count + 1);
    return tell(run, &sent, "proposal", &place, NULL);
}

static int run_propose(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, propose, NULL);
}

static const struct cli_option PROPOSE_OPTIONS[] = {
    { "rule", 'r', CLI_LIST, "TARGET=RULE", "a rule, as `ainft rule` sets it", NULL },
    { "new-trait", 0, CLI_LIST, "NAME=MAX", "a trait that is a number from 0 to MAX", NULL },
    { "new-kind", 0, CLI_LIST, "NAME", "a kind of entries, as `ainft define-kind` makes it", NULL },
    { "uri", 'u', CLI_TEXT, "URI", "where the collection's own metadata stands", NULL },
    { "set", 0, CLI_LIST, "SETTING=N",
      "how it is voted: voting-delay, voting-period, timelock (seconds, or as 15m, 2h, 3d), "
      "threshold (votes), quorum (percent)",
      NULL },
    { "governor", 0, CLI_ADDRESS, "ADDRESS", "who is to govern instead", NULL },
    { "call", 0, CLI_LIST, "DATA", "any other call of the collection, as calldata", NULL },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_PROPOSE = {
    .name = "ainft propose",
    .arguments = "DESCRIPTION",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "propose changes to the holders of a collection",
    .details = "All of them are carried out together, or none. They are tried at once: what would "
               "fail, a rule that does not compile, is refused now. It takes the votes that the "
               "governor asks of a proposer.",
    .example = "mintmark ainft propose 'Owners say who is spoken with' -c 0x… \\\n"
               "    --rule 'history:chat=caller == service && votes(author) > 0u'",
    .options = PROPOSE_OPTIONS,
    .option_count = MM_COUNT_OF(PROPOSE_OPTIONS),
    .run = run_propose,
};
