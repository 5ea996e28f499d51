/* What a remote is asked: its instructions, the conversation, and what the specification says of how. */
#include "rpc/chat/remote.h"

static void add_message(struct json_writer *w, const char *role, mm_bytes content)
{
    json_open_object(w);
    json_key(w, "role");
    json_add_text(w, role);
    json_key(w, "content");
    json_add_string(w, content);
    json_close_object(w);
}

static uint64_t tokens_for(const struct spec *spec, const struct chat_prompt *prompt)
{
    const uint64_t most = spec->tokens_max != 0 ? spec->tokens_max : CHAT_REMOTE_TOKENS_DEFAULT;
    return prompt->tokens_max != 0 && prompt->tokens_max < most ? prompt->tokens_max : most;
}

void chat_remote_write_body(struct mm_buf *out, const struct spec *spec,
                            const struct chat_prompt *prompt)
{
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    json_key(&w, "model");
    json_add_string(&w, spec->model);
    json_key(&w, "messages");
    json_open_array(&w);
    if (spec->instructions.len > 0)
        add_message(&w, "system", spec->instructions);
    for (size_t i = 0; i < prompt->talk.count; i++) {
        const struct talk_message *message = &prompt->talk.messages[i];
        add_message(&w, message->role == TALK_USER ? "user" : "assistant", message->content);
    }
    json_close_array(&w);
    json_key(&w, "stream");
    json_add_bool(&w, true);
    json_key(&w, "max_tokens");
    json_add_u64(&w, tokens_for(spec, prompt));
    if (spec->temperature.len > 0) {
        json_key(&w, "temperature");
        json_add_raw(&w, spec->temperature);
    }
    if (spec->has_seed) {
        json_key(&w, "seed");
        json_add_u64(&w, spec->seed);
    }
    json_close_object(&w);
}
