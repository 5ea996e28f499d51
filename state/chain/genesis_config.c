/* `config`: which chain this is, the consensus timing, and the forks of other clients' files. */
#include "state/chain/genesis_internal.h"

enum {
    MS_PER_SECOND = 1000,
    PERIOD_SECONDS_MAX =
        366 * 24 * 3600, /* no use beyond; keeps products of times within 64 bits */
};

static mm_err read_chain_id(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    MM_TRY(genesis_read_u64(reader, at, &reader->genesis->chain_id, value));
    if (reader->genesis->chain_id == 0 || reader->genesis->chain_id > GENESIS_CHAIN_ID_MAX)
        return genesis_refuse(reader, at, "outside 1 to 9223372036854775771");
    return MM_OK;
}

/* A fork that other clients let one schedule: here it is active from the first block on. */
static mm_err read_fork(struct genesis_reader *reader, const struct genesis_place *at,
                        const struct json *value)
{
    mm_u256 start;
    if (value->kind == JSON_TRUE)
        return MM_OK;
    if (value->kind == JSON_FALSE || value->kind == JSON_NULL)
        return genesis_refuse(reader, at, "this fork is always active");
    MM_TRY(genesis_read_u256(reader, at, &start, value));
    if (!u256_is_zero(&start))
        return genesis_refuse(reader, at, "must be 0: this fork is active from genesis");
    return MM_OK;
}

static mm_err read_zero_hash(struct genesis_reader *reader, const struct genesis_place *at,
                             const struct json *value)
{
    static const mm_hash32 zero;
    mm_hash32 hash;
    MM_TRY(genesis_read_hash(reader, at, &hash, value));
    return mm_hash_equal(&hash, &zero) ? MM_OK : genesis_refuse(reader, at, "must be zero");
}

/* A contract of Prague: named by files of today, without effect here. */
static mm_err read_deposit_contract(struct genesis_reader *reader, const struct genesis_place *at,
                                    const struct json *value)
{
    mm_addr unused;
    if (value->kind != JSON_STRING)
        return genesis_refuse(reader, at, "not an address");
    return genesis_address(reader, at, &unused, value->text, false);
}

static mm_err read_unused_number(struct genesis_reader *reader, const struct genesis_place *at,
                                 const struct json *value)
{
    uint64_t unused;
    return genesis_read_u64(reader, at, &unused, value);
}

static const struct genesis_field BLOB_FIELDS[] = {
    { "target", read_unused_number },
    { "max", read_unused_number },
    { "baseFeeUpdateFraction", read_unused_number },
};

static mm_err read_cancun_blobs(struct genesis_reader *reader, const struct genesis_place *at,
                                const struct json *value)
{
    return genesis_read_object(reader, at, value, BLOB_FIELDS, MM_COUNT_OF(BLOB_FIELDS));
}

/* geth demands a blob schedule where cancunTime is given; there are no blob transactions here, so its numbers say nothing. */
static mm_err read_blob_schedule(struct genesis_reader *reader, const struct genesis_place *at,
                                 const struct json *value)
{
    static const struct genesis_field forks[] = { { "cancun", read_cancun_blobs } };
    return genesis_read_object(reader, at, value, forks, MM_COUNT_OF(forks));
}

static mm_err refuse_engine(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    (void)value;
    return genesis_refuse(reader, at, "this chain's consensus is qbft");
}

static mm_err refuse_zero_base_fee(struct genesis_reader *reader, const struct genesis_place *at,
                                   const struct json *value)
{
    (void)value;
    return genesis_refuse(reader, at, "the base fee follows EIP-1559");
}

static mm_err refuse_later_fork(struct genesis_reader *reader, const struct genesis_place *at,
                                const struct json *value)
{
    (void)value;
    return genesis_refuse(reader, at, "this chain has the rules of Cancun");
}

/* Periods: a key in seconds and its twin in milliseconds, of which one may be given. */

static mm_err read_ms(struct genesis_reader *reader, const struct genesis_place *at, uint64_t *ms,
                      const struct json *value, uint64_t unit_ms)
{
    uint64_t number;
    MM_TRY(genesis_read_u64(reader, at, &number, value));
    if (number > (uint64_t)PERIOD_SECONDS_MAX * MS_PER_SECOND / unit_ms)
        return genesis_refuse(reader, at, "more than 366 days");
    *ms = number * unit_ms;
    return MM_OK;
}

static mm_err read_block_s(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    return read_ms(reader, at, &reader->genesis->qbft.block_period_ms, value, MS_PER_SECOND);
}

static mm_err read_block_ms(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    return read_ms(reader, at, &reader->genesis->qbft.block_period_ms, value, 1);
}

static mm_err read_empty_s(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    return read_ms(reader, at, &reader->genesis->qbft.empty_block_period_ms, value, MS_PER_SECOND);
}

static mm_err read_empty_ms(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    return read_ms(reader, at, &reader->genesis->qbft.empty_block_period_ms, value, 1);
}

static mm_err read_timeout_s(struct genesis_reader *reader, const struct genesis_place *at,
                             const struct json *value)
{
    return read_ms(reader, at, &reader->genesis->qbft.request_timeout_ms, value, MS_PER_SECOND);
}

static mm_err read_timeout_ms(struct genesis_reader *reader, const struct genesis_place *at,
                              const struct json *value)
{
    return read_ms(reader, at, &reader->genesis->qbft.request_timeout_ms, value, 1);
}

static const struct genesis_field QBFT_FIELDS[] = {
    { "blockperiodseconds", read_block_s },      { "blockperiodmilliseconds", read_block_ms },
    { "emptyblockperiodseconds", read_empty_s }, { "emptyblockperiodmilliseconds", read_empty_ms },
    { "requesttimeoutseconds", read_timeout_s }, { "requesttimeoutmilliseconds", read_timeout_ms },
};

static mm_err read_qbft(struct genesis_reader *reader, const struct genesis_place *at,
                        const struct json *value)
{
    MM_TRY(genesis_read_object(reader, at, value, QBFT_FIELDS, MM_COUNT_OF(QBFT_FIELDS)));
    for (size_t i = 0; i + 1 < MM_COUNT_OF(QBFT_FIELDS); i += 2) {
        if (json_find(value, QBFT_FIELDS[i].key) == NULL ||
            json_find(value, QBFT_FIELDS[i + 1].key) == NULL)
            continue;
        const struct genesis_place place = { at, mm_bytes_str(QBFT_FIELDS[i + 1].key) };
        return genesis_refuse(reader, &place, "given in seconds too");
    }
    if (reader->genesis->qbft.request_timeout_ms == 0) {
        const struct genesis_place place = { at, MM_BYTES_LIT("requesttimeoutseconds") };
        return genesis_refuse(reader, &place, "must be above zero");
    }
    return MM_OK;
}

static const struct genesis_field CONFIG_FIELDS[] = {
    { "chainId", read_chain_id },
    { "qbft", read_qbft },
    { "homesteadBlock", read_fork },
    { "daoForkBlock", read_fork },
    { "daoForkSupport", read_fork },
    { "eip150Block", read_fork },
    { "eip150Hash", read_zero_hash },
    { "eip155Block", read_fork },
    { "eip158Block", read_fork },
    { "byzantiumBlock", read_fork },
    { "constantinopleBlock", read_fork },
    { "constantinopleFixBlock", read_fork },
    { "petersburgBlock", read_fork },
    { "istanbulBlock", read_fork },
    { "muirGlacierBlock", read_fork },
    { "berlinBlock", read_fork },
    { "londonBlock", read_fork },
    { "arrowGlacierBlock", read_fork },
    { "grayGlacierBlock", read_fork },
    { "mergeNetsplitBlock", read_fork },
    { "preMergeForkBlock", read_fork },
    { "terminalTotalDifficulty", read_fork },
    { "terminalTotalDifficultyPassed", read_fork },
    { "shanghaiTime", read_fork },
    { "cancunTime", read_fork },
    { "depositContractAddress", read_deposit_contract },
    { "blobSchedule", read_blob_schedule },
    { "pragueTime", refuse_later_fork },
    { "osakaTime", refuse_later_fork },
    { "ethash", refuse_engine },
    { "clique", refuse_engine },
    { "ibft2", refuse_engine },
    { "zeroBaseFee", refuse_zero_base_fee },
};

mm_err genesis_read_config(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    MM_TRY(genesis_read_object(reader, at, value, CONFIG_FIELDS, MM_COUNT_OF(CONFIG_FIELDS)));
    if (json_find(value, "chainId") == NULL) {
        const struct genesis_place place = { at, MM_BYTES_LIT("chainId") };
        return genesis_refuse(reader, &place, "missing");
    }
    return MM_OK;
}
