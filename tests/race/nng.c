/* NNG counts the users of a dialer with atomics, which the sanitizer does not see in a library that was built without it: it takes
 * the last user's destruction of the dialer's mutex for a race with those who locked it before. With NNG built for the sanitizer
 * there is no report. Programs that dial link this. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race_top:pthread_mutex_destroy\n";
}
