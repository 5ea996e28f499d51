/* What an author signs for a conversation to be saved, and what is read of a request for either. */
#include "rpc/chat/saving.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum { ANSWER_BYTES_MAX = 64 << 10 };

/* ---- the body ---- */

bool saving_read_talk(struct chat_request *r, struct json *root, struct chat_saving *s)
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

bool saving_read_deadline(struct chat_request *r, const struct json *root, struct chat_saving *s,
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

bool saving_next_nonce(struct chat_request *r, mm_u256 *nonce, const struct chat_saving *s)
{
    struct mm_reason reason = { .text = "" };
    struct abi_value value;
    if (!chat_view(r->chat, &r->arena, &value, "uint256", &r->collection, s->token.block_num,
                   "nonces(address)", ABI_VALUES(abi_addr(&s->author)), &reason))
        return chat_fail(r, 503, "chain_unavailable", "%s", reason.text);
    *nonce = value.word;
    return true;
}

struct typed_request saving_request(const struct chat_request *r, const struct chat_saving *s,
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
    if (!saving_read_talk(r, &root, &s) || !saving_read_deadline(r, &root, &s, false) ||
        !chat_find_persona(r, &s.token, &spec) || !saving_next_nonce(r, &nonce, &s))
        return;
    const struct typed_request typed = saving_request(r, &s, &nonce);
    mm_buf_init(&out, ANSWER_BYTES_MAX);
    write_typed(&out, r, &s, &typed);
    chat_answer_json(r, &out);
}
