#include <criterion/criterion.h>

#include "keystream.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/import.h"
#include "p2p/content/unixfs.h"
#include "tests/unit/p2p/content/memory_blocks.h"
#include "vectors_json.h"

/* Files and directories under five profiles; their CIDs come from the JavaScript importer, 12 of them are
 * published by IPIP-499 and kubo. MINTMARK_SLOW=1 adds the two files of 1 GiB. */

static struct content_profile profile_of(yajl_val vector)
{
    const struct content_profile *named =
        content_profile_find(mm_bytes_str(json_text(vector, "profile")));
    cr_assert_not_null(named);
    struct content_profile profile = *named;
    if (json_number(vector, "chunk_size") > 0)
        profile.chunk_bytes = (uint32_t)json_number(vector, "chunk_size");
    if (json_number(vector, "max_links") > 0)
        profile.links_max = (uint32_t)json_number(vector, "max_links");
    return profile;
}

static void expect_hex(mm_bytes bytes, const char *hex)
{
    char *text = calloc(1, 2 * bytes.len + 1);
    for (size_t i = 0; i < bytes.len; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes.ptr[i]);
    cr_assert_str_eq(text, hex);
    free(text);
}

static void expect_cid(const struct cid *cid, yajl_val vector)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, cid, MULTIBASE_BASE32);
    cr_assert_str_eq(text, json_text(vector, "cid"));
    if (json_text(vector, "cid_v1_base32") != NULL) {
        const struct cid v1 = cid_as_v1(cid);
        cid_to_text(text, &v1, MULTIBASE_BASE32);
        cr_assert_str_eq(text, json_text(vector, "cid_v1_base32"));
    }
}

static void expect_children(const struct dagpb_node *node, const struct unixfs *data,
                            yajl_val vector)
{
    const yajl_val details = json_at(vector, "root_links_detail");
    const yajl_val sizes_expected = json_at(vector, "root_blocksizes");
    if (details == NULL)
        return;
    struct dagpb_links links = dagpb_links(node);
    struct unixfs_sizes sizes = unixfs_sizes(data);
    struct dagpb_link link;
    for (size_t i = 0; dagpb_next(&links, &link); i++) {
        char text[CID_TEXT_MAX + 1];
        cid_to_text(text, &link.cid, MULTIBASE_BASE32);
        cr_assert_str_eq(text, json_text(YAJL_GET_ARRAY(details)->values[i], "cid"));
        cr_assert_eq(link.tsize,
                     (uint64_t)json_number(YAJL_GET_ARRAY(details)->values[i], "tsize"));
        if (sizes_expected != NULL) {
            uint64_t size;
            cr_assert(unixfs_next_size(&sizes, &size));
            cr_assert_eq(size,
                         (uint64_t)YAJL_GET_INTEGER(YAJL_GET_ARRAY(sizes_expected)->values[i]));
        }
    }
}

static void expect_root(const struct memory_blocks *blocks, const struct import_result *root,
                        yajl_val vector)
{
    expect_cid(&root->cid, vector);
    cr_assert_eq(memory_blocks_count(blocks), (size_t)json_number(vector, "unique_blocks"));
    cr_assert_eq(memory_blocks_puts(blocks), root->dag_blocks);
    if (json_number(vector, "unique_block_bytes") >= 0)
        cr_assert_eq(memory_blocks_bytes(blocks),
                     (uint64_t)json_number(vector, "unique_block_bytes"));
    if (json_number(vector, "root_block_bytes") < 0)
        return;
    const mm_bytes block = memory_blocks_last(blocks); /* the root is the last to be made */
    cr_assert_eq(block.len, (size_t)json_number(vector, "root_block_bytes"));
    if (json_text(vector, "root_block_hex") != NULL)
        expect_hex(block, json_text(vector, "root_block_hex"));
    struct dagpb_node node;
    struct unixfs data;
    cr_assert_eq(dagpb_decode(&node, block), DAGPB_OK);
    cr_assert_eq(unixfs_decode(&data, node.data), UNIXFS_OK);
    cr_assert(node.canonical && data.canonical);
    cr_assert_eq(node.link_count, (size_t)json_number(vector, "root_links"));
    if (json_number(vector, "tsize_as_child") >= 0)
        cr_assert_eq(root->dag_bytes, (uint64_t)json_number(vector, "tsize_as_child"));
    expect_children(&node, &data, vector);
}

static void run_file(yajl_val vector, size_t piece_bytes)
{
    const uint64_t size = (uint64_t)json_number(vector, "size");
    const struct content_profile profile = profile_of(vector);
    struct memory_blocks *blocks = memory_blocks_new(false);
    const struct block_sink sink = memory_blocks_sink(blocks);
    struct import_file *file = import_file_new(&profile, &sink);
    struct import_file *only_hash = import_file_new(&profile, NULL);
    uint8_t *piece = malloc(piece_bytes);
    crypto_hash_sha256_state sha;
    crypto_hash_sha256_init(&sha);
    for (uint64_t at = 0; at < size; at += piece_bytes) {
        const size_t len = size - at < piece_bytes ? (size_t)(size - at) : piece_bytes;
        keystream(piece, len, json_text(vector, "seed"), at);
        if (size < 1 << 20) /* libsodium's is slow; it is here as a check on the generator */
            crypto_hash_sha256_update(&sha, piece, len);
        cr_assert_eq(import_file_write(file, mm_bytes_from(piece, len)), MM_OK);
        cr_assert_eq(import_file_write(only_hash, mm_bytes_from(piece, len)), MM_OK);
    }
    uint8_t digest[32];
    crypto_hash_sha256_final(&sha, digest);
    if (size < 1 << 20)
        expect_hex(MM_BYTES_OF(digest), json_text(vector, "content_sha256"));
    struct import_result result;
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    expect_root(blocks, &result, vector);
    cr_assert_eq(result.content_bytes, size);
    cr_assert_str_eq(result.cid.codec == CID_RAW ? "raw" : "dag-pb",
                     json_text(vector, "root_codec"));
    struct import_result hashed;
    cr_assert_eq(import_file_finish(only_hash, &hashed), MM_OK);
    cr_assert(cid_equal(&hashed.cid, &result.cid));
    cr_assert(hashed.dag_bytes == result.dag_bytes && hashed.dag_blocks == result.dag_blocks);
    free(piece);
    import_file_free(file);
    import_file_free(only_hash);
    memory_blocks_free(blocks);
}

static yajl_val vectors(void)
{
    const yajl_val all = json_from_file(MINTMARK_VECTORS "/content/cid-vectors.json");
    cr_assert_not_null(all);
    return all;
}

Test(cid_vectors, every_file_has_its_published_cid, .timeout = 300)
{
    const yajl_val files = json_at(vectors(), "files");
    const bool slow = getenv("MINTMARK_SLOW") != NULL;
    size_t run = 0;
    for (size_t i = 0; i < YAJL_GET_ARRAY(files)->len; i++) {
        const yajl_val vector = YAJL_GET_ARRAY(files)->values[i];
        if (!slow && json_number(vector, "size") >= 1 << 30)
            continue;
        static const size_t pieces[] = { 1 << 20, 2 << 20, 64 * 1000 };
        run_file(vector, pieces[i % 3]);
        run++;
    }
    cr_assert_eq(run, slow ? 75 : 73);
}

/* --- directories --- */

struct names {
    char (*name)[40];
    size_t count;
    const char *collection; /* of metadata files; NULL: every file holds "x" */
};

/* "names: N names cut in turn from content(SEED, 1048576): each name is L bytes (the last one M)" */
static struct names cut_names(const char *recipe)
{
    unsigned count, len, last;
    char seed[64];
    cr_assert_eq(sscanf(recipe,
                        "names: %u names cut in turn from content(\"%63[^\"]\", 1048576): each "
                        "name is %u bytes (the last one %u)",
                        &count, seed, &len, &last),
                 4);
    static unsigned char content[1 << 20];
    keystream(content, sizeof content, seed, 0);
    struct names names = { calloc(count, sizeof *names.name), count, NULL };
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < (i == count - 1 ? last : len); k++)
            names.name[i][k] = "abcdefghijklmnopqrstuvwxyz01234567890-_"[content[at++] % 39];
    return names;
}

static struct names numbered_names(yajl_val vector)
{
    struct names names = { NULL, (size_t)json_number(vector, "entries"), "Mint" };
    names.name = calloc(names.count, sizeof *names.name);
    const char *suffix = strstr(json_text(vector, "id"), "-bare") != NULL ? "" : ".json";
    for (size_t i = 0; i < names.count; i++)
        (void)snprintf(names.name[i], sizeof *names.name, "%zu%s", i + 1, suffix);
    return names;
}

static size_t file_of(char out[400], const struct names *names, size_t i)
{
    if (names->collection == NULL)
        return (size_t)snprintf(out, 400, "x");
    return (size_t)snprintf(
        out, 400,
        "{\"name\":\"%s #%zu\",\"description\":\"Token %zu of %s\",\"image\":\"ipfs://"
        "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/%zu.png\",\"attributes\":"
        "[{\"trait_type\":\"Index\",\"value\":%zu}]}",
        names->collection, i + 1, i + 1, names->collection, i + 1, i + 1);
}

static void run_directory(yajl_val vector)
{
    const char *recipe = json_text(vector, "recipe");
    const struct names names =
        strncmp(recipe, "names:", 6) == 0 ? cut_names(recipe) : numbered_names(vector);
    const struct content_profile profile = profile_of(vector);
    struct memory_blocks *blocks = memory_blocks_new(false);
    const struct block_sink sink = memory_blocks_sink(blocks);
    struct import_file *file = import_file_new(&profile, &sink);
    struct import_dir *dir = import_dir_new(&profile, &sink);
    struct import_tree *tree = import_tree_new(&profile, NULL);
    struct import_result result;
    size_t puts = 0;
    for (size_t i = 0; i < names.count; i++) {
        char content[400];
        const size_t len = file_of(content, &names, i);
        cr_assert_eq(import_file_write(file, mm_bytes_from(content, len)), MM_OK);
        cr_assert_eq(import_file_finish(file, &result), MM_OK);
        puts += result.dag_blocks;
        cr_assert_eq(import_dir_add(dir, mm_bytes_str(names.name[i]), &result), MM_OK);
        cr_assert_eq(import_tree_add(tree, mm_bytes_str(names.name[i]), &result), MM_OK);
    }
    cr_assert_eq(import_dir_finish(dir, &result), MM_OK);
    cr_assert_eq(memory_blocks_puts(blocks), result.dag_blocks);
    cr_assert_gt(result.dag_blocks, puts);
    expect_root(blocks, &result, vector);
    struct import_result again;
    cr_assert_eq(import_tree_finish(tree, &again, NULL), MM_OK);
    cr_assert(cid_equal(&again.cid, &result.cid));
    import_file_free(file);
    import_dir_free(dir);
    import_tree_free(tree);
    memory_blocks_free(blocks);
    free(names.name);
}

Test(cid_vectors, every_directory_has_its_published_cid, .timeout = 120)
{
    const yajl_val directories = json_at(vectors(), "directories");
    for (size_t i = 0; i < YAJL_GET_ARRAY(directories)->len; i++)
        run_directory(YAJL_GET_ARRAY(directories)->values[i]);
    cr_assert_eq(YAJL_GET_ARRAY(directories)->len, 28);
}

Test(cid_vectors, well_known_cids_parse_and_print)
{
    const yajl_val known = json_at(vectors(), "well_known");
    for (size_t i = 0; i < YAJL_GET_ARRAY(known)->len; i++) {
        const yajl_val vector = YAJL_GET_ARRAY(known)->values[i];
        struct cid v0, v1;
        char text[CID_TEXT_MAX + 1];
        const char *v0_text = json_text(vector, "cid_v0");
        const char *v1_text = json_text(vector, "cid_v1");
        if (v0_text != NULL) {
            cr_assert_eq(cid_parse(&v0, mm_bytes_str(v0_text)), CID_OK);
            cid_to_text(text, &v0, MULTIBASE_BASE32);
            cr_assert_str_eq(text, v0_text);
        }
        if (v1_text != NULL) {
            cr_assert_eq(cid_parse(&v1, mm_bytes_str(v1_text)), CID_OK);
            cid_to_text(text, &v1, MULTIBASE_BASE32);
            cr_assert_str_eq(text, v1_text);
        }
        if (v0_text != NULL && v1_text != NULL)
            cr_assert(cid_same_block(&v0, &v1));
    }
}
