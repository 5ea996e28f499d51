/* The end of RocksDB's write-ahead log, as a power cut may leave it.
 *
 * What a power cut can take: the node syncs (fdatasync) the log after each block and each edit, before it shows anything of
 * them. So every byte up to the end of the last record that was *shown* is on the platter; bytes behind it are not, whatever the
 * page cache said. They may be missing, zero, or garbage, from any byte on; a block of the device may have arrived and the one
 * before it not. That is what is done here, and only behind that record:
 *
 *     log   │ … │ block 41 │ flush of 1–40 │ block 42 (shown) │ flush … │ block 43 (not shown) │ end
 *                                                    must stay ─────────▲ may be cut or garbled from here on
 *
 * What counts as shown is asked conservatively: the record of the highest block number that any client was told, and every
 * record of edits, acknowledged or not. Only the newest log is touched: RocksDB syncs a closed one before anything of the next
 * is reported durable.
 *
 * The format is RocksDB's and LevelDB's: blocks of 32 KiB; records crc(4) length(2) type(1) payload, type full, first, middle or
 * last. A payload is a write batch; the block writes are known by the key "head" in it. */
#ifndef TESTS_E2E_CRASH_WAL_H
#define TESTS_E2E_CRASH_WAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/random.h"

enum wal_damage {
    WAL_CUT,     /* the file ends at a byte chosen at random */
    WAL_ZEROS,   /* from there on the file is zeros, and longer than it was */
    WAL_GARBAGE, /* random bytes from there on */
    WAL_KINDS,
};

/* Damages the newest log in folder/chain behind the record of block `shown`. Returns how many bytes the damage took away; prints
 * what it did. Nothing is done when the record is not in the newest log and the log has records (then it is unclear). */
size_t wal_damage(const char *folder, uint64_t shown, enum wal_damage kind,
                  struct test_random *random);

#endif
