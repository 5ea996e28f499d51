/* Shared by the files of payload.h: how every decoder begins and ends. */
#ifndef P2P_WIRE_PAYLOAD_INTERNAL_H
#define P2P_WIRE_PAYLOAD_INTERNAL_H

#include "p2p/wire/payload.h"

/* A payload that is being read: one list and nothing else. */
struct payload_in {
    struct rlp outer;
    struct rlp list;
};

struct payload_in payload_open(mm_bytes payload);
/* The verdict over all of it. */
enum rlp_verdict payload_close(struct payload_in *in);

/* Reads one item and checks it. An error is in the cursor. */
typedef void (*payload_check)(struct rlp *at);
/* What is left in the cursor, at most count_max items. */
struct payload_list payload_read_items(struct rlp *at, size_t count_max, payload_check check);
/* The next item of the cursor, a list of such items. */
struct payload_list payload_read_list(struct rlp *at, size_t count_max, payload_check check);

void payload_add_list(struct mm_buf *buf, const struct payload_list *list);
void payload_check_hash(struct rlp *at);

#endif
