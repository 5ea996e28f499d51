/* The eth_getProof answers of the RPC compatibility chain, against the state roots in the headers of chain.rlp (EIP-1186). */
#include <criterion/criterion.h>

#include "state/chain/account.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "tests/vectors/chain/fixture.h"

enum { NODES_MAX = 16, STRANGERS = 4096 };

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 256 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(published_proofs, .init = open_arena, .fini = close_arena);

struct nodes {
    mm_bytes items[NODES_MAX];
    size_t count;
};

static struct nodes nodes_of(const struct json *proof)
{
    struct nodes nodes = { .count = proof->count };
    cr_assert_lt(proof->count, (size_t)NODES_MAX);
    for (size_t i = 0; i < proof->count; i++)
        nodes.items[i] = fixture_data(&arena, &proof->items[i]);
    return nodes;
}

static enum proof_verdict verify(mm_bytes *value, const mm_hash32 *root, const mm_hash32 *key,
                                 const struct nodes *nodes)
{
    return trie_verify(&arena, value, root, mm_bytes_hash(key), nodes->items, nodes->count);
}

/* The result of each published exchange, one after the other; NULL behind the last. */
static const struct json *answer_at(const struct json *file, size_t index)
{
    for (size_t i = 0; i < file->count; i++) {
        const mm_bytes name = fixture_get(&file->items[i], "name")->text;
        static const char method[] = "eth_getProof/";
        if (name.len < sizeof method - 1 || memcmp(name.ptr, method, sizeof method - 1) != 0)
            continue;
        const struct json *exchanges = fixture_get(&file->items[i], "exchanges");
        for (size_t j = 0; j < exchanges->count; j++) {
            if (index-- == 0)
                return fixture_get(fixture_get(&exchanges->items[j], "response"), "result");
        }
    }
    return NULL;
}

static mm_hash32 hash_of(const struct json *text)
{
    mm_hash32 hash;
    cr_assert(hex_read_hash(&hash, text->text));
    return hash;
}

/* The block whose state the answers are of: the head. */
static mm_hash32 state_root(void)
{
    return fixture_chain(&arena)->blocks[FIXTURE_CHAIN_BLOCKS - 1].header.state_root;
}

/* fixture_data wants whole bytes; a quantity may have an odd number of digits. */
static mm_u256 quantity(const struct json *text)
{
    mm_u256 value;
    cr_assert(hex_read_u256(&value, text->text));
    return value;
}

static void check_account(const struct json *answer, const mm_hash32 *root)
{
    const mm_hash32 key = keccak256(fixture_data(&arena, fixture_get(answer, "address")));
    const struct nodes nodes = nodes_of(fixture_get(answer, "accountProof"));
    mm_bytes value;
    cr_assert_eq(verify(&value, root, &key, &nodes), PROOF_PRESENT);
    struct account account;
    cr_assert_eq(account_decode(&account, value), RLP_OK);
    const mm_u256 balance = quantity(fixture_get(answer, "balance"));
    const mm_u256 nonce = quantity(fixture_get(answer, "nonce"));
    const mm_hash32 code_hash = hash_of(fixture_get(answer, "codeHash"));
    const mm_hash32 storage_hash = hash_of(fixture_get(answer, "storageHash"));
    cr_assert(u256_equal(&account.balance, &balance));
    cr_assert_eq(account.nonce, nonce.limb[0]);
    cr_assert(mm_hash_equal(&account.code_hash, &code_hash));
    cr_assert(mm_hash_equal(&account.storage_root, &storage_hash));
}

static size_t check_slots(const struct json *answer)
{
    const mm_hash32 root = hash_of(fixture_get(answer, "storageHash"));
    const struct json *slots = fixture_get(answer, "storageProof");
    for (size_t i = 0; i < slots->count; i++) {
        const mm_u256 number = quantity(fixture_get(&slots->items[i], "key"));
        const mm_hash32 word = u256_to_hash(&number);
        const mm_hash32 key = keccak256(mm_bytes_hash(&word));
        const struct nodes nodes = nodes_of(fixture_get(&slots->items[i], "proof"));
        mm_bytes value;
        cr_assert_eq(verify(&value, &root, &key, &nodes), PROOF_PRESENT);
        struct rlp item = rlp_over(value);
        const mm_u256 stored = rlp_read_u256(&item);
        const mm_u256 expected = quantity(fixture_get(&slots->items[i], "value"));
        cr_assert_eq(rlp_finish(&item), RLP_OK);
        cr_assert(u256_equal(&stored, &expected));
    }
    return slots->count;
}

Test(published_proofs, each_answer_verifies_against_its_header)
{
    const struct json *file = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    const mm_hash32 root = state_root();
    size_t answers = 0;
    size_t slots = 0;
    for (const struct json *answer; (answer = answer_at(file, answers)) != NULL; answers++) {
        check_account(answer, &root);
        slots += check_slots(answer);
    }
    cr_assert_eq(answers, 4);
    cr_assert_eq(slots, 1);
}

/* Strangers' keys against the published nodes: some fall out at an empty place or at the leaf of another, and are proven absent by as
 * many nodes as it takes; for the rest the nodes are not enough. None is found. */
static void check_strangers(const mm_hash32 *root, const struct nodes *published)
{
    size_t absent[NODES_MAX] = { 0 };
    for (uint64_t i = 0; i < STRANGERS; i++) {
        const mm_u256 number = u256_from_u64(i + 1000000);
        const mm_hash32 word = u256_to_hash(&number);
        const mm_hash32 key = keccak256(mm_bytes_hash(&word));
        struct nodes nodes = *published;
        mm_bytes value;
        size_t proven = 0;
        for (nodes.count = 0; nodes.count <= published->count; nodes.count++) {
            const enum proof_verdict verdict = verify(&value, root, &key, &nodes);
            cr_assert_eq(value.len, 0);
            if (proven > 0) {
                cr_assert_eq(verdict, PROOF_EXTRA);
            } else if (verdict == PROOF_ABSENT) {
                proven = nodes.count;
                absent[proven]++;
            } else {
                cr_assert(verdict == PROOF_SHORT || verdict == PROOF_HASH);
            }
        }
    }
    cr_assert_gt(absent[published->count - 1], 0, "an empty place of a branch");
    cr_assert_gt(absent[published->count] + absent[published->count - 1], 10);
    cr_assert_eq(absent[0], 0);
}

Test(published_proofs, the_nodes_prove_strangers_absent_and_nobody_present)
{
    const struct json *file = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    const struct json *answer = answer_at(file, 3);
    const mm_hash32 root = state_root();
    const struct nodes account = nodes_of(fixture_get(answer, "accountProof"));
    check_strangers(&root, &account);
    const mm_hash32 storage_root = hash_of(fixture_get(answer, "storageHash"));
    const struct json *slot = &fixture_get(answer, "storageProof")->items[0];
    const struct nodes storage = nodes_of(fixture_get(slot, "proof"));
    check_strangers(&storage_root, &storage);
}

Test(published_proofs, every_bent_byte_and_every_other_root_is_refused)
{
    const struct json *file = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    const struct json *answer = answer_at(file, 0);
    const mm_hash32 root = state_root();
    const mm_hash32 key = keccak256(fixture_data(&arena, fixture_get(answer, "address")));
    struct nodes nodes = nodes_of(fixture_get(answer, "accountProof"));
    mm_bytes value;
    for (size_t i = 0; i < nodes.count; i++) {
        const mm_bytes node = nodes.items[i];
        uint8_t *bent = mm_arena_alloc(&arena, node.len);
        memcpy(bent, node.ptr, node.len);
        nodes.items[i].ptr = bent;
        for (size_t j = 0; j < node.len * 8; j++) {
            bent[j / 8] ^= (uint8_t)(1u << j % 8);
            cr_assert_eq(verify(&value, &root, &key, &nodes), PROOF_HASH);
            cr_assert_eq(value.len, 0);
            bent[j / 8] ^= (uint8_t)(1u << j % 8);
        }
        nodes.items[i] = node;
    }
    const struct fixture_chain *chain = fixture_chain(&arena);
    for (size_t i = 0; i < FIXTURE_CHAIN_BLOCKS; i++) {
        const mm_hash32 other = chain->blocks[i].header.state_root;
        const bool is_same = mm_hash_equal(&other, &root);
        cr_assert_eq(verify(&value, &other, &key, &nodes), is_same ? PROOF_PRESENT : PROOF_HASH);
    }
    nodes.count--;
    cr_assert_eq(verify(&value, &root, &key, &nodes), PROOF_SHORT);
    nodes.count += 2;
    nodes.items[nodes.count - 1] = nodes.items[nodes.count - 2];
    cr_assert_eq(verify(&value, &root, &key, &nodes), PROOF_EXTRA);
}
