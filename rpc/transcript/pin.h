/* Whose a stored transcript is: the owner of its pin in the content store names the token's history that it was saved to.
 *
 *     chat:6d69…0721:2a        the collection, the token's number, both in hex
 *
 * So a node that sees an entry of that history redacted lets go of what it saved for it, and of nothing that another one names.
 * Threads: pure. */
#ifndef RPC_TRANSCRIPT_PIN_H
#define RPC_TRANSCRIPT_PIN_H

#include "state/codec/u256.h"

enum { TRANSCRIPT_PIN_OWNER_MAX = 64 };

/* Terminated. 0: the number takes more than 64 bits, which no collection counts to. */
MM_MUST_USE size_t transcript_pin_owner(char out[TRANSCRIPT_PIN_OWNER_MAX + 1],
                                        const mm_addr *collection, const mm_u256 *token);

#endif
