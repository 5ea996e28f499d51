/* A node and an attacker at the other end of its connection, in either role, sealed or plain.
 *
 * The first byte chooses role, mode and how the bytes are cut; then come orders. The attacker knows the genesis hash and can do the
 * key exchange: it sends bytes as they are, seals what it likes, or says what an honest node would say in its turn.
 *
 *     order % 4   0  raw: a length, that many bytes, sent as they are
 *                 1  honest: opening, answer or identity, whichever is next; afterwards nothing
 *                 2  sealed: a length, that many bytes, sealed in the attacker's stream and sent with their length
 *                 3  damaged: the next honest message with one byte changed: a place, a change
 * Properties: nothing crashes or leaks; the node is up only when the attacker has said an honest identity, unchanged; no frame
 * before that; a payload is within its kind's limit. */
#include <sodium.h>

#include "p2p/wire/keys_internal.h"
#include "p2p/wire/session.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = HANDSHAKE_BYTES_MAX, ORDERS_MAX = 64 };

static struct node_key *keys[2];
static node_id ids[2];
static uint8_t ephemeral_keys[2][32];
static const uint8_t secrets[2][HANDSHAKE_EPHEMERAL_BYTES] = { { 1, 2, 3 }, { 4, 5, 6 } };
static const struct hello HELLO = { .version = WIRE_VERSION,
                                    .domain = { 31337, { { 7 } } },
                                    .client = "honest/1" };

struct meeting {
    enum handshake_role attacker;
    enum handshake_role victim;
    bool is_plain;
    size_t piece;
    struct session *session;
    struct mm_buf heard; /* from the victim; reset when read */
    struct keys_transcript transcript;
    struct keys_stream streams[2];
    bool has_keys;
    unsigned said;  /* honest messages so far */
    bool is_honest; /* the identity among them */
    bool is_over;
};

static void init_keys(void)
{
    if (keys[0] != NULL)
        return;
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t seed[NODE_KEY_SEED_BYTES] = { i };
        MM_ASSERT(node_key_new(&keys[i], seed) == MM_OK);
        ids[i] = node_key_id(keys[i]);
        (void)crypto_scalarmult_base(ephemeral_keys[i], secrets[i]);
    }
}

static void judge_frame(struct meeting *m, struct frame *frame)
{
    MM_ASSERT(session_is_up(m->session) && m->is_honest);
    MM_ASSERT(frame->payload.len <= frame_rule_of(frame->kind)->payload_bytes_max);
    uint8_t sum = 0;
    for (size_t i = 0; i < frame->payload.len; i++)
        sum ^= frame->payload.ptr[i];
    MM_ASSERT(sum == 0 || frame->payload.len > 0);
    frame_unref(frame);
}

static void send_piece(struct meeting *m, mm_bytes in)
{
    for (;;) {
        struct frame *frame;
        const enum session_event event = session_feed(m->session, &in, &frame, &m->heard);
        if (event == SESSION_FRAME)
            judge_frame(m, frame);
        MM_ASSERT(event != SESSION_MET || m->victim == HANDSHAKE_INITIATOR);
        MM_ASSERT(event != SESSION_UP || m->is_honest);
        m->is_over = event == SESSION_ENDED;
        if (event == SESSION_ENDED)
            MM_ASSERT(session_verdict(m->session) != SESSION_OK);
        if (event == SESSION_MORE || event == SESSION_ENDED)
            return;
    }
}

static void send(struct meeting *m, mm_bytes bytes)
{
    for (size_t at = 0; at < bytes.len && !m->is_over; at += m->piece) {
        const size_t left = bytes.len - at;
        send_piece(m, mm_bytes_from(bytes.ptr + at, left < m->piece ? left : m->piece));
    }
}

static void send_message(struct meeting *m, uint8_t *message, size_t len)
{
    mm_put_be32(message, (uint32_t)len);
    send(m, mm_bytes_from(message, FRAME_LENGTH_BYTES + len));
}

/* The victim's ephemeral key, once it has said it. */
static bool exchange_keys(struct meeting *m)
{
    const mm_bytes heard = mm_buf_bytes(&m->heard);
    if (m->has_keys || heard.len < FRAME_LENGTH_BYTES + 37)
        return m->has_keys;
    memcpy(m->transcript.ephemeral[m->victim], heard.ptr + FRAME_LENGTH_BYTES + 5, 32);
    m->has_keys = keys_derive(m->streams, &m->transcript, secrets[m->attacker], m->attacker);
    MM_ASSERT(m->has_keys);
    return true;
}

/* At `to`. The sealed length. */
static size_t seal(struct meeting *m, uint8_t *to, mm_bytes content)
{
    struct keys_stream *stream = &m->streams[m->attacker];
    if (content.len > 0)
        memcpy(to + (m->is_plain ? 0 : 1), content.ptr, content.len);
    keys_seal(stream, to, content.len);
    return content.len + keys_seal_bytes(stream);
}

static size_t identity(struct meeting *m, uint8_t *to)
{
    uint8_t memory[MESSAGE_MAX], digest[32], signature[NODE_KEY_SIGNATURE_BYTES];
    struct mm_buf content = mm_buf_over(memory, sizeof memory);
    keys_digest(digest, &m->transcript, m->attacker);
    node_key_sign(keys[m->attacker], signature, MM_BYTES_OF(digest));
    const size_t list = rlp_open_list(&content);
    if (m->attacker == HANDSHAKE_INITIATOR)
        rlp_add_string(&content, MM_BYTES_OF(ids[m->attacker].b));
    rlp_add_string(&content, MM_BYTES_OF(signature));
    hello_encode(&content, &HELLO);
    rlp_close_list(&content, list);
    return seal(m, to, mm_buf_bytes(&content));
}

/* The message that an honest node would send now, behind room for its length. 0: none. */
static size_t honest(struct meeting *m, uint8_t *message)
{
    uint8_t *to = message + FRAME_LENGTH_BYTES;
    size_t len = 0;
    if (m->said >= 2 || (m->said == 1 && !exchange_keys(m)))
        return 0;
    if (m->said == 0) {
        memcpy(to, m->is_plain ? "mmkP\x01" : "mmkS\x01", 5);
        memcpy(to + 5, ephemeral_keys[m->attacker], 32);
        len = 37;
        if (m->attacker == HANDSHAKE_RESPONDER) {
            if (!exchange_keys(m))
                return 0;
            len += seal(m, to + len, MM_BYTES_OF(ids[m->attacker].b));
        }
    } else {
        len = identity(m, to);
    }
    m->said++;
    return len;
}

/* Invariant: at <= size. Each order: enough left? - read - advance. */
static void follow(struct meeting *m, const uint8_t *data, size_t size)
{
    size_t at = 0;
    for (unsigned orders = 0; at < size && orders < ORDERS_MAX && !m->is_over; orders++) {
        uint8_t message[2 * MESSAGE_MAX];
        const unsigned order = data[at++] % 4;
        if (order == 1) {
            const size_t len = honest(m, message);
            m->is_honest |= m->said == 2 && len > 0;
            if (len > 0)
                send_message(m, message, len);
            continue;
        }
        if (order == 3) {
            const size_t len = honest(m, message);
            if (len == 0 || size - at < 2)
                continue;
            message[FRAME_LENGTH_BYTES + data[at] % len] ^= data[at + 1];
            m->is_honest |= m->said == 2 && (data[at + 1] == 0 || m->is_plain);
            at += 2;
            send_message(m, message, len);
            continue;
        }
        if (at == size)
            return;
        size_t len = data[at++];
        len = len < size - at ? len : size - at;
        if (order == 0)
            send(m, mm_bytes_from(data + at, len));
        else if (exchange_keys(m))
            send_message(m, message,
                         seal(m, message + FRAME_LENGTH_BYTES, mm_bytes_from(data + at, len)));
        at += len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    init_keys();
    struct meeting m = { .attacker = (enum handshake_role)(data[0] & 1),
                         .is_plain = (data[0] & 2) != 0,
                         .piece = (data[0] & 4) != 0 ? (size_t)(data[0] >> 3) + 1 : 4096 };
    m.victim = (enum handshake_role)(1 - m.attacker);
    /* In plain mode nothing is secret: bytes at random may well be an honest identity that was recorded. */
    m.is_honest = m.is_plain;
    m.transcript = (struct keys_transcript){ .domain = HELLO.domain, .is_plain = m.is_plain };
    memcpy(m.transcript.ephemeral[m.attacker], ephemeral_keys[m.attacker], 32);
    memcpy(m.transcript.nodes, ids, sizeof ids);
    struct handshake_options options = {
        .role = m.victim, .key = keys[m.victim], .hello = HELLO, .is_plain = m.is_plain
    };
    memcpy(options.ephemeral_secret, secrets[m.victim], sizeof options.ephemeral_secret);
    mm_buf_init(&m.heard, 1 << 16);
    MM_ASSERT(session_new(&m.session, &options) == MM_OK);
    session_start(m.session, &m.heard);
    follow(&m, data + 1, size - 1);
    MM_ASSERT(!session_is_up(m.session) || m.is_honest);
    session_free(m.session);
    mm_buf_fini(&m.heard);
    return 0;
}
