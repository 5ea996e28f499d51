/* The program before a database that it must not touch: every command that opens one says why it does not, and leaves it as it
 * is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "state/base/endian.h"
#include "state/ledger/ledger.h"
#include "tests/unit/node/cli/program.h"

TestSuite(database, .init = program_begin, .fini = program_end, .timeout = 150);

static size_t family_named(const char *name)
{
    for (size_t i = 0; i < LEDGER_FAMILY_COUNT; i++)
        if (strcmp(LEDGER_FAMILIES[i].name, name) == 0)
            return i;
    cr_assert_fail("no family %s", name);
    return 0;
}

/* As another version of the program would have written it. */
static void write_version(uint64_t version)
{
    const struct kv_options options = { .families = LEDGER_FAMILIES,
                                        .family_count = LEDGER_FAMILY_COUNT };
    struct mm_reason reason = { "" };
    struct kv *kv = NULL;
    uint8_t bytes[8];
    cr_assert_eq(kv_open_rocksdb(&kv, "chain-data/chain", &options, &reason), MM_OK, "%s",
                 reason.text);
    struct kv_batch *batch = kv_batch_new(kv);
    mm_put_be64(bytes, version);
    kv_batch_put(batch, family_named("meta"), mm_bytes_str("version"), MM_BYTES_OF(bytes));
    cr_assert_eq(kv_write(kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
    kv_close(kv);
}

/* A pipe that nobody writes to: it is read before signals are kept for an orderly end. */
Test(database, is_not_reached_by_a_genesis_that_never_comes_and_a_signal_still_ends_it)
{
    struct said said =
        program("mkfifo pipe && timeout -k 10 1 mintmark node --ephemeral --genesis pipe");
    cr_assert_eq(said.status, 124, "%d %s", said.status, said.err);
    said_free(&said);
}

Test(database, of_another_version_is_refused_by_name_and_left_as_it_is)
{
    static const char *const commands[] = {
        "timeout 20 mintmark node --port 0 --gateway-port off --api-port off --data chain-data",
        "mintmark db check --data chain-data",
        "mintmark export genesis --data chain-data",
    };
    char words[80];
    program_node("--data chain-data");
    struct said made = expect(0, "mintmark collection new --name Kept --symbol K --json");
    cr_assert_eq(program_node_stop(), 0);
    write_version(LEDGER_VERSION + 1);
    (void)snprintf(words, sizeof words,
                   "layout version %d, this program reads and writes version %d",
                   LEDGER_VERSION + 1, LEDGER_VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct said said = program("%s", commands[i]);
        cr_assert_gt(said.status, 0, "%s: %d", commands[i], said.status);
        cr_assert_not_null(strstr(said.err, words), "%s: %s", commands[i], said.err);
        said_free(&said);
    }
    write_version(LEDGER_VERSION);
    struct said checked = expect(0, "mintmark db check --data chain-data");
    cr_assert_not_null(strstr(checked.out, "no problem found"), "%s", checked.out);
    program_node("--data chain-data");
    struct said head = expect(0, "mintmark rpc eth_blockNumber");
    cr_assert_not_null(strstr(head.out, "0x1"), "%s", head.out);
    cr_assert_eq(program_node_stop(), 0);
    said_free(&head);
    said_free(&checked);
    said_free(&made);
}
