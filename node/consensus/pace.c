#include "node/consensus/pace.h"

struct pace pace_begin(uint64_t round_ms)
{
    return (struct pace){ round_ms, PACE_TXS_MAX };
}

static size_t clamp(size_t count)
{
    return count < PACE_TXS_MIN ? PACE_TXS_MIN : count > PACE_TXS_MAX ? PACE_TXS_MAX : count;
}

void pace_note(struct pace *pace, size_t tx_count, uint64_t took_ms)
{
    const size_t less = clamp(tx_count / 2);
    const size_t more = clamp(tx_count + tx_count / 4);
    if (took_ms >= pace->round_ms && tx_count >= PACE_TXS_MIN)
        pace->txs_max = less < pace->txs_max ? less : pace->txs_max;
    else if (took_ms <= pace->round_ms / 4 * 3)
        pace->txs_max = more > pace->txs_max ? more : pace->txs_max;
}
