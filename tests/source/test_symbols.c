#include <criterion/criterion.h>
#include <stdio.h>

#include "state/base/heap.h"
#include "tests/source/check_symbols.h"
#include "tests/source/findings.h"

TestSuite(source_symbols, .init = findings_init, .fini = findings_fini);

Test(source_symbols, a_clock_a_socket_and_a_random_source_are_found)
{
    check_symbols("state/x",
                  "\nheap.c.o:\n                 U malloc\n                 U time\n\nb.c.o:\n"
                  "                 U __recv_chk\n                 U randombytes_buf\n             "
                  "    w getrandom@GLIBC_2.25\n",
                  &findings);
    cr_assert_str_eq(found(),
                     "state/x: calls time\nstate/x: calls recv\nstate/x: calls randombytes_buf\n"
                     "state/x: calls getrandom\n");
}

Test(source_symbols, a_name_that_only_contains_a_forbidden_one_is_lawful)
{
    check_symbols(
        "state/x",
        "                 U tx_time\n                 U timed\n                 U __memcpy_chk\n"
        "time.c.o:\n0000000000000000 T time\n",
        &findings);
    cr_assert_str_eq(found(), "");
}

Test(source_symbols, the_store_may_lock_but_not_start_threads)
{
    check_symbols("state/store", "  U pthread_rwlock_rdlock\n  U pthread_create\n", &findings);
    check_symbols("state/trie", "  U pthread_rwlock_rdlock\n", &findings);
    cr_assert_str_eq(
        found(), "state/store: calls pthread_create\nstate/trie: calls pthread_rwlock_rdlock\n");
}

Test(source_symbols, a_real_archive_that_breaks_the_rules_is_found)
{
    char *text = symbols_of(UNLAWFUL_ARCHIVE);
    cr_assert_not_null(text);
    check_symbols("state/x", text, &findings);
    mm_heap_free(text);
    const char *lines = found();
    static const char *const calls[] = { "time", "rand", "recv", "pthread_mutex_lock" };
    for (size_t i = 0; i < MM_COUNT_OF(calls); i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "state/x: calls %s\n", calls[i]);
        cr_assert_not_null(strstr(lines, line), "%s in %s", line, lines);
    }
}

Test(source_symbols, an_archive_that_is_not_there_is_no_empty_answer)
{
    cr_assert_null(symbols_of("/nowhere/libnothing.a"));
}

Test(source_symbols, the_deterministic_libraries_ask_nothing_of_clock_chance_or_network)
{
    static struct house house;
    char *text = house_read(MINTMARK_BUILD "/architecture.txt");
    cr_assert_not_null(text);
    cr_assert(house_parse(&house, text),
              "a line has another form, or LINKS names a folder that is not there:\n%s", text);
    mm_heap_free(text);
    size_t looked_at = 0;
    for (size_t i = 0; i < house.count; i++) {
        const struct house_folder *folder = &house.folders[i];
        cr_assert(folder->is_deterministic || strncmp(folder->name, "state/", 6) != 0);
        cr_assert(folder->is_deterministic || strncmp(folder->name, "contracts-native/", 17) != 0);
        if (!folder->is_deterministic)
            continue;
        text = symbols_of(folder->archive);
        cr_assert_not_null(text, "%s", folder->archive);
        check_symbols(folder->name, text, &findings);
        mm_heap_free(text);
        looked_at++;
    }
    cr_assert_geq(looked_at, 4);
    cr_assert_str_eq(found(), "", "\n%s", found());
}
