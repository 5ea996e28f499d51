/* Private to state/chain: what more than one of its files needs. */
#ifndef STATE_CHAIN_CHAIN_INTERNAL_H
#define STATE_CHAIN_CHAIN_INTERNAL_H

#include "state/base/buf.h"
#include "state/chain/header.h"
#include "state/chain/tx.h"

/* How many items to make room for before a list is decoded: as many as it has, but no more than well-formed items of at least
 * item_bytes_min fit, so that malformed bytes cannot make us allocate for items that they are too short to be; and one for
 * the malformed item at which decoding stops. */
static inline size_t chain_room_for(const struct rlp *list, size_t item_bytes_min)
{
    const size_t count = rlp_count(*list);
    const size_t fit = (list->in.len - list->at) / item_bytes_min;
    return (count < fit ? count : fit) + 1;
}

/* tx_decode without the copy and the hash: *tx borrows from raw, which must live as long as the arena; raw and hash are not
 * filled. On failure *tx is zero. */
enum tx_verdict chain_tx_read(struct mm_arena *arena, struct tx *tx, mm_bytes raw,
                              enum rlp_verdict *why);

/* r and s within 1 … n - 1, parity 0 or 1. */
bool chain_signature_in_range(const struct secp_signature *signature);

/* The v of a legacy signature: 27 + parity, or EIP-155's 35 + 2 chainId + parity. False when that does not fit 256 bits. */
MM_MUST_USE bool chain_legacy_v(mm_u256 *v, const struct tx *tx);

/* Length of the envelope: type byte and RLP, or the legacy list. */
size_t chain_tx_size(const struct tx *tx);

/* Length of the header's encoding. */
size_t chain_header_size(const struct header *header);

#endif
