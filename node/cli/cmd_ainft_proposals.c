/* ainft proposals: what was put to the vote of a collection's holders, and how it stands. */
#include "node/cli/commands.h"
#include "node/cli/govern.h"
#include "state/crypto/address.h"

/* How one stands, and what was voted. */
struct standing {
    struct govern_standing now;
    mm_u256 sums[3]; /* by enum governor_support */
    bool has_quorum; /* the vote has begun, so that it is known */
    mm_u256 quorum;
};

static int ask(const struct govern *g, struct standing *s, const struct govern_proposal *p)
{
    struct remote *remote = g->remote;
    struct jsonrpc_request requests[2];
    struct jsonrpc_reply replies[2];
    struct abi_value values[3];
    const struct abi_value id = abi_word(&p->id);
    const struct abi_value start = abi_u64(p->start);
    REMOTE_TRY(govern_ask(g, &s->now, p));
    REMOTE_TRY(
        calls_request_now(remote->run, &requests[0], &g->governor, "proposalVotes(uint256)", &id));
    REMOTE_TRY(
        calls_request_now(remote->run, &requests[1], &g->governor, "quorum(uint256)", &start));
    REMOTE_TRY(remote_batch(remote, replies, requests, 2));
    if (!calls_read(remote->run, values, "uint256,uint256,uint256", &replies[0]))
        return cli_fail(remote->run, CLI_FAILED, "the governor does not say what was voted");
    for (size_t i = 0; i < MM_COUNT_OF(s->sums); i++)
        s->sums[i] = values[i].word;
    s->has_quorum = calls_read(remote->run, values, "uint256", &replies[1]);
    s->quorum = values[0].word;
    return CLI_OK;
}

/* ---- for people ---- */

static void print_votes(const struct cli_run *run, const struct standing *s)
{
    char numbers[4][U256_DECIMAL_MAX + 1];
    char line[4 * U256_DECIMAL_MAX + 64];
    for (size_t i = 0; i < MM_COUNT_OF(s->sums); i++)
        u256_to_decimal(numbers[i], &s->sums[i]);
    u256_to_decimal(numbers[3], &s->quorum);
    snprintf(line, sizeof line, "%s for, %s against, %s abstain%s%s", numbers[GOVERNOR_FOR],
             numbers[GOVERNOR_AGAINST], numbers[GOVERNOR_ABSTAIN], s->has_quorum ? "; quorum " : "",
             s->has_quorum ? numbers[3] : "");
    cli_field(run, "votes", mm_bytes_str(line));
}

static void print_one(struct cli_run *run, const struct govern_proposal *p,
                      const struct standing *s, size_t place)
{
    char number[24];
    char addr[ADDRESS_TEXT + 1];
    char hex[CALLS_HEX_MAX + 1];
    char standing[GOVERN_STANDING_MAX];
    const mm_hash32 id = u256_to_hash(&p->id);
    snprintf(number, sizeof number, "%zu", place);
    cli_field(run, "proposal", mm_bytes_str(number));
    cli_field(run, "description", p->description);
    for (size_t i = 0; i < p->count; i++) {
        const char *text = govern_call_text(&run->arena, p->data[i]);
        cli_field(run, "call", mm_bytes_str(text == NULL ? "?" : text));
    }
    govern_standing_text(standing, p, &s->now);
    cli_field(run, "state", mm_bytes_str(standing));
    print_votes(run, s);
    address_to_text(addr, &p->proposer);
    cli_field(run, "proposer", mm_bytes_str(addr));
    cli_field(run, "number", mm_bytes_str(calls_hex(hex, mm_bytes_hash(&id))));
}

/* ---- for scripts ---- */

static void write_number(struct json_writer *w, const char *key, const mm_u256 *number)
{
    char text[U256_DECIMAL_MAX + 1];
    u256_to_decimal(text, number);
    json_key(w, key);
    json_add_text(w, text);
}

static void write_one(struct cli_run *run, struct json_writer *w, const struct govern_proposal *p,
                      const struct standing *s)
{
    json_open_object(w);
    write_number(w, "id", &p->id);
    cli_json_addr(w, "proposer", &p->proposer);
    json_key(w, "description");
    json_add_string(w, p->description);
    json_key(w, "calls");
    json_open_array(w);
    for (size_t i = 0; i < p->count; i++) {
        const char *text = govern_call_text(&run->arena, p->data[i]);
        json_add_text(w, text == NULL ? "" : text);
    }
    json_close_array(w);
    json_key(w, "state");
    json_add_text(w, GOVERN_STATES[s->now.state]);
    json_key(w, "voteStart");
    json_add_u64(w, p->start);
    json_key(w, "voteEnd");
    json_add_u64(w, p->end);
    json_key(w, "eta");
    json_add_u64(w, s->now.eta);
    write_number(w, "for", &s->sums[GOVERNOR_FOR]);
    write_number(w, "against", &s->sums[GOVERNOR_AGAINST]);
    write_number(w, "abstain", &s->sums[GOVERNOR_ABSTAIN]);
    if (s->has_quorum)
        write_number(w, "quorum", &s->quorum);
    json_close_object(w);
}

static int show(struct cli_run *run, struct remote *remote)
{
    struct govern g;
    struct mm_buf json;
    REMOTE_TRY(govern_load(&g, remote));
    struct standing *standings = MM_ARENA_ARRAY(&run->arena, struct standing, g.count);
    if (standings == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    for (size_t i = 0; i < g.count; i++)
        REMOTE_TRY(ask(&g, &standings[i], &g.proposals[i]));
    if (!cli_flag(run, "json")) {
        for (size_t i = 0; i < g.count; i++) {
            if (i > 0)
                putchar('\n');
            print_one(run, &g.proposals[i], &standings[i], i + 1);
        }
        return CLI_OK;
    }
    mm_buf_init(&json, 16 << 20);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_addr(&w, "governor", &g.governor);
    json_key(&w, "proposals");
    json_open_array(&w);
    for (size_t i = 0; i < g.count; i++)
        write_one(run, &w, &g.proposals[i], &standings[i]);
    json_close_array(&w);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int run_proposals(struct cli_run *run)
{
    struct remote remote;
    REMOTE_TRY(ainft_collection_given(run));
    REMOTE_TRY(remote_open(&remote, run));
    const int status = show(run, &remote);
    remote_close(&remote);
    return status;
}

static const struct cli_option OPTIONS[] = { CLI_OPTION_AINFT, CLI_OPTION_TIMEOUT, CLI_OPTION_RPC,
                                             CLI_OPTION_JSON };

const struct cli_command CLI_CMD_AINFT_PROPOSALS = {
    .name = "ainft proposals",
    .arguments = "",
    .summary = "show what was proposed to the holders of a collection",
    .details = "The oldest first: what it would do, how it stands at this moment, and the votes.",
    .example = "mintmark ainft proposals -c 0x…",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_proposals,
};
