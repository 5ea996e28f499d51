/* What a session takes over from its handshake. */
#ifndef P2P_WIRE_HANDSHAKE_INTERNAL_H
#define P2P_WIRE_HANDSHAKE_INTERNAL_H

#include "p2p/wire/keys_internal.h"

/* When it is done: the streams in the state that they have after message 4, by the role of who sends. */
const struct keys_stream *handshake_streams(const struct handshake *handshake);

#endif
