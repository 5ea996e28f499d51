/* ainft rule, define-kind, define-trait, define-action: what the governor sets; ainft perform: what others then do. */
#include <stdlib.h>

#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"

static const struct cli_option PLAIN_OPTIONS[] = { CLI_OPTION_AINFT, CLI_OPTIONS_SIGNER };

static struct abi_value argument(const struct cli_run *run, size_t index)
{
    return abi_bytes(mm_bytes_str(run->arguments[index]));
}

/* ---- rule ---- */

static int run_rule(struct cli_run *run)
{
    const struct ainft_tx tx = { "setRule(string,string)",
                                 ABI_VALUES(argument(run, 0), argument(run, 1)) };
    return ainft_send(run, &tx);
}

const struct cli_command CLI_CMD_AINFT_RULE = {
    .name = "ainft rule",
    .arguments = "TARGET RULE",
    .arguments_min = 2,
    .arguments_max = 2,
    .summary = "set a rule of a collection",
    .details = "For its governor. The rule is in force from the next block. `mintmark rule check` "
               "says beforehand what is wrong with one.",
    .example = "mintmark ainft rule history:visit 'caller != owner' -c 0x…",
    .options = PLAIN_OPTIONS,
    .option_count = MM_COUNT_OF(PLAIN_OPTIONS),
    .run = run_rule,
};

/* ---- kinds and traits ---- */

static int run_kind(struct cli_run *run)
{
    const struct ainft_tx tx = { "defineHistoryKind(string,uint8,uint16,uint32)",
                                 ABI_VALUES(argument(run, 0), abi_u64(cli_number(run, "forms")),
                                            abi_u64(cli_number(run, "bytes")),
                                            abi_u64(cli_number(run, "weight"))) };
    if (cli_number(run, "bytes") > UINT16_MAX || cli_number(run, "weight") > UINT32_MAX ||
        cli_number(run, "forms") > 7)
        return cli_misuse(run, "a number is too large");
    return ainft_send(run, &tx);
}

static const struct cli_option KIND_OPTIONS[] = {
    { "forms", 0, CLI_NUMBER, "BITS", "1 inline, 2 CID, 4 commitment, added up", "7" },
    { "bytes", 0, CLI_NUMBER, "N", "the most bytes of an entry's content", "1024" },
    { "weight", 0, CLI_NUMBER, "N", "the most turns of an entry", "1000" },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_DEFINE_KIND = {
    .name = "ainft define-kind",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "let a kind of entries into histories",
    .details = "For the collection's governor. A rule `history:NAME` says who may append them.",
    .example = "mintmark ainft define-kind visit --bytes 200 -c 0x…",
    .options = KIND_OPTIONS,
    .option_count = MM_COUNT_OF(KIND_OPTIONS),
    .run = run_kind,
};

static int run_define_trait(struct cli_run *run)
{
    static const char *const kinds[] = { "uint", "bool", "bytes32", "text" };
    struct abi_value bounds[2];
    size_t kind = 0;
    while (kind < MM_COUNT_OF(kinds) && strcmp(kinds[kind], cli_text(run, "kind")) != 0)
        kind++;
    if (!ainft_read_word(&bounds[0], cli_text(run, "min")) ||
        !ainft_read_word(&bounds[1], cli_text(run, "max")))
        return cli_misuse(run, "--min and --max are numbers");
    const struct ainft_tx tx = { "defineTrait(string,uint8,bytes32,bytes32)",
                                 ABI_VALUES(argument(run, 0), abi_u64(kind + 1), bounds[0],
                                            bounds[1]) };
    return ainft_send(run, &tx);
}

static const struct cli_option TRAIT_OPTIONS[] = {
    { "kind", 'k', CLI_CHOICE, "uint|bool|bytes32|text", "what its values are", "uint" },
    { "min", 0, CLI_TEXT, "N", "of a uint: the least", "0" },
    { "max", 0, CLI_TEXT, "N", "of a uint: the most", "0" },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_DEFINE_TRAIT = {
    .name = "ainft define-trait",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "give the tokens of a collection a trait",
    .details = "For the collection's governor. A rule `trait:NAME` says who may set it.",
    .example = "mintmark ainft define-trait level --max 100 -c 0x…",
    .options = TRAIT_OPTIONS,
    .option_count = MM_COUNT_OF(TRAIT_OPTIONS),
    .run = run_define_trait,
};

/* ---- actions ---- */

enum { EFFECTS_MAX = 8, EFFECT_MEMBERS = 3 };

/* "trait:level=EXPR", "mint=EXPR", "add=EXPR", "take=EXPR", "history:kind=EXPR" */
static bool read_effect(struct cli_run *run, struct abi_value *members, const char *text)
{
    static const struct {
        const char *prefix;
        uint64_t op;
        bool has_name;
    } ops[] = {
        { "trait:", 1, true }, { "mint=", 2, false },   { "add=", 3, false },
        { "take=", 4, false }, { "history:", 5, true },
    };
    for (size_t i = 0; i < MM_COUNT_OF(ops); i++) {
        const size_t len = strlen(ops[i].prefix);
        if (strncmp(text, ops[i].prefix, len) != 0)
            continue;
        const char *expr = text + len;
        members[0] = abi_u64(ops[i].op);
        members[1] = abi_u64(0);
        if (ops[i].has_name) {
            const char *equals = strchr(expr, '=');
            if (equals == NULL)
                return false;
            const char *name =
                mm_arena_text(&run->arena, mm_bytes_from(expr, (size_t)(equals - expr)));
            if (name == NULL)
                return false;
            members[1] = ainft_id(name);
            expr = equals + 1;
        }
        members[2] = abi_bytes(mm_bytes_str(expr));
        return true;
    }
    return false;
}

static int run_define_action(struct cli_run *run)
{
    const struct cli_value *list = cli_value(run, "effect");
    struct abi_value members[EFFECTS_MAX * EFFECT_MEMBERS];
    struct abi_signature type;
    struct abi_value effects;
    if (list->count > EFFECTS_MAX)
        return cli_misuse(run, "at most %d effects", EFFECTS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (!read_effect(run, &members[i * EFFECT_MEMBERS], list->items[i]))
            return cli_misuse(run, "'%s' is no effect", list->items[i]);
    }
    if (!abi_signature_parse(&type, "(uint8,bytes32,string)[]") ||
        abi_encode_tuples(&run->arena, &effects, type.types, list->count, members) != MM_OK)
        return cli_fail(run, CLI_FAILED, "out of memory");
    const struct ainft_tx tx = {
        "defineAction(string,string,string,(uint8,bytes32,string)[])",
        ABI_VALUES(argument(run, 0), abi_bytes(mm_bytes_str(cli_text(run, "guard"))),
                   abi_bytes(mm_bytes_str(cli_text(run, "price"))), effects)
    };
    return ainft_send(run, &tx);
}

static const struct cli_option ACTION_OPTIONS[] = {
    { "guard", 'g', CLI_TEXT, "RULE", "who may perform it, and when", "caller == owner" },
    { "price", 'p', CLI_TEXT, "RULE", "how many credits it costs", "0u" },
    { "effect", 'e', CLI_LIST, "EFFECT",
      "trait:NAME=RULE, history:KIND=RULE, mint=RULE (credits to the caller), add=RULE or "
      "take=RULE (credits of the token); up to 8, done in their order",
      NULL },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_DEFINE_ACTION = {
    .name = "ainft define-action",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "define what can be done with a token",
    .details = "For the collection's governor. Guard, price and effects are rules; all are worked "
               "out on the state before, and then the effects are done, all or none.",
    .example = "mintmark ainft define-action levelup -c 0x… --price '5u' \\\n"
               "    --effect 'trait:level=trait(\"level\") + 1u'",
    .options = ACTION_OPTIONS,
    .option_count = MM_COUNT_OF(ACTION_OPTIONS),
    .run = run_define_action,
};

static int run_perform(struct cli_run *run)
{
    const size_t count = run->argument_count - 2;
    uint8_t *words = mm_arena_zeroed(&run->arena, count + 1, ABI_WORD);
    mm_u256 id;
    mm_u256 price_max;
    if (words == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    if (!cli_token_id(run, &id, run->arguments[0]))
        return CLI_USAGE;
    if (!u256_from_decimal(&price_max, mm_bytes_str(cli_text(run, "max-price"))))
        return cli_misuse(run, "--max-price: must be a number");
    for (size_t i = 0; i < count; i++) {
        mm_u256 word;
        if (!u256_from_decimal(&word, mm_bytes_str(run->arguments[2 + i])))
            return cli_misuse(run, "'%s' is no number", run->arguments[2 + i]);
        u256_to_be32(words + i * ABI_WORD, &word);
    }
    const struct ainft_tx tx = { "perform(uint256,bytes32,uint256[],uint256)",
                                 ABI_VALUES(abi_word(&id), ainft_id(run->arguments[1]),
                                            abi_bytes(mm_bytes_from(words, count * ABI_WORD)),
                                            abi_word(&price_max)) };
    return ainft_send(run, &tx);
}

static const struct cli_option PERFORM_OPTIONS[] = {
    { "max-price", 0, CLI_TEXT, "N", "the most credits that it may cost", "0" },
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_PERFORM = {
    .name = "ainft perform",
    .arguments = "ID ACTION [N]...",
    .arguments_min = 2,
    .arguments_max = 18,
    .summary = "perform an action on a token",
    .details = "The numbers are what the action's rules see as `args`.",
    .example = "mintmark ainft perform 1 levelup --max-price 5 -c 0x…",
    .options = PERFORM_OPTIONS,
    .option_count = MM_COUNT_OF(PERFORM_OPTIONS),
    .run = run_perform,
};
