#include "tests/unit/contracts-native/ainft/fixture.h"

#include "contracts-native/natives/natives.h"
#include "state/codec/json.h"
#include "state/crypto/keccak.h"

enum { GAS = 50000000 };

/* ---- values ---- */

struct abi_value text(const char *content)
{
    return abi_bytes(mm_bytes_str(content));
}

struct abi_value id_of(const char *name)
{
    const mm_hash32 hash = keccak256(mm_bytes_str(name));
    const mm_u256 word = u256_from_hash(&hash);
    return abi_word(&word);
}

struct abi_value person(const struct fixture *f, enum person who)
{
    return abi_addr(&f->people[who]);
}

struct abi_value numbers(struct fixture *f, const uint64_t *values, size_t count)
{
    uint8_t *words = mm_arena_zeroed(&f->arena, count, ABI_WORD);
    cr_assert(words != NULL);
    for (size_t i = 0; i < count; i++) {
        const mm_u256 word = u256_from_u64(values[i]);
        u256_to_be32(words + i * ABI_WORD, &word);
    }
    return abi_bytes(mm_bytes_from(words, count * ABI_WORD));
}

/* ---- calls ---- */

mm_bytes calldata(struct fixture *f, const char *signature, const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, signature);
    cr_assert_eq(abi_encode(&f->arena, &input, abi_selector(&function), function.types,
                            function.count, args),
                 MM_OK);
    return input;
}

static struct exec_message message(struct fixture *f, enum person who, const mm_addr *to,
                                   const char *signature, const struct abi_value *args)
{
    return (struct exec_message){
        .from = f->people[who], .to = *to, .input = calldata(f, signature, args), .gas_limit = GAS
    };
}

struct exec_outcome send_to(struct fixture *f, enum person who, const mm_addr *to,
                            const char *signature, const struct abi_value *args)
{
    const struct exec_message m = message(f, who, to, signature, args);
    const struct exec_outcome outcome = test_chain_transact(&f->chain, &m);
    cr_assert_eq(outcome.verdict, TX_OK);
    return outcome;
}

struct exec_outcome call_to(struct fixture *f, enum person who, const mm_addr *to,
                            const char *signature, const struct abi_value *args)
{
    const struct exec_message m = message(f, who, to, signature, args);
    return test_chain_call(&f->chain, &m);
}

struct exec_outcome send(struct fixture *f, enum person who, const char *signature,
                         const struct abi_value *args)
{
    return send_to(f, who, &f->collection, signature, args);
}

struct exec_outcome call(struct fixture *f, enum person who, const char *signature,
                         const struct abi_value *args)
{
    return call_to(f, who, &f->collection, signature, args);
}

mm_u256 word_of(const struct exec_outcome *outcome, size_t i)
{
    cr_assert_eq(outcome->status, EXEC_OK);
    cr_assert(outcome->output.len >= (i + 1) * ABI_WORD);
    return u256_from_be32(outcome->output.ptr + i * ABI_WORD);
}

uint64_t ask(struct fixture *f, const char *signature, const struct abi_value *args)
{
    const struct exec_outcome outcome = call(f, STRANGER, signature, args);
    const mm_u256 word = word_of(&outcome, 0);
    cr_assert(u256_fits_u64(&word), "%s", signature);
    return word.limb[0];
}

void expect_revert(struct fixture *f, const struct exec_outcome *outcome, const char *error,
                   const struct abi_value *args)
{
    const mm_bytes expected = calldata(f, error, args);
    cr_assert_eq(outcome->status, EXEC_REVERT, "%s, not %d", error, outcome->status);
    cr_assert(mm_bytes_equal(outcome->output, expected), "%s, not %02x%02x%02x%02x", error,
              outcome->output.len > 3 ? outcome->output.ptr[0] : 0,
              outcome->output.len > 3 ? outcome->output.ptr[1] : 0,
              outcome->output.len > 3 ? outcome->output.ptr[2] : 0,
              outcome->output.len > 3 ? outcome->output.ptr[3] : 0);
    cr_assert_eq(outcome->log_count, 0);
}

void refused(struct fixture *f, enum person who, const char *signature,
             const struct abi_value *args, const char *error, const struct abi_value *error_args)
{
    const struct exec_outcome outcome = send(f, who, signature, args);
    expect_revert(f, &outcome, error, error_args);
}

struct exec_outcome done(struct fixture *f, enum person who, const char *signature,
                         const struct abi_value *args)
{
    const struct exec_outcome outcome = send(f, who, signature, args);
    cr_assert_eq(outcome.status, EXEC_OK, "%s: status %d, data %02x%02x%02x%02x", signature,
                 outcome.status, outcome.output.len > 3 ? outcome.output.ptr[0] : 0,
                 outcome.output.len > 3 ? outcome.output.ptr[1] : 0,
                 outcome.output.len > 3 ? outcome.output.ptr[2] : 0,
                 outcome.output.len > 3 ? outcome.output.ptr[3] : 0);
    return outcome;
}

/* ---- the chain ---- */

static const char *const create = "createCollection((string,string,string,address,string,string,"
                                  "uint256,uint48,uint32,uint256,uint8,uint48,address,uint64))";

static mm_addr addr_of(const struct exec_outcome *outcome, size_t i)
{
    const mm_u256 word = word_of(outcome, i);
    return u256_to_addr(&word);
}

static void make_collection(struct fixture *f)
{
    const struct exec_outcome outcome =
        send_to(f, CREATOR, &f->factory, create,
                ABI_VALUES({ .bytes = { NULL, 0 } }, text("Muses"), text("MUSE"),
                           text("ipfs://collection"), person(f, CREATOR), text("Muse credit"),
                           text("MCR"), abi_u64(1000000), abi_u64(1), abi_u64(100), abi_u64(1),
                           abi_u64(4), abi_u64(3600), person(f, BOB), abi_u64(2000000000)));
    expect_ok(outcome);
    f->collection = addr_of(&outcome, 0);
    f->governor = addr_of(&outcome, 1);
    f->credit = addr_of(&outcome, 2);
}

void fixture_init(struct fixture *f)
{
    struct mm_reason reason = { "" };
    struct genesis_account accounts[PEOPLE + 1] = { 0 };
    struct json native;
    *f = (struct fixture){ .factory = { { 0x6d, [19] = 0xf7 } } };
    mm_arena_init(&f->arena, (size_t)64 << 20);
    cr_assert_eq(json_parse(&f->arena, &native, MM_BYTES_LIT("{\"contract\":\"ainft-factory\"}"),
                            NULL, NULL),
                 JSON_OK);
    for (size_t i = 0; i < PEOPLE; i++) {
        const uint8_t key[32] = { [0] = 0x11, [31] = (uint8_t)(i + 1) };
        f->secrets[i] = secp_secret_new(key);
        cr_assert(f->secrets[i] != NULL);
        f->people[i] = secp_secret_addr(f->secrets[i]);
        accounts[i] = (struct genesis_account){ .addr = f->people[i], .balance = TEST_CHAIN_FUNDS };
    }
    accounts[PEOPLE] = (struct genesis_account){ .addr = f->factory, .native = &native };
    cr_assert_eq(
        test_chain_init(&f->chain, natives_all(), accounts, MM_COUNT_OF(accounts), &reason), MM_OK,
        "%s", reason.text);
    make_collection(f);
    next_block(f);
}

void fixture_fini(struct fixture *f)
{
    for (size_t i = 0; i < PEOPLE; i++)
        secp_secret_free(f->secrets[i]);
    test_chain_fini(&f->chain);
    mm_arena_fini(&f->arena);
}

/* ---- what many tests do ---- */

void next_block(struct fixture *f)
{
    test_chain_next(&f->chain, 12);
}

uint64_t mint_to(struct fixture *f, enum person who)
{
    const struct exec_outcome outcome =
        done(f, CREATOR, "mint(address,string,string,bytes32)",
             ABI_VALUES(person(f, who), text("ipfs://token"), text(""), abi_u64(0)));
    return word_of(&outcome, 0).limb[0];
}

void set_rule(struct fixture *f, const char *target, const char *source)
{
    (void)done(f, CREATOR, "setRule(string,string)", ABI_VALUES(text(target), text(source)));
    next_block(f);
}

void define_kind(struct fixture *f, const char *name)
{
    (void)done(f, CREATOR, "defineHistoryKind(string,uint8,uint16,uint32)",
               ABI_VALUES(text(name), abi_u64(7), abi_u64(1024), abi_u64(100)));
}

void define_trait(struct fixture *f, const char *name, enum ainft_trait_kind kind, uint64_t max)
{
    (void)done(f, CREATOR, "defineTrait(string,uint8,bytes32,bytes32)",
               ABI_VALUES(text(name), abi_u64(kind), abi_u64(0), abi_u64(max)));
}

struct abi_value effects_of(struct fixture *f, const struct effect *effects, size_t count)
{
    struct abi_signature type;
    struct abi_value members[3 * 16];
    struct abi_value array;
    cr_assert(count <= 16);
    abi_signature_init(&type, "(uint8,bytes32,string)[]");
    for (size_t i = 0; i < count; i++) {
        members[3 * i] = abi_u64(effects[i].op);
        members[3 * i + 1] = effects[i].key == NULL ? abi_u64(0) : id_of(effects[i].key);
        members[3 * i + 2] = text(effects[i].expr);
    }
    cr_assert_eq(abi_encode_tuples(&f->arena, &array, type.types, count, members), MM_OK);
    return array;
}

void define_action(struct fixture *f, const char *name, const char *guard, const char *price,
                   const struct effect *effects, size_t count)
{
    (void)done(f, CREATOR, "defineAction(string,string,string,(uint8,bytes32,string)[])",
               ABI_VALUES(text(name), text(guard), text(price), effects_of(f, effects, count)));
}

mm_u256 hash_words(const struct abi_value *words, size_t count)
{
    uint8_t bytes[16 * ABI_WORD];
    cr_assert(count <= 16);
    for (size_t i = 0; i < count; i++)
        u256_to_be32(bytes + i * ABI_WORD, &words[i].word);
    const mm_hash32 hash = keccak256(mm_bytes_from(bytes, count * ABI_WORD));
    return u256_from_hash(&hash);
}

mm_bytes sign(struct fixture *f, enum person who, const mm_u256 *struct_hash)
{
    return sign_for(f, who, "Muses", &f->collection, struct_hash);
}

mm_bytes sign_for(struct fixture *f, enum person who, const char *name, const mm_addr *contract,
                  const mm_u256 *struct_hash)
{
    const struct abi_value words[] = {
        id_of("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        id_of(name), id_of("1"), abi_u64(f->chain.block.chain_id), abi_addr(contract)
    };
    const mm_u256 separator = hash_words(words, MM_COUNT_OF(words));
    uint8_t bytes[2 + 2 * ABI_WORD] = { 0x19, 0x01 };
    uint8_t *out = mm_arena_alloc(&f->arena, SECP_SIGNATURE_BYTES);
    cr_assert(out != NULL);
    u256_to_be32(bytes + 2, &separator);
    u256_to_be32(bytes + 2 + ABI_WORD, struct_hash);
    const mm_hash32 digest = keccak256(MM_BYTES_OF(bytes));
    const struct secp_signature signature = secp_sign(f->secrets[who], &digest);
    secp_signature_to_bytes(out, &signature);
    out[SECP_SIGNATURE_BYTES - 1] = (uint8_t)(out[SECP_SIGNATURE_BYTES - 1] + 27);
    return mm_bytes_from(out, SECP_SIGNATURE_BYTES);
}
