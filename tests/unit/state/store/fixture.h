/* A store to test: either kind, in a folder of its own that goes away with it. */
#ifndef TESTS_UNIT_STATE_STORE_FIXTURE_H
#define TESTS_UNIT_STATE_STORE_FIXTURE_H

#include <criterion/criterion.h>

#include "state/store/kv.h"
#include "tests/lib/folder.h"

enum fixture_kind { FIXTURE_MEMORY, FIXTURE_ROCKSDB };
enum { POINT, RANGE, LARGE, FAMILY_COUNT };

struct fixture {
    struct kv *kv;
    struct kv_batch *batch;
    char path[FOLDER_PATH_BYTES]; /* the folder, empty for a store in memory */
};

extern const struct kv_options fixture_options;

void fixture_init(struct fixture *fixture, enum fixture_kind kind);
/* Closes the store and opens it again. */
void fixture_reopen(struct fixture *fixture);
void fixture_fini(struct fixture *fixture);

/* One change, written at once. */
void put(struct fixture *fixture, size_t family, const char *key, const char *value);
void del(struct fixture *fixture, size_t family, const char *key);
void del_range(struct fixture *fixture, size_t family, const char *from, const char *to);
void write_batch(struct fixture *fixture);

/* The value as text, or NULL when the key is not there. Valid until the next call. */
const char *get(struct fixture *fixture, const struct kv_snapshot *snapshot, size_t family,
                const char *key);
/* All keys and values of a family from an iterator, forwards or backwards: "a=1 b=2 ". */
const char *list(struct fixture *fixture, const struct kv_snapshot *snapshot, size_t family);
const char *list_back(struct fixture *fixture, const struct kv_snapshot *snapshot, size_t family);

#define CR_TEXT_EQ(a, b) cr_assert_str_eq(a, b, "\"%s\" is not \"%s\"", a, b)

#endif
