/* Goal: threads that ask rules share what was compiled, and neither results nor gas can tell who compiled it.
 * Method: each thread has a chain of its own with a collection at the same address. Together they compile the same few texts, more
 * than the table has places for now and then, and set the same trait by the same rule; each must get the gas and the answers that
 * every other gets. */
#include <pthread.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/natives/natives.h"
#include "tests/lib/test_chain.h"
#include "tests/race/check.h"

enum { THREADS = 4, ROUNDS = 150, TEXTS = 6, GAS = 50000000 };

static const mm_addr person = { { 1 } };
static const mm_addr factory = { { 0x6d, [19] = 0xf7 } };
static pthread_barrier_t start;

static struct exec_outcome call(struct test_chain *chain, struct mm_arena *arena, const mm_addr *to,
                                const char *text, const struct abi_value *args, bool is_sent)
{
    struct abi_signature function;
    struct exec_message message = { .from = person, .to = *to, .gas_limit = GAS };
    abi_signature_init(&function, text);
    CHECK(abi_encode(arena, &message.input, abi_selector(&function), function.types, function.count,
                     args) == MM_OK);
    return is_sent ? test_chain_transact(chain, &message) : test_chain_call(chain, &message);
}

static mm_addr make(struct test_chain *chain, struct mm_arena *arena)
{
    const struct abi_value none = abi_bytes((mm_bytes){ NULL, 0 });
    struct json native;
    struct mm_reason reason;
    CHECK(json_parse(arena, &native, MM_BYTES_LIT("{\"contract\":\"ainft-factory\"}"), NULL,
                     NULL) == JSON_OK);
    const struct genesis_account accounts[] = { { .addr = person, .balance = TEST_CHAIN_FUNDS },
                                                { .addr = factory, .native = &native } };
    CHECK(test_chain_init(chain, natives_all(), accounts, 2, &reason) == MM_OK);
    const struct exec_outcome made = call(
        chain, arena, &factory,
        "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,"
        "uint256,uint8,uint48,address,uint64))",
        ABI_VALUES(none, none, none, none, abi_addr(&person), none, none, abi_u64(1000), abi_u64(0),
                   abi_u64(100), abi_u64(0), abi_u64(0), abi_u64(0), abi_u64(0), abi_u64(0)),
        true);
    CHECK(made.status == EXEC_OK);
    const mm_u256 word = u256_from_be32(made.output.ptr);
    const mm_addr collection = u256_to_addr(&word);
    CHECK(call(chain, arena, &collection, "defineTrait(string,uint8,bytes32,bytes32)",
               ABI_VALUES(abi_bytes(MM_BYTES_LIT("level")), abi_u64(1), abi_u64(0), abi_u64(9)),
               true)
              .status == EXEC_OK);
    return collection;
}

struct result {
    uint64_t gas[TEXTS];
    bool is_same;
};

static void *work(void *arg)
{
    static const char *const texts[TEXTS] = {
        "caller == owner",
        "trait('level') < 5u && trait('level') > 1u",
        "history.count('chat') == 0u || trait('level') == 1u",
        "[1u, 2u].all(x, x < supply)",
        "credits(caller) > tokenCredit()",
        "spec.version() == 0u",
    };
    struct result *result = arg;
    struct test_chain chain;
    struct mm_arena arena;
    mm_arena_init(&arena, (size_t)64 << 20);
    const mm_addr collection = make(&chain, &arena);
    result->is_same = true;
    (void)pthread_barrier_wait(&start);
    for (size_t i = 0; i < (size_t)ROUNDS * TEXTS; i++) {
        const size_t which = i % TEXTS;
        const struct exec_outcome outcome =
            call(&chain, &arena, &collection, "compileRule(string,string)",
                 ABI_VALUES(abi_bytes(MM_BYTES_LIT("spec")), abi_bytes(mm_bytes_str(texts[which]))),
                 false);
        CHECK(outcome.status == EXEC_OK);
        if (i < TEXTS)
            result->gas[which] = outcome.gas_used;
        result->is_same = result->is_same && result->gas[which] == outcome.gas_used;
    }
    test_chain_fini(&chain);
    mm_arena_fini(&arena);
    return NULL;
}

int main(void)
{
    static struct result results[THREADS];
    pthread_t threads[THREADS];
    (void)
        natives_all(); /* the table is made once, by C11's call_once, which ThreadSanitizer does not know */
    CHECK(pthread_barrier_init(&start, NULL, THREADS) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &results[i]) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(results[i].is_same);
        CHECK(memcmp(results[i].gas, results[0].gas, sizeof results[0].gas) == 0);
    }
    (void)pthread_barrier_destroy(&start);
    printf("%d threads, %d rounds each\n", THREADS, ROUNDS);
    return 0;
}
