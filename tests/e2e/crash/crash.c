/* A node that is killed again and again, and never loses what it showed.
 *
 *     cycle: start ─► what was shown is asked for again ─► load from several connections ─► kill -9 at a random moment
 *                                                              └─ now and then the log loses what a power cut could take (wal.h)
 *            ─► db check on a copy of the folder, so that the node recovers by itself
 *
 * Shown is what a client read: a receipt (every field of it), a balance that hardhat_setBalance acknowledged, a head. After the
 * restart each is there, the same; heads never go back.
 *
 * Usage: crash BINARY [CYCLES [SEED]]. The seed decides the load and the moments of the kills, as far as a scheduler lets it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/keys/hdwallet.h"
#include "state/base/assert.h"
#include "state/chain/tx.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "tests/e2e/crash/common.h"
#include "tests/e2e/crash/wal.h"

enum {
    LOADERS = 3,      /* connections with transactions */
    SENDERS_EACH = 2, /* accounts of each */
    TXS_EACH = 165,   /* of a loader in a cycle: about 500 together */
    BATCH_MAX = 12,
    EDITED = 4,      /* addresses whose balance is set from outside */
    ASK_BATCH = 100, /* receipts asked for at once */
    ASK_OLD = 300,   /* older ones asked for again in each cycle */
    CYCLES_DEFAULT = 10,
    REPLAY_EVERY = 20,
    CHAIN_ID = 31337,
};

static const char mnemonic[] = "test test test test test test test test test test test junk";
static const char collection[] = "6d696e746d61726b000000000000000000000721";

/* A receipt that a client saw. */
struct shown {
    mm_hash32 tx;
    char *text; /* owned; the whole result */
};

struct sender {
    struct secp_secret *secret;
    mm_addr addr;
    uint64_t nonce;
};

struct loader {
    pthread_t thread;
    struct test_random random;
    struct sender accounts[SENDERS_EACH];
    struct mm_arena arena;
    unsigned port;
    struct shown *shown; /* owned, of this cycle */
    size_t shown_count;
    uint64_t head; /* the highest number it was told */
    bool is_wrong;
};

/* The connection that edits: values only grow. */
struct editor {
    pthread_t thread;
    struct test_random random;
    unsigned port;
    uint64_t sent[EDITED];
    uint64_t acknowledged[EDITED];
    uint64_t head;
    bool is_wrong;
};

struct test {
    const char *binary;
    struct crash_folder folder;
    struct test_random random;
    struct loader loaders[LOADERS];
    struct editor editor;
    struct shown *shown; /* owned, of all cycles */
    size_t shown_count;
    size_t last_count; /* of them in the last cycle */
    uint64_t head;     /* the highest number that anyone was told */
    size_t lost_bytes;
    size_t damaged;
};

static void hash_params(char out[80], const mm_hash32 *hash)
{
    (void)memcpy(out, "[\"0x", 4);
    hex_encode(out + 4, mm_bytes_hash(hash));
    (void)memcpy(out + 68, "\"]", 3);
}

/* ---- load ---- */

static mm_bytes mint_data(struct mm_arena *arena, const mm_addr *to, uint64_t number)
{
    uint8_t *data = mm_arena_zeroed(arena, 1, 4 + 6 * 32);
    const mm_hash32 hash = keccak256(MM_BYTES_LIT("mint(address,string)"));
    memcpy(data, hash.b, 4);
    memcpy(data + 4 + 12, to->b, 20);
    data[4 + 63] = 64;
    data[4 + 95] = 66;
    char uri[67];
    (void)snprintf(uri, sizeof uri,
                   "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjev%010llu",
                   (unsigned long long)(number % 10000000000));
    memcpy(data + 4 + 96, uri, strlen(uri));
    return mm_bytes_from(data, 4 + 6 * 32);
}

static mm_bytes transfer_data(struct mm_arena *arena, const mm_addr *from, const mm_addr *to,
                              uint64_t token)
{
    uint8_t *data = mm_arena_zeroed(arena, 1, 4 + 3 * 32);
    const mm_hash32 hash = keccak256(MM_BYTES_LIT("transferFrom(address,address,uint256)"));
    memcpy(data, hash.b, 4);
    memcpy(data + 4 + 12, from->b, 20);
    memcpy(data + 4 + 44, to->b, 20);
    for (size_t i = 0; i < 8; i++)
        data[4 + 95 - i] = (uint8_t)(token >> (8 * i));
    return mm_bytes_from(data, 4 + 3 * 32);
}

static mm_bytes random_tx(struct loader *loader, struct sender *from, mm_hash32 *hash)
{
    struct test_random *random = &loader->random;
    const struct sender *other = &loader->accounts[test_random_below(random, SENDERS_EACH)];
    struct tx tx = {
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(CHAIN_ID),
        .nonce = from->nonce++,
        .max_fee = u256_from_u64(100000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = 400000,
    };
    MM_ASSERT(hex_decode(tx.to.b, mm_bytes_str(collection)));
    const uint64_t kind = test_random_below(random, 8);
    if (kind == 0) {
        tx.to = other->addr;
        tx.value = u256_from_u64(test_random_below(random, 1000));
    } else if (kind == 1) {
        tx.data = transfer_data(&loader->arena, &from->addr, &other->addr,
                                1 + test_random_below(random, 500));
    } else {
        tx.data = mint_data(&loader->arena, &other->addr, test_random_u64(random));
    }
    MM_ASSERT(tx_sign(&loader->arena, &tx, from->secret));
    *hash = tx.hash;
    return tx.raw;
}

static bool send_batch(struct loader *loader, struct door *door, mm_hash32 *hashes, size_t count)
{
    const struct json *answers;
    size_t answer_count;
    door_begin(door);
    for (size_t i = 0; i < count; i++) {
        struct sender *from = &loader->accounts[test_random_below(&loader->random, SENDERS_EACH)];
        const mm_bytes raw = random_tx(loader, from, &hashes[i]);
        char *params = mm_arena_alloc(&loader->arena, 2 * raw.len + 16);
        memcpy(params, "[\"0x", 4);
        hex_encode(params + 4, raw);
        memcpy(params + 4 + 2 * raw.len, "\"]", 3);
        door_call(door, "eth_sendRawTransaction", params);
    }
    if (!door_send(door, &answers, &answer_count))
        return false;
    MM_ASSERT(answer_count == count);
    for (size_t i = 0; i < count; i++)
        loader->is_wrong |= crash_result(&answers[i]) == NULL;
    return true;
}

static void note_shown(struct loader *loader, const mm_hash32 *hash, const struct json *receipt)
{
    struct shown *shown = &loader->shown[loader->shown_count++];
    *shown = (struct shown){ *hash, crash_text(receipt) };
    const uint64_t block_num = crash_quantity(json_find(receipt, "blockNumber"));
    if (block_num > loader->head)
        loader->head = block_num;
}

static bool read_receipts(struct loader *loader, struct door *door, const mm_hash32 *hashes,
                          size_t count)
{
    const struct json *answers;
    size_t answer_count;
    char params[80];
    door_begin(door);
    for (size_t i = 0; i < count; i++) {
        hash_params(params, &hashes[i]);
        door_call(door, "eth_getTransactionReceipt", params);
    }
    door_call(door, "eth_blockNumber", "[]");
    if (!door_send(door, &answers, &answer_count))
        return false;
    MM_ASSERT(answer_count == count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct json *receipt = crash_result(&answers[i]);
        if (receipt != NULL && receipt->kind == JSON_OBJECT)
            note_shown(loader, &hashes[i], receipt);
    }
    const uint64_t head = crash_quantity(crash_result(&answers[count]));
    if (head < loader->head)
        loader->is_wrong = true;
    loader->head = head;
    return true;
}

static void *load(void *arg)
{
    struct loader *loader = arg;
    struct door door;
    mm_hash32 hashes[BATCH_MAX];
    door_init(&door);
    bool goes_on = door_connect(&door, loader->port);
    for (size_t sent = 0; goes_on && sent < TXS_EACH;) {
        const size_t count = 1 + test_random_below(&loader->random, BATCH_MAX);
        goes_on =
            send_batch(loader, &door, hashes, count) && read_receipts(loader, &door, hashes, count);
        sent += count;
        mm_arena_reset(&loader->arena);
    }
    door_fini(&door);
    return NULL;
}

static void *edit(void *arg)
{
    struct editor *editor = arg;
    struct door door;
    door_init(&door);
    bool goes_on = door_connect(&door, editor->port);
    while (goes_on) {
        const struct json *answers;
        size_t count;
        char params[128];
        const size_t which = test_random_below(&editor->random, EDITED);
        const uint64_t value = editor->sent[which] + 1 + test_random_below(&editor->random, 100);
        (void)snprintf(params, sizeof params,
                       "[\"0xed0000000000000000000000000000000000000%zu\",\"0x%llx\"]", which,
                       (unsigned long long)value);
        editor->sent[which] = value;
        door_begin(&door);
        door_call(&door, "hardhat_setBalance", params);
        door_call(&door, "eth_blockNumber", "[]");
        goes_on = door_send(&door, &answers, &count);
        if (goes_on) {
            editor->is_wrong |= crash_result(&answers[0]) == NULL;
            editor->acknowledged[which] = value;
            editor->head = crash_quantity(crash_result(&answers[1]));
        }
        crash_sleep_ms(test_random_below(&editor->random, 20));
    }
    door_fini(&door);
    return NULL;
}

/* ---- after the restart ---- */

static void expect_receipts(struct door *door, const struct shown *shown, const size_t *which,
                            size_t count)
{
    const struct json *answers;
    size_t answer_count;
    char params[80];
    door_begin(door);
    for (size_t i = 0; i < count; i++) {
        hash_params(params, &shown[which[i]].tx);
        door_call(door, "eth_getTransactionReceipt", params);
    }
    if (!door_send(door, &answers, &answer_count) || answer_count != count)
        crash_fail("the node does not answer after its restart");
    for (size_t i = 0; i < count; i++) {
        char *text = crash_text(crash_result(&answers[i]));
        if (strcmp(text, shown[which[i]].text) != 0) {
            (void)fprintf(stderr, "shown:  %s\nnow:    %s\n", shown[which[i]].text, text);
            crash_fail("a receipt that was shown is not there any more, or another");
        }
        free(text);
    }
}

/* The last cycle's receipts, and some older ones; or all. */
static void expect_shown(struct test *test, struct door *door, bool all)
{
    const size_t recent = all ? test->shown_count : test->last_count;
    const size_t old = all                                    ? 0
                       : test->shown_count - recent < ASK_OLD ? test->shown_count - recent
                                                              : ASK_OLD;
    for (size_t done = 0; done < recent + old;) {
        size_t which[ASK_BATCH];
        size_t count = 0;
        for (; count < ASK_BATCH && done + count < recent + old; count++)
            which[count] = done + count < recent
                               ? test->shown_count - 1 - (done + count)
                               : test_random_below(&test->random, test->shown_count - recent);
        expect_receipts(door, test->shown, which, count);
        done += count;
    }
}

static void expect_balances(struct test *test, struct door *door)
{
    struct editor *editor = &test->editor;
    const struct json *answers;
    size_t count;
    char params[80];
    door_begin(door);
    for (size_t i = 0; i < EDITED; i++) {
        (void)snprintf(params, sizeof params,
                       "[\"0xed0000000000000000000000000000000000000%zu\",\"latest\"]", i);
        door_call(door, "eth_getBalance", params);
    }
    if (!door_send(door, &answers, &count) || count != EDITED)
        crash_fail("the node does not answer after its restart");
    for (size_t i = 0; i < EDITED; i++) {
        const uint64_t balance = crash_quantity(crash_result(&answers[i]));
        if (balance < editor->acknowledged[i] || balance > editor->sent[i])
            crash_fail("a balance that was set and acknowledged is lost");
        editor->acknowledged[i] = balance; /* what is shown now must stay */
        editor->sent[i] = balance;
    }
}

static void read_heads_and_nonces(struct test *test, struct door *door)
{
    const struct json *answers;
    size_t count;
    door_begin(door);
    door_call(door, "eth_blockNumber", "[]");
    for (size_t i = 0; i < LOADERS * SENDERS_EACH; i++) {
        char params[80] = "[\"0x";
        hex_encode(params + 4,
                   mm_bytes_addr(&test->loaders[i / SENDERS_EACH].accounts[i % SENDERS_EACH].addr));
        memcpy(params + 44, "\",\"latest\"]", 12);
        door_call(door, "eth_getTransactionCount", params);
    }
    if (!door_send(door, &answers, &count) || count != 1 + LOADERS * SENDERS_EACH)
        crash_fail("the node does not answer after its restart");
    const uint64_t head = crash_quantity(crash_result(&answers[0]));
    if (head < test->head)
        crash_fail("the head went back");
    test->head = head;
    for (size_t i = 0; i < LOADERS * SENDERS_EACH; i++)
        test->loaders[i / SENDERS_EACH].accounts[i % SENDERS_EACH].nonce =
            crash_quantity(crash_result(&answers[1 + i]));
}

static void expect_all(struct test *test, unsigned port, bool all)
{
    struct door door;
    door_init(&door);
    if (!door_connect(&door, port))
        crash_fail("the node takes no connection after its restart");
    read_heads_and_nonces(test, &door);
    expect_shown(test, &door, all);
    expect_balances(test, &door);
    door_fini(&door);
}

/* ---- cycles ---- */

static void gather(struct test *test)
{
    size_t count = 0;
    for (size_t i = 0; i < LOADERS; i++) {
        struct loader *loader = &test->loaders[i];
        if (loader->is_wrong)
            crash_fail("an answer during the load was wrong");
        if (loader->head > test->head)
            test->head = loader->head;
        test->shown = realloc(test->shown,
                              (test->shown_count + loader->shown_count + 1) * sizeof *test->shown);
        memcpy(test->shown + test->shown_count, loader->shown,
               loader->shown_count * sizeof *test->shown);
        test->shown_count += loader->shown_count;
        count += loader->shown_count;
        free(loader->shown);
    }
    if (test->editor.is_wrong)
        crash_fail("an edit was refused");
    if (test->editor.head > test->head)
        test->head = test->editor.head;
    test->last_count = count;
}

static void run_load(struct test *test, struct node_process *node)
{
    for (size_t i = 0; i < LOADERS; i++) {
        struct loader *loader = &test->loaders[i];
        loader->port = node->port;
        loader->head = 0;
        loader->random.state = test_random_u64(&test->random);
        loader->shown = calloc(TXS_EACH + BATCH_MAX, sizeof *loader->shown);
        loader->shown_count = 0;
        MM_ASSERT(pthread_create(&loader->thread, NULL, load, loader) == 0);
    }
    test->editor.port = node->port;
    test->editor.head = 0;
    test->editor.random.state = test_random_u64(&test->random);
    MM_ASSERT(pthread_create(&test->editor.thread, NULL, edit, &test->editor) == 0);
    crash_sleep_ms(
        test_random_below(&test->random, test_random_below(&test->random, 3) == 0 ? 1500 : 250));
    node_kill(node);
    for (size_t i = 0; i < LOADERS; i++)
        (void)pthread_join(test->loaders[i].thread, NULL);
    (void)pthread_join(test->editor.thread, NULL);
    gather(test);
}

static void run_cycle(struct test *test, unsigned cycle)
{
    struct node_process node;
    /* Sometimes it does not even get to open its doors. */
    for (; test_random_below(&test->random, 6) == 0; node_kill(&node)) {
        (void)node_start(&node, test->binary, test->folder.path, 0);
        crash_sleep_ms(test_random_below(&test->random, 40));
    }
    if (!node_start(&node, test->binary, test->folder.path, CRASH_READY_MS))
        crash_fail("the node does not start");
    expect_all(test, node.port, false);
    run_load(test, &node);
    (void)printf("cycle %u: %zu receipts shown, %zu in all, head %llu\n", cycle, test->last_count,
                 test->shown_count, (unsigned long long)test->head);
    if (test_random_below(&test->random, 2) == 0) {
        const enum wal_damage kind = (enum wal_damage)test_random_below(&test->random, WAL_KINDS);
        const size_t lost = wal_damage(test->folder.path, test->head, kind, &test->random);
        test->lost_bytes += lost;
        test->damaged += lost > 0;
    }
    crash_folder_check(&test->folder, test->binary, cycle % REPLAY_EVERY == 0);
    (void)fflush(stdout);
}

static void make_accounts(struct test *test)
{
    struct secp_secret *secrets[LOADERS * SENDERS_EACH];
    struct hdwallet *master = NULL;
    MM_ASSERT(hdwallet_from_mnemonic(&master, mm_bytes_str(mnemonic), (mm_bytes){ NULL, 0 },
                                     NULL) == HDWALLET_OK);
    MM_ASSERT(hdwallet_accounts(secrets, LOADERS * SENDERS_EACH, 0, master) == HDWALLET_OK);
    for (size_t i = 0; i < LOADERS * SENDERS_EACH; i++)
        test->loaders[i / SENDERS_EACH].accounts[i % SENDERS_EACH] =
            (struct sender){ secrets[i], secp_secret_addr(secrets[i]), 0 };
    for (size_t i = 0; i < LOADERS; i++)
        mm_arena_init(&test->loaders[i].arena, SIZE_MAX);
    hdwallet_free(master);
}

static void release(struct test *test)
{
    for (size_t i = 0; i < LOADERS; i++) {
        mm_arena_fini(&test->loaders[i].arena);
        for (size_t j = 0; j < SENDERS_EACH; j++)
            secp_secret_free(test->loaders[i].accounts[j].secret);
    }
    for (size_t i = 0; i < test->shown_count; i++)
        free(test->shown[i].text);
    free(test->shown);
    crash_folder_remove(&test->folder);
}

int main(int argc, char **argv)
{
    static struct test test;
    if (argc < 2) {
        (void)fprintf(stderr, "usage: crash BINARY [CYCLES [SEED]]\n");
        return 2;
    }
    const unsigned cycles = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : CYCLES_DEFAULT;
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL);
    (void)printf("seed %llu, %u cycles\n", (unsigned long long)seed, cycles);
    test.binary = argv[1];
    test.random.state = seed;
    crash_folder_make(&test.folder);
    make_accounts(&test);
    for (unsigned cycle = 1; cycle <= cycles; cycle++)
        run_cycle(&test, cycle);
    struct node_process node;
    if (!node_start(&node, test.binary, test.folder.path, CRASH_READY_MS))
        crash_fail("the node does not start");
    expect_all(&test, node.port, true);
    node_kill(&node);
    crash_folder_check(&test.folder, test.binary, true);
    (void)printf("nothing lost: %zu receipts, %llu blocks, %u kills; %zu logs damaged, %zu bytes "
                 "of them gone\n",
                 test.shown_count, (unsigned long long)test.head, cycles, test.damaged,
                 test.lost_bytes);
    if (test.shown_count == 0)
        crash_fail("nothing was shown, so nothing was tested");
    release(&test);
    return 0;
}
