/* A wallet for tests of what people sign in to: a key, its address, and what a wallet and a browser do with them.
 *
 *     wallet_init(1) ─► wallet_sign_in(port) ─► a Cookie header for the requests that follow
 */
#ifndef TESTS_LIB_WALLET_H
#define TESTS_LIB_WALLET_H

#include "state/crypto/address.h"
#include "state/crypto/secp.h"

enum { WALLET_COOKIE_BYTES = 256, WALLET_SIGNATURE_TEXT = 132, WALLET_NONCE_BYTES = 64 };

struct wallet {
    struct secp_secret *key;
    mm_addr addr;
    char address[ADDRESS_TEXT + 1];
};

/* The key is this number. */
void wallet_init(struct wallet *wallet, uint8_t number);
void wallet_fini(struct wallet *wallet);

/* personal_sign: 0x and 130 digits, terminated. */
void wallet_sign(const struct wallet *wallet, char out[WALLET_SIGNATURE_TEXT + 1], mm_bytes text);

/* {"message", "signature"}, as a page sends it to /session; terminated. */
void wallet_body(const struct wallet *wallet, char *out, size_t out_bytes, const char *message);

/* Asks a door on this machine for a nonce. */
void wallet_nonce(char out[WALLET_NONCE_BYTES], uint16_t port);
/* Signs in to the door at localhost, chain 31337. Out: "Cookie: …\r\n", terminated. */
void wallet_sign_in(const struct wallet *wallet, char cookie[WALLET_COOKIE_BYTES], uint16_t port);

#endif
