/* The texts of notifications. Used by the hub's thread alone, over one view at a time. */
#ifndef RPC_ETH_TELL_H
#define RPC_ETH_TELL_H

#include "rpc/eth/hub.h"

struct telling;

/* NULL: no memory. */
struct telling *telling_new(struct rpc_eth *eth);
void telling_free(struct telling *telling);

/* From here to telling_end everything is told as this view has it. */
void telling_begin(struct telling *telling, struct ledger_view *taken_view);
void telling_end(struct telling *telling);
uint64_t telling_head(const struct telling *telling);
const struct ledger_view *telling_view(const struct telling *telling);
/* Another block or transaction: texts kept for the last one are of no use any more. */
void telling_next(struct telling *telling);

/* What the subscription wants of a block. */
void tell_block(struct telling *telling, const struct subscription *subscription,
                uint64_t block_num);
/* The block is gone: of its logs that were told, each comes again as removed. */
void tell_removed(struct telling *telling, const struct subscription *subscription,
                  uint64_t block_num);
/* A pending transaction. */
void tell_transaction(struct telling *telling, const struct subscription *subscription,
                      mm_bytes raw, const mm_addr *sender);

#endif
