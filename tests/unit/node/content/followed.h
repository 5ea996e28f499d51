/* A development chain whose tokens are followed into a content store. What goes wrong here is a failed assertion of the test. */
#ifndef TESTS_UNIT_NODE_CONTENT_FOLLOWED_H
#define TESTS_UNIT_NODE_CONTENT_FOLLOWED_H

#include "node/content/follow_internal.h"
#include "tests/lib/dev_chain.h"

enum { NOW_MS = 1000000 };

struct followed {
    struct dev_chain dev;
    struct content *content;
    struct follow *follow;
    char path[FOLDER_PATH_BYTES]; /* of the content; empty: in memory */
};

void followed_init(struct followed *f);
void followed_fini(struct followed *f);
/* The content, and what follows: for tests that close and open them themselves. */
void followed_open(struct followed *f);
void followed_begin(struct followed *f);
/* To the head; how many steps it took. */
size_t followed_catch_up(struct followed *f);
/* A URI whose root nobody has, told apart by a number. Terminated. */
mm_bytes followed_uri(char out[128], uint32_t number);

#endif
