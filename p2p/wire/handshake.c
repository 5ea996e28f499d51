#include "p2p/wire/handshake.h"

#include "p2p/wire/frame.h"
#include "p2p/wire/handshake_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

enum { MAGIC_BYTES = 3, OPENING_BYTES = MAGIC_BYTES + 2 + crypto_scalarmult_BYTES };
static const uint8_t MAGIC[MAGIC_BYTES] = { 'm', 'm', 'k' };
enum { MODE_SEALED = 'S', MODE_PLAIN = 'P' };

enum stage {
    WAITS_OPENING,  /* responder, for 1 */
    WAITS_ANSWER,   /* initiator, for 2 */
    WAITS_OWNER,    /* initiator, before 3 */
    WAITS_IDENTITY, /* responder, for 3 */
    WAITS_PROOF,    /* initiator, for 4 */
    DONE,
    REFUSED,
};

struct handshake {
    enum handshake_role role;
    enum stage stage;
    enum handshake_verdict verdict;
    const struct node_key *key;
    bool has_expected;
    node_id expected;
    struct hello own_hello;
    struct hello hello;
    struct keys_transcript transcript;
    struct keys_stream streams[2]; /* by the role of who sends */
    uint8_t ephemeral_secret[HANDSHAKE_EPHEMERAL_BYTES];
};

mm_err handshake_new(struct handshake **handshake, const struct handshake_options *options)
{
    struct handshake *h = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *h);
    *handshake = h;
    if (h == NULL)
        return MM_ERR_NO_MEMORY;
    const bool is_initiator = options->role == HANDSHAKE_INITIATOR;
    *h = (struct handshake){ .role = options->role,
                             .stage = is_initiator ? WAITS_ANSWER : WAITS_OPENING,
                             .key = options->key,
                             .has_expected = options->expected != NULL,
                             .own_hello = options->hello };
    if (h->has_expected)
        h->expected = *options->expected;
    h->own_hello.version = WIRE_VERSION;
    h->transcript.domain = options->hello.domain;
    h->transcript.is_plain = options->is_plain;
    h->transcript.nodes[h->role] = node_key_id(options->key);
    memcpy(h->ephemeral_secret, options->ephemeral_secret, sizeof h->ephemeral_secret);
    return MM_OK;
}

void handshake_free(struct handshake *handshake)
{
    sodium_free(handshake); /* wipes */
}

static enum handshake_role other_role(const struct handshake *h)
{
    return h->role == HANDSHAKE_INITIATOR ? HANDSHAKE_RESPONDER : HANDSHAKE_INITIATOR;
}

static enum handshake_progress refuse(struct handshake *h, enum handshake_verdict verdict)
{
    h->stage = REFUSED;
    h->verdict = verdict;
    sodium_memzero(h->streams, sizeof h->streams);
    sodium_memzero(h->ephemeral_secret, sizeof h->ephemeral_secret);
    return HANDSHAKE_FAILED;
}

/* ---- writing ---- */

static void add_length(struct mm_buf *out, size_t len)
{
    uint8_t bytes[FRAME_LENGTH_BYTES];
    mm_put_be32(bytes, (uint32_t)len);
    mm_buf_add(out, MM_BYTES_OF(bytes));
}

static void add_opening(struct handshake *h, struct mm_buf *out)
{
    uint8_t *ephemeral = h->transcript.ephemeral[h->role];
    const uint8_t head[2] = { h->transcript.is_plain ? MODE_PLAIN : MODE_SEALED, WIRE_VERSION };
    (void)crypto_scalarmult_base(ephemeral, h->ephemeral_secret);
    mm_buf_add(out, MM_BYTES_OF(MAGIC));
    mm_buf_add(out, MM_BYTES_OF(head));
    mm_buf_add(out, mm_bytes_from(ephemeral, crypto_scalarmult_BYTES));
}

static void add_sealed(struct handshake *h, struct mm_buf *out, mm_bytes content)
{
    struct keys_stream *stream = &h->streams[h->role];
    const size_t size = content.len + keys_seal_bytes(stream);
    uint8_t *chunk = mm_buf_reserve(out, size);
    if (chunk == NULL)
        return; /* the buffer remembers it */
    memcpy(chunk + (stream->is_plain ? 0 : 1), content.ptr, content.len);
    keys_seal(stream, chunk, content.len);
    mm_buf_advance(out, size);
}

/* Messages 3 and 4: [node id, signature, HELLO] and [signature, HELLO]. */
static void add_identity(struct handshake *h, struct mm_buf *out)
{
    uint8_t memory[HANDSHAKE_BYTES_MAX];
    uint8_t digest[32];
    uint8_t signature[NODE_KEY_SIGNATURE_BYTES];
    struct mm_buf content = mm_buf_over(memory, sizeof memory);
    keys_digest(digest, &h->transcript, h->role);
    node_key_sign(h->key, signature, MM_BYTES_OF(digest));
    const size_t list = rlp_open_list(&content);
    if (h->role == HANDSHAKE_INITIATOR)
        rlp_add_string(&content, MM_BYTES_OF(h->transcript.nodes[h->role].b));
    rlp_add_string(&content, MM_BYTES_OF(signature));
    hello_encode(&content, &h->own_hello);
    rlp_close_list(&content, list);
    MM_ASSERT(mm_buf_err(&content) == MM_OK &&
              content.len + FRAME_SEAL_BYTES <= HANDSHAKE_BYTES_MAX);
    add_length(out, content.len + keys_seal_bytes(&h->streams[h->role]));
    add_sealed(h, out, mm_buf_bytes(&content));
}

void handshake_start(struct handshake *h, struct mm_buf *out)
{
    if (h->role == HANDSHAKE_RESPONDER)
        return;
    MM_ASSERT(h->stage == WAITS_ANSWER);
    add_length(out, OPENING_BYTES);
    add_opening(h, out);
}

/* ---- reading ---- */

/* Messages 1 and 2, up to the keys. */
static enum handshake_verdict read_opening(struct handshake *h, mm_bytes opening)
{
    const enum handshake_role other = other_role(h);
    const uint8_t mode = h->transcript.is_plain ? MODE_PLAIN : MODE_SEALED;
    if (opening.len < OPENING_BYTES || memcmp(opening.ptr, MAGIC, MAGIC_BYTES) != 0)
        return HANDSHAKE_UNEXPECTED;
    if (opening.ptr[MAGIC_BYTES + 1] != WIRE_VERSION)
        return HANDSHAKE_WRONG_VERSION;
    if (opening.ptr[MAGIC_BYTES] != mode)
        return opening.ptr[MAGIC_BYTES] == MODE_PLAIN || opening.ptr[MAGIC_BYTES] == MODE_SEALED
                   ? HANDSHAKE_MODE
                   : HANDSHAKE_UNEXPECTED;
    memcpy(h->transcript.ephemeral[other], opening.ptr + MAGIC_BYTES + 2, crypto_scalarmult_BYTES);
    return HANDSHAKE_OK;
}

static enum handshake_verdict derive(struct handshake *h)
{
    if (memcmp(h->transcript.ephemeral[0], h->transcript.ephemeral[1],
               sizeof h->transcript.ephemeral[0]) == 0)
        return HANDSHAKE_OWN_KEY; /* an opening that came back */
    if (!keys_derive(h->streams, &h->transcript, h->ephemeral_secret, h->role))
        return HANDSHAKE_WEAK_KEY;
    sodium_memzero(h->ephemeral_secret, sizeof h->ephemeral_secret);
    return HANDSHAKE_OK;
}

static enum handshake_progress take_opening(struct handshake *h, mm_bytes message,
                                            struct mm_buf *out)
{
    enum handshake_verdict verdict = read_opening(h, message);
    if (verdict == HANDSHAKE_OK && message.len != OPENING_BYTES)
        verdict = HANDSHAKE_UNEXPECTED;
    if (verdict != HANDSHAKE_OK)
        return refuse(h, verdict);
    const size_t start = out->len;
    const node_id own = node_key_id(h->key);
    add_length(out, OPENING_BYTES + sizeof own.b + (h->transcript.is_plain ? 0 : FRAME_SEAL_BYTES));
    add_opening(h, out);
    verdict = derive(h);
    if (verdict != HANDSHAKE_OK) {
        mm_buf_cut(out, start);
        return refuse(h, verdict);
    }
    add_sealed(h, out, MM_BYTES_OF(own.b));
    h->stage = WAITS_IDENTITY;
    return HANDSHAKE_GOES_ON;
}

/* Who the other side says it is. */
static enum handshake_verdict check_peer(const struct handshake *h)
{
    const node_id own = node_key_id(h->key);
    const node_id *peer = &h->transcript.nodes[other_role(h)];
    if (node_id_equal(peer, &own))
        return HANDSHAKE_OWN_KEY;
    if (h->has_expected && !node_id_equal(peer, &h->expected))
        return HANDSHAKE_WRONG_KEY;
    return HANDSHAKE_OK;
}

static enum handshake_progress take_answer(struct handshake *h, uint8_t *message, size_t len)
{
    mm_bytes content;
    enum handshake_verdict verdict = read_opening(h, mm_bytes_from(message, len));
    if (verdict == HANDSHAKE_OK)
        verdict = derive(h);
    if (verdict != HANDSHAKE_OK)
        return refuse(h, verdict);
    if (!keys_open(&h->streams[HANDSHAKE_RESPONDER], &content, message + OPENING_BYTES,
                   len - OPENING_BYTES))
        return refuse(h, HANDSHAKE_UNDECIPHERABLE);
    node_id *peer = &h->transcript.nodes[HANDSHAKE_RESPONDER];
    if (content.len != sizeof peer->b)
        return refuse(h, HANDSHAKE_UNEXPECTED);
    memcpy(peer->b, content.ptr, sizeof peer->b);
    verdict = check_peer(h);
    if (verdict != HANDSHAKE_OK)
        return refuse(h, verdict);
    h->stage = WAITS_OWNER;
    return HANDSHAKE_IS_MET;
}

void handshake_go_on(struct handshake *h, struct mm_buf *out)
{
    MM_ASSERT(h->stage == WAITS_OWNER);
    add_identity(h, out);
    h->stage = WAITS_PROOF;
}

/* Message 3 or 4. */
static enum handshake_verdict read_identity(struct handshake *h, uint8_t *message, size_t len)
{
    const enum handshake_role other = other_role(h);
    mm_bytes content;
    uint8_t digest[32];
    uint8_t signature[NODE_KEY_SIGNATURE_BYTES];
    if (!keys_open(&h->streams[other], &content, message, len))
        return HANDSHAKE_UNDECIPHERABLE;
    struct rlp outer = rlp_over(content);
    struct rlp list = rlp_read_list(&outer);
    if (other == HANDSHAKE_INITIATOR)
        rlp_read_fixed(&list, h->transcript.nodes[other].b, sizeof h->transcript.nodes[other].b);
    rlp_read_fixed(&list, signature, sizeof signature);
    hello_read(&list, &h->hello);
    (void)rlp_join(&outer, &list);
    if (rlp_finish(&outer) != RLP_OK)
        return HANDSHAKE_BAD_HELLO;
    if (h->hello.version != WIRE_VERSION)
        return HANDSHAKE_WRONG_VERSION;
    if (h->hello.domain.chain_id != h->transcript.domain.chain_id ||
        !mm_hash_equal(&h->hello.domain.genesis_hash, &h->transcript.domain.genesis_hash))
        return HANDSHAKE_WRONG_CHAIN;
    const enum handshake_verdict verdict = check_peer(h);
    if (verdict != HANDSHAKE_OK)
        return verdict;
    keys_digest(digest, &h->transcript, other);
    if (!node_id_verify(&h->transcript.nodes[other], signature, MM_BYTES_OF(digest)))
        return HANDSHAKE_BAD_SIGNATURE;
    return HANDSHAKE_OK;
}

static enum handshake_progress take_identity(struct handshake *h, uint8_t *message, size_t len,
                                             struct mm_buf *out)
{
    const enum handshake_verdict verdict = read_identity(h, message, len);
    if (verdict != HANDSHAKE_OK)
        return refuse(h, verdict);
    if (h->role == HANDSHAKE_RESPONDER)
        add_identity(h, out);
    h->stage = DONE;
    return HANDSHAKE_IS_DONE;
}

enum handshake_progress handshake_take(struct handshake *h, uint8_t *message, size_t len,
                                       struct mm_buf *out)
{
    if (len > HANDSHAKE_BYTES_MAX)
        return refuse(h, HANDSHAKE_TOO_LONG);
    switch (h->stage) {
    case WAITS_OPENING:
        return take_opening(h, mm_bytes_from(message, len), out);
    case WAITS_ANSWER:
        return take_answer(h, message, len);
    case WAITS_IDENTITY:
    case WAITS_PROOF:
        return take_identity(h, message, len, out);
    case WAITS_OWNER:
    case DONE:
    case REFUSED:
        break;
    }
    MM_UNREACHABLE();
}

enum handshake_verdict handshake_verdict(const struct handshake *h)
{
    return h->verdict;
}

const node_id *handshake_peer(const struct handshake *h)
{
    return &h->transcript.nodes[other_role(h)];
}

const struct hello *handshake_hello(const struct handshake *h)
{
    MM_ASSERT(h->stage == DONE);
    return &h->hello;
}

const struct keys_stream *handshake_streams(const struct handshake *h)
{
    MM_ASSERT(h->stage == DONE);
    return h->streams;
}
