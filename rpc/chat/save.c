/* Saving a conversation: what is to be signed, what is checked, and what is stored where.
 *
 *     public       the transcript in the content store, its CID in the entry           form 1
 *     encrypted    the transcript sealed to author and owner (seal.h), its CID         form 1
 *     commitment   nothing is stored; the entry has the transcript's keccak256         form 2, and the author gets the transcript */
#include <stdio.h>

#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/chat_internal.h"
#include "rpc/transcript/seal.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum { ANSWER_BYTES_MAX = 64 << 10, ENVELOPE_BYTES_MAX = 4 << 20 };

static bool read_hex(uint8_t *out, size_t len, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING && hex_read_fixed(out, len, value->text);
}

/* ---- the body ---- */

/* The conversation and its author. False: answered. */
static bool read_talk(struct chat_request *r, struct json *root, struct chat_saving *s)
{
    struct mm_reason reason = { .text = "" };
    if (json_parse(&r->arena, root, http_body(r->http), NULL, &reason) != JSON_OK)
        return chat_fail(r, 400, "invalid_json", "the body is not JSON: %s", reason.text);
    if (!talk_read(&r->arena, &s->talk, json_find(root, "messages"), &reason))
        return chat_fail(r, 400, "invalid_messages", "%s", reason.text);
    if (!talk_is_whole(&s->talk))
        return chat_fail(
            r, 400, "invalid_messages",
            "messages: user and assistant in turn, the user first, the assistant last");
    const struct json *author = json_find(root, "author");
    s->author = r->asker;
    if (author != NULL &&
        (author->kind != JSON_STRING || address_from_text(&s->author, author->text) != ADDRESS_OK))
        return chat_fail(r, 400, "invalid_author", "author: must be an address");
    if (mm_addr_is_zero(&s->author))
        return chat_fail(r, 400, "invalid_author", "author: is missing");
    if (!mm_addr_is_zero(&r->asker) && !mm_addr_equal(&r->asker, &s->author))
        return chat_fail(r, 400, "invalid_author", "author: is not who asks");
    s->request_hash = talk_request_hash(&s->talk);
    return true;
}

static bool read_deadline(struct chat_request *r, const struct json *root, struct chat_saving *s,
                          bool is_needed)
{
    const struct json *deadline = json_find(root, "deadline");
    const uint64_t now_s = chat_now_s();
    s->deadline = now_s + CHAT_SAVE_AHEAD_MAX_S / 2;
    if (deadline == NULL && !is_needed)
        return true;
    if (deadline == NULL || !json_u64(&s->deadline, deadline))
        return chat_fail(r, 400, "invalid_deadline", "deadline: seconds since 1970");
    if (s->deadline <= now_s || s->deadline - now_s > CHAT_SAVE_AHEAD_MAX_S)
        return chat_fail(r, 400, "invalid_deadline",
                         "deadline: has passed, or is more than an hour away");
    return true;
}

/* ---- what is signed ---- */

static bool next_nonce(struct chat_request *r, mm_u256 *nonce, const struct chat_saving *s)
{
    struct mm_reason reason = { .text = "" };
    struct abi_value value;
    if (!chat_view(r->chat, &r->arena, &value, "uint256", &r->collection, s->token.block_num,
                   "nonces(address)", ABI_VALUES(abi_addr(&s->author)), &reason))
        return chat_fail(r, 503, "chain_unavailable", "%s", reason.text);
    *nonce = value.word;
    return true;
}

static struct typed_request request_of(const struct chat_request *r, const struct chat_saving *s,
                                       const mm_u256 *nonce)
{
    return (struct typed_request){
        .token = r->token,
        .kind = keccak256(MM_BYTES_LIT("chat")),
        .weight = (uint32_t)talk_turns(&s->talk),
        .request_hash = s->request_hash,
        .nonce = *nonce,
        .deadline = s->deadline,
    };
}

static void add_types(struct json_writer *w)
{
    json_key(w, "types");
    json_add_raw(w, MM_BYTES_LIT("{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"},"
                                 "{\"name\":\"version\",\"type\":\"string\"},"
                                 "{\"name\":\"chainId\",\"type\":\"uint256\"},"
                                 "{\"name\":\"verifyingContract\",\"type\":\"address\"}],"
                                 "\"HistoryRequest\":[{\"name\":\"tokenId\",\"type\":\"uint256\"},"
                                 "{\"name\":\"kind\",\"type\":\"bytes32\"},"
                                 "{\"name\":\"weight\",\"type\":\"uint32\"},"
                                 "{\"name\":\"requestHash\",\"type\":\"bytes32\"},"
                                 "{\"name\":\"nonce\",\"type\":\"uint256\"},"
                                 "{\"name\":\"deadline\",\"type\":\"uint256\"}]}"));
}

static void add_decimal(struct json_writer *w, const char *key, const mm_u256 *number)
{
    char text[U256_DECIMAL_MAX + 1];
    u256_to_decimal(text, number);
    json_key(w, key);
    json_add_text(w, text);
}

static void write_typed(struct mm_buf *out, const struct chat_request *r,
                        const struct chat_saving *s, const struct typed_request *typed)
{
    struct json_writer writer = json_writer_over(out);
    struct json_writer *w = &writer;
    char collection[ADDRESS_TEXT + 1];
    address_to_text(collection, &r->collection);
    json_open_object(w);
    json_key(w, "domain");
    json_open_object(w);
    json_key(w, "name");
    json_add_string(w, s->token.name);
    json_key(w, "version");
    json_add_text(w, "1");
    json_key(w, "chainId");
    json_add_u64(w, chat_chain_id(r->chat));
    json_key(w, "verifyingContract");
    json_add_text(w, collection);
    json_close_object(w);
    add_types(w);
    json_key(w, "primaryType");
    json_add_text(w, "HistoryRequest");
    json_key(w, "message");
    json_open_object(w);
    add_decimal(w, "tokenId", &typed->token);
    json_key(w, "kind");
    json_add_data(w, mm_bytes_hash(&typed->kind));
    json_key(w, "weight");
    json_add_u64(w, typed->weight);
    json_key(w, "requestHash");
    json_add_data(w, mm_bytes_hash(&typed->request_hash));
    add_decimal(w, "nonce", &typed->nonce);
    json_key(w, "deadline");
    json_add_u64(w, typed->deadline);
    json_close_object(w);
    json_close_object(w);
}

void chat_prepare(struct chat_request *r)
{
    struct chat_saving s = { .deadline = 0 };
    struct json root;
    struct spec spec;
    mm_u256 nonce;
    struct mm_buf out;
    if (!read_talk(r, &root, &s) || !read_deadline(r, &root, &s, false) ||
        !chat_find_persona(r, &s.token, &spec) || !next_nonce(r, &nonce, &s))
        return;
    const struct typed_request typed = request_of(r, &s, &nonce);
    mm_buf_init(&out, ANSWER_BYTES_MAX);
    write_typed(&out, r, &s, &typed);
    chat_answer_json(r, &out);
}

/* ---- what is checked ---- */

/* Every reply is ours, to this author, by the specification that stands. False: answered. */
static bool check_replies(struct chat_request *r, const struct chat_saving *s)
{
    const struct typed_domain domain = { s->token.name, chat_chain_id(r->chat), r->collection };
    for (size_t i = 1; i < s->talk.count; i += 2) {
        const struct talk_reply *reply = &s->talk.messages[i].reply;
        if (!talk_reply_holds(&s->talk, i, &domain, &r->token, &r->chat->service))
            return chat_fail(r, 400, "reply_not_ours",
                             "messages[%zu]: this was not said here, or not at this place of the "
                             "conversation",
                             i);
        if (!mm_addr_is_zero(&reply->asker) && !mm_addr_equal(&reply->asker, &s->author))
            return chat_fail(r, 400, "reply_to_another", "messages[%zu]: was said to another", i);
        if (reply->spec_version != s->token.spec_version)
            return chat_fail(r, 409, "specification_changed",
                             "messages[%zu]: was said by another specification; begin anew", i);
    }
    return true;
}

static bool check_signature(struct chat_request *r, const struct json *root, struct chat_saving *s)
{
    const struct typed_domain domain = { s->token.name, chat_chain_id(r->chat), r->collection };
    mm_u256 nonce;
    mm_addr signer;
    if (!read_hex(s->signature, sizeof s->signature, root, "signature"))
        return chat_fail(r, 400, "invalid_signature", "signature: must be 0x and 130 digits");
    if (s->signature[SECP_SIGNATURE_BYTES - 1] < 27)
        s->signature[SECP_SIGNATURE_BYTES - 1] =
            (uint8_t)(s->signature[SECP_SIGNATURE_BYTES - 1] + 27); /* as the contract reads it */
    if (!next_nonce(r, &nonce, s))
        return false;
    const struct typed_request typed = request_of(r, s, &nonce);
    const mm_hash32 digest = typed_request_digest(&domain, &typed);
    if (typed_signer(&signer, s->signature, &digest) && mm_addr_equal(&signer, &s->author))
        return true;
    return chat_fail(r, 400, "invalid_signature",
                     "signature: is not the author's over this conversation, nonce and deadline");
}

/* ---- what is stored ---- */

static bool out_of_memory(struct chat_request *r)
{
    return chat_fail(r, 503, "out_of_memory", "out of memory, or the conversation is too long");
}

static bool write_transcript(struct chat_request *r, struct chat_saving *s)
{
    struct transcript transcript = {
        .chain_id = chat_chain_id(r->chat),
        .collection = r->collection,
        .token = r->token,
        .author = s->author,
        .spec_uri = s->token.spec_uri,
        .spec_version = s->token.spec_version,
        .spec_digest = s->token.spec_digest,
        .talk = s->talk,
    };
    struct mm_buf out;
    seal_random(&transcript.salt);
    mm_buf_init(&out, TRANSCRIPT_BYTES_MAX);
    transcript_write(&out, &transcript);
    const bool ok = mm_buf_err(&out) == MM_OK &&
                    mm_arena_copy(&r->arena, &s->transcript, mm_buf_bytes(&out)) == MM_OK;
    mm_buf_fini(&out);
    return ok || out_of_memory(r);
}

/* To the keys that the specification names, and to the author's. False: answered. */
static bool seal(struct chat_request *r, const struct json *root, const struct spec *spec,
                 struct chat_saving *s)
{
    mm_hash32 readers[SEAL_KEYS_MAX];
    size_t count = 0;
    struct mm_buf out;
    for (; count < spec->key_count && count + 1 < SEAL_KEYS_MAX; count++)
        readers[count] = spec->keys[count];
    if (!read_hex(readers[count].b, sizeof readers[count].b, root, "key"))
        return chat_fail(
            r, 400, "invalid_key",
            "key: conversations with this token are sealed; the author's X25519 key is "
            "needed, 0x and 64 digits");
    count++;
    mm_buf_init(&out, ENVELOPE_BYTES_MAX);
    const mm_err err = seal_write(&out, &r->arena, s->transcript, readers, count);
    const bool ok =
        err == MM_OK && mm_arena_copy(&r->arena, &s->stored, mm_buf_bytes(&out)) == MM_OK;
    mm_buf_fini(&out);
    if (err == MM_ERR_INVALID)
        return chat_fail(r, 400, "invalid_key", "key: no X25519 key, here or in the specification");
    return ok || out_of_memory(r);
}

/* The entry's content. False: answered. */
static bool make_content(struct chat_request *r, const struct json *root, const struct spec *spec,
                         struct chat_saving *s)
{
    if (!write_transcript(r, s))
        return false;
    s->privacy = spec->privacy;
    switch (spec->privacy) {
    case SPEC_COMMITMENT: {
        const mm_hash32 hash = keccak256(s->transcript);
        memcpy(s->content, hash.b, sizeof hash.b);
        s->content_len = sizeof hash.b;
        return true;
    }
    case SPEC_ENCRYPTED:
        if (!seal(r, root, spec, s))
            return false;
        break;
    case SPEC_PUBLIC:
        s->stored = s->transcript;
        break;
    }
    if (transcript_pin_owner(s->pin_owner, &r->collection, &r->token) == 0)
        return chat_fail(r, 404, "token_not_found", "no collection counts so far");
    if (chat_file_cid(&s->cid, s->stored) != MM_OK)
        return out_of_memory(r);
    s->content_len = cid_encode(s->content, &s->cid);
    return true;
}

void chat_save(struct chat_request *r)
{
    struct chat_saving s = { .deadline = 0 };
    struct json root;
    struct spec spec;
    if (!read_talk(r, &root, &s) || !read_deadline(r, &root, &s, true) ||
        !chat_find_persona(r, &s.token, &spec) || !check_replies(r, &s) ||
        !check_signature(r, &root, &s) || !make_content(r, &root, &spec, &s))
        return;
    chat_send(r, &s);
}
