/* A library that breaks the rules, so that the check of symbols can be seen to fail on a real archive. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

int unlawful(pthread_mutex_t *lock, char *bytes)
{
    (void)pthread_mutex_lock(lock);
    return (int)time(NULL) + rand() + (int)recv(0, bytes, 10, 0);
}
