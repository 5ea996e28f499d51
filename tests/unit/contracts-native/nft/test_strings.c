#include "tests/lib/random.h"
#include "tests/unit/contracts-native/nft/fixture.h"

enum { LENGTH_MAX = 300, ROUNDS = 300 };

static void set_uri(struct fixture *f, mm_bytes uri)
{
    expect_ok(
        fixture_send(f, &OWNER, &COLLECTION, "setContractURI(string)", ABI_VALUES(abi_bytes(uri))));
}

/* However strings of any length follow one another: each reads back, and the empty one leaves the trie as it was. */
Test(nft_strings, a_string_that_replaces_another_leaves_nothing_of_it)
{
    static const struct abi_type string = { .kind = ABI_STRING };
    struct test_random random = { 721 };
    uint8_t uri[LENGTH_MAX];
    struct fixture f;
    fixture_init(&f, NULL);
    const mm_hash32 before = fixture_root(&f);
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t len = test_random_below(&random, LENGTH_MAX + 1);
        struct abi_value read;
        if (i % 3 == 0)
            memset(uri, 0, len);
        else
            test_random_fill(&random, uri, len);
        set_uri(&f, mm_bytes_from(uri, len));
        const struct exec_outcome outcome =
            fixture_call(&f, &ALICE, &COLLECTION, "contractURI()", NULL);
        expect_ok(outcome);
        cr_assert_eq(abi_decode(&read, outcome.output, &string, 1, ABI_MEMORY), ABI_OK);
        cr_assert(mm_bytes_equal(read.bytes, mm_bytes_from(uri, len)));
        if (i % 10 == 9) {
            set_uri(&f, (mm_bytes){ 0 });
            const mm_hash32 after = fixture_root(&f);
            cr_assert(mm_hash_equal(&before, &after), "round %zu", i);
        }
    }
    fixture_fini(&f);
}

Test(nft_strings, as_long_as_a_transaction_may_be)
{
    static const struct abi_type string = { .kind = ABI_STRING };
    struct fixture f;
    struct abi_value read;
    fixture_init(&f, NULL);
    f.gas_limit = 200000000;
    const size_t len = 127 << 10;
    uint8_t *uri = mm_arena_alloc(&f.arena, len);
    cr_assert(uri != NULL);
    memset(uri, 'x', len);
    set_uri(&f, mm_bytes_from(uri, len));
    const struct exec_outcome outcome =
        fixture_call(&f, &ALICE, &COLLECTION, "contractURI()", NULL);
    expect_ok(outcome);
    cr_assert_eq(abi_decode(&read, outcome.output, &string, 1, ABI_MEMORY), ABI_OK);
    cr_assert(mm_bytes_equal(read.bytes, mm_bytes_from(uri, len)));
    fixture_fini(&f);
}
