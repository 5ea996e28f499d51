/* The journal against a model that is copied whole at each checkpoint: any nest of changes and reverts leaves what the copy says. */
#include "state/exec/journal.h"

#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/lib/random.h"

enum { STORED_CODE_MAX = 10, ACCOUNTS = 60, SLOTS = 40, DEPTH_MAX = 6, LOGS_MAX = 600 };

struct model_slot {
    uint64_t now;
    uint64_t original;
    bool warm;
};

struct model_account {
    uint64_t nonce;
    uint64_t balance;
    uint8_t code; /* 0: none, else its length */
    bool new_code;
    bool warm;
    struct model_slot slots[SLOTS];
};

struct model {
    struct model_account accounts[ACCOUNTS];
    int64_t refund;
    size_t log_count;
    uint8_t logs[LOGS_MAX];
};

static mm_addr addr_of(size_t i)
{
    return (mm_addr){ { (uint8_t)(i * 7), [19] = (uint8_t)i } };
}

/* Close numbers and far ones that share their lowest limb. */
static mm_u256 slot_of(size_t i)
{
    return (mm_u256){ { i / 2, 0, 0, i % 2 == 0 ? 0 : UINT64_C(1) << 63 } };
}

/* ---- the view: every other account is there, with storage when its number divides by four ---- */

static uint64_t stored(size_t account, size_t slot)
{
    return account % 4 == 0 && slot % 3 == 0 ? 1000 + slot : 0;
}

static struct {
    size_t account_reads;
    size_t slot_reads;
    size_t code_reads;
    mm_err fail;
} view_log;

static size_t find_account(const mm_hash32 *key)
{
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const mm_addr addr = addr_of(i);
        const mm_hash32 hash = keccak256(mm_bytes_addr(&addr));
        if (mm_hash_equal(&hash, key))
            return i;
    }
    cr_assert_fail("a key that nobody has");
    return 0;
}

static const uint8_t code_bytes[64] = { 0xc0, 0xde };

static mm_err view_account(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    (void)ctx;
    const size_t i = find_account(addr_key);
    view_log.account_reads++;
    *account = account_none();
    if (view_log.fail != MM_OK)
        return view_log.fail;
    if (i % 2 != 0)
        return MM_ERR_NOT_FOUND;
    account->nonce = i;
    account->balance = u256_from_u64(100 * i);
    if (i % 4 == 0)
        account->storage_root = (mm_hash32){ { 1 } };
    if (i % 6 == 0)
        account->code_hash = keccak256(mm_bytes_from(code_bytes, i % 10 + 1));
    return MM_OK;
}

static mm_err view_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key,
                        const mm_hash32 *slot_key)
{
    (void)ctx;
    const size_t account = find_account(addr_key);
    view_log.slot_reads++;
    *value = (mm_u256){ { 0 } };
    if (view_log.fail != MM_OK)
        return view_log.fail;
    cr_assert_eq(account % 4, 0, "an account without storage has nothing to look up");
    for (size_t i = 0; i < SLOTS; i++) {
        const mm_u256 slot = slot_of(i);
        const mm_hash32 word = u256_to_hash(&slot);
        const mm_hash32 hash = keccak256(mm_bytes_hash(&word));
        if (mm_hash_equal(&hash, slot_key))
            *value = u256_from_u64(stored(account, i));
    }
    return MM_OK;
}

static mm_err view_code(void *ctx, struct mm_arena *arena, mm_bytes *code,
                        const mm_hash32 *code_hash)
{
    (void)ctx;
    view_log.code_reads++;
    *code = (mm_bytes){ NULL, 0 };
    if (view_log.fail != MM_OK)
        return view_log.fail;
    for (size_t len = 1; len <= STORED_CODE_MAX; len++) { /* what the block sets is not here */
        const mm_hash32 hash = keccak256(mm_bytes_from(code_bytes, len));
        if (mm_hash_equal(&hash, code_hash))
            return mm_arena_copy(arena, code, mm_bytes_from(code_bytes, len));
    }
    return MM_ERR_NOT_FOUND;
}

static const struct exec_view view = { NULL, view_account, view_slot, view_code };

static void model_init(struct model *model)
{
    *model = (struct model){ .refund = 0 };
    for (size_t i = 0; i < ACCOUNTS; i += 2) {
        model->accounts[i].nonce = i;
        model->accounts[i].balance = 100 * i;
        model->accounts[i].code = i % 6 == 0 ? (uint8_t)(i % 10 + 1) : 0;
        for (size_t j = 0; j < SLOTS; j++)
            model->accounts[i].slots[j].now = stored(i, j);
    }
}

static void model_begin_tx(struct model *model)
{
    model->refund = 0;
    model->log_count = 0;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        model->accounts[i].warm = false;
        for (size_t j = 0; j < SLOTS; j++) {
            model->accounts[i].slots[j].warm = false;
            model->accounts[i].slots[j].original = model->accounts[i].slots[j].now;
        }
    }
}

/* ---- one change, of both ---- */

struct pair {
    struct journal journal;
    struct model model;
    struct test_random random;
};

static struct journal_account *account(struct pair *pair, size_t i)
{
    const mm_addr addr = addr_of(i);
    struct journal_account *entry = journal_account(&pair->journal, &addr);
    cr_assert_not_null(entry);
    cr_assert(mm_addr_equal(&entry->addr, &addr));
    cr_assert_eq(journal_account(&pair->journal, &addr), entry, "one entry an account");
    return entry;
}

static struct journal_slot *slot(struct pair *pair, size_t i, size_t j)
{
    const mm_u256 number = slot_of(j);
    struct journal_account *owner = account(pair, i);
    struct journal_slot *entry = journal_slot(&pair->journal, owner, &number);
    cr_assert_not_null(entry);
    cr_assert(u256_equal(&entry->slot, &number));
    cr_assert_eq(journal_slot(&pair->journal, owner, &number), entry, "one entry a slot");
    return entry;
}

static void change_account(struct pair *pair, size_t i)
{
    struct journal_account *entry = account(pair, i);
    struct account now = entry->now;
    now.nonce = pair->model.accounts[i].nonce = test_random_below(&pair->random, 1000);
    now.balance =
        u256_from_u64(pair->model.accounts[i].balance = test_random_below(&pair->random, 1000));
    cr_assert(journal_set_account(&pair->journal, entry, &now));
}

static void change_code(struct pair *pair, size_t i)
{
    const size_t len = STORED_CODE_MAX + 1 + test_random_below(&pair->random, 50);
    cr_assert(journal_set_code(&pair->journal, account(pair, i), mm_bytes_from(code_bytes, len)));
    pair->model.accounts[i].code = (uint8_t)len;
    pair->model.accounts[i].new_code = true;
}

static void change_slot(struct pair *pair, size_t i, size_t j)
{
    const uint64_t value = test_random_below(&pair->random, 3);
    const mm_u256 number = u256_from_u64(value);
    cr_assert(journal_set_slot(&pair->journal, slot(pair, i, j), &number));
    pair->model.accounts[i].slots[j].now = value;
}

static void warm(struct pair *pair, size_t i, size_t j)
{
    bool was_cold;
    cr_assert(journal_warm_account(&pair->journal, account(pair, i), &was_cold));
    cr_assert_eq(was_cold, !pair->model.accounts[i].warm);
    pair->model.accounts[i].warm = true;
    cr_assert(journal_warm_slot(&pair->journal, slot(pair, i, j), &was_cold));
    cr_assert_eq(was_cold, !pair->model.accounts[i].slots[j].warm);
    pair->model.accounts[i].slots[j].warm = true;
}

static void refund_and_log(struct pair *pair)
{
    const int64_t refund = (int64_t)test_random_below(&pair->random, 9) - 4;
    cr_assert(journal_add_refund(&pair->journal, refund));
    pair->model.refund += refund;
    if (pair->model.log_count == LOGS_MAX)
        return;
    uint8_t data = (uint8_t)test_random_u64(&pair->random);
    cr_assert(journal_add_log(&pair->journal, &(struct log){ .data = { &data, 1 } }));
    pair->model.logs[pair->model.log_count++] = data;
    data = 0; /* it was copied */
}

static void change(struct pair *pair)
{
    const size_t i = test_random_below(&pair->random, ACCOUNTS);
    const size_t j = test_random_below(&pair->random, SLOTS);
    switch (test_random_below(&pair->random, 6)) {
    case 0:
        change_account(pair, i);
        return;
    case 1:
        change_code(pair, i);
        return;
    case 2:
    case 3:
        change_slot(pair, i, j);
        return;
    case 4:
        warm(pair, i, j);
        return;
    default:
        refund_and_log(pair);
        return;
    }
}

static void compare(struct pair *pair)
{
    cr_assert_eq(pair->journal.refund, pair->model.refund);
    cr_assert_eq(pair->journal.log_count, pair->model.log_count);
    for (size_t i = 0; i < pair->model.log_count; i++)
        cr_assert_eq(pair->journal.logs[i].data.ptr[0], pair->model.logs[i]);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const struct model_account *expected = &pair->model.accounts[i];
        struct journal_account *entry = account(pair, i);
        mm_bytes code;
        cr_assert_eq(entry->existed, i % 2 == 0);
        cr_assert_eq(entry->now.nonce, expected->nonce);
        cr_assert_eq(entry->now.balance.limb[0], expected->balance);
        cr_assert_eq(entry->has_new_code, expected->new_code);
        cr_assert(journal_code(&pair->journal, entry, &code));
        cr_assert(mm_bytes_equal(code, mm_bytes_from(code_bytes, expected->code)));
        const mm_hash32 hash = keccak256(code);
        cr_assert(mm_hash_equal(&entry->now.code_hash, &hash));
        for (size_t j = 0; j < SLOTS; j++) {
            struct journal_slot *s = slot(pair, i, j);
            cr_assert_eq(s->now.limb[0], expected->slots[j].now);
            cr_assert_eq(s->before.limb[0], stored(i, j));
            cr_assert_eq(journal_original(&pair->journal, s).limb[0], expected->slots[j].original);
        }
    }
}

Test(journal, any_nest_of_changes_and_reverts_leaves_what_the_copy_says)
{
    static struct pair pair;
    static struct model copies[DEPTH_MAX];
    struct journal_checkpoint checkpoints[DEPTH_MAX];
    struct mm_arena arena;
    for (uint64_t seed = 81; seed < 85; seed++) {
        mm_arena_init(&arena, 256 << 20);
        pair.random.state = seed;
        model_init(&pair.model);
        cr_assert_eq(journal_init(&pair.journal, &arena, &view), MM_OK);
        for (int tx = 0; tx < 8; tx++) {
            size_t depth = 0;
            journal_begin_tx(&pair.journal);
            model_begin_tx(&pair.model);
            for (int step = 0; step < 400; step++) {
                const uint64_t what = test_random_below(&pair.random, 16);
                if (what == 0 && depth < DEPTH_MAX) {
                    copies[depth] = pair.model;
                    checkpoints[depth++] = journal_checkpoint(&pair.journal);
                } else if (what == 1 && depth > 0) {
                    depth = test_random_below(&pair.random, depth); /* past several at once */
                    journal_revert(&pair.journal, checkpoints[depth]);
                    pair.model = copies[depth];
                } else if (what == 2 && depth > 0) {
                    depth--; /* kept */
                } else {
                    change(&pair);
                }
                if (step % 100 == 99)
                    compare(&pair);
            }
        }
        mm_arena_fini(&arena);
    }
}

Test(journal, code_that_was_not_read_yet_is_there_after_a_revert)
{
    struct mm_arena arena;
    struct journal journal;
    mm_bytes code;
    const mm_addr addr = addr_of(6); /* has code */
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(journal_init(&journal, &arena, &view), MM_OK);
    journal_begin_tx(&journal);
    struct journal_account *entry = journal_account(&journal, &addr);
    const struct journal_checkpoint before = journal_checkpoint(&journal);
    cr_assert(journal_set_code(&journal, entry, MM_BYTES_LIT("new")));
    journal_revert(&journal, before);
    cr_assert(journal_code(&journal, entry, &code));
    cr_assert(mm_bytes_equal(code, mm_bytes_from(code_bytes, 6 % 10 + 1)));
    mm_arena_fini(&arena);
}

Test(journal, reads_the_view_once_for_each_thing)
{
    struct mm_arena arena;
    struct pair pair = { .random = { 90 } };
    mm_arena_init(&arena, 64 << 20);
    model_init(&pair.model);
    cr_assert_eq(journal_init(&pair.journal, &arena, &view), MM_OK);
    memset(&view_log, 0, sizeof view_log);
    for (int round = 0; round < 3; round++) {
        journal_begin_tx(&pair.journal);
        for (size_t i = 0; i < ACCOUNTS; i++) {
            mm_bytes code;
            cr_assert(journal_code(&pair.journal, account(&pair, i), &code));
            for (size_t j = 0; j < SLOTS; j++)
                (void)slot(&pair, i, j);
        }
    }
    cr_assert_eq(view_log.account_reads, ACCOUNTS);
    cr_assert_eq(view_log.slot_reads, ACCOUNTS / 4 * SLOTS);
    cr_assert_eq(view_log.code_reads, ACCOUNTS / 6);
    mm_arena_fini(&arena);
}

/* Told what comes, or told wrong, or of more than comes: the journal finds every slot under the hash of its number. */
Test(journal, slots_that_were_expected_have_the_keys_of_the_others)
{
    struct mm_arena arena;
    struct journal journal;
    const mm_addr addr = addr_of(4);
    mm_arena_init(&arena, 64 << 20);
    cr_assert_eq(journal_init(&journal, &arena, &view), MM_OK);
    journal_begin_tx(&journal);
    struct journal_account *entry = journal_account(&journal, &addr);
    for (size_t i = 0; i < SLOTS; i++) {
        mm_u256 expected[JOURNAL_AHEAD];
        const size_t count = i % (JOURNAL_AHEAD + 1);
        for (size_t j = 0; j < count; j++)
            expected[j] = slot_of((i + 3 * j) % SLOTS);
        const size_t before = entry->slot_count;
        journal_expect(&journal, entry, expected, count);
        cr_assert_eq(entry->slot_count, before); /* it only hashes */
        for (size_t j = 0; j < 2; j++) {
            const mm_u256 number = slot_of((i + 5 * j) % SLOTS);
            const mm_hash32 word = u256_to_hash(&number);
            const mm_hash32 key = keccak256(mm_bytes_hash(&word));
            const struct journal_slot *found = journal_slot(&journal, entry, &number);
            cr_assert(u256_equal(&found->slot, &number));
            cr_assert(mm_hash_equal(&found->key, &key));
        }
    }
    mm_arena_fini(&arena);
}

/* Whatever fails first is kept, and everything after it is refused. */
Test(journal, a_view_that_fails_is_remembered)
{
    for (int what = 0; what < 4; what++) {
        struct mm_arena arena;
        struct journal journal;
        const mm_addr first = addr_of(0);
        const mm_addr second = addr_of(12);
        const mm_u256 number = slot_of(0);
        const mm_u256 loaded = slot_of(1);
        mm_bytes code;
        mm_arena_init(&arena, 64 << 20);
        cr_assert_eq(journal_init(&journal, &arena, &view), MM_OK);
        journal_begin_tx(&journal);
        view_log.fail = MM_OK;
        struct journal_account *entry = journal_account(&journal, &first);
        cr_assert_not_null(entry);
        cr_assert_not_null(journal_slot(&journal, entry, &loaded));
        view_log.fail = what == 3 ? MM_ERR_NOT_FOUND : MM_ERR_IO;
        if (what == 0)
            cr_assert_null(journal_account(&journal, &second));
        else if (what == 1)
            cr_assert_null(journal_slot(&journal, entry, &number));
        else
            cr_assert(!journal_code(&journal, entry, &code));
        /* An account names its code: one that is not there was lost. */
        const mm_err expected = what == 3 ? MM_ERR_CORRUPT : MM_ERR_IO;
        cr_assert_eq(journal.fault, expected);
        view_log.fail = MM_ERR_NO_SPACE;
        cr_assert_null(journal_account(&journal, &first));
        cr_assert_null(journal_slot(&journal, entry, &number));
        cr_assert_null(journal_slot(&journal, entry, &loaded));
        cr_assert_eq(journal.fault, expected);
        view_log.fail = MM_OK;
        mm_arena_fini(&arena);
    }
}

/* Says it failed when, and only when, there is a fault. */
static bool heard(const struct journal *journal, bool ok)
{
    cr_assert_eq(journal->fault, ok ? MM_OK : MM_ERR_NO_MEMORY);
    return ok;
}

static bool change_everything(struct journal *journal, size_t i)
{
    const mm_addr addr = addr_of(i);
    const mm_u256 number = slot_of(i % SLOTS);
    bool was_cold;
    struct journal_account *entry = journal_account(journal, &addr);
    if (!heard(journal, entry != NULL))
        return false;
    struct journal_slot *s = journal_slot(journal, entry, &number);
    return heard(journal, s != NULL) &&
           heard(journal, journal_set_account(journal, entry, &entry->now)) &&
           heard(journal, journal_set_code(journal, entry, MM_BYTES_OF(code_bytes))) &&
           heard(journal, journal_set_slot(journal, s, &number)) &&
           heard(journal, journal_warm_account(journal, entry, &was_cold)) &&
           heard(journal, journal_warm_slot(journal, s, &was_cold)) &&
           heard(journal, journal_add_refund(journal, 1)) &&
           heard(journal,
                 journal_add_log(journal, &(struct log){ .data = MM_BYTES_OF(code_bytes) }));
}

Test(journal, memory_that_ends_is_a_fault_and_nothing_else)
{
    size_t faults = 0;
    for (size_t bytes = 0; bytes < 400000; bytes += bytes < 16384 ? 16 : 1009) {
        struct mm_arena arena;
        struct journal journal;
        mm_arena_init(&arena, bytes);
        bool ok = journal_init(&journal, &arena, &view) == MM_OK;
        if (ok)
            journal_begin_tx(&journal);
        for (size_t i = 0; i < ACCOUNTS && ok; i++)
            ok = change_everything(&journal, i);
        faults += !ok;
        mm_arena_fini(&arena);
    }
    cr_assert(faults > 1000 && faults < 1400, "%zu", faults);
}
