#include "state/chain/genesis.h"

#include "state/crypto/keccak.h"
#include "tests/unit/state/chain/given.h"

TestSuite(genesis, .init = open_arena, .fini = close_arena);

static mm_err parse(struct genesis *genesis, const char *text, struct mm_reason *reason)
{
    *reason = (struct mm_reason){ "" };
    const mm_err err = genesis_parse(&arena, genesis, mm_bytes_str(text), reason);
    if (err != MM_OK)
        cr_assert(genesis->accounts == NULL && genesis->chain_id == 0);
    return err;
}

/* The smallest file, with more keys of the file's object and of config. Each begins with a comma or is empty. */
static const char *file_with(const char *more, const char *more_config)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 16);
    mm_buf_printf(&buf, "{\"config\": {\"chainId\": 31337%s}, \"gasLimit\": \"0x3b9aca00\"%s}",
                  more_config, more);
    const char *text = mm_arena_text(&arena, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return text;
}

static struct genesis taken(const char *more, const char *more_config)
{
    struct genesis genesis;
    struct mm_reason reason;
    cr_assert_eq(parse(&genesis, file_with(more, more_config), &reason), MM_OK, "%s%s: %s", more,
                 more_config, reason.text);
    return genesis;
}

static void expect_refused(const char *more, const char *more_config, const char *expected)
{
    struct genesis genesis;
    struct mm_reason reason;
    cr_assert_eq(parse(&genesis, file_with(more, more_config), &reason), MM_ERR_INVALID, "%s%s",
                 more, more_config);
    cr_expect_str_eq(reason.text, expected);
}

Test(genesis, needs_a_chain_id_and_a_gas_limit_and_has_defaults_for_the_rest)
{
    const struct genesis genesis = taken("", "");
    cr_assert_eq(genesis.chain_id, 31337);
    cr_assert_eq(genesis.gas_limit, 1000000000);
    cr_assert_eq(genesis.base_fee.limb[0], 1000000000);
    cr_assert_eq(genesis.qbft.block_period_ms, 0);
    cr_assert_eq(genesis.qbft.empty_block_period_ms, 0);
    cr_assert_eq(genesis.qbft.request_timeout_ms, 1000);
    cr_assert_eq(genesis.timestamp, 0);
    cr_assert_not(genesis.has_extra);
    cr_assert_eq(genesis.account_count, 0);

    struct genesis none;
    struct mm_reason reason;
    cr_assert_eq(parse(&none, "{\"gasLimit\": 5000, \"config\": {}}", &reason), MM_ERR_INVALID);
    cr_assert_str_eq(reason.text, "config.chainId: missing");
    cr_assert_eq(parse(&none, "{\"gasLimit\": 5000}", &reason), MM_ERR_INVALID);
    cr_assert_str_eq(reason.text, "config: missing");
    cr_assert_eq(parse(&none, "{\"config\": {\"chainId\": 1}}", &reason), MM_ERR_INVALID);
    cr_assert_str_eq(reason.text, "gasLimit: missing");
    cr_assert_eq(parse(&none, "[]", &reason), MM_ERR_INVALID);
    cr_assert_str_eq(reason.text, "not an object");
    cr_assert_eq(parse(&none, "{", &reason), MM_ERR_INVALID);
    cr_assert_neq(reason.text[0], '\0');
}

Test(genesis, reads_every_key_of_a_full_file)
{
    static const char text[] =
        "{\"config\": {\"chainId\": \"0x7a69\", \"homesteadBlock\": 0, \"londonBlock\": \"0x0\","
        " \"terminalTotalDifficultyPassed\": true, \"terminalTotalDifficulty\": 0, "
        "\"shanghaiTime\": 0,"
        " \"cancunTime\": 0, \"blobSchedule\": {\"cancun\": {\"target\": 3, \"max\": 6,"
        " \"baseFeeUpdateFraction\": 3338477}},"
        " \"qbft\": {\"blockperiodseconds\": 2, \"emptyblockperiodmilliseconds\": 1500,"
        " \"requesttimeoutseconds\": 4}},"
        "\"nonce\": \"0x0000000000000000\", \"timestamp\": \"1700000000\", \"extraData\":"
        " \"0x0102030405060708091011121314151617181920212223242526272829303132\","
        "\"gasLimit\": 30000000, \"difficulty\": \"0x0\", \"number\": \"0\", \"gasUsed\": 0,"
        "\"parentHash\": \"0x0000000000000000000000000000000000000000000000000000000000000000\","
        "\"mixHash\": \"0x6300000000000000000000000000000000000000000000000000000000000036\","
        "\"coinbase\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\","
        "\"baseFeePerGas\": \"0x07\", \"blobGasUsed\": \"0x00\", \"excessBlobGas\": \"0x0\","
        "\"alloc\": {"
        " \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\": {\"balance\": \"0xde0b6b3a7640000\"},"
        " \"70997970c51812dc3a010c7d01b50e0d17dc79c8\": {\"balance\": \"123\", \"nonce\": \"0x5\"},"
        " \"0x00000000000000000000000000000000000000c0\": {\"code\": \"0x6001\", \"storage\":"
        "  {\"0x02\": \"0x0a\", "
        "\"0x0000000000000000000000000000000000000000000000000000000000000001\":"
        "   \"0xff\", \"0x3\": \"0x0\"}, \"balance\": 0},"
        " \"6d696e746d61726b000000000000000000000721\": {\"native\": {\"contract\": \"collection\","
        "  \"name\": \"Mint\"}, \"balance\": \"0x1\"}}}";
    struct genesis genesis;
    struct mm_reason reason;
    cr_assert_eq(parse(&genesis, text, &reason), MM_OK, "%s", reason.text);
    cr_assert_eq(genesis.chain_id, 31337);
    cr_assert_eq(genesis.qbft.block_period_ms, 2000);
    cr_assert_eq(genesis.qbft.empty_block_period_ms, 1500);
    cr_assert_eq(genesis.qbft.request_timeout_ms, 4000);
    cr_assert_eq(genesis.timestamp, 1700000000);
    cr_assert_eq(genesis.gas_limit, 30000000);
    cr_assert_eq(genesis.base_fee.limb[0], 7);
    cr_assert(genesis.has_extra);
    cr_assert_eq(genesis.extra[31], 0x32);
    cr_assert_eq(genesis.prev_randao.b[0], 0x63);
    cr_assert_eq(genesis.coinbase.b[0], 0xf3);
    cr_assert_eq(genesis.account_count, 4);
    const struct genesis_account *accounts = genesis.accounts;
    cr_assert_eq(accounts[0].addr.b[19], 0xc0); /* ascending by address */
    cr_assert_eq(accounts[1].addr.b[0], 0x6d);
    cr_assert_eq(accounts[2].addr.b[0], 0x70);
    cr_assert_eq(accounts[3].addr.b[0], 0xf3);
    cr_assert(mm_bytes_equal(accounts[0].code, unhex("6001")));
    cr_assert_eq(accounts[0].slot_count, 2); /* a value of zero is no slot */
    cr_assert_eq(accounts[0].slots[0].slot.limb[0], 1);
    cr_assert_eq(accounts[0].slots[0].value.limb[0], 0xff);
    cr_assert_eq(accounts[0].slots[1].slot.limb[0], 2);
    cr_assert_not_null(accounts[1].native);
    cr_assert(json_is_text(json_find(accounts[1].native, "name"), "Mint"));
    cr_assert_eq(accounts[1].balance.limb[0], 1);
    cr_assert_eq(accounts[2].balance.limb[0], 123);
    cr_assert_eq(accounts[2].nonce, 5);
    cr_assert_eq(accounts[3].balance.limb[0], 1000000000000000000);
    cr_assert_null(accounts[3].native);
}

Test(genesis, an_unknown_key_is_refused_with_its_path)
{
    expect_refused(", \"gaslimit\": 1", "", "gaslimit: unknown key");
    expect_refused("", ", \"chainID\": 1", "config.chainID: unknown key");
    expect_refused("", ", \"qbft\": {\"epochlength\": 30000}",
                   "config.qbft.epochlength: unknown key");
    expect_refused(
        ", \"alloc\": {\"0x00000000000000000000000000000000000000c0\": {\"Balance\": 1}}", "",
        "alloc.0x00000000000000000000000000000000000000c0.Balance: unknown key");
    expect_refused(", \"a\\u0000b\\u001b[31m\": 1", "", "a?b?[31m: unknown key");
}

Test(genesis, a_key_twice_is_refused)
{
    struct genesis genesis;
    struct mm_reason reason;
    cr_assert_eq(parse(&genesis, file_with(", \"nonce\": 0, \"nonce\": 0", ""), &reason),
                 MM_ERR_INVALID);
    cr_assert_neq(reason.text[0], '\0');
    expect_refused(", \"alloc\": {\"00000000000000000000000000000000000000c0\": {},"
                   " \"0x00000000000000000000000000000000000000C0\": {}}",
                   "", "alloc.0x00000000000000000000000000000000000000c0: an account twice");
    expect_refused(", \"alloc\": {\"00000000000000000000000000000000000000c0\": {\"storage\":"
                   " {\"0x1\": \"0x1\", \"0x01\": \"0x1\"}}}",
                   "", "alloc.00000000000000000000000000000000000000c0.storage: a slot twice");
}

Test(genesis, addresses_in_mixed_case_keep_their_checksum)
{
    expect_refused(", \"coinbase\": \"0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266\"", "",
                   "coinbase: bad checksum");
    expect_refused(", \"alloc\": {\"F39Fd6e51aad88F6F4ce6aB8827279cffFb92266\": {}}", "",
                   "alloc.F39Fd6e51aad88F6F4ce6aB8827279cffFb92266: bad checksum");
    (void)taken(", \"alloc\": {\"f39Fd6e51aad88F6F4ce6aB8827279cffFb92266\": {}}", "");
    (void)taken(", \"alloc\": {\"F39FD6E51AAD88F6F4CE6AB8827279CFFFB92266\": {}}", "");
    expect_refused(", \"alloc\": {\"0x39Fd6e51aad88F6F4ce6aB8827279cffFb92266\": {}}", "",
                   "alloc.0x39Fd6e51aad88F6F4ce6aB8827279cffFb92266: not an address");
    expect_refused(", \"alloc\": {\"\": {}}", "", "alloc.: not an address");
    expect_refused(", \"coinbase\": \"f39Fd6e51aad88F6F4ce6aB8827279cffFb92266\"", "",
                   "coinbase: not an address");
    expect_refused(", \"coinbase\": 0", "", "coinbase: not an address");
}

Test(genesis, numbers_are_json_numbers_decimal_text_or_hexadecimal_text)
{
    static const char *const good[] = { "10",       "\"10\"",        "\"0xa\"",
                                        "\"0x0a\"", "\"0x000000A\"", "\"0XA\"" };
    for (size_t i = 0; i < MM_COUNT_OF(good); i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, 1000);
        mm_buf_printf(&buf, ", \"timestamp\": %s", good[i]);
        const struct genesis genesis = taken(mm_arena_text(&arena, mm_buf_bytes(&buf)), "");
        cr_assert_eq(genesis.timestamp, 10);
        mm_buf_fini(&buf);
    }
    static const char *const bad[] = { "\"\"",    "\"0x\"",  "1.5",       "1e3",
                                       "-1",      "\"-1\"",  "\"+1\"",    "\" 1\"",
                                       "\"0xg\"", "\"1_0\"", "\"0x0x1\"", "\"x\"" };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, 1000);
        mm_buf_printf(&buf, ", \"timestamp\": %s", bad[i]);
        expect_refused(mm_arena_text(&arena, mm_buf_bytes(&buf)), "",
                       "timestamp: not a whole number of at most 256 bits");
        mm_buf_fini(&buf);
    }
    expect_refused(", \"timestamp\": null", "", "timestamp: not a number");
    expect_refused(", \"timestamp\": \"18446744073709551616\"", "", "timestamp: more than 64 bits");
    expect_refused(", \"timestamp\": \"0x10000000000000000\"", "", "timestamp: more than 64 bits");
    expect_refused(
        ", \"alloc\": {\"00000000000000000000000000000000000000c0\": {\"balance\":"
        " \"115792089237316195423570985008687907853269984665640564039457584007913129639936\"}}",
        "",
        "alloc.00000000000000000000000000000000000000c0.balance:"
        " not a whole number of at most 256 bits");
    const struct genesis genesis =
        taken(", \"alloc\": {\"00000000000000000000000000000000000000c0\": {\"balance\":"
              " 115792089237316195423570985008687907853269984665640564039457584007913129639935}}",
              "");
    cr_assert_eq(u256_byte_len(&genesis.accounts[0].balance), 32);
}

Test(genesis, impossible_values_are_refused)
{
    struct genesis genesis;
    struct mm_reason reason;
    expect_refused(", \"nonce\": \"0x0000000000000042\"", "", "nonce: must be zero");
    expect_refused(", \"difficulty\": \"0x20000\"", "", "difficulty: must be zero");
    expect_refused(", \"number\": 1", "", "number: must be zero");
    expect_refused(", \"blobGasUsed\": \"0x1\"", "", "blobGasUsed: must be zero");
    expect_refused(", \"mixHash\": \"0x00\"", "", "mixHash: not 0x and 64 digits");
    expect_refused(", \"extraData\": \"0x00\"", "",
                   "extraData: not a validator commitment of 32 bytes");
    expect_refused(", \"extraData\": \"0x0\"", "", "extraData: not 0x data");
    expect_refused(", \"extraData\": \"0xzz\"", "", "extraData: not 0x data");
    expect_refused(", \"extraData\": \"hello\"", "", "extraData: not 0x data");
    expect_refused(", \"baseFeePerGas\": \"0x10000000000000000\"", "",
                   "baseFeePerGas: more than 64 bits");
    cr_assert_not(taken(", \"extraData\": \"0x\"", "").has_extra);
    cr_assert_eq(parse(&genesis, "{\"config\": {\"chainId\": 1}, \"gasLimit\": 4999}", &reason),
                 MM_ERR_INVALID);
    cr_assert_str_eq(reason.text, "gasLimit: below 5000");
    static const char *const ids[] = { "0", "9223372036854775772", "18446744073709551615" };
    for (size_t i = 0; i < MM_COUNT_OF(ids); i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, 1000);
        mm_buf_printf(&buf, "{\"config\": {\"chainId\": %s}, \"gasLimit\": 5000}", ids[i]);
        cr_assert_eq(parse(&genesis, mm_arena_text(&arena, mm_buf_bytes(&buf)), &reason),
                     MM_ERR_INVALID);
        cr_assert_str_eq(reason.text, "config.chainId: outside 1 to 9223372036854775771");
        mm_buf_fini(&buf);
    }
    expect_refused(", \"alloc\": []", "", "alloc: not an object");
    expect_refused(", \"alloc\": {\"00000000000000000000000000000000000000c0\": 1}", "",
                   "alloc.00000000000000000000000000000000000000c0: not an object");
    expect_refused(", \"alloc\": {\"00000000000000000000000000000000000000c0\": {\"nonce\":"
                   " \"0xffffffffffffffff\"}}",
                   "",
                   "alloc.00000000000000000000000000000000000000c0.nonce:"
                   " above the highest nonce, 2^64 - 2");
}

Test(genesis, storage_is_words_by_slot)
{
    static const char head[] =
        ", \"alloc\": {\"00000000000000000000000000000000000000c0\": {\"storage\": ";
    static const char path[] = "alloc.00000000000000000000000000000000000000c0.storage";
    static const struct {
        const char *storage;
        const char *reason;
    } cases[] = {
        { "[]", ": not an object" },
        { "{\"1\": \"0x1\"}", ".1: not a slot (0x and at most 64 digits)" },
        { "{\"0x\": \"0x1\"}", ".0x: not a slot (0x and at most 64 digits)" },
        { "{\"0x1\": \"1\"}", ".0x1: not a word (0x and at most 64 digits)" },
        { "{\"0x1\": 1}", ".0x1: not a word (0x and at most 64 digits)" },
        { "{\"0x1\": \"0x00000000000000000000000000000000000000000000000000000000000000001\"}",
          ".0x1: not a word (0x and at most 64 digits)" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, 1000);
        mm_buf_printf(&buf, "%s%s}}", head, cases[i].storage);
        const char *more = mm_arena_text(&arena, mm_buf_bytes(&buf));
        mm_buf_reset(&buf);
        mm_buf_printf(&buf, "%s%s", path, cases[i].reason);
        expect_refused(more, "", mm_arena_text(&arena, mm_buf_bytes(&buf)));
        mm_buf_fini(&buf);
    }
}

Test(genesis, forks_of_other_clients_are_active_from_genesis_or_refused)
{
    static const char *const forks[] = {
        "homesteadBlock",      "daoForkBlock",
        "eip150Block",         "eip155Block",
        "eip158Block",         "byzantiumBlock",
        "constantinopleBlock", "constantinopleFixBlock",
        "petersburgBlock",     "istanbulBlock",
        "muirGlacierBlock",    "berlinBlock",
        "londonBlock",         "arrowGlacierBlock",
        "grayGlacierBlock",    "mergeNetsplitBlock",
        "preMergeForkBlock",   "terminalTotalDifficulty",
        "shanghaiTime",        "cancunTime",
    };
    for (size_t i = 0; i < MM_COUNT_OF(forks); i++) {
        struct mm_buf buf;
        struct mm_buf reason;
        mm_buf_init(&buf, 1000);
        mm_buf_init(&reason, 1000);
        mm_buf_printf(&buf, ", \"%s\": 0", forks[i]);
        (void)taken("", mm_arena_text(&arena, mm_buf_bytes(&buf)));
        mm_buf_reset(&buf);
        mm_buf_printf(&buf, ", \"%s\": 5", forks[i]);
        mm_buf_printf(&reason, "config.%s: must be 0: this fork is active from genesis", forks[i]);
        expect_refused("", mm_arena_text(&arena, mm_buf_bytes(&buf)),
                       mm_arena_text(&arena, mm_buf_bytes(&reason)));
        mm_buf_fini(&buf);
        mm_buf_fini(&reason);
    }
    (void)taken("", ", \"terminalTotalDifficultyPassed\": true");
    expect_refused("", ", \"terminalTotalDifficultyPassed\": false",
                   "config.terminalTotalDifficultyPassed: this fork is always active");
    expect_refused("", ", \"cancunTime\": null", "config.cancunTime: this fork is always active");
    expect_refused("", ", \"pragueTime\": 0",
                   "config.pragueTime: this chain has the rules of Cancun");
    expect_refused("", ", \"ethash\": {}", "config.ethash: this chain's consensus is qbft");
    expect_refused("", ", \"clique\": {}", "config.clique: this chain's consensus is qbft");
    expect_refused("", ", \"zeroBaseFee\": true",
                   "config.zeroBaseFee: the base fee follows EIP-1559");
    expect_refused("", ", \"blobSchedule\": {\"prague\": {}}",
                   "config.blobSchedule.prague: unknown key");
    (void)taken("", ", \"depositContractAddress\": \"0x0000000000000000000000000000000000000000\"");
    (void)taken(
        "",
        ", \"eip150Hash\": \"0x0000000000000000000000000000000000000000000000000000000000000000\"");
}

Test(genesis, periods_are_in_seconds_or_milliseconds)
{
    const struct genesis genesis = taken(
        "", ", \"qbft\": {\"blockperiodmilliseconds\": 250, \"requesttimeoutmilliseconds\": 1}");
    cr_assert_eq(genesis.qbft.block_period_ms, 250);
    cr_assert_eq(genesis.qbft.request_timeout_ms, 1);
    expect_refused("", ", \"qbft\": {\"blockperiodmilliseconds\": 250, \"blockperiodseconds\": 1}",
                   "config.qbft.blockperiodmilliseconds: given in seconds too");
    expect_refused("", ", \"qbft\": {\"requesttimeoutseconds\": 0}",
                   "config.qbft.requesttimeoutseconds: must be above zero");
    expect_refused("", ", \"qbft\": {\"blockperiodseconds\": 31622401}",
                   "config.qbft.blockperiodseconds: more than 366 days");
    expect_refused("", ", \"qbft\": {\"blockperiodseconds\": 18446744073709551615}",
                   "config.qbft.blockperiodseconds: more than 366 days");
    expect_refused("", ", \"qbft\": true", "config.qbft: not an object");
}

Test(genesis, a_native_account_has_neither_nonce_nor_code_nor_storage)
{
    static const char *const own[] = { "\"nonce\": 1", "\"code\": \"0x\"", "\"storage\": {}" };
    static const char *const names[] = { "nonce", "code", "storage" };
    for (size_t i = 0; i < MM_COUNT_OF(own); i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, 1000);
        mm_buf_printf(&buf,
                      ", \"alloc\": {\"6d696e746d61726b000000000000000000000721\":"
                      " {%s, \"native\": {\"contract\": \"collection\"}}}",
                      own[i]);
        const char *more = mm_arena_text(&arena, mm_buf_bytes(&buf));
        mm_buf_reset(&buf);
        mm_buf_printf(&buf, "alloc.6d696e746d61726b000000000000000000000721.%s: not beside native",
                      names[i]);
        expect_refused(more, "", mm_arena_text(&arena, mm_buf_bytes(&buf)));
        mm_buf_fini(&buf);
    }
    expect_refused(", \"alloc\": {\"6d696e746d61726b000000000000000000000721\": {\"native\": {}}}",
                   "",
                   "alloc.6d696e746d61726b000000000000000000000721.native: contract is missing");
    expect_refused(", \"alloc\": {\"6d696e746d61726b000000000000000000000721\":"
                   " {\"native\": {\"contract\": 1}}}",
                   "",
                   "alloc.6d696e746d61726b000000000000000000000721.native.contract: not a text");
}

Test(genesis, without_memory_it_says_so)
{
    const char *text = file_with(", \"alloc\": {\"00000000000000000000000000000000000000c0\":"
                                 " {\"code\": \"0x6001\", \"storage\": {\"0x1\": \"0x2\"}}}",
                                 "");
    for (size_t room = 0; room < 1 << 14; room += 64) {
        struct mm_arena small;
        struct genesis genesis;
        struct mm_reason reason;
        mm_arena_init(&small, room);
        const mm_err err = genesis_parse(&small, &genesis, mm_bytes_str(text), &reason);
        cr_assert(err == MM_OK || err == MM_ERR_NO_MEMORY, "%zu: %s", room, reason.text);
        mm_arena_fini(&small);
    }
    struct genesis genesis;
    cr_assert_eq(genesis_parse(&arena, &genesis, mm_bytes_str("{}"), NULL), MM_ERR_INVALID);
}

Test(genesis, its_header_keeps_the_rules_for_the_next_block)
{
    const struct genesis genesis = taken(
        ", \"timestamp\": 100, \"coinbase\": \"0x00000000000000000000000000000000000000aa\"", "");
    const mm_hash32 root = { { 1 } };
    const mm_hash32 commitment = { { 2 } };
    struct header header;
    genesis_header(&header, &genesis, &root, &commitment);
    cr_assert_eq(header.field_count, HEADER_FIELDS_CANCUN);
    cr_assert_eq(header.number, 0);
    cr_assert_eq(header.timestamp, 100);
    cr_assert_eq(header.gas_limit, 1000000000);
    cr_assert_eq(header.coinbase.b[19], 0xaa);
    cr_assert(mm_hash_equal(&header.state_root, &root));
    cr_assert_eq(header.extra_len, 32);
    cr_assert_eq(memcmp(header.extra, commitment.b, 32), 0);
    struct header child = header;
    child.number = 1;
    child.parent_hash = header_hash(&header);
    child.prev_randao = keccak256(mm_bytes_hash(&child.parent_hash));
    child.base_fee = header_next_base_fee(&header);
    cr_assert_eq(header_check(&child, &header, &child.parent_hash), HEADER_OK);
}
