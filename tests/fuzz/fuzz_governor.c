/* A collection that its holders govern, under arbitrary proposals, votes and calldata, through the executor.
 *
 * Input: steps. A step is: what happens, who does it, then a byte for each argument. Proposals are made of calls from a pool, some of
 * which never may be, and of calldata out of the input itself; 0xff takes the rest of the input as calldata of the governor.
 * Properties: a call and the transaction after it come out the same, gas as well; the votes of all are the supply; whatever governance
 * does, it moves no token and no credit; what was executed or canceled stays so; a state is reached only from one before it. */
#include <stdint.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/fuzz/ainft_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 60, PEOPLE = AINFT_CHAIN_PEOPLE, PROPOSALS_MAX = 8, CALLS_MAX = 4, RAW = 0xff };
enum { PENDING, ACTIVE, CANCELED, DEFEATED, SUCCEEDED, QUEUED, EXPIRED, EXECUTED };

struct proposal {
    struct abi_value args[4]; /* of propose */
    mm_u256 id;
    unsigned state;
};

struct world {
    struct test_chain chain;
    struct mm_arena arena;
    struct fuzz_input in;
    struct ainft_chain_made made;
    mm_addr credit;
    struct proposal proposals[PROPOSALS_MAX];
    size_t count;
};

static struct exec_outcome send(struct world *w, const mm_addr *from, const mm_addr *to,
                                mm_bytes input)
{
    const struct exec_message message = {
        .from = *from, .to = *to, .input = input, .gas_limit = AINFT_CHAIN_GAS
    };
    return ainft_chain_transact(&w->chain, &message);
}

static const mm_addr *person(struct world *w)
{
    return &ainft_chain_people[fuzz_take(&w->in) % PEOPLE];
}

static struct abi_value text(const char *content)
{
    return abi_bytes(mm_bytes_str(content));
}

/* ---- proposals ---- */

/* A call: of the pool, or bytes of the input. */
static mm_bytes make_call(struct world *w, mm_addr *target)
{
    static const char *const rules[] = { "true", "false", "caller == owner", "votes(caller) > 0u",
                                         "1u +" };
    const uint8_t pick = fuzz_take(&w->in);
    const uint8_t value = fuzz_take(&w->in);
    *target = pick % 16 < 9 ? w->made.collection : w->made.governor;
    switch (pick % 16) {
    case 0:
    case 1:
        return ainft_chain_calldata(&w->arena, "setRule(string,string)",
                                    ABI_VALUES(text((pick & 0x20) != 0 ? "mint" : "spec"),
                                               text(rules[value % MM_COUNT_OF(rules)])));
    case 2:
        return ainft_chain_calldata(
            &w->arena, "defineTrait(string,uint8,bytes32,bytes32)",
            ABI_VALUES(text("level"), abi_u64(value % 5), abi_u64(0), abi_u64(value / 5)));
    case 3:
        return ainft_chain_calldata(
            &w->arena, "setGovernor(address)",
            ABI_VALUES(abi_addr(value < 200 ? &w->made.governor : &ainft_chain_people[value % 4])));
    case 4:
        return ainft_chain_calldata(&w->arena, "setContractURI(string)", ABI_VALUES(text("u")));
    case 5:
        return ainft_chain_calldata(&w->arena, "transferFrom(address,address,uint256)",
                                    ABI_VALUES(abi_addr(&ainft_chain_people[0]),
                                               abi_addr(&ainft_chain_people[1]), abi_u64(value)));
    case 6:
        *target = w->credit;
        return ainft_chain_calldata(&w->arena, "mint(address,uint256)",
                                    ABI_VALUES(abi_addr(&ainft_chain_people[0]), abi_u64(value)));
    case 7:
    case 8: {
        const size_t len = value < w->in.left ? value : w->in.left;
        const mm_bytes data = mm_bytes_from(w->in.at, len);
        w->in.at += len;
        w->in.left -= len;
        return data;
    }
    case 9:
        return ainft_chain_calldata(&w->arena, "setVotingDelay(uint48)",
                                    ABI_VALUES(abi_u64(value % 40)));
    case 10:
        return ainft_chain_calldata(&w->arena, "setVotingPeriod(uint32)",
                                    ABI_VALUES(abi_u64(value)));
    case 11:
        return ainft_chain_calldata(&w->arena, "updateQuorumNumerator(uint256)",
                                    ABI_VALUES(abi_u64(value)));
    case 12:
        return ainft_chain_calldata(&w->arena, "setTimelockDelay(uint48)",
                                    ABI_VALUES(abi_u64(value)));
    case 13:
        return ainft_chain_calldata(&w->arena, "setProposalThreshold(uint256)",
                                    ABI_VALUES(abi_u64(value % 4)));
    default:
        return ainft_chain_calldata(&w->arena, "castVote(uint256,uint8)",
                                    ABI_VALUES(abi_u64(value), abi_u64(1)));
    }
}

static void fill(struct world *w, struct abi_value args[4], uint64_t nonce)
{
    uint8_t *words = mm_arena_zeroed(&w->arena, 2 * CALLS_MAX + 1, ABI_WORD);
    const size_t count = fuzz_take(&w->in) % (CALLS_MAX + 1);
    mm_bytes data[CALLS_MAX];
    MM_ASSERT(words != NULL);
    for (size_t i = 0; i < count; i++) {
        mm_addr target;
        data[i] = make_call(w, &target);
        const mm_u256 word = u256_from_addr(&target);
        u256_to_be32(words + i * ABI_WORD, &word);
    }
    const mm_u256 number = u256_from_u64(nonce);
    u256_to_be32(words + (size_t)2 * CALLS_MAX * ABI_WORD, &number);
    args[0] = abi_bytes(mm_bytes_from(words, count * ABI_WORD));
    args[1] = abi_bytes(mm_bytes_from(words + CALLS_MAX * ABI_WORD, count * ABI_WORD));
    MM_ASSERT(abi_encode_list(&w->arena, &args[2], data, count) == MM_OK);
    args[3] = abi_bytes(mm_bytes_from(words + (size_t)2 * CALLS_MAX * ABI_WORD, ABI_WORD));
}

static void propose(struct world *w)
{
    const mm_addr *who = person(w);
    struct proposal p = { .state = PENDING };
    if (w->count == PROPOSALS_MAX)
        return;
    fill(w, p.args, w->count);
    const struct exec_outcome outcome = send(
        w, who, &w->made.governor,
        ainft_chain_calldata(&w->arena, "propose(address[],uint256[],bytes[],string)", p.args));
    if (outcome.status != EXEC_OK)
        return;
    p.id = u256_from_be32(outcome.output.ptr);
    w->proposals[w->count++] = p;
}

static void act(struct world *w, const char *function)
{
    const mm_addr *who = person(w);
    struct abi_value args[4];
    if (w->count == 0)
        return;
    memcpy(args, w->proposals[fuzz_take(&w->in) % w->count].args, sizeof args);
    const mm_hash32 hash = keccak256(args[3].bytes);
    const mm_u256 word = u256_from_hash(&hash);
    args[3] = abi_word(&word);
    (void)send(w, who, &w->made.governor, ainft_chain_calldata(&w->arena, function, args));
}

static void vote(struct world *w)
{
    const mm_addr *who = person(w);
    const uint8_t pick = fuzz_take(&w->in);
    const mm_u256 id = w->count == 0 ? (mm_u256){ { pick } } : w->proposals[pick % w->count].id;
    (void)send(w, who, &w->made.governor,
               ainft_chain_calldata(&w->arena, "castVote(uint256,uint8)",
                                    ABI_VALUES(abi_word(&id), abi_u64(fuzz_take(&w->in) % 4))));
}

/* ---- of the collection ---- */

static void mint(struct world *w)
{
    const struct abi_value empty = abi_bytes((mm_bytes){ 0 });
    (void)send(w, &ainft_chain_people[0], &w->made.collection,
               ainft_chain_calldata(&w->arena, "mint(address,string,string,bytes32)",
                                    ABI_VALUES(abi_addr(person(w)), empty, empty, abi_u64(0))));
}

static void move_token(struct world *w)
{
    const mm_addr *from = person(w);
    const mm_addr *to = person(w);
    const struct abi_value token = abi_u64(fuzz_take(&w->in) % 8);
    (void)send(w, from, &w->made.collection,
               ainft_chain_calldata(&w->arena, "transferFrom(address,address,uint256)",
                                    ABI_VALUES(abi_addr(from), abi_addr(to), token)));
}

static void burn(struct world *w)
{
    const mm_addr *who = person(w);
    (void)send(w, who, &w->made.collection,
               ainft_chain_calldata(&w->arena, "burn(uint256)",
                                    ABI_VALUES(abi_u64(fuzz_take(&w->in) % 8))));
}

static void delegate(struct world *w)
{
    const mm_addr *who = person(w);
    const mm_addr *to = &ainft_chain_people[fuzz_take(&w->in) % (PEOPLE + 1)];
    (void)send(w, who, &w->made.collection,
               ainft_chain_calldata(&w->arena, "delegate(address)", ABI_VALUES(abi_addr(to))));
}

/* ---- what is true ---- */

static uint64_t ask(struct world *w, const mm_addr *to, const char *function,
                    const struct abi_value *args)
{
    return ainft_chain_ask(&w->chain, &w->arena, to, function, args).limb[0];
}

static void votes_are_the_supply(struct world *w)
{
    uint64_t votes = 0;
    for (size_t i = 0; i < PEOPLE; i++)
        votes += ask(w, &w->made.collection, "getVotes(address)",
                     ABI_VALUES(abi_addr(&ainft_chain_people[i])));
    MM_ASSERT(votes == ask(w, &w->made.collection, "totalSupply()", NULL));
}

/* From which state one may come to another; time alone goes several steps. */
static bool may_follow(unsigned before, unsigned now)
{
    static const uint8_t from[] = {
        [PENDING] = 1 << PENDING,
        [ACTIVE] = 1 << PENDING | 1 << ACTIVE,
        [CANCELED] = 1 << PENDING | 1 << ACTIVE | 1 << DEFEATED | 1 << SUCCEEDED | 1 << QUEUED |
                     1 << CANCELED,
        [DEFEATED] = 1 << PENDING | 1 << ACTIVE | 1 << DEFEATED,
        [SUCCEEDED] = 1 << ACTIVE | 1 << SUCCEEDED,
        [QUEUED] = 1 << ACTIVE | 1 << SUCCEEDED | 1 << QUEUED,
        [EXPIRED] = 0,
        [EXECUTED] = 1 << QUEUED | 1 << EXECUTED,
    };
    MM_ASSERT(now < MM_COUNT_OF(from));
    return (from[now] >> before & 1) != 0;
}

static void states_go_forward(struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        struct proposal *p = &w->proposals[i];
        const unsigned now =
            (unsigned)ask(w, &w->made.governor, "state(uint256)", ABI_VALUES(abi_word(&p->id)));
        MM_ASSERT(may_follow(p->state, now));
        p->state = now;
    }
}

/* Tokens of each, and credits of all. */
struct holdings {
    uint64_t tokens[PEOPLE];
    uint64_t credits;
};

static struct holdings holdings_of(struct world *w)
{
    struct holdings h = { .credits = ask(w, &w->credit, "totalSupply()", NULL) };
    for (size_t i = 0; i < PEOPLE; i++)
        h.tokens[i] = ask(w, &w->made.collection, "balanceOf(address)",
                          ABI_VALUES(abi_addr(&ainft_chain_people[i])));
    return h;
}

static void govern(struct world *w, uint8_t what)
{
    const struct holdings before = holdings_of(w);
    switch (what % 6) {
    case 0:
        propose(w);
        break;
    case 1:
    case 2:
        vote(w);
        break;
    case 3:
        act(w, "queue(address[],uint256[],bytes[],bytes32)");
        break;
    case 4:
        act(w, "execute(address[],uint256[],bytes[],bytes32)");
        break;
    default:
        act(w, "cancel(address[],uint256[],bytes[],bytes32)");
        break;
    }
    const struct holdings afterwards = holdings_of(w);
    MM_ASSERT(memcmp(&before, &afterwards, sizeof before) == 0);
}

static void raw(struct world *w)
{
    const mm_addr *who = person(w);
    (void)send(w, who, &w->made.governor, mm_bytes_from(w->in.at, w->in.left));
    w->in.left = 0;
}

static void step(struct world *w)
{
    const uint8_t what = fuzz_take(&w->in);
    if (what == RAW)
        raw(w);
    else if (what < 160)
        govern(w, what);
    else if (what < 180)
        mint(w);
    else if (what < 195)
        move_token(w);
    else if (what < 200)
        burn(w);
    else if (what < 220)
        delegate(w);
    else
        test_chain_next(&w->chain, (uint64_t)(what - 219) * 4);
}

static void begin(struct world *w)
{
    w->made = ainft_chain_create(&w->chain, &w->arena);
    const mm_u256 credit =
        ainft_chain_ask(&w->chain, &w->arena, &w->made.collection, "credit()", NULL);
    w->credit = u256_to_addr(&credit);
    MM_ASSERT(send(w, &ainft_chain_people[0], &w->made.collection,
                   ainft_chain_calldata(&w->arena, "setGovernor(address)",
                                        ABI_VALUES(abi_addr(&w->made.governor))))
                  .status == EXEC_OK);
    mint(w); /* the input's first byte says to whom */
    test_chain_next(&w->chain, 12);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = { .in = { data, size } };
    mm_arena_init(&w.arena, (size_t)64 << 20);
    ainft_chain_init(&w.chain, &w.arena);
    begin(&w);
    for (size_t i = 0; i < STEPS_MAX && w.in.left > 0; i++) {
        step(&w);
        votes_are_the_supply(&w);
        states_go_forward(&w);
    }
    test_chain_fini(&w.chain);
    mm_arena_fini(&w.arena);
    return 0;
}
