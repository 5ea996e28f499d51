/* The errors of the NFT contracts besides those of erc721, by the text that gives their selector. */
#ifndef CONTRACTS_NATIVE_NFT_ERRORS_H
#define CONTRACTS_NATIVE_NFT_ERRORS_H

#include "contracts-native/abi/abi.h"

enum nft_error {
    NFT_OWNABLE_INVALID_OWNER,
    NFT_OWNABLE_UNAUTHORIZED,
    NFT_COLLECTION_NOT_FOUND,
    NFT_ERRORS, /* how many */
};

extern struct abi_signature nft_errors[NFT_ERRORS];

void nft_errors_init(void);

#endif
