/* avatar set, get: an account's profile picture. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/ask_api.h"
#include "node/cli/commands.h"
#include "node/cli/secret.h"
#include "p2p/content/multihash.h"
#include "rpc/avatar/avatar.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"

enum { GOOD_FOR_S = 300, TARGET_BYTES = 512 };

static int read_picture(struct cli_run *run, mm_bytes *out, const char *path)
{
    uint8_t *bytes = mm_arena_alloc(&run->arena, AVATAR_BYTES_MAX + 1);
    if (bytes == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len <= AVATAR_BYTES_MAX) {
        got = read(fd, bytes + len, AVATAR_BYTES_MAX + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    const int error = errno;
    (void)close(fd);
    if (got < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
    if (len > AVATAR_BYTES_MAX)
        return cli_fail(run, CLI_FAILED, "%s: a profile picture has 2 MiB at most", path);
    *out = mm_bytes_from(bytes, len);
    return CLI_OK;
}

static bool hash(mm_hash32 *out, mm_bytes bytes)
{
    struct multihasher *hasher = multihasher_new();
    struct multihash digest;
    const bool ok = hasher != NULL &&
                    multihasher_digest(hasher, &digest, MULTIHASH_SHA2_256, &bytes, 1) == MM_OK;
    multihasher_free(hasher);
    if (ok)
        memcpy(out->b, digest.digest, sizeof out->b);
    return ok;
}

/* /avatar/0x…?expires=…&signature=0x… */
static bool sign(char target[TARGET_BYTES], const struct secp_secret *secret, uint64_t chain_id,
                 mm_bytes picture)
{
    mm_hash32 sha256;
    if (!hash(&sha256, picture))
        return false;
    const mm_addr addr = secp_secret_addr(secret);
    const uint64_t expires_s = (uint64_t)time(NULL) + GOOD_FOR_S;
    char text[AVATAR_TEXT_MAX + 1];
    const size_t len = avatar_text(text, &addr, chain_id, &sha256, expires_s);
    const mm_hash32 digest = personal_digest(mm_bytes_from(text, len));
    const struct secp_signature signature = secp_sign(secret, &digest);
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    char hex[2 * SECP_SIGNATURE_BYTES + 1] = "";
    char address[ADDRESS_TEXT + 1];
    secp_signature_to_bytes(bytes, &signature);
    hex_encode(hex, MM_BYTES_OF(bytes));
    address_to_text(address, &addr);
    snprintf(target, TARGET_BYTES, "/avatar/%s?expires=%llu&signature=0x%s", address,
             (unsigned long long)expires_s, hex);
    return true;
}

static int find_api(struct remote *remote, struct client **api)
{
    REMOTE_TRY(remote_find_api(remote, api));
    return *api != NULL ? CLI_OK
                        : cli_fail(remote->run, CLI_FAILED,
                                   "the node's content API is closed; --api names another one");
}

/* One request; the answer is the caller's to free. A status that is not among 2xx is printed. */
static int ask(struct remote *remote, struct mm_buf *answer, const struct client_request *request)
{
    struct client *api;
    struct mm_reason reason = { .text = "" };
    unsigned status = 0;
    REMOTE_TRY(find_api(remote, &api));
    const enum client_verdict verdict = client_ask_all(api, &status, answer, request, &reason);
    if (verdict != CLIENT_OK)
        return remote_failed(remote, verdict, &reason);
    mm_bytes text = mm_buf_bytes(answer);
    if (status >= 200 && status < 300)
        return CLI_OK;
    while (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    return cli_fail(remote->run, CLI_REFUSED, "the node refused: %.*s (HTTP %u)",
                    text.len < 300 ? (int)text.len : 300, (const char *)text.ptr, status);
}

/* ---- set ---- */

static int send(struct remote *remote, const struct secp_secret *secret, mm_bytes picture)
{
    struct json result;
    uint64_t chain_id = 0;
    char target[TARGET_BYTES];
    REMOTE_TRY(remote_call(remote, &result, "eth_chainId", "[]"));
    REMOTE_TRY(remote_u64(remote, &chain_id, &result, "a chain id"));
    if (!sign(target, secret, chain_id, picture))
        return cli_fail(remote->run, CLI_FAILED, "out of memory");
    const struct client_part part = { .bytes = picture };
    const struct client_request request = {
        .method = "PUT",
        .target = target,
        .content_type = "application/octet-stream",
        .parts = &part,
        .part_count = 1,
    };
    struct mm_buf answer;
    mm_buf_init(&answer, 1 << 20);
    const int status = ask(remote, &answer, &request);
    if (status == CLI_OK) {
        struct json object;
        const struct json_options options = { .unique_keys = false };
        const mm_bytes text = mm_buf_bytes(&answer);
        if (cli_flag(remote->run, "json"))
            cli_print(stdout, mm_bytes_from(text.ptr, text.len - (text.len > 0)));
        else if (json_parse(&remote->run->arena, &object, text, &options, NULL) == JSON_OK)
            cli_print(stdout, ask_api_text(&object, "cid"));
        putchar('\n');
    }
    mm_buf_fini(&answer);
    return status;
}

static int run_set(struct cli_run *run)
{
    struct remote remote;
    struct secp_secret *secret;
    mm_bytes picture = { 0 };
    REMOTE_TRY(read_picture(run, &picture, run->arguments[0]));
    REMOTE_TRY(secret_signer(run, &secret));
    int status = remote_open(&remote, run);
    if (status == CLI_OK) {
        status = send(&remote, secret, picture);
        remote_close(&remote);
    }
    secp_secret_free(secret);
    return status;
}

/* ---- get ---- */

static int run_get(struct cli_run *run)
{
    struct remote remote;
    mm_addr addr;
    char target[TARGET_BYTES];
    if (address_from_text(&addr, mm_bytes_str(run->arguments[0])) != ADDRESS_OK)
        return cli_misuse(run, "'%s' is no address", run->arguments[0]);
    char address[ADDRESS_TEXT + 1];
    address_to_text(address, &addr);
    snprintf(target, sizeof target, "/avatar/%s", address);
    struct mm_buf answer;
    REMOTE_TRY(remote_open(&remote, run));
    mm_buf_init(&answer, AVATAR_BYTES_MAX);
    int status =
        ask(&remote, &answer, &(struct client_request){ .method = "GET", .target = target });
    const mm_bytes picture = mm_buf_bytes(&answer);
    if (status == CLI_OK && fwrite(picture.ptr, 1, picture.len, stdout) != picture.len) {
        run->output_errno = errno;
        status = CLI_FAILED;
    }
    mm_buf_fini(&answer);
    remote_close(&remote);
    return status;
}

static const struct cli_option SET_OPTIONS[] = {
    CLI_OPTION_API,
    CLI_OPTIONS_SIGNER,
};
static const struct cli_option GET_OPTIONS[] = {
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
};

const struct cli_command CLI_CMD_AVATAR_SET = {
    .name = "avatar set",
    .arguments = "IMAGE",
    .arguments_min = 1,
    .arguments_max = 1,
    .completes = CLI_FILE,
    .summary = "set an account's profile picture",
    .details = "Signs and sends a picture (PNG, JPEG, GIF, WebP or AVIF, 2 MiB at most) that the "
               "node then gives for the account's address. It is no token: it can be changed, and "
               "nothing of it is on the chain.",
    .example = "mintmark avatar set me.png --from 1",
    .options = SET_OPTIONS,
    .option_count = MM_COUNT_OF(SET_OPTIONS),
    .run = run_set,
};
const struct cli_command CLI_CMD_AVATAR_GET = {
    .name = "avatar get",
    .arguments = "ADDRESS",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "write an account's profile picture to standard output",
    .details = "Asks the node for the picture that was set for this address.",
    .example = "mintmark avatar get 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 > me.png",
    .options = GET_OPTIONS,
    .option_count = MM_COUNT_OF(GET_OPTIONS),
    .run = run_get,
};
