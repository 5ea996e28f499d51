#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "p2p/content/dagpb.h"
#include "p2p/content/unixfs.h"
#include "shared.h"
#include "vectors_json.h"

static size_t from_hex(uint8_t *out, size_t capacity, const char *hex)
{
    size_t len = 0;
    for (; hex[2 * len] != '\0'; len++) {
        unsigned byte;
        cr_assert(len < capacity && sscanf(hex + 2 * len, "%2x", &byte) == 1);
        out[len] = (uint8_t)byte;
    }
    return len;
}

/* --- dag-pb --- */

static void expect_node(yajl_val vector)
{
    static uint8_t bytes[10000];
    const mm_bytes block = { bytes, from_hex(bytes, sizeof bytes, json_text(vector, "hex")) };
    struct dagpb_node node;
    cr_assert_eq(dagpb_decode(&node, block), DAGPB_OK, "%s", json_text(vector, "name"));
    const yajl_val expected = json_at(json_at(vector, "dag_json"), "Links");
    cr_assert_eq(node.link_count, YAJL_GET_ARRAY(expected)->len);
    cr_assert_eq(node.has_data, json_at(json_at(vector, "dag_json"), "Data") != NULL);
    struct dagpb_links links = dagpb_links(&node);
    struct dagpb_link link;
    for (size_t i = 0; dagpb_next(&links, &link); i++) {
        const yajl_val one = YAJL_GET_ARRAY(expected)->values[i];
        struct cid cid;
        cr_assert_eq(cid_parse(&cid, mm_bytes_str(json_text(json_at(one, "Hash"), "/"))), CID_OK);
        cr_assert(cid_equal(&cid, &link.cid));
        cr_assert_eq(link.has_name, json_text(one, "Name") != NULL);
        if (link.has_name)
            cr_assert(mm_bytes_equal(link.name, mm_bytes_str(json_text(one, "Name"))));
        cr_assert_eq(link.has_tsize, json_at(one, "Tsize") != NULL);
        if (link.has_tsize)
            cr_assert_eq(link.tsize, strtoull(YAJL_GET_NUMBER(json_at(one, "Tsize")), NULL, 10));
    }
    struct mm_buf again;
    mm_buf_init(&again, sizeof bytes);
    dagpb_encode(&again, &node);
    cr_assert(node.canonical && mm_bytes_equal(mm_buf_bytes(&again), block));
    mm_buf_fini(&again);

    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = CID_DAG_PB }, named;
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    cr_assert_eq(cid_parse(&named, mm_bytes_str(json_text(vector, "cid"))), CID_OK);
    cr_assert(cid_equal(&cid, &named));
    multihasher_free(hasher);

    /* Two of them are UnixFS as well: a directory and a file (the folder's README counts the file only). */
    struct unixfs data;
    const bool is_unixfs = unixfs_decode(&data, node.data) == UNIXFS_OK;
    const bool is_directory = strcmp(json_text(vector, "name"), "dagpb_4namedlinks+data") == 0;
    const bool is_file = strcmp(json_text(vector, "name"), "dagpb_7unnamedlinks+data") == 0;
    cr_assert_eq(is_unixfs, is_directory || is_file);
    if (is_unixfs)
        cr_assert_eq(data.type, is_file ? UNIXFS_FILE : UNIXFS_DIRECTORY);
}

Test(dagpb_vectors, decode_and_encode_to_the_same_bytes)
{
    shared_or_skip();
    const yajl_val all = json_from_file(SHARED_IPFS "dag-pb/dag-pb-vectors.json");
    const yajl_val positive = json_at(all, "positive");
    for (size_t i = 0; i < YAJL_GET_ARRAY(positive)->len; i++)
        expect_node(YAJL_GET_ARRAY(positive)->values[i]);
    cr_assert_eq(YAJL_GET_ARRAY(positive)->len, 17);
    const yajl_val errors = json_at(all, "decode_errors");
    for (size_t i = 0; i < YAJL_GET_ARRAY(errors)->len; i++) {
        uint8_t bytes[1000];
        struct dagpb_node node;
        const size_t len =
            from_hex(bytes, sizeof bytes, json_text(YAJL_GET_ARRAY(errors)->values[i], "hex"));
        cr_assert_neq(dagpb_decode(&node, (mm_bytes){ bytes, len }), DAGPB_OK);
        cr_assert_eq(node.link_count, 0);
    }
    cr_assert_eq(YAJL_GET_ARRAY(errors)->len, 9);
}

/* --- multibase --- */

/* Text between quotes with \x00 in it. */
static size_t unescape(uint8_t *out, const char *text)
{
    size_t len = 0;
    for (; *text != '\0' && *text != '"'; len++) {
        if (strncmp(text, "\\x00", 4) == 0) {
            out[len] = 0;
            text += 4;
        } else {
            out[len] = (uint8_t)*text++;
        }
    }
    return len;
}

static bool is_read_here(const char *encoding)
{
    static const char *const read[] = { "base16", "base32", "base36", "base58btc", "base64url" };
    for (size_t i = 0; i < MM_COUNT_OF(read); i++)
        if (strcmp(encoding, read[i]) == 0)
            return true;
    return false;
}

/* Rows of: encoding, "text"; the first row has the value. Returns the rows that were read. */
static size_t run_multibase(const char *name, bool canonical)
{
    char path[300], line[400], encoding[40], quoted[300];
    (void)snprintf(path, sizeof path, SHARED_IPFS "multiformats/%s.csv", name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    uint8_t value[64];
    size_t value_len = 0, rows = 0;
    for (size_t i = 0; fgets(line, sizeof line, file) != NULL; i++) {
        cr_assert_eq(sscanf(line, "%39[^,], \"%299[^\n]", encoding, quoted), 2);
        if (i == 0) {
            value_len = unescape(value, quoted);
            continue;
        }
        *strrchr(quoted, '"') = '\0';
        uint8_t out[MULTIBASE_BYTES_MAX];
        size_t len;
        const enum multibase_verdict verdict = multibase_decode(out, &len, mm_bytes_str(quoted));
        if (!is_read_here(encoding)) {
            cr_assert_eq(verdict, MULTIBASE_UNKNOWN, "%s", encoding);
            continue;
        }
        cr_assert_eq(verdict, MULTIBASE_OK, "%s", encoding);
        cr_assert(mm_bytes_equal((mm_bytes){ out, len }, (mm_bytes){ value, value_len }));
        char text[MULTIBASE_TEXT_MAX];
        const size_t text_len =
            multibase_encode(text, (enum multibase)quoted[0], (mm_bytes){ out, len });
        cr_assert_eq(mm_bytes_equal(mm_bytes_from(text, text_len), mm_bytes_str(quoted)),
                     canonical);
        rows++;
    }
    (void)fclose(file);
    return rows;
}

Test(multibase_vectors, tables_are_read_and_written)
{
    shared_or_skip();
    cr_assert_eq(run_multibase("multibase__basic", true), 5);
    cr_assert_eq(run_multibase("multibase__leading_zero", true), 5);
    cr_assert_eq(run_multibase("multibase__two_leading_zeros", true), 5);
    cr_assert_eq(run_multibase("multibase__case_insensitivity", false), 3);
}

/* --- multihash --- */

static const EVP_MD *function_of(const char *algorithm)
{
    if (strcmp(algorithm, "sha1") == 0)
        return EVP_sha1();
    if (strcmp(algorithm, "sha2-256") == 0)
        return EVP_sha256();
    return strcmp(algorithm, "sha2-512") == 0 ? EVP_sha512() : NULL;
}

/* The input is hashed as the text it is, not as the bytes its digits could stand for. */
static void run_multihash(const char *algorithm, unsigned bits, const char *input,
                          const char *hash_hex)
{
    uint8_t bytes[200], digest[EVP_MAX_MD_SIZE];
    const mm_bytes encoded = { bytes, from_hex(bytes, sizeof bytes, hash_hex) };
    struct multihash hash;
    size_t used;
    const enum multihash_verdict verdict = multihash_decode(&hash, &used, encoded);
    const EVP_MD *function = function_of(algorithm);
    if (function == NULL || strcmp(algorithm, "sha1") == 0) { /* carried, never computed */
        cr_assert_eq(verdict, MULTIHASH_UNSUPPORTED);
        cr_assert(used == encoded.len && hash.len == bits / 8);
    } else if (bits / 8 !=
               (unsigned)EVP_MD_get_size(function)) { /* cut short: never the name of a block */
        cr_assert_eq(verdict, MULTIHASH_BAD_LENGTH);
        return;
    } else {
        cr_assert_eq(verdict, MULTIHASH_OK);
        struct multihasher *hasher = multihasher_new();
        cr_assert_eq(multihasher_check(hasher, &hash, mm_bytes_str(input)), MM_OK);
        multihasher_free(hasher);
    }
    if (function != NULL) {
        cr_assert_eq(EVP_Digest(input, strlen(input), digest, NULL, function, NULL), 1);
        cr_assert_eq(memcmp(digest, hash.digest, hash.len), 0);
    }
    uint8_t again[MULTIHASH_BYTES_MAX];
    cr_assert(mm_bytes_equal((mm_bytes){ again, multihash_encode(again, &hash) }, encoded));
}

Test(multihash_vectors, tables_are_read_and_computed)
{
    shared_or_skip();
    FILE *file = fopen(SHARED_IPFS "multiformats/multihash__test_cases.csv", "r");
    cr_assert_not_null(file);
    char line[1000], algorithm[20], input[300], hash[300];
    unsigned bits;
    size_t rows = 0;
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (; fgets(line, sizeof line, file) != NULL; rows++) {
        cr_assert_eq(sscanf(line, "%19[^,],%u,%299[^,],%299s", algorithm, &bits, input, hash), 4);
        run_multihash(algorithm, bits, input, hash);
    }
    cr_assert_eq(rows, 260);
    (void)fclose(file);
}
