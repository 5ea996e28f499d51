/* list: tokens of a collection, or of one owner. */
#include <stdlib.h>

#include "contracts-native/abi/dispatch.h"
#include "node/cli/calls.h"
#include "node/cli/commands.h"
#include "node/cli/log_pages.h"
#include "node/cli/metadata.h"
#include "state/base/heap.h"
#include "state/crypto/address.h"

enum { STEP = 100, LIMIT_MAX = 100000 };

struct token {
    mm_u256 id;
    mm_addr owner;
    mm_bytes uri;
    mm_bytes name;
};

struct listing {
    struct cli_run *run;
    struct remote remote;
    struct fetch fetch;
    bool wants_names;
    const mm_addr *collection;
    const mm_addr *owner; /* NULL: anyone's */
    size_t limit;
    struct token *tokens; /* in the arena */
    size_t count;
};

/* ---- which tokens there are ---- */

/* Owners of up to STEP ids; those that exist and have the wanted owner are added. */
static int add_existing(struct listing *listing, const mm_u256 *ids, size_t count)
{
    struct jsonrpc_request requests[STEP];
    struct jsonrpc_reply replies[STEP];
    if (count == 0)
        return CLI_OK;
    for (size_t i = 0; i < count; i++)
        REMOTE_TRY(calls_request(listing->run, &requests[i], listing->collection,
                                 "ownerOf(uint256)", ABI_VALUES(abi_word(&ids[i]))));
    REMOTE_TRY(remote_batch(&listing->remote, replies, requests, count));
    for (size_t i = 0; i < count && listing->count < listing->limit; i++) {
        struct abi_value value;
        if (replies[i].is_error && replies[i].code != 3) /* a revert: burned */
            return remote_refused(&listing->remote, "eth_call", &replies[i]);
        if (!calls_read(listing->run, &value, "address", &replies[i]))
            continue;
        const mm_addr owner = u256_to_addr(&value.word);
        if (listing->owner == NULL || mm_addr_equal(&owner, listing->owner))
            listing->tokens[listing->count++] = (struct token){ .id = ids[i], .owner = owner };
    }
    return CLI_OK;
}

static int find_all(struct listing *listing, uint64_t after)
{
    struct abi_value next;
    mm_u256 ids[STEP];
    REMOTE_TRY(
        calls_view(&listing->remote, &next, "uint256", listing->collection, "nextTokenId()", NULL));
    const uint64_t end = u256_fits_u64(&next.word) ? next.word.limb[0] : UINT64_MAX;
    const uint64_t newest = end == 0 ? 0 : end - 1;
    for (uint64_t last = after; last < newest && listing->count < listing->limit;) {
        size_t count = 0;
        while (count < STEP && last < newest)
            ids[count++] = u256_from_u64(++last);
        REMOTE_TRY(add_existing(listing, ids, count));
    }
    return CLI_OK;
}

static int by_id(const void *a, const void *b)
{
    return u256_compare(a, b);
}

/* Numbers of tokens. */
struct ids {
    mm_u256 *items; /* owned */
    size_t count;
    size_t capacity;
    mm_u256 after; /* the first ones are not wanted, up to this one */
    struct cli_run *run;
};

static void make_unique(struct ids *ids)
{
    size_t unique = 0;
    if (ids->count > 1)
        qsort(ids->items, ids->count, sizeof *ids->items, by_id);
    for (size_t i = 0; i < ids->count; i++)
        if (i == 0 || !u256_equal(&ids->items[i], &ids->items[unique - 1]))
            ids->items[unique++] = ids->items[i];
    ids->count = unique;
}

/* For log_pages_read. */
static int hear_received(void *ctx, const struct json *log)
{
    enum { CAPACITY_FIRST = 64 };
    struct ids *ids = ctx;
    mm_u256 id;
    if (!calls_topic(&id, log, 3) || u256_compare(&id, &ids->after) <= 0)
        return CLI_OK;
    if (ids->count == ids->capacity) {
        mm_u256 *grown = mm_heap_grow(ids->items, &ids->capacity, CAPACITY_FIRST, sizeof *grown);
        if (grown == NULL)
            return cli_fail(ids->run, CLI_FAILED, "out of memory");
        ids->items = grown;
    }
    ids->items[ids->count++] = id;
    return CLI_OK;
}

static int find_received(struct listing *listing, struct ids *ids)
{
    struct abi_signature transfer;
    const mm_u256 padded = u256_from_addr(listing->owner);
    const mm_hash32 owner = u256_to_hash(&padded);
    abi_signature_init(&transfer, "Transfer(address indexed,address indexed,uint256 indexed)");
    return log_pages_read(&listing->remote,
                          &(struct log_pages){ .addr = listing->collection,
                                               .topics = { &transfer.hash, NULL, &owner },
                                               .topic_count = 3,
                                               .to_block = LOG_PAGES_HEAD,
                                               .each = hear_received,
                                               .ctx = ids });
}

/* What the owner ever received, and still has. */
static int find_owned(struct listing *listing, uint64_t after)
{
    struct ids ids = { .after = u256_from_u64(after), .run = listing->run };
    int status = find_received(listing, &ids);
    make_unique(&ids);
    for (size_t at = 0; status == CLI_OK && at < ids.count && listing->count < listing->limit;
         at += STEP)
        status =
            add_existing(listing, ids.items + at, ids.count - at < STEP ? ids.count - at : STEP);
    mm_heap_free(ids.items);
    return status;
}

/* ---- their names ---- */

static int read_uris(struct listing *listing, struct token *tokens, size_t count)
{
    struct jsonrpc_request requests[STEP];
    struct jsonrpc_reply replies[STEP];
    for (size_t i = 0; i < count; i++)
        REMOTE_TRY(calls_request(listing->run, &requests[i], listing->collection,
                                 "tokenURI(uint256)", ABI_VALUES(abi_word(&tokens[i].id))));
    REMOTE_TRY(remote_batch(&listing->remote, replies, requests, count));
    for (size_t i = 0; i < count; i++) {
        struct abi_value value;
        if (calls_read(listing->run, &value, "string", &replies[i]))
            tokens[i].uri = value.bytes;
    }
    return CLI_OK;
}

static int read_names(struct listing *listing)
{
    for (size_t at = 0; at < listing->count; at += STEP) {
        const size_t count = listing->count - at < STEP ? listing->count - at : STEP;
        REMOTE_TRY(read_uris(listing, listing->tokens + at, count));
        for (size_t i = at; i < at + count && listing->wants_names; i++) {
            struct metadata metadata;
            const char *why;
            if (metadata_read(&listing->fetch, &metadata, listing->tokens[i].uri, &why))
                listing->tokens[i].name = metadata.name;
        }
    }
    return CLI_OK;
}

/* ---- printing ---- */

static void print_text(const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct token *token = &listing->tokens[i];
        char id[U256_DECIMAL_MAX + 1];
        char owner[ADDRESS_TEXT + 1];
        u256_to_decimal(id, &token->id);
        address_to_text(owner, &token->owner);
        printf("%6s  %s  ", id, owner);
        cli_print(stdout, token->name.len > 0 ? token->name : MM_BYTES_LIT("-"));
        putchar('\n');
    }
}

static int print_json(const struct listing *listing)
{
    struct mm_buf json;
    mm_buf_init(&json, CLI_ARENA_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_open_array(&w);
    for (size_t i = 0; i < listing->count; i++) {
        const struct token *token = &listing->tokens[i];
        json_open_object(&w);
        cli_json_token(&w, &token->id);
        cli_json_addr(&w, "owner", &token->owner);
        json_key(&w, "tokenURI");
        json_add_string(&w, token->uri);
        json_key(&w, "name");
        if (token->name.ptr != NULL)
            json_add_string(&w, token->name);
        else
            json_add_null(&w);
        json_close_object(&w);
    }
    json_close_array(&w);
    return cli_print_json(listing->run, &json);
}

static int list_with(struct listing *listing)
{
    const uint64_t after = cli_number(listing->run, "after");
    listing->tokens = MM_ARENA_ARRAY(&listing->run->arena, struct token, listing->limit);
    if (listing->tokens == NULL)
        return cli_fail(listing->run, CLI_FAILED, "out of memory");
    REMOTE_TRY(listing->owner == NULL ? find_all(listing, after) : find_owned(listing, after));
    REMOTE_TRY(fetch_open(&listing->fetch, &listing->remote));
    int status = read_names(listing);
    fetch_close(&listing->fetch);
    if (status == CLI_OK && cli_flag(listing->run, "json"))
        status = print_json(listing);
    else if (status == CLI_OK)
        print_text(listing);
    if (status == CLI_OK && listing->count == listing->limit) {
        char id[U256_DECIMAL_MAX + 1];
        u256_to_decimal(id, &listing->tokens[listing->count - 1].id);
        cli_note(listing->run, "--limit reached; go on with --after %s", id);
    }
    return status;
}

static int run_list(struct cli_run *run)
{
    struct listing listing = {
        .run = run,
        .wants_names = !cli_flag(run, "no-names"),
        .collection = &cli_value(run, "collection")->addr,
        .owner = cli_is_given(run, "owner") ? &cli_value(run, "owner")->addr : NULL,
        .limit = (size_t)cli_number(run, "limit"),
    };
    if (cli_number(run, "limit") < 1 || cli_number(run, "limit") > LIMIT_MAX)
        return cli_misuse(run, "--limit: 1 to %d", LIMIT_MAX);
    REMOTE_TRY(remote_open(&listing.remote, run));
    const int status = list_with(&listing);
    remote_close(&listing.remote);
    return status;
}

static const struct cli_option OPTIONS[] = {
    { "owner", 'o', CLI_ADDRESS, "ADDRESS", "tokens of this owner alone", NULL },
    { "limit", 'n', CLI_NUMBER, "N", "at most so many", "1000" },
    { "after", 0, CLI_NUMBER, "ID", "begin behind this token", "0" },
    { "no-names", 0, CLI_FLAG, NULL, "do not read the metadata", NULL },
    CLI_OPTIONS_READER,
};

const struct cli_command CLI_CMD_LIST = {
    .name = "list",
    .arguments = "",
    .summary = "list tokens, their owners and names",
    .details = "Lists the tokens of a collection by id, with their owners and the names in their "
               "metadata.",
    .example = "mintmark list --owner 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\nmintmark list "
               "--json --no-names",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_list,
};
