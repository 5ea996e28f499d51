/* The events of the NFT contracts besides those of erc721, by the text that gives their topic. */
#ifndef CONTRACTS_NATIVE_NFT_EVENTS_H
#define CONTRACTS_NATIVE_NFT_EVENTS_H

#include "contracts-native/abi/abi.h"

enum nft_event {
    NFT_OWNERSHIP_TRANSFERRED,
    NFT_COLLECTION_CREATED,
    NFT_EVENTS, /* how many */
};

extern struct abi_signature nft_events[NFT_EVENTS];

void nft_events_init(void);

#endif
