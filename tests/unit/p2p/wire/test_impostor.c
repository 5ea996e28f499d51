/* A peer that knows the genesis hash and the protocol, and lies: it does the key exchange itself and then says what it likes. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdlib.h>

#include "p2p/wire/keys_internal.h"
#include "pair.h"
#include "state/base/endian.h"

/* What the impostor says, and what of it differs from the truth. */
struct lie {
    enum handshake_role role; /* the impostor's */
    bool has_zero_ephemeral;
    bool signs_other_role;
    bool signs_other_key; /* shows an id that is not the signer's */
    bool shows_victims_id;
    bool has_item_too_many;
    bool has_trailing_byte;
    bool is_empty;
    bool has_bad_client;
    uint64_t version;
    uint64_t chain_id_change;
};

static struct pair pair;
static struct keys_transcript transcript;
static struct keys_stream streams[2];
static uint8_t secret[HANDSHAKE_EPHEMERAL_BYTES];
static struct node_key *other_key;

static void init(void)
{
    pair_init(&pair);
    other_key = pair_key(99);
    memset(secret, 77, sizeof secret);
}

static void fini(void)
{
    node_key_free(other_key);
    pair_fini(&pair);
}

TestSuite(impostor, .init = init, .fini = fini);

static void add_message(struct mm_buf *out, mm_bytes content)
{
    uint8_t length[4];
    mm_put_be32(length, (uint32_t)content.len);
    mm_buf_add(out, MM_BYTES_OF(length));
    mm_buf_add(out, content);
}

static size_t seal(uint8_t *chunk, enum handshake_role role, mm_bytes content)
{
    memcpy(chunk + 1, content.ptr, content.len);
    keys_seal(&streams[role], chunk, content.len);
    return content.len + FRAME_SEAL_BYTES;
}

static size_t opening(uint8_t *message, const struct lie *lie)
{
    memcpy(message, "mmkS\x01", 5);
    if (lie->has_zero_ephemeral)
        memset(message + 5, 0, 32);
    else
        (void)crypto_scalarmult_base(message + 5, secret);
    memcpy(transcript.ephemeral[lie->role], message + 5, 32);
    return 37;
}

/* Message 3 or 4. */
static size_t identity(uint8_t *chunk, const struct lie *lie)
{
    uint8_t memory[HANDSHAKE_BYTES_MAX];
    uint8_t digest[32], signature[64];
    struct mm_buf content = mm_buf_over(memory, sizeof memory);
    struct hello hello = pair.options[0].hello;
    const node_id shown = transcript.nodes[lie->role];
    hello.version = lie->version;
    hello.domain.chain_id += lie->chain_id_change;
    if (lie->has_bad_client)
        hello.client[0] = '\n';
    keys_digest(digest, &transcript,
                lie->signs_other_role ? (enum handshake_role)(1 - lie->role) : lie->role);
    node_key_sign(lie->signs_other_key ? other_key : pair.keys[lie->role], signature,
                  MM_BYTES_OF(digest));
    const size_t list = rlp_open_list(&content);
    if (!lie->is_empty) {
        if (lie->role == HANDSHAKE_INITIATOR)
            rlp_add_string(&content, MM_BYTES_OF(shown.b));
        rlp_add_string(&content, MM_BYTES_OF(signature));
        hello_encode(&content, &hello);
        if (lie->has_item_too_many)
            rlp_add_u64(&content, 1);
    }
    rlp_close_list(&content, list);
    if (lie->has_trailing_byte)
        mm_buf_add_byte(&content, 0);
    return seal(chunk, lie->role, mm_buf_bytes(&content));
}

/* Plays the impostor's side against an honest session; the honest one's verdict. */
static enum handshake_verdict meet(const struct lie *lie)
{
    const int victim = 1 - (int)lie->role;
    const node_id victims_id = node_key_id(pair.keys[victim]);
    uint8_t message[HANDSHAKE_BYTES_MAX];
    struct mm_buf out;
    mm_buf_init(&out, 4096);
    pair_start(&pair);
    mm_buf_reset(&pair.wire[lie->role]);
    transcript = (struct keys_transcript){ .domain = pair.options[0].hello.domain };
    transcript.nodes[victim] = victims_id;
    transcript.nodes[lie->role] =
        lie->shows_victims_id ? victims_id : node_key_id(pair.keys[lie->role]);
    size_t len = opening(message, lie);
    if (lie->role == HANDSHAKE_INITIATOR) {
        add_message(&out, mm_bytes_from(message, len));
        (void)pair_feed(&pair, victim, mm_buf_bytes(&out), 4096);
        mm_buf_reset(&out);
    }
    mm_bytes heard = pair_take(&pair, victim);
    if (heard.len > 0) {
        uint8_t *body = (uint8_t *)heard.ptr + 4;
        mm_bytes content;
        memcpy(transcript.ephemeral[victim], body + 5, 32);
        if (!lie->has_zero_ephemeral)
            cr_assert(keys_derive(streams, &transcript, secret, lie->role));
        if (lie->role == HANDSHAKE_INITIATOR) {
            cr_assert(keys_open(&streams[victim], &content, body + 37, heard.len - 41));
            cr_assert(mm_bytes_equal(content, MM_BYTES_OF(victims_id.b)));
        } else {
            len += seal(message + 37, lie->role, MM_BYTES_OF(transcript.nodes[lie->role].b));
            add_message(&out, mm_bytes_from(message, len));
            (void)pair_feed(&pair, victim, mm_buf_bytes(&out), 4096);
            mm_buf_reset(&out);
        }
        len = identity(message, lie);
        add_message(&out, mm_bytes_from(message, len));
        if (session_verdict(pair.sessions[victim]) == SESSION_OK)
            (void)pair_feed(&pair, victim, mm_buf_bytes(&out), 4096);
    }
    free((void *)heard.ptr);
    mm_buf_fini(&out);
    const enum handshake_verdict verdict = session_handshake_verdict(pair.sessions[victim]);
    cr_assert_eq(session_is_up(pair.sessions[victim]), verdict == HANDSHAKE_OK);
    if (verdict != HANDSHAKE_OK)
        cr_assert_eq(session_verdict(pair.sessions[victim]), SESSION_HANDSHAKE);
    return verdict;
}

static void expect(struct lie lie, enum handshake_verdict verdict)
{
    if (lie.version == 0)
        lie.version = WIRE_VERSION;
    for (int role = 0; role < 2; role++) {
        lie.role = (enum handshake_role)role;
        const enum handshake_verdict seen = meet(&lie);
        cr_assert_eq(seen, verdict, "role %d: %s, not %s", role, handshake_verdict_text(seen),
                     handshake_verdict_text(verdict));
        pair_fini(&pair);
        pair_init(&pair);
    }
}

Test(impostor, who_does_not_lie_is_taken)
{
    expect((struct lie){ 0 }, HANDSHAKE_OK);
}

Test(impostor, an_ephemeral_key_of_zeros_is_refused)
{
    expect((struct lie){ .has_zero_ephemeral = true }, HANDSHAKE_WEAK_KEY);
}

Test(impostor, a_signature_for_the_other_role_is_refused)
{
    expect((struct lie){ .signs_other_role = true }, HANDSHAKE_BAD_SIGNATURE);
}

Test(impostor, an_id_that_is_not_the_signers_is_refused)
{
    expect((struct lie){ .signs_other_key = true }, HANDSHAKE_BAD_SIGNATURE);
}

Test(impostor, the_victims_own_id_is_refused)
{
    expect((struct lie){ .shows_victims_id = true }, HANDSHAKE_OWN_KEY);
}

Test(impostor, another_version_in_hello_is_refused)
{
    expect((struct lie){ .version = WIRE_VERSION + 1 }, HANDSHAKE_WRONG_VERSION);
}

Test(impostor, another_chain_in_hello_is_refused)
{
    expect((struct lie){ .chain_id_change = 1 }, HANDSHAKE_WRONG_CHAIN);
}

Test(impostor, a_malformed_identity_is_refused)
{
    expect((struct lie){ .is_empty = true }, HANDSHAKE_BAD_HELLO);
    expect((struct lie){ .has_item_too_many = true }, HANDSHAKE_BAD_HELLO);
    expect((struct lie){ .has_trailing_byte = true }, HANDSHAKE_BAD_HELLO);
    expect((struct lie){ .has_bad_client = true }, HANDSHAKE_BAD_HELLO);
}

/* libsodium's streams know other tags (the end, a new key); nobody here sends one. */
Test(impostor, a_frame_with_another_tag_is_forged)
{
    const struct lie none = { .role = HANDSHAKE_INITIATOR, .version = WIRE_VERSION };
    for (unsigned tag = 0; tag < 4; tag++) {
        uint8_t frame[FRAME_LENGTH_BYTES + FRAME_SEAL_BYTES + 2];
        const uint8_t content[2] = { FRAME_STATUS, 'x' };
        cr_assert_eq(meet(&none), HANDSHAKE_OK);
        mm_put_be32(frame, sizeof frame - FRAME_LENGTH_BYTES);
        (void)crypto_secretstream_xchacha20poly1305_push(&streams[HANDSHAKE_INITIATOR].state,
                                                         frame + FRAME_LENGTH_BYTES, NULL, content,
                                                         sizeof content, NULL, 0, (uint8_t)tag);
        (void)pair_feed(&pair, PAIR_B, MM_BYTES_OF(frame), sizeof frame);
        cr_assert_eq(session_verdict(pair.sessions[PAIR_B]),
                     tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE ? SESSION_OK
                                                                              : SESSION_FORGED);
        pair_fini(&pair);
        pair_init(&pair);
    }
}

Test(impostor, every_verdict_has_words)
{
    for (unsigned verdict = 0; verdict <= HANDSHAKE_WRONG_CHAIN; verdict++)
        cr_assert_not_null(handshake_verdict_text((enum handshake_verdict)verdict));
    for (unsigned verdict = 0; verdict <= SESSION_NO_MEMORY; verdict++)
        cr_assert_not_null(session_verdict_text((enum session_verdict)verdict));
}
