#include "contracts-native/nft/nft.h"

#include "contracts-native/erc721/erc721.h"
#include "contracts-native/nft/errors.h"
#include "contracts-native/nft/events.h"
#include "contracts-native/nft/nft_internal.h"

void nft_init(void)
{
    erc721_init();
    nft_errors_init();
    nft_events_init();
    collection_init();
    factory_init();
}
