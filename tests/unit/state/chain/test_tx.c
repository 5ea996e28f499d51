#include "state/base/heap.h"
#include "state/base/limits.h"
#include "state/crypto/keccak.h"
#include "tests/unit/state/chain/given.h"

TestSuite(tx, .init = open_arena, .fini = close_arena);

/* The example of EIP-155: the key is 32 times 0x46. */
static const char EIP_155_SIGNED[] =
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
    "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
    "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
static const char EIP_155_DIGEST[] =
    "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53";

/* A transaction of this type with something in every field it has. */
static struct tx example(enum tx_type type)
{
    struct tx tx = { .type = type,
                     .has_chain_id = true,
                     .chain_id = u256_from_u64(31337),
                     .nonce = 7,
                     .max_fee = u256_from_u64(2000000000),
                     .priority_fee = u256_from_u64(type >= TX_DYNAMIC_FEE ? 5 : 2000000000),
                     .gas_limit = 300000,
                     .to = addr_of("6d696e746d61726b000000000000000000000721"),
                     .value = u256_from_u64(12),
                     .data = unhex("00112233445566778899aabbccddeeff"
                                   "00112233445566778899aabbccddeeff"
                                   "00112233445566778899aabbccddeeff"
                                   "00112233445566778899aabbccddeeff") };
    if (type != TX_LEGACY) {
        struct tx_access *access = MM_ARENA_ARRAY(&arena, struct tx_access, 2);
        mm_hash32 *slots = MM_ARENA_ARRAY(&arena, mm_hash32, 2);
        slots[1].b[31] = 1;
        access[0] =
            (struct tx_access){ addr_of("00000000000000000000000000000000000000aa"), slots, 2 };
        access[1] =
            (struct tx_access){ addr_of("00000000000000000000000000000000000000bb"), NULL, 0 };
        tx.access_list = access;
        tx.access_count = 2;
    }
    if (type == TX_BLOB) {
        mm_hash32 *hashes = MM_ARENA_ARRAY(&arena, mm_hash32, 1);
        hashes[0].b[0] = 1;
        tx.max_blob_fee = u256_from_u64(99);
        tx.blob_hashes = hashes;
        tx.blob_count = 1;
    }
    if (type == TX_SET_CODE) {
        struct tx_authorization *authorizations =
            MM_ARENA_ARRAY(&arena, struct tx_authorization, 1);
        authorizations[0] = (struct tx_authorization){ .chain_id = u256_from_u64(1),
                                                       .nonce = 3,
                                                       .parity = u256_from_u64(1),
                                                       .r = u256_from_u64(4),
                                                       .s = u256_from_u64(5) };
        tx.authorizations = authorizations;
        tx.authorization_count = 1;
    }
    return tx;
}

static struct tx signed_example(enum tx_type type)
{
    struct tx tx = example(type);
    struct secp_secret *secret = key_of(0x46);
    cr_assert(tx_sign(&arena, &tx, secret));
    secp_secret_free(secret);
    return tx;
}

static mm_bytes encoded(const struct tx *tx)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, MM_TX_BYTES_MAX);
    tx_encode(&buf, tx);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

static enum tx_verdict decode(mm_bytes raw, enum rlp_verdict *why)
{
    struct tx tx;
    const enum tx_verdict verdict = tx_decode(&arena, &tx, raw, why);
    if (verdict != TX_OK)
        cr_assert(tx.raw.len == 0 && tx.gas_limit == 0 && tx.data.ptr == NULL);
    return verdict;
}

Test(tx, reads_the_example_of_eip_155)
{
    struct tx tx;
    const mm_bytes raw = unhex(EIP_155_SIGNED);
    cr_assert_eq(tx_decode(&arena, &tx, raw, NULL), TX_OK);
    cr_assert_eq(tx.type, TX_LEGACY);
    cr_assert(tx.has_chain_id && tx.chain_id.limb[0] == 1 && !tx.creates);
    cr_assert_eq(tx.nonce, 9);
    cr_assert_eq(tx.max_fee.limb[0], 20000000000);
    cr_assert(u256_equal(&tx.priority_fee, &tx.max_fee));
    cr_assert_eq(tx.gas_limit, 21000);
    cr_assert_eq(tx.value.limb[0], 1000000000000000000);
    cr_assert_eq(tx.data.len, 0);
    const mm_hash32 digest = tx_signing_hash(&tx);
    const mm_hash32 expected = hash_of(EIP_155_DIGEST);
    cr_assert(mm_hash_equal(&digest, &expected));
    cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_OK);
    const mm_addr sender = addr_of("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
    cr_assert(mm_addr_equal(&tx.sender, &sender));
    cr_assert_neq(tx.raw.ptr, raw.ptr); /* the caller's bytes may go */
    cr_assert(mm_bytes_equal(tx.raw, raw));
    cr_assert_eq(tx_check(&tx, 1), TX_OK);
}

Test(tx, signs_the_example_of_eip_155_to_the_same_bytes)
{
    struct tx tx = { .type = TX_LEGACY,
                     .has_chain_id = true,
                     .chain_id = u256_from_u64(1),
                     .nonce = 9,
                     .max_fee = u256_from_u64(20000000000),
                     .gas_limit = 21000,
                     .to = addr_of("3535353535353535353535353535353535353535"),
                     .value = u256_from_u64(1000000000000000000) };
    struct secp_secret *secret = key_of(0x46);
    cr_assert(tx_sign(&arena, &tx, secret));
    cr_assert(mm_bytes_equal(tx.raw, unhex(EIP_155_SIGNED)));
    cr_assert(u256_equal(&tx.priority_fee, &tx.max_fee));
    const mm_addr addr = secp_secret_addr(secret);
    cr_assert(mm_addr_equal(&tx.sender, &addr));
    secp_secret_free(secret);
}

Test(tx, every_type_survives_signing_and_decoding)
{
    for (int type = TX_LEGACY; type <= TX_SET_CODE; type++) {
        const struct tx tx = signed_example((enum tx_type)type);
        struct tx read;
        cr_assert_eq(tx_decode(&arena, &read, tx.raw, NULL), TX_OK, "type %d", type);
        cr_assert(mm_hash_equal(&read.hash, &tx.hash));
        cr_assert(mm_bytes_equal(read.raw, tx.raw));
        cr_assert(mm_bytes_equal(encoded(&read), tx.raw));
        cr_assert_eq(tx_recover(&read, SECP_LOW_S), TX_OK);
        cr_assert(mm_addr_equal(&read.sender, &tx.sender));
        struct tx known;
        cr_assert_eq(tx_decode_known(&arena, &known, tx.raw, &tx.hash), TX_OK);
        cr_assert(mm_hash_equal(&known.hash, &tx.hash) && known.raw.ptr == tx.raw.ptr);
        cr_assert(mm_bytes_equal(encoded(&known), tx.raw));
        cr_assert_eq(read.type, tx.type);
        cr_assert_eq(read.nonce, tx.nonce);
        cr_assert(u256_equal(&read.max_fee, &tx.max_fee));
        cr_assert(u256_equal(&read.priority_fee, &tx.priority_fee));
        cr_assert_eq(read.gas_limit, tx.gas_limit);
        cr_assert(mm_addr_equal(&read.to, &tx.to));
        cr_assert(u256_equal(&read.value, &tx.value));
        cr_assert(mm_bytes_equal(read.data, tx.data));
        cr_assert_eq(read.access_count, tx.access_count);
        if (type != TX_LEGACY) {
            cr_assert_eq(read.access_list[0].slot_count, 2);
            cr_assert_eq(read.access_list[0].slots[1].b[31], 1);
            cr_assert_eq(read.access_list[1].addr.b[19], 0xbb);
        }
        cr_assert_eq(read.blob_count, tx.blob_count);
        cr_assert(u256_equal(&read.max_blob_fee, &tx.max_blob_fee));
        cr_assert_eq(read.authorization_count, tx.authorization_count);
        if (type == TX_SET_CODE)
            cr_assert_eq(read.authorizations[0].s.limb[0], 5);
    }
}

Test(tx, data_of_any_length_is_hashed_as_it_is_encoded)
{
    /* The digest of a dynamic-fee transaction is the hash of its unsigned envelope. Written here in the plain way. */
    static uint8_t data[70000];
    static const size_t lengths[] = { 0,   1,   2,   55,  56,    57,    135,
                                      136, 137, 255, 256, 65535, 65536, 70000 };
    for (size_t i = 0; i < MM_COUNT_OF(lengths); i++) {
        struct tx tx = example(TX_DYNAMIC_FEE);
        tx.data = mm_bytes_from(data, lengths[i]);
        struct mm_buf buf;
        mm_buf_init(&buf, 1 << 20);
        const size_t list = rlp_open_list(&buf);
        rlp_add_u256(&buf, &tx.chain_id);
        rlp_add_u64(&buf, tx.nonce);
        rlp_add_u256(&buf, &tx.priority_fee);
        rlp_add_u256(&buf, &tx.max_fee);
        rlp_add_u64(&buf, tx.gas_limit);
        rlp_add_addr(&buf, &tx.to);
        rlp_add_u256(&buf, &tx.value);
        rlp_add_string(&buf, tx.data);
        const size_t access_list = rlp_open_list(&buf);
        for (size_t j = 0; j < tx.access_count; j++) {
            const size_t entry = rlp_open_list(&buf);
            rlp_add_addr(&buf, &tx.access_list[j].addr);
            const size_t slots = rlp_open_list(&buf);
            for (size_t k = 0; k < tx.access_list[j].slot_count; k++)
                rlp_add_hash(&buf, &tx.access_list[j].slots[k]);
            rlp_close_list(&buf, slots);
            rlp_close_list(&buf, entry);
        }
        rlp_close_list(&buf, access_list);
        rlp_close_list(&buf, list);
        *mm_buf_insert(&buf, 0, 1) = TX_DYNAMIC_FEE;
        const mm_hash32 expected = keccak256(mm_buf_bytes(&buf));
        const mm_hash32 digest = tx_signing_hash(&tx);
        cr_assert(mm_hash_equal(&digest, &expected), "%zu bytes of data", lengths[i]);
        mm_buf_fini(&buf);
    }
}

Test(tx, a_transaction_cut_short_or_with_a_byte_more_is_refused)
{
    for (int type = TX_LEGACY; type <= TX_SET_CODE; type++) {
        const struct tx tx = signed_example((enum tx_type)type);
        for (size_t len = 0; len < tx.raw.len; len++)
            cr_assert_neq(decode(mm_bytes_from(tx.raw.ptr, len), NULL), TX_OK);
        uint8_t *longer = mm_arena_alloc(&arena, tx.raw.len + 1);
        memcpy(longer, tx.raw.ptr, tx.raw.len);
        longer[tx.raw.len] = 0;
        enum rlp_verdict why;
        cr_assert_eq(decode(mm_bytes_from(longer, tx.raw.len + 1), &why), TX_RLP);
        cr_assert_eq(why, RLP_TRAILING);
    }
}

/* What decodes is canonical: it encodes to the same bytes. So two raw forms of one transaction cannot both be read. */
Test(tx, a_flipped_bit_is_refused_or_read_as_it_stands)
{
    for (int type = TX_LEGACY; type <= TX_SET_CODE; type++) {
        const struct tx tx = signed_example((enum tx_type)type);
        uint8_t *flipped = mm_arena_alloc(&arena, tx.raw.len);
        const struct mm_arena_mark mark = mm_arena_mark(&arena);
        for (size_t bit = 0; bit < tx.raw.len * 8; bit++) {
            memcpy(flipped, tx.raw.ptr, tx.raw.len);
            flipped[bit / 8] ^= (uint8_t)(1 << bit % 8);
            struct tx read;
            if (tx_decode(&arena, &read, mm_bytes_from(flipped, tx.raw.len), NULL) == TX_OK) {
                cr_assert(mm_bytes_equal(encoded(&read), read.raw));
                cr_assert_not(mm_hash_equal(&read.hash, &tx.hash));
            }
            mm_arena_rewind(&arena, mark);
        }
    }
}

Test(tx, nothing_and_too_much_are_refused)
{
    cr_assert_eq(decode(mm_bytes_from(NULL, 0), NULL), TX_EMPTY);
    static uint8_t large[MM_TX_BYTES_MAX + 1] = { 0xc0 };
    cr_assert_eq(decode(MM_BYTES_OF(large), NULL), TX_TOO_LARGE);
    large[0] = 0xfa; /* a list of the rest, which is at the limit */
    large[1] = (uint8_t)((MM_TX_BYTES_MAX - 4) >> 16);
    large[2] = (uint8_t)((MM_TX_BYTES_MAX - 4) >> 8);
    large[3] = (uint8_t)(MM_TX_BYTES_MAX - 4);
    enum rlp_verdict why;
    cr_assert_eq(decode(mm_bytes_from(large, MM_TX_BYTES_MAX), &why), TX_RLP);
}

Test(tx, the_largest_transaction_is_signed_and_one_byte_more_is_not)
{
    static uint8_t data[MM_TX_BYTES_MAX];
    struct tx tx = example(TX_DYNAMIC_FEE);
    struct secp_secret *secret = key_of(1);
    tx.data = mm_bytes_from(data, MM_TX_BYTES_MAX - 1000);
    cr_assert(tx_sign(&arena, &tx, secret));
    tx.data.len += MM_TX_BYTES_MAX - tx.raw.len;
    cr_assert(tx_sign(&arena, &tx, secret));
    cr_assert_eq(tx.raw.len, MM_TX_BYTES_MAX);
    cr_assert_eq(decode(tx.raw, NULL), TX_OK);
    tx.data.len++;
    cr_assert_not(tx_sign(&arena, &tx, secret));
    secp_secret_free(secret);
}

Test(tx, a_first_byte_that_is_no_type_is_refused)
{
    struct tx tx = signed_example(TX_DYNAMIC_FEE);
    uint8_t *raw = mm_arena_alloc(&arena, tx.raw.len);
    memcpy(raw, tx.raw.ptr, tx.raw.len);
    for (unsigned byte = 0; byte < 0xc0; byte++) {
        raw[0] = (uint8_t)byte;
        const enum tx_verdict verdict = decode(mm_bytes_from(raw, tx.raw.len), NULL);
        if (byte == TX_DYNAMIC_FEE)
            cr_assert_eq(verdict, TX_OK);
        else if (byte >= TX_ACCESS_LIST && byte <= TX_SET_CODE)
            cr_assert_eq(verdict, TX_RLP);
        else
            cr_assert_eq(verdict, TX_TYPE_UNKNOWN);
    }
}

/* A legacy transaction from its items. */
static mm_bytes legacy(const char *to, uint64_t v, const mm_u256 *r, const mm_u256 *s)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 1000);
    const size_t list = rlp_open_list(&buf);
    for (int i = 0; i < 3; i++)
        rlp_add_u64(&buf, 1);
    rlp_add_string(&buf, unhex(to));
    rlp_add_u64(&buf, 0);
    rlp_add_u64(&buf, 0);
    rlp_add_u64(&buf, v);
    rlp_add_u256(&buf, r);
    rlp_add_u256(&buf, s);
    rlp_close_list(&buf, list);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

static const char TO[] = "00000000000000000000000000000000000000aa";

Test(tx, v_of_a_legacy_transaction_is_27_28_or_from_35_on)
{
    const mm_u256 one = u256_from_u64(1);
    for (uint64_t v = 0; v < 100; v++) {
        struct tx tx;
        const enum tx_verdict verdict = tx_decode(&arena, &tx, legacy(TO, v, &one, &one), NULL);
        if (v == 27 || v == 28) {
            cr_assert_eq(verdict, TX_OK);
            cr_assert(!tx.has_chain_id && u256_is_zero(&tx.chain_id));
            cr_assert_eq(tx.signature.parity, v - 27);
        } else if (v >= 35) {
            cr_assert_eq(verdict, TX_OK);
            cr_assert(tx.has_chain_id);
            cr_assert_eq(tx.chain_id.limb[0], (v - 35) / 2);
            cr_assert_eq(tx.signature.parity, (v - 35) % 2);
        } else {
            cr_assert_eq(verdict, TX_SIGNATURE_VALUES, "v %lu", (unsigned long)v);
        }
    }
}

Test(tx, the_parity_of_a_typed_transaction_is_0_or_1)
{
    static const mm_u256 wrong[] = {
        { { 2, 0, 0, 0 } }, { { 27, 0, 0, 0 } }, { { 0, 1, 0, 0 } }, { { 1, 0, 0, 1 } }
    };
    const mm_u256 one = u256_from_u64(1);
    for (size_t i = 0; i <= MM_COUNT_OF(wrong); i++) {
        struct mm_buf buf;
        mm_buf_init(&buf, 1000);
        const size_t list = rlp_open_list(&buf);
        for (int field = 0; field < 5; field++)
            rlp_add_u64(&buf, 0);
        rlp_add_string(&buf, unhex(TO));
        rlp_add_u64(&buf, 0);
        rlp_add_u64(&buf, 0);
        rlp_add_list_header(&buf, 0);
        rlp_add_u256(&buf, i < MM_COUNT_OF(wrong) ? &wrong[i] : &one);
        rlp_add_u256(&buf, &one);
        rlp_add_u256(&buf, &one);
        rlp_close_list(&buf, list);
        *mm_buf_insert(&buf, 0, 1) = TX_DYNAMIC_FEE;
        cr_assert_eq(decode(mm_buf_bytes(&buf), NULL),
                     i < MM_COUNT_OF(wrong) ? TX_SIGNATURE_VALUES : TX_OK);
        mm_buf_fini(&buf);
    }
}

Test(tx, a_chain_id_of_more_than_64_bits_survives)
{
    struct tx tx = example(TX_LEGACY);
    struct secp_secret *secret = key_of(2);
    tx.chain_id = (mm_u256){ { 1, 2, 3, 1 } };
    cr_assert(tx_sign(&arena, &tx, secret));
    struct tx read;
    cr_assert_eq(tx_decode(&arena, &read, tx.raw, NULL), TX_OK);
    cr_assert(u256_equal(&read.chain_id, &tx.chain_id));
    cr_assert(mm_bytes_equal(encoded(&read), tx.raw));
    tx.chain_id.limb[3] = UINT64_C(1) << 63; /* twice it does not fit v */
    cr_assert_not(tx_sign(&arena, &tx, secret));
    secp_secret_free(secret);
}

Test(tx, r_and_s_are_from_1_to_below_the_order)
{
    const mm_u256 order = u256_from_be32(
        unhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").ptr);
    const mm_u256 one = u256_from_u64(1);
    const mm_u256 zero = u256_from_u64(0);
    const mm_u256 below = u256_wrapping_sub(&order, &one);
    const mm_u256 above = u256_wrapping_add(&order, &one);
    cr_assert_eq(decode(legacy(TO, 27, &one, &one), NULL), TX_OK);
    cr_assert_eq(decode(legacy(TO, 27, &below, &below), NULL), TX_OK);
    const mm_u256 *const wrong[] = { &zero, &order, &above };
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++) {
        cr_assert_eq(decode(legacy(TO, 27, wrong[i], &one), NULL), TX_SIGNATURE_VALUES);
        cr_assert_eq(decode(legacy(TO, 27, &one, wrong[i]), NULL), TX_SIGNATURE_VALUES);
    }
}

Test(tx, the_recipient_is_20_bytes_or_none)
{
    const mm_u256 one = u256_from_u64(1);
    struct tx tx;
    cr_assert_eq(tx_decode(&arena, &tx, legacy("", 27, &one, &one), NULL), TX_OK);
    cr_assert(tx.creates);
    cr_assert_eq(decode(legacy("aa", 27, &one, &one), NULL), TX_TO_SIZE);
    cr_assert_eq(decode(legacy("000000000000000000000000000000000000aa", 27, &one, &one), NULL),
                 TX_TO_SIZE);
    cr_assert_eq(decode(legacy("0000000000000000000000000000000000000000aa", 27, &one, &one), NULL),
                 TX_TO_SIZE);
}

Test(tx, types_3_and_4_create_nothing)
{
    struct secp_secret *secret = key_of(3);
    for (int type = TX_LEGACY; type <= TX_SET_CODE; type++) {
        struct tx tx = example((enum tx_type)type);
        tx.creates = true;
        cr_assert_eq(tx_sign(&arena, &tx, secret), type <= TX_DYNAMIC_FEE);
        if (type <= TX_DYNAMIC_FEE) {
            cr_assert_eq(decode(tx.raw, NULL), TX_OK);
            continue;
        }
        tx.signature = signed_example(TX_DYNAMIC_FEE).signature;
        cr_assert_eq(decode(encoded(&tx), NULL), TX_TO_SIZE);
    }
    secp_secret_free(secret);
}

Test(tx, a_list_of_tiny_items_does_not_make_it_allocate_for_each)
{
    /* An access list of 120 000 empty strings: refused at the first, with room for 5 218 entries. */
    struct mm_buf buf;
    mm_buf_init(&buf, MM_TX_BYTES_MAX);
    const size_t list = rlp_open_list(&buf);
    for (int i = 0; i < 5; i++)
        rlp_add_u64(&buf, 0);
    rlp_add_string(&buf, unhex(TO));
    rlp_add_u64(&buf, 0);
    rlp_add_u64(&buf, 0);
    const size_t access_list = rlp_open_list(&buf);
    for (int i = 0; i < 120000; i++)
        rlp_add_u64(&buf, 0);
    rlp_close_list(&buf, access_list);
    rlp_close_list(&buf, list);
    *mm_buf_insert(&buf, 0, 1) = TX_DYNAMIC_FEE;
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    struct mm_arena small;
    mm_arena_init(&small, 512 << 10);
    struct tx tx;
    enum rlp_verdict why;
    cr_assert_eq(tx_decode(&small, &tx, mm_buf_bytes(&buf), &why), TX_RLP);
    cr_assert_eq(why, RLP_NOT_A_LIST);
    mm_arena_fini(&small);
    mm_buf_fini(&buf);
}

Test(tx, without_memory_it_is_refused_and_the_arena_is_as_before)
{
    const struct tx tx = signed_example(TX_SET_CODE);
    struct mm_arena small;
    for (size_t room = 0; room < 4096; room += 16) {
        mm_arena_init(&small, room);
        struct tx read;
        const enum tx_verdict verdict = tx_decode(&small, &read, tx.raw, NULL);
        cr_assert(verdict == TX_OK || verdict == TX_NO_MEMORY, "%s", tx_verdict_text(verdict));
        if (room < tx.raw.len)
            cr_assert_eq(verdict, TX_NO_MEMORY);
        mm_arena_fini(&small);
    }
}

#ifdef MINTMARK_CHECKED
Test(tx, the_signing_hash_needs_no_memory)
{
    struct tx tx = signed_example(TX_SET_CODE);
    const mm_hash32 before = tx_signing_hash(&tx);
    mm_heap_fail_after(0);
    const mm_hash32 hash = tx_signing_hash(&tx);
    const enum tx_verdict verdict = tx_recover(&tx, SECP_LOW_S);
    mm_heap_fail_after(SIZE_MAX);
    cr_assert(mm_hash_equal(&hash, &before));
    cr_assert_eq(verdict, TX_OK);
}
#endif
