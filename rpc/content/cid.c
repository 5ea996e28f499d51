/* cid/format, cid/base32: the same CID in another version, codec, alphabet or words. A line {"CidStr","Formatted","ErrorMsg"} for each. */
#include "p2p/content/codec.h"
#include "rpc/content/api_internal.h"
#include "rpc/content/cid_format.h"

enum { ANSWER_BYTES_MAX = 4 << 20, FORMATTED_BYTES_MAX = 64 << 10 };

static void add_line(struct mm_buf *out, mm_bytes argument, mm_bytes formatted, const char *err)
{
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    json_key(&w, "CidStr");
    json_add_string(&w, argument);
    json_key(&w, "Formatted");
    json_add_string(&w, formatted);
    json_key(&w, "ErrorMsg");
    json_add_text(&w, err);
    json_close_object(&w);
    mm_buf_add_byte(out, '\n');
}

static void answer(struct api_call *call, const struct cid_format *format)
{
    struct http_response response;
    struct mm_buf text;
    api_open_json(&response, ANSWER_BYTES_MAX);
    mm_buf_init(&text, FORMATTED_BYTES_MAX);
    for (size_t i = 0; i < call->argument_count; i++) {
        struct cid cid;
        const mm_bytes argument = call->arguments[i];
        const enum cid_verdict cid_is = cid_parse(&cid, argument);
        const char *err =
            cid_is == CID_OK || cid_is == CID_UNSUPPORTED ? NULL : cid_verdict_text(cid_is);
        mm_buf_reset(&text);
        if (err == NULL)
            err = cid_format_write(&text, format, &cid, cid_format_base_of(argument));
        if (err == NULL && mm_buf_err(&text) != MM_OK)
            err = "too long";
        add_line(&response.body, argument, err == NULL ? mm_buf_bytes(&text) : mm_bytes_from("", 0),
                 err == NULL ? "" : err);
    }
    mm_buf_fini(&text);
    http_response_header(&response, "X-Chunked-Output", MM_BYTES_LIT("1"));
    http_answer(call->request, &response);
}

static const char *read_format(struct cid_format *format, const struct api_call *call)
{
    const mm_bytes version = api_text(call, "v", "");
    const mm_bytes codec = api_text(call, "mc", "");
    const mm_bytes base = api_text(call, "b", "");
    *format = (struct cid_format){ .text = api_text(call, "f", "%s") };
    if (!cid_format_is_valid(format->text))
        return "option f: no format";
    if (codec.len > 0 && !codec_find(&format->codec, codec))
        return "option mc: a codec that is not known here";
    format->has_codec = codec.len > 0;
    if (base.len > 0 && !multibase_find(&format->base, base))
        return "option b: an alphabet that is not known here";
    format->has_base = base.len > 0;
    const bool is_zero = mm_bytes_equal(version, MM_BYTES_LIT("0"));
    if (version.len > 0 && !is_zero && !mm_bytes_equal(version, MM_BYTES_LIT("1")))
        return "option v: only 0 and 1";
    format->version = version.len == 0 ? (base.len > 0 ? CID_FORMAT_V1 : CID_FORMAT_SAME)
                      : is_zero        ? CID_FORMAT_V0
                                       : CID_FORMAT_V1;
    if (is_zero && base.len > 0 && format->base != MULTIBASE_BASE58BTC)
        return "option b: a version 0 is base58btc";
    if (is_zero && codec.len > 0 && format->codec != CID_DAG_PB)
        return "option mc: a version 0 is dag-pb";
    return NULL;
}

static void respond_format(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct cid_format format;
    if (call == NULL)
        return;
    const char *err = read_format(&format, call);
    if (err != NULL)
        api_fail(request, 500, "%s", err);
    else
        answer(call, &format);
}

static void respond_base32(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    const struct cid_format format = { .text = MM_BYTES_LIT("%s"),
                                       .version = CID_FORMAT_V1,
                                       .has_base = true,
                                       .base = MULTIBASE_BASE32 };
    if (call != NULL)
        answer(call, &format);
}

static const struct api_option OPTIONS[] = {
    { "f", NULL, API_TEXT, NULL,
      "%s, %b %v %c %h %L %m %d %P as kubo's, capitals for codes or without prefix" },
    { "v", NULL, API_TEXT, NULL, "another version, 0 or 1" },
    { "mc", NULL, API_TEXT, NULL, "another codec" },
    { "b", NULL, API_TEXT, NULL, "another alphabet" },
};

const struct api_command API_CMD_CID_FORMAT = {
    .name = "cid/format",
    .arguments = "CID…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "CIDs in another form, a line {CidStr, Formatted, ErrorMsg} for each",
    .respond = respond_format,
};

const struct api_command API_CMD_CID_BASE32 = {
    .name = "cid/base32",
    .arguments = "CID…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .summary = "CIDs as version 1 in base32, lines as those of cid/format",
    .respond = respond_base32,
};
