/* Shared by the files of mesh.h. */
#ifndef TESTS_LIB_MESH_INTERNAL_H
#define TESTS_LIB_MESH_INTERNAL_H

#include "tests/lib/mesh.h"

enum { POOL_MAX = 65536, KIND_DOWN = 0xff, KIND_DIAL_FAILED = 0xfe, KIND_CONNECT = 0xfd };

struct mesh_link {
    size_t ends[2];
    uint64_t ids[2]; /* by which each end knows the other */
    bool is_up;
};

struct mesh_mail {
    uint64_t due_ms;
    uint64_t seq;
    size_t link; /* KIND_DIAL_FAILED, KIND_CONNECT: the other node's index */
    size_t to;   /* the node */
    unsigned kind;
    uint8_t *bytes; /* owned */
    size_t len;
};

/* mesh.c */
void mesh_post(struct mesh *mesh, struct mesh_mail mail, mm_bytes payload);
size_t mesh_end_of(const struct mesh_link *link, size_t node);
struct mesh_link *mesh_link_by_id(const struct mesh *mesh, size_t node, uint64_t id);
void mesh_take_down(struct mesh *mesh, struct mesh_link *link);

/* mesh_host.c */
const struct mesh_tx *mesh_find_tx(const struct mesh_node *node, const mm_hash32 *hash);
void mesh_keep_tx(struct mesh_node *node, const mm_hash32 *hash, mm_bytes raw);

#endif
