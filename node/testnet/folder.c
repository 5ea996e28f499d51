/* The folder of a test network: made once, read afterwards. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/key_file.h"
#include "node/testnet/testnet_internal.h"
#include "state/codec/json.h"

enum { DESCRIPTION_BYTES_MAX = 4096, GENESIS_BYTES_MAX = 1 << 20 };

static const struct testnet_options USUAL = { .validators = 4, .observers = 0, .base_port = 8545 };

/* ---- keys ---- */

static mm_err write_key(const char *folder, const char *name, const uint8_t key[KEY_FILE_BYTES],
                        struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    file_path_in(path, folder, name);
    return key_file_write(path, key, reason);
}

static mm_err read_key(const char *folder, const char *name, uint8_t key[KEY_FILE_BYTES],
                       struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    file_path_in(path, folder, name);
    return key_file_read(key, path, reason);
}

static bool address_of(mm_addr *addr, const uint8_t key[KEY_FILE_BYTES])
{
    struct secp_secret *secret = secp_secret_new(key);
    if (secret == NULL)
        return false;
    *addr = secp_secret_addr(secret);
    secp_secret_free(secret);
    return true;
}

static bool id_of(node_id *id, const uint8_t seed[KEY_FILE_BYTES])
{
    struct node_key *key = NULL;
    if (node_key_new(&key, seed) != MM_OK)
        return false;
    *id = node_key_id(key);
    node_key_free(key);
    return true;
}

/* ---- nodes ---- */

static void name_nodes(struct testnet *testnet)
{
    for (size_t i = 0; i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[i];
        char name[32];
        (void)snprintf(name, sizeof name, "node-%zu", i + 1);
        node->index = i;
        (void)snprintf(node->host, sizeof node->host, "127.0.0.1");
        node->is_validator = i < testnet->validators;
        node->rpc_port = (uint16_t)(testnet->base_port + i);
        node->p2p_port = (uint16_t)(node->rpc_port + TESTNET_PORTS);
        file_path_in(node->folder, testnet->folder, name);
    }
}

static mm_err make_node(struct testnet_node *node, struct mm_reason *reason)
{
    uint8_t key[KEY_FILE_BYTES];
    mm_err err = file_make_folder(node->folder, reason);
    if (err == MM_OK) {
        randombytes_buf(key, sizeof key);
        err = write_key(node->folder, "node.key", key, reason);
    }
    while (err == MM_OK && node->is_validator) {
        randombytes_buf(key, sizeof key);
        if (!address_of(&node->addr, key)) /* one in 2^128 is none */
            continue;
        err = write_key(node->folder, "validator.key", key, reason);
        break;
    }
    sodium_memzero(key, sizeof key);
    return err;
}

static mm_err read_node(struct testnet_node *node, struct mm_reason *reason)
{
    uint8_t key[KEY_FILE_BYTES];
    mm_err err = read_key(node->folder, "node.key", key, reason);
    if (err == MM_OK && !id_of(&node->id, key))
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory for keys");
    if (err == MM_OK && node->is_validator)
        err = read_key(node->folder, "validator.key", key, reason);
    if (err == MM_OK && node->is_validator && !address_of(&node->addr, key))
        err = mm_fail(reason, MM_ERR_INVALID, "%s/validator.key: no secp256k1 key", node->folder);
    sodium_memzero(key, sizeof key);
    return err;
}

/* ---- the folder ---- */

static mm_err write_description(const struct testnet *testnet, struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    char text[256];
    file_path_in(path, testnet->folder, "testnet.json");
    const int len = snprintf(
        text, sizeof text, "{\"validators\":%zu,\"observers\":%zu,\"basePort\":%u}\n",
        testnet->validators, testnet->count - testnet->validators, (unsigned)testnet->base_port);
    return file_replace(path, mm_bytes_from((const uint8_t *)text, (size_t)len), reason);
}

static int compare_addrs(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_addr));
}

/* The description is written last: a folder with it is whole. */
static mm_err make_folder(struct testnet *testnet, uint64_t block_period_ms,
                          struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    struct mm_buf genesis;
    mm_addr addrs[MM_VALIDATORS_MAX];
    for (size_t i = 0; i < testnet->count; i++)
        MM_TRY(make_node(&testnet->nodes[i], reason));
    for (size_t i = 0; i < testnet->validators; i++)
        addrs[i] = testnet->nodes[i].addr;
    qsort(addrs, testnet->validators, sizeof *addrs, compare_addrs);
    mm_buf_init(&genesis, GENESIS_BYTES_MAX);
    file_path_in(path, testnet->folder, "genesis.json");
    mm_err err = testnet_make_genesis(&testnet->arena, &genesis, addrs, testnet->validators,
                                      block_period_ms, reason);
    if (err == MM_OK)
        err = file_replace(path, mm_buf_bytes(&genesis), reason);
    mm_buf_fini(&genesis);
    MM_TRY(err);
    return write_description(testnet, reason);
}

static bool read_count(const struct json *description, const char *key, uint64_t *out)
{
    const struct json *value = json_find(description, key);
    return value != NULL && json_u64(out, value);
}

/* Out: what the folder says. */
static mm_err read_description(struct testnet *testnet, struct testnet_options *said,
                               struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    uint8_t memory[DESCRIPTION_BYTES_MAX];
    struct mm_buf text = mm_buf_over(memory, sizeof memory);
    const struct json_options options = { .unique_keys = true };
    struct json json;
    uint64_t validators, observers, base_port;
    file_path_in(path, testnet->folder, "testnet.json");
    MM_TRY(file_read(&text, path, reason));
    if (json_parse(&testnet->arena, &json, mm_buf_bytes(&text), &options, NULL) != JSON_OK ||
        !read_count(&json, "validators", &validators) ||
        !read_count(&json, "observers", &observers) || !read_count(&json, "basePort", &base_port) ||
        validators == 0 || validators > MM_VALIDATORS_MAX || observers > TESTNET_OBSERVERS_MAX ||
        base_port > UINT16_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "%s: not a description of a test network", path);
    *said = (struct testnet_options){ .validators = (size_t)validators,
                                      .observers = (size_t)observers,
                                      .base_port = (uint16_t)base_port };
    return MM_OK;
}

static mm_err check_options(const struct testnet_options *options,
                            const struct testnet_options *said, struct mm_reason *reason)
{
    if (options->validators != 0 && options->validators != said->validators)
        return mm_fail(reason, MM_ERR_INVALID, "%s is a network of %zu validators, not of %zu",
                       options->folder, said->validators, options->validators);
    if (options->observers != SIZE_MAX && options->observers != said->observers)
        return mm_fail(reason, MM_ERR_INVALID, "%s is a network with %zu observers, not with %zu",
                       options->folder, said->observers, options->observers);
    return MM_OK;
}

static void set_shape(struct testnet *testnet, const struct testnet_options *options,
                      const struct testnet_options *said)
{
    testnet->validators = options->validators != 0 ? options->validators : said->validators;
    testnet->count = testnet->validators +
                     (options->observers != SIZE_MAX ? options->observers : said->observers);
    testnet->base_port = options->base_port != 0 ? options->base_port : said->base_port;
}

mm_err testnet_open_folder(struct testnet *testnet, const struct testnet_options *options,
                           struct mm_reason *reason)
{
    struct testnet_options said;
    MM_TRY(file_make_folder(testnet->folder, reason));
    mm_err err = read_description(testnet, &said, reason);
    if (err != MM_OK && err != MM_ERR_NOT_FOUND)
        return err;
    const bool is_new = err == MM_ERR_NOT_FOUND;
    if (!is_new)
        MM_TRY(check_options(options, &said, reason));
    set_shape(testnet, options, is_new ? &USUAL : &said);
    name_nodes(testnet);
    if (is_new)
        MM_TRY(make_folder(testnet, options->block_period_ms, reason));
    for (size_t i = 0; i < testnet->count; i++)
        MM_TRY(read_node(&testnet->nodes[i], reason));
    return MM_OK;
}
