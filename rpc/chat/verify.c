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
#include <stdio.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/chat_internal.h"
#include "rpc/transcript/seal.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum { LOG_PARAMS_MAX = 1024 };

enum check {
    CHECK_ENTRY,
    CHECK_CONTENT,
    CHECK_TRANSCRIPT,
    CHECK_REQUEST,
    CHECK_SPECIFICATION,
    CHECK_SIGNATURES,
    CHECK_REPLAY,
    CHECK_COUNT
};

static const char *const check_names[CHECK_COUNT] = {
    [CHECK_ENTRY] = "entry",
    [CHECK_CONTENT] = "content",
    [CHECK_TRANSCRIPT] = "transcript",
    [CHECK_REQUEST] = "request",
    [CHECK_SPECIFICATION] = "specification",
    [CHECK_SIGNATURES] = "signatures",
    [CHECK_REPLAY] = "replay",
};

enum outcome { OUTCOME_NOT_DONE = 0, OUTCOME_TRUE, OUTCOME_FALSE };

struct entry {
    mm_hash32 kind;
    mm_addr author;
    mm_addr submitter;
    uint64_t form;
    uint64_t weight;
    mm_hash32 request_hash;
    mm_bytes content;
    mm_hash32 hash;
    uint64_t block_num;
};

struct verifying {
    struct chat *chat;
    struct mm_arena *arena;
    mm_addr collection;
    mm_u256 token;
    uint64_t index;
    uint64_t head;
    struct entry entry;
    mm_bytes text; /* of the transcript */
    struct transcript transcript;
    mm_bytes name; /* the collection's */
    struct spec spec;
    enum outcome outcomes[CHECK_COUNT];
    const char *why[CHECK_COUNT]; /* in the arena or literals */
};

/* ---- outcomes ---- */

/* True: it holds, and the next check can be made. */
static bool conclude(struct verifying *v, enum check check, enum outcome outcome, const char *why)
{
    v->outcomes[check] = outcome;
    v->why[check] = why;
    return outcome == OUTCOME_TRUE;
}

static bool conclude_with(struct verifying *v, enum check check, enum outcome outcome,
                          const struct mm_reason *reason)
{
    const char *why = mm_arena_text(v->arena, mm_bytes_str(reason->text));
    return conclude(v, check, outcome, why == NULL ? "out of memory" : why);
}

/* ---- the entry ---- */

static bool read_entry(struct verifying *v, const struct json *log)
{
    struct abi_signature types;
    struct abi_value values[7];
    const struct json *topics = json_find(log, "topics");
    const struct json *data = json_find(log, "data");
    const struct json *block = json_find(log, "blockNumber");
    struct entry *entry = &v->entry;
    mm_hash32 author;
    size_t len;
    abi_signature_init(&types, "uint256,address,uint8,uint32,bytes32,bytes,bytes32");
    if (topics == NULL || topics->kind != JSON_ARRAY || topics->count != 4 || data == NULL ||
        !hex_data_len(&len, data->text))
        return false;
    uint8_t *bytes = mm_arena_alloc(v->arena, len + 1);
    if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(data->text.ptr + 2, 2 * len)) ||
        abi_decode(values, mm_bytes_from(bytes, len), types.types, types.count, ABI_CALLDATA) !=
            ABI_OK ||
        !u256_fits_u64(&values[0].word) || values[0].word.limb[0] != v->index)
        return false;
    if (!hex_read_hash(&entry->kind, topics->items[2].text) ||
        !hex_read_hash(&author, topics->items[3].text) || block == NULL ||
        !hex_read_u64(&entry->block_num, block->text))
        return false;
    memcpy(entry->author.b, author.b + 12, sizeof entry->author.b);
    entry->submitter = u256_to_addr(&values[1].word);
    entry->form = values[2].word.limb[0];
    entry->weight = values[3].word.limb[0];
    entry->request_hash = u256_to_hash(&values[4].word);
    entry->content = values[5].bytes;
    entry->hash = u256_to_hash(&values[6].word);
    return true;
}

/* The events of the token, of which one is the entry's. */
static bool find_entry(struct verifying *v, struct mm_reason *reason)
{
    uint8_t memory[LOG_PARAMS_MAX];
    struct mm_buf params = mm_buf_over(memory, sizeof memory);
    struct abi_signature event;
    struct json logs;
    const mm_hash32 token = u256_to_hash(&v->token);
    abi_signature_init(&event, "HistoryAppended(uint256 indexed,bytes32 indexed,address indexed,"
                               "uint256,address,uint8,uint32,bytes32,bytes,bytes32)");
    mm_buf_add_text(&params, "[{\"address\":\"");
    hex_add_data(&params, mm_bytes_addr(&v->collection));
    mm_buf_add_text(&params, "\",\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":[\"");
    hex_add_data(&params, mm_bytes_hash(&event.hash));
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
        return conclude_with(v, CHECK_ENTRY, OUTCOME_FALSE, &why), true;
    if (!mm_hash_equal(&hash, &v->entry.hash))
        conclude(v, CHECK_ENTRY, OUTCOME_FALSE, "the event has another hash than the history");
    else if (!u256_is_zero(&values[1].word))
        conclude(v, CHECK_ENTRY, OUTCOME_NOT_DONE, "the entry was redacted");
    else
        conclude(v, CHECK_ENTRY, OUTCOME_TRUE, NULL);
    return true;
}

/* ---- the transcript ---- */

static bool check_given(struct verifying *v, const mm_hash32 *commitment, mm_bytes given,
                        const char *missing)
{
    const mm_hash32 hash = keccak256(given);
    if (given.len == 0)
        return conclude(v, CHECK_CONTENT, OUTCOME_NOT_DONE, missing);
    v->text = given;
    return conclude(v, CHECK_CONTENT,
                    mm_hash_equal(&hash, commitment) ? OUTCOME_TRUE : OUTCOME_FALSE,
                    mm_hash_equal(&hash, commitment) ? NULL : "it is not what was committed to");
}

static bool check_content(struct verifying *v, mm_bytes given)
{
    struct mm_reason why = { .text = "" };
    struct cid cid;
    mm_bytes file;
    mm_hash32 commitment;
    if (v->entry.form == AINFT_COMMITMENT && v->entry.content.len == sizeof commitment.b) {
        memcpy(commitment.b, v->entry.content.ptr, sizeof commitment.b);
        return check_given(
            v, &commitment, given,
            "only a commitment is on the chain: whoever has the transcript gives it");
    }
    if (v->entry.form != AINFT_CID || cid_decode(&cid, v->entry.content) != CID_OK)
        return conclude(v, CHECK_CONTENT, OUTCOME_NOT_DONE, "the entry names no transcript");
    if (!chat_file_read_cid(v->chat, v->arena, &file, &cid, 4 * TRANSCRIPT_BYTES_MAX, &why))
        return conclude_with(v, CHECK_CONTENT, OUTCOME_NOT_DONE, &why);
    if (seal_commitment(v->arena, &commitment, file))
        return check_given(v, &commitment, given,
                           "it is sealed: whoever can open it gives the transcript");
    v->text = file;
    return conclude(v, CHECK_CONTENT, OUTCOME_TRUE, NULL);
}

static bool check_transcript(struct verifying *v)
{
    struct mm_reason why = { .text = "" };
    struct transcript *t = &v->transcript;
    if (!transcript_read(v->arena, t, v->text, &why))
        return conclude_with(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, &why);
    if (t->chain_id != chat_chain_id(v->chat) || !mm_addr_equal(&t->collection, &v->collection) ||
        !u256_equal(&t->token, &v->token))
        return conclude(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, "it is of another token");
    if (!mm_addr_equal(&t->author, &v->entry.author))
        return conclude(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, "it is another author's");
    if (!talk_is_whole(&t->talk))
        return conclude(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, "user and assistant do not take turns");
    return conclude(v, CHECK_TRANSCRIPT, OUTCOME_TRUE, NULL);
}

static bool check_request(struct verifying *v)
{
    const mm_hash32 hash = talk_request_hash(&v->transcript.talk);
    if (!mm_hash_equal(&hash, &v->entry.request_hash))
        return conclude(v, CHECK_REQUEST, OUTCOME_FALSE, "the author signed for other words");
    if (talk_turns(&v->transcript.talk) != v->entry.weight)
        return conclude(v, CHECK_REQUEST, OUTCOME_FALSE, "the author signed for another number");
    return conclude(v, CHECK_REQUEST, OUTCOME_TRUE, NULL);
}

static bool check_specification(struct verifying *v)
{
    const struct transcript *t = &v->transcript;
    struct mm_reason why = { .text = "" };
    struct abi_value digest;
    if (!chat_view(v->chat, v->arena, &digest, "bytes32", &v->collection, v->head,
                   "specificationDigest(uint256,uint64)",
                   ABI_VALUES(abi_word(&v->token), abi_u64(t->spec_version)), &why))
        return conclude_with(v, CHECK_SPECIFICATION, OUTCOME_NOT_DONE, &why);
    const mm_hash32 hash = u256_to_hash(&digest.word);
    if (!mm_hash_equal(&hash, &t->spec_digest))
        return conclude(v, CHECK_SPECIFICATION, OUTCOME_FALSE,
                        "the chain has another digest for this version");
    /* A file that is here and is not the one is false; one that is not here says nothing. */
    mm_bytes file;
    if (!chat_file_read_uri(v->chat, v->arena, &file, t->spec_uri, SPEC_BYTES_MAX, &why))
        return conclude_with(v, CHECK_SPECIFICATION, OUTCOME_NOT_DONE, &why);
    if (!chat_spec_load(v->chat, v->arena, &v->spec, t->spec_uri, &t->spec_digest, &why))
        return conclude_with(v, CHECK_SPECIFICATION, OUTCOME_FALSE, &why);
    return conclude(v, CHECK_SPECIFICATION, OUTCOME_TRUE, NULL);
}

static const char *at_message(struct verifying *v, size_t at, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof text, "messages[%zu]: %s", at, what);
    const char *copy = mm_arena_text(v->arena, mm_bytes_str(text));
    return copy == NULL ? what : copy;
}

static bool check_signatures(struct verifying *v)
{
    const struct transcript *t = &v->transcript;
    struct mm_reason why = { .text = "" };
    struct abi_value name;
    if (!chat_view(v->chat, v->arena, &name, "string", &v->collection, v->head, "name()", NULL,
                   &why))
        return conclude_with(v, CHECK_SIGNATURES, OUTCOME_NOT_DONE, &why);
    const struct typed_domain domain = { name.bytes, t->chain_id, t->collection };
    for (size_t i = 1; i < t->talk.count; i += 2) {
        const struct talk_reply *reply = &t->talk.messages[i].reply;
        if (!talk_reply_holds(&t->talk, i, &domain, &t->token, &v->entry.submitter))
            return conclude(v, CHECK_SIGNATURES, OUTCOME_FALSE,
                            at_message(v, i, "the service did not sign this at this place"));
        if (reply->spec_version != t->spec_version)
            return conclude(v, CHECK_SIGNATURES, OUTCOME_FALSE,
                            at_message(v, i, "was said by another specification"));
        if (!mm_addr_is_zero(&reply->asker) && !mm_addr_equal(&reply->asker, &t->author))
            return conclude(v, CHECK_SIGNATURES, OUTCOME_FALSE,
                            at_message(v, i, "was said to another"));
    }
    return conclude(v, CHECK_SIGNATURES, OUTCOME_TRUE, NULL);
}

/* ---- played again ---- */

/* One reply, with the facts of its block. *same: it is what the script says. False: the facts are not here. */
static bool replay_one(struct verifying *v, const struct persona_script *script, mm_bytes *said,
                       size_t at, bool *same, struct mm_reason *why)
{
    const struct talk *talk = &v->transcript.talk;
    const struct talk_reply *record = &talk->messages[at].reply;
    struct chat_token *token = MM_ARENA_NEW(v->arena, struct chat_token);
    mm_bytes reply;
    if (token == NULL)
        return false;
    if (record->block_num > v->entry.block_num) {
        *same = false;
        return true; /* it knew of a block that was not there */
    }
    if (!chat_token_read(v->chat, v->arena, token, &v->collection, &v->token, &record->asker,
                         record->block_num, why))
        return false;
    const struct persona_talk again = { .said = said,
                                        .said_count = (at + 1) / 2,
                                        .facts = token->facts,
                                        .fact_count = token->fact_count,
                                        .seed = v->spec.seed };
    if (persona_reply(script, v->arena, &reply, &again) != MM_OK)
        return false;
    *same = mm_bytes_equal(reply, talk->messages[at].content);
    return true;
}

static bool check_replay(struct verifying *v)
{
    const struct talk *talk = &v->transcript.talk;
    const struct persona_script *script;
    struct mm_reason why = { .text = "" };
    if (v->spec.engine != SPEC_SCRIPT)
        return conclude(v, CHECK_REPLAY, OUTCOME_NOT_DONE,
                        "the engine is a remote model: there are signatures and no more");
    if (!chat_script_load(v->chat, v->arena, &script, &v->spec, &why))
        return conclude_with(v, CHECK_REPLAY, OUTCOME_NOT_DONE, &why);
    mm_bytes *said = MM_ARENA_ARRAY(v->arena, mm_bytes, talk->count);
    if (said == NULL)
        return conclude(v, CHECK_REPLAY, OUTCOME_NOT_DONE, "out of memory");
    for (size_t i = 0; i < talk->count; i += 2)
        said[i / 2] = talk->messages[i].content;
    for (size_t at = 1; at < talk->count; at += 2) {
        const struct mm_arena_mark mark = mm_arena_mark(v->arena);
        bool same = false;
        const bool ok = replay_one(v, script, said, at, &same, &why);
        mm_arena_rewind(v->arena, mark);
        if (!ok)
            return why.text[0] == '\0'
                       ? conclude(v, CHECK_REPLAY, OUTCOME_NOT_DONE, "out of memory")
                       : conclude_with(v, CHECK_REPLAY, OUTCOME_NOT_DONE, &why);
        if (!same)
            return conclude(v, CHECK_REPLAY, OUTCOME_FALSE,
                            at_message(v, at, "the script says something else"));
    }
    return conclude(v, CHECK_REPLAY, OUTCOME_TRUE, NULL);
}

static void check_all(struct verifying *v, mm_bytes given)
{
    if (v->outcomes[CHECK_ENTRY] != OUTCOME_TRUE || !check_content(v, given) ||
        !check_transcript(v))
        return;
    (void)check_request(v);
    (void)check_signatures(v);
    if (check_specification(v))
        (void)check_replay(v);
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
    const struct entry *entry = &v->entry;
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
    json_add_quantity(w, entry->block_num);
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
    check_all(v, transcript);
    write_answer(w, v);
    return MM_OK;
}
