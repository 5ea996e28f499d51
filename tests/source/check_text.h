/* What a source file may say. Each function adds its findings to *findings. */
#ifndef TESTS_SOURCE_CHECK_TEXT_H
#define TESTS_SOURCE_CHECK_TEXT_H

#include "tests/source/house.h"

/* Where a quoted include leads: to a header of the house, one that the build writes, or nowhere. */
enum header_place { HEADER_OF_HOUSE, HEADER_GENERATED, HEADER_NOWHERE };
typedef enum header_place (*header_place_fn)(void *context, const char *name);

/* Each `#include "…"` names its header from the root; the header is of the file's own folder or of a library that the file's
 * library reaches through its LINKS; a header …_internal.h is of the own folder. A file whose folder is no library (node/main.c)
 * may include any public header. */
void check_includes(const struct house *house, const char *path, const char *text,
                    header_place_fn place, void *context, struct mm_buf *findings);

/* No call of a function that has a better one: strcpy, strcat, sprintf, vsprintf, gets, strtok, atoi, alloca … */
void check_banned(const char *path, const char *text, struct mm_buf *findings);

/* A public header opens with a comment that says what it is: a sentence at least. */
void check_essay(const char *path, const char *text, struct mm_buf *findings);

#endif
