/* Times of RFC 3339. */
#include <criterion/criterion.h>

#include "rpc/siwe/siwe_internal.h"

static const struct {
    const char *text;
    int64_t ms;
} good[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "1970-01-01T00:00:00.001Z", 1 },
    { "1969-12-31T23:59:59Z", -1000 },
    { "1985-04-12T23:20:50.52Z", INT64_C(482196050520) }, /* the RFC's examples */
    { "1996-12-19T16:39:57-08:00", INT64_C(851042397000) },
    { "1990-12-31T23:59:60Z", INT64_C(662688000000) },
    { "1990-12-31T15:59:60-08:00", INT64_C(662688000000) },
    { "1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130) },
    { "2000-02-29T00:00:00z", INT64_C(951782400000) },
    { "2024-02-29t00:00:00-00:00", INT64_C(1709164800000) },
    { "2026-11-27T02:00:00.123456789Z", INT64_C(1795744800123) },
    { "2026-11-27T00:00:00+23:59", INT64_C(1795651260000) },
    { "0000-01-01T00:00:00Z", INT64_C(-62167219200000) },
    { "9999-12-31T23:59:59Z", INT64_C(253402300799000) },
};

Test(siwe_time, is_read_to_the_millisecond)
{
    for (size_t i = 0; i < MM_COUNT_OF(good); i++) {
        struct siwe_time time;
        cr_expect(siwe_parse_time(&time, mm_bytes_str(good[i].text)), "%s", good[i].text);
        cr_expect_eq(time.ms, good[i].ms, "%s: %lld", good[i].text, (long long)time.ms);
    }
}

Test(siwe_time, is_a_day_and_an_hour_that_there_are)
{
    static const char *const bad[] = {
        "",
        "2026-11-27",
        "2026-11-27T02:00:00",
        "2026-11-27T02:00Z",
        "2026-11-27 02:00:00Z",
        "2026-11-27T02:00:00.Z",
        "2026-11-27T02:00:00,5Z",
        "2026-11-27T02:00:00ZZ",
        "2026-11-27T02:00:00Z ",
        " 2026-11-27T02:00:00Z",
        "2026-11-27T02:00:00+1:00",
        "2026-11-27T02:00:00+01",
        "2026-11-27T02:00:00+0100",
        "2026-11-27T02:00:00+24:00",
        "2026-11-27T02:00:00+00:60",
        "2026-00-27T02:00:00Z",
        "2026-13-27T02:00:00Z",
        "2026-11-00T02:00:00Z",
        "2026-11-31T02:00:00Z",
        "2025-02-29T02:00:00Z",
        "1900-02-29T02:00:00Z",
        "2026-11-27T24:00:00Z",
        "2026-11-27T02:60:00Z",
        "2026-11-27T02:00:61Z",
        "2026-11-27T02:00:60Z", /* a leap second is a day's last */
        "1990-12-31T23:59:60-08:00",
        "26-11-27T02:00:00Z",
        "+026-11-27T02:00:00Z",
        "2026-1a-27T02:00:00Z",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        struct siwe_time time;
        cr_expect_not(siwe_parse_time(&time, mm_bytes_str(bad[i])), "%s", bad[i]);
        cr_expect_eq(time.text.len, 0);
    }
}
