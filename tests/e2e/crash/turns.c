/* A node that is killed again and again while dev control takes its chain forward and back, and that is always one of the chains
 * it may be.
 *
 *     cycle: start ─► is it as the last answer had it? ─► orders, one after the other ─► kill -9 at a random moment ─► db check
 *
 * What a chain looks like (its head's hash, balances that were set, the coinbase, a receipt) is read after every order. After a
 * kill it is what it was before the order that had no answer yet, or what that order makes of it, and nothing between: of many
 * blocks, some. A snapshot that was acknowledged can be gone back to until it is used, and then everything is as it was.
 *
 * Usage: turns BINARY [CYCLES [SEED]] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "state/base/assert.h"
#include "tests/e2e/crash/common.h"
#include "tests/lib/random.h"

enum {
    CYCLES_DEFAULT = 10,
    REPLAY_EVERY = 5,
    SNAPSHOTS_MAX = 24,
    MINE_MAX = 40,
    MINTS_MAX = 8,
    HASH_BYTES = 72,
    PARAMS_BYTES = 700,
};

static const char edited[] = "0xed00000000000000000000000000000000000000";

/* How the chain looks at a moment. */
struct look {
    uint64_t head;
    char hash[HASH_BYTES]; /* of the head, as JSON has it */
    uint64_t balance;      /* of `edited`, at latest */
    char coinbase[HASH_BYTES];
};

struct snapshot {
    uint64_t id;
    struct look look;
};

enum order_kind {
    ORDER_MINE,
    ORDER_MINT,
    ORDER_BALANCE,
    ORDER_COINBASE,
    ORDER_SNAPSHOT,
    ORDER_REVERT,
    ORDER_RESET,
    ORDER_KINDS
};
static const char *const order_names[ORDER_KINDS] = { "mine",     "mint",   "balance", "coinbase",
                                                      "snapshot", "revert", "reset" };

struct order {
    enum order_kind kind;
    uint64_t count; /* of blocks; a balance */
    char coinbase[HASH_BYTES];
    size_t place; /* of the snapshot to go back to */
};

struct test {
    const char *binary;
    struct crash_folder folder;
    struct test_random random;
    struct door door;
    pthread_t thread;

    struct look genesis;
    struct look look;   /* by the last answer */
    struct order order; /* has no answer yet, when is_open */
    bool is_open;
    struct snapshot snapshots[SNAPSHOTS_MAX];
    size_t snapshot_count;
    size_t done[ORDER_KINDS];
    size_t open_kept,
        open_done; /* orders without an answer that came to nothing, or to something */
    bool is_wrong;
};

/* ---- asking ---- */

/* NULL: the connection is gone. */
static const struct json *ask(struct test *test, const char *method, const char *params)
{
    const struct json *answers;
    size_t count;
    door_begin(&test->door);
    door_call(&test->door, method, params);
    if (!door_send(&test->door, &answers, &count))
        return NULL;
    MM_ASSERT(count == 1);
    const struct json *result = crash_result(&answers[0]);
    test->is_wrong |= result == NULL;
    return result;
}

static void copy_string(char out[HASH_BYTES], const struct json *value)
{
    MM_ASSERT(value != NULL && value->kind == JSON_STRING && value->text.len < HASH_BYTES);
    memcpy(out, value->text.ptr, value->text.len);
    out[value->text.len] = '\0';
}

static bool read_look(struct test *test, struct look *look)
{
    const struct json *answers;
    size_t count;
    char params[100];
    (void)snprintf(params, sizeof params, "[\"%s\",\"latest\"]", edited);
    door_begin(&test->door);
    door_call(&test->door, "eth_getBlockByNumber", "[\"latest\",false]");
    door_call(&test->door, "eth_getBalance", params);
    door_call(&test->door, "eth_coinbase", "[]");
    if (!door_send(&test->door, &answers, &count))
        return false;
    MM_ASSERT(count == 3);
    const struct json *block = crash_result(&answers[0]);
    look->head = crash_quantity(json_find(block, "number"));
    copy_string(look->hash, json_find(block, "hash"));
    look->balance = crash_quantity(crash_result(&answers[1]));
    copy_string(look->coinbase, crash_result(&answers[2]));
    return true;
}

static bool is_same(const struct look *a, const struct look *b)
{
    return a->head == b->head && strcmp(a->hash, b->hash) == 0 && a->balance == b->balance &&
           strcmp(a->coinbase, b->coinbase) == 0;
}

/* ---- orders ---- */

static struct order random_order(struct test *test)
{
    static const enum order_kind dice[] = { ORDER_MINE,     ORDER_MINE,     ORDER_MINT,
                                            ORDER_MINT,     ORDER_BALANCE,  ORDER_BALANCE,
                                            ORDER_COINBASE, ORDER_SNAPSHOT, ORDER_SNAPSHOT,
                                            ORDER_SNAPSHOT, ORDER_REVERT,   ORDER_REVERT };
    struct order order = { .kind = dice[test_random_below(&test->random, MM_COUNT_OF(dice))] };
    if (test_random_below(&test->random, 100) == 0)
        order.kind = ORDER_RESET;
    if (order.kind == ORDER_REVERT && test->snapshot_count == 0)
        order.kind = ORDER_SNAPSHOT;
    if (order.kind == ORDER_SNAPSHOT && test->snapshot_count == SNAPSHOTS_MAX)
        order.kind = ORDER_REVERT;
    order.count =
        1 + test_random_below(&test->random, order.kind == ORDER_MINT ? MINTS_MAX : MINE_MAX);
    order.place =
        test->snapshot_count == 0 ? 0 : test_random_below(&test->random, test->snapshot_count);
    (void)snprintf(order.coinbase, sizeof order.coinbase, "0xc0%038llx",
                   (unsigned long long)test_random_u64(&test->random));
    return order;
}

/* Mints to the developers' first account, from it, a block each. */
static bool send_mints(struct test *test, uint64_t count)
{
    const struct json *accounts = ask(test, "eth_accounts", "[]");
    char from[HASH_BYTES];
    char params[PARAMS_BYTES];
    if (accounts == NULL)
        return false;
    copy_string(from, &accounts->items[0]);
    (void)snprintf(
        params, sizeof params,
        "[{\"from\":\"%s\",\"to\":\"0x6d696e746d61726b000000000000000000000721\",\"data\":"
        "\"0xd0def521%024d%s%064x%064x%064x\"}]", /* mint(address,string) */
        from, 0, from + 2, 64, 3, 0);
    for (uint64_t i = 0; i < count; i++) {
        if (ask(test, "eth_sendTransaction", params) == NULL)
            return false;
    }
    return true;
}

static bool send_order(struct test *test, const struct order *order)
{
    char params[PARAMS_BYTES];
    const struct json *result = NULL;
    switch (order->kind) {
    case ORDER_MINE:
        (void)snprintf(params, sizeof params, "[%llu]", (unsigned long long)order->count);
        return ask(test, "hardhat_mine", params) != NULL;
    case ORDER_MINT:
        return send_mints(test, order->count);
    case ORDER_BALANCE:
        (void)snprintf(params, sizeof params, "[\"%s\",\"0x%llx\"]", edited,
                       (unsigned long long)order->count);
        return ask(test, "hardhat_setBalance", params) != NULL;
    case ORDER_COINBASE:
        (void)snprintf(params, sizeof params, "[\"%s\"]", order->coinbase);
        return ask(test, "hardhat_setCoinbase", params) != NULL;
    case ORDER_SNAPSHOT:
        result = ask(test, "evm_snapshot", "[]");
        if (result != NULL)
            test->snapshots[test->snapshot_count++] =
                (struct snapshot){ crash_quantity(result), test->look };
        return result != NULL;
    case ORDER_REVERT:
        (void)snprintf(params, sizeof params, "[\"0x%llx\"]",
                       (unsigned long long)test->snapshots[order->place].id);
        result = ask(test, "evm_revert", params);
        test->is_wrong |= result != NULL && result->kind != JSON_TRUE;
        return result != NULL;
    case ORDER_RESET:
        return ask(test, "hardhat_reset", "[]") != NULL;
    case ORDER_KINDS:
        break;
    }
    MM_UNREACHABLE();
}

/* Whether the order, whole or of blocks a part, makes `after` of `before`. */
static bool makes(struct test *test, const struct order *order, const struct look *before,
                  const struct look *after, bool whole)
{
    struct look expected = *before;
    switch (order->kind) {
    case ORDER_MINE:
    case ORDER_MINT:
        expected.head = after->head;
        (void)strcpy(expected.hash, after->hash);
        return is_same(&expected, after) &&
               (whole ? after->head == before->head + order->count
                      : after->head > before->head && after->head <= before->head + order->count);
    case ORDER_BALANCE:
        expected.balance = order->count;
        break;
    case ORDER_COINBASE:
        (void)strcpy(expected.coinbase, order->coinbase);
        break;
    case ORDER_SNAPSHOT:
        break;
    case ORDER_REVERT:
        expected = test->snapshots[order->place].look;
        break;
    case ORDER_RESET:
        expected = test->genesis;
        break;
    case ORDER_KINDS:
        MM_UNREACHABLE();
    }
    return is_same(&expected, after);
}

static void forget_snapshots(struct test *test, const struct order *order)
{
    if (order->kind == ORDER_REVERT)
        test->snapshot_count = order->place;
    else if (order->kind == ORDER_RESET)
        test->snapshot_count = 0;
}

static void complain(const struct test *test, const struct order *order, const struct look *look)
{
    (void)fprintf(stderr,
                  "order %s %llu: head %llu %s balance %llu coinbase %s\nafter head %llu %s "
                  "balance %llu coinbase %s\n",
                  order_names[order->kind], (unsigned long long)order->count,
                  (unsigned long long)look->head, look->hash, (unsigned long long)look->balance,
                  look->coinbase, (unsigned long long)test->look.head, test->look.hash,
                  (unsigned long long)test->look.balance, test->look.coinbase);
}

static void *give_orders(void *arg)
{
    struct test *test = arg;
    for (;;) {
        struct look look;
        const struct order order = random_order(test);
        test->order = order;
        test->is_open = true;
        if (!send_order(test, &order) || !read_look(test, &look) || test->is_wrong)
            return NULL;
        if (!makes(test, &order, &test->look, &look, true)) {
            complain(test, &order, &look);
            test->is_wrong = true;
            return NULL;
        }
        forget_snapshots(test, &order);
        test->look = look;
        test->is_open = false;
        test->done[order.kind]++;
    }
}

/* ---- after a restart ---- */

static void expect_a_chain(struct test *test)
{
    struct look look;
    const struct order *order = &test->order;
    char params[PARAMS_BYTES];
    if (!read_look(test, &look))
        crash_fail("the node does not answer after its restart");
    const bool kept = is_same(&look, &test->look);
    if (!kept && !(test->is_open && makes(test, order, &test->look, &look, false))) {
        complain(test, order, &look);
        crash_fail("the chain is none of those it may be");
    }
    if (!kept && look.head > test->look.head) { /* on top of what was there */
        (void)snprintf(params, sizeof params, "[\"0x%llx\",false]",
                       (unsigned long long)test->look.head);
        char hash[HASH_BYTES];
        copy_string(hash, json_find(ask(test, "eth_getBlockByNumber", params), "hash"));
        if (strcmp(hash, test->look.hash) != 0)
            crash_fail("a block that was shown is another now");
    }
    if (test->is_open) {
        test->open_kept += kept;
        test->open_done += !kept;
        /* Where it makes no difference to the look, it may have been used up. */
        if (!kept || makes(test, order, &test->look, &look, true))
            forget_snapshots(test, order);
    }
    test->look = look;
    test->is_open = false;
}

static void open_door(struct test *test, unsigned port)
{
    door_init(&test->door);
    if (!door_connect(&test->door, port))
        crash_fail("the node takes no connection after its restart");
}

static void run_cycle(struct test *test, unsigned cycle)
{
    struct node_process node;
    /* Sometimes while it still makes good what the last kill interrupted. */
    for (; test_random_below(&test->random, 4) == 0; node_kill(&node)) {
        (void)node_start(&node, test->binary, test->folder.path, 0);
        crash_sleep_ms(test_random_below(&test->random, 40));
    }
    if (!node_start(&node, test->binary, test->folder.path, CRASH_READY_MS))
        crash_fail("the node does not start");
    open_door(test, node.port);
    if (cycle == 1) {
        MM_ASSERT(read_look(test, &test->look));
        test->genesis = test->look;
    }
    expect_a_chain(test);
    MM_ASSERT(pthread_create(&test->thread, NULL, give_orders, test) == 0);
    crash_sleep_ms(
        test_random_below(&test->random, test_random_below(&test->random, 3) == 0 ? 1500 : 250));
    node_kill(&node);
    (void)pthread_join(test->thread, NULL);
    door_fini(&test->door);
    if (test->is_wrong)
        crash_fail("an answer was wrong");
    crash_folder_check(&test->folder, test->binary, cycle % REPLAY_EVERY == 0);
}

static void print_done(const struct test *test, unsigned cycles)
{
    (void)printf("always a chain it may be: %u kills", cycles);
    for (size_t i = 0; i < ORDER_KINDS; i++)
        (void)printf(", %zu %s", test->done[i], order_names[i]);
    (void)printf("; without an answer %zu came to nothing, %zu to something\n", test->open_kept,
                 test->open_done);
}

int main(int argc, char **argv)
{
    static struct test test;
    if (argc < 2) {
        (void)fprintf(stderr, "usage: turns BINARY [CYCLES [SEED]]\n");
        return 2;
    }
    const unsigned cycles = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : CYCLES_DEFAULT;
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL);
    (void)printf("seed %llu, %u cycles\n", (unsigned long long)seed, cycles);
    test.binary = argv[1];
    test.random.state = seed;
    crash_folder_make(&test.folder);
    for (unsigned cycle = 1; cycle <= cycles; cycle++)
        run_cycle(&test, cycle);
    print_done(&test, cycles);
    if (test.done[ORDER_REVERT] == 0)
        crash_fail("the chain never went back, so nothing was tested");
    crash_folder_remove(&test.folder);
    return 0;
}
