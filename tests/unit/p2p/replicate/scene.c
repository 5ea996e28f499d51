#include "scene.h"

struct scene scene_begin(size_t puppets, size_t chunks)
{
    struct scene scene = { .yard = yard_new(1, puppets, 0), .elsewhere = collected_open(NULL, 0) };
    scene.root = collected_add(scene.elsewhere, 1, chunks, 0, 0);
    yard_want(scene.yard, 0, &scene.root);
    return scene;
}

void scene_ask(struct scene *scene)
{
    yard_say_have(scene->yard, 1, &scene->root);
    yard_run(scene->yard, 2000);
    cr_assert(yard_asked(scene->yard, 1, &scene->asked));
    cr_assert(scene->asked.count == 1 && cid_same_block(&scene->asked.blocks[0], &scene->root));
}

void scene_answer_all(struct scene *scene, size_t puppet, size_t seconds)
{
    for (size_t i = 0; i < seconds; i++) {
        yard_run(scene->yard, 1000);
        while (yard_asked(scene->yard, puppet, &scene->asked))
            yard_answer(scene->yard, puppet, &scene->asked, scene->elsewhere);
    }
}

void scene_end(struct scene *scene)
{
    content_close(scene->elsewhere);
    yard_free(scene->yard);
}
