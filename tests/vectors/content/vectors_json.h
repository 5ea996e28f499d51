/* A vector file as a yajl tree: read, looked at by key, kept until the test's process ends. */
#ifndef TESTS_VECTORS_CONTENT_VECTORS_JSON_H
#define TESTS_VECTORS_CONTENT_VECTORS_JSON_H

#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_tree.h>

/* Trees that were read, so that leak checkers see who holds them. */
static yajl_val json_trees[8];

/* NULL when the file is not there. */
static inline yajl_val json_from_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    (void)fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
        abort();
    (void)fclose(file);
    char error[200];
    const yajl_val tree = yajl_tree_parse(text, error, sizeof error);
    free(text);
    if (tree == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, error);
        abort();
    }
    size_t at = 0;
    while (json_trees[at] != NULL)
        at++;
    json_trees[at] = tree;
    return tree;
}

static inline yajl_val json_at(yajl_val object, const char *key)
{
    const char *path[] = { key, NULL };
    return yajl_tree_get(object, path, yajl_t_any);
}

/* NULL when the member is not there. */
static inline const char *json_text(yajl_val object, const char *key)
{
    return YAJL_GET_STRING(json_at(object, key));
}

/* -1 when the member is not there. */
static inline long long json_number(yajl_val object, const char *key)
{
    const yajl_val value = json_at(object, key);
    return YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : -1;
}

#endif
