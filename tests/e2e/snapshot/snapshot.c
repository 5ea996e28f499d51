/* New nodes of a network, one with a snapshot and one block by block, as processes: e2e-snapshot MINTMARK [BLOCKS]
 *
 *     first (the validator, a chain of BLOCKS blocks with tokens) ◄── second (observes) ◄── killed, then snapshot ◄── heir
 *                                                             └────────────────────────── blocks
 *
 * The same roots everywhere, before and after more blocks; what is not there is said to be; db check agrees; times are printed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/door.h"

enum { READY_MS = 300 * 1000, ROOT_BYTES = 48, PATH_BYTES = 128, MINTS_AT_FIRST = 40, MORE = 20 };

static const char *binary;
static char root[ROOT_BYTES];
static char genesis_path[PATH_BYTES];
static char key_path[PATH_BYTES];
static struct dev_chain dev;
static char more[MORE][1024]; /* parameters of eth_sendRawTransaction */

static void fail(const char *what)
{
    (void)fprintf(stderr, "FAILED: %s\n", what);
    exit(1);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static void run(const char *format, const char *a, const char *b)
{
    char command[600];
    (void)snprintf(command, sizeof command, format, a, b);
    (void)fflush(stdout);
    if (system(command) != 0)
        fail(command);
}

/* ---- the chain ---- */

static void write_file(const char *path, mm_bytes bytes)
{
    FILE *file = fopen(path, "wb");
    MM_ASSERT(file != NULL && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len);
    (void)fclose(file);
    (void)chmod(path, 0600);
}

/* Tokens first, many of them; then blocks as they come: a mint, a transfer or a payment each. */
static void fill_chain(uint64_t blocks)
{
    struct test_random random = { 5 };
    dev_chain_init(&dev, DEV_ROCKSDB, 1024);
    for (uint64_t i = 0; i < blocks; i++) {
        const size_t from = test_random_below(&random, DEV_PEOPLE);
        const size_t to = test_random_below(&random, DEV_PEOPLE);
        for (size_t j = 0; i < MINTS_AT_FIRST && j < 250; j++)
            dev_chain_mint(&dev, j % DEV_PEOPLE, (i + j) % DEV_PEOPLE);
        if (i % 3 == 0)
            dev_chain_mint(&dev, from, to);
        else
            dev_chain_pay(&dev, from, to, 1 + i);
        (void)dev_chain_block(&dev);
    }
}

/* For later, when nodes have the chain. */
static void sign_more(void)
{
    for (size_t i = 0; i < MORE; i++) {
        const size_t from = i % DEV_PEOPLE;
        const struct tx tx = dev_chain_tx(&dev, from, dev.nonces[from]++,
                                          &dev.addrs[(from + 1) % DEV_PEOPLE], 5, MM_BYTES_LIT(""));
        char digits[900] = "";
        MM_ASSERT(2 * tx.raw.len < sizeof digits);
        hex_encode(digits, tx.raw);
        (void)snprintf(more[i], sizeof more[i], "[\"0x%s\"]", digits);
    }
}

static void make_chain(uint64_t blocks)
{
    char path[PATH_BYTES];
    char digits[65] = "";
    fill_chain(blocks);
    sign_more();
    dev_chain_close(&dev);
    (void)snprintf(path, sizeof path, "%s/first", root);
    MM_ASSERT(mkdir(path, 0755) == 0);
    (void)snprintf(path, sizeof path, "%s/first/chain", root);
    run("mv '%s' '%s'", dev.path, path);
    (void)snprintf(path, sizeof path, "%s/second", root);
    MM_ASSERT(mkdir(path, 0755) == 0);
    run("cp -a '%s/first/chain' '%s/second/chain'", root, root);
    (void)snprintf(genesis_path, sizeof genesis_path, "%s/genesis.json", root);
    write_file(genesis_path, mm_buf_bytes(&dev.genesis_text));
    (void)snprintf(key_path, sizeof key_path, "%s/validator.key", root);
    hex_encode(digits, mm_bytes_from(secp_secret_bytes(dev.validator), 32));
    write_file(key_path, mm_bytes_from(digits, 64));
}

/* ---- nodes ---- */

struct node {
    const char *name;
    char folder[PATH_BYTES];
    char peers[2][32];
    struct node_process process;
};

static bool start(struct node *node, const char *name, const struct node *peer,
                  const struct node *other, const char *sync, unsigned wait_ms)
{
    const char *options[16] = { "--genesis", genesis_path, "--listen", "127.0.0.1:0" };
    const struct node *peers[2] = { peer, other };
    size_t count = 4;
    node->name = name;
    (void)snprintf(node->folder, sizeof node->folder, "%s/%s", root, name);
    (void)mkdir(node->folder, 0755);
    for (size_t i = 0; i < 2 && peers[i] != NULL; i++) {
        (void)snprintf(node->peers[i], sizeof node->peers[i], "127.0.0.1:%u",
                       peers[i]->process.p2p_port);
        options[count++] = "--peer";
        options[count++] = node->peers[i];
    }
    if (peer == NULL) {
        options[count++] = "--validator-key";
        options[count++] = key_path;
    }
    if (sync != NULL) {
        options[count++] = "--sync";
        options[count++] = sync;
    }
    return node_start_with(&node->process, binary, node->folder, wait_ms, options);
}

/* One answer; the whole of it as text, the caller's. */
static char *ask(const struct node *node, const char *method, const char *params)
{
    struct door door;
    const struct json *answers;
    size_t count;
    struct mm_buf text;
    door_init(&door);
    MM_ASSERT(door_connect(&door, node->process.port));
    door_begin(&door);
    door_call(&door, method, params);
    if (!door_send(&door, &answers, &count) || count != 1)
        fail("a node does not answer");
    mm_buf_init(&text, 16 << 20);
    struct json_writer writer = json_writer_over(&text);
    json_add_value(&writer, &answers[0]);
    mm_buf_add_byte(&text, '\0');
    char *copy = strdup((const char *)text.ptr);
    mm_buf_fini(&text);
    door_fini(&door);
    return copy;
}

static uint64_t head_of(const struct node *node)
{
    char *answer = ask(node, "eth_blockNumber", "[]");
    const char *result = strstr(answer, "\"result\":\"0x");
    const uint64_t head = result == NULL ? 0 : strtoull(result + 12, NULL, 16);
    free(answer);
    return head;
}

static void wait_for_head(const struct node *node, uint64_t head)
{
    const double end = now_s() + READY_MS / 1000.0;
    while (head_of(node) < head) {
        if (now_s() > end)
            fail("a node does not get the blocks");
        sleep_ms(5);
    }
}

static void must_say(const struct node *node, const char *method, const char *params,
                     const char *text)
{
    char *answer = ask(node, method, params);
    if (strstr(answer, text) == NULL) {
        (void)fprintf(stderr, "%s %s at %s: %.400s\nwithout %s\n", method, params, node->name,
                      answer, text);
        fail("another answer was expected");
    }
    free(answer);
}

/* The same answer from both. */
static void must_agree(const struct node *a, const struct node *b, const char *method,
                       const char *params)
{
    char *first = ask(a, method, params);
    char *second = ask(b, method, params);
    if (strstr(first, "\"error\"") != NULL || strcmp(first, second) != 0) {
        (void)fprintf(stderr, "%s %s\n%s: %.400s\n%s: %.400s\n", method, params, a->name, first,
                      b->name, second);
        fail("two nodes disagree");
    }
    free(first);
    free(second);
}

static void compare(const struct node *a, const struct node *b)
{
    char params[300];
    char people[48];
    must_agree(a, b, "eth_getBlockByNumber", "[\"latest\",true]");
    must_agree(a, b, "eth_getProof",
               "[\"0x6d696e746d61726b000000000000000000000721\",[\"0x0\",\"0x1\",\"0x2\"],"
               "\"latest\"]");
    for (size_t i = 0; i < DEV_PEOPLE; i++) {
        char digits[41] = "";
        hex_encode(digits, mm_bytes_addr(&dev.addrs[i]));
        (void)snprintf(people, sizeof people, "0x%s", digits);
        (void)snprintf(params, sizeof params, "[\"%s\",[],\"latest\"]", people);
        must_agree(a, b, "eth_getProof", params);
    }
    for (uint64_t token = 0; token < 5; token++) {
        (void)snprintf(params, sizeof params,
                       "[{\"to\":\"0x6d696e746d61726b000000000000000000000721\",\"data\":"
                       "\"0x6352211e%064llx\"},\"latest\"]",
                       (unsigned long long)(1 + token * 700));
        must_agree(a, b, "eth_call", params);
    }
}

/* ---- what is not there ---- */

static void check_honesty(const struct node *node, uint64_t begins, const char *old_tx)
{
    static const char pruned[] = "pruned history unavailable";
    char params[200];
    must_say(node, "eth_getBlockByNumber", "[\"0x5\",false]", pruned);
    must_say(node, "eth_getBlockByNumber", "[\"0x5\",false]", "-32000");
    must_say(node, "eth_getBlockByNumber", "[\"0x0\",false]", "\"number\":\"0x0\"");
    must_say(node, "eth_getHeaderByNumber", "[\"0x5\"]", "\"number\":\"0x5\"");
    must_say(node, "eth_getBlockTransactionCountByNumber", "[\"0x5\"]", pruned);
    must_say(node, "eth_getTransactionByBlockNumberAndIndex", "[\"0x5\",\"0x0\"]", pruned);
    must_say(node, "eth_getBlockReceipts", "[\"0x5\"]", pruned);
    must_say(node, "eth_getLogs", "[{\"fromBlock\":\"0x0\"}]", pruned);
    must_say(node, "eth_getLogs", "[{\"fromBlock\":\"latest\"}]", "\"result\"");
    must_say(node, "eth_getBalance", "[\"0x6d696e746d61726b000000000000000000000721\",\"0x5\"]",
             "-32000");
    must_say(node, "eth_call",
             "[{\"to\":\"0x6d696e746d61726b000000000000000000000721\",\"data\":\"0x06fdde03\"},"
             "\"0x5\"]",
             "-32000");
    must_say(node, "eth_getProof", "[\"0x6d696e746d61726b000000000000000000000721\",[],\"0x5\"]",
             "-32000");
    must_say(node, "eth_feeHistory", "[\"0x2\",\"0x6\",[50]]", pruned);
    must_say(node, "debug_traceBlockByNumber", "[\"0x5\",{}]", pruned);
    must_say(node, "trace_block", "[\"0x5\"]", pruned);
    must_say(node, "qbft_getValidators", "[\"0x5\"]", "\"result\"");
    must_say(node, "qbft_getCertificate", "[\"0x5\"]", "\"result\"");
    (void)snprintf(params, sizeof params, "[\"%s\"]", old_tx);
    must_say(node, "eth_getTransactionByHash", params, "\"result\":null");
    (void)snprintf(params, sizeof params,
                   "[\"0x6d696e746d61726b000000000000000000000721\",\"0x%llx\"]",
                   (unsigned long long)begins);
    must_say(node, "eth_getBalance", params, "\"result\"");
}

/* ---- more blocks ---- */

static void send_more(const struct node *node, size_t count)
{
    static size_t sent;
    for (size_t i = 0; i < count; i++) {
        const uint64_t before = head_of(node);
        must_say(node, "eth_sendRawTransaction", more[sent++], "\"result\"");
        wait_for_head(node, before + 1);
    }
}

static char *hash_of_old_tx(const struct node *node)
{
    char *answer = ask(node, "eth_getBlockByNumber", "[\"0x5\",false]");
    const char *txs = strstr(answer, "\"transactions\":[\"0x");
    MM_ASSERT(txs != NULL);
    char *hash = strndup(txs + 17, 66);
    free(answer);
    return hash;
}

static uint64_t begins_of(const struct node *node)
{
    uint64_t low = 1;
    char *answer = ask(node, "eth_capabilities", "[]");
    const char *state = strstr(answer, "\"state\":");
    const char *oldest = state == NULL ? NULL : strstr(state, "\"oldestBlock\":\"0x");
    if (oldest == NULL) {
        (void)fprintf(stderr, "%s\n", answer);
        fail("eth_capabilities does not say where the state begins");
    }
    low = strtoull(oldest + 17, NULL, 16);
    free(answer);
    return low;
}

static unsigned long long folder_kib(const struct node *node)
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
    static struct node first, second, snapshot, blocks, heir;
    if (argc < 2)
        fail("usage: e2e-snapshot MINTMARK [BLOCKS]");
    binary = argv[1];
    const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000;
    (void)snprintf(root, sizeof root, "/tmp/mintmark-snapshot-XXXXXX");
    MM_ASSERT(mkdtemp(root) != NULL);
    double at = now_s();
    make_chain(count);
    printf("a chain of %llu blocks and %llu tokens: %.1f s\n", (unsigned long long)count,
           (unsigned long long)dev.minted, now_s() - at);
    if (!start(&first, "first", NULL, NULL, NULL, READY_MS) ||
        !start(&second, "second", &first, NULL, NULL, READY_MS))
        fail("a node with a chain does not start");
    wait_for_head(&second, count);

    /* A kill in the middle leaves nothing that is taken for a chain. */
    for (long ms = 30; ms <= 480; ms *= 2) {
        (void)start(&snapshot, "snapshot", &second, &first, "snapshot", 0);
        sleep_ms(ms);
        node_kill(&snapshot.process);
    }
    run("rm -rf '%s/%s'", root, "snapshot");
    (void)start(&snapshot, "snapshot", &second, &first, "snapshot", 0);
    sleep_ms(400);
    node_kill(&snapshot.process);
    at = now_s();
    if (!start(&snapshot, "snapshot", &second, &first, "snapshot", READY_MS))
        fail("a node does not begin with a snapshot");
    wait_for_head(&snapshot, count);
    printf("with a snapshot: %.1f s, %llu KiB\n", now_s() - at, folder_kib(&snapshot));
    at = now_s();
    if (!start(&blocks, "blocks", &second, &first, "blocks", READY_MS))
        fail("a node does not begin with blocks");
    wait_for_head(&blocks, count);
    printf("block by block: %.1f s, %llu KiB\n", now_s() - at, folder_kib(&blocks));
    compare(&first, &snapshot);
    compare(&first, &blocks);
    const uint64_t begins = begins_of(&snapshot);
    if (begins == 0 || begins > count || begins_of(&blocks) != 0)
        fail("eth_capabilities says another beginning");
    char *old_tx = hash_of_old_tx(&first);
    check_honesty(&snapshot, begins, old_tx);

    /* It goes on: blocks that come, an end and a start, a node that begins from it. */
    send_more(&first, 10);
    wait_for_head(&snapshot, count + 10);
    wait_for_head(&blocks, count + 10);
    compare(&first, &snapshot);
    compare(&first, &blocks);
    if (!node_stop(&snapshot.process))
        fail("no orderly end");
    send_more(&first, 10);
    if (!start(&snapshot, "snapshot", &second, &first, "snapshot", READY_MS))
        fail("a node that began with a snapshot does not start again");
    wait_for_head(&snapshot, count + 20);
    compare(&first, &snapshot);
    if (begins_of(&snapshot) != begins)
        fail("the second start began anew");
    if (!start(&heir, "heir", &snapshot, NULL, "snapshot", READY_MS))
        fail("no snapshot from a node that began with one");
    wait_for_head(&heir, count + 20);
    compare(&first, &heir);
    node_kill(&snapshot.process);
    if (!node_stop(&heir.process) || !node_stop(&blocks.process) || !node_stop(&second.process) ||
        !node_stop(&first.process))
        fail("no orderly end");
    run("'%s' db check --replay --data '%s'", binary, snapshot.folder);
    run("'%s' db check --replay --data '%s'", binary, heir.folder);
    run("rm -rf '%s'%s", root, "");
    free(old_tx);
    dev_chain_fini(&dev);
    printf("the same roots everywhere\n");
    return 0;
}
