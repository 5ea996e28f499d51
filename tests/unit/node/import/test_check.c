/* `db check` over a chain that is whole, and over the same chain after one row was changed, lost or added. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/endian.h"
#include "state/codec/hex.h"
#include "state/ledger/history_internal.h"
#include "tests/lib/dev_chain.h"

enum { LINES_MAX = 4000, LINE_BYTES = 600 };

struct found {
    char lines[LINES_MAX][LINE_BYTES];
    size_t count;
    uint64_t progress;
};

static struct dev_chain dev;
static struct found found;

static void on_problem(void *ctx, const char *text)
{
    (void)ctx;
    if (found.count < LINES_MAX)
        (void)snprintf(found.lines[found.count++], LINE_BYTES, "%s", text);
}

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)what;
    cr_assert(total == 0 || done <= total);
    found.progress++;
}

static uint64_t check(enum chain_check_depth depth)
{
    const struct chain_problem_sink sink = { NULL, on_problem, on_progress };
    uint64_t problems = 0;
    found.count = 0;
    found.progress = 0;
    cr_assert_eq(chain_check(dev.chain, &problems, depth, &sink), MM_OK);
    return problems;
}

static void given(enum dev_store store, uint64_t seed, size_t blocks)
{
    struct test_random random = { seed };
    dev_chain_init(&dev, store, 40);
    for (size_t i = 0; i < blocks; i++) {
        (void)dev_chain_random_block(&dev, &random);
        if (test_random_below(&random, 20) == 0)
            dev_chain_flush(&dev);
    }
    dev_chain_flush(&dev);
}

static void print_found(void)
{
    for (size_t i = 0; i < found.count; i++)
        (void)fprintf(stderr, "  %s\n", found.lines[i]);
}

static void expect_clean(enum chain_check_depth depth)
{
    const uint64_t problems = check(depth);
    print_found();
    cr_assert_eq(problems, 0);
    cr_assert_gt(found.progress, 0);
}

/* ---- whole ---- */

Test(db_check, finds_nothing_in_a_whole_chain)
{
    given(DEV_MEMORY, 41, 300);
    expect_clean(CHAIN_CHECK_STATE);
    expect_clean(CHAIN_CHECK_REPLAY);
    /* With edits that wait, and blocks that are not flushed yet: it flushes. */
    dev_chain_pay(&dev, 0, 1, 1);
    (void)dev_chain_block(&dev);
    dev_chain_edit(&dev, EDIT_BALANCE, &dev.addrs[3], 0, 77);
    expect_clean(CHAIN_CHECK_REPLAY);
    dev_chain_fini(&dev);
}

Test(db_check, finds_nothing_in_a_new_chain)
{
    given(DEV_MEMORY, 42, 0);
    expect_clean(CHAIN_CHECK_REPLAY);
    dev_chain_fini(&dev);
}

Test(db_check, finds_nothing_on_disk_after_crashes)
{
    struct test_random random = { 43 };
    given(DEV_ROCKSDB, 43, 60);
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 12; j++)
            (void)dev_chain_random_block(&dev, &random);
        if (i % 2 == 0)
            (void)ledger_rotate(chain_ledger(dev.chain));
        dev_chain_come_back(&dev);
        expect_clean(CHAIN_CHECK_REPLAY);
    }
    dev_chain_fini(&dev);
}

Test(db_check, finds_nothing_after_epochs_of_trie_history_went)
{
    struct test_random random = { 44 };
    given(DEV_MEMORY, 44, 20);
    for (int i = 0; i < 600; i++) {
        (void)(i % 4 == 0 ? dev_chain_random_block(&dev, &random) : dev_chain_block(&dev));
        if (i % 70 == 0)
            dev_chain_flush(&dev);
    }
    expect_clean(CHAIN_CHECK_REPLAY);
    dev_chain_fini(&dev);
}

/* A nonce that is set back lets the same transaction in again; its hash then leads to the later block. */
Test(db_check, finds_nothing_where_a_transaction_is_in_two_blocks)
{
    given(DEV_MEMORY, 45, 0);
    for (int i = 0; i < 3; i++) {
        dev_chain_edit(&dev, EDIT_NONCE, &dev.addrs[0], 0, 0);
        dev_chain_pay(&dev, 0, 1, 5);
        dev_chain_pay(&dev, 2, 1, 5);
        (void)dev_chain_block(&dev);
    }
    expect_clean(CHAIN_CHECK_REPLAY);
    dev_chain_fini(&dev);
}

/* ---- damaged ---- */

struct row {
    uint8_t key[160];
    size_t key_len;
    uint8_t *value;
    size_t value_len;
};

static void free_row(struct row *row)
{
    free(row->value);
    *row = (struct row){ .key_len = 0 };
}

static mm_bytes key_of(const struct row *row)
{
    return mm_bytes_from(row->key, row->key_len);
}

static void write_row(enum ledger_family family, mm_bytes key, const uint8_t *value, size_t len)
{
    struct kv_batch *batch = kv_batch_new(dev.kv);
    if (value == NULL)
        kv_batch_del(batch, family, key);
    else
        kv_batch_put(batch, family, key, mm_bytes_from(value, len));
    cr_assert_eq(kv_write(dev.kv, batch, KV_BUFFERED), MM_OK);
    kv_batch_free(batch);
}

/* An empty block changes nothing but that the next check looks at the store as it is now. */
static void look_anew(void)
{
    (void)dev_chain_block(&dev);
    dev_chain_flush(&dev);
}

/* Some row whose key begins so. */
static struct row pick_row(enum ledger_family family, const char *prefix,
                           struct test_random *random)
{
    struct row row = { .key_len = 0 };
    const size_t prefix_len = strlen(prefix);
    struct kv_iter *iter = kv_iter_new(dev.kv, NULL, family);
    size_t seen = 0;
    for (kv_iter_seek(iter, mm_bytes_str(prefix)); kv_iter_valid(iter); kv_iter_next(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        const mm_bytes value = kv_iter_value(iter);
        if (key.len < prefix_len || memcmp(key.ptr, prefix, prefix_len) != 0)
            break;
        if (test_random_below(random, ++seen) != 0)
            continue; /* each is taken with the same chance */
        cr_assert_leq(key.len, sizeof row.key);
        memcpy(row.key, key.ptr, key.len);
        row.key_len = key.len;
        row.value = realloc(row.value, value.len + 1);
        memcpy(row.value, value.ptr, value.len);
        row.value_len = value.len;
    }
    kv_iter_free(iter);
    cr_assert_gt(seen, 0);
    return row;
}

static bool says(const char *words)
{
    for (size_t i = 0; i < found.count; i++) {
        if (strstr(found.lines[i], words) != NULL)
            return true;
    }
    return false;
}

/* What a line about damage of this row must say at least. */
static void name_of(char out[160], enum ledger_family family, const struct row *row)
{
    char digits[65] = "";
    const uint8_t *number = family == LEDGER_INDEX ? row->key + 8 : row->key;
    switch (family) {
    case LEDGER_BLOCK:
    case LEDGER_RECEIPT:
    case LEDGER_INDEX:
        (void)snprintf(out, 160, "block %llu", (unsigned long long)mm_get_be64(number));
        return;
    case LEDGER_META:
        (void)snprintf(out, 160, "'%.*s'", (int)row->key_len, (const char *)row->key);
        return;
    case LEDGER_STATE:
        if (row->key[0] == 'a') { /* its own row, or the root without it */
            (void)snprintf(out, 160, "state root");
            return;
        }
        break;
    case LEDGER_TRIE:
        (void)snprintf(out, 160,
                       row->key[0] == 'A' ? "of the account trie" : "of the storage trie");
        return;
    case LEDGER_HISTORY:
        if (row->key[0] ==
            'e') { /* a pack, a list or a node that went: what it says of, or the row itself */
            (void)snprintf(out, 160, "%s", row->key[9] == EPOCH_CHANGED ? "flush" : "history: ");
            return;
        }
        (void)snprintf(out, 160, "before block %llu",
                       (unsigned long long)mm_get_be64(row->key + row->key_len - 8));
        return;
    case LEDGER_LOOKUP:
        break;
    }
    hex_encode(digits, mm_bytes_from(row->key + 1, 32));
    (void)snprintf(out, 160, "%s", digits);
}

static void expect_found(enum ledger_family family, const struct row *row, const char *how,
                         enum chain_check_depth depth)
{
    char name[160];
    char key[321];
    look_anew();
    const uint64_t problems = check(depth);
    name_of(name, family, row);
    hex_encode(key, key_of(row));
    key[2 * row->key_len] = '\0';
    if (problems == 0 || !says(name))
        print_found();
    cr_assert_gt(problems, 0, "%s: a row of %s was %s and nothing was found", key,
                 LEDGER_FAMILIES[family].name, how);
    cr_assert(says(name), "%s: a row of %s was %s and no line says '%s'", key,
              LEDGER_FAMILIES[family].name, how, name);
}

static void flip(enum ledger_family family, const char *prefix, struct test_random *random,
                 enum chain_check_depth depth)
{
    struct row row = pick_row(family, prefix, random);
    if (row.value_len > 0) {
        const size_t at = test_random_below(random, row.value_len);
        const uint8_t bit = (uint8_t)(1u << test_random_below(random, 8));
        row.value[at] ^= bit;
        write_row(family, key_of(&row), row.value, row.value_len);
        row.value[at] ^= bit;
    } else {
        write_row(family, key_of(&row), (const uint8_t *)"x", 1);
    }
    expect_found(family, &row, "changed", depth);
    write_row(family, key_of(&row), row.value, row.value_len);
    free_row(&row);
}

static void lose(enum ledger_family family, const char *prefix, struct test_random *random,
                 enum chain_check_depth depth)
{
    struct row row = pick_row(family, prefix, random);
    write_row(family, key_of(&row), NULL, 0);
    expect_found(family, &row, "lost", depth);
    write_row(family, key_of(&row), row.value, row.value_len);
    free_row(&row);
}

static bool is_there(enum ledger_family family, mm_bytes key)
{
    struct mm_buf value;
    mm_buf_init(&value, 1 << 24);
    const mm_err err = kv_get(dev.kv, NULL, family, key, &value);
    mm_buf_fini(&value);
    return err == MM_OK;
}

/* A stranger: the value of a row under a key that differs in the upper half of one byte, and is nobody's. */
static void add(enum ledger_family family, const char *prefix, struct test_random *random,
                enum chain_check_depth depth, size_t place)
{
    struct row row = pick_row(family, prefix, random);
    struct row stranger = row;
    for (;;) {
        if (row.key_len > place) /* the root's path is empty */
            stranger.key[place] ^= (uint8_t)(test_random_below(random, 15) + 1) << 4;
        if (row.key_len > place && !is_there(family, key_of(&stranger)))
            break;
        free_row(&row); /* a full branch: another one */
        row = pick_row(family, prefix, random);
        stranger = row;
    }
    write_row(family, key_of(&stranger), row.value, row.value_len);
    expect_found(family, &stranger, "added", depth);
    write_row(family, key_of(&stranger), NULL, 0);
    free_row(&row);
}

static void damage(enum ledger_family family, const char *prefix, uint64_t seed, int times,
                   size_t place)
{
    struct test_random random = { seed };
    given(DEV_MEMORY, 50, 36);
    for (int i = 0; i < times; i++) {
        flip(family, prefix, &random, CHAIN_CHECK_STATE);
        lose(family, prefix, &random, CHAIN_CHECK_STATE);
        add(family, prefix, &random, CHAIN_CHECK_STATE, place);
    }
    look_anew();
    expect_clean(CHAIN_CHECK_REPLAY); /* all was put back */
    dev_chain_fini(&dev);
}

Test(db_check, names_a_damaged_receipt_pack)
{
    damage(LEDGER_RECEIPT, "", 61, 10, 11);
}

Test(db_check, names_a_damaged_lookup)
{
    damage(LEDGER_LOOKUP, "b", 62, 4, 5);
    damage(LEDGER_LOOKUP, "t", 63, 8, 5);
}

Test(db_check, names_a_damaged_index_row)
{
    damage(LEDGER_INDEX, "", 64, 10, 3);
}

Test(db_check, sees_a_damaged_account)
{
    damage(LEDGER_STATE, "a", 65, 8, 7);
}

Test(db_check, names_a_damaged_slot)
{
    damage(LEDGER_STATE, "s", 66, 10, 40); /* another slot of the same account */
    damage(LEDGER_STATE, "s", 67, 4, 7);   /* of an account that is not there */
}

Test(db_check, names_damaged_code)
{
    damage(LEDGER_STATE, "c", 68, 4, 9);
}

Test(db_check, names_a_damaged_node)
{
    damage(LEDGER_TRIE, "A", 69, 8, 2);
    damage(LEDGER_TRIE, "S", 70, 10, 34);
}

/* ---- blocks: what they are is not derived, so each part has its own way to be wrong ---- */

static struct row read_row(enum ledger_family family, const struct ledger_key *key)
{
    struct row row = { .key_len = key->len };
    struct mm_buf value;
    memcpy(row.key, key->b, key->len);
    mm_buf_init(&value, 1 << 24);
    cr_assert_eq(kv_get(dev.kv, NULL, family, key_bytes(key), &value), MM_OK);
    row.value = malloc(value.len + 1);
    memcpy(row.value, value.ptr, value.len);
    row.value_len = value.len;
    mm_buf_fini(&value);
    return row;
}

static void damage_part(const struct ledger_key *key, struct test_random *random, int times)
{
    struct row row = read_row(LEDGER_BLOCK, key);
    for (int i = 0; i < times; i++) {
        const size_t at = test_random_below(random, row.value_len);
        const uint8_t bit = (uint8_t)(1u << test_random_below(random, 8));
        row.value[at] ^= bit;
        write_row(LEDGER_BLOCK, key_of(&row), row.value, row.value_len);
        row.value[at] ^= bit;
        expect_found(LEDGER_BLOCK, &row, "changed", CHAIN_CHECK_STATE);
    }
    write_row(LEDGER_BLOCK, key_of(&row), NULL, 0);
    expect_found(LEDGER_BLOCK, &row, "lost", CHAIN_CHECK_STATE);
    write_row(LEDGER_BLOCK, key_of(&row), row.value, row.value_len);
    free_row(&row);
}

Test(db_check, names_the_damaged_part_of_a_block)
{
    struct test_random random = { 71 };
    given(DEV_MEMORY, 51, 40);
    for (size_t i = 0; i < 70; i++)
        dev_chain_mint(&dev, i % DEV_PEOPLE, 1);
    const uint64_t block_num = dev_chain_block(&dev);
    look_anew();
    const struct ledger_key header = key_block_part(block_num, BLOCK_HEADER);
    const struct ledger_key certificate = key_block_part(block_num, BLOCK_CERTIFICATE);
    const struct ledger_key first = key_body(block_num, 0);
    const struct ledger_key last = key_body(block_num, 2);
    damage_part(&header, &random, 12);
    damage_part(&certificate, &random, 12);
    damage_part(&first, &random, 12);
    damage_part(&last, &random, 12);
    look_anew();
    expect_clean(CHAIN_CHECK_REPLAY);
    dev_chain_fini(&dev);
}

Test(db_check, names_rows_that_no_block_has)
{
    given(DEV_MEMORY, 52, 30);
    const struct ledger_key keys[] = {
        key_body(7, 9),
        key_block_part(1000, BLOCK_HEADER),
        key_block_part(1000, BLOCK_EDITS),
        key_receipts(1000, 0),
        key_receipts(7, 9),
        key_meta("colour"),
    };
    const enum ledger_family families[] = { LEDGER_BLOCK,   LEDGER_BLOCK,   LEDGER_BLOCK,
                                            LEDGER_RECEIPT, LEDGER_RECEIPT, LEDGER_META };
    for (size_t i = 0; i < MM_COUNT_OF(keys); i++) {
        struct row row = { .key_len = keys[i].len };
        memcpy(row.key, keys[i].b, keys[i].len);
        write_row(families[i], key_of(&row), (const uint8_t *)"\xc0", 1);
        expect_found(families[i], &row, "added", CHAIN_CHECK_STATE);
        cr_assert_eq(found.count, 1, "and nothing else");
        write_row(families[i], key_of(&row), NULL, 0);
    }
    for (enum ledger_family family = LEDGER_BLOCK; family <= LEDGER_INDEX; family++) {
        write_row(family, MM_BYTES_LIT("zzz"), (const uint8_t *)"z", 1);
        look_anew();
        cr_assert_eq(check(CHAIN_CHECK_STATE), 1);
        cr_assert_not_null(strstr(found.lines[0], "7a7a7a"), "%s", found.lines[0]);
        write_row(family, MM_BYTES_LIT("zzz"), NULL, 0);
    }
    dev_chain_fini(&dev);
}

Test(db_check, names_edits_that_do_not_decode)
{
    given(DEV_MEMORY, 53, 10);
    dev_chain_edit(&dev, EDIT_BALANCE, &dev.addrs[1], 0, 5);
    const uint64_t block_num = dev_chain_block(&dev);
    look_anew();
    struct row row = { .key_len = 9 };
    const struct ledger_key key = key_block_part(block_num, BLOCK_EDITS);
    memcpy(row.key, key.b, key.len);
    write_row(LEDGER_BLOCK, key_of(&row), (const uint8_t *)"\xc1", 1);
    expect_found(LEDGER_BLOCK, &row, "changed", CHAIN_CHECK_STATE);
    /* Other edits decode just as well: only executing the block again tells. */
    struct mm_buf buf;
    const struct edit edit = { .kind = EDIT_BALANCE,
                               .addr = dev.addrs[2],
                               .value = u256_from_u64(6) };
    mm_buf_init(&buf, 1000);
    edits_encode(&buf, &edit, 1);
    write_row(LEDGER_BLOCK, key_of(&row), buf.ptr, buf.len);
    look_anew();
    cr_assert_eq(check(CHAIN_CHECK_STATE), 0);
    expect_found(LEDGER_BLOCK, &row, "changed", CHAIN_CHECK_REPLAY);
    mm_buf_fini(&buf);
    dev_chain_fini(&dev);
}

/* ---- history ---- */

/* The first block that the row says something of. */
static uint64_t first_block_of(const struct row *row)
{
    uint64_t block_num = mm_get_be64(row->key + row->key_len - 8);
    struct delta_cursor cursor;
    if (row->key[0] != 'e' || row->key[9] != EPOCH_DELTAS)
        return block_num;
    cr_assert_eq(
        deltas_open(&cursor, mm_bytes_from(row->value, row->value_len), mm_get_be64(row->key + 1)),
        MM_OK);
    while (deltas_next(&cursor) == MM_OK)
        block_num = cursor.entry.block_num < block_num ? cursor.entry.block_num : block_num;
    return block_num;
}

static void damage_history(const char *prefix, uint64_t seed, bool within_window)
{
    struct test_random random = { seed };
    given(DEV_MEMORY, 54, 70);
    for (int i = 0; i < 6;) {
        struct row row = pick_row(LEDGER_HISTORY, prefix, &random);
        struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
        const uint64_t block_num = first_block_of(&row);
        const bool is_within =
            block_num > view->pin->proofs_from + 2; /* two blocks are made before the last check */
        ledger_release(view);
        if (is_within != within_window) {
            free_row(&row);
            continue;
        }
        const size_t at = row.value_len == 0 ? 0 : test_random_below(&random, row.value_len);
        const uint8_t bit = (uint8_t)(1u << test_random_below(&random, 8));
        row.value[at] ^= bit; /* there is a byte behind the value */
        write_row(LEDGER_HISTORY, key_of(&row), row.value, row.value_len + (row.value_len == 0));
        expect_found(LEDGER_HISTORY, &row, "changed",
                     within_window ? CHAIN_CHECK_STATE : CHAIN_CHECK_REPLAY);
        row.value[at] ^= bit;
        write_row(LEDGER_HISTORY, key_of(&row), NULL, 0);
        expect_found(LEDGER_HISTORY, &row, "lost", CHAIN_CHECK_REPLAY);
        write_row(LEDGER_HISTORY, key_of(&row), row.value, row.value_len);
        free_row(&row);
        i++;
    }
    look_anew();
    expect_clean(CHAIN_CHECK_REPLAY);
    dev_chain_fini(&dev);
}

Test(db_check, proves_history_within_the_window)
{
    damage_history("a", 81, true);
    damage_history("s", 82, true);
    for (uint64_t seed = 83; seed < 87; seed++) /* lists, packs, nodes that went */
        damage_history("e", seed, true);
}

Test(db_check, finds_damaged_state_history_before_the_window_by_executing_again)
{
    damage_history("a", 84, false);
    damage_history("s", 85, false);
}

Test(db_check, names_history_that_cannot_be)
{
    struct test_random random = { 86 };
    given(DEV_MEMORY, 55, 30);
    struct row row = pick_row(LEDGER_HISTORY, "a", &random);
    mm_put_be64(row.key + row.key_len - 8, 1000);
    write_row(LEDGER_HISTORY, key_of(&row), row.value, row.value_len);
    expect_found(LEDGER_HISTORY, &row, "added", CHAIN_CHECK_STATE);
    write_row(LEDGER_HISTORY, key_of(&row), NULL, 0);
    free_row(&row);
    row = pick_row(LEDGER_HISTORY, "e", &random);
    row.key[8] = 3; /* another epoch than the block's */
    write_row(LEDGER_HISTORY, key_of(&row), row.value, row.value_len);
    expect_found(LEDGER_HISTORY, &row, "added", CHAIN_CHECK_STATE);
    cr_assert(says("epoch"));
    free_row(&row);
    dev_chain_fini(&dev);
}

/* ---- named values ---- */

Test(db_check, names_a_meta_value_that_is_not_what_the_node_has)
{
    given(DEV_MEMORY, 56, 10);
    static const char *const names[] = { "version", "chain-id", "genesis", "proofs-from", "epoch" };
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        const struct ledger_key key = key_meta(names[i]);
        struct row row = read_row(LEDGER_META, &key);
        row.value[row.value_len - 1] ^= 1;
        write_row(LEDGER_META, key_of(&row), row.value, row.value_len);
        expect_found(LEDGER_META, &row, "changed", CHAIN_CHECK_STATE);
        row.value[row.value_len - 1] ^= 1;
        write_row(LEDGER_META, key_of(&row), row.value, row.value_len);
        free_row(&row);
    }
    dev_chain_fini(&dev);
}

Test(db_check, finds_damage_on_disk_after_a_restart)
{
    struct test_random random = { 87 };
    struct mm_reason reason = { "" };
    given(DEV_ROCKSDB, 57, 40);
    struct row row = pick_row(LEDGER_LOOKUP, "t", &random);
    write_row(LEDGER_LOOKUP, key_of(&row), NULL, 0);
    dev_chain_close(&dev);
    cr_assert_eq(dev_chain_open(&dev, &reason), MM_OK, "%s", reason.text);
    cr_assert_eq(check(CHAIN_CHECK_STATE), 1);
    free_row(&row);
    dev_chain_fini(&dev);
}
