#include "rpc/content/lines.h"

#include "rpc/content/api_internal.h"

void api_lines_init(struct api_lines *lines)
{
    *lines = (struct api_lines){ .left_out = 0 };
    mm_buf_init(&lines->text, API_LINES_BYTES_MAX);
}

bool api_lines_have_room(struct api_lines *lines)
{
    const bool has = mm_buf_bytes(&lines->text).len + API_LINE_BYTES_MAX <= API_LINES_BYTES_MAX;
    lines->left_out += !has;
    return has;
}

void api_lines_answer(struct http_response *response, struct api_lines *taken_lines, mm_err err,
                      const struct mm_reason *reason)
{
    if (err == MM_OK)
        err = mm_buf_err(&taken_lines->text);
    if (err == MM_OK)
        api_open_lines(response, &taken_lines->text);
    else if (reason->text[0] == '\0')
        api_failure_err(response, err);
    else
        api_failure(response, api_status(err), "%s", reason->text);
    mm_buf_fini(&taken_lines->text);
}
