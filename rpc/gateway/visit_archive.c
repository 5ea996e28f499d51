/* Archives, sent as they are made: a CAR of the blocks on the path and those of the scope; a tar archive of what the path leads to. */
#include <inttypes.h>
#include <stdio.h>

#include "rpc/gateway/stream.h"
#include "rpc/gateway/visit.h"
#include "state/base/heap.h"

/* An archive and what it reads from: the request's source, which may ask other nodes. */
struct archive {
    struct stream stream;  /* owned */
    struct source *source; /* owned, below it */
};

static enum read_verdict more_archive(void *state, mm_bytes *piece, struct stream_failure *failure)
{
    struct archive *archive = state;
    const enum read_verdict verdict = archive->stream.more(archive->stream.state, piece, failure);
    failure->is_late = source_is_late(archive->source);
    return verdict;
}

static void free_archive(void *state)
{
    struct archive *archive = state;
    archive->stream.free(archive->stream.state);
    source_free(archive->source);
    mm_heap_free(archive);
}

/* What an archive is to be made from, each block read once. It is the visit's until send takes it. */
static struct block_source blocks_of(struct visit *visit)
{
    source_keep_no_more(visit->source);
    return source_blocks(visit->source);
}

/* Together with the visit's source, and so without the reader that is over it. READ_FAILED: no memory. */
static enum read_verdict set_body(struct visit *visit, struct stream_failure *failure,
                                  const struct stream *taken_stream)
{
    struct archive *archive = mm_heap_zeroed(1, sizeof *archive);
    if (archive == NULL) {
        *failure = (struct stream_failure){ .err = MM_ERR_NO_MEMORY };
        taken_stream->free(taken_stream->state);
        return READ_FAILED;
    }
    content_reader_free(visit->reader);
    *archive = (struct archive){ *taken_stream, visit->source };
    visit->reader = NULL;
    visit->source = NULL;
    const struct stream stream = { archive, more_archive, free_archive };
    return stream_body(&visit->response, failure, &stream);
}

/* The first bytes are made while there is a status to say that a block is missing. visit->etag is set. */
static void send(struct visit *visit, const struct stream *taken_stream, const char *extension)
{
    struct stream_failure failure;
    const enum read_verdict verdict = set_body(visit, &failure, taken_stream);
    if (verdict != READ_OK && failure.why != NULL) {
        visit_fail(visit, 500, failure.why);
    } else if (verdict != READ_OK) {
        visit->is_late = failure.is_late;
        visit_fail_read(visit, verdict);
    } else if (!visit_is_known(visit, VISIT_CACHE_FOR_GOOD)) {
        visit_headers(visit, form_media_type(&visit->form), VISIT_CACHE_FOR_GOOD);
        visit_header(visit, "Accept-Ranges", "none");
        visit_disposition_cid(visit, VISIT_SAVED, &visit->node.cid, extension);
    }
}

/* ---- CAR ---- */

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
static void set_car_etag(struct visit *visit)
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
static enum read_verdict begin(struct visit *visit, struct car_export *export)
{
    const struct content_path_listener listener = visit_listener(visit);
    if (visit->path.len > 0)
        return car_export_resolve(export, &visit->node, NULL, &visit->root, visit->path, &listener);
    visit->node = (struct content_node){ .cid = visit->root, .kind = CONTENT_OTHER };
    listener.passed(listener.context, &visit->root);
    car_export_begin(export, &visit->root);
    return READ_OK;
}

void visit_car(struct visit *visit)
{
    const struct block_source blocks = blocks_of(visit);
    struct car_export *export = car_export_new(&blocks, &visit->form.car);
    if (export == NULL) {
        visit_fail(visit, 503, "no memory");
        return;
    }
    const enum read_verdict verdict = begin(visit, export);
    if (verdict != READ_OK) {
        visit_fail_read(visit, verdict);
        car_export_free(export);
        return;
    }
    set_car_etag(visit);
    const struct stream stream = stream_of_car(export);
    send(visit, &stream, ".car");
}

/* ---- tar ---- */

/* Other nodes may write the same files into other archives, and so the tag is a weak one: W/"{cid}.x-tar". */
static void set_tar_etag(struct visit *visit)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, &visit->node.cid, MULTIBASE_BASE32);
    (void)snprintf(visit->etag, sizeof visit->etag, "W/\"%s.x-tar\"", text);
}

/* What is at the top of the archive is called by its CID. */
void visit_tar(struct visit *visit)
{
    char name[CID_TEXT_MAX + 1];
    if (visit->node.kind == CONTENT_OTHER) {
        visit_fail_codec(visit);
        return;
    }
    const struct block_source blocks = blocks_of(visit);
    struct content_tar *tar = content_tar_new(&blocks);
    if (tar == NULL) {
        visit_fail(visit, 503, "no memory");
        return;
    }
    const size_t len = cid_to_text(name, &visit->node.cid, MULTIBASE_BASE32);
    content_tar_begin(tar, &visit->node.cid, mm_bytes_from(name, len));
    set_tar_etag(visit);
    const struct stream stream = stream_of_tar(tar);
    send(visit, &stream, ".tar");
}
