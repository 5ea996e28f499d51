/* genesis.json: what is refused says why; what is taken is sorted, without duplicates, and gives a header that decodes again. */
#include <stdlib.h>

#include "state/chain/genesis.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accounts(const struct genesis *genesis)
{
    for (size_t i = 0; i < genesis->account_count; i++) {
        const struct genesis_account *account = &genesis->accounts[i];
        if (i > 0)
            REQUIRE(mm_bytes_compare(mm_bytes_addr(&account[-1].addr),
                                     mm_bytes_addr(&account->addr)) < 0);
        for (size_t j = 0; j < account->slot_count; j++) {
            REQUIRE(!u256_is_zero(&account->slots[j].value));
            if (j > 0)
                REQUIRE(u256_compare(&account->slots[j - 1].slot, &account->slots[j].slot) < 0);
        }
        if (account->native != NULL)
            REQUIRE(account->code.len == 0 && account->slot_count == 0 && account->nonce == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mm_arena arena;
    struct genesis genesis;
    struct mm_reason reason = { "" };
    mm_arena_init(&arena, 64 << 20);
    const mm_err err = genesis_parse(&arena, &genesis, mm_bytes_from(data, size), &reason);
    if (err != MM_OK) {
        REQUIRE(err == MM_ERR_INVALID || err == MM_ERR_NO_MEMORY);
        REQUIRE(reason.text[0] != '\0' && genesis.accounts == NULL);
    } else {
        const mm_hash32 zero = { { 0 } };
        struct header header;
        struct header read;
        struct mm_buf buf;
        check_accounts(&genesis);
        REQUIRE(genesis.chain_id > 0 && genesis.qbft.request_timeout_ms > 0);
        genesis_header(&header, &genesis, &zero, &zero);
        mm_buf_init(&buf, 4096);
        header_encode(&buf, &header);
        struct rlp r = rlp_over(mm_buf_bytes(&buf));
        header_read(&r, &read);
        REQUIRE(rlp_finish(&r) == RLP_OK && memcmp(&read, &header, sizeof read) == 0);
        mm_buf_fini(&buf);
    }
    mm_arena_fini(&arena);
    return 0;
}
