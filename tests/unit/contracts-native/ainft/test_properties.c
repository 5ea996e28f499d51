/* What holds whatever is done: random transactions against a model that knows rules, owners and entries, and a reader that knows
 * nothing but the events. */
#include <stdio.h>

#include "state/crypto/keccak.h"
#include "tests/lib/random.h"
#include "tests/unit/contracts-native/ainft/fixture.h"

enum { TOKENS = 4, ENTRIES_MAX = 400, STEPS = 400, RULE_TARGETS = 5, SEEDS = 6 };

enum target { SPEC, MINT, CHAT, LEVEL, REDACT };
static const char *const TARGETS[RULE_TARGETS] = { "spec", "mint", "history:chat", "trait:level",
                                                   "redact" };
static const char *const SOURCES[] = { "true", "false", "caller == owner", "caller == creator",
                                       "1u / (supply - supply) == 0u" };

/* What is known by having watched. */
struct model {
    struct test_random random;
    size_t rules[RULE_TARGETS];      /* in force, by index of SOURCES */
    size_t next_rules[RULE_TARGETS]; /* from the next block on */
    enum person owners[TOKENS + 1];
    uint64_t tokens;
    /* Rebuilt from events alone. */
    mm_u256 entries[TOKENS + 1][ENTRIES_MAX];
    size_t entry_counts[TOKENS + 1];
    mm_u256 levels[TOKENS + 1];
    mm_u256 token_credits[TOKENS + 1];
    mm_u256 digests[TOKENS + 1];
    mm_u256 rule_hashes[RULE_TARGETS];
    uint64_t balances[PEOPLE + 1]; /* of credits; the last one is the collection's */
};

static uint64_t below(struct model *m, uint64_t limit)
{
    return test_random_below(&m->random, limit);
}

/* ---- the model's judgement ---- */

static bool is_allowed(const struct model *m, enum target target, enum person who, uint64_t token)
{
    switch (m->rules[target]) {
    case 0:
        return true;
    case 2:
        return target != MINT && m->owners[token] == who;
    case 3:
        return who == CREATOR;
    default:
        return false;
    }
}

/* ---- the reader of events ---- */

static mm_u256 topic(const struct log *log, size_t i)
{
    cr_assert_lt(i, log->topic_count);
    return u256_from_hash(&log->topics[i]);
}

static mm_u256 data_word(const struct log *log, size_t i)
{
    cr_assert((i + 1) * ABI_WORD <= log->data.len);
    return u256_from_be32(log->data.ptr + i * ABI_WORD);
}

static bool is_event(const struct log *log, const char *text)
{
    struct abi_signature event;
    abi_signature_init(&event, text);
    return mm_hash_equal(&log->topics[0], &event.hash);
}

static uint64_t *balance_of(struct model *m, const struct fixture *f, const mm_u256 *word)
{
    const mm_addr addr = u256_to_addr(word);
    for (size_t i = 0; i < PEOPLE; i++) {
        if (mm_addr_equal(&addr, &f->people[i]))
            return &m->balances[i];
    }
    return mm_addr_equal(&addr, &f->collection) ? &m->balances[PEOPLE] : NULL;
}

static void read_credit(struct model *m, const struct fixture *f, const struct log *log)
{
    if (!is_event(log, "Transfer(address,address,uint256)"))
        return;
    const mm_u256 from = topic(log, 1);
    const mm_u256 to = topic(log, 2);
    const uint64_t amount = data_word(log, 0).limb[0];
    if (balance_of(m, f, &from) != NULL)
        *balance_of(m, f, &from) -= amount;
    if (balance_of(m, f, &to) != NULL)
        *balance_of(m, f, &to) += amount;
}

/* The hash of an entry is recomputed from the event, the block and the entry before it. */
static void read_entry(struct model *m, const struct fixture *f, const struct log *log)
{
    const uint64_t token = topic(log, 1).limb[0];
    const size_t count = m->entry_counts[token];
    const mm_u256 none = { { 0 } };
    const mm_u256 kind = topic(log, 2);
    const mm_u256 author = topic(log, 3);
    const mm_u256 submitter = data_word(log, 1);
    const mm_u256 request = data_word(log, 4);
    const size_t content_at = (size_t)data_word(log, 5).limb[0];
    const size_t len = (size_t)u256_from_be32(log->data.ptr + content_at).limb[0];
    const mm_hash32 content = keccak256(mm_bytes_from(log->data.ptr + content_at + 32, len));
    const mm_u256 content_hash = u256_from_hash(&content);
    const struct abi_value words[] = {
        id_of("HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,"
              "bytes32 kind,address author,address submitter,uint8 form,uint32 weight,"
              "uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)"),
        abi_u64(31337),
        abi_addr(&f->collection),
        abi_u64(token),
        abi_u64(count),
        abi_word(&kind),
        abi_word(&author),
        abi_word(&submitter),
        abi_u64(data_word(log, 2).limb[0]),
        abi_u64(data_word(log, 3).limb[0]),
        abi_u64(f->chain.block.timestamp),
        abi_word(&request),
        abi_word(&content_hash),
        abi_word(count == 0 ? &none : &m->entries[token][count - 1]),
    };
    const mm_u256 expected = hash_words(words, MM_COUNT_OF(words));
    const mm_u256 given = data_word(log, 6);
    cr_assert_eq(data_word(log, 0).limb[0], count);
    cr_assert(u256_equal(&expected, &given));
    cr_assert_lt(count, ENTRIES_MAX);
    m->entries[token][m->entry_counts[token]++] = given;
}

static void read_log(struct model *m, const struct fixture *f, const struct log *log)
{
    if (mm_addr_equal(&log->addr, &f->credit)) {
        read_credit(m, f, log);
        return;
    }
    if (log->topic_count == 4 &&
        is_event(log, "HistoryAppended(uint256,bytes32,address,uint256,address,uint8,uint32,"
                      "bytes32,bytes,bytes32)"))
        read_entry(m, f, log);
    if (is_event(log, "TraitUpdated(bytes32,uint256,bytes32)"))
        m->levels[data_word(log, 0).limb[0]] = data_word(log, 1);
    if (is_event(log, "TokenCreditChanged(uint256,address,int256,uint256)"))
        m->token_credits[topic(log, 1).limb[0]] = data_word(log, 1);
    if (is_event(log, "SpecificationUpdated(uint256,uint64,address,string,bytes32)"))
        m->digests[topic(log, 1).limb[0]] = data_word(log, 1);
    if (is_event(log, "RuleChanged(bytes32,uint64,bytes32,bytes32,string,string)")) {
        for (size_t i = 0; i < RULE_TARGETS; i++) {
            const struct abi_value id = id_of(TARGETS[i]);
            const mm_u256 target = topic(log, 1);
            if (u256_equal(&id.word, &target))
                m->rule_hashes[i] = data_word(log, 1);
        }
    }
}

/* Sends, reads the events; whether it was done. */
static bool act(struct model *m, struct fixture *f, enum person who, const char *signature,
                const struct abi_value *args)
{
    const struct exec_outcome outcome = send(f, who, signature, args);
    cr_assert(outcome.status == EXEC_OK || outcome.status == EXEC_REVERT);
    for (size_t i = 0; i < outcome.log_count; i++)
        read_log(m, f, &outcome.logs[i]);
    return outcome.status == EXEC_OK;
}

/* ---- what is done ---- */

static void step_mint(struct model *m, struct fixture *f, enum person who)
{
    const enum person to = (enum person)below(m, PEOPLE);
    if (m->tokens == TOKENS)
        return;
    const bool is_done = act(m, f, who, "mint(address,string,string,bytes32)",
                             ABI_VALUES(person(f, to), text("u"), text(""), abi_u64(0)));
    cr_assert_eq(is_done, is_allowed(m, MINT, who, 0));
    if (is_done)
        m->owners[++m->tokens] = to;
}

static void step_write(struct model *m, struct fixture *f, enum person who, uint64_t token)
{
    const mm_u256 digest = u256_from_u64(1 + below(m, 1000));
    const mm_u256 level = u256_from_u64(below(m, 100));
    switch (below(m, 4)) {
    case 0:
        cr_assert_eq(act(m, f, who, "setSpecification(uint256,string,bytes32)",
                         ABI_VALUES(abi_u64(token), text("s"), abi_word(&digest))),
                     is_allowed(m, SPEC, who, token));
        break;
    case 1:
        cr_assert_eq(
            act(m, f, who, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
                ABI_VALUES(abi_u64(token), id_of("chat"), abi_u64(0), abi_u64(1), text("x"))),
            is_allowed(m, CHAT, who, token));
        break;
    case 2:
        if (!u256_equal(&level, &m->levels[token]))
            cr_assert_eq(act(m, f, who, "setTrait(uint256,bytes32,bytes32)",
                             ABI_VALUES(abi_u64(token), id_of("level"), abi_word(&level))),
                         is_allowed(m, LEVEL, who, token));
        break;
    default:
        /* May have been redacted before: it is never done without permission. */
        if (act(m, f, who, "redactHistory(uint256,uint256,bytes32)",
                ABI_VALUES(abi_u64(token), abi_u64(below(m, 5)), abi_u64(0))))
            cr_assert(is_allowed(m, REDACT, who, token));
        break;
    }
}

static void step_rule(struct model *m, struct fixture *f)
{
    const size_t target = (size_t)below(m, RULE_TARGETS);
    const size_t source = (size_t)below(m, MM_COUNT_OF(SOURCES));
    cr_assert(act(m, f, CREATOR, "setRule(string,string)",
                  ABI_VALUES(text(TARGETS[target]), text(SOURCES[source]))));
    m->next_rules[target] = source;
}

static void step_credits(struct model *m, struct fixture *f, enum person who, uint64_t token)
{
    const struct abi_value none = numbers(f, NULL, 0);
    const mm_u256 amount = u256_from_u64(below(m, 60));
    switch (below(m, 4)) {
    case 0:
        (void)act(m, f, who, "perform(uint256,bytes32,uint256[],uint256)",
                  ABI_VALUES(abi_u64(token), id_of("gift"), none, abi_u64(10)));
        break;
    case 1:
        (void)act(m, f, who, "perform(uint256,bytes32,uint256[],uint256)",
                  ABI_VALUES(abi_u64(token), id_of("work"), none, abi_u64(10)));
        break;
    case 2:
        (void)act(m, f, who, "depositCredit(uint256,uint256)",
                  ABI_VALUES(abi_u64(token), abi_word(&amount)));
        break;
    default:
        cr_assert(!act(m, f, who, "withdrawCredit(uint256,address,uint256)",
                       ABI_VALUES(abi_u64(token), person(f, BOB), abi_word(&amount))) ||
                  m->owners[token] == who);
        break;
    }
}

static void step_transfer(struct model *m, struct fixture *f, enum person who, uint64_t token)
{
    const enum person to = (enum person)below(m, PEOPLE);
    if (act(m, f, who, "transferFrom(address,address,uint256)",
            ABI_VALUES(person(f, who), person(f, to), abi_u64(token)))) {
        cr_assert_eq(m->owners[token], who);
        m->owners[token] = to;
    }
}

static void step(struct model *m, struct fixture *f)
{
    const enum person who = (enum person)below(m, PEOPLE);
    const uint64_t token = m->tokens == 0 ? 0 : 1 + below(m, m->tokens);
    const uint64_t what = below(m, 16);
    if (what == 0) {
        step_rule(m, f);
    } else if (what == 1) {
        next_block(f);
        memcpy(m->rules, m->next_rules, sizeof m->rules);
    } else if (what == 2 || token == 0) {
        step_mint(m, f, who);
    } else if (what == 3) {
        step_transfer(m, f, who, token);
    } else if (what < 8) {
        step_credits(m, f, who, token);
    } else {
        step_write(m, f, who, token);
    }
}

/* ---- what must hold ---- */

static void check_history(struct model *m, struct fixture *f)
{
    for (uint64_t token = 1; token <= m->tokens; token++) {
        cr_assert_eq(ask(f, "historyLength(uint256)", ABI_VALUES(abi_u64(token))),
                     m->entry_counts[token]);
        for (size_t i = 0; i < m->entry_counts[token]; i++) {
            const struct exec_outcome outcome = call(f, BOB, "historyEntry(uint256,uint256)",
                                                     ABI_VALUES(abi_u64(token), abi_u64(i)));
            const mm_u256 hash = word_of(&outcome, 0);
            cr_assert(u256_equal(&hash, &m->entries[token][i]));
        }
    }
}

static void check_credits(struct model *m, struct fixture *f)
{
    uint64_t all = 0;
    uint64_t of_tokens = 0;
    for (size_t i = 0; i <= PEOPLE; i++) {
        const struct abi_value who =
            i == PEOPLE ? abi_addr(&f->collection) : person(f, (enum person)i);
        const struct exec_outcome outcome = call_to(f, BOB, &f->credit, "balanceOf(address)", &who);
        cr_assert_eq(word_of(&outcome, 0).limb[0], m->balances[i], "%zu", i);
        all += m->balances[i];
    }
    const struct exec_outcome supply = call_to(f, BOB, &f->credit, "totalSupply()", NULL);
    cr_assert_eq(word_of(&supply, 0).limb[0], all);
    for (uint64_t token = 1; token <= m->tokens; token++) {
        cr_assert_eq(ask(f, "tokenCredit(uint256)", ABI_VALUES(abi_u64(token))),
                     m->token_credits[token].limb[0]);
        of_tokens += m->token_credits[token].limb[0];
    }
    cr_assert_eq(of_tokens, m->balances[PEOPLE]);
}

static void check_rest(struct model *m, struct fixture *f)
{
    for (uint64_t token = 1; token <= m->tokens; token++) {
        cr_assert_eq(
            ask(f, "getTraitValue(uint256,bytes32)", ABI_VALUES(abi_u64(token), id_of("level"))),
            m->levels[token].limb[0]);
        const struct exec_outcome spec =
            call(f, BOB, "specification(uint256)", ABI_VALUES(abi_u64(token)));
        cr_assert_eq(word_of(&spec, 1).limb[0], m->digests[token].limb[0]);
    }
    for (size_t i = 0; i < RULE_TARGETS; i++) {
        const struct exec_outcome rule =
            call(f, BOB, "getRule(bytes32)", ABI_VALUES(id_of(TARGETS[i])));
        const mm_u256 hash = word_of(&rule, 2);
        cr_assert(u256_is_zero(&m->rule_hashes[i]) || u256_equal(&hash, &m->rule_hashes[i]));
    }
}

static void begin(struct model *m, struct fixture *f, uint64_t seed)
{
    static const struct effect gift[] = { { AINFT_MINT_CREDITS, NULL, "50u" } };
    static const struct effect work[] = { { AINFT_ADD_TOKEN_CREDIT, NULL, "20u" },
                                          { AINFT_MINT_CREDITS, NULL, "3u" },
                                          { AINFT_TAKE_TOKEN_CREDIT, NULL, "5u" } };
    *m = (struct model){ .random = { seed } };
    fixture_init(f);
    define_trait(f, "level", AINFT_TRAIT_UINT, 100);
    define_action(f, "gift", "true", "0u", gift, 1);
    define_action(f, "work", "caller == owner", "2u", work, 3);
    for (size_t i = 0; i < RULE_TARGETS; i++) {
        (void)act(m, f, CREATOR, "setRule(string,string)",
                  ABI_VALUES(text(TARGETS[i]), text("true")));
    }
    next_block(f);
}

Test(ainft_properties, no_write_without_permission_and_events_rebuild_the_state)
{
    static struct model m;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct fixture f;
        begin(&m, &f, seed);
        for (size_t i = 0; i < STEPS; i++) {
            step(&m, &f);
            if (i % 40 == 0)
                check_credits(&m, &f);
        }
        check_history(&m, &f);
        check_credits(&m, &f);
        check_rest(&m, &f);
        fixture_fini(&f);
    }
}

Test(ainft_properties, what_a_rule_costs_is_never_above_its_bound)
{
    static const char *const texts[] = {
        "true",
        "caller == owner",
        "caller == author || caller == owner && approved(caller)",
        "history.count('chat') + history.count('chat') * 2u >= length",
        "history.authors(kind) >= 0u ? history.last(kind) >= 0u : false",
        "[1u, 2u, 3u].all(x, x * weight > 0u || history.weight('k' + string(x)) == 0u)",
        "[caller, owner].exists(a, history.countBy('chat', a) > 0u || credits(a) > 0u)",
        "credits(caller) + tokenCredit() + balance(owner) + votes(owner) + spec.version() >= 0u",
        "trait('level') < 5u && kind.startsWith('ch') && size(kind) == 4",
        "1u / (weight - 1u) == 0u || true",
    };
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    define_trait(&f, "level", AINFT_TRAIT_UINT, 100);
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        struct abi_signature types;
        mm_bytes input;
        set_rule(&f, "history:chat", texts[i]);
        abi_signature_init(&types, "bytes32,uint8,uint32,uint256,address");
        cr_assert_eq(abi_encode(&f.arena, &input, (mm_bytes){ 0 }, types.types, types.count,
                                ABI_VALUES(id_of("chat"), abi_u64(0), abi_u64(i), abi_u64(9),
                                           person(&f, BOB))),
                     MM_OK);
        const struct exec_outcome bound = call(&f, BOB, "compileRule(string,string)",
                                               ABI_VALUES(text("history:chat"), text(texts[i])));
        const struct exec_outcome asked =
            call(&f, BOB, "checkRule(bytes32,address,uint256,bytes)",
                 ABI_VALUES(id_of("history:chat"), person(&f, BOB), abi_u64(1), abi_bytes(input)));
        cr_assert_leq(word_of(&asked, 2).limb[0], word_of(&bound, 2).limb[0], "%s", texts[i]);
        cr_assert_gt(word_of(&asked, 2).limb[0], 0);
    }
    fixture_fini(&f);
}
