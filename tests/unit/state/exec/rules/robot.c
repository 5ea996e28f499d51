#include "tests/unit/state/exec/rules/robot.h"

#include <criterion/criterion.h>

#include "state/base/assert.h"
#include "state/base/endian.h"

const mm_addr ROBOT = { { 0x60, 1 } }, OTHER = { { 0x60, 2 } }, RICH = { { 0x11 } },
              POOR = { { 0x22 } }, NOBODY = { { 0x33 } };

enum { CALL_GAS = 10000000 };

/* ---- writing scripts ---- */

static void add(struct script *s, const void *bytes, size_t len)
{
    cr_assert_leq(s->len + len, sizeof s->bytes);
    if (len > 0)
        memcpy(s->bytes + s->len, bytes, len);
    s->len += len;
}

static void add_op(struct script *s, char op)
{
    add(s, &op, 1);
}

static void add_u64(struct script *s, uint64_t value)
{
    uint8_t bytes[8];
    mm_put_be64(bytes, value);
    add(s, bytes, sizeof bytes);
}

void script_load(struct script *s, uint64_t slot)
{
    add_op(s, 'L');
    add_u64(s, slot);
}

void script_store(struct script *s, uint64_t slot, uint64_t value)
{
    add_op(s, 'S');
    add_u64(s, slot);
    add_u64(s, value);
}

void script_log(struct script *s, size_t topics, size_t data_len)
{
    add_op(s, 'O');
    add_u64(s, topics);
    add_u64(s, data_len);
}

void script_code_len(struct script *s, const mm_addr *addr)
{
    add_op(s, 'X');
    add(s, addr->b, sizeof addr->b);
}

void script_call(struct script *s, const mm_addr *to, uint64_t value, const struct script *inner)
{
    add_op(s, 'C');
    add(s, to->b, sizeof to->b);
    add_u64(s, value);
    add_u64(s, inner->len);
    add(s, inner->bytes, inner->len);
}

void script_create(struct script *s, const struct script *inner)
{
    add_op(s, 'N');
    add_u64(s, inner->len);
    add(s, inner->bytes, inner->len);
}

void script_ask(struct script *s)
{
    add_op(s, 'A');
}

void script_revert(struct script *s)
{
    script_end(s, EXEC_REVERT);
}

void script_end(struct script *s, enum exec_status status)
{
    add_op(s, 'E');
    add_u64(s, status);
}

void script_fail(struct script *s, mm_err err)
{
    add_op(s, 'F');
    add_u64(s, err);
}

void script_swallow(struct script *s, mm_err err)
{
    add_op(s, 'W');
    add_u64(s, err);
}

mm_bytes script_bytes(const struct script *s)
{
    return mm_bytes_from(s->bytes, s->len);
}

/* ---- running them ---- */

struct reading {
    mm_bytes input;
    struct mm_buf output;
};

static mm_bytes take(struct reading *r, size_t len)
{
    MM_ASSERT(len <= r->input.len);
    const mm_bytes taken = mm_bytes_from(r->input.ptr, len);
    r->input = mm_bytes_from(r->input.ptr + len, r->input.len - len);
    return taken;
}

static uint64_t take_u64(struct reading *r)
{
    return mm_get_be64(take(r, 8).ptr);
}

static mm_u256 take_number(struct reading *r)
{
    return u256_from_u64(take_u64(r));
}

static mm_addr take_addr(struct reading *r)
{
    mm_addr addr;
    memcpy(addr.b, take(r, sizeof addr.b).ptr, sizeof addr.b);
    return addr;
}

static void give(struct reading *r, const mm_u256 *value)
{
    uint8_t word[32];
    u256_to_be32(word, value);
    mm_buf_add(&r->output, MM_BYTES_OF(word));
}

static void give_u64(struct reading *r, uint64_t value)
{
    const mm_u256 number = u256_from_u64(value);
    give(r, &number);
}

static void give_addr(struct reading *r, const mm_addr *addr)
{
    const mm_u256 number = u256_from_addr(addr);
    give(r, &number);
}

static enum exec_status run(struct host *host, struct reading *r);

static enum exec_status finish(struct host *host, struct reading *r, mm_bytes *output)
{
    const enum exec_status status = run(host, r);
    if (mm_arena_copy(host_arena(host), output, mm_buf_bytes(&r->output)) != MM_OK) {
        mm_buf_fini(&r->output);
        return host_fail(host, MM_ERR_NO_MEMORY);
    }
    mm_buf_fini(&r->output);
    return status;
}

static enum exec_status robot_run(struct host *host, mm_bytes input, mm_bytes *output)
{
    struct reading r = { .input = input };
    mm_buf_init(&r.output, 1 << 20);
    return finish(host, &r, output);
}

static enum exec_status construct(struct host *child, const void *args, mm_bytes *output)
{
    return robot_run(child, *(const mm_bytes *)args, output);
}

static enum exec_status do_log(struct host *host, struct reading *r)
{
    static const uint8_t data[1024] = { 0xda, 0x7a };
    const mm_hash32 topics[LOG_TOPICS_MAX] = { { { 1 } }, { { 2 } }, { { 3 } }, { { 4 } } };
    const size_t count = take_u64(r);
    const size_t len = take_u64(r);
    return host_log(host, topics, count, mm_bytes_from(data, len));
}

static enum exec_status do_call(struct host *host, struct reading *r)
{
    const mm_addr to = take_addr(r);
    const mm_u256 value = take_number(r);
    const mm_bytes input = take(r, take_u64(r));
    enum exec_status result;
    mm_bytes output;
    HOST_TRY(host_call(host, &result, &output, &to, &value, input));
    give_u64(r, result);
    give_u64(r, output.len >= 32 ? mm_get_be64(output.ptr + 24) : output.len);
    return EXEC_OK;
}

static enum exec_status do_create(struct host *host, struct reading *r)
{
    const mm_bytes input = take(r, take_u64(r));
    mm_addr created;
    mm_bytes output;
    HOST_TRY(host_create(host, &created, &output, ROBOT_MODULE, ROBOT_VERSION, construct, &input));
    give_addr(r, &created);
    return EXEC_OK;
}

static enum exec_status do_code_len(struct host *host, struct reading *r)
{
    const mm_addr addr = take_addr(r);
    size_t len;
    HOST_TRY(host_code_len(host, &len, &addr));
    give_u64(r, len);
    return EXEC_OK;
}

static enum exec_status do_slot(struct host *host, struct reading *r, bool store)
{
    const mm_u256 slot = take_number(r);
    mm_u256 value;
    if (store) {
        value = take_number(r);
        return host_store(host, &slot, &value);
    }
    HOST_TRY(host_load(host, &value, &slot));
    give(r, &value);
    return EXEC_OK;
}

static void do_ask(struct host *host, struct reading *r)
{
    give_addr(r, host_self(host));
    give_addr(r, host_caller(host));
    give(r, host_value(host));
    give_u64(r, host_block(host)->number);
    give_u64(r, host_block(host)->gas_limit);
    give_u64(r, host_block(host)->chain_id);
}

static enum exec_status run(struct host *host, struct reading *r)
{
    while (r->input.len > 0) {
        switch ((char)take(r, 1).ptr[0]) {
        case 'L':
            HOST_TRY(do_slot(host, r, false));
            break;
        case 'S':
            HOST_TRY(do_slot(host, r, true));
            break;
        case 'O':
            HOST_TRY(do_log(host, r));
            break;
        case 'X':
            HOST_TRY(do_code_len(host, r));
            break;
        case 'C':
            HOST_TRY(do_call(host, r));
            break;
        case 'N':
            HOST_TRY(do_create(host, r));
            break;
        case 'A':
            do_ask(host, r);
            break;
        case 'W':
            (void)host_fail(host, (mm_err)take_u64(r));
            break;
        case 'F':
            return host_fail(host, (mm_err)take_u64(r));
        default:
            return (enum exec_status)take_u64(r);
        }
    }
    return EXEC_OK;
}

/* {"contract": "robot", "store": n}: stores n in slot 1; "status": ends with it; "reason" is what it says then. */
static enum exec_status robot_genesis(struct host *host, const struct json *native,
                                      struct mm_reason *reason)
{
    const struct json *store = json_find(native, "store");
    const struct json *status = json_find(native, "status");
    uint64_t number = 0;
    if (store != NULL && json_u64(&number, store)) {
        const mm_u256 slot = u256_from_u64(1);
        const mm_u256 value = u256_from_u64(number);
        HOST_TRY(host_log(host, NULL, 0, (mm_bytes){ NULL, 0 }));
        HOST_TRY(host_store(host, &slot, &value));
    }
    if (status == NULL || !json_u64(&number, status))
        return EXEC_OK;
    (void)mm_fail(reason, MM_ERR_INVALID, "status: as asked");
    return number == EXEC_FAULT ? host_fail(host, MM_ERR_IO) : (enum exec_status)number;
}

static const struct exec_native natives[] = {
    { ROBOT_MODULE, ROBOT_VERSION + 1, "newer robot", robot_run, robot_genesis },
    { ROBOT_MODULE + 1, ROBOT_VERSION, "other robot", robot_run, robot_genesis },
    { ROBOT_MODULE, ROBOT_VERSION, "robot", robot_run, robot_genesis },
};
const struct exec_natives robot_natives = { natives, MM_COUNT_OF(natives) };

/* ---- the chain ---- */

void robot_init(struct robot *robot)
{
    static const struct genesis_slot slots[] = { { { { 100 } }, { { 1 } } },
                                                 { { { 101 } }, { { 1 } } } };
    static uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, ROBOT_MODULE, ROBOT_VERSION);
    const struct genesis_account accounts[] = {
        { .addr = ROBOT,
          .nonce = 1,
          .balance = { { ROBOT_FUNDS } },
          .code = MM_BYTES_OF(marker),
          .slots = slots,
          .slot_count = MM_COUNT_OF(slots) },
        { .addr = OTHER, .nonce = 1, .code = MM_BYTES_OF(marker) },
        { .addr = RICH, .balance = TEST_CHAIN_FUNDS },
        { .addr = POOR, .balance = { { 1 } } },
    };
    struct mm_reason reason;
    cr_assert_eq(
        test_chain_init(&robot->chain, &robot_natives, accounts, MM_COUNT_OF(accounts), &reason),
        MM_OK, "%s", reason.text);
}

void robot_fini(struct robot *robot)
{
    test_chain_fini(&robot->chain);
}

struct exec_outcome robot_call(struct robot *robot, const struct script *s, uint64_t gas)
{
    const struct exec_message message = {
        .from = RICH, .to = ROBOT, .input = script_bytes(s), .gas_limit = gas
    };
    return test_chain_call(&robot->chain, &message);
}

struct exec_outcome robot_send(struct robot *robot, const mm_addr *to, uint64_t value,
                               const struct script *s, uint64_t gas)
{
    const struct exec_message message = { .from = RICH,
                                          .to = *to,
                                          .value = u256_from_u64(value),
                                          .input = script_bytes(s),
                                          .gas_limit = gas };
    const struct exec_outcome outcome = test_chain_transact(&robot->chain, &message);
    cr_assert_eq(outcome.verdict, TX_OK, "%s", tx_verdict_text(outcome.verdict));
    return outcome;
}

uint64_t intrinsic_gas(mm_bytes input)
{
    uint64_t gas = 21000;
    for (size_t i = 0; i < input.len; i++)
        gas += input.ptr[i] == 0 ? 4 : 16;
    return gas;
}

uint64_t robot_gas(const struct exec_outcome *outcome, const struct script *s)
{
    return outcome->gas_used + outcome->gas_refunded - intrinsic_gas(script_bytes(s)) -
           GAS_DISPATCH;
}

uint64_t robot_cost(struct robot *robot, const struct script *s)
{
    const struct exec_outcome outcome = robot_call(robot, s, CALL_GAS);
    cr_assert_eq(outcome.verdict, TX_OK);
    return robot_gas(&outcome, s);
}

size_t robot_words(const struct exec_outcome *outcome)
{
    return outcome->output.len / 32;
}

uint64_t robot_word(const struct exec_outcome *outcome, size_t index)
{
    cr_assert_lt(index, robot_words(outcome));
    return mm_get_be64(outcome->output.ptr + 32 * index + 24);
}
