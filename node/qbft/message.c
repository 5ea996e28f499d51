#include "node/qbft/message.h"

#include "state/base/assert.h"

static const mm_addr nobody;

uint64_t qbft_message_height(const struct qbft_message *message)
{
    switch (message->code) {
    case QBFT_PROPOSAL:
    case QBFT_PREPARE:
    case QBFT_COMMIT:
        return message->vote.height;
    case QBFT_ROUND_CHANGE:
        return message->change.height;
    case QBFT_DECIDED:
        return message->block->height;
    }
    MM_UNREACHABLE();
}

uint64_t qbft_message_round(const struct qbft_message *message)
{
    if (message->code == QBFT_DECIDED)
        return 0;
    return message->code == QBFT_ROUND_CHANGE ? message->change.round : message->vote.round;
}

const mm_addr *qbft_message_signer(const struct qbft_message *message)
{
    if (message->code == QBFT_DECIDED)
        return &nobody;
    return message->code == QBFT_ROUND_CHANGE ? &message->change.signer : &message->vote.signer;
}

void qbft_message_copy(struct qbft_message *to, const struct qbft_message *from)
{
    *to = *from;
    (void)qbft_block_ref(to->block);
}

void qbft_message_fini(struct qbft_message *message)
{
    qbft_block_unref(message->block);
    message->block = NULL;
}
