#include "rpc/content/api_internal.h"

static bool fail(struct mm_reason *reason, mm_bytes name, const char *why)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "option %.*s: %s", name.len > 100 ? 100 : (int)name.len,
                  (const char *)name.ptr, why);
    return false;
}

static bool is(mm_bytes text, const char *word)
{
    return mm_bytes_equal(text, mm_bytes_str(word));
}

static bool is_one_of(mm_bytes text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is(text, words[i]))
            return true;
    }
    return false;
}

static bool parse_bool(bool *out, mm_bytes text)
{
    *out = text.len == 0 || is(text, "true") || is(text, "1");
    return *out || is(text, "false") || is(text, "0");
}

static bool parse_number(uint32_t *out, mm_bytes text)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c < '0' || c > '9' || *out > (UINT32_MAX - 9) / 10)
            return false;
        *out = *out * 10 + (uint32_t)(c - '0');
    }
    return text.len > 0;
}

/* Options of kubo that decide nothing about the CID, or that only its command line looks at. */
static const char *const HARMLESS[] = {
    "stream-channels",
    "progress",
    "p",
    "quiet",
    "q",
    "quieter",
    "Q",
    "silent",
    "encoding",
    "enc",
    "timeout",
    "offline",
    "pin-name",
    "recursive",
    "r",
    "hidden",
    "fscache",
    "stdin-name",
    "stdin",
    "dereference-args",
    "inline-limit",
    "fast-provide-root",
    "fast-provide-wait",
    "allow-big-block",
};

/* Options that make another CID, or something else than blocks: only their false is served. */
static const char *const REFUSED[] = {
    "trickle", "t", "inline", "nocopy", "preserve-mode", "preserve-mtime", "empty-repo"
};

/* What was asked for, before the defaults that depend on it. */
struct asked {
    bool has_raw_leaves;
    bool raw_leaves;
    bool has_cid_version;
    uint32_t cid_version;
    uint32_t chunk_bytes; /* 0: not asked */
    uint32_t links_max;
};

static bool take_chunker(struct asked *asked, const struct http_param *param,
                         struct mm_reason *reason)
{
    static const char size[] = "size-";
    const size_t len = sizeof size - 1;
    if (is(param->value, "default") || param->value.len == 0)
        return true;
    if (param->value.len <= len || memcmp(param->value.ptr, size, len) != 0)
        return fail(reason, param->name, "only size-N is supported");
    if (!parse_number(&asked->chunk_bytes,
                      mm_bytes_from(param->value.ptr + len, param->value.len - len)) ||
        asked->chunk_bytes == 0)
        return fail(reason, param->name, "not a size");
    return true;
}

static bool take_profile(struct add_options *options, const struct http_param *param,
                         struct mm_reason *reason)
{
    const struct content_profile *profile = content_profile_find(param->value);
    if (profile == NULL)
        return fail(reason, param->name, "no such profile");
    options->profile = *profile;
    return true;
}

static bool take_flag(struct add_options *options, struct asked *asked,
                      const struct http_param *param, bool *is_taken)
{
    static const struct {
        const char *names[2];
        int which;
    } flags[] = { { { "wrap-with-directory", "w" }, 0 },
                  { { "only-hash", "n" }, 1 },
                  { { "pin", "pin" }, 2 },
                  { { "raw-leaves", "raw-leaves" }, 3 } };
    for (size_t i = 0; i < MM_COUNT_OF(flags); i++) {
        if (!is_one_of(param->name, flags[i].names, 2))
            continue;
        *is_taken = true;
        bool *const targets[] = { &options->wrap, &options->only_hash, &options->pin,
                                  &asked->raw_leaves };
        asked->has_raw_leaves = asked->has_raw_leaves || flags[i].which == 3;
        return parse_bool(targets[flags[i].which], param->value);
    }
    return true;
}

static bool take(struct add_options *options, struct asked *asked, const struct http_param *param,
                 struct mm_reason *reason)
{
    bool is_taken = false;
    bool value = false;
    if (!take_flag(options, asked, param, &is_taken))
        return fail(reason, param->name, "not true or false");
    if (is_taken || is_one_of(param->name, HARMLESS, MM_COUNT_OF(HARMLESS)))
        return true;
    if (is(param->name, "profile"))
        return take_profile(options, param, reason);
    if (is(param->name, "chunker") || is(param->name, "s"))
        return take_chunker(asked, param, reason);
    if (is(param->name, "cid-version")) {
        asked->has_cid_version = true;
        return parse_number(&asked->cid_version, param->value) && asked->cid_version <= 1
                   ? true
                   : fail(reason, param->name, "only 0 and 1");
    }
    if (is(param->name, "max-file-links"))
        return parse_number(&asked->links_max, param->value) && asked->links_max > 0
                   ? true
                   : fail(reason, param->name, "not a number of links");
    if (is(param->name, "hash") && is(param->value, "sha2-256"))
        return true;
    if (is_one_of(param->name, REFUSED, MM_COUNT_OF(REFUSED)) && parse_bool(&value, param->value) &&
        !value)
        return true;
    return fail(reason, param->name, "not supported; it could change the CID");
}

bool add_options_parse(struct add_options *options, struct http_request *request,
                       struct mm_reason *reason)
{
    *options =
        (struct add_options){ .profile = *content_profile_find(MM_BYTES_LIT("unixfs-v0-2015")),
                              .pin = true };
    struct asked asked = { 0 };
    struct http_param param;
    size_t at = 0;
    while (http_query_next(request, &at, &param)) {
        if (!take(options, &asked, &param, reason))
            return false;
    }
    struct content_profile *profile = &options->profile;
    if (asked.has_cid_version) {
        profile->cid_version = (uint8_t)asked.cid_version;
        profile->raw_leaves = asked.cid_version == 1; /* kubo: raw leaves come with version 1 */
    }
    if (asked.has_raw_leaves)
        profile->raw_leaves = asked.raw_leaves;
    if (asked.chunk_bytes > 0)
        profile->chunk_bytes = asked.chunk_bytes;
    if (asked.links_max > 0)
        profile->links_max = asked.links_max;
    if (content_profile_is_valid(profile))
        return true;
    (void)mm_fail(reason, MM_ERR_INVALID,
                  "chunks are 1 to %d bytes, and a file's parents have 2 to %d links",
                  BLOCK_CHUNK_BYTES_MAX, IMPORT_LINKS_MAX);
    return false;
}
