/* How long a new node takes to have a chain that others have: all of its blocks, executed, or a snapshot of its state.
 * The chain has a mint a block, agreed on by four validators; it is made first, or gone on with when the folder has it.
 * Usage: bench-sync MINTMARK FOLDER [BLOCKS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/bench/crew.h"
#include "tests/bench/lib/gauge.h"

static void read_nonces(struct crew *crew)
{
    char params[80];
    for (size_t i = 0; i < KEYRING_ACCOUNTS; i++) {
        char addr[2 * sizeof(mm_addr) + 1] = "";
        hex_encode(addr, mm_bytes_addr(&crew->keyring.accounts[i].addr));
        (void)snprintf(params, sizeof params, "[\"0x%s\",\"latest\"]", addr);
        MM_ASSERT(hex_read_u64(&crew->nonces[i],
                               crew_ask(crew, 0, "eth_getTransactionCount", params)->text));
    }
}

static void make_blocks(struct crew *crew, uint64_t blocks)
{
    const double start = gauge_now_ms();
    const uint64_t first = crew_head(crew, 0);
    for (uint64_t head = first; head < blocks;) {
        mm_arena_reset(&crew->arena);
        (void)crew_ask(crew, head % 4, "eth_sendRawTransaction", crew_sign_mint(crew, 0, head));
        const uint64_t before = head;
        while ((head = crew_head(crew, 0)) == before)
            gauge_pause_ms(0.3);
    }
    if (first < blocks)
        printf("%llu blocks made in %.0f s\n", (unsigned long long)(blocks - first),
               (gauge_now_ms() - start) / 1e3);
}

/* From its start to the head that was there then. */
static void measure(struct crew *crew, size_t node, const char *how, const char *const *more)
{
    const uint64_t head = crew_head(crew, 0);
    const double start = gauge_now_ms();
    crew->testnet->nodes[node].more = more;
    crew_start(crew, node);
    while (crew_head(crew, node) < head)
        gauge_pause_ms(2);
    const double took = gauge_now_ms() - start;
    char root[2][80];
    for (size_t i = 0; i < 2; i++) {
        const struct json *block =
            crew_ask(crew, i == 0 ? 0 : node, "eth_getBlockByNumber", "[\"latest\",false]");
        const struct json *text = json_find(block, "stateRoot");
        (void)snprintf(root[i], sizeof root[i], "%.*s", (int)text->text.len,
                       (const char *)text->text.ptr);
    }
    MM_ASSERT(strcmp(root[0], root[1]) == 0);
    printf("by %-10s %7.2f s   %8.0f blocks/s   root %.18s…\n", how, took / 1e3,
           (double)head / took * 1e3, root[0]);
}

int main(int argc, char **argv)
{
    static const char *const BLOCKS[] = { NULL };
    static const char *const SNAPSHOT[] = { "--sync", "snapshot", NULL };
    static struct crew crew;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-sync MINTMARK FOLDER [BLOCKS]\n");
        return 2;
    }
    const struct testnet_options options = {
        .folder = argv[2],
        .validators = 4,
        .observers = 2,
        .base_port = 24000,
    };
    crew_open(&crew, argv[1], &options);
    read_nonces(&crew);
    make_blocks(&crew, argc > 3 ? strtoull(argv[3], NULL, 10) : 20000);
    measure(&crew, 4, "blocks", BLOCKS);
    measure(&crew, 5, "snapshot", SNAPSHOT);
    crew_close(&crew);
    return 0;
}
