/* Private to the genesis files: where the reader stands, and the values that JSON text can mean. */
#ifndef STATE_CHAIN_GENESIS_INTERNAL_H
#define STATE_CHAIN_GENESIS_INTERNAL_H

#include "state/chain/genesis.h"

struct genesis_reader {
    struct mm_arena *arena;
    struct genesis *genesis;
    struct genesis_account *account; /* the one being read */
    struct mm_reason *reason;        /* may be NULL */
};

/* A key and the places above it: a reason begins with the path. Lives on the stack of who reads the object. */
struct genesis_place {
    const struct genesis_place *parent; /* NULL: a key of the file's object */
    mm_bytes key;
};

/* One known key of an object. */
struct genesis_field {
    const char *key;
    mm_err (*read)(struct genesis_reader *reader, const struct genesis_place *at,
                   const struct json *value);
};

/* "alloc.0x12.balance: text"; always MM_ERR_INVALID. */
mm_err genesis_refuse(const struct genesis_reader *reader, const struct genesis_place *at,
                      const char *text);
mm_err genesis_no_memory(const struct genesis_reader *reader, const struct genesis_place *at);

/* Reads every member of an object by the table; a key outside it is refused. `at` is NULL for the file's object. */
MM_MUST_USE mm_err genesis_read_object(struct genesis_reader *reader,
                                       const struct genesis_place *at, const struct json *object,
                                       const struct genesis_field *fields, size_t field_count);

/* A JSON number, decimal text or 0x text; leading zeros are allowed in 0x text, as geth does. */
MM_MUST_USE mm_err genesis_read_u256(const struct genesis_reader *reader,
                                     const struct genesis_place *at, mm_u256 *out,
                                     const struct json *value);
MM_MUST_USE mm_err genesis_read_u64(const struct genesis_reader *reader,
                                    const struct genesis_place *at, uint64_t *out,
                                    const struct json *value);
/* A number that may only be zero. */
MM_MUST_USE mm_err genesis_read_zero(struct genesis_reader *reader, const struct genesis_place *at,
                                     const struct json *value);
/* 0x and at most 64 digits. */
MM_MUST_USE bool genesis_word(mm_u256 *out, mm_bytes text);
/* 0x data of any length, copied to the arena. */
MM_MUST_USE mm_err genesis_read_data(const struct genesis_reader *reader,
                                     const struct genesis_place *at, mm_bytes *out,
                                     const struct json *value);
MM_MUST_USE mm_err genesis_read_hash(const struct genesis_reader *reader,
                                     const struct genesis_place *at, mm_hash32 *out,
                                     const struct json *value);
/* With 0x, or without where bare_allowed; EIP-55 is checked in mixed case. */
MM_MUST_USE mm_err genesis_address(const struct genesis_reader *reader,
                                   const struct genesis_place *at, mm_addr *out, mm_bytes text,
                                   bool bare_allowed);

/* The parts of the file. */
MM_MUST_USE mm_err genesis_read_config(struct genesis_reader *reader,
                                       const struct genesis_place *at, const struct json *value);
MM_MUST_USE mm_err genesis_read_alloc(struct genesis_reader *reader, const struct genesis_place *at,
                                      const struct json *value);

#endif
