/* Finding a row of the table by its name, and what is told of the rows. */
#include "rpc/eth/eth_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* Each of the two large development nodes has its prefix for the same methods. */
static const mm_bytes PREFIX = { (const uint8_t *)"hardhat_", 8 };
static const mm_bytes TWIN_PREFIX = { (const uint8_t *)"anvil_", 6 };

static bool has_twin(mm_bytes name)
{
    return name.len > PREFIX.len && memcmp(name.ptr, PREFIX.ptr, PREFIX.len) == 0;
}

/* FNV-1a. */
static size_t first_slot(mm_bytes name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ name.ptr[i]) * 16777619u;
    return hash % ETH_METHOD_SLOTS;
}

static struct eth_name *place(struct eth_name *names, mm_bytes name)
{
    size_t slot = first_slot(name);
    while (names[slot].method != NULL && !mm_bytes_equal(names[slot].name, name))
        slot = (slot + 1) % ETH_METHOD_SLOTS;
    return &names[slot];
}

static void enter(struct rpc_eth *eth, mm_bytes name, const struct eth_method *method)
{
    struct eth_name *slot = place(eth->names, name);
    MM_ASSERT(slot->method == NULL); /* no name twice */
    *slot = (struct eth_name){ name, method };
}

mm_err eth_methods_init(struct rpc_eth *eth)
{
    size_t twin_bytes = 1;
    for (size_t i = 0; i < ETH_METHOD_COUNT; i++)
        twin_bytes += strlen(ETH_METHODS[i].name);
    char *at = mm_heap_alloc(twin_bytes);
    if (at == NULL)
        return MM_ERR_NO_MEMORY;
    eth->twin_names = at;
    for (size_t i = 0; i < ETH_METHOD_COUNT; i++) {
        const mm_bytes name = mm_bytes_str(ETH_METHODS[i].name);
        enter(eth, name, &ETH_METHODS[i]);
        if (!has_twin(name))
            continue;
        const size_t rest = name.len - PREFIX.len;
        memcpy(at, TWIN_PREFIX.ptr, TWIN_PREFIX.len);
        memcpy(at + TWIN_PREFIX.len, name.ptr + PREFIX.len, rest);
        enter(eth, mm_bytes_from(at, TWIN_PREFIX.len + rest), &ETH_METHODS[i]);
        at += TWIN_PREFIX.len + rest;
    }
    return MM_OK;
}

const struct eth_method *eth_find_method(const struct rpc_eth *eth, mm_bytes name)
{
    size_t slot = first_slot(name);
    while (eth->names[slot].method != NULL) {
        const struct eth_method *method = eth->names[slot].method;
        if (mm_bytes_equal(eth->names[slot].name, name))
            return (method->flags & ETH_DEV) != 0 && !eth->backend->is_dev ? NULL : method;
        slot = (slot + 1) % ETH_METHOD_SLOTS;
    }
    return NULL;
}

mm_bytes eth_module_of(const struct eth_method *method)
{
    return mm_bytes_from(method->name, (size_t)(strchr(method->name, '_') - method->name));
}

/* ---- what was asked ---- */

static struct rpc_eth_group *group_of(struct rpc_eth_group *groups, size_t *count, mm_bytes name)
{
    for (size_t i = 0; i < *count; i++) {
        if (mm_bytes_equal(groups[i].name, name))
            return &groups[i];
    }
    MM_ASSERT(*count < RPC_ETH_GROUPS_MAX);
    groups[*count] = (struct rpc_eth_group){ .name = name };
    return &groups[(*count)++];
}

size_t rpc_eth_groups(const struct rpc_eth *eth, struct rpc_eth_group groups[RPC_ETH_GROUPS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i <= ETH_METHOD_COUNT; i++) {
        const mm_bytes name =
            i < ETH_METHOD_COUNT ? eth_module_of(&ETH_METHODS[i]) : MM_BYTES_LIT("unknown");
        struct rpc_eth_group *group = group_of(groups, &count, name);
        group->requests += atomic_load_explicit(&eth->counts[i].requests, memory_order_relaxed);
        group->errors += atomic_load_explicit(&eth->counts[i].errors, memory_order_relaxed);
    }
    return count;
}

/* ---- documentation ---- */

static const char *kind_name(enum eth_param_kind kind)
{
    switch (kind) {
    case ETH_PARAM_NONE:
        return "none";
    case ETH_PARAM_ADDR:
        return "address";
    case ETH_PARAM_HASH:
        return "hash";
    case ETH_PARAM_DATA:
        return "data";
    case ETH_PARAM_COUNT:
        return "number";
    case ETH_PARAM_QUANTITY:
        return "quantity";
    case ETH_PARAM_BOOL:
        return "boolean";
    case ETH_PARAM_BLOCK:
        return "block";
    case ETH_PARAM_BLOCK_REF:
        return "block or hash";
    case ETH_PARAM_HEIGHT:
        return "block";
    case ETH_PARAM_SLOT:
        return "32 bytes";
    case ETH_PARAM_TEXT:
        return "text";
    case ETH_PARAM_OBJECT:
        return "object";
    case ETH_PARAM_ARRAY:
        return "array";
    case ETH_PARAM_ANY:
        return "any";
    }
    MM_UNREACHABLE();
}

size_t rpc_eth_method_count(void)
{
    return ETH_METHOD_COUNT;
}

struct rpc_eth_method_doc rpc_eth_method(size_t index)
{
    MM_ASSERT(index < ETH_METHOD_COUNT);
    const struct eth_method *method = &ETH_METHODS[index];
    struct rpc_eth_method_doc doc = {
        .name = method->name,
        .twin = has_twin(mm_bytes_str(method->name)) ? (const char *)TWIN_PREFIX.ptr : NULL,
        .is_dev_only = (method->flags & ETH_DEV) != 0,
    };
    while (doc.param_count < RPC_ETH_PARAMS_MAX &&
           method->params[doc.param_count].kind != ETH_PARAM_NONE) {
        const struct eth_param *param = &method->params[doc.param_count];
        doc.params[doc.param_count++] =
            (struct rpc_eth_param_doc){ param->name, kind_name(param->kind), param->is_optional };
    }
    return doc;
}
