#include "node/cli/ainft_talk.h"

#include <stdio.h>
#include <time.h>

#include "node/cli/calls.h"
#include "rpc/transcript/seal.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "state/crypto/personal.h"

enum {
    ANSWER_BYTES_MAX = 8 << 20,
    BODY_BYTES_MAX = 2 << 20,
    GOOD_FOR_S = 12 * 60 * 60, /* of the session */
    SAVE_WITHIN_S = 30 * 60,
};

/* ---- asking ---- */

/* The answer as a tree in the run's arena. An error of the node's is printed; the conversation may go on. */
static int ask(struct ainft_talk *c, struct json *answer, const char *place, mm_bytes body)
{
    char target[AINFT_TALK_TARGET_BYTES + 32];
    struct mm_reason reason = { .text = "" };
    const struct client_part part = { .bytes = body };
    const bool is_get = body.len == 0;
    struct mm_buf text;
    mm_bytes copy;
    unsigned status = 0;
    (void)snprintf(target, sizeof target, "%s%s", c->path, place);
    const struct client_request request = { .method = is_get ? "GET" : "POST",
                                            .target = target,
                                            .content_type = is_get ? NULL : "application/json",
                                            .parts = &part,
                                            .part_count = is_get ? 0 : 1 };
    mm_buf_init(&text, ANSWER_BYTES_MAX);
    const enum client_verdict verdict =
        client_ask_all(c->remote->rpc, &status, &text, &request, &reason);
    const mm_err err = mm_arena_copy(&c->run->arena, &copy, mm_buf_bytes(&text));
    mm_buf_fini(&text);
    if (verdict != CLIENT_OK)
        return remote_failed(c->remote, verdict, &reason);
    if (err != MM_OK || json_parse(&c->run->arena, answer, copy, NULL, NULL) != JSON_OK)
        return cli_fail(c->run, CLI_FAILED, "the node's answer is none (HTTP %u)", status);
    if (status == 200)
        return CLI_OK;
    const struct json *error = json_find(answer, "error");
    const struct json *message = error == NULL ? NULL : json_find(error, "message");
    const mm_bytes words = message == NULL ? MM_BYTES_LIT("no reason") : message->text;
    return cli_fail(c->run, CLI_REFUSED, "%.*s (HTTP %u)", (int)(words.len < 400 ? words.len : 400),
                    (const char *)words.ptr, status);
}

static void write_messages(struct json_writer *w, const struct ainft_talk *c)
{
    json_key(w, "messages");
    json_open_array(w);
    for (size_t i = 0; i < c->count; i++)
        talk_write_message(w, &c->messages[i]);
    json_close_array(w);
}

mm_bytes ainft_talk_text(const struct json *object, const char *key)
{
    const struct json *value = object == NULL ? NULL : json_find(object, key);
    return value == NULL || value->kind != JSON_STRING ? mm_bytes_from(NULL, 0) : value->text;
}

/* ---- the beginning ---- */

static void make_key(struct ainft_talk *c)
{
    const struct talk_key key = { .addr = c->self,
                                  .token = c->token,
                                  .expires_s = (uint64_t)time(NULL) + GOOD_FOR_S };
    const struct talk_key_place place = { c->chain_id, c->collection, c->token };
    uint8_t signature[SECP_SIGNATURE_BYTES];
    char text[TALK_KEY_TEXT_MAX + 1];
    const size_t len = talk_key_text(text, &key, &place);
    const mm_hash32 digest = personal_digest(mm_bytes_from(text, len));
    typed_sign(signature, c->secret, &digest);
    (void)talk_key_write(c->key, &key, signature);
}

int ainft_talk_begin(struct ainft_talk *c)
{
    char collection[ADDRESS_TEXT + 1];
    char token[U256_DECIMAL_MAX + 1];
    struct json chain;
    c->self = secp_secret_addr(c->secret);
    REMOTE_TRY(remote_call(c->remote, &chain, "eth_chainId", "[]"));
    REMOTE_TRY(remote_u64(c->remote, &c->chain_id, &chain, "chain id"));
    address_to_text(collection, &c->collection);
    u256_to_decimal(token, &c->token);
    (void)snprintf(c->path, sizeof c->path, "/ainft/%s/%s", collection, token);
    make_key(c);
    client_set_bearer(c->remote->rpc, c->key);
    return CLI_OK;
}

int ainft_talk_about(struct ainft_talk *c, const struct json **about)
{
    struct json *answer = MM_ARENA_NEW(&c->run->arena, struct json);
    *about = NULL;
    if (answer == NULL)
        return cli_fail(c->run, CLI_FAILED, "out of memory");
    REMOTE_TRY(ask(c, answer, "/v1/models", mm_bytes_from(NULL, 0)));
    const struct json *data = json_find(answer, "data");
    if (data != NULL && data->kind == JSON_ARRAY && data->count > 0)
        *about = json_find(&data->items[0], "ainft");
    if (*about == NULL)
        return cli_fail(c->run, CLI_FAILED, "the node's answer is no model");
    c->is_sealed = mm_bytes_equal(ainft_talk_text(*about, "privacy"), MM_BYTES_LIT("encrypted"));
    return CLI_OK;
}

/* ---- a turn ---- */

/* The record of a reply; the node will check it again when the conversation is saved. */
static bool read_record(struct ainft_talk *c, struct talk_message *message,
                        const struct json *answer)
{
    const struct json *record = json_find(answer, "ainft");
    struct talk talk;
    struct json parts[2] = { { .kind = JSON_STRING, .text = MM_BYTES_LIT("assistant") },
                             { .kind = JSON_STRING, .text = message->content } };
    const struct json_member members[] = { { MM_BYTES_LIT("role"), parts[0] },
                                           { MM_BYTES_LIT("content"), parts[1] },
                                           { MM_BYTES_LIT("ainft"),
                                             record == NULL ? parts[0] : *record } };
    const struct json object = { .kind = JSON_OBJECT, .count = 3, .members = members };
    const struct json list = { .kind = JSON_ARRAY, .count = 1, .items = &object };
    if (record == NULL || !talk_read(&c->run->arena, &talk, &list, NULL))
        return false;
    *message = talk.messages[0];
    return true;
}

int ainft_talk_say(struct ainft_talk *c, const struct talk_message **said, mm_bytes line)
{
    struct mm_buf body;
    struct json answer;
    *said = NULL;
    if (c->count + 2 > TALK_MESSAGES_MAX)
        return cli_fail(c->run, CLI_FAILED, "a conversation has at most %d messages",
                        TALK_MESSAGES_MAX);
    c->messages[c->count++] = (struct talk_message){ .role = TALK_USER, .content = line };
    mm_buf_init(&body, BODY_BYTES_MAX);
    struct json_writer w = json_writer_over(&body);
    json_open_object(&w);
    json_key(&w, "model");
    json_add_text(&w, "persona");
    write_messages(&w, c);
    json_close_object(&w);
    const int status = ask(c, &answer, "/v1/chat/completions", mm_buf_bytes(&body));
    mm_buf_fini(&body);
    if (status != CLI_OK) {
        c->count--; /* it was not answered, so it was not said */
        return status;
    }
    const struct json *choices = json_find(&answer, "choices");
    const struct json *message =
        choices == NULL || choices->kind != JSON_ARRAY || choices->count == 0
            ? NULL
            : json_find(&choices->items[0], "message");
    struct talk_message *reply = &c->messages[c->count];
    *reply = (struct talk_message){ .role = TALK_ASSISTANT,
                                    .content = ainft_talk_text(message, "content") };
    if (reply->content.len == 0 || !read_record(c, reply, &answer)) {
        c->count--;
        return cli_fail(c->run, CLI_FAILED, "the node's answer is no reply");
    }
    c->count++;
    *said = reply;
    return CLI_OK;
}

/* ---- saving ---- */

static int sign_request(struct ainft_talk *c, uint8_t signature[SECP_SIGNATURE_BYTES],
                        uint64_t deadline)
{
    const struct talk talk = { c->messages, c->count };
    struct typed_domain domain = { .chain_id = c->chain_id, .collection = c->collection };
    struct typed_request request = { .token = c->token,
                                     .kind = keccak256(MM_BYTES_LIT("chat")),
                                     .weight = (uint32_t)talk_turns(&talk),
                                     .request_hash = talk_request_hash(&talk),
                                     .deadline = deadline };
    struct abi_value value;
    REMOTE_TRY(calls_view(c->remote, &value, "string", &c->collection, "name()", NULL));
    domain.name = value.bytes;
    REMOTE_TRY(calls_view(c->remote, &value, "uint256", &c->collection, "nonces(address)",
                          ABI_VALUES(abi_addr(&c->self))));
    request.nonce = value.word;
    const mm_hash32 digest = typed_request_digest(&domain, &request);
    typed_sign(signature, c->secret, &digest);
    return CLI_OK;
}

/* The public half of what opens it again. */
static void add_opening_key(const struct ainft_talk *c, struct json_writer *w)
{
    struct seal_keys keys;
    seal_keys_for(&keys, c->secret);
    json_key(w, "key");
    json_add_data(w, mm_bytes_hash(&keys.public_key));
    seal_keys_wipe(&keys);
}

int ainft_talk_save(struct ainft_talk *c, struct json *saved)
{
    const uint64_t deadline = (uint64_t)time(NULL) + SAVE_WITHIN_S;
    uint8_t signature[SECP_SIGNATURE_BYTES];
    struct mm_buf body;
    if (c->count == 0)
        return cli_fail(c->run, CLI_FAILED, "nothing was said yet");
    REMOTE_TRY(sign_request(c, signature, deadline));
    mm_buf_init(&body, BODY_BYTES_MAX);
    struct json_writer w = json_writer_over(&body);
    json_open_object(&w);
    json_key(&w, "author");
    json_add_data(&w, mm_bytes_addr(&c->self));
    json_key(&w, "deadline");
    json_add_u64(&w, deadline);
    json_key(&w, "signature");
    json_add_data(&w, MM_BYTES_OF(signature));
    if (c->is_sealed)
        add_opening_key(c, &w);
    write_messages(&w, c);
    json_close_object(&w);
    const int status = ask(c, saved, "/v1/save", mm_buf_bytes(&body));
    mm_buf_fini(&body);
    if (status != CLI_OK)
        return status;
    c->count = 0; /* what is said from here on is another conversation */
    return CLI_OK;
}
