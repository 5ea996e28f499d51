/* A gateway over a store in memory, for tests: blocks are put by hand, also such as nobody honest makes. */
#ifndef TESTS_UNIT_RPC_GATEWAY_HOUSE_H
#define TESTS_UNIT_RPC_GATEWAY_HOUSE_H

#include "p2p/content/store.h"
#include "rpc/gateway/gateway.h"
#include "tests/lib/http_client.h"

struct house {
    struct content *content;
    struct gateway gateway;
    struct http_route route;
    struct http_server *server;
    uint16_t port;
};
extern struct house house;

/* For TestSuite's init and fini. */
void house_open(void);
void house_close(void);

/* The name that a block has by right. */
struct cid house_name(uint64_t codec, mm_bytes block);
struct cid house_put(uint64_t codec, mm_bytes block);
/* Puts other bytes in the place of a block, as a failing disk would. */
void house_spoil(const struct cid *cid, mm_bytes bytes);
/* A file with leaves of 16 bytes and three links a node. */
struct cid house_file(mm_bytes bytes);
/* Leaves of 256 KiB. */
struct cid house_large_file(mm_bytes bytes);
struct cid house_symlink(const char *target);

struct house_entry {
    const char *name;
    struct cid cid;
};
/* In the order given. */
struct cid house_directory(const struct house_entry *entries, size_t count);

/* GET of /ipfs/{cid}{path}, with header lines that end with CRLF each. */
struct reply house_get(const struct cid *cid, const char *path, const char *headers);
/* GET of any target at any host. */
struct reply house_get_at(const char *host, const char *target, const char *headers);
/* Asks as house_get does, and checks status and one header line, which may be NULL. */
void house_expect(const struct cid *cid, const char *path, const char *headers, int status,
                  const char *line);
void house_expect_at(const char *host, const char *target, const char *headers, int status,
                     const char *line);
/* In base32; good for the next few calls. */
const char *house_text(const struct cid *cid);

#endif
