#include "contracts-native/erc721/erc721.h"

static const char *const error_texts[ERC721_ERRORS] = {
    [ERC721_INVALID_DEFAULT_ROYALTY] = "ERC2981InvalidDefaultRoyalty(uint256,uint256)",
    [ERC721_INVALID_DEFAULT_ROYALTY_RECEIVER] = "ERC2981InvalidDefaultRoyaltyReceiver(address)",
    [ERC721_INVALID_TOKEN_ROYALTY] = "ERC2981InvalidTokenRoyalty(uint256,uint256,uint256)",
    [ERC721_INVALID_TOKEN_ROYALTY_RECEIVER] = "ERC2981InvalidTokenRoyaltyReceiver(uint256,address)",
    [ERC721_INCORRECT_OWNER] = "ERC721IncorrectOwner(address,uint256,address)",
    [ERC721_INSUFFICIENT_APPROVAL] = "ERC721InsufficientApproval(address,uint256)",
    [ERC721_INVALID_APPROVER] = "ERC721InvalidApprover(address)",
    [ERC721_INVALID_OPERATOR] = "ERC721InvalidOperator(address)",
    [ERC721_INVALID_OWNER] = "ERC721InvalidOwner(address)",
    [ERC721_INVALID_RECEIVER] = "ERC721InvalidReceiver(address)",
    [ERC721_INVALID_SENDER] = "ERC721InvalidSender(address)",
    [ERC721_NONEXISTENT_TOKEN] = "ERC721NonexistentToken(uint256)",
};

static const char *const event_texts[ERC721_EVENTS] = {
    [ERC721_APPROVAL] = "Approval(address indexed,address indexed,uint256 indexed)",
    [ERC721_APPROVAL_FOR_ALL] = "ApprovalForAll(address indexed,address indexed,bool)",
    [ERC721_CONTRACT_URI_UPDATED] = "ContractURIUpdated()",
    [ERC721_METADATA_UPDATE] = "MetadataUpdate(uint256)",
    [ERC721_TRANSFER] = "Transfer(address indexed,address indexed,uint256 indexed)",
};

struct abi_signature erc721_errors[ERC721_ERRORS];
struct abi_signature erc721_events[ERC721_EVENTS];

void erc721_init(void)
{
    for (size_t i = 0; i < ERC721_ERRORS; i++)
        abi_signature_init(&erc721_errors[i], error_texts[i]);
    for (size_t i = 0; i < ERC721_EVENTS; i++)
        abi_signature_init(&erc721_events[i], event_texts[i]);
    erc721_receiver_init();
}
