/* New nodes of a network, one with a snapshot and one block by block, as processes: e2e-snapshot MINTMARK [BLOCKS]
 *
 *     first (the validator, a chain of BLOCKS blocks with tokens) ◄── second (observes) ◄── killed, then snapshot ◄── heir
 *                                                             └────────────────────────── blocks
 *
 * The same roots everywhere, before and after more blocks; what is not there is said to be; db check agrees; times are printed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/lib/live_chain.h"

enum { MINT_BLOCKS = 40, MORE = 20 };

static struct live_chain live;
static char more[MORE][1024]; /* parameters of eth_sendRawTransaction */

/* For later, when nodes have the chain. */
static void sign_more(void)
{
    for (size_t i = 0; i < MORE; i++) {
        const size_t from = i % DEV_PEOPLE;
        const struct tx tx =
            dev_chain_tx(&live.dev, from, live.dev.nonces[from]++,
                         &live.dev.addrs[(from + 1) % DEV_PEOPLE], 5, MM_BYTES_LIT(""));
        char digits[900] = "";
        MM_ASSERT(2 * tx.raw.len < sizeof digits);
        hex_encode(digits, tx.raw);
        (void)snprintf(more[i], sizeof more[i], "[\"0x%s\"]", digits);
    }
}

static void make_chain(const char *binary, uint64_t blocks)
{
    static const char *const names[] = { "first", "second", NULL };
    live_chain_fill(&live, binary, &(struct live_plan){ blocks, MINT_BLOCKS });
    sign_more();
    live_chain_lay(&live, names);
}

/* A node with one or two peers; without any it is the validator. */
static bool start(struct live_node *node, const char *name, const struct live_node *peer,
                  const struct live_node *other, const char *sync, unsigned wait_ms)
{
    const unsigned ports[] = { peer == NULL ? 0 : peer->process.p2p_port,
                               other == NULL ? 0 : other->process.p2p_port };
    return live_node_start(node, &live,
                           &(struct live_start){ .name = name,
                                                 .is_validator = peer == NULL,
                                                 .sync = sync,
                                                 .ports = ports,
                                                 .port_count = (peer != NULL) + (other != NULL),
                                                 .wait_ms = wait_ms });
}

/* ---- what is not there ---- */

static void check_honesty(const struct live_node *node, uint64_t begins, const char *old_tx)
{
    static const char pruned[] = "pruned history unavailable";
    char params[200];
    live_must_say(node, "eth_getBlockByNumber", "[\"0x5\",false]", pruned);
    live_must_say(node, "eth_getBlockByNumber", "[\"0x5\",false]", "-32000");
    live_must_say(node, "eth_getBlockByNumber", "[\"0x0\",false]", "\"number\":\"0x0\"");
    live_must_say(node, "eth_getHeaderByNumber", "[\"0x5\"]", "\"number\":\"0x5\"");
    live_must_say(node, "eth_getBlockTransactionCountByNumber", "[\"0x5\"]", pruned);
    live_must_say(node, "eth_getTransactionByBlockNumberAndIndex", "[\"0x5\",\"0x0\"]", pruned);
    live_must_say(node, "eth_getBlockReceipts", "[\"0x5\"]", pruned);
    live_must_say(node, "eth_getLogs", "[{\"fromBlock\":\"0x0\"}]", pruned);
    live_must_say(node, "eth_getLogs", "[{\"fromBlock\":\"latest\"}]", "\"result\"");
    live_must_say(node, "eth_getBalance",
                  "[\"0x6d696e746d61726b000000000000000000000721\",\"0x5\"]", "-32000");
    live_must_say(
        node, "eth_call",
        "[{\"to\":\"0x6d696e746d61726b000000000000000000000721\",\"data\":\"0x06fdde03\"},"
        "\"0x5\"]",
        "-32000");
    live_must_say(node, "eth_getProof",
                  "[\"0x6d696e746d61726b000000000000000000000721\",[],\"0x5\"]", "-32000");
    live_must_say(node, "eth_feeHistory", "[\"0x2\",\"0x6\",[50]]", pruned);
    live_must_say(node, "debug_traceBlockByNumber", "[\"0x5\",{}]", pruned);
    live_must_say(node, "trace_block", "[\"0x5\"]", pruned);
    live_must_say(node, "qbft_getValidators", "[\"0x5\"]", "\"result\"");
    live_must_say(node, "qbft_getCertificate", "[\"0x5\"]", "\"result\"");
    (void)snprintf(params, sizeof params, "[\"%s\"]", old_tx);
    live_must_say(node, "eth_getTransactionByHash", params, "\"result\":null");
    (void)snprintf(params, sizeof params,
                   "[\"0x6d696e746d61726b000000000000000000000721\",\"0x%llx\"]",
                   (unsigned long long)begins);
    live_must_say(node, "eth_getBalance", params, "\"result\"");
}

/* ---- more blocks ---- */

static void send_more(const struct live_node *node, size_t count)
{
    static size_t sent;
    for (size_t i = 0; i < count; i++) {
        const uint64_t before = live_head(node);
        live_must_say(node, "eth_sendRawTransaction", more[sent++], "\"result\"");
        live_wait_for_head(node, before + 1);
    }
}

static char *hash_of_old_tx(const struct live_node *node)
{
    char *answer = live_ask(node, "eth_getBlockByNumber", "[\"0x5\",false]");
    const char *txs = strstr(answer, "\"transactions\":[\"0x");
    MM_ASSERT(txs != NULL);
    char *hash = strndup(txs + 17, 66);
    free(answer);
    return hash;
}

static uint64_t begins_of(const struct live_node *node)
{
    uint64_t low = 1;
    char *answer = live_ask(node, "eth_capabilities", "[]");
    const char *state = strstr(answer, "\"state\":");
    const char *oldest = state == NULL ? NULL : strstr(state, "\"oldestBlock\":\"0x");
    if (oldest == NULL) {
        (void)fprintf(stderr, "%s\n", answer);
        live_fail("eth_capabilities does not say where the state begins");
    }
    low = strtoull(oldest + 17, NULL, 16);
    free(answer);
    return low;
}

static unsigned long long folder_kib(const struct live_node *node)
{
    char command[300];
    unsigned long long kib = 0;
    (void)snprintf(command, sizeof command, "du -sk '%s/chain'", node->folder);
    FILE *pipe = popen(command, "r");
    MM_ASSERT(pipe != NULL && fscanf(pipe, "%llu", &kib) == 1);
    (void)pclose(pipe);
    return kib;
}

int main(int argc, char **argv)
{
    static struct live_node first, second, snapshot, blocks, heir;
    if (argc < 2)
        live_fail("usage: e2e-snapshot MINTMARK [BLOCKS]");
    const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000;
    double at = live_now_s();
    make_chain(argv[1], count);
    printf("a chain of %llu blocks and %llu tokens: %.1f s\n", (unsigned long long)count,
           (unsigned long long)live.dev.minted, live_now_s() - at);
    if (!start(&first, "first", NULL, NULL, NULL, LIVE_READY_MS) ||
        !start(&second, "second", &first, NULL, NULL, LIVE_READY_MS))
        live_fail("a node with a chain does not start");
    live_wait_for_head(&second, count);

    /* A kill in the middle leaves nothing that is taken for a chain. */
    for (long ms = 30; ms <= 480; ms *= 2) {
        (void)start(&snapshot, "snapshot", &second, &first, "snapshot", 0);
        live_sleep_ms(ms);
        node_kill(&snapshot.process);
    }
    live_run("rm -rf '%s/%s'", live.root, "snapshot");
    (void)start(&snapshot, "snapshot", &second, &first, "snapshot", 0);
    live_sleep_ms(400);
    node_kill(&snapshot.process);
    at = live_now_s();
    if (!start(&snapshot, "snapshot", &second, &first, "snapshot", LIVE_READY_MS))
        live_fail("a node does not begin with a snapshot");
    live_wait_for_head(&snapshot, count);
    printf("with a snapshot: %.1f s, %llu KiB\n", live_now_s() - at, folder_kib(&snapshot));
    at = live_now_s();
    if (!start(&blocks, "blocks", &second, &first, "blocks", LIVE_READY_MS))
        live_fail("a node does not begin with blocks");
    live_wait_for_head(&blocks, count);
    printf("block by block: %.1f s, %llu KiB\n", live_now_s() - at, folder_kib(&blocks));
    live_compare(&live, &first, &snapshot);
    live_compare(&live, &first, &blocks);
    const uint64_t begins = begins_of(&snapshot);
    if (begins == 0 || begins > count || begins_of(&blocks) != 0)
        live_fail("eth_capabilities says another beginning");
    char *old_tx = hash_of_old_tx(&first);
    check_honesty(&snapshot, begins, old_tx);

    /* It goes on: blocks that come, an end and a start, a node that begins from it. */
    send_more(&first, 10);
    live_wait_for_head(&snapshot, count + 10);
    live_wait_for_head(&blocks, count + 10);
    live_compare(&live, &first, &snapshot);
    live_compare(&live, &first, &blocks);
    if (!node_stop(&snapshot.process))
        live_fail("no orderly end");
    send_more(&first, 10);
    if (!start(&snapshot, "snapshot", &second, &first, "snapshot", LIVE_READY_MS))
        live_fail("a node that began with a snapshot does not start again");
    live_wait_for_head(&snapshot, count + 20);
    live_compare(&live, &first, &snapshot);
    if (begins_of(&snapshot) != begins)
        live_fail("the second start began anew");
    if (!start(&heir, "heir", &snapshot, NULL, "snapshot", LIVE_READY_MS))
        live_fail("no snapshot from a node that began with one");
    live_wait_for_head(&heir, count + 20);
    live_compare(&live, &first, &heir);
    node_kill(&snapshot.process);
    if (!node_stop(&heir.process) || !node_stop(&blocks.process) || !node_stop(&second.process) ||
        !node_stop(&first.process))
        live_fail("no orderly end");
    live_run("'%s' db check --replay --data '%s'", live.binary, snapshot.folder);
    live_run("'%s' db check --replay --data '%s'", live.binary, heir.folder);
    free(old_tx);
    live_chain_fini(&live);
    printf("the same roots everywhere\n");
    return 0;
}
