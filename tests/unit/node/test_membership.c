/* Key files and addresses of a node of a network, as people write them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

#include "node/log/log.h"
#include "node/membership.h"
#include "tests/lib/folder.h"

enum { PATH_BYTES = 128 };

#define KEY "00000000000000000000000000000000000000000000000000000000000000a1"

static char folder[FOLDER_PATH_BYTES];
static char path[PATH_BYTES];
static struct mm_reason reason;

static void begin(void)
{
    log_init(NODE_LOG_TEXT, true);
    folder_make(folder, "membership");
    (void)snprintf(path, sizeof path, "%s/key", folder);
}

static void write_key(const char *text)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0600), 0);
}

static struct node_options options(void)
{
    struct node_options options = node_options_default();
    options.data_dir = folder;
    return options;
}

Test(membership, is_wanted_by_each_of_its_options_and_by_no_other)
{
    static const char *const peers[] = { "127.0.0.1:1" };
    struct node_options o = node_options_default();
    o.block_time_ms = 5;
    cr_assert_not(membership_is_wanted(&o));
    o = node_options_default(), o.validator_key_path = "x";
    cr_assert(membership_is_wanted(&o));
    o = node_options_default(), o.node_key_path = "x";
    cr_assert(membership_is_wanted(&o));
    o = node_options_default(), o.listen = "off";
    cr_assert(membership_is_wanted(&o));
    o = node_options_default(), o.peers = peers, o.peer_count = 1;
    cr_assert(membership_is_wanted(&o));
}

Test(membership, makes_a_node_key_once_and_for_its_owner_alone)
{
    struct membership *first, *second;
    struct stat status;
    begin();
    const struct node_options o = options();
    cr_assert_eq(membership_new(&first, &o, &reason), MM_OK);
    cr_assert_null(first->validator, "it observes");
    (void)snprintf(path, sizeof path, "%s/node.key", folder);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(membership_new(&second, &o, &reason), MM_OK);
    const node_id a = node_key_id(first->key);
    const node_id b = node_key_id(second->key);
    cr_assert(node_id_equal(&a, &b));
    membership_free(first);
    membership_free(second);
    folder_remove(folder);
}

Test(membership, reads_a_key_with_and_without_prefix_and_end_of_line)
{
    static const char *const forms[] = { KEY, "0x" KEY, KEY "\n", "0X" KEY " \r\n\n" };
    begin();
    for (size_t i = 0; i < MM_COUNT_OF(forms); i++) {
        struct membership *membership;
        struct node_options o = options();
        write_key(forms[i]);
        o.validator_key_path = path;
        cr_assert_eq(membership_new(&membership, &o, &reason), MM_OK, "%s", reason.text);
        cr_assert_not_null(membership->validator);
        cr_assert_eq(secp_secret_bytes(membership->validator)[31], 0xa1);
        membership_free(membership);
    }
    folder_remove(folder);
}

Test(membership, says_what_is_wrong_with_a_key_file)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        { "", "not a key of 64 hex digits" },
        { KEY "0", "not a key of 64 hex digits" },
        { "x" KEY, "not a key of 64 hex digits" },
        { "0000000000000000000000000000000000000000000000000000000000000000", "no secp256k1 key" },
        { "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "no secp256k1 key" },
        { KEY KEY KEY KEY KEY, "not a key of 64 hex digits" },
    };
    begin();
    struct node_options o = options();
    o.validator_key_path = path;
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        struct membership *membership = NULL;
        write_key(cases[i].text);
        cr_assert_eq(membership_new(&membership, &o, &reason), MM_ERR_INVALID, "%zu", i);
        cr_assert_not_null(strstr(reason.text, cases[i].says), "%s", reason.text);
        membership_free(membership);
    }
    struct membership *membership = NULL;
    o.validator_key_path = "/nowhere/key";
    cr_assert_eq(membership_new(&membership, &o, &reason), MM_ERR_NOT_FOUND);
    cr_assert_not_null(strstr(reason.text, "/nowhere/key"));
    membership_free(membership);
    folder_remove(folder);
}

Test(membership, takes_addresses_with_and_without_an_id)
{
    static const char id[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    static const char *const bad[] = { "",          "host",       ":1",      "host:",
                                       "host:0",    "host:65536", "host:1x", "ho st:1",
                                       "ab@host:1", "host:-1",    "a/b:1" };
    char url[LINKS_URL_BYTES_MAX];
    char text[256];
    bool has_id;
    node_id read;
    cr_assert(network_read_address("node-1.example:30303", url, &has_id, &read));
    cr_assert_str_eq(url, "tcp://node-1.example:30303");
    cr_assert_not(has_id);
    (void)snprintf(text, sizeof text, "%s@[::1]:5", id);
    cr_assert(network_read_address(text, url, &has_id, &read));
    cr_assert_str_eq(url, "tcp://[::1]:5");
    cr_assert(has_id);
    cr_assert_eq(read.b[1], 0x11);
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++)
        cr_assert_not(network_read_address(bad[i], url, &has_id, &read), "%s", bad[i]);
}

Test(membership, listens_at_an_address_of_version_6_with_and_without_brackets)
{
    static const char *const forms[] = { "[::1]:1234", "::1:1234" };
    begin();
    for (size_t i = 0; i < MM_COUNT_OF(forms); i++) {
        struct membership *membership;
        struct node_options o = options();
        const struct membership_chain chain = { .client = "test" };
        o.listen = forms[i];
        cr_assert_eq(membership_new(&membership, &o, &reason), MM_OK);
        cr_assert_eq(membership_join(membership, &o, &chain, &reason), MM_OK);
        cr_assert_str_eq(network_host(membership->network), "::1");
        membership_free(membership);
    }
    folder_remove(folder);
}
