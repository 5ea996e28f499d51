/* Follow: from committed blocks to what this node must hold (p2p/content/needs.h).
 *
 *     ledger: logs of the next blocks                      content store
 *       Transfer from or to nobody  ─┐
 *       MetadataUpdate              ─┼─► tokenURI, asked ──► needs_set_token
 *       BatchMetadataUpdate         ─┘   at the head           … and, synced, the last block that was looked at
 *       ContractURIUpdated, and of AINFTs CollectionCreated ─► contractURI, likewise
 *       of AINFTs SpecificationUpdated, HistoryAppended, HistoryRedacted ─► what the log names, or nothing any more
 *
 * Any contract is followed that says what ERC-721 and ERC-4906 say. A token's URI is that of the head, not of the block in which it
 * changed: what is asked is asked again without harm, so a start goes on from the last block on disk and repeats what it must.
 * A token that has no URI any more (it reverts) was burned. Older specifications and the files of a history stand in logs alone; they are
 * needed until the token is burned.
 *
 * A certified chain never goes back. A development chain does (evm_revert, a new genesis over the same folder): then the block that
 * was followed last is not the chain's any more, every token that is known is asked again, and then the chain is followed from its
 * beginning, since what the blocks that went had burned may be there again.
 *
 * A chain that begins with a snapshot has no logs of what was before. There the state is read: tokens of the collections that the
 * genesis names and that its factories made, by their numbers, and the specifications that hold. Those of other contracts are known
 * once they change.
 *
 * What this node itself saved for a redacted entry (rpc/transcript) is let go as well (redact.c).
 *
 * Memory: an arena for a call. Threads: one; the ledger's views are its readers' kind. Time is given.
 * Source: ERC-721, ERC-4906, ERC-7572, docs/AINFT.md. */
#ifndef NODE_CONTENT_FOLLOW_H
#define NODE_CONTENT_FOLLOW_H

#include "p2p/content/needs.h"
#include "state/chain/genesis.h"
#include "state/exec/host.h"
#include "state/ledger/ledger.h"

enum {
    FOLLOW_BLOCKS_A_STEP = 256,
    FOLLOW_TOKENS_A_STEP = 256,
    /* A BatchMetadataUpdate may name all numbers there are: of a longer range only the tokens are asked that are known. */
    FOLLOW_RANGE_MAX = 10000,
};

struct follow;

struct follow_options {
    struct ledger *ledger;
    const struct exec_natives *natives;
    struct content *content;
    const struct genesis *genesis; /* may be NULL: then no state is read */
};

/* NULL when there is no memory. */
struct follow *follow_new(const struct follow_options *options);
void follow_free(struct follow *follow);
/* A few blocks, or tokens. Out: *is_over, the head is reached. */
MM_MUST_USE mm_err follow_step(struct follow *follow, uint64_t now_ms, bool *is_over);

#endif
