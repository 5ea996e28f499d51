/* What a query of /api/v0 says: the first byte chooses a command, the lines behind it are names and values in turn.
 *
 * Properties: a line that is taken fills the value of its own option and no other; refusals say why; an argument that is a path is the
 * same path when it is written again; a CID in other words is still that block. */
#include "rpc/content/argument.h"
#include "rpc/content/cid_format.h"
#include "rpc/content/command.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(mm_bytes text)
{
    struct mm_arena arena;
    struct api_path path, again;
    enum cid_verdict cid_is;
    struct mm_buf out;
    char cid[CID_TEXT_MAX + 1];
    mm_arena_init(&arena, 1 << 20);
    const enum api_path_verdict verdict = api_path_parse(&arena, &path, &cid_is, text);
    MM_ASSERT(api_path_text(verdict, cid_is)[0] != '\0');
    MM_ASSERT(verdict == API_PATH_OK || path.path.len == 0);
    MM_ASSERT(verdict != API_PATH_OK || path.path.len == 0 || path.path.ptr[0] == '/');
    if (verdict == API_PATH_OK) {
        mm_buf_init(&out, 1 << 20);
        mm_buf_add_text(&out, "/ipfs/");
        mm_buf_add(&out, mm_bytes_from(cid, cid_to_text(cid, &path.root, MULTIBASE_BASE36)));
        mm_buf_add(&out, path.path);
        MM_ASSERT(api_path_parse(&arena, &again, &cid_is, mm_buf_bytes(&out)) == API_PATH_OK);
        MM_ASSERT(cid_equal(&path.root, &again.root) && mm_bytes_equal(path.path, again.path));
        mm_buf_fini(&out);
    }
    mm_arena_fini(&arena);
}

static void check_format(mm_bytes text, mm_bytes cid_text)
{
    static const enum multibase bases[] = { MULTIBASE_BASE16, MULTIBASE_BASE32, MULTIBASE_BASE36,
                                            MULTIBASE_BASE58BTC, MULTIBASE_BASE64URL };
    struct mm_buf out;
    struct cid cid, again;
    if (cid_parse(&cid, cid_text) != CID_OK)
        return;
    mm_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < MM_COUNT_OF(bases); i++) {
        struct cid_format format = {
            .text = MM_BYTES_LIT("%s"), .version = CID_FORMAT_V1, .has_base = true, .base = bases[i]
        };
        mm_buf_reset(&out);
        MM_ASSERT(cid_format_write(&out, &format, &cid, cid_format_base_of(cid_text)) == NULL);
        MM_ASSERT(cid_parse(&again, mm_buf_bytes(&out)) == CID_OK && cid_same_block(&cid, &again));
        format.text = text;
        format.version = CID_FORMAT_SAME;
        mm_buf_reset(&out);
        if (cid_format_is_valid(text))
            MM_ASSERT(cid_format_write(&out, &format, &cid, bases[i]) == NULL);
    }
    mm_buf_fini(&out);
}

static mm_bytes take_line(mm_bytes *in)
{
    const uint8_t *end = in->len == 0 ? NULL : memchr(in->ptr, '\n', in->len);
    const size_t len = end == NULL ? in->len : (size_t)(end - in->ptr);
    const mm_bytes line = mm_bytes_from(in->ptr, len);
    *in = mm_bytes_from(in->ptr + len + (end != NULL), in->len - len - (end != NULL));
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mm_bytes arguments[API_ARGUMENTS_MAX + 1];
    if (size == 0)
        return 0;
    struct api_call call = { .command = API_COMMANDS[data[0] % API_COMMAND_COUNT],
                             .arguments = arguments };
    mm_bytes in = mm_bytes_from(data + 1, size - 1);
    while (in.len > 0) {
        struct mm_reason reason = { .text = "" };
        const struct http_param param = { .name = take_line(&in), .value = take_line(&in) };
        size_t given = call.argument_count, after = 0;
        for (size_t i = 0; i < call.command->option_count; i++)
            given += call.values[i].is_given;
        const bool is_taken = api_call_take(&call, &param, &reason);
        MM_ASSERT(is_taken == (reason.text[0] == '\0'));
        MM_ASSERT(call.argument_count <= call.command->arguments_max);
        after = call.argument_count;
        for (size_t i = 0; i < call.command->option_count; i++)
            after += call.values[i].is_given;
        MM_ASSERT(after == given || after == given + 1);
        check_path(param.value);
        check_format(param.value, param.name);
        if (!is_taken)
            break;
    }
    return 0;
}
