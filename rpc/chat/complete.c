/* Models and completions: what the token is, and what it says by its script. */
#include <stdio.h>

#include "rpc/chat/chat_internal.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum {
    ANSWER_BYTES_MAX = 1 << 20,
    WORDS_A_PIECE = 24, /* bytes of a streamed piece, to the next blank */
};

/* ---- the persona ---- */

bool chat_find_persona(struct chat_request *r, struct chat_token *token, struct spec *spec)
{
    struct mm_reason reason = { .text = "" };
    if (!chat_token_read(r->chat, &r->arena, token, &r->collection, &r->token, &r->asker,
                         UINT64_MAX, &reason))
        return chat_fail(r, 404, "token_not_found", "no such token of an AINFT collection: %s",
                         reason.text);
    if (mm_addr_is_zero(&r->chat->service) || !mm_addr_equal(&r->chat->service, &token->service)) {
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, &token->service);
        return chat_fail(r, 404, "not_served",
                         "this node does not speak for the token: its agent wallet is %s", text);
    }
    if (token->spec_uri.len == 0)
        return chat_fail(r, 404, "no_persona", "the token has no specification");
    if (!chat_spec_load(r->chat, &r->arena, spec, token->spec_uri, &token->spec_digest, &reason))
        return chat_fail(r, 404, "no_persona", "%s", reason.text);
    return true;
}

static mm_bytes model_of(const struct spec *spec)
{
    return spec->model.len > 0  ? spec->model
           : spec->name.len > 0 ? spec->name
                                : MM_BYTES_LIT("persona");
}

/* ---- models ---- */

static void add_texts(struct json_writer *w, const char *key, const mm_bytes *texts, size_t count)
{
    json_key(w, key);
    json_open_array(w);
    for (size_t i = 0; i < count; i++)
        json_add_string(w, texts[i]);
    json_close_array(w);
}

static void add_member(struct json_writer *w, const char *key, mm_bytes text)
{
    json_key(w, key);
    json_add_string(w, text);
}

static void add_about(struct json_writer *w, const struct chat_request *r,
                      const struct chat_token *token, const struct spec *spec)
{
    char text[ADDRESS_TEXT + 1];
    char number[U256_DECIMAL_MAX + 1];
    json_key(w, "ainft");
    json_open_object(w);
    address_to_text(text, &r->collection);
    add_member(w, "collection", mm_bytes_str(text));
    add_member(w, "collectionName", token->name);
    u256_to_decimal(number, &r->token);
    add_member(w, "tokenId", mm_bytes_str(number));
    address_to_text(text, &token->service);
    add_member(w, "service", mm_bytes_str(text));
    json_key(w, "specVersion");
    json_add_u64(w, token->spec_version);
    add_member(w, "engine",
               spec->engine == SPEC_SCRIPT ? MM_BYTES_LIT("script") : MM_BYTES_LIT("openai"));
    add_member(w, "name", spec->name);
    add_member(w, "greeting", spec->greeting);
    add_texts(w, "chatStarters", spec->starters, spec->starter_count);
    add_texts(w, "tags", spec->tags, spec->tag_count);
    add_member(w, "privacy", mm_bytes_str(spec_privacy_text(spec->privacy)));
    u256_to_decimal(number, &spec->credits);
    add_member(w, "credits", mm_bytes_str(number));
    json_close_object(w);
}

void chat_models(struct chat_request *r)
{
    struct chat_token token;
    struct spec spec;
    struct mm_buf out;
    char owner[ADDRESS_TEXT + 1];
    if (!chat_find_persona(r, &token, &spec))
        return;
    address_to_text(owner, &token.owner);
    mm_buf_init(&out, ANSWER_BYTES_MAX);
    struct json_writer w = json_writer_over(&out);
    json_open_object(&w);
    add_member(&w, "object", MM_BYTES_LIT("list"));
    json_key(&w, "data");
    json_open_array(&w);
    json_open_object(&w);
    add_member(&w, "id", model_of(&spec));
    add_member(&w, "object", MM_BYTES_LIT("model"));
    json_key(&w, "created");
    json_add_u64(&w, 0);
    add_member(&w, "owned_by", mm_bytes_str(owner));
    add_about(&w, r, &token, &spec);
    json_close_object(&w);
    json_close_array(&w);
    json_close_object(&w);
    chat_answer_json(r, &out);
}

/* ---- what is asked ---- */

static bool is_true(const struct json *value)
{
    return value != NULL && value->kind == JSON_TRUE;
}

static bool read_prompt(struct chat_request *r, struct chat_prompt *prompt)
{
    struct mm_reason reason = { .text = "" };
    struct json root;
    *prompt = (struct chat_prompt){ .streams = false };
    if (json_parse(&r->arena, &root, http_body(r->http), NULL, &reason) != JSON_OK)
        return chat_fail(r, 400, "invalid_json", "the body is not JSON: %s", reason.text);
    if (!talk_read(&r->arena, &prompt->talk, json_find(&root, "messages"), &reason))
        return chat_fail(r, 400, "invalid_messages", "%s", reason.text);
    if (prompt->talk.messages[prompt->talk.count - 1].role != TALK_USER)
        return chat_fail(r, 400, "invalid_messages", "messages: the last one must be the user's");
    const struct json *n = json_find(&root, "n");
    const struct json *tools = json_find(&root, "tools");
    if ((n != NULL && n->kind == JSON_NUMBER && !mm_bytes_equal(n->text, MM_BYTES_LIT("1"))) ||
        (tools != NULL && tools->kind == JSON_ARRAY && tools->count > 0))
        return chat_fail(r, 400, "unsupported", "n must be 1, and there are no tools");
    const struct json *options = json_find(&root, "stream_options");
    const struct json *tokens = json_find(&root, "max_completion_tokens");
    if (tokens == NULL)
        tokens = json_find(&root, "max_tokens");
    prompt->streams = is_true(json_find(&root, "stream"));
    prompt->with_usage = options != NULL && is_true(json_find(options, "include_usage"));
    if (tokens != NULL && !json_u64(&prompt->tokens_max, tokens))
        prompt->tokens_max = 0;
    return true;
}

/* False: answered. The owner talks for nothing. */
static bool has_credits(struct chat_request *r, const struct chat_token *token,
                        const struct spec *spec)
{
    struct mm_reason reason = { .text = "" };
    char needed[U256_DECIMAL_MAX + 1];
    char has[U256_DECIMAL_MAX + 1];
    mm_u256 balance;
    if (u256_is_zero(&spec->credits) || mm_addr_equal(&r->asker, &token->owner))
        return true;
    if (!chat_token_credits_of(r->chat, &r->arena, &balance, token, &r->asker, &reason))
        return chat_fail(r, 503, "chain_unavailable", "%s", reason.text);
    if (u256_compare(&balance, &spec->credits) >= 0)
        return true;
    u256_to_decimal(needed, &spec->credits);
    u256_to_decimal(has, &balance);
    return chat_fail(r, 402, "insufficient_credits",
                     "who talks with this token holds %s of its collection's credits; you hold %s",
                     needed, has);
}

/* ---- a reply by the script ---- */

uint64_t chat_talk_bytes(const struct talk *talk)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < talk->count; i++)
        bytes += talk->messages[i].content.len;
    return bytes;
}

struct talk_reply chat_sign(const struct chat *chat, const struct chat_token *token,
                            const mm_addr *collection, const mm_u256 *id, const mm_addr *asker,
                            const struct talk *talk, mm_bytes content)
{
    const struct typed_domain domain = { token->name, chat_chain_id(chat), *collection };
    const struct typed_reply typed = {
        .token = *id,
        .asker = *asker,
        .block_num = token->block_num,
        .spec_version = token->spec_version,
        .prompt_hash = talk_prompt_hash(talk, talk->count),
        .reply_hash = keccak256(content),
    };
    struct talk_reply reply = {
        .asker = typed.asker,
        .block_num = typed.block_num,
        .spec_version = typed.spec_version,
        .prompt_hash = typed.prompt_hash,
        .reply_hash = typed.reply_hash,
    };
    const mm_hash32 digest = typed_reply_digest(&domain, &typed);
    typed_sign(reply.signature, chat->options.service, &digest);
    return reply;
}

/* In pieces, as a model would send them, since clients show what comes as it comes. A piece ends behind a blank. */
static void add_pieces(struct mm_buf *out, const struct chat_said *said)
{
    const mm_bytes text = said->content;
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && (end - at < WORDS_A_PIECE || text.ptr[end - 1] != ' '))
            end++;
        chat_write_words_event(out, said, mm_bytes_from(text.ptr + at, end - at));
        at = end;
    }
}

static void answer_events(struct chat_request *r, const struct chat_said *said, bool with_usage)
{
    struct http_response response;
    http_response_init(&response, 200, "text/event-stream", ANSWER_BYTES_MAX);
    chat_event_headers(&response);
    chat_write_first_event(&response.body, said);
    add_pieces(&response.body, said);
    chat_write_last_events(&response.body, said, with_usage);
    http_answer(r->http, &response);
}

static void answer_by_script(struct chat_request *r, const struct chat_token *token,
                             const struct spec *spec, const struct chat_prompt *prompt)
{
    struct mm_reason reason = { .text = "" };
    const struct persona_script *script;
    struct persona_talk talk = { .facts = token->facts,
                                 .fact_count = token->fact_count,
                                 .seed = spec->seed };
    mm_bytes *said = MM_ARENA_ARRAY(&r->arena, mm_bytes, prompt->talk.count);
    mm_bytes reply;
    if (!chat_script_load(r->chat, &r->arena, &script, spec, &reason)) {
        (void)chat_fail(r, 404, "no_persona", "%s", reason.text);
        return;
    }
    for (size_t i = 0; said != NULL && i < prompt->talk.count; i++) {
        if (prompt->talk.messages[i].role == TALK_USER)
            said[talk.said_count++] = prompt->talk.messages[i].content;
    }
    talk.said = said;
    if (said == NULL || persona_reply(script, &r->arena, &reply, &talk) != MM_OK) {
        (void)chat_fail(r, 503, "out_of_memory", "out of memory");
        return;
    }
    const struct chat_said answer = {
        .model = model_of(spec),
        .content = reply,
        .finish = "stop",
        .record =
            chat_sign(r->chat, token, &r->collection, &r->token, &r->asker, &prompt->talk, reply),
        .created_s = chat_now_s(),
        .prompt_bytes = chat_talk_bytes(&prompt->talk),
    };
    if (prompt->streams) {
        answer_events(r, &answer, prompt->with_usage);
        return;
    }
    struct mm_buf out;
    mm_buf_init(&out, ANSWER_BYTES_MAX);
    chat_write_completion(&out, &answer);
    chat_answer_json(r, &out);
}

void chat_complete(struct chat_request *r)
{
    struct chat_token token;
    struct spec spec;
    struct chat_prompt prompt;
    if (!read_prompt(r, &prompt) || !chat_find_persona(r, &token, &spec) ||
        !has_credits(r, &token, &spec))
        return;
    switch (spec.engine) {
    case SPEC_SCRIPT:
        answer_by_script(r, &token, &spec, &prompt);
        return;
    case SPEC_OPENAI:
        chat_remote(r, &token, &spec, &prompt);
        return;
    }
}
