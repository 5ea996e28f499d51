#include "tests/unit/node/content/followed.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "contracts-native/natives/natives.h"
#include "state/base/endian.h"

void followed_open(struct followed *f)
{
    const struct content_options options = { .path = f->path[0] == '\0' ? NULL : f->path };
    cr_assert_eq(content_open(&f->content, &options, NULL), MM_OK);
}

void followed_begin(struct followed *f)
{
    const struct follow_options options = { .ledger = chain_ledger(f->dev.chain),
                                            .natives = natives_all(),
                                            .content = f->content,
                                            .genesis = chain_genesis(f->dev.chain) };
    f->follow = follow_new(&options);
    cr_assert_not_null(f->follow);
}

void followed_init(struct followed *f)
{
    f->path[0] = '\0';
    dev_chain_init(&f->dev, DEV_MEMORY, UINT64_MAX);
    followed_open(f);
    followed_begin(f);
}

void followed_fini(struct followed *f)
{
    follow_free(f->follow);
    content_close(f->content);
    dev_chain_fini(&f->dev);
}

size_t followed_catch_up(struct followed *f)
{
    size_t steps = 0;
    for (bool is_over = false; !is_over; steps++)
        cr_assert_eq(follow_step(f->follow, NOW_MS, &is_over), MM_OK);
    return steps;
}

mm_bytes followed_uri(char out[128], uint32_t number)
{
    struct cid root = { .version = 1,
                        .codec = CID_DAG_PB,
                        .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    mm_put_be64(root.hash.digest, number);
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, &root, MULTIBASE_BASE32);
    (void)snprintf(out, 128, "ipfs://%.64s/metadata.json", text);
    return mm_bytes_str(out);
}
