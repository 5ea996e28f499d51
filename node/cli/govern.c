#include "node/cli/govern.h"

#include <time.h>

#include "contracts-native/abi/dispatch.h"
#include "node/cli/log_pages.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

static const char *const CREATED =
    "ProposalCreated(uint256,address,address[],uint256[],string[],bytes[],uint256,uint256,string)";

/* ---- the governor ---- */

int govern_find(struct govern *g, struct remote *remote)
{
    struct cli_run *run = remote->run;
    struct abi_value governor;
    struct json code;
    char hex[CALLS_HEX_MAX + 1];
    char addr[ADDRESS_TEXT + 1];
    *g = (struct govern){ .remote = remote, .collection = cli_value(run, "collection")->addr };
    REMOTE_TRY(calls_view(remote, &governor, "address", &g->collection, "governor()", NULL));
    g->governor = u256_to_addr(&governor.word);
    REMOTE_TRY(remote_call(remote, &code, "eth_getCode", "[\"%s\",\"latest\"]",
                           calls_hex(hex, mm_bytes_addr(&g->governor))));
    if (!json_is_text(&code, "0x"))
        return CLI_OK;
    address_to_text(addr, &g->governor);
    return cli_fail(run, CLI_REFUSED,
                    "the account %s governs this collection, not its holders: `mintmark ainft "
                    "hand-over` changes that",
                    addr);
}

/* ---- proposals ---- */

static bool read_data(struct cli_run *run, mm_bytes *data, const struct json *log)
{
    const struct json *text = json_find(log, "data");
    size_t len;
    if (text == NULL || text->kind != JSON_STRING || !hex_data_len(&len, text->text))
        return false;
    uint8_t *bytes = mm_arena_alloc(&run->arena, len + 1);
    *data = mm_bytes_from(bytes, len);
    return bytes != NULL && hex_decode(bytes, mm_bytes_from(text->text.ptr + 2, 2 * len));
}

static bool read_calls(struct govern_proposal *p, const struct abi_value *targets,
                       const struct abi_value *data)
{
    const mm_u256 count = u256_from_u64(targets->bytes.len / ABI_WORD);
    if (!u256_equal(&count, &data->word) || count.limb[0] > GOVERNOR_CALLS_MAX)
        return false;
    p->count = (size_t)count.limb[0];
    for (size_t i = 0; i < p->count; i++) {
        const mm_u256 target = abi_array_at(targets, i);
        p->targets[i] = u256_to_addr(&target);
        if (abi_list_at(&p->data[i], data, i) != ABI_OK)
            return false;
    }
    return true;
}

static bool read_log(struct cli_run *run, struct govern_proposal *p, const struct json *log)
{
    struct abi_signature event;
    struct abi_value values[ABI_ARGS_MAX];
    mm_bytes data;
    abi_signature_init(&event, CREATED);
    if (!read_data(run, &data, log) ||
        abi_decode(values, data, event.types, event.count, ABI_CALLDATA) != ABI_OK)
        return false;
    p->id = values[0].word;
    p->proposer = u256_to_addr(&values[1].word);
    p->start = values[6].word.limb[0];
    p->end = values[7].word.limb[0];
    p->description = values[8].bytes;
    return read_calls(p, &values[2], &values[5]);
}

struct loading {
    struct govern *govern;
    struct cli_run *run;
    size_t capacity;
};

/* For log_pages_read. The arena gives back nothing, so an array that is outgrown is left there. */
static int hear_proposal(void *ctx, const struct json *log)
{
    enum { CAPACITY_FIRST = 16 };
    struct loading *loading = ctx;
    struct govern *g = loading->govern;
    struct cli_run *run = loading->run;
    if (g->count == loading->capacity) {
        const size_t capacity = g->count == 0 ? (size_t)CAPACITY_FIRST : 2 * g->count;
        struct govern_proposal *grown =
            MM_ARENA_ARRAY(&run->arena, struct govern_proposal, capacity);
        if (grown == NULL)
            return cli_fail(run, CLI_FAILED, "out of memory");
        if (g->count > 0)
            memcpy(grown, g->proposals, g->count * sizeof *grown);
        g->proposals = grown;
        loading->capacity = capacity;
    }
    if (!read_log(run, &g->proposals[g->count], log))
        return cli_fail(run, CLI_FAILED, "a log of the node tells of no proposal");
    g->count++;
    return CLI_OK;
}

int govern_load(struct govern *g, struct remote *remote)
{
    REMOTE_TRY(govern_find(g, remote));
    const struct abi_value event = ainft_id(CREATED);
    const mm_hash32 topic = u256_to_hash(&event.word);
    struct loading loading = { .govern = g, .run = remote->run };
    g->count = 0;
    return log_pages_read(remote, &(struct log_pages){ .addr = &g->governor,
                                                       .topics = { &topic },
                                                       .topic_count = 1,
                                                       .to_block = LOG_PAGES_HEAD,
                                                       .keeps = true,
                                                       .each = hear_proposal,
                                                       .ctx = &loading });
}

int govern_pick(const struct govern *g, const struct govern_proposal **proposal, const char *text)
{
    struct cli_run *run = g->remote->run;
    mm_u256 number;
    if (!u256_from_decimal(&number, mm_bytes_str(text)) &&
        !hex_read_u256(&number, mm_bytes_str(text)))
        return cli_misuse(run, "'%s' is no proposal: its place in `ainft proposals`, or its number",
                          text);
    *proposal = NULL;
    for (size_t i = 0; i < g->count; i++) {
        const bool is_place = u256_fits_u64(&number) && number.limb[0] == i + 1;
        if (is_place || u256_equal(&number, &g->proposals[i].id))
            *proposal = &g->proposals[i];
    }
    return *proposal != NULL ? CLI_OK
                             : cli_fail(run, CLI_FAILED, "there is no proposal %s: %zu were made",
                                        text, g->count);
}

/* ---- how one stands ---- */

const char *const GOVERN_STATES[GOVERNOR_STATES] = {
    "pending", "active", "canceled", "defeated", "succeeded", "queued", "expired", "executed"
};

int govern_ask(const struct govern *g, struct govern_standing *standing,
               const struct govern_proposal *proposal)
{
    enum { QUESTIONS = 3 };
    static const char *const functions[QUESTIONS] = { "state(uint256)", "proposalEta(uint256)",
                                                      "clock()" };
    struct cli_run *run = g->remote->run;
    struct jsonrpc_request requests[QUESTIONS];
    struct jsonrpc_reply replies[QUESTIONS];
    uint64_t answers[QUESTIONS];
    const struct abi_value id = abi_word(&proposal->id);
    for (size_t i = 0; i < QUESTIONS; i++)
        REMOTE_TRY(calls_request_now(run, &requests[i], &g->governor, functions[i], &id));
    REMOTE_TRY(remote_batch(g->remote, replies, requests, QUESTIONS));
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct abi_value value;
        if (!calls_read(run, &value, "uint256", &replies[i]))
            return cli_fail(run, CLI_FAILED, "the governor does not answer %s", functions[i]);
        answers[i] = value.word.limb[0];
    }
    if (answers[0] >= GOVERNOR_STATES)
        return cli_fail(run, CLI_FAILED, "the governor knows a state that nobody else does");
    *standing = (struct govern_standing){ .state = (enum governor_state)answers[0],
                                          .eta = answers[1],
                                          .now = answers[2] };
    return CLI_OK;
}

void govern_standing_text(char out[GOVERN_STANDING_MAX], const struct govern_proposal *proposal,
                          const struct govern_standing *standing)
{
    char time[GOVERN_TIME_MAX];
    switch (standing->state) {
    case GOVERNOR_PENDING:
        govern_time_text(time, proposal->start);
        snprintf(out, GOVERN_STANDING_MAX, "pending, the vote begins after %s", time);
        return;
    case GOVERNOR_ACTIVE:
        govern_time_text(time, proposal->end);
        snprintf(out, GOVERN_STANDING_MAX, "active, the vote ends %s", time);
        return;
    case GOVERNOR_SUCCEEDED:
        snprintf(out, GOVERN_STANDING_MAX, "succeeded, may be queued");
        return;
    case GOVERNOR_QUEUED:
        govern_time_text(time, standing->eta);
        snprintf(out, GOVERN_STANDING_MAX, "queued, may be executed from %s on", time);
        return;
    case GOVERNOR_CANCELED:
    case GOVERNOR_DEFEATED:
    case GOVERNOR_EXPIRED:
    case GOVERNOR_EXECUTED:
        snprintf(out, GOVERN_STANDING_MAX, "%s", GOVERN_STATES[standing->state]);
        return;
    case GOVERNOR_STATES:
        break;
    }
    MM_UNREACHABLE();
}

int govern_require(const struct govern *g, const struct govern_proposal *proposal,
                   enum governor_state state)
{
    struct govern_standing standing;
    char text[GOVERN_STANDING_MAX];
    REMOTE_TRY(govern_ask(g, &standing, proposal));
    const bool is_due = state != GOVERNOR_QUEUED || standing.now >= standing.eta;
    if (standing.state == state && is_due)
        return CLI_OK;
    govern_standing_text(text, proposal, &standing);
    return cli_fail(g->remote->run, CLI_REFUSED, "the proposal is %s", text);
}

int govern_arguments(struct cli_run *run, struct abi_value args[3],
                     const struct govern_proposal *calls)
{
    uint8_t *targets = mm_arena_zeroed(&run->arena, calls->count + 1, ABI_WORD);
    uint8_t *values = mm_arena_zeroed(&run->arena, calls->count + 1, ABI_WORD);
    if (targets == NULL || values == NULL ||
        abi_encode_list(&run->arena, &args[2], calls->data, calls->count) != MM_OK)
        return cli_fail(run, CLI_FAILED, "out of memory");
    for (size_t i = 0; i < calls->count; i++) {
        const mm_u256 target = u256_from_addr(&calls->targets[i]);
        u256_to_be32(targets + i * ABI_WORD, &target);
    }
    args[0] = abi_bytes(mm_bytes_from(targets, calls->count * ABI_WORD));
    args[1] = abi_bytes(mm_bytes_from(values, calls->count * ABI_WORD));
    return CLI_OK;
}

/* ---- for people ---- */

bool govern_read_seconds(uint64_t *seconds, const char *text)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    size_t len = strlen(text);
    uint64_t factor = 1;
    mm_u256 number;
    for (size_t i = 0; len > 0 && i < MM_COUNT_OF(units); i++) {
        if (text[len - 1] == units[i].unit) {
            factor = units[i].seconds;
            len--;
            break;
        }
    }
    if (!u256_from_decimal(&number, mm_bytes_from(text, len)) || !u256_fits_u64(&number) ||
        number.limb[0] > UINT32_MAX)
        return false;
    *seconds = number.limb[0] * factor;
    return true;
}

void govern_time_text(char out[GOVERN_TIME_MAX], uint64_t seconds)
{
    const time_t time = (time_t)seconds;
    struct tm parts;
    if (seconds > INT64_MAX || gmtime_r(&time, &parts) == NULL ||
        strftime(out, GOVERN_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        memcpy(out, "never", sizeof "never");
}

static void add_value(struct mm_buf *text, const struct abi_type *type,
                      const struct abi_value *value)
{
    char decimal[U256_DECIMAL_MAX + 1];
    if (type->kind == ABI_TUPLE) {
        u256_to_decimal(decimal, &value->word);
        mm_buf_add_text(text, decimal);
        mm_buf_add_text(text, " effects");
        return;
    }
    if (abi_type_is_dynamic(type))
        mm_buf_add_byte(text, '"');
    revert_add_value(text, type, value);
    if (abi_type_is_dynamic(type))
        mm_buf_add_byte(text, '"');
}

/* False when the data is not what the function takes. */
static bool add_call(struct mm_buf *text, const struct abi_signature *function, mm_bytes data)
{
    struct abi_value values[ABI_ARGS_MAX];
    const mm_bytes args = mm_bytes_from(data.ptr + ABI_SELECTOR, data.len - ABI_SELECTOR);
    if (abi_decode(values, args, function->types, function->count, ABI_CALLDATA) != ABI_OK)
        return false;
    mm_buf_add(text, mm_bytes_from(function->text, strcspn(function->text, "(")));
    mm_buf_add_byte(text, '(');
    for (size_t i = 0; i < function->count; i += abi_type_span(&function->types[i])) {
        if (i > 0)
            mm_buf_add_text(text, ", ");
        add_value(text, &function->types[i], &values[i]);
    }
    mm_buf_add_byte(text, ')');
    return true;
}

const char *govern_call_text(struct mm_arena *arena, mm_bytes data)
{
    struct mm_buf text;
    bool known = false;
    mm_buf_init(&text, 1 << 20);
    for (size_t i = 0; i < GOVERNOR_MAY_CALL && !known && data.len >= ABI_SELECTOR; i++) {
        struct abi_signature function;
        abi_signature_init(&function, governor_may_call[i]);
        if (memcmp(function.hash.b, data.ptr, ABI_SELECTOR) == 0)
            known = add_call(&text, &function, data);
    }
    if (!known)
        hex_add_data(&text, data);
    const char *copy =
        mm_buf_err(&text) == MM_OK ? mm_arena_text(arena, mm_buf_bytes(&text)) : NULL;
    mm_buf_fini(&text);
    return copy;
}
