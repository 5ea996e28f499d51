/* Request bytes to the JSON-RPC door over a real chain. Behind a byte that JSON never begins with stand the number of a method and
 * its parameters alone, so that values of every kind get to every method without its name having to be found.
 *
 * Properties: every answer is nothing or one JSON value; a batch gets at most as many answers as it has members; each answer has
 * an id and either a result or an error whose code is a number and whose message is a text; and after it the chain still is where
 * its own block number says, so that no request can leave it half changed. */
#include <stdlib.h>

#include "rpc/eth/eth.h"
#include "state/base/assert.h"
#include "tests/fuzz/counted_ids.h"
#include "tests/lib/answer_check.h"
#include "tests/lib/chain_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_A_CHAIN = 2000 }; /* then a fresh one: what was mined must not pile up */

static struct chain_fixture chain;
static size_t requests;

static void close_chain(void)
{
    chain_fixture_close(&chain);
}

static void open_chain(void)
{
    static bool is_registered;
    if (is_registered && requests++ < REQUESTS_A_CHAIN)
        return;
    if (is_registered)
        close_chain();
    else
        is_registered = atexit(close_chain) == 0;
    requests = 0;
    chain_fixture_open(&chain, &(struct chain_fixture_options){ 0 });
}

/* 0xff, a method's place in the table, parameters. */
static bool is_for_method(const uint8_t *data, size_t size)
{
    return size >= 2 && data[0] == 0xff && data[1] < rpc_eth_method_count();
}

static void write_request(struct mm_buf *body, const uint8_t *data, size_t size)
{
    mm_buf_add_text(body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"");
    mm_buf_add_text(body, rpc_eth_method(data[1]).name);
    mm_buf_add_text(body, "\",\"params\":");
    mm_buf_add(body, mm_bytes_from(data + 2, size - 2));
    mm_buf_add_byte(body, '}');
}

/* The door is new for each input, so that the ids of its filters count from one again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rpc_eth_options options = { .batch_max = 20, .batch_bytes_max = 100000 };
    struct rpc_eth *eth;
    struct rpc_eth_answer answer;
    struct mm_buf body;
    mm_buf_init(&body, SIZE_MAX / 2);
    if (is_for_method(data, size))
        write_request(&body, data, size);
    else
        mm_buf_add(&body, mm_bytes_from(data, size));
    open_chain();
    counted_ids_restart();
    MM_ASSERT(rpc_eth_new(&eth, &chain.backend, &options) == MM_OK);
    MM_ASSERT(rpc_eth_serve(eth, &answer, mm_buf_bytes(&body),
                            &(struct rpc_eth_caller){ .is_trusted = true }) == MM_OK);
    mm_buf_fini(&body);
    MM_ASSERT(answer.ticket <= chain.turns);
    if (answer.late !=
        NULL) { /* those who wait are told that the door closes, so that every gap is filled */
        rpc_eth_stop(eth);
        MM_ASSERT(rpc_eth_settle(eth, &answer, NULL, NULL));
    }
    if (answer.text.len > 0)
        check_answer_text(mm_buf_bytes(&answer.text), ANSWER_OF_BODY);
    rpc_eth_answer_fini(&answer);
    rpc_eth_free(eth);
    struct ledger_view *view = ledger_acquire(chain.backend.ledger);
    MM_ASSERT(ledger_head_header(view)->number == ledger_head(view));
    ledger_release(view);
    return 0;
}
