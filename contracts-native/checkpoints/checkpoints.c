#include "contracts-native/checkpoints/checkpoints.h"

#include "state/base/assert.h"

enum { KEY_BITS = 48, REST_BITS = 64 - KEY_BITS };

bool checkpoint_value_fits(const mm_u256 *value)
{
    return value->limb[3] >> REST_BITS == 0;
}

mm_u256 checkpoint_to_word(const struct checkpoint *checkpoint)
{
    const uint64_t *v = checkpoint->value.limb;
    MM_ASSERT(checkpoint->key <= CHECKPOINTS_KEY_MAX && checkpoint_value_fits(&checkpoint->value));
    return (mm_u256){ {
        v[0] << KEY_BITS | checkpoint->key,
        v[1] << KEY_BITS | v[0] >> REST_BITS,
        v[2] << KEY_BITS | v[1] >> REST_BITS,
        v[3] << KEY_BITS | v[2] >> REST_BITS,
    } };
}

struct checkpoint checkpoint_from_word(const mm_u256 *word)
{
    const uint64_t *w = word->limb;
    return (struct checkpoint){
        .key = w[0] & CHECKPOINTS_KEY_MAX,
        .value = { {
            w[0] >> KEY_BITS | w[1] << REST_BITS,
            w[1] >> KEY_BITS | w[2] << REST_BITS,
            w[2] >> KEY_BITS | w[3] << REST_BITS,
            w[3] >> KEY_BITS,
        } },
    };
}

/* No function makes one that does not fit; an outside edit of storage can. */
static enum exec_status load_count(struct abi_call *call, uint64_t *count, const mm_u256 *slot)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, slot));
    *count = word.limb[0];
    return u256_fits_u64(&word) && *count < UINT64_MAX ? EXEC_OK
                                                       : abi_panic(call, ABI_PANIC_MEMORY);
}

static enum exec_status load_one(struct abi_call *call, struct checkpoint *checkpoint,
                                 const mm_u256 *slot, uint64_t i)
{
    const mm_u256 index = u256_from_u64(i);
    const mm_u256 at = storage_array_slot(slot, &index);
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &at));
    *checkpoint = checkpoint_from_word(&word);
    return EXEC_OK;
}

enum exec_status checkpoints_latest(struct abi_call *call, struct checkpoint *latest,
                                    const mm_u256 *slot)
{
    uint64_t count;
    *latest = (struct checkpoint){ 0 };
    HOST_TRY(load_count(call, &count, slot));
    return count == 0 ? EXEC_OK : load_one(call, latest, slot, count - 1);
}

enum exec_status checkpoints_at(struct abi_call *call, mm_u256 *value, const mm_u256 *slot,
                                uint64_t key)
{
    struct checkpoint found = { 0 };
    struct checkpoint middle;
    uint64_t low = 0;
    uint64_t high;
    HOST_TRY(load_count(call, &high, slot));
    while (low < high) { /* those below low are not above the key, those from high on are */
        const uint64_t i = low + (high - low) / 2;
        HOST_TRY(load_one(call, &middle, slot, i));
        if (middle.key > key) {
            high = i;
        } else {
            low = i + 1;
            found = middle;
        }
    }
    *value = found.value;
    return EXEC_OK;
}

static enum exec_status refuse_order(struct abi_call *call)
{
    /* Parsed when it happens: only an outside edit of storage or of time can make it. */
    struct abi_signature error;
    abi_signature_init(&error, "CheckpointUnorderedInsertion()");
    return abi_revert(call, &error, NULL);
}

enum exec_status checkpoints_push(struct abi_call *call, const mm_u256 *slot,
                                  const struct checkpoint *checkpoint)
{
    const mm_u256 word = checkpoint_to_word(checkpoint);
    struct checkpoint last;
    uint64_t count;
    HOST_TRY(load_count(call, &count, slot));
    if (count > 0) {
        const mm_u256 index = u256_from_u64(count - 1);
        const mm_u256 at = storage_array_slot(slot, &index);
        HOST_TRY(load_one(call, &last, slot, count - 1));
        if (last.key > checkpoint->key)
            return refuse_order(call);
        if (last.key == checkpoint->key)
            return host_store(call->host, &at, &word);
    }
    return storage_array_push(call, slot, &word);
}
