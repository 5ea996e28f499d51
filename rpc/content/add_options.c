#include "rpc/content/api_internal.h"

// clang-format off
static const struct api_option OPTIONS[] = {
    { "profile", NULL, API_TEXT, NULL, "a named profile, which decides all of the following" },
    { "cid-version", NULL, API_NUMBER, NULL, "0 or 1; 1 brings raw leaves" },
    { "raw-leaves", NULL, API_FLAG, NULL, "leaves without a frame" },
    { "chunker", "s", API_TEXT, NULL, "size-N" },
    { "max-file-links", NULL, API_NUMBER, NULL, "links of a file's parent blocks" },
    { "wrap-with-directory", "w", API_FLAG, NULL, "a directory around everything" },
    { "only-hash", "n", API_FLAG, NULL, "store nothing" },
    { "pin", NULL, API_FLAG, NULL, "hold it for good (the default), or for 24 hours" },
    { "hash", NULL, API_ONLY, "sha2-256", "the hash function" },
    { "trickle", "t", API_ONLY, "false", "another layout" },
    { "inline", NULL, API_ONLY, "false", "small files within the CID" },
    { "nocopy", NULL, API_ONLY, "false", "refer to files instead of storing them" },
    { "preserve-mode", NULL, API_ONLY, "false", "file modes in the blocks" },
    { "preserve-mtime", NULL, API_ONLY, "false", "file times in the blocks" },
    { "empty-repo", NULL, API_ONLY, "false", NULL },
    { "progress", "p", API_IGNORED, NULL, NULL },
    { "quiet", "q", API_IGNORED, NULL, NULL },
    { "quieter", "Q", API_IGNORED, NULL, NULL },
    { "silent", NULL, API_IGNORED, NULL, NULL },
    { "pin-name", NULL, API_IGNORED, NULL, NULL },
    { "recursive", "r", API_IGNORED, NULL, NULL },
    { "hidden", NULL, API_IGNORED, NULL, NULL },
    { "fscache", NULL, API_IGNORED, NULL, NULL },
    { "stdin-name", NULL, API_IGNORED, NULL, NULL },
    { "stdin", NULL, API_IGNORED, NULL, NULL },
    { "dereference-args", NULL, API_IGNORED, NULL, NULL },
    { "inline-limit", NULL, API_IGNORED, NULL, NULL },
    { "fast-provide-root", NULL, API_IGNORED, NULL, NULL },
    { "fast-provide-wait", NULL, API_IGNORED, NULL, NULL },
    { "allow-big-block", NULL, API_IGNORED, NULL, NULL },
};
// clang-format on
_Static_assert(MM_COUNT_OF(OPTIONS) <= API_OPTIONS_MAX, "a call has room for its options");

const struct api_command API_CMD_ADD = {
    .name = "add",
    .arguments = "",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "store files and folders: a line {Name, Hash, Size} for each, folders last",
    .why_refused = "not supported; it could change the CID",
    .upload = &API_ADD,
};

static bool fail(struct mm_reason *reason, const char *option, const char *why)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "option %s: %s", option, why);
    return false;
}

static bool read_size(uint32_t *out, mm_bytes text)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c < '0' || c > '9' || *out > (UINT32_MAX - 9) / 10)
            return false;
        *out = *out * 10 + (uint32_t)(c - '0');
    }
    return *out > 0;
}

static bool read_chunker(uint32_t *chunk_bytes, mm_bytes text, struct mm_reason *reason)
{
    static const char size[] = "size-";
    const size_t len = sizeof size - 1;
    if (text.len == 0 || mm_bytes_equal(text, MM_BYTES_LIT("default")))
        return true;
    if (text.len <= len || memcmp(text.ptr, size, len) != 0)
        return fail(reason, "chunker", "only size-N is supported");
    return read_size(chunk_bytes, mm_bytes_from(text.ptr + len, text.len - len)) ||
           fail(reason, "chunker", "not a size");
}

/* Single options on top of a profile: those that were given. */
static bool refine(struct content_profile *profile, const struct api_call *call,
                   struct mm_reason *reason)
{
    const struct api_value *version = api_value(call, "cid-version");
    const struct api_value *links = api_value(call, "max-file-links");
    if (version->is_given && version->number > 1)
        return fail(reason, "cid-version", "only 0 and 1");
    if (links->is_given && (links->number == 0 || links->number > IMPORT_LINKS_MAX))
        return fail(reason, "max-file-links", "not a number of links");
    if (version->is_given) {
        profile->cid_version = (uint8_t)version->number;
        profile->raw_leaves = version->number == 1; /* kubo: raw leaves come with version 1 */
    }
    profile->raw_leaves = api_flag(call, "raw-leaves", profile->raw_leaves);
    if (links->is_given)
        profile->links_max = (uint32_t)links->number;
    return read_chunker(&profile->chunk_bytes, api_value(call, "chunker")->text, reason);
}

bool add_options_read(struct add_options *options, const struct api_call *call,
                      struct mm_reason *reason)
{
    const struct content_profile *profile =
        content_profile_find(api_text(call, "profile", "unixfs-v0-2015"));
    *options = (struct add_options){ .wrap = api_flag(call, "wrap-with-directory", false),
                                     .only_hash = api_flag(call, "only-hash", false),
                                     .pin = api_flag(call, "pin", true) };
    if (profile == NULL)
        return fail(reason, "profile", "no such profile");
    options->profile = *profile;
    if (!refine(&options->profile, call, reason))
        return false;
    if (content_profile_is_valid(&options->profile))
        return true;
    (void)mm_fail(reason, MM_ERR_INVALID,
                  "chunks are 1 to %d bytes, and a file's parents have 2 to %d links",
                  BLOCK_CHUNK_BYTES_MAX, IMPORT_LINKS_MAX);
    return false;
}
