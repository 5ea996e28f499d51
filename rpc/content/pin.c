/* pin/add, pin/rm, pin/update: what users hold. */
#include "p2p/content/needs.h"
#include "rpc/content/api_internal.h"

static void answer_pins(struct http_request *request, const struct cid *cids, size_t count)
{
    struct http_response response;
    api_open_json(&response, 1 << 20);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "Pins");
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        api_add_cid(&json, &cids[i]);
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
static bool hold(struct api_call *call, const struct cid *root, bool recursive, mm_bytes name)
{
    struct cid lacking;
    const struct content_pin pin = {
        .root = *root,
        .kind = CONTENT_PIN_USER,
        .depth = recursive ? CONTENT_PIN_RECURSIVE : CONTENT_PIN_DIRECT,
        .owner = name,
    };
    mm_err err = needs_hold(call->api->options.content, &lacking, &pin);
    size_t count;
    bool is_chain;
    if (err == MM_OK) /* under another name it was pinned before: it has one */
        err = remove_pins(call->api->options.content, &count, &is_chain, root, &name);
    if (err == MM_OK)
        return true;
    if (err == MM_ERR_NOT_FOUND)
        fail_at(call->request, "pin: block was not found locally (offline): ipld: could not find",
                &lacking);
    else if (err == MM_ERR_CORRUPT)
        fail_at(call->request, "pin: block is corrupt:", &lacking);
    else if (err == MM_ERR_LIMIT)
        api_fail(call->request, 500, "pin: too many blocks below the root");
    else
        api_fail_err(call->request, err);
    return false;
}

/* ---- pin/add ---- */

static void respond_add(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    const mm_bytes name = api_text(call, "name", "");
    if (name.len > CONTENT_OWNER_MAX) {
        api_fail(request, 500, "a name has %d bytes at most", CONTENT_OWNER_MAX);
        return;
    }
    const struct cid *cids = api_take_blocks(call);
    if (cids == NULL)
        return;
    const bool recursive = api_flag(call, "recursive", true);
    for (size_t i = 0; i < call->argument_count; i++)
        if (!hold(call, &cids[i], recursive, name))
            return;
    answer_pins(request, cids, call->argument_count);
}

static const struct api_option ADD_OPTIONS[] = {
    { "recursive", "r", API_FLAG, NULL, "it and all below it (the default), or the one block" },
    { "name", "n", API_TEXT, NULL, "to find it by" },
    { "stream", NULL, API_IGNORED, NULL, NULL }, /* kubo-rpc-client takes an object as a line */
    { "progress", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_PIN_ADD = {
    .name = "pin/add",
    .arguments = "PATH…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .options = ADD_OPTIONS,
    .option_count = MM_COUNT_OF(ADD_OPTIONS),
    .summary = "hold what is here, {Pins: [CID]}; all of it must be",
    .respond = respond_add,
};

/* ---- pin/rm ---- */

/* False: answered. */
static bool release(struct api_call *call, const struct cid *root)
{
    size_t count;
    bool is_chain;
    const mm_err err = remove_pins(call->api->options.content, &count, &is_chain, root, NULL);
    if (err != MM_OK) {
        api_fail_err(call->request, err);
        return false;
    }
    if (count > 0)
        return true;
    if (is_chain)
        fail_at(call->request, "a token on the chain holds it, which burning it ends:", root);
    else
        api_fail(call->request, 500, "not pinned or pinned indirectly");
    return false;
}

static void respond_rm(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    const struct cid *cids = call == NULL ? NULL : api_take_blocks(call);
    if (cids == NULL)
        return;
    for (size_t i = 0; i < call->argument_count; i++)
        if (!release(call, &cids[i]))
            return;
    answer_pins(request, cids, call->argument_count);
}

static const struct api_option RM_OPTIONS[] = {
    { "recursive", "r", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_PIN_RM = {
    .name = "pin/rm",
    .arguments = "PATH…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .options = RM_OPTIONS,
    .option_count = MM_COUNT_OF(RM_OPTIONS),
    .summary = "let go what a user or an upload holds, {Pins: [CID]}; a token's content stays",
    .respond = respond_rm,
};

/* ---- pin/update ---- */

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

static void respond_update(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    const struct cid *cids = call == NULL ? NULL : api_take_blocks(call);
    bool has;
    if (cids == NULL)
        return;
    const mm_err err = has_user_pin(call->api->options.content, &has, &cids[0]);
    if (err != MM_OK) {
        api_fail_err(request, err);
        return;
    }
    if (!has) {
        api_fail(request, 500, "'from' cid was not recursively pinned already");
        return;
    }
    if (!hold(call, &cids[1], true, mm_bytes_from(NULL, 0)))
        return;
    const bool lets_go = api_flag(call, "unpin", true) && !cid_same_block(&cids[0], &cids[1]);
    if (!lets_go || release(call, &cids[0]))
        answer_pins(request, cids, 2);
}

static const struct api_option UPDATE_OPTIONS[] = {
    { "unpin", NULL, API_FLAG, NULL, "let go of the first (the default)" },
};

const struct api_command API_CMD_PIN_UPDATE = {
    .name = "pin/update",
    .arguments = "FROM TO",
    .arguments_min = 2,
    .arguments_max = 2,
    .options = UPDATE_OPTIONS,
    .option_count = MM_COUNT_OF(UPDATE_OPTIONS),
    .summary = "hold the second as the first was held, {Pins: [FROM, TO]}",
    .respond = respond_update,
};
