/* The events of the NFT contracts, by the text that gives their topic. BatchMetadataUpdate (ERC-4906) is never emitted. */
#ifndef CONTRACTS_NATIVE_NFT_EVENTS_H
#define CONTRACTS_NATIVE_NFT_EVENTS_H

#include "contracts-native/abi/abi.h"

enum nft_event {
    NFT_APPROVAL,
    NFT_APPROVAL_FOR_ALL,
    NFT_CONTRACT_URI_UPDATED,
    NFT_METADATA_UPDATE,
    NFT_OWNERSHIP_TRANSFERRED,
    NFT_TRANSFER,
    NFT_COLLECTION_CREATED,
    NFT_EVENTS, /* how many */
};

extern struct abi_signature nft_events[NFT_EVENTS];

void nft_events_init(void);

#endif
