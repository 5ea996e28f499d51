#include "contracts-native/nft/events.h"

#include "contracts-native/abi/dispatch.h"

static const char *const texts[NFT_EVENTS] = {
    [NFT_OWNERSHIP_TRANSFERRED] = "OwnershipTransferred(address indexed,address indexed)",
    [NFT_COLLECTION_CREATED] = "CollectionCreated(address indexed,address indexed,string,string)",
};

struct abi_signature nft_events[NFT_EVENTS];

void nft_events_init(void)
{
    for (size_t i = 0; i < NFT_EVENTS; i++)
        abi_signature_init(&nft_events[i], texts[i]);
}
