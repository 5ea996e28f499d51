/* RFC 3339 section 5.6:  2026-11-27T02:00:00[.123](Z / +01:00)  */
#include "rpc/siwe/siwe_internal.h"

enum { MS_OF_MINUTE = 60 * 1000, MINUTES_OF_DAY = 24 * 60, DATE_TIME_CHARS = 19 };

struct parts {
    unsigned year, month, day, hour, minute, second;
    unsigned ms;
    int offset_minutes; /* of the local time that is written, ahead of UTC */
};

/* So many digits at a place, as a number; the caller knows that they are there. False: one is none. */
static bool number_at(unsigned *value, mm_bytes text, size_t at, size_t digits)
{
    *value = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (!siwe_is_digit(text.ptr[i]))
            return false;
        *value = *value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return true;
}

static bool is_char(mm_bytes text, size_t at, char c)
{
    return text.ptr[at] == (uint8_t)c;
}

/* ABNF's quoted letters have no case. */
static bool is_letter(mm_bytes text, size_t at, char upper)
{
    return is_char(text, at, upper) || is_char(text, at, (char)(upper | 0x20));
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Days from 1970-01-01, in the Gregorian calendar: years that begin in March, so that the leap day is a year's last. */
static int64_t day_number(const struct parts *p)
{
    const int64_t year = (int64_t)p->year - (p->month <= 2);
    const int64_t month = (p->month + 9) % 12;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * month + 2) / 5 + (int64_t)p->day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

/* "." and digits, of which a millisecond takes three. Out: *at behind them. */
static bool take_fraction(struct parts *p, mm_bytes text, size_t *at)
{
    if (*at == text.len || !is_char(text, *at, '.'))
        return true;
    unsigned worth = 100;
    const size_t first = ++*at;
    for (; *at < text.len && siwe_is_digit(text.ptr[*at]); ++*at, worth /= 10)
        p->ms += worth * (unsigned)(text.ptr[*at] - '0');
    return *at > first;
}

static bool take_offset(struct parts *p, mm_bytes text, size_t at)
{
    unsigned hours;
    unsigned minutes;
    if (text.len - at == 1)
        return is_letter(text, at, 'Z');
    if (text.len - at != 6 || !(is_char(text, at, '+') || is_char(text, at, '-')) ||
        !number_at(&hours, text, at + 1, 2) || !is_char(text, at + 3, ':') ||
        !number_at(&minutes, text, at + 4, 2) || hours > 23 || minutes > 59)
        return false;
    p->offset_minutes = (int)(hours * 60 + minutes);
    if (is_char(text, at, '-'))
        p->offset_minutes = -p->offset_minutes;
    return true;
}

/* A leap second is the last of a day in UTC. */
static bool is_clock(const struct parts *p)
{
    if (p->hour > 23 || p->minute > 59 || p->second > 60)
        return false;
    const int minute = (int)(p->hour * 60 + p->minute) - p->offset_minutes;
    return p->second < 60 || (minute + 2 * MINUTES_OF_DAY) % MINUTES_OF_DAY == MINUTES_OF_DAY - 1;
}

bool siwe_parse_time(struct siwe_time *time, mm_bytes text)
{
    struct parts p = { .ms = 0 };
    size_t at = DATE_TIME_CHARS;
    *time = (struct siwe_time){ .ms = 0 };
    if (text.len <= DATE_TIME_CHARS)
        return false;
    if (!number_at(&p.year, text, 0, 4) || !is_char(text, 4, '-') ||
        !number_at(&p.month, text, 5, 2) || !is_char(text, 7, '-') ||
        !number_at(&p.day, text, 8, 2) || !is_letter(text, 10, 'T') ||
        !number_at(&p.hour, text, 11, 2) || !is_char(text, 13, ':') ||
        !number_at(&p.minute, text, 14, 2) || !is_char(text, 16, ':') ||
        !number_at(&p.second, text, 17, 2))
        return false;
    if (p.month < 1 || p.month > 12 || p.day < 1 || p.day > days_of_month(p.year, p.month) ||
        !take_fraction(&p, text, &at) || !take_offset(&p, text, at) || !is_clock(&p))
        return false;
    const int64_t minutes =
        day_number(&p) * MINUTES_OF_DAY + (int64_t)(p.hour * 60 + p.minute) - p.offset_minutes;
    time->text = text;
    time->ms = minutes * MS_OF_MINUTE + (int64_t)p.second * 1000 + (int64_t)p.ms;
    return true;
}
