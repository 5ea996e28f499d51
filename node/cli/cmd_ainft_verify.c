/* ainft verify: a token's whole history, recomputed from its events and held against proofs.
 *
 *     block hash ─► header ─► account ─► length of the history and the hash of each entry        proven
 *     HistoryAppended events, times of their blocks ─► each hash from the one before it          recomputed
 *
 * Events and times are the node's word; since each proven hash is over content, author, time and the hash before it, an event that
 * was changed, left out, added or moved gives another hash than the proven one. So the history is complete, whole and in order, or
 * the command says where it is not. Events are read by pages of blocks (log_pages.h), so that neither the number of blocks nor what
 * else happened in the collection matters. */
#include "contracts-native/ainft/ainft.h"
#include "contracts-native/ainft/layout.h"
#include "contracts-native/natives/natives.h"
#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"
#include "node/cli/follow.h"
#include "node/cli/log_pages.h"
#include "node/cli/proof.h"
#include "node/cli/steps.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum { ENTRIES_MAX = 100000 };

struct verify {
    struct cli_run *run;
    struct remote remote;
    struct follow follow;
    struct proof proof;
    const mm_addr *collection;
    mm_u256 id;
    uint64_t chain_id;
    uint64_t length;
    mm_u256 *hashes; /* proven, as many as length */
    uint64_t events; /* heard so far */
    struct steps steps;
    struct mm_reason reason;
};

/* ---- the chain's part ---- */

static int check_trusted(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "trusted");
    const mm_hash32 *hash = &cli_value(v->run, "trust")->hash;
    step_add_hash(&v->steps, step, "blockHash", hash);
    int status = follow_trust(&v->follow, &v->remote, hash);
    if (status == CLI_OK)
        status = follow_to(&v->follow, v->follow.head);
    if (status == CLI_OK)
        proof_begin(&v->proof, &v->remote, &v->follow.light.head, &v->follow.light.hash);
    return steps_end(&v->steps, step, status, v->follow.reason.text);
}

static int check_header(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "header");
    int status = CLI_OK;
    if (!cli_is_given(v->run, "trust"))
        status = proof_open(&v->proof, &v->remote, NULL);
    step_add_hash(&v->steps, step, "blockHash", &v->proof.block_hash);
    if (status == CLI_OK)
        step_add_number(&v->steps, step, "blockNumber", v->proof.header.number);
    return steps_end(&v->steps, step, status, v->proof.reason.text);
}

static int check_account(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "account");
    uint8_t marker[EXEC_MARKER_BYTES];
    char text[ADDRESS_TEXT + 1];
    exec_marker(marker, AINFT_COLLECTION_MODULE, AINFT_VERSION);
    const mm_hash32 code_hash = keccak256(MM_BYTES_OF(marker));
    address_to_text(text, v->collection);
    step_add_text(&v->steps, step, "collection", text);
    const int status = proof_account(&v->proof, v->collection);
    if (status == CLI_OK && !mm_hash_equal(&code_hash, &v->proof.account.code_hash))
        return steps_end(&v->steps, step, CLI_UNVERIFIED,
                         "its code is not that of a native AINFT collection");
    return steps_end(&v->steps, step, status, v->proof.reason.text);
}

/* ---- the proven hashes ---- */

static int check_length(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "length");
    const mm_u256 slot = layout_at(LAYOUT_HISTORY, &v->id);
    mm_u256 length;
    int status = proof_slots(&v->proof, &length, &slot, 1);
    if (status != CLI_OK)
        return steps_end(&v->steps, step, status, v->proof.reason.text);
    if (!u256_fits_u64(&length) || length.limb[0] > ENTRIES_MAX)
        return steps_end(&v->steps, step, CLI_UNVERIFIED, "more entries than this command reads");
    v->length = length.limb[0];
    step_add_number(&v->steps, step, "entries", v->length);
    const size_t count = (size_t)v->length;
    mm_u256 *slots = MM_ARENA_ARRAY(&v->run->arena, mm_u256, count + 1);
    v->hashes = MM_ARENA_ARRAY(&v->run->arena, mm_u256, count + 1);
    if (slots == NULL || v->hashes == NULL)
        return cli_fail(v->run, CLI_FAILED, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const mm_u256 index = u256_from_u64(i);
        slots[i] = storage_array_slot(&slot, &index);
    }
    if (count > 0)
        status = proof_slots(&v->proof, v->hashes, slots, count);
    return steps_end(&v->steps, step, status, v->proof.reason.text);
}

/* ---- the events ---- */

static bool read_text(mm_bytes *out, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    if (value == NULL || value->kind != JSON_STRING)
        return false;
    *out = value->text;
    return true;
}

static int block_time(struct verify *v, uint64_t *time, const struct json *log)
{
    struct json block;
    struct json none = { .kind = JSON_NULL };
    mm_bytes hash;
    if (!read_text(&hash, log, "blockHash") || hash.len != CALLS_HEX_MAX)
        return cli_fail(v->run, CLI_FAILED, "a log of the node has no block");
    REMOTE_TRY(remote_call(&v->remote, &block, "eth_getBlockByHash", "[\"%.*s\",false]",
                           (int)hash.len, (const char *)hash.ptr));
    const struct json *timestamp =
        block.kind == JSON_OBJECT ? json_find(&block, "timestamp") : NULL;
    return remote_u64(&v->remote, time, timestamp == NULL ? &none : timestamp, "the block's time");
}

/* The hash of the entry that an event tells of, behind the one before it. False: the log is malformed. */
static bool hash_event(struct verify *v, mm_u256 *hash, const struct json *log, uint64_t index,
                       uint64_t time, const mm_u256 *previous)
{
    struct abi_signature data_types;
    struct abi_value values[ABI_ARGS_MAX];
    mm_u256 topics[4];
    mm_bytes text;
    size_t len;
    abi_signature_init(&data_types, "uint256,address,uint8,uint32,bytes32,bytes,bytes32");
    for (size_t i = 1; i < 4; i++) {
        if (!calls_topic(&topics[i], log, i))
            return false;
    }
    if (!read_text(&text, log, "data") || !hex_data_len(&len, text))
        return false;
    uint8_t *data = mm_arena_alloc(&v->run->arena, len);
    if (data == NULL || !hex_decode(data, mm_bytes_from(text.ptr + 2, 2 * len)) ||
        abi_decode(values, mm_bytes_from(data, len), data_types.types, data_types.count,
                   ABI_CALLDATA) != ABI_OK)
        return false;
    const struct abi_value type =
        ainft_id("HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,"
                 "bytes32 kind,address author,address submitter,uint8 form,uint32 weight,"
                 "uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)");
    const mm_u256 words[] = {
        type.word,
        u256_from_u64(v->chain_id),
        u256_from_addr(v->collection),
        v->id,
        u256_from_u64(index),
        topics[2],
        topics[3],
        values[1].word,
        values[2].word,
        values[3].word,
        u256_from_u64(time),
        values[4].word,
        layout_id(values[5].bytes),
        *previous,
    };
    uint8_t bytes[MM_COUNT_OF(words) * ABI_WORD];
    for (size_t i = 0; i < MM_COUNT_OF(words); i++)
        u256_to_be32(bytes + i * ABI_WORD, &words[i]);
    *hash = layout_id(MM_BYTES_OF(bytes));
    return true;
}

/* Out: *fits. */
static int check_event(struct verify *v, bool *fits, const struct json *log, uint64_t index)
{
    const mm_u256 none = { { 0 } };
    const mm_u256 *previous = index == 0 ? &none : &v->hashes[index - 1];
    mm_u256 hash;
    uint64_t time;
    REMOTE_TRY(block_time(v, &time, log));
    *fits =
        hash_event(v, &hash, log, index, time, previous) && u256_equal(&hash, &v->hashes[index]);
    return CLI_OK;
}

/* For log_pages_read. After the first that does not fit they are counted only. */
static int hear_event(void *ctx, const struct json *log)
{
    struct verify *v = ctx;
    const uint64_t index = v->events++;
    const struct mm_arena_mark mark = mm_arena_mark(&v->run->arena);
    bool fits;
    if (index >= v->length || v->reason.text[0] != '\0')
        return CLI_OK;
    REMOTE_TRY(check_event(v, &fits, log, index));
    mm_arena_rewind(&v->run->arena, mark);
    if (!fits)
        (void)mm_fail(&v->reason, MM_ERR_INVALID,
                      "entry %llu: its event does not give the hash that is proven",
                      (unsigned long long)index);
    return CLI_OK;
}

static int read_events(struct verify *v)
{
    struct json chain_id;
    const struct abi_value event =
        ainft_id("HistoryAppended(uint256,bytes32,address,uint256,address,uint8,uint32,bytes32,"
                 "bytes,bytes32)");
    const mm_hash32 topic = u256_to_hash(&event.word);
    const mm_hash32 id = u256_to_hash(&v->id);
    const struct log_pages pages = { .addr = v->collection,
                                     .topics = { &topic, &id },
                                     .topic_count = 2,
                                     .to_block = v->proof.header.number,
                                     .each = hear_event,
                                     .ctx = v };
    REMOTE_TRY(remote_call(&v->remote, &chain_id, "eth_chainId", "[]"));
    REMOTE_TRY(remote_u64(&v->remote, &v->chain_id, &chain_id, "the chain id"));
    return log_pages_read(&v->remote, &pages);
}

static int check_events(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "history");
    const int status = read_events(v);
    if (status != CLI_OK)
        return steps_end(&v->steps, step, status, "");
    step_add_number(&v->steps, step, "events", v->events);
    if (v->events != v->length)
        (void)mm_fail(&v->reason, MM_ERR_INVALID,
                      "the node has %llu events of %llu entries that are proven",
                      (unsigned long long)v->events, (unsigned long long)v->length);
    if (v->reason.text[0] != '\0')
        return steps_end(&v->steps, step, CLI_UNVERIFIED, v->reason.text);
    if (v->length > 0) {
        const mm_hash32 head = u256_to_hash(&v->hashes[v->length - 1]);
        step_add_hash(&v->steps, step, "head", &head);
    }
    return steps_end(&v->steps, step, CLI_OK, "");
}

/* ---- the result ---- */

static int check_all(struct verify *v)
{
    if (cli_is_given(v->run, "trust"))
        REMOTE_TRY(check_trusted(v));
    REMOTE_TRY(check_header(v));
    REMOTE_TRY(check_account(v));
    REMOTE_TRY(check_length(v));
    return check_events(v);
}

static int run_verify(struct cli_run *run)
{
    struct verify *v = MM_ARENA_NEW(&run->arena, struct verify);
    if (v == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    v->run = run;
    v->steps.run = run;
    if (!cli_token_id(run, &v->id, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(ainft_collection_given(run));
    (void)natives_all(); /* computes the roots of the layout */
    v->collection = &cli_value(run, "collection")->addr;
    REMOTE_TRY(remote_open(&v->remote, run));
    const int status = check_all(v);
    remote_close(&v->remote);
    return steps_tell(&v->steps, &v->id, status);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_TRUST, CLI_OPTION_AINFT, CLI_OPTION_TIMEOUT, CLI_OPTION_RPC, CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_AINFT_VERIFY = {
    .name = "ainft verify",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "prove that a token's history is complete and in order",
    .details = "Proves the length of the history and the hash of each entry from a block hash, "
               "reads the events, and recomputes every hash from its event and the hash before "
               "it. An event that was changed, left out, added or moved does not fit.\n"
               "With --trust the hash is one that you know from elsewhere, and the way from there "
               "is followed as `mintmark verify` does. Exit status 3: a step does not hold.",
    .example = "mintmark ainft verify 1 -c 0x…\nmintmark ainft verify 1 -c 0x… --trust 0x5f…c2",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_verify,
};
