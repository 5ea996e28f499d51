/* Names: what codecs, hash functions and alphabets are called in the multicodec and multibase tables.
 *
 *     "dag-pb" 0x70     "sha2-256" 0x12     "base32" b
 *
 * Only those that are read here (cid.h, multihash.h, multibase.h). Old names that clients still send (protobuf, cbor for dag-cbor) are
 * the business of the command that takes them. Pure functions. Source: multiformats/multicodec table.csv, multibase.csv. */
#ifndef P2P_CONTENT_CODEC_H
#define P2P_CONTENT_CODEC_H

#include "p2p/content/cid.h"

/* NULL when it is none of enum cid_codec. */
const char *codec_name(uint64_t codec);
MM_MUST_USE bool codec_find(uint64_t *codec, mm_bytes name);

/* NULL when it is not computed here. */
const char *hash_function_name(uint64_t code);
MM_MUST_USE bool hash_function_find(uint64_t *code, mm_bytes name);

const char *multibase_name(enum multibase base);
MM_MUST_USE bool multibase_find(enum multibase *base, mm_bytes name);

#endif
