#include "tests/lib/seal_alone.h"

static struct certificate seal(const struct chain *chain, const struct chain_candidate *candidate)
{
    const struct seal_domain domain = chain_seal_domain(chain);
    const mm_hash32 digest = seal_commit_digest(&domain, chain_candidate_header(candidate)->number,
                                                0, chain_candidate_hash(candidate));
    return (struct certificate){ .seals = { secp_sign(chain_sealer(chain), &digest) },
                                 .seal_count = 1 };
}

mm_err seal_alone(struct chain *chain, struct chain_block *block,
                  const struct chain_proposal *proposal)
{
    struct chain_candidate *candidate;
    *block = (struct chain_block){ 0 };
    if (!chain_seals_alone(chain))
        return MM_ERR_BUSY;
    MM_TRY(chain_build(chain, &candidate, proposal));
    const struct certificate certificate = seal(chain, candidate);
    const struct chain_block built = { chain_candidate_header(candidate)->number,
                                       *chain_candidate_hash(candidate),
                                       chain_candidate_tx_count(candidate) };
    MM_TRY(chain_commit(chain, candidate, &certificate, proposal->note, proposal->note != NULL));
    *block = built;
    return MM_OK;
}
