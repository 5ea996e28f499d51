/* What most tests of fetching begin with: node 0 wants a root that no node has, and puppets answer out of a store elsewhere.
 *
 *     elsewhere (root) ◄── puppets 1, 2 … ◄──WANT── node 0
 *
 * Everything aborts on failure: it is test equipment. */
#ifndef TESTS_UNIT_P2P_REPLICATE_SCENE_H
#define TESTS_UNIT_P2P_REPLICATE_SCENE_H

#include "yard.h"

struct scene {
    struct yard *yard;
    struct content *elsewhere;
    struct cid root;
    struct yard_asked asked; /* of a puppet, the last one that was looked at */
};

/* The root is a file of so many chunks (collected.h). */
struct scene scene_begin(size_t puppets, size_t chunks);
/* Puppet 1 says that it has the root, and is asked for it. */
void scene_ask(struct scene *scene);
/* What the puppet is asked for now, and then what that leads to, for so many seconds. */
void scene_answer_all(struct scene *scene, size_t puppet, size_t seconds);
void scene_end(struct scene *scene);

#endif
