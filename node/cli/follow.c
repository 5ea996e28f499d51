#include "node/cli/follow.h"

#include <stdarg.h>

#include "p2p/clock/clock.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"

enum { METHOD_UNKNOWN = -32601 }; /* JSON-RPC: another kind of node */

_Static_assert(2 * FOLLOW_HEADERS_MAX <= JSONRPC_BATCH_MAX,
               "headers and their certificates in one");

MM_PRINTF(2, 3)
static int lies(struct follow *follow, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(follow->reason.text, sizeof follow->reason.text, format, args);
    va_end(args);
    return CLI_UNVERIFIED;
}

/* What is wrong with a block, in the words of the rule that it broke. */
static int refused(struct follow *follow, uint64_t block_num, enum light_verdict verdict)
{
    const bool is_rule = verdict == LIGHT_RULES;
    return lies(follow, "block %llu: %s%s%s", (unsigned long long)block_num,
                light_verdict_text(verdict), is_rule ? ": " : "",
                is_rule ? header_verdict_text(follow->light.rule) : "");
}

static int no_memory(const struct follow *follow)
{
    return cli_fail(follow->remote->run, CLI_FAILED, "out of memory");
}

/* ---- questions ---- */

static bool ask_of_block(struct mm_arena *arena, struct jsonrpc_request *request,
                         const char *method, uint64_t block_num)
{
    char text[32];
    snprintf(text, sizeof text, "[\"0x%llx\"]", (unsigned long long)block_num);
    *request = (struct jsonrpc_request){ .method = method };
    return mm_arena_copy(arena, &request->params, mm_bytes_str(text)) == MM_OK;
}

/* With an error of the node the result is null, which is an answer to none of these questions. */
static int ask_of_head(struct follow *follow, struct jsonrpc_reply *reply, const char *method)
{
    struct jsonrpc_request request;
    if (!ask_of_block(&follow->remote->run->arena, &request, method, follow->light.head.number))
        return no_memory(follow);
    return remote_ask(follow->remote, reply, method, request.params);
}

/* Bytes of a "0x…" in JSON; false when it is none. */
static bool read_data(struct mm_arena *arena, mm_bytes *out, const struct json *value)
{
    size_t len;
    *out = (mm_bytes){ NULL, 0 };
    if (value == NULL || value->kind != JSON_STRING || !hex_data_len(&len, value->text))
        return false;
    uint8_t *bytes = mm_arena_alloc(arena, len + 1);
    if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(value->text.ptr + 2, 2 * len)))
        return false;
    *out = mm_bytes_from(bytes, len);
    return true;
}

/* ---- the set ---- */

static bool read_set(struct validator_set *set, const struct json *list)
{
    *set = (struct validator_set){ .count = 0 };
    if (list->kind != JSON_ARRAY || list->count > MM_VALIDATORS_MAX)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct json *item = &list->items[i];
        if (item->kind != JSON_STRING ||
            !hex_read_fixed(set->addrs[i].b, sizeof set->addrs[i].b, item->text))
            return false;
    }
    set->count = list->count;
    return true;
}

/* The set that seals the head: the one at hand, or asked for. Whether it is the right one light_certify says. */
static int find_set(struct follow *follow)
{
    struct jsonrpc_reply reply;
    const mm_hash32 known = validators_commitment(&follow->set);
    if (follow->set.count > 0 && mm_hash_equal(&known, &follow->light.sealed_by))
        return CLI_OK;
    REMOTE_TRY(ask_of_head(follow, &reply, "qbft_getValidators"));
    return read_set(&follow->set, &reply.result)
               ? CLI_OK
               : lies(follow, "block %llu: the node names no validators",
                      (unsigned long long)follow->light.head.number);
}

/* ---- certificates ---- */

/* answer: of qbft_getCertificate. */
static int certify(struct follow *follow, const struct json *answer)
{
    mm_bytes certificate;
    const uint64_t block_num = follow->light.head.number;
    REMOTE_TRY(find_set(follow));
    if (!read_data(&follow->remote->run->arena, &certificate, json_find(answer, "raw")))
        return lies(follow, "block %llu: the node has no certificate of it",
                    (unsigned long long)block_num);
    const enum light_verdict verdict = light_certify(&follow->light, &follow->set, certificate);
    return verdict == LIGHT_OK ? CLI_OK : refused(follow, block_num, verdict);
}

static int certify_change(struct follow *follow)
{
    struct jsonrpc_reply reply;
    REMOTE_TRY(ask_of_head(follow, &reply, "qbft_getCertificate"));
    return certify(follow, &reply.result);
}

/* ---- headers ---- */

/* header: of debug_getRawHeader; certificate NULL: only if it must be. */
static int step(struct follow *follow, const struct jsonrpc_reply *header,
                const struct jsonrpc_reply *certificate)
{
    mm_bytes raw;
    const uint64_t block_num = follow->light.head.number + 1;
    if (header->is_error)
        return lies(follow, "block %llu: the node has no header of it: %.*s",
                    (unsigned long long)block_num, (int)header->message.len,
                    (const char *)header->message.ptr);
    if (!read_data(&follow->remote->run->arena, &raw, &header->result))
        return refused(follow, block_num, LIGHT_ENCODING);
    const enum light_verdict verdict = light_follow(&follow->light, raw);
    if (verdict != LIGHT_OK)
        return refused(follow, block_num, verdict);
    if (certificate != NULL)
        return certify(follow, &certificate->result);
    return light_must_certify(&follow->light) ? certify_change(follow) : CLI_OK;
}

/* The next headers, and certificates of them all or of the last. */
static int batch(struct follow *follow, size_t count)
{
    struct mm_arena *arena = &follow->remote->run->arena;
    const uint64_t first = follow->light.head.number + 1;
    const size_t unsealed =
        follow->every_seal ? 0 : count - 1; /* of them no certificate is asked for */
    const size_t calls = count + (count - unsealed);
    struct jsonrpc_request *requests = MM_ARENA_ARRAY(arena, struct jsonrpc_request, calls);
    struct jsonrpc_reply *replies = MM_ARENA_ARRAY(arena, struct jsonrpc_reply, calls);
    if (requests == NULL || replies == NULL)
        return no_memory(follow);
    for (size_t i = 0; i < count; i++)
        if (!ask_of_block(arena, &requests[i], "debug_getRawHeader", first + i))
            return no_memory(follow);
    for (size_t i = unsealed; i < count; i++)
        if (!ask_of_block(arena, &requests[count + i - unsealed], "qbft_getCertificate", first + i))
            return no_memory(follow);
    REMOTE_TRY(remote_batch(follow->remote, replies, requests, calls));
    for (size_t i = 0; i < count; i++)
        REMOTE_TRY(step(follow, &replies[i], i < unsealed ? NULL : &replies[count + i - unsealed]));
    return CLI_OK;
}

int follow_to(struct follow *follow, uint64_t block_num)
{
    struct mm_arena *arena = &follow->remote->run->arena;
    const uint64_t started_ms = clock_ms();
    int status = CLI_OK;
    MM_ASSERT(block_num >= follow->light.head.number);
    while (status == CLI_OK && follow->light.head.number < block_num) {
        const struct mm_arena_mark mark = mm_arena_mark(arena);
        const uint64_t left = block_num - follow->light.head.number;
        status = batch(follow, left < FOLLOW_HEADERS_MAX ? (size_t)left : FOLLOW_HEADERS_MAX);
        mm_arena_rewind(arena, mark);
    }
    follow->took_ms += clock_ms() - started_ms;
    return status;
}

/* ---- the beginning ---- */

static int read_info(struct follow *follow, struct seal_domain *domain,
                     const struct jsonrpc_reply *info)
{
    struct remote *remote = follow->remote;
    if (info->is_error)
        return remote_refused(remote, "mintmark_nodeInfo", info);
    REMOTE_TRY(remote_u64(remote, &domain->chain_id, json_find(&info->result, "genesisChainId"),
                          "chain id of a genesis"));
    REMOTE_TRY(remote_hash(remote, &domain->genesis_hash, json_find(&info->result, "genesisHash"),
                           "genesis hash"));
    return remote_u64(remote, &follow->head, json_find(&info->result, "blockNumber"), "number");
}

int follow_trust(struct follow *follow, struct remote *remote, const mm_hash32 *hash)
{
    struct mm_arena *arena = &remote->run->arena;
    struct seal_domain domain;
    struct jsonrpc_reply replies[2];
    mm_bytes raw;
    char digits[64 + 1] = "";
    char params[128];
    *follow = (struct follow){ .remote = remote };
    hex_encode(digits, mm_bytes_hash(hash));
    snprintf(params, sizeof params, "[{\"blockHash\":\"0x%.64s\"}]", digits);
    const struct jsonrpc_request requests[] = {
        { .method = "debug_getRawHeader", .params = mm_bytes_str(params) },
        JSONRPC_CALL("mintmark_nodeInfo", "[]"),
    };
    const uint64_t started_ms = clock_ms();
    REMOTE_TRY(remote_batch(remote, replies, requests, 2));
    follow->took_ms = clock_ms() - started_ms;
    REMOTE_TRY(read_info(follow, &domain, &replies[1]));
    if (replies[0].is_error && replies[0].code == METHOD_UNKNOWN)
        return remote_refused(remote, "debug_getRawHeader", &replies[0]);
    if (replies[0].is_error) {
        hex_encode(digits, mm_bytes_hash(&domain.genesis_hash));
        return lies(follow,
                    "the node does not know the trusted block: its chain is another (it begins "
                    "with 0x%.64s), or ends at block %llu, before that",
                    digits, (unsigned long long)follow->head);
    }
    const enum light_verdict verdict = read_data(arena, &raw, &replies[0].result)
                                           ? light_trust(&follow->light, hash, raw, &domain)
                                           : LIGHT_ENCODING;
    if (verdict != LIGHT_OK)
        return lies(follow, "the trusted block: %s%s%s", light_verdict_text(verdict),
                    verdict == LIGHT_RULES ? ": " : "",
                    verdict == LIGHT_RULES ? header_verdict_text(follow->light.rule) : "");
    return CLI_OK;
}
