/* Lists of what is needed. */
#include "p2p/content/needs_internal.h"
#include "state/base/heap.h"

enum { LOOKS_A_CALL = 64 };

/* ---- roots that lack something ---- */

struct needs {
    struct content *content;
    struct content_roots *roots; /* owned */
};

struct needs *needs_new(struct content *content)
{
    struct needs *needs = mm_heap_zeroed(1, sizeof *needs);
    if (needs == NULL)
        return NULL;
    needs->content = content;
    needs->roots = content_roots_new(content, true, NULL);
    if (needs->roots == NULL) {
        mm_heap_free(needs);
        return NULL;
    }
    return needs;
}

void needs_free(struct needs *needs)
{
    if (needs == NULL)
        return;
    content_roots_free(needs->roots);
    mm_heap_free(needs);
}

static mm_err is_pinned(struct content *content, bool *is_pinned, const struct cid *root)
{
    struct content_pins *pins = content_pins_new(content, root);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    const mm_err err = content_pins_next(pins, &pin);
    *is_pinned = err == MM_OK;
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

mm_err needs_next(struct needs *needs, struct content_root *root)
{
    for (;;) {
        bool pinned;
        MM_TRY(content_roots_next(needs->roots, root));
        MM_TRY(is_pinned(needs->content, &pinned, &root->cid));
        if (pinned)
            return MM_OK;
    }
}

mm_err needs_lacking(struct content *content, struct cid *blocks, size_t max, size_t *count,
                     const struct cid *root)
{
    *count = 0;
    const struct block_source source = content_source(content);
    struct content_walk *walk =
        content_walk_new(&source, &(struct walk_options){ .scope = WALK_ALL });
    if (walk == NULL)
        return MM_ERR_NO_MEMORY;
    content_walk_begin(walk, root);
    enum read_verdict verdict = READ_OK;
    while (*count < max && verdict != READ_END && verdict != READ_FAILED &&
           verdict != READ_TOO_LARGE) {
        struct cid cid;
        mm_bytes block;
        verdict = content_walk_next(walk, &cid, &block);
        if (verdict == READ_NO_BLOCK || verdict == READ_CORRUPT)
            blocks[(*count)++] = *content_walk_at(walk);
    }
    const mm_err err = verdict == READ_FAILED ? content_walk_err(walk) : MM_OK;
    content_walk_free(walk);
    return err;
}

/* ---- looking ---- */

/* Tokens that were not read, of roots that may be whole by now. */
static mm_err look_at_tokens(struct content *content, struct needs_place *place, bool *is_over)
{
    struct content_tokens *tokens =
        content_tokens_new(content, CONTENT_TOKENS_UNREAD, place->has_token ? &place->token : NULL);
    if (tokens == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (size_t i = 0; err == MM_OK && i < LOOKS_A_CALL; i++) {
        err = content_tokens_next(tokens, &place->token);
        if (err != MM_OK)
            break;
        place->has_token = true;
        err = needs_read_if_whole(content, &place->token);
    }
    content_tokens_free(tokens);
    *is_over = err == MM_ERR_NOT_FOUND;
    return *is_over ? MM_OK : err;
}

mm_err needs_look(struct content *content, struct needs_place *place, bool *is_over)
{
    *is_over = false;
    struct content_roots *roots =
        content_roots_new(content, true, place->has_root ? &place->root : NULL);
    if (roots == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (size_t i = 0; err == MM_OK && i < LOOKS_A_CALL; i++) {
        struct content_root root;
        err = content_roots_next(roots, &root);
        if (err != MM_OK)
            break;
        place->has_root = true;
        place->root = root.cid;
        err = needs_settle(content, &root, &root.cid);
        if (err == MM_ERR_NOT_FOUND)
            err = MM_OK;
    }
    content_roots_free(roots);
    if (err != MM_ERR_NOT_FOUND)
        return err;
    MM_TRY(look_at_tokens(content, place, is_over));
    if (*is_over)
        *place = (struct needs_place){ .has_root = false };
    return MM_OK;
}

mm_err needs_count(struct content *content, struct needs_counts *counts)
{
    *counts = (struct needs_counts){ .want = 0 };
    struct content_pins *pins = content_pins_new(content, NULL);
    struct needs *needs = needs_new(content);
    mm_err err = pins == NULL || needs == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    struct content_pin pin;
    struct content_root root;
    while (err == MM_OK && (err = content_pins_next(pins, &pin)) == MM_OK)
        counts->pins[pin.kind]++;
    if (err == MM_ERR_NOT_FOUND)
        err = MM_OK;
    while (err == MM_OK && (err = needs_next(needs, &root)) == MM_OK)
        *(root.state == CONTENT_ROOT_WANT ? &counts->want : &counts->partial) += 1;
    needs_free(needs);
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* ---- who holds the space ---- */

static void note_holder(struct needs_holders *holders, const struct needs_holder *holder)
{
    holders->roots[holder->kind]++;
    holders->bytes[holder->kind] += holder->bytes;
    size_t at = NEEDS_LARGEST;
    while (at > 0 && holder->bytes > holders->largest[at - 1].bytes)
        at--;
    if (at == NEEDS_LARGEST)
        return;
    memmove(&holders->largest[at + 1], &holders->largest[at],
            (NEEDS_LARGEST - at - 1) * sizeof *holders->largest);
    holders->largest[at] = *holder;
}

mm_err needs_holders(struct content *content, struct needs_holders *holders)
{
    *holders = (struct needs_holders){ .roots = { 0 } };
    struct content_pins *pins = content_pins_new(content, NULL);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    struct needs_holder last = { .kind = 0 };
    mm_err err;
    while ((err = content_pins_next(pins, &pin)) == MM_OK) {
        if (pin.kind == last.kind && cid_same_block(&pin.root, &last.root))
            continue; /* another owner of the same */
        struct content_root root;
        err = content_root_get(content, &root, &pin.root);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND)
            break;
        last = (struct needs_holder){ pin.root, pin.kind, err == MM_OK ? root.bytes : 0 };
        note_holder(holders, &last);
    }
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}
