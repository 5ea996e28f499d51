#include "tests/lib/told_chain.h"

#include "node/import/candidate.h"
#include "state/base/assert.h"

enum { TIME = 1800000000, STORY_VALIDATORS = 4, STORY_HEAD = 7, STORY_JOINS = 2, STORY_LEAVES = 4 };

void told_set_header(struct told *told, const struct header *header)
{
    struct mm_buf buf = mm_buf_over(told->header, sizeof told->header);
    header_encode(&buf, header);
    MM_ASSERT(mm_buf_err(&buf) == MM_OK);
    told->header_len = buf.len;
    told->hash = header_hash(header);
}

void told_set_certificate(struct told *told, const struct certificate *certificate)
{
    struct mm_buf buf = mm_buf_over(told->certificate, sizeof told->certificate);
    certificate_encode(&buf, certificate);
    MM_ASSERT(mm_buf_err(&buf) == MM_OK);
    told->certificate_len = buf.len;
}

mm_bytes told_header(const struct told *told)
{
    return mm_bytes_from(told->header, told->header_len);
}

mm_bytes told_certificate(const struct told *told)
{
    return mm_bytes_from(told->certificate, told->certificate_len);
}

void told_chain_init(struct told_chain *told, size_t validators)
{
    told->head = 0;
    dev_chain_init_council(&told->dev, DEV_MEMORY, validators, 0);
    told->domain = chain_seal_domain(told->dev.chain);
    struct ledger_view *view = ledger_acquire(chain_ledger(told->dev.chain));
    told_set_header(&told->blocks[0], ledger_head_header(view));
    ledger_release(view);
}

void told_chain_fini(struct told_chain *told)
{
    dev_chain_fini(&told->dev);
}

void told_chain_block(struct told_chain *told)
{
    MM_ASSERT(told->head + 1 < TOLD_BLOCKS_MAX);
    struct told *block = &told->blocks[++told->head];
    struct chain_candidate *candidate = NULL;
    const struct chain_proposal proposal = { .timestamp = TIME + told->head,
                                             .source = dev_chain_source(&told->dev) };
    MM_ASSERT(chain_build(told->dev.chain, &candidate, &proposal) == MM_OK);
    dev_chain_sent(&told->dev);
    const struct header *header = chain_candidate_header(candidate);
    const struct certificate certificate = dev_chain_certificate(&told->dev, header);
    block->set = *chain_validators(told->dev.chain);
    told_set_header(block, header);
    told_set_certificate(block, &certificate);
    MM_ASSERT(chain_commit(told->dev.chain, candidate, &certificate, NULL, 0) == MM_OK);
}

void told_chain_story(struct told_chain *told)
{
    struct dev_chain *dev = &told->dev;
    told_chain_init(told, STORY_VALIDATORS);
    for (uint64_t number = 1; number <= STORY_HEAD; number++) {
        dev_chain_mint(dev, 0, 1);
        for (size_t i = 0; number == STORY_JOINS && i < 3; i++)
            dev_chain_vote(dev, i, &dev->addrs[DEV_PEOPLE + STORY_VALIDATORS], true);
        for (size_t i = 0; number == STORY_LEAVES && i < 4; i++)
            dev_chain_vote(dev, i, &dev->addrs[DEV_PEOPLE + 1], false);
        told_chain_block(told);
    }
    MM_ASSERT(told->blocks[STORY_JOINS].set.count == 4);
    MM_ASSERT(told->blocks[STORY_JOINS + 1].set.count == 5);
    MM_ASSERT(told->blocks[STORY_LEAVES + 1].set.count == 4);
}
