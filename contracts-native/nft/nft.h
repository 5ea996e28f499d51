/* The native NFT contracts: Collection and CollectionFactory.
 *
 *      CollectionFactory ── createCollection ──► Collection ◄── mint, transferFrom, approve, … ── anyone
 *      [ _collections ]                          [ 14 slots, collection.c ]
 *
 * Their executable specification are Solidity contracts of the same names (OpenZeppelin's ERC-721 with URI storage, burning,
 * royalties and an owner), whose recorded behaviour is in tests/vectors/nft: same return and revert data, same events in the same
 * order, same storage slots, hence the same storage root. Gas alone is not the same: the host charges it by its own table.
 *
 * One file a subject: collection.c has the table of functions and the layout, collection_tokens.c minting, transfers and burning,
 * and so on. errors.c and events.c have the texts they are named by on the wire.
 * A zero caller (an eth_call without `from`) means "do not check" in OpenZeppelin's code, and so it does here.
 *
 * Memory: nothing outlives a call. Threads: nft_init once, before any call. Limits: none of its own; the size of a transaction
 * bounds strings. Source: ERC-165, 721, 2981, 4906, 6093, 7572; OpenZeppelin Contracts 5.7.0. */
#ifndef CONTRACTS_NATIVE_NFT_NFT_H
#define CONTRACTS_NATIVE_NFT_NFT_H

#include "state/exec/host.h"

/* Bytes of the code marker. */
enum {
    NFT_COLLECTION_MODULE = 0x01,
    NFT_FACTORY_MODULE = 0x02,
    NFT_VERSION = 1,
};

/* Computes selectors and topics from their texts. */
void nft_init(void);

extern const struct exec_native nft_collection;
extern const struct exec_native nft_factory;

#endif
