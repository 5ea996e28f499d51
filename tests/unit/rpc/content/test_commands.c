#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rpc/content/argument.h"
#include "rpc/content/command.h"
#include "tests/unit/rpc/content/doors.h"

TestSuite(commands, .init = doors_open, .fini = doors_close, .timeout = 60);

static void expect(const char *command, int status, const char *want)
{
    struct reply reply = doors_call(command);
    cr_expect_eq(reply.status, status, "%s: %d %s", command, reply.status, reply.body);
    cr_expect_not_null(strstr((const char *)reply.body, want), "%s: %s", command, reply.body);
    reply_free(&reply);
}

Test(commands, refuses_what_its_table_does_not_have)
{
    expect("files/ls?arg=/", 404, "\"command not found: files/ls\",\"Code\":0,\"Type\":\"error\"");
    expect("add/", 404, "command not found: add/");
    expect("", 404, "command not found: ");
    expect("cat?arg=bafkqabtimvwgy3yk&wrong=1", 500, "option wrong: not supported");
    expect("cat?arg=bafkqabtimvwgy3yk&arg=bafkqabtimvwgy3yk", 500, "too many arguments for cat");
    expect("id?arg=x", 500, "id takes no argument");
    expect("id?peerid-base=base36", 500, "option peerid-base: not supported");
    expect("cat", 500, "argument \\\"PATH\\\" is required");
    expect("block/stat", 500, "argument \\\"CID\\\" is required");
    expect("pin/verify", 404, "command not found: pin/verify");
    expect("pin/add?long=1&arg=bafkqabtimvwgy3yk", 500, "option long: not supported");
    expect("pin/update?arg=bafkqabtimvwgy3yk", 500, "argument \\\"FROM TO\\\" is required");
    expect("repo/gc?dry-run=perhaps", 500, "option dry-run: not true or false");
    expect("repo/stat?arg=x", 500, "repo/stat takes no argument");
}

Test(commands, passes_over_what_clients_send_along)
{
    expect("id?timeout=5000ms&stream-channels=true&encoding=json&offline=true&preload=false&"
           "headers=%5Bobject%20Object%5D&peerid-base=b58mh",
           200, "{\"ID\":");
    expect("version?enc=json&number=true", 200, "\"Version\"");
}

Test(commands, are_post_alone_and_not_for_pages_of_elsewhere)
{
    size_t count;
    const struct http_route *routes = content_api_routes(doors.api, &count);
    cr_assert_eq(count, API_COMMAND_COUNT + 1);
    for (size_t i = 0; i < count; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "\r\n", routes[i].path);
        struct reply reply = client_ask(doors.port, text);
        cr_expect_eq(reply.status, 405, "%s %d", routes[i].path, reply.status);
        reply_free(&reply);
        (void)snprintf(text, sizeof text,
                       "POST %s HTTP/1.1\r\n" H
                       "Origin: https://evil.example\r\nContent-Length: 0\r\n\r\n",
                       routes[i].path);
        reply = client_ask(doors.port, text);
        cr_expect_eq(reply.status, 403, "%s %d", routes[i].path, reply.status);
        reply_free(&reply);
    }
}

Test(commands, have_a_table_that_is_whole)
{
    for (size_t i = 0; i < API_COMMAND_COUNT; i++) {
        const struct api_command *command = API_COMMANDS[i];
        cr_expect(command->summary != NULL && command->arguments != NULL, "%s", command->name);
        cr_expect_eq(command->arguments_max == 0, command->arguments[0] == '\0', "%s",
                     command->name);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(API_COMMANDS[k]->name, command->name);
        for (size_t k = 0; k < command->option_count; k++) {
            const struct api_option *option = &command->options[k];
            cr_expect_eq(option->kind == API_ONLY, option->only != NULL, "%s %s", command->name,
                         option->name);
            for (size_t other = 0; other < k; other++) {
                cr_expect_str_neq(command->options[other].name, option->name);
                if (option->brief != NULL && command->options[other].brief != NULL)
                    cr_expect_str_neq(command->options[other].brief, option->brief, "%s",
                                      command->name);
            }
        }
    }
}

static void expect_path(const char *argument, enum api_path_verdict verdict, const char *path)
{
    struct mm_arena arena;
    struct api_path out;
    enum cid_verdict cid_is;
    char text[CID_TEXT_MAX + 1];
    mm_arena_init(&arena, 4096);
    cr_expect_eq(api_path_parse(&arena, &out, &cid_is, mm_bytes_str(argument)), verdict, "%s",
                 argument);
    cr_expect(mm_bytes_equal(out.path, mm_bytes_str(path)), "%s: %.*s", argument, (int)out.path.len,
              (const char *)out.path.ptr);
    if (verdict == API_PATH_OK) {
        (void)cid_to_text(text, &out.root, MULTIBASE_BASE32);
        cr_expect_str_eq(text, "bafkqabtimvwgy3yk");
    }
    mm_arena_fini(&arena);
}

Test(commands, read_an_argument_in_each_of_its_forms)
{
    expect_path("bafkqabtimvwgy3yk", API_PATH_OK, "");
    expect_path("/ipfs/bafkqabtimvwgy3yk", API_PATH_OK, "");
    expect_path("ipfs://bafkqabtimvwgy3yk/", API_PATH_OK, "/");
    expect_path("ipfs://ipfs/bafkqabtimvwgy3yk/a%20b/c", API_PATH_OK, "/a b/c");
    expect_path("/ipfs/bafkqabtimvwgy3yk/a%20b", API_PATH_OK, "/a%20b"); /* no URI: as it stands */
    expect_path("BAFKQABTIMVWGY3YK/x", API_PATH_BAD_CID, "");
    expect_path("ipfs://bafkqabtimvwgy3yk/%zz", API_PATH_BAD_ESCAPE, "");
    expect_path("ipfs://bafkqabtimvwgy3yk/%00", API_PATH_BAD_ESCAPE, "");
    expect_path("/ipns/example.org", API_PATH_NOT_SERVED, "");
    expect_path("ipns://example.org", API_PATH_NOT_SERVED, "");
    expect_path("", API_PATH_BAD_CID, "");
    expect_path("/ipfs/", API_PATH_BAD_CID, "");
    expect_path("/ipfs//ipfs/bafkqabtimvwgy3yk", API_PATH_BAD_CID, "");
}

Test(commands, stat_a_block_without_reading_it)
{
    char hash[128];
    char text[256];
    doors_add(hash, "cid-version=1", "a", MM_BYTES_LIT("hello world"));
    (void)snprintf(text, sizeof text, "block/stat?arg=/ipfs/%s", hash);
    expect(
        text, 200,
        "{\"Key\":\"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e\",\"Size\":11}\n");
    expect("block/stat?arg=bafkqabtimvwgy3yk", 200, "\"Size\":6");
    expect("block/stat?arg=QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", 500,
           "not found locally (offline): ipld: could not find QmYzfKSE55");
    expect("block/stat?arg=bafkqabtimvwgy3yk/a", 500, "a path is behind it");
}

static mm_err two_peers(void *context, struct mm_arena *arena,
                        const struct content_api_peer **peers, size_t *count)
{
    (void)context;
    struct content_api_peer *list = MM_ARENA_ARRAY(arena, struct content_api_peer, 2);
    list[0] = (struct content_api_peer){ .address = "/ip4/10.0.0.1/tcp/30303" };
    list[1] = (struct content_api_peer){ .address = "/dns/b/tcp/1", .is_inbound = true };
    list[1].key.b[31] = 1;
    *peers = list;
    *count = 2;
    return MM_OK;
}

Test(commands_of_a_network, name_the_peers)
{
    doors_open_with(&(struct content_api_options){ .peers = two_peers }, 0, false);
    expect("swarm/peers?verbose=true", 200,
           "{\"Peers\":[{\"Addr\":\"/ip4/10.0.0.1/tcp/30303\",\"Peer\":\"12D3KooW");
    expect("swarm/peers", 200, "\"Direction\":0,\"Streams\":null}]}");
    doors_close();
    doors_open();
    expect("swarm/peers", 200, "{\"Peers\":[]}");
    doors_close();
}
