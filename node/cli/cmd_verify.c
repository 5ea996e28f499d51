/* verify: a token's owner, URI, metadata and picture, from a block hash alone. */
#include "contracts-native/nft/nft.h"
#include "node/cli/commands.h"
#include "node/cli/fetch.h"
#include "node/cli/proof.h"
#include "p2p/content/filetype.h"
#include "p2p/content/mint.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum { OWNERS_SLOT = 2, TOKEN_URIS_SLOT = 6, VALUES_MAX = 4, STEPS_MAX = 8 };

/* Each step has a name for scripts and people, whether it holds, values, and why it does not. */
struct step {
    const char *name;
    const char *keys[VALUES_MAX];
    mm_bytes values[VALUES_MAX];
    bool is_number[VALUES_MAX];
    size_t count;
    bool ok;
    const char *why;
};

struct verify {
    struct cli_run *run;
    struct remote remote;
    struct fetch fetch;
    bool has_fetch;
    struct proof proof;
    mm_u256 id;
    mm_bytes uri;
    mm_bytes metadata;
    mm_bytes image_uri;
    uint64_t image_bytes;
    struct filetype_head image_head;
    struct step steps[STEPS_MAX];
    size_t count;
};

static struct step *begin(struct verify *v, const char *name)
{
    v->steps[v->count] = (struct step){ .name = name };
    return &v->steps[v->count++];
}

/* Copies; NULL memory shows as nothing, which no check depends on. */
static void add_value(struct verify *v, struct step *step, const char *key, mm_bytes value)
{
    mm_bytes copy = { NULL, 0 };
    if (mm_arena_copy(&v->run->arena, &copy, value) == MM_OK) {
        step->keys[step->count] = key;
        step->values[step->count++] = copy;
    }
}

static void add_text(struct verify *v, struct step *step, const char *key, const char *text)
{
    add_value(v, step, key, mm_bytes_str(text));
}

/* A number in JSON as well, as other commands have it. */
static void add_number(struct verify *v, struct step *step, const char *key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    step->is_number[step->count] = true;
    add_text(v, step, key, text);
}

static void add_hash(struct verify *v, struct step *step, const char *key, const mm_hash32 *hash)
{
    char text[2 + 64 + 1] = "0x";
    hex_encode(text + 2, mm_bytes_hash(hash));
    add_value(v, step, key, mm_bytes_from(text, 2 + 64));
}

/* Ends a step: CLI_OK goes on; CLI_UNVERIFIED is kept as the reason; everything else was printed and ends the command. */
static int end(struct verify *v, struct step *step, int status, const char *why)
{
    step->ok = status == CLI_OK;
    if (status == CLI_UNVERIFIED) {
        const char *copy = mm_arena_text(&v->run->arena, mm_bytes_str(why));
        step->why = copy == NULL ? "out of memory" : copy;
    }
    return status;
}

/* ---- the chain's part ---- */

static int check_header(struct verify *v)
{
    struct step *step = begin(v, "header");
    const struct cli_value *trust = cli_value(v->run, "trust");
    const int status =
        proof_open(&v->proof, &v->remote, trust->source == CLI_UNSET ? NULL : &trust->hash);
    add_hash(v, step, "blockHash", &v->proof.block_hash);
    if (status == CLI_OK) {
        add_number(v, step, "blockNumber", v->proof.header.number);
        add_hash(v, step, "stateRoot", &v->proof.header.state_root);
    }
    return end(v, step, status, v->proof.reason.text);
}

static mm_hash32 collection_code_hash(void)
{
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, NFT_COLLECTION_MODULE, NFT_VERSION);
    return keccak256(MM_BYTES_OF(marker));
}

static int check_account(struct verify *v)
{
    struct step *step = begin(v, "account");
    const mm_addr *collection = &cli_value(v->run, "collection")->addr;
    const mm_hash32 code_hash = collection_code_hash();
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, collection);
    add_text(v, step, "collection", text);
    int status = proof_account(&v->proof, collection);
    if (status == CLI_OK) {
        add_hash(v, step, "storageRoot", &v->proof.account.storage_root);
        add_hash(v, step, "codeHash", &v->proof.account.code_hash);
        if (!mm_hash_equal(&code_hash, &v->proof.account.code_hash))
            return end(v, step, CLI_UNVERIFIED, "its code is not that of a native collection");
    }
    return end(v, step, status, v->proof.reason.text);
}

static int check_owner(struct verify *v)
{
    struct step *step = begin(v, "owner");
    const mm_u256 slot = proof_mapping_slot(&v->id, OWNERS_SLOT);
    const mm_hash32 key = u256_to_hash(&slot);
    mm_u256 word;
    char text[ADDRESS_TEXT + 1];
    add_hash(v, step, "slot", &key);
    const int status = proof_slots(&v->proof, &word, &slot, 1);
    if (status != CLI_OK)
        return end(v, step, status, v->proof.reason.text);
    if (u256_is_zero(&word))
        return end(v, step, CLI_UNVERIFIED, "the state proves that there is no such token");
    if (u256_bit_len(&word) > 160)
        return end(v, step, CLI_UNVERIFIED, "the slot holds no address");
    const mm_addr owner = u256_to_addr(&word);
    address_to_text(text, &owner);
    add_text(v, step, "owner", text);
    return end(v, step, CLI_OK, "");
}

static int check_uri(struct verify *v)
{
    struct step *step = begin(v, "tokenURI");
    const mm_u256 slot = proof_mapping_slot(&v->id, TOKEN_URIS_SLOT);
    const mm_hash32 key = u256_to_hash(&slot);
    add_hash(v, step, "slot", &key);
    const int status = proof_string(&v->proof, &v->uri, &slot);
    if (status == CLI_OK)
        add_value(v, step, "tokenURI", v->uri);
    return end(v, step, status, v->proof.reason.text);
}

/* ---- the content's part ---- */

static int end_fetch(struct verify *v, struct step *step, enum fetch_verdict verdict)
{
    char why[480];
    snprintf(why, sizeof why, "%s%s%s", fetch_verdict_text(verdict),
             v->fetch.reason.text[0] != '\0' ? ": " : "", v->fetch.reason.text);
    return end(v, step, verdict == FETCH_OK ? CLI_OK : CLI_UNVERIFIED, why);
}

static void add_cid(struct verify *v, struct step *step, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, cid, MULTIBASE_BASE32);
    add_text(v, step, "cid", text);
}

static int check_metadata(struct verify *v)
{
    struct step *step = begin(v, "metadata");
    struct cid root;
    mm_bytes path;
    struct json metadata;
    const struct json_options options = { .unique_keys = false };
    if (v->uri.len == 0)
        return end(v, step, CLI_UNVERIFIED, "the token has no URI");
    if (!fetch_parse(&v->run->arena, &root, &path, v->uri))
        return end(v, step, CLI_UNVERIFIED, "the URI does not name content by its hash");
    add_cid(v, step, &root);
    const enum fetch_verdict verdict =
        fetch_bytes(&v->fetch, &v->metadata, &root, path, MINT_METADATA_BYTES_MAX);
    if (verdict != FETCH_OK)
        return end_fetch(v, step, verdict);
    add_number(v, step, "bytes", v->metadata.len);
    if (json_parse(&v->run->arena, &metadata, v->metadata, &options, NULL) != JSON_OK ||
        metadata.kind != JSON_OBJECT)
        return end(v, step, CLI_UNVERIFIED, "the metadata is no JSON object");
    const struct json *name = json_find(&metadata, "name");
    const struct json *image = json_find(&metadata, "image");
    if (name != NULL && name->kind == JSON_STRING)
        add_value(v, step, "name", name->text);
    if (image != NULL && image->kind == JSON_STRING)
        v->image_uri = image->text;
    return end(v, step, CLI_OK, "");
}

static mm_err count_image(void *ctx, mm_bytes piece)
{
    struct verify *v = ctx;
    filetype_head_add(&v->image_head, piece);
    v->image_bytes += piece.len;
    return MM_OK;
}

static int check_image(struct verify *v)
{
    struct step *step = begin(v, "image");
    struct cid root;
    mm_bytes path;
    const struct fetch_sink sink = { .ctx = v, .piece = count_image };
    if (v->image_uri.len == 0)
        return end(v, step, CLI_UNVERIFIED, "the metadata names no image");
    add_value(v, step, "image", v->image_uri);
    if (!fetch_parse(&v->run->arena, &root, &path, v->image_uri))
        return end(v, step, CLI_UNVERIFIED, "the URI does not name content by its hash");
    add_cid(v, step, &root);
    const enum fetch_verdict verdict = fetch_file(&v->fetch, NULL, &root, path, UINT64_MAX, &sink);
    if (verdict == FETCH_OK) {
        add_number(v, step, "bytes", v->image_bytes);
        add_text(v, step, "type", filetype_media_type(filetype_head_detect(&v->image_head)));
    }
    return end_fetch(v, step, verdict);
}

/* ---- the result ---- */

static void print_text(const struct verify *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct step *step = &v->steps[i];
        printf("%s %s\n", cli_mark(v->run, step->ok), step->name);
        for (size_t k = 0; k < step->count; k++) {
            printf("    ");
            cli_field(v->run, step->keys[k], step->values[k]);
        }
        if (step->why != NULL) {
            printf("    ");
            cli_print(stdout, mm_bytes_str(step->why));
            putchar('\n');
        }
    }
}

static int print_json(const struct verify *v, bool ok)
{
    struct mm_buf json;
    mm_buf_init(&json, 8 << 20);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "ok");
    json_add_bool(&w, ok);
    cli_json_token(&w, &v->id);
    json_key(&w, "trusted");
    json_add_text(&w, cli_is_given(v->run, "trust") ? "given" : "node");
    json_key(&w, "steps");
    json_open_array(&w);
    for (size_t i = 0; i < v->count; i++) {
        const struct step *step = &v->steps[i];
        json_open_object(&w);
        json_key(&w, "step");
        json_add_text(&w, step->name);
        json_key(&w, "ok");
        json_add_bool(&w, step->ok);
        for (size_t k = 0; k < step->count; k++) {
            json_key(&w, step->keys[k]);
            if (step->is_number[k])
                json_add_raw(&w, step->values[k]);
            else
                json_add_string(&w, step->values[k]);
        }
        if (step->why != NULL) {
            json_key(&w, "problem");
            json_add_text(&w, step->why);
        }
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    return cli_print_json(v->run, &json);
}

static int check_all(struct verify *v)
{
    REMOTE_TRY(check_header(v));
    REMOTE_TRY(check_account(v));
    REMOTE_TRY(check_owner(v));
    REMOTE_TRY(check_uri(v));
    REMOTE_TRY(fetch_open(&v->fetch, &v->remote));
    v->has_fetch = true;
    REMOTE_TRY(check_metadata(v));
    return check_image(v);
}

static int run_verify(struct cli_run *run)
{
    struct verify *v = MM_ARENA_NEW(&run->arena, struct verify);
    if (v == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    v->run = run;
    if (!cli_token_id(run, &v->id, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(remote_open(&v->remote, run));
    int status = check_all(v);
    if (v->has_fetch)
        fetch_close(&v->fetch);
    remote_close(&v->remote);
    if (status != CLI_OK && status != CLI_UNVERIFIED)
        return status;
    if (!cli_flag(run, "json")) {
        print_text(v);
        return status;
    }
    const int printed = print_json(v, status == CLI_OK);
    return printed != CLI_OK ? printed : status;
}

static const struct cli_option OPTIONS[] = {
    { "trust", 0, CLI_HASH, "HASH",
      "the block hash to begin with; else that of the node's newest block", NULL },
    CLI_OPTIONS_READER,
};

const struct cli_command CLI_CMD_VERIFY = {
    .name = "verify",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "prove a token's owner, metadata and picture",
    .details = "Walks from a block hash to the picture and believes the node at no step: the "
               "header must hash to the block hash, Merkle "
               "proofs must lead from its state root to the collection and from there to the slots "
               "of owner and token URI, and metadata and picture must "
               "hash to the CIDs that the URI and the metadata name.\nWith --trust the hash is one "
               "that you know from elsewhere; "
               "without, the node's word is taken for it, and for it alone. Exit status 3: a step "
               "does not hold.",
    .example = "mintmark verify 1\nmintmark verify 1 --trust 0x5f…c2 --json",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_verify,
};
