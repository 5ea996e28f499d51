/* The list of commands, in the order in which help shows them. */
#include "node/cli/commands.h"

const struct cli_command *const CLI_COMMANDS[] = {
    &CLI_CMD_NODE,
    &CLI_CMD_TESTNET,
    &CLI_CMD_MINT,
    &CLI_CMD_TRANSFER,
    &CLI_CMD_BURN,
    &CLI_CMD_SHOW,
    &CLI_CMD_LIST,
    &CLI_CMD_VERIFY,
    &CLI_CMD_COLLECTION_NEW,
    &CLI_CMD_AINFT_CREATE,
    &CLI_CMD_AINFT_MINT,
    &CLI_CMD_AINFT_SPEC,
    &CLI_CMD_AINFT_APPEND,
    &CLI_CMD_AINFT_TRAIT,
    &CLI_CMD_AINFT_RULE,
    &CLI_CMD_AINFT_DEFINE_KIND,
    &CLI_CMD_AINFT_DEFINE_TRAIT,
    &CLI_CMD_AINFT_DEFINE_ACTION,
    &CLI_CMD_AINFT_PERFORM,
    &CLI_CMD_AINFT_SHOW,
    &CLI_CMD_AINFT_VERIFY,
    &CLI_CMD_ADD,
    &CLI_CMD_CAT,
    &CLI_CMD_ACCOUNT_NEW,
    &CLI_CMD_ACCOUNT_IMPORT,
    &CLI_CMD_ACCOUNT_EXPORT,
    &CLI_CMD_ACCOUNT_LIST,
    &CLI_CMD_RPC,
    &CLI_CMD_RULE_CHECK,
    &CLI_CMD_RULE_EVAL,
    &CLI_CMD_RULE_COST,
    &CLI_CMD_EXPORT_GENESIS,
    &CLI_CMD_DB_CHECK,
    &CLI_CMD_BENCH,
    &CLI_CMD_COMPLETION,
    &CLI_CMD_HELP,
    &CLI_CMD_VERSION,
};
const size_t CLI_COMMAND_COUNT = MM_COUNT_OF(CLI_COMMANDS);

const struct cli_group CLI_GROUPS[] = {
    { "collection", "make collections" },
    { "ainft", "tokens with specification, history and traits, under rules" },
    { "account", "make, import, export and list key files" },
    { "rule", "try the text of a rule before it is proposed" },
    { "db", "look after the database of a stopped node" },
    { "export", "write what a stopped node has" },
};
const size_t CLI_GROUP_COUNT = MM_COUNT_OF(CLI_GROUPS);
