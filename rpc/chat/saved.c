/* The answer to a saving, once there is a receipt: the entry, or why there is none. */
#include <stdio.h>

#include "rpc/chat/saving.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

enum { ANSWER_BYTES_MAX = 4 << 20 };

static void add_hash(struct json_writer *w, const char *key, const struct json *value)
{
    json_key(w, key);
    json_add_string(w, value == NULL ? MM_BYTES_LIT("") : value->text);
}

/* The entry that the receipt has. */
static bool read_log(struct mm_arena *arena, const struct json *receipt,
                     struct history_appended *entry)
{
    const struct json *logs = json_find(receipt, "logs");
    for (size_t i = 0; logs != NULL && logs->kind == JSON_ARRAY && i < logs->count; i++) {
        if (chat_entry_read(arena, entry, &logs->items[i]))
            return true;
    }
    return false;
}

static void write_saved(struct mm_buf *out, const struct sending *s, const struct json *receipt,
                        const struct history_appended *entry)
{
    const struct chat_saving *saving = &s->saving;
    struct json_writer w = json_writer_over(out);
    char text[CID_TEXT_MAX + 1];
    json_open_object(&w);
    json_key(&w, "object");
    json_add_text(&w, "ainft.history");
    json_key(&w, "index");
    json_add_u64(&w, entry->index.limb[0]);
    json_key(&w, "entryHash");
    json_add_data(&w, mm_bytes_hash(&entry->hash));
    add_hash(&w, "transactionHash", json_find(receipt, "transactionHash"));
    add_hash(&w, "blockNumber", json_find(receipt, "blockNumber"));
    json_key(&w, "requestHash");
    json_add_data(&w, mm_bytes_hash(&saving->request_hash));
    json_key(&w, "weight");
    json_add_u64(&w, talk_turns(&saving->talk));
    json_key(&w, "privacy");
    json_add_text(&w, spec_privacy_text(saving->privacy));
    if (saving->stored.len > 0) {
        (void)cid_to_text(text, &saving->cid, MULTIBASE_BASE32);
        json_key(&w, "cid");
        json_add_text(&w, text);
    } else {
        json_key(&w, "transcript"); /* nobody else has it */
        json_add_string(&w, saving->transcript);
    }
    json_close_object(&w);
}

void saving_release(struct chat *chat, const struct chat_saving *saving)
{
    if (saving->stored.len > 0)
        chat_file_release(chat, &saving->cid, saving->pin_owner);
}

static void fail_late(struct mm_buf *out, struct sending *s, const char *what, bool may_come)
{
    char message[500];
    char hash[2 * sizeof s->tx_hash.b + 1] = "";
    hex_encode(hash, mm_bytes_hash(&s->tx_hash));
    (void)snprintf(message, sizeof message, "transaction 0x%s: %s", hash, what);
    chat_write_error(out, 503, may_come ? "not_yet_saved" : "not_saved", message);
    if (!may_come)
        saving_release(s->chat, &s->saving);
}

static unsigned write_answer(struct mm_buf *out, struct sending *s)
{
    struct json root;
    struct history_appended entry;
    if (json_parse(&s->arena, &root, mm_buf_bytes(&s->answer.text), NULL, NULL) != JSON_OK) {
        fail_late(out, s, "out of memory", true);
        return 503;
    }
    const struct json *error = json_find(&root, "error");
    const struct json *receipt = json_find(&root, "result");
    if (error != NULL) {
        const struct json *message = json_find(error, "message");
        const struct json *data = json_find(error, "data");
        char text[300];
        (void)snprintf(text, sizeof text, "%.*s",
                       message == NULL           ? 0
                       : message->text.len < 280 ? (int)message->text.len
                                                 : 280,
                       message == NULL ? "" : (const char *)message->text.ptr);
        /* An error with the hash is one of waiting (EIP-7966): the transaction is in the pool. */
        fail_late(out, s, text, data != NULL);
        return 503;
    }
    const struct json *status = receipt == NULL ? NULL : json_find(receipt, "status");
    if (status == NULL || !json_is_text(status, "0x1") || !read_log(&s->arena, receipt, &entry)) {
        fail_late(out, s, "it failed: another one changed the state before it", false);
        return 503;
    }
    write_saved(out, s, receipt, &entry);
    return 200;
}

void saving_done(void *arg)
{
    struct sending *s = arg;
    struct http_response response;
    http_response_init(&response, 200, "application/json", ANSWER_BYTES_MAX);
    response.status = write_answer(&response.body, s);
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-store"));
    http_complete(s->later, &response);
    rpc_eth_answer_fini(&s->answer);
    mm_arena_fini(&s->arena);
    mm_heap_free(s);
}
