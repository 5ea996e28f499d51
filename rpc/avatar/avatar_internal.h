/* What the files of avatar share. Private to rpc/avatar. */
#ifndef RPC_AVATAR_AVATAR_INTERNAL_H
#define RPC_AVATAR_AVATAR_INTERNAL_H

#include "rpc/avatar/avatar.h"

/* GET: answers. */
void avatar_show(const struct avatar *avatar, struct http_request *request, const mm_addr *addr);

#endif
