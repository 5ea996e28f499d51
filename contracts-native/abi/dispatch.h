/* Contracts as tables: which function a call means, its arguments, and what goes back.
 *
 *     static const struct abi_function functions[] = {
 *         { "ownerOf(uint256)", "address", ABI_VIEW, ABI_CALLDATA, owner_of },
 *         …
 *     };
 *
 *     calldata ──► selector ──► value? ──► arguments ──► handler(call) ──► results or revert data
 *
 * Refused without data, as solc's code does: less than 4 bytes, an unknown selector, ether for a function that takes none, then
 * bad arguments, from first to last (but Panic(0x41), see abi.h). Only then does the handler run.
 * A handler takes call->args, puts results into call->results and gives EXEC_OK, or `return abi_revert(call, …)`. It passes on
 * at once what the host gives (HOST_TRY). Results are encoded here, by the row's types.
 * Constructors and genesis hooks have no calldata; they run with an abi_call made by abi_call_over.
 *
 * Selectors are found by a binary search in a sorted table made once by abi_contract_init.
 * Memory: results and revert data live in the host's arena. Threads: init once, before any call; all else is read-only.
 * Limits: ABI_FUNCTIONS_MAX rows, ABI_RESULTS_MAX results. */
#ifndef CONTRACTS_NATIVE_ABI_DISPATCH_H
#define CONTRACTS_NATIVE_ABI_DISPATCH_H

#include "contracts-native/abi/abi.h"
#include "state/exec/host.h"

enum {
    ABI_FUNCTIONS_MAX = 128,
    ABI_RESULTS_MAX = 8,
};

/* Codes of Panic(uint256), as solc numbers them. */
enum abi_panic {
    ABI_PANIC_OVERFLOW = 0x11,       /* checked arithmetic */
    ABI_PANIC_STORAGE_STRING = 0x22, /* a string in storage whose length and form disagree */
    ABI_PANIC_INDEX = 0x32,          /* no element there */
    ABI_PANIC_MEMORY = 0x41,         /* more memory than can be addressed */
};

struct abi_call {
    struct host *host;
    const struct abi_value *args; /* as many as the signature has */
    struct abi_value results[ABI_RESULTS_MAX];
    mm_bytes revert_data; /* with EXEC_REVERT */
};

typedef enum exec_status (*abi_handler)(struct abi_call *call);

/* What a function may do, in Solidity's words. Only whether it takes ether is looked at; a view does not change storage because
 * its handler does not, and an eth_call is undone in any case. */
enum abi_mutability { ABI_VIEW, ABI_NONPAYABLE, ABI_PAYABLE };

/* A row. */
struct abi_function {
    const char *signature;
    const char *results; /* types, separated by commas; "" for none */
    enum abi_mutability mutability;
    enum abi_location location; /* of string, bytes and array arguments */
    abi_handler handler;
};

struct abi_entry {
    uint32_t selector;
    const struct abi_function *function;
    struct abi_signature signature;
    struct abi_signature results;
};

struct abi_contract {
    size_t count;
    uint32_t selectors[ABI_FUNCTIONS_MAX]; /* sorted; entries in the same order */
    struct abi_entry entries[ABI_FUNCTIONS_MAX];
};

/* Reads the rows, which must outlive the contract. A bad signature or a selector twice is a bug (asserted). */
void abi_contract_init(struct abi_contract *contract, const struct abi_function *functions,
                       size_t count);
/* Parses a literal of ours; asserted to be valid. */
void abi_signature_init(struct abi_signature *signature, const char *text);

/* One call. *output is return or revert data. */
MM_MUST_USE enum exec_status abi_dispatch(const struct abi_contract *contract, struct host *host,
                                          mm_bytes input, mm_bytes *output);

struct abi_call abi_call_over(struct host *host);

/* Ends the call with a custom error. EXEC_REVERT; EXEC_FAULT when the arena is full. */
MM_MUST_USE enum exec_status abi_revert(struct abi_call *call, const struct abi_signature *error,
                                        const struct abi_value *args);
/* Ends it with Panic(code). */
MM_MUST_USE enum exec_status abi_panic(struct abi_call *call, enum abi_panic code);
/* Ends it with these bytes, borrowed from the host's arena; none for a revert without data. */
MM_MUST_USE enum exec_status abi_revert_raw(struct abi_call *call, mm_bytes data);

/* A call of another contract: its function, the types of what it gives, "" for nothing. What it refuses is refused with its words,
 * and what it gives that is not of these types without any, as solc's code does. Out: results, as many as there are types. */
struct abi_question {
    const char *signature;
    const char *results;
    const struct abi_value *args;
};
MM_MUST_USE enum exec_status abi_ask(struct abi_call *call, struct abi_value *results,
                                     const mm_addr *to, const struct abi_question *question);

/* A log: topic 0 and the indexed arguments as topics (a string, bytes or array by its hash), the others as data. */
MM_MUST_USE enum exec_status abi_emit(struct abi_call *call, const struct abi_signature *event,
                                      const struct abi_value *args);

#endif
