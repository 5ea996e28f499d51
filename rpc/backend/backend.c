#include "rpc/backend/backend.h"

const struct backend_account *backend_find_account(const struct rpc_backend *backend,
                                                   const mm_addr *addr)
{
    for (size_t i = 0; i < backend->account_count; i++) {
        if (mm_addr_equal(&backend->accounts[i].addr, addr))
            return &backend->accounts[i];
    }
    return NULL;
}
