#include "p2p/content/import.h"

#include "p2p/content/import_internal.h"
#include "state/base/assert.h"

static const struct content_profile PROFILES[] = {
    { "unixfs-v1-2025", 1, true, 1 << 20, 1024, IMPORT_HAMT_BY_BLOCK, 256 << 10 },
    { "unixfs-v0-2015", 0, false, 256 << 10, 174, IMPORT_HAMT_BY_LINKS, 256 << 10 },
    { "kubo-cidv1", 1, true, 256 << 10, 174, IMPORT_HAMT_BY_LINKS, 256 << 10 },
    { "kubo-cidv1-no-raw", 1, false, 256 << 10, 174, IMPORT_HAMT_BY_LINKS, 256 << 10 },
    { "kubo-cidv0-raw", 0, true, 256 << 10, 174, IMPORT_HAMT_BY_LINKS, 256 << 10 },
};

const struct content_profile *const CONTENT_PROFILE_DEFAULT = &PROFILES[0];

const struct content_profile *content_profile_at(size_t index)
{
    return index < MM_COUNT_OF(PROFILES) ? &PROFILES[index] : NULL;
}

const struct content_profile *content_profile_find(mm_bytes name)
{
    for (size_t i = 0; i < MM_COUNT_OF(PROFILES); i++)
        if (mm_bytes_equal(name, mm_bytes_str(PROFILES[i].name)))
            return &PROFILES[i];
    return NULL;
}

bool content_profile_is_valid(const struct content_profile *profile)
{
    return profile->cid_version <= 1 && profile->chunk_bytes >= 1 &&
           profile->chunk_bytes <= BLOCK_CHUNK_BYTES_MAX && profile->links_max >= 2 &&
           profile->links_max <= IMPORT_LINKS_MAX && profile->hamt_above_bytes <= (256 << 10);
}

bool import_name_is_valid(mm_bytes name)
{
    if (name.len == 0 || name.len > IMPORT_NAME_BYTES_MAX)
        return false;
    if (memchr(name.ptr, '/', name.len) != NULL || memchr(name.ptr, '\0', name.len) != NULL)
        return false;
    return !mm_bytes_equal(name, MM_BYTES_LIT(".")) && !mm_bytes_equal(name, MM_BYTES_LIT(".."));
}

bool import_out_init(struct import_out *out, const struct content_profile *profile,
                     const struct block_sink *sink)
{
    MM_ASSERT(content_profile_is_valid(profile));
    *out = (struct import_out){ .profile = *profile };
    if (sink != NULL) {
        MM_ASSERT(sink->put != NULL);
        out->sink = *sink;
    }
    out->hasher = multihasher_new();
    return out->hasher != NULL;
}

void import_out_fini(struct import_out *out)
{
    multihasher_free(out->hasher);
    out->hasher = NULL;
}

mm_err import_hash(struct import_out *out, struct cid *cid, enum cid_codec codec,
                   const mm_bytes *parts, size_t part_count)
{
    cid->codec = codec;
    cid->version =
        codec == CID_DAG_PB ? out->profile.cid_version : 1; /* v0 can name nothing but dag-pb */
    return multihasher_digest(out->hasher, &cid->hash, MULTIHASH_SHA2_256, parts, part_count);
}

mm_err import_emit(struct import_out *out, struct cid *cid, enum cid_codec codec, mm_bytes block)
{
    MM_ASSERT(block.len <= BLOCK_BYTES_MAX);
    MM_TRY(import_hash(out, cid, codec, &block, 1));
    return import_out_keeps(out) ? out->sink.put(out->sink.context, cid, block) : MM_OK;
}
