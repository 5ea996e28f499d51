/* One whole handshake and a frame each way, byte for byte: made by a second implementation, with curves, ciphers and RLP of its
 * own. Seeds and ephemeral secrets are those of pair.c. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"

static struct pair pair;

/* What waits on a wire has this BLAKE2b-256; it is handed over. */
static void expect(int from, size_t len, const char *digest)
{
    const mm_bytes bytes = pair_take(&pair, from);
    uint8_t hash[32];
    char text[65];
    (void)crypto_generichash(hash, sizeof hash, bytes.ptr, bytes.len, NULL, 0);
    cr_assert_eq(bytes.len, len);
    cr_assert_str_eq(sodium_bin2hex(text, sizeof text, hash, sizeof hash), digest);
    (void)pair_feed(&pair, 1 - from, bytes, bytes.len);
    free((void *)bytes.ptr);
}

static void expect_frame(int from, const char *hex)
{
    const mm_bytes bytes = pair_take(&pair, from);
    char text[128];
    cr_assert_lt(bytes.len, 60);
    cr_assert_str_eq(sodium_bin2hex(text, sizeof text, bytes.ptr, bytes.len), hex);
    free((void *)bytes.ptr);
}

Test(wire_vector, a_handshake_and_the_first_frames_are_these_bytes)
{
    pair_init(&pair);
    pair_start(&pair);
    expect(PAIR_A, 41, "915e69a88047370dbc001e3a8becebea3b83d49871e9811a4271b99739f0358e");
    expect(PAIR_B, 90, "905652859d3302912d50e0c3356ee491347b62fac78b8ff22d1066533f920211");
    expect(PAIR_A, 171, "448751c18a8f87579200d078c0d4ce2b51a65873e9f454afa6147ab627a69243");
    expect(PAIR_B, 138, "8cf8d7f10925bc4da75b830caa4c3534ff6e02b7e8aaa5a80e1ee8b615b376bb");
    pair_seal(&pair, PAIR_A, FRAME_STATUS, MM_BYTES_LIT("from a"));
    pair_seal(&pair, PAIR_B, FRAME_TX, MM_BYTES_LIT("from b"));
    expect_frame(PAIR_A, "00000018923fb1ebd3e4b3b962e9d7262597576a66c95382e45819e8");
    expect_frame(PAIR_B, "000000187e3b0f130a27be401bcf82dd2a3b21116ae5f796f3806899");
    pair_fini(&pair);
}
