/* Every command, a file each (cmd_<name>.c), and its table. */
#ifndef NODE_CLI_COMMANDS_H
#define NODE_CLI_COMMANDS_H

#include "node/cli/command.h"

extern const struct cli_command CLI_CMD_NODE;
extern const struct cli_command CLI_CMD_TESTNET;
extern const struct cli_command CLI_CMD_BENCH;
extern const struct cli_command CLI_CMD_MINT;
extern const struct cli_command CLI_CMD_TRANSFER;
extern const struct cli_command CLI_CMD_BURN;
extern const struct cli_command CLI_CMD_SHOW;
extern const struct cli_command CLI_CMD_LIST;
extern const struct cli_command CLI_CMD_VERIFY;
extern const struct cli_command CLI_CMD_COLLECTION_NEW;
extern const struct cli_command CLI_CMD_AINFT_CREATE;
extern const struct cli_command CLI_CMD_AINFT_MINT;
extern const struct cli_command CLI_CMD_AINFT_SPEC;
extern const struct cli_command CLI_CMD_AINFT_APPEND;
extern const struct cli_command CLI_CMD_AINFT_TRAIT;
extern const struct cli_command CLI_CMD_AINFT_RULE;
extern const struct cli_command CLI_CMD_AINFT_DEFINE_KIND;
extern const struct cli_command CLI_CMD_AINFT_DEFINE_TRAIT;
extern const struct cli_command CLI_CMD_AINFT_DEFINE_ACTION;
extern const struct cli_command CLI_CMD_AINFT_PERFORM;
extern const struct cli_command CLI_CMD_AINFT_HAND_OVER, CLI_CMD_AINFT_DELEGATE;
extern const struct cli_command CLI_CMD_AINFT_PROPOSE, CLI_CMD_AINFT_PROPOSALS, CLI_CMD_AINFT_VOTE;
extern const struct cli_command CLI_CMD_AINFT_QUEUE, CLI_CMD_AINFT_EXECUTE, CLI_CMD_AINFT_CANCEL;
extern const struct cli_command CLI_CMD_AINFT_SHOW;
extern const struct cli_command CLI_CMD_AINFT_VERIFY;
extern const struct cli_command CLI_CMD_AINFT_PERSONA;
extern const struct cli_command CLI_CMD_AINFT_CHAT;
extern const struct cli_command CLI_CMD_AINFT_TRANSCRIPT;
extern const struct cli_command CLI_CMD_ADD;
extern const struct cli_command CLI_CMD_CAT;
extern const struct cli_command CLI_CMD_LS;
extern const struct cli_command CLI_CMD_GET;
extern const struct cli_command CLI_CMD_FETCH;
extern const struct cli_command CLI_CMD_CAR_EXPORT;
extern const struct cli_command CLI_CMD_CAR_IMPORT;
extern const struct cli_command CLI_CMD_DAG_STAT;
extern const struct cli_command CLI_CMD_PIN_ADD, CLI_CMD_PIN_RM, CLI_CMD_PIN_LS;
extern const struct cli_command CLI_CMD_REPO_STAT, CLI_CMD_REPO_GC, CLI_CMD_REPO_VERIFY;
extern const struct cli_command CLI_CMD_AVATAR_SET, CLI_CMD_AVATAR_GET;
extern const struct cli_command CLI_CMD_ACCOUNT_NEW;
extern const struct cli_command CLI_CMD_ACCOUNT_IMPORT;
extern const struct cli_command CLI_CMD_ACCOUNT_EXPORT;
extern const struct cli_command CLI_CMD_ACCOUNT_LIST;
extern const struct cli_command CLI_CMD_RPC;
extern const struct cli_command CLI_CMD_DB_CHECK;
extern const struct cli_command CLI_CMD_EXPORT_GENESIS;
extern const struct cli_command CLI_CMD_RULE_CHECK;
extern const struct cli_command CLI_CMD_RULE_EVAL;
extern const struct cli_command CLI_CMD_RULE_COST;
extern const struct cli_command CLI_CMD_COMPLETION;
extern const struct cli_command CLI_CMD_HELP;
extern const struct cli_command CLI_CMD_VERSION;

#endif
