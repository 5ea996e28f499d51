/* ainft transcript: a saved conversation, opened if it was sealed to the signer, and what of it holds. */
#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"
#include "node/cli/fetch.h"
#include "rpc/transcript/seal.h"
#include "state/codec/hex.h"

enum { PARAMS_BYTES_MAX = 8 << 20, FILE_BYTES_MAX = 4 * TRANSCRIPT_BYTES_MAX };

struct looking {
    struct cli_run *run;
    struct remote *remote;
    const struct secp_secret *secret;
    mm_u256 token;
    mm_u256 index;
};

/* text: a transcript that the node cannot read by itself, or empty. */
static int verify(struct looking *l, struct json *result, mm_bytes text)
{
    const struct cli_run *run = l->run;
    struct jsonrpc_reply reply;
    struct mm_buf params;
    mm_buf_init(&params, PARAMS_BYTES_MAX);
    struct json_writer w = json_writer_over(&params);
    json_open_array(&w);
    json_add_data(&w, mm_bytes_addr(&cli_value(run, "collection")->addr));
    json_add_quantity_u256(&w, &l->token);
    json_add_quantity_u256(&w, &l->index);
    if (text.len > 0)
        json_add_string(&w, text);
    json_close_array(&w);
    int status = mm_buf_err(&params) == MM_OK
                     ? remote_ask(l->remote, &reply, "ainft_verifyHistory", mm_buf_bytes(&params))
                     : cli_fail(run, CLI_FAILED, "out of memory");
    mm_buf_fini(&params);
    if (status == CLI_OK && reply.is_error)
        status = remote_refused(l->remote, "ainft_verifyHistory", &reply);
    if (status == CLI_OK)
        *result = reply.result;
    return status;
}

/* What the entry names, from the node's store and hashed here. */
static int fetch_saved(struct looking *l, mm_bytes *out, const struct json *result)
{
    const struct json *entry = json_find(result, "entry");
    const struct json *content = entry == NULL ? NULL : json_find(entry, "content");
    uint8_t bytes[CID_BYTES_MAX];
    struct fetch fetch;
    struct cid cid;
    size_t len;
    if (content == NULL || content->kind != JSON_STRING || !hex_data_len(&len, content->text) ||
        len > sizeof bytes || !hex_decode(bytes, mm_bytes_from(content->text.ptr + 2, 2 * len)) ||
        cid_decode(&cid, mm_bytes_from(bytes, len)) != CID_OK)
        return cli_fail(l->run, CLI_FAILED,
                        "the entry names no stored transcript: only its author has it");
    REMOTE_TRY(fetch_open(&fetch, l->remote));
    const enum fetch_verdict verdict =
        fetch_bytes(&fetch, out, &cid, mm_bytes_from(NULL, 0), FILE_BYTES_MAX);
    const int status = verdict == FETCH_OK ? CLI_OK
                                           : cli_fail(l->run, CLI_FAILED, "the transcript: %s",
                                                      fetch_verdict_text(verdict));
    fetch_close(&fetch);
    return status;
}

/* An envelope is opened with the signer's key; anything else is taken as it is. */
static int open_file(struct looking *l, mm_bytes *text, mm_bytes file)
{
    struct seal_keys keys;
    mm_hash32 commitment;
    *text = file;
    if (!seal_commitment(&l->run->arena, &commitment, file))
        return CLI_OK;
    seal_keys_for(&keys, l->secret);
    const mm_err err = seal_open(&l->run->arena, text, file, &keys);
    seal_keys_wipe(&keys);
    if (err == MM_ERR_NOT_FOUND)
        return cli_fail(l->run, CLI_FAILED, "the transcript is sealed, and not to this account");
    return err == MM_OK
               ? CLI_OK
               : cli_fail(l->run, CLI_UNVERIFIED, "the sealed transcript: %s", mm_err_text(err));
}

static bool is_true(const struct json *result, const char *key)
{
    const struct json *value = json_find(result, key);
    return value != NULL && value->kind == JSON_TRUE;
}

static int print(struct looking *l, mm_bytes text, const struct json *result)
{
    struct cli_run *run = l->run;
    struct transcript transcript;
    struct mm_reason reason = { .text = "" };
    const bool is_valid = is_true(result, "valid");
    const bool is_replayed = is_true(result, "replayed");
    if (!transcript_read(&run->arena, &transcript, text, &reason))
        return cli_fail(run, CLI_UNVERIFIED, "the transcript is none: %s", reason.text);
    if (cli_flag(run, "json")) {
        struct mm_buf json;
        mm_buf_init(&json, PARAMS_BYTES_MAX);
        struct json_writer w = json_writer_over(&json);
        json_open_object(&w);
        json_key(&w, "verified");
        json_add_value(&w, result);
        json_key(&w, "transcript");
        json_add_raw(&w, text);
        json_close_object(&w);
        REMOTE_TRY(cli_print_json(run, &json));
        return is_valid ? CLI_OK : CLI_UNVERIFIED;
    }
    for (size_t i = 0; i < transcript.talk.count; i++) {
        fputs(transcript.talk.messages[i].role == TALK_USER ? "> " : "  ", stdout);
        cli_print_lines(transcript.talk.messages[i].content);
    }
    cli_field(run, "verified",
              !is_valid     ? MM_BYTES_LIT("no; --json says what does not hold")
              : is_replayed ? MM_BYTES_LIT("yes, and the script says the same again")
                            : MM_BYTES_LIT("signatures alone: the persona is a remote model"));
    return is_valid ? CLI_OK : CLI_UNVERIFIED;
}

static int look(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    struct looking l = { .run = run, .remote = remote, .secret = secret };
    struct json result;
    mm_bytes file;
    mm_bytes text;
    (void)ctx;
    if (!cli_token_id(run, &l.token, run->arguments[0]))
        return CLI_USAGE;
    if (!u256_from_decimal(&l.index, mm_bytes_str(run->arguments[1])))
        return cli_misuse(run, "'%s' is no number of an entry", run->arguments[1]);
    REMOTE_TRY(verify(&l, &result, mm_bytes_from(NULL, 0)));
    REMOTE_TRY(fetch_saved(&l, &file, &result));
    REMOTE_TRY(open_file(&l, &text, file));
    if (text.ptr != file.ptr)
        REMOTE_TRY(verify(&l, &result, text));
    return print(&l, text, &result);
}

static int run_transcript(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, look, NULL);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_AINFT,
    CLI_OPTION_API,
    CLI_OPTION_GATEWAY,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_TRANSCRIPT = {
    .name = "ainft transcript",
    .arguments = "ID INDEX",
    .arguments_min = 2,
    .arguments_max = 2,
    .summary = "read a saved conversation, and say whether it holds",
    .details = "Fetches the transcript that entry INDEX of token ID names, opens it when it is "
               "sealed to the signer, and has the node verify and replay it. The status is 3 when "
               "something does not hold.",
    .example = "mintmark ainft transcript 1 0 -c 0x…",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_transcript,
};
