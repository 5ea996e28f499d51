/* Where a peer is dialed. That one is banned and sent away, e2e-liars and e2e-replication show. */
#include <criterion/criterion.h>

#include "node/peer/peer.h"

static void is(const char *expected, const char *host, uint16_t port)
{
    char url[LINKS_URL_BYTES_MAX];
    peer_url(url, mm_bytes_str(host), port);
    cr_assert_str_eq(url, expected);
}

Test(peer, is_dialed_by_its_host_and_port)
{
    is("tcp://127.0.0.1:30303", "127.0.0.1", 30303);
    is("tcp://node.example:1", "node.example", 1);
    is("tcp://[::1]:65535", "::1", 65535);
    is("tcp://[fe80::1]:30303", "fe80::1", 30303);
}
