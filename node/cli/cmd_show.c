/* show: a token, its metadata, and its picture where the terminal can. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "node/cli/calls.h"
#include "node/cli/commands.h"
#include "node/cli/metadata.h"
#include "node/cli/picture.h"
#include "p2p/content/mint.h"
#include "state/base/heap.h"
#include "state/crypto/address.h"

struct shown {
    struct cli_run *run;
    struct remote remote;
    struct fetch fetch;
    mm_u256 id;
    mm_addr owner;
    mm_bytes uri;
    bool has_metadata;
    const char *why; /* there is none */
    struct metadata metadata;
    struct mm_buf url; /* of the picture at the gateway; empty: none */
};

static int read_token(struct shown *shown)
{
    const mm_addr *collection = &cli_value(shown->run, "collection")->addr;
    struct abi_value value;
    REMOTE_TRY(calls_view(&shown->remote, &value, "address", collection, "ownerOf(uint256)",
                          ABI_VALUES(abi_word(&shown->id))));
    shown->owner = u256_to_addr(&value.word);
    REMOTE_TRY(calls_view(&shown->remote, &value, "string", collection, "tokenURI(uint256)",
                          ABI_VALUES(abi_word(&shown->id))));
    shown->uri = value.bytes;
    shown->has_metadata = metadata_read(&shown->fetch, &shown->metadata, shown->uri, &shown->why);
    return CLI_OK;
}

static void make_url(struct shown *shown)
{
    struct cid root;
    mm_bytes path;
    char cid[CID_TEXT_MAX + 1];
    char origin[URL_ORIGIN_MAX + 1];
    if (shown->fetch.gateway == NULL ||
        !fetch_parse(&shown->run->arena, &root, &path, shown->metadata.image))
        return;
    url_origin(origin, client_url(shown->fetch.gateway));
    cid_to_text(cid, &root, MULTIBASE_BASE32);
    mm_buf_printf(&shown->url, "%s/ipfs/%s", origin, cid);
    url_add_escaped(&shown->url, path, true);
}

/* ---- the picture ---- */

static mm_err append(void *ctx, mm_bytes piece)
{
    struct mm_buf *buf = ctx;
    mm_buf_add(buf, piece);
    return mm_buf_err(buf);
}

static enum fetch_verdict fetch_image(struct shown *shown, struct mm_buf *image)
{
    struct cid root;
    mm_bytes path;
    const struct fetch_sink sink = { .ctx = image, .piece = append };
    if (!fetch_parse(&shown->run->arena, &root, &path, shown->metadata.image))
        return FETCH_MISSING;
    return fetch_file(&shown->fetch, NULL, &root, path, FETCH_BYTES_MAX, &sink);
}

static int save_image(const struct cli_run *run, const char *path, mm_bytes image)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t at = 0;
    ssize_t len = 0;
    if (fd < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    while (at < image.len && (len = write(fd, image.ptr + at, image.len - at)) >= 0)
        at += (size_t)len;
    const int error = errno;
    if (close(fd) == 0 && at == image.len)
        return CLI_OK;
    return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
}

/* To a file that was named, or onto the terminal. */
static int use_picture(struct shown *shown)
{
    struct cli_run *run = shown->run;
    const char *output = cli_text(run, "output");
    const bool wants_show =
        picture_can_show() && !cli_flag(run, "json") && !cli_flag(run, "no-picture");
    struct mm_buf image;
    int status = CLI_OK;
    if ((output == NULL && !wants_show) || !shown->has_metadata)
        return CLI_OK;
    mm_buf_init(&image, FETCH_BYTES_MAX);
    const enum fetch_verdict verdict = fetch_image(shown, &image);
    if (verdict != FETCH_OK)
        status = cli_fail(run, CLI_FAILED, "the picture: %s", fetch_verdict_text(verdict));
    if (status == CLI_OK && output != NULL)
        status = save_image(run, output, mm_buf_bytes(&image));
    const mm_bytes bytes = mm_buf_bytes(&image);
    if (status == CLI_OK && wants_show && filetype_detect(bytes) == FILETYPE_PNG)
        picture_show(stdout, bytes, picture_columns(bytes));
    mm_buf_fini(&image);
    return status;
}

/* ---- printing ---- */

/* Text as it is, everything else as JSON; borrowed from the buffer. */
static mm_bytes as_text(struct mm_buf *buf, const struct json *value)
{
    struct json_writer w = json_writer_over(buf);
    if (value == NULL)
        return MM_BYTES_LIT("");
    if (value->kind == JSON_STRING)
        return value->text;
    mm_buf_reset(buf);
    json_add_value(&w, value);
    return mm_buf_bytes(buf);
}

static void print_attributes(const struct cli_run *run, const struct json *attributes)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 2 * (size_t)MINT_METADATA_BYTES_MAX);
    for (size_t i = 0; i < attributes->count; i++) {
        const struct json *trait = json_find(&attributes->items[i], "trait_type");
        const struct json *value = json_find(&attributes->items[i], "value");
        char label[64] = "attribute";
        if (trait != NULL && trait->kind == JSON_STRING && trait->text.len < 14)
            snprintf(label, sizeof label, "%.*s", (int)trait->text.len,
                     (const char *)trait->text.ptr);
        for (char *c = label; *c != '\0'; c++)
            *c = (uint8_t)*c < ' ' || (uint8_t)*c >= 0x7f ? '?' : *c;
        cli_field(run, label, as_text(&buf, value != NULL ? value : &attributes->items[i]));
    }
    mm_buf_fini(&buf);
}

static void print_text(const struct shown *shown)
{
    const struct cli_run *run = shown->run;
    char id[U256_DECIMAL_MAX + 1];
    char owner[ADDRESS_TEXT + 1];
    u256_to_decimal(id, &shown->id);
    address_to_text(owner, &shown->owner);
    cli_field(run, "token", mm_bytes_str(id));
    if (shown->has_metadata) {
        cli_field(run, "name", shown->metadata.name);
        if (shown->metadata.description.len > 0)
            cli_field(run, "description", shown->metadata.description);
        if (shown->metadata.attributes != NULL)
            print_attributes(run, shown->metadata.attributes);
    }
    cli_field(run, "owner", mm_bytes_str(owner));
    cli_field(run, "token URI", shown->uri);
    if (shown->has_metadata)
        cli_field(run, "image", shown->metadata.image);
    else
        cli_field(run, "metadata", mm_bytes_str(shown->why));
    if (shown->url.len > 0)
        cli_field(run, "picture at", mm_buf_bytes(&shown->url));
}

static int print_json(const struct shown *shown)
{
    struct mm_buf json;
    mm_buf_init(&json, 4 * (size_t)MINT_METADATA_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_token(&w, &shown->id);
    cli_json_addr(&w, "collection", &cli_value(shown->run, "collection")->addr);
    cli_json_addr(&w, "owner", &shown->owner);
    json_key(&w, "tokenURI");
    json_add_string(&w, shown->uri);
    json_key(&w, "metadata");
    if (shown->has_metadata)
        json_add_value(&w, &shown->metadata.json);
    else
        json_add_null(&w);
    if (!shown->has_metadata) {
        json_key(&w, "problem");
        json_add_text(&w, shown->why);
    }
    json_key(&w, "gatewayURL");
    if (shown->url.len > 0)
        json_add_string(&w, mm_buf_bytes(&shown->url));
    else
        json_add_null(&w);
    json_close_object(&w);
    return cli_print_json(shown->run, &json);
}

static int show_with(struct shown *shown)
{
    REMOTE_TRY(fetch_open(&shown->fetch, &shown->remote));
    int status = read_token(shown);
    if (status == CLI_OK && shown->has_metadata)
        make_url(shown);
    if (status == CLI_OK)
        status = use_picture(shown);
    if (status == CLI_OK && cli_flag(shown->run, "json"))
        status = print_json(shown);
    else if (status == CLI_OK)
        print_text(shown);
    fetch_close(&shown->fetch);
    return status;
}

static int run_show(struct cli_run *run)
{
    struct shown *shown = MM_ARENA_NEW(&run->arena, struct shown);
    if (shown == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    shown->run = run;
    if (!cli_token_id(run, &shown->id, run->arguments[0]))
        return CLI_USAGE;
    mm_buf_init(&shown->url, 16 << 10);
    int status = remote_open(&shown->remote, run);
    if (status == CLI_OK)
        status = show_with(shown);
    remote_close(&shown->remote);
    mm_buf_fini(&shown->url);
    return status;
}

static const struct cli_option OPTIONS[] = {
    { "output", 'o', CLI_FILE, "FILE", "write the picture to a file", NULL },
    { "no-picture", 0, CLI_FLAG, NULL, "do not draw the picture", NULL },
    CLI_OPTIONS_READER,
};

const struct cli_command CLI_CMD_SHOW = {
    .name = "show",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "show a token and its picture",
    .details = "Prints a token's metadata and owner, and draws a PNG in terminals that speak the "
               "kitty graphics protocol; elsewhere it "
               "says where the picture is. Content is hashed before it is shown. A URI that is not "
               "content-addressed is printed and not "
               "followed.",
    .example = "mintmark show 1\nmintmark show 1 --output cat.png",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_show,
};
