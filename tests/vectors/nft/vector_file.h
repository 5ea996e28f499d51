/* Vector files: gzipped JSON lines, read one record at a time; and what their fields mean. A file that is not what it should be ends
 * the program: a vector that cannot be read is a failure, not a skip. */
#ifndef TESTS_VECTORS_NFT_VECTOR_FILE_H
#define TESTS_VECTORS_NFT_VECTOR_FILE_H

#include "state/base/arena.h"
#include "state/codec/json.h"

struct vector_file;

struct vector_file *vector_file_open(const char *path);
void vector_file_close(struct vector_file *file);
/* The next record, in the arena. False at the end. */
bool vector_file_next(struct vector_file *file, struct mm_arena *arena, struct json *record);

/* Fields of a record that must be there and of their kind. */
const struct json *field(const struct json *record, const char *key);
bool field_bool(const struct json *record, const char *key);
mm_bytes field_text(const struct json *record, const char *key);
mm_bytes field_data(struct mm_arena *arena, const struct json *record, const char *key);
mm_addr field_addr(const struct json *record, const char *key);
mm_hash32 field_hash(const struct json *record, const char *key);
mm_u256 field_quantity(const struct json *record, const char *key);
bool field_is(const struct json *record, const char *key, const char *text);

mm_bytes data_of(struct mm_arena *arena, const struct json *text);

#endif
