#include "node/cli/check_content.h"

#include "node/cli/fetch.h"
#include "p2p/content/filetype.h"
#include "p2p/content/mint.h"

struct check {
    struct steps *steps;
    struct fetch fetch;
    mm_bytes uri;
    mm_bytes metadata;
    mm_bytes image_uri;
    uint64_t image_bytes;
    struct filetype_head image_head;
};

static int end_fetch(struct check *c, struct step *step, enum fetch_verdict verdict)
{
    char why[480];
    snprintf(why, sizeof why, "%s%s%s", fetch_verdict_text(verdict),
             c->fetch.reason.text[0] != '\0' ? ": " : "", c->fetch.reason.text);
    return steps_end(c->steps, step, verdict == FETCH_OK ? CLI_OK : CLI_UNVERIFIED, why);
}

static void add_cid(struct check *c, struct step *step, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, cid, MULTIBASE_BASE32);
    step_add_text(c->steps, step, "cid", text);
}

static int check_metadata(struct check *c)
{
    struct step *step = steps_begin(c->steps, "metadata");
    struct cid root;
    mm_bytes path;
    struct json metadata;
    const struct json_options options = { .unique_keys = false };
    if (c->uri.len == 0)
        return steps_end(c->steps, step, CLI_UNVERIFIED, "the token has no URI");
    if (!fetch_parse(&c->steps->run->arena, &root, &path, c->uri))
        return steps_end(c->steps, step, CLI_UNVERIFIED,
                         "the URI does not name content by its hash");
    add_cid(c, step, &root);
    const enum fetch_verdict verdict =
        fetch_bytes(&c->fetch, &c->metadata, &root, path, MINT_METADATA_BYTES_MAX);
    if (verdict != FETCH_OK)
        return end_fetch(c, step, verdict);
    step_add_number(c->steps, step, "bytes", c->metadata.len);
    if (json_parse(&c->steps->run->arena, &metadata, c->metadata, &options, NULL) != JSON_OK ||
        metadata.kind != JSON_OBJECT)
        return steps_end(c->steps, step, CLI_UNVERIFIED, "the metadata is no JSON object");
    const struct json *name = json_find(&metadata, "name");
    const struct json *image = json_find(&metadata, "image");
    if (name != NULL && name->kind == JSON_STRING)
        step_add(c->steps, step, "name", name->text);
    if (image != NULL && image->kind == JSON_STRING)
        c->image_uri = image->text;
    return steps_end(c->steps, step, CLI_OK, "");
}

static mm_err count_image(void *ctx, mm_bytes piece)
{
    struct check *c = ctx;
    filetype_head_add(&c->image_head, piece);
    c->image_bytes += piece.len;
    return MM_OK;
}

static int check_image(struct check *c)
{
    struct step *step = steps_begin(c->steps, "image");
    struct cid root;
    mm_bytes path;
    const struct fetch_sink sink = { .ctx = c, .piece = count_image };
    if (c->image_uri.len == 0)
        return steps_end(c->steps, step, CLI_UNVERIFIED, "the metadata names no image");
    step_add(c->steps, step, "image", c->image_uri);
    if (!fetch_parse(&c->steps->run->arena, &root, &path, c->image_uri))
        return steps_end(c->steps, step, CLI_UNVERIFIED,
                         "the URI does not name content by its hash");
    add_cid(c, step, &root);
    const enum fetch_verdict verdict = fetch_file(&c->fetch, NULL, &root, path, UINT64_MAX, &sink);
    if (verdict == FETCH_OK) {
        step_add_number(c->steps, step, "bytes", c->image_bytes);
        step_add_text(c->steps, step, "type",
                      filetype_media_type(filetype_head_detect(&c->image_head)));
    }
    return end_fetch(c, step, verdict);
}

int check_content(struct steps *steps, struct remote *remote, mm_bytes uri)
{
    struct check *c = MM_ARENA_NEW(&steps->run->arena, struct check);
    if (c == NULL)
        return cli_fail(steps->run, CLI_FAILED, "out of memory");
    c->steps = steps;
    c->uri = uri;
    REMOTE_TRY(fetch_open(&c->fetch, remote));
    int status = check_metadata(c);
    if (status == CLI_OK)
        status = check_image(c);
    fetch_close(&c->fetch);
    return status;
}
