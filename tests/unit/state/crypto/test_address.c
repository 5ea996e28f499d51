#include "state/crypto/address.h"

#include <criterion/criterion.h>
#include <ctype.h>

#include "state/codec/hex.h"
#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"

/* EIP-55, "Test Cases". */
static const char *const EIP55[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
};

static mm_addr addr_of(const char *text)
{
    mm_addr addr;
    cr_assert(hex_read_addr(&addr, mm_bytes_str(text)), "%s", text);
    return addr;
}

Test(address, writes_the_checksum_of_eip55)
{
    for (size_t i = 0; i < MM_COUNT_OF(EIP55); i++) {
        const mm_addr addr = addr_of(EIP55[i]);
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, &addr);
        cr_assert_str_eq(text, EIP55[i]);
    }
}

Test(address, reads_checksummed_lower_and_upper_case)
{
    for (size_t i = 0; i < MM_COUNT_OF(EIP55); i++) {
        const mm_addr expected = addr_of(EIP55[i]);
        char lower[ADDRESS_TEXT + 1] = "0x";
        char upper[ADDRESS_TEXT + 1] = "0x";
        for (size_t j = 2; j < ADDRESS_TEXT; j++) {
            lower[j] = (char)tolower(EIP55[i][j]);
            upper[j] = (char)toupper(EIP55[i][j]);
        }
        mm_addr addr;
        cr_assert_eq(address_from_text(&addr, mm_bytes_str(EIP55[i])), ADDRESS_OK);
        cr_assert(mm_addr_equal(&addr, &expected));
        cr_assert_eq(address_from_text(&addr, mm_bytes_str(lower)), ADDRESS_OK);
        cr_assert(mm_addr_equal(&addr, &expected));
        cr_assert_eq(address_from_text(&addr, mm_bytes_str(upper)), ADDRESS_OK);
        cr_assert(mm_addr_equal(&addr, &expected));
    }
}

Test(address, refuses_every_single_wrong_case)
{
    for (size_t i = 4; i < MM_COUNT_OF(EIP55); i++) {
        for (size_t j = 2; j < ADDRESS_TEXT; j++) {
            char text[ADDRESS_TEXT + 1];
            memcpy(text, EIP55[i], sizeof text);
            if (!isalpha((unsigned char)text[j]))
                continue;
            text[j] = (char)(text[j] ^ 0x20);
            mm_addr addr;
            cr_assert_eq(address_from_text(&addr, mm_bytes_str(text)), ADDRESS_BAD_CHECKSUM);
            cr_assert(mm_addr_is_zero(&addr));
        }
    }
}

Test(address, refuses_what_is_not_0x_and_forty_digits)
{
    static const char *const malformed[] = {
        "",
        "0x",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedef",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
        "1x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        " 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
    };
    for (size_t i = 0; i < MM_COUNT_OF(malformed); i++) {
        mm_addr addr;
        cr_assert_eq(address_from_text(&addr, mm_bytes_str(malformed[i])), ADDRESS_MALFORMED, "%s",
                     malformed[i]);
        cr_assert(mm_addr_is_zero(&addr));
    }
}

Test(address, of_a_created_contract_is_what_the_chain_shows)
{
    static const struct {
        const char *creator;
        uint64_t nonce;
        const char *created;
    } known[] = {
        { "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 0,
          "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d" },
        { "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 1,
          "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8" },
        { "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 2,
          "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91" },
        { "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", 0,
          "0x5fbdb2315678afecb367f032d93f642f64180aa3" },
        { "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", 1,
          "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(known); i++) {
        const mm_addr creator = addr_of(known[i].creator);
        const mm_addr expected = addr_of(known[i].created);
        const mm_addr created = address_of_create(&creator, known[i].nonce);
        cr_assert(mm_addr_equal(&created, &expected), "%s", known[i].created);
    }
}

Test(address, of_a_created_contract_hashes_the_list_that_rlp_writes)
{
    const mm_addr creator = addr_of(EIP55[4]);
    for (unsigned bit = 0; bit <= 64; bit++) {
        for (int offset = -1; offset <= 1; offset++) {
            const uint64_t nonce = (bit == 64 ? 0 : (uint64_t)1 << bit) + (uint64_t)(int64_t)offset;
            struct mm_buf buf;
            mm_buf_init(&buf, 100);
            const size_t opened = rlp_open_list(&buf);
            rlp_add_addr(&buf, &creator);
            rlp_add_u64(&buf, nonce);
            rlp_close_list(&buf, opened);
            cr_assert_eq(mm_buf_err(&buf), MM_OK);
            const mm_hash32 hash = keccak256(mm_buf_bytes(&buf));
            const mm_addr created = address_of_create(&creator, nonce);
            cr_assert_eq(memcmp(created.b, hash.b + 12, 20), 0, "nonce %lu", (unsigned long)nonce);
            mm_buf_fini(&buf);
        }
    }
}
