#include "tests/source/check_symbols.h"

#include <stdio.h>

#include "state/base/heap.h"

/* Whole names. The fortified twins (__recv_chk) count as the names themselves. */
static const char *const forbidden[] = {
    /* clocks */
    "time",
    "clock",
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "ftime",
    "timespec_get",
    "times",
    "localtime",
    "localtime_r",
    /* randomness */
    "rand",
    "srand",
    "rand_r",
    "random",
    "srandom",
    "random_r",
    "drand48",
    "erand48",
    "lrand48",
    "mrand48",
    "getrandom",
    "getentropy",
    /* sockets */
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "send",
    "sendto",
    "sendmsg",
    "recv",
    "recvfrom",
    "recvmsg",
    "getaddrinfo",
    "gethostbyname",
    "poll",
    "ppoll",
    "select",
    "epoll_create1",
    "epoll_wait",
    /* waiting, threads, processes */
    "sleep",
    "usleep",
    "nanosleep",
    "clock_nanosleep",
    "thrd_create",
    "fork",
    "vfork",
    "clone",
    "posix_spawn",
    "posix_spawnp",
    "system",
    "popen",
    "signal",
    "sigaction",
    "timer_create",
    "alarm",
    "setitimer",
    /* the environment of the process */
    "getenv",
    "secure_getenv",
    "setlocale",
    "getpid",
    "gethostname",
    "uname",
};

static const char *const forbidden_starts[] = { "arc4random", "randombytes", "RAND_",
                                                "pthread_create" };

/* Deterministic libraries that are used by several threads at once and guard their memory themselves. A lock decides who comes
 * first, never what the result is; each name here is a decision. */
static const char *const may_lock[] = {
    "state/store", /* the store in memory: readers beside the writer */
    "contracts-native/ainft", /* compiled rules: who finds one in use compiles for himself, with the same result and gas */
    "state/ledger", /* which view is the current one: writer and flusher put it there, readers take it */
};

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_forbidden(const char *folder, const char *symbol)
{
    for (size_t i = 0; i < MM_COUNT_OF(forbidden); i++) {
        if (strcmp(symbol, forbidden[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < MM_COUNT_OF(forbidden_starts); i++) {
        if (starts_with(symbol, forbidden_starts[i]))
            return true;
    }
    for (size_t i = 0; i < MM_COUNT_OF(may_lock); i++) {
        if (strcmp(folder, may_lock[i]) == 0)
            return false;
    }
    return starts_with(symbol, "pthread_");
}

/* The name in a line of nm, "                 U __recv_chk@GLIBC_2.4", as the source wrote it. */
static bool symbol_in(const char *line, size_t len, char symbol[256])
{
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    if (len < 3 || (*line != 'U' && *line != 'w') || line[1] != ' ' || len - 2 >= 256)
        return false;
    memcpy(symbol, line + 2, len - 2);
    symbol[len - 2] = '\0';
    char *version = strchr(symbol, '@');
    if (version != NULL)
        *version = '\0';
    if (starts_with(symbol, "__") && house_ends_with(symbol, "_chk")) {
        symbol[strlen(symbol) - 4] = '\0';
        memmove(symbol, symbol + 2, strlen(symbol) - 1);
    }
    return true;
}

void check_symbols(const char *folder, const char *nm_text, struct mm_buf *findings)
{
    while (*nm_text != '\0') {
        const char *end = strchr(nm_text, '\n');
        const size_t len = end == NULL ? strlen(nm_text) : (size_t)(end - nm_text);
        char symbol[256];
        if (symbol_in(nm_text, len, symbol) && is_forbidden(folder, symbol))
            mm_buf_printf(findings, "%s: calls %s\n", folder, symbol);
        nm_text += end == NULL ? len : len + 1;
    }
}

char *symbols_of(const char *archive)
{
    char command[HOUSE_PATH_BYTES_MAX + 32];
    (void)snprintf(command, sizeof command, "nm -u '%s'", archive);
    FILE *nm = popen(command, "r");
    if (nm == NULL)
        return NULL;
    struct mm_buf buf;
    mm_buf_init(&buf, 16 << 20);
    for (;;) {
        uint8_t *room = mm_buf_reserve(&buf, 4096);
        const size_t len = room == NULL ? 0 : fread(room, 1, 4096, nm);
        if (len == 0)
            break;
        mm_buf_advance(&buf, len);
    }
    mm_buf_add_byte(&buf, 0);
    size_t len;
    char *text = (char *)mm_buf_take(&buf, &len);
    if (pclose(nm) == 0)
        return text;
    mm_heap_free(text);
    return NULL;
}
