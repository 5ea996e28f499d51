/* ainft chat: a conversation in the terminal, or from a pipe, a line each. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"
#include "rpc/transcript/key.h"
#include "rpc/transcript/seal.h"
#include "state/codec/hex.h"
#include "state/codec/utf8.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "state/crypto/personal.h"

enum {
    ANSWER_BYTES_MAX = 8 << 20,
    BODY_BYTES_MAX = 2 << 20,
    TARGET_BYTES = 200,
    GOOD_FOR_S = 12 * 60 * 60, /* of the session */
    SAVE_WITHIN_S = 30 * 60,
};

struct chatting {
    struct cli_run *run;
    struct remote *remote;
    const struct secp_secret *secret;
    mm_addr self;
    mm_addr collection;
    mm_u256 token;
    uint64_t chain_id;
    char key[TALK_KEY_MAX + 1];
    char path[TARGET_BYTES]; /* /ainft/…/1 */
    mm_bytes name;
    mm_bytes privacy;
    bool is_terminal;
    struct talk_message messages[TALK_MESSAGES_MAX];
    size_t count;
};

/* ---- asking ---- */

/* The answer as a tree in the run's arena. An error of the node's is printed; the conversation may go on. */
static int ask(struct chatting *c, struct json *answer, const char *place, mm_bytes body)
{
    char target[TARGET_BYTES + 32];
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

static void write_messages(struct json_writer *w, const struct chatting *c)
{
    json_key(w, "messages");
    json_open_array(w);
    for (size_t i = 0; i < c->count; i++) {
        const struct talk_message *message = &c->messages[i];
        json_open_object(w);
        json_key(w, "role");
        json_add_text(w, message->role == TALK_USER ? "user" : "assistant");
        json_key(w, "content");
        json_add_string(w, message->content);
        if (message->has_reply) {
            json_key(w, "ainft");
            talk_write_reply(w, &message->reply);
        }
        json_close_object(w);
    }
    json_close_array(w);
}

/* ---- what is printed ---- */

static void say(const struct chatting *c, mm_bytes words)
{
    if (c->is_terminal) {
        cli_print(stdout, c->name);
        fputs(": ", stdout);
    }
    while (words.len > 0) { /* line by line: a persona may speak in verse */
        const uint8_t *end = memchr(words.ptr, '\n', words.len);
        const size_t len = end == NULL ? words.len : (size_t)(end - words.ptr);
        cli_print(stdout, mm_bytes_from(words.ptr, len));
        putchar('\n');
        words = end == NULL ? mm_bytes_from(NULL, 0)
                            : mm_bytes_from(words.ptr + len + 1, words.len - len - 1);
    }
    fflush(stdout);
}

static mm_bytes text_of(const struct json *object, const char *key)
{
    const struct json *value = object == NULL ? NULL : json_find(object, key);
    return value == NULL || value->kind != JSON_STRING ? mm_bytes_from(NULL, 0) : value->text;
}

static int greet(struct chatting *c)
{
    struct json answer;
    REMOTE_TRY(ask(c, &answer, "/v1/models", mm_bytes_from(NULL, 0)));
    const struct json *data = json_find(&answer, "data");
    const struct json *about = data == NULL || data->kind != JSON_ARRAY || data->count == 0
                                   ? NULL
                                   : json_find(&data->items[0], "ainft");
    if (about == NULL)
        return cli_fail(c->run, CLI_FAILED, "the node's answer is no model");
    const struct json *starters = json_find(about, "chatStarters");
    c->name = text_of(about, "name");
    c->privacy = text_of(about, "privacy");
    if (c->name.len == 0)
        c->name = MM_BYTES_LIT("it");
    if (cli_flag(c->run, "json"))
        return CLI_OK;
    if (text_of(about, "greeting").len > 0)
        say(c, text_of(about, "greeting"));
    for (size_t i = 0; c->is_terminal && starters != NULL && i < starters->count; i++) {
        fputs("  · ", stdout);
        cli_print(stdout, starters->items[i].text);
        putchar('\n');
    }
    if (c->is_terminal)
        fputs("/save keeps the conversation, /quit ends it.\n", stdout);
    return CLI_OK;
}

/* ---- a turn ---- */

/* The record of a reply; the node will check it again when the conversation is saved. */
static bool read_record(struct chatting *c, struct talk_message *message, const struct json *answer)
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

static int take_turn(struct chatting *c, mm_bytes line)
{
    struct mm_buf body;
    struct json answer;
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
    *reply =
        (struct talk_message){ .role = TALK_ASSISTANT, .content = text_of(message, "content") };
    if (reply->content.len == 0 || !read_record(c, reply, &answer)) {
        c->count--;
        return cli_fail(c->run, CLI_FAILED, "the node's answer is no reply");
    }
    c->count++;
    if (!cli_flag(c->run, "json")) {
        say(c, reply->content);
        return CLI_OK;
    }
    mm_buf_init(&body, BODY_BYTES_MAX);
    w = json_writer_over(&body);
    json_open_object(&w);
    json_key(&w, "reply");
    json_add_string(&w, reply->content);
    json_key(&w, "ainft");
    talk_write_reply(&w, &reply->reply);
    json_close_object(&w);
    return cli_print_json(c->run, &body);
}

/* ---- /save ---- */

static int sign_request(struct chatting *c, uint8_t signature[SECP_SIGNATURE_BYTES],
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
static void add_opening_key(const struct chatting *c, struct json_writer *w)
{
    uint8_t signature[SECP_SIGNATURE_BYTES];
    struct seal_keys keys;
    const mm_hash32 digest = personal_digest(MM_BYTES_LIT(SEAL_KEY_TEXT));
    typed_sign(signature, c->secret, &digest);
    seal_keys_of(&keys, signature);
    json_key(w, "key");
    json_add_data(w, mm_bytes_hash(&keys.public_key));
    seal_keys_wipe(&keys);
    sodium_memzero(signature, sizeof signature);
}

static void print_saved(const struct chatting *c, const struct json *answer)
{
    const struct json *index = json_find(answer, "index");
    cli_field(c->run, "entry", index == NULL ? MM_BYTES_LIT("?") : index->text);
    if (text_of(answer, "cid").len > 0)
        cli_field(c->run, "transcript", text_of(answer, "cid"));
    else
        cli_field(c->run, "transcript (keep it)", text_of(answer, "transcript"));
    cli_field(c->run, "transaction", text_of(answer, "transactionHash"));
    fflush(stdout);
}

static int save(struct chatting *c)
{
    const uint64_t deadline = (uint64_t)time(NULL) + SAVE_WITHIN_S;
    uint8_t signature[SECP_SIGNATURE_BYTES];
    struct mm_buf body;
    struct json answer;
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
    if (mm_bytes_equal(c->privacy, MM_BYTES_LIT("encrypted")))
        add_opening_key(c, &w);
    write_messages(&w, c);
    json_close_object(&w);
    const int status = ask(c, &answer, "/v1/save", mm_buf_bytes(&body));
    mm_buf_fini(&body);
    if (status != CLI_OK)
        return status;
    c->count = 0; /* what is said from here on is another conversation */
    if (!cli_flag(c->run, "json")) {
        print_saved(c, &answer);
        return CLI_OK;
    }
    mm_buf_init(&body, BODY_BYTES_MAX);
    w = json_writer_over(&body);
    json_add_value(&w, &answer);
    return cli_print_json(c->run, &body);
}

/* ---- the conversation ---- */

/* A line of standard input without its end, in the arena; empty lines are passed over. False: that was all. */
static bool next_line(struct chatting *c, mm_bytes *out)
{
    char *line = NULL;
    size_t capacity = 0;
    bool ok = false;
    for (;;) {
        if (c->is_terminal) {
            fputs("> ", stdout);
            fflush(stdout);
        }
        ssize_t len = getline(&line, &capacity, stdin);
        if (len < 0)
            break;
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' '))
            len--;
        if (len == 0)
            continue;
        ok = mm_arena_copy(&c->run->arena, out, mm_bytes_from(line, (size_t)len)) == MM_OK;
        break;
    }
    free(line); /* getline's own */
    return ok;
}

static bool is_word(mm_bytes line, const char *word)
{
    return mm_bytes_equal(line, mm_bytes_str(word));
}

/* At a terminal a refusal is said and the conversation goes on; a script stops at the first. */
static int converse(struct chatting *c)
{
    int status = greet(c);
    mm_bytes line;
    while ((status == CLI_OK || c->is_terminal) && next_line(c, &line)) {
        if (is_word(line, "/quit"))
            break;
        if (is_word(line, "/save"))
            status = save(c);
        else if (!utf8_is_valid(line))
            status = cli_fail(c->run, CLI_FAILED, "a line is not UTF-8");
        else if (line.len > TALK_CONTENT_BYTES_MAX)
            status =
                cli_fail(c->run, CLI_FAILED, "a line has at most %d bytes", TALK_CONTENT_BYTES_MAX);
        else
            status = take_turn(c, line);
        if (status == CLI_NO_NODE)
            break;
    }
    return c->is_terminal && status != CLI_NO_NODE ? CLI_OK : status;
}

static void make_key(struct chatting *c)
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

static int chat(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    struct chatting *c = MM_ARENA_NEW(&run->arena, struct chatting);
    char collection[ADDRESS_TEXT + 1];
    char token[U256_DECIMAL_MAX + 1];
    struct json chain;
    (void)ctx;
    if (c == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    c->run = run;
    c->remote = remote;
    c->secret = secret;
    c->self = secp_secret_addr(secret);
    c->collection = cli_value(run, "collection")->addr;
    c->is_terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
    if (!cli_token_id(run, &c->token, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(remote_call(remote, &chain, "eth_chainId", "[]"));
    REMOTE_TRY(remote_u64(remote, &c->chain_id, &chain, "chain id"));
    address_to_text(collection, &c->collection);
    u256_to_decimal(token, &c->token);
    (void)snprintf(c->path, sizeof c->path, "/ainft/%s/%s", collection, token);
    make_key(c);
    client_set_bearer(remote->rpc, c->key);
    return converse(c);
}

static int run_chat(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, chat, NULL);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_CHAT = {
    .name = "ainft chat",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "talk with a token",
    .details = "A line of standard input is said, the reply is printed. /save signs the "
               "conversation and has it saved to the token's history, /quit ends. The signer's "
               "session is made here; the key never leaves the program.",
    .example = "mintmark ainft chat 1 -c 0x… --from 2\nprintf 'Who are you?\\n/save\\n' | mintmark "
               "ainft chat 1 -c 0x…",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_chat,
};
