#include "p2p/content/needs.h"

#include "p2p/content/needs_internal.h"
#include "p2p/content/reader.h"
#include "state/base/heap.h"
#include "state/codec/json.h"

/* ---- what a token names ---- */

static bool is_same_uri(const struct content_token_record *record, mm_bytes uri)
{
    return mm_bytes_equal(mm_bytes_from(record->uri, record->uri_len), uri);
}

mm_err needs_set_token(struct content *content, const struct content_token *token, mm_bytes uri,
                       uint64_t now_ms)
{
    uint8_t memory[CONTENT_URI_MAX];
    struct cid root;
    mm_bytes path;
    struct content_token_record known;
    const mm_err found = content_token_get(content, &known, token);
    if (found != MM_OK && found != MM_ERR_NOT_FOUND)
        return found;
    if (found == MM_OK && is_same_uri(&known, uri))
        return MM_OK;
    if (!needs_parse_uri(&root, &path, memory, uri))
        return found == MM_OK ? content_token_put(content, token, NULL, now_ms + NEEDS_GRACE_MS)
                              : MM_OK;
    const struct content_token_needs needs = { .uri = uri, .roots = &root, .count = 1 };
    return content_token_put(content, token, &needs, now_ms + NEEDS_GRACE_MS);
}

/* ---- metadata ---- */

static void add_root(struct content_token_record *record, const struct json *metadata,
                     const char *member)
{
    const struct json *value = json_find(metadata, member);
    uint8_t memory[CONTENT_URI_MAX];
    struct cid root;
    mm_bytes path;
    if (value == NULL || value->kind != JSON_STRING || record->count == CONTENT_TOKEN_ROOTS_MAX ||
        !needs_parse_uri(&root, &path, memory, value->text))
        return;
    for (size_t i = 0; i < record->count; i++)
        if (cid_same_block(&record->roots[i], &root))
            return;
    record->roots[record->count++] = root;
}

static void add_named(struct content_token_record *record, const struct json *file,
                      enum content_part part)
{
    switch (part) {
    case CONTENT_PART_METADATA:
        add_root(record, file, "image");
        add_root(record, file, "animation_url");
        return;
    case CONTENT_PART_CONTRACT:
        add_root(record, file, "image");
        add_root(record, file, "banner_image");
        add_root(record, file, "featured_image");
        return;
    case CONTENT_PART_SPECIFICATION:
        add_root(record, json_find(file, "model"), "script");
        return;
    case CONTENT_PART_ENTRY: /* all that it has is below its root */
    case CONTENT_PARTS:
        return;
    }
}

static mm_err add_roots(struct content_token_record *record, mm_bytes text, enum content_part part)
{
    struct mm_arena arena;
    mm_arena_init(&arena, NEEDS_ARENA_BYTES_MAX);
    struct json metadata;
    if (json_parse(&arena, &metadata, text, &(struct json_options){ .unique_keys = false }, NULL) ==
        JSON_OK)
        add_named(record, &metadata, part);
    mm_arena_fini(&arena);
    return MM_OK;
}

/* The text of the file that the URI names. Out: *has, whether there is such a file, of a size that metadata has. */
static mm_err read_metadata(struct content *content, struct mm_buf *text, bool *has,
                            const struct content_token_record *record)
{
    *has = false;
    uint8_t memory[CONTENT_URI_MAX];
    struct cid root;
    mm_bytes path;
    if (!needs_parse_uri(&root, &path, memory, mm_bytes_from(record->uri, record->uri_len)))
        return MM_OK;
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    if (reader == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_node node;
    enum read_verdict verdict = content_resolve(reader, &node, NULL, &root, path, NULL);
    if (verdict == READ_OK)
        verdict = content_file_read(reader, text, &node.cid);
    *has = verdict == READ_OK;
    mm_err err = MM_OK;
    if (verdict == READ_FAILED && content_reader_err(reader) != MM_ERR_LIMIT)
        err = content_reader_err(reader);
    else if (verdict == READ_NO_BLOCK || verdict == READ_CORRUPT)
        err = MM_ERR_NOT_FOUND;
    content_reader_free(reader);
    return err;
}

mm_err needs_read_token(struct content *content, const struct content_token *token)
{
    struct content_token_record record;
    const mm_err found = content_token_get(content, &record, token);
    if (found != MM_OK || record.is_read)
        return found == MM_ERR_NOT_FOUND ? MM_OK : found;
    struct mm_buf text;
    mm_buf_init(&text, NEEDS_METADATA_BYTES_MAX);
    bool has = false;
    mm_err err = MM_OK;
    if (token->part != CONTENT_PART_ENTRY) /* a conversation is not looked into */
        err = read_metadata(content, &text, &has, &record);
    if (err == MM_OK && has)
        err = add_roots(&record, mm_buf_bytes(&text), token->part);
    mm_buf_fini(&text);
    if (err == MM_ERR_NOT_FOUND)
        return MM_OK; /* not yet */
    if (err != MM_OK)
        return err;
    const struct content_token_needs needs = { .uri = mm_bytes_from(record.uri, record.uri_len),
                                               .roots = record.roots,
                                               .count = record.count,
                                               .is_read = true };
    return content_token_put(content, token, &needs, 0);
}

mm_err needs_read_if_whole(struct content *content, const struct content_token *token)
{
    struct content_token_record record;
    struct content_root root;
    mm_err err = content_token_get(content, &record, token);
    if (err != MM_OK || record.is_read || record.count == 0)
        return err == MM_ERR_NOT_FOUND ? MM_OK : err; /* it went in the meantime */
    err = content_root_get(content, &root, &record.roots[0]);
    if (err != MM_OK || root.state != CONTENT_ROOT_WHOLE)
        return err == MM_ERR_NOT_FOUND ? MM_OK : err;
    return needs_read_token(content, token);
}

/* ---- settling ---- */

/* What a walk of a root found. */
struct stock {
    struct walk_totals totals; /* first_at: of what was missing */
    mm_err first_err;          /* of it: MM_ERR_NOT_FOUND, MM_ERR_CORRUPT */
    bool is_cut;               /* the walk ended early */
};

static void note_missing(struct stock *stock, const struct cid *cid, mm_err err)
{
    if (stock->totals.missing++ > 0)
        return;
    stock->totals.first_at = *cid;
    stock->first_err = err;
}

/* A block that is not what it must be is none: it goes, so that it can be fetched. */
static mm_err note_failure(struct content *content, struct stock *stock,
                           const struct content_walk *walk, enum read_verdict verdict)
{
    if (verdict == READ_FAILED)
        return content_walk_err(walk);
    if (verdict == READ_CORRUPT)
        MM_TRY(content_drop_corrupt(content, content_walk_at(walk)));
    if (verdict == READ_CORRUPT || verdict == READ_NO_BLOCK)
        note_missing(stock, content_walk_at(walk),
                     verdict == READ_CORRUPT ? MM_ERR_CORRUPT : MM_ERR_NOT_FOUND);
    stock->is_cut = verdict == READ_TOO_LARGE;
    return MM_OK; /* malformed, too deep, of an unknown hash: nobody can have more of it */
}

static mm_err take_stock(struct content *content, struct content_writer *writer,
                         struct stock *stock, const struct cid *root, enum walk_scope scope)
{
    const struct block_source source = content_writer_source(writer);
    struct content_walk *walk = content_walk_new(&source, &(struct walk_options){ .scope = scope });
    if (walk == NULL)
        return MM_ERR_NO_MEMORY;
    content_walk_begin(walk, root);
    mm_err err = MM_OK;
    while (err == MM_OK && !stock->is_cut) {
        struct cid cid;
        mm_bytes block;
        const enum read_verdict verdict = content_walk_next(walk, &cid, &block);
        if (verdict == READ_END)
            break;
        if (verdict != READ_OK) {
            err = note_failure(content, stock, walk, verdict);
            continue;
        }
        stock->totals.blocks++;
        stock->totals.bytes += block.len;
    }
    content_walk_free(walk);
    return err;
}

static enum content_root_state state_of(const struct stock *stock)
{
    if (stock->totals.missing == 0 && !stock->is_cut)
        return CONTENT_ROOT_WHOLE;
    return stock->totals.blocks == 0 ? CONTENT_ROOT_WANT : CONTENT_ROOT_PARTIAL;
}

static mm_err settle(struct content *content, struct content_root *record)
{
    struct content_writer *writer = content_writer_new(content);
    if (writer == NULL)
        return MM_ERR_NO_MEMORY;
    struct stock stock = { .is_cut = false };
    mm_err err = take_stock(content, writer, &stock, &record->cid, WALK_ALL);
    const enum content_root_state before = record->state;
    const uint64_t blocks_before = record->blocks;
    if (err == MM_OK) {
        record->state = state_of(&stock);
        record->bytes = stock.totals.bytes;
        record->blocks = stock.totals.blocks;
    }
    if (err == MM_OK && (record->state != before || record->blocks != blocks_before))
        err = content_writer_commit(writer,
                                    &(struct content_commit){ .roots = record, .root_count = 1 });
    content_writer_free(writer);
    return err;
}

mm_err needs_hold(struct content *content, struct cid *lacking, const struct content_pin *pin)
{
    *lacking = pin->root;
    const bool is_deep = pin->depth == CONTENT_PIN_RECURSIVE;
    struct content_writer *writer = content_writer_new(content);
    if (writer == NULL)
        return MM_ERR_NO_MEMORY;
    struct stock stock = { .is_cut = false };
    mm_err err = take_stock(content, writer, &stock, &pin->root, is_deep ? WALK_ALL : WALK_BLOCK);
    if (err == MM_OK && stock.totals.missing > 0) {
        *lacking = stock.totals.first_at;
        err = stock.first_err;
    } else if (err == MM_OK && stock.is_cut) {
        err = MM_ERR_LIMIT;
    }
    const struct content_root record = { .cid = pin->root,
                                         .state = CONTENT_ROOT_WHOLE,
                                         .bytes = stock.totals.bytes,
                                         .blocks = stock.totals.blocks };
    const struct content_commit commit = {
        .pins = pin, .pin_count = 1, .roots = &record, .root_count = is_deep ? 1 : 0
    };
    if (err == MM_OK)
        err = content_writer_commit(writer, &commit);
    content_writer_free(writer);
    return err;
}

/* Every token that names the root. Ordered by owner, so the place is the last token. */
static mm_err read_tokens(struct content *content, const struct cid *root)
{
    struct content_pins *pins = content_pins_new(content, root);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    mm_err err;
    while ((err = content_pins_next(pins, &pin)) == MM_OK) {
        struct content_token token;
        if (pin.kind == CONTENT_PIN_CHAIN && content_pin_token(&token, &pin))
            err = needs_read_token(content, &token);
        if (err != MM_OK)
            break;
    }
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

mm_err needs_settle(struct content *content, struct content_root *out, const struct cid *root)
{
    MM_TRY(content_root_get(content, out, root));
    if (out->state != CONTENT_ROOT_WHOLE)
        MM_TRY(settle(content, out));
    return out->state == CONTENT_ROOT_WHOLE ? read_tokens(content, root) : MM_OK;
}
