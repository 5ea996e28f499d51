/* The JSON-RPC door over a real chain, asked with text and answered with trees. */
#ifndef TESTS_UNIT_RPC_ETH_DOOR_H
#define TESTS_UNIT_RPC_ETH_DOOR_H

#include "rpc/eth/eth.h"
#include "state/codec/json.h"
#include "tests/lib/chain_fixture.h"

struct door {
    struct chain_fixture chain;
    struct rpc_eth *eth;
    struct mm_arena arena; /* of answers, until the door closes */
    bool is_stranger;      /* asks as a page of another origin would */
};

struct door *door_open(void);
struct door *door_open_with(const struct chain_fixture_options *chain,
                            const struct rpc_eth_options *options);
void door_close(struct door *door);

/* The answer's text, terminated. */
const char *door_text(struct door *door, const char *body);
const struct json *door_json(struct door *door, const char *body);
/* The same for an answer that is waited for: between the two the test goes on. */
struct door_later *door_begin(struct door *door, const char *body);
bool door_is_done(struct door_later *later);
const struct json *door_end(struct door_later *taken_later);
/* One request: method, and parameters as JSON text (printf). The result; NULL when it is an error, which is then in *error
 * (may be NULL: the test ends, unless it is a result). */
const struct json *door_ask(struct door *door, const char *method, const char *params, ...)
    MM_PRINTF(3, 4);
/* The error of a request that must fail. */
struct door_error {
    long code;
    const char *message;
    const char *data; /* NULL when there is none */
};
struct door_error door_refused(struct door *door, const char *method, const char *params, ...)
    MM_PRINTF(3, 4);

/* A member's text; the test ends when it is none. */
const char *door_member(struct door *door, const struct json *object, const char *key);
const char *door_string(struct door *door, const struct json *value);
/* A quantity. */
uint64_t door_number(const struct json *value);
bool door_is(const struct json *value, const char *text);
/* Equal as text: members in the same order. */
bool door_same(const struct json *a, const struct json *b);

/* Sends mint(to, uri) from the dev account of that index, and gives the transaction's hash. */
const char *door_mint(struct door *door, unsigned from, const char *uri);
/* `0x…` of a dev account. */
const char *door_account(struct door *door, unsigned index);
extern const char DOOR_COLLECTION[];

/* A signed transaction of dev account `from` as raw hex. Fields of tx that are zero are filled in: chain id, fees, gas. */
const char *door_sign(struct door *door, unsigned from, struct tx *tx);

#endif
