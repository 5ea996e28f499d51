/* ainft chat: a conversation in the terminal, or from a pipe, a line each. */
#include <stdlib.h>
#include <unistd.h>

#include "node/cli/ainft_calls.h"
#include "node/cli/ainft_talk.h"
#include "node/cli/commands.h"
#include "state/codec/utf8.h"

enum { JSON_BYTES_MAX = 2 << 20 };

struct chatting {
    struct cli_run *run;
    struct ainft_talk talk;
    mm_bytes name;
    bool is_terminal;
};

/* ---- what is printed ---- */

static void say(const struct chatting *c, mm_bytes words)
{
    if (c->is_terminal) {
        cli_print(stdout, c->name);
        fputs(": ", stdout);
    }
    cli_print_lines(words);
    fflush(stdout);
}

static int greet(struct chatting *c)
{
    const struct json *about;
    REMOTE_TRY(ainft_talk_about(&c->talk, &about));
    const struct json *starters = json_find(about, "chatStarters");
    c->name = ainft_talk_text(about, "name");
    if (c->name.len == 0)
        c->name = MM_BYTES_LIT("it");
    if (cli_flag(c->run, "json"))
        return CLI_OK;
    if (ainft_talk_text(about, "greeting").len > 0)
        say(c, ainft_talk_text(about, "greeting"));
    for (size_t i = 0; c->is_terminal && starters != NULL && i < starters->count; i++) {
        fputs("  · ", stdout);
        cli_print(stdout, starters->items[i].text);
        putchar('\n');
    }
    if (c->is_terminal)
        fputs("/save keeps the conversation, /quit ends it.\n", stdout);
    return CLI_OK;
}

static int take_turn(struct chatting *c, mm_bytes line)
{
    const struct talk_message *reply;
    struct mm_buf json;
    REMOTE_TRY(ainft_talk_say(&c->talk, &reply, line));
    if (!cli_flag(c->run, "json")) {
        say(c, reply->content);
        return CLI_OK;
    }
    mm_buf_init(&json, JSON_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "reply");
    json_add_string(&w, reply->content);
    json_key(&w, "ainft");
    talk_write_reply(&w, &reply->reply);
    json_close_object(&w);
    return cli_print_json(c->run, &json);
}

static void print_saved(const struct chatting *c, const struct json *answer)
{
    const struct json *index = json_find(answer, "index");
    cli_field(c->run, "entry", index == NULL ? MM_BYTES_LIT("?") : index->text);
    if (ainft_talk_text(answer, "cid").len > 0)
        cli_field(c->run, "transcript", ainft_talk_text(answer, "cid"));
    else
        cli_field(c->run, "transcript (keep it)", ainft_talk_text(answer, "transcript"));
    cli_field(c->run, "transaction", ainft_talk_text(answer, "transactionHash"));
    fflush(stdout);
}

static int save(struct chatting *c)
{
    struct json answer;
    struct mm_buf json;
    REMOTE_TRY(ainft_talk_save(&c->talk, &answer));
    if (!cli_flag(c->run, "json")) {
        print_saved(c, &answer);
        return CLI_OK;
    }
    mm_buf_init(&json, JSON_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_add_value(&w, &answer);
    return cli_print_json(c->run, &json);
}

/* ---- the conversation ---- */

/* A line of standard input without its end, in the arena; empty lines are passed over. False: that was all. */
static bool next_line(struct chatting *c, mm_bytes *out)
{
    char *line = NULL;
    size_t capacity = 0;
    bool ok = false;
    for (;;) {
        if (c->is_terminal) {
            fputs("> ", stdout);
            fflush(stdout);
        }
        ssize_t len = getline(&line, &capacity, stdin);
        if (len < 0)
            break;
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' '))
            len--;
        if (len == 0)
            continue;
        ok = mm_arena_copy(&c->run->arena, out, mm_bytes_from(line, (size_t)len)) == MM_OK;
        break;
    }
    free(line); /* getline's own */
    return ok;
}

static bool is_word(mm_bytes line, const char *word)
{
    return mm_bytes_equal(line, mm_bytes_str(word));
}

/* At a terminal a refusal is said and the conversation goes on; a script stops at the first. */
static int converse(struct chatting *c)
{
    int status = greet(c);
    mm_bytes line;
    while ((status == CLI_OK || c->is_terminal) && next_line(c, &line)) {
        if (is_word(line, "/quit"))
            break;
        if (is_word(line, "/save"))
            status = save(c);
        else if (!utf8_is_valid(line))
            status = cli_fail(c->run, CLI_FAILED, "a line is not UTF-8");
        else if (line.len > TALK_CONTENT_BYTES_MAX)
            status =
                cli_fail(c->run, CLI_FAILED, "a line has at most %d bytes", TALK_CONTENT_BYTES_MAX);
        else
            status = take_turn(c, line);
        if (status == CLI_NO_NODE)
            break;
    }
    return c->is_terminal && status != CLI_NO_NODE ? CLI_OK : status;
}

static int chat(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    struct chatting *c = MM_ARENA_NEW(&run->arena, struct chatting);
    (void)ctx;
    if (c == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    c->run = run;
    c->is_terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
    c->talk.run = run;
    c->talk.remote = remote;
    c->talk.secret = secret;
    c->talk.collection = cli_value(run, "collection")->addr;
    if (!cli_token_id(run, &c->talk.token, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(ainft_talk_begin(&c->talk));
    return converse(c);
}

static int run_chat(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, chat, NULL);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_CHAT = {
    .name = "ainft chat",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "talk with a token",
    .details = "A line of standard input is said, the reply is printed. /save signs the "
               "conversation and has it saved to the token's history, /quit ends. The signer's "
               "session is made here; the key never leaves the program.",
    .example = "mintmark ainft chat 1 -c 0x… --from 2\nprintf 'Who are you?\\n/save\\n' | mintmark "
               "ainft chat 1 -c 0x…",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_chat,
};
