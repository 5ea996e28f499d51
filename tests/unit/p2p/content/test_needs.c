#include <criterion/criterion.h>
#include <stdio.h>

#include "collected.h"
#include "p2p/content/import.h"
#include "p2p/content/mint.h"
#include "p2p/content/needs.h"
#include "p2p/content/pin_list.h"
#include "p2p/content/verify.h"

enum { NOW_MS = 1000000 };

static const struct content_token TOKEN = { .contract = { { 0xaa } },
                                            .token_id = { { [31] = 7 } } };
static const struct content_token OTHER = { .contract = { { 0xaa } },
                                            .token_id = { { [31] = 8 } } };

/* A picture and metadata that names it, made in a store of its own, as the node that minted has them. */
struct minted_elsewhere {
    struct content *content;
    struct minted minted;
};

static struct minted_elsewhere mint_elsewhere(const char *name)
{
    struct minted_elsewhere there = { .content = collected_open(NULL, 0) };
    const struct mint_request request = { .name = mm_bytes_str(name),
                                          .lease_expires_ms = UINT64_MAX };
    cr_assert_eq(content_store_token(there.content, &there.minted,
                                     MM_BYTES_LIT("\x89PNG\r\n\x1a\n a picture"), &request, NULL),
                 MM_OK);
    return there;
}

static mm_bytes uri_of(const struct minted_elsewhere *there)
{
    return mm_bytes_str(there->minted.metadata_uri);
}

static enum content_root_state state_of(struct content *content, const struct cid *root)
{
    struct content_root record;
    return content_root_get(content, &record, root) == MM_OK ? record.state : 0;
}

/* What replication does: everything that is lacking of everything, until nothing is. */
static size_t fetch_all(struct content *content, struct content *from)
{
    size_t fetched = 0;
    for (bool again = true; again;) {
        again = false;
        struct needs *needs = needs_new(content);
        struct content_root root;
        while (needs_next(needs, &root) == MM_OK) {
            struct cid lacking[4];
            size_t count;
            cr_assert_eq(needs_lacking(content, lacking, MM_COUNT_OF(lacking), &count, &root.cid),
                         MM_OK);
            struct content_writer *writer = content_writer_new(content);
            struct mm_buf block;
            mm_buf_init(&block, BLOCK_BYTES_MAX);
            for (size_t i = 0; i < count; i++) {
                cr_assert_eq(content_get(from, &block, &lacking[i]), MM_OK);
                cr_assert_eq(content_writer_put(writer, &lacking[i], mm_buf_bytes(&block)), MM_OK);
            }
            mm_buf_fini(&block);
            cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
            content_writer_free(writer);
            cr_assert_eq(needs_settle(content, &root, &root.cid), MM_OK);
            fetched += count;
            again = true;
        }
        needs_free(needs);
    }
    return fetched;
}

static size_t count_needs(struct content *content)
{
    struct needs *needs = needs_new(content);
    struct content_root root;
    size_t count = 0;
    while (needs_next(needs, &root) == MM_OK)
        count++;
    needs_free(needs);
    return count;
}

Test(needs, a_uri_names_a_root_and_a_path_or_nothing_to_hold)
{
    static const struct {
        const char *uri;
        const char *path; /* NULL: nothing */
    } rows[] = {
        { "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "" },
        { "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/", "/" },
        { "ipfs://ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/1.json",
          "/1.json" },
        { "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/a%20b?x=1#y",
          "/a b" },
        { "ipfs://QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n/%2e", "/." },
        { "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/%2", NULL },
        { "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/%zz", NULL },
        { "ipfs://nothing/1", NULL },
        { "ipfs://", NULL },
        { "https://example.org/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
          NULL },
        { "data:application/json,{}", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        uint8_t memory[CONTENT_URI_MAX];
        struct cid root;
        mm_bytes path;
        const bool named = needs_parse_uri(&root, &path, memory, mm_bytes_str(rows[i].uri));
        cr_assert_eq(named, rows[i].path != NULL, "%s", rows[i].uri);
        if (named)
            cr_assert(mm_bytes_equal(path, mm_bytes_str(rows[i].path)), "%s", rows[i].uri);
    }
}

Test(needs, a_token_needs_its_metadata_and_once_that_is_here_what_it_names)
{
    struct minted_elsewhere there = mint_elsewhere("Cat");
    const struct cid *metadata = &there.minted.metadata.cid;
    const struct cid *image = &there.minted.image.cid;
    struct content *content = collected_open(NULL, 0);
    cr_assert_eq(needs_set_token(content, &TOKEN, uri_of(&there), NOW_MS), MM_OK);
    cr_assert_eq(state_of(content, metadata), CONTENT_ROOT_WANT);
    cr_assert_eq(count_needs(content), 1);

    cr_assert_eq(fetch_all(content, there.content),
                 there.minted.metadata.dag_blocks + there.minted.image.dag_blocks);
    cr_assert_eq(state_of(content, metadata), CONTENT_ROOT_WHOLE);
    cr_assert_eq(state_of(content, image), CONTENT_ROOT_WHOLE);
    struct content_token_record record;
    cr_assert_eq(content_token_get(content, &record, &TOKEN), MM_OK);
    cr_assert(record.is_read && record.count == 2);
    cr_assert(cid_same_block(&record.roots[0], metadata));
    cr_assert(cid_same_block(&record.roots[1], image));
    cr_assert_eq(collected_run(content, NOW_MS).removed_blocks, 0);
    cr_assert(collected_is_whole(content, image));
    content_close(content);
    content_close(there.content);
}

Test(needs, content_that_was_here_before_its_token_is_whole_at_the_next_look)
{
    struct minted_elsewhere here = mint_elsewhere("Cat");
    struct needs_place place = { .has_root = false };
    bool is_over = false;
    cr_assert_eq(needs_set_token(here.content, &TOKEN, uri_of(&here), NOW_MS), MM_OK);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(needs_look(here.content, &place, &is_over), MM_OK);
    cr_assert(is_over);
    cr_assert_eq(count_needs(here.content), 0);
    cr_assert_eq(state_of(here.content, &here.minted.image.cid), CONTENT_ROOT_WHOLE);
    content_close(here.content);
}

Test(needs, an_upload_that_makes_a_root_whole_lets_its_metadata_be_read)
{
    struct minted_elsewhere there = mint_elsewhere("Cat");
    struct content *content = collected_open(NULL, 0);
    cr_assert_eq(needs_set_token(content, &TOKEN, uri_of(&there), NOW_MS), MM_OK);
    struct minted minted;
    const struct mint_request request = { .name = MM_BYTES_LIT("Cat"),
                                          .lease_expires_ms = NOW_MS + 5 };
    const uint64_t commits = content_commits(content);
    cr_assert_eq(content_store_token(content, &minted, MM_BYTES_LIT("\x89PNG\r\n\x1a\n a picture"),
                                     &request, NULL),
                 MM_OK);
    cr_assert_neq(content_commits(content), commits);
    cr_assert_eq(state_of(content, &minted.metadata.cid), CONTENT_ROOT_WHOLE);
    struct needs_place place = { .has_root = false };
    for (bool is_over = false; !is_over;)
        cr_assert_eq(needs_look(content, &place, &is_over), MM_OK);
    /* The leases run out; the token holds both. */
    const struct content_gc_report report = collected_run(content, NOW_MS + 5);
    cr_assert_eq(report.expired_pins, 2);
    cr_assert_eq(report.removed_blocks, 0);
    cr_assert(collected_is_whole(content, &minted.image.cid));
    content_close(content);
    content_close(there.content);
}

Test(needs, what_a_burned_token_named_is_kept_for_a_day)
{
    struct minted_elsewhere here = mint_elsewhere("Cat");
    struct content_root root;
    cr_assert_eq(needs_set_token(here.content, &TOKEN, uri_of(&here), NOW_MS), MM_OK);
    cr_assert_eq(needs_settle(here.content, &root, &here.minted.metadata.cid), MM_OK);
    collected_unpin(here.content, &here.minted.metadata.cid, CONTENT_PIN_UPLOAD);
    collected_unpin(here.content, &here.minted.image.cid, CONTENT_PIN_UPLOAD);
    cr_assert_eq(needs_set_token(here.content, &TOKEN, MM_BYTES_LIT(""), NOW_MS), MM_OK);
    struct content_token_record record;
    cr_assert_eq(content_token_get(here.content, &record, &TOKEN), MM_ERR_NOT_FOUND);
    cr_assert_eq(collected_run(here.content, NOW_MS + NEEDS_GRACE_MS - 1).removed_blocks, 0);
    cr_assert(collected_is_whole(here.content, &here.minted.image.cid));
    cr_assert_eq(collected_run(here.content, NOW_MS + NEEDS_GRACE_MS).expired_pins, 2);
    cr_assert_eq(content_totals(here.content).blocks, 0);
    cr_assert_eq(count_needs(here.content), 0);
    content_close(here.content);
}

Test(needs, what_a_burned_token_named_stays_while_another_token_or_a_user_names_it)
{
    struct minted_elsewhere here = mint_elsewhere("Cat");
    struct content_root root;
    cr_assert_eq(needs_set_token(here.content, &TOKEN, uri_of(&here), NOW_MS), MM_OK);
    cr_assert_eq(needs_set_token(here.content, &OTHER, uri_of(&here), NOW_MS), MM_OK);
    cr_assert_eq(needs_settle(here.content, &root, &here.minted.metadata.cid), MM_OK);
    collected_unpin(here.content, &here.minted.metadata.cid, CONTENT_PIN_UPLOAD);
    collected_unpin(here.content, &here.minted.image.cid, CONTENT_PIN_UPLOAD);
    const uint64_t later_ms = NOW_MS + NEEDS_GRACE_MS;
    cr_assert_eq(needs_set_token(here.content, &TOKEN, MM_BYTES_LIT(""), NOW_MS), MM_OK);
    cr_assert_eq(collected_run(here.content, later_ms).removed_blocks, 0);
    cr_assert(collected_is_whole(here.content, &here.minted.image.cid));
    collected_pin(here.content, &here.minted.image.cid, CONTENT_PIN_USER, 0);
    cr_assert_eq(needs_set_token(here.content, &OTHER, MM_BYTES_LIT(""), NOW_MS), MM_OK);
    cr_assert_eq(collected_run(here.content, later_ms).removed_blocks,
                 here.minted.metadata.dag_blocks);
    cr_assert(collected_is_whole(here.content, &here.minted.image.cid));
    content_close(here.content);
}

Test(needs, a_new_uri_holds_the_new_content_and_lets_the_old_go_in_time)
{
    struct minted_elsewhere first = mint_elsewhere("Cat");
    struct minted_elsewhere second = mint_elsewhere("Dog");
    struct content *content = collected_open(NULL, 0);
    cr_assert_eq(needs_set_token(content, &TOKEN, uri_of(&first), NOW_MS), MM_OK);
    (void)fetch_all(content, first.content);
    cr_assert_eq(needs_set_token(content, &TOKEN, uri_of(&second), NOW_MS), MM_OK);
    (void)fetch_all(content, second.content);
    cr_assert_eq(collected_run(content, NOW_MS).removed_blocks, 0);
    cr_assert_eq(collected_run(content, NOW_MS + NEEDS_GRACE_MS).removed_blocks,
                 first.minted.metadata.dag_blocks); /* the picture is the same */
    cr_assert(collected_is_whole(content, &second.minted.image.cid));
    content_close(content);
    content_close(first.content);
    content_close(second.content);
}

Test(needs, what_is_read_of_a_uri_that_is_not_the_tokens_any_more_is_nothing)
{
    struct minted_elsewhere here = mint_elsewhere("Cat");
    cr_assert_eq(needs_set_token(here.content, &TOKEN, uri_of(&here), NOW_MS), MM_OK);
    const struct content_token_needs stale = { .uri = MM_BYTES_LIT("ipfs://another"),
                                               .roots = &here.minted.image.cid,
                                               .count = 1,
                                               .is_read = true };
    cr_assert_eq(content_token_put(here.content, &TOKEN, &stale, 0), MM_OK);
    struct content_token_record record;
    cr_assert_eq(content_token_get(here.content, &record, &TOKEN), MM_OK);
    cr_assert(cid_same_block(&record.roots[0], &here.minted.metadata.cid));
    content_close(here.content);
}

Test(needs, uris_and_metadata_that_name_nothing_need_nothing)
{
    struct content *content = collected_open(NULL, 0);
    cr_assert_eq(needs_set_token(content, &TOKEN, MM_BYTES_LIT("https://example.org/1"), NOW_MS),
                 MM_OK);
    struct content_token_record record;
    cr_assert_eq(content_token_get(content, &record, &TOKEN), MM_ERR_NOT_FOUND);
    /* A file that is no JSON, and one that is and names something else. */
    const struct cid root = collected_add(content, 1, 1, CONTENT_PIN_USER, 0);
    char uri[8 + CID_TEXT_MAX];
    memcpy(uri, "ipfs://", 7);
    (void)cid_to_text(uri + 7, &root, MULTIBASE_BASE32);
    cr_assert_eq(needs_set_token(content, &TOKEN, mm_bytes_str(uri), NOW_MS), MM_OK);
    struct content_root state;
    cr_assert_eq(needs_settle(content, &state, &root), MM_OK);
    cr_assert_eq(state.state, CONTENT_ROOT_WHOLE);
    cr_assert_eq(content_token_get(content, &record, &TOKEN), MM_OK);
    cr_assert(record.is_read && record.count == 1);
    content_close(content);
}

Test(needs, a_corrupt_block_is_dropped_and_lacking_until_it_is_put_again)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid root = collected_add(content, 1, 20, CONTENT_PIN_USER, 0);
    collected_corrupt(content, &root);
    const struct content_root want = { .cid = root, .state = CONTENT_ROOT_PARTIAL };
    cr_assert_eq(content_root_put(content, &want), MM_OK);
    struct content_root record;
    cr_assert_eq(needs_settle(content, &record, &root), MM_OK);
    cr_assert_eq(record.state, CONTENT_ROOT_WANT);
    cr_assert_eq(content_totals(content).blocks, 20);
    (void)collected_add(content, 1, 20, CONTENT_PIN_USER, 0);
    cr_assert_eq(needs_settle(content, &record, &root), MM_OK);
    cr_assert_eq(record.state, CONTENT_ROOT_WHOLE);
    cr_assert_eq(record.blocks, 21);
    content_close(content);
}

Test(needs, pins_and_roots_that_lack_something_are_counted)
{
    struct content *content = collected_open(NULL, 0);
    struct minted_elsewhere there = mint_elsewhere("Cat");
    (void)collected_add(content, 1, 20, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 2, 20, CONTENT_PIN_UPLOAD, 5);
    cr_assert_eq(needs_set_token(content, &TOKEN, uri_of(&there), NOW_MS), MM_OK);
    struct needs_counts counts;
    cr_assert_eq(needs_count(content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 1);
    cr_assert_eq(counts.pins[CONTENT_PIN_USER], 1);
    cr_assert_eq(counts.pins[CONTENT_PIN_UPLOAD], 1);
    cr_assert(counts.want == 1 && counts.partial == 0);
    content_close(content);
    content_close(there.content);
}

Test(needs, a_user_holds_what_is_here_whole_and_nothing_else)
{
    struct content *content = collected_open(NULL, 0);
    struct content_pin pin = { .kind = CONTENT_PIN_USER, .depth = CONTENT_PIN_RECURSIVE };
    struct cid lacking;
    pin.root = collected_add(content, 1, 40, 0, 0);
    cr_assert_eq(needs_hold(content, &lacking, &pin), MM_OK);
    cr_assert_eq(collected_run(content, NOW_MS).removed_blocks, 0);
    cr_assert_eq(state_of(content, &pin.root), CONTENT_ROOT_WHOLE);
    collected_corrupt(content, &pin.root);
    cr_assert_eq(needs_hold(content, &lacking, &pin), MM_ERR_CORRUPT);
    cr_assert_eq(needs_hold(content, &lacking, &pin), MM_ERR_NOT_FOUND); /* it was dropped */
    cr_assert(cid_same_block(&lacking, &pin.root));
    pin.root.hash.digest[3] ^= 1;
    cr_assert_eq(needs_hold(content, &lacking, &pin), MM_ERR_NOT_FOUND);
    struct needs_counts counts;
    cr_assert_eq(needs_count(content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_USER], 1);
    content_close(content);
}

Test(needs, who_holds_the_space_is_said_by_kind_and_the_largest_by_name)
{
    struct content *content = collected_open(NULL, 0);
    struct cid roots[5];
    struct cid lacking;
    for (uint32_t i = 0; i < 5; i++) {
        roots[i] = collected_add(content, i, 10 + 10 * i, 0, 0);
        struct content_pin pin = { .root = roots[i],
                                   .kind = i == 0 ? CONTENT_PIN_UPLOAD : CONTENT_PIN_USER,
                                   .depth = CONTENT_PIN_RECURSIVE };
        cr_assert_eq(needs_hold(content, &lacking, &pin), MM_OK);
        pin.owner = MM_BYTES_LIT("again");
        cr_assert_eq(needs_hold(content, &lacking, &pin), MM_OK);
    }
    struct needs_holders holders;
    cr_assert_eq(needs_holders(content, &holders), MM_OK);
    cr_assert(holders.roots[CONTENT_PIN_USER] == 4 && holders.roots[CONTENT_PIN_UPLOAD] == 1);
    cr_assert_eq(holders.bytes[CONTENT_PIN_USER] + holders.bytes[CONTENT_PIN_UPLOAD],
                 content_totals(content).bytes);
    for (size_t i = 0; i < NEEDS_LARGEST; i++)
        cr_assert(cid_equal(&holders.largest[i].root, &roots[4 - i]));
    content_close(content);
}

/* ---- lists ---- */

static size_t count_listed(struct content *content, unsigned types)
{
    struct pin_list *list = pin_list_new(content, types);
    struct pin_listed listed;
    size_t count = 0;
    while (pin_list_next(list, &listed) == MM_OK) {
        cr_assert((types & (unsigned)listed.type) != 0);
        struct pin_listed found;
        cr_assert_eq(pin_find(content, &found, types, &listed.cid), MM_OK);
        cr_assert_eq(found.type, listed.type);
        count++;
    }
    pin_list_free(list);
    return count;
}

Test(pin_list, has_each_block_once_under_its_strongest_type)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid longer = collected_add(content, 1, 40, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 1, 39, CONTENT_PIN_CHAIN, 0); /* shares 39 chunks */
    collected_pin(content, &longer, CONTENT_PIN_UPLOAD, 5);
    const struct cid other = collected_add(content, 2, 40, 0, 0);
    const struct content_pin direct = { .root = other,
                                        .kind = CONTENT_PIN_USER,
                                        .depth = CONTENT_PIN_DIRECT };
    cr_assert_eq(content_pin_put(content, &direct), MM_OK);
    cr_assert_eq(count_listed(content, PIN_TYPE_RECURSIVE), 2);
    cr_assert_eq(count_listed(content, PIN_TYPE_DIRECT), 1);
    cr_assert_eq(count_listed(content, PIN_TYPE_INDIRECT), 40);
    cr_assert_eq(count_listed(content, PIN_TYPE_ALL), 43);
    struct pin_listed found;
    cr_assert_eq(pin_find(content, &found, PIN_TYPE_ALL, &longer), MM_OK);
    cr_assert(found.is_by[CONTENT_PIN_USER] && found.is_by[CONTENT_PIN_UPLOAD] &&
              !found.is_by[CONTENT_PIN_CHAIN]);
    content_close(content);
}

/* ---- verification ---- */

struct heard {
    size_t blocks;
    size_t roots;
    struct cid block;
    struct cid root;
    enum read_verdict verdict;
};

static void hear(void *context, enum read_verdict verdict, const struct cid *block,
                 const struct cid *root)
{
    struct heard *heard = context;
    heard->verdict = verdict;
    heard->block = *block;
    if (root == NULL) {
        heard->blocks++;
        return;
    }
    heard->roots++;
    heard->root = *root;
}

static struct content_verify_report verify(struct content *content, struct heard *heard, bool drops)
{
    *heard = (struct heard){ .blocks = 0 };
    const struct content_verify_options options = { .drops = drops,
                                                    .found = hear,
                                                    .context = heard };
    struct content_verify *verify = content_verify_new(content, &options);
    for (bool is_over = false; !is_over;)
        cr_assert_eq(content_verify_step(verify, &is_over), MM_OK);
    const struct content_verify_report report = *content_verify_report(verify);
    content_verify_free(verify);
    return report;
}

Test(verify, reads_every_block_and_walks_every_pinned_root_once)
{
    struct content *content = collected_open(NULL, 0);
    const struct cid root = collected_add(content, 1, 40, CONTENT_PIN_USER, 0);
    collected_pin(content, &root, CONTENT_PIN_CHAIN, 0);
    (void)collected_add(content, 2, 40, CONTENT_PIN_USER, 0);
    (void)collected_add(content, 3, 40, 0, 0);
    struct heard heard;
    const struct content_verify_report report = verify(content, &heard, false);
    cr_assert_eq(report.blocks, 3 * 41);
    cr_assert_eq(report.bytes, content_totals(content).bytes);
    cr_assert_eq(report.roots, 2);
    cr_assert(report.corrupt == 0 && report.lacking == 0 && heard.blocks + heard.roots == 0);
    content_close(content);
}

Test(verify, names_a_corrupt_block_and_the_root_that_it_is_missing_from)
{
    struct content *content = collected_open(NULL, 0);
    (void)collected_add(content, 1, 40, CONTENT_PIN_USER, 0);
    struct content_root record = { .state = CONTENT_ROOT_WHOLE };
    record.cid = collected_add(content, 2, 40, CONTENT_PIN_USER, 0);
    cr_assert_eq(content_root_put(content, &record), MM_OK);
    collected_corrupt(content, &record.cid);
    struct heard heard;
    struct content_verify_report report = verify(content, &heard, false);
    cr_assert(report.corrupt == 1 && report.lacking == 1);
    cr_assert(heard.blocks == 1 && heard.roots == 1 && heard.verdict == READ_CORRUPT);
    cr_assert(cid_same_block(&heard.block, &record.cid));
    cr_assert(cid_equal(&heard.root, &record.cid));
    cr_assert_eq(state_of(content, &record.cid), CONTENT_ROOT_PARTIAL);
    cr_assert_eq(count_needs(content), 1); /* what a fetch has to repair */

    report = verify(content, &heard, true);
    cr_assert(report.corrupt == 1 && report.missing == 1 && heard.verdict == READ_NO_BLOCK);
    cr_assert_eq(content_totals(content).blocks, 81);
    (void)collected_add(content, 2, 40, CONTENT_PIN_USER, 0);
    report = verify(content, &heard, true);
    cr_assert(report.corrupt == 0 && report.lacking == 0);
    content_close(content);
}

/* ---- parts ---- */

/* A file with this text, which nobody pins. */
static struct cid add_text(struct content *content, const char *text)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    cr_assert_eq(import_file_write(file, mm_bytes_str(text)), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    return result.cid;
}

static mm_bytes ipfs(char out[8 + CID_TEXT_MAX], const struct cid *root)
{
    memcpy(out, "ipfs://", 7);
    (void)cid_to_text(out + 7, root, MULTIBASE_BASE32);
    return mm_bytes_str(out);
}

/* How many roots a part needs whose file has this text, {} standing for the URIs of other files of one block. */
static size_t count_named(enum content_part part, const char *format)
{
    struct content *content = collected_open(NULL, 0);
    const struct content_token token = {
        .contract = TOKEN.contract, .token_id = TOKEN.token_id, .part = part, .number = 3
    };
    struct content_token_record record;
    char text[1024] = "";
    char uri[8 + CID_TEXT_MAX];
    uint32_t files = 0;
    for (; *format != '\0'; files++) {
        const char *gap = strstr(format, "{}");
        const int len = gap == NULL ? (int)strlen(format) : (int)(gap - format);
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s", len, format);
        format += len;
        if (gap == NULL)
            break;
        const struct cid named = collected_add(content, files, 1, 0, 0);
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s",
                       (const char *)ipfs(uri, &named).ptr);
        format += 2;
    }
    const struct cid root = add_text(content, text);
    cr_assert_eq(needs_set_token(content, &token, ipfs(uri, &root), NOW_MS), MM_OK);
    struct needs_place place = { .has_root = false };
    for (bool is_over = false; !is_over;)
        cr_assert_eq(needs_look(content, &place, &is_over), MM_OK);
    cr_assert_eq(content_token_get(content, &record, &token), MM_OK);
    cr_assert(record.is_read && cid_same_block(&record.roots[0], &root));
    cr_assert_eq(collected_run(content, NOW_MS).removed_blocks, files + 1 - record.count);
    content_close(content);
    return record.count;
}

Test(needs, each_part_needs_what_files_of_its_kind_name)
{
    static const char text[] =
        "{\"image\":\"{}\",\"animation_url\":\"{}\",\"banner_image\":\"{}\","
        "\"featured_image\":\"{}\",\"model\":{\"engine\":\"script\",\"script\":\"{}\"}}";
    cr_assert_eq(count_named(CONTENT_PART_METADATA, text), 1 + 2);
    cr_assert_eq(count_named(CONTENT_PART_CONTRACT, text), 1 + 3);
    cr_assert_eq(count_named(CONTENT_PART_SPECIFICATION, text), 1 + 1);
    cr_assert_eq(count_named(CONTENT_PART_ENTRY, text), 1);
}

Test(needs, parts_of_a_token_are_held_beside_each_other_and_let_go_one_by_one)
{
    struct content *content = collected_open(NULL, 0);
    struct content_token parts[] = { TOKEN, TOKEN, TOKEN, TOKEN, OTHER };
    struct cid roots[MM_COUNT_OF(parts)];
    char uri[8 + CID_TEXT_MAX];
    parts[1].part = parts[2].part = CONTENT_PART_SPECIFICATION;
    parts[1].number = 1;
    parts[2].number = 256;
    parts[3].part = CONTENT_PART_ENTRY;
    for (uint32_t i = 0; i < MM_COUNT_OF(parts); i++) {
        roots[i] = collected_add(content, i, 1, 0, 0);
        cr_assert_eq(needs_set_token(content, &parts[i], ipfs(uri, &roots[i]), NOW_MS), MM_OK);
    }
    struct content_tokens *tokens = content_tokens_new(content, CONTENT_TOKENS_ALL, NULL);
    struct content_token token;
    for (size_t i = 0; i < MM_COUNT_OF(parts); i++) {
        cr_assert_eq(content_tokens_next(tokens, &token), MM_OK);
        cr_assert(token.part == parts[i].part && token.number == parts[i].number, "%zu", i);
        cr_assert(mm_hash_equal(&token.token_id, &parts[i].token_id), "%zu", i);
    }
    cr_assert_eq(content_tokens_next(tokens, &token), MM_ERR_NOT_FOUND);
    content_tokens_free(tokens);
    struct content_pins *pins = content_pins_new(content, &roots[2]);
    struct content_pin pin;
    cr_assert_eq(content_pins_next(pins, &pin), MM_OK);
    cr_assert(content_pin_token(&token, &pin) && token.number == 256);
    content_pins_free(pins);
    cr_assert_eq(content_token_put(content, &parts[1], NULL, 0), MM_OK);
    cr_assert_eq(collected_run(content, NOW_MS).removed_blocks, 1);
    cr_assert(collected_is_whole(content, &roots[2]) && collected_is_whole(content, &roots[3]));
    cr_assert_not(collected_is_whole(content, &roots[1]));
    content_close(content);
}
