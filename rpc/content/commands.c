/* The table of commands, in the order of the documentation. */
#include "rpc/content/api_internal.h"

const struct api_command *const API_COMMANDS[] = {
    &API_CMD_ADD,         &API_CMD_CAT,           &API_CMD_GET,         &API_CMD_LS,
    &API_CMD_BLOCK_GET,   &API_CMD_BLOCK_PUT,     &API_CMD_BLOCK_STAT,  &API_CMD_DAG_EXPORT,
    &API_CMD_DAG_GET,     &API_CMD_DAG_IMPORT,    &API_CMD_DAG_PUT,     &API_CMD_DAG_RESOLVE,
    &API_CMD_DAG_STAT,    &API_CMD_REFS,          &API_CMD_PIN_ADD,     &API_CMD_PIN_RM,
    &API_CMD_PIN_LS,      &API_CMD_PIN_UPDATE,    &API_CMD_REPO_STAT,   &API_CMD_REPO_GC,
    &API_CMD_REPO_VERIFY, &API_CMD_REPO_REPLICAS, &API_CMD_CID_FORMAT,  &API_CMD_CID_BASE32,
    &API_CMD_ID,          &API_CMD_VERSION,       &API_CMD_SWARM_PEERS,
};
const size_t API_COMMAND_COUNT = MM_COUNT_OF(API_COMMANDS);
