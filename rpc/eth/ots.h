/* What the files of the ots_ methods share. */
#ifndef RPC_ETH_OTS_H
#define RPC_ETH_OTS_H

#include "rpc/eth/eth_internal.h"

/* Transactions a page; Otterscan asks for 25. Whole blocks are given, so an answer may have more. */
enum { OTS_PAGE_MAX = 1000 };

/* Parameter `index` is one to OTS_PAGE_MAX. */
bool ots_check_page_size(struct eth_request *r, size_t index);

#endif
