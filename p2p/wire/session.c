#include "p2p/wire/session.h"

#include "p2p/wire/handshake_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

struct session {
    struct handshake *handshake; /* until it is done; owned */
    bool is_met;                 /* the initiator's owner was told and has not fed again */
    bool is_up;
    enum session_verdict verdict;
    enum handshake_verdict handshake_verdict;
    node_id peer;
    struct hello hello;
    enum handshake_role role;
    struct keys_stream sends;
    struct keys_stream receives;

    /* The message or frame that is coming in. */
    uint8_t length[FRAME_LENGTH_BYTES];
    size_t length_filled;
    size_t len; /* what it says, when it is filled */
    size_t filled;
    struct frame *frame;                  /* owned; NULL during the handshake */
    uint8_t message[HANDSHAKE_BYTES_MAX]; /* during the handshake */
};

mm_err session_new(struct session **session, const struct handshake_options *options)
{
    struct session *s = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *s);
    *session = NULL;
    if (s == NULL)
        return MM_ERR_NO_MEMORY;
    *s = (struct session){ .role = options->role };
    if (handshake_new(&s->handshake, options) != MM_OK) {
        sodium_free(s);
        return MM_ERR_NO_MEMORY;
    }
    *session = s;
    return MM_OK;
}

void session_free(struct session *s)
{
    if (s == NULL)
        return;
    handshake_free(s->handshake);
    frame_unref(s->frame);
    sodium_free(s); /* wipes */
}

void session_start(struct session *s, struct mm_buf *out)
{
    handshake_start(s->handshake, out);
}

static enum session_event end(struct session *s, enum session_verdict verdict)
{
    s->verdict = verdict;
    return SESSION_ENDED;
}

static void take(mm_bytes *in, void *to, size_t *filled, size_t full)
{
    const size_t wanted = full - *filled;
    const size_t len = in->len < wanted ? in->len : wanted;
    if (len == 0)
        return;
    memcpy((uint8_t *)to + *filled, in->ptr, len);
    *filled += len;
    *in = mm_bytes_from(in->ptr + len, in->len - len);
}

/* ---- handshake ---- */

static enum session_event come_up(struct session *s)
{
    const struct keys_stream *streams = handshake_streams(s->handshake);
    const bool is_initiator = s->role == HANDSHAKE_INITIATOR;
    s->sends = streams[s->role];
    s->receives = streams[is_initiator ? HANDSHAKE_RESPONDER : HANDSHAKE_INITIATOR];
    s->peer = *handshake_peer(s->handshake);
    s->hello = *handshake_hello(s->handshake);
    handshake_free(s->handshake);
    s->handshake = NULL;
    s->is_up = true;
    return SESSION_UP;
}

static enum session_event refuse(struct session *s, enum handshake_verdict verdict)
{
    s->handshake_verdict = verdict;
    return end(s, SESSION_HANDSHAKE);
}

static enum session_event take_message(struct session *s, struct mm_buf *out)
{
    const size_t len = s->len;
    s->length_filled = 0;
    s->filled = 0;
    switch (handshake_take(s->handshake, s->message, len, out)) {
    case HANDSHAKE_GOES_ON:
        return SESSION_MORE;
    case HANDSHAKE_IS_MET:
        s->peer = *handshake_peer(s->handshake);
        s->is_met = true;
        return SESSION_MET;
    case HANDSHAKE_IS_DONE:
        return come_up(s);
    case HANDSHAKE_FAILED:
        return refuse(s, handshake_verdict(s->handshake));
    }
    MM_UNREACHABLE();
}

/* ---- frames ---- */

static enum session_event take_frame(struct session *s, struct frame **frame)
{
    struct frame *done = s->frame;
    mm_bytes content;
    s->frame = NULL;
    s->length_filled = 0;
    s->filled = 0;
    enum session_verdict verdict = SESSION_OK;
    const struct frame_rule *rule = NULL;
    if (!keys_open(&s->receives, &content, done->bytes, done->size))
        verdict = SESSION_FORGED;
    else if ((rule = frame_rule_of(content.ptr[0])) == NULL)
        verdict = SESSION_UNKNOWN_KIND;
    else if (content.len - 1 > rule->payload_bytes_max)
        verdict = SESSION_ABOVE_LIMIT;
    if (verdict != SESSION_OK) {
        frame_unref(done);
        return end(s, verdict);
    }
    done->kind = rule->kind;
    done->payload = mm_bytes_from(content.ptr + 1, content.len - 1);
    *frame = done;
    return SESSION_FRAME;
}

/* A length has come. False: the session is over. */
static bool begin(struct session *s)
{
    s->len = mm_get_be32(s->length);
    s->filled = 0;
    if (!s->is_up) {
        if (s->len <= HANDSHAKE_BYTES_MAX)
            return true;
        (void)refuse(s, HANDSHAKE_TOO_LONG);
        return false;
    }
    if (s->len > FRAME_BYTES_MAX)
        s->verdict = SESSION_TOO_LONG;
    else if (s->len < keys_seal_bytes(&s->receives) + 1)
        s->verdict = SESSION_TOO_SHORT;
    else if ((s->frame = frame_new(s->len)) == NULL)
        s->verdict = SESSION_NO_MEMORY;
    return s->verdict == SESSION_OK;
}

enum session_event session_feed(struct session *s, mm_bytes *in, struct frame **frame,
                                struct mm_buf *out)
{
    *frame = NULL;
    if (s->verdict != SESSION_OK)
        return SESSION_ENDED;
    if (s->is_met) {
        s->is_met = false;
        handshake_go_on(s->handshake, out);
    }
    for (;;) {
        if (s->length_filled < sizeof s->length) {
            take(in, s->length, &s->length_filled, sizeof s->length);
            if (s->length_filled < sizeof s->length)
                return SESSION_MORE;
            if (!begin(s))
                return SESSION_ENDED;
        }
        take(in, s->is_up ? s->frame->bytes : s->message, &s->filled, s->len);
        if (s->filled < s->len)
            return SESSION_MORE;
        const enum session_event event = s->is_up ? take_frame(s, frame) : take_message(s, out);
        if (event != SESSION_MORE)
            return event;
    }
}

size_t session_sealed_bytes(const struct session *s, size_t payload_len)
{
    return FRAME_LENGTH_BYTES + keys_seal_bytes(&s->sends) + 1 + payload_len;
}

void session_seal(struct session *s, enum frame_kind kind, mm_bytes payload, struct mm_buf *out)
{
    const struct frame_rule *rule = frame_rule_of(kind);
    MM_ASSERT(s->is_up && rule != NULL && payload.len <= rule->payload_bytes_max);
    const size_t size = session_sealed_bytes(s, payload.len);
    uint8_t *bytes = mm_buf_reserve(out, size);
    if (bytes == NULL)
        return; /* the buffer remembers it */
    uint8_t *chunk = bytes + FRAME_LENGTH_BYTES;
    uint8_t *content = chunk + (s->sends.is_plain ? 0 : 1);
    mm_put_be32(bytes, (uint32_t)(size - FRAME_LENGTH_BYTES));
    content[0] = (uint8_t)kind;
    if (payload.len > 0)
        memcpy(content + 1, payload.ptr, payload.len);
    keys_seal(&s->sends, chunk, 1 + payload.len);
    mm_buf_advance(out, size);
}

enum session_verdict session_verdict(const struct session *s)
{
    return s->verdict;
}

enum handshake_verdict session_handshake_verdict(const struct session *s)
{
    return s->handshake_verdict;
}

bool session_is_up(const struct session *s)
{
    return s->is_up;
}

const node_id *session_peer(const struct session *s)
{
    return &s->peer;
}

const struct hello *session_hello(const struct session *s)
{
    MM_ASSERT(s->is_up);
    return &s->hello;
}
