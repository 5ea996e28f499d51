/* A block: its header from its parent, its transactions, their receipts and the roots of both. */
#include "state/exec/block_run.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "state/trie/ordered.h"
#include "tests/unit/state/exec/rules/robot_suite.h"

enum { GWEI = 1000000000 };

static struct header parent;

static void open_robot(void)
{
    robot_begin();
    parent = (struct header){ .field_count = HEADER_FIELDS_CANCUN,
                              .number = 41,
                              .gas_limit = 2000000,
                              .gas_used = 1500000,
                              .timestamp = 100,
                              .base_fee = { { GWEI } } };
}

TestSuite(exec_block, .init = open_robot, .fini = robot_end);

static struct block_run_options options(void)
{
    return (struct block_run_options){ .view = &robot.chain.view,
                                       .natives = &robot_natives,
                                       .chain_id = 31337,
                                       .parent = &parent,
                                       .parent_hash = { { 0xaa, 0xbb } },
                                       .timestamp = 105,
                                       .gas_limit = 2000000,
                                       .coinbase = { { 0xc0 } } };
}

static struct block_run *start(const struct block_run_options *given)
{
    struct block_run *run;
    cr_assert_eq(block_run_new(&robot.chain.arena, &run, given), MM_OK);
    return run;
}

/* A transaction of RICH; its raw bytes stand for an encoding. */
static struct tx tx_of(uint64_t nonce, const struct script *s, mm_bytes raw)
{
    return (struct tx){ .type = TX_DYNAMIC_FEE,
                        .nonce = nonce,
                        .max_fee = { { 5ull * GWEI } },
                        .priority_fee = { { GWEI } },
                        .gas_limit = 200000,
                        .to = ROBOT,
                        .data = script_bytes(s),
                        .sender = RICH,
                        .raw = raw };
}

Test(exec_block, an_empty_block_follows_from_its_parent)
{
    const struct block_run_options given = options();
    struct block_result result;
    cr_assert_eq(block_run_finish(start(&given), &result), MM_OK);
    const struct header *header = &result.header;
    const mm_hash32 randao = keccak256(mm_bytes_hash(&given.parent_hash));
    const mm_u256 base_fee = header_next_base_fee(&parent);
    cr_assert_eq(header->field_count, HEADER_FIELDS_CANCUN);
    cr_assert(mm_hash_equal(&header->parent_hash, &given.parent_hash));
    cr_assert(mm_hash_equal(&header->ommers_hash, &KECCAK_EMPTY_LIST));
    cr_assert(mm_hash_equal(&header->tx_root, &KECCAK_EMPTY_TRIE));
    cr_assert(mm_hash_equal(&header->receipts_root, &KECCAK_EMPTY_TRIE));
    cr_assert(mm_hash_equal(&header->withdrawals_root, &KECCAK_EMPTY_TRIE));
    cr_assert(mm_hash_equal(&header->prev_randao, &randao));
    cr_assert(mm_addr_equal(&header->coinbase, &given.coinbase));
    cr_assert(u256_equal(&header->base_fee, &base_fee));
    cr_assert_eq(header->number, 42);
    cr_assert_eq(header->gas_limit, 2000000);
    cr_assert_eq(header->gas_used, 0);
    cr_assert_eq(header->timestamp, 105);
    cr_assert_eq(header->extra_len, MM_EXTRA_BYTES);
    const struct bloom none = { { 0 } };
    cr_assert_arr_eq(header->bloom.b, none.b, BLOOM_BYTES);
    cr_assert_eq(header_check(header, &parent, &given.parent_hash), HEADER_OK);
    cr_assert_eq(result.tx_count, 0);
    cr_assert_eq(result.changes.count, 0);
}

Test(exec_block, contracts_see_the_header_that_will_be)
{
    const struct block_run_options given = options();
    struct block_run *run = start(&given);
    struct exec_outcome outcome;
    struct script s = { .len = 0 };
    script_ask(&s);
    const struct tx tx = tx_of(0, &s, MM_BYTES_LIT("raw"));
    cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
    cr_assert_eq(robot_word(&outcome, 3), 42);
    cr_assert_eq(robot_word(&outcome, 4), 2000000);
    cr_assert_eq(robot_word(&outcome, 5), 31337);
}

/* Receipts as their own codec makes them of what each outcome said. */
static void check_result(const struct block_result *result, const struct exec_outcome *outcomes,
                         const struct tx *txs, size_t count)
{
    struct mm_buf buf;
    mm_bytes raws[64];
    mm_bytes receipts[64];
    struct bloom bloom = { { 0 } };
    uint64_t gas = 0;
    cr_assert_eq(result->tx_count, count);
    for (size_t i = 0; i < count; i++) {
        gas += outcomes[i].gas_used;
        struct receipt receipt = { .type = txs[i].type,
                                   .ok = outcomes[i].status == EXEC_OK,
                                   .cumulative_gas = gas,
                                   .logs = outcomes[i].logs,
                                   .log_count = outcomes[i].log_count };
        receipt_bloom(&receipt.bloom, receipt.logs, receipt.log_count);
        for (size_t j = 0; j < BLOOM_BYTES; j++)
            bloom.b[j] |= receipt.bloom.b[j];
        mm_buf_init(&buf, 1 << 20);
        receipt_encode(&buf, &receipt);
        cr_assert_eq(mm_arena_copy(&robot.chain.arena, &receipts[i], mm_buf_bytes(&buf)), MM_OK);
        mm_buf_fini(&buf);
        raws[i] = txs[i].raw;
        cr_assert_eq(result->results[i].gas_used, outcomes[i].gas_used);
        cr_assert(u256_equal(&result->results[i].gas_price, &outcomes[i].gas_price));
        cr_assert_eq(result->results[i].receipt.cumulative_gas, gas);
        cr_assert_eq(result->results[i].receipt.ok, receipt.ok);
        cr_assert(mm_bytes_equal(result->txs[i].raw, txs[i].raw));
    }
    mm_hash32 root;
    cr_assert_eq(trie_ordered_root(&robot.chain.arena, &root, raws, count), MM_OK);
    cr_assert(mm_hash_equal(&root, &result->header.tx_root));
    cr_assert_eq(trie_ordered_root(&robot.chain.arena, &root, receipts, count), MM_OK);
    cr_assert(mm_hash_equal(&root, &result->header.receipts_root));
    cr_assert_arr_eq(bloom.b, result->header.bloom.b, BLOOM_BYTES);
    cr_assert_eq(result->header.gas_used, gas);
}

Test(exec_block, transactions_and_receipts_make_the_header)
{
    enum { COUNT = 40 }; /* the lists grow twice */
    const struct block_run_options given = options();
    struct block_run *run = start(&given);
    struct exec_outcome outcomes[COUNT];
    struct tx txs[COUNT];
    static struct script scripts[COUNT];
    static uint8_t raws[COUNT][50];
    for (size_t i = 0; i < COUNT; i++) {
        if (i % 3 != 0)
            script_log(&scripts[i], i % 5, i);
        script_store(&scripts[i], 100, i % 2);
        if (i % 7 == 0)
            script_revert(&scripts[i]);
        raws[i][0] = (uint8_t)(i + 1);
        txs[i] = tx_of(i, &scripts[i], mm_bytes_from(raws[i], 10 + i));
        txs[i].type = i % 4 == 3 ? TX_LEGACY : i % 4 == 2 ? TX_ACCESS_LIST : TX_DYNAMIC_FEE;
        cr_assert_eq(block_run_add(run, &outcomes[i], &txs[i]), MM_OK);
        cr_assert_eq(outcomes[i].verdict, TX_OK);
        cr_assert_eq(outcomes[i].status, i % 7 == 0 ? EXEC_REVERT : EXEC_OK);
        /* A refused one in between leaves no trace. */
        struct exec_outcome refused;
        const struct tx again = txs[i];
        cr_assert_eq(block_run_add(run, &refused, &again), MM_OK);
        cr_assert_eq(refused.verdict, TX_NONCE_TOO_LOW);
    }
    struct block_result result;
    cr_assert_eq(block_run_finish(run, &result), MM_OK);
    check_result(&result, outcomes, txs, COUNT);
    cr_assert_gt(result.changes.count, 1);
}

Test(exec_block, the_gas_limit_is_of_all_transactions)
{
    struct block_run_options given = options();
    given.gas_limit = 200000 + 60000;
    struct block_run *run = start(&given);
    struct exec_outcome outcome;
    struct script s = { .len = 0 };
    script_end(&s, EXEC_OUT_OF_GAS);
    struct tx tx = tx_of(0, &s, MM_BYTES_LIT("raw"));
    cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
    cr_assert_eq(outcome.gas_used, 200000);
    tx.nonce = 1;
    tx.gas_limit = 60001;
    cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
    cr_assert_eq(outcome.verdict, TX_BLOCK_GAS);
    tx.gas_limit = 60000;
    cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
    cr_assert_eq(outcome.verdict, TX_OK);
}

/* A block of the largest size there is still encodes to MM_BLOCK_BYTES_MAX at most, and little room is given away. */
Test(exec_block, a_block_is_full_before_it_is_too_large)
{
    static uint8_t bytes[MM_TX_BYTES_MAX];
    for (int type = TX_LEGACY; type <= TX_DYNAMIC_FEE; type += 2) {
        struct block_run_options given = options();
        given.gas_limit = 100000000;
        struct block_run *run = start(&given);
        static const struct script nothing;
        struct exec_outcome outcome;
        struct tx txs[64];
        size_t count = 0;
        size_t step = MM_TX_BYTES_MAX;
        while (step > 64) {
            struct tx tx = tx_of(count, &nothing, mm_bytes_from(bytes, step));
            tx.type = (enum tx_type)type;
            cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
            if (outcome.verdict == TX_OK)
                txs[count++] = tx;
            else
                step -= step > 4096 ? 1024 : 16;
            cr_assert(outcome.verdict == TX_OK || outcome.verdict == TX_BLOCK_GAS);
            cr_assert_lt(count, 64);
        }
        struct block_result result;
        cr_assert_eq(block_run_finish(run, &result), MM_OK);
        const size_t len = block_encoded_len(&result.header, txs, count);
        cr_assert_leq(len, (size_t)MM_BLOCK_BYTES_MAX);
        cr_assert_gt(len, (size_t)MM_BLOCK_BYTES_MAX - 200, "%zu", len);
        mm_arena_reset(&robot.chain.arena);
    }
}

Test(exec_block, edits_come_before_the_first_transaction)
{
    struct block_run_options given = options();
    const struct edit edits[] = { { EDIT_SLOT, ROBOT, { { 9 } }, { { 99 } } },
                                  { EDIT_NONCE, RICH, { { 0 } }, { { 5 } } } };
    given.edits = edits;
    given.edit_count = 2;
    struct block_run *run = start(&given);
    struct exec_outcome outcome;
    struct block_result result;
    struct script s = { .len = 0 };
    script_load(&s, 9);
    const struct tx tx = tx_of(5, &s, MM_BYTES_LIT("raw"));
    cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
    cr_assert_eq(outcome.verdict, TX_OK);
    cr_assert_eq(robot_word(&outcome, 0), 99);
    cr_assert_eq(outcome.gas_used, intrinsic_gas(tx.data) + 700 + 2100, "edits warm nothing");
    cr_assert_eq(block_run_finish(run, &result), MM_OK);
    check_result(&result, &outcome, &tx, 1);
}

/* Of many small transactions the strings around typed ones count: two bytes each here. */
Test(exec_block, a_block_of_small_transactions_is_no_larger)
{
    enum { RAW_BYTES = 60, MANY = 40000 };
    static const uint8_t bytes[RAW_BYTES] = { 1 };
    static const struct script nothing;
    struct block_run_options given = options();
    given.gas_limit = 1ull << 32;
    for (int type = TX_LEGACY; type <= TX_DYNAMIC_FEE; type += 2) {
        struct block_run *run = start(&given);
        struct tx *txs = calloc(MANY, sizeof *txs);
        struct exec_outcome outcome = { .verdict = TX_OK };
        size_t count = 0;
        for (;;) {
            struct tx tx = tx_of(count, &nothing, MM_BYTES_OF(bytes));
            tx.type = (enum tx_type)type;
            cr_assert_eq(block_run_add(run, &outcome, &tx), MM_OK);
            if (outcome.verdict != TX_OK)
                break;
            cr_assert_lt(count, (size_t)MANY);
            txs[count++] = tx;
        }
        struct block_result result;
        cr_assert_eq(block_run_finish(run, &result), MM_OK);
        const size_t len = block_encoded_len(&result.header, txs, count);
        cr_assert_leq(len, (size_t)MM_BLOCK_BYTES_MAX);
        cr_assert_gt(len, (size_t)MM_BLOCK_BYTES_MAX - 200, "%zu", len);
        free(txs);
        mm_arena_reset(&robot.chain.arena);
    }
}

static mm_err run_whole_block(struct mm_arena *arena, struct block_result *result,
                              const struct block_run_options *given)
{
    struct block_run *run;
    struct exec_outcome outcome;
    struct script s = { .len = 0 };
    script_store(&s, 1, 1);
    script_log(&s, 1, 100);
    MM_TRY(block_run_new(arena, &run, given));
    for (uint64_t i = 0; i < 20; i++) {
        const struct tx tx = tx_of(i, &s, MM_BYTES_LIT("raw"));
        MM_TRY(block_run_add(run, &outcome, &tx));
    }
    return block_run_finish(run, result);
}

Test(exec_block, memory_that_ends_is_an_error)
{
    const struct edit edit = { EDIT_SLOT, ROBOT, { { 9 } }, { { 99 } } };
    struct block_run_options given = options();
    size_t bytes = 0;
    size_t failures = 0;
    given.edits = &edit;
    given.edit_count = 1;
    struct block_result expected;
    cr_assert_eq(run_whole_block(&robot.chain.arena, &expected, &given), MM_OK);
    const mm_hash32 expected_hash = header_hash(&expected.header);
    /* In large steps to what is enough; then in small ones where a block begins and where it ends. */
    for (int pass = 0; pass < 3; pass++) {
        const size_t enough = bytes;
        bytes = pass < 2 ? 0 : enough > 24000 ? enough - 24000 : 0;
        const size_t end = pass == 0 ? 1 << 22 : pass == 1 ? 8192 : enough;
        for (; bytes < end; bytes += pass == 0 ? 4096 : 32) {
            struct mm_arena arena;
            mm_arena_init(&arena, bytes);
            struct block_result result;
            const mm_err err = run_whole_block(&arena, &result, &given);
            mm_arena_fini(&arena);
            cr_assert(err == MM_OK || err == MM_ERR_NO_MEMORY, "%s", mm_err_text(err));
            if (err == MM_OK) {
                const mm_hash32 hash = header_hash(&result.header);
                cr_assert(mm_hash_equal(&hash, &expected_hash), "a block is whole or none");
                cr_assert_eq(result.changes.count, expected.changes.count);
            }
            failures += err != MM_OK;
            if (pass == 0 && err == MM_OK)
                break;
        }
        if (pass == 1)
            bytes = enough;
    }
    cr_assert_gt(failures, 500);
}

static mm_err no_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key,
                      const mm_hash32 *slot_key)
{
    (void)ctx, (void)addr_key, (void)slot_key;
    *value = (mm_u256){ { 0 } };
    return MM_ERR_IO;
}

Test(exec_block, a_world_that_fails_adds_nothing)
{
    const struct edit edit = { EDIT_SLOT, ROBOT, { { 9 } }, { { 99 } } };
    struct block_run_options given = options();
    struct exec_view view = robot.chain.view;
    struct block_run *run;
    struct exec_outcome outcome;
    struct script s = { .len = 0 };
    view.slot = no_slot;
    given.view = &view;
    run = start(&given);
    script_load(&s, 100);
    const struct tx tx = tx_of(0, &s, MM_BYTES_LIT("raw"));
    cr_assert_eq(block_run_add(run, &outcome, &tx), MM_ERR_IO);
    given.edits = &edit;
    given.edit_count = 1;
    cr_assert_eq(block_run_new(&robot.chain.arena, &run, &given), MM_ERR_IO);
    cr_assert_null(run);
}
