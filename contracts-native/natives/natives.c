#include "contracts-native/natives/natives.h"

#include <threads.h>

#include "contracts-native/ainft/ainft.h"
#include "contracts-native/credit/credit.h"
#include "contracts-native/governor/governor.h"
#include "contracts-native/nft/nft.h"
#include "contracts-native/validators/validators.h"

enum { NATIVES = 7 };

static struct exec_native items[NATIVES];
static const struct exec_natives table = { .items = items, .count = NATIVES };
static once_flag once = ONCE_FLAG_INIT;

static void init(void)
{
    nft_init();
    validators_init();
    ainft_init();
    items[0] = nft_collection;
    items[1] = nft_factory;
    items[2] = validators_native;
    items[3] = ainft_collection;
    items[4] = ainft_factory;
    items[5] = governor_native;
    items[6] = credit_native;
}

const struct exec_natives *natives_all(void)
{
    call_once(&once, init);
    return &table;
}
