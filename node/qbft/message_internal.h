/* Shared by codec.c and signing.c. */
#ifndef NODE_QBFT_MESSAGE_INTERNAL_H
#define NODE_QBFT_MESSAGE_INTERNAL_H

#include "node/qbft/message.h"

/* What a ROUND-CHANGE signs. */
void qbft_change_payload(struct mm_buf *buf, const struct qbft_change *change);

#endif
