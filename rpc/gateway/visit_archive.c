/* A CAR: the blocks on the path, then those of the scope, as they are read. */
#include <inttypes.h>
#include <stdio.h>

#include "rpc/gateway/body.h"
#include "rpc/gateway/visit.h"
#include "state/base/heap.h"

struct archive {
    struct car_export *export; /* owned */
    struct mm_buf front;       /* read before the answer began */
    mm_bytes left;             /* of front, not yet sent */
    mm_bytes piece;            /* of the export's, not yet sent */
};

static void free_archive(void *state)
{
    struct archive *archive = state;
    if (archive == NULL)
        return;
    car_export_free(archive->export);
    mm_buf_fini(&archive->front);
    mm_heap_free(archive);
}

static struct archive *new_archive(const struct visit *visit)
{
    struct archive *archive = mm_heap_zeroed(1, sizeof *archive);
    if (archive == NULL)
        return NULL;
    const struct block_source source = content_source(visit->gateway->content);
    mm_buf_init(&archive->front, BODY_WHOLE_BYTES_MAX + BLOCK_BYTES_MAX);
    archive->export = car_export_new(&source, &visit->form.car);
    if (archive->export == NULL) {
        free_archive(archive);
        return NULL;
    }
    return archive;
}

/* Takes as much of *from as there is room for. */
static ptrdiff_t move(uint8_t *out, size_t capacity, mm_bytes *from)
{
    const size_t len = from->len < capacity ? from->len : capacity;
    memcpy(out, from->ptr, len);
    *from = mm_bytes_from(from->ptr + len, from->len - len);
    return (ptrdiff_t)len;
}

static ptrdiff_t read_archive(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    (void)offset; /* asked for in order */
    struct archive *archive = state;
    if (archive->left.len > 0)
        return move(out, capacity, &archive->left);
    if (archive->piece.len == 0) {
        const enum read_verdict verdict = car_export_next(archive->export, &archive->piece);
        if (verdict == READ_END)
            return 0;
        if (verdict != READ_OK)
            return HTTP_READ_FAILED; /* a client that lacks a block must not take the rest for all */
    }
    return move(out, capacity, &archive->piece);
}

/* The first pieces, while there is a status to say that a block is missing. READ_END: that is all of it. */
static enum read_verdict read_front(struct archive *archive)
{
    mm_bytes piece;
    while (archive->front.len <= BODY_WHOLE_BYTES_MAX) {
        const enum read_verdict verdict = car_export_next(archive->export, &piece);
        if (verdict != READ_OK)
            return verdict;
        mm_buf_add(&archive->front, piece);
        if (mm_buf_err(&archive->front) != MM_OK)
            return READ_FAILED;
    }
    return READ_OK;
}

/* Root and path decide which blocks come before those that are named. FNV-1a tells the requests of one client apart. */
static uint64_t hash_way(const struct visit *visit)
{
    uint8_t root[CID_BYTES_MAX];
    const mm_bytes parts[] = { { root, cid_encode(root, &visit->root) }, visit->path };
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < MM_COUNT_OF(parts); i++) {
        for (size_t j = 0; j < parts[i].len; j++)
            hash = (hash ^ parts[i].ptr[j]) * 0x100000001b3;
    }
    return hash;
}

/* Each set of parameters has a tag of its own. */
static void set_etag(struct visit *visit)
{
    static const char *const scopes[] = { "all", "entity", "block" };
    const struct walk_options *walk = &visit->form.car.walk;
    char range[64] = "";
    char text[120];
    if (walk->has_range)
        (void)snprintf(range, sizeof range, ".%" PRId64 "_%" PRId64, walk->range.from,
                       walk->range.to);
    (void)snprintf(text, sizeof text, ".car.%s%s.%c.%016" PRIx64, scopes[walk->scope], range,
                   walk->repeats ? 'y' : 'n', hash_way(visit));
    visit_set_etag(visit, "", &visit->node.cid, text);
}

/* Where the path ends. A root without a path is followed through links of any kind, and need not be UnixFS. */
static enum read_verdict begin(struct visit *visit, struct archive *archive)
{
    const struct content_path_listener listener = visit_listener(visit);
    if (visit->path.len > 0)
        return car_export_resolve(archive->export, &visit->node, NULL, &visit->root, visit->path,
                                  &listener);
    visit->node = (struct content_node){ .cid = visit->root, .kind = CONTENT_OTHER };
    listener.passed(listener.context, &visit->root);
    car_export_begin(archive->export, &visit->root);
    return READ_OK;
}

static void send(struct visit *visit, struct archive **taken_archive, bool is_whole)
{
    struct archive *archive = *taken_archive;
    if (is_whole) {
        visit->response.body = archive->front;
        mm_buf_init(&archive->front, 0);
        return;
    }
    archive->left = mm_buf_bytes(&archive->front);
    visit->response.reader =
        (struct http_reader){ read_archive, free_archive, archive, HTTP_LENGTH_UNKNOWN };
    *taken_archive = NULL;
}

void visit_archive(struct visit *visit)
{
    struct archive *archive = new_archive(visit);
    if (archive == NULL) {
        visit_fail(visit, 503, "no memory");
        return;
    }
    enum read_verdict verdict = begin(visit, archive);
    if (verdict == READ_OK)
        verdict = read_front(archive);
    if (verdict != READ_OK && verdict != READ_END) {
        visit_fail_read(visit, verdict);
    } else {
        set_etag(visit);
        if (!visit_is_known(visit, VISIT_CACHE_FOR_GOOD)) {
            send(visit, &archive, verdict == READ_END);
            visit_headers(visit, form_media_type(&visit->form), VISIT_CACHE_FOR_GOOD);
            visit_header(visit, "Accept-Ranges", "none");
            visit_disposition_cid(visit, VISIT_SAVED, &visit->node.cid, ".car");
        }
    }
    free_archive(archive);
}
