/* Pictures in terminals, by the kitty graphics protocol, which kitty, Ghostty, WezTerm and Konsole speak.
 *
 * The protocol takes PNG as it is; other formats would have to be decoded here, and are not. Which terminal it is, is told by its
 * environment: asking it by an escape sequence would have to wait for an answer that other terminals never give. */
#ifndef NODE_CLI_PICTURE_H
#define NODE_CLI_PICTURE_H

#include <stdio.h>

#include "state/base/bytes.h"

/* Whether standard output is such a terminal. */
bool picture_can_show(void);
/* A PNG. columns: scale it to so many of the terminal's, 0: as it is. */
void picture_show(FILE *out, mm_bytes png, unsigned columns);
/* The columns it must be scaled to so that it fits the terminal, 0 when it fits. */
unsigned picture_columns(mm_bytes png);

#endif
