/* The node: store, chain, pool, writer and doors, from start to a clean end.
 *
 *     doors (rpc/…, a pool of threads) ──► pool ──► writer (one thread) ──► ledger ──► views ──► doors
 *                                                      │                        ▲
 *                                                      └── rotates the tail ──► flusher (one thread)
 *
 * One writer owns the chain: it builds, executes, seals and commits. Decoding and signature recovery happen before it, in the
 * threads of the doors; reads never wait for it.
 * Modes: instant sealing (a block as soon as a transaction is there), or every block_time_ms, empty or not.
 * Threads: node_run is called from main's thread and returns after SIGINT, SIGTERM or an error. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/log/log.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

struct node_options {
    const char *data_dir;     /* chain/ and content/ are made in it */
    bool ephemeral;           /* in memory: nothing is kept */
    const char *genesis_path; /* NULL: the embedded default */
    const char *host;         /* to listen on */
    uint16_t port;            /* JSON-RPC; 0 picks a free one. Taken: an error */
    int32_t
        gateway_port; /* 0 picks a free one, -1: closed. Taken: said, and closed, unless it was asked for */
    int32_t api_port;
    bool gateway_port_asked;
    bool api_port_asked;
    const char *
        api_token_path; /* what requests to /api/v0 must know; NULL: nothing, and then loopback alone */
    bool gateway_trust_pages; /* no sandbox for what a browser can run (rpc/gateway/gateway.h) */
    bool gateway_subdomains;  /* browsers at localhost are sent to {cid}.ipfs.localhost */
    uint64_t content_quota_bytes; /* 0: the store's default */
    size_t cache_bytes;           /* what the chain's caches may grow to */
    uint64_t collect_every_ms;    /* garbage among the content; 0: only when somebody asks */
    uint64_t block_time_ms;       /* 0: instant */
    uint64_t proof_window;        /* blocks; UINT64_MAX: all */
    uint64_t chain_id;            /* 0: the genesis file's */
    unsigned rpc_threads;
    size_t rpc_body_bytes_max;
    const char *const *rpc_hosts; /* Host names allowed besides loopback ones */
    size_t rpc_host_count;
    const char *const *origins; /* allowed for signing and control besides loopback ones */
    size_t origin_count;
    const char *
        chat_key_path; /* who speaks for tokens (rpc/chat); NULL: a development account, else nobody */
    const char *chat_remote; /* URL of a remote model; NULL: none */
    const char
        *chat_remote_key_path;  /* its key; NULL: the variable NODE_CHAT_REMOTE_KEY, or none */
    unsigned chat_rate;         /* requests a minute of one who asks; 0: the default */
    const char *client_version; /* NULL: mintmark/VERSION-COMMIT */
    bool allow_unlocked;        /* dev signing although the host is not a loopback address */
    bool no_sync;               /* benchmarks: blocks are not synced */
    bool quiet;
    enum node_log_format log_format;
    /* Of a network: with any of these the node is no development chain (node/membership.h). */
    const char *validator_key_path; /* NULL: it observes */
    const char *node_key_path;      /* NULL: node.key in data_dir, made when it is not there */
    const char *listen;             /* HOST:PORT, "off"; NULL: 127.0.0.1:30303 */
    const char *const *peers;       /* HOST:PORT or ID@HOST:PORT */
    size_t peer_count;
    bool
        sync_snapshot; /* an empty folder is filled with a recent state of the peers' (node/first_start.h) */
    const char
        *ready_file; /* written when the doors are open: a JSON line with the ports. NULL: none */
};

struct node_options node_options_default(void);
/* Nobody beyond this machine reaches the doors. */
bool node_options_are_local(const struct node_options *options);

/* The key of --chat-remote, where no file has it: a secret is not for the command line. */
#define NODE_CHAT_REMOTE_KEY "MINTMARK_CHAT_REMOTE_KEY"

/* Exit status for main: 0 after an orderly end, 1 after an error that was printed. After a block that could not be written it ends
 * the process itself. */
int node_run(const struct node_options *options);

#endif
