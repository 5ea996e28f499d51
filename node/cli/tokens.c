#include "node/cli/tokens.h"

#include <stdlib.h>

#include "node/cli/calls.h"
#include "node/cli/metadata.h"
#include "p2p/content/car.h"
#include "p2p/content/mint.h"
#include "state/base/heap.h"

enum { STEP = 100 };

bool tokens_roots_add(struct tokens_roots *roots, const struct cid *cid)
{
    if (roots->count == roots->capacity) {
        struct cid *cids = mm_heap_grow(roots->cids, &roots->capacity, 64, sizeof *cids);
        if (cids == NULL)
            return false;
        roots->cids = cids;
    }
    roots->cids[roots->count++] = *cid;
    return true;
}

void tokens_roots_free(struct tokens_roots *roots)
{
    mm_heap_free(roots->cids);
    *roots = (struct tokens_roots){ .count = 0 };
}

static int by_hash(const void *a, const void *b)
{
    const struct cid *left = a;
    const struct cid *right = b;
    return mm_bytes_compare(mm_bytes_from(left->hash.digest, left->hash.len),
                            mm_bytes_from(right->hash.digest, right->hash.len));
}

static void make_unique(struct tokens_roots *roots)
{
    size_t unique = 0;
    if (roots->count > 1)
        qsort(roots->cids, roots->count, sizeof *roots->cids, by_hash);
    for (size_t i = 0; i < roots->count; i++) {
        if (unique == 0 || !cid_same_block(&roots->cids[i], &roots->cids[unique - 1]))
            roots->cids[unique++] = roots->cids[i];
    }
    roots->count = unique;
}

struct finding {
    struct fetch *fetch;
    struct tokens_roots *roots;
    const mm_addr *collection;
    size_t left_out; /* URIs that name nothing by its hash */
};

static int add_root(struct finding *finding, mm_bytes uri)
{
    struct cli_run *run = finding->fetch->remote->run;
    struct cid root;
    mm_bytes path;
    if (uri.len == 0)
        return CLI_OK;
    if (!fetch_parse(&run->arena, &root, &path, uri)) {
        finding->left_out++;
        return CLI_OK;
    }
    if (root.hash.code == MULTIHASH_IDENTITY) /* it is in the URI itself */
        return CLI_OK;
    if (!tokens_roots_add(finding->roots, &root))
        return cli_fail(run, CLI_FAILED, "out of memory");
    if (finding->roots->count > 2 * (size_t)CAR_ROOTS_MAX)
        make_unique(finding->roots);
    if (finding->roots->count > 2 * (size_t)CAR_ROOTS_MAX)
        return cli_fail(run, CLI_FAILED, "more than %d roots: no CAR file has so many",
                        CAR_ROOTS_MAX);
    return CLI_OK;
}

/* What a URI leads to, as JSON; JSON_NULL when that is something else: a picture, a folder. */
static int read_metadata(struct finding *finding, struct json *json, uint64_t id, mm_bytes uri)
{
    struct cli_run *run = finding->fetch->remote->run;
    const struct json_options options = { .unique_keys = false };
    struct cid root;
    mm_bytes path;
    mm_bytes bytes;
    *json = (struct json){ .kind = JSON_NULL };
    if (!metadata_decode_data(&run->arena, &bytes, uri)) {
        if (!fetch_parse(&run->arena, &root, &path, uri))
            return CLI_OK;
        const enum fetch_verdict verdict =
            fetch_bytes(finding->fetch, &bytes, &root, path, MINT_METADATA_BYTES_MAX);
        if (verdict == FETCH_TOO_LARGE || verdict == FETCH_FOLDER || verdict == FETCH_MALFORMED)
            return CLI_OK;
        if (verdict != FETCH_OK)
            return cli_fail(run, verdict == FETCH_WRONG ? CLI_UNVERIFIED : CLI_FAILED,
                            "token %llu: %s", (unsigned long long)id, fetch_verdict_text(verdict));
    }
    struct json parsed;
    if (json_parse(&run->arena, &parsed, bytes, &options, NULL) == JSON_OK)
        *json = parsed;
    return CLI_OK;
}

static int add_token(struct finding *finding, uint64_t id, mm_bytes uri)
{
    static const char *const names[] = { "image", "animation_url" };
    const bool is_data = uri.len > 5 && memcmp(uri.ptr, "data:", 5) == 0;
    struct json json;
    if (!is_data)
        REMOTE_TRY(add_root(finding, uri));
    REMOTE_TRY(read_metadata(finding, &json, id, uri));
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        const struct json *value = json_find(&json, names[i]);
        if (value != NULL && value->kind == JSON_STRING)
            REMOTE_TRY(add_root(finding, value->text));
    }
    return CLI_OK;
}

static int add_batch(struct finding *finding, uint64_t first, size_t count)
{
    struct remote *remote = finding->fetch->remote;
    struct jsonrpc_request requests[STEP];
    struct jsonrpc_reply replies[STEP];
    for (size_t i = 0; i < count; i++) {
        const mm_u256 id = u256_from_u64(first + i);
        REMOTE_TRY(calls_request(remote->run, &requests[i], finding->collection,
                                 "tokenURI(uint256)", ABI_VALUES(abi_word(&id))));
    }
    REMOTE_TRY(remote_batch(remote, replies, requests, count));
    for (size_t i = 0; i < count; i++) {
        struct abi_value value;
        if (replies[i].is_error && replies[i].code != 3) /* a revert: burned */
            return remote_refused(remote, "eth_call", &replies[i]);
        if (calls_read(remote->run, &value, "string", &replies[i]))
            REMOTE_TRY(add_token(finding, first + i, value.bytes));
    }
    return CLI_OK;
}

int tokens_find_roots(struct fetch *fetch, struct tokens_roots *roots, const mm_addr *collection)
{
    struct cli_run *run = fetch->remote->run;
    struct finding finding = { .fetch = fetch, .roots = roots, .collection = collection };
    struct abi_value next;
    REMOTE_TRY(calls_view(fetch->remote, &next, "uint256", collection, "nextTokenId()", NULL));
    const uint64_t end = u256_fits_u64(&next.word) ? next.word.limb[0] : UINT64_MAX;
    for (uint64_t id = 1; id < end;) {
        const struct mm_arena_mark mark = mm_arena_mark(&run->arena);
        const size_t count = end - id < STEP ? (size_t)(end - id) : STEP;
        REMOTE_TRY(add_batch(&finding, id, count));
        mm_arena_rewind(&run->arena, mark);
        id += count;
    }
    make_unique(roots);
    if (roots->count > CAR_ROOTS_MAX)
        return cli_fail(run, CLI_FAILED, "%zu roots: a CAR file has at most %d", roots->count,
                        CAR_ROOTS_MAX);
    if (finding.left_out > 0)
        cli_note(run, "%zu URIs name no content by its hash and are left out", finding.left_out);
    return CLI_OK;
}
