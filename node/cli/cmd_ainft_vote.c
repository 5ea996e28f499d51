/* ainft vote, queue, execute, cancel: what becomes of a proposal; ainft delegate: who votes with one's tokens. */
#include "node/cli/commands.h"
#include "node/cli/govern.h"
#include "state/crypto/keccak.h"

static const struct cli_option PLAIN_OPTIONS[] = { CLI_OPTION_AINFT, CLI_OPTIONS_SIGNER };

static int send_to(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                   const mm_addr *to, mm_bytes data)
{
    struct calls_sent sent;
    struct mm_buf json;
    REMOTE_TRY(calls_send(remote, &sent, secret, to, data));
    if (!cli_flag(run, "json")) {
        calls_print_sent(run, &sent);
        return CLI_OK;
    }
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    calls_write_sent(&w, &sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

/* ---- vote ---- */

static int vote(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    const uint64_t *support = ctx;
    const char *reason = cli_text(run, "reason");
    const struct govern_proposal *proposal;
    struct govern g;
    mm_bytes data;
    REMOTE_TRY(govern_load(&g, remote));
    REMOTE_TRY(govern_pick(&g, &proposal, run->arguments[0]));
    REMOTE_TRY(govern_require(&g, proposal, GOVERNOR_ACTIVE));
    REMOTE_TRY(calls_encode(run, &data, "castVoteWithReason(uint256,uint8,string)",
                            ABI_VALUES(abi_word(&proposal->id), abi_u64(*support),
                                       abi_bytes(mm_bytes_str(reason == NULL ? "" : reason)))));
    return send_to(run, remote, secret, &g.governor, data);
}

static int run_vote(struct cli_run *run)
{
    static const char *const words[] = { "against", "for", "abstain" };
    uint64_t support = 0;
    while (support < MM_COUNT_OF(words) && strcmp(words[support], run->arguments[1]) != 0)
        support++;
    if (support == MM_COUNT_OF(words))
        return cli_misuse(run, "'%s': for, against or abstain", run->arguments[1]);
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, vote, &support);
}

static const struct cli_option VOTE_OPTIONS[] = {
    { "reason", 0, CLI_TEXT, "TEXT", "why, for everybody to read", NULL },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_VOTE = {
    .name = "ainft vote",
    .arguments = "PROPOSAL for|against|abstain",
    .arguments_min = 2,
    .arguments_max = 2,
    .summary = "vote about a proposal",
    .details = "With the votes that the signer had when the vote began. PROPOSAL is its place in "
               "`mintmark ainft proposals`, or its number. Abstaining counts for the quorum.",
    .example = "mintmark ainft vote 1 for -c 0x…",
    .options = VOTE_OPTIONS,
    .option_count = MM_COUNT_OF(VOTE_OPTIONS),
    .run = run_vote,
};

/* ---- queue, execute, cancel ---- */

/* What is done, and in which state it can be; GOVERNOR_STATES: the contract says. */
struct step {
    const char *function;
    enum governor_state state;
};

static int act(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
               const void *ctx)
{
    const struct step *step = ctx;
    const struct govern_proposal *proposal;
    struct abi_value args[4];
    struct govern g;
    mm_bytes data;
    REMOTE_TRY(govern_load(&g, remote));
    REMOTE_TRY(govern_pick(&g, &proposal, run->arguments[0]));
    if (step->state != GOVERNOR_STATES)
        REMOTE_TRY(govern_require(&g, proposal, step->state));
    REMOTE_TRY(govern_arguments(run, args, proposal));
    const mm_hash32 hash = keccak256(proposal->description);
    const mm_u256 word = u256_from_hash(&hash);
    args[3] = abi_word(&word);
    REMOTE_TRY(calls_encode(run, &data, step->function, args));
    return send_to(run, remote, secret, &g.governor, data);
}

static int run_act(struct cli_run *run, const char *function, enum governor_state state)
{
    const struct step step = { function, state };
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, act, &step);
}

static int run_queue(struct cli_run *run)
{
    return run_act(run, "queue(address[],uint256[],bytes[],bytes32)", GOVERNOR_SUCCEEDED);
}

static int run_execute(struct cli_run *run)
{
    return run_act(run, "execute(address[],uint256[],bytes[],bytes32)", GOVERNOR_QUEUED);
}

static int run_cancel(struct cli_run *run)
{
    return run_act(run, "cancel(address[],uint256[],bytes[],bytes32)", GOVERNOR_STATES);
}

const struct cli_command CLI_CMD_AINFT_QUEUE = {
    .name = "ainft queue",
    .arguments = "PROPOSAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "let the waiting time of a proposal begin that was voted for",
    .details = "Anybody may. The holders have until its end to leave, and the guardian to stop it.",
    .example = "mintmark ainft queue 1 -c 0x…",
    .options = PLAIN_OPTIONS,
    .option_count = MM_COUNT_OF(PLAIN_OPTIONS),
    .run = run_queue,
};

const struct cli_command CLI_CMD_AINFT_EXECUTE = {
    .name = "ainft execute",
    .arguments = "PROPOSAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "carry out a proposal whose waiting time is over",
    .details = "Anybody may. All of it is done or nothing. A rule is in force from the next block.",
    .example = "mintmark ainft execute 1 -c 0x…",
    .options = PLAIN_OPTIONS,
    .option_count = MM_COUNT_OF(PLAIN_OPTIONS),
    .run = run_execute,
};

const struct cli_command CLI_CMD_AINFT_CANCEL = {
    .name = "ainft cancel",
    .arguments = "PROPOSAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "call a proposal off",
    .details = "For its proposer until the vote begins, and for the guardian until it is carried "
               "out, as long as his term lasts; without a guardian for the proposer at any time.",
    .example = "mintmark ainft cancel 1 -c 0x…",
    .options = PLAIN_OPTIONS,
    .option_count = MM_COUNT_OF(PLAIN_OPTIONS),
    .run = run_cancel,
};

/* ---- delegate ---- */

static int run_delegate(struct cli_run *run)
{
    static const struct cli_option address = { "delegate", 0, CLI_ADDRESS, "ADDRESS", "", NULL };
    struct mm_reason problem;
    struct cli_value value = { .source = CLI_UNSET };
    if (strcmp(run->arguments[0], "self") != 0 &&
        !cli_read_value(&value, &address, run->arguments[0], &problem))
        return cli_misuse(run, "%s", problem.text);
    const struct ainft_tx tx = { "delegate(address)", ABI_VALUES(abi_addr(&value.addr)) };
    return ainft_send(run, &tx);
}

const struct cli_command CLI_CMD_AINFT_DELEGATE = {
    .name = "ainft delegate",
    .arguments = "ADDRESS|self",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "let somebody else vote with one's tokens",
    .details = "With all of them, those that come later too, from the next block on. Who never "
               "named anybody votes for himself; `self` goes back to that. Tokens stay where they "
               "are.",
    .example = "mintmark ainft delegate 0x… -c 0x…",
    .options = PLAIN_OPTIONS,
    .option_count = MM_COUNT_OF(PLAIN_OPTIONS),
    .run = run_delegate,
};
