/* A chain with an AINFT collection made by its factory, people with keys, and short verbs to call it by signature text. */
#ifndef TESTS_UNIT_CONTRACTS_NATIVE_AINFT_FIXTURE_H
#define TESTS_UNIT_CONTRACTS_NATIVE_AINFT_FIXTURE_H

#include <criterion/criterion.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "state/crypto/secp.h"
#include "tests/lib/test_chain.h"

enum person { CREATOR, ALICE, BOB, SERVICE, STRANGER, PEOPLE };

struct fixture {
    struct test_chain chain;
    struct mm_arena arena;
    mm_addr people[PEOPLE];
    struct secp_secret *secrets[PEOPLE];
    mm_addr factory;
    mm_addr collection;
    mm_addr governor; /* which does not govern before the hand-over */
    mm_addr credit;
};

/* CREATOR's collection "Muses", whose credit has a maximum of 1000000, and its governor: a vote begins a second after it was proposed
 * and takes 100, who has a vote may propose, 4 percent are a quorum, what was decided waits for an hour, BOB is guardian until
 * 2000000000. The block that made them has ended. */
void fixture_init(struct fixture *f);
void fixture_fini(struct fixture *f);

/* ---- values ---- */

struct abi_value text(const char *text);
struct abi_value id_of(const char *name); /* keccak256 */
struct abi_value person(const struct fixture *f, enum person who);
/* A uint256[] of these. */
struct abi_value numbers(struct fixture *f, const uint64_t *values, size_t count);
#define NUMBERS(f, ...)                                                                            \
    numbers((f), (const uint64_t[]){ __VA_ARGS__ },                                                \
            sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* ---- calls; of the collection unless they say whose ---- */

struct exec_outcome send(struct fixture *f, enum person who, const char *signature,
                         const struct abi_value *args);
struct exec_outcome send_to(struct fixture *f, enum person who, const mm_addr *to,
                            const char *signature, const struct abi_value *args);
struct exec_outcome call(struct fixture *f, enum person who, const char *signature,
                         const struct abi_value *args);
struct exec_outcome call_to(struct fixture *f, enum person who, const mm_addr *to,
                            const char *signature, const struct abi_value *args);

/* Word i of the return data. */
mm_u256 word_of(const struct exec_outcome *outcome, size_t i);
/* A view's first word as a small number. */
uint64_t ask(struct fixture *f, const char *signature, const struct abi_value *args);

#define expect_ok(outcome) cr_assert_eq((outcome).status, EXEC_OK)
void expect_revert(struct fixture *f, const struct exec_outcome *outcome, const char *error,
                   const struct abi_value *args);
/* Sends it and expects the error. */
void refused(struct fixture *f, enum person who, const char *signature,
             const struct abi_value *args, const char *error, const struct abi_value *error_args);
/* Sends it and expects success. */
struct exec_outcome done(struct fixture *f, enum person who, const char *signature,
                         const struct abi_value *args);

/* ---- what many tests do ---- */

void next_block(struct fixture *f);
/* Mints to the person, for the creator; gives the id. */
uint64_t mint_to(struct fixture *f, enum person who);
/* CREATOR's, in force from the next block, which this begins. */
void set_rule(struct fixture *f, const char *target, const char *source);
void define_kind(struct fixture *f, const char *name);
void define_trait(struct fixture *f, const char *name, enum ainft_trait_kind kind, uint64_t max);

struct effect {
    uint8_t op;
    const char *key; /* NULL: zero */
    const char *expr;
};
struct abi_value effects_of(struct fixture *f, const struct effect *effects, size_t count);
void define_action(struct fixture *f, const char *name, const char *guard, const char *price,
                   const struct effect *effects, size_t count);
/* 65 bytes over the struct hash in the collection's domain; in that of another contract of this name. */
mm_bytes sign(struct fixture *f, enum person who, const mm_u256 *struct_hash);
mm_bytes sign_for(struct fixture *f, enum person who, const char *name, const mm_addr *contract,
                  const mm_u256 *struct_hash);
mm_bytes calldata(struct fixture *f, const char *signature, const struct abi_value *args);
mm_u256 hash_words(const struct abi_value *words, size_t count);

#endif
