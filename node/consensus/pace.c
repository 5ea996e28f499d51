#include "node/consensus/pace.h"

struct pace pace_begin(uint64_t round_ms)
{
    return (struct pace){ round_ms, PACE_TXS_MAX };
}

static size_t clamp(uint64_t count)
{
    return count < PACE_TXS_MIN   ? PACE_TXS_MIN
           : count > PACE_TXS_MAX ? PACE_TXS_MAX
                                  : (size_t)count;
}

void pace_note(struct pace *pace, size_t tx_count, uint64_t took_ms)
{
    const uint64_t time_ms = pace->round_ms / PACE_SHARE;
    if (took_ms > time_ms) {
        const size_t fit = clamp((uint64_t)tx_count * time_ms / took_ms);
        pace->txs_max = fit < pace->txs_max ? fit : pace->txs_max;
        return;
    }
    const size_t more = clamp((uint64_t)tx_count + tx_count / 8);
    pace->txs_max = more > pace->txs_max ? more : pace->txs_max;
}
