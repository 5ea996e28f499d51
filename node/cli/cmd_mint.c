/* mint: picture and metadata into the node's content store, then a token that names them. */
#include "node/cli/ask_api.h"
#include "node/cli/calls.h"
#include "node/cli/commands.h"
#include "node/cli/layout.h"
#include "node/cli/secret.h"
#include "node/cli/upload.h"
#include "state/codec/utf8.h"
#include "state/crypto/address.h"

enum { GATEWAY_URL_MAX = URL_ORIGIN_MAX + 6 + MINT_URI_MAX };

struct mint {
    struct layout layout;
    struct calls_sent sent;
    mm_addr owner;
    mm_u256 id;
    uint64_t replicas;                 /* other nodes that have picture and metadata */
    char gateway[GATEWAY_URL_MAX + 1]; /* of the picture; empty when there is no gateway */
};

/* Picture first, then what names it, then the token: a failure in between leaves content that nothing refers to, never a
 * token without content. */
static int store(struct cli_run *run, struct remote *remote, const struct layout *layout)
{
    (void)run;
    REMOTE_TRY(upload_wrapped(remote, &(struct upload_file){ .name = layout->file_name,
                                                             .path = layout->path,
                                                             .len = layout->image_bytes,
                                                             .expected = layout->image.cid }));
    return upload_wrapped(remote, &(struct upload_file){ .name = "metadata.json",
                                                         .bytes = layout->json,
                                                         .expected = layout->metadata.cid });
}

static int send_mint(struct cli_run *run, struct remote *remote, struct mint *mint,
                     const struct secp_secret *secret)
{
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    const mm_addr signer = secp_secret_addr(secret);
    mm_u256 owner;
    mm_bytes data;
    mint->owner = cli_is_given(run, "to") ? cli_value(run, "to")->addr : signer;
    REMOTE_TRY(calls_encode(
        run, &data, "mint(address,string)",
        ABI_VALUES(abi_addr(&mint->owner), abi_bytes(mm_bytes_str(mint->layout.metadata_uri)))));
    REMOTE_TRY(calls_send(remote, &mint->sent, secret, collection, data));
    const struct json *log = calls_find_log(
        &mint->sent, collection, "Transfer(address indexed,address indexed,uint256 indexed)");
    if (log == NULL || !calls_topic(&owner, log, 2) || !calls_topic(&mint->id, log, 3))
        return cli_fail(run, CLI_FAILED,
                        "the receipt has no Transfer of that collection: is it an NFT contract?");
    mint->owner = u256_to_addr(&owner);
    return CLI_OK;
}

static int find_gateway_url(struct remote *remote, struct mint *mint)
{
    struct client *gateway;
    char origin[URL_ORIGIN_MAX + 1];
    REMOTE_TRY(remote_find_gateway(remote, &gateway));
    if (gateway == NULL)
        return CLI_OK;
    url_origin(origin, client_url(gateway));
    snprintf(mint->gateway, sizeof mint->gateway, "%s/ipfs/%s", origin,
             mint->layout.image_uri + sizeof "ipfs://" - 1);
    return CLI_OK;
}

/* ---- replicas ---- */

static int read_replicas(void *ctx, const struct json *object, mm_bytes text)
{
    struct mint *mint = ctx;
    (void)text;
    mint->replicas = ask_api_u64(object, "Replicas");
    return CLI_OK;
}

/* The token is there by now, whatever comes of this. */
static int wait_for_replicas(struct cli_run *run, struct remote *remote, struct mint *mint)
{
    char image[CID_TEXT_MAX + 1];
    char metadata[CID_TEXT_MAX + 1];
    char command[2 * CID_TEXT_MAX + 128];
    if (!cli_is_given(run, "replicas"))
        return CLI_OK;
    cid_to_text(image, &mint->layout.image.cid, MULTIBASE_BASE32);
    cid_to_text(metadata, &mint->layout.metadata.cid, MULTIBASE_BASE32);
    const uint64_t timeout_s = cli_number(run, "timeout") / 1000;
    const uint64_t wait_s = timeout_s > 2 ? timeout_s - 2 : 1; /* so that the answer is in time */
    snprintf(command, sizeof command, "repo/replicas?arg=%s&arg=%s&min=%llu&wait=%llu", image,
             metadata, (unsigned long long)cli_number(run, "replicas"), (unsigned long long)wait_s);
    REMOTE_TRY(ask_api(remote, command, read_replicas, mint));
    if (mint->replicas < cli_number(run, "replicas"))
        cli_note(run, "the token is there, and %llu other nodes have its content after %llu s",
                 (unsigned long long)mint->replicas, (unsigned long long)wait_s);
    return CLI_OK;
}

static void print_text(const struct cli_run *run, const struct mint *mint)
{
    char id[U256_DECIMAL_MAX + 1];
    char owner[ADDRESS_TEXT + 1];
    u256_to_decimal(id, &mint->id);
    address_to_text(owner, &mint->owner);
    cli_field(run, "token", mm_bytes_str(id));
    cli_field(run, "owner", mm_bytes_str(owner));
    cli_field(run, "token URI", mm_bytes_str(mint->layout.metadata_uri));
    cli_field(run, "image", mm_bytes_str(mint->layout.image_uri));
    if (mint->gateway[0] != '\0')
        cli_field(run, "picture at", mm_bytes_str(mint->gateway));
    if (cli_is_given(run, "replicas")) {
        char replicas[32];
        snprintf(replicas, sizeof replicas, "%llu", (unsigned long long)mint->replicas);
        cli_field(run, "replicas", mm_bytes_str(replicas));
    }
    calls_print_sent(run, &mint->sent);
}

static void add_root(struct json_writer *w, const char *key, const struct import_result *root)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, &root->cid, MULTIBASE_BASE32);
    json_key(w, key);
    json_add_text(w, text);
}

static int print_json(const struct cli_run *run, const struct mint *mint)
{
    struct mm_buf json;
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_token(&w, &mint->id);
    cli_json_addr(&w, "collection", &cli_value(run, "collection")->addr);
    cli_json_addr(&w, "owner", &mint->owner);
    json_key(&w, "tokenURI");
    json_add_text(&w, mint->layout.metadata_uri);
    json_key(&w, "image");
    json_add_text(&w, mint->layout.image_uri);
    json_key(&w, "imageType");
    json_add_text(&w, filetype_media_type(mint->layout.type));
    json_key(&w, "imageBytes");
    json_add_u64(&w, mint->layout.image_bytes);
    add_root(&w, "imageCID", &mint->layout.image);
    add_root(&w, "metadataCID", &mint->layout.metadata);
    json_key(&w, "storedBytes"); /* of both, with the blocks around them */
    json_add_u64(&w, mint->layout.image.dag_bytes + mint->layout.metadata.dag_bytes);
    json_key(&w, "gatewayURL");
    if (mint->gateway[0] != '\0')
        json_add_text(&w, mint->gateway);
    else
        json_add_null(&w);
    if (cli_is_given(run, "replicas")) {
        json_key(&w, "replicas");
        json_add_u64(&w, mint->replicas);
    }
    calls_write_sent(&w, &mint->sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int mint_with(struct cli_run *run, struct remote *remote, struct mint *mint)
{
    struct secp_secret *secret = NULL;
    int status = secret_signer(run, &secret); /* a password is asked for before anything is sent */
    if (status == CLI_OK)
        status = store(run, remote, &mint->layout);
    if (status == CLI_OK)
        status = send_mint(run, remote, mint, secret);
    if (status == CLI_OK)
        status = wait_for_replicas(run, remote, mint);
    secp_secret_free(secret);
    if (status == CLI_OK)
        status = find_gateway_url(remote, mint);
    if (status != CLI_OK)
        return status;
    if (cli_flag(run, "json"))
        return print_json(run, mint);
    print_text(run, mint);
    return CLI_OK;
}

/* "cats/grey cat.png" gives "grey cat". */
static mm_bytes name_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    return mm_bytes_from(base, dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base));
}

static int run_mint(struct cli_run *run)
{
    struct remote remote;
    struct mint mint = { .gateway = "" };
    mm_bytes extra;
    const char *description = cli_text(run, "description");
    const struct cli_value *attributes = cli_value(run, "attribute");
    const mm_bytes name = cli_is_given(run, "name") ? mm_bytes_str(cli_text(run, "name"))
                                                    : name_of_file(run->arguments[0]);
    if (!utf8_is_valid(name)) /* --name was looked at when it was read */
        return cli_fail(run, CLI_FAILED,
                        "the name of the file is not UTF-8: say what the token's is with --name");
    REMOTE_TRY(
        layout_extra(run, &extra, attributes->items, attributes->count, cli_text(run, "metadata")));
    REMOTE_TRY(layout_image(run, &mint.layout, run->arguments[0]));
    REMOTE_TRY(layout_metadata(run, &mint.layout, name,
                               description == NULL ? MM_BYTES_LIT("") : mm_bytes_str(description),
                               extra));
    REMOTE_TRY(remote_open(&remote, run));
    const int status = mint_with(run, &remote, &mint);
    remote_close(&remote);
    return status;
}

static const struct cli_option OPTIONS[] = {
    { "name", 'n', CLI_TEXT, "TEXT", "the token's name; else the file's", NULL },
    { "description", 'D', CLI_TEXT, "TEXT", "what it is", NULL },
    { "attribute", 'a', CLI_LIST, "TRAIT=VALUE",
      "an attribute; TRAIT:=5 for a number or other JSON", NULL },
    { "metadata", 'm', CLI_FILE, "FILE",
      "a JSON object with further members, such as attributes or external_url", NULL },
    { "to", 't', CLI_ADDRESS, "ADDRESS", "who gets the token; else the signer", NULL },
    { "replicas", 'r', CLI_NUMBER, "K",
      "wait until K other nodes have picture and metadata, as long as --timeout lets it", NULL },
    CLI_OPTION_COLLECTION,
    CLI_OPTION_API,
    CLI_OPTION_GATEWAY,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_MINT = {
    .name = "mint",
    .arguments = "IMAGE",
    .arguments_min = 1,
    .arguments_max = 1,
    .completes = CLI_FILE,
    .summary = "store a picture and mint a token of it",
    .details = "Puts the picture and its metadata into the node's content store, mints a token "
               "whose URI names them by their hashes, "
               "and waits until it is in a block. The hashes are computed here and compared with "
               "the node's; the transaction is signed "
               "here.\nAny file of 1 byte to 100 MiB is taken. A name or attribute may have any "
               "character of UTF-8.",
    .example = "mintmark mint cat.png --name Cat --description \"a grey one\" --attribute "
               "eyes=green --attribute age:=3\n"
               "mintmark mint cat.png --from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_mint,
};
