/* Appending: by whom, of what, with whose signature; and that what was appended stays. */
#include <stdio.h>

#include "tests/unit/contracts-native/ainft/fixture.h"

#include "contracts-native/ainft/layout.h"
#include "state/crypto/keccak.h"

static const char *const APPEND = "appendHistory(uint256,bytes32,uint8,uint32,bytes)";
static const char *const APPEND_FOR =
    "appendHistoryFor(uint256,bytes32,uint8,uint32,bytes,address,bytes32,uint256,bytes)";

enum { DEADLINE = 1900000000 };

/* A token of ALICE's; anyone may append anything to it. */
static uint64_t open_token(struct fixture *f)
{
    const uint64_t id = mint_to(f, ALICE);
    set_rule(f, "history:chat", "true");
    return id;
}

static struct exec_outcome append(struct fixture *f, enum person who, uint64_t token,
                                  const char *content)
{
    return done(f, who, APPEND,
                ABI_VALUES(abi_u64(token), id_of("chat"), abi_u64(0), abi_u64(1), text(content)));
}

static void content_refused(struct fixture *f, uint64_t form, mm_bytes content)
{
    refused(f, ALICE, APPEND,
            ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(form), abi_u64(1), abi_bytes(content)),
            "HistoryContentInvalid(uint8,uint256)",
            ABI_VALUES(abi_u64(form), abi_u64(content.len)));
}

static void content_taken(struct fixture *f, uint64_t form, mm_bytes content)
{
    (void)done(
        f, ALICE, APPEND,
        ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(form), abi_u64(1), abi_bytes(content)));
}

Test(ainft_history, content_is_of_its_form_and_no_longer_than_it_may_be)
{
    static const uint8_t bytes[1100] = { 1, 0x55 };
    static const uint8_t other[64] = { 0x12, 0x20 };
    struct fixture f;
    fixture_init(&f);
    (void)open_token(&f);
    content_taken(&f, 0, mm_bytes_from(bytes, 0));
    content_taken(&f, 0, mm_bytes_from(bytes, 1024));
    content_refused(&f, 0, mm_bytes_from(bytes, 1025));
    content_taken(&f, 1, mm_bytes_from(bytes, 36));
    content_taken(&f, 1, mm_bytes_from(bytes, 64));
    content_refused(&f, 1, mm_bytes_from(bytes, 65));
    content_refused(&f, 1, mm_bytes_from(bytes, 3));
    content_refused(&f, 1, mm_bytes_from(other, 34));
    content_taken(&f, 2, mm_bytes_from(bytes, 32));
    content_refused(&f, 2, mm_bytes_from(bytes, 31));
    content_refused(&f, 2, mm_bytes_from(bytes, 33));
    content_refused(&f, 3, mm_bytes_from(bytes, 32));
    (void)done(&f, CREATOR, "defineHistoryKind(string,uint8,uint16,uint32)",
               ABI_VALUES(text("chat"), abi_u64(2), abi_u64(40), abi_u64(5)));
    content_refused(&f, 0, mm_bytes_from(bytes, 1));
    content_refused(&f, 1, mm_bytes_from(bytes, 41));
    content_taken(&f, 1, mm_bytes_from(bytes, 40));
    fixture_fini(&f);
}

Test(ainft_history, has_only_kinds_that_were_defined)
{
    struct fixture f;
    fixture_init(&f);
    (void)open_token(&f);
    refused(&f, ALICE, APPEND,
            ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(1), text("x")),
            "UnknownHistoryKind(bytes32)", ABI_VALUES(id_of("visit")));
    define_kind(&f, "visit");
    refused(&f, ALICE, APPEND,
            ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(1), text("x")),
            "RuleMissing(bytes32)", ABI_VALUES(id_of("history:visit")));
    set_rule(&f, "history:*", "kind == 'visit' && length < 3u");
    (void)done(&f, ALICE, APPEND,
               ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(1), text("x")));
    refused(&f, ALICE, APPEND,
            ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(1), text("xyz")),
            "RuleDenied(bytes32)", ABI_VALUES(id_of("history:*")));
    fixture_fini(&f);
}

Test(ainft_history, an_entry_has_at_least_one_turn_and_no_more_than_its_kind_allows)
{
    struct fixture f;
    fixture_init(&f);
    (void)open_token(&f);
    define_kind(&f, "visit"); /* up to 100 */
    set_rule(&f, "history:*", "true");
    uint8_t word[ABI_WORD] = "weight";
    const mm_u256 what = u256_from_be32(word);
    for (uint64_t weight = 0; weight <= 101; weight += 101)
        refused(&f, ALICE, APPEND,
                ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(weight), text("x")),
                "LimitReached(bytes32,uint256)", ABI_VALUES(abi_word(&what), abi_u64(100)));
    (void)done(&f, ALICE, APPEND,
               ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(100), text("x")));
    fixture_fini(&f);
}

Test(ainft_history, by_default_chats_are_saved_by_the_service_for_others)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = mint_to(&f, ALICE);
    refused(&f, ALICE, APPEND,
            ABI_VALUES(abi_u64(id), id_of("chat"), abi_u64(0), abi_u64(1), text("x")),
            "RuleDenied(bytes32)", ABI_VALUES(id_of("history:chat")));
    fixture_fini(&f);
}

/* ---- the chain of hashes ---- */

static mm_u256 expected_hash(const struct fixture *f, uint64_t token, uint64_t index,
                             enum person who, const char *content, const mm_u256 *previous)
{
    const struct abi_value words[] = {
        id_of("HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,"
              "bytes32 kind,address author,address submitter,uint8 form,uint32 weight,"
              "uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)"),
        abi_u64(31337),
        abi_addr(&f->collection),
        abi_u64(token),
        abi_u64(index),
        id_of("chat"),
        person(f, who),
        person(f, who),
        abi_u64(0),
        abi_u64(1),
        abi_u64(f->chain.block.timestamp),
        abi_u64(0),
        id_of(content),
        abi_word(previous),
    };
    return hash_words(words, MM_COUNT_OF(words));
}

Test(ainft_history, each_hash_is_over_the_one_before_it)
{
    static const char *const contents[] = { "one", "two", "three" };
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = open_token(&f);
    mm_u256 head = { { 0 } };
    for (uint64_t i = 0; i < 3; i++) {
        const enum person who = i == 1 ? BOB : STRANGER;
        const mm_u256 expected = expected_hash(&f, id, i, who, contents[i], &head);
        const struct exec_outcome outcome = append(&f, who, id, contents[i]);
        cr_assert_eq(word_of(&outcome, 0).limb[0], i);
        head = word_of(&outcome, 1);
        cr_assert(u256_equal(&head, &expected), "%llu", (unsigned long long)i);
        next_block(&f);
    }
    const struct exec_outcome last = call(&f, BOB, "historyHead(uint256)", ABI_VALUES(abi_u64(id)));
    const mm_u256 given = word_of(&last, 0);
    cr_assert(u256_equal(&given, &head));
    fixture_fini(&f);
}

Test(ainft_history, counts_entries_turns_and_authors_by_kind)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = open_token(&f);
    (void)append(&f, BOB, id, "x");
    (void)append(&f, BOB, id, "x");
    (void)append(&f, ALICE, id, "x");
    (void)done(&f, BOB, APPEND,
               ABI_VALUES(abi_u64(id), id_of("chat"), abi_u64(0), abi_u64(40), text("y")));
    const struct exec_outcome stats =
        call(&f, BOB, "historyStats(uint256,bytes32)", ABI_VALUES(abi_u64(id), id_of("chat")));
    cr_assert_eq(word_of(&stats, 0).limb[0], 4);
    cr_assert_eq(word_of(&stats, 1).limb[0], 43);
    cr_assert_eq(word_of(&stats, 2).limb[0], 2);
    cr_assert_eq(word_of(&stats, 3).limb[0], f.chain.block.timestamp);
    cr_assert_eq(ask(&f, "historyCountBy(uint256,bytes32,address)",
                     ABI_VALUES(abi_u64(id), id_of("chat"), person(&f, BOB))),
                 3);
    fixture_fini(&f);
}

/* ---- signatures ---- */

struct request {
    uint64_t token;
    const char *kind;
    uint64_t weight;
    uint64_t request_hash;
    uint64_t nonce;
    uint64_t deadline;
};

static mm_bytes signed_request(struct fixture *f, enum person who, const struct request *r)
{
    const struct abi_value words[] = {
        id_of("HistoryRequest(uint256 tokenId,bytes32 kind,uint32 weight,bytes32 requestHash,"
              "uint256 nonce,uint256 deadline)"),
        abi_u64(r->token),
        id_of(r->kind),
        abi_u64(r->weight),
        abi_u64(r->request_hash),
        abi_u64(r->nonce),
        abi_u64(r->deadline),
    };
    const mm_u256 hash = hash_words(words, MM_COUNT_OF(words));
    return sign(f, who, &hash);
}

/* The arguments of appendHistoryFor by SERVICE for BOB. */
#define FOR_BOB(f, r, signature)                                                                   \
    ABI_VALUES(abi_u64((r)->token), id_of((r)->kind), abi_u64(0), abi_u64((r)->weight),            \
               text("hello"), person((f), BOB), abi_u64((r)->request_hash),                        \
               abi_u64((r)->deadline), abi_bytes(signature))

Test(ainft_signatures, the_type_of_a_request_is_the_published_one)
{
    const struct abi_value type =
        id_of("HistoryRequest(uint256 tokenId,bytes32 kind,uint32 weight,bytes32 requestHash,"
              "uint256 nonce,uint256 deadline)");
    cr_assert_eq(type.word.limb[3] >> 32, 0xc3cfbff1);
    const struct abi_value entry =
        id_of("HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,"
              "bytes32 kind,address author,address submitter,uint8 form,uint32 weight,"
              "uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)");
    cr_assert_eq(entry.word.limb[3] >> 32, 0xca0bd8ca);
}

Test(ainft_signatures, an_entry_is_appended_for_who_signed_it_once)
{
    struct fixture f;
    fixture_init(&f);
    const struct request r = { open_token(&f), "chat", 3, 77, 0, DEADLINE };
    const mm_bytes signature = signed_request(&f, BOB, &r);
    (void)done(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, signature));
    cr_assert_eq(ask(&f, "nonces(address)", ABI_VALUES(person(&f, BOB))), 1);
    cr_assert_eq(ask(&f, "historyCountBy(uint256,bytes32,address)",
                     ABI_VALUES(abi_u64(r.token), id_of("chat"), person(&f, BOB))),
                 1);
    refused(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, signature), "AuthorSignatureInvalid(address)",
            ABI_VALUES(person(&f, BOB)));
    fixture_fini(&f);
}

Test(ainft_signatures, a_forged_author_or_a_changed_request_is_refused)
{
    struct fixture f;
    fixture_init(&f);
    const struct request r = { open_token(&f), "chat", 3, 77, 0, DEADLINE };
    const mm_bytes by_alice = signed_request(&f, ALICE, &r);
    refused(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, by_alice), "AuthorSignatureInvalid(address)",
            ABI_VALUES(person(&f, BOB)));
    struct request changed[4] = { r, r, r, r };
    changed[0].weight = 4;
    changed[1].request_hash = 78;
    changed[2].nonce = 1;
    changed[3].deadline = DEADLINE + 1;
    for (size_t i = 0; i < MM_COUNT_OF(changed); i++) {
        const mm_bytes signature = signed_request(&f, BOB, &changed[i]);
        refused(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, signature),
                "AuthorSignatureInvalid(address)", ABI_VALUES(person(&f, BOB)));
    }
    cr_assert_eq(ask(&f, "nonces(address)", ABI_VALUES(person(&f, BOB))), 0);
    fixture_fini(&f);
}

Test(ainft_signatures, of_another_shape_are_refused)
{
    struct fixture f;
    fixture_init(&f);
    const struct request r = { open_token(&f), "chat", 3, 77, 0, DEADLINE };
    const mm_bytes good = signed_request(&f, BOB, &r);
    uint8_t bent[SECP_SIGNATURE_BYTES + 1];
    for (size_t i = 0; i < 4; i++) {
        memcpy(bent, good.ptr, SECP_SIGNATURE_BYTES);
        size_t len = SECP_SIGNATURE_BYTES;
        if (i == 0)
            len--;
        if (i == 1)
            bent[len++] = 0;
        if (i == 2)
            bent[len - 1] = (uint8_t)(bent[len - 1] - 27);
        if (i == 3)
            memset(bent + 32, 0xff, 32); /* s above half the order */
        refused(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, mm_bytes_from(bent, len)),
                "AuthorSignatureInvalid(address)", ABI_VALUES(person(&f, BOB)));
    }
    /* Nobody signs nothing. */
    refused(&f, SERVICE, APPEND_FOR,
            ABI_VALUES(abi_u64(r.token), id_of("chat"), abi_u64(0), abi_u64(1), text("x"),
                       abi_u64(0), abi_u64(0), abi_u64(DEADLINE), abi_bytes((mm_bytes){ 0 })),
            "AuthorSignatureInvalid(address)", ABI_VALUES(abi_u64(0)));
    fixture_fini(&f);
}

Test(ainft_signatures, hold_until_their_deadline_and_not_a_second_longer)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t token = open_token(&f);
    struct request r = { token, "chat", 1, 0, 0, f.chain.block.timestamp - 1 };
    refused(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, signed_request(&f, BOB, &r)),
            "SignatureExpired(uint256)", ABI_VALUES(abi_u64(r.deadline)));
    r.deadline = f.chain.block.timestamp;
    (void)done(&f, SERVICE, APPEND_FOR, FOR_BOB(&f, &r, signed_request(&f, BOB, &r)));
    fixture_fini(&f);
}

Test(ainft_signatures, the_domain_is_what_eip_5267_gives)
{
    struct fixture f;
    fixture_init(&f);
    const struct exec_outcome domain = call(&f, BOB, "eip712Domain()", NULL);
    cr_assert_eq(word_of(&domain, 0).limb[3] >> 56, 0x0f);
    cr_assert_eq(word_of(&domain, 3).limb[0], 31337);
    const mm_u256 word = word_of(&domain, 4);
    const mm_addr self = u256_to_addr(&word);
    cr_assert(mm_addr_equal(&self, &f.collection));
    fixture_fini(&f);
}

/* ---- redaction ---- */

Test(ainft_redaction, is_for_the_author_and_the_owner_once)
{
    static const char *const redact = "redactHistory(uint256,uint256,bytes32)";
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = open_token(&f);
    (void)append(&f, BOB, id, "by bob");
    (void)append(&f, BOB, id, "by bob too");
    const struct exec_outcome head = call(&f, BOB, "historyHead(uint256)", ABI_VALUES(abi_u64(id)));
    const mm_u256 before = word_of(&head, 0);
    refused(&f, STRANGER, redact, ABI_VALUES(abi_u64(id), abi_u64(0), abi_u64(1)),
            "RuleDenied(bytes32)", ABI_VALUES(id_of("redact")));
    refused(&f, BOB, redact, ABI_VALUES(abi_u64(id), abi_u64(2), abi_u64(1)),
            "HistoryIndexOutOfBounds(uint256,uint256)", ABI_VALUES(abi_u64(id), abi_u64(2)));
    (void)done(&f, BOB, redact, ABI_VALUES(abi_u64(id), abi_u64(0), abi_u64(1)));
    (void)done(&f, ALICE, redact, ABI_VALUES(abi_u64(id), abi_u64(1), abi_u64(1)));
    refused(&f, BOB, redact, ABI_VALUES(abi_u64(id), abi_u64(0), abi_u64(1)),
            "HistoryAlreadyRedacted(uint256,uint256)", ABI_VALUES(abi_u64(id), abi_u64(0)));
    const struct exec_outcome entry =
        call(&f, BOB, "historyEntry(uint256,uint256)", ABI_VALUES(abi_u64(id), abi_u64(1)));
    const mm_u256 hash = word_of(&entry, 0);
    cr_assert(u256_equal(&hash, &before));
    cr_assert_eq(word_of(&entry, 1).limb[0], 1);
    cr_assert_eq(ask(&f, "historyLength(uint256)", ABI_VALUES(abi_u64(id))), 2);
    const struct exec_outcome beyond =
        call(&f, BOB, "historyEntry(uint256,uint256)", ABI_VALUES(abi_u64(id), abi_u64(2)));
    expect_revert(&f, &beyond, "HistoryIndexOutOfBounds(uint256,uint256)",
                  ABI_VALUES(abi_u64(id), abi_u64(2)));
    fixture_fini(&f);
}

/* ---- limits of kinds ---- */

Test(ainft_kinds, there_are_at_most_32_with_good_names_and_known_forms)
{
    static const char *const define = "defineHistoryKind(string,uint8,uint16,uint32)";
    struct fixture f;
    fixture_init(&f);
    char name[70];
    for (int i = 1; i < AINFT_KINDS_MAX; i++) {
        (void)snprintf(name, sizeof name, "kind-%d", i);
        define_kind(&f, name);
    }
    uint8_t kinds[ABI_WORD] = "kinds";
    const mm_u256 what = u256_from_be32(kinds);
    refused(&f, CREATOR, define, ABI_VALUES(text("more"), abi_u64(7), abi_u64(1), abi_u64(1)),
            "LimitReached(bytes32,uint256)", ABI_VALUES(abi_word(&what), abi_u64(32)));
    define_kind(&f, "kind-1");
    uint8_t names[ABI_WORD] = "name";
    const mm_u256 bad = u256_from_be32(names);
    memset(name, 'a', sizeof name);
    name[65] = '\0';
    const char *const names_refused[] = { "", "a b", "a:b", "a*", "\"", name };
    for (size_t i = 0; i < MM_COUNT_OF(names_refused); i++)
        refused(&f, CREATOR, define,
                ABI_VALUES(text(names_refused[i]), abi_u64(7), abi_u64(1), abi_u64(1)),
                "LimitReached(bytes32,uint256)", ABI_VALUES(abi_word(&bad), abi_u64(64)));
    uint8_t forms[ABI_WORD] = "forms";
    const mm_u256 bad_forms = u256_from_be32(forms);
    for (uint64_t value = 0; value <= 8; value += 8)
        refused(&f, CREATOR, define,
                ABI_VALUES(text("kind-1"), abi_u64(value), abi_u64(1), abi_u64(1)),
                "LimitReached(bytes32,uint256)", ABI_VALUES(abi_word(&bad_forms), abi_u64(7)));
    fixture_fini(&f);
}
