/* What the files of the credit share. */
#ifndef CONTRACTS_NATIVE_CREDIT_CREDIT_INTERNAL_H
#define CONTRACTS_NATIVE_CREDIT_CREDIT_INTERNAL_H

#include "contracts-native/credit/credit.h"

extern const mm_u256 CREDIT_BALANCES;
extern const mm_u256 CREDIT_ALLOWANCES;
extern const mm_u256 CREDIT_TOTAL_SUPPLY;
extern const mm_u256 CREDIT_NAME;
extern const mm_u256 CREDIT_SYMBOL;
extern const mm_u256 CREDIT_COLLECTION;
extern const mm_u256 CREDIT_SUPPLY_MAX;

enum credit_event {
    CREDIT_APPROVAL,
    CREDIT_TRANSFER,
    CREDIT_EVENTS, /* how many */
};

extern struct abi_signature credit_events[CREDIT_EVENTS];

void credit_signatures_init(void);

MM_MUST_USE enum exec_status credit_refuse_addr(struct abi_call *call, enum credit_error error,
                                                const mm_addr *addr);
/* OpenZeppelin's _transfer, which neither side of may be nobody. */
MM_MUST_USE enum exec_status credit_move_amount(struct abi_call *call, const mm_addr *from,
                                                const mm_addr *to, const mm_u256 *amount);

enum exec_status credit_balance(struct abi_call *call);
enum exec_status credit_total_supply(struct abi_call *call);
enum exec_status credit_transfer(struct abi_call *call);
enum exec_status credit_mint(struct abi_call *call);
enum exec_status credit_burn(struct abi_call *call);
enum exec_status credit_move(struct abi_call *call);

enum exec_status credit_allowance(struct abi_call *call);
enum exec_status credit_approve(struct abi_call *call);
enum exec_status credit_transfer_from(struct abi_call *call);

#endif
