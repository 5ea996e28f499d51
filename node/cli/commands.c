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
    &CLI_CMD_ADD,
    &CLI_CMD_CAT,
    &CLI_CMD_PIN_ADD,
    &CLI_CMD_PIN_RM,
    &CLI_CMD_PIN_LS,
    &CLI_CMD_REPO_STAT,
    &CLI_CMD_REPO_GC,
    &CLI_CMD_REPO_VERIFY,
    &CLI_CMD_AVATAR_SET,
    &CLI_CMD_AVATAR_GET,
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
    { "pin", "say what content the node keeps" },
    { "repo", "look after the content of a running node" },
    { "avatar", "set and get profile pictures" },
    { "account", "make, import, export and list key files" },
    { "rule", "try the text of a rule before it is proposed" },
    { "db", "look after the database of a stopped node" },
    { "export", "write what a stopped node has" },
};
const size_t CLI_GROUP_COUNT = MM_COUNT_OF(CLI_GROUPS);
