#include "contracts-native/nft/errors.h"

#include "contracts-native/abi/dispatch.h"

static const char *const texts[NFT_ERRORS] = {
    [NFT_OWNABLE_INVALID_OWNER] = "OwnableInvalidOwner(address)",
    [NFT_OWNABLE_UNAUTHORIZED] = "OwnableUnauthorizedAccount(address)",
    [NFT_COLLECTION_NOT_FOUND] = "CollectionNotFound(uint256)",
};

struct abi_signature nft_errors[NFT_ERRORS];

void nft_errors_init(void)
{
    for (size_t i = 0; i < NFT_ERRORS; i++)
        abi_signature_init(&nft_errors[i], texts[i]);
}
