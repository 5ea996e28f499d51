/* Entries of a history as JSON-RPC's logs have them. */
#include "rpc/chat/chat_internal.h"
#include "state/codec/hex.h"

bool chat_entry_read(struct mm_arena *arena, struct history_appended *entry, const struct json *log)
{
    const struct json *topics = json_find(log, "topics");
    const struct json *data = json_find(log, "data");
    mm_hash32 hashes[HISTORY_LOG_TOPICS];
    size_t len;
    *entry = (struct history_appended){ .form = 0 };
    if (topics == NULL || topics->kind != JSON_ARRAY || topics->count != HISTORY_LOG_TOPICS ||
        data == NULL || !hex_data_len(&len, data->text))
        return false;
    for (size_t i = 0; i < HISTORY_LOG_TOPICS; i++) {
        if (!hex_read_hash(&hashes[i], topics->items[i].text))
            return false;
    }
    uint8_t *bytes = mm_arena_alloc(arena, len + 1);
    return bytes != NULL && hex_decode(bytes, mm_bytes_from(data->text.ptr + 2, 2 * len)) &&
           history_log_read(entry, hashes, HISTORY_LOG_TOPICS, mm_bytes_from(bytes, len));
}
