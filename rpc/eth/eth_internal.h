/* What the files of this folder share: a request in work, its parameters, its error. */
#ifndef RPC_ETH_ETH_INTERNAL_H
#define RPC_ETH_ETH_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "rpc/eth/bloom_memo.h"
#include "rpc/eth/eth.h"
#include "state/codec/json.h"

enum {
    /* Room for the tree of a body: 16 MiB, and four times the largest body. Requests need less than once their text; a body of
     * nothing but brackets and commas would need thirty times as much, and is refused. */
    ETH_PARSE_BYTES_MIN = 16 << 20,
    ETH_PARSE_BODIES = 4,
    ETH_MEMBER_BYTES_MAX = 512 << 20, /* a block with all its transactions and logs */
    ETH_KEEP_BYTES_MAX = 1 << 20,     /* an arena larger than this is not kept */
    ETH_MESSAGE_MAX = 600,
    ETH_METHOD_SLOTS = 512, /* of the table of names; a power of two, at most half full */
};

/* Codes: JSON-RPC 2.0, "Error object"; EIP-1474; 3 is go-ethereum's (docs/RPC.md, "Errors"). */
enum {
    ETH_PARSE_ERROR = -32700,
    ETH_INVALID_REQUEST = -32600,
    ETH_METHOD_NOT_FOUND = -32601,
    ETH_INVALID_PARAMS = -32602,
    ETH_INTERNAL = -32603,
    ETH_SERVER_ERROR = -32000,
    ETH_UNKNOWN_HASH = -32001, /* EIP-1898 */
    ETH_RESPONSE_TOO_LARGE = -32003,
    ETH_LIMIT_EXCEEDED = -32005,
    ETH_REVERTED = 3,
    ETH_NOT_YET_MINED = 4, /* EIP-7966 */
    ETH_NOT_YET_READY = 5, /* EIP-7966 */
};

/* ---- parameters ---- */

enum eth_param_kind {
    ETH_PARAM_NONE = 0,
    ETH_PARAM_ADDR,
    ETH_PARAM_HASH,
    ETH_PARAM_DATA,
    ETH_PARAM_COUNT,    /* a quantity or a JSON number, 64 bits */
    ETH_PARAM_QUANTITY, /* 256 bits */
    ETH_PARAM_BOOL,
    ETH_PARAM_BLOCK,     /* number or tag */
    ETH_PARAM_BLOCK_REF, /* number, tag, hash, or EIP-1898 object */
    ETH_PARAM_HEIGHT, /* number or tag; a JSON number and a decimal string, too, as Erigon has it */
    ETH_PARAM_SLOT,   /* a storage key: up to 32 bytes */
    ETH_PARAM_TEXT,
    ETH_PARAM_OBJECT,
    ETH_PARAM_ARRAY,
    ETH_PARAM_ANY,
};

struct eth_param {
    const char *name;
    enum eth_param_kind kind;
    bool is_optional;
};

/* Which block a parameter means. */
enum eth_block_kind { ETH_BLOCK_LATEST, ETH_BLOCK_PENDING, ETH_BLOCK_NUMBER, ETH_BLOCK_HASH };

struct eth_block_ref {
    enum eth_block_kind kind;
    uint64_t number;
    mm_hash32 hash;
};

struct eth_arg {
    bool is_given;
    const struct json *json; /* as it came; NULL when not given */
    union {
        mm_addr addr;
        mm_hash32 hash; /* a storage key too, padded to the left */
        mm_bytes bytes; /* data, decoded, in the arena; or text */
        uint64_t count;
        mm_u256 quantity;
        bool flag;
        struct eth_block_ref block; /* latest when not given */
    };
};

/* ---- a request in work ---- */

struct eth_error {
    int code;
    char message[ETH_MESSAGE_MAX];
    bool has_data;
    mm_bytes data; /* in the arena */
};

struct eth_method;

struct eth_request {
    struct rpc_eth *eth;
    const struct rpc_backend *backend;
    const struct rpc_eth_caller *caller;
    struct mm_arena *arena;
    struct bloom_memo *blooms;
    struct key_memo *keys;    /* NULL: none */
    struct ledger_view *view; /* the last block when the request began */
    struct json_writer w;     /* where the result goes */
    const struct eth_method *method;
    struct eth_arg args[RPC_ETH_PARAMS_MAX];
    uint64_t ticket;
    struct eth_late *late; /* the result is not known yet (late.h); owned */
    struct eth_error error;
};

/* Writes the result and gives true; or sets the error and gives false: what it wrote is taken back then. */
typedef bool eth_method_fn(struct eth_request *r);

enum eth_method_flags {
    ETH_DEV = 1, /* there only where the backend is a development node */
    ETH_GUARDED =
        2, /* signs with the node's keys or changes the state from outside: not for pages of other origins */
};

struct eth_method {
    const char *name;
    eth_method_fn *handle;
    unsigned flags;
    struct eth_param params[RPC_ETH_PARAMS_MAX];
};

/* Memory of one HTTP request, kept for the next. */
struct eth_work {
    struct mm_arena parse;
    struct mm_arena member;
    struct bloom_memo blooms;
    struct key_memo keys;
    struct eth_work *next;
};

struct eth_name {
    mm_bytes name; /* "hardhat_setBalance", or its twin's */
    const struct eth_method *method;
};

/* Relaxed: nobody orders anything by them. */
struct eth_count {
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t errors;
};

struct rpc_eth {
    const struct rpc_backend *backend;
    struct rpc_eth_options options;
    pthread_mutex_t work_lock;
    struct eth_work *idle; /* owned list */
    pthread_mutex_t
        send_lock; /* eth_sendTransaction: from the choice of a nonce to its place in the pool */
    atomic_uint_fast64_t reports;    /* numbers of unforeseen errors */
    atomic_uint_fast64_t time_added; /* seconds, by evm_increaseTime */
    struct eth_filters *filters;     /* owned */
    struct eth_hub *hub;             /* owned */
    struct eth_late_room *late;      /* owned */
    struct eth_name names[ETH_METHOD_SLOTS];
    char *twin_names; /* owned */
    struct eth_count
        *counts; /* owned: one for each row of the table, and one for names that are not there */
};

/* ---- serve.c ---- */
/* The last block now, in place of the one when the request began. */
void eth_renew_view(struct eth_request *r);

/* ---- methods.c ---- */
extern const struct eth_method ETH_METHODS[];
extern const size_t ETH_METHOD_COUNT;

/* ---- method_names.c ---- */
MM_MUST_USE mm_err eth_methods_init(struct rpc_eth *eth);
/* "eth" of "eth_call". */
mm_bytes eth_module_of(const struct eth_method *method);
/* NULL: no such method, or not on this node. */
const struct eth_method *eth_find_method(const struct rpc_eth *eth, mm_bytes name);

/* ---- args.c ---- */
/* params may be NULL. False with the error set. */
bool eth_read_args(struct eth_request *r, const struct json *params);
/* Why this is not a quantity, number or data, in go-ethereum's words. */
const char *eth_hex_reason_number(mm_bytes text, size_t bits);
const char *eth_hex_reason_data(mm_bytes text);
/* Values within objects: NULL, or the reason why not. */
const char *eth_read_u64(uint64_t *out, const struct json *value);
const char *eth_read_count(uint64_t *out, const struct json *value);
const char *eth_read_u256(mm_u256 *out, const struct json *value);
const char *eth_read_addr(mm_addr *out, const struct json *value);
const char *eth_read_hash(mm_hash32 *out, const struct json *value);
const char *eth_read_data(struct mm_arena *arena, mm_bytes *out, const struct json *value);
/* A storage key; sets the error itself, whose words name the key. */
bool eth_read_slot(struct eth_request *r, mm_hash32 *out, const struct json *value);
bool eth_fail_arg(struct eth_request *r, size_t index, const char *reason);

/* ---- block_arg.c ---- */
/* NULL, or the reason. */
const char *eth_read_block(struct eth_block_ref *out, const struct json *value, bool hash_too);
const char *eth_read_height(struct eth_block_ref *out, const struct json *value);
/* The number of the block it means, *found false when there is none. Pending is the block after the head. False: error set. */
bool eth_find_block(struct eth_request *r, uint64_t *block_num, bool *found,
                    const struct eth_block_ref *ref);
/* For methods about state: the block must be there. *state_num: for ledger_state_init; edits that wait are seen at latest. */
bool eth_find_state(struct eth_request *r, uint64_t *block_num, uint64_t *state_num,
                    const struct eth_block_ref *ref);
/* What a call at that block sees of it. */
bool eth_block_env(struct eth_request *r, struct exec_block *env, const struct eth_block_ref *ref,
                   uint64_t block_num);

/* ---- errors.c ---- */
/* All give false. */
bool eth_fail(struct eth_request *r, int code, const char *format, ...) MM_PRINTF(3, 4);
/* -32603: logged with a number. Full memory, a stopping node and a limit have their own words. */
bool eth_fail_world(struct eth_request *r, mm_err err);
bool eth_fail_tx(struct eth_request *r, enum tx_verdict verdict, const mm_u256 *have,
                 const mm_u256 *want);
bool eth_fail_submit(struct eth_request *r, const struct submit_outcome *outcome);
bool eth_fail_decode(struct eth_request *r, enum tx_verdict verdict, enum rlp_verdict why);
/* A call that did not end well. */
bool eth_fail_exec(struct eth_request *r, const struct exec_outcome *outcome);

#define ETH_TRY(r, expression)                                                                     \
    do {                                                                                           \
        const mm_err eth_try_err_ = (expression);                                                  \
        if (eth_try_err_ != MM_OK)                                                                 \
            return eth_fail_world(r, eth_try_err_);                                                \
    } while (0)

/* ---- objects.c ---- */
/* Where a transaction or log stands; NULL for one that is pending. */
struct eth_place {
    uint64_t block_num;
    mm_hash32 block_hash;
    uint64_t timestamp;
    size_t index;
};
void eth_add_tx(struct json_writer *w, const struct tx *tx, const struct eth_place *place,
                const mm_u256 *gas_price);
void eth_add_access_list(struct json_writer *w, const struct tx_access *list, size_t count);
void eth_add_receipt(struct eth_request *r, const struct ledger_tx *tx,
                     const struct eth_place *place);
/* Its members, for objects that have others too: all but logs and their bloom, and those. */
void eth_add_receipt_outline(struct json_writer *w, const struct ledger_tx *tx,
                             const struct eth_place *place);
void eth_add_receipt_logs(struct eth_request *r, const struct ledger_tx *tx,
                          const struct eth_place *place);
/* is_removed: the chain was taken back to before its block. */
void eth_add_log(struct json_writer *w, const struct log *log, const struct eth_place *place,
                 const mm_hash32 *tx_hash, size_t log_index, bool is_removed);
/* The members of a header's object; hash NULL: pending. */
void eth_add_header(struct json_writer *w, const struct header *header, const mm_hash32 *hash);
/* logsBloom is null. */
void eth_add_header_without_bloom(struct json_writer *w, const struct header *header,
                                  const mm_hash32 *hash);
void eth_add_addr_member(struct json_writer *w, const char *key, const mm_addr *addr);
void eth_add_hash_member(struct json_writer *w, const char *key, const mm_hash32 *hash);
void eth_add_quantity_member(struct json_writer *w, const char *key, uint64_t value);
void eth_add_u256_member(struct json_writer *w, const char *key, const mm_u256 *value);
void eth_add_data_member(struct json_writer *w, const char *key, mm_bytes data);

/* ---- call_object.c ---- */
struct eth_call_object {
    bool has_from, has_to, has_gas, has_gas_price, has_max_fee, has_tip, has_nonce, has_chain_id,
        has_type, has_data, has_access_list;
    mm_addr from; /* zero when not given */
    mm_addr to;
    uint64_t gas;
    mm_u256 gas_price;
    mm_u256 max_fee;
    mm_u256 tip;
    mm_u256 value;
    uint64_t nonce;
    uint64_t chain_id;
    uint64_t type;
    mm_bytes data;
    const struct tx_access *access_list;
    size_t access_count;
};
/* Parameter `index`. */
bool eth_read_call_object(struct eth_request *r, struct eth_call_object *object, size_t index);

/* ---- eth_call.c ---- */
/* An executor over one block's state, and the message that an object means there. */
struct eth_execution {
    struct ledger_state state;
    struct exec_view exec_view;
    struct exec_block env;
    uint64_t
        gas_max; /* an override of the block's limit lowers it, and never raises it: it bounds the node's work */
    struct exec *exec;
    struct exec_message message;
    mm_u256 balance; /* of the sender; not looked up for a call that neither sends nor pays */
    struct edit *overrides; /* in the arena */
    size_t override_count;
    mm_addr *forgotten; /* accounts whose storage is replaced, in the arena */
    size_t forgotten_count;
};
/* When this gives true, end it with eth_execution_end. */
bool eth_execution_begin(struct eth_request *r, struct eth_execution *x,
                         const struct eth_call_object *object, const struct eth_block_ref *ref,
                         const struct json *overrides);
void eth_execution_end(struct eth_execution *x);
/* Without a limit of its own, the message is given the gas that its sender can pay for. */
void eth_cap_gas(struct eth_execution *x, const struct eth_call_object *object);
/* A verdict of exec_call that is not TX_OK. */
bool eth_fail_call(struct eth_request *r, const struct eth_execution *x,
                   const struct exec_outcome *outcome);
/* The least gas limit with which the object's transaction succeeds. */
bool eth_estimate(struct eth_request *r, uint64_t *gas, const struct eth_call_object *object,
                  const struct eth_block_ref *ref, const struct json *overrides);

/* ---- eth_fees.c ---- */
/* What this node asks for beyond the base fee. */
mm_u256 eth_tip_default(void);
/* Base fee of the next block. */
mm_u256 eth_next_base_fee(struct eth_request *r);

/* ---- eth_state.c ---- */
/* Of an account at that state; none of an absent one. */
bool eth_read_account(struct eth_request *r, struct account *account, uint64_t state_num,
                      const mm_addr *addr);
/* eth_proof.c: the members of an eth_getProof answer, into an object that is open. keys: storage keys as texts. */
bool eth_prove(struct eth_request *r, const mm_addr *addr, const struct json *keys,
               const struct eth_block_ref *block);
/* The nonce after all that is mined or ready in the pool. */
bool eth_next_nonce(struct eth_request *r, uint64_t *nonce, const mm_addr *addr);

/* ---- pooled.c ---- */
struct eth_pooled_tx {
    const struct tx *tx;
    bool is_queued; /* behind a gap */
};
/* By sender and nonce, in the arena. */
struct eth_pooled {
    struct eth_pooled_tx *txs;
    size_t count;
    size_t queued_count;
};
/* The pool on top of the last block: renews the view, and leaves out what is in it. */
bool eth_load_pooled(struct eth_request *r, struct eth_pooled *pool);

/* ---- eth_transactions.c ---- */
/* Hands the transaction over, notes its ticket, writes its hash. */
bool eth_submit(struct eth_request *r, struct tx *tx);
/* A mined transaction and where it stands. *tx is NULL when it is not there. */
bool eth_load_tx(struct eth_request *r, const struct ledger_tx **tx, struct eth_place *place,
                 uint64_t block_num, size_t index);
bool eth_find_tx(struct eth_request *r, const struct ledger_tx **tx, struct eth_place *place,
                 const mm_hash32 *hash);

/* ---- eth_blocks.c ---- */
/* The transactions of the pending block: what the pool has ready on top of the last block, in the arena. Renews the view. */
bool eth_pending_txs(struct eth_request *r, const struct tx **txs, size_t *count);

/* ---- sender_nonce.c ---- */
/* The mined transaction that the sender sent with this nonce. Where dev control has set the nonce back, the one of its last way
 * up, if any. */
bool eth_find_sent(struct eth_request *r, uint64_t *block_num, size_t *index, bool *found,
                   const mm_addr *sender, uint64_t nonce);

/* ---- eth_logs.c ---- */
/* The ends of a filter's range as it was given; by default both are the head. */
struct eth_log_range {
    bool has_hash;
    mm_hash32 hash;
    struct eth_block_ref from; /* a number or latest */
    struct eth_block_ref to;
};
/* The filter's addresses and topics, in the arena, and its range. False with the error set. */
bool eth_read_log_filter(struct eth_request *r, struct mm_arena *arena, struct log_filter *filter,
                         struct eth_log_range *range, const struct json *object);
/* Answers with the logs of the range as it is now. */
bool eth_answer_logs(struct eth_request *r, struct log_filter *filter,
                     const struct eth_log_range *range);
/* Adds the logs of the filter's blocks to an open array. */
bool eth_add_logs(struct eth_request *r, const struct log_filter *filter);

/* ---- filters.c ---- */
struct eth_filters;
MM_MUST_USE mm_err eth_filters_new(struct eth_filters **filters);
void eth_filters_free(struct eth_filters *filters);

/* ---- dev.c ---- */
/* What transactions name as their chain, now. */
static inline uint64_t eth_chain_id(const struct eth_request *r)
{
    return r->backend->chain_id(r->backend->ctx);
}
/* Hands an order of dev control over and notes its ticket. */
bool eth_steer(struct eth_request *r, const struct control *control);
/* One edit, answered with true. */
bool eth_edit(struct eth_request *r, const struct edit *edit);

#endif
