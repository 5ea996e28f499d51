/* What a mint stores, computed here: the same CIDs as every node's (p2p/content/mint.h has the picture).
 *
 *     cat.png --> ipfs://<directory>/cat.png --> {"name":…,"image":"ipfs://…"} --> ipfs://<directory>/metadata.json
 *
 * Nothing is stored: the node's answers to the uploads are compared with this. Memory: the run's arena, and an importer. */
#ifndef NODE_CLI_LAYOUT_H
#define NODE_CLI_LAYOUT_H

#include "node/cli/command.h"
#include "p2p/content/mint.h"

struct layout {
    const char *path; /* of the image; borrowed */
    uint64_t image_bytes;
    enum filetype type;
    char file_name[FILETYPE_NAME_MAX + 1];
    struct cid image_file;
    struct import_result image;
    char image_uri[MINT_URI_MAX + 1];
    mm_bytes json; /* in the arena */
    struct cid metadata_file;
    struct import_result metadata;
    char metadata_uri[MINT_URI_MAX + 1];
};

/* Reads and hashes the image. Refuses what is missing, a folder, no file, empty, too large or unreadable: printed. */
MM_MUST_USE int layout_image(struct cli_run *run, struct layout *layout, const char *path);
/* extra: a JSON object of further members, or empty. */
MM_MUST_USE int layout_metadata(struct cli_run *run, struct layout *layout, mm_bytes name,
                                mm_bytes description, mm_bytes extra);

/* The value of "trait=value" and "trait:=5" options and a file's JSON object, as one object; empty when there is nothing. */
MM_MUST_USE int layout_extra(struct cli_run *run, mm_bytes *extra, const char *const *attributes,
                             size_t count, const char *metadata_path);

#endif
