/* A foe of content:
 *
 *     e2e-content-foe damage FOLDER CID                  other bytes under a block's name, in the store of a node that does not run
 *     e2e-content-foe lie PORT CHAIN GENESIS CID         a peer that says it has a root, and sends something else when it is asked
 *
 * The liar ends with 0 once it was asked, has lied, was sent away and knocked for a while longer; its node id is printed first.
 * The genesis hash is 64 hex digits. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "p2p/content/store_internal.h"
#include "p2p/link/link.h"
#include "state/codec/hex.h"

enum { WAIT_MS = 30000, AWAY_MS = 2000 };

_Noreturn static void fail(const char *what)
{
    (void)fprintf(stderr, "e2e-content-foe: %s\n", what);
    exit(1);
}

static struct cid parse(const char *text)
{
    struct cid cid;
    if (cid_parse(&cid, mm_bytes_str(text)) != CID_OK)
        fail("no CID");
    return cid;
}

/* ---- damage ---- */

static void damage(const char *folder, const char *text)
{
    const struct cid cid = parse(text);
    const struct store_key key = store_key_of(&cid);
    struct content *content;
    struct mm_reason reason = { "" };
    uint64_t bytes;
    if (content_open(&content, &(struct content_options){ .path = folder }, &reason) != MM_OK)
        fail(reason.text);
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL || content_find(content, &bytes, &cid) != MM_OK)
        fail("there is no such block");
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), MM_BYTES_LIT("a bit fell over"));
    if (kv_write(content->kv, batch, KV_SYNCED) != MM_OK)
        fail("it cannot be written");
    kv_batch_free(batch);
    content_close(content);
}

/* ---- lie ---- */

struct liar {
    _Atomic(struct links *) links;
    struct cid root;
    atomic_uint ups, lies, downs;
};

static void add_hash(struct mm_buf *items, const struct cid *cid)
{
    uint8_t bytes[MULTIHASH_BYTES_MAX];
    payload_add_multihash(items, mm_bytes_from(bytes, multihash_encode(bytes, &cid->hash)));
}

static void say_have(struct liar *liar, uint64_t peer)
{
    uint8_t items_memory[256], memory[512];
    struct mm_buf items = mm_buf_over(items_memory, sizeof items_memory);
    struct mm_buf out = mm_buf_over(memory, sizeof memory);
    add_hash(&items, &liar->root);
    payload_have_encode(&out, &(struct payload_have){ { mm_buf_bytes(&items), 1 } });
    (void)links_send(atomic_load(&liar->links), peer, FRAME_HAVE, mm_buf_bytes(&out));
}

static void tell_lie(struct liar *liar, uint64_t peer, mm_bytes payload)
{
    struct payload_want want;
    mm_bytes hash;
    uint8_t memory[512];
    struct mm_buf out = mm_buf_over(memory, sizeof memory);
    if (payload_want_decode(&want, payload) != RLP_OK)
        return;
    struct rlp at = payload_items(&want.blocks);
    if (!payload_next_multihash(&at, &hash))
        return;
    payload_block_encode(&out, &(struct payload_block){ want.id, hash, MM_BYTES_LIT("a lie") });
    atomic_fetch_add(&liar->lies, 1);
    (void)links_send(atomic_load(&liar->links), peer, FRAME_BLOCK, mm_buf_bytes(&out));
}

static void hear(void *ctx, const struct links_event *event)
{
    struct liar *liar = ctx;
    while (atomic_load(&liar->links) == NULL)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    switch (event->kind) {
    case LINKS_UP:
        atomic_fetch_add(&liar->ups, 1);
        say_have(liar, event->peer);
        return;
    case LINKS_FRAME:
        if (event->frame->kind == FRAME_WANT)
            tell_lie(liar, event->peer, event->frame->payload);
        return;
    case LINKS_DOWN:
        atomic_fetch_add(&liar->downs, 1);
        return;
    case LINKS_REFUSED:
        return;
    }
}

static void wait_for(atomic_uint *what, const char *name)
{
    for (unsigned ms = 0; atomic_load(what) == 0; ms++) {
        if (ms == WAIT_MS)
            fail(name);
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
}

static void lie(char **words)
{
    static struct liar liar;
    struct wire_domain domain = { .chain_id = strtoull(words[1], NULL, 10) };
    struct node_key *key;
    uint8_t seed[NODE_KEY_SEED_BYTES] = { 7 };
    char url[64];
    char id_text[2 * sizeof(node_id) + 1] = "";
    struct links *links;
    struct mm_reason reason = { "" };
    liar.root = parse(words[3]);
    if (!hex_decode(domain.genesis_hash.b, mm_bytes_str(words[2])) ||
        node_key_new(&key, seed) != MM_OK)
        fail("no genesis hash");
    const node_id id = node_key_id(key);
    hex_encode(id_text, mm_bytes_from(id.b, sizeof id.b));
    (void)printf("%s\n", id_text);
    const struct links_options options = {
        .key = key, .domain = domain, .client = "mintmark/foe", .ctx = &liar, .event = hear
    };
    (void)snprintf(url, sizeof url, "tcp://127.0.0.1:%s", words[0]);
    if (links_open(&links, &options, &reason) != MM_OK)
        fail(reason.text);
    atomic_store(&liar.links, links);
    if (links_dial(links, url, NULL, &reason) != MM_OK)
        fail(reason.text);
    wait_for(&liar.ups, "no link came up");
    wait_for(&liar.lies, "it was never asked");
    wait_for(&liar.downs, "it was not sent away");
    (void)nanosleep(&(struct timespec){ .tv_sec = AWAY_MS / 1000 },
                    NULL); /* it dials again and again */
    links_close(links);
    node_key_free(key);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "damage") == 0)
        damage(argv[2], argv[3]);
    else if (argc == 6 && strcmp(argv[1], "lie") == 0)
        lie(argv + 2);
    else
        fail("damage FOLDER CID | lie PORT CHAIN GENESIS CID");
    return 0;
}
