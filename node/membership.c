#include "node/membership.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/files.h"
#include "node/log/log.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

enum { KEY_BYTES = 32, KEY_TEXT_BYTES_MAX = 256 };

bool membership_is_wanted(const struct node_options *options)
{
    return options->validator_key_path != NULL || options->node_key_path != NULL ||
           options->peer_count > 0 || options->listen != NULL;
}

/* ---- key files ---- */

static mm_bytes trimmed(mm_bytes text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL)
        text.len--;
    if (text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 0x20) == 'x')
        text = mm_bytes_from(text.ptr + 2, text.len - 2);
    return text;
}

static mm_err decode_key(uint8_t key[KEY_BYTES], mm_bytes text, const char *path,
                         struct mm_reason *reason)
{
    const mm_bytes digits = trimmed(text);
    if (digits.len != 2 * KEY_BYTES || !hex_decode(key, digits))
        return mm_fail(reason, MM_ERR_INVALID, "%s: not a key of 64 hex digits", path);
    return MM_OK;
}

static void warn_of_readers(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        log_event(LOG_WARN, "a key file can be read by others", "file=%s mode=%o", path,
                  (unsigned)(status.st_mode & 0777));
}

static mm_err read_key(uint8_t key[KEY_BYTES], const char *path, struct mm_reason *reason)
{
    uint8_t memory[KEY_TEXT_BYTES_MAX];
    struct mm_buf text = mm_buf_over(memory, sizeof memory);
    mm_err err = file_read(&text, path, reason);
    if (err == MM_ERR_LIMIT) /* its words are about mebibytes */
        err = mm_fail(reason, MM_ERR_INVALID, "%s: not a key of 64 hex digits", path);
    if (err == MM_OK)
        err = decode_key(key, mm_buf_bytes(&text), path, reason);
    sodium_memzero(memory, sizeof memory);
    if (err == MM_OK)
        warn_of_readers(path);
    return err;
}

static mm_err make_key(uint8_t key[KEY_BYTES], const char *path, struct mm_reason *reason)
{
    char text[2 * KEY_BYTES + 2];
    randombytes_buf(key, KEY_BYTES);
    hex_encode(text, mm_bytes_from(key, KEY_BYTES));
    text[2 * KEY_BYTES] = '\n';
    const mm_err err =
        file_replace(path, mm_bytes_from((const uint8_t *)text, 2 * KEY_BYTES + 1), reason);
    sodium_memzero(text, sizeof text);
    return err;
}

static mm_err find_node_key(uint8_t key[KEY_BYTES], const struct node_options *options,
                            struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    if (options->node_key_path != NULL)
        return read_key(key, options->node_key_path, reason);
    if (options->ephemeral) {
        randombytes_buf(key, KEY_BYTES);
        return MM_OK;
    }
    MM_TRY(file_make_folder(options->data_dir, reason));
    file_path_in(path, options->data_dir, "node.key");
    const mm_err err = read_key(key, path, reason);
    return err == MM_ERR_NOT_FOUND ? make_key(key, path, reason) : err;
}

static mm_err load_node_key(struct membership *membership, const struct node_options *options,
                            struct mm_reason *reason)
{
    uint8_t seed[KEY_BYTES];
    mm_err err = find_node_key(seed, options, reason);
    if (err == MM_OK && node_key_new(&membership->key, seed) != MM_OK)
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory for the node key");
    sodium_memzero(seed, sizeof seed);
    return err;
}

static mm_err load_validator_key(struct membership *membership, const char *path,
                                 struct mm_reason *reason)
{
    uint8_t key[KEY_BYTES];
    if (path == NULL)
        return MM_OK;
    mm_err err = read_key(key, path, reason);
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
