/* A list of what is pinned, as `pin ls` gives it: roots, and the blocks below them.
 *
 *     recursive   a root that is pinned with all below it, by whoever: a token, a user, an upload
 *     direct      a block that is pinned alone
 *     indirect    a block below a recursive root that is neither
 *
 * Each block once. Roots come first, in the order of the hashes, then what is below them; of a root that lacks something, what is here.
 * Memory: a walk, and for indirect ones 72 to 288 bytes for each that was given. Threads: a list belongs to one. */
#ifndef P2P_CONTENT_PIN_LIST_H
#define P2P_CONTENT_PIN_LIST_H

#include "p2p/content/reader.h"
#include "p2p/content/store.h"

enum pin_type {
    PIN_TYPE_RECURSIVE = 1,
    PIN_TYPE_DIRECT = 2,
    PIN_TYPE_INDIRECT = 4,
    PIN_TYPE_ALL = 7,
};

struct pin_listed {
    struct cid cid;
    enum pin_type type;
    struct content_pin
        pin; /* of roots: the first of its pins, without its owner; of indirect ones: that of the root above */
    bool is_by[CONTENT_PIN_UPLOAD + 1]; /* of roots: kinds of their pins */
};

struct pin_list;

/* types: any of enum pin_type. NULL when there is no memory. */
struct pin_list *pin_list_new(struct content *content, unsigned types);
void pin_list_free(struct pin_list *list);
/* MM_ERR_NOT_FOUND at the end. */
MM_MUST_USE mm_err pin_list_next(struct pin_list *list, struct pin_listed *out);

/* How one block is pinned, of these types. MM_ERR_NOT_FOUND: not at all. To find that it is indirect, roots are walked until one has
 * it. */
MM_MUST_USE mm_err pin_find(struct content *content, struct pin_listed *out, unsigned types,
                            const struct cid *cid);

#endif
