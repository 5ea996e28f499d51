/* Shared by codec.c, signing.c and record.c. */
#ifndef NODE_QBFT_MESSAGE_INTERNAL_H
#define NODE_QBFT_MESSAGE_INTERNAL_H

#include "node/qbft/message.h"

/* What a ROUND-CHANGE signs. */
void qbft_change_payload(struct mm_buf *buf, const struct qbft_change *change);
/* A proposal's list of ROUND-CHANGE payloads. */
void qbft_changes_encode(struct mm_buf *buf, const struct qbft_message *proposal);
void qbft_changes_read(struct rlp *r, struct qbft_message *proposal);

#endif
