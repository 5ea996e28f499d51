#include "tests/unit/contracts-native/governor/proposal.h"

#include "state/crypto/keccak.h"

void governed(struct fixture *f)
{
    fixture_init(f);
    for (size_t i = 0; i < 3; i++)
        (void)mint_to(f, ALICE);
    (void)mint_to(f, BOB);
    (void)done(f, CREATOR, "setGovernor(address)", ABI_VALUES(abi_addr(&f->governor)));
    next_block(f);
}

/* ---- calls of the governor ---- */

struct exec_outcome govern(struct fixture *f, enum person who, const char *signature,
                           const struct abi_value *args)
{
    return send_to(f, who, &f->governor, signature, args);
}

struct exec_outcome governed_ok(struct fixture *f, enum person who, const char *signature,
                                const struct abi_value *args)
{
    const struct exec_outcome outcome = govern(f, who, signature, args);
    cr_assert_eq(outcome.status, EXEC_OK, "%s: status %d, data %02x%02x%02x%02x", signature,
                 outcome.status, outcome.output.len > 3 ? outcome.output.ptr[0] : 0,
                 outcome.output.len > 3 ? outcome.output.ptr[1] : 0,
                 outcome.output.len > 3 ? outcome.output.ptr[2] : 0,
                 outcome.output.len > 3 ? outcome.output.ptr[3] : 0);
    return outcome;
}

void govern_refused(struct fixture *f, enum person who, const char *signature,
                    const struct abi_value *args, const char *error,
                    const struct abi_value *error_args)
{
    const struct exec_outcome outcome = govern(f, who, signature, args);
    expect_revert(f, &outcome, error, error_args);
}

uint64_t ask_governor(struct fixture *f, const char *signature, const struct abi_value *args)
{
    const struct exec_outcome outcome = call_to(f, STRANGER, &f->governor, signature, args);
    const mm_u256 word = word_of(&outcome, 0);
    cr_assert(u256_fits_u64(&word), "%s", signature);
    return word.limb[0];
}

/* ---- making one ---- */

struct proposal proposal_new(struct fixture *f, const char *description)
{
    return (struct proposal){ .f = f, .description = description };
}

void add_call(struct proposal *p, const mm_addr *target, const char *signature,
              const struct abi_value *args)
{
    cr_assert(p->count < CALLS_MAX);
    p->targets[p->count] = *target;
    p->data[p->count++] = calldata(p->f, signature, args);
}

void add_rule(struct proposal *p, const char *target, const char *source)
{
    add_call(p, &p->f->collection, "setRule(string,string)",
             ABI_VALUES(text(target), text(source)));
}

struct proposal rule_change(struct fixture *f, const char *target, const char *source)
{
    struct proposal p = proposal_new(f, source);
    add_rule(&p, target, source);
    return p;
}

static const struct abi_value *arguments(const struct proposal *p, struct abi_value last)
{
    uint8_t *targets = mm_arena_zeroed(&p->f->arena, CALLS_MAX, ABI_WORD);
    uint8_t *values = mm_arena_zeroed(&p->f->arena, CALLS_MAX, ABI_WORD);
    struct abi_value *args = mm_arena_zeroed(&p->f->arena, 4, sizeof *args);
    cr_assert(targets != NULL && values != NULL && args != NULL);
    for (size_t i = 0; i < p->count; i++) {
        const mm_u256 target = u256_from_addr(&p->targets[i]);
        const mm_u256 value = u256_from_u64(p->values[i]);
        u256_to_be32(targets + i * ABI_WORD, &target);
        u256_to_be32(values + i * ABI_WORD, &value);
    }
    args[0] = abi_bytes(mm_bytes_from(targets, p->count * ABI_WORD));
    args[1] = abi_bytes(mm_bytes_from(values, p->count * ABI_WORD));
    cr_assert_eq(abi_encode_list(&p->f->arena, &args[2], p->data, p->count), MM_OK);
    args[3] = last;
    return args;
}

const struct abi_value *to_propose(const struct proposal *p)
{
    return arguments(p, text(p->description));
}

const struct abi_value *to_act(const struct proposal *p)
{
    return arguments(p, id_of(p->description));
}

/* ---- from state to state ---- */

void propose(struct proposal *p, enum person who)
{
    const struct exec_outcome outcome = governed_ok(p->f, who, PROPOSE, to_propose(p));
    const mm_u256 id = word_of(&outcome, 0);
    p->id = abi_word(&id);
}

void vote(struct proposal *p, enum person who, enum governor_support support)
{
    (void)governed_ok(p->f, who, "castVote(uint256,uint8)", ABI_VALUES(p->id, abi_u64(support)));
}

void queue(struct proposal *p)
{
    (void)governed_ok(p->f, STRANGER, QUEUE, to_act(p));
}

void execute(struct proposal *p)
{
    (void)governed_ok(p->f, STRANGER, EXECUTE, to_act(p));
}

void seconds_pass(struct fixture *f, uint64_t seconds)
{
    test_chain_next(&f->chain, seconds);
}

void pass(struct proposal *p)
{
    propose(p, ALICE);
    next_block(p->f);
    vote(p, ALICE, GOVERNOR_FOR);
    seconds_pass(p->f, PERIOD);
}

void carry_out(struct proposal *p)
{
    pass(p);
    queue(p);
    seconds_pass(p->f, TIMELOCK);
    execute(p);
}

enum governor_state state_of(struct proposal *p)
{
    return (enum governor_state)ask_governor(p->f, "state(uint256)", &p->id);
}

void not_in_state(struct proposal *p, enum person who, const char *signature,
                  const struct abi_value *args, uint64_t states)
{
    govern_refused(p->f, who, signature, args, UNEXPECTED,
                   ABI_VALUES(p->id, abi_u64(state_of(p)), abi_u64(states)));
}
