/* The word list of BIP-39, sorted, as the file of its name holds it. */
#ifndef NODE_KEYS_BIP39_INTERNAL_H
#define NODE_KEYS_BIP39_INTERNAL_H

#include "node/keys/hdwallet.h"

enum { BIP39_WORDS = 2048, BIP39_WORD_BITS = 11 };
_Static_assert(1 << BIP39_WORD_BITS == BIP39_WORDS, "a word is a number of eleven bits");

/* Not pointers: nothing to relocate when the program starts. */
extern const char BIP39_ENGLISH[BIP39_WORDS][HDWALLET_WORD_LETTERS_MAX + 1];

#endif
