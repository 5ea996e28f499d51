#include "tests/lib/live_chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"

enum { MINTS_OF_BLOCK = 250 };

_Noreturn void live_fail(const char *what)
{
    (void)fprintf(stderr, "FAILED: %s\n", what);
    exit(1);
}

double live_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void live_sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

void live_run(const char *format, const char *a, const char *b)
{
    char command[600];
    (void)snprintf(command, sizeof command, format, a, b);
    (void)fflush(stdout);
    if (system(command) != 0)
        live_fail(command);
}

/* ---- the chain ---- */

static void write_file(const char *path, mm_bytes bytes)
{
    FILE *file = fopen(path, "wb");
    MM_ASSERT(file != NULL && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len);
    (void)fclose(file);
    (void)chmod(path, 0600);
}

void live_chain_fill(struct live_chain *live, const char *binary, const struct live_plan *plan)
{
    struct test_random random = { 5 };
    struct dev_chain *dev = &live->dev;
    *live = (struct live_chain){ .binary = binary };
    (void)snprintf(live->root, sizeof live->root, "/tmp/mintmark-live-XXXXXX");
    MM_ASSERT(mkdtemp(live->root) != NULL);
    dev_chain_init(dev, DEV_ROCKSDB, 1024);
    for (uint64_t i = 0; i < plan->blocks; i++) {
        const size_t from = test_random_below(&random, DEV_PEOPLE);
        const size_t to = test_random_below(&random, DEV_PEOPLE);
        for (size_t j = 0; i < plan->mint_blocks && j < MINTS_OF_BLOCK; j++)
            dev_chain_mint(dev, j % DEV_PEOPLE, (i + j) % DEV_PEOPLE);
        if (i % 3 == 0)
            dev_chain_mint(dev, from, to);
        else
            dev_chain_pay(dev, from, to, 1 + i);
        (void)dev_chain_block(dev);
    }
}

void live_chain_lay(struct live_chain *live, const char *const *names)
{
    char path[LIVE_PATH_BYTES];
    char digits[65] = "";
    dev_chain_close(&live->dev);
    for (size_t i = 0; names[i] != NULL; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", live->root, names[i]);
        MM_ASSERT(mkdir(path, 0755) == 0);
        live_run("cp -a '%s' '%s/chain'", live->dev.path, path);
    }
    live_run("rm -rf '%s'%s", live->dev.path, "");
    (void)snprintf(live->genesis_path, sizeof live->genesis_path, "%s/genesis.json", live->root);
    write_file(live->genesis_path, mm_buf_bytes(&live->dev.genesis_text));
    (void)snprintf(live->key_path, sizeof live->key_path, "%s/validator.key", live->root);
    hex_encode(digits, mm_bytes_from(secp_secret_bytes(live->dev.validator), 32));
    write_file(live->key_path, mm_bytes_from(digits, 64));
}

void live_chain_fini(struct live_chain *live)
{
    live_run("rm -rf '%s'%s", live->root, "");
    dev_chain_fini(&live->dev);
}

/* ---- nodes ---- */

/* Standard error is the log's for as long as it takes to start a process that keeps it. */
static bool start_with_log(struct live_node *node, const char *binary, const char *log_path,
                           const char *const *options)
{
    int own = -1;
    (void)fflush(stderr);
    if (log_path != NULL) {
        const int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        own = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        MM_ASSERT(log >= 0 && own >= 0 && dup2(log, STDERR_FILENO) == STDERR_FILENO);
        (void)close(log);
    }
    const bool is_started = node_start_with(&node->process, binary, node->folder, 0, options);
    if (own >= 0) {
        MM_ASSERT(dup2(own, STDERR_FILENO) == STDERR_FILENO);
        (void)close(own);
    }
    return is_started;
}

bool live_node_start(struct live_node *node, const struct live_chain *live,
                     const struct live_start *start)
{
    const char *options[10 + 2 * LIVE_PEERS_MAX] = { "--genesis", live->genesis_path, "--listen",
                                                     "127.0.0.1:0" };
    size_t count = 4;
    MM_ASSERT(start->port_count <= LIVE_PEERS_MAX);
    node->name = start->name;
    (void)snprintf(node->folder, sizeof node->folder, "%s/%s", live->root, start->name);
    (void)mkdir(node->folder, 0755);
    for (size_t i = 0; i < start->port_count; i++) {
        (void)snprintf(node->peers[i], sizeof node->peers[i], "127.0.0.1:%u", start->ports[i]);
        options[count++] = "--peer";
        options[count++] = node->peers[i];
    }
    if (start->is_validator) {
        options[count++] = "--validator-key";
        options[count++] = live->key_path;
    }
    if (start->sync != NULL) {
        options[count++] = "--sync";
        options[count++] = start->sync;
    }
    return start_with_log(node, live->binary, start->log_path, options) &&
           (start->wait_ms == 0 || node_wait(&node->process, node->folder, start->wait_ms));
}

/* ---- what they say ---- */

char *live_ask(const struct live_node *node, const char *method, const char *params)
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
        live_fail("a node does not answer");
    mm_buf_init(&text, 16 << 20);
    struct json_writer writer = json_writer_over(&text);
    json_add_value(&writer, &answers[0]);
    mm_buf_add_byte(&text, '\0');
    char *copy = strdup((const char *)text.ptr);
    mm_buf_fini(&text);
    door_fini(&door);
    return copy;
}

uint64_t live_head(const struct live_node *node)
{
    char *answer = live_ask(node, "eth_blockNumber", "[]");
    const char *result = strstr(answer, "\"result\":\"0x");
    const uint64_t head = result == NULL ? 0 : strtoull(result + 12, NULL, 16);
    free(answer);
    return head;
}

void live_wait_for_head(const struct live_node *node, uint64_t head)
{
    const double end = live_now_s() + LIVE_READY_MS / 1000.0;
    while (live_head(node) < head) {
        if (live_now_s() > end)
            live_fail("a node does not get the blocks");
        live_sleep_ms(5);
    }
}

void live_must_say(const struct live_node *node, const char *method, const char *params,
                   const char *text)
{
    char *answer = live_ask(node, method, params);
    if (strstr(answer, text) == NULL) {
        (void)fprintf(stderr, "%s %s at %s: %.400s\nwithout %s\n", method, params, node->name,
                      answer, text);
        live_fail("another answer was expected");
    }
    free(answer);
}

void live_must_agree(const struct live_node *a, const struct live_node *b, const char *method,
                     const char *params)
{
    char *first = live_ask(a, method, params);
    char *second = live_ask(b, method, params);
    if (strstr(first, "\"error\"") != NULL || strcmp(first, second) != 0) {
        (void)fprintf(stderr, "%s %s\n%s: %.400s\n%s: %.400s\n", method, params, a->name, first,
                      b->name, second);
        live_fail("two nodes disagree");
    }
    free(first);
    free(second);
}

void live_compare(const struct live_chain *live, const struct live_node *a,
                  const struct live_node *b)
{
    enum { OWNERS = 5 };
    char params[300];
    char people[48];
    live_must_agree(a, b, "eth_getBlockByNumber", "[\"latest\",true]");
    live_must_agree(a, b, "eth_getProof",
                    "[\"0x6d696e746d61726b000000000000000000000721\",[\"0x0\",\"0x1\",\"0x2\"],"
                    "\"latest\"]");
    for (size_t i = 0; i < DEV_PEOPLE; i++) {
        char digits[41] = "";
        hex_encode(digits, mm_bytes_addr(&live->dev.addrs[i]));
        (void)snprintf(people, sizeof people, "0x%s", digits);
        (void)snprintf(params, sizeof params, "[\"%s\",[],\"latest\"]", people);
        live_must_agree(a, b, "eth_getProof", params);
    }
    for (uint64_t i = 0; i < OWNERS; i++) {
        (void)snprintf(params, sizeof params,
                       "[{\"to\":\"0x6d696e746d61726b000000000000000000000721\",\"data\":"
                       "\"0x6352211e%064llx\"},\"latest\"]",
                       (unsigned long long)(1 + i * (live->dev.minted / OWNERS)));
        live_must_agree(a, b, "eth_call", params);
    }
}
