/* What the chain says, by JSON-RPC's own methods: one implementation of each question, and one meaning. */
#include <stdio.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/chat_internal.h"
#include "state/codec/hex.h"

enum { REQUEST_BYTES_MAX = 2 << 20 };

static bool fail(struct mm_reason *reason, const char *what)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "%s", what);
    return false;
}

static bool read_error(struct mm_arena *arena, mm_bytes *data, const struct json *error,
                       struct mm_reason *reason)
{
    const struct json *message = json_find(error, "message");
    const struct json *hex = json_find(error, "data");
    size_t len;
    if (data != NULL && hex != NULL && hex->kind == JSON_STRING && hex_data_len(&len, hex->text)) {
        uint8_t *bytes = mm_arena_alloc(arena, len + 1);
        if (bytes != NULL && hex_decode(bytes, mm_bytes_from(hex->text.ptr + 2, 2 * len)))
            *data = mm_bytes_from(bytes, len);
    }
    const mm_bytes text = message == NULL ? MM_BYTES_LIT("no message") : message->text;
    (void)mm_fail(reason, MM_ERR_INVALID, "%.*s", (int)(text.len < 250 ? text.len : 250),
                  (const char *)text.ptr);
    return false;
}

static bool read_answer(struct mm_arena *arena, struct json *result, mm_bytes text, mm_bytes *data,
                        struct mm_reason *reason)
{
    struct json root;
    mm_bytes copy;
    if (mm_arena_copy(arena, &copy, text) != MM_OK ||
        json_parse(arena, &root, copy, NULL, NULL) != JSON_OK)
        return fail(reason, "out of memory");
    const struct json *error = json_find(&root, "error");
    const struct json *found = json_find(&root, "result");
    if (error != NULL)
        return read_error(arena, data, error, reason);
    if (found == NULL)
        return fail(reason, "no result");
    *result = *found;
    return true;
}

bool chat_ask(struct chat *chat, struct mm_arena *arena, struct json *result, const char *method,
              mm_bytes params, mm_bytes *data, struct mm_reason *reason)
{
    const struct rpc_eth_caller caller = { .is_trusted = false };
    struct rpc_eth_answer answer = { .ticket = 0 };
    struct mm_buf body;
    *result = (struct json){ .kind = JSON_NULL };
    if (data != NULL)
        *data = (mm_bytes){ 0 };
    mm_buf_init(&body, REQUEST_BYTES_MAX);
    mm_buf_printf(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":", method);
    mm_buf_add(&body, params);
    mm_buf_add_byte(&body, '}');
    bool ok = mm_buf_err(&body) == MM_OK &&
              rpc_eth_serve(chat->options.eth, &answer, mm_buf_bytes(&body), &caller) == MM_OK;
    mm_buf_fini(&body);
    ok = ok ? read_answer(arena, result, mm_buf_bytes(&answer.text), data, reason)
            : fail(reason, "out of memory");
    rpc_eth_answer_fini(&answer);
    return ok;
}

bool chat_view(struct chat *chat, struct mm_arena *arena, struct abi_value *out, const char *types,
               const mm_addr *to, uint64_t block_num, const char *signature,
               const struct abi_value *args, struct mm_reason *reason)
{
    struct abi_signature function;
    struct abi_signature results;
    struct mm_buf params;
    struct json result;
    mm_bytes data;
    size_t len;
    abi_signature_init(&function, signature);
    abi_signature_init(&results, types);
    if (abi_encode(arena, &data, abi_selector(&function), function.types, function.count, args) !=
        MM_OK)
        return fail(reason, "out of memory");
    mm_buf_init(&params, REQUEST_BYTES_MAX);
    mm_buf_add_text(&params, "[{\"to\":\"");
    hex_add_data(&params, mm_bytes_addr(to));
    mm_buf_add_text(&params, "\",\"data\":\"");
    hex_add_data(&params, data);
    mm_buf_printf(&params, "\"},\"0x%llx\"]", (unsigned long long)block_num);
    const bool ok = mm_buf_err(&params) == MM_OK ? chat_ask(chat, arena, &result, "eth_call",
                                                            mm_buf_bytes(&params), NULL, reason)
                                                 : fail(reason, "out of memory");
    mm_buf_fini(&params);
    if (!ok)
        return false;
    if (result.kind != JSON_STRING || !hex_data_len(&len, result.text))
        return fail(reason, "no result of a call");
    uint8_t *bytes = mm_arena_alloc(arena, len + 1);
    if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(result.text.ptr + 2, 2 * len)))
        return fail(reason, "out of memory");
    return abi_decode(out, mm_bytes_from(bytes, len), results.types, results.count, ABI_CALLDATA) ==
               ABI_OK ||
           fail(reason, "the account is no AINFT collection");
}

const char *chat_revert_name(mm_bytes data)
{
    for (size_t i = 0; data.len >= ABI_SELECTOR && i < AINFT_ERRORS; i++) {
        if (memcmp(ainft_errors[i].hash.b, data.ptr, ABI_SELECTOR) == 0)
            return ainft_errors[i].text;
    }
    return NULL;
}
