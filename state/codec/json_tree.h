/* How a tree of JSON grows, for both parsers (json_plain.c, json_parse.c).
 *
 * Values that are parsed but whose container is still open stand on a stack, with their keys; closing a container moves those
 * above it into an array of the arena. So every value is moved once, and arrays are exactly as long as they must be.
 * What fails sets the verdict and gives NULL or false. */
#ifndef STATE_CODEC_JSON_TREE_H
#define STATE_CODEC_JSON_TREE_H

#include "state/base/limits.h"
#include "state/codec/json_internal.h"

enum { JSON_STACK_FEW = 32 };

struct json_tree {
    struct mm_arena *arena;
    bool unique_keys;
    enum json_verdict verdict;
    mm_bytes duplicate;

    struct json_member *stack; /* few, or owned */
    size_t stack_count;
    size_t stack_capacity;
    size_t open[MM_JSON_DEPTH_MAX]; /* the containers' places on the stack */
    size_t depth;
    mm_bytes key; /* of the next value, where it is in an object; else left over */
    struct json_member few[JSON_STACK_FEW];
};

void json_tree_init(struct json_tree *tree, struct mm_arena *arena, bool unique_keys);
void json_tree_fini(struct json_tree *tree);

struct json *json_tree_push(struct json_tree *tree, enum json_kind kind);
bool json_tree_open(struct json_tree *tree, enum json_kind kind);
/* The innermost container; its kind is the one it was opened with. */
bool json_tree_close(struct json_tree *tree);

/* ---- json_plain.c ---- */

/* One value without a backslash or a byte above 127, which is what requests are. The tree is empty before. True: it is on the
 * stack. False: it is something else, or wrong in any way, and the tree is to be thrown away. Strings and numbers are parts of text. */
bool json_plain_parse(struct json_tree *tree, mm_bytes text);

#endif
