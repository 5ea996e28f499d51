/* pin: what users hold. */
#include "p2p/content/needs.h"
#include "rpc/content/api_internal.h"
#include "rpc/content/keep_internal.h"
#include "state/codec/json.h"

static void answer_pins(struct http_request *request, const struct cid *cids, size_t count)
{
    struct http_response response;
    http_response_init(&response, 200, "application/json", 1 << 20);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "Pins");
    json_open_array(&json);
    for (size_t i = 0; i < count; i++) {
        char text[CID_TEXT_MAX + 1];
        (void)cid_to_text(text, &cids[i], MULTIBASE_BASE32);
        json_add_text(&json, text);
    }
    json_close_array(&json);
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

static void fail_at(struct http_request *request, const char *why, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    api_fail(request, 500, "%s %s", why, text);
}

/* At least one. False: answered. */
static bool take_some(struct content_keep *keep, struct http_request *request,
                      struct keep_arguments *arguments)
{
    if (!keep_arguments(keep, request, arguments))
        return false;
    if (arguments->count > 0)
        return true;
    api_fail(request, 500, "argument \"ipfs-path\" is required");
    return false;
}

/* ---- what a user has pinned ---- */

/* Pins of a root that may be removed here, other than one of this owner. Out: *count, and whether a token holds the root. */
static mm_err remove_pins(struct content *content, size_t *count, bool *is_chain,
                          const struct cid *root, const mm_bytes *but)
{
    *count = 0;
    *is_chain = false;
    struct content_pins *pins = content_pins_new(content, root);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    mm_err err;
    while ((err = content_pins_next(pins, &pin)) == MM_OK) {
        *is_chain |= pin.kind == CONTENT_PIN_CHAIN;
        if (pin.kind == CONTENT_PIN_CHAIN ||
            (but != NULL && (pin.kind != CONTENT_PIN_USER || mm_bytes_equal(pin.owner, *but))))
            continue;
        err = content_pin_del(content, root, pin.kind, pin.owner);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND)
            break;
        ++*count;
    }
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* False: answered. */
static bool hold(struct content_keep *keep, struct http_request *request, const struct cid *root,
                 bool recursive, mm_bytes name)
{
    struct cid lacking;
    const struct content_pin pin = {
        .root = *root,
        .kind = CONTENT_PIN_USER,
        .depth = recursive ? CONTENT_PIN_RECURSIVE : CONTENT_PIN_DIRECT,
        .owner = name,
    };
    mm_err err = needs_hold(keep->content, &lacking, &pin);
    size_t count;
    bool is_chain;
    if (err == MM_OK) /* under another name it was pinned before: it has one */
        err = remove_pins(keep->content, &count, &is_chain, root, &name);
    if (err == MM_OK)
        return true;
    if (err == MM_ERR_NOT_FOUND)
        fail_at(request, "pin: block was not found locally (offline): ipld: could not find",
                &lacking);
    else if (err == MM_ERR_CORRUPT)
        fail_at(request, "pin: block is corrupt:", &lacking);
    else if (err == MM_ERR_LIMIT)
        api_fail(request, 500, "pin: too many blocks below the root");
    else
        api_fail_err(request, err);
    return false;
}

void keep_pin_add(void *context, struct http_request *request)
{
    struct content_keep *keep = context;
    struct keep_arguments arguments;
    mm_bytes name = mm_bytes_from(NULL, 0);
    if (!keep_check_options(request, "recursive r name n") || !take_some(keep, request, &arguments))
        return;
    (void)(http_query(request, "name", &name) || http_query(request, "n", &name));
    if (name.len > CONTENT_OWNER_MAX) {
        api_fail(request, 500, "a name has %d bytes at most", CONTENT_OWNER_MAX);
        return;
    }
    const bool recursive = keep_flag(request, "recursive", keep_flag(request, "r", true));
    for (size_t i = 0; i < arguments.count; i++)
        if (!hold(keep, request, &arguments.cids[i], recursive, name))
            return;
    answer_pins(request, arguments.cids, arguments.count);
}

/* False: answered. */
static bool release(struct content_keep *keep, struct http_request *request, const struct cid *root)
{
    size_t count;
    bool is_chain;
    const mm_err err = remove_pins(keep->content, &count, &is_chain, root, NULL);
    if (err != MM_OK) {
        api_fail_err(request, err);
        return false;
    }
    if (count > 0)
        return true;
    if (is_chain)
        fail_at(request, "a token on the chain holds it, which burning it ends:", root);
    else
        api_fail(request, 500, "not pinned or pinned indirectly");
    return false;
}

void keep_pin_rm(void *context, struct http_request *request)
{
    struct content_keep *keep = context;
    struct keep_arguments arguments;
    if (!keep_check_options(request, "recursive r") || !take_some(keep, request, &arguments))
        return;
    for (size_t i = 0; i < arguments.count; i++)
        if (!release(keep, request, &arguments.cids[i]))
            return;
    answer_pins(request, arguments.cids, arguments.count);
}

static mm_err has_user_pin(struct content *content, bool *has, const struct cid *root)
{
    *has = false;
    struct content_pins *pins = content_pins_new(content, root);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    mm_err err;
    while ((err = content_pins_next(pins, &pin)) == MM_OK)
        *has |= pin.kind == CONTENT_PIN_USER && pin.depth == CONTENT_PIN_RECURSIVE;
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

void keep_pin_update(void *context, struct http_request *request)
{
    struct content_keep *keep = context;
    struct keep_arguments arguments;
    bool has;
    if (!keep_check_options(request, "unpin") || !take_some(keep, request, &arguments))
        return;
    if (arguments.count != 2) {
        api_fail(request, 500, "argument \"to-path\" is required");
        return;
    }
    const mm_err err = has_user_pin(keep->content, &has, &arguments.cids[0]);
    if (err != MM_OK) {
        api_fail_err(request, err);
        return;
    }
    if (!has) {
        api_fail(request, 500, "'from' cid was not recursively pinned already");
        return;
    }
    const bool same = cid_same_block(&arguments.cids[0], &arguments.cids[1]);
    if (!hold(keep, request, &arguments.cids[1], true, mm_bytes_from(NULL, 0)))
        return;
    if (!same && keep_flag(request, "unpin", true) && !release(keep, request, &arguments.cids[0]))
        return;
    answer_pins(request, arguments.cids, 2);
}
