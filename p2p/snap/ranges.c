/* Answers: a range is held against its root, and then used. */
#include "p2p/snap/snap_internal.h"
#include "state/base/assert.h"
#include "state/chain/account.h"
#include "state/crypto/keccak.h"
#include "state/trie/range.h"

/* An answer as it is looked at; in the arena. */
struct answer {
    enum payload_state_part part;
    struct payload_leaf *leaves;
    struct trie_leaf *trie_leaves; /* the same */
    size_t leaf_count;
    mm_bytes *nodes;
    size_t node_count;
    mm_bytes *codes;
    mm_hash32 *code_hashes;
    bool *is_used; /* the code is that of an account here */
    size_t code_count;
};

static bool read_answer(struct snap *s, struct answer *answer, const struct payload_state *state)
{
    *answer = (struct answer){ .part = state->part };
    answer->leaves = MM_ARENA_ARRAY(&s->arena, struct payload_leaf, state->leaves.count);
    answer->trie_leaves = MM_ARENA_ARRAY(&s->arena, struct trie_leaf, state->leaves.count);
    answer->nodes = MM_ARENA_ARRAY(&s->arena, mm_bytes, state->nodes.count);
    answer->codes = MM_ARENA_ARRAY(&s->arena, mm_bytes, state->codes.count);
    answer->code_hashes = MM_ARENA_ARRAY(&s->arena, mm_hash32, state->codes.count);
    answer->is_used = MM_ARENA_ARRAY(&s->arena, bool, state->codes.count);
    if (answer->leaves == NULL || answer->trie_leaves == NULL || answer->nodes == NULL ||
        answer->codes == NULL || answer->code_hashes == NULL || answer->is_used == NULL)
        return false;
    struct rlp at = payload_items(&state->leaves);
    while (answer->leaf_count < state->leaves.count &&
           payload_next_leaf(&at, &answer->leaves[answer->leaf_count])) {
        const struct payload_leaf *leaf = &answer->leaves[answer->leaf_count];
        answer->trie_leaves[answer->leaf_count++] =
            (struct trie_leaf){ mm_bytes_hash(&leaf->key), leaf->value };
    }
    at = payload_items(&state->nodes);
    while (answer->node_count < state->nodes.count &&
           payload_next_bytes(&at, &answer->nodes[answer->node_count]))
        answer->node_count++;
    at = payload_items(&state->codes);
    while (answer->code_count < state->codes.count &&
           payload_next_bytes(&at, &answer->codes[answer->code_count])) {
        answer->code_hashes[answer->code_count] = keccak256(answer->codes[answer->code_count]);
        answer->code_count++;
    }
    return true;
}

/* ---- checks ---- */

/* False: no memory to tell. */
static bool check_range(struct snap *s, enum snap_verdict *verdict, const struct task *task,
                        const struct answer *answer)
{
    struct trie_bounds bounds = { mm_bytes_hash(&task->from), mm_bytes_hash(&task->to) };
    const struct trie_range_proof proof = { answer->nodes, answer->node_count };
    enum range_verdict range;
    *verdict = SNAP_RANGE;
    if (answer->part == STATE_FIRST) {
        const mm_bytes last = answer->trie_leaves[answer->leaf_count - 1].key;
        if (mm_bytes_compare(last, bounds.from) < 0 || mm_bytes_compare(last, bounds.to) > 0)
            return true;
        bounds.to = last;
    }
    if (trie_range_verify(&s->arena, &range, &task->root, &bounds, answer->trie_leaves,
                          answer->leaf_count, &proof) != MM_OK)
        return false;
    if (range == RANGE_OK)
        *verdict = SNAP_OK;
    return true;
}

static bool use_code(struct answer *answer, const mm_hash32 *code_hash)
{
    for (size_t i = 0; i < answer->code_count; i++) {
        if (mm_hash_equal(&answer->code_hashes[i], code_hash)) {
            answer->is_used[i] = true;
            return true;
        }
    }
    return false;
}

/* Of each account its code, and nothing else. */
static enum snap_verdict check_code(const struct task *task, struct answer *answer)
{
    struct account account;
    if (task->is_storage)
        return answer->code_count == 0 ? SNAP_OK : SNAP_CODE;
    for (size_t i = 0; i < answer->leaf_count; i++) {
        if (account_decode(&account, answer->leaves[i].value) != RLP_OK)
            return SNAP_RANGE; /* the root has it, but no chain makes it */
        if (account_has_code(&account) && !use_code(answer, &account.code_hash))
            return SNAP_CODE;
    }
    for (size_t i = 0; i < answer->code_count; i++) {
        if (!answer->is_used[i])
            return SNAP_CODE;
    }
    return SNAP_OK;
}

/* ---- use ---- */

static bool use_slots(struct snap *s, const struct task *task, const struct answer *answer)
{
    const struct snap_host *host = &s->options.host;
    for (size_t i = 0; i < answer->leaf_count; i++) {
        if (!host->slot(host->ctx, &task->addr_key, &answer->leaves[i].key,
                        answer->leaves[i].value))
            return false;
    }
    s->slots += answer->leaf_count;
    return true;
}

/* Out: *used, how many of the accounts there was room for. */
static bool use_accounts(struct snap *s, const struct answer *answer, size_t *used)
{
    const struct snap_host *host = &s->options.host;
    *used = 0;
    for (size_t i = 0; i < answer->code_count; i++) {
        if (!host->code(host->ctx, answer->codes[i]))
            return false;
    }
    for (; *used < answer->leaf_count; ++*used) {
        const struct payload_leaf *leaf = &answer->leaves[*used];
        struct account account;
        MM_ASSERT(account_decode(&account, leaf->value) == RLP_OK);
        const bool has_storage = !mm_hash_equal(&account.storage_root, &KECCAK_EMPTY_TRIE);
        if (has_storage && snap_room(s) == 0)
            break;
        if (has_storage)
            snap_add_storage(s, &leaf->key, &account.storage_root);
        if (!host->account(host->ctx, &leaf->key, leaf->value))
            return false;
        s->accounts++;
    }
    return true;
}

static void use(struct snap *s, size_t index, const struct answer *answer)
{
    const struct task task = s->tasks[index];
    size_t used = answer->leaf_count;
    s->progress_ms = s->now_ms;
    if (task.is_storage ? !use_slots(s, &task, answer) : !use_accounts(s, answer, &used)) {
        snap_fail(s);
        return;
    }
    if (used == answer->leaf_count && answer->part == STATE_WHOLE)
        snap_task_done(s, index);
    else if (used > 0)
        snap_task_done_to(s, index, &answer->leaves[used - 1].key);
    else
        s->tasks[index].state = TASK_OPEN;
}

/* False: no memory to look at it. It is as if it had not come. */
static bool take(struct snap *s, enum snap_verdict *verdict, size_t index,
                 const struct payload_state *state)
{
    const struct task *task = &s->tasks[index];
    struct answer answer;
    if (!read_answer(s, &answer, state) || !check_range(s, verdict, task, &answer))
        return false;
    if (*verdict == SNAP_OK)
        *verdict = check_code(task, &answer);
    if (*verdict == SNAP_OK)
        use(s, index, &answer);
    return true;
}

void snap_take_state(struct snap *s, size_t slot, mm_bytes payload)
{
    struct payload_state state;
    enum snap_verdict verdict = SNAP_OK;
    if (payload_state_decode(&state, payload) != RLP_OK) {
        snap_misbehaved(s, slot, SNAP_FRAME);
        return;
    }
    struct request *request = snap_answered(s, slot, FRAME_GET_STATE, state.id);
    if (request == NULL)
        return;
    struct peer *peer = &s->peers[slot];
    if (request->is_void) {
        request->is_open = false;
        return;
    }
    s->tasks[request->task].state = TASK_OPEN;
    request->is_open = false;
    if (state.part == STATE_NONE) {
        peer->gone_height = s->p_height;
        return;
    }
    const bool is_looked_at = take(s, &verdict, request->task, &state);
    mm_arena_reset(&s->arena);
    if (!is_looked_at)
        snap_rest(s, slot); /* nothing is known of it, whatever the verdict was to be */
    else if (verdict != SNAP_OK)
        snap_misbehaved(s, slot, verdict);
}
