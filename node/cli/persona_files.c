#include "node/cli/persona_files.h"

#include "node/cli/upload.h"
#include "node/files.h"
#include "rpc/persona/spec.h"

static const char GREETING[] =
    "Good day. I am Vera, curator and guide of this collection. Ask me what I am, what I have been "
    "through, or what an NFT is good for; and tell me your name, if you like.";
static const char DESCRIPTION[] =
    "A persona: it answers by a script that anybody can read and replay, and remembers on chain.";
static const char *const STARTERS[] = { "Who are you?", "What is in your history?",
                                        "How do you reach the next level?", "Tell me a joke.",
                                        "Why should I trust you?" };

/* ---- the script ---- */

static int read_script(struct cli_run *run, mm_bytes *out)
{
    const char *path = cli_text(run, "script");
    struct mm_reason reason = { .text = "" };
    const struct persona_script *script;
    struct mm_buf text;
    *out = persona_curator();
    if (path == NULL)
        return CLI_OK;
    mm_buf_init(&text, PERSONA_SCRIPT_BYTES_MAX);
    mm_err err = file_read(&text, path, &reason);
    if (err == MM_OK)
        err = mm_arena_copy(&run->arena, out, mm_buf_bytes(&text));
    mm_buf_fini(&text);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s",
                        reason.text[0] != '\0' ? reason.text : mm_err_text(err));
    if (persona_script_parse(&run->arena, &script, *out, &reason) != PERSONA_OK)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, reason.text);
    return CLI_OK;
}

/* ---- texts ---- */

static int keep(struct cli_run *run, mm_bytes *out, struct mm_buf *taken)
{
    mm_err err = mm_buf_err(taken);
    if (err == MM_OK)
        err = mm_arena_copy(&run->arena, out, mm_buf_bytes(taken));
    mm_buf_fini(taken);
    return err == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "%s", mm_err_text(err));
}

static void add_member(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_add_text(w, text);
}

static const char *text_or(const struct cli_run *run, const char *option, const char *otherwise)
{
    const char *text = cli_text(run, option);
    return text == NULL ? otherwise : text;
}

static void add_model(struct cli_run *run, struct json_writer *w, const char *script_uri)
{
    const char *remote = cli_text(run, "model");
    json_key(w, "model");
    json_open_object(w);
    add_member(w, "engine", remote == NULL ? "script" : "openai");
    add_member(w, "id", remote == NULL ? "curator-1" : remote);
    if (remote == NULL)
        add_member(w, "script", script_uri);
    json_close_object(w);
}

static void add_history(struct cli_run *run, struct json_writer *w, const mm_hash32 *owner)
{
    json_key(w, "history");
    json_open_object(w);
    add_member(w, "privacy", cli_text(run, "privacy"));
    if (owner != NULL) {
        json_key(w, "keys");
        json_open_array(w);
        json_add_data(w, mm_bytes_hash(owner));
        json_close_array(w);
    }
    json_close_object(w);
}

static int write_spec(struct cli_run *run, struct persona_files *files, const char *script_uri,
                      const mm_hash32 *owner)
{
    const bool is_own = cli_text(run, "script") != NULL || cli_text(run, "model") != NULL;
    const char *greeting = text_or(run, "greeting", is_own ? NULL : GREETING);
    const char *instructions = cli_text(run, "instructions");
    struct mm_reason reason = { .text = "" };
    struct spec spec;
    struct mm_buf out;
    mm_buf_init(&out, SPEC_BYTES_MAX);
    struct json_writer w = json_writer_over(&out);
    json_open_object(&w);
    add_member(&w, "schema", "ainft-spec/1");
    add_member(&w, "kind", "persona");
    add_member(&w, "name", text_or(run, "name", "Vera"));
    add_model(run, &w, script_uri);
    if (instructions != NULL)
        add_member(&w, "instructions", instructions);
    if (greeting != NULL)
        add_member(&w, "greeting", greeting);
    if (!is_own) {
        json_key(&w, "chatStarters");
        json_open_array(&w);
        for (size_t i = 0; i < MM_COUNT_OF(STARTERS); i++)
            json_add_text(&w, STARTERS[i]);
        json_close_array(&w);
    }
    if (cli_is_given(run, "hold")) {
        json_key(&w, "access");
        json_open_object(&w);
        json_key(&w, "credits");
        json_add_u64(&w, cli_number(run, "hold"));
        json_close_object(&w);
    }
    add_history(run, &w, owner);
    json_close_object(&w);
    const int status = keep(run, &files->spec, &out);
    if (status == CLI_OK && spec_parse(&run->arena, &spec, files->spec, &reason) != PERSONA_OK)
        return cli_fail(run, CLI_FAILED, "the specification would be refused: %s", reason.text);
    return status;
}

static int write_metadata(struct cli_run *run, struct persona_files *files)
{
    struct mm_buf out;
    mm_buf_init(&out, 64 << 10);
    struct json_writer w = json_writer_over(&out);
    json_open_object(&w);
    add_member(&w, "name", text_or(run, "name", "Vera"));
    add_member(&w, "description", DESCRIPTION);
    add_member(&w, "image", text_or(run, "image", ""));
    add_member(&w, "type", "https://eips.ethereum.org/EIPS/eip-8004#registration-v1");
    json_key(&w, "services");
    json_open_array(&w);
    json_close_array(&w);
    json_key(&w, "registrations");
    json_open_array(&w);
    json_close_array(&w);
    json_key(&w, "supportedTrust");
    json_open_array(&w);
    json_add_text(&w, "replay");
    json_close_array(&w);
    json_close_object(&w);
    return keep(run, &files->metadata, &out);
}

/* ---- hashes ---- */

static mm_err import(struct import_result *out, mm_bytes bytes)
{
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, NULL);
    mm_err err = file == NULL ? MM_ERR_NO_MEMORY : import_file_write(file, bytes);
    if (err == MM_OK)
        err = import_file_finish(file, out);
    import_file_free(file);
    return err;
}

static mm_err add_file(struct import_dir *dir, const char *name, mm_bytes bytes)
{
    struct import_result result;
    MM_TRY(import(&result, bytes));
    return import_dir_add(dir, mm_bytes_str(name), &result);
}

static mm_err hash_folder(struct persona_files *files)
{
    struct import_dir *dir = import_dir_new(CONTENT_PROFILE_DEFAULT, NULL);
    struct import_result result;
    mm_err err = dir == NULL ? MM_ERR_NO_MEMORY : add_file(dir, "metadata.json", files->metadata);
    if (err == MM_OK)
        err = add_file(dir, "spec.json", files->spec);
    if (err == MM_OK && files->script.len > 0)
        err = add_file(dir, "script.json", files->script);
    if (err == MM_OK)
        err = import_dir_finish(dir, &result);
    if (err == MM_OK)
        files->folder = result.cid;
    import_dir_free(dir);
    return err;
}

static mm_err hash_spec(struct persona_files *files)
{
    struct multihasher *hasher = multihasher_new();
    struct multihash hash;
    mm_err err = hasher == NULL
                     ? MM_ERR_NO_MEMORY
                     : multihasher_digest(hasher, &hash, MULTIHASH_SHA2_256, &files->spec, 1);
    multihasher_free(hasher);
    if (err == MM_OK)
        memcpy(files->spec_digest.b, hash.digest, sizeof files->spec_digest.b);
    return err;
}

int persona_files_make(struct cli_run *run, struct persona_files *files, const mm_hash32 *owner)
{
    char script_uri[200] = "";
    char cid[CID_TEXT_MAX + 1];
    struct import_result script;
    *files = (struct persona_files){ .token_uri = "" };
    if (cli_text(run, "model") == NULL) {
        REMOTE_TRY(read_script(run, &files->script));
        if (import(&script, files->script) != MM_OK)
            return cli_fail(run, CLI_FAILED, "out of memory");
        (void)cid_to_text(cid, &script.cid, MULTIBASE_BASE32);
        (void)snprintf(script_uri, sizeof script_uri, "ipfs://%.180s", cid);
    }
    REMOTE_TRY(write_spec(run, files, script_uri, owner));
    REMOTE_TRY(write_metadata(run, files));
    mm_err err = hash_spec(files);
    if (err == MM_OK)
        err = hash_folder(files);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", mm_err_text(err));
    (void)cid_to_text(cid, &files->folder, MULTIBASE_BASE32);
    (void)snprintf(files->token_uri, sizeof files->token_uri, "ipfs://%.170s/metadata.json", cid);
    (void)snprintf(files->spec_uri, sizeof files->spec_uri, "ipfs://%.170s/spec.json", cid);
    return CLI_OK;
}

int persona_files_upload(struct remote *remote, const struct persona_files *files)
{
    struct multipart body;
    struct cid root;
    char query[160];
    multipart_init(&body, &remote->run->arena, 3);
    multipart_add_bytes(&body, MM_BYTES_LIT("metadata.json"), files->metadata);
    multipart_add_bytes(&body, MM_BYTES_LIT("spec.json"), files->spec);
    if (files->script.len > 0)
        multipart_add_bytes(&body, MM_BYTES_LIT("script.json"), files->script);
    const mm_err err = multipart_finish(&body);
    if (err != MM_OK)
        return cli_fail(remote->run, CLI_FAILED, "upload: %s", mm_err_text(err));
    (void)snprintf(query, sizeof query, "profile=%s&wrap-with-directory=true&pin=true",
                   CONTENT_PROFILE_DEFAULT->name);
    const struct upload what = { .body = &body, .query = query };
    REMOTE_TRY(upload(remote, &root, &what));
    return cid_equal(&root, &files->folder)
               ? CLI_OK
               : cli_fail(remote->run, CLI_FAILED,
                          "the node stored the folder under another name than its content has");
}
