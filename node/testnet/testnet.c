#include "node/testnet/testnet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/testnet/netns.h"
#include "node/testnet/testnet_internal.h"
#include "state/base/heap.h"

enum {
    ARENA_MAX = 4 << 20,
    CONNECT_MS = 500,
    ANSWER_MS = 1000, /* a paused node does not hold up the look at the others for longer */
};

static mm_err find_program(struct testnet *testnet, struct mm_reason *reason)
{
    const ssize_t len = readlink("/proc/self/exe", testnet->program, sizeof testnet->program - 1);
    if (len < 0)
        return mm_fail(reason, MM_ERR_IO, "cannot find this program's file: %s", strerror(errno));
    testnet->program[len] = '\0';
    return MM_OK;
}

static mm_err make_clients(struct testnet *testnet, struct mm_reason *reason)
{
    const struct client_options options = { .connect_timeout_ms = CONNECT_MS,
                                            .idle_timeout_ms = ANSWER_MS };
    for (size_t i = 0; i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[i];
        char text[64];
        struct url url;
        (void)snprintf(text, sizeof text, "http://%s:%u", node->host, (unsigned)node->rpc_port);
        if (url_parse(&url, mm_bytes_str(text)) == URL_OK)
            node->client = client_new(&url, &options);
        if (node->client == NULL)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    }
    return MM_OK;
}

static mm_err open_all(struct testnet *testnet, const struct testnet_options *options,
                       struct mm_reason *reason)
{
    MM_TRY(find_program(testnet, reason));
    if (snprintf(testnet->folder, sizeof testnet->folder, "%s", options->folder) >= FILE_PATH_BYTES)
        return mm_fail(reason, MM_ERR_INVALID, "the path is too long: %s", options->folder);
    MM_TRY(testnet_open_folder(testnet, options, reason));
    if (options->has_netns)
        MM_TRY(netns_open(testnet, reason));
    const size_t last = testnet->base_port + 4u * TESTNET_PORTS;
    if (last > UINT16_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "--base-port %u: there are no ports above 65535",
                       (unsigned)testnet->base_port);
    return make_clients(testnet, reason);
}

mm_err testnet_open(struct testnet **out, const struct testnet_options *options,
                    struct mm_reason *reason)
{
    struct testnet *testnet = *out = mm_heap_zeroed(1, sizeof *testnet);
    if (testnet == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    mm_arena_init(&testnet->arena, ARENA_MAX);
    const mm_err err = open_all(testnet, options, reason);
    if (err != MM_OK) {
        testnet_close(testnet);
        *out = NULL;
    }
    return err;
}

void testnet_close(struct testnet *testnet)
{
    if (testnet == NULL)
        return;
    testnet_stop(testnet);
    if (testnet->has_netns)
        netns_close(testnet);
    for (size_t i = 0; i < testnet->count; i++)
        client_free(testnet->nodes[i].client);
    mm_arena_fini(&testnet->arena);
    mm_heap_free(testnet);
}
