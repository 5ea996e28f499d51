#include "node/cli/rule_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "node/cli/rule_facts_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"

enum { FACTS_BYTES_MAX = 1 << 20, FACTS_MAX = 4096, FACTS_DEPTH_MAX = 4 };

/* ---- names ---- */

static const char *const SPACES[] = { /* first words of what is no variable */
                                      "trait",   "history", "credits",  "tokenCredit",
                                      "balance", "votes",   "approved", "spec"
};

static bool is_known(mm_bytes name)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++) {
        if (mm_bytes_equal(name, mm_bytes_str(RULE_CHAIN_VARIABLES[i].name)))
            return true;
    }
    for (size_t i = 0; i < MM_COUNT_OF(SPACES); i++) {
        const mm_bytes space = mm_bytes_str(SPACES[i]);
        if (name.len >= space.len && memcmp(name.ptr, space.ptr, space.len) == 0 &&
            (name.len == space.len || name.ptr[space.len] == '.'))
            return true;
    }
    return false;
}

/* Addresses in names are the same in both cases. */
static bool same_name(mm_bytes a, mm_bytes b)
{
    const uint8_t *x = a.len >= 42 ? a.ptr + a.len - 42 : NULL;
    if (a.len != b.len)
        return false;
    if (x == NULL || x[0] != '0' || x[1] != 'x')
        return mm_bytes_equal(a, b);
    mm_addr first;
    mm_addr second;
    return hex_read_addr(&first, mm_bytes_from(x, 42)) &&
           hex_read_addr(&second, mm_bytes_from(b.ptr + b.len - 42, 42)) &&
           mm_addr_equal(&first, &second) && memcmp(a.ptr, b.ptr, a.len - 42) == 0;
}

const struct fact *facts_find(const struct facts *facts, mm_bytes name)
{
    for (size_t i = facts->count; i-- > 0;) {
        if (same_name(facts->items[i].name, name))
            return &facts->items[i];
    }
    return NULL;
}

/* ---- reading ---- */

static int add_fact(struct facts *facts, mm_bytes name, mm_bytes text, const struct json *list)
{
    if (!is_known(name))
        return cli_misuse(
            facts->run, "no rule asks for '%.*s'; `mintmark rule eval --help` names what there is",
            (int)(name.len < 80 ? name.len : 80), name.ptr);
    if (facts->count == FACTS_MAX)
        return cli_fail(facts->run, CLI_FAILED, "more than %d facts", FACTS_MAX);
    facts->items[facts->count++] = (struct fact){ name, text, list };
    return CLI_OK;
}

mm_bytes facts_join_names(struct facts *facts, mm_bytes outer, mm_bytes inner)
{
    const size_t dot = outer.len > 0;
    uint8_t *text = mm_arena_alloc(&facts->run->arena, outer.len + dot + inner.len);
    if (text == NULL)
        return (mm_bytes){ 0 };
    if (dot) {
        memcpy(text, outer.ptr, outer.len);
        text[outer.len] = '.';
    }
    if (inner.len > 0)
        memcpy(text + outer.len + dot, inner.ptr, inner.len);
    return mm_bytes_from(text, outer.len + dot + inner.len);
}

mm_bytes facts_text_of(const struct json *value)
{
    if (value->kind == JSON_TRUE)
        return MM_BYTES_LIT("true");
    return value->kind == JSON_FALSE ? MM_BYTES_LIT("false") : value->text;
}

/* Objects within objects, walked with a stack. */
static int add_objects(struct facts *facts, const struct json *object)
{
    struct {
        const struct json *object;
        size_t next;
        mm_bytes name;
    } levels[FACTS_DEPTH_MAX] = { { object, 0, { 0 } } };
    size_t depth = 1;
    while (depth > 0) {
        if (levels[depth - 1].next == levels[depth - 1].object->count) {
            depth--;
            continue;
        }
        const struct json_member *member =
            &levels[depth - 1].object->members[levels[depth - 1].next++];
        const mm_bytes name = facts_join_names(facts, levels[depth - 1].name, member->key);
        if (member->value.kind == JSON_OBJECT) {
            if (depth == FACTS_DEPTH_MAX)
                return cli_fail(facts->run, CLI_FAILED, "facts in more than %d objects",
                                FACTS_DEPTH_MAX);
            levels[depth].object = &member->value;
            levels[depth].next = 0;
            levels[depth++].name = name;
            continue;
        }
        const int status = add_fact(facts, name, facts_text_of(&member->value),
                                    member->value.kind == JSON_ARRAY ? &member->value : NULL);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}

int facts_read_file(struct cli_run *run, mm_bytes *out, const char *path, size_t bytes_max)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = mm_arena_alloc(&run->arena, bytes_max + 1);
    size_t len = 0;
    ssize_t got = fd < 0 || bytes == NULL ? -1 : 1;
    while (got > 0 && len <= bytes_max) {
        got = read(fd, bytes + len, bytes_max + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    const int error = errno;
    if (fd >= 0 && !is_stdin)
        (void)close(fd);
    if (got < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
    if (len > bytes_max)
        return cli_fail(run, CLI_FAILED, "%s: larger than %zu bytes", path, bytes_max);
    *out = mm_bytes_from(bytes, len);
    return CLI_OK;
}

static int read_facts_file(struct facts *facts, const char *path)
{
    struct mm_reason reason = { .text = "" };
    const struct json_options options = { .unique_keys = true };
    struct json *json = MM_ARENA_NEW(&facts->run->arena, struct json);
    mm_bytes text;
    const int status = facts_read_file(facts->run, &text, path, FACTS_BYTES_MAX);
    if (status != CLI_OK)
        return status;
    if (json == NULL || json_parse(&facts->run->arena, json, text, &options, &reason) != JSON_OK)
        return cli_fail(facts->run, CLI_FAILED, "%s: %s", path, reason.text);
    if (json->kind != JSON_OBJECT)
        return cli_fail(facts->run, CLI_FAILED, "%s: not an object", path);
    return add_objects(facts, json);
}

/* "NAME=VALUE". */
static bool split(struct fact *fact, const char *word)
{
    const char *sign = strchr(word, '=');
    if (sign == NULL || sign == word)
        return false;
    *fact = (struct fact){ .name = mm_bytes_from(word, (size_t)(sign - word)),
                           .text = mm_bytes_str(sign + 1) };
    return true;
}

static int add_word(struct facts *facts, const char *word)
{
    const struct json_options options = { .unique_keys = true };
    struct json *json = MM_ARENA_NEW(&facts->run->arena, struct json);
    struct fact fact;
    if (!split(&fact, word))
        return cli_misuse(facts->run, "--set %.80s: it is NAME=VALUE", word);
    const bool is_list = fact.text.len > 0 && fact.text.ptr[0] == '[' && json != NULL &&
                         json_parse(&facts->run->arena, json, fact.text, &options, NULL) == JSON_OK;
    return add_fact(facts, fact.name, fact.text, is_list ? json : NULL);
}

bool facts_kind_of_word(struct rule_type *type, mm_bytes word)
{
    static const struct {
        const char *word;
        enum rule_kind kind;
    } kinds[] = { { "uint", RULE_UINT },
                  { "bool", RULE_BOOL },
                  { "bytes32", RULE_BYTES },
                  { "string", RULE_STRING } };
    for (size_t i = 0; i < MM_COUNT_OF(kinds); i++) {
        *type = rule_type_of(kinds[i].kind);
        if (mm_bytes_equal(word, mm_bytes_str(kinds[i].word)))
            return true;
    }
    return false;
}

static int read_traits(struct facts *facts)
{
    const struct cli_value *given = cli_value(facts->run, "trait");
    struct rule_type type;
    facts->traits = MM_ARENA_ARRAY(&facts->run->arena, struct fact, given->count);
    MM_ASSERT(facts->traits != NULL);
    for (size_t i = 0; i < given->count; i++) {
        struct fact *trait = &facts->traits[facts->trait_count++];
        if (!split(trait, given->items[i]) || !facts_kind_of_word(&type, trait->text))
            return cli_misuse(
                facts->run, "--trait %.80s: it is NAME=KIND, KIND is uint, bool, bytes32 or string",
                given->items[i]);
    }
    return CLI_OK;
}

int facts_read(struct facts *facts, struct cli_run *run)
{
    *facts = (struct facts){ .run = run };
    facts->items = mm_arena_alloc(&run->arena, FACTS_MAX * sizeof *facts->items);
    MM_ASSERT(facts->items != NULL); /* the run's arena is far larger */
    int status = read_traits(facts);
    if (status != CLI_OK || strcmp(run->command->name, "rule eval") != 0)
        return status;
    if (cli_text(run, "facts") != NULL)
        status = read_facts_file(facts, cli_text(run, "facts"));
    const struct cli_value *words = cli_value(run, "set");
    for (size_t i = 0; i < words->count && status == CLI_OK; i++)
        status = add_word(facts, words->items[i]);
    return status;
}
