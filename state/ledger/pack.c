/* be32 count, count × be32 end, data. */
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"

void pack_encode(struct mm_buf *buf, mm_bytes data, const size_t *ends, size_t count)
{
    uint8_t word[4];
    mm_put_be32(word, (uint32_t)count);
    mm_buf_add(buf, MM_BYTES_OF(word));
    for (size_t i = 0; i < count; i++) {
        mm_put_be32(word, (uint32_t)ends[i]);
        mm_buf_add(buf, MM_BYTES_OF(word));
    }
    mm_buf_add(buf, data);
}

mm_err pack_count(mm_bytes packed, size_t *count)
{
    *count = 0;
    if (packed.len < 4)
        return MM_ERR_CORRUPT;
    const size_t read = mm_get_be32(packed.ptr);
    if (read > PACK_ITEMS || packed.len < 4 + 4 * read)
        return MM_ERR_CORRUPT;
    *count = read;
    return MM_OK;
}

mm_err pack_item(mm_bytes packed, mm_bytes *item, size_t index)
{
    *item = (mm_bytes){ NULL, 0 };
    size_t count = 0;
    MM_TRY(pack_count(packed, &count));
    if (index >= count)
        return MM_ERR_NOT_FOUND;
    const uint8_t *ends = packed.ptr + 4;
    const size_t data_len = packed.len - 4 - 4 * count;
    const size_t from = index == 0 ? 0 : mm_get_be32(ends + 4 * (index - 1));
    const size_t to = mm_get_be32(ends + 4 * index);
    if (from > to || to > data_len)
        return MM_ERR_CORRUPT;
    *item = mm_bytes_from(packed.ptr + 4 + 4 * count + from, to - from);
    return MM_OK;
}
