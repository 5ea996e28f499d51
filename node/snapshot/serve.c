#include "node/snapshot/serve.h"

#include "state/base/heap.h"
#include "state/crypto/keccak.h"

struct held {
    struct ledger_view *view; /* NULL: the place is free */
    uint64_t height;
    uint64_t since_ms;
    uint64_t asked_ms;
};

struct serve {
    struct ledger *ledger;
    struct held held[SERVE_VIEWS_MAX];
    struct mm_arena walk; /* of the walk; given back during it */
    struct mm_arena arena;
    struct mm_buf leaves, nodes, codes;
};

/* ---- life ---- */

struct serve *serve_new(struct ledger *ledger)
{
    struct serve *serve = mm_heap_zeroed(1, sizeof *serve);
    if (serve == NULL)
        return NULL;
    serve->ledger = ledger;
    mm_arena_init(&serve->walk, SERVE_ARENA_BYTES_MAX);
    mm_arena_init(&serve->arena, SERVE_ARENA_BYTES_MAX);
    mm_buf_init(&serve->leaves, 4 << 20);
    mm_buf_init(&serve->nodes, 1 << 20);
    mm_buf_init(&serve->codes, 4 << 20);
    return serve;
}

void serve_free(struct serve *serve)
{
    if (serve == NULL)
        return;
    for (size_t i = 0; i < SERVE_VIEWS_MAX; i++)
        ledger_release(serve->held[i].view);
    mm_arena_fini(&serve->walk);
    mm_arena_fini(&serve->arena);
    mm_buf_fini(&serve->leaves);
    mm_buf_fini(&serve->nodes);
    mm_buf_fini(&serve->codes);
    mm_heap_free(serve);
}

/* ---- views ---- */

static void let_go(struct held *held)
{
    ledger_release(held->view);
    *held = (struct held){ .view = NULL };
}

void serve_tick(struct serve *serve, uint64_t now_ms)
{
    for (size_t i = 0; i < SERVE_VIEWS_MAX; i++) {
        struct held *held = &serve->held[i];
        if (held->view != NULL &&
            (now_ms >= held->asked_ms + SERVE_IDLE_MS || now_ms >= held->since_ms + SERVE_HOLD_MS))
            let_go(held);
    }
}

size_t serve_view_count(const struct serve *serve)
{
    size_t count = 0;
    for (size_t i = 0; i < SERVE_VIEWS_MAX; i++)
        count += serve->held[i].view != NULL;
    return count;
}

/* A view that can prove the state after this block, with a use of it for the caller. NULL: there is none. */
static struct ledger_view *find_view(struct serve *serve, uint64_t height, uint64_t now_ms)
{
    struct held *place = NULL;
    for (size_t i = 0; i < SERVE_VIEWS_MAX; i++) {
        struct held *held = &serve->held[i];
        if (held->view != NULL && held->height == height) {
            held->asked_ms = now_ms;
            return ledger_share(held->view);
        }
        if (held->view == NULL)
            place = held;
    }
    struct ledger_view *view = ledger_acquire(serve->ledger);
    if (height > ledger_head(view) || height < ledger_proofs_from(view)) {
        ledger_release(view);
        return NULL;
    }
    if (place != NULL) /* else it is served for as long as the window lasts */
        *place = (struct held){ ledger_share(view), height, now_ms, now_ms };
    return view;
}

/* ---- one answer ---- */

struct range {
    struct serve *serve;
    struct ledger_state state;
    struct exec_view exec_view;
    const struct payload_get_state *get;
    size_t bytes_max;
    size_t leaf_count;
    mm_hash32 last;
    mm_hash32 codes[PAYLOAD_CODES_MAX]; /* hashes of those that are in the answer */
    size_t code_count;
    bool is_cut;
    mm_err err;
};

/* The code of an account, unless it is there already. */
static mm_err add_code(struct range *range, const struct account *account)
{
    mm_bytes code;
    for (size_t i = 0; i < range->code_count; i++) {
        if (mm_hash_equal(&range->codes[i], &account->code_hash))
            return MM_OK;
    }
    MM_TRY(range->exec_view.code(range->exec_view.ctx, &range->serve->arena, &code,
                                 &account->code_hash));
    payload_add_bytes(&range->serve->codes, code);
    range->codes[range->code_count++] = account->code_hash;
    return MM_OK;
}

static bool add_leaf(void *ctx, mm_bytes key, mm_bytes value)
{
    struct range *range = ctx;
    struct serve *serve = range->serve;
    struct payload_leaf leaf = { .value = value };
    struct account account;
    memcpy(leaf.key.b, key.ptr, sizeof leaf.key.b);
    if (!range->get->is_account) {
        range->err = account_decode(&account, value) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
        if (range->err == MM_OK && account_has_code(&account))
            range->err = add_code(range, &account);
    }
    payload_add_leaf(&serve->leaves, &leaf);
    range->last = leaf.key;
    range->leaf_count++;
    range->is_cut =
        range->err != MM_OK || serve->leaves.len + serve->codes.len >= range->bytes_max ||
        range->leaf_count == PAYLOAD_LEAVES_MAX || range->code_count == PAYLOAD_CODES_MAX;
    return !range->is_cut;
}

static mm_err find_root(struct range *range, mm_hash32 *root)
{
    struct header header;
    mm_hash32 hash;
    struct account account;
    MM_TRY(ledger_header(range->state.view, &header, &hash, range->get->height));
    *root = header.state_root;
    if (!range->get->is_account)
        return MM_OK;
    MM_TRY(range->exec_view.account(range->exec_view.ctx, &account, &range->get->account_hash));
    *root = account.storage_root;
    return MM_OK;
}

static mm_err gather(struct range *range, struct mm_buf *payload)
{
    struct serve *serve = range->serve;
    const struct payload_get_state *get = range->get;
    const struct trie_leaf_sink sink = { range, add_leaf };
    const mm_hash32 *addr_key = get->is_account ? &get->account_hash : NULL;
    struct trie_bounds bounds = { mm_bytes_hash(&get->from_key), mm_bytes_hash(&get->to_key) };
    struct trie_range_proof proof;
    mm_hash32 root;
    MM_TRY(find_root(range, &root));
    MM_TRY(ledger_range_walk(&range->state, &serve->walk, addr_key, &root, &bounds, &sink));
    MM_TRY(range->err);
    if (range->is_cut)
        bounds.to = mm_bytes_hash(&range->last);
    MM_TRY(ledger_range_prove(&range->state, &serve->walk, &proof, addr_key, &root, &bounds));
    for (size_t i = 0; i < proof.count; i++)
        payload_add_bytes(&serve->nodes, proof.nodes[i]);
    payload_state_encode(
        payload, &(struct payload_state){ get->id,
                                          range->is_cut ? STATE_FIRST : STATE_WHOLE,
                                          { mm_buf_bytes(&serve->leaves), range->leaf_count },
                                          { mm_buf_bytes(&serve->nodes), proof.count },
                                          { mm_buf_bytes(&serve->codes), range->code_count } });
    MM_TRY(mm_buf_err(&serve->leaves));
    MM_TRY(mm_buf_err(&serve->nodes));
    MM_TRY(mm_buf_err(&serve->codes));
    return mm_buf_err(payload);
}

bool serve_state(struct serve *serve, const struct payload_get_state *get, struct mm_buf *payload,
                 uint64_t now_ms)
{
    struct ledger_view *view = find_view(serve, get->height, now_ms);
    if (view == NULL)
        return false;
    struct range range = { .serve = serve, .get = get };
    range.bytes_max =
        get->limit_bytes < SERVE_BYTES_MAX ? (size_t)get->limit_bytes : (size_t)SERVE_BYTES_MAX;
    mm_arena_reset(&serve->walk);
    mm_arena_reset(&serve->arena);
    mm_buf_reset(&serve->leaves);
    mm_buf_reset(&serve->nodes);
    mm_buf_reset(&serve->codes);
    ledger_state_init(&range.state, view, get->height);
    range.exec_view = ledger_exec_view(&range.state);
    const mm_err err = gather(&range, payload);
    ledger_state_fini(&range.state);
    ledger_release(view);
    return err == MM_OK;
}
