/* What can be asked about consensus, on a chain that one validator seals. */
#include <criterion/criterion.h>

#include "door.h"

static const char *validator(struct door *door)
{
    return door_string(door, door_ask(door, "eth_coinbase", " "));
}

Test(qbft, names_the_validators_that_seal_a_block)
{
    struct door *door = door_open();
    static const char *const BLOCKS[] = { " ", "\"0x0\"", "\"0x1\"", "\"pending\"" };
    const char *expected = validator(door);
    (void)door_mint(door, 1, "ipfs://1");
    for (size_t i = 0; i < MM_COUNT_OF(BLOCKS); i++) {
        const struct json *set = door_ask(door, "qbft_getValidators", BLOCKS[i]);
        cr_assert_eq(set->count, 1);
        cr_assert(door_is(&set->items[0], expected));
    }
    const struct door_error unknown = door_refused(door, "qbft_getValidators", "\"0x7\"");
    cr_assert_str_eq(unknown.message, "header not found");
    door_close(door);
}

Test(qbft, gives_the_certificate_of_a_block_and_null_where_there_is_none)
{
    struct door *door = door_open();
    const char *sealer = validator(door);
    (void)door_mint(door, 1, "ipfs://1");
    const struct json *certificate = door_ask(door, "qbft_getCertificate", "\"latest\"");
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"0x1\",false");
    cr_assert(door_same(json_find(certificate, "blockHash"), json_find(block, "hash")));
    cr_assert(door_is(json_find(certificate, "blockNumber"), "0x1"));
    cr_assert(door_is(json_find(certificate, "round"), "0x0"));
    const struct json *seals = json_find(certificate, "seals");
    cr_assert_eq(seals->count, 1);
    cr_assert(door_is(json_find(&seals->items[0], "validator"), sealer));
    cr_assert_eq(json_find(&seals->items[0], "signature")->text.len, 2 + 2 * 65);
    static const char *const NONE[] = { "\"0x0\"", "\"0x2\"", "\"pending\"" };
    for (size_t i = 0; i < MM_COUNT_OF(NONE); i++)
        cr_assert_eq(door_ask(door, "qbft_getCertificate", NONE[i])->kind, JSON_NULL);
    door_close(door);
}

Test(qbft, says_where_the_next_height_stands)
{
    struct door *door = door_open();
    (void)door_mint(door, 1, "ipfs://1");
    const struct json *status = door_ask(door, "qbft_status", " ");
    cr_assert(door_is(json_find(status, "height"), "0x2"));
    cr_assert(door_is(json_find(status, "quorum"), "0x1"));
    cr_assert(door_is(json_find(status, "address"), validator(door)));
    cr_assert_eq(door_ask(door, "qbft_getEvidence", " ")->count, 0);
    door_close(door);
}
