#include "state/crypto/secp.h"

#include <criterion/criterion.h>
#include <openssl/sha.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

/* n, the order of the group (SEC 2, section 2.4.1). */
static const char ORDER[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

static mm_hash32 hash_of(const char *digits)
{
    mm_hash32 hash = { { 0 } };
    cr_assert_eq(strlen(digits), 64);
    cr_assert(hex_decode(hash.b, mm_bytes_str(digits)));
    return hash;
}

static struct secp_secret *secret_of(const char *digits)
{
    const mm_hash32 key = hash_of(digits);
    return secp_secret_new(key.b);
}

static mm_hash32 plus(const char *digits, int delta)
{
    const mm_hash32 base = hash_of(digits);
    mm_u256 value = u256_from_hash(&base);
    const mm_u256 one = u256_from_u64(1);
    value = delta < 0 ? u256_wrapping_sub(&value, &one) : u256_wrapping_add(&value, &one);
    return u256_to_hash(&value);
}

static mm_hash32 order_minus(const mm_hash32 *s)
{
    const mm_hash32 order_bytes = hash_of(ORDER);
    const mm_u256 order = u256_from_hash(&order_bytes);
    const mm_u256 value = u256_from_hash(s);
    const mm_u256 difference = u256_wrapping_sub(&order, &value);
    return u256_to_hash(&difference);
}

/* RFC 6979 with SHA-256 on secp256k1, low s: the set that Bitcoin and Ethereum libraries share. */
Test(secp, signs_as_rfc6979_says)
{
    static const struct {
        const char *key, *message, *r, *s;
    } known[] = {
        { "0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
          "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
          "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5" },
        { "0000000000000000000000000000000000000000000000000000000000000001",
          "All those moments will be lost in time, like tears in rain. Time to die...",
          "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
          "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21" },
        { "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
          "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
          "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5" },
        { "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
          "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c",
          "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea" },
        { "e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
          "There is a computer disease that anybody who works with computers knows about. It's a "
          "very serious disease and it interferes completely with the work. The trouble with "
          "computers is that you 'play' with them!",
          "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b",
          "279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(known); i++) {
        struct secp_secret *secret = secret_of(known[i].key);
        cr_assert_not_null(secret);
        mm_hash32 digest;
        (void)SHA256((const uint8_t *)known[i].message, strlen(known[i].message), digest.b);
        const struct secp_signature signature = secp_sign(secret, &digest);
        const mm_hash32 r = hash_of(known[i].r);
        const mm_hash32 s = hash_of(known[i].s);
        cr_assert(mm_hash_equal(&signature.r, &r), "%s", known[i].message);
        cr_assert(mm_hash_equal(&signature.s, &s), "%s", known[i].message);
        secp_secret_free(secret);
    }
}

/* secp256k1's generator, and an account every devnet has. */
Test(secp, knows_public_keys_and_addresses)
{
    struct secp_secret *one =
        secret_of("0000000000000000000000000000000000000000000000000000000000000001");
    uint8_t public33[33];
    secp_secret_public33(public33, one);
    uint8_t generator[33];
    cr_assert(hex_decode(
        generator,
        mm_bytes_str("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")));
    cr_assert_eq(memcmp(public33, generator, 33), 0);
    mm_addr expected;
    cr_assert(hex_read_addr(&expected, mm_bytes_str("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")));
    const mm_addr addr = secp_secret_addr(one);
    cr_assert(mm_addr_equal(&addr, &expected));
    secp_secret_free(one);

    struct secp_secret *dev =
        secret_of("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    cr_assert(hex_read_addr(&expected, mm_bytes_str("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")));
    const mm_addr dev_addr = secp_secret_addr(dev);
    cr_assert(mm_addr_equal(&dev_addr, &expected));
    secp_secret_free(dev);
}

Test(secp, recovers_the_address_that_signed)
{
    mm_hash32 seed = keccak256(mm_bytes_str("seed of this test"));
    for (int i = 0; i < 300; i++) {
        struct secp_secret *secret = secp_secret_new(seed.b);
        cr_assert_not_null(secret);
        seed = keccak256(mm_bytes_hash(&seed));
        const mm_hash32 digest = seed;
        const struct secp_signature signature = secp_sign(secret, &digest);
        cr_assert(secp_is_low_s(&signature.s));
        const mm_addr addr = secp_secret_addr(secret);
        mm_addr signer;
        cr_assert(secp_recover(&signer, &signature, &digest, SECP_LOW_S));
        cr_assert(mm_addr_equal(&signer, &addr));

        /* The other half of the pair: n - s with the other parity is the same signature, but for EIP-2. */
        struct secp_signature high = signature;
        high.s = order_minus(&signature.s);
        high.parity ^= 1;
        cr_assert_not(secp_is_low_s(&high.s));
        cr_assert_not(secp_recover(&signer, &high, &digest, SECP_LOW_S));
        cr_assert(mm_addr_is_zero(&signer));
        cr_assert(secp_recover(&signer, &high, &digest, SECP_ANY_S));
        cr_assert(mm_addr_equal(&signer, &addr));

        /* Another parity or digest is another signer, or none. */
        struct secp_signature flipped = signature;
        flipped.parity ^= 1;
        if (secp_recover(&signer, &flipped, &digest, SECP_LOW_S))
            cr_assert_not(mm_addr_equal(&signer, &addr));
        seed = keccak256(mm_bytes_hash(&seed));
        if (secp_recover(&signer, &signature, &seed, SECP_LOW_S))
            cr_assert_not(mm_addr_equal(&signer, &addr));
        secp_secret_free(secret);
    }
}

static struct secp_signature valid_signature(mm_hash32 *digest)
{
    struct secp_secret *secret =
        secret_of("0000000000000000000000000000000000000000000000000000000000000001");
    *digest = keccak256(mm_bytes_str("digest"));
    const struct secp_signature signature = secp_sign(secret, digest);
    secp_secret_free(secret);
    return signature;
}

static void assert_refused(struct secp_signature signature, const mm_hash32 *digest)
{
    for (uint8_t parity = 0; parity < 2; parity++) {
        signature.parity = parity;
        mm_addr signer;
        memset(&signer, 0xee, sizeof signer);
        cr_assert_not(secp_recover(&signer, &signature, digest, SECP_ANY_S));
        cr_assert(mm_addr_is_zero(&signer));
        memset(&signer, 0xee, sizeof signer);
        cr_assert_not(secp_recover(&signer, &signature, digest, SECP_LOW_S));
        cr_assert(mm_addr_is_zero(&signer));
    }
}

Test(secp, refuses_r_and_s_of_zero_or_not_below_the_order)
{
    mm_hash32 digest;
    const struct secp_signature valid = valid_signature(&digest);
    mm_hash32 wrong[4] = { { { 0 } }, hash_of(ORDER), plus(ORDER, 1), { { 0 } } };
    memset(wrong[3].b, 0xff, 32);
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++) {
        struct secp_signature bad = valid;
        bad.r = wrong[i];
        assert_refused(bad, &digest);
        bad = valid;
        bad.s = wrong[i];
        assert_refused(bad, &digest);
    }
}

Test(secp, refuses_a_parity_above_one)
{
    mm_hash32 digest;
    struct secp_signature signature = valid_signature(&digest);
    for (unsigned parity = 2; parity < 256; parity++) {
        signature.parity = (uint8_t)parity;
        mm_addr signer;
        cr_assert_not(secp_recover(&signer, &signature, &digest, SECP_ANY_S));
        cr_assert(mm_addr_is_zero(&signer));
    }
}

/* With an r this small, r plus the order is still below the field's prime, and every other such sum is an x of the curve: there the
 * library would find a signer for 2 and 3. */
Test(secp, refuses_a_reduced_r_even_where_it_names_a_signer)
{
    mm_hash32 digest;
    struct secp_signature signature = valid_signature(&digest);
    memset(signature.r.b, 0, 32);
    for (unsigned r = 1; r < 50; r++) {
        signature.r.b[31] = (uint8_t)r;
        for (uint8_t parity = 2; parity < 4; parity++) {
            signature.parity = parity;
            mm_addr signer;
            cr_assert_not(secp_recover(&signer, &signature, &digest, SECP_ANY_S));
            cr_assert(mm_addr_is_zero(&signer));
        }
    }
}

Test(secp, refuses_an_r_that_is_no_x_of_the_curve)
{
    mm_hash32 digest;
    struct secp_signature signature = valid_signature(&digest);
    /* 5^3 + 7 = 132 is no square modulo p. */
    memset(signature.r.b, 0, 32);
    signature.r.b[31] = 5;
    assert_refused(signature, &digest);
}

Test(secp, low_s_ends_at_half_the_order)
{
    static const char HALF[] = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    const mm_hash32 half = hash_of(HALF);
    const mm_hash32 above = plus(HALF, 1);
    const mm_hash32 mirrored = order_minus(&half);
    cr_assert(mm_hash_equal(&mirrored, &above)); /* so HALF is (n - 1) / 2 */
    cr_assert(secp_is_low_s(&half));
    cr_assert_not(secp_is_low_s(&above));
}

Test(secp, signature_survives_its_bytes_and_a_wrong_parity_byte_does_not)
{
    mm_hash32 digest;
    const struct secp_signature signature = valid_signature(&digest);
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    secp_signature_to_bytes(bytes, &signature);
    struct secp_signature back;
    cr_assert(secp_signature_from_bytes(&back, bytes));
    cr_assert(mm_hash_equal(&back.r, &signature.r));
    cr_assert(mm_hash_equal(&back.s, &signature.s));
    cr_assert_eq(back.parity, signature.parity);
    static const uint8_t wrong[] = { 2, 3, 27, 28, 255 };
    for (size_t i = 0; i < sizeof wrong; i++) {
        bytes[64] = wrong[i];
        cr_assert_not(secp_signature_from_bytes(&back, bytes));
        cr_assert_eq(back.r.b[0], 0);
    }
}

Test(secp, refuses_keys_of_zero_or_not_below_the_order)
{
    const mm_hash32 zero = { { 0 } };
    const mm_hash32 order = hash_of(ORDER);
    const mm_hash32 above = plus(ORDER, 1);
    const mm_hash32 largest = plus(ORDER, -1);
    cr_assert_null(secp_secret_new(zero.b));
    cr_assert_null(secp_secret_new(order.b));
    cr_assert_null(secp_secret_new(above.b));
    struct secp_secret *secret = secp_secret_new(largest.b);
    cr_assert_not_null(secret);
    cr_assert_eq(memcmp(secp_secret_bytes(secret), largest.b, 32), 0);
    secp_secret_free(secret);
    secp_secret_free(NULL);
}

Test(secp, tweak_adds_modulo_the_order)
{
    struct secp_secret *two =
        secret_of("0000000000000000000000000000000000000000000000000000000000000002");
    const mm_hash32 minus_one = plus(ORDER, -1);
    struct secp_secret *one = secp_secret_tweaked(two, minus_one.b);
    cr_assert_not_null(one);
    struct secp_secret *expected =
        secret_of("0000000000000000000000000000000000000000000000000000000000000001");
    cr_assert_eq(memcmp(secp_secret_bytes(one), secp_secret_bytes(expected), 32), 0);
    const mm_addr a = secp_secret_addr(one);
    const mm_addr b = secp_secret_addr(expected);
    cr_assert(mm_addr_equal(&a, &b));
    cr_assert_null(secp_secret_tweaked(expected, minus_one.b)); /* 1 + (n - 1) = 0 */
    const mm_hash32 order = hash_of(ORDER);
    cr_assert_null(secp_secret_tweaked(expected, order.b));
    secp_secret_free(one);
    secp_secret_free(two);
    secp_secret_free(expected);
}
