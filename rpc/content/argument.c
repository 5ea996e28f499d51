#include "rpc/content/argument.h"

#include "rpc/http/target.h"
#include "state/base/assert.h"

static bool cut(mm_bytes *text, const char *front)
{
    const size_t len = strlen(front);
    if (text->len < len || memcmp(text->ptr, front, len) != 0)
        return false;
    *text = mm_bytes_from(text->ptr + len, text->len - len);
    return true;
}

static enum api_path_verdict decode(struct mm_arena *arena, mm_bytes *path)
{
    uint8_t *copy = mm_arena_alloc(arena, path->len + 1);
    if (copy == NULL)
        return API_PATH_NO_MEMORY;
    const size_t len = http_percent_decode(copy, *path, false);
    if (len == HTTP_BAD_ESCAPE || memchr(copy, 0, len) != NULL)
        return API_PATH_BAD_ESCAPE;
    *path = mm_bytes_from(copy, len);
    return API_PATH_OK;
}

enum api_path_verdict api_path_parse(struct mm_arena *arena, struct api_path *path,
                                     enum cid_verdict *cid_is, mm_bytes argument)
{
    *path = (struct api_path){ .path = { NULL, 0 } };
    *cid_is = CID_OK;
    if (cut(&argument, "/ipns/") || cut(&argument, "ipns://"))
        return API_PATH_NOT_SERVED;
    const bool is_uri = cut(&argument, "ipfs://");
    if (is_uri)
        (void)cut(&argument, "ipfs/"); /* an old mistake that is in many collections */
    else
        (void)cut(&argument, "/ipfs/");
    const uint8_t *slash = argument.len == 0 ? NULL : memchr(argument.ptr, '/', argument.len);
    const size_t len = slash == NULL ? argument.len : (size_t)(slash - argument.ptr);
    struct cid root;
    *cid_is = cid_parse(&root, mm_bytes_from(argument.ptr, len));
    if (*cid_is != CID_OK)
        return API_PATH_BAD_CID;
    mm_bytes rest = mm_bytes_from(slash, argument.len - len);
    if (is_uri && rest.len > 0) {
        const enum api_path_verdict verdict = decode(arena, &rest);
        if (verdict != API_PATH_OK)
            return verdict;
    }
    *path = (struct api_path){ root, rest };
    return API_PATH_OK;
}

const char *api_path_text(enum api_path_verdict verdict, enum cid_verdict cid_is)
{
    switch (verdict) {
    case API_PATH_OK:
        return "ok";
    case API_PATH_BAD_CID:
        return cid_verdict_text(cid_is);
    case API_PATH_NOT_SERVED:
        return "IPNS names are not resolved here";
    case API_PATH_BAD_ESCAPE:
        return "a bad percent escape";
    case API_PATH_NO_MEMORY:
        return "out of memory";
    }
    MM_UNREACHABLE();
}
