/* Who speaks for tokens at this node, and with which remote model. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/key_file.h"
#include "node/node_internal.h"
#include "node/secret_file.h"

enum {
    DEV_SERVICE = KEYRING_ACCOUNTS - 1
}; /* has funds, and is not the one that people begin with */

static mm_err load_service(struct node *node, struct doors_chat *chat, struct mm_reason *reason)
{
    uint8_t key[KEY_FILE_BYTES];
    if (node->options->chat_key_path == NULL) {
        chat->service = node->backend.is_dev ? node->keyring.accounts[DEV_SERVICE].secret : NULL;
        return MM_OK;
    }
    MM_TRY(key_file_read(key, node->options->chat_key_path, reason));
    node->chat_key = secp_secret_new(key);
    sodium_memzero(key, sizeof key);
    if (node->chat_key == NULL)
        return mm_fail(reason, MM_ERR_INVALID, "%s: no key, or no locked memory",
                       node->options->chat_key_path);
    chat->service = node->chat_key;
    return MM_OK;
}

/* A key goes into a header: nothing in it may end one. */
static mm_err take_key(struct node *node, mm_bytes text, const char *from, struct mm_reason *reason)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f)
            return mm_fail(reason, MM_ERR_INVALID, "%s: not one line of visible characters", from);
    }
    if (text.len == 0 || text.len > CHAT_REMOTE_KEY_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "%s: a key has 1 to %d characters", from,
                       CHAT_REMOTE_KEY_MAX);
    memcpy(node->chat_remote_key, text.ptr, text.len);
    node->chat_remote_key[text.len] = '\0';
    return MM_OK;
}

static mm_err load_remote_key(struct node *node, struct mm_reason *reason)
{
    const char *path = node->options->chat_remote_key_path;
    const char *variable = getenv(NODE_CHAT_REMOTE_KEY);
    if (path == NULL)
        return variable == NULL || variable[0] == '\0'
                   ? MM_OK
                   : take_key(node, secret_trimmed(mm_bytes_str(variable)), NODE_CHAT_REMOTE_KEY,
                              reason);
    uint8_t memory[CHAT_REMOTE_KEY_MAX + 64];
    struct mm_buf text = mm_buf_over(memory, sizeof memory);
    mm_bytes line;
    mm_err err = secret_file_read(&text, &line, path, reason);
    if (err == MM_ERR_LIMIT)
        err = mm_fail(reason, MM_ERR_INVALID, "%s: a key has 1 to %d characters", path,
                      CHAT_REMOTE_KEY_MAX);
    if (err == MM_OK)
        err = take_key(node, line, path, reason);
    sodium_memzero(memory, sizeof memory);
    return err;
}

mm_err node_open_chat(struct node *node, struct doors_chat *chat, struct mm_reason *reason)
{
    const char *remote = node->options->chat_remote;
    *chat = (struct doors_chat){ .rate_per_minute = node->options->chat_rate };
    MM_TRY(load_service(node, chat, reason));
    if (remote == NULL)
        return MM_OK;
    const enum url_verdict verdict = url_parse(&node->chat_remote, mm_bytes_str(remote));
    if (verdict != URL_OK)
        return mm_fail(reason, MM_ERR_INVALID, "--chat-remote: %s", url_verdict_text(verdict));
    MM_TRY(load_remote_key(node, reason));
    chat->remote = &node->chat_remote;
    chat->remote_key = node->chat_remote_key[0] == '\0' ? NULL : node->chat_remote_key;
    return MM_OK;
}

void node_close_chat(struct node *node)
{
    secp_secret_free(node->chat_key);
    node->chat_key = NULL;
    sodium_memzero(node->chat_remote_key, sizeof node->chat_remote_key);
}
