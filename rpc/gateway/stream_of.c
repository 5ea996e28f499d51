/* A CAR and a tar archive, piece by piece, as streams. */
#include "rpc/gateway/stream.h"
#include "state/base/assert.h"

static enum read_verdict more_car(void *state, mm_bytes *piece, struct stream_failure *failure)
{
    struct car_export *export = state;
    const enum read_verdict verdict = car_export_next(export, piece);
    if (verdict != READ_OK && verdict != READ_END) {
        failure->at = *car_export_at(export);
        failure->err = car_export_err(export);
    }
    return verdict;
}

static void free_car(void *state)
{
    car_export_free(state);
}

struct stream stream_of_car(struct car_export *taken_export)
{
    return (struct stream){ taken_export, more_car, free_car };
}

static enum read_verdict more_tar(void *state, mm_bytes *piece, struct stream_failure *failure)
{
    struct content_tar *tar = state;
    switch (content_tar_next(tar, piece)) {
    case TREE_OK:
        return READ_OK;
    case TREE_END:
        return READ_END;
    case TREE_BAD_NAME:
        failure->why = "a name or a symlink in it is there twice or would leave its root";
        return READ_MALFORMED;
    case TREE_OTHER:
        failure->why = "a block in it is of a codec that files are not made of";
        return READ_MALFORMED;
    case TREE_UNREADABLE:
        failure->at = *content_tar_at(tar);
        failure->err = content_tar_err(tar);
        return content_tar_read(tar);
    }
    MM_UNREACHABLE();
}

static void free_tar(void *state)
{
    content_tar_free(state);
}

struct stream stream_of_tar(struct content_tar *taken_tar)
{
    return (struct stream){ taken_tar, more_tar, free_tar };
}
