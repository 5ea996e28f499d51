#include "rpc/gateway/form.h"

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"
#include "state/base/assert.h"

enum { WEIGHT_MAX = 1000 };

// clang-format off
static const struct {
    const char    *name;
    const char    *media_type;
    enum form_kind kind;
} FORMS[] = {
    { "raw",      "application/vnd.ipld.raw",      FORM_RAW      },
    { "car",      "application/vnd.ipld.car",      FORM_CAR      },
    { "tar",      "application/x-tar",             FORM_TAR      },
    { "json",     "application/json",              FORM_JSON     },
    { "cbor",     "application/cbor",              FORM_CBOR     },
    { "dag-json", "application/vnd.ipld.dag-json", FORM_DAG_JSON },
    { "dag-cbor", "application/vnd.ipld.dag-cbor", FORM_DAG_CBOR },
};
// clang-format on

const char *form_name(enum form_kind kind)
{
    for (size_t i = 0; i < MM_COUNT_OF(FORMS); i++) {
        if (FORMS[i].kind == kind)
            return FORMS[i].name;
    }
    return NULL;
}

const char *form_media_type(const struct form *form)
{
    if (form->kind == FORM_CAR)
        return form->car.walk.repeats ? "application/vnd.ipld.car; version=1; order=dfs; dups=y"
                                      : "application/vnd.ipld.car; version=1; order=dfs; dups=n";
    for (size_t i = 0; i < MM_COUNT_OF(FORMS); i++) {
        if (FORMS[i].kind == form->kind)
            return FORMS[i].media_type;
    }
    return NULL;
}

const char *form_verdict_text(enum form_verdict verdict)
{
    switch (verdict) {
    case FORM_OK:
        return "ok";
    case FORM_UNKNOWN:
        return "this format is not served: raw, car, tar, json, cbor, dag-json, dag-cbor are";
    case FORM_BAD_SCOPE:
        return "dag-scope is block, entity or all";
    case FORM_BAD_RANGE:
        return "entity-bytes is FROM:TO, TO perhaps a star, a negative number counted from the end";
    case FORM_BAD_VERSION:
        return "the version of a CAR is 1";
    case FORM_BAD_ORDER:
        return "the order of a CAR is dfs or unk";
    case FORM_BAD_DUPS:
        return "dups is y or n";
    }
    MM_UNREACHABLE();
}

/* RFC 9110 section 12.4.2, in thousandths; what is no weight is 1. */
static unsigned weight_of(mm_bytes parameters)
{
    uint8_t text[HTTP_PARAMETER_BYTES_MAX];
    size_t len;
    if (http_parameter_find(text, &len, parameters, "q") != HTTP_PARAMETER_OK || len == 0 ||
        len > 5 || text[0] != '0')
        return WEIGHT_MAX;
    unsigned weight = 0;
    unsigned unit = WEIGHT_MAX / 10;
    for (size_t i = 2; i < len; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return WEIGHT_MAX;
        weight += unit * (unsigned)(text[i] - '0');
    }
    return weight;
}

/* Cuts the next media range off; *parameters begins with its first semicolon. false at the end. */
static bool next_range(mm_bytes *accept, mm_bytes *type, mm_bytes *parameters)
{
    if (accept->len == 0)
        return false;
    const uint8_t *comma = memchr(accept->ptr, ',', accept->len);
    const size_t len = comma == NULL ? accept->len : (size_t)(comma - accept->ptr);
    *type = http_value_front(mm_bytes_from(accept->ptr, len), parameters);
    const size_t used = comma == NULL ? len : len + 1;
    *accept = mm_bytes_from(accept->ptr + used, accept->len - used);
    return true;
}

static bool is_type(mm_bytes type, const char *name)
{
    return http_equal_no_case(type, mm_bytes_str(name));
}

/* What Accept names with the greatest weight, of what makes a difference here. */
static void choose_by_accept(struct form *form, mm_bytes accept)
{
    mm_bytes type;
    mm_bytes parameters;
    unsigned best = 0;
    while (next_range(&accept, &type, &parameters)) {
        enum form_kind kind = FORM_CONTENT;
        bool is_known = is_type(type, "text/html");
        for (size_t i = 0; i < MM_COUNT_OF(FORMS) && !is_known; i++) {
            is_known = is_type(type, FORMS[i].media_type);
            kind = is_known ? FORMS[i].kind : FORM_CONTENT;
        }
        const unsigned weight = is_known ? weight_of(parameters) : 0;
        if (weight <= best)
            continue;
        best = weight;
        form->kind = kind;
        form->by_accept = kind != FORM_CONTENT;
        form->wants_page = kind == FORM_CONTENT;
    }
}

static bool choose_by_format(struct form *form, mm_bytes format)
{
    for (size_t i = 0; i < MM_COUNT_OF(FORMS); i++) {
        if (mm_bytes_equal(format, mm_bytes_str(FORMS[i].name))) {
            form->kind = FORMS[i].kind;
            return true;
        }
    }
    return false;
}

/* The parameters of the first CAR that Accept names; empty without one. */
static mm_bytes car_parameters(mm_bytes accept)
{
    mm_bytes type;
    mm_bytes parameters;
    while (next_range(&accept, &type, &parameters)) {
        if (is_type(type, "application/vnd.ipld.car"))
            return parameters;
    }
    return mm_bytes_from(NULL, 0);
}

/* A parameter that may stand in the URL or in Accept, where the URL is silent. ptr is NULL when it is nowhere; room holds what needs
 * it. false: it makes no sense. */
static bool take_parameter(struct form *form, mm_bytes *value, uint8_t *room, mm_bytes in_url,
                           mm_bytes parameters, const char *name)
{
    *value = in_url;
    if (in_url.ptr != NULL)
        return true;
    size_t len;
    const enum http_parameter_verdict verdict = http_parameter_find(room, &len, parameters, name);
    if (verdict != HTTP_PARAMETER_OK)
        return verdict == HTTP_PARAMETER_NONE;
    *value = mm_bytes_from(room, len);
    form->by_accept = true;
    return true;
}

/* *second: whether the value is the second of two words. Nothing is the first. */
static bool is_one_of(bool *second, mm_bytes value, const char *one, const char *two)
{
    *second = mm_bytes_equal(value, mm_bytes_str(two));
    return value.ptr == NULL || *second || mm_bytes_equal(value, mm_bytes_str(one));
}

static bool take_scope(struct walk_options *walk, mm_bytes scope)
{
    if (scope.ptr == NULL || mm_bytes_equal(scope, MM_BYTES_LIT("all")))
        walk->scope = WALK_ALL;
    else if (mm_bytes_equal(scope, MM_BYTES_LIT("entity")))
        walk->scope = WALK_ENTITY;
    else if (mm_bytes_equal(scope, MM_BYTES_LIT("block")))
        walk->scope = WALK_BLOCK;
    else
        return false;
    return true;
}

static enum form_verdict take_car(struct form *form, const struct form_request *request)
{
    const mm_bytes parameters = car_parameters(request->accept);
    struct walk_options *walk = &form->car.walk;
    if (!take_scope(walk, request->dag_scope))
        return FORM_BAD_SCOPE;
    if (request->entity_bytes.ptr != NULL) {
        if (!walk_range_parse(&walk->range, request->entity_bytes))
            return FORM_BAD_RANGE;
        walk->scope = WALK_ENTITY;
        walk->has_range = true;
    }
    uint8_t room[HTTP_PARAMETER_BYTES_MAX];
    mm_bytes value;
    bool is_any_order;
    if (!take_parameter(form, &value, room, request->car_version, parameters, "version") ||
        (value.ptr != NULL && !mm_bytes_equal(value, MM_BYTES_LIT("1"))))
        return FORM_BAD_VERSION;
    if (!take_parameter(form, &value, room, request->car_order, parameters, "order") ||
        !is_one_of(&is_any_order, value, "dfs", "unk"))
        return FORM_BAD_ORDER;
    if (!take_parameter(form, &value, room, request->car_dups, parameters, "dups") ||
        !is_one_of(&walk->repeats, value, "n", "y"))
        return FORM_BAD_DUPS;
    return FORM_OK;
}

enum form_verdict form_parse(struct form *form, const struct form_request *request)
{
    *form = (struct form){ .kind = FORM_CONTENT };
    if (request->format.len == 0)
        choose_by_accept(form, request->accept);
    else if (!choose_by_format(form, request->format))
        return FORM_UNKNOWN;
    const enum form_verdict verdict = form->kind == FORM_CAR ? take_car(form, request) : FORM_OK;
    if (verdict != FORM_OK)
        *form = (struct form){ .kind = FORM_CONTENT };
    return verdict;
}
