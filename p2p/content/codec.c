#include "p2p/content/codec.h"

struct row {
    const char *name;
    uint64_t code;
};

static const struct row CODECS[] = {
    { "raw", CID_RAW },           { "dag-pb", CID_DAG_PB }, { "dag-cbor", CID_DAG_CBOR },
    { "dag-json", CID_DAG_JSON }, { "json", CID_JSON },     { "cbor", CID_CBOR },
};

static const struct row HASHES[] = {
    { "identity", MULTIHASH_IDENTITY },
    { "sha2-256", MULTIHASH_SHA2_256 },
    { "sha2-512", MULTIHASH_SHA2_512 },
    { "blake2b-256", MULTIHASH_BLAKE2B_256 },
};

static const struct row BASES[] = {
    { "base16", MULTIBASE_BASE16 },       { "base32", MULTIBASE_BASE32 },
    { "base36", MULTIBASE_BASE36 },       { "base58btc", MULTIBASE_BASE58BTC },
    { "base64url", MULTIBASE_BASE64URL },
};

static const char *name_of(const struct row *rows, size_t count, uint64_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].code == code)
            return rows[i].name;
    }
    return NULL;
}

static bool find(uint64_t *code, const struct row *rows, size_t count, mm_bytes name)
{
    for (size_t i = 0; i < count; i++) {
        if (mm_bytes_equal(name, mm_bytes_str(rows[i].name))) {
            *code = rows[i].code;
            return true;
        }
    }
    *code = 0;
    return false;
}

const char *codec_name(uint64_t codec)
{
    return name_of(CODECS, MM_COUNT_OF(CODECS), codec);
}

bool codec_find(uint64_t *codec, mm_bytes name)
{
    return find(codec, CODECS, MM_COUNT_OF(CODECS), name);
}

const char *hash_function_name(uint64_t code)
{
    return name_of(HASHES, MM_COUNT_OF(HASHES), code);
}

bool hash_function_find(uint64_t *code, mm_bytes name)
{
    return find(code, HASHES, MM_COUNT_OF(HASHES), name);
}

const char *multibase_name(enum multibase base)
{
    return name_of(BASES, MM_COUNT_OF(BASES), base);
}

bool multibase_find(enum multibase *base, mm_bytes name)
{
    uint64_t code;
    const bool is_found = find(&code, BASES, MM_COUNT_OF(BASES), name);
    *base = is_found ? (enum multibase)code : MULTIBASE_BASE32;
    return is_found;
}
