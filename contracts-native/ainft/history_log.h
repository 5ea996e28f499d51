/* Entries of a history read back from the logs of their collection, for those who look at one from outside.
 *
 *     HistoryAppended   topics  token, kind, author   data  index, submitter, form, weight, requestHash, content, entryHash
 *     HistoryRedacted   topics  token, index, who     data  reason
 *
 * A log is what the chain executed; that its address is an AINFT collection's is the caller's to know.
 * Memory: what is read borrows from the data. Threads: any, after ainft_init. */
#ifndef CONTRACTS_NATIVE_AINFT_HISTORY_LOG_H
#define CONTRACTS_NATIVE_AINFT_HISTORY_LOG_H

#include "state/codec/u256.h"

enum { HISTORY_LOG_TOPICS = 4 }; /* of both events */

/* Topic 0 of each. */
mm_hash32 history_log_appended(void);
mm_hash32 history_log_redacted(void);

struct history_appended {
    mm_u256 token;
    mm_hash32 kind;
    mm_addr author;
    mm_u256 index;
    mm_addr submitter;
    uint64_t form; /* enum ainft_form */
    uint64_t weight;
    mm_hash32 request_hash;
    mm_bytes content;
    mm_hash32 hash;
};
/* False: it is another event, or not encoded as the contract does. */
MM_MUST_USE bool history_log_read(struct history_appended *out, const mm_hash32 *topics,
                                  size_t topic_count, mm_bytes data);

#endif
