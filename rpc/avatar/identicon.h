/* Identicons: a picture for an address that has none, made of the address alone, so that the same one is the same everywhere.
 *
 *     keccak256(address) ──► byte 0: the hue     bits of bytes 1 and 2: which of 3 × 5 squares; the left columns are mirrored to the right
 *
 * It is an SVG of our own making: a background and squares, no script, no reference. Pure. */
#ifndef RPC_AVATAR_IDENTICON_H
#define RPC_AVATAR_IDENTICON_H

#include "state/base/buf.h"
#include "state/base/bytes.h"

enum { IDENTICON_BYTES_MAX = 4 << 10 };

void identicon_write(struct mm_buf *svg, const mm_addr *addr);

#endif
