/* What verdicts are called in logs. */
#include "p2p/wire/session.h"
#include "state/base/assert.h"

const char *handshake_verdict_text(enum handshake_verdict verdict)
{
    switch (verdict) {
    case HANDSHAKE_OK:
        return "ok";
    case HANDSHAKE_UNEXPECTED:
        return "not this protocol";
    case HANDSHAKE_MODE:
        return "one side plain, the other sealed";
    case HANDSHAKE_WRONG_VERSION:
        return "another version of the protocol";
    case HANDSHAKE_TOO_LONG:
        return "a message above the limit";
    case HANDSHAKE_WEAK_KEY:
        return "a weak ephemeral key";
    case HANDSHAKE_UNDECIPHERABLE:
        return "of another chain, or changed on the way";
    case HANDSHAKE_OWN_KEY:
        return "this node itself";
    case HANDSHAKE_WRONG_KEY:
        return "another node than expected";
    case HANDSHAKE_BAD_SIGNATURE:
        return "a wrong signature";
    case HANDSHAKE_BAD_HELLO:
        return "a malformed greeting";
    case HANDSHAKE_WRONG_CHAIN:
        return "another chain";
    }
    MM_UNREACHABLE();
}

const char *session_verdict_text(enum session_verdict verdict)
{
    switch (verdict) {
    case SESSION_OK:
        return "ok";
    case SESSION_HANDSHAKE:
        return "the handshake failed";
    case SESSION_TOO_LONG:
        return "a frame above 4 MiB";
    case SESSION_TOO_SHORT:
        return "a frame without a kind";
    case SESSION_FORGED:
        return "a frame that does not open";
    case SESSION_UNKNOWN_KIND:
        return "a frame of an unknown kind";
    case SESSION_ABOVE_LIMIT:
        return "a frame above its kind's limit";
    case SESSION_NO_MEMORY:
        return "no memory";
    }
    MM_UNREACHABLE();
}
