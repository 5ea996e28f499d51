#include "rpc/content/keep.h"

#include <string.h>

#include "p2p/content/needs.h"
#include "p2p/content/reader.h"
#include "rpc/content/api_internal.h"
#include "rpc/content/keep_internal.h"
#include "state/base/heap.h"

/* Sent along to every command by one client or another; nothing here depends on them. */
#define COMMON " arg encoding stream stream-channels timeout offline progress long "

static bool is_word(const char *words, mm_bytes name)
{
    for (const char *at = words; *at != '\0';) {
        const size_t len = strcspn(at, " ");
        if (len == name.len && memcmp(at, name.ptr, len) == 0)
            return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

bool keep_check_options(struct http_request *request, const char *known)
{
    struct http_param param;
    size_t at = 0;
    while (http_query_next(request, &at, &param)) {
        if (param.name.len > 0 && (is_word(COMMON, param.name) || is_word(known, param.name)))
            continue;
        api_fail(request, 500, "unknown option \"%.*s\"",
                 param.name.len > 100 ? 100 : (int)param.name.len, (const char *)param.name.ptr);
        return false;
    }
    return true;
}

bool keep_flag(struct http_request *request, const char *name, bool otherwise)
{
    mm_bytes value;
    if (!http_query(request, name, &value))
        return otherwise;
    return !mm_bytes_equal(value, MM_BYTES_LIT("false")) &&
           !mm_bytes_equal(value, MM_BYTES_LIT("0"));
}

/* ---- arguments ---- */

static mm_bytes without(mm_bytes text, const char *front)
{
    const size_t len = strlen(front);
    if (text.len < len || memcmp(text.ptr, front, len) != 0)
        return text;
    return mm_bytes_from(text.ptr + len, text.len - len);
}

/* CID, CID/path, /ipfs/CID/path, ipfs://CID/path. */
static bool take_argument(struct http_request *request, struct content_reader *reader,
                          struct cid *cid, mm_bytes argument)
{
    const mm_bytes named = without(without(argument, "/ipfs/"), "ipfs://");
    const uint8_t *slash = named.len == 0 ? NULL : memchr(named.ptr, '/', named.len);
    const size_t len = slash == NULL ? named.len : (size_t)(slash - named.ptr);
    const enum cid_verdict cid_is = cid_parse(cid, mm_bytes_from(named.ptr, len));
    if (cid_is != CID_OK) {
        api_fail(request, 500, "invalid path \"%.*s\": %s",
                 argument.len > 200 ? 200 : (int)argument.len, (const char *)argument.ptr,
                 cid_verdict_text(cid_is));
        return false;
    }
    if (len == named.len)
        return true;
    struct content_node node;
    const struct cid root = *cid;
    const enum read_verdict verdict = content_resolve(
        reader, &node, NULL, &root, mm_bytes_from(named.ptr + len, named.len - len), NULL);
    *cid = node.cid;
    if (verdict == READ_OK)
        return true;
    api_fail(request, 500, "%.*s: %s", argument.len > 200 ? 200 : (int)argument.len,
             (const char *)argument.ptr, read_verdict_text(verdict));
    return false;
}

bool keep_arguments(struct content_keep *keep, struct http_request *request,
                    struct keep_arguments *arguments)
{
    arguments->count = 0;
    const struct block_source source = content_source(keep->content);
    struct content_reader *reader = content_reader_new(&source);
    if (reader == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return false;
    }
    struct http_param param;
    size_t at = 0;
    bool ok = true;
    while (ok && http_query_next(request, &at, &param)) {
        if (!mm_bytes_equal(param.name, MM_BYTES_LIT("arg")))
            continue;
        if (arguments->count == KEEP_ARGUMENTS_MAX) {
            api_fail(request, 500, "more than %d arguments", KEEP_ARGUMENTS_MAX);
            ok = false;
            break;
        }
        ok = take_argument(request, reader, &arguments->cids[arguments->count], param.value);
        arguments->count += ok;
    }
    content_reader_free(reader);
    return ok;
}

/* ---- a full store ---- */

static void add_bytes(struct mm_buf *out, uint64_t bytes)
{
    mm_buf_printf(out, "%llu.%llu MiB", (unsigned long long)(bytes >> 20),
                  (unsigned long long)(bytes % (1 << 20) * 10 >> 20));
}

void api_fail_full(struct http_request *request, struct content *content)
{
    static const char *const KINDS[] = { "", "tokens", "users", "uploads" };
    const struct content_totals totals = content_totals(content);
    struct needs_holders holders;
    if (needs_holders(content, &holders) != MM_OK) {
        api_fail_err(request, MM_ERR_NO_SPACE);
        return;
    }
    uint8_t memory[480];
    struct mm_buf text = mm_buf_over(memory, sizeof memory - 1);
    mm_buf_add_text(&text, "the store is full: ");
    add_bytes(&text, totals.bytes);
    mm_buf_add_text(&text, " of ");
    add_bytes(&text, totals.quota_bytes);
    mm_buf_add_text(&text, "; held by");
    for (size_t kind = CONTENT_PIN_CHAIN; kind <= CONTENT_PIN_UPLOAD; kind++) {
        mm_buf_printf(&text, "%s %s %llu roots of ", kind > CONTENT_PIN_CHAIN ? "," : "",
                      KINDS[kind], (unsigned long long)holders.roots[kind]);
        add_bytes(&text, holders.bytes[kind]);
    }
    for (size_t i = 0; i < NEEDS_LARGEST && holders.largest[i].bytes > 0; i++) {
        char cid[CID_TEXT_MAX + 1];
        (void)cid_to_text(cid, &holders.largest[i].root, MULTIBASE_BASE32);
        mm_buf_printf(&text, "%s %s ", i == 0 ? "; the largest:" : ",", cid);
        add_bytes(&text, holders.largest[i].bytes);
    }
    const mm_bytes whole = mm_buf_bytes(&text);
    api_fail(request, 507, "%.*s", (int)whole.len, (const char *)whole.ptr);
}

/* ---- the whole ---- */

struct content_keep *content_keep_new(struct content *content)
{
    struct content_keep *keep = mm_heap_zeroed(1, sizeof *keep);
    if (keep == NULL)
        return NULL;
    keep->content = content;
    (void)pthread_mutex_init(&keep->lock, NULL);
    return keep;
}

void content_keep_set_elsewhere(struct content_keep *keep,
                                const struct content_elsewhere *elsewhere)
{
    keep->elsewhere = elsewhere;
}

void content_keep_free(struct content_keep *keep)
{
    if (keep == NULL)
        return;
    atomic_store(&keep->is_ending, true);
    if (keep->has_thread)
        (void)pthread_join(keep->thread, NULL);
    (void)pthread_mutex_destroy(&keep->lock);
    mm_heap_free(keep);
}

void content_keep_routes(struct content_keep *keep, struct http_route routes[CONTENT_KEEP_ROUTES])
{
    static const struct {
        const char *path;
        http_respond_fn *respond;
    } COMMANDS[CONTENT_KEEP_ROUTES] = {
        { "/api/v0/pin/add", keep_pin_add },
        { "/api/v0/pin/rm", keep_pin_rm },
        { "/api/v0/pin/ls", keep_pin_ls },
        { "/api/v0/pin/update", keep_pin_update },
        { "/api/v0/repo/stat", keep_repo_stat },
        { "/api/v0/repo/gc", keep_repo_gc },
        { "/api/v0/repo/verify", keep_repo_verify },
        { "/api/v0/repo/replicas", keep_repo_replicas },
    };
    for (size_t i = 0; i < CONTENT_KEEP_ROUTES; i++)
        routes[i] = (struct http_route){
            .path = COMMANDS[i].path,
            .methods = HTTP_POST,
            .cors = HTTP_CORS_LISTED,
            .cors_expose = "X-Stream-Output, X-Chunked-Output, X-Content-Length",
            .local_origins_only = true,
            .respond = COMMANDS[i].respond,
            .context = keep,
        };
}
