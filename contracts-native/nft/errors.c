#include "contracts-native/nft/errors.h"

#include "contracts-native/abi/dispatch.h"

static const char *const texts[NFT_ERRORS] = {
    [NFT_INVALID_DEFAULT_ROYALTY] = "ERC2981InvalidDefaultRoyalty(uint256,uint256)",
    [NFT_INVALID_DEFAULT_ROYALTY_RECEIVER] = "ERC2981InvalidDefaultRoyaltyReceiver(address)",
    [NFT_INVALID_TOKEN_ROYALTY] = "ERC2981InvalidTokenRoyalty(uint256,uint256,uint256)",
    [NFT_INVALID_TOKEN_ROYALTY_RECEIVER] = "ERC2981InvalidTokenRoyaltyReceiver(uint256,address)",
    [NFT_INCORRECT_OWNER] = "ERC721IncorrectOwner(address,uint256,address)",
    [NFT_INSUFFICIENT_APPROVAL] = "ERC721InsufficientApproval(address,uint256)",
    [NFT_INVALID_APPROVER] = "ERC721InvalidApprover(address)",
    [NFT_INVALID_OPERATOR] = "ERC721InvalidOperator(address)",
    [NFT_INVALID_OWNER] = "ERC721InvalidOwner(address)",
    [NFT_INVALID_RECEIVER] = "ERC721InvalidReceiver(address)",
    [NFT_INVALID_SENDER] = "ERC721InvalidSender(address)",
    [NFT_NONEXISTENT_TOKEN] = "ERC721NonexistentToken(uint256)",
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
