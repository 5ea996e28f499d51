/* The published gateway cases against a gateway over a store that holds their CAR files.
 * Left out: the one that wants kubo's own markup (docs/TESTING.md). */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "p2p/content/car.h"
#include "rpc/gateway/gateway.h"
#include "state/codec/json.h"
#include "tests/lib/http_client.h"

#define FOLDER MINTMARK_SHARED "/fixtures/ipfs/gateway-conformance"

enum { CASES_LEFT_OUT = 1, CAR_BLOCKS_MAX = 512 };

static struct content *content;
static struct http_server *server;
static struct gateway gateway;

/* Owned by the caller: free(). */
static uint8_t *read_file(const char *path, mm_bytes *bytes_out)
{
    *bytes_out = mm_bytes_from(NULL, 0);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    (void)fseek(file, 0, SEEK_END);
    const size_t len = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(len);
    cr_assert(bytes != NULL && fread(bytes, 1, len, file) == len);
    (void)fclose(file);
    *bytes_out = mm_bytes_from(bytes, len);
    return bytes;
}

static void import_car(const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, FOLDER "/%s", name);
    mm_bytes in;
    uint8_t *file = read_file(path, &in);
    struct car_reader *reader = car_reader_new();
    struct content_writer *writer = content_writer_new(content);
    struct cid cid;
    mm_bytes block;
    for (;;) {
        const enum car_verdict verdict = car_feed(reader, &cid, &block, &in);
        if (verdict != CAR_BLOCK) {
            cr_assert_eq(verdict, CAR_MORE, "%s: %s", name, car_verdict_text(verdict));
            break;
        }
        cr_assert_eq(content_writer_put(writer, &cid, block), MM_OK);
    }
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    car_reader_free(reader);
    free(file);
}

static void open_all(void)
{
    struct mm_reason reason;
    cr_assert_eq(content_open(&content, &(struct content_options){ 0 }, &reason), MM_OK, "%s",
                 reason.text);
    DIR *dir = opendir(FOLDER);
    if (dir == NULL)
        return;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strstr(entry->d_name, ".car") != NULL)
            import_car(entry->d_name);
    }
    (void)closedir(dir);
    gateway = (struct gateway){ .content = content };
    static struct http_route route;
    route = gateway_route(&gateway);
    const struct http_options options = { .routes = &route,
                                          .routes_count = 1,
                                          .connection_bytes = GATEWAY_CONNECTION_BYTES };
    cr_assert_eq(http_server_start(&server, &options, &reason), MM_OK, "%s", reason.text);
}

static void close_all(void)
{
    http_server_stop(server);
    content_close(content);
}

static const char *text_of(struct mm_arena *arena, const struct json *value)
{
    return value == NULL ? NULL : mm_arena_text(arena, value->text);
}

static bool has_tag(const struct json *item, const char *tag)
{
    const struct json *tags = json_find(item, "tags");
    for (size_t i = 0; tags != NULL && i < tags->count; i++) {
        if (json_is_text(&tags->items[i], tag))
            return true;
    }
    return false;
}

static bool is_left_out(const struct json *item)
{
    return has_tag(item, "kubo-html");
}

/* The value of a header in the head of an answer, or "". */
static const char *header_of(struct mm_arena *arena, const struct reply *reply, mm_bytes name)
{
    for (const char *line = strstr(reply->head, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n")) {
        const char *at = line + 2;
        if (strncasecmp(at, (const char *)name.ptr, name.len) != 0 || at[name.len] != ':')
            continue;
        at += name.len + 2;
        return mm_arena_text(arena, mm_bytes_from(at, (size_t)(strstr(at, "\r\n") - at)));
    }
    return "";
}

static bool list_has(const char *list, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = list; (at = strcasestr(at, word)) != NULL; at++) {
        const bool begins = at == list || at[-1] == ' ' || at[-1] == ',';
        if (begins && (at[len] == '\0' || at[len] == ','))
            return true;
    }
    return false;
}

/* "DirIndex-.*_CID-x" and "…\".*\.car\"" are the only patterns: a beginning, anything, an end in which a backslash protects a dot. */
static bool matches(const char *value, const char *pattern)
{
    const char *any = strstr(pattern, ".*");
    cr_assert_not_null(any);
    char front[200];
    char end[200];
    size_t len = 0;
    (void)snprintf(front, sizeof front, "%.*s", (int)(any - pattern), pattern);
    for (const char *at = any + 2; *at != '\0'; at++) {
        if (*at != '\\')
            end[len++] = *at;
    }
    end[len] = '\0';
    const char *at = strstr(value, front);
    return at != NULL && strstr(at + strlen(front), end) != NULL;
}

static bool check_each(struct mm_arena *arena, const char *text, const struct json *wanted,
                       bool want)
{
    if (wanted->kind == JSON_STRING)
        return (strstr(text, text_of(arena, wanted)) != NULL) == want;
    for (size_t i = 0; i < wanted->count; i++) {
        if ((strstr(text, text_of(arena, &wanted->items[i])) != NULL) != want)
            return false;
    }
    return true;
}

static bool check_header(struct mm_arena *arena, const struct reply *reply,
                         const struct json_member *member)
{
    const char *value = header_of(arena, reply, member->key);
    bool ok = true;
    for (size_t i = 0; i < member->value.count; i++) {
        const struct json_member *rule = &member->value.members[i];
        const char *want = rule->value.kind == JSON_STRING ? text_of(arena, &rule->value) : NULL;
        if (mm_bytes_equal(rule->key, MM_BYTES_LIT("equals")))
            ok = ok && strcmp(value, want) == 0;
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("contains")))
            ok = ok && check_each(arena, value, &rule->value, true);
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("matches")))
            ok = ok && matches(value, want);
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("exists")))
            ok = ok && value[0] != '\0';
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("absent_or_equals")))
            ok = ok && (value[0] == '\0' || strcmp(value, want) == 0);
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("has")))
            for (size_t j = 0; j < rule->value.count; j++)
                ok = ok && list_has(value, text_of(arena, &rule->value.items[j]));
        else
            cr_assert(false, "unknown rule %.*s", (int)rule->key.len, (const char *)rule->key.ptr);
    }
    return ok;
}

static bool body_is_hex(const struct reply *reply, mm_bytes hex)
{
    if (hex.len != 2 * reply->body_len)
        return false;
    for (size_t i = 0; i < reply->body_len; i++) {
        char digits[3];
        (void)snprintf(digits, sizeof digits, "%02x", reply->body[i]);
        if (memcmp(digits, hex.ptr + 2 * i, 2) != 0)
            return false;
    }
    return true;
}

/* Objects of strings are all that the cases have. */
static bool body_is_json(struct mm_arena *arena, const struct reply *reply,
                         const struct json *wanted)
{
    struct json got;
    if (json_parse(arena, &got, mm_bytes_from(reply->body, reply->body_len),
                   &(struct json_options){ 0 }, NULL) != JSON_OK ||
        got.kind != JSON_OBJECT || got.count != wanted->count)
        return false;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct json_member *member = &wanted->members[i];
        const struct json *value = json_find(&got, mm_arena_text(arena, member->key));
        cr_assert_eq(member->value.kind, JSON_STRING);
        if (value == NULL || !json_is_text(value, text_of(arena, &member->value)))
            return false;
    }
    return true;
}

static bool is_cid(const struct cid *cid, mm_bytes text)
{
    struct cid named;
    return cid_parse(&named, text) == CID_OK && cid_equal(cid, &named);
}

/* Where in the list; its length when it is not there. */
static size_t find_cid(const struct cid *cid, const struct json *cids)
{
    size_t at = 0;
    while (at < cids->count && !is_cid(cid, cids->items[at].text))
        at++;
    return at;
}

/* The roots, and the blocks: each hashes to its name, and they are the wanted ones, in order if that is asked for. */
static bool check_car(const struct reply *reply, const struct json *wanted)
{
    const struct json *blocks = json_find(wanted, "blocks");
    const struct json *roots = json_find(wanted, "roots");
    const bool is_ordered = json_find(wanted, "ordered")->kind == JSON_TRUE;
    const bool is_exact = json_find(wanted, "exact")->kind == JSON_TRUE;
    struct car_reader *reader = car_reader_new();
    struct multihasher *hasher = multihasher_new();
    mm_bytes in = mm_bytes_from(reply->body, reply->body_len);
    mm_bytes block;
    struct cid cid;
    size_t count = 0;
    size_t found_count = 0;
    bool found[CAR_BLOCKS_MAX] = { false };
    bool ok = blocks->count <= CAR_BLOCKS_MAX;
    for (; ok && car_feed(reader, &cid, &block, &in) == CAR_BLOCK; count++) {
        const size_t at = is_ordered ? count : find_cid(&cid, blocks);
        const bool is_wanted = at < blocks->count && is_cid(&cid, blocks->items[at].text);
        ok = multihasher_check(hasher, &cid.hash, block) == MM_OK && (is_wanted || !is_exact);
        if (is_wanted && !found[at])
            found_count++;
        if (is_wanted)
            found[at] = true;
    }
    ok = ok && car_finish(reader) == CAR_OK && found_count == blocks->count &&
         (!is_exact || count == blocks->count);
    size_t root_count;
    const struct cid *root = car_roots(reader, &root_count);
    if (roots != NULL)
        ok = ok && roots->count == 1 && root_count == 1 && is_cid(root, roots->items[0].text);
    multihasher_free(hasher);
    car_reader_free(reader);
    return ok;
}

/* A member of a tar archive without extended headers, which no case needs. false at the end, or when it is none. */
struct tar_member {
    char name[101];
    char type;
    mm_bytes content;
};
static bool next_member(struct tar_member *member, mm_bytes *in)
{
    char octal[13];
    if (in->len < 512 || in->ptr[0] == '\0')
        return false;
    const char *head = (const char *)in->ptr;
    (void)snprintf(member->name, sizeof member->name, "%.100s", head);
    (void)snprintf(octal, sizeof octal, "%.12s", head + 124);
    member->type = head[156];
    const size_t len = strtoul(octal, NULL, 8);
    const size_t padded = 512 + (len + 511) / 512 * 512;
    if (memcmp(head + 257, "ustar", 5) != 0 || padded > in->len)
        return false;
    member->content = mm_bytes_from(in->ptr + 512, len);
    *in = mm_bytes_from(in->ptr + padded, in->len - padded);
    return true;
}

/* The archive is whole, nothing in it is beside its one root, and it has each of these. */
static bool check_tar(struct mm_arena *arena, const struct reply *reply, const struct json *wanted)
{
    const struct json *files = json_find(wanted, "files");
    const struct json *names = json_find(wanted, "has");
    mm_bytes in = mm_bytes_from(reply->body, reply->body_len);
    struct tar_member member;
    size_t found = 0;
    char top[101] = "";
    bool ok = reply->ok;
    while (ok && next_member(&member, &in)) {
        const size_t len = strcspn(member.name, "/");
        if (top[0] == '\0')
            (void)snprintf(top, sizeof top, "%.*s", (int)len, member.name);
        ok = strlen(top) == len && strncmp(member.name, top, len) == 0;
        for (size_t i = 0; files != NULL && i < files->count; i++)
            found += member.type == '0' &&
                     mm_bytes_equal(files->members[i].key, mm_bytes_str(member.name)) &&
                     mm_bytes_equal(files->members[i].value.text, member.content);
        for (size_t i = 0; names != NULL && i < names->count; i++)
            found += strcmp(text_of(arena, &names->items[i]), member.name) == 0;
    }
    return ok && in.len == 1024 &&
           found == (files == NULL ? 0 : files->count) + (names == NULL ? 0 : names->count);
}

static bool check_body(struct mm_arena *arena, const struct reply *reply, const struct json *body)
{
    bool ok = true;
    for (size_t i = 0; i < body->count; i++) {
        const struct json_member *rule = &body->members[i];
        if (mm_bytes_equal(rule->key, MM_BYTES_LIT("hex")))
            ok = ok && body_is_hex(reply, rule->value.text);
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("json")))
            ok = ok && body_is_json(arena, reply, &rule->value);
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("contains")))
            ok = ok && check_each(arena, (const char *)reply->body, &rule->value, true);
        else if (mm_bytes_equal(rule->key, MM_BYTES_LIT("not_contains")))
            ok = ok && check_each(arena, (const char *)reply->body, &rule->value, false);
        else
            cr_assert(false, "unknown rule %.*s", (int)rule->key.len, (const char *)rule->key.ptr);
    }
    return ok;
}

static bool check(struct mm_arena *arena, const struct reply *reply, const struct json *expect)
{
    const struct json *any = json_find(expect, "any_of");
    for (size_t i = 0; any != NULL && i < any->count; i++) {
        if (check(arena, reply, &any->items[i]))
            return true;
    }
    uint64_t status = 0;
    const struct json *wanted = json_find(expect, "status");
    bool ok = any == NULL &&
              (wanted == NULL || (json_u64(&status, wanted) && status == (uint64_t)reply->status));
    const struct json *between = json_find(expect, "status_between");
    uint64_t least = 0;
    uint64_t most = 0;
    if (between != NULL)
        ok = ok && json_u64(&least, &between->items[0]) && json_u64(&most, &between->items[1]) &&
             (uint64_t)reply->status >= least && (uint64_t)reply->status <= most;
    const struct json *headers = json_find(expect, "headers");
    for (size_t i = 0; headers != NULL && i < headers->count; i++)
        ok = ok && check_header(arena, reply, &headers->members[i]);
    const struct json *body = json_find(expect, "body");
    const struct json *car = json_find(expect, "car");
    if (car != NULL)
        ok = ok && reply->ok && check_car(reply, car);
    const struct json *tar = json_find(expect, "tar");
    if (tar != NULL)
        ok = ok && check_tar(arena, reply, tar);
    return ok && (body == NULL || check_body(arena, reply, body));
}

static struct reply ask(struct mm_arena *arena, const struct json *request, const char *etag)
{
    char text[8192];
    const char *method = text_of(arena, json_find(request, "method"));
    int len = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method,
                       text_of(arena, json_find(request, "path")));
    const struct json *headers =
        etag == NULL || etag[0] != '\0' ? json_find(request, "headers") : NULL;
    for (size_t i = 0; headers != NULL && i < headers->count; i++) {
        const mm_bytes key = headers->members[i].key;
        const char *value = text_of(arena, &headers->members[i].value);
        const char *variable = strchr(value, '$');
        if (variable != NULL)
            len += snprintf(text + len, sizeof text - (size_t)len, "%.*s: %.*s%s\r\n", (int)key.len,
                            (const char *)key.ptr, (int)(variable - value), value, etag);
        else
            len += snprintf(text + len, sizeof text - (size_t)len, "%.*s: %s\r\n", (int)key.len,
                            (const char *)key.ptr, value);
    }
    (void)snprintf(text + len, sizeof text - (size_t)len, "\r\n");
    return client_ask(http_server_port(server), text);
}

Test(gateway_cases, are_answered, .init = open_all, .fini = close_all, .timeout = 100)
{
    struct mm_arena arena;
    struct json file;
    mm_arena_init(&arena, 64 << 20);
    mm_bytes text;
    uint8_t *bytes = read_file(FOLDER "/cases.json", &text);
    if (bytes == NULL) {
        printf("SKIPPED: " FOLDER "/cases.json is not there\n");
        cr_assert(getenv("CI") == NULL);
        cr_skip_test("no published cases");
    }
    cr_assert_eq(json_parse(&arena, &file, text, &(struct json_options){ 0 }, NULL), JSON_OK);
    const struct json *cases = json_find(&file, "cases");
    size_t run = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json *item = &cases->items[i];
        if (is_left_out(item))
            continue;
        run++;
        const char *etag = NULL;
        if (has_tag(item, "two-step")) {
            struct reply first = ask(&arena, json_find(item, "request"), "");
            etag = header_of(&arena, &first, MM_BYTES_LIT("Etag"));
            cr_expect(etag[0] != '\0');
            reply_free(&first);
        }
        struct reply reply = ask(&arena, json_find(item, "request"), etag);
        cr_expect(check(&arena, &reply, json_find(item, "expect")), "%s: %s\n%s",
                  text_of(&arena, json_find(item, "id")), reply.head,
                  reply.body_len < 2000 ? (const char *)reply.body : "");
        reply_free(&reply);
    }
    printf("%zu of %zu cases\n", run, cases->count);
    cr_expect_eq(cases->count - run, CASES_LEFT_OUT);
    mm_arena_fini(&arena);
    free(bytes);
}
