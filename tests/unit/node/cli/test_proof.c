/* Proofs of a real chain's state, and what a node that lies could send instead. */
#include "node/cli/proof.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "rpc/http/http.h"
#include "state/crypto/keccak.h"
#include "tests/lib/dev_chain.h"

enum { OWNERS_SLOT = 2 };

static struct dev_chain dev;
static struct mm_arena arena;
static struct header header;
static mm_hash32 said_hash;  /* what the node calls the block */
static struct mm_buf answer; /* eth_getProof's, as JSON */

static void add_nodes(struct json_writer *w, const struct trie_proof *proof)
{
    json_open_array(w);
    for (size_t i = 0; i < proof->count; i++)
        json_add_data(w, proof->nodes[i]);
    json_close_array(w);
}

/* The collection's account and the owner slots of these tokens. */
static void prove(const uint64_t *ids, size_t count)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct ledger_state state;
    struct trie_proof proof;
    struct account account;
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&DEV_COLLECTION));
    struct json_writer w = json_writer_over(&answer);
    header = *ledger_head_header(view);
    ledger_state_init(&state, view, ledger_head(view));
    cr_assert_eq(ledger_prove_account(&state, &arena, &proof, &header.state_root, &addr_key),
                 MM_OK);
    cr_assert_eq(account_decode(&account, proof.value), RLP_OK);
    json_open_object(&w);
    json_key(&w, "accountProof");
    add_nodes(&w, &proof);
    json_key(&w, "storageProof");
    json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        const mm_u256 id = u256_from_u64(ids[i]);
        const mm_u256 slot = proof_mapping_slot(&id, OWNERS_SLOT);
        const mm_hash32 word = u256_to_hash(&slot);
        const mm_hash32 key = keccak256(mm_bytes_hash(&word));
        cr_assert_eq(
            ledger_prove_slot(&state, &arena, &proof, &addr_key, &account.storage_root, &key),
            MM_OK);
        json_open_object(&w);
        json_key(&w, "proof");
        add_nodes(&w, &proof);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    ledger_state_fini(&state);
    ledger_release(view);
}

static void set_up(void)
{
    dev_chain_init(&dev, DEV_MEMORY, UINT64_MAX);
    mm_arena_init(&arena, 256 << 20);
    mm_buf_init(&answer, 1 << 20);
    for (size_t i = 0; i < 40; i++)
        dev_chain_mint(&dev, 0, i % DEV_PEOPLE);
    (void)dev_chain_block(&dev);
}

static void tear_down(void)
{
    mm_buf_fini(&answer);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}

TestSuite(proof, .init = set_up, .fini = tear_down, .timeout = 60);

static struct json parsed(mm_bytes text)
{
    struct json value;
    const struct json_options options = { .unique_keys = true };
    cr_assert_eq(json_parse(&arena, &value, text, &options, NULL), JSON_OK);
    return value;
}

static bool owner_of(mm_u256 *owner, const struct json *value, uint64_t token, size_t index)
{
    struct account account;
    struct mm_reason reason;
    const mm_u256 id = u256_from_u64(token);
    const mm_u256 slot = proof_mapping_slot(&id, OWNERS_SLOT);
    return proof_check_account(&arena, &account, &header.state_root, &DEV_COLLECTION, value,
                               &reason) &&
           proof_check_slot(&arena, owner, &account.storage_root, &slot, value, index, &reason);
}

Test(proof, leads_from_the_state_root_to_owners)
{
    const uint64_t ids[] = { 1, 12, 40, 41 };
    prove(ids, 4);
    const struct json value = parsed(mm_buf_bytes(&answer));
    for (size_t i = 0; i < 4; i++) {
        mm_u256 word;
        cr_assert(owner_of(&word, &value, ids[i], i));
        const mm_addr owner = u256_to_addr(&word);
        if (ids[i] <= 40)
            cr_assert(mm_addr_equal(&owner, &dev.addrs[(ids[i] - 1) % DEV_PEOPLE]));
        else
            cr_assert(u256_is_zero(&word)); /* proven not to be there */
    }
}

Test(proof, of_one_token_is_none_of_another)
{
    const uint64_t ids[] = { 1, 2 };
    prove(ids, 2);
    const struct json value = parsed(mm_buf_bytes(&answer));
    mm_u256 word;
    cr_assert(!owner_of(&word, &value, 2, 0));
    cr_assert(!owner_of(&word, &value, 1, 1));
    cr_assert(!owner_of(&word, &value, 1, 2)); /* there is no third */
}

Test(proof, holds_for_one_state_root_alone)
{
    const uint64_t id = 1;
    mm_u256 word;
    prove(&id, 1);
    const struct json value = parsed(mm_buf_bytes(&answer));
    for (size_t i = 0; i < sizeof header.state_root.b; i++) {
        header.state_root.b[i] ^= 1;
        cr_assert(!owner_of(&word, &value, 1, 0));
        header.state_root.b[i] ^= 1;
    }
    cr_assert(owner_of(&word, &value, 1, 0));
}

/* Every digit of every node, in turn. */
Test(proof, any_changed_digit_breaks_it)
{
    const uint64_t id = 1;
    mm_u256 word;
    prove(&id, 1);
    char *text = (char *)answer.ptr;
    size_t tried = 0;
    for (size_t i = 2; i < answer.len; i++) {
        const char was = text[i];
        const bool is_digit = (was >= '0' && was <= '9') || (was >= 'a' && was <= 'f');
        if (!is_digit ||
            memmem(text + i, 100, "roof", 4) == text + i + 1) /* not the keys' own letters */
            continue;
        const char *quote = memrchr(text, '"', i);
        if (quote == NULL || quote[1] != '0' || quote[2] != 'x' || quote + 2 >= text + i)
            continue;
        const struct mm_arena_mark mark = mm_arena_mark(&arena);
        text[i] = was == '0' ? '1' : '0';
        const struct json value = parsed(mm_buf_bytes(&answer));
        cr_assert(!owner_of(&word, &value, 1, 0), "digit %zu", i);
        text[i] = was;
        mm_arena_rewind(&arena, mark);
        tried++;
    }
    cr_assert_gt(tried, 1000);
}

Test(proof, answers_that_hold_no_proof_are_refused)
{
    static const char *const texts[] = { "{}",
                                         "[]",
                                         "null",
                                         "{\"accountProof\":[]}",
                                         "{\"accountProof\":[1]}",
                                         "{\"accountProof\":[\"0x\"]}",
                                         "{\"accountProof\":[\"zz\"]}",
                                         "{\"accountProof\":{}}" };
    const uint64_t id = 1;
    prove(&id, 1);
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        mm_u256 word;
        const struct json value = parsed(mm_bytes_str(texts[i]));
        cr_assert(!owner_of(&word, &value, 1, 0), "%s", texts[i]);
    }
}

/* ---- headers ---- */

static void fixed(struct json_writer *w, const char *key, const void *bytes, size_t len)
{
    json_key(w, key);
    json_add_data(w, mm_bytes_from(bytes, len));
}

static void number(struct json_writer *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_add_quantity(w, value);
}

static void write_block(struct mm_buf *buf, const char *without)
{
    struct json_writer w = json_writer_over(buf);
    char key[64];
    json_open_object(&w);
    fixed(&w, "hash", &said_hash, 32);
    fixed(&w, "parentHash", &header.parent_hash, 32);
    fixed(&w, "sha3Uncles", &header.ommers_hash, 32);
    fixed(&w, "miner", &header.coinbase, 20);
    fixed(&w, "stateRoot", &header.state_root, 32);
    fixed(&w, "transactionsRoot", &header.tx_root, 32);
    fixed(&w, "receiptsRoot", &header.receipts_root, 32);
    fixed(&w, "logsBloom", &header.bloom, 256);
    number(&w, "difficulty", 0);
    number(&w, "number", header.number);
    number(&w, "gasLimit", header.gas_limit);
    number(&w, "gasUsed", header.gas_used);
    number(&w, "timestamp", header.timestamp);
    fixed(&w, "extraData", header.extra, header.extra_len);
    fixed(&w, "mixHash", &header.prev_randao, 32);
    fixed(&w, "nonce", header.nonce, 8);
    json_key(&w, "baseFeePerGas");
    json_add_quantity_u256(&w, &header.base_fee);
    fixed(&w, "withdrawalsRoot", &header.withdrawals_root, 32);
    number(&w, "blobGasUsed", 0);
    number(&w, "excessBlobGas", 0);
    fixed(&w, "parentBeaconBlockRoot", &header.parent_beacon_root, 32);
    json_close_object(&w);
    if (without != NULL) { /* under another name, it is not there */
        const int len = snprintf(key, sizeof key, "\"%s\"", without);
        char *at = memmem(buf->ptr, buf->len, key, (size_t)len);
        cr_assert_not_null(at, "%s", without);
        at[1] = '_';
    }
}

Test(proof, a_header_is_read_from_a_block_s_fields)
{
    static const char *const keys[] = {
        "parentHash",    "sha3Uncles",      "miner",       "stateRoot",     "transactionsRoot",
        "receiptsRoot",  "logsBloom",       "difficulty",  "number",        "gasLimit",
        "gasUsed",       "timestamp",       "extraData",   "mixHash",       "nonce",
        "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot"
    };
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const mm_hash32 hash = *ledger_head_hash(view);
    struct header read;
    header = *ledger_head_header(view);
    ledger_release(view);
    write_block(&answer, NULL);
    struct json block = parsed(mm_buf_bytes(&answer));
    cr_assert(proof_read_header(&read, &block));
    const mm_hash32 computed = header_hash(&read);
    cr_assert(mm_hash_equal(&computed, &hash));
    for (size_t i = 0; i < MM_COUNT_OF(keys); i++) {
        mm_buf_reset(&answer);
        write_block(&answer, keys[i]);
        block = parsed(mm_buf_bytes(&answer));
        cr_assert(!proof_read_header(&read, &block), "without %s", keys[i]);
    }
}

/* A node that answers every call with what is in `answer`. */
static void answer_it(void *context, struct http_request *request)
{
    struct http_response response;
    (void)context;
    http_response_init(&response, 200, "application/json", 1 << 20);
    mm_buf_add_text(&response.body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":");
    mm_buf_add(&response.body, mm_buf_bytes(&answer));
    mm_buf_add_text(&response.body, "}");
    http_answer(request, &response);
}

static const struct cli_option OPTIONS[] = { CLI_OPTION_RPC, CLI_OPTION_TIMEOUT };

/* What proof_open makes of the block in `answer`. */
static int opened(const uint64_t *block_num, struct mm_reason *why)
{
    static const struct cli_command command = {
        .name = "try", .arguments = "", .options = OPTIONS, .option_count = MM_COUNT_OF(OPTIONS)
    };
    static const struct http_route routes[] = {
        { .path = "/", .methods = HTTP_POST, .respond = answer_it }
    };
    const struct http_options options = { .routes = routes, .routes_count = 1 };
    struct http_server *server;
    struct cli_run run = { .command = &command };
    struct remote remote;
    struct proof proof;
    char words[3][64] = { "try", "--rpc", "" };
    char *pointers[] = { words[0], words[1], words[2], NULL };
    bool help;
    cr_assert_eq(http_server_start(&server, &options, why), MM_OK, "%s", why->text);
    (void)snprintf(words[2], sizeof words[2], "http://127.0.0.1:%u", http_server_port(server));
    mm_arena_init(&run.arena, 1 << 20);
    cr_assert(cli_parse(&run, &help, 3, pointers, why));
    cr_assert_eq(remote_open(&remote, &run), CLI_OK);
    const int status = proof_open(&proof, &remote, block_num);
    *why = proof.reason;
    remote_close(&remote);
    mm_arena_fini(&run.arena);
    http_server_stop(server);
    return status;
}

Test(proof, a_header_that_does_not_hash_to_the_block_hash_is_not_believed)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct mm_reason why;
    const uint64_t other = 7;
    said_hash = *ledger_head_hash(view);
    header = *ledger_head_header(view);
    ledger_release(view);
    write_block(&answer, NULL);
    cr_assert_eq(opened(NULL, &why), CLI_OK, "%s", why.text);
    cr_assert_eq(opened(&header.number, &why), CLI_OK, "%s", why.text);
    cr_assert_eq(opened(&other, &why), CLI_UNVERIFIED);
    cr_assert_not_null(strstr(why.text, "another block"), "%s", why.text);
    header.state_root.b[31] ^= 1;
    mm_buf_reset(&answer);
    write_block(&answer, NULL);
    cr_assert_eq(opened(NULL, &why), CLI_UNVERIFIED);
    cr_assert_not_null(strstr(why.text, "do not hash"), "%s", why.text);
    mm_buf_reset(&answer);
    mm_buf_add_text(&answer, "null");
    cr_assert_eq(opened(NULL, &why), CLI_UNVERIFIED);
    cr_assert_not_null(strstr(why.text, "does not know"), "%s", why.text);
}

/* Where Solidity puts _owners[1]: keccak256(pad32(1) . pad32(2)). */
Test(proof, mapping_slots_are_solidity_s)
{
    static const uint8_t owners_1[32] = { 0xe9, 0x0b, 0x7b, 0xce, 0xb6, 0xe7, 0xdf, 0x54,
                                          0x18, 0xfb, 0x78, 0xd8, 0xee, 0x54, 0x6e, 0x97,
                                          0xc8, 0x3a, 0x08, 0xbb, 0xcc, 0xc0, 0x1a, 0x06,
                                          0x44, 0xd5, 0x99, 0xcc, 0xd2, 0xa7, 0xc2, 0xe0 };
    const mm_u256 one = u256_from_u64(1);
    const mm_u256 slot = proof_mapping_slot(&one, OWNERS_SLOT);
    const mm_u256 expected = u256_from_be32(owners_1);
    cr_assert(u256_equal(&slot, &expected));
}
