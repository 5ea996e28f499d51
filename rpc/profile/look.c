#include "rpc/profile/look.h"

#include <stdio.h>

#include "p2p/content/needs.h"
#include "p2p/content/reader.h"
#include "rpc/ask/ask.h"
#include "state/base/assert.h"
#include "state/codec/json.h"
#include "state/crypto/address.h"

// clang-format off
static const struct {
    const char *word;
    const char *text;
} VERDICTS[] = {
    [LOOK_OK]                = { "ok",          "the token is this address's" },
    [LOOK_OTHER_CHAIN]       = { "chain",       "the token is of another chain than this node's" },
    [LOOK_NO_TOKEN]          = { "burned",      "there is no such token" },
    [LOOK_OTHER_OWNER]       = { "moved",       "the token is another address's" },
    [LOOK_NO_URI]            = { "uri",         "the token has no ipfs:// URI" },
    [LOOK_NO_METADATA]       = { "content",     "the token's metadata is not in this node's store" },
    [LOOK_BAD_METADATA]      = { "metadata",    "the token's metadata is no JSON of 256 KiB at most" },
    [LOOK_NO_IMAGE]          = { "image",       "the token's metadata names no ipfs:// image" },
    [LOOK_NO_PICTURE]        = { "content",     "the token's picture is not in this node's store" },
    [LOOK_NOT_A_PICTURE]     = { "type",        "the token's picture is none of PNG, JPEG, GIF, WebP and AVIF" },
    [LOOK_PICTURE_TOO_LARGE] = { "size",        "the token's picture is larger than 16 MiB" },
};
// clang-format on

const char *look_verdict_text(enum look_verdict verdict)
{
    MM_ASSERT(verdict < MM_COUNT_OF(VERDICTS));
    return VERDICTS[verdict].text;
}

const char *look_verdict_word(enum look_verdict verdict)
{
    MM_ASSERT(verdict < MM_COUNT_OF(VERDICTS));
    return VERDICTS[verdict].word;
}

void look_asset_text(char out[LOOK_ASSET_TEXT_MAX + 1], const struct content_claim *claim)
{
    char collection[ADDRESS_TEXT + 1];
    char token[U256_DECIMAL_MAX + 1];
    const mm_u256 number = u256_from_hash(&claim->token.token_id);
    address_to_text(collection, &claim->token.contract);
    (void)u256_to_decimal(token, &number);
    (void)snprintf(out, LOOK_ASSET_TEXT_MAX + 1, "eip155:%llu/erc721:%s/%s",
                   (unsigned long long)claim->chain_id, collection, token);
}

/* ---- the chain ---- */

/* Owner and URI as of the view's head. */
static mm_err look_at_chain(struct mm_arena *arena, struct look *look,
                            const struct ask_chain *chain, const struct content_claim *claim,
                            const mm_addr *addr)
{
    const mm_u256 number = u256_from_hash(&claim->token.token_id);
    struct ask_question question = { claim->token.contract, "ownerOf(uint256)", "address",
                                     ABI_VALUES(abi_word(&number)) };
    struct abi_value value;
    bool has;
    look->block_num = ledger_head(chain->view);
    look->block_hash = *ledger_head_hash(chain->view);
    MM_TRY(ask_contract(arena, &has, &value, chain, &question));
    const mm_addr owner = has ? u256_to_addr(&value.word) : (mm_addr){ { 0 } };
    if (!has || !mm_addr_equal(&owner, addr)) {
        look->verdict = has ? LOOK_OTHER_OWNER : LOOK_NO_TOKEN;
        return MM_OK;
    }
    question.signature = "tokenURI(uint256)";
    question.results = "string";
    MM_TRY(ask_contract(arena, &has, &value, chain, &question));
    look->token_uri = has ? value.bytes : mm_bytes_from(NULL, 0);
    return MM_OK;
}

/* ---- the content ---- */

/* What a reader came to: MM_OK and a verdict where it is the content's fault or absence. */
static mm_err judge(struct look *look, const struct content_reader *reader,
                    enum read_verdict verdict, enum look_verdict missing, enum look_verdict large)
{
    if (verdict == READ_OK || verdict == READ_END)
        return MM_OK;
    look->verdict = missing;
    if (verdict != READ_FAILED)
        return MM_OK;
    if (content_reader_err(reader) != MM_ERR_LIMIT)
        return content_reader_err(reader);
    look->verdict = large;
    return MM_OK;
}

/* Where a URI leads. READ_BAD_PATH: it is not of ours. */
static enum read_verdict resolve(struct content_reader *reader, struct cid *file, mm_bytes uri)
{
    uint8_t memory[CONTENT_URI_MAX];
    struct cid root;
    mm_bytes path;
    struct content_node node;
    if (!needs_parse_uri(&root, &path, memory, uri))
        return READ_BAD_PATH;
    const enum read_verdict verdict = content_resolve(reader, &node, NULL, &root, path, NULL);
    *file = node.cid;
    return verdict;
}

static bool is_ours(mm_bytes uri)
{
    uint8_t memory[CONTENT_URI_MAX];
    struct cid root;
    mm_bytes path;
    return needs_parse_uri(&root, &path, memory, uri);
}

static void take_metadata(struct mm_arena *arena, struct look *look, mm_bytes text)
{
    struct json metadata;
    if (json_parse(arena, &metadata, text, &(struct json_options){ .unique_keys = false }, NULL) !=
        JSON_OK) {
        look->verdict = LOOK_BAD_METADATA;
        return;
    }
    const struct json *name = json_find(&metadata, "name");
    const struct json *image = json_find(&metadata, "image");
    if (name != NULL && name->kind == JSON_STRING && name->text.len <= LOOK_NAME_BYTES_MAX)
        look->name = name->text;
    if (image == NULL || image->kind != JSON_STRING || !is_ours(image->text))
        look->verdict = LOOK_NO_IMAGE;
    else
        look->image = image->text;
}

static mm_err look_at_metadata(struct mm_arena *arena, struct look *look,
                               struct content_reader *reader)
{
    struct mm_buf text;
    struct cid file;
    mm_bytes copy;
    if (!is_ours(look->token_uri)) {
        look->verdict = LOOK_NO_URI;
        return MM_OK;
    }
    mm_buf_init(&text, NEEDS_METADATA_BYTES_MAX);
    enum read_verdict verdict = resolve(reader, &file, look->token_uri);
    if (verdict == READ_OK)
        verdict = content_file_read(reader, &text, &file);
    mm_err err = judge(look, reader, verdict, LOOK_NO_METADATA, LOOK_BAD_METADATA);
    if (err == MM_OK && look->verdict == LOOK_OK)
        err = mm_arena_copy(arena, &copy, mm_buf_bytes(&text)); /* what is parsed borrows from it */
    if (err == MM_OK && look->verdict == LOOK_OK)
        take_metadata(arena, look, copy);
    mm_buf_fini(&text);
    return err;
}

/* The file's front, and all of it where that is asked for. */
static enum read_verdict read_picture(struct filetype_head *head, struct content_reader *reader,
                                      enum look_depth depth)
{
    mm_bytes piece;
    enum read_verdict verdict = READ_OK;
    while (verdict == READ_OK && (depth == LOOK_WHOLE || head->len < FILETYPE_HEAD_BYTES)) {
        verdict = content_file_next(reader, &piece);
        if (verdict == READ_OK)
            filetype_head_add(head, piece);
    }
    return verdict;
}

static mm_err look_at_picture(struct look *look, struct content_reader *reader,
                              enum look_depth depth)
{
    struct filetype_head head = { .len = 0 };
    enum read_verdict verdict = resolve(reader, &look->picture, look->image);
    if (verdict == READ_OK)
        verdict = content_file_open(reader, &look->bytes, &look->picture);
    if (verdict == READ_OK && look->bytes > LOOK_PICTURE_BYTES_MAX) {
        look->verdict = LOOK_PICTURE_TOO_LARGE;
        return MM_OK;
    }
    if (verdict == READ_OK)
        verdict = read_picture(&head, reader, depth);
    MM_TRY(judge(look, reader, verdict, LOOK_NO_PICTURE, LOOK_PICTURE_TOO_LARGE));
    look->type = filetype_head_detect(&head);
    if (look->verdict == LOOK_OK && !filetype_is_picture(look->type))
        look->verdict = LOOK_NOT_A_PICTURE;
    return MM_OK;
}

static mm_err look_at_content(struct mm_arena *arena, struct look *look, struct content *content,
                              enum look_depth depth)
{
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    if (reader == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = look_at_metadata(arena, look, reader);
    if (err == MM_OK && look->verdict == LOOK_OK)
        err = look_at_picture(look, reader, depth);
    content_reader_free(reader);
    return err;
}

mm_err look_at(struct mm_arena *arena, struct look *look, const struct look_from *from,
               const struct content_claim *claim, const mm_addr *addr, enum look_depth depth)
{
    *look = (struct look){ .verdict = LOOK_OK };
    if (claim->chain_id != from->chain_id) {
        look->verdict = LOOK_OTHER_CHAIN;
        return MM_OK;
    }
    const struct ask_chain chain = { ledger_acquire(from->ledger), from->natives };
    mm_err err = look_at_chain(arena, look, &chain, claim, addr);
    ledger_release(chain.view);
    if (err == MM_OK && look->verdict == LOOK_OK)
        err = look_at_content(arena, look, from->content, depth);
    if (err != MM_OK)
        *look = (struct look){ .verdict = LOOK_NO_TOKEN };
    return err;
}
