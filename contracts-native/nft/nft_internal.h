/* What nft_init and the module descriptions need of the single files. */
#ifndef CONTRACTS_NATIVE_NFT_NFT_INTERNAL_H
#define CONTRACTS_NATIVE_NFT_NFT_INTERNAL_H

#include "contracts-native/nft/nft.h"

void collection_init(void);
void factory_init(void);

enum exec_status collection_genesis(struct host *host, const struct json *native,
                                    struct mm_reason *reason);
enum exec_status factory_genesis(struct host *host, const struct json *native,
                                 struct mm_reason *reason);

#endif
