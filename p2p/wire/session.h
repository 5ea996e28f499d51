/* A session: one connection between two nodes as bytes in and bytes out, from the first to the last.
 *
 *     bytes from the peer ──►  session_feed  ──►  met, up, frames one after the other, or the end
 *                                  │
 *                                  └──►  bytes for the peer (handshake)
 *     kind, payload       ──►  session_seal  ──►  bytes for the peer
 *
 * First the handshake (handshake.h), then frames (frame.h). The peer's bytes may be cut anywhere: the result is the same. What a
 * length claims is checked before memory is taken for it. The first thing wrong ends the session with a verdict, and nothing is
 * read after it. Frames that were copied, left out or put in another order do not open: each direction is one stream.
 *
 *     for (;;)                                                the caller's loop over what it read
 *         switch (session_feed(s, &in, &frame, &out)) {
 *         case SESSION_MORE:  read on, when `out` is sent
 *         case SESSION_FRAME: frame is yours to unref …
 *
 * Memory: locked memory for keys; one frame that is not complete yet. Limits: HANDSHAKE_BYTES_MAX a message before SESSION_UP,
 * FRAME_BYTES_MAX a frame and its kind's own limit after it. Threads: one at a time, but for this: from SESSION_UP on, one thread
 * may feed while another seals. */
#ifndef P2P_WIRE_SESSION_H
#define P2P_WIRE_SESSION_H

#include "p2p/wire/frame.h"
#include "p2p/wire/handshake.h"

enum session_event {
    SESSION_MORE, /* all of `in` is taken */
    SESSION_MET, /* initiator: session_peer is known and has heard nothing yet; feed again (with no bytes, too) to go on */
    SESSION_UP,  /* both are who they say; frames may be sealed */
    SESSION_FRAME, /* *frame, one reference, the caller's */
    SESSION_ENDED, /* session_verdict says why */
};

enum session_verdict {
    SESSION_OK = 0,
    SESSION_HANDSHAKE,    /* session_handshake_verdict has the reason */
    SESSION_TOO_LONG,     /* a length above FRAME_BYTES_MAX */
    SESSION_TOO_SHORT,    /* a length that has no room for a kind */
    SESSION_FORGED,       /* changed, repeated, left out or out of order */
    SESSION_UNKNOWN_KIND, /* no such kind of frame */
    SESSION_ABOVE_LIMIT,  /* a payload above what its kind may have */
    SESSION_NO_MEMORY,    /* ours, not the peer's fault */
};
/* A few lower-case words, for logs. */
const char *session_verdict_text(enum session_verdict verdict);

struct session;

MM_MUST_USE mm_err session_new(struct session **session, const struct handshake_options *options);
void session_free(struct session *session);

/* Once, first. Out: what to send. */
void session_start(struct session *session, struct mm_buf *out);
/* Takes from the front of *in what it needs for one event. Out: bytes to send, appended; whether there was room for them is in out.
 * After SESSION_ENDED every call is SESSION_ENDED. */
enum session_event session_feed(struct session *session, mm_bytes *in, struct frame **frame,
                                struct mm_buf *out);
/* After SESSION_UP. The payload is within its kind's limit. A buffer that failed in the middle leaves a session that cannot go on. */
void session_seal(struct session *session, enum frame_kind kind, mm_bytes payload,
                  struct mm_buf *out);
/* What session_seal appends. */
size_t session_sealed_bytes(const struct session *session, size_t payload_len);

enum session_verdict session_verdict(const struct session *session);
enum handshake_verdict session_handshake_verdict(const struct session *session);
bool session_is_up(const struct session *session);
/* From SESSION_MET (a responder: from SESSION_UP) on. */
const node_id *session_peer(const struct session *session);
/* From SESSION_UP on. */
const struct hello *session_hello(const struct session *session);

#endif
