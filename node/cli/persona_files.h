/* The files of a persona token, made and hashed here: script, specification and metadata in one folder, so that the chain, which holds
 * the folder of a token's metadata, holds all three.
 *
 *     ipfs://FOLDER/metadata.json      the token URI: name, description, the specification's place
 *     ipfs://FOLDER/spec.json          the specification ──► ipfs://SCRIPT
 *     ipfs://FOLDER/script.json        the same block as ipfs://SCRIPT; not there for a remote model
 *
 * Memory: the run's arena. */
#ifndef NODE_CLI_PERSONA_FILES_H
#define NODE_CLI_PERSONA_FILES_H

#include "node/cli/remote.h"
#include "p2p/content/import.h"
#include "rpc/transcript/seal.h"

struct persona_files {
    mm_bytes script; /* empty: a remote model's */
    mm_bytes spec;
    mm_bytes metadata;
    mm_hash32 spec_digest; /* sha-256 */
    struct cid folder;
    char token_uri[200];
    char spec_uri[200];
};

/* Of the command's options: --script, --name, --greeting, --instructions, --model, --privacy, --hold. owner: the key that opens
 * what is saved sealed, or NULL. */
MM_MUST_USE int persona_files_make(struct cli_run *run, struct persona_files *files,
                                   const mm_hash32 *owner);
/* Uploads the folder with a pin, and compares its CID. */
MM_MUST_USE int persona_files_upload(struct remote *remote, const struct persona_files *files);

#endif
