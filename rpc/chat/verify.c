/* ainft_verifyHistory: a saved conversation, checked against the chain and played again.
 *
 *     entry           the event of the log is the entry whose hash the token's history has
 *     content         the transcript is here, and is what the entry names: by CID, or by commitment
 *     transcript      it is one, of this chain, collection, token and author
 *     request         the author signed for these words of his, and so many of them
 *     specification   the file is the one whose digest the chain has for that version
 *     signatures      each reply was signed by the service that submitted the entry, at its place
 *     replay          the script, asked again, says each reply: byte for byte, with the facts of its block
 *
 * A check ends as true, as false, or as not done, with a word why: a remote model cannot be asked again, a state may not be here, a
 * sealed transcript is read by those alone who have the key. `valid`: none is false and all that could be asked was; `replayed`: the
 * last one is true. */
#include "rpc/chat/verify.h"

#include "contracts-native/abi/dispatch.h"
#include "state/codec/hex.h"

enum { LOG_PARAMS_MAX = 1024 };

static const char *const check_names[CHECK_COUNT] = {
    [CHECK_ENTRY] = "entry",
    [CHECK_CONTENT] = "content",
    [CHECK_TRANSCRIPT] = "transcript",
    [CHECK_REQUEST] = "request",
    [CHECK_SPECIFICATION] = "specification",
    [CHECK_SIGNATURES] = "signatures",
    [CHECK_REPLAY] = "replay",
};

/* ---- outcomes ---- */

bool verify_conclude(struct verifying *v, enum check check, enum outcome outcome, const char *why)
{
    v->outcomes[check] = outcome;
    v->why[check] = why;
    return outcome == OUTCOME_TRUE;
}

bool verify_conclude_with(struct verifying *v, enum check check, enum outcome outcome,
                          const struct mm_reason *reason)
{
    const char *why = mm_arena_text(v->arena, mm_bytes_str(reason->text));
    return verify_conclude(v, check, outcome, why == NULL ? "out of memory" : why);
}

/* ---- the entry ---- */

static bool read_entry(struct verifying *v, const struct json *log)
{
    const struct json *block = json_find(log, "blockNumber");
    const mm_u256 index = u256_from_u64(v->index);
    return chat_entry_read(v->arena, &v->entry, log) && u256_equal(&v->entry.index, &index) &&
           block != NULL && hex_read_u64(&v->block_num, block->text);
}

/* The events of the token, of which one is the entry's. */
static bool find_entry(struct verifying *v, struct mm_reason *reason)
{
    uint8_t memory[LOG_PARAMS_MAX];
    struct mm_buf params = mm_buf_over(memory, sizeof memory);
    struct json logs;
    const mm_hash32 event = history_log_appended();
    const mm_hash32 token = u256_to_hash(&v->token);
    mm_buf_add_text(&params, "[{\"address\":\"");
    hex_add_data(&params, mm_bytes_addr(&v->collection));
    mm_buf_add_text(&params, "\",\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":[\"");
    hex_add_data(&params, mm_bytes_hash(&event));
    mm_buf_add_text(&params, "\",\"");
    hex_add_data(&params, mm_bytes_hash(&token));
    mm_buf_add_text(&params, "\"]}]");
    if (!chat_ask(v->chat, v->arena, &logs, "eth_getLogs", mm_buf_bytes(&params), NULL, reason))
        return false;
    for (size_t i = 0; logs.kind == JSON_ARRAY && i < logs.count; i++) {
        if (read_entry(v, &logs.items[i]))
            return true;
    }
    (void)mm_fail(reason, MM_ERR_NOT_FOUND, "there is no event of this entry");
    return false;
}

/* False: there is no such entry. */
static bool check_entry(struct verifying *v, struct mm_reason *reason)
{
    struct abi_value values[2];
    struct mm_reason why = { .text = "" };
    const mm_u256 index = u256_from_u64(v->index);
    if (!chat_view(v->chat, v->arena, values, "bytes32,bool", &v->collection, v->head,
                   "historyEntry(uint256,uint256)",
                   ABI_VALUES(abi_word(&v->token), abi_word(&index)), reason))
        return false;
    const mm_hash32 hash = u256_to_hash(&values[0].word);
    if (!find_entry(v, &why))
        return verify_conclude_with(v, CHECK_ENTRY, OUTCOME_FALSE, &why), true;
    if (!mm_hash_equal(&hash, &v->entry.hash))
        verify_conclude(v, CHECK_ENTRY, OUTCOME_FALSE,
                        "the event has another hash than the history");
    else if (!u256_is_zero(&values[1].word))
        verify_conclude(v, CHECK_ENTRY, OUTCOME_NOT_DONE, "the entry was redacted");
    else
        verify_conclude(v, CHECK_ENTRY, OUTCOME_TRUE, NULL);
    return true;
}

/* ---- the answer ---- */

static void add_hex(struct json_writer *w, const char *key, mm_bytes bytes)
{
    json_key(w, key);
    json_add_data(w, bytes);
}

static void add_entry(struct json_writer *w, const struct verifying *v)
{
    static const char *const forms[] = { "inline", "cid", "commitment" };
    const struct history_appended *entry = &v->entry;
    json_key(w, "entry");
    json_open_object(w);
    json_key(w, "index");
    json_add_quantity(w, v->index);
    add_hex(w, "kind", mm_bytes_hash(&entry->kind));
    add_hex(w, "author", mm_bytes_addr(&entry->author));
    add_hex(w, "submitter", mm_bytes_addr(&entry->submitter));
    json_key(w, "form");
    json_add_text(w, entry->form < MM_COUNT_OF(forms) ? forms[entry->form] : "unknown");
    json_key(w, "weight");
    json_add_quantity(w, entry->weight);
    add_hex(w, "content", entry->content);
    add_hex(w, "requestHash", mm_bytes_hash(&entry->request_hash));
    add_hex(w, "entryHash", mm_bytes_hash(&entry->hash));
    json_key(w, "blockNumber");
    json_add_quantity(w, v->block_num);
    json_close_object(w);
}

/* All that a remote's conversation can have is all but the replay. */
static bool is_valid(const struct verifying *v)
{
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        const bool may_lack = i == CHECK_REPLAY && v->spec.engine == SPEC_OPENAI &&
                              v->outcomes[CHECK_SPECIFICATION] == OUTCOME_TRUE;
        if (v->outcomes[i] != OUTCOME_TRUE && !may_lack)
            return false;
    }
    return true;
}

static void write_answer(struct json_writer *w, const struct verifying *v)
{
    json_open_object(w);
    json_key(w, "valid");
    json_add_bool(w, is_valid(v));
    json_key(w, "replayed");
    json_add_bool(w, v->outcomes[CHECK_REPLAY] == OUTCOME_TRUE);
    add_entry(w, v);
    json_key(w, "checks");
    json_open_array(w);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        json_open_object(w);
        json_key(w, "check");
        json_add_text(w, check_names[i]);
        json_key(w, "ok");
        if (v->outcomes[i] == OUTCOME_NOT_DONE)
            json_add_null(w);
        else
            json_add_bool(w, v->outcomes[i] == OUTCOME_TRUE);
        json_key(w, "why");
        if (v->why[i] == NULL)
            json_add_null(w);
        else
            json_add_text(w, v->why[i]);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

mm_err chat_verify(void *ctx, struct mm_arena *arena, struct json_writer *w,
                   const mm_addr *collection, const mm_u256 *token, uint64_t index,
                   mm_bytes transcript, struct mm_reason *reason)
{
    struct verifying *v = MM_ARENA_NEW(arena, struct verifying);
    struct json head;
    if (v == NULL)
        return MM_ERR_NO_MEMORY;
    v->chat = ctx;
    v->arena = arena;
    v->collection = *collection;
    v->token = *token;
    v->index = index;
    if (!chat_ask(v->chat, arena, &head, "eth_blockNumber", MM_BYTES_LIT("[]"), NULL, reason) ||
        head.kind != JSON_STRING || !hex_read_u64(&v->head, head.text) || !check_entry(v, reason))
        return MM_ERR_NOT_FOUND;
    verify_talk(v, transcript);
    write_answer(w, v);
    return MM_OK;
}
