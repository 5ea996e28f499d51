/* With the real curve: certificates of secp256k1, checked by state/chain itself. */
#include "court.h"

#include <stdlib.h>

enum { VALIDATORS = 4 };

static struct secp_secret *secrets[VALIDATORS];

static int by_address(const void *a, const void *b)
{
    const mm_addr left = secp_secret_addr(*(struct secp_secret *const *)a);
    const mm_addr right = secp_secret_addr(*(struct secp_secret *const *)b);
    return memcmp(left.b, right.b, sizeof left.b);
}

static struct validator_set make_set(void)
{
    struct validator_set set = { .count = VALIDATORS };
    for (size_t i = 0; i < VALIDATORS; i++) {
        const uint8_t key[32] = { 1, (uint8_t)i };
        secrets[i] = secp_secret_new(key);
    }
    qsort(secrets, VALIDATORS, sizeof *secrets, by_address);
    for (size_t i = 0; i < VALIDATORS; i++)
        set.addrs[i] = secp_secret_addr(secrets[i]);
    return set;
}

struct blocks {
    struct seal_domain domain;
    struct sync_head genesis;
    struct mm_buf headers[8]; /* 1 … 7 */
    mm_hash32 hashes[8];
    struct mm_buf certificates[8];
};

static void make_header(struct blocks *blocks, uint64_t height, const struct validator_set *set)
{
    struct header header = { .field_count = HEADER_FIELDS_CANCUN,
                             .number = height,
                             .parent_hash =
                                 height > 0 ? blocks->hashes[height - 1] : (mm_hash32){ { 0 } },
                             .tx_root = KECCAK_EMPTY_TRIE,
                             .extra_len = MM_EXTRA_BYTES };
    const mm_hash32 commitment = validators_commitment(set);
    memcpy(header.extra, commitment.b, sizeof commitment.b);
    mm_buf_init(&blocks->headers[height], 1 << 16);
    header_encode(&blocks->headers[height], &header);
    blocks->hashes[height] = keccak256(mm_buf_bytes(&blocks->headers[height]));
}

static void seal(struct blocks *blocks, uint64_t height, size_t seals)
{
    struct certificate certificate = { .seal_count = seals };
    const mm_hash32 digest =
        seal_commit_digest(&blocks->domain, height, 0, &blocks->hashes[height]);
    for (size_t i = 0; i < seals; i++)
        certificate.seals[i] = secp_sign(secrets[i], &digest);
    mm_buf_init(&blocks->certificates[height], 1 << 16);
    certificate_encode(&blocks->certificates[height], &certificate);
}

struct witness {
    size_t sent;
    size_t imported;
    enum sync_verdict misbehaved;
};

static void count_send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    (void)peer, (void)kind, (void)payload;
    ((struct witness *)ctx)->sent++;
}

static void note_misbehaved(void *ctx, uint64_t peer, enum sync_verdict verdict)
{
    (void)peer;
    ((struct witness *)ctx)->misbehaved = verdict;
}

static void count_import(void *ctx, const struct sync_block *blocks, size_t count)
{
    (void)blocks;
    ((struct witness *)ctx)->imported += count;
}

static void ignore_lagging(void *ctx, bool is_lagging)
{
    (void)ctx, (void)is_lagging;
}

/* DECIDED of block 1, with so many seals. */
static struct witness tell(size_t seals)
{
    static struct blocks blocks;
    struct witness witness = { 0 };
    struct sync *sync;
    struct mm_buf payload;
    const struct validator_set set = make_set();
    make_header(&blocks, 0, &set);
    blocks.domain = (struct seal_domain){ 31337, blocks.hashes[0] };
    make_header(&blocks, 1, &set);
    seal(&blocks, 1, seals);
    const struct sync_options options = { .host = { .ctx = &witness,
                                                    .send = count_send,
                                                    .misbehaved = note_misbehaved,
                                                    .import = count_import,
                                                    .lagging = ignore_lagging },
                                          .domain = blocks.domain };
    const struct sync_head genesis = { 0, blocks.hashes[0], set };
    cr_assert_eq(sync_new(&sync, &options), MM_OK);
    sync_head(sync, &genesis, 1);
    sync_peer_up(sync, 9, 1);
    mm_buf_init(&payload, 1 << 16);
    const struct stub_block block = { .header = mm_buf_bytes(&blocks.headers[1]),
                                      .body = MM_BYTES_LIT("\xc3\xc0\xc0\xc0"),
                                      .certificate = mm_buf_bytes(&blocks.certificates[1]) };
    stub_chain_decided(&payload, &block);
    sync_frame(sync, 9, FRAME_DECIDED, mm_buf_bytes(&payload), 2);
    sync_free(sync);
    mm_buf_fini(&payload);
    for (size_t i = 0; i < 2; i++) {
        mm_buf_fini(&blocks.headers[i]);
        if (i > 0)
            mm_buf_fini(&blocks.certificates[i]);
    }
    for (size_t i = 0; i < VALIDATORS; i++)
        secp_secret_free(secrets[i]);
    return witness;
}

Test(sync_seals, a_quorum_is_believed_and_fewer_are_not)
{
    for (size_t seals = 0; seals <= VALIDATORS; seals++) {
        const struct witness witness = tell(seals);
        cr_assert_eq(witness.imported, seals >= 3);
        cr_assert_eq(witness.misbehaved, seals >= 3 ? SYNC_OK : SYNC_CERTIFICATE);
    }
}
