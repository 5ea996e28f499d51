/* The checksum of RocksDB's records, by the processor's instruction.
 *
 * RocksDB puts a CRC-32C over each record of its log, its tables and its blob files, and looks at it again when it reads. Debian
 * builds it for processors of 2003, which have no instruction for that, and RocksDB 7.8 decides when it is built, not when it runs:
 * its table-driven code took more than half of the time of storing content. It calls the function through the dynamic symbol
 * table, like every exported one, so a definition of the same name in the program takes its place. The value is the same by
 * definition of the checksum; disk_crc32c_check holds it against the published one before a database is opened. Where the
 * library was bound to its own function, or on other processors, nothing changes.
 * Source: RFC 3720, appendix B.4; rocksdb::crc32c::Extend in util/crc32c.h. */
#include "state/base/assert.h"
#include "state/base/bytes.h"
#include "state/store/kv_rocksdb_internal.h"

#if defined(__x86_64__)

#include <nmmintrin.h>

static const uint32_t POLYNOMIAL = 0x82f63b78u; /* CRC-32C, bits reversed */

__attribute__((target("sse4.2"))) static uint32_t extend_fast(uint32_t crc, const uint8_t *ptr,
                                                              size_t len)
{
    uint64_t wide = crc;
    for (; len >= 8; ptr += 8, len -= 8) {
        uint64_t eight;
        memcpy(&eight, ptr, 8);
        wide = _mm_crc32_u64(wide, eight);
    }
    crc = (uint32_t)wide;
    for (; len > 0; ptr++, len--)
        crc = _mm_crc32_u8(crc, *ptr);
    return crc;
}

/* Correct, and slow: for processors older than 2008. */
static uint32_t extend_slow(uint32_t crc, const uint8_t *ptr, size_t len)
{
    for (; len > 0; ptr++, len--) {
        crc ^= *ptr;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
    }
    return crc;
}

/* rocksdb::crc32c::Extend(uint32_t, const char *, size_t) */
uint32_t disk_crc32c_extend(uint32_t crc, const char *ptr, size_t len)
{
    const uint8_t *bytes = (const uint8_t *)ptr;
    return __builtin_cpu_supports("sse4.2") ? ~extend_fast(~crc, bytes, len)
                                            : ~extend_slow(~crc, bytes, len);
}

bool disk_crc32c_check(void)
{
    static const char digits[] = "123456789";
    const uint32_t front = disk_crc32c_extend(0, digits, 1);
    return disk_crc32c_extend(front, digits + 1, 8) == 0xe3069283u &&
           ~extend_slow(~0u, (const uint8_t *)digits, 9) == 0xe3069283u;
}

#else

bool disk_crc32c_check(void)
{
    return true; /* RocksDB's own */
}

#endif
