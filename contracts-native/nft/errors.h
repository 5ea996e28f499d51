/* The errors of the NFT contracts (ERC-6093 and OpenZeppelin's), by the text that gives their selector. */
#ifndef CONTRACTS_NATIVE_NFT_ERRORS_H
#define CONTRACTS_NATIVE_NFT_ERRORS_H

#include "contracts-native/abi/abi.h"

enum nft_error {
    NFT_INVALID_DEFAULT_ROYALTY,
    NFT_INVALID_DEFAULT_ROYALTY_RECEIVER,
    NFT_INVALID_TOKEN_ROYALTY,
    NFT_INVALID_TOKEN_ROYALTY_RECEIVER,
    NFT_INCORRECT_OWNER,
    NFT_INSUFFICIENT_APPROVAL,
    NFT_INVALID_APPROVER,
    NFT_INVALID_OPERATOR,
    NFT_INVALID_OWNER,
    NFT_INVALID_RECEIVER,
    NFT_INVALID_SENDER,
    NFT_NONEXISTENT_TOKEN,
    NFT_OWNABLE_INVALID_OWNER,
    NFT_OWNABLE_UNAUTHORIZED,
    NFT_COLLECTION_NOT_FOUND,
    NFT_ERRORS, /* how many */
};

extern struct abi_signature nft_errors[NFT_ERRORS];

void nft_errors_init(void);

#endif
