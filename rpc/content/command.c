#include "rpc/content/command.h"

#include "rpc/content/api_internal.h"
#include "state/base/assert.h"

/* What kubo's clients and command line send along with any command. */
static const struct api_option API_COMMON[] = {
    { "timeout", NULL, API_IGNORED, NULL, NULL },
    { "encoding", "enc", API_IGNORED, NULL, NULL },
    { "stream-channels", NULL, API_IGNORED, NULL, NULL },
    { "offline", NULL, API_IGNORED, NULL, NULL },
    { "preload", NULL, API_IGNORED, NULL, NULL },
    { "headers", NULL, API_IGNORED, NULL, NULL },
};

static bool is(mm_bytes text, const char *word)
{
    return word != NULL && mm_bytes_equal(text, mm_bytes_str(word));
}

static bool fail(struct mm_reason *reason, mm_bytes name, const char *why)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "option %.*s: %s", name.len > 100 ? 100 : (int)name.len,
                  (const char *)name.ptr, why);
    return false;
}

static bool read_flag(struct api_value *value, mm_bytes text)
{
    value->on = text.len == 0 || is(text, "true") || is(text, "1");
    return value->on || is(text, "false") || is(text, "0");
}

static bool read_number(uint64_t *number, mm_bytes text)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c < '0' || c > '9' || *number > (UINT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + (uint64_t)(c - '0');
    }
    return text.len > 0;
}

static bool read_signed(int64_t *integer, mm_bytes text)
{
    const bool is_negative = text.len > 0 && text.ptr[0] == '-';
    uint64_t number;
    if (text.len == 0 ||
        !read_number(&number, mm_bytes_from(text.ptr + is_negative, text.len - is_negative)) ||
        number > INT64_MAX)
        return false;
    *integer = is_negative ? -(int64_t)number : (int64_t)number;
    return true;
}

/* "0" is as good as "false". */
static bool is_only(const char *only, mm_bytes text)
{
    struct api_value wanted;
    struct api_value given;
    if (is(text, only))
        return true;
    return read_flag(&wanted, mm_bytes_str(only)) && read_flag(&given, text) &&
           wanted.on == given.on;
}

static bool read_value(struct api_value *value, const struct api_command *command,
                       const struct api_option *option, const struct http_param *param,
                       struct mm_reason *reason)
{
    value->is_given = true;
    value->text = param->value;
    switch (option->kind) {
    case API_FLAG:
        return read_flag(value, param->value) || fail(reason, param->name, "not true or false");
    case API_NUMBER:
        return read_number(&value->number, param->value) ||
               fail(reason, param->name, "a number, not negative, is wanted");
    case API_SIGNED:
        return read_signed(&value->integer, param->value) ||
               fail(reason, param->name, "a number is wanted");
    case API_ONLY:
        return is_only(option->only, param->value) ||
               fail(reason, param->name,
                    command->why_refused != NULL ? command->why_refused : "not supported");
    case API_TEXT:
    case API_IGNORED:
        return true;
    }
    MM_UNREACHABLE();
}

static const struct api_option *find(const struct api_option *options, size_t count, mm_bytes name)
{
    for (size_t i = 0; i < count; i++) {
        if (is(name, options[i].name) || is(name, options[i].brief))
            return &options[i];
    }
    return NULL;
}

static bool take_argument(struct api_call *call, mm_bytes value, struct mm_reason *reason)
{
    if (call->argument_count < call->command->arguments_max) {
        call->arguments[call->argument_count++] = value;
        return true;
    }
    (void)mm_fail(reason, MM_ERR_INVALID,
                  call->command->arguments_max == 0 ? "%s takes no argument"
                                                    : "too many arguments for %s",
                  call->command->name);
    return false;
}

bool api_call_take(struct api_call *call, const struct http_param *param, struct mm_reason *reason)
{
    const struct api_command *command = call->command;
    if (is(param->name, "arg"))
        return take_argument(call, param->value, reason);
    const struct api_option *option = find(command->options, command->option_count, param->name);
    if (option != NULL)
        return read_value(&call->values[option - command->options], command, option, param, reason);
    if (find(API_COMMON, MM_COUNT_OF(API_COMMON), param->name) != NULL)
        return true;
    return fail(reason, param->name,
                command->why_refused != NULL ? command->why_refused : "not supported");
}

static bool read_query(struct api_call *call, struct mm_reason *reason)
{
    struct http_param param;
    size_t at = 0;
    while (http_query_next(call->request, &at, &param)) {
        if (!api_call_take(call, &param, reason))
            return false;
    }
    if (call->argument_count >= call->command->arguments_min)
        return true;
    (void)mm_fail(reason, MM_ERR_INVALID, "argument \"%s\" is required", call->command->arguments);
    return false;
}

struct api_call *api_call_open(void *context, struct http_request *request)
{
    const struct api_bound *bound = context;
    struct mm_arena *arena = http_arena(request);
    struct api_call *call = MM_ARENA_NEW(arena, struct api_call);
    mm_bytes *arguments = MM_ARENA_ARRAY(arena, mm_bytes, bound->command->arguments_max + 1);
    struct mm_reason reason;
    if (call == NULL || arguments == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return NULL;
    }
    *call = (struct api_call){
        .api = bound->api, .command = bound->command, .request = request, .arguments = arguments
    };
    if (read_query(call, &reason))
        return call;
    api_fail(request, 500, "%s", reason.text);
    return NULL;
}

const struct api_value *api_value(const struct api_call *call, const char *name)
{
    const struct api_option *option =
        find(call->command->options, call->command->option_count, mm_bytes_str(name));
    MM_ASSERT(option != NULL);
    return &call->values[option - call->command->options];
}

bool api_flag(const struct api_call *call, const char *name, bool otherwise)
{
    const struct api_value *value = api_value(call, name);
    return value->is_given ? value->on : otherwise;
}

mm_bytes api_text(const struct api_call *call, const char *name, const char *otherwise)
{
    const struct api_value *value = api_value(call, name);
    return value->is_given && value->text.len > 0 ? value->text : mm_bytes_str(otherwise);
}

uint64_t api_number(const struct api_call *call, const char *name, uint64_t otherwise)
{
    const struct api_value *value = api_value(call, name);
    return value->is_given ? value->number : otherwise;
}
