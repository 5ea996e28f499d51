/* What the documents may say: links that lead somewhere, lines that fit, and tables that agree with the source. Each function
 * adds its findings to *findings. */
#ifndef TESTS_SOURCE_CHECK_DOCUMENTS_H
#define TESTS_SOURCE_CHECK_DOCUMENTS_H

#include "tests/source/house.h"

enum { DOCUMENT_COLUMNS_MAX = 128 };

/* Whether there is a file or folder of this path from the root. */
typedef bool (*document_exists_fn)(void *context, const char *path);

/* Each `](target)` outside code, but for those with a scheme or only an anchor, is a path from the document's folder to
 * something that is there. */
void check_links(const char *path, const char *text, document_exists_fn exists, void *context,
                 struct mm_buf *findings);

/* Each docs/….md that a source file names is there. */
void check_mentions(const char *path, const char *text, document_exists_fn exists, void *context,
                    struct mm_buf *findings);

/* No line of more than DOCUMENT_COLUMNS_MAX characters, but rows of tables, which cannot be broken. */
void check_columns(const char *path, const char *text, struct mm_buf *findings);

/* The rows "| `GAS_NAME` | number | …" of a section against the "GAS_NAME = number" of a source: the same names, the same numbers,
 * each once. */
void check_gas(const char *document, const char *source, struct mm_buf *findings);

#endif
