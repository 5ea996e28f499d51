/* Logs of a contract over any number of blocks, page by page: nodes give so many in one answer and no more.
 *
 *     blocks   |----------|--------------------|‥‥‥‥‥‥‥‥|---------|--------
 *                few logs: the next is twice as long   too many: half of it
 *
 * A page that is refused for its length is asked again with half of its blocks, down to one; what one block has must fit into an
 * answer. What a page takes in the run's arena goes when its logs were told, with all that was allocated meanwhile, unless the caller
 * keeps what he was told.
 * Source: EIP-1474 (-32005, limit exceeded), as nodes use it for eth_getLogs. */
#ifndef NODE_CLI_LOG_PAGES_H
#define NODE_CLI_LOG_PAGES_H

#include "node/cli/remote.h"
#include "state/chain/receipt.h"

#define LOG_PAGES_HEAD UINT64_MAX

enum {
    LOG_PAGE_BLOCKS_FIRST = 4096,
    LOG_PAGE_LOGS_FEW = 1000, /* up to here the next page is longer */
};

struct log_pages {
    const mm_addr *addr;
    const mm_hash32 *topics[LOG_TOPICS_MAX]; /* each as it must be; NULL: any */
    size_t topic_count;
    uint64_t from_block;
    uint64_t to_block; /* LOG_PAGES_HEAD: the last block when it begins */
    bool keeps;        /* what a page with logs took in the arena stays */
    /* Each log, in their order. Another status than CLI_OK ends it. */
    int (*each)(void *ctx, const struct json *log);
    void *ctx;
};

MM_MUST_USE int log_pages_read(struct remote *remote, const struct log_pages *pages);

#endif
