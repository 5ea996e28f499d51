/* What dev control has set and no block says: the clock, when blocks are made, who may send without a key. A note of the ledger
 * ("settings"), written before the call that changed it is answered, so that it outlives the process.
 *
 *     rlp([clock offset, next timestamp, step, [automine, block time] or [], coinbase or empty, everyone, [address …],
 *          last snapshot, chain id])
 *
 * Memory: the addresses are owned. Threads: none of its own. Limit: SETTINGS_IMPERSONATED_MAX addresses. */
#ifndef NODE_WRITER_SETTINGS_H
#define NODE_WRITER_SETTINGS_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

enum { SETTINGS_IMPERSONATED_MAX = 10000 };

struct settings {
    int64_t clock_offset_s;  /* chain time less the machine's */
    uint64_t next_timestamp; /* of the next block; 0: the clock's */
    uint64_t step_s;  /* each block's time is its parent's and so much; UINT64_MAX: the clock's */
    bool has_mining;  /* dev control said when blocks are made: the next start goes by it as well */
    bool is_automine; /* as soon as a transaction is there */
    uint64_t block_time_ms; /* every so often; 0: none by the clock */
    bool has_coinbase;
    mm_addr coinbase;
    bool impersonates_all;
    mm_addr *impersonated; /* owned, ascending */
    size_t impersonated_count;
    uint64_t last_snapshot; /* ids go on from it */
    uint64_t chain_id;      /* that transactions name; 0: the chain's own */
};

/* As a node begins. */
struct settings settings_default(uint64_t block_time_ms);
void settings_fini(struct settings *settings);
MM_MUST_USE mm_err settings_copy(struct settings *to, const struct settings *from);

void settings_encode(struct mm_buf *buf, const struct settings *settings);
MM_MUST_USE mm_err settings_decode(struct settings *settings, mm_bytes encoded);

bool settings_impersonates(const struct settings *settings, const mm_addr *addr);
/* MM_ERR_LIMIT: too many. */
MM_MUST_USE mm_err settings_impersonate(struct settings *settings, const mm_addr *addr, bool on);

/* What a snapshot keeps of them and going back restores: rlp([time, next timestamp, coinbase or empty, chain id]). The time is the chain's,
 * so that its clock is set back too. */
void settings_encode_moment(struct mm_buf *buf, const struct settings *settings, uint64_t now_s);
MM_MUST_USE mm_err settings_restore_moment(struct settings *settings, mm_bytes encoded,
                                           uint64_t wall_clock_s);

#endif
