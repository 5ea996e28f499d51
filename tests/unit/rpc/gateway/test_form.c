/* What a request says of the form it wants: functions of its texts. */
#include <criterion/criterion.h>

#include "rpc/gateway/form.h"

static struct form parse(const char *format, const char *accept)
{
    struct form form;
    const struct form_request request = {
        .format = mm_bytes_from(format, format == NULL ? 0 : strlen(format)),
        .accept = mm_bytes_from(accept, accept == NULL ? 0 : strlen(accept)),
    };
    cr_assert_eq(form_parse(&form, &request), FORM_OK, "%s, %s", format, accept);
    return form;
}

static void expect_kind(const char *format, const char *accept, enum form_kind kind, bool by_accept)
{
    const struct form form = parse(format, accept);
    cr_expect_eq(form.kind, kind, "%s, %s: %d", format, accept, form.kind);
    cr_expect_eq(form.by_accept, by_accept, "%s, %s", format, accept);
}

Test(form, is_the_content_unless_another_is_named)
{
    expect_kind(NULL, NULL, FORM_CONTENT, false);
    expect_kind("", "", FORM_CONTENT, false);
    expect_kind(NULL, "*/*", FORM_CONTENT, false);
    expect_kind(NULL, "image/avif,image/webp,*/*;q=0.8", FORM_CONTENT, false);
    expect_kind(NULL, "application/*", FORM_CONTENT, false);
    expect_kind(NULL, "application/vnd.ipld.rawer", FORM_CONTENT, false);
    expect_kind(NULL, ",;,;q=,", FORM_CONTENT, false);
}

Test(form, is_what_the_url_says_whatever_accept_says)
{
    expect_kind("raw", "application/vnd.ipld.car", FORM_RAW, false);
    expect_kind("car", "application/vnd.ipld.raw", FORM_CAR, false);
    expect_kind("json", "text/html", FORM_JSON, false);
    expect_kind("dag-cbor", NULL, FORM_DAG_CBOR, false);
    expect_kind("tar", "application/vnd.ipld.car", FORM_TAR, false);
}

Test(form, is_what_accept_weighs_most_and_else_names_first)
{
    expect_kind(NULL, "application/vnd.ipld.raw", FORM_RAW, true);
    expect_kind(NULL, "Application/VND.ipld.RAW ; q=1", FORM_RAW, true);
    expect_kind(NULL, "application/vnd.ipld.car, application/vnd.ipld.raw", FORM_CAR, true);
    expect_kind(NULL, "application/vnd.ipld.car;q=0.5, application/vnd.ipld.raw;q=0.501", FORM_RAW,
                true);
    expect_kind(NULL, "application/x-tar", FORM_TAR, true);
    expect_kind(NULL, "application/vnd.ipld.raw;q=0", FORM_CONTENT, false);
    expect_kind(NULL, "text/html, application/json;q=0.9", FORM_CONTENT, false);
    expect_kind(NULL, "application/vnd.ipld.dag-json, */*", FORM_DAG_JSON, true);
    cr_expect(parse(NULL, "text/html, application/json;q=0.9").wants_page);
    cr_expect_not(parse(NULL, "application/json, text/html;q=0.9").wants_page);
    cr_expect_not(parse(NULL, "*/*").wants_page);
}

Test(form, refuses_formats_that_are_not_served)
{
    static const char *const formats[] = { "tgz", "RAW", "raw ", "ipns-record", "x" };
    struct form form;
    for (size_t i = 0; i < MM_COUNT_OF(formats); i++) {
        const struct form_request request = { .format = mm_bytes_str(formats[i]) };
        cr_expect_eq(form_parse(&form, &request), FORM_UNKNOWN, "%s", formats[i]);
    }
}

Test(form, takes_the_parameters_of_a_car_from_the_url_and_else_from_accept)
{
    struct form form = parse("car", NULL);
    cr_expect_eq(form.car.walk.scope, WALK_ALL);
    cr_expect_not(form.car.walk.has_range || form.car.walk.repeats || form.by_accept);
    cr_expect_str_eq(form_media_type(&form),
                     "application/vnd.ipld.car; version=1; order=dfs; dups=n");
    form = parse("car", "text/html, application/vnd.ipld.car; version=1; dups=\"y\"; order=unk");
    cr_expect(form.car.walk.repeats && form.by_accept);
    cr_expect_str_eq(form_media_type(&form),
                     "application/vnd.ipld.car; version=1; order=dfs; dups=y");

    const struct form_request both = {
        .accept = MM_BYTES_LIT("application/vnd.ipld.car; version=9; order=x; dups=x"),
        .dag_scope = MM_BYTES_LIT("block"),
        .car_version = MM_BYTES_LIT("1"),
        .car_order = MM_BYTES_LIT("dfs"),
        .car_dups = MM_BYTES_LIT("n"),
    };
    cr_assert_eq(form_parse(&form, &both), FORM_OK);
    cr_expect_eq(form.car.walk.scope, WALK_BLOCK);
    cr_expect_not(form.car.walk.repeats);
}

Test(form, takes_a_range_for_one_of_the_entity)
{
    struct form form;
    struct form_request request = { .format = MM_BYTES_LIT("car"),
                                    .entity_bytes = MM_BYTES_LIT("-5:*") };
    cr_assert_eq(form_parse(&form, &request), FORM_OK);
    cr_expect_eq(form.car.walk.scope, WALK_ENTITY);
    cr_expect(form.car.walk.has_range);
    cr_expect_eq(form.car.walk.range.from, -5);
    request.dag_scope = MM_BYTES_LIT("all");
    cr_assert_eq(form_parse(&form, &request), FORM_OK);
    cr_expect_eq(form.car.walk.scope, WALK_ENTITY);
}

Test(form, refuses_parameters_of_a_car_that_make_no_sense)
{
    // clang-format off
    static const struct {
        const char       *accept, *scope, *bytes, *version, *order, *dups;
        enum form_verdict verdict;
    } cases[] = {
        { NULL, "",    NULL,                     NULL, NULL,  NULL, FORM_BAD_SCOPE },
        { NULL, "ALL", NULL,                     NULL, NULL,  NULL, FORM_BAD_SCOPE },
        { NULL, NULL,  "",                       NULL, NULL,  NULL, FORM_BAD_RANGE },
        { NULL, NULL,  "5",                      NULL, NULL,  NULL, FORM_BAD_RANGE },
        { NULL, NULL,  "9:1",                    NULL, NULL,  NULL, FORM_BAD_RANGE },
        { NULL, NULL,  "0:99999999999999999999", NULL, NULL,  NULL, FORM_BAD_RANGE },
        { NULL, NULL,  NULL,                     "2",  NULL,  NULL, FORM_BAD_VERSION },
        { NULL, NULL,  NULL,                     "",   NULL,  NULL, FORM_BAD_VERSION },
        { NULL, NULL,  NULL,                     NULL, "bfs", NULL, FORM_BAD_ORDER },
        { NULL, NULL,  NULL,                     NULL, NULL,  "yes", FORM_BAD_DUPS },
        { "application/vnd.ipld.car; dups=x",    NULL, NULL, NULL, NULL, NULL, FORM_BAD_DUPS },
        { "application/vnd.ipld.car; version=2", NULL, NULL, NULL, NULL, NULL, FORM_BAD_VERSION },
        { "application/vnd.ipld.car; order=",    NULL, NULL, NULL, NULL, NULL, FORM_BAD_VERSION },
    };
    // clang-format on
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        const char *const texts[] = { cases[i].accept,  cases[i].scope, cases[i].bytes,
                                      cases[i].version, cases[i].order, cases[i].dups };
        mm_bytes values[MM_COUNT_OF(texts)] = { 0 };
        for (size_t j = 0; j < MM_COUNT_OF(texts); j++) {
            if (texts[j] != NULL)
                values[j] = mm_bytes_str(texts[j]);
        }
        const struct form_request request = { values[0], MM_BYTES_LIT("car"), values[1], values[2],
                                              values[3], values[4],           values[5] };
        struct form form;
        cr_expect_eq(form_parse(&form, &request), cases[i].verdict, "case %zu", i);
        cr_expect_eq(form.kind, FORM_CONTENT);
        cr_expect_neq(form_verdict_text(cases[i].verdict)[0], '\0');
    }
}
