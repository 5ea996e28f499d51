#include "node/writer/settings.h"

#include <string.h>

#include "state/base/heap.h"
#include "state/codec/rlp.h"

struct settings settings_default(uint64_t block_time_ms)
{
    return (struct settings){
        .step_s = UINT64_MAX,
        .is_automine = block_time_ms == 0,
        .block_time_ms = block_time_ms,
    };
}

void settings_fini(struct settings *settings)
{
    mm_heap_free(settings->impersonated);
    *settings = (struct settings){ 0 };
}

mm_err settings_copy(struct settings *to, const struct settings *from)
{
    *to = *from;
    to->impersonated = NULL;
    if (from->impersonated_count == 0)
        return MM_OK;
    to->impersonated = mm_heap_alloc(from->impersonated_count * sizeof *to->impersonated);
    if (to->impersonated == NULL) {
        *to = (struct settings){ 0 };
        return MM_ERR_NO_MEMORY;
    }
    memcpy(to->impersonated, from->impersonated,
           from->impersonated_count * sizeof *to->impersonated);
    return MM_OK;
}

/* ---- the note ---- */

static void add_coinbase(struct mm_buf *buf, const struct settings *settings)
{
    if (settings->has_coinbase)
        rlp_add_addr(buf, &settings->coinbase);
    else
        rlp_add_string(buf, (mm_bytes){ NULL, 0 });
}

static void read_coinbase(struct rlp *list, struct settings *settings)
{
    const mm_bytes coinbase = rlp_read_string(list, sizeof settings->coinbase);
    settings->has_coinbase = coinbase.len > 0;
    settings->coinbase = (mm_addr){ { 0 } };
    if (coinbase.len == sizeof settings->coinbase)
        memcpy(settings->coinbase.b, coinbase.ptr, coinbase.len);
    else if (coinbase.len > 0)
        rlp_refuse(list, RLP_TOO_LARGE);
}

void settings_encode(struct mm_buf *buf, const struct settings *settings)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, (uint64_t)settings->clock_offset_s);
    rlp_add_u64(buf, settings->next_timestamp);
    rlp_add_u64(buf, settings->step_s);
    const size_t mining = rlp_open_list(buf);
    if (settings->has_mining) {
        rlp_add_u64(buf, settings->is_automine);
        rlp_add_u64(buf, settings->block_time_ms);
    }
    rlp_close_list(buf, mining);
    add_coinbase(buf, settings);
    rlp_add_u64(buf, settings->impersonates_all);
    const size_t addrs = rlp_open_list(buf);
    for (size_t i = 0; i < settings->impersonated_count; i++)
        rlp_add_addr(buf, &settings->impersonated[i]);
    rlp_close_list(buf, addrs);
    rlp_add_u64(buf, settings->last_snapshot);
    rlp_add_u64(buf, settings->chain_id);
    rlp_close_list(buf, list);
}

static mm_err read_impersonated(struct rlp *list, struct settings *settings)
{
    struct rlp addrs = rlp_read_list(list);
    const size_t count = rlp_count(addrs);
    if (count > SETTINGS_IMPERSONATED_MAX)
        return MM_ERR_CORRUPT;
    settings->impersonated = mm_heap_alloc(count * sizeof *settings->impersonated);
    if (count > 0 && settings->impersonated == NULL)
        return MM_ERR_NO_MEMORY;
    settings->impersonated_count = count;
    for (size_t i = 0; i < count; i++) {
        settings->impersonated[i] = rlp_read_addr(&addrs);
        if (i > 0 && memcmp(&settings->impersonated[i - 1], &settings->impersonated[i],
                            sizeof(mm_addr)) >= 0)
            rlp_refuse(&addrs, RLP_TOO_LARGE);
    }
    (void)rlp_finish(&addrs);
    (void)rlp_join(list, &addrs);
    return MM_OK;
}

mm_err settings_decode(struct settings *settings, mm_bytes encoded)
{
    *settings = (struct settings){ 0 };
    struct rlp outer = rlp_over(encoded);
    struct rlp list = rlp_read_list(&outer);
    settings->clock_offset_s = (int64_t)rlp_read_u64(&list);
    settings->next_timestamp = rlp_read_u64(&list);
    settings->step_s = rlp_read_u64(&list);
    struct rlp mining = rlp_read_list(&list);
    settings->has_mining = rlp_more(&mining);
    if (settings->has_mining) {
        settings->is_automine = rlp_read_u64(&mining) != 0;
        settings->block_time_ms = rlp_read_u64(&mining);
    }
    (void)rlp_finish(&mining);
    (void)rlp_join(&list, &mining);
    read_coinbase(&list, settings);
    settings->impersonates_all = rlp_read_u64(&list) != 0;
    mm_err err = read_impersonated(&list, settings);
    settings->last_snapshot = rlp_read_u64(&list);
    settings->chain_id = rlp_read_u64(&list);
    if (err == MM_OK && (rlp_finish(&list) != RLP_OK || rlp_finish(&outer) != RLP_OK))
        err = MM_ERR_CORRUPT;
    if (err != MM_OK)
        settings_fini(settings);
    return err;
}

/* ---- senders without a key ---- */

/* Its place, or where it would be. */
static size_t place_of(const struct settings *settings, const mm_addr *addr)
{
    size_t low = 0;
    size_t high = settings->impersonated_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(&settings->impersonated[middle], addr, sizeof *addr) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct settings *settings, size_t place, const mm_addr *addr)
{
    return place < settings->impersonated_count &&
           mm_addr_equal(&settings->impersonated[place], addr);
}

bool settings_impersonates(const struct settings *settings, const mm_addr *addr)
{
    return settings->impersonates_all || is_at(settings, place_of(settings, addr), addr);
}

mm_err settings_impersonate(struct settings *settings, const mm_addr *addr, bool on)
{
    const size_t place = place_of(settings, addr);
    if (is_at(settings, place, addr) == on)
        return MM_OK;
    const size_t behind = settings->impersonated_count - place;
    if (!on) {
        memmove(settings->impersonated + place, settings->impersonated + place + 1,
                (behind - 1) * sizeof *addr);
        settings->impersonated_count--;
        return MM_OK;
    }
    if (settings->impersonated_count == SETTINGS_IMPERSONATED_MAX)
        return MM_ERR_LIMIT;
    mm_addr *grown =
        mm_heap_resize(settings->impersonated, (settings->impersonated_count + 1) * sizeof *grown);
    if (grown == NULL)
        return MM_ERR_NO_MEMORY;
    settings->impersonated = grown;
    memmove(grown + place + 1, grown + place, behind * sizeof *grown);
    grown[place] = *addr;
    settings->impersonated_count++;
    return MM_OK;
}

/* ---- a moment ---- */

void settings_encode_moment(struct mm_buf *buf, const struct settings *settings, uint64_t now_s)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, now_s);
    rlp_add_u64(buf, settings->next_timestamp);
    add_coinbase(buf, settings);
    rlp_add_u64(buf, settings->chain_id);
    rlp_close_list(buf, list);
}

mm_err settings_restore_moment(struct settings *settings, mm_bytes encoded, uint64_t wall_clock_s)
{
    struct rlp outer = rlp_over(encoded);
    struct rlp list = rlp_read_list(&outer);
    const uint64_t now_s = rlp_read_u64(&list);
    const uint64_t next_timestamp = rlp_read_u64(&list);
    struct settings read = { 0 };
    read_coinbase(&list, &read);
    read.chain_id = rlp_read_u64(&list);
    if (rlp_finish(&list) != RLP_OK || rlp_finish(&outer) != RLP_OK)
        return MM_ERR_CORRUPT;
    settings->clock_offset_s = (int64_t)(now_s - wall_clock_s);
    settings->next_timestamp = next_timestamp;
    settings->has_coinbase = read.has_coinbase;
    settings->coinbase = read.coinbase;
    settings->chain_id = read.chain_id;
    return MM_OK;
}
