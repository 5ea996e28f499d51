/* Subscriptions: over a connection that keeps what it is sent. The hub tells from a thread of its own. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "door.h"
#include "state/base/heap.h"
#include "tests/lib/random.h"

#define TRANSFER "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

enum { TEXTS_MAX = 4096, PATIENCE_MS = 10000, SILENCE_MS = 50 };

struct line {
    struct door *door;
    struct rpc_eth_client *client;
    pthread_mutex_t lock;
    pthread_cond_t came;
    char *texts[TEXTS_MAX]; /* owned */
    size_t count, seen;
    bool is_freed;
};

static bool line_send(void *ctx, struct mm_buf *taken_text)
{
    struct line *line = ctx;
    (void)pthread_mutex_lock(&line->lock);
    cr_assert_lt(line->count, TEXTS_MAX);
    line->texts[line->count++] = strndup((const char *)taken_text->ptr, taken_text->len);
    (void)pthread_cond_signal(&line->came);
    (void)pthread_mutex_unlock(&line->lock);
    mm_buf_fini(taken_text);
    return true;
}

static void line_free(void *ctx)
{
    ((struct line *)ctx)->is_freed = true;
}

static struct line *line_open(struct door *door)
{
    struct line *line = mm_heap_zeroed(1, sizeof *line);
    const struct rpc_eth_sink sink = { line, line_send, line_free };
    line->door = door;
    (void)pthread_mutex_init(&line->lock, NULL);
    (void)pthread_cond_init(&line->came, NULL);
    line->client = rpc_eth_client_new(door->eth, &sink, true);
    cr_assert_not_null(line->client);
    return line;
}

static void line_hang_up(struct line *line)
{
    rpc_eth_client_close(line->client);
    line->client = NULL;
}

static void line_close(struct line *line)
{
    if (line->client != NULL)
        line_hang_up(line);
    cr_assert(line->is_freed);
    for (size_t i = 0; i < line->count; i++)
        free(line->texts[i]);
    mm_heap_free(line);
}

/* The next text, or NULL when none comes within the time. */
static const char *next_text(struct line *line, long wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += wait_ms % 1000 * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    const char *text = NULL;
    (void)pthread_mutex_lock(&line->lock);
    while (line->seen == line->count &&
           pthread_cond_timedwait(&line->came, &line->lock, &until) == 0)
        continue;
    if (line->seen < line->count)
        text = line->texts[line->seen++];
    (void)pthread_mutex_unlock(&line->lock);
    return text;
}

static const struct json *next(struct line *line)
{
    struct json *value = MM_ARENA_NEW(&line->door->arena, struct json);
    const char *text = next_text(line, PATIENCE_MS);
    cr_assert_not_null(text, "nothing came");
    cr_assert_eq(json_parse(&line->door->arena, value, mm_bytes_str(text),
                            &(struct json_options){ true }, NULL),
                 JSON_OK, "%s", text);
    return value;
}

static void expect_silence(struct line *line)
{
    const char *text = next_text(line, SILENCE_MS);
    cr_assert_null(text, "%s", text);
}

static void say(struct line *line, const char *body)
{
    rpc_eth_client_message(line->client, mm_bytes_str(body));
}

static const struct json *ask(struct line *line, const char *method, const char *params)
{
    char body[1000];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":[%s]}", method,
                   params);
    say(line, body);
    return next(line);
}

static const char *subscribe(struct line *line, const char *params)
{
    const struct json *answer = ask(line, "eth_subscribe", params);
    cr_assert_not_null(json_find(answer, "result"));
    return door_string(line->door, json_find(answer, "result"));
}

/* The result of the next notification, which must be of this subscription. */
static const struct json *told(struct line *line, const char *id)
{
    const struct json *note = next(line);
    cr_assert(door_is(json_find(note, "method"), "eth_subscription"));
    const struct json *params = json_find(note, "params");
    cr_assert(door_is(json_find(params, "subscription"), id));
    return json_find(params, "result");
}

Test(subscriptions, are_not_for_single_requests, .timeout = 60)
{
    struct door *door = door_open();
    struct door_error error = door_refused(door, "eth_subscribe", "\"newHeads\"");
    cr_assert_eq(error.code, -32601);
    cr_assert_str_eq(error.message, "notifications not supported");
    error = door_refused(door, "eth_unsubscribe", "\"0x1\"");
    cr_assert_str_eq(error.message, "notifications not supported");
    door_close(door);
}

Test(subscriptions, answer_requests_and_batches_as_http_does, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    cr_assert(door_is(json_find(ask(line, "eth_chainId", ""), "result"), "0x7a69"));
    say(line, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"},3]");
    cr_assert_eq(next(line)->count, 2);
    say(line, "{nonsense");
    cr_assert_eq(json_find(json_find(next(line), "error"), "code")->kind, JSON_NUMBER);
    say(line, "{\"jsonrpc\":\"2.0\",\"method\":\"eth_blockNumber\"}"); /* asks for no answer */
    expect_silence(line);
    line_close(line);
    door_close(door);
}

Test(subscriptions, tell_each_new_head_once_and_in_order, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    (void)door_mint(door, 0, "ipfs://x");
    const char *id = subscribe(line, "\"newHeads\"");
    expect_silence(line);
    for (unsigned i = 0; i < 50; i++)
        (void)door_mint(door, i % 10, "ipfs://x");
    for (unsigned i = 0; i < 50; i++) {
        const struct json *head = told(line, id);
        cr_assert_eq(door_number(json_find(head, "number")), i + 2);
        const struct json *same = door_ask(door, "eth_getHeaderByNumber", "\"0x%x\"", i + 2);
        cr_assert_eq(head->count, same->count);
        cr_assert(door_is(json_find(head, "hash"), door_member(door, same, "hash")));
    }
    expect_silence(line);
    line_close(line);
    door_close(door);
}

Test(subscriptions, tell_the_logs_that_match, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    const char *all = subscribe(line, "\"logs\",{}");
    const char *hash = door_mint(door, 0, "ipfs://x");
    const struct json *first = told(line, all);
    cr_assert(door_is(json_find(first, "transactionHash"), hash));
    cr_assert(door_is(json_find(told(line, all), "transactionHash"), hash));
    cr_assert(door_is(json_find(ask(line, "eth_unsubscribe", "\"0xffff\""), "error"), "") == false);
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", all);
    cr_assert_eq(json_find(ask(line, "eth_unsubscribe", quoted), "result")->kind, JSON_TRUE);
    const char *some =
        subscribe(line, "\"logs\",{\"address\":\"0x6d696e746d61726b000000000000000000000721\","
                        "\"topics\":[\"" TRANSFER "\"]}");
    const char *none =
        subscribe(line, "\"logs\",{\"address\":\"0x0000000000000000000000000000000000000001\"}");
    cr_assert_str_neq(some, none);
    for (unsigned i = 0; i < 5; i++)
        (void)door_mint(door, i, "ipfs://x");
    for (unsigned i = 0; i < 5; i++) {
        const struct json *log = told(line, some);
        cr_assert(door_is(&json_find(log, "topics")->items[0], TRANSFER));
        cr_assert_eq(door_number(json_find(log, "blockNumber")), i + 2);
    }
    expect_silence(line);
    line_close(line);
    door_close(door);
}

static bool is_removed(const struct json *log)
{
    return json_find(log, "removed")->kind == JSON_TRUE;
}

Test(subscriptions, tell_what_a_revert_took_away_and_what_came_instead, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    (void)door_mint(door, 0, "ipfs://kept");
    const char *snapshot = door_string(door, door_ask(door, "evm_snapshot", " "));
    const char *logs = subscribe(line, "\"logs\",{\"topics\":[\"" TRANSFER "\"]}");
    const char *lost[] = { door_mint(door, 1, "ipfs://a"), door_mint(door, 1, "ipfs://b") };
    for (size_t i = 0; i < 2; i++) {
        const struct json *log = told(line, logs);
        cr_assert(door_is(json_find(log, "transactionHash"), lost[i]));
        cr_assert_not(is_removed(log));
    }
    const char *heads = subscribe(line, "\"newHeads\"");
    cr_assert_eq(door_ask(door, "evm_revert", "\"%s\"", snapshot)->kind, JSON_TRUE);
    for (size_t i = 2; i-- > 0;) { /* the last first */
        const struct json *log = told(line, logs);
        cr_assert(door_is(json_find(log, "transactionHash"), lost[i]));
        cr_assert(is_removed(log));
    }
    expect_silence(line);
    const char *hash = door_mint(door, 2, "ipfs://c");
    const struct json *of_either[] = { next(line), next(line) };
    for (size_t i = 0; i < 2; i++) {
        const struct json *params = json_find(of_either[i], "params");
        const struct json *result = json_find(params, "result");
        if (door_is(json_find(params, "subscription"), heads)) {
            cr_assert_eq(door_number(json_find(result, "number")), 2);
        } else {
            cr_assert(door_is(json_find(result, "transactionHash"), hash));
            cr_assert_not(is_removed(result));
        }
    }
    expect_silence(line);
    line_close(line);
    door_close(door);
}

/* A follower who takes every log as it comes, and takes back what is removed, has at the end what the chain has. */
Test(subscriptions, of_logs_follow_every_turn_of_the_chain, .timeout = 60)
{
    enum { ROUNDS = 60, DEPTH_MAX = 8 };
    struct test_random random = { 815 };
    const char *snapshots[DEPTH_MAX];
    const char *followed[TEXTS_MAX];
    size_t depth = 0;
    size_t count = 0;
    struct door *door = door_open();
    struct line *line = line_open(door);
    const char *logs = subscribe(line, "\"logs\",{\"topics\":[\"" TRANSFER "\"]}");
    for (size_t round = 0; round < ROUNDS; round++) {
        const uint64_t dice = test_random_below(&random, 4);
        if (dice == 0 && depth < DEPTH_MAX)
            snapshots[depth++] = door_string(door, door_ask(door, "evm_snapshot", " "));
        else if (dice == 1 && depth > 0) {
            depth = test_random_below(&random, depth);
            cr_assert_eq(door_ask(door, "evm_revert", "\"%s\"", snapshots[depth])->kind, JSON_TRUE);
        } else
            (void)door_mint(door, (unsigned)test_random_below(&random, 10), "ipfs://x");
    }
    const struct json *all =
        door_ask(door, "eth_getLogs", "{\"fromBlock\":\"0x0\",\"topics\":[\"" TRANSFER "\"]}");
    const char *last = door_mint(door, 0, "ipfs://last");
    for (bool is_last = false; !is_last;) {
        const struct json *log = told(line, logs);
        const char *hash = door_member(door, log, "transactionHash");
        if (is_removed(log)) {
            cr_assert_gt(count, 0);
            cr_assert_str_eq(followed[--count], hash);
            continue;
        }
        followed[count++] = hash;
        is_last = strcmp(hash, last) == 0;
    }
    cr_assert_eq(count, all->count + 1);
    for (size_t i = 0; i < all->count; i++)
        cr_assert(door_is(json_find(&all->items[i], "transactionHash"), followed[i]));
    expect_silence(line);
    line_close(line);
    door_close(door);
}

Test(subscriptions, tell_receipts_of_all_or_of_some, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    const char *id = subscribe(line, "\"transactionReceipts\"");
    const char *hash = door_mint(door, 0, "ipfs://x");
    const struct json *receipts = told(line, id);
    cr_assert_eq(receipts->count, 1);
    cr_assert(door_is(json_find(&receipts->items[0], "transactionHash"), hash));
    (void)ask(line, "evm_mine", ""); /* an empty block has none */
    expect_silence(line);
    char params[200];
    (void)snprintf(params, sizeof params,
                   "\"transactionReceipts\",{\"transactionHashes\":[\"0x%064d\"]}", 7);
    (void)subscribe(line, params);
    (void)door_mint(door, 0, "ipfs://x");
    cr_assert_eq(told(line, id)->count, 1);
    expect_silence(line);
    line_close(line);
    door_close(door);
}

Test(subscriptions, tell_pending_transactions_as_hash_or_whole, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    const char *hashes = subscribe(line, "\"newPendingTransactions\"");
    struct line *other = line_open(door);
    const char *whole = subscribe(other, "\"newPendingTransactions\",true");
    for (unsigned i = 0; i < 20; i++) {
        const char *hash = door_mint(door, 0, "ipfs://x");
        cr_assert(door_is(told(line, hashes), hash));
        const struct json *tx = told(other, whole);
        cr_assert(door_is(json_find(tx, "hash"), hash));
        cr_assert(door_is(json_find(tx, "from"), door_account(door, 0)));
        cr_assert_eq(json_find(tx, "blockHash")->kind, JSON_NULL);
    }
    line_close(other);
    line_close(line);
    door_close(door);
}

Test(subscriptions, begin_after_the_answer_with_their_id_and_miss_nothing, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    door->chain.holds = true;
    /* The batch waits for its block, and the block is there before its answer is. */
    say(line,
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_subscribe\",\"params\":[\"newHeads\"]},"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_sendTransaction\",\"params\":[{\"from\":"
        "\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"to\":"
        "\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"value\":\"0x1\"}]}]");
    expect_silence(line);
    chain_fixture_let_go(&door->chain);
    door->chain.holds = false;
    const struct json *answer = next(line);
    cr_assert_eq(answer->count, 2);
    const char *id = door_string(door, json_find(&answer->items[0], "result"));
    cr_assert_eq(door_number(json_find(told(line, id), "number")), 1);
    line_close(line);
    door_close(door);
}

Test(subscriptions, end_with_their_connection, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    struct line *other = line_open(door);
    const char *id = subscribe(line, "\"newHeads\"");
    const char *others = subscribe(other, "\"newHeads\"");
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", id);
    /* Nobody ends another's. */
    cr_assert(
        door_is(json_find(json_find(ask(other, "eth_unsubscribe", quoted), "error"), "message"),
                "subscription not found"));
    line_hang_up(line);
    const size_t count = line->count;
    (void)door_mint(door, 0, "ipfs://x");
    (void)told(other, others);
    cr_assert_eq(line->count, count);
    line_close(line);
    line_close(other);
    door_close(door);
}

Test(subscriptions, say_what_is_wrong_with_them, .timeout = 60)
{
    static const struct {
        const char *params;
        const char *words;
    } cases[] = {
        { "\"nothing\"", "no \"nothing\" subscription in eth namespace" },
        { "", "missing value for required argument 0" },
        { "\"logs\",7", "invalid argument 1: a filter is an object" },
        { "\"newPendingTransactions\",7", "invalid argument 1: not a boolean" },
        { "\"transactionReceipts\",{\"transactionHashes\":7}",
          "invalid argument 1: transactionHashes is a list" },
    };
    struct door *door = door_open();
    struct line *line = line_open(door);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct json *error = json_find(ask(line, "eth_subscribe", cases[i].params), "error");
        cr_assert_not_null(error, "%s", cases[i].params);
        cr_assert(door_is(json_find(error, "message"), cases[i].words), "%s: %s", cases[i].params,
                  door_member(door, error, "message"));
    }
    (void)door_mint(door, 0, "ipfs://x");
    expect_silence(line);
    line_close(line);
    door_close(door);
}

Test(subscriptions, are_bounded, .timeout = 60)
{
    struct door *door = door_open();
    struct line *line = line_open(door);
    for (unsigned i = 0; i < 4000; i++) {
        (void)subscribe(line, "\"newHeads\"");
        line->seen = 0;
        free(line->texts[--line->count]);
    }
    bool is_refused = false;
    for (unsigned i = 0; i < 97 && !is_refused; i++) {
        const struct json *error = json_find(ask(line, "eth_subscribe", "\"newHeads\""), "error");
        is_refused = error != NULL;
        cr_assert(!is_refused || door_is(json_find(error, "message"), "too many subscriptions"));
    }
    cr_assert(is_refused);
    line_close(line);
    door_close(door);
}
