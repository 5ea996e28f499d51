/* The object of eth_call, eth_estimateGas and eth_sendTransaction. Unknown keys are ignored; null is "not given". */
#include "rpc/eth/eth_internal.h"

enum { ACCESS_ADDRS_MAX = 4096, ACCESS_SLOTS_MAX = 65536 };

struct reading {
    struct eth_request *r;
    struct eth_call_object *object;
    mm_bytes input;
    bool has_input;
    size_t slots_left;
};

typedef const char *read_fn(struct reading *x, const struct json *value);

static const char *read_from(struct reading *x, const struct json *value)
{
    x->object->has_from = true;
    return eth_read_addr(&x->object->from, value);
}

static const char *read_to(struct reading *x, const struct json *value)
{
    x->object->has_to = true;
    return eth_read_addr(&x->object->to, value);
}

static const char *read_gas(struct reading *x, const struct json *value)
{
    x->object->has_gas = true;
    return eth_read_u64(&x->object->gas, value);
}

static const char *read_gas_price(struct reading *x, const struct json *value)
{
    x->object->has_gas_price = true;
    return eth_read_u256(&x->object->gas_price, value);
}

static const char *read_max_fee(struct reading *x, const struct json *value)
{
    x->object->has_max_fee = true;
    return eth_read_u256(&x->object->max_fee, value);
}

static const char *read_tip(struct reading *x, const struct json *value)
{
    x->object->has_tip = true;
    return eth_read_u256(&x->object->tip, value);
}

static const char *read_amount(struct reading *x, const struct json *value)
{
    return eth_read_u256(&x->object->value, value);
}

static const char *read_nonce(struct reading *x, const struct json *value)
{
    x->object->has_nonce = true;
    return eth_read_u64(&x->object->nonce, value);
}

static const char *read_chain_id(struct reading *x, const struct json *value)
{
    x->object->has_chain_id = true;
    return eth_read_u64(&x->object->chain_id, value);
}

static const char *read_type(struct reading *x, const struct json *value)
{
    x->object->has_type = true;
    return eth_read_u64(&x->object->type, value);
}

static const char *read_data(struct reading *x, const struct json *value)
{
    x->object->has_data = true;
    return eth_read_data(x->r->arena, &x->object->data, value);
}

static const char *read_input(struct reading *x, const struct json *value)
{
    x->has_input = true;
    return eth_read_data(x->r->arena, &x->input, value);
}

static const char *read_access(struct reading *x, struct tx_access *access,
                               const struct json *value)
{
    const struct json *address = json_find(value, "address");
    const struct json *keys = json_find(value, "storageKeys");
    if (address == NULL)
        return "an entry without address";
    const char *reason = eth_read_addr(&access->addr, address);
    if (reason != NULL || keys == NULL || keys->kind == JSON_NULL)
        return reason;
    if (keys->kind != JSON_ARRAY)
        return "storage keys are not an array";
    if (keys->count > x->slots_left)
        return "too many storage keys";
    x->slots_left -= keys->count;
    mm_hash32 *slots = MM_ARENA_ARRAY(x->r->arena, mm_hash32, keys->count);
    if (slots == NULL)
        return "out of memory";
    for (size_t i = 0; i < keys->count && reason == NULL; i++)
        reason = eth_read_hash(&slots[i], &keys->items[i]);
    access->slots = slots;
    access->slot_count = keys->count;
    return reason;
}

static const char *read_access_list(struct reading *x, const struct json *value)
{
    if (value->kind != JSON_ARRAY)
        return "not an array";
    if (value->count > ACCESS_ADDRS_MAX)
        return "too many addresses";
    struct tx_access *list = MM_ARENA_ARRAY(x->r->arena, struct tx_access, value->count);
    if (list == NULL)
        return "out of memory";
    const char *reason = NULL;
    for (size_t i = 0; i < value->count && reason == NULL; i++)
        reason = read_access(x, &list[i], &value->items[i]);
    x->object->has_access_list = true;
    x->object->access_list = list;
    x->object->access_count = value->count;
    return reason;
}

static const char *refuse_blobs(struct reading *x, const struct json *value)
{
    (void)x;
    (void)value;
    return "transaction type not supported";
}

static const struct {
    const char *key;
    read_fn *read;
} FIELDS[] = {
    { "from", read_from },
    { "to", read_to },
    { "gas", read_gas },
    { "gasLimit", read_gas },
    { "gasPrice", read_gas_price },
    { "maxFeePerGas", read_max_fee },
    { "maxPriorityFeePerGas", read_tip },
    { "value", read_amount },
    { "nonce", read_nonce },
    { "chainId", read_chain_id },
    { "type", read_type },
    { "data", read_data },
    { "input", read_input },
    { "accessList", read_access_list },
    { "blobVersionedHashes", refuse_blobs },
    { "authorizationList", refuse_blobs },
};

static bool read_member(struct reading *x, size_t index, const struct json_member *member)
{
    for (size_t i = 0; i < MM_COUNT_OF(FIELDS); i++) {
        if (!mm_bytes_equal(member->key, mm_bytes_str(FIELDS[i].key)))
            continue;
        const char *reason =
            member->value.kind == JSON_NULL ? NULL : FIELDS[i].read(x, &member->value);
        return reason == NULL || eth_fail(x->r, ETH_INVALID_PARAMS, "invalid argument %zu: %s: %s",
                                          index, FIELDS[i].key, reason);
    }
    return true;
}

static bool check(struct eth_request *r, const struct eth_call_object *object, size_t index)
{
    if (object->has_gas_price && (object->has_max_fee || object->has_tip))
        return eth_fail_arg(r, index,
                            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    if (object->has_max_fee && object->has_tip && u256_compare(&object->tip, &object->max_fee) > 0)
        return eth_fail_tx(r, TX_TIP_ABOVE_CAP, &object->tip, &object->max_fee);
    if (object->has_type && object->type > TX_DYNAMIC_FEE)
        return eth_fail_tx(r, TX_TYPE_NOT_SUPPORTED, NULL, NULL);
    if (object->has_chain_id && object->chain_id != eth_chain_id(r)) {
        const mm_u256 have = u256_from_u64(object->chain_id);
        const mm_u256 want = u256_from_u64(eth_chain_id(r));
        return eth_fail_tx(r, TX_WRONG_CHAIN, &have, &want);
    }
    if (!object->has_to)
        return eth_fail_tx(r, TX_CREATES, NULL, NULL);
    return true;
}

bool eth_read_call_object(struct eth_request *r, struct eth_call_object *object, size_t index)
{
    const struct json *json = r->args[index].json;
    *object = (struct eth_call_object){ .has_from = false };
    struct reading x = { .r = r, .object = object, .slots_left = ACCESS_SLOTS_MAX };
    for (size_t i = 0; i < json->count; i++) {
        if (!read_member(&x, index, &json->members[i]))
            return false;
    }
    if (x.has_input && object->has_data && !mm_bytes_equal(x.input, object->data))
        return eth_fail_arg(r, index,
                            "both \"data\" and \"input\" are set and not equal. Please use "
                            "\"input\" to pass transaction call data");
    if (x.has_input) {
        object->data = x.input;
        object->has_data = true;
    }
    return check(r, object, index);
}
