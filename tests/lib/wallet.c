#include "tests/lib/wallet.h"

#include <stdio.h>
#include <string.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/personal.h"
#include "tests/lib/http_client.h"

enum { TEXT_BYTES = 1024 };

void wallet_init(struct wallet *wallet, uint8_t number)
{
    const uint8_t secret[32] = { [31] = number };
    wallet->key = secp_secret_new(secret);
    MM_ASSERT(wallet->key != NULL);
    wallet->addr = secp_secret_addr(wallet->key);
    address_to_text(wallet->address, &wallet->addr);
}

void wallet_fini(struct wallet *wallet)
{
    secp_secret_free(wallet->key);
}

void wallet_sign(const struct wallet *wallet, char out[WALLET_SIGNATURE_TEXT + 1], mm_bytes text)
{
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    const mm_hash32 digest = personal_digest(text);
    const struct secp_signature signature = secp_sign(wallet->key, &digest);
    secp_signature_to_bytes(bytes, &signature);
    bytes[SECP_SIGNATURE_BYTES - 1] = (uint8_t)(bytes[SECP_SIGNATURE_BYTES - 1] + 27);
    memcpy(out, "0x", 2);
    hex_encode(out + 2, MM_BYTES_OF(bytes));
    out[WALLET_SIGNATURE_TEXT] = '\0';
}

/* Copies what stands between two texts. */
static void between(char *out, size_t out_bytes, const char *text, const char *front, char end)
{
    const char *at = strstr(text, front);
    MM_ASSERT(at != NULL);
    at += strlen(front);
    const char *stop = strchr(at, end);
    MM_ASSERT(stop != NULL && (size_t)(stop - at) < out_bytes);
    memcpy(out, at, (size_t)(stop - at));
    out[stop - at] = '\0';
}

void wallet_nonce(char out[WALLET_NONCE_BYTES], uint16_t port)
{
    char text[TEXT_BYTES];
    (void)snprintf(text, sizeof text, "GET /session/nonce HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                   port);
    struct reply reply = client_ask(port, text);
    MM_ASSERT(reply.status == 200);
    between(out, WALLET_NONCE_BYTES, (const char *)reply.body, "{\"nonce\":\"", '"');
    reply_free(&reply);
}

void wallet_body(const struct wallet *wallet, char *out, size_t out_bytes, const char *message)
{
    char signature[WALLET_SIGNATURE_TEXT + 1];
    char escaped[2 * TEXT_BYTES];
    size_t len = 0;
    MM_ASSERT(strlen(message) < TEXT_BYTES);
    wallet_sign(wallet, signature, mm_bytes_str(message));
    for (const char *at = message; *at != '\0'; at++) {
        if (*at == '\n')
            escaped[len++] = '\\';
        escaped[len++] = *at == '\n' ? 'n' : *at;
    }
    escaped[len] = '\0';
    (void)snprintf(out, out_bytes, "{\"message\":\"%s\",\"signature\":\"%s\"}", escaped, signature);
}

void wallet_sign_in(const struct wallet *wallet, char cookie[WALLET_COOKIE_BYTES], uint16_t port)
{
    char nonce[WALLET_NONCE_BYTES];
    char message[TEXT_BYTES];
    char body[4 * TEXT_BYTES];
    char text[6 * TEXT_BYTES];
    char pair[WALLET_COOKIE_BYTES];
    wallet_nonce(nonce, port);
    (void)snprintf(message, sizeof message,
                   "localhost:%u wants you to sign in with your Ethereum account:\n%s\n\n\n"
                   "URI: http://localhost:%u\nVersion: 1\nChain ID: 31337\nNonce: %s\n"
                   "Issued At: 2026-01-01T00:00:00Z",
                   port, wallet->address, port, nonce);
    wallet_body(wallet, body, sizeof body, message);
    (void)snprintf(text, sizeof text,
                   "POST /session HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: %zu\r\n\r\n%s",
                   port, strlen(body), body);
    struct reply reply = client_ask(port, text);
    MM_ASSERT(reply.status == 200);
    between(pair, sizeof pair, reply.head, "Set-Cookie: ", ';');
    (void)snprintf(cookie, WALLET_COOKIE_BYTES, "Cookie: %.200s\r\n", pair);
    reply_free(&reply);
}
