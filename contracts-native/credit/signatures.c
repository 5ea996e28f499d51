#include "contracts-native/credit/credit_internal.h"

static const char *const error_texts[CREDIT_ERRORS] = {
    [CREDIT_EXCEEDED_CAP] = "ERC20ExceededCap(uint256,uint256)",
    [CREDIT_INSUFFICIENT_ALLOWANCE] = "ERC20InsufficientAllowance(address,uint256,uint256)",
    [CREDIT_INSUFFICIENT_BALANCE] = "ERC20InsufficientBalance(address,uint256,uint256)",
    [CREDIT_INVALID_APPROVER] = "ERC20InvalidApprover(address)",
    [CREDIT_INVALID_RECEIVER] = "ERC20InvalidReceiver(address)",
    [CREDIT_INVALID_SENDER] = "ERC20InvalidSender(address)",
    [CREDIT_INVALID_SPENDER] = "ERC20InvalidSpender(address)",
    [CREDIT_UNAUTHORIZED] = "OwnableUnauthorizedAccount(address)",
};

static const char *const event_texts[CREDIT_EVENTS] = {
    [CREDIT_APPROVAL] = "Approval(address indexed,address indexed,uint256)",
    [CREDIT_TRANSFER] = "Transfer(address indexed,address indexed,uint256)",
};

struct abi_signature credit_errors[CREDIT_ERRORS];
struct abi_signature credit_events[CREDIT_EVENTS];

void credit_signatures_init(void)
{
    for (size_t i = 0; i < CREDIT_ERRORS; i++)
        abi_signature_init(&credit_errors[i], error_texts[i]);
    for (size_t i = 0; i < CREDIT_EVENTS; i++)
        abi_signature_init(&credit_events[i], event_texts[i]);
}
