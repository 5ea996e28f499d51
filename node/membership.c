#include "node/membership.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/files.h"
#include "node/key_file.h"
#include "state/base/heap.h"

bool membership_is_wanted(const struct node_options *options)
{
    return options->validator_key_path != NULL || options->node_key_path != NULL ||
           options->peer_count > 0 || options->listen != NULL;
}

/* ---- keys ---- */

static mm_err make_key(uint8_t key[KEY_FILE_BYTES], const char *path, struct mm_reason *reason)
{
    randombytes_buf(key, KEY_FILE_BYTES);
    return key_file_write(path, key, reason);
}

static mm_err find_node_key(uint8_t key[KEY_FILE_BYTES], const struct node_options *options,
                            struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    if (options->node_key_path != NULL)
        return key_file_read(key, options->node_key_path, reason);
    if (options->ephemeral) {
        randombytes_buf(key, KEY_FILE_BYTES);
        return MM_OK;
    }
    MM_TRY(file_make_folder(options->data_dir, reason));
    file_path_in(path, options->data_dir, "node.key");
    const mm_err err = key_file_read(key, path, reason);
    return err == MM_ERR_NOT_FOUND ? make_key(key, path, reason) : err;
}

static mm_err load_node_key(struct membership *membership, const struct node_options *options,
                            struct mm_reason *reason)
{
    uint8_t seed[KEY_FILE_BYTES];
    mm_err err = find_node_key(seed, options, reason);
    if (err == MM_OK && node_key_new(&membership->key, seed) != MM_OK)
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory for the node key");
    sodium_memzero(seed, sizeof seed);
    return err;
}

static mm_err load_validator_key(struct membership *membership, const char *path,
                                 struct mm_reason *reason)
{
    uint8_t key[KEY_FILE_BYTES];
    if (path == NULL)
        return MM_OK;
    mm_err err = key_file_read(key, path, reason);
    if (err == MM_OK) {
        membership->validator = secp_secret_new(key);
        if (membership->validator == NULL)
            err =
                mm_fail(reason, MM_ERR_INVALID, "%s: no secp256k1 key, or no locked memory", path);
    }
    sodium_memzero(key, sizeof key);
    return err;
}

/* ---- life ---- */

mm_err membership_new(struct membership **out, const struct node_options *options,
                      struct mm_reason *reason)
{
    struct membership *membership = *out = mm_heap_zeroed(1, sizeof *membership);
    if (membership == NULL || sodium_init() < 0)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    MM_TRY(load_validator_key(membership, options->validator_key_path, reason));
    return load_node_key(membership, options, reason);
}

void membership_free(struct membership *membership)
{
    if (membership == NULL)
        return;
    network_free(membership->network);
    node_key_free(membership->key);
    secp_secret_free(membership->validator);
    mm_heap_free(membership);
}

/* "off", HOST:PORT, or nothing said: this machine alone, at the usual port. */
static mm_err read_listen(const char *text, char host[PAYLOAD_HOST_BYTES_MAX + 1], uint16_t *port,
                          struct mm_reason *reason)
{
    static const char usual[] = "127.0.0.1:30303";
    char *end;
    if (text == NULL)
        text = usual;
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (len > 2 && text[0] == '[' && colon[-1] == ']') { /* as one writes an address of version 6 */
        text++;
        len -= 2;
    }
    if (len == 0 || len > PAYLOAD_HOST_BYTES_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "--listen %s: not HOST:PORT", text);
    memcpy(host, text, len);
    host[len] = '\0';
    const unsigned long number = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || number > UINT16_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "--listen %s: not HOST:PORT", text);
    *port = (uint16_t)number;
    return MM_OK;
}

mm_err membership_join(struct membership *membership, const struct node_options *options,
                       const struct membership_chain *chain, struct mm_reason *reason)
{
    char host[PAYLOAD_HOST_BYTES_MAX + 1];
    struct network_options network = {
        .ledger = chain->ledger,
        .pool = chain->pool,
        .domain = chain->domain,
        .key = membership->key,
        .bans = &membership->bans,
        .peers = options->peers,
        .peer_count = options->peer_count,
        .client = chain->client,
        .ctx = chain->ctx,
        .submit = chain->submit,
    };
    if (options->listen == NULL || strcmp(options->listen, "off") != 0) {
        MM_TRY(read_listen(options->listen, host, &network.port, reason));
        network.host = host;
    }
    return network_new(&membership->network, &network, reason);
}
