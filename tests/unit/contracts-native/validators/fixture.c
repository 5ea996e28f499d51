#include "tests/unit/contracts-native/validators/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "state/codec/hex.h"

enum { GAS_LIMIT = 10000000, NATIVE_MAX = 4096 };

const mm_addr VALIDATORS_ACCOUNT = { { 0x6d, [18] = 0x0b, [19] = 0xf7 } };

mm_addr fixture_person(size_t number)
{
    /* Neither the first nor the last byte alone decides the order. */
    return (mm_addr){ { [0] = (uint8_t)(1 + number / 4),
                        [10] = (uint8_t)(0xf0 + number % 4),
                        [19] = (uint8_t)(7 * number) } };
}

mm_err fixture_begin_with(struct fixture *fixture, const char *native, struct mm_reason *reason)
{
    static struct exec_natives natives = { &validators_native, 1 };
    struct genesis_account accounts[1 + PEOPLE];
    struct json json;
    validators_init();
    mm_arena_init(&fixture->arena, SIZE_MAX);
    cr_assert_eq(json_parse(&fixture->arena, &json, mm_bytes_str(native), NULL, NULL), JSON_OK,
                 "%s", native);
    accounts[0] = (struct genesis_account){ .addr = VALIDATORS_ACCOUNT, .native = &json };
    for (size_t i = 0; i < PEOPLE; i++)
        accounts[1 + i] =
            (struct genesis_account){ .addr = fixture_person(i), .balance = TEST_CHAIN_FUNDS };
    return test_chain_init(&fixture->chain, &natives, accounts, MM_COUNT_OF(accounts), reason);
}

void fixture_begin(struct fixture *fixture, size_t count)
{
    char native[NATIVE_MAX];
    struct mm_reason reason = { "" };
    int at = snprintf(native, sizeof native, "{\"contract\":\"validators\",\"validators\":[");
    for (size_t i = count; i-- > 0;) {
        char digits[40];
        const mm_addr person = fixture_person(i);
        hex_encode(digits, mm_bytes_addr(&person));
        at += snprintf(native + at, sizeof native - (size_t)at, "%s\"0x%.40s\"",
                       i + 1 == count ? "" : ",", digits);
    }
    (void)snprintf(native + at, sizeof native - (size_t)at, "]}");
    cr_assert_eq(fixture_begin_with(fixture, native, &reason), MM_OK, "%s", reason.text);
}

void fixture_end(struct fixture *fixture)
{
    test_chain_fini(&fixture->chain);
    mm_arena_fini(&fixture->arena);
}

static struct exec_message message_of(struct fixture *fixture, const char *text,
                                      const mm_addr *candidate, bool add)
{
    struct abi_signature function;
    struct exec_message message = { .to = VALIDATORS_ACCOUNT, .gas_limit = GAS_LIMIT };
    abi_signature_init(&function, text);
    cr_assert_eq(abi_encode(&fixture->arena, &message.input, abi_selector(&function),
                            function.types, function.count,
                            ABI_VALUES(abi_addr(candidate), abi_bool(add))),
                 MM_OK);
    return message;
}

/* The outcome's memory goes with the block: a copy of what tests look at. */
static struct exec_outcome kept(struct fixture *fixture, struct exec_outcome outcome)
{
    cr_assert_eq(mm_arena_copy(&fixture->arena, &outcome.output, outcome.output), MM_OK);
    struct log *logs = MM_ARENA_ARRAY(&fixture->arena, struct log, outcome.log_count);
    for (size_t i = 0; i < outcome.log_count; i++) {
        logs[i] = outcome.logs[i];
        cr_assert_eq(mm_arena_copy(&fixture->arena, &logs[i].data, logs[i].data), MM_OK);
    }
    outcome.logs = logs;
    return outcome;
}

struct exec_outcome fixture_send(struct fixture *fixture, size_t from, const char *signature,
                                 const mm_addr *candidate, bool add)
{
    struct exec_message message = message_of(fixture, signature, candidate, add);
    message.from = fixture_person(from);
    const struct exec_outcome outcome =
        kept(fixture, test_chain_transact(&fixture->chain, &message));
    cr_assert_eq(outcome.verdict, TX_OK, "%s", tx_verdict_text(outcome.verdict));
    test_chain_seal(&fixture->chain);
    return outcome;
}

struct exec_outcome fixture_call(struct fixture *fixture, const char *signature,
                                 const mm_addr *candidate, bool add)
{
    const struct exec_message message = message_of(fixture, signature, candidate, add);
    return kept(fixture, test_chain_call(&fixture->chain, &message));
}

bool fixture_is_error(const struct exec_outcome *outcome, enum validators_error error)
{
    const mm_bytes selector = abi_selector(&validators_errors[error]);
    return outcome->status == EXEC_REVERT && outcome->output.len >= ABI_SELECTOR &&
           memcmp(outcome->output.ptr, selector.ptr, ABI_SELECTOR) == 0;
}

mm_u256 fixture_slot(const struct fixture *fixture, const mm_u256 *slot)
{
    return memory_state_slot(&fixture->chain.state, &VALIDATORS_ACCOUNT, slot);
}
