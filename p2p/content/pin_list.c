#include "p2p/content/pin_list.h"

#include "p2p/content/seen.h"
#include "p2p/content/walk.h"
#include "state/base/heap.h"

enum { TAG_LISTED = 1 };

struct pin_list {
    struct content *content;
    unsigned types;
    struct content_pins *pins; /* owned */
    bool is_below;             /* roots are through; now what is below them */
    bool has_pin;              /* read ahead */
    struct content_pin pin;
    struct content_walk *walk; /* owned; NULL until needed */
    bool is_walking;
    struct content_pin root; /* that is walked */
    struct seen seen;
};

struct pin_list *pin_list_new(struct content *content, unsigned types)
{
    struct pin_list *list = mm_heap_zeroed(1, sizeof *list);
    if (list == NULL)
        return NULL;
    list->content = content;
    list->types = types;
    seen_init(&list->seen);
    list->pins = content_pins_new(content, NULL);
    const struct block_source source = content_source(content);
    list->walk = content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    if (list->pins == NULL || list->walk == NULL) {
        pin_list_free(list);
        return NULL;
    }
    return list;
}

void pin_list_free(struct pin_list *list)
{
    if (list == NULL)
        return;
    content_pins_free(list->pins);
    content_walk_free(list->walk);
    seen_fini(&list->seen);
    mm_heap_free(list);
}

/* ---- roots ---- */

/* All pins of the next root, as one. */
static mm_err next_root(struct pin_list *list, struct pin_listed *out)
{
    if (!list->has_pin)
        MM_TRY(content_pins_next(list->pins, &list->pin));
    list->has_pin = false;
    *out = (struct pin_listed){ .cid = list->pin.root, .type = PIN_TYPE_DIRECT, .pin = list->pin };
    for (;;) {
        out->is_by[list->pin.kind] = true;
        if (list->pin.depth == CONTENT_PIN_RECURSIVE)
            out->type = PIN_TYPE_RECURSIVE;
        const mm_err err = content_pins_next(list->pins, &list->pin);
        if (err == MM_ERR_NOT_FOUND)
            break;
        MM_TRY(err);
        if (!cid_same_block(&list->pin.root, &out->cid)) {
            list->has_pin = true;
            break;
        }
    }
    out->pin.owner = mm_bytes_from(NULL, 0);
    return MM_OK;
}

static mm_err is_root(struct content *content, bool *is_root, const struct cid *cid)
{
    struct content_pins *pins = content_pins_new(content, cid);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    const mm_err err = content_pins_next(pins, &pin);
    content_pins_free(pins);
    *is_root = err == MM_OK;
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* ---- below ---- */

static mm_err begin_below(struct pin_list *list)
{
    list->is_below = true;
    list->has_pin = false;
    content_pins_free(list->pins);
    list->pins = content_pins_new(list->content, NULL);
    return list->pins == NULL ? MM_ERR_NO_MEMORY : MM_OK;
}

static mm_err next_walk(struct pin_list *list)
{
    struct pin_listed root;
    do
        MM_TRY(next_root(list, &root));
    while (root.type != PIN_TYPE_RECURSIVE);
    list->root = root.pin;
    list->is_walking = true;
    content_walk_begin(list->walk, &root.cid);
    return MM_OK;
}

/* A block that was not given and is no root. Out: *has. */
static mm_err walk_on(struct pin_list *list, struct pin_listed *out, bool *has)
{
    struct cid cid;
    mm_bytes block;
    *has = false;
    const enum read_verdict verdict = content_walk_next(list->walk, &cid, &block);
    if (verdict == READ_FAILED)
        return content_walk_err(list->walk);
    list->is_walking = verdict != READ_END && verdict != READ_TOO_LARGE;
    if (verdict != READ_OK)
        return MM_OK;
    bool root;
    MM_TRY(is_root(list->content, &root, &cid));
    if (root)
        return MM_OK;
    MM_TRY(seen_add(&list->seen, has, &cid.hash, TAG_LISTED));
    *out = (struct pin_listed){ .cid = cid, .type = PIN_TYPE_INDIRECT, .pin = list->root };
    return MM_OK;
}

mm_err pin_list_next(struct pin_list *list, struct pin_listed *out)
{
    while (!list->is_below) {
        const mm_err err = next_root(list, out);
        if (err == MM_OK && (list->types & (unsigned)out->type) != 0)
            return MM_OK;
        if (err == MM_ERR_NOT_FOUND && (list->types & PIN_TYPE_INDIRECT) != 0)
            MM_TRY(begin_below(list));
        else if (err != MM_OK)
            return err;
    }
    for (;;) {
        bool has = false;
        MM_TRY(list->is_walking ? walk_on(list, out, &has) : next_walk(list));
        if (has)
            return MM_OK;
    }
}

/* ---- one ---- */

static mm_err find_below(struct content *content, struct pin_listed *out, const struct cid *cid)
{
    struct pin_list *list = pin_list_new(content, PIN_TYPE_INDIRECT);
    if (list == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err;
    do
        err = pin_list_next(list, out);
    while (err == MM_OK && !cid_same_block(&out->cid, cid));
    pin_list_free(list);
    return err;
}

mm_err pin_find(struct content *content, struct pin_listed *out, unsigned types,
                const struct cid *cid)
{
    *out = (struct pin_listed){ .cid = *cid };
    struct content_pins *pins = content_pins_new(content, cid);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    mm_err err;
    while ((err = content_pins_next(pins, &pin)) == MM_OK) {
        const enum pin_type type =
            pin.depth == CONTENT_PIN_RECURSIVE ? PIN_TYPE_RECURSIVE : PIN_TYPE_DIRECT;
        if ((types & (unsigned)type) == 0)
            continue;
        out->pin = pin;
        out->pin.owner = mm_bytes_from(NULL, 0);
        out->is_by[pin.kind] = true;
        out->type = out->type == PIN_TYPE_RECURSIVE ? PIN_TYPE_RECURSIVE : type;
    }
    content_pins_free(pins);
    if (err != MM_ERR_NOT_FOUND)
        return err;
    if (out->type != 0)
        return MM_OK;
    return (types & PIN_TYPE_INDIRECT) == 0 ? MM_ERR_NOT_FOUND : find_below(content, out, cid);
}
