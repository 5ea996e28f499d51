/* The house looks at itself: what the checks of this folder share.
 *
 * The build writes architecture.txt, a line per library folder: folder|kind|archive|direct links. The checks compare what the
 * sources do with what those lines allow. Each check is a function of its text, so that the tests can feed it small made-up
 * inputs and see it fail; then the same function reads the real house.
 * Findings are lines of text in an mm_buf, "path:line: what is wrong", one for each; no findings, no failure. */
#ifndef TESTS_SOURCE_HOUSE_H
#define TESTS_SOURCE_HOUSE_H

#include "state/base/buf.h"
#include "state/base/bytes.h"

enum {
    HOUSE_FOLDERS_MAX = 64,
    HOUSE_LINKS_MAX = 32,
    HOUSE_NAME_BYTES_MAX = 64,
    HOUSE_PATH_BYTES_MAX = 1024,
};

struct house_folder {
    char name[HOUSE_NAME_BYTES_MAX]; /* state/codec */
    bool is_deterministic;
    char archive[HOUSE_PATH_BYTES_MAX];
    char links[HOUSE_LINKS_MAX][HOUSE_NAME_BYTES_MAX];
    size_t link_count;
};

struct house {
    struct house_folder folders[HOUSE_FOLDERS_MAX];
    size_t count;
};

/* False when a line is not of the form above, or a folder links to one that is not there. */
bool house_parse(struct house *house, const char *text);
/* NULL: no such library. */
const struct house_folder *house_find(const struct house *house, const char *name);
/* Whether `from` links to `to`, directly or through others. Both are names of libraries. */
bool house_reaches(const struct house *house, const char *from, const char *to);

/* A whole file as text, to be freed by mm_heap_free, or NULL. */
char *house_read(const char *path);
/* Calls visit for each file below a folder of the house whose name ends so; path is from the root ("state/base/buf.c"). */
void house_walk(const char *root, const char *folder, const char *ending,
                void (*visit)(void *context, const char *path), void *context);
bool house_ends_with(const char *text, const char *ending);
/* "state/base" of "state/base/buf.c", "" when there is no folder. */
void house_folder_of(const char *path, char folder[HOUSE_PATH_BYTES_MAX]);

/* The source without what the compiler does not see: comments, and the insides of strings and characters, become spaces;
 * line ends stay. In place. */
void house_blank_comments(char *text);
void house_blank_strings(char *text);

/* The folders that hold the product. */
extern const char *const house_roots[];
extern const size_t house_root_count;

#endif
