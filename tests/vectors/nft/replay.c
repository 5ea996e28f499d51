/* Replays calls to the Solidity contracts against the native ones, through the executor, and compares everything that came out.
 *
 * Each file runs twice: with a block for each transaction, when every storage root is compared; and with blocks of many
 * transactions, when what later ones see comes from the journal and roots are compared where a block ends.
 * Usage: vectors-nft [FILE…]; without files, those beside this source. Exit status 0 when nothing failed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/lib/test_chain.h"
#include "tests/vectors/nft/vector_file.h"

enum {
    FILES_MAX = 64,
    SENDERS = 10,
    DIFFERENCES_SHOWN = 5,
    GAS_LIMIT = 12000000,
    BLOCK_TXS = 16,
};

struct replay {
    struct test_chain chain;
    struct mm_arena arena; /* of the record */
    size_t block_txs;      /* transactions a block */
    size_t open_txs;       /* in the block in work */
    size_t passed;
    size_t failed;
    const struct json *record;
};

/* ---- comparing ---- */

static void print_hex(const char *what, mm_bytes bytes)
{
    (void)fprintf(stderr, "    %s 0x", what);
    for (size_t i = 0; i < bytes.len && i < 200; i++)
        (void)fprintf(stderr, "%02x", bytes.ptr[i]);
    (void)fprintf(stderr, bytes.len > 200 ? "… (%zu bytes)\n" : "\n", bytes.len);
}

static void print_record(const struct json *record, const char *what)
{
    static const char *const shown[] = { "op", "fn", "note", "label", "from", "value", "data" };
    const struct json *n = json_find(record, "n");
    (void)fprintf(stderr, "  record %.*s, %s:", n != NULL ? (int)n->text.len : 1,
                  n != NULL ? (const char *)n->text.ptr : "0", what);
    for (size_t i = 0; i < MM_COUNT_OF(shown); i++) {
        const struct json *value = json_find(record, shown[i]);
        if (value != NULL)
            (void)fprintf(stderr, " %s=%.*s", shown[i],
                          (int)(value->text.len < 500 ? value->text.len : 500),
                          (const char *)value->text.ptr);
    }
    (void)fprintf(stderr, "\n");
}

static bool check(struct replay *r, const char *what, mm_bytes expected, mm_bytes actual)
{
    if (mm_bytes_equal(expected, actual)) {
        r->passed++;
        return true;
    }
    if (r->failed++ < DIFFERENCES_SHOWN) {
        print_record(r->record, what);
        print_hex("expected", expected);
        print_hex("got     ", actual);
    }
    return false;
}

static bool check_number(struct replay *r, const char *what, uint64_t expected, uint64_t actual)
{
    const mm_u256 numbers[] = { u256_from_u64(expected), u256_from_u64(actual) };
    const mm_hash32 a = u256_to_hash(&numbers[0]);
    const mm_hash32 b = u256_to_hash(&numbers[1]);
    return check(r, what, mm_bytes_hash(&a), mm_bytes_hash(&b));
}

static void check_root(struct replay *r, const char *key, const mm_addr *addr)
{
    const mm_hash32 expected = field_hash(r->record, key);
    const mm_hash32 actual = memory_state_storage_root(&r->chain.state, addr);
    check(r, key, mm_bytes_hash(&expected), mm_bytes_hash(&actual));
}

/* ---- records ---- */

static struct exec_message message_of(struct replay *r)
{
    return (struct exec_message){
        .from = field_addr(r->record, "from"),
        .to = field_addr(r->record, "to"),
        .value = field_quantity(r->record, "value"),
        .input = field_data(&r->arena, r->record, "data"),
        .gas_limit = GAS_LIMIT,
    };
}

static void check_outcome(struct replay *r, const struct exec_outcome *outcome)
{
    const bool ok = field_bool(r->record, "ok");
    if (!check_number(r, "verdict", TX_OK, (uint64_t)outcome->verdict) ||
        !check_number(r, "status", ok ? EXEC_OK : EXEC_REVERT, (uint64_t)outcome->status))
        return;
    check(r, ok ? "return data" : "revert data", field_data(&r->arena, r->record, "ret"),
          outcome->output);
}

static void check_logs(struct replay *r, const struct json *logs,
                       const struct exec_outcome *outcome)
{
    if (!check_number(r, "number of logs", logs->count, outcome->log_count))
        return;
    for (size_t i = 0; i < logs->count; i++) {
        const struct log *log = &outcome->logs[i];
        const mm_addr addr = field_addr(&logs->items[i], "address");
        const struct json *topics = field(&logs->items[i], "topics");
        check(r, "log address", mm_bytes_addr(&addr), mm_bytes_addr(&log->addr));
        check(r, "log data", field_data(&r->arena, &logs->items[i], "data"), log->data);
        if (!check_number(r, "number of topics", topics->count, log->topic_count))
            continue;
        for (size_t j = 0; j < topics->count; j++)
            check(r, "topic", data_of(&r->arena, &topics->items[j]),
                  mm_bytes_hash(&log->topics[j]));
    }
}

static void seal(struct replay *r)
{
    test_chain_seal(&r->chain);
    r->open_txs = 0;
}

/* First as a call, which must leave nothing behind, then as a transaction. */
static void do_tx(struct replay *r)
{
    const struct exec_message message = message_of(r);
    struct exec_outcome outcome = test_chain_call(&r->chain, &message);
    check_outcome(r, &outcome);
    outcome = test_chain_transact(&r->chain, &message);
    check_outcome(r, &outcome);
    check_logs(r, field(r->record, "logs"), &outcome);
    if (++r->open_txs == r->block_txs) {
        seal(r);
        check_root(r, "storageHash", &message.to);
    }
}

static void do_call(struct replay *r)
{
    const struct exec_message message = message_of(r);
    const struct exec_outcome outcome = test_chain_call(&r->chain, &message);
    check_outcome(r, &outcome);
}

static void do_storage(struct replay *r)
{
    const mm_addr addr = field_addr(r->record, "address");
    const mm_hash32 number = field_hash(r->record, "slot");
    const mm_u256 slot = u256_from_hash(&number);
    seal(r);
    const mm_u256 value = memory_state_slot(&r->chain.state, &addr, &slot);
    const mm_hash32 actual = u256_to_hash(&value);
    const mm_hash32 expected = field_hash(r->record, "value");
    check(r, "slot", mm_bytes_hash(&expected), mm_bytes_hash(&actual));
}

static void check_proof(struct replay *r, const mm_addr *addr, const struct json *expected)
{
    const struct json *nodes = field(expected, "proof");
    const mm_hash32 key = field_hash(expected, "key");
    const mm_u256 slot = u256_from_hash(&key);
    struct trie_proof proof;
    if (!check_number(
            r, "proof made", MM_OK,
            (uint64_t)memory_state_prove(&r->chain.state, &r->arena, &proof, addr, &slot)))
        return;
    const mm_u256 value = memory_state_slot(&r->chain.state, addr, &slot);
    const mm_u256 expected_value = field_quantity(expected, "value");
    check(r, "proven value", mm_bytes_from(&expected_value, sizeof value),
          mm_bytes_from(&value, sizeof value));
    if (!check_number(r, "number of proof nodes", nodes->count, proof.count))
        return;
    for (size_t i = 0; i < nodes->count; i++)
        check(r, "proof node", data_of(&r->arena, &nodes->items[i]), proof.nodes[i]);
}

static void do_proof(struct replay *r)
{
    const mm_addr addr = field_addr(r->record, "address");
    const struct json *proofs = field(r->record, "storageProof");
    seal(r);
    check_root(r, "storageHash", &addr);
    for (size_t i = 0; i < proofs->count; i++)
        check_proof(r, &addr, &proofs->items[i]);
}

static void do_record(struct replay *r)
{
    if (field_is(r->record, "op", "tx"))
        do_tx(r);
    else if (field_is(r->record, "op", "call"))
        do_call(r);
    else if (field_is(r->record, "op", "storage"))
        do_storage(r);
    else if (field_is(r->record, "op", "proof"))
        do_proof(r);
    else
        check_number(r, "known op", 1, 0);
}

/* ---- files ---- */

/* The `native` object of genesis.json for what the header says. */
static void native_of(struct replay *r, struct json *native)
{
    const struct json *header = r->record;
    struct mm_buf text;
    mm_buf_init(&text, 1 << 20);
    if (field_is(header, "kind", "factory")) {
        mm_buf_add_text(&text, "{\"contract\":\"collection-factory\"}");
    } else {
        const struct json *params = field(header, "constructor");
        const mm_bytes name = field_text(params, "name");
        const mm_bytes symbol = field_text(params, "symbol");
        const mm_bytes owner = field_text(params, "owner");
        mm_buf_printf(&text,
                      "{\"contract\":\"collection\",\"name\":{\"hex\":\"%.*s\"},"
                      "\"symbol\":{\"hex\":\"%.*s\"},\"owner\":\"%.*s\",\"openMint\":%s}",
                      (int)name.len, (const char *)name.ptr, (int)symbol.len,
                      (const char *)symbol.ptr, (int)owner.len, (const char *)owner.ptr,
                      field_bool(params, "openMint") ? "true" : "false");
    }
    mm_bytes copy;
    MM_ASSERT(mm_buf_err(&text) == MM_OK &&
              mm_arena_copy(&r->arena, &copy, mm_buf_bytes(&text)) == MM_OK);
    mm_buf_fini(&text);
    MM_ASSERT(json_parse(&r->arena, native, copy, NULL, NULL) == JSON_OK);
}

static void begin(struct replay *r)
{
    const mm_addr contract = field_addr(r->record, "contract");
    const struct json *accounts = field(r->record, "accounts");
    struct genesis_account genesis[SENDERS + 1] = { 0 };
    struct mm_reason reason = { "" };
    struct json native;
    MM_ASSERT(field_is(r->record, "format", "collection-vectors/1") && accounts->count == SENDERS);
    for (size_t i = 0; i < SENDERS; i++) {
        genesis[i].balance = TEST_CHAIN_FUNDS;
        MM_ASSERT(hex_read_addr(&genesis[i].addr, accounts->items[i].text));
    }
    native_of(r, &native);
    genesis[SENDERS] = (struct genesis_account){ .addr = contract, .native = &native };
    if (test_chain_init(&r->chain, natives_all(), genesis, SENDERS + 1, &reason) != MM_OK) {
        (void)fprintf(stderr, "genesis: %s\n", reason.text);
        abort();
    }
    check_root(r, "storageHash", &contract);
}

static void replay_file(struct replay *r, const char *path)
{
    struct vector_file *file = vector_file_open(path);
    struct json record;
    r->record = &record;
    mm_arena_init(&r->arena, (size_t)1 << 30);
    MM_ASSERT(vector_file_next(file, &r->arena, &record));
    begin(r);
    for (mm_arena_reset(&r->arena); vector_file_next(file, &r->arena, &record);
         mm_arena_reset(&r->arena))
        do_record(r);
    test_chain_fini(&r->chain);
    mm_arena_fini(&r->arena);
    vector_file_close(file);
}

static bool replay_both(const char *path, struct replay *total)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    struct replay single = { .block_txs = 1 };
    struct replay many = { .block_txs = BLOCK_TXS };
    replay_file(&single, path);
    replay_file(&many, path);
    printf("%s: %zu passed, %zu failed; in larger blocks %zu passed, %zu failed\n", name,
           single.passed, single.failed, many.passed, many.failed);
    total->passed += single.passed + many.passed;
    total->failed += single.failed + many.failed;
    return single.passed > 0 && many.passed > 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_files(char *paths[FILES_MAX])
{
    size_t count = 0;
    DIR *folder = opendir(MINTMARK_VECTORS "/nft");
    MM_ASSERT(folder != NULL);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".jsonl.gz") == NULL)
            continue;
        MM_ASSERT(count < FILES_MAX);
        MM_ASSERT(asprintf(&paths[count++], "%s/%s", MINTMARK_VECTORS "/nft", entry->d_name) > 0);
    }
    (void)closedir(folder);
    qsort(paths, count, sizeof *paths, by_name);
    return count;
}

int main(int argc, char **argv)
{
    char *paths[FILES_MAX];
    struct replay total = { 0 };
    bool complete = true;
    const size_t count = argc > 1 ? 0 : list_files(paths);
    for (int i = 1; i < argc; i++)
        complete = replay_both(argv[i], &total) && complete;
    for (size_t i = 0; i < count; i++) {
        complete = replay_both(paths[i], &total) && complete;
        free(paths[i]);
    }
    printf("%zu passed, %zu failed\n", total.passed, total.failed);
    return complete && total.passed > 0 && total.failed == 0 ? 0 : 1;
}
